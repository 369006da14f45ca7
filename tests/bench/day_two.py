#!/usr/bin/env python3
"""Changes under load, and people who look on: how long a pipeline pauses while it is changed, rolled back and put back after a change
that fails; what a hundred streams of events cost, whose clients read slowly, not at all, or vanish.

Prints milliseconds and ratios, of one run. Fails nothing.

    day_two.py [BUILD [FLOWS_PER_SECOND [SECONDS]]]
"""
import itertools
import json
import pathlib
import socket
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/bench"))

from control_plane import Connection, cpu_ms
from support.analyzer import Analyzer
from support.faults import Faults
from support.serve import Serve
from support.sluice import changed, children_of, pipeline

ONE = "/v1/tenants/default/pipelines/one"
MAX_FLOWS = "pipeline.store.buffered.max_flows_per_object"
ROUNDS, ONLOOKERS, EVENT_TURNS = 5, 100, 10


class Pauses(threading.Thread):
    """Looks every few milliseconds at the flows that the pipeline has read; the longest time in which none came."""

    def __init__(self, serve):
        super().__init__()
        self.connection = Connection(serve)
        self.over = threading.Event()
        self.passed, self.since, self.longest = 0, time.perf_counter(), 0.0
        self.start()

    def run(self):
        while not self.over.wait(0.003):
            counters = json.loads(self.connection.call("GET", f"{ONE}/status")[1])["counters"]
            passed, now = counters["flows_seen"] - counters["flows_waiting"]["ring"], time.perf_counter()
            self.longest = max(self.longest, now - self.since)
            if passed != self.passed:
                self.passed, self.since = passed, now

    def take(self):
        longest, self.longest = self.longest, 0.0
        return longest * 1e3

    def stop(self):
        self.over.set()
        self.join()


def show_pause(what, milliseconds, beside):
    print(f"longest pause, {what:29} {max(milliseconds):8.1f} ms  (without a change {beside:.1f})", flush=True)


def measure_pauses(serve, faults, config):
    pauses = Pauses(serve)
    time.sleep(3)
    beside = pauses.take()
    found = {"change": [], "rollback": [], "change that fails": []}
    for number in range(ROUNDS):
        pauses.take()
        serve.api.put(ONE, changed(config, MAX_FLOWS, 5000 + number), wait="10s").expect(200)
        found["change"].append(pauses.take())
        serve.api.post(f"{ONE}/rollback", {"revision": 1}, wait="10s").expect(200)
        found["rollback"].append(pauses.take())
        faults.order_refusals(1)
        serve.api.put(ONE, changed(config, MAX_FLOWS, 6000 + number + 1), wait="10s").expect(409)
        serve.api.until(f"{ONE}/status", lambda status: status["state"] in ("running", "degraded"), "it runs again")
        found["change that fails"].append(pauses.take())
        faults.order()
    pauses.stop()
    for what, milliseconds in found.items():
        show_pause(what, milliseconds, beside)


def processes(serve):
    return {"supervisor": serve.pid, **{name: pid for pid, name in children_of(serve.pid).items()}}


def rss_kib(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def tell(serve, turn):
    """An event for all each second, of turns of 100 ms."""
    if turn % EVENT_TURNS == 0:
        serve.api.put("/v1/tenants/default", {"display_name": f"turn {turn}"})


def cpu_during(serve, seconds, act):
    """What the supervisor and all of its processes compute in that time, in ms."""
    pids = processes(serve)
    before = {name: cpu_ms(pid) for name, pid in pids.items()}
    end = time.monotonic() + seconds
    for turn in itertools.count(1):
        if time.monotonic() >= end:
            break
        act(turn)
        time.sleep(0.1)
    used = {name: cpu_ms(pid) - before[name] for name, pid in pids.items()}
    return used["supervisor"], sum(used.values())


class Onlookers:
    """A third reads a little now and then, a third never, a third vanishes and comes again."""

    def __init__(self, serve):
        self.serve = serve
        self.sockets = [self.open(number) for number in range(ONLOOKERS)]

    def open(self, number):
        host, port = self.serve.address.rsplit(":", 1)
        source = (f"127.1.0.{1 + number // 50}", 0)  # an address may have 64 connections
        sock = socket.create_connection((host, int(port)), source_address=source)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = f"GET /v1/events HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer {self.serve.token}\r\n\r\n"
        sock.sendall(head.encode())
        sock.setblocking(False)
        return sock

    def act(self, turn):
        """Every 100 ms some of each third; every second an event for all."""
        tell(self.serve, turn)
        for number in range(turn % 10, ONLOOKERS, 10):
            if number % 3 == 0:
                try:
                    self.sockets[number].recv(256)
                except OSError:
                    pass
            if number % 3 == 1:
                self.sockets[number].close()
                self.sockets[number] = self.open(number)

    def close(self):
        for sock in self.sockets:
            sock.close()


def measure_onlookers(serve, seconds):
    own, whole = cpu_during(serve, seconds, lambda turn: tell(serve, turn))
    alone = rss_kib(serve.pid)
    onlookers = Onlookers(serve)
    cpu_during(serve, 2, onlookers.act)
    before = rss_kib(serve.pid)
    with_own, with_whole = cpu_during(serve, seconds, onlookers.act)
    after = rss_kib(serve.pid)
    onlookers.close()
    more = (with_own - own) / whole * 100
    print(f"CPU of all processes in {seconds} s: {whole:6.0f} ms alone, {with_whole:6.0f} beside {ONLOOKERS} onlookers", flush=True)
    print(f"of that the supervisor {own:6.0f} and {with_own:6.0f} ms: {more:.1f} % more of the whole", flush=True)
    print(f"private memory of the supervisor {alone} KiB, {before} with them, {after} KiB {seconds} s later", flush=True)


def measure(build, folder, rate, seconds):
    options = ("--loop", "forever", "--flows-per-second", rate)
    analyzer = Analyzer(build, folder, *options, recordings=[ROOT / "tests/data/recordings/burst.jsonl"])
    (folder / "faults").mkdir()
    faults = Faults(build, folder / "faults")
    serve = Serve(faults.build, folder / "data")
    config = pipeline(analyzer, "one")
    try:
        serve.api.put(ONE, config, wait="10s").expect(201)
        measure_pauses(serve, faults, config)
        measure_onlookers(serve, seconds)
    finally:
        serve.stop(timeout=60)
        analyzer.stop()


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 50000
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    with tempfile.TemporaryDirectory() as folder:
        measure(build, pathlib.Path(folder), rate, seconds)


if __name__ == "__main__":
    main()
