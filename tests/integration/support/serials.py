"""Serial numbers of the simulator's reports, as ranges, and the tools that find them in objects and spools."""

import json
import os
import pathlib
import subprocess


def count_of(ranges):
    return sum(to - start + 1 for start, to in ranges)


def merge(ranges):
    """Sorted, with neighbours joined."""
    merged = []
    for start, to in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], to)
        else:
            merged.append([start, to])
    return merged


def common(one, two):
    """What is in both; each sorted and without overlaps."""
    found, i, j = [], 0, 0
    while i < len(one) and j < len(two):
        start, to = max(one[i][0], two[j][0]), min(one[i][1], two[j][1])
        if start <= to:
            found.append((start, to))
        if one[i][1] < two[j][1]:
            i += 1
        else:
            j += 1
    return found


def _object_serials(build, *arguments):
    # a tool of ours reads millions of records: it need not be the sanitized one
    tools = pathlib.Path(os.environ.get("SLUICE_TOOLS", build)).resolve()
    command = [str(tools / "bin" / "object-serials"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def stored_serials(build, folder):
    """Of all objects below the folder: objects, records, twice, mixed, bad, ranges."""
    return _object_serials(build, folder)


def spool_serials(build, folder):
    """What a spool holds by its own commit record: commit, account, items (name, kind, flows, key, ranges …)."""
    return _object_serials(build, "--spool", folder)
