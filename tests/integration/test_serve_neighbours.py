"""Tenants that share a supervisor and an analyzer's connection: what goes wrong at one does not touch another's figures."""

import os
import signal

from support.serve_account import account, lost
from support.sluice import pipeline

KILLS = 5


def targets(serve, *names):
    """A tenant of each name, and the place of its one pipeline."""
    return [(serve.tenant(name), f"/v1/tenants/{name}/pipelines/one") for name in names]


def kill_worker(api, target, before):
    """Waits for another worker than the one before, and kills it; which one that was."""

    def another(status):
        worker = status["worker"] or {}
        return status["state"] == "running" and worker.get("pid") not in (None, before)

    pid = api.until(f"{target}/status", another, "another worker")["worker"]["pid"]
    os.kill(pid, signal.SIGKILL)
    return pid


def test_tenants_that_crash_or_fill_their_spool_do_not_touch_a_third(serve_real, analyzers, object_store):
    store = object_store()
    store.tell("fail 503")
    analyzer = analyzers("--loop", 5, "--start", "command")
    serve = serve_real("--drain-timeout", 1)
    (crashing, crashes), (filling, fills), (good, goes) = targets(serve, "crashing", "filling", "good")
    good.put(goes, pipeline(analyzer, "one"), wait="10s").expect(201)
    crashing.put(crashes, pipeline(analyzer, "one"), wait="10s").expect(201)
    full = {"config": store.pipeline(analyzer, max_flows=20), "limits": {"spool_bytes": 256 << 10}}
    filling.put(fills, full, wait="10s").expect(201)

    killed = kill_worker(crashing, crashes, None)
    analyzer.tell("start")
    for _ in range(KILLS - 1):
        killed = kill_worker(crashing, crashes, killed)
    flows = analyzer.finish()["flows"]

    filling.until(f"{fills}/status", lambda now: account(now)["flows_lost"]["spool"] > 0, "a full spool")
    good.until(f"{goes}/status", lambda now: account(now)["flows_seen"] == flows, "all flows")
    good.post(f"{goes}/stop", wait="10s").expect(200)
    status = good.get(f"{goes}/status").expect(200)
    assert lost(status) == {} and account(status)["flows_written"] == flows
    assert status["restarts"]["total"] == 0
    crashed = crashing.get(f"{crashes}/status").expect(200)
    assert crashed["restarts"]["total"] >= KILLS - 1


def test_workers_leave_their_subscriber_the_time_that_it_needs(serve_real, analyzer):
    serve = serve_real()
    (api, target), = targets(serve, "good")
    api.put(target, pipeline(analyzer, "one"), wait="10s").expect(201)

    (worker,), (subscriber,) = serve.children("sluice-worker"), serve.children("sluice-subscriber")
    first = os.getpriority(os.PRIO_PROCESS, serve.pid)
    assert os.getpriority(os.PRIO_PROCESS, subscriber) == first
    assert os.getpriority(os.PRIO_PROCESS, worker) == min(first + 10, 19)
