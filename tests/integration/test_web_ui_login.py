"""The web UI's door: logging in and out, refusals, what the first load costs and what it is allowed to do."""

import gzip

import pytest
from playwright.sync_api import expect

FIRST_LOAD_BYTES, FIRST_LOAD_REQUESTS = 60 * 1024, 5
PAGES = {"viewer": ["Pipelines", "Subscriptions"], "operator": ["Pipelines", "Subscriptions"]}
PAGES["admin"] = [*PAGES["operator"], "Tenants", "Host IDs", "Audit"]


@pytest.fixture
def serve(serve_real):
    return serve_real()


def test_a_token_opens_the_page_that_was_asked_for_and_is_kept_nowhere(serve, browse):
    ui = browse(serve).log_in(place="#/subscriptions")
    expect(ui.page).to_have_url(f"{serve.url}/#/subscriptions")
    expect(ui.page.get_by_role("link", name="Subscriptions")).to_have_attribute("aria-current", "page")
    kept = ui.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert serve.token not in kept
    (cookie,) = ui.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and serve.token not in cookie["value"]
    # it is a session: another load needs no token
    ui.page.reload()
    expect(ui.page.get_by_role("navigation", name="Main")).to_be_visible()


def test_a_wrong_token_is_refused_in_words_and_the_right_one_taken_afterwards(serve, browse):
    ui = browse(serve).open()
    field = ui.page.get_by_label("Token")
    expect(field).to_be_focused()
    field.fill("slc_nobody")
    field.press("Enter")
    expect(ui.page.get_by_role("alert")).to_have_text("This token is unknown, expired or revoked.")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert ui.violations() == []
    field.fill(f"  {serve.token} ")
    field.press("Enter")
    expect(ui.page.get_by_role("navigation", name="Main")).to_be_visible()


def test_too_many_tries_are_told_with_the_time_that_is_left(serve, browse):
    ui = browse(serve).open()
    ui.allow(429, "/v1/session")
    for _ in range(11):
        if serve.api.with_token("slc_nobody").get("/v1/session").status == 429:
            break
    ui.page.get_by_label("Token").fill("slc_nobody")
    ui.page.get_by_role("button", name="Log in").click()
    expect(ui.page.get_by_role("alert")).to_contain_text("Too many failed tries from this address. Try again in")
    expect(ui.page.get_by_role("button", name="Log in")).to_be_disabled()


def test_logging_out_ends_the_session_at_the_server(serve, browse):
    ui = browse(serve).log_in()
    # the server may cut the session's stream before the page lets go of it
    ui.allow("net::ERR_INCOMPLETE_CHUNKED_ENCODING", "/v1/events")
    with ui.answered("DELETE", "/v1/session") as answer:
        ui.page.get_by_role("button", name="Log out").click()
    assert answer.value.status == 204
    expect(ui.page.get_by_label("Token")).to_be_visible()
    ui.page.reload()
    expect(ui.page.get_by_label("Token")).to_be_visible()


def test_a_token_that_is_revoked_brings_the_login_back_and_says_why(serve, browse):
    serve.api.put("/v1/tenants/acme", {}).expect(201)
    made = serve.api.post("/v1/tenants/acme/tokens", {"role": "operator"}).expect(201)
    ui = browse(serve).log_in(made["token"]).live()
    # the server cuts the stream, and refuses the next
    ui.allow(401)
    ui.allow("net::ERR_INCOMPLETE_CHUNKED_ENCODING", "/v1/events")
    serve.api.delete(f"/v1/tenants/acme/tokens/{made['id']}").expect(204)
    expect(ui.page.get_by_role("alert")).to_contain_text("The session has ended")


@pytest.mark.parametrize("role", PAGES)
def test_each_role_has_the_pages_that_it_may_see_and_no_others(serve, browse, role):
    token = serve.token if role == "admin" else serve.tenant("acme", role).token
    ui = browse(serve).log_in(token)
    # a page of a new pipeline that is looked at for longer has its empty configuration checked
    ui.allow(422, "/v1/validate")
    expect(ui.page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(PAGES[role])
    expect(ui.page.locator("header .role")).to_have_text(role)
    hidden = {"tenants": role == "admin", "host-ids": role == "admin", "audit": role == "admin", "new": role != "viewer"}
    for page, is_there in hidden.items():
        ui.open(f"#/{page}")
        missing = ui.page.get_by_text("It does not exist, or this token may not see it.")
        expect(missing).to_have_count(0 if is_there else 1)
        expect(ui.page).not_to_have_title("Sluice")


def test_the_first_load_is_small_and_allowed_nothing_but_itself(serve, browse):
    ui = browse(serve)
    answers = []
    ui.page.on("response", lambda answer: answers.append(answer))
    ui.log_in().live()
    page = next(answer for answer in answers if answer.url == f"{serve.url}/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "require-trusted-types-for 'script'" in policy and "unsafe" not in policy
    files = [answer for answer in answers if "/v1/" not in answer.url]
    assert len(files) <= FIRST_LOAD_REQUESTS, [answer.url for answer in files]
    code = [answer for answer in files if answer.request.resource_type in ("script", "stylesheet")]
    # what is sent stands in the header; what is decoded here is gone over again in case that it was not packed
    sent = sum(int(answer.headers["content-length"]) for answer in code)
    packed = sum(len(gzip.compress(answer.body())) for answer in code)
    print(f"first load: {sent} bytes of script and style in {len(files)} requests")
    assert max(sent, packed) <= FIRST_LOAD_BYTES


def test_the_theme_follows_the_system_until_one_chooses_and_the_choice_stays(serve, browse):
    ui = browse(serve, theme="dark").log_in()
    background = "() => getComputedStyle(document.body).backgroundColor"
    dark = ui.page.evaluate(background)
    ui.page.keyboard.press("t")
    expect(ui.page.locator("html")).to_have_attribute("data-theme", "light")
    light = ui.page.evaluate(background)
    assert light != dark
    ui.page.reload()
    expect(ui.page.get_by_role("navigation", name="Main")).to_be_visible()
    assert ui.page.evaluate(background) == light


def test_a_new_token_can_be_copied_at_an_address_where_the_browser_has_no_clipboard(serve, browse):
    ui = browse(serve)
    # as at http://10.0.0.1
    ui.page.add_init_script("delete Navigator.prototype.clipboard")
    ui.log_in(place="#/tenants").live()
    ui.page.get_by_role("button", name="New admin token").click()
    dialog = ui.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create token").click()
    copy = dialog.get_by_role("button", name="Copy the token")
    copy.click()
    expect(copy).to_have_text("Copied")
    expect(copy).to_be_focused()
    token = dialog.locator(".secret code").inner_text()
    dialog.get_by_role("button", name="I have stored it").click()
    ui.page.goto(f"{serve.url}/#/audit")
    ui.page.get_by_label("Filter audit").press("Control+V")
    expect(ui.page.get_by_label("Filter audit")).to_have_value(token)
