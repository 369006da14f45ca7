"""Secrets are kept and never shown; what a tenant's configuration may read and write on the supervisor's machine."""

import os
import subprocess

import pytest
from support.serve_account import account
from support.sluice import changed, children_of, pipeline

ONE = "/v1/tenants/default/pipelines/one"
SECRET = "xyzzy-Secret-of-the-store"
PASSWORD = "xyzzy-Secret-of-the-analyzer"
FIELD = "pipeline.write.s3.secret_key"


def with_auth(config, password=PASSWORD):
    return {**config, "analyzer": {"auth": {"cluster": {"username": "me", "password": password}}}}


def environment_of(pid):
    with open(f"/proc/{pid}/environ", "rb") as environment, open(f"/proc/{pid}/cmdline", "rb") as command:
        return environment.read() + command.read()


@pytest.fixture
def store(object_store):
    return object_store(credentials=("sluice-test", SECRET))


def test_a_secret_is_in_no_answer_no_log_no_environment_and_no_metric(serve_real, analyzers, store, folder):
    analyzer = analyzers("--start", "command", "--username", "me", "--password", PASSWORD)
    serve = serve_real("--log-level", "debug")
    api = serve.api
    replies = [api.put(ONE, with_auth(store.pipeline(analyzer)), wait="10s")]
    assert replies[0].status == 201
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    api.until(f"{ONE}/status", lambda status: account(status)["flows_seen"] == flows, "all flows")
    for target in (ONE, f"{ONE}/status", "/v1/pipelines?fields=config", "/v1/audit", "/v1/subscriptions", "/metrics"):
        replies.append(api.get(target))
    replies.append(api.get(ONE, headers={"Accept": "application/yaml"}))
    replies.append(api.post("/v1/validate", with_auth(store.pipeline(analyzer))))
    replies.append(api.put(ONE, changed(with_auth(store.pipeline(analyzer)), "pipeline.write.type", "no")))
    for reply in replies:
        assert reply.status in (200, 201, 422) and "xyzzy" not in reply.text, reply.call
    shown = api.get(ONE).expect(200)["config"]
    assert shown["pipeline"]["write"]["s3"]["secret_key"] == {"set": True}
    assert shown["analyzer"]["auth"]["cluster"]["password"] == {"set": True}
    for pid in [serve.pid, *children_of(serve.pid)]:
        assert b"xyzzy" not in environment_of(pid)
    api.delete(ONE, discard="true").expect(200, 204)
    serve.stop_clean()
    assert "xyzzy" not in serve.err.text()
    for path in (folder / "data-0").rglob("*"):
        assert not path.is_file() or b"xyzzy" not in path.read_bytes(), path


def test_set_true_keeps_a_secret_and_changes_nothing(api, analyzers, store):
    api.put(ONE, store.pipeline(analyzers("--start", "command")), wait="10s").expect(201)
    read = api.get(ONE).expect(200)["config"]
    again = api.put(ONE, read, wait="10s").expect(200)
    assert (again["changed"], again["revision"], again["action"]) == (False, 1, "none")
    assert api.put(ONE, changed(read, FIELD, SECRET)).expect(200)["changed"] is False
    assert api.put(ONE, changed(read, FIELD, "another"), wait="10s").expect(200)["changed"] is True
    back = api.patch(ONE, {"pipeline": {"write": {"s3": {"secret_key": SECRET}}}}, wait="10s").expect(200)
    assert (back["changed"], back["revision"]) == (True, 3)


def test_set_true_without_a_stored_value_is_refused(api, analyzers, store):
    config = changed(store.pipeline(analyzers("--start", "command")), FIELD, {"set": True})
    problem = api.put(ONE, config).expect(422)
    assert problem["code"] == "secret.missing"
    assert problem["errors"][0]["pointer"] == "/pipeline/write/s3/secret_key"
    inside = api.put(ONE, {"config": config}).expect(422)
    assert inside["errors"][0]["pointer"] == "/config/pipeline/write/s3/secret_key"
    for wrong in ({"set": False}, {"set": True, "more": 1}, ["x"]):
        assert api.put(ONE, changed(config, FIELD, wrong)).status == 422, wrong


def test_a_secret_of_digits_is_a_secret_too(api):
    for secret in (12345678901, 1234.5, True):
        body = changed(with_auth(pipeline("ws://127.0.0.1:1/ws/subscriber/flow", "one"), secret), "host_id", "")
        reply = api.put(ONE, {"config": body, "desired_state": "stopped"})
        assert reply.status in (200, 201), reply.text
        assert reply.body["config"]["analyzer"]["auth"]["cluster"]["password"] == {"set": True}
    as_text = with_auth(pipeline("ws://127.0.0.1:1/ws/subscriber/flow", "one"), "true")
    assert api.put(ONE, changed(as_text, "host_id", "")).expect(200)["changed"] is False


def test_references_are_resolved_only_as_the_supervisor_allows(serve_real, analyzers, store, folder):
    allowed = folder / "secrets"
    allowed.mkdir()
    (allowed / "key").write_text(f"{SECRET}\n")
    (folder / "outside").write_text(SECRET)
    config = store.pipeline(analyzers("--start", "command"))
    strict = serve_real(env={"TENANT_KEY": SECRET, "HOME_KEY": SECRET})
    for reference in ("${env:TENANT_KEY}", f"${{file:{allowed}/key}}"):
        refused = strict.api.put(ONE, changed(config, FIELD, reference)).expect(422)
        assert "xyzzy" not in str(refused)
    env = {"TENANT_KEY": SECRET, "HOME_KEY": SECRET}
    serve = serve_real("--secret-env", "TENANT_", "--secrets-dir", allowed, env=env)
    for reference in ("${env:HOME_KEY}", f"${{file:{folder}/outside}}", f"${{file:{allowed}/../outside}}"):
        serve.api.put(ONE, changed(config, FIELD, reference)).expect(422)
    for reference in ("${env:TENANT_KEY}", f"${{file:{allowed}/key}}"):
        serve.api.put(ONE, changed(config, FIELD, reference), wait="10s").expect(200, 201)
        assert serve.api.get(f"{ONE}/status").expect(200)["state"] == "running"


def test_a_reference_that_is_gone_at_a_restart_is_shown_and_a_start_looks_again(serve_real, analyzers, store):
    config = changed(store.pipeline(analyzers("--start", "command")), FIELD, "${env:TENANT_KEY}")
    serve = serve_real("--secret-env", "TENANT_", env={"TENANT_KEY": SECRET})
    serve.api.put(ONE, config, wait="10s").expect(201)
    serve.stop_clean()
    again = serve_real("--secret-env", "TENANT_", data_dir=serve.data_dir)
    status = again.api.get(f"{ONE}/status").expect(200)
    applied = {condition["type"]: condition for condition in status["conditions"]}["ConfigApplied"]
    assert applied["status"] is False and "secret_key" in applied["message"]
    assert status["state"] == "failed" and status["stopped_reason"]
    assert again.api.post(f"{ONE}/start").expect(409)["code"] == "config.unusable"
    assert again.api.post("/v1/tenants/default/pipelines:start").expect(409)["code"] == "config.unusable"
    again.api.put(ONE, changed(config, FIELD, SECRET), wait="10s").expect(200)
    assert again.api.get(f"{ONE}/status").expect(200)["state"] == "running"


def test_after_rekey_the_pipelines_run_with_the_same_secrets(serve_real, analyzers, store, build):
    analyzer = analyzers("--start", "command")
    serve = serve_real()
    serve.api.put(ONE, store.pipeline(analyzer), wait="10s").expect(201)
    command = [build / "bin" / "sluiced", "rekey", "--data-dir", serve.data_dir]
    assert subprocess.run(command, capture_output=True).returncode == 1
    serve.stop_clean()
    before = (serve.data_dir / "master.key").read_bytes()
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert (serve.data_dir / "master.key").read_bytes() != before
    again = serve_real(data_dir=serve.data_dir)
    again.api.until_state(ONE, "running")
    again.api.until("/v1/subscriptions", lambda body: body["items"][0]["state"] == "connected", "a connection")
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    again.api.post(f"{ONE}/stop", wait="10s").expect(200)
    assert account(again.api.get(f"{ONE}/status").expect(200))["flows_written"] == flows


def test_a_tenants_files_stay_below_its_folder(serve_real, analyzers, folder):
    root = folder / "files"
    serve = serve_real("--file-root", root)
    acme = serve.tenant("acme")
    target = "/v1/tenants/acme/pipelines/one"
    analyzer, other = analyzers("--start", "command"), analyzers("--start", "command")
    for outside in ("../other", "a/../../other", ".."):
        problem = acme.put(target, pipeline(analyzer, outside)).expect(422)
        assert problem["errors"][0]["pointer"] == "/pipeline/write/file/root"
    acme.put(target, pipeline(analyzer, "/inside"), wait="10s").expect(201)
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    acme.post(f"{target}/stop", wait="15s").expect(200)
    assert any((root / "acme" / "inside").rglob("0*"))

    (root / "acme" / "link").symlink_to(folder)
    acme.put(target, pipeline(other, "link/more")).expect(200)
    acme.post(f"{target}/start", wait="10s").expect(200)
    other.tell("start")
    more = other.finish()["flows"]
    acme.until(f"{target}/status", lambda status: account(status)["flows_seen"] == flows + more, "all flows")
    acme.post(f"{target}/stop", {"drain_timeout": "1s"}, wait="15s").expect(200)
    assert account(acme.get(f"{target}/status").expect(200))["flows_waiting"]["spool"] == more
    assert not (folder / "more").exists() and os.listdir(root) == ["acme"]
