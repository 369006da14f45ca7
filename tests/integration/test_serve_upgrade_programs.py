"""SIGUSR2 with another program: newer workers, programs that cannot take over, and what is damaged on the way."""

import json
import os
import signal
import sqlite3
import sys

import pytest
from support.history import Run
from support.serve import Api, EventStream
from support.serve_account import LOAD, ROOMY, ServeHistory, account, now_ms
from support.sluice import pipeline
from support.upgrades import ONE, TWO, Asker, descriptors, put_program, put_running, until_children, until_descriptors, until_subscribed, worker_of
from support.waiting import DEADLINE_S


def test_workers_of_another_version_are_replaced_one_after_the_other(copied, analyzers, build):
    analyzer = analyzers(*LOAD)
    serve, programs = copied(*ROOMY)
    began_ms = now_ms()
    put_running(serve, analyzer, "one", "two")
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    analyzer.tell("start")
    workers = [worker_of(serve.api, target) for target in (ONE, TWO)]
    subscriber = serve.children("sluice-subscri")
    for name in ("sluiced", "sluice-worker", "sluice-subscriber"):
        put_program(programs / name, build / "bin" / name)
    start = len(serve.err.lines)
    stream = EventStream(serve.api)
    _, last = stream.snapshot()
    stream.close()
    assert serve.upgrade() == (2, 2)
    serve.err.wait_for("1 subscribers stay what they are", start=start)
    serve.err.wait_for("all workers are of this version", start=start)
    stream = EventStream(serve.api, last_id=last)
    states = [stream.until("state")[1] for _ in range(6)]
    stream.close()
    first = states[0]["pipeline"]
    names = [first] * 3 + [{"one": "two", "two": "one"}[first]] * 3
    assert [(state["pipeline"], state["state"]) for state in states] == list(zip(names, ["draining", "starting", "running"] * 2))
    for target, before in zip((ONE, TWO), workers):
        status = serve.api.until_state(target, "running")
        assert status["worker"]["pid"] != before
        assert os.stat(f"/proc/{status['worker']['pid']}/exe").st_ino == (programs / "sluice-worker").stat().st_ino
    assert serve.children("sluice-subscri") == subscriber
    # now they are: nothing is replaced any more
    workers = serve.children()
    assert serve.upgrade() == (2, 2)
    assert serve.children() == workers
    analyzer.tell("pause")
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())


@pytest.mark.parametrize("how", ["a worker that works", "a stop"])
def test_workers_that_do_not_become_ready_are_one_pipeline_s_trouble(copied, analyzers, build, how):
    serve, programs = copied()
    put_running(serve, analyzers("--start", "command"), "one", "two")
    workers = {target: worker_of(serve.api, target) for target in (ONE, TWO)}
    put_program(programs / "sluice-worker", '#!/bin/sh\n[ "$1" = --version ]\n')
    assert serve.upgrade() == (2, 2)
    serve.err.wait_for("is not ready with a worker of this version")
    states = {target: serve.api.get(f"{target}/status").expect(200) for target in (ONE, TWO)}
    broken = next(target for target in (ONE, TWO) if states[target]["state"] != "running")
    whole = {ONE: TWO, TWO: ONE}[broken]
    # its turn does not come, over another upgrade neither
    serve.api.until(f"{broken}/status", lambda status: status["restarts"]["total"] >= 3, "more starts")
    start = len(serve.err.lines)
    assert serve.upgrade() == (2, 2)
    serve.err.wait_for("is not ready with a worker of this version", start=start)
    assert worker_of(serve.api, whole) == workers[whole]
    put_program(programs / "sluice-worker", build / "bin" / "sluice-worker")
    if how == "a stop":
        serve.api.post(f"{broken}/stop", wait="10s").expect(200)
    serve.err.wait_for("all workers are of this version", start=start)
    serve.api.until_state(whole, "running")
    assert worker_of(serve.api, whole) != workers[whole]


BROKEN = {
    "not executable": ("", 0o644),
    "another program": ("#!/bin/sh\nexit 1\n", 0o755),
    "another format": ("#!/bin/sh\necho 999\n", 0o755),
    "no answer": ("#!/bin/sh\nexec sleep 60\n", 0o755),
    "no answer, and a process of its own": ("#!/bin/sh\nsleep 60\n", 0o755),
    "an end, and a process of its own": ("#!/bin/sh\necho 1\nsleep 60 &\n", 0o755),
}


@pytest.mark.parametrize("program, mode", BROKEN.values(), ids=BROKEN)
def test_a_program_that_cannot_take_over_changes_nothing(copied, analyzers, build, program, mode):
    serve, programs = copied()
    put_running(serve, analyzers("--start", "command"), "one")
    children = serve.children()
    asker = Asker(serve)
    put_program(programs / "sluiced", program, mode)
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("SIGUSR2: not upgraded, everything goes on as before: ")
    assert asker.finish() > 0
    until_children(serve, children)
    serve.api.until_state(ONE, "running")
    put_program(programs / "sluiced", build / "bin" / "sluiced")
    assert serve.upgrade() == (1, 1)
    assert serve.children() == children


WITHOUT = {
    "a program that is not executable": ("#!/bin/sh\n", 0o644, "sluice-worker is neither in"),
    "a program that is none": ("text\n", 0o755, "sluice-worker cannot be executed: Exec format error"),
    "a program that does not start": ("#!/bin/sh\necho 1\nexit 127\n", 0o755, "sluice-worker does not start: the program could not"),
}


@pytest.mark.parametrize("program, mode, reason", WITHOUT.values(), ids=WITHOUT)
def test_a_version_whose_workers_cannot_start_changes_nothing(copied, analyzers, build, program, mode, reason):
    serve, programs = copied()
    put_running(serve, analyzers("--start", "command"), "one")
    children = serve.children()
    put_program(programs / "sluice-worker", program, mode)
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for(f"not upgraded, everything goes on as before: .*{reason}")
    assert serve.children() == children
    put_program(programs / "sluice-worker", build / "bin" / "sluice-worker")
    assert serve.upgrade() == (1, 1)


def set_version(data_dir, change):
    with sqlite3.connect(data_dir / "sluice.db") as database:
        ((version,),) = database.execute("PRAGMA user_version").fetchall()
        database.execute(f"PRAGMA user_version = {version + change}")
    database.close()


def test_a_version_that_is_older_than_the_database_changes_nothing(serve_real):
    serve = serve_real()
    set_version(serve.data_dir, 1)
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("not upgraded, everything goes on as before: .*the database has version .*this program knows up to")
    serve.api.get("/readyz").expect(200)
    set_version(serve.data_dir, -1)
    assert serve.upgrade() == (0, 0)


def without_workers(source, target):
    """A program that cannot start: its workers have a name that no file has."""
    target.write_bytes(source.read_bytes().replace(b"sluice-worker\0", b"sluice-walker\0"))
    target.chmod(0o755)


def test_a_program_that_is_executed_and_cannot_start_executes_the_one_before(copied, analyzers, build):
    analyzer = analyzers(*LOAD)
    serve, programs = copied(*ROOMY)
    began_ms = now_ms()
    put_running(serve, analyzer, "one", "two")
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    analyzer.tell("start")
    children = serve.children()
    assert serve.upgrade() == (2, 2)
    before = os.readlink(f"/proc/{serve.pid}/exe")
    without_workers(build / "bin" / "sluiced", programs / "broken")
    asker = Asker(serve)
    # asked, it answers as ours does
    ask = f'[ -n "$SLUICE_HANDOVER" ] && exec {programs}/broken "$@"\nexec {build}/bin/sluiced "$@"\n'
    put_program(programs / "sluiced", f"#!/bin/sh\n{ask}")
    put_program(programs / "sluice-worker", build / "bin" / "sluice-worker")
    for turn in range(3):
        start = len(serve.err.lines)
        serve.process.send_signal(signal.SIGUSR2)
        serve.err.wait_for("sluice-walker is neither in .*: back to the program before", start=start)
        serve.err.wait_for("not upgraded, everything goes on as before: the new program cannot start: sluice-walker", start=start)
        serve.err.wait_for("goes on with 2 of 2 pipelines", start=start)
        serve.err.wait_for(r"info sluiced \d+ pipelines$", start=start)
        # refused by nobody; then alone, or its connections would be among the descriptors
        assert asker.finish() > 0
        serve.api.get("/readyz").expect(200)
        if turn > 1:
            until_descriptors(serve, opened)
        opened = descriptors(serve.pid)
    assert os.readlink(f"/proc/{serve.pid}/exe") == f"{before} (deleted)"
    # its workers are not replaced by those of a version that cannot start
    assert serve.children() == children
    put_program(programs / "sluiced", build / "bin" / "sluiced")
    start = len(serve.err.lines)
    assert serve.upgrade() == (2, 2)
    serve.err.wait_for("all workers are of this version", start=start)
    assert not set(serve.children("sluice-worker")) & set(children)
    analyzer.tell("pause")
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())


def test_a_program_that_answers_and_cannot_be_executed_then_leaves_the_api_open(copied, analyzers):
    serve, programs = copied()
    put_running(serve, analyzers("--start", "command"), "one")
    children = serve.children()
    # it answers as ours does, and takes its own place away
    real = programs / "real"
    (programs / "sluiced").rename(real)
    put_program(programs / "sluiced", f"#!/bin/sh\nchmod 644 {programs}/sluiced\nexec {real} \"$@\"\n")
    asker = Asker(serve)
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("not upgraded, everything goes on as before: executing .*Permission denied")
    serve.api.get("/readyz").expect(200)
    count = asker.count
    serve.api.until(f"{ONE}/status", lambda _: asker.count > count, "answers")
    asker.finish()
    assert serve.children() == children
    real.rename(programs / "sluiced")
    assert serve.upgrade() == (1, 1)


def test_options_that_take_a_restart_or_are_wrong_keep_everything_as_it_is(serve_real, folder):
    options = folder / "options.yaml"
    options.write_text("drain-timeout: 7\n")
    serve = serve_real("--config", options)
    for text in ("ring-size: 1M\n", "nothing: 1\n", "drain-timeout: [\n"):
        options.write_text(text)
        start = len(serve.err.lines)
        serve.process.send_signal(signal.SIGUSR2)
        serve.err.wait_for("not upgraded", start=start)
        serve.api.get("/readyz").expect(200)
    options.write_text("drain-timeout: 8\n")
    assert serve.upgrade() == (0, 0)


def test_a_second_signal_is_ignored_and_an_end_wins(copied, analyzers):
    serve, programs = copied()
    put_running(serve, analyzers("--start", "command"), "one")
    put_program(programs / "sluiced", "#!/bin/sh\nexec sleep 60\n")
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("asking .* whether it can take over")
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("SIGUSR2: an upgrade is under way already: ignored")
    # within the seconds that it waits for an answer
    serve.stop_clean()
    assert "not upgraded" not in serve.err.text()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR2"])
def test_a_signal_between_two_images_is_the_next_one_s(copied, analyzers, name):
    serve, programs = copied()
    put_running(serve, analyzers("--start", "command"), "one")
    (programs / "sluiced").rename(programs / "real")
    once = f"[ -z \"$SLUICE_HANDOVER\" ] || {{ mv {programs}/real {programs}/sluiced; kill -{name[3:]} $$; exec {programs}/sluiced \"$@\"; }}\n"
    put_program(programs / "sluiced", f"#!/bin/bash\n{once}exec {programs}/real \"$@\"\n")
    assert serve.upgrade() == (1, 1)
    behind = next(number for number, line in enumerate(serve.err.lines) if "has taken over" in line) + 1
    follows = {"SIGTERM": "SIGTERM: handing over", "SIGHUP": "SIGHUP: there is neither", "SIGUSR2": "has taken over 1 of 1"}
    serve.err.wait_for(follows[name], start=behind)
    if name == "SIGTERM":
        assert serve.process.wait(DEADLINE_S) == 0
    else:
        serve.api.until_state(ONE, "running")


def test_secrets_do_not_go_over_and_a_connection_has_them_all_the_same(copied, analyzers, folder):
    """The next program is a script that keeps what it is handed over before ours gets it."""
    analyzer = analyzers("--start", "command", "--username", "me", "--password", "pass-word")
    serve, programs = copied()
    config = {**pipeline(analyzer, "one"), "analyzer": {"auth": {"cluster": {"username": "me", "password": "pass-word"}}}}
    serve.api.put(ONE, config, wait="10s").expect(201)
    (programs / "sluiced").rename(programs / "real")
    keep = f"[ -z \"$SLUICE_HANDOVER\" ] || cat /proc/self/fd/$SLUICE_HANDOVER >{folder}/kept"
    put_program(programs / "sluiced", f"#!/bin/sh\n{keep}\nexec {programs}/real \"$@\"\n")
    assert serve.upgrade() == (1, 1)
    kept = json.loads((folder / "kept").read_text())
    assert kept["subscriptions"][0]["destination"]["username"] == "me"
    assert "pass-word" not in (folder / "kept").read_text() and serve.token not in (folder / "kept").read_text()
    (subscriber,) = serve.children("sluice-subscri")
    os.kill(subscriber, signal.SIGKILL)
    analyzer.wait("subscribed", connection=2)
    serve.api.until_state(ONE, "running")
    # another pipeline with the same password shares that connection
    serve.api.put(TWO, {**config, "pipeline": pipeline(analyzer, "two")["pipeline"]}, wait="10s").expect(201)
    assert len(serve.children("sluice-subscri")) == 1


def test_a_secret_that_cannot_be_read_for_a_while_costs_no_connection(copied, analyzers, folder):
    analyzer = analyzers("--start", "command", "--username", "me", "--password", "pass-word")
    secret = folder / "secrets" / "password"
    secret.parent.mkdir()
    secret.write_text("pass-word")
    serve, _ = copied("--secrets-dir", secret.parent)
    auth = {"cluster": {"username": "me", "password": f"${{file:{secret}}}"}}
    serve.api.put(ONE, {**pipeline(analyzer, "one"), "analyzer": {"auth": auth}}, wait="10s").expect(201)
    until_subscribed(serve.api, ONE)
    children, worker = serve.children("sluice-subscri"), worker_of(serve.api, ONE)
    secret.rename(folder / "away")
    assert serve.upgrade() == (1, 1)
    serve.err.wait_for("default/one: its configuration cannot be used")
    assert worker_of(serve.api, ONE) == worker
    (folder / "away").rename(secret)
    os.kill(worker, signal.SIGKILL)
    serve.api.until(f"{ONE}/status", lambda status: (status["worker"] or {}).get("pid") not in (None, worker), "another worker")
    serve.api.until_state(ONE, "running")
    assert serve.children("sluice-subscri") == children


FORGETS = """#!{python}
import json, os, sys

if "SLUICE_HANDOVER" in os.environ:
    with open("/proc/self/fd/" + os.environ["SLUICE_HANDOVER"], "r+") as file:
        kept = json.load(file)
        {forget}
        file.seek(0)
        file.truncate()
        json.dump(kept, file)
os.execv("{real}", ["{real}", *sys.argv[1:]])
"""

FORGOTTEN = {
    "a pipeline": ("del kept['pipelines'][{id!r}]", (1, 2)),
    "a ring": ("del kept['subscriptions'][0]['ring']", (0, 2)),
    "a process": ("kept['pipelines'][{id!r}]['keeper']['child']['pid'] = 1", (2, 2)),
    "everything": ("kept.clear()", None),
}


@pytest.mark.parametrize("forget, adopted", FORGOTTEN.values(), ids=FORGOTTEN)
def test_what_was_handed_over_damaged_is_as_after_a_supervisor_s_death(copied, analyzers, build, forget, adopted):
    analyzer = analyzers(*LOAD)
    serve, programs = copied("--drain-timeout", 5, *ROOMY)
    began_ms = now_ms()
    put_running(serve, analyzer, "one", "two")
    history = ServeHistory(build, analyzer, serve.data_dir, "one", "two")
    analyzer.tell("start")
    serve.api.until(f"{ONE}/status", lambda status: account(status)["flows_seen"] > 0, "flows")
    before = worker_of(serve.api, ONE)
    (programs / "sluiced").rename(programs / "real")
    forget = forget.format(id=history.ids["one"])
    put_program(programs / "sluiced", FORGETS.format(python=sys.executable, forget=forget, real=programs / "real"))
    damaged_ms = now_ms()
    if adopted:
        assert serve.upgrade() == adopted
    else:
        start = len(serve.err.lines)
        serve.process.send_signal(signal.SIGUSR2)
        serve.err.wait_for("this is a start like any other", start=start)
        serve.address = serve.err.wait_for(r"the API listens at (?!/)(\S+)", start=start)[1]
        serve.api = Api(serve.address, serve.token)
    for target in (ONE, TWO):
        serve.api.until_state(target, "running")
    status = serve.api.until(f"{ONE}/status", lambda status: status["worker"]["pid"] != before, "another worker")
    # it is waited for
    serve.api.until(f"{ONE}/status", lambda _: not os.path.exists(f"/proc/{before}"), "the end of the one before")
    seen = account(status)["flows_seen"]
    serve.api.until(f"{ONE}/status", lambda status: account(status)["flows_seen"] > seen, "more flows")
    history.runs.append(Run(began_ms, damaged_ms, [], killed=True))
    analyzer.tell("pause")
    history.end(serve, now_ms())
    analyzer.stop()
    history.check(may_lose=set())


def test_what_was_not_handed_over_whole_is_a_start_like_any_other(serve_real):
    serve = serve_real(env={"SLUICE_HANDOVER": "77"})
    serve.err.wait_for("error sluiced upgrade: .*this is a start like any other")
    serve.api.get("/readyz").expect(200)
    assert serve.upgrade() == (0, 0)
