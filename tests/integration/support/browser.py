"""The web UI in a real browser: Debian's chromium, driven by playwright. Each page gathers what must never happen on it."""

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from .waiting import DEADLINE_S

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "webui" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
ARGUMENTS = ["--disable-gpu", "--disable-background-networking"]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}

# The browser's own report of an answer or of a connection; which answers are meant is told by the test.
LOADING = re.compile(r"Failed to load resource: (?:the server responded with a status of (\d+)|(net::\w+))")
# Before one has logged in, /v1/session is asked whether one has.
NOT_LOGGED_IN = ("401", "/v1/session")
POLICY_WATCH = "addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`))"
AXE_RUN = "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then((found) => found.violations)"
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


class Chromium:
    """The process of a browser; each test's pages have contexts of their own: no cookie is shared."""

    def __init__(self):
        path = shutil.which("chromium")
        assert path, "there is no chromium: run scripts/setup"
        self.playwright = sync_playwright().start()
        # root, as in containers, has no sandbox
        arguments = ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
        self.browser = self.playwright.chromium.launch(executable_path=path, args=arguments)
        expect.set_options(timeout=DEADLINE_S * 1000)

    def close(self):
        self.browser.close()
        self.playwright.stop()


class Ui:
    """One browser window on a `sluiced serve`, and all that it did wrong. url: where the browser finds it, if elsewhere."""

    def __init__(self, chromium, serve, size=None, theme="light", url=None, **options):
        self.url = url or serve.url
        self.token = serve.token
        self.troubles, self.requests = [], []
        self.allowed = [NOT_LOGGED_IN]
        self.context = chromium.browser.new_context(viewport=size or WIDE, color_scheme=theme, reduced_motion="reduce", **options)
        self.context.set_default_timeout(DEADLINE_S * 1000)
        self.context.add_init_script(POLICY_WATCH)
        self.page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("dialog", self._stopped)

    def _said(self, message):
        text = message.text
        loading = LOADING.search(text)
        if loading and self._is_allowed(loading[1] or loading[2], message.location.get("url", "")):
            return
        # a report-only policy would be a warning
        if message.type in ("error", "assert") or "Content Security Policy" in text:
            self.troubles.append(f"console: {text} {message.location.get('url', '')}")

    def _is_allowed(self, what, url):
        return any(what.startswith(status) and place in url for status, place in self.allowed)

    def _asked(self, request):
        self.requests.append(request)
        if not request.url.startswith((f"{self.url}/", f"blob:{self.url}/")):
            self.troubles.append(f"a request to elsewhere: {request.url}")

    def _stopped(self, dialog):
        self.troubles.append(f"a dialog of the browser's: {dialog.message}")
        dialog.dismiss()

    def allow(self, status, place=""):
        """Answers of this status (or "net::ERR_", as the browser calls it) to requests whose address has `place` in it are what the test wants."""
        self.allowed.append((str(status), place))

    def open(self, place="#/pipelines"):
        """Goes there: anew from elsewhere, within the page as a link does."""
        self.page.goto(f"{self.url}/{place}")
        return self

    def log_in(self, token=None, place="#/pipelines"):
        """By the form, as a person does; then the page is connected."""
        self.open(place)
        self.page.get_by_label("Token").fill(token or self.token)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("navigation", name="Main")).to_be_visible()
        return self

    def live(self):
        """Waits until what is shown is how it is."""
        expect(self.page.locator("header .live")).to_have_text("Live")
        return self

    def answered(self, method, place):
        """Waits, in a with statement, for the answer to such a request."""
        return self.page.expect_response(lambda answer: answer.request.method == method and place in answer.url)

    def violations(self):
        """What axe finds against WCAG 2.2 A and AA: a line for each element."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(AXE_RUN, AXE_TAGS)
        return [f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]

    def is_too_wide(self):
        """Does the page have to be scrolled sideways?"""
        whole, seen = self.page.evaluate(WIDTHS)
        return whole > seen

    def close(self):
        self.context.close()
