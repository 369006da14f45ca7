"""POST /v1/validate?probe=true: what the configuration names is tried, and nothing is left behind."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.certificates import make_certificates
from support.sluice import changed, pipeline
from support.stores import free_port

CREDENTIALS = "analyzer.auth.cluster"


def probe(api, config, **query):
    return api.post("/v1/validate", config, probe="true", **query)


def refused(reply):
    """The errors of a probe that failed, by code, each as (pointer, detail)."""
    assert reply.expect(422)["code"] == "probe.failed"
    return {error["code"]: (error["pointer"], error["detail"]) for error in reply.body["errors"]}


@pytest.fixture
def acme(serve_real):
    return serve_real().tenant("acme")


# ---- what works ----


def test_what_works_is_said_with_the_effective_configuration(acme, analyzer):
    answer = probe(acme, {"host_id": "auto", **pipeline(analyzer, "out")}).expect(200)

    assert answer["probe"] == {"analyzer": True, "sink": True}
    assert answer["config"]["pipeline"]["write"]["file"]["root"] == "out" and answer["warnings"] == []


def test_nobody_subscribes_and_no_file_or_folder_is_made(serve_real, analyzer):
    serve = serve_real()
    acme = serve.tenant("acme")
    before = sorted(path for path in serve.data_dir.rglob("*") if "sluice.db" not in path.name)

    probe(acme, pipeline(analyzer, "out")).expect(200)

    assert analyzer.state()["subscribers"] == 0
    assert sorted(path for path in serve.data_dir.rglob("*") if "sluice.db" not in path.name) == before
    assert acme.get("/v1/pipelines").expect(200)["items"] == []


def test_a_real_store_is_asked_for_an_upload_that_is_not_finished(acme, analyzer, s3):
    assert probe(acme, s3.pipeline(analyzer)).expect(200)["probe"]["sink"] is True
    assert s3.keys() == []


def test_an_upload_is_begun_where_objects_go_and_aborted(acme, analyzer, object_store):
    store = object_store()

    probe(acme, store.pipeline(analyzer)).expect(200)

    begin, abort = store.all("request")
    assert (begin["method"], abort["method"]) == ("POST", "DELETE")
    assert begin["key"] == abort["key"] and begin["key"].startswith("logs/")
    assert (begin["status"], abort["status"]) == (200, 204)


def test_a_store_without_uploads_in_parts_has_been_reached(acme, analyzer, object_store):
    store = object_store()
    store.tell("fail 501 code=NotImplemented")

    assert probe(acme, store.pipeline(analyzer)).expect(200)["probe"]["sink"] is True


def test_credentials_and_tls_of_the_analyzer_are_those_of_the_configuration(serve_real, analyzers, certificates):
    acme = serve_real("--secrets-dir", certificates.ca.parent).tenant("acme")
    analyzer = analyzers("--username", "admin", "--password", "s3cret:word", tls=certificates)
    config = changed(pipeline(analyzer, "out"), CREDENTIALS, {"username": "admin", "password": "s3cret:word"})
    config = changed(config, "analyzer.tls.ca_file", str(certificates.ca))

    assert probe(acme, config).expect(200)["probe"]["analyzer"] is True


def test_a_stored_secret_that_is_kept_is_the_one_that_is_tried(acme, analyzers):
    analyzer = analyzers("--username", "admin", "--password", "right")
    config = changed(pipeline(analyzer, "out"), CREDENTIALS, {"username": "admin", "password": "right"})
    acme.put("/v1/tenants/acme/pipelines/one", {"config": config, "desired_state": "stopped"}).expect(201)

    kept = changed(config, CREDENTIALS, {"username": "admin", "password": {"set": True}})
    assert probe(acme, kept, name="one").expect(200)["probe"]["analyzer"] is True


def test_an_admin_probes_for_a_tenant_that_is_not_there_yet(serve_real, analyzer):
    assert probe(serve_real().api, pipeline(analyzer, "out")).expect(200)["probe"] == {"analyzer": True, "sink": True}


# ---- what does not ----


def test_both_faults_are_told_at_once_with_the_place_in_the_body(acme, analyzers, object_store):
    analyzer = analyzers("--username", "admin", "--password", "right")
    store = object_store()
    config = store.pipeline(analyzer, write={"secret_key": "not-it"})
    config = changed(config, CREDENTIALS, {"username": "admin", "password": "wrong"})

    for body, base in ((config, ""), ({"config": config}, "/config")):
        reply = probe(acme, body)
        errors = refused(reply)
        pointer, detail = errors["probe.analyzer"]
        assert pointer == f"{base}/analyzer/auth/cluster" and "WrongCredentials" in detail and "401" in detail
        pointer, detail = errors["probe.sink"]
        assert pointer == f"{base}/pipeline/write/s3/secret_key" and "SignatureDoesNotMatch" in detail
        assert reply.body["probe"] == {"analyzer": False, "sink": False}
        assert all(error["line"] >= 1 for error in reply.body["errors"])
        assert "wrong" not in reply.text.replace("WrongCredentials", "") and "not-it" not in reply.text


def test_what_is_not_there_is_told(acme, analyzer, object_store):
    store = object_store()
    nobody = f"127.0.0.1:{free_port()}"
    config = changed(store.pipeline(analyzer), "pipeline.store.buffered.dirname", "another")
    config = changed(config, "pipeline.subscriber.url", f"ws://{nobody}/ws/subscriber/flow")

    errors = refused(probe(acme, config))

    assert errors["probe.analyzer"][0] == "/pipeline/subscriber/url" and "Unreachable" in errors["probe.analyzer"][1]
    assert errors["probe.sink"][0] == "/pipeline/store/buffered/dirname" and "NoSuchBucket" in errors["probe.sink"][1]


def test_another_path_and_another_server_than_an_analyzer_are_told(acme, analyzer, object_store):
    elsewhere = changed(pipeline(analyzer, "out"), "pipeline.subscriber.url", analyzer.url.replace("/flow", "/elsewhere"))
    assert "WrongPath" in refused(probe(acme, elsewhere))["probe.analyzer"][1]
    store = object_store()
    store.tell("fail 500")
    url = store.endpoint.replace("http:", "ws:") + "/ws/subscriber/flow"
    no_analyzer = changed(pipeline(analyzer, "out"), "pipeline.subscriber.url", url)
    assert "NotAnAnalyzer" in refused(probe(acme, no_analyzer))["probe.analyzer"][1]


def test_a_topology_that_the_configuration_asks_is_tried(acme, analyzer):
    asks = changed(pipeline(analyzer, "out"), "pipeline.transform.type", "secadvisor")
    assert probe(acme, asks).expect(200)["probe"] == {"analyzer": True, "sink": True, "topology": True}
    assert analyzer.state()["topology_queries"] == 1

    analyzer.tell("topology status 401")
    reply = probe(acme, asks)
    assert refused(reply)["probe.topology"][0] == "/analyzer/auth/cluster"
    assert reply.body["probe"] == {"analyzer": True, "sink": True, "topology": False}

    nobody = refused(probe(acme, changed(asks, "analyzers", [f"127.0.0.1:{free_port()}"])))
    assert nobody["probe.topology"][0] == "/analyzers" and "Unreachable" in nobody["probe.topology"][1]


def test_a_certificate_of_another_authority_is_told(serve_real, analyzers, certificates, folder):
    analyzer = analyzers(tls=certificates)
    other = make_certificates(folder / "other")
    acme = serve_real("--secrets-dir", folder / "other").tenant("acme")

    errors = refused(probe(acme, changed(pipeline(analyzer, "out"), "analyzer.tls.ca_file", str(other.ca))))

    assert errors["probe.analyzer"][0] == "/analyzer/tls/ca_file" and "TlsFailed" in errors["probe.analyzer"][1]


def test_a_folder_that_cannot_be_one_is_told(serve_real, analyzer):
    serve = serve_real()
    acme = serve.tenant("acme")
    place = serve.data_dir / "files" / "acme"
    place.mkdir(parents=True)
    (place / "out").write_text("a file")

    errors = refused(probe(acme, pipeline(analyzer, "out")))

    assert errors["probe.sink"][0] == "/pipeline/write/file/root" and "Not a directory (io)" in errors["probe.sink"][1]


def test_a_link_out_of_the_tenants_folder_is_not_followed(serve_real, analyzer, folder):
    serve = serve_real()
    acme = serve.tenant("acme")
    place = serve.data_dir / "files" / "acme"
    place.mkdir(parents=True)
    (folder / "outside").mkdir()
    (place / "out").symlink_to(folder / "outside")

    assert refused(probe(acme, pipeline(analyzer, "out")))["probe.sink"][0] == "/pipeline/write/file/root"


def test_a_tenant_without_a_folder_learns_nothing_of_others(serve_real, analyzer):
    serve = serve_real()
    acme = serve.tenant("acme")
    place = serve.data_dir / "files" / "other" / "logs"
    place.mkdir(parents=True)
    (place / "file").write_text("of another tenant")

    for root in ("other/logs/file", "other/logs", "other/none", "sluice.db", "master.key"):
        assert probe(acme, pipeline(analyzer, root)).expect(200)["probe"]["sink"] is True
    assert [path.name for path in place.iterdir()] == ["file"]


# ---- limits ----


def test_what_is_not_valid_is_refused_without_a_probe(acme, analyzer):
    reply = probe(acme, changed(pipeline(analyzer, "out"), "pipeline.subscriber.capture", "x"))

    assert reply.expect(422)["code"] == "config.invalid"


def test_a_viewer_may_not_send_the_supervisor_anywhere(serve_real, analyzer):
    viewer = serve_real().tenant("acme", "viewer")

    assert probe(viewer, pipeline(analyzer, "out")).expect(403)["code"] == "role.forbidden"


def test_those_that_hang_hinder_nobody_and_a_ninth_is_told_to_wait(serve_real, analyzer, object_store):
    serve = serve_real()
    acme = serve.tenant("acme")
    store = object_store()
    store.tell("hang before-headers")
    with ThreadPoolExecutor(9) as pool:
        waiting = [pool.submit(probe, acme, store.pipeline(analyzer)) for _ in range(9)]
        store.wait("hanging")
        acme.get("/v1/pipelines").expect(200)
        replies = [reply.result() for reply in waiting]
    store.tell("clear")

    (busy,) = [reply for reply in replies if reply.status == 503]
    assert busy.body["code"] == "probe.busy" and int(busy.headers["retry-after"]) > 0
    stalled = [refused(reply) for reply in replies if reply is not busy]
    assert len(stalled) == 8
    assert all("Stalled" in errors["probe.sink"][1] and "probe.analyzer" not in errors for errors in stalled)
    probe(acme, store.pipeline(analyzer)).expect(200)


def test_a_probe_whose_process_is_killed_says_so(serve_real, analyzer, object_store):
    serve = serve_real()
    acme = serve.tenant("acme")
    store = object_store()
    store.tell("hang before-headers")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(probe, acme, store.pipeline(analyzer))
        store.wait("hanging")
        (worker,) = serve.children("sluice-worker")
        os.kill(worker, signal.SIGKILL)
        assert "signal 9" in refused(waiting.result())["probe.sink"][1]
    store.tell("clear")
