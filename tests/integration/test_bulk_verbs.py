"""Start, stop and restart of many pipelines at once."""

import os
import signal

import pytest
from support.sluice import pipeline

PIPELINES = "/v1/tenants/acme/pipelines"


@pytest.fixture
def acme(serve_real, analyzers):
    """Three pipelines of one tenant: env=test, env=prod and without a label. An operator's client."""
    api = serve_real().tenant("acme")
    config = pipeline(analyzers("--start", "command"), "files")
    for name, labels in (("one", {"env": "test"}), ("two", {"env": "prod"}), ("three", {})):
        api.put(f"{PIPELINES}/{name}", {"config": config, "labels": labels}, wait="10s").expect(201)
    return api


def names(body):
    return sorted(item["name"] for item in body["items"])


@pytest.mark.parametrize("label, chosen", [("env=test", ["one"]), ("env", ["one", "two"]), ("env=none", [])])
def test_labels_choose_by_key_or_by_value(acme, label, chosen):
    assert names(acme.post(f"{PIPELINES}:stop", label=label).expect(202)) == chosen

    listed = acme.get(PIPELINES).expect(200)["items"]
    assert sorted(item["name"] for item in listed if item["desired_state"] == "stopped") == chosen


def test_a_dry_run_says_what_would_happen_with_200_and_changes_nothing(acme):
    assert names(acme.post(f"{PIPELINES}:stop", dry_run="true").expect(200)) == ["one", "three", "two"]
    acme.post(f"{PIPELINES}/one/stop", dry_run="true").expect(200)

    listed = acme.get(PIPELINES).expect(200)["items"]
    assert {item["desired_state"] for item in listed} == {"running"}


# ---- ?wait= ----


def states(body):
    return {item["name"]: item["state"] for item in body["items"]}


def test_a_wait_ends_when_it_has_happened_to_all(acme):
    every = dict.fromkeys(("one", "two", "three"), "stopped")
    assert states(acme.post(f"{PIPELINES}:stop", wait="20s").expect(200)) == every
    # what has happened is answered at once
    assert states(acme.post(f"{PIPELINES}:stop", wait="20s").expect(200)) == every
    assert set(states(acme.post(f"{PIPELINES}:start", wait="20s").expect(200)).values()) == {"running"}
    pids = {name: acme.get(f"{PIPELINES}/{name}/status").expect(200)["worker"]["pid"] for name in every}
    assert states(acme.post(f"{PIPELINES}:restart", wait="20s", label="env").expect(200)) == {"one": "running", "two": "running"}
    for name, before in pids.items():
        assert (acme.get(f"{PIPELINES}/{name}/status").expect(200)["worker"]["pid"] != before) == (name != "three")
    assert acme.post(f"{PIPELINES}:stop", wait="20s", label="env=none").expect(200) == {"items": []}
    assert states(acme.post(f"{PIPELINES}:stop", wait="20s", dry_run="true").expect(200)) == dict.fromkeys(every, "running")


def test_a_wait_that_is_over_says_how_each_is_and_it_happens_all_the_same(acme):
    held = acme.get(f"{PIPELINES}/two/status").expect(200)["worker"]["pid"]
    os.kill(held, signal.SIGSTOP)
    waited = states(acme.post(f"{PIPELINES}:stop", {"drain_timeout": "60s"}, wait="1s").expect(202))
    os.kill(held, signal.SIGCONT)
    assert waited["two"] == "draining" and len(waited) == 3
    for name in waited:
        acme.until_state(f"{PIPELINES}/{name}", "stopped")


def test_who_leaves_while_waiting_leaves_nothing_behind(acme):
    held = acme.get(f"{PIPELINES}/two/status").expect(200)["worker"]["pid"]
    os.kill(held, signal.SIGSTOP)
    connection = acme._connect()
    connection.request("POST", f"{PIPELINES}:stop?wait=60s", headers={"Authorization": f"Bearer {acme.token}"})
    acme.until_state(f"{PIPELINES}/two", "draining")
    connection.close()
    os.kill(held, signal.SIGCONT)
    assert set(states(acme.post(f"{PIPELINES}:stop", wait="20s").expect(200)).values()) == {"stopped"}


def test_one_that_cannot_run_makes_a_problem_and_the_others_run(serve_real, faults, analyzers):
    faults.order_refusals(1)
    api = serve_real(build=faults.build).tenant("acme")
    config = pipeline(analyzers("--start", "command"), "files")
    for name in ("one", "two"):
        api.put(f"{PIPELINES}/{name}", {"config": config, "desired_state": "stopped"}).expect(201)
    problem = api.post(f"{PIPELINES}:start", wait="20s").expect(409)
    (failed,) = [item for item in problem["items"] if item["state"] == "failed"]
    assert problem["code"] == failed["error"]["code"] == "pipeline.failed"
    assert problem["detail"] == f"{failed['name']} cannot run: {failed['error']['detail']}"
    assert sorted(states(problem).values()) == ["failed", "running"]
    assert set(states(api.post(f"{PIPELINES}:start", wait="20s").expect(200)).values()) == {"running"}
