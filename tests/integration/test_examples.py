"""The scripts in examples/, with a simulated analyzer. Its configurations: test_example_configs.py."""

import json
import os
import subprocess

import pytest
from support.fixtures import ROOT
from support.sluice import pipeline
from support.waiting import DEADLINE_S

EXAMPLES = ROOT / "examples"
NO_GZIP = {"pipeline": {"compress": {"type": "none"}}}


class Ran:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    def expect(self, code):
        assert self.code == code, f"exit status {self.code}\n{self.out}\n{self.err}"
        return self.out.splitlines()


@pytest.fixture
def server(serve_real, analyzers, folder):
    """A supervisor, with a template for it in server.template."""
    serve = serve_real("--drain-timeout", 1)
    serve.analyzer = analyzers("--loop", "forever", "--messages-per-second", 5)
    template = (EXAMPLES / "tenant.yml").read_text().replace("ws://127.0.0.1:8082/ws/subscriber/flow", serve.analyzer.url)
    serve.template = folder / "template.yml"
    serve.template.write_text(template.replace("max_seconds_per_object: 60", "max_seconds_per_object: 2"))
    return serve


@pytest.fixture
def example(server):
    """example("provision.sh", "--count", 3) runs it against the server with the admin's token."""

    def run(name, *options, token=None, url=None, text=""):
        env = {**os.environ, "SLUICE_URL": url or server.url, "SLUICE_TOKEN": token or server.token}
        words = [str(EXAMPLES / name), *map(str, options)]
        return Ran(subprocess.run(words, env=env, input=text, capture_output=True, text=True, timeout=8 * DEADLINE_S))

    return run


@pytest.fixture
def provision(example, server):
    return lambda *options, **settings: example("provision.sh", "--template", server.template, *options, **settings)


def audited(server):
    """How many changes the audit trail has."""
    return len(server.api.get("/v1/audit", limit=1000).expect(200)["items"])


# ---- provision.sh ----


def test_a_hundred_tenants_are_provisioned_and_a_second_run_changes_nothing(server, provision, watch):
    made = provision().expect(0)

    assert made[-1] == "100 tenants: 100 created, 0 changed, 0 unchanged, 0 failed"
    assert made[0] == "tenant-001: tenant created, pipeline created"
    pipelines = server.api.get("/v1/pipelines", limit=1000).expect(200)["items"]
    assert len({item["tenant"] for item in pipelines}) == len(pipelines) == 100
    assert {item["host_id"] for item in pipelines} == {f"tenant-{n:03d}-flows" for n in range(1, 101)}
    files = server.data_dir / "files"
    files.mkdir(exist_ok=True)
    watch(files).wait(lambda: len(list(files.glob("*/flow-logs"))) == 100, "objects of each", timeout=4 * DEADLINE_S)
    workers, changes = server.children("sluice-worker"), audited(server)

    assert provision().expect(0) == ["100 tenants: 0 created, 0 changed, 100 unchanged, 0 failed"]

    assert audited(server) == changes
    assert server.children("sluice-worker") == workers


def test_a_changed_template_changes_the_pipelines_that_differ(server, provision):
    provision("--count", 3).expect(0)
    server.api.patch("/v1/tenants/tenant-002/pipelines/flows", NO_GZIP).expect(200)

    assert provision("--count", 3).expect(0) == [
        "tenant-002: tenant unchanged, pipeline changed",
        "3 tenants: 0 created, 1 changed, 2 unchanged, 0 failed",
    ]

    server.template.write_text(server.template.read_text().replace("made-by: provision.sh", "made-by: me"))
    assert provision("--count", 3).expect(0)[-1] == "3 tenants: 0 created, 3 changed, 0 unchanged, 0 failed"


def test_a_list_names_the_tenants(server, provision):
    listed = "# ours\nacme   Acme Incorporated\n\nglobex # without a longer name\n"

    assert provision("--list", "-", "--pipeline", "edge", "--wait", "10s", text=listed).expect(0)[:2] == [
        "acme: tenant created, pipeline created",
        "globex: tenant created, pipeline created",
    ]

    assert server.api.get("/v1/tenants/acme").expect(200)["display_name"] == "Acme Incorporated"
    assert server.api.get("/v1/tenants/globex").expect(200)["display_name"] == ""
    assert server.api.get("/v1/tenants/globex/pipelines/edge/status").expect(200)["state"] == "running"


def test_values_are_set_in_the_template(server, provision, folder):
    (folder / "value").write_text("from-a-file\n")
    text = server.template.read_text().replace("root: flow-logs", "root: '@PLACE@/@DEEPER@/@TENANT@'")
    server.template.write_text(text)

    provision("--count", 1, "--set", "PLACE=a/b", "--set", f"DEEPER=@{folder / 'value'}").expect(0)

    config = server.api.get("/v1/tenants/tenant-001/pipelines/flows").expect(200)["config"]
    assert config["pipeline"]["write"]["file"]["root"] == "a/b/from-a-file/tenant-001"


def test_a_dry_run_changes_nothing_and_finds_what_is_wrong(server, provision, folder):
    provision("--count", 1).expect(0)
    changes = audited(server)

    said = provision("--count", 2, "--dry-run").expect(0)

    assert said == [
        "tenant-002: tenant created, pipeline created",
        "2 tenants: 1 created, 0 changed, 1 unchanged, 0 failed (dry run: nothing was changed)",
    ]
    server.template.write_text(server.template.read_text().replace("type: gzip", "type: gzap"))
    assert provision("--count", 2, "--dry-run").err.count("did you mean gzip?") == 2
    (folder / "list").write_text("Bad_Name\n")
    assert "name.invalid" in provision("--list", folder / "list", "--dry-run").err
    assert audited(server) == changes


def test_every_refusal_is_shown_with_its_place_and_the_others_go_on(server, provision):
    server.template.write_text(server.template.read_text().replace("type: gzip", "type: gzap"))
    server.api.put("/v1/tenants/acme", {"limits": {"sinks": ["s3"]}}).expect(201)

    ran = provision("--list", "-", text="acme\nBad_Name\nglobex\n")

    assert ran.expect(1)[-1] == "3 tenants: 0 created, 0 changed, 0 unchanged, 3 failed"
    said = ran.err.splitlines()
    assert said[0] == "pipeline acme/flows: 422 config.invalid: The configuration is not valid: see errors."
    assert said[1].startswith("    /config/pipeline/compress/type (line ")
    assert said[1].endswith('"gzap" is not one of none, gzip; did you mean gzip?')
    assert said[2].startswith("    /config/pipeline/write/type (line ")
    assert said[2].endswith("the tenant's limits do not allow the writer file")
    assert said[3].startswith("    request ")
    assert said[4].startswith("tenant Bad_Name: 400 name.invalid: ")
    assert said[6].startswith("pipeline globex/flows: 422 config.invalid: ")


def test_it_stops_where_no_call_can_succeed(server, provision):
    ran = provision("--count", 9, token="slc_none")
    ran.expect(1)
    assert ran.err.count("401 token.invalid") == 1
    ran = provision("--count", 9, url="http://127.0.0.1:1")
    ran.expect(1)
    assert ran.err.endswith("http://127.0.0.1:1 cannot be asked (see above)\n")


def test_the_socket_needs_no_token(server, provision):
    assert provision("--count", 1, "--socket", server.socket, token="none").expect(0)[0].startswith("tenant-001: ")


# ---- rotate-secret.sh ----


def test_a_rotated_secret_opens_the_bucket_to_the_tenant_s_pipelines(server, example, object_store, folder):
    store = object_store()
    path = "/v1/tenants/acme/pipelines/"
    api = server.tenant("acme")
    to_s3 = store.pipeline(server.analyzer, write={"secret_key": "old-secret"})
    to_s3["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 1
    api.put(path + "one", to_s3).expect(201)
    api.put(path + "files", pipeline(server.analyzer, "files")).expect(201)
    api.until_state(path + "one", "degraded")
    (folder / "secret").write_text(store.secret_key + "\n")

    rotate = ("rotate-secret.sh", "--secret-file", folder / "secret", "acme")
    said = example(*rotate, token=api.token).expect(0)

    assert said[0].startswith("acme/one: changed, ")
    assert said[1:] == ["1 pipelines of acme: 1 changed, 0 unchanged, 0 failed"]
    api.until(path + "one/status", lambda status: status["counters"]["objects_written"] > 0, "objects in the bucket")
    api.until_state(path + "one", "running")
    again = example("rotate-secret.sh", "acme", token=api.token, text=store.secret_key + "\n").expect(0)
    assert again == ["1 pipelines of acme: 0 changed, 1 unchanged, 0 failed"]
    assert store.secret_key not in server.err.text()
    with_key = example("rotate-secret.sh", "--access-key", "other", "acme", text=store.secret_key + "\n").expect(0)
    assert with_key[-1] == "1 pipelines of acme: 1 changed, 0 unchanged, 0 failed"


def test_a_tenant_that_is_not_there_or_no_secret_is_said(example):
    ran = example("rotate-secret.sh", "nobody", text="new\n")
    ran.expect(1)
    assert ran.err.startswith("GET /v1/tenants/nobody/pipelines: 404 not_found: ")
    assert "there is no secret key" in example("rotate-secret.sh", "nobody").err


# ---- change-all.sh ----


def test_a_patch_goes_to_the_pipelines_that_the_label_chooses(server, provision, example):
    provision("--count", 3).expect(0)
    server.api.patch("/v1/tenants/tenant-003/pipelines/flows", {"labels": {"made-by": "me"}}).expect(200)
    change = ("change-all.sh", "--label", "made-by=provision.sh", json.dumps(NO_GZIP))

    assert example(*change, "--dry-run").expect(0) == [
        "tenant-001/flows: would change: true, then: restart",
        "tenant-002/flows: would change: true, then: restart",
        "2 pipelines: 0 would refuse; nothing was changed",
    ]
    said = example(*change).expect(0)

    assert said[-1] == "2 pipelines: 2 changed, 0 unchanged, 0 failed"
    types = [
        item["config"]["pipeline"]["compress"]["type"]
        for item in server.api.get("/v1/pipelines", fields="config").expect(200)["items"]
    ]
    assert types == ["none", "none", "gzip"]
    assert example(*change, "--wait", "0s").expect(0) == ["2 pipelines: 0 changed, 2 unchanged, 0 failed"]


def test_one_refusal_leaves_all_pipelines_as_they_are(server, provision, example):
    provision("--count", 2).expect(0)
    server.api.put("/v1/tenants/tenant-002", {"limits": {"sinks": ["file"]}}).expect(200)
    changes = audited(server)

    ran = example("change-all.sh", "--all", '{"pipeline":{"write":{"type":"stdout","file":null}}}')

    assert ran.expect(1) == ["2 pipelines: 1 would refuse; nothing was changed"]
    assert ran.err.startswith("tenant-002/flows: 422 sink.not_allowed: ")
    assert "    /pipeline/write/type (line 1, column " in ran.err
    assert audited(server) == changes


def test_a_pipeline_that_changes_meanwhile_keeps_that_change(server, provision, example, folder):
    """A curl before the real one changes the pipeline between the trial and the change."""
    provision("--count", 2).expect(0)
    target = f"{server.url}/v1/tenants/tenant-002/pipelines/flows"
    meddler = folder / "bin" / "curl"
    meddler.parent.mkdir()
    meddler.write_text(f"""#!/usr/bin/env bash
case "$*" in
*tenant-002*wait=*)
	{folder}/curl -s -o /dev/null -X PATCH -H 'Authorization: Bearer {server.token}' -H 'Content-Type: application/json' \\
		-d '{{"description":"mine"}}' {target} ;;
esac
exec {folder}/curl "$@"
""")
    meddler.chmod(0o755)
    real = subprocess.run(["which", "curl"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "curl").symlink_to(real)
    env = {**os.environ, "SLUICE_URL": server.url, "SLUICE_TOKEN": server.token}
    env["PATH"] = f"{meddler.parent}:{env['PATH']}"
    words = [EXAMPLES / "change-all.sh", "--all", json.dumps(NO_GZIP)]

    ran = Ran(subprocess.run(words, env=env, capture_output=True, text=True, timeout=DEADLINE_S))

    assert ran.expect(1)[-1] == "2 pipelines: 1 changed, 0 unchanged, 1 failed"
    assert ran.err.startswith("tenant-002/flows: 412 etag.stale: ")
    kept = server.api.get("/v1/tenants/tenant-002/pipelines/flows").expect(200)
    assert kept["description"] == "mine"
    assert kept["config"]["pipeline"]["compress"]["type"] == "gzip"


# ---- all of them ----


@pytest.mark.parametrize("name", ["provision.sh", "rotate-secret.sh", "change-all.sh"])
def test_help_tells_the_options_and_mistakes_point_at_it(example, name):
    usage = example(name, "--help").expect(0)
    assert usage[0].startswith(f"Usage: {name} ")
    assert any("--token-file FILE" in line for line in usage)
    for mistake in (["--nonsense"], ["--url"], ["--label"] if name == "change-all.sh" else ["--wait"]):
        ran = example(name, *mistake)
        ran.expect(2)
        assert ran.err.startswith(f"{name}: ") and ran.err.endswith("; see --help\n")
