"""Where tenants' objects go: not to this machine or its link, unless an administrator allows it."""

import socket

import pytest
from support.sluice import changed
from support.stores import free_port

ONE = "/v1/tenants/acme/pipelines/one"
NONE_HERE = ["--allow-endpoints", "203.0.113.0/24"]
ENDPOINT = "pipeline.write.s3.endpoint"
NOT_ALLOWED = "which nothing of tenants is sent to unless the supervisor's --allow-endpoints has it"


@pytest.fixture
def started(serve_real):
    def start(*options):
        serve = serve_real(*options)
        serve.api.put("/v1/tenants/acme", {}).expect(201)
        return serve.api

    return start


def sink(status):
    return {condition["type"]: condition for condition in status["conditions"]}["SinkReachable"]


def refused(api):
    return sink(api.until(f"{ONE}/status", lambda status: sink(status)["status"] is False, "an endpoint that is refused"))


def requests(store):
    return store.all("request") + store.all("connection")


def test_objects_of_tenants_do_not_go_to_this_machine_and_wait(started, analyzer, object_store):
    api, store = started(*NONE_HERE), object_store()

    answer = api.put(ONE, store.pipeline(analyzer, 100), wait="10s").expect(201)
    analyzer.finish()
    condition = refused(api)

    (warning,) = answer["warnings"]
    assert (warning["code"], warning["pointer"]) == ("not_allowed", "/pipeline/write/s3/endpoint")
    assert warning["detail"].endswith(f"this is a loopback address, {NOT_ALLOWED}")
    assert (condition["reason"], condition["field"]) == ("NotAllowed", ENDPOINT)
    assert f"object store {store.endpoint}: it leads to a loopback address, {NOT_ALLOWED}" in condition["message"]
    assert api.get(f"{ONE}/status").expect(200)["spool"]["objects"] > 0
    assert requests(store) == []


def test_a_name_is_judged_by_the_address_that_it_leads_to(started, analyzer, object_store):
    api, store = started(*NONE_HERE), object_store()
    config = store.pipeline(analyzer, 100, write={"endpoint": f"http://localhost:{store.port}"})

    api.put(ONE, config, wait="10s").expect(201)
    analyzer.finish()

    assert refused(api)["reason"] == "NotAllowed"
    assert requests(store) == []


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "224.0.0.1", "[::ffff:127.0.0.1]"])
def test_it_is_told_beforehand_and_by_a_probe(started, analyzer, object_store, address):
    api, store = started(*NONE_HERE), object_store()
    config = store.pipeline(analyzer, 100, write={"endpoint": f"http://{address}:{store.port}"})

    (warning,) = api.post("/v1/validate", config).expect(200)["warnings"]
    problem = api.post("/v1/validate", config, probe="true").expect(422)

    assert warning["code"] == "not_allowed"
    (error,) = problem["errors"]
    assert error["pointer"] == "/pipeline/write/s3/endpoint" and "(NotAllowed)" in error["detail"]
    assert requests(store) == []


def test_the_api_itself_is_never_an_object_store(started, analyzer, object_store):
    port = free_port()
    api = started("--listen", f"127.0.0.1:{port}", "--allow-endpoints", "127.0.0.0/8")
    config = changed(object_store().pipeline(analyzer, 100), ENDPOINT, f"http://127.0.0.1:{port}")

    problem = api.post("/v1/validate", config, probe="true").expect(422)

    told = "an address of this service, which nothing of tenants is ever sent to"
    assert f"this is {told}" in api.post("/v1/validate", config).expect(200)["warnings"][0]["detail"]
    assert f"it leads to {told}" in problem["errors"][0]["detail"]


def test_an_address_by_which_others_reach_this_machine_is_one_of_it(started, analyzer, object_store):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("198.51.100.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but those of its own")
        (address, _) = asked.getsockname()
    api = started(*NONE_HERE)
    config = changed(object_store().pipeline(analyzer, 100), ENDPOINT, f"http://{address}:9000")

    (warning,) = api.post("/v1/validate", config).expect(200)["warnings"]
    problem = api.post("/v1/validate", config, probe="true").expect(422)

    assert f"this is an address of this machine, {NOT_ALLOWED}" in warning["detail"]
    assert "it leads to an address of this machine" in problem["errors"][0]["detail"]


def test_tokens_are_not_asked_for_on_this_machine_either(started, analyzer, object_store, token_service):
    service = token_service()
    api, store = started(*NONE_HERE), object_store(tokens=service)
    config = store.pipeline(analyzer, 100)

    warnings = api.put(ONE, config, wait="10s").expect(201)["warnings"]
    analyzer.finish()
    condition = refused(api)

    assert [warning["pointer"].rsplit("/")[-1] for warning in warnings] == ["endpoint", "iam_endpoint"]
    assert condition["reason"] == "NotAllowed" and condition["message"].startswith("token service")
    assert service.all("request") == []


def test_what_is_allowed_is_sent(started, analyzer, object_store):
    api, store = started("--allow-endpoints", "127.0.0.1/32"), object_store()

    assert api.put(ONE, store.pipeline(analyzer, 100), wait="10s").expect(201)["warnings"] == []
    analyzer.finish()

    api.until(f"{ONE}/status", lambda status: status["counters"]["objects_written"] > 0, "an object")


@pytest.mark.parametrize("options", [NONE_HERE, ["--allow-endpoints", "127.0.0.1/32"]], ids=["refused", "allowed"])
def test_an_upgrade_keeps_what_is_allowed(serve_real, analyzers, object_store, options):
    serve, store, analyzer = serve_real(*options), object_store(), analyzers("--start", "command")
    serve.api.put("/v1/tenants/acme", {}).expect(201)

    assert serve.upgrade() == (0, 0)
    warnings = serve.api.put(ONE, store.pipeline(analyzer, 100), wait="10s").expect(201)["warnings"]
    analyzer.tell("start")

    if options == NONE_HERE:
        assert refused(serve.api)["reason"] == "NotAllowed" and len(warnings) == 1
    else:
        serve.api.until(f"{ONE}/status", lambda status: status["counters"]["objects_written"] > 0, "an object")
        assert warnings == []
