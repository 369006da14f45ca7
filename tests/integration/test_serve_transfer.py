"""Export and import: everything out, and in again, all or nothing."""

import pytest
from support.documents import NOWHERE, document, outcomes, parts, plain, stopped, tenant
from support.serve_account import LOAD, ROOMY, ServeHistory, account, now_ms
from support.sluice import changed, pipeline

ACME = "/v1/tenants/acme/pipelines"
ODD = 'a: b # c\n"d" \\ \u00e4\U0001f600 \x7f \u0085 \u2028 \ufeff'
S3 = {"type": "s3", "s3": {"endpoint": "http://127.0.0.1:9", "region": "eu", "access_key": "a", "secret_key": "xyzzy-Secret"}}
HIDDEN = changed(S3, "s3.secret_key", {"set": True})


def export(api):
    reply = api.get("/v1/export")
    assert reply.headers["content-type"] == "application/yaml"
    return reply.expect(200)


def import_(api, *documents, **query):
    return api.post("/v1/import", "".join(documents), **query)


def state_of(api):
    """All that an import could change, and when it was."""
    return [api.get(target, **query).text for target, query in (("/v1/tenants", {}), ("/v1/pipelines", {"fields": "config"}))]


def fill(api):
    """Two tenants, and pipelines with everything that one can have."""
    api.put("/v1/tenants/acme", {"display_name": "Acme: \u00e4", "limits": {"pipelines": 9, "sinks": ["stdout", "file"], "spool_bytes": None}})
    api.put("/v1/tenants/a-b", {"display_name": "null"}).expect(201)
    api.put("/v1/tenants/a", {}).expect(201)
    whole = {"description": "yes \u2028", "labels": {"n": "1.0", "env/x": ODD.replace("\n", "").replace("\x7f", "")}}
    api.put(f"{ACME}/edge", {**whole, "config": plain("edge"), "desired_state": "stopped", "limits": {"restarts": "5/60s"}}).expect(201)
    odd = changed(changed(plain(), "pipeline.store.buffered.dirname", 12), "pipeline.store.buffered.filename_prefix", 1.1)
    api.put(f"{ACME}/odd", {"config": odd, "desired_state": "stopped"}).expect(201)
    # both would be a-b-c
    api.put("/v1/tenants/a-b/pipelines/c", {"config": plain("auto"), "desired_state": "stopped"}).expect(201)
    api.put("/v1/tenants/a/pipelines/b-c", {"config": plain("auto"), "desired_state": "stopped"}).expect(201)


def test_what_was_exported_and_imported_is_exported_as_the_same_bytes(serve_real):
    serve, other = serve_real(), serve_real()
    fill(serve.api)
    text = export(serve.api)
    assert text == export(serve.api)
    names = [part.split("\n")[1:4] for part in parts(text)]
    assert [name[1] for name in names[:4]] == ["name: a", "name: a-b", "name: acme", "name: default"]
    assert [name[1:] for name in names[4:]] == [["tenant: a", "name: b-c"], ["tenant: a-b", "name: c"],
                                                ["tenant: acme", "name: edge"], ["tenant: acme", "name: odd"]]

    done = import_(other.api, text).expect(200)
    assert done["counts"] == {"create": 7, "change": 0, "none": 1, "delete": 0}
    assert export(other.api) == text
    # and there, again, it changes nothing
    for api in (serve.api, other.api):
        before = state_of(api)
        assert import_(api, text).expect(200)["counts"] == {"create": 0, "change": 0, "none": 8, "delete": 0}
        assert state_of(api) == before
    ids = {row["host_id"]: row["tenant"] for row in other.api.get("/v1/host-ids").expect(200)["items"]}
    assert ids == {"edge": "acme", "a-b-c": "a-b", "a-b-c-2": "a"}


def test_a_configuration_near_the_limit_is_exported_in_a_form_that_can_be_imported(serve_real):
    serve, other = serve_real(), serve_real()
    masks = [f"10.{n >> 8}.{n & 255}.0/24" for n in range(3200)]
    large = changed(plain(), "pipeline.classify.cluster_net_masks", masks)
    serve.api.put("/v1/tenants/default/pipelines/large", {"config": large, "desired_state": "stopped"}).expect(201)
    text = export(serve.api)
    assert max(len(part) for part in parts(text)) > 50000
    import_(other.api, text).expect(200)
    assert export(other.api) == text


def test_all_mistakes_of_all_documents_are_told_at_once_and_nothing_is_changed(api):
    acme = [tenant("acme", limits={"pipelines": 2, "sinks": ["file"]}), stopped("acme", "one")]
    import_(api, *acme, tenant("other"), stopped("other", "holder", plain("edge"))).expect(200)
    before = state_of(api)
    documents = [
        tenant("fine"),
        "---\nkind: tenannt\nname: x\n",
        "---\nkind: tenant\nnmae: x\n",
        "---\na: [\n",
        "---\na: &b 1\nc: *b\n",
        stopped("acme", "two", changed(plain("edge"), "pipeline.write.type", "fil")),
        stopped("acme", "three", plain("edge")),
        stopped("acme", "three"),
        stopped("acme", "four", plain(write={"type": "stdout"})),
        stopped("acme", "one", plain(write=HIDDEN)),
        "---\nkind: pipeline\ntenant: acme\nname: five\ndesired_state: on\n",
        # its tenant may be one of those that could not be read
        stopped("x", "six"),
    ]
    problem = import_(api, *documents).expect(400)
    assert problem["code"] == "import.invalid"
    found = [(error["document"], error["pointer"], error["code"]) for error in problem["errors"]]
    assert found == [
        (2, "/kind", "value"),
        (3, "/name", "required"),
        (3, "/nmae", "unknown_key"),
        (4, "/a", "syntax"),
        (5, "", "syntax"),
        (6, "/config/host_id", "host_id.in_use"),
        (6, "/config/pipeline/write/type", "value"),
        (7, "/config/host_id", "host_id.in_use"),
        (8, "/name", "duplicate"),
        (9, "", "quota.pipelines"),
        (9, "/config/pipeline/write/type", "sink.not_allowed"),
        (10, "/config/pipeline/write/type", "sink.not_allowed"),
        (10, "/config/pipeline/write/s3/secret_key", "secret.missing"),
        (11, "/config", "required"),
        (11, "/desired_state", "value"),
    ]
    lines = "".join(documents).split("\n")
    for error in problem["errors"]:
        assert error["column"] >= 1
        if error["pointer"].count("/") > 1:
            assert f'"{error["pointer"].rsplit("/", 1)[1]}"' in lines[error["line"] - 1], error
    suggestions = {error["pointer"]: error.get("suggestion") for error in problem["errors"]}
    assert (suggestions["/kind"], suggestions["/nmae"], suggestions["/config/host_id"]) == ("tenant", "name", "edge-2")
    assert state_of(api) == before
    assert import_(api, *documents[:1], *documents[6:7]).expect(409)["code"] == "host_id.in_use"
    assert import_(api, stopped("nobody", "one")).expect(422)["errors"][0]["code"] == "tenant.missing"
    full = import_(api, stopped("acme", "a"), stopped("acme", "b"), stopped("acme", "c")).expect(422)
    assert [(error["code"], error["document"]) for error in full["errors"]] == [("quota.pipelines", 2), ("quota.pipelines", 3)]
    assert state_of(api) == before


def test_a_dry_run_says_what_would_happen_and_changes_nothing(api):
    import_(api, tenant("acme"), stopped("acme", "one"), stopped("acme", "two")).expect(200)
    before = state_of(api)
    body = [tenant("acme"), tenant("new"), stopped("acme", "one", labels={"a": "b"}), stopped("new", "one", desired_state="running")]
    plan = import_(api, *body, dry_run="true", prune="true").expect(200)
    assert plan["dry_run"] is True
    assert plan["counts"] == {"create": 2, "change": 1, "none": 1, "delete": 2}
    assert outcomes(plan) == {"acme": "none", "new": "create", "acme/one": "change", "new/one": "create", "acme/two": "delete", "default": "delete"}
    assert [item.get("action") for item in plan["items"]] == [None, None, "none", "start", None, None]
    assert [item.get("document") for item in plan["items"]] == [1, 2, 3, 4, None, None]
    assert state_of(api) == before


def test_what_a_document_leaves_out_keeps_its_value(api):
    whole = {"labels": {"a": "b"}, "description": "x", "limits": {"restarts": "5/60s"}}
    import_(api, tenant("acme", display_name="Acme", limits={"pipelines": 1}), stopped("acme", "one", **whole)).expect(200)
    document = stopped("acme", "one", plain("edge"), desired_state=None).replace(' "desired_state": null,\n', "")
    assert outcomes(import_(api, tenant("acme"), document).expect(200)) == {"acme": "none", "acme/one": "change"}
    after = api.get(f"{ACME}/one").expect(200)
    assert {name: after[name] for name in whole} == whole
    assert (after["host_id"], after["desired_state"], after["revision"]) == ("edge", "stopped", 2)


def test_each_change_has_its_audit_row_with_the_imports_request(api):
    reply = import_(api, tenant("acme"), stopped("acme", "one"))
    rows = [row for row in api.get("/v1/audit").expect(200)["items"] if row["request_id"] == reply.headers["x-request-id"]]
    assert [(row["action"], row["name"]) for row in rows] == [("pipeline.create", "one"), ("tenant.create", "acme")]
    assert rows[0]["detail"] == {"import": True, "revision": 1, "summary": "created"}


# ---- secrets ----


def test_secrets_are_kept_here_and_come_later_elsewhere(serve_real, analyzers, object_store):
    serve, other = serve_real(), serve_real()
    store = object_store(credentials=("sluice-test", "xyzzy-Secret"))
    config = store.pipeline(analyzers("--start", "command"))
    serve.tenant("acme").put(f"{ACME}/one", {"config": config}, wait="10s").expect(201)
    text = export(serve.api)
    assert "xyzzy" not in text and "set: true" in text
    assert outcomes(import_(serve.api, text).expect(200))["acme/one"] == "none"
    assert import_(serve.api, text.replace("running", "stopped")).expect(200)["items"][-1]["action"] == "stop"

    problem = import_(other.api, text).expect(422)
    assert [error["code"] for error in problem["errors"]] == ["secret.missing"]
    done = import_(other.api, text, secrets="later").expect(200)
    missing = "/config/pipeline/write/s3/secret_key"
    assert done["items"][-1] | {"document": 0} == {"document": 0, "kind": "pipeline", "tenant": "acme", "name": "one",
                                                   "outcome": "create", "action": "none", "secrets_missing": [missing]}
    assert import_(other.api, text, secrets="later").expect(200)["counts"]["none"] == 3
    status = other.api.get(f"{ACME}/one/status").expect(200)
    applied = {condition["type"]: condition for condition in status["conditions"]}["ConfigApplied"]
    assert (status["state"], applied["status"]) == ("stopped", False) and "secret_key: no value was given yet" in applied["message"]
    assert other.api.post(f"{ACME}/one/start").expect(409)["code"] == "config.unusable"
    other.api.put(f"{ACME}/one", {"labels": {"a": "b"}}).expect(200)
    secret = {"pipeline": {"write": {"s3": {"secret_key": "xyzzy-Secret"}}}}
    given = other.api.patch(f"{ACME}/one", {"config": secret, "desired_state": "running"}, wait="10s").expect(200)
    assert given["status"]["state"] == "running"


# ---- host_ids ----


def test_host_ids_change_hands_within_an_import(api):
    one, two, three = (f"{ACME}/{name}" for name in ("one", "two", "three"))
    import_(api, tenant("acme"), stopped("acme", "one", plain("a")), stopped("acme", "two", plain("b"))).expect(200)
    import_(api, stopped("acme", "one", plain("b")), stopped("acme", "two", plain("a"))).expect(200)
    assert [api.get(target).body["host_id"] for target in (one, two)] == ["b", "a"]
    import_(api, stopped("acme", "one", plain("c")), stopped("acme", "three", plain("b"))).expect(200)
    assert [api.get(target).body["host_id"] for target in (one, two, three)] == ["c", "a", "b"]
    # what nobody took stays reserved until the new revision is ready
    import_(api, stopped("acme", "one", plain("d"))).expect(200)
    assert api.put(f"{ACME}/four", {"config": plain("c")}).expect(409)["code"] == "host_id.in_use"


def test_what_auto_came_to_comes_back(serve_real):
    api = serve_real().api
    import_(api, tenant("acme"), stopped("acme", "taker", plain("acme-one")), stopped("acme", "one", plain("auto"))).expect(200)
    text = export(api)
    assert "auto_host_id: acme-one-2\n" in text
    # on its own it would be acme-one there
    only = "".join(part for part in parts(text) if "taker" not in part)
    other = serve_real().api
    import_(other, only).expect(200)
    assert other.get(f"{ACME}/one").expect(200)["host_id"] == "acme-one-2"
    taken = only.replace("name: one", "name: two").replace("acme-one-2", "acme-two")
    import_(other, "".join(part for part in parts(taken) if "pipeline" in part)).expect(200)
    problem = import_(other, stopped("acme", "three", plain("acme-two"))).expect(409)
    assert problem["errors"][0]["suggestion"] == "acme-two-2"


# ---- processes ----


def test_processes_follow_what_was_imported_and_every_flow_is_accounted_for(serve_real, analyzers):
    serve = serve_real()
    api, first, second = serve.api, analyzers("--start", "command"), analyzers("--start", "command")
    docs = [tenant("acme")] + [stopped("acme", name, pipeline(first, name), desired_state="running") for name in ("a", "b", "c")]
    done = import_(api, *docs).expect(200)
    assert [item.get("action") for item in done["items"]] == [None, "start", "start", "start"]
    for name in ("a", "b", "c"):
        api.until_state(f"{ACME}/{name}", "running")
    first.tell("start")
    flows = first.finish()["flows"]

    other = changed(pipeline(first, "a"), "pipeline.store.buffered.max_flows_per_object", 10)
    docs = [stopped("acme", "a", other, desired_state="running"), stopped("acme", "b", pipeline(second, "b"), desired_state="running")]
    done = import_(api, *docs, stopped("acme", "c", pipeline(first, "c"))).expect(200)
    assert [item["action"] for item in done["items"]] == ["restart", "restart", "stop"]
    api.until_state(f"{ACME}/c", "stopped")
    api.until("/v1/subscriptions", lambda body: sum(item["state"] == "connected" for item in body["items"]) == 2, "both connected")
    api.until(f"{ACME}/b/status", lambda status: status["state"] == "running" and status["revision"] == 2, "the new one runs")
    second.tell("start")
    more = second.finish()["flows"]
    for name in ("a", "b"):
        api.post(f"{ACME}/{name}/stop", wait="15s").expect(200)
    seen = {name: account(api.get(f"{ACME}/{name}/status").expect(200)) for name in ("a", "b", "c")}
    assert {name: counters["flows_seen"] for name, counters in seen.items()} == {"a": flows, "b": flows + more, "c": flows}
    assert all(not any(counters["flows_waiting"].values()) for counters in seen.values())


def test_a_start_that_is_one_too_many_is_refused(serve_real):
    api = serve_real("--max-workers", 1).api
    running = [stopped("default", name, desired_state="running") for name in ("a", "b")]
    problem = import_(api, *running).expect(422)
    assert [(error["code"], error["document"]) for error in problem["errors"]] == [("quota.workers", 2)]
    assert api.get("/v1/pipelines").expect(200)["items"] == []
    import_(api, running[0]).expect(200)
    import_(api, stopped("default", "a"), running[1]).expect(200)


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_only_an_admin_may(serve_real, role):
    api = serve_real().tenant("acme", role)
    assert api.get("/v1/export").expect(403)["code"] == "role.forbidden"
    assert import_(api, tenant("acme")).expect(403)["code"] == "role.forbidden"


def test_a_pipeline_that_imports_change_under_load_goes_on_where_it_was(serve_real, analyzers, build):
    analyzer = analyzers(*LOAD)
    serve, began_ms = serve_real(*ROOMY), now_ms()
    body = pipeline(analyzer, "one")
    serve.api.put("/v1/tenants/default/pipelines/one", body, wait="10s").expect(201)
    history = ServeHistory(build, analyzer, serve.data_dir, "one")
    analyzer.tell("start")
    for number in range(3):
        before = serve.children("sluice-worker")
        one = changed(body, "pipeline.store.buffered.max_flows_per_object", 5000 + number)
        others = [stopped(f"t{number}", f"p{n}") for n in range(200)]
        done = import_(serve.api, tenant(f"t{number}"), *others, document(kind="pipeline", tenant="default", name="one", config=one))
        assert done.expect(200)["counts"] == {"create": 201, "change": 1, "none": 0, "delete": 0}
        serve.api.until(
            "/v1/tenants/default/pipelines/one/status",
            lambda status: status["state"] == "running" and serve.children("sluice-worker") != before,
            "another worker runs",
        )
    analyzer.tell("pause")
    analyzer.sync()
    history.end(serve, began_ms)
    analyzer.stop()
    assert history.check(may_lose=set())["pipelines"]["one"]["stored"] > 1000
