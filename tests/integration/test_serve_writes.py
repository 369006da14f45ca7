"""What writes make of a served pipeline: secrets, configurations that cannot be used, waiting, deleting."""

import os
import signal
import socket
import time

import pytest
from support.sluice import changed, pipeline

ONE = "/v1/tenants/acme/pipelines/one"
S3 = {"type": "s3", "s3": {"endpoint": "http://127.0.0.1:9", "access_key": "a", "secret_key": 918273645}}


@pytest.fixture
def config(analyzers):
    return pipeline(analyzers("--start", "command"), "files")


@pytest.fixture
def secrets(folder):
    """A folder with secrets; the tenant acme's has one."""
    (folder / "secrets" / "acme").mkdir(parents=True)
    (folder / "secrets" / "acme" / "key").write_text("once\n")
    return folder / "secrets"


def with_secret(config, secrets):
    return changed(config, "analyzer.auth", {"cluster": {"username": "u", "password": "${file:%s/acme/key}" % secrets}})


@pytest.mark.parametrize("secret", [918273645, True, 91827364.5])
def test_a_secret_that_is_no_text_is_kept_secret(serve_real, config, secret):
    serve = serve_real()
    api = serve.tenant("acme")
    s3 = changed(config, "pipeline.write", S3 | {"s3": S3["s3"] | {"secret_key": secret}})
    made = api.put(ONE, {"config": s3, "desired_state": "stopped"}).expect(201)

    assert made["config"]["pipeline"]["write"]["s3"]["secret_key"] == {"set": True}
    assert api.get(ONE).expect(200)["config"] == made["config"]
    database = b"".join(path.read_bytes() for path in serve.data_dir.glob("sluice.db*"))
    assert b"9182736" not in database
    # and it is one that can be kept
    again = api.put(ONE, {"config": made["config"]}).expect(200)
    assert not again["changed"]


def test_what_cannot_be_used_is_refused_and_tried_again(serve_real, config, secrets):
    serve = serve_real("--secrets-dir", secrets)
    api = serve.tenant("acme")
    api.put(ONE, {"config": with_secret(config, secrets)}, wait="10s").expect(201)
    serve.stop_clean()
    (secrets / "acme" / "key").unlink()

    serve = serve_real("--secrets-dir", secrets, data_dir=serve.data_dir)
    api = serve.api
    assert "cannot be read" in api.get(f"{ONE}/status").expect(200)["reason"]
    assert api.post(f"{ONE}/start").expect(409)["code"] == "config.unusable"
    api.post("/v1/tenants/acme/pipelines:start")
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    assert api.put(ONE, {"desired_state": "running"}).expect(409)["code"] == "config.unusable"
    assert api.get(ONE).expect(200)["desired_state"] == "stopped"

    (secrets / "acme" / "key").write_text("twice\n")
    assert api.put(ONE, {"desired_state": "running"}, wait="10s").expect(200)["status"]["state"] == "running"


def test_a_secret_that_comes_back_starts_what_is_desired_to_run(serve_real, config, secrets):
    serve = serve_real("--secrets-dir", secrets)
    serve.tenant("acme").put(ONE, {"config": with_secret(config, secrets)}, wait="10s").expect(201)
    serve.stop_clean()
    (secrets / "acme" / "key").unlink()

    serve = serve_real("--secrets-dir", secrets, data_dir=serve.data_dir)
    serve.api.until_state(ONE, "backoff", "failed", "stopped")
    (secrets / "acme" / "key").write_text("twice\n")
    serve.api.until_state(ONE, "running", timeout=40)


def test_a_restart_that_cannot_succeed_ends_nothing(serve_real, config, secrets):
    serve = serve_real("--secrets-dir", secrets)
    api = serve.tenant("acme")
    worker = api.put(ONE, {"config": with_secret(config, secrets)}, wait="10s").expect(201)["status"]["worker"]["pid"]
    (secrets / "acme" / "key").unlink()

    assert api.post(f"{ONE}/restart").expect(409)["code"] == "config.unusable"
    assert api.get(f"{ONE}/status").expect(200)["worker"]["pid"] == worker


def test_a_corrected_configuration_starts_what_should_run(serve_real, config, secrets):
    serve = serve_real("--secrets-dir", secrets)
    serve.tenant("acme").put(ONE, {"config": with_secret(config, secrets)}, wait="10s").expect(201)
    serve.stop_clean()
    (secrets / "acme" / "key").unlink()

    api = serve_real("--secrets-dir", secrets, data_dir=serve.data_dir).api
    assert api.put(ONE, {"config": config}, wait="10s").expect(200)["status"]["state"] == "running"


def test_what_cannot_start_does_not_keep_the_supervisor_from_ending(serve_real, config):
    serve = serve_real()
    (serve.data_dir / "files").write_text("no folder")
    serve.tenant("acme").put(ONE, {"config": config}).expect(201)
    serve.api.until_state(ONE, "backoff")
    serve.stop_clean(timeout=10)


def test_a_start_that_fails_is_no_proof_against_a_revision(serve_real, config):
    serve = serve_real()
    api = serve.tenant("acme")
    api.put(ONE, {"config": config}, wait="10s").expect(201)
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    serve.stop_clean()
    (serve.data_dir / "files").rename(serve.data_dir / "elsewhere")
    (serve.data_dir / "files").write_text("no folder")

    api = serve_real(data_dir=serve.data_dir).api
    other = changed(config, "pipeline.store.buffered.max_seconds_per_object", 50)
    api.put(ONE, {"config": other, "desired_state": "running"}).expect(200)
    api.until(f"{ONE}/status", lambda status: status["restarts"]["total"] >= 4, "four failed starts", timeout=20)
    assert api.get(ONE).expect(200)["revision"] == 2


def test_waiting_for_what_has_happened_takes_no_time(serve_real, config):
    api = serve_real().tenant("acme")
    api.put(ONE, {"config": config}, wait="10s").expect(201)

    begin = time.monotonic()
    api.post(f"{ONE}/start", wait="30s").expect(200)
    api.post(f"{ONE}/stop", wait="30s").expect(200)
    api.post(f"{ONE}/stop", wait="30s").expect(200)
    assert time.monotonic() - begin < 15


def stop_worker(api):
    """A worker that does not answer: what drains goes on draining."""
    worker = api.get(f"{ONE}/status").expect(200)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)
    return worker


def test_a_delete_goes_on_when_its_client_has_gone(serve_real, config):
    api = serve_real().tenant("acme")
    api.put(ONE, {"config": config}, wait="10s").expect(201)
    worker = stop_worker(api)
    connection = api._connect()
    connection.request("DELETE", ONE, headers={"Authorization": f"Bearer {api.token}"})
    api.until_state(ONE, "draining")
    # the server has seen that its client has gone when it closes the connection, too
    connection.sock.shutdown(socket.SHUT_WR)
    assert connection.sock.recv(1) == b""
    connection.close()
    os.kill(worker, signal.SIGCONT)

    api.until(ONE, lambda problem: True, "the pipeline has gone", status=404)


def test_a_tenant_goes_with_all_that_it_had(serve_real, config):
    serve = serve_real()
    serve.tenant("acme").put(ONE, {"config": config}, wait="10s").expect(201)
    spool = serve.data_dir / "spool"
    assert len(list(spool.iterdir())) == 1

    serve.api.delete("/v1/tenants/acme", force="true").expect(204)
    assert list(spool.iterdir()) == []
    serve.api.get(ONE).expect(404)


def test_one_of_many_that_cannot_start_does_not_stop_the_others(serve_real, config, secrets):
    serve = serve_real("--secrets-dir", secrets)
    api = serve.tenant("acme")
    for name, what in (("a", config), ("b", with_secret(config, secrets)), ("c", config)):
        api.put(f"/v1/tenants/acme/pipelines/{name}", {"config": what, "desired_state": "stopped"}).expect(201)
    (secrets / "acme" / "key").unlink()

    refused = api.post("/v1/tenants/acme/pipelines:start").expect(409)
    assert refused["code"] == "config.unusable"
    items = refused["items"]
    assert [item["name"] for item in items] == ["a", "b", "c"]
    assert [item.get("error", {}).get("code") for item in items] == [None, "config.unusable", None]
    api.until_state("/v1/tenants/acme/pipelines/c", "running")


def test_a_list_by_state_gives_each_pipeline_once(serve_real, config):
    api = serve_real().tenant("acme")
    for number in range(5):
        state = "running" if number % 2 else "stopped"
        body = {"config": config, "desired_state": state}
        api.put(f"/v1/tenants/acme/pipelines/p{number}", body, wait="10s").expect(201)

    found, query = [], {"state": "running", "limit": "1"}
    while True:
        page = api.get("/v1/pipelines", **query).expect(200)
        found += [item["name"] for item in page["items"]]
        if not page["next_page_token"]:
            break
        query["page_token"] = page["next_page_token"]
    assert found == ["p1", "p3"]


def test_spool_folders_of_nobody_go_unless_they_hold_something(serve_real):
    serve = serve_real()
    serve.stop_clean()
    spool = serve.data_dir / "spool"
    for name in ("00000000000000aa", "00000000000000bb", "notes"):
        (spool / name).mkdir()
    (spool / "00000000000000bb" / "1.object").write_text("flows")

    serve = serve_real(data_dir=serve.data_dir)
    assert sorted(path.name for path in spool.iterdir()) == ["00000000000000bb.left", "notes"]
    assert "00000000000000bb" in serve.err.text()


def test_what_waits_in_a_shared_ring_is_not_shown_to_a_tenant(serve_real, analyzers):
    analyzer = analyzers("--start", "command")
    serve = serve_real()
    acme, other = serve.tenant("acme"), serve.tenant("other")
    acme.put(ONE, {"config": pipeline(analyzer, "files")}, wait="10s").expect(201)
    other.put(ONE.replace("acme", "other"), {"config": pipeline(analyzer, "files")}, wait="10s").expect(201)
    worker = stop_worker(acme)
    analyzer.tell("start")
    analyzer.finish()

    serve.api.until(f"{ONE}/status", lambda status: status["lag_flows"] > 0, "flows that wait")
    status = acme.get(f"{ONE}/status").expect(200)
    assert status["lag_flows"] == 0 and status["counters"]["flows_waiting"]["ring"] == 0
    os.kill(worker, signal.SIGCONT)


def test_what_a_get_answered_can_be_put_again_and_one_member_of_it_alone_is_a_mistake(serve_real, config):
    api = serve_real().tenant("acme")
    api.put(ONE, {"config": {"host_id": "edge-1", **config}, "desired_state": "stopped"}).expect(201)
    answer = api.get(ONE).expect(200)

    again = api.put(ONE, {**answer, "description": "changed"}).expect(200)

    assert (again["changed"], again["description"], again["revision"]) == (False, "changed", 1)
    assert api.post("/v1/validate", answer, name="one").status == 200
    (error,) = api.put(ONE, {"config": config, "host_id": "edge-2"}).expect(422)["errors"]
    assert (error["pointer"], error["code"]) == ("/host_id", "unknown_key")


@pytest.mark.parametrize(
    "body, suggestion",
    [
        ({"desired_stat": "stopped"}, "desired_state"),
        ({"confg": {}}, "config"),
        ({"pipline": {}}, "pipeline"),
        ({"labels": {}, "desird_state": "stopped"}, "desired_state"),
        ({"no_such_thing_at_all": 1}, None),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_a_mistyped_member_is_told_with_the_nearest_of_envelope_and_configuration(serve_real, config, body, suggestion):
    api = serve_real().tenant("acme")
    api.put(ONE, {"config": config, "desired_state": "stopped"}).expect(201)
    answers = [api.patch(ONE, body).expect(422), api.put(ONE, body).expect(422), api.post("/v1/validate", body).expect(422)]
    for answer in answers:
        found = [error.get("suggestion") for error in answer["errors"] if error["code"] == "unknown_key"]
        assert found == [suggestion], answer["errors"]
