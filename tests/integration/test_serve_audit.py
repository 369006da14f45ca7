"""GET /v1/audit: who changed what, and finding it by action, who, tenant, pipeline and time."""

import pytest
from support.serve import EventStream
from support.sluice import pipeline

NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"


@pytest.fixture
def trail(api):
    """Two tenants with a pipeline `edge` each, made, changed and ended by an operator and by an admin; the ids of both."""
    tokens = {}
    for tenant in ("acme", "other"):
        api.put(f"/v1/tenants/{tenant}", {}).expect(201)
        made = api.post(f"/v1/tenants/{tenant}/tokens", {"role": "operator"}).expect(201)
        tokens[tenant] = made["id"]
        operator, target = api.with_token(made["token"]), f"/v1/tenants/{tenant}/pipelines/edge"
        operator.put(target, {"config": pipeline(NOWHERE, "edge"), "desired_state": "stopped"}).expect(201)
        operator.patch(target, {"description": "changed"}).expect(200)
        api.delete(target).expect(204)
    return tokens


def found(api, **query):
    """(tenant, action) of all pages, the newest first."""
    rows, token = [], {}
    while token is not None:
        page = api.get("/v1/audit", **query, **token).expect(200)
        rows += page["items"]
        token = {"page_token": page["next_page_token"]} if page["next_page_token"] else None
    return [(row["tenant"], row["action"]) for row in rows]


def test_every_filter_must_hold(api, trail):
    assert found(api, action="pipeline.change") == [("other", "pipeline.change"), ("acme", "pipeline.change")]
    assert found(api, who=trail["acme"]) == [("acme", "pipeline.change"), ("acme", "pipeline.create")]
    in_acme = ["pipeline.delete", "pipeline.change", "pipeline.create", "token.create", "tenant.create"]
    assert [action for _, action in found(api, tenant="acme")] == in_acme
    assert found(api, tenant="acme", pipeline="edge") == [("acme", action) for action in in_acme[:3]]
    assert found(api, pipeline="acme") == []
    assert found(api, tenant="acme", who=trail["other"]) == []
    assert found(api, who=trail["other"], action="pipeline.create", pipeline="edge", since="1h") == [("other", "pipeline.create")]
    # a tenant that is gone has its rows
    api.delete("/v1/tenants/other").expect(204)
    assert found(api, tenant="other", action="tenant.delete") == [("other", "tenant.delete")]
    assert found(api, tenant="nobody") == []


def test_since_is_a_time_or_how_long_ago(api, trail):
    everything = found(api)
    assert found(api, since="1h") == everything
    assert found(api, since="2999-01-01T00:00:00Z") == []
    newest = api.get("/v1/audit", limit=1).expect(200)["items"][0]["at"]
    assert found(api, since=newest)[0] == ("other", "pipeline.delete")


def test_pages_have_what_one_answer_has_and_their_tokens_are_for_the_same_filters(api, trail):
    filters = {"pipeline": "edge", "since": "1h"}
    assert found(api, limit=1, **filters) == found(api, **filters) and len(found(api, **filters)) == 6
    token = api.get("/v1/audit", limit=1, **filters).expect(200)["next_page_token"]
    others = [{"since": "1h"}, {"pipeline": "other", "since": "1h"}, {**filters, "since": "2h"}, {**filters, "who": "local"}]
    for other in [*others, {**filters, "tenant": "acme"}, {**filters, "action": "pipeline.create"}]:
        problem = api.get("/v1/audit", page_token=token, **other).expect(400)
        assert [error["code"] for error in problem["errors"]] == ["page_token.invalid"]


@pytest.mark.parametrize(
    "name, value, suggestion",
    [
        ("action", "pipeline.craete", "pipeline.create"),
        ("action", "everything", None),
        ("acton", "pipeline.create", "action"),
        ("who", "bob smith", None),
        ("tenant", "Acme", None),
        ("pipeline", "", None),
        ("since", "yesterday", None),
    ],
)
def test_what_nothing_can_be_is_refused_with_what_may_be_meant(api, name, value, suggestion):
    problem = api.get("/v1/audit", **{name: value}).expect(400)
    (error,) = problem["errors"]
    assert error["pointer"] == f"?{name}" and error.get("suggestion") == suggestion


# ---- what was refused ----

EDGE = "/v1/tenants/acme/pipelines/edge"


def refusals(api, **query):
    """Of each row: who (its role), what was asked for, of which pipeline, with which status and code; the newest first."""
    rows = api.get("/v1/audit", action="refused", **query).expect(200)["items"]
    return [(row["role"], row["detail"]["action"], row["name"], row["detail"]["status"], row["detail"]["code"]) for row in rows]


def test_a_change_that_was_refused_has_its_row_and_what_was_malformed_has_none(api, trail):
    made = api.post("/v1/tenants/acme/tokens", {"role": "viewer"}).expect(201)
    viewer = api.with_token(made["token"])
    config = {"config": pipeline(NOWHERE, "edge"), "desired_state": "stopped"}
    api.put(EDGE, config).expect(201)

    viewer.put(EDGE, config).expect(403)
    api.put(EDGE, config, headers={"If-Match": '"7"'}).expect(412)
    answer = api.put(EDGE, {"config": {"pipeline": {}}})
    answer.expect(422)
    api.with_token("slc_wrong").post(f"{EDGE}/start").expect(401)
    # nobody's attempt at anything: read only, tried only, malformed, not there
    api.with_token("slc_wrong").get(EDGE).expect(401)
    api.put(EDGE, {"config": {"pipeline": {}}}, dry_run="true").expect(422)
    api.put(EDGE, "{").expect(400)
    api.post("/v1/tenants/acme/pipelines/nothing/start").expect(404)

    assert refusals(api) == [
        ("none", "pipeline.start", "", 401, "token.invalid"),
        ("admin", "pipeline.change", "edge", 422, "config.invalid"),
        ("admin", "pipeline.change", "edge", 412, "etag.stale"),
        ("viewer", "pipeline.change", "edge", 403, "role.forbidden"),
    ]
    newest = api.get("/v1/audit", action="refused", limit=1).expect(200)["items"][0]
    assert (newest["who"], newest["token_id"], newest["tenant"]) == ("nobody", None, None)
    assert len(refusals(api, who=made["id"])) == len(refusals(api, tenant="acme", pipeline="edge", who=made["id"])) == 1
    assert api.get("/v1/audit", action="refused").expect(200)["items"][1]["request_id"] == answer.headers["x-request-id"]


def test_what_a_tenant_tries_at_another_is_not_told_there(api):
    for tenant in ("acme", "other"):
        api.put(f"/v1/tenants/{tenant}", {}).expect(200, 201)
    viewer, theirs = (
        api.with_token(api.post(f"/v1/tenants/{tenant}/tokens", {"role": "viewer"}).expect(201)["token"]) for tenant in ("acme", "other")
    )
    streams = {who: EventStream(caller, replay="true") for who, caller in (("theirs", theirs), ("admin", api))}

    viewer.post("/v1/tenants/other/pipelines/edge/start").expect(403)
    own = theirs.post("/v1/tenants/other/pipelines/edge/start").expect(403)

    _, told = streams["theirs"].until("refused")
    assert (told["tenant"], told["pipeline"], told["request_id"]) == ("other", "edge", own["request_id"])
    _, first = streams["admin"].until("refused")
    assert "tenant" not in first and "pipeline" not in first and first["detail"]["tenant"] == "other"
    rows = api.get("/v1/audit", action="refused", limit=2).expect(200)["items"]
    assert [(row["tenant"], row["name"], row["detail"].get("tenant")) for row in rows] == [("other", "edge", None), (None, "", "other")]
    for stream in streams.values():
        stream.close()


def test_a_login_that_failed_is_kept_without_what_was_tried(api):
    api.post("/v1/session", {"token": "slc_secret_guess"}).expect(401)
    row = api.get("/v1/audit", action="refused").expect(200)["items"][0]
    assert (row["who"], row["address"], row["detail"]["action"]) == ("nobody", "127.0.0.1", "login")
    assert "guess" not in str(row)


def test_who_has_no_token_can_fill_neither_the_trail_nor_the_part_of_those_who_have(api, trail):
    stranger = api.with_token("slc_wrong")
    for _ in range(40):
        stranger.put(EDGE, {})
    assert len(refusals(api, who="nobody", limit=1000)) == 30
    api.put(EDGE, {"config": {}}).expect(422)
    assert refusals(api)[0][0] == "admin"


def test_who_is_told_with_the_tokens_description_as_long_as_it_is_there(api):
    made = api.post("/v1/tokens", {"description": "the deploy robot"}).expect(201)
    robot = api.with_token(made["token"])
    robot.put("/v1/tenants/acme", {}).expect(201)
    robot.put(EDGE, {"config": pipeline(NOWHERE, "edge"), "desired_state": "stopped"}).expect(201)

    def told():
        row = api.get("/v1/audit", pipeline="edge").expect(200)["items"][0]
        revision = api.get(f"{EDGE}/revisions").expect(200)["items"][0]
        assert row["who"] == revision["who"] == made["id"]
        return row["who_description"], revision["who_description"]

    assert told() == ("the deploy robot", "the deploy robot")
    api.delete(f"/v1/tokens/{made['id']}").expect(204)
    assert told() == ("", "")
    assert api.get("/v1/audit", who="sluiced").expect(200)["items"][-1]["who_description"] == ""


def test_a_tenant_says_how_many_tokens_it_has(api):
    assert api.put("/v1/tenants/acme", {}).expect(201)["tokens"] == 0
    for role in ("viewer", "operator"):
        api.post("/v1/tenants/acme/tokens", {"role": role}).expect(201)
    assert {item["name"]: item["tokens"] for item in api.get("/v1/tenants").expect(200)["items"]} == {"acme": 2, "default": 0}


def test_a_new_tokens_row_says_what_was_given_away(api):
    made = api.post("/v1/tokens", {"description": "deploy", "expires_at": "2099-01-31T00:00:00Z"}).expect(201)
    row = api.get("/v1/audit", action="token.create", limit=1).expect(200)["items"][0]
    assert (row["name"], row["detail"]) == (
        made["id"],
        {"role": "admin", "description": "deploy", "expires_at": "2099-01-31T00:00:00Z"},
    )
