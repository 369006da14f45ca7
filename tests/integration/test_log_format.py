"""--log-format json: every line of every process is an object, and says whose it is."""

import json
import os
import signal

import pytest
from support.sluice import pipeline

PIPELINES = "/v1/tenants/acme/pipelines"
ONE = f"{PIPELINES}/one"
JSON = ("--log-format", "json", "--log-level", "debug")
MEMBERS = ["time", "level", "component", "message"]


def objects(lines):
    """All lines, each an object with the members of all in their order."""
    found = [json.loads(line) for line in lines]
    for one in found:
        assert [name for name in one if name in MEMBERS] == MEMBERS, one
        assert set(one) - set(MEMBERS) <= {"tenant", "pipeline", "scope"}, one
    return found


def wait_for(err, start=0, **members):
    """The first object from line `start` on with these members, a message that begins so."""
    message = members.pop("message", "")

    def find(line):
        one = json.loads(line)
        same = all(one.get(name) == value for name, value in members.items())
        return one if same and one["message"].startswith(message) else None

    return err.wait(find, f"no object with {members} and {message!r}", start=start)


def test_supervisor_workers_and_subscribers_log_objects_also_over_an_upgrade(serve_real, analyzers):
    analyzer = analyzers("--start", "command")
    serve = serve_real(*JSON)
    acme, err = serve.tenant("acme"), serve.err
    acme.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    wait_for(err, component="subscriber", scope=analyzer.url, message="subscribed")
    acme.post("/v1/validate", pipeline("ws://127.0.0.1:1/", "tried"), name="tried", probe="true").expect(422)
    wait_for(err, component="worker", tenant="acme", pipeline="tried")
    assert serve.upgrade() == (1, 1)
    upgraded = len(err.lines)
    # of before the upgrade
    acme.put(f"{PIPELINES}/two", pipeline(analyzer, "two"), wait="10s").expect(201)
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    wait_for(err, upgraded, component="worker", tenant="acme", pipeline="one", message="drained")
    # of behind it
    acme.post(f"{PIPELINES}/two/stop", wait="10s").expect(200)
    wait_for(err, upgraded, component="worker", tenant="acme", pipeline="two", message="drained")
    os.kill(acme.get(f"{ONE}/status").expect(200)["worker"]["pid"], signal.SIGKILL)
    wait_for(err, component="sluiced", level="error", tenant="acme", pipeline="one", message="worker ended unasked (signal 9")
    acme.until_state(ONE, "running")
    serve.stop_clean()
    components = {one["component"] for one in objects(err.lines)}
    assert components == {"sluiced", "worker", "subscriber"}


def test_a_pipelines_log_stays_text(serve_real, analyzers):
    serve = serve_real(*JSON[:2])
    acme = serve.tenant("acme")
    acme.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    acme.post(f"{ONE}/stop", wait="10s").expect(200)
    wait_for(serve.err, component="worker", message="drained")
    (line,) = acme.get(f"{ONE}/logs").expect(200).splitlines()
    assert " info worker acme/one drained" in line
    os.kill(serve.pid, signal.SIGHUP)
    wait_for(serve.err, component="sluiced", message="SIGHUP: ")


def test_a_hangup_changes_the_format_of_all_that_runs(serve_real, folder, analyzers):
    file = folder / "sluiced.yaml"
    file.write_text("log-format: json\n")
    serve = serve_real("--config", file)
    acme = serve.tenant("acme")
    acme.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    for text, ends in (("text", " info worker acme/one drained"), ("json", '"pipeline":"one","message":"drained')):
        file.write_text(f"log-format: {text}\n")
        start = len(serve.err.lines)
        os.kill(serve.pid, signal.SIGHUP)
        serve.err.wait_for("was read again; changed: log-format", start=start)
        assert serve.err.lines[start].startswith("{") == (text == "json")
        acme.post(f"{ONE}/restart", wait="10s").expect(200)
        serve.err.wait_for(ends, start=start)


def test_a_run_says_all_in_objects_its_status_lines_and_warnings_too(sluice_run, analyzers, stored):
    analyzer = analyzers("--start", "command")
    env = {**os.environ, "SKYDIVE_PIPELINE_SUBSCRIBER_ULR": "x"}
    sluice = sluice_run(pipeline(analyzer, stored), options=[*JSON, "--status-interval", "1"], env=env)
    analyzer.wait("subscribed")
    wait_for(sluice.err, level="warn", component="sluiced", message="environment: warning: SKYDIVE_PIPELINE_SUBSCRIBER_ULR")
    wait_for(sluice.err, component="subscriber", scope=analyzer.url, message="subscribed")
    wait_for(sluice.err, level="info", component="sluiced", message="flows 0 ")
    analyzer.tell("start")
    analyzer.finish()
    sluice.stop_clean()
    said = objects(sluice.err.lines)
    (name,) = {one["pipeline"] for one in said if one["component"] == "worker"}
    assert name == sluice.files[0].stem and not any("tenant" in one for one in said)
    assert said[-1]["message"].startswith("flows ") and " | objects " in said[-1]["message"]


@pytest.mark.parametrize("text", ["pipeline: {}\n", "pipeline: [\n"])
def test_a_run_tells_a_files_mistakes_in_objects(sluice_run, folder, text):
    file = folder / "bad.yml"
    file.write_text(text)
    sluice = sluice_run(file, options=JSON)
    assert sluice.wait() == 2
    said = objects(sluice.err.lines)
    assert all(one["message"].startswith(f"{file}:") for one in said)
    assert all((one["level"] == "warn") == (": warning: " in one["message"]) for one in said)
    assert "error" in {one["level"] for one in said}
