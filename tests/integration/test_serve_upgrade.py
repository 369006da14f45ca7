"""SIGUSR2: another image of the supervisor takes over while workers, subscribers and the API's clients go on."""

import os
import random
import signal
import socket
import threading
import time

import pytest
from support.history import Run
from support.serve import EventStream
from support.serve_account import LOAD, ROOMY, ServeHistory, account, lost, now_ms
from support.sluice import pipeline
from support.upgrades import ONE, PIPELINES, TWO, Asker, descriptors, put_running, until_descriptors, worker_of
from support.waiting import DEADLINE_S


def test_an_upgrade_keeps_every_process_and_what_is_known_of_them(serve_real, analyzers):
    analyzer = analyzers(*LOAD)
    serve = serve_real(*ROOMY)
    put_running(serve, analyzer, "one", "two")
    serve.api.put(f"{PIPELINES}/off", {"config": pipeline(analyzer, "off"), "desired_state": "stopped"}).expect(201)
    serve.api.put(f"{ONE}/log-level", {"level": "debug"}).expect(200)
    analyzer.tell("start")
    serve.api.until(f"{TWO}/status", lambda status: account(status)["flows_seen"] > 0, "flows")
    children, first = serve.children(), serve.api.get(f"{TWO}/status").expect(200)
    assert serve.upgrade() == (3, 3)
    opened = descriptors(serve.pid)
    for _ in range(2):
        assert serve.upgrade() == (3, 3)
    until_descriptors(serve, opened)
    assert serve.children() == children and len(children) == 3
    status = serve.api.get(f"{TWO}/status").expect(200)
    for name in ("state", "since", "worker", "restarts", "config_revision"):
        kept, now = first.get(name), status.get(name)
        if isinstance(kept, dict):
            kept, now = ({key: value[key] for key in ("pid", "started", "total") if key in value} for value in (kept, now))
        assert kept == now, name
    assert account(status)["flows_seen"] >= account(first)["flows_seen"] and lost(status) == {}
    assert serve.api.get(f"{PIPELINES}/off").expect(200)["status"]["state"] == "stopped"
    serve.local().get("/readyz").expect(200)
    # it still hears its workers, and they hear it
    seen = account(status)["flows_seen"]
    serve.api.until(f"{TWO}/status", lambda status: account(status)["flows_seen"] > seen, "more flows")
    serve.api.post(f"{TWO}/stop", wait="10s").expect(200)
    assert worker_of(serve.api, ONE) in children
    os.kill(worker_of(serve.api, ONE), signal.SIGKILL)
    serve.api.until(f"{ONE}/status", lambda status: status["restarts"]["total"] == 1, "a restart")
    serve.api.until_state(ONE, "running")


@pytest.mark.parametrize("upgrades", [pytest.param(5, id="short"), pytest.param(50, id="long", marks=pytest.mark.long)])
def test_upgrades_under_load_refuse_nobody_lose_nothing_and_store_nothing_twice(serve_real, analyzers, build, upgrades):
    analyzer = analyzers(*LOAD)
    dice = random.Random(upgrades)
    serve = serve_real(*ROOMY)
    began_ms = now_ms()
    put_running(serve, analyzer, "one", "two")
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    children = serve.children()
    analyzer.tell("start")
    asker = Asker(serve)
    for _ in range(upgrades):
        analyzer.run_until(time.monotonic() + dice.random() / 2)
        assert serve.upgrade() == (2, 2)
    assert asker.finish() > upgrades
    assert serve.children() == children
    analyzer.tell("pause")
    analyzer.sync()
    before = [account(serve.api.get(f"{target}/status").expect(200))["flows_seen"] for target in (ONE, TWO)]
    history.end(serve, began_ms)
    analyzer.stop()
    figures = history.check(may_lose=set())
    assert figures["connections"] == 1 and figures["gaps"] == 0 and min(before) > 5000


def kill_until_it_waits(api, target):
    """Until its next start is some seconds away; its status then."""
    killed = None

    def found(status):
        worker = status["worker"] or {"pid": killed}
        return status["state"] == "backoff" or (status["state"] == "running" and worker["pid"] != killed)

    for _ in range(20):
        status = api.until(f"{target}/status", found, "another worker, or a wait")
        if status["state"] == "backoff" and status["restarts"]["total"] >= 4:
            return status
        if status["state"] == "running":
            killed = status["worker"]["pid"]
            os.kill(killed, signal.SIGKILL)
        else:
            api.until_state(target, "running")
    raise AssertionError("it never waits")


def test_pipelines_that_start_end_or_wait_are_taken_over_as_they_are(serve_real, analyzers, build):
    # slow: two workers are held until a third has been killed often enough, and lose nothing
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 1000, "--start", "command")
    serve = serve_real("--drain-timeout", 60, *ROOMY)
    put_running(serve, analyzer, "one", "two", "three")
    three = f"{PIPELINES}/three"
    analyzer.tell("start")
    serve.api.until(f"{ONE}/status", lambda status: account(status)["flows_seen"] > 0, "flows")
    held = {target: worker_of(serve.api, target) for target in (ONE, TWO)}
    for pid in held.values():
        os.kill(pid, signal.SIGSTOP)
    serve.api.post(f"{ONE}/stop").expect(202)
    serve.api.post(f"{TWO}/restart").expect(202)
    waits = kill_until_it_waits(serve.api, three)
    assert serve.upgrade() == (3, 3)
    for target in held:
        assert serve.api.get(f"{target}/status").expect(200)["state"] == "draining"
    assert serve.api.get(f"{three}/status").expect(200)["restarts"]["total"] == waits["restarts"]["total"]
    for pid in held.values():
        os.kill(pid, signal.SIGCONT)
    serve.api.until_state(ONE, "stopped")
    status = serve.api.until(
        f"{TWO}/status", lambda status: status["state"] == "running" and status["worker"]["pid"] != held[TWO], "another worker"
    )
    assert lost(status) == {}
    serve.api.until_state(three, "running")
    assert lost(serve.api.get(f"{ONE}/status").expect(200)) == {}


@pytest.mark.parametrize("stays", [True, False], ids=["who asks waits", "who asked has gone"])
def test_a_delete_that_drains_goes_on_or_is_answered(serve_real, analyzers, stays):
    analyzer = analyzers("--start", "command")
    serve = serve_real("--drain-timeout", 60)
    put_running(serve, analyzer, "one", "two")
    worker = worker_of(serve.api, ONE)
    os.kill(worker, signal.SIGSTOP)
    replies = []
    if stays:
        asker = threading.Thread(target=lambda: replies.append(serve.api.delete(ONE)), daemon=True)
        asker.start()
    else:
        gone = socket.create_connection(serve.address.split(":"))
        gone.sendall(f"DELETE {ONE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {serve.token}\r\n\r\n".encode())
    serve.api.until_state(ONE, "draining")
    if not stays:
        gone.close()
    assert serve.upgrade() == (2, 2)
    os.kill(worker, signal.SIGCONT)
    if stays:
        asker.join(DEADLINE_S)
        assert replies[0].expect(409)["code"] == "pipeline.draining"
        serve.api.until_state(ONE, "stopped")
        serve.api.delete(ONE).expect(204)
    serve.api.until(ONE, lambda _: True, "it is deleted", status=404)
    assert not os.path.exists(f"/proc/{worker}")
    serve.api.until_state(TWO, "running")


def test_who_waits_is_told_that_the_time_is_up(serve_real, analyzers):
    serve = serve_real("--drain-timeout", 60)
    put_running(serve, analyzers("--start", "command"), "one")
    worker = worker_of(serve.api, ONE)
    os.kill(worker, signal.SIGSTOP)
    replies = []
    asker = threading.Thread(target=lambda: replies.append(serve.api.post(f"{ONE}/restart", wait="25s")), daemon=True)
    asker.start()
    serve.api.until_state(ONE, "draining")
    serve.upgrade()
    asker.join(DEADLINE_S)
    assert replies[0].expect(202)["status"]["state"] == "draining"
    os.kill(worker, signal.SIGCONT)
    serve.api.until_state(ONE, "running")


def test_who_follows_events_goes_on_behind_the_last_one(serve_real, analyzers):
    serve = serve_real()
    put_running(serve, analyzers("--start", "command"), "one")
    stream = EventStream(serve.api)
    seen, last = stream.snapshot()
    assert seen["default/one"]["state"] == "running"
    serve.upgrade()
    with pytest.raises(AssertionError, match="ended"):
        while True:
            last = stream.next()[0]
    stream.close()
    serve.local().post(f"{ONE}/stop", wait="10s").expect(200)
    stream = EventStream(serve.api, last_id=last)
    # no snapshot, and no state but that of the stop: the upgrade has changed nothing
    found = []
    while {"change", "state"} - {type for type, _ in found}:
        found.append(stream.next()[1:])
    assert "snapshot" not in [type for type, _ in found]
    assert {data["state"] for type, data in found if type == "state"} <= {"draining", "stopped"}, found
    stream.close()


def test_sessions_of_browsers_go_on_until_their_token_is_revoked(serve_real):
    serve = serve_real()
    serve.tenant("acme")
    made = serve.api.post("/v1/tenants/acme/tokens", {"role": "operator"}).expect(201)
    nobody, headers = serve.api.with_token(None), {}
    opened = nobody.post("/v1/session", {"token": made["token"]})
    before = opened.expect(200)
    headers["Cookie"] = opened.headers["set-cookie"].split(";")[0]
    assert serve.upgrade() == (0, 0)
    after = nobody.get("/v1/session", headers=headers).expect(200)
    # the wall clock's and the session's ms are not rounded together
    assert {**after, "expires_at": None} == {**before, "expires_at": None}
    assert nobody.delete("/v1/session", headers=headers).expect(403)["code"] == "csrf.invalid"
    headers["X-CSRF-Token"] = before["csrf_token"]
    nobody.put("/v1/tenants/acme/pipelines/none", {}, headers=headers).expect(422)
    serve.api.delete(f"/v1/tenants/acme/tokens/{made['id']}").expect(204)
    assert serve.upgrade() == (0, 0)
    assert nobody.get("/v1/session", headers=headers).expect(401)["code"] == "session.ended"


@pytest.mark.parametrize("kills", [pytest.param(4, id="short"), pytest.param(25, id="long", marks=pytest.mark.long)])
def test_a_supervisor_killed_during_or_behind_an_upgrade_loses_nothing_uncounted(serve_real, analyzers, build, kills):
    analyzer = analyzers(*LOAD)
    dice = random.Random(kills)
    serve = serve_real("--drain-timeout", 5, *ROOMY)
    began_ms = now_ms()
    put_running(serve, analyzer, "one", "two")
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    analyzer.tell("start")
    for _ in range(kills):
        analyzer.run_until(time.monotonic() + dice.random() / 2)
        serve.process.send_signal(signal.SIGUSR2)
        analyzer.run_until(time.monotonic() + dice.random() / 5)
        serve.crash()
        killed_ms = now_ms()
        serve = serve_real("--drain-timeout", 5, *ROOMY, data_dir=serve.data_dir)
        for target in (ONE, TWO):
            serve.api.until_state(target, "running")
        history.runs.append(Run(began_ms, killed_ms, [], killed=True))
        began_ms = now_ms()
    analyzer.tell("pause")
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())
