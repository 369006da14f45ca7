"""The long story: all that a day with a pipeline has, by the web UI alone, against a real `sluiced serve`, analyzer and object store."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TIMES, TIMES_LONG = 2, 20
PIPELINE = "/v1/tenants/acme/pipelines/edge"


def pytest_generate_tests(metafunc):
    metafunc.parametrize("turn", range(TIMES_LONG if metafunc.config.getoption("--long") else TIMES))


@pytest.fixture
def store(object_store):
    return object_store()


def field(page, path):
    """The control of a field: its label has the field's name, and its path below it."""
    *around, name = path.split(".")
    return page.get_by_role("textbox", name=re.compile(rf"^{name}( required)?\s*{re.escape('.'.join(around))}$"))


def state(page):
    return page.locator("main .meta .state")


def create_tenant(ui):
    page = ui.page
    page.get_by_role("link", name="Tenants").click()
    page.get_by_role("button", name="New tenant").click()
    dialog = page.get_by_role("dialog", name="New tenant")
    # a tenant that is not there yet is asked for, so that none is changed unawares
    ui.allow(404, "/v1/tenants/acme")
    dialog.get_by_label("Name", exact=True).fill("acme")
    dialog.get_by_role("button", name="Create tenant").click()
    expect(page).to_have_url(re.compile("#/tenants/acme$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("acme")


def create_pipeline(ui, analyzer, store):
    page = ui.page
    page.get_by_role("link", name="Pipelines", exact=True).click()
    page.get_by_role("link", name="New pipeline").click()
    # while one types the form is not complete
    ui.allow(422, "/v1/validate")
    page.get_by_role("button", name="secadvisor").first.click()
    page.get_by_label("tenant").select_option("acme")
    field(page, "name").fill("edge")
    written = {
        "pipeline.subscriber.url": analyzer.url,
        "pipeline.store.buffered.dirname": store.bucket,
        "pipeline.store.buffered.max_flows_per_object": "200",
        "pipeline.write.s3.endpoint": store.endpoint,
        "pipeline.write.s3.region": store.region,
        "pipeline.write.s3.access_key": store.access_key,
    }
    for path, text in written.items():
        field(page, path).fill(text)
    page.get_by_label(re.compile(r"^secret_key( required)?\s*pipeline\.write\.s3$")).fill(store.secret_key)
    expect(page.get_by_role("complementary", name="Checks")).to_contain_text("Valid")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_text(analyzer.url)).to_be_visible()
    expect(page.get_by_text(store.secret_key)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Create")).click()
    expect(page).to_have_url(re.compile("#/pipelines/acme/edge$"))


def see_it_run(ui):
    expect(state(ui.page)).to_contain_text("running")
    account = ui.page.locator("section").filter(has=ui.page.get_by_role("heading", name="Account of flows"))
    for label in ("Seen", "Written"):
        expect(account.get_by_role("row").filter(has_text=label).first).to_contain_text(re.compile(r"[1-9]\d"))


def break_and_repair(ui, store):
    """Seconds until the page says why, and until it has recovered."""
    trouble = ui.page.locator(".diag")
    expect(trouble).to_have_count(0)
    begin = time.monotonic()
    store.tell("fail 503 code=SlowDown message=\"the disks are full\"")
    expect(trouble).to_contain_text("503")
    broken = time.monotonic()
    expect(state(ui.page)).to_contain_text("degraded")
    store.tell("clear")
    repaired = time.monotonic()
    expect(trouble).to_have_count(0)
    expect(state(ui.page)).to_contain_text("running")
    return broken - begin, time.monotonic() - repaired


def change(ui):
    page = ui.page
    page.get_by_role("link", name="Edit").click()
    field(page, "pipeline.store.buffered.max_flows_per_object").fill("300")
    expect(page.get_by_role("complementary", name="Checks")).to_contain_text("Valid")
    page.get_by_role("button", name="Review changes").click()
    difference = page.get_by_role("region", name="Differences").or_(page.get_by_label("Differences")).first
    expect(difference).to_contain_text("max_flows_per_object: 200")
    expect(difference).to_contain_text("max_flows_per_object: 300")
    page.locator("[data-apply]").click()
    expect(page).to_have_url(re.compile("#/pipelines/acme/edge$"))
    expect(page.locator("main .meta")).to_contain_text(re.compile(r"revision\s*2"))


def see_the_difference_and_roll_back(ui):
    page = ui.page
    page.get_by_role("link", name="Configuration").click()
    revisions = page.get_by_role("list", name="Revisions").get_by_role("button")
    expect(revisions).to_have_count(2)
    revisions.nth(1).click()
    expect(page.get_by_role("region", name="Configuration")).to_contain_text("max_flows_per_object: 300")
    page.get_by_role("button", name="Roll back to 1").click()
    expect(revisions).to_have_count(3)
    expect(page.get_by_role("button", name="Back to 2")).to_be_visible()
    expect(state(page)).to_contain_text("running")


def stop_and_delete(ui):
    page = ui.page
    page.get_by_role("button", name="Stop", exact=True).click()
    asked = page.get_by_role("group", name="Confirm stop")
    expect(asked).to_contain_text("Stop edge?")
    asked.get_by_role("button", name="Stop", exact=True).click()
    expect(state(page)).to_contain_text("stopped")
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete acme/edge?")
    remove = dialog.get_by_role("button", name="Delete")
    expect(remove).to_be_disabled()
    dialog.get_by_label("Type its name").fill("edge")
    remove.click()
    expect(page).to_have_url(re.compile("#/pipelines$"))
    expect(page.get_by_text("No pipelines yet")).to_be_visible()


def test_a_pipeline_is_made_watched_mended_changed_rolled_back_and_deleted(serve_real, browse, analyzers, store, turn):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 400, "--identity", "flow")
    serve = serve_real()
    ui = browse(serve).log_in().live()
    create_tenant(ui)
    create_pipeline(ui, analyzer, store)
    see_it_run(ui)
    said, recovered = break_and_repair(ui, store)
    print(f"turn {turn}: the reason is there after {said:.1f} s (aim 10), it has recovered after {recovered:.1f} s")
    change(ui)
    see_the_difference_and_roll_back(ui)
    stop_and_delete(ui)
    serve.api.get(PIPELINE).expect(404)
