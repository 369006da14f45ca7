"""A store that was away for long: its worker starts as fast and as small as one that has nothing to send, and sends in order."""

import json
import os
import shutil
import signal
import time
from collections import defaultdict

import pytest
from service import small_objects_in
from support.golden import recording
from support.memory import memory_of
from support.objects import KEY
from support.serve_account import ServeHistory, now_ms

TARGET = "/v1/tenants/default/pipelines/backlog"
GB, MIB = 1e9, 1 << 20
FLOWS_S = 20000
TEXT = 3000  # bytes of one member: as few flows as can be make a backlog
READY_S, MORE_MEMORY = 2, 32 * MIB


def long_records(folder):
    """A recording whose records are long."""
    file = folder / "long.jsonl"
    with open(recording("mixed"), encoding="utf-8") as lines, open(file, "w", encoding="utf-8") as out:
        for line in lines:
            message = json.loads(line)
            for flow in message["Obj"]:
                flow["Application"] = "x" * TEXT
            out.write(json.dumps(message, separators=(",", ":")) + "\n")
    return file


def needs_room(folder, bytes):
    free = shutil.disk_usage(folder).free
    if free < 1.5 * bytes:
        pytest.fail(f"a backlog of {bytes / GB:.1f} GB needs {1.5 * bytes / GB:.0f} GB in {folder}, {free / GB:.1f} are free", pytrace=False)


def start_anew(serve):
    """Kills the pipeline's worker. Its successor's process, and the seconds from its start until it was ready."""
    old = serve.api.get(f"{TARGET}/status").expect(200)["worker"]["pid"]
    os.kill(old, signal.SIGKILL)

    def ready(status):
        (ready,) = [condition for condition in status["conditions"] if condition["type"] == "WorkerReady"]
        return status["worker"] and status["worker"]["pid"] != old and ready["status"]

    pid = serve.api.until(f"{TARGET}/status", ready, "a worker that is ready")["worker"]["pid"]
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    with open(f"/proc/{pid}/stat") as file:
        began = int(file.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return pid, now - began


def grow(serve, analyzer, bytes):
    analyzer.tell("start")
    serve.api.until(f"{TARGET}/status", lambda status: status["spool"]["bytes"] >= bytes, "the backlog", bytes / 2e6 + 60)
    analyzer.tell("pause")
    analyzer.sync()
    serve.api.until(f"{TARGET}/status", lambda status: status["lag_flows"] == 0, "all read")


def send_all(serve, pid, bytes):
    """Until nothing waits; the most private memory that the worker had meanwhile."""
    most = 0

    def all_sent(status):
        nonlocal most
        most = max(most, memory_of(pid)["private"])
        return status["counters"]["flows_waiting"]["spool"] == 0

    serve.api.until(f"{TARGET}/status", all_sent, "everything is sent", bytes / 2e6 + 60)
    return most


def assert_in_order(store):
    """Each tag's objects came one after the other, as they were cut."""
    keys = defaultdict(list)
    for event in store.all("request", stored=True):
        tag, stream, number, _ = KEY.match(event["key"]).groups()
        keys[tag].append((stream, number))
    assert keys
    for tag, sent in keys.items():
        assert sent == sorted(set(sent)), f"{tag}: not in order"


def test_a_backlog(stand, serve_real, object_store):
    bytes = stand.pick(2e8, 10 * GB)
    needs_room(stand.folder, bytes)
    load = ("--loop", "forever", "--flows-per-second", FLOWS_S, "--start", "command")
    analyzer = stand.analyzers(*load, recordings=[long_records(stand.folder)])
    serve, store = serve_real("--ring-size", "256M"), object_store()
    began_ms = now_ms()
    changes = {"transform": {"type": "none"}, "compress": {"type": "none"}}
    config = small_objects_in(store, analyzer, "default/backlog", changes, max_flows_per_object=500)
    store.tell("fail 503 code=SlowDown")
    serve.api.put(TARGET, config, wait="20s").expect(201)
    history = ServeHistory(stand.build, analyzer, serve.data_dir, "backlog", stored=store.folder)
    analyzer.wait("subscribed")
    pid, empty_s = start_anew(serve)
    empty = memory_of(pid)["private"]

    grow(serve, analyzer, bytes)
    store.tell("clear")
    pid, ready_s = start_anew(serve)
    most = send_all(serve, pid, bytes)
    more = max(0, most - empty)

    assert ready_s <= READY_S, f"with nothing to send it took {empty_s:.2f} s"
    assert more <= MORE_MEMORY, f"{most} bytes, {empty} with nothing to send"
    assert_in_order(store)
    assert store.state()["several_contents"] == []
    history.end(serve, began_ms)
    scenario = f"backlog of {bytes / GB:.1f} GB: ready, +{more / MIB:.0f} MiB"
    stand.row(scenario, 1, history.check({"lost_ring"}), [ready_s])
