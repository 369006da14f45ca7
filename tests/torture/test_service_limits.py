"""`sluiced serve` on a machine that gives less than it needs, or tells another time."""

import contextlib
import os
import resource
import signal
import struct
import time

import pytest
from service import Service
from support.upgrades import descriptors

HOUR_S = 3600
ENDED = ProcessLookupError, FileNotFoundError  # a process has just done so


# ---- memory ----


# bytes of data: too few to start, to make an object
LIMITS = [1 << 20, 9 << 20]


def test_a_worker_hits_its_limit_of_memory(stand, serve_real):
    """It cannot start, or holds its flows and says why, until there is more. Nobody else notices."""
    service = Service(stand, serve_real, build=stand.faults.build)
    service.begin()
    service.go()
    limited = stand.folder / "limited"
    # each once: one that ends again and again is started later and later, and overtaken
    for number, name in enumerate(service.names[: stand.pick(2, 30)]):
        bytes = LIMITS[number % len(LIMITS)]
        limited.write_text(f"#!/bin/sh\nulimit -S -d {bytes >> 10}\nexec {stand.faults.real}/sluice-worker\n")
        limited.chmod(0o700)
        others = service.workers([other for other in service.names if other != name])
        stand.faults.order(service.history.ids[name], program=limited)
        strike_one(stand, service, name)
        assert service.workers(others) == others, "another's worker has ended, too"

    service.end("a worker's memory limit")


def is_short(status):
    """It holds and says that memory is short, or has ended by itself; what ended it before was a signal."""
    waits = status["state"] == "degraded" and "no memory" in status.get("reason", "")
    return waits or (status["state"] == "backoff" and "exit status" in status.get("reason", ""))


def strike_one(stand, service, name):
    os.kill(service.worker(name), signal.SIGKILL)
    service.look(lambda items: is_short(items[name]), "a worker without memory")
    stand.faults.order(service.history.ids[name])
    moment, pid = time.time(), service.worker(name)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    service.faults += 1
    service.recover(moment, [name])


# ---- descriptors ----


@pytest.mark.parametrize("whose", ["sluiced", "sluice-worker", "sluice-subscriber"])
def test_descriptors_are_used_up(stand, serve_real, whose):
    """It may open nothing more for a while, and one of the workers ends meanwhile; then it may again."""
    service = Service(stand, serve_real)
    service.begin()
    service.go()
    for _ in range(stand.pick(1, 10)):
        pids = [service.serve.pid] if whose == "sluiced" else service.serve.children(whose)
        moment, before = time.time(), {}
        for pid in pids:
            with contextlib.suppress(*ENDED):
                before[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors(pid), before[pid][1]))
        assert before, f"no {whose} runs"
        os.kill(service.serve.children("sluice-worker")[0], signal.SIGKILL)
        service.let_run(stand.pick(2, 10))
        for pid, limits in before.items():
            with contextlib.suppress(*ENDED):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        service.faults += 1
        service.recover(moment)

    service.end(f"{whose} without descriptors")


# ---- the clock ----


def test_the_clock_is_stepped(stand, serve_real):
    """The wall clock jumps by an hour and back, a worker ends right after: keys and streams go on, objects come as before."""
    file = stand.folder / "clock"
    file.write_bytes(bytes(8))

    def step(seconds):
        # in place: it is mapped
        with open(file, "r+b") as clock:
            clock.write(struct.pack("q", seconds))

    preload = {"LD_PRELOAD": stand.build / "bin" / "clock-shim.so", "CLOCK_FILE": file}
    stand.faults.order(**preload)
    stand.faults.order_subscribers(**preload)
    environment = {name: str(value) for name, value in preload.items()}
    service = Service(stand, serve_real, build=stand.faults.build, env=environment)
    service.begin()
    service.go()
    for number, seconds in enumerate([HOUR_S, 0, -HOUR_S, 0] * stand.pick(1, 10)):
        service.let_run(0.5)
        moment = time.time()
        step(seconds)
        service.faults += 1
        service.recover(moment)
        os.kill(service.worker(service.names[number % len(service.names)]), signal.SIGKILL)
        service.recover(time.time())

    service.end("clock stepped by an hour")
