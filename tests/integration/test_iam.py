"""write: s3 with an API key: tokens of IBM's token service, one request for all who share a key, and what goes wrong."""

import json

from support.formats import expected
from support.golden import Golden, read_lines, recording
from support.objects import assert_same, texts_by_tag
from support.sluice import changed

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
PATIENT = ["--drain-timeout", 60]


def everything():
    return expected(read_lines(recording("mixed")), MASKS)


def finish(analyzer, sluice):
    analyzer.finish()
    return sluice.stop_clean(timeout=90)


def bearers(store):
    return {request["headers"]["authorization"] for request in store.all("request")}


def no_secrets(sluice, service):
    text = sluice.err.text()
    assert service.api_key not in text and "token." not in text


def test_objects_go_with_the_token_that_the_key_was_exchanged_for(analyzer, sluice_run, object_store, token_service):
    service = token_service()
    store = object_store(tokens=service)

    sluice = sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT)
    finish(analyzer, sluice)

    asked = service.wait("request")
    assert asked["form"]["apikey"] == service.api_key and asked["path"] == "/identity/token"
    assert len(service.all("request")) == 1, "one token serves for all"
    assert bearers(store) == {f"Bearer {asked['token']}"}
    assert_same(texts_by_tag(store.objects()), everything())
    no_secrets(sluice, service)


def test_a_configuration_of_the_exporter_asks_and_sends_as_it_did(
    analyzers, sluice_run, object_store, token_service, folder
):
    golden = Golden("syn-iam")
    analyzer = analyzers(recordings=[golden.input(folder)])
    service = token_service()
    store = object_store(tokens=service)
    text = golden.config.replace(":18382", f":{analyzer.port}").replace(":19301", f":{service.port}")
    config = folder / "exporter.yml"
    config.write_text("compat: sfe\n" + text.replace(":19300", f":{store.port}"))

    finish(analyzer, sluice_run(config, options=PATIENT))

    asked, theirs = service.wait("request"), golden.token_request()
    assert asked["form"] == theirs["form"]
    for name in ("authorization", "content-type", "accept"):
        assert asked["headers"][name] == theirs["headers"][name]
    sent = store.all("request", method="PUT")[0]["headers"]
    assert set(sent) - {"accept", "x-amz-meta-sha256"} == set(golden.first_headers()) - {"accept-encoding"}


def test_pipelines_with_one_key_share_one_request_and_those_with_another_do_not(
    analyzer, sluice_run, object_store, token_service
):
    service, other = token_service(), token_service(api_key="another")
    store = object_store(tokens=service)
    configs = [store.pipeline(analyzer) for _ in range(4)]
    for number, config in enumerate(configs):
        config["pipeline"]["store"]["buffered"]["filename_prefix"] = f"pipeline-{number}"
    configs[3]["pipeline"]["write"]["s3"].update(other.section())

    finish(analyzer, sluice_run(*configs, options=PATIENT))

    assert len(service.all("request")) == 1 and len(other.all("request")) == 1
    assert len(bearers(store)) == 2


def test_a_token_is_renewed_before_it_ends_and_one_that_ended_on_the_way_is_replaced(
    analyzers, sluice_run, object_store, token_service
):
    service = token_service(life=2)
    store = object_store(tokens=service)
    analyzer = analyzers()
    config = store.pipeline(analyzer, max_flows=200)
    sluice = sluice_run(config, options=PATIENT)

    first = service.wait("request")
    second = service.wait("request", number=lambda number: number > first["number"])
    assert first["token"] != second["token"], "renewed with nothing to send"
    store.tell("fail 401 count=1")
    finish(analyzer, sluice)

    assert_same(texts_by_tag(store.objects()), everything())
    assert "reason=" not in sluice.err.text(), "a refused token is no failure of the sink"


def test_a_worker_that_dies_while_it_asks_is_replaced_by_another(analyzer, sluice_run, object_store, token_service):
    service = token_service()
    store = object_store(tokens=service)
    service.tell("hang count=1")
    configs = [store.pipeline(analyzer) for _ in range(2)]
    configs[1]["pipeline"]["store"]["buffered"]["filename_prefix"] = "other"
    for config in configs:
        config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 1
    sluice = sluice_run(*configs, options=PATIENT)

    service.wait("hanging")
    analyzer.finish()
    sluice.err.wait_for(r"subscri")
    sluice.kill_children("sluice-worker")
    service.wait("request", status=200)
    service.tell("release")
    sluice.stop_clean(timeout=90)

    assert_same(texts_by_tag(store_objects(store, "logs/")), everything())


def store_objects(store, prefix):
    return [item for item in store.objects() if item.key.startswith(f"{store.bucket}/{prefix}")]


def test_a_key_that_is_refused_is_named_in_the_services_words_without_the_key(
    analyzer, sluice_run, object_store, token_service
):
    service = token_service()
    store = object_store(tokens=service)
    service.tell("garbage huge count=1")
    service.tell("fail 400 code=BXNIM0415E 'message=Provided API key {key} could not be found.'")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT)

    sluice.err.wait_for(r"it answers 400 BXNIM0415E: Provided API key \*+ could not be found.*pipeline\.write\.s3\.api_key")
    service.tell("clear")
    finish(analyzer, sluice)

    assert_same(texts_by_tag(store.objects()), everything())
    no_secrets(sluice, service)


def test_a_probe_tries_the_token_too(serve_real, analyzer, object_store, token_service):
    acme = serve_real().tenant("acme")
    service = token_service()
    store = object_store(tokens=service)

    good = acme.post("/v1/validate", store.pipeline(analyzer), probe="true").expect(200)
    bad = changed(store.pipeline(analyzer), "pipeline.write.s3.api_key", "of somebody else")
    refused = acme.post("/v1/validate", bad, probe="true").expect(422)

    assert good["probe"]["sink"] is True
    assert json.dumps(good).find(service.api_key) < 0
    assert [error["pointer"] for error in refused["errors"]] == ["/pipeline/write/s3/api_key"]
    assert "could not be found" in refused["errors"][0]["detail"]


def test_workers_keep_their_token_and_get_new_ones_over_an_upgrade(serve_real, analyzers, object_store, token_service):
    serve = serve_real()
    acme = serve.tenant("acme")
    service = token_service(life=2)
    store = object_store(tokens=service)
    analyzer = analyzers("--loop", 1)
    config = {"host_id": "auto", **store.pipeline(analyzer)}
    config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 1
    acme.put("/v1/tenants/acme/pipelines/edge", config, wait="10s").expect(201)
    first = service.wait("request")

    serve.upgrade()

    service.wait("request", number=lambda number: number > first["number"], status=200)
    status = acme.get("/v1/tenants/acme/pipelines/edge/status").expect(200)
    assert status["state"] == "running"
