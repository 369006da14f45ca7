"""docs/api.md shows what sluiced serve answers: its commands are run, and the page must have their answers."""

import difflib
import re

import pytest
from support.api_page import Page
from support.fixtures import ROOT

PAGE = ROOT / "docs" / "api.md"


def fits(path, template):
    """Is this path, a real one, of the contract's template?"""
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/:]+", re.escape(template)), path)


def test_the_page_shows_each_call_with_its_real_answer(request, serve_real, analyzers, folder):
    """--write-api-page writes the page anew."""
    serve = serve_real("--drain-timeout", 1, data_dir=folder / "sluice-data")
    page = Page(PAGE.read_text(encoding="utf-8"), serve, analyzers("--start", "command"), folder)

    now = page.run()

    if request.config.getoption("--write-api-page"):
        PAGE.write_text(now, encoding="utf-8")
    diff = difflib.unified_diff(page.text.splitlines(), now.splitlines(), "docs/api.md", "as it is now", lineterm="")
    said = "\n".join(diff)
    if said and not request.config.getoption("--write-api-page"):
        pytest.fail(f"{said}\nIf that is right, run this test with --write-api-page", pytrace=False)
    contract = serve.api.get("/v1/openapi.json").expect(200)["paths"]
    routes = [(method.upper(), path) for path, item in contract.items() for method in item if method != "parameters"]
    shown = [route for route in routes if any(route[0] == method and fits(path, route[1]) for method, path in page.calls)]
    assert not set(routes) - set(shown), "calls that the page does not show"
