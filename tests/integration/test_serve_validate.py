"""POST /v1/validate: what a PUT of the same would be told, and nothing is kept."""

import pytest
from support.sluice import changed, pipeline

URL = "ws://127.0.0.1:1/ws/subscriber/flow"
ACME = "/v1/tenants/acme/pipelines/one"


def config(host_id="", **more):
    return {**pipeline(URL, "one"), "host_id": host_id, **more}


def stopped(host_id=""):
    return {"config": config(host_id), "desired_state": "stopped"}


def check(api, body, **query):
    return api.post("/v1/validate", body, **query)


@pytest.fixture
def serve(serve_real):
    return serve_real()


def test_a_host_id_of_another_pipeline_is_told_and_its_holder_to_those_who_may_see_it(serve):
    acme, other = serve.tenant("acme"), serve.tenant("other", "viewer")
    acme.put(ACME, stopped("edge-1")).expect(201)
    for query in ({}, {"tenant": "other"}, {"name": "one"}, {"tenant": "other", "name": "one"}):
        reply = check(other, stopped("edge-1"), **query)
        assert reply.expect(409)["code"] == "host_id.in_use"
        (error,) = reply.body["errors"]
        assert (error["pointer"], error["code"], error["suggestion"]) == ("/config/host_id", "host_id.in_use", "edge-1-2")
        assert "acme" not in reply.text
        assert check(other, config(error["suggestion"]), **query).expect(200)["config"]["host_id"] == "edge-1-2"
    for query in ({}, {"tenant": "acme"}, {"tenant": "acme", "name": "two"}):
        (error,) = check(serve.api, config("edge-1"), **query).expect(409)["errors"]
        assert error["pointer"] == "/host_id" and "acme/one" in error["detail"]


def test_what_a_pipeline_has_is_no_conflict_with_itself(serve):
    acme = serve.tenant("acme")
    acme.put(ACME, stopped("edge-1")).expect(201)
    check(acme, config("edge-1"), name="one").expect(200)
    check(serve.api, config("edge-1"), tenant="acme", name="one").expect(200)
    check(acme, {"name": "one", "config": config("edge-1")}).expect(200)
    check(acme, {"name": "two", "config": config("edge-1")}).expect(409)


def test_the_limits_of_the_tenant_and_of_the_supervisor_are_checked(serve_real):
    serve = serve_real("--max-workers", 1)
    acme = serve.tenant("acme", limits={"pipelines": 1, "sinks": ["file"]})
    serve.tenant("other", limits={"sinks": ["s3"]})
    acme.put(ACME, stopped()).expect(201)
    check(acme, config(), name="one").expect(200)
    for query in ({}, {"name": "two"}):
        assert check(acme, config(), **query).expect(422)["code"] == "quota.pipelines"
    refused = check(serve.api, config(), tenant="other").expect(422)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("sink.not_allowed", "/pipeline/write/type")
    serve.api.put("/v1/tenants/default/pipelines/one", config()).expect(201)
    assert check(serve.api, config()).expect(422)["code"] == "quota.workers"
    check(serve.api, stopped()).expect(200)


def wrong(reply):
    """What is wrong, as (pointer, code)."""
    return [(error["pointer"], error["code"]) for error in reply.body["errors"]]


def crowded(serve):
    """A client of a tenant that is full, may only write files, and whose pipeline has a host_id and an account file; as
    many pipelines run as may."""
    acme = serve.tenant("acme", limits={"pipelines": 1, "sinks": ["file"]})
    acme.put(ACME, changed(stopped("edge-1"), "config.pipeline.account", ACCOUNT)).expect(201)
    serve.api.put("/v1/tenants/default/pipelines/runs", config()).expect(201)
    return acme


ACCOUNT = {"type": "file", "file": {"filename": "a.json"}}
EVERYTHING = changed(
    {**pipeline(URL, "two", account=ACCOUNT, write={"type": "stdout"}, transform={"type": "secadvsor"}), "host_id": "edge-1"},
    "analyzer.auth.cluster",
    {"username": "me", "password": {"set": True}},
)
MISTAKE = ("/config/pipeline/transform/type", "value")
LIMITS = [("/config/pipeline/write/type", "sink.not_allowed"), ("/desired_state", "quota.workers"), ("", "quota.pipelines")]
SECRET = ("/config/analyzer/auth/cluster/password", "secret.missing")
TAKEN = [("/config/host_id", "host_id.in_use"), ("/config/pipeline/account/file/filename", "file.in_use")]


def test_all_that_is_wrong_is_told_at_once(serve_real):
    serve = serve_real("--max-workers", 1)
    acme = crowded(serve)
    before = serve.api.get("/v1/audit").expect(200)
    two = "/v1/tenants/acme/pipelines/two"
    body = {"config": EVERYTHING}
    mended = changed(body, "config.pipeline.transform.type", "secadvisor")

    for reply in (
        acme.put(two, body),
        acme.put(two, body, dry_run="true"),
        acme.post("/v1/tenants/acme/pipelines", {"name": "two", **body}),
        check(acme, body),
        check(acme, body, name="two"),
    ):
        assert reply.expect(422)["code"] == "config.invalid"
        assert wrong(reply) == [MISTAKE, *LIMITS, SECRET, *TAKEN]
        assert [error.get("suggestion") for error in reply.body["errors"]] == ["secadvisor", *4 * [None], "edge-1-2", None]
    reply = acme.put(two, mended)
    assert reply.expect(422)["code"] == "sink.not_allowed"
    assert wrong(reply) == [*LIMITS, SECRET, *TAKEN]
    # the envelope's own come first
    reply = acme.put(two, {**mended, "desired_state": "stopped", "labels": 5})
    assert reply.expect(422)["code"] == "body.invalid"
    assert wrong(reply) == [("/labels", "value"), LIMITS[0], LIMITS[2], SECRET, *TAKEN]
    # one that is there keeps what it has
    assert wrong(acme.put(ACME, {**body, "desired_state": "stopped"})) == [MISTAKE, LIMITS[0], SECRET]
    assert wrong(acme.patch(ACME, {"config": {"pipeline": {"write": {"type": "stdout"}, "transform": {"type": "x"}}}})) == [MISTAKE, LIMITS[0]]
    reply = acme.post("/v1/tenants/acme/pipelines", {"name": "one", **mended, "desired_state": "stopped"})
    assert wrong(reply) == [LIMITS[0], ("/name", "pipeline.exists"), SECRET]
    serve.api.put("/v1/tenants/acme", {"limits": {"pipelines": 2}}).expect(200)
    del mended["config"]["analyzer"]
    reply = acme.put(two, {**mended, "desired_state": "stopped"})
    assert reply.expect(409)["code"] == "host_id.in_use"
    assert wrong(reply) == TAKEN
    done = [row["action"] for row in serve.api.get("/v1/audit").expect(200)["items"] if row["action"] != "refused"]
    assert done == ["tenant.change", *(row["action"] for row in before["items"])]
    assert [row["name"] for row in acme.get("/v1/tenants/acme/pipelines").expect(200)["items"]] == ["one"]


def test_of_what_is_mistaken_itself_nothing_else_is_told(serve_real):
    acme = crowded(serve_real("--max-workers", 1))
    quota = ("", "quota.pipelines")

    for path, value, mistake in (
        ("host_id", ["edge-1"], ("/config/host_id", "type")),
        ("hostid", "edge-1", ("/config/hostid", "unknown_key")),
        ("pipeline.write", {"type": "stdou"}, ("/config/pipeline/write/type", "value")),
        ("pipeline.wirte", {"type": "stdout"}, ("/config/pipeline/wirte", "unknown_key")),
        ("pipeline.account", {"type": "file", "file": {"filename": "../a.json"}}, ("/config/pipeline/account/file/filename", "confined")),
    ):
        body = {"config": changed(config(), path, value), "desired_state": "stopped"}
        assert wrong(check(acme, body)) == [mistake, quota]
    assert wrong(acme.put("/v1/tenants/acme/pipelines/two", {"desired_state": "stopped"})) == [("/config", "required"), quota]


def test_a_check_keeps_nothing(serve):
    before = serve.api.get("/v1/audit").expect(200)
    for query in ({}, {"tenant": "default"}, {"tenant": "default", "name": "one"}):
        check(serve.api, config("edge-1"), **query).expect(200)
    assert serve.api.get("/v1/audit").expect(200) == before
    assert [row["name"] for row in serve.api.get("/v1/tenants").expect(200)["items"]] == ["default"]
    assert serve.api.get("/v1/pipelines").expect(200)["items"] == []
    assert serve.api.get("/v1/host-ids").expect(200)["items"] == []


def test_a_secret_is_shown_as_set_and_one_to_keep_must_be_there(serve):
    path = "analyzer.auth.cluster.password"
    body = config(analyzer={"auth": {"cluster": {"username": "me", "password": "xyzzy"}}})
    keep = changed(body, path, {"set": True})
    for reply in (check(serve.api, body), check(serve.api, body, tenant="default")):
        assert reply.expect(200)["config"]["analyzer"]["auth"]["cluster"]["password"] == {"set": True}
        assert "xyzzy" not in reply.text and "***" not in reply.text
    for query in ({}, {"tenant": "default", "name": "one"}):
        (error,) = check(serve.api, keep, **query).expect(422)["errors"]
        assert (error["pointer"], error["code"]) == ("/analyzer/auth/cluster/password", "secret.missing")
    one = "/v1/tenants/default/pipelines/one"
    made = serve.api.put(one, {"config": body, "desired_state": "stopped"}).expect(201)
    effective = check(serve.api, keep, tenant="default", name="one").expect(200)["config"]
    assert effective["analyzer"]["auth"]["cluster"]["password"] == {"set": True}
    assert serve.api.put(one, effective).expect(200)["revision"] == made["revision"]
