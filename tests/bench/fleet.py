#!/usr/bin/env python3
"""A thousand pipelines on one machine: how soon all of them run, what starting one costs, what a thousand idle workers cost, what each
process needs of memory of its own; what a list of them costs the server, and making one more. All of it with the sandbox, and then the
start without it, which is what the sandbox is compared with.

Computing time is that of the processes alone (the scheduler's own account), so that a client beside them does not count. Fails nothing.

    fleet.py [BUILD [PIPELINES]]
"""
import json
import pathlib
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/integration"), str(ROOT / "tests/bench")]

from control_plane import Connection, fsync_ms
from support.analyzer import Analyzer
from support.documents import stopped, tenant
from support.serve import Serve
from support.sluice import children_of, pipeline
from whole_path import private_kb

TENANTS, CREATED, ASKED, TURNS, STARTS = 10, 50, 100, 3, 2
RUNNING_S, IDLE_S, SAMPLED = 120, 20, 20
NOT_RUNNING = ("starting", "stopped", "backoff", "draining", "failed")


def cpu_ns(pid):
    """What all threads of a process have computed so far."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def show(what, value, unit, aim="", beside=""):
    print(f"{what:58} {value:9.2f} {unit}" + (f"  (aim: {aim})" if aim else "") + (f"  {beside}" if beside else ""), flush=True)


def serve_at(build, folder, *options):
    return Serve(build, folder, "--ring-size", "1M", *options)


def import_all(serve, url, count):
    config = pipeline(url, "files")
    names = [f"t{number}" for number in range(TENANTS)]
    body = "".join(map(tenant, names)) + "".join(stopped(names[i % TENANTS], f"p{i:04}", config) for i in range(count))
    connection = Connection(serve)
    connection.headers["Content-Type"] = "application/yaml"
    connection.send("POST", "/v1/import", body)


def computed_ms(serve, act, count):
    """Median of the server's computing time for one of count calls, of some turns."""
    found = []
    for _ in range(TURNS):
        before = cpu_ns(serve.pid)
        for number in range(count):
            act(number)
        found.append((cpu_ns(serve.pid) - before) / 1e6 / count)
    return statistics.median(found)


def measure_lists(serve, count):
    connection = Connection(serve)
    alone = computed_ms(serve, lambda _: connection.call("GET", "/livez"), ASKED)
    show("GET /livez, computing time of the server", alone, "ms")
    for what, target in ((f"GET /v1/pipelines, all {count}", f"/v1/pipelines?limit={count}"), ("the default page, of 100", "/v1/pipelines")):
        ms = computed_ms(serve, lambda _, target=target: connection.call("GET", target), ASKED)
        show(what, ms, "ms", "5", f"×{ms / alone:.0f} of /livez")


def measure_creating(serve, url, folder):
    """Durations: the fsync is waited for. A bare write with fsync before and after it, on the same disk."""
    connection, config = Connection(serve), pipeline(url, "files")
    bare = fsync_ms(folder)
    before = cpu_ns(serve.pid)
    times = [connection.call("PUT", f"/v1/tenants/t0/pipelines/more{i}", {"config": config, "desired_state": "stopped"})[0]
             for i in range(CREATED)]  # fmt: skip
    computed = (cpu_ns(serve.pid) - before) / 1e6 / CREATED
    bare = statistics.median(bare + fsync_ms(folder))
    show("creating one more, median", statistics.median(times), "ms", "an fsync + 1 ms", f"(a bare write with fsync: {bare:.2f})")
    show("    computing time of the server for it", computed, "ms", "1")
    for i in range(CREATED):
        connection.call("DELETE", f"/v1/tenants/t0/pipelines/more{i}")


def until_running(serve, count, begin):
    """Asks for one that does not run yet: the whole list would cost the server what is measured."""
    connection, pause = Connection(serve), threading.Event()

    def waits():
        return any(json.loads(connection.call("GET", f"/v1/pipelines?state={state}&limit=1")[1])["items"] for state in NOT_RUNNING)

    while time.monotonic() - begin < RUNNING_S:
        if not waits():
            return time.monotonic() - begin
        pause.wait(0.05)
    raise SystemExit(f"fleet: not all of {count} run after {RUNNING_S} s")


def costs(serve):
    workers = [pid for pid, name in children_of(serve.pid).items() if name.startswith("sluice-worker")]
    return {pid: cpu_ns(pid) for pid in workers}


def measure_start(build, folder, count, title, *options):
    """A new start after everything was killed; the serve that runs then."""
    begin = time.monotonic()
    serve = serve_at(build, folder, *options)
    seconds = until_running(serve, count, begin)
    workers = costs(serve)
    show(f"all {count} running {title}", seconds, "s", "5 after the supervisor's start")
    show("    computing time of a worker until then, median", statistics.median(workers.values()) / 1e6, "ms", "2")
    show("    of the supervisor, for each", cpu_ns(serve.pid) / 1e6 / count, "ms")
    return serve


def measure_idle(serve, count):
    kinds = children_of(serve.pid)
    kinds[serve.pid] = "sluiced"

    def now():
        found = dict.fromkeys(kinds.values(), 0)
        for pid, name in kinds.items():
            found[name] += cpu_ns(pid)
        return found, time.monotonic()

    threading.Event().wait(3)
    before, begin = now()
    threading.Event().wait(IDLE_S)
    after, end = now()
    for name in sorted(after):
        percent = (after[name] - before[name]) / 1e9 / (end - begin) * 100
        show(f"idle: {name}, all of them" if "worker" in name else f"idle: {name}", percent, "% of a core", "1" if "worker" in name else "")


def measure_memory(serve):
    found = {"sluiced": [serve.pid]}
    for pid, name in children_of(serve.pid).items():
        found.setdefault(name, []).append(pid)
    aims = {"sluiced": "12", "sluice-subscrib": "8", "sluice-worker": "6"}
    for name, pids in sorted(found.items()):
        private = [private_kb(pid)[1] / 1024 for pid in pids[:SAMPLED]]
        show(f"private memory without ring and stages': {name}, largest", max(private), "MB", aims.get(name, ""))


def measure(build, folder, count):
    analyzer = Analyzer(build, folder, "--start", "command", recordings=[ROOT / "tests/data/recordings/burst.jsonl"])
    serve = serve_at(build, folder / "data")
    try:
        import_all(serve, analyzer.url, count)
        measure_creating(serve, analyzer.url, folder)
        measure_lists(serve, count)
        begin = time.monotonic()
        for number in range(TENANTS):
            Connection(serve).call("POST", f"/v1/tenants/t{number}/pipelines:start")
        show(f"all {count} running after a bulk start", until_running(serve, count, begin), "s")
        measure_lists(serve, count)
        measure_idle(serve, count)
        measure_memory(serve)
        for mode in ("auto", "off") * STARTS:
            serve.kill(RUNNING_S)
            serve = measure_start(build, folder / "data", count, f"after a kill, --sandbox {mode}", "--sandbox", mode)
        begin = time.monotonic()
        serve.stop(RUNNING_S)
        show("stopping all, each having written out", time.monotonic() - begin, "s")
        serve = measure_start(build, folder / "data", count, "after a stop")
    finally:
        serve.stop(RUNNING_S)
        analyzer.stop()


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as folder:
        measure(build, pathlib.Path(folder), count)


if __name__ == "__main__":
    main()
