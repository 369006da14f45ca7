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
