"""Each screen of the web UI in both themes and from 360 to 1920 px, by axe and by its width; and by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import NARROW, WIDE
from support.web_fleet import WebFleet

pytestmark = pytest.mark.browser

# the screen's address → what is there when it has been drawn
SCREENS = {
    "#/pipelines": "Pipelines",
    "#/pipelines?q=acme&state=running,degraded": "Pipelines",
    "#/pipelines?q=nothing-is-so": "Pipelines",
    "#/pipelines/acme/moving": "moving",
    "#/pipelines/acme/held": "held",
    "#/pipelines/acme/unstored": "unstored",
    "#/pipelines/globex/refused": "refused",
    "#/pipelines/acme/moving/events": "moving",
    "#/pipelines/acme/moving/logs": "moving",
    "#/pipelines/acme/moving/tap": "moving",
    "#/pipelines/acme/moving/config": "moving",
    "#/pipelines/acme/moving/config?rev=1": "moving",
    "#/new": "New pipeline",
    "#/new?view=yaml": "New pipeline",
    "#/pipelines/acme/moving/edit": "moving",
    "#/tenants": "Tenants",
    "#/tenants/acme": "acme",
    "#/subscriptions": "Subscriptions",
    "#/audit": "Audit",
    "#/host-ids": "Host IDs",
    "#/nothing": "Not found",
}
LOOKS = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "dark"))
WIDTHS = (360, 480, 640, 768, 1000, 1280, 1920)


@pytest.fixture
def fleet(serve_real, faults, analyzers, object_store):
    return WebFleet(serve_real("--drain-timeout", 1, build=faults.build), faults, analyzers, object_store())


def settled(ui, address):
    """The screen of that address, drawn with what it asked the server for."""
    ui.open(address)
    expect(ui.page).to_have_title(re.compile(re.escape(SCREENS[address])))
    expect(ui.page.locator("main h1")).to_have_count(1)
    expect(ui.page.locator("main [aria-busy=true]")).to_have_count(0)
    return ui.page


def test_on_no_screen_axe_finds_anything_in_either_theme_and_none_has_to_be_scrolled_sideways(fleet, browse):
    ui = browse(fleet.serve).log_in().live()
    ui.allow(422, "/v1/validate")
    found, wide = [], []
    for address in SCREENS:
        page = settled(ui, address)
        for size, theme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)
            found += [f"{address}, {theme}, {size['width']} px: {line}" for line in ui.violations()]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide += [f"{address} at {width} px"] if ui.is_too_wide() else []
    assert found == [], "\n".join(found)
    assert wide == [], "\n".join(wide)


def test_a_pipeline_is_found_opened_and_left_by_keyboard_alone(fleet, browse):
    ui = browse(fleet.serve).log_in().live()
    keys = ui.page.keyboard
    keys.press("/")
    expect(ui.page.get_by_label("Filter pipelines")).to_be_focused()
    keys.type("name:mov")
    rows = ui.page.get_by_role("table", name="Pipelines").locator("tbody tr[data-index]")
    expect(rows).to_have_count(1)
    keys.press("Escape")
    expect(ui.page.get_by_label("Filter pipelines")).not_to_be_focused()
    keys.press("j")
    keys.press("Enter")
    expect(ui.page).to_have_url(re.compile("#/pipelines/acme/moving$"))
    expect(ui.page.locator("main h1")).to_contain_text("moving")
    keys.press("u")
    expect(ui.page).to_have_url(re.compile("#/pipelines"))
    ui.allow(422, "/v1/validate")
    keys.press("n")
    expect(ui.page).to_have_url(re.compile("#/new$"))


def test_the_focus_is_seen_wherever_it_goes(fleet, browse):
    ui = browse(fleet.serve).log_in().live()
    settled(ui, "#/pipelines")
    unseen = []
    for _ in range(30):
        ui.page.keyboard.press("Tab")
        focus = ui.page.evaluate(FOCUS)
        unseen += [focus["what"]] if not focus["seen"] else []
    assert unseen == []


def test_a_finger_finds_all_that_can_be_touched(fleet, browse):
    ui = browse(fleet.serve, size=NARROW, has_touch=True, is_mobile=True).log_in().live()
    ui.allow(422, "/v1/validate")
    found = []
    for address in TOUCHED:
        settled(ui, address)
        found += [f"{address}: {line}" for line in ui.page.evaluate(LOW, TOUCH_PX)]
    assert found == [], "\n".join(found)


TOUCH_PX = 36
TOUCHED = ("#/pipelines?q=acme&state=running,degraded", "#/pipelines/acme/unstored", "#/pipelines/acme/moving/config", "#/new", "#/tenants", "#/host-ids")
# Not links within a sentence; a box counts with its label, one of several choices with all of them.
LOW = """(px) => [...document.querySelectorAll("a, button, input, select, textarea")]
    .map((at) => [at, at.closest("label, .seg") ?? at])
    .filter(([at, box]) => getComputedStyle(at).display !== "inline" && !at.classList.contains("skip") && at.checkVisibility()
        && box.getBoundingClientRect().height < px - 0.5)
    .map(([at]) => at.outerHTML.slice(0, 120))"""


# An outline, or a border or shadow that it has only with the focus, is drawn by the browser or by the style's own rule.
FOCUS = """() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    const isDrawn = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    const isInside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    return {what: at.outerHTML.slice(0, 120), seen: at === document.body || (isDrawn && isInside)};
}"""
