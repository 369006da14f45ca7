"""What the web UI shows is how it is: changes come by themselves, and when the connection drops it says since when what it shows is old."""

import re
import signal

import pytest
from playwright.sync_api import expect
from support.documents import plain, stopped, tenant
from support.relay import Relay
from support.sluice import pipeline

pytestmark = pytest.mark.browser

PIPELINES = "/v1/tenants/acme/pipelines"
MANY = 500


@pytest.fixture
def serve(serve_real):
    return serve_real()


def imported(serve, *documents):
    text = tenant("acme") + "".join(documents)
    serve.api.post("/v1/import", text, content_type="application/yaml").expect(200)


def rows(ui):
    return ui.page.get_by_role("table", name="Pipelines").locator("tbody tr[data-index]")


def row(ui, name):
    return rows(ui).filter(has=ui.page.get_by_role("link", name=name, exact=True))


@pytest.fixture
def relay(serve):
    """The line between the browser and the server."""
    line = Relay(serve.address)
    yield line
    line.close()


def may_lose(ui):
    """The browser reports each request that the cut line has ended, and each try."""
    ui.allow("net::ERR_")


def phase(ui):
    return ui.page.locator("header .live")


def lost_line(ui):
    return ui.page.get_by_role("status").filter(has_text="Connection to Sluice lost at")


def test_what_others_do_appears_by_itself(serve, browse, analyzers):
    analyzer = analyzers("--start", "command")
    ui = browse(serve).log_in().live()
    expect(ui.page.get_by_text("No pipelines yet")).to_be_visible()
    serve.api.put("/v1/tenants/acme", {}).expect(201)
    serve.api.put(f"{PIPELINES}/one", {"config": pipeline(analyzer, "one"), "desired_state": "stopped"}).expect(201)
    expect(row(ui, "one")).to_contain_text("stopped")
    serve.api.post(f"{PIPELINES}/one/start").expect(200, 202)
    expect(row(ui, "one")).to_contain_text("running")
    serve.api.post(f"{PIPELINES}/one/stop").expect(200, 202)
    expect(row(ui, "one")).to_contain_text("stopped")
    serve.api.delete(f"{PIPELINES}/one").expect(200, 202, 204)
    expect(ui.page.get_by_text("No pipelines yet")).to_be_visible()


def test_a_lost_connection_leaves_what_was_there_without_colour_and_nothing_can_be_changed(serve, relay, browse):
    imported(serve, stopped("acme", "one"), stopped("acme", "two"))
    ui = browse(serve, url=relay.url)
    with ui.answered("GET", "/assets/pipeline-") as part:
        ui.log_in().live()
    part.value.finished()
    may_lose(ui)
    expect(rows(ui)).to_have_count(2)
    expect(ui.page.get_by_role("link", name="New pipeline")).to_be_visible()
    # what a screen is made of is loaded when it is first looked at
    ui.open("#/pipelines/acme/one")
    expect(ui.page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    ui.open("#/pipelines")

    relay.cut()

    expect(phase(ui)).to_have_text("Reconnecting")
    expect(lost_line(ui)).to_contain_text(re.compile(r"lost at \d\d:\d\d:\d\d\. What you see is from then; nothing has been cleared\."))
    # announced once, not with each second of the countdown
    expect(lost_line(ui)).not_to_contain_text("Next try")
    expect(rows(ui)).to_have_count(2)
    assert ui.page.evaluate(COLOURS) == []
    expect(ui.page.get_by_role("button", name="New pipeline")).to_be_disabled()
    ui.open("#/pipelines/acme/one")
    expect(ui.page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    expect(lost_line(ui)).to_be_visible()
    assert ui.violations() == []


def test_a_page_that_is_connected_again_has_all_that_happened_meanwhile(serve, relay, browse):
    imported(serve, stopped("acme", "one"), stopped("acme", "two"))
    ui = browse(serve, url=relay.url).log_in().live()
    may_lose(ui)
    serve.api.put(f"{PIPELINES}/three", {"config": plain(), "desired_state": "stopped"}).expect(201)
    expect(rows(ui)).to_have_count(3)
    relay.cut()
    expect(phase(ui)).to_have_text("Reconnecting")
    serve.api.delete(f"{PIPELINES}/one").expect(200, 202, 204)
    serve.api.put(f"{PIPELINES}/four", {"config": plain(), "desired_state": "stopped"}).expect(201)
    asked = len(relay.asked)

    relay.mend()
    ui.page.get_by_role("button", name="Try now").click()

    expect(phase(ui)).to_have_text("Live")
    expect(lost_line(ui)).to_have_count(0)
    expect(row(ui, "one")).to_have_count(0)
    expect(row(ui, "four")).to_be_visible()
    # it goes on behind the last event that it has seen
    assert re.search(rb"(?i)\r\nlast-event-id: \S+\r\n", relay.asked[asked:])
    expect(ui.page.get_by_role("link", name="New pipeline")).to_be_visible()


def test_a_server_that_stands_still_is_noticed_by_its_silence(serve, browse):
    imported(serve, stopped("acme", "one"))
    ui = browse(serve)
    ui.page.clock.install()
    ui.log_in().live()
    may_lose(ui)
    serve.process.send_signal(signal.SIGSTOP)
    try:
        # longer than the server is ever silent
        ui.page.clock.fast_forward(20_000)
        expect(phase(ui)).to_have_text("Reconnecting")
        expect(rows(ui)).to_have_count(1)
    finally:
        serve.process.send_signal(signal.SIGCONT)
    expect(phase(ui)).to_have_text("Live")


def test_after_a_restart_one_logs_in_again_and_is_where_one_was(serve_real, serve, browse):
    imported(serve, stopped("acme", "one"))
    ui = browse(serve).log_in(place="#/subscriptions").live()
    may_lose(ui)
    ui.allow(401, "/v1/events")
    serve.stop_clean()
    expect(phase(ui)).to_have_text("Reconnecting")

    serve_real("--listen", serve.address, data_dir=serve.data_dir)

    expect(ui.page.get_by_role("alert")).to_contain_text("The session has ended")
    ui.page.get_by_label("Token").fill(serve.token)
    ui.page.get_by_label("Token").press("Enter")
    expect(ui.page.get_by_role("heading", name="Subscriptions", level=1)).to_be_visible()
    expect(phase(ui)).to_have_text("Live")


def test_a_page_that_was_never_connected_says_what_to_do(serve, relay, browse):
    ui = browse(serve, url=relay.url).log_in().live()
    may_lose(ui)
    # the page comes from the browser's store, or is loaded while the line is there: the API does not answer
    ui.page.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    ui.page.reload()
    alert = ui.page.get_by_role("alert")
    expect(alert).to_contain_text("Sluice does not answer")
    expect(alert).to_contain_text(f"curl -sS {relay.url}/readyz")
    assert ui.violations() == []
    ui.page.unroute("**/v1/**")
    alert.get_by_role("button", name="Try now").click()
    expect(phase(ui)).to_have_text("Live")


@pytest.mark.parametrize("part, place", [("others", "#/audit"), ("configuration", "#/new")])
def test_a_part_of_another_version_is_told_and_comes_with_the_page_loaded_again(serve, browse, part, place):
    imported(serve, stopped("acme", "one"))
    ui = browse(serve).log_in().live()
    ui.allow(404, f"/assets/{part}-")
    ui.allow(422, "/v1/validate")
    gone = f"**/assets/{part}-*"
    ui.page.route(gone, lambda route: route.fulfill(status=404))
    ui.open(place)
    expect(ui.page.get_by_role("alert")).to_contain_text("This part of the page cannot be loaded.")
    ui.page.unroute(gone)
    ui.page.get_by_role("button", name="Load the page again").click()
    expect(ui.page.get_by_role("heading", level=1)).to_be_visible()
    expect(ui.page.get_by_role("alert")).to_have_count(0)


def test_five_hundred_pipelines_are_a_table_that_can_be_filtered_sorted_and_walked(serve, browse):
    imported(serve, *(stopped("acme", f"p{i:03}") for i in range(MANY)))
    ui = browse(serve).log_in().live()
    table = ui.page.get_by_role("table", name="Pipelines")
    expect(table).to_have_attribute("aria-rowcount", str(MANY + 1))
    # only what is on the screen, and some around it, is in the document
    expect(row(ui, "p000")).to_be_visible()
    assert rows(ui).count() < 100
    box = ui.page.get_by_label("Filter pipelines")
    box.fill("p49")
    expect(ui.page.get_by_text(f"10 of {MANY}")).to_be_visible()
    expect(rows(ui)).to_have_count(10)
    expect(ui.page).to_have_url(re.compile("q=p49"))
    box.fill("")
    ui.page.get_by_role("button", name="Name", exact=True).click()
    ui.page.get_by_role("button", name=re.compile("^Name")).click()
    expect(rows(ui).first).to_contain_text("p499")
    ui.page.keyboard.press("End")
    expect(row(ui, "p000")).to_be_in_viewport()
    for name, value in (("state=stopped", MANY), ("state=failed", 0)):
        ui.open(f"#/pipelines?{name}")
        expect(rows(ui).first if value else ui.page.get_by_text("No pipeline matches.")).to_be_visible()
    ui.page.get_by_role("button", name="Clear filters").click()
    expect(table).to_have_attribute("aria-rowcount", str(MANY + 1))


# What is drawn in a colour although it is old: text, fills and strokes whose channels differ, once the filters of all
# that is around them are taken into account.
COLOURS = """() => {
    const isGrey = (element) => {
        for (let at = element; at; at = at.parentElement) {
            if (/grayscale\\((1|100%)\\)/.test(getComputedStyle(at).filter)) return true;
        }
        return false;
    };
    const drawn = [...document.querySelectorAll("main table svg, main table td, main .counts button")];
    return drawn.filter((element) => !isGrey(element)).map((element) => element.outerHTML.slice(0, 120));
}"""


VISIBILITY = """(state) => {
	Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
	document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_that_nobody_looks_at_gives_its_connection_back_and_catches_up(serve, browse):
    """Browsers have some six connections to a server, for all their tabs together."""
    ui = browse(serve)
    ui.page.clock.install()
    ui.log_in().live()
    ui.page.evaluate(VISIBILITY, "hidden")
    expect(ui.page.locator("header .live")).to_have_text("Live")
    ui.page.clock.fast_forward(31_000)
    expect(ui.page.locator("header .live")).to_have_text("Reconnecting")
    expect(ui.page.get_by_text("What you see is from then")).to_be_visible()
    serve.api.put("/v1/tenants/acme", {}).expect(201)
    serve.api.put(f"{PIPELINES}/new", {"config": pipeline("ws://127.0.0.1:1/ws/subscriber/flow", "new"), "desired_state": "stopped"}).expect(201)
    ui.page.evaluate(VISIBILITY, "visible")
    expect(ui.page.get_by_role("link", name="new", exact=True)).to_be_visible()
    ui.live()
