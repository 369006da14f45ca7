"""The supervisor itself: handing over, being killed, being started twice, and what its database then holds."""

import os
import random
import select
import signal
import subprocess
import threading
import time

import pytest
from support.history import Run
from support.serve_account import LOAD, ROOMY, ServeHistory, account, now_ms, rows
from support.sluice import pipeline
from support.waiting import DEADLINE_S

PIPELINES = "/v1/tenants/default/pipelines"
ONE = f"{PIPELINES}/one"
TWO = f"{PIPELINES}/two"


def ended(pidfd, timeout=DEADLINE_S):
    return bool(select.select([pidfd], [], [], timeout)[0])


def handles(serve):
    return [os.pidfd_open(pid) for pid in serve.children()]


def test_a_supervisor_that_is_ended_hands_over_and_its_successor_goes_on(serve_real, analyzers, build):
    analyzer = analyzers(*LOAD)
    serve = serve_real(*ROOMY)
    began_ms = now_ms()
    for name in ("one", "two"):
        serve.api.put(f"{PIPELINES}/{name}", pipeline(analyzer, name), wait="10s").expect(201)
    serve.api.put(f"{PIPELINES}/off", {"config": pipeline(analyzer, "off"), "desired_state": "stopped"}).expect(201)
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    analyzer.tell("start")
    for _ in range(3):
        analyzer.run_until(time.monotonic() + 0.5)
        history.end(serve, began_ms)
        history.check(may_lose=set())
        began_ms = now_ms()
        serve = serve_real(*ROOMY, data_dir=serve.data_dir)
        for target in (ONE, TWO):
            serve.api.until_state(target, "running")
        assert serve.api.get(f"{PIPELINES}/off").expect(200)["status"]["state"] == "stopped"
    analyzer.tell("pause")
    analyzer.sync()
    before = [account(serve.api.get(f"{target}/status").expect(200))["flows_seen"] for target in (ONE, TWO)]
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())
    assert min(before) > 5000


@pytest.mark.parametrize("kills", [pytest.param(5, id="short"), pytest.param(50, id="long", marks=pytest.mark.long)])
def test_a_killed_supervisor_leaves_no_orphan_no_second_worker_and_an_exact_account(serve_real, analyzers, build, kills):
    analyzer = analyzers(*LOAD)
    dice = random.Random(kills)
    serve = serve_real("--drain-timeout", 5, *ROOMY)
    began_ms = now_ms()
    for name in ("one", "two"):
        serve.api.put(f"{PIPELINES}/{name}", pipeline(analyzer, name), wait="10s").expect(201)
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    analyzer.tell("start")
    for _ in range(kills):
        analyzer.run_until(time.monotonic() + dice.random())
        children = handles(serve)
        serve.crash()
        killed_ms = now_ms()
        # at once: the successor's workers wait for the spools, its subscriber for the old one's end
        serve = serve_real("--drain-timeout", 5, *ROOMY, data_dir=serve.data_dir)
        for child in children:
            assert ended(child), "a child outlives its supervisor's death and the drain"
            os.close(child)
        for target in (ONE, TWO):
            serve.api.until_state(target, "running")
        assert len(serve.children("sluice-worker")) == 2
        assert len(serve.children("sluice-subscri")) == 1
        history.runs.append(Run(began_ms, killed_ms, [], killed=True))
        began_ms = now_ms()
    analyzer.tell("pause")
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())


@pytest.mark.parametrize("kill", [False, True], ids=["handed over", "killed"])
def test_the_time_without_a_supervisor_is_a_gap_and_no_longer_one(serve_real, analyzers, kill):
    """What is known of a killed one's end is at most 5 s old: its ring's life before that is no gap."""
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 500)
    serve = serve_real()
    serve.api.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    ((began,),) = rows(serve.data_dir, "SELECT last_wall_ms FROM epochs")
    analyzer.run_until(time.monotonic() + 6)
    serve.kill() if kill else serve.stop_clean()
    ((known,),) = rows(serve.data_dir, "SELECT last_wall_ms FROM epochs")
    assert known >= began + 5000

    again = serve_real(data_dir=serve.data_dir)
    now = now_ms()

    def gaps(body):
        return [gap for gap in body["items"][0]["gaps"] if gap["reason"] == "supervisor"] if body["items"] else []

    (connection,) = again.api.until("/v1/subscriptions", gaps, "a gap without a supervisor")["items"]
    (gap,) = gaps({"items": [connection]})
    assert 0 < gap["seconds"] <= (now - known) / 1000 and connection["gap_seconds"] >= gap["seconds"]
    if kill:
        said = again.err.wait_for(r"epoch\.gap: .*a gap of ([0-9.]+) s")
        assert float(said[1]) <= (now_ms() - known) / 1000 + 0.1  # it is told in tenths


def test_a_second_supervisor_on_a_data_folder_is_refused_with_the_pid_of_the_first(serve_real, build):
    serve = serve_real()
    command = [build / "bin" / "sluiced", "serve", "--data-dir", serve.data_dir, "--listen", "127.0.0.1:0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    assert second.returncode == 1 and str(serve.pid) in second.stderr
    serve.api.get("/readyz").expect(200)


@pytest.mark.parametrize("kills", [pytest.param(4, id="short"), pytest.param(25, id="long", marks=pytest.mark.long)])
def test_a_supervisor_killed_during_writes_keeps_exactly_what_it_has_answered(serve_real, analyzers, kills):
    url = analyzers("--start", "command").url
    dice = random.Random(kills)
    serve = serve_real("--drain-timeout", 1)
    answered = {}
    for turn in range(kills):
        in_flight = write_until_killed(serve, url, answered, dice, turn)
        serve = serve_real("--drain-timeout", 1, data_dir=serve.data_dir)
        # a DELETE that had begun goes on
        serve.api.until("/v1/pipelines", lambda _: not rows(serve.data_dir, "SELECT 1 FROM deletions"), "no DELETE")
        stored = {row["name"]: (row["description"], row["desired_state"]) for row in listed(serve.api)}
        differ = {name for name in {*stored, *answered} if stored.get(name) != answered.get(name)}
        assert differ <= {in_flight[0]}, f"{differ} differ, {in_flight} was in flight"
        # nothing of what was not answered, or all
        assert stored.get(in_flight[0]) in (answered.get(in_flight[0]), in_flight[1])
        answered = stored
        for name, (_, desired) in stored.items():
            if desired == "running":
                serve.api.until_state(f"{PIPELINES}/{name}", "running")
            else:
                assert serve.api.get(f"{PIPELINES}/{name}").expect(200)["status"]["state"] == "stopped"
    assert rows(serve.data_dir, "PRAGMA integrity_check") == [("ok",)]


def listed(api):
    return api.get("/v1/pipelines", limit=500).expect(200)["items"]


def write_until_killed(serve, url, answered, dice, turn):
    """Creates, changes and deletes until the supervisor has gone; what was under way then: a name, and its new value."""
    killer = threading.Timer(0.05 + dice.random() * 0.4, serve.crash)
    killer.start()
    count = 0
    while True:
        count += 1
        name = f"p{dice.randrange(6)}"
        value = (f"{turn}-{count}", dice.choice(["running", "stopped"]))
        if name in answered and dice.random() < 0.2:
            value = None
        try:
            if value is None:
                serve.api.delete(f"{PIPELINES}/{name}", discard="true").expect(200, 204)
                answered.pop(name)
            else:
                body = {"config": pipeline(url, name), "description": value[0], "desired_state": value[1]}
                serve.api.put(f"{PIPELINES}/{name}", body).expect(200, 201)
                answered[name] = value
        except (OSError, EOFError):
            killer.join()
            return name, value
        except Exception as error:  # http.client's own
            assert "http.client" in type(error).__module__, error
            killer.join()
            return name, value


def test_what_is_under_way_when_the_supervisor_ends_is_answered_or_refused(serve_real, analyzers):
    serve = serve_real()
    serve.api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    os.kill(serve.api.get(f"{ONE}/status").expect(200)["worker"]["pid"], signal.SIGSTOP)
    serve.api.post(f"{ONE}/stop").expect(202)
    serve.terminate()
    serve.err.wait_for("SIGTERM: handing over")
    serve.terminate()
    assert serve.wait() == 0
    after = serve_real(data_dir=serve.data_dir).api.get(ONE).expect(200)
    assert (after["desired_state"], after["status"]["state"]) == ("stopped", "stopped")
