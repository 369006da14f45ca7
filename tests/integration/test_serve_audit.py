"""GET /v1/audit: who changed what, and finding it by action, who, tenant, pipeline and time."""

import pytest
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
