"""Texts of other people in the web UI: markup, right-to-left and control characters and ten thousand characters are shown as text,
each by itself, and break no layout."""

import json

import pytest
from playwright.sync_api import expect
from support.browser import NARROW, WIDE
from support.golden import recording
from support.sluice import pipeline
from support.web_fleet import BACKWARDS, CONTROLS, LONG, MARKUP

pytestmark = pytest.mark.browser

TENANT = "/v1/tenants/acme"
ONE = f"{TENANT}/pipelines/one"
# the beginning tells them apart; control characters are refused by the API, and can be in records alone
TEXTS = (f"m {MARKUP}", f"r {BACKWARDS} end", f"l {LONG}")
IN_RECORDS = (*TEXTS, f"c {CONTROLS}")


@pytest.fixture
def serve(serve_real):
    return serve_real("--drain-timeout", 1)


def check(ui, address, *texts):
    """All these texts are there as they are, alone, and the page is as wide as the window."""
    ui.open(address)
    expect(ui.page.locator("main [aria-busy=true]")).to_have_count(0)
    for text in texts:
        expect(ui.page.get_by_text(text[:60]).first).to_be_attached()
    for size in (WIDE, NARROW):
        ui.page.set_viewport_size(size)
        assert not ui.is_too_wide(), f"{address} at {size['width']} px"
    assert ui.page.locator("main :is(img, script, iframe)").count() == 0
    assert ui.page.evaluate(BIDI, BACKWARDS) == [], f"{address}: right-to-left text that is not isolated"
    assert ui.violations() == [], address


def test_names_descriptions_and_labels(serve, browse):
    serve.api.put(TENANT, {"display_name": f"{MARKUP} {BACKWARDS}"[:200]}).expect(201)
    for text in TEXTS:
        serve.api.post(f"{TENANT}/tokens", {"role": "viewer", "description": text[:900]}).expect(201)
    made = serve.api.post("/v1/tokens", {"description": f"{TEXTS[1]} {MARKUP} {LONG}"[:900]}).expect(201)
    labels = {f"label-{i}": text[:255] for i, text in enumerate(TEXTS)}
    config = pipeline("ws://127.0.0.1:1/ws/subscriber/flow", "one")
    body = {"config": config, "desired_state": "stopped", "description": f"{MARKUP} {BACKWARDS} {LONG}"[:900], "labels": labels}
    # who has made it is a token with such a description
    serve.api.with_token(made["token"]).put(ONE, body).expect(201)
    ui = browse(serve).log_in(made["token"]).live()
    check(ui, "#/pipelines")
    check(ui, "#/tenants", MARKUP)
    check(ui, "#/tenants/acme", *TEXTS)
    check(ui, "#/pipelines/acme/one/config", MARKUP, *TEXTS)
    check(ui, "#/pipelines/acme/one/events", BACKWARDS)
    check(ui, "#/audit")
    check(ui, "#/pipelines/acme/one/edit")


def test_messages_of_others_in_conditions_and_logs(serve, browse, analyzers, object_store):
    analyzer, store = analyzers("--loop", "forever", "--flows-per-second", 400), object_store()
    serve.api.put(TENANT, {}).expect(201)
    store.tell(f"fail 403 code=AccessDenied message={json.dumps(f'{MARKUP} {BACKWARDS} {LONG}', ensure_ascii=False)}")
    serve.api.put(ONE, store.pipeline(analyzer, max_flows=100)).expect(201)
    serve.api.until_state(ONE, "degraded")
    ui = browse(serve).log_in().live()
    check(ui, "#/pipelines", "img src=x")
    check(ui, "#/pipelines/acme/one", "img src=x")
    check(ui, "#/pipelines/acme/one/logs", "img src=x")
    check(ui, "#/pipelines/acme/one/events")


def test_the_long_name_of_an_analyzer(serve, browse):
    # an operator with one connection is told which it is
    token = serve.tenant("acme", "operator").token
    serve.api.put(ONE, pipeline(f"ws://{'analyzer-' * 6}a.localhost:1/ws/subscriber/flow", "one")).expect(201)
    ui = browse(serve).log_in(token).live()
    check(ui, "#/pipelines", "analyzer-analyzer-")
    check(ui, "#/subscriptions", "analyzer-analyzer-")


def test_records(serve, browse, analyzers, folder):
    message = json.loads(recording("mixed").read_text(encoding="utf-8").splitlines()[1])
    for i, flow in enumerate(message["Obj"]):
        flow["Application"] = IN_RECORDS[i % len(IN_RECORDS)]
    file = folder / "odd.jsonl"
    file.write_text(json.dumps(message) + "\n")
    analyzer = analyzers("--loop", "forever", "--messages-per-second", 5, recordings=[file])
    serve.api.put(TENANT, {}).expect(201)
    config = pipeline(analyzer, "one", transform={"type": "none"})
    config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 1
    serve.api.put(ONE, config, wait="20s").expect(201)
    ui = browse(serve).log_in().live()
    ui.open("#/pipelines/acme/one/tap")
    records = ui.page.get_by_role("list", name="Records").get_by_role("button")
    expect(records.nth(2 * len(IN_RECORDS))).to_be_visible()
    ui.page.keyboard.press("Space")
    whole = ui.page.get_by_role("region", name="Record", exact=True)
    seen = set()
    for i in range(2 * len(IN_RECORDS)):
        records.nth(i).click()
        expect(whole).to_contain_text('"Application"')
        seen |= {text[:2] for text in IN_RECORDS if f'"{text[:2]}' in whole.inner_text()}
        for size in (WIDE, NARROW):
            ui.page.set_viewport_size(size)
            assert not ui.is_too_wide(), f"record {i} at {size['width']} px"
    assert seen == {text[:2] for text in IN_RECORDS}
    assert ui.page.locator("main :is(img, script, iframe)").count() == 0
    assert ui.page.evaluate(BIDI, BACKWARDS) == []


# Places where such a text stands among other text and can turn it around: nothing between it and the others keeps it apart.
BIDI = """(text) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.data.includes(text.slice(0, 8))) continue;
        let at = node.parentElement;
        while (at.textContent === node.data && getComputedStyle(at).display === "inline" && !isApart(at)) at = at.parentElement;
        if (!isApart(at) && at.textContent !== node.data) found.push(at.outerHTML.slice(0, 200));
    }
    return found;
    function isApart(element) {
        const style = getComputedStyle(element);
        return /isolate|plaintext/.test(style.unicodeBidi) || element.tagName === "BDI";
    }
}"""
