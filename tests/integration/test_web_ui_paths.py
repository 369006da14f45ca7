"""Ways through the web UI that a new user takes: from a tenant to its first pipeline, from a mistake to its field."""

import re

import pytest
from playwright.sync_api import expect
from support.documents import plain

pytestmark = pytest.mark.browser

ONE = "/v1/tenants/acme/pipelines/one"


@pytest.fixture
def serve(serve_real):
    serve = serve_real()
    serve.api.put("/v1/tenants/acme", {}).expect(201)
    return serve


def editing(ui):
    """While one writes, what there is is not complete."""
    ui.allow(422, "/v1/validate")
    return ui.page


def test_a_tenants_page_leads_to_its_first_pipeline(serve, browse):
    ui = browse(serve).log_in(place="#/tenants/acme").live()
    page = editing(ui)
    page.get_by_role("link", name="New pipeline").click()
    expect(page.get_by_label("tenant")).to_have_value("acme")
    page.get_by_role("button", name="YAML").click()
    page.get_by_role("complementary", name="Checks").get_by_role("button", name="name", exact=True).click()
    expect(page.get_by_role("textbox", name=re.compile("^name"))).to_be_focused()


def test_tenants_that_could_not_be_asked_for_are_not_said_to_be_missing(serve, browse):
    ui = browse(serve).log_in().live()
    ui.allow("net::ERR_", "/v1/tenants")
    page = editing(ui)
    page.route(re.compile(r"/v1/tenants(\?|$)"), lambda route: route.abort())
    page.get_by_role("link", name="New pipeline").click()
    identity = page.get_by_role("region", name="Identity")
    expect(identity).to_contain_text("The tenants cannot be shown. Sluice does not answer.")
    expect(identity).not_to_contain_text("There is no tenant yet")


def test_all_pipelines_of_a_tenant_are_restarted_at_once(serve, browse):
    serve.api.put(ONE, {"config": plain(), "desired_state": "running"}, wait="20s").expect(201)
    before = serve.api.get(f"{ONE}/status").expect(200)["worker"]["pid"]
    page = browse(serve).log_in(place="#/tenants/acme").live().page
    page.get_by_role("button", name="Restart all").click()
    page.get_by_role("group", name="Restart all").get_by_role("button", name="Restart", exact=True).click()
    expect(page.get_by_role("table", name="What came of it")).to_contain_text("one")
    serve.api.until(f"{ONE}/status", lambda status: (status["worker"] or {}).get("pid", before) != before, "another worker")


def test_a_secret_that_is_replaced_is_written_where_its_button_was(serve, browse):
    config = plain()
    config["analyzer"] = {"auth": {"cluster": {"username": "sluice", "password": "old"}}}
    serve.api.put(ONE, {"config": config, "desired_state": "stopped"}).expect(201)
    page = browse(serve).log_in(place="#/pipelines/acme/one/edit").live().page
    page.get_by_role("button", name="Replace the secret").press("Enter")
    expect(page.get_by_label(re.compile("^password"))).to_be_focused()
    page.keyboard.type("not-to-be-seen")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("region", name="Differences").or_(page.get_by_label("Differences")).first).to_contain_text("password: •••")
    expect(page.locator("body")).not_to_contain_text("not-to-be-seen")
