"""The analyzer sends more than the machine can take: what is not stored is counted, and nobody else is slowed."""

import time

from stand import names
from support.golden import recording
from support.memory import memory_of
from support.serve_account import ServeHistory, account, now_ms
from support.sluice import pipeline

PIPELINES = "/v1/tenants/default/pipelines"
MIB = 1 << 20
# private memory: the aims of a streaming process, and some room for a machine on which everything waits
MOST = {"supervisor": 12 * MIB, "subscriber": 8 * MIB, "worker": 8 * MIB}
FLOWS_S = 40000
QUEUE = 10000  # messages; at this many a real analyzer stops for everybody
CALM_S = 30  # behind the last loss


def dear(analyzer, name):
    """The most expensive records and compression that a configuration can ask for."""
    config = pipeline(analyzer, name, transform={"type": "secadvisor"}, compress={"type": "gzip", "gzip": {"level": 9}})
    config["host_id"] = name
    config["pipeline"]["store"]["buffered"].update(max_flows_per_object=2000, max_seconds_per_object=2)
    return config


def note_memory(serve, most):
    pids = {"supervisor": [serve.pid], "subscriber": serve.children("sluice-subscriber"), "worker": serve.children("sluice-worker")}
    for name, found in pids.items():
        most[name] = max([most.get(name, 0), *(memory_of(pid)["private"] for pid in found)])


def overtaken(status):
    """Degraded, and the condition says why."""
    (ready,) = [condition for condition in status["conditions"] if condition["type"] == "WorkerReady"]
    return status["state"] == "degraded" and (ready["status"], ready["reason"]) == (False, "Overtaken")


def run_overloaded(stand, serve, analyzer, targets):
    """The load, for a while; the most private memory that each kind of process had."""
    most = {}
    analyzer.tell("start")
    end = time.monotonic() + stand.pick(4, 60)
    while time.monotonic() < end:
        analyzer.run_until(min(end, time.monotonic() + 1))
        note_memory(serve, most)
    for target in targets:
        serve.api.until(f"{target}/status", overtaken, "degraded, overtaken")
    return most


def test_an_analyzer_that_sends_more_than_can_be_taken(stand, serve_real):
    """overload: 12 pipelines that the machine cannot serve."""
    load = ("--loop", "forever", "--flows-per-second", FLOWS_S, "--queue", QUEUE, "--start", "command")
    analyzer = stand.analyzers(*load, recordings=[recording("burst")])
    serve = serve_real("--ring-size", "16M", "--drain-timeout", 60)
    began_ms = now_ms()
    pipelines = names("overload", 12)
    targets = [f"{PIPELINES}/{name}" for name in pipelines]
    for name, target in zip(pipelines, targets):
        serve.api.put(target, dear(analyzer, name), wait="20s").expect(201)
    history = ServeHistory(stand.build, analyzer, serve.data_dir, *pipelines)

    most = run_overloaded(stand, serve, analyzer, targets)
    analyzer.tell("pause")
    analyzer.sync()
    state = analyzer.state()
    # nobody does anything for them: they read what is left, and are well again
    for target in targets:
        status = serve.api.until_state(target, "running", timeout=CALM_S + 60)
        assert account(status)["flows_lost"]["ring"] > 0 and status["lag_flows"] == 0

    assert len(analyzer.all("subscribed")) == 1, "the analyzer has cut the connection"
    assert state["queue_most"] < QUEUE / 2, "the analyzer's socket was slowed"
    assert {name: bytes for name, bytes in most.items() if bytes > MOST[name]} == {}
    history.end(serve, began_ms)
    memory = ", ".join(f"{name} {bytes / MIB:.1f} MiB" for name, bytes in most.items())
    scenario = f"overload (analyzer's queue: {state['queue_most']} of {QUEUE}; {memory})"
    stand.row(scenario, 1, history.check({"lost_ring"}))
