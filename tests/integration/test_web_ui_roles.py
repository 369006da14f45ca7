"""What a viewer, an operator and an admin can do in the web UI: exactly what they may, and of no other tenant."""

import re

import pytest
from playwright.sync_api import expect
from support.documents import plain
from support.sluice import pipeline

pytestmark = pytest.mark.browser

ONE = "/v1/tenants/acme/pipelines/one"
# what changes something, on a pipeline's page and in the list
WRITING = re.compile(r"^(Start|Stop|Restart|Edit|Delete|New pipeline|Roll back|Back to|Start again|New tenant|New token|Import|Revoke)\b")
ACTIONS = {"viewer": [], "operator": ["Stop", "Restart", "Edit", "Delete"]}
ACTIONS["admin"] = ACTIONS["operator"]
SCREENS = ["#/pipelines", "#/pipelines/acme/one", "#/pipelines/acme/held", "#/subscriptions"]
SCREENS += [f"#/pipelines/acme/one/{tab}" for tab in ("logs", "tap", "config", "config?rev=1", "events")]


@pytest.fixture
def serve(serve_real, analyzers):
    """Two revisions of acme/one, which runs, acme/held, which does not, and another tenant's."""
    serve = serve_real()
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 100)
    for tenant in ("acme", "globex"):
        serve.api.put(f"/v1/tenants/{tenant}", {}).expect(201)
    for folder in ("one", "two"):
        serve.api.put(ONE, pipeline(analyzer, folder), wait="20s").expect(200, 201)
    for place in ("acme/pipelines/held", "globex/pipelines/other"):
        serve.api.put(f"/v1/tenants/{place}", {"config": plain(), "desired_state": "stopped"}).expect(201)
    return serve


def logged_in(serve, browse, role):
    token = serve.token if role == "admin" else serve.tenant("acme", role).token
    return browse(serve).log_in(token).live()


def drawn(ui, address):
    ui.open(address)
    expect(ui.page.locator("main h1")).to_have_count(1)
    expect(ui.page.locator("main [aria-busy=true]")).to_have_count(0)
    return ui.page


def writing(page):
    found = page.get_by_role("button", name=WRITING).or_(page.get_by_role("link", name=WRITING))
    return [name.strip() for name in found.all_inner_texts()]


def test_a_viewer_can_look_at_everything_of_its_tenant_and_change_nothing(serve, browse):
    ui = logged_in(serve, browse, "viewer")
    for address in SCREENS:
        page = drawn(ui, address)
        assert writing(page) == [], address
    page = drawn(ui, "#/pipelines/acme/one")
    expect(page.get_by_text("Read only")).to_be_visible()
    page.get_by_role("button", name="curl").click()
    methods = page.get_by_role("group", name="Commands").locator("code").all_inner_texts()
    assert methods and all(text.startswith("GET ") for text in methods)
    ui.open("#/pipelines/acme/one/edit")
    expect(page.get_by_text("It does not exist, or this token may not see it.")).to_be_visible()
    # and it has not even tried
    assert {request.method for request in ui.requests if "/v1/session" not in request.url} == {"GET"}


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_who_may_change_a_pipeline_has_what_does_it(serve, browse, role):
    ui = logged_in(serve, browse, role)
    page = drawn(ui, "#/pipelines/acme/one")
    assert writing(page) == ACTIONS[role]
    page.get_by_role("button", name="curl").click()
    methods = {text.split()[0] for text in page.get_by_role("group", name="Commands").locator("code").all_inner_texts()}
    assert {"GET", "POST", "DELETE"} <= methods
    page = drawn(ui, "#/pipelines/acme/held")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    page = drawn(ui, "#/pipelines/acme/one/config?rev=1")
    expect(page.get_by_role("button", name="Roll back to 1")).to_be_enabled()
    page = drawn(ui, "#/pipelines")
    expect(page.get_by_role("link", name="New pipeline")).to_be_visible()


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_another_tenants_pipelines_are_not_there(serve, browse, role):
    ui = logged_in(serve, browse, role)
    ui.allow(404, "/v1/tenants/globex")
    rows = drawn(ui, "#/pipelines").get_by_role("table", name="Pipelines").locator("tbody tr[data-index]")
    expect(rows).to_have_count(2)
    ui.open("#/pipelines/globex/other")
    expect(ui.page.get_by_text("globex/other does not exist, or this token may not see it.")).to_be_visible()
    assert "globex" not in drawn(ui, "#/subscriptions").inner_text("body")


def test_an_operator_makes_pipelines_of_its_own_tenant_alone(serve, browse):
    ui = logged_in(serve, browse, "operator")
    ui.allow(422, "/v1/validate")
    page = drawn(ui, "#/new")
    expect(page.get_by_role("region", name="Identity")).to_contain_text("acme")
    expect(page.get_by_role("combobox", name="tenant")).to_have_count(0)
    assert not [request.url for request in ui.requests if request.url.endswith("/v1/tenants")]


def test_a_change_that_another_has_made_meanwhile_is_not_undone(serve, browse, analyzers):
    """Two people edit: the second is told, keeps what was written, and puts it on top."""
    ui = logged_in(serve, browse, "operator")
    page = drawn(ui, "#/pipelines/acme/one/edit")
    flows = page.get_by_role("textbox", name=re.compile("^max_flows_per_object"))
    flows.fill("777")
    config = serve.api.get(ONE).expect(200)["config"]
    config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 33
    serve.api.put(ONE, config, wait="20s").expect(200)
    ui.allow(412)
    page.get_by_role("button", name="Review changes").click()
    page.get_by_role("button", name="Put my changes on top of 3").click()
    expect(page.locator("main")).to_contain_text("max_flows_per_object: 777")
    page.locator("[data-apply]").click()
    expect(page).to_have_url(re.compile("#/pipelines/acme/one$"))
    stored = serve.api.get(ONE).expect(200)["config"]["pipeline"]["store"]["buffered"]
    assert (stored["max_flows_per_object"], stored["max_seconds_per_object"]) == (777, 33)
