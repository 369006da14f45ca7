"""What a process has of memory for itself."""


def memory_of(pid):
    """RSS and private memory (Private_Clean + Private_Dirty) in bytes. Memory that is a file of the ring or of stages (memfd)
    is left out: it has its size from the beginning, and a process has as much of it as it has touched yet."""
    found = {"rss": 0, "private": 0}
    counts = True
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            name, *rest = line.split()
            if not name.endswith(":"):
                counts = "/memfd:" not in line
            elif counts and name == "Rss:":
                found["rss"] += int(rest[0]) * 1024
            elif counts and name in ("Private_Clean:", "Private_Dirty:"):
                found["private"] += int(rest[0]) * 1024
    return found
