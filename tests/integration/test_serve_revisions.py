"""Revisions: what changed, by whom, what came of it; and the way back to one of them."""

from support.serve_account import ServeHistory, now_ms
from support.sluice import changed, pipeline

PIPELINES = "/v1/tenants/default/pipelines"
ONE = f"{PIPELINES}/one"
MAX_FLOWS = "pipeline.store.buffered.max_flows_per_object"
PASSWORD = "analyzer.auth.cluster.password"
NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"


def stopped(config):
    return {"config": config, "desired_state": "stopped"}


def config(number=6000, password=None):
    body = changed(pipeline(NOWHERE, "one"), MAX_FLOWS, number)
    if password:
        body = changed(body, "analyzer.auth.cluster", {"username": "me", "password": password})
    return body


def revisions(api, target=ONE, **query):
    return api.get(f"{target}/revisions", **query).expect(200)["items"]


def rollback(api, number, target=ONE, **options):
    return api.post(f"{target}/rollback", {"revision": number}, **options)


def max_flows(row):
    return row["config"]["pipeline"]["store"]["buffered"]["max_flows_per_object"]


# ---- the list ----


def test_each_revision_says_what_it_changed_and_who_wrote_it_and_no_secret(serve_real):
    serve = serve_real()
    acme = serve.tenant("acme")
    target = "/v1/tenants/acme/pipelines/one"
    acme.put(target, stopped(config(password="xyzzy"))).expect(201)
    acme.put(target, config(77, "xyzzy")).expect(200)
    acme.put(target, config(77, "plugh")).expect(200)
    acme.put(target, config(77, "plugh")).expect(200)

    rows = revisions(acme, target)

    assert [(row["revision"], row["current"], row["summary"]) for row in rows] == [
        (3, True, f"{PASSWORD}: changed"),
        (2, False, f"{MAX_FLOWS}: 6000 -> 77"),
        (1, False, "created"),
    ]
    assert {row["who"] for row in rows} == {acme.get("/v1/session").expect(200)["token_id"]}
    assert {row["outcome"] for row in rows} == {"not_run"} and {row["restored_from"] for row in rows} == {None}
    text = acme.get(f"{target}/revisions/1").text
    assert "xyzzy" not in text and "plugh" not in text
    first = acme.get(f"{target}/revisions/1").expect(200)
    assert max_flows(first) == 6000 and first["config"]["analyzer"]["auth"]["cluster"]["password"] == {"set": True}
    for number in (0, 4, 4294967295):
        assert acme.get(f"{target}/revisions/{number}").expect(404)["code"] == "not_found"


def test_a_list_has_pages_and_a_filter(api):
    api.put(ONE, stopped(config(1))).expect(201)
    for number in range(2, 6):
        api.put(ONE, config(number)).expect(200)

    first = api.get(f"{ONE}/revisions", limit=2).expect(200)
    second = api.get(f"{ONE}/revisions", limit=2, page_token=first["next_page_token"]).expect(200)
    third = api.get(f"{ONE}/revisions", limit=2, page_token=second["next_page_token"]).expect(200)

    assert [[row["revision"] for row in page["items"]] for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert third["next_page_token"] is None
    assert [row["revision"] for row in revisions(api, q="3 -> 4")] == [4]


def test_fifty_are_kept_and_their_numbers_only_grow(api):
    api.put(ONE, stopped(config(1))).expect(201)
    for number in range(2, 60):
        api.put(ONE, config(number)).expect(200)

    numbers = [row["revision"] for row in revisions(api, limit=100)]

    assert numbers == list(range(59, 9, -1))
    assert rollback(api, 9).expect(422)["code"] == "revision.unknown"
    assert rollback(api, 10).expect(200)["revision"] == 60


def test_a_revision_that_ran_says_for_how_long_and_one_that_never_did_says_so(serve_real, faults, analyzers):
    serve = serve_real(build=faults.build)
    body = pipeline(analyzers("--start", "command"), "one")
    serve.api.put(ONE, body, wait="10s").expect(201)
    serve.api.until(f"{ONE}/revisions", lambda page: page["items"][0]["ran_seconds"] > 0, "it runs")
    faults.order_refusals(1)
    serve.api.put(ONE, changed(body, MAX_FLOWS, 77), wait="10s").expect(409)

    rows = revisions(serve.api)

    assert [(row["revision"], row["outcome"], row["restored_from"]) for row in rows[1:]] == [
        (2, "never_ready", None),
        (1, "ready", None),
    ]
    assert rows[0]["revision"] == 3 and rows[0]["restored_from"] == 1 and rows[0]["who"] == "sluiced"
    assert "never became ready" in rows[0]["summary"]
    assert rows[1]["ran_seconds"] == 0 < rows[2]["ran_seconds"]
    ran = rows[2]["ran_seconds"]
    serve.stop_clean()
    again = serve_real(data_dir=serve.data_dir).api
    assert revisions(again)[2]["ran_seconds"] == ran
    assert revisions(again)[0]["ran_seconds"] > 0


# ---- by hand ----


def test_a_rollback_is_a_copy_with_the_secrets_of_then(serve_real, analyzers):
    analyzer = analyzers("--username", "me", "--password", "right", "--start", "command")
    api = serve_real().api
    body = changed(pipeline(analyzer, "one"), "analyzer.auth.cluster", {"username": "me", "password": "right"})
    api.put(ONE, body, wait="10s").expect(201)
    api.until(f"{ONE}/status", lambda status: status["state"] == "running", "it runs")
    wrong = changed(body, PASSWORD, "wrong")
    api.put(ONE, changed(wrong, MAX_FLOWS, 77), wait="10s").expect(200)
    api.until_state(ONE, "degraded")

    answer = rollback(api, 1, wait="10s").expect(200)

    assert (answer["revision"], answer["restored_from"], answer["changed"], answer["action"]) == (3, 1, True, "restart")
    assert max_flows(answer) == 6000
    api.until_state(ONE, "running")
    top = revisions(api)[0]
    assert (top["revision"], top["restored_from"], top["current"]) == (3, 1, True)
    assert f"{MAX_FLOWS}: 77 -> 6000" in top["summary"] and f"{PASSWORD}: changed" in top["summary"]


def test_what_a_rollback_would_do_is_told_and_not_done(api):
    api.put(ONE, stopped(config(1))).expect(201)
    api.put(ONE, config(2)).expect(200)

    plan = rollback(api, 1, dry_run="true").expect(200)

    assert (plan["changed"], plan["action"], plan["restored_from"]) == (True, "none", 1)
    assert len(revisions(api)) == 2


def test_the_present_revision_needs_no_rollback(api):
    api.put(ONE, stopped(config(1))).expect(201)

    answer = rollback(api, 1).expect(200)

    assert (answer["changed"], answer["revision"]) == (False, 1)


def test_description_labels_and_the_desired_state_stay(api):
    api.put(ONE, {**stopped(config(1)), "description": "then"}).expect(201)
    api.put(ONE, {"config": config(2), "description": "now", "labels": {"of": "now"}}).expect(200)

    answer = rollback(api, 1).expect(200)

    assert (answer["description"], answer["labels"], answer["desired_state"]) == ("now", {"of": "now"}, "stopped")


def test_a_rollback_is_refused_like_every_write(serve_real):
    serve = serve_real()
    acme, viewer = serve.tenant("acme"), serve.tenant("acme", "viewer")
    one, two = "/v1/tenants/acme/pipelines/one", "/v1/tenants/acme/pipelines/two"
    acme.put(one, stopped({"host_id": "edge-1", **config(1)})).expect(201)
    acme.put(one, {"host_id": "edge-2", **config(2)}).expect(200)
    etag = acme.get(one).headers["etag"]
    acme.put(one, {"host_id": "edge-2", **config(3)}).expect(200)

    assert rollback(viewer, 1, one).expect(403)["code"] == "role.forbidden"
    assert rollback(acme, 1, two).expect(404)["code"] == "not_found"
    assert rollback(acme, 1, one, headers={"If-Match": etag}).expect(412)["code"] == "etag.stale"
    (error,) = rollback(acme, 9, one).expect(422)["errors"]
    assert (error["pointer"], error["code"]) == ("/revision", "revision.unknown")
    for body in ({}, {"revision": "1"}, {"revision": 0}, {"revision": 1, "more": 1}):
        assert acme.post(f"{one}/rollback", body).expect(422)["code"] == "body.invalid"


def test_a_host_id_that_is_anothers_by_now_is_not_taken_back(serve_real, analyzers):
    serve = serve_real()
    url = analyzers("--start", "command").url
    body = {"host_id": "edge-1", **pipeline(url, "one")}
    serve.api.put(ONE, body, wait="10s").expect(201)
    serve.api.put(ONE, {**body, "host_id": "edge-2"}, wait="10s").expect(200)
    serve.api.put(f"{PIPELINES}/two", stopped({**body, "host_id": "edge-1"})).expect(201)

    problem = rollback(serve.api, 1).expect(409)

    assert problem["code"] == "host_id.in_use" and problem["errors"][0]["suggestion"] == "edge-1-2"
    assert len(revisions(serve.api)) == 2


def test_a_revision_that_is_not_allowed_any_more_does_not_come_back(serve_real):
    serve = serve_real()
    acme = serve.tenant("acme")
    one = "/v1/tenants/acme/pipelines/one"
    acme.put(one, stopped(config(1))).expect(201)
    acme.put(one, {"pipeline": {**config()["pipeline"], "write": {"type": "stdout"}}}).expect(200)
    serve.api.put("/v1/tenants/acme", {"limits": {"sinks": ["stdout"]}}).expect(200)

    assert rollback(acme, 1, one).expect(422)["code"] == "sink.not_allowed"


def test_a_pipeline_that_is_changed_and_rolled_back_under_load_goes_on_where_it_was(serve_real, analyzers, build):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 5000)
    serve, began_ms = serve_real(), now_ms()
    body = pipeline(analyzer, "one")
    serve.api.put(ONE, body, wait="10s").expect(201)
    history = ServeHistory(build, analyzer, serve.data_dir, "one")
    for number in range(1, 4):
        serve.api.put(ONE, changed(body, MAX_FLOWS, 5000 + number), wait="10s").expect(200)
        rollback(serve.api, 1, wait="10s").expect(200)
    serve.api.until_state(ONE, "running")
    analyzer.tell("pause")
    analyzer.sync()
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())
