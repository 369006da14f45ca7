"""docs/api*.md show what sluiced serve answers: their commands are run, and they must have the answers."""

import difflib
import re

import pytest
from support.api_page import Pages
from support.fixtures import ROOT

PAGES = [ROOT / "docs" / name for name in ("api.md", "api-pipelines.md", "api-running.md", "api-changes.md", "api-transfer.md")]


def fits(path, template):
    """Is this path, a real one, of the contract's template?"""
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/:]+", re.escape(template)), path)


def test_the_pages_show_each_call_with_its_real_answer(request, serve_real, analyzers, folder):
    """--write-api-page writes them anew."""
    serve = serve_real("--drain-timeout", 1, data_dir=folder / "sluice-data")
    pages = Pages(serve, analyzers("--start", "command"), folder)
    said = []

    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        now = pages.run(text)
        said += difflib.unified_diff(text.splitlines(), now.splitlines(), f"docs/{path.name}", "as it is now", lineterm="")
        if request.config.getoption("--write-api-page"):
            path.write_text(now, encoding="utf-8")

    if said and not request.config.getoption("--write-api-page"):
        pytest.fail("\n".join(said) + "\nIf that is right, run this test with --write-api-page", pytrace=False)
    contract = serve.api.get("/v1/openapi.json").expect(200)["paths"]
    routes = [(method.upper(), path) for path, item in contract.items() for method in item if method != "parameters"]
    shown = [route for route in routes if any(route[0] == method and fits(path, route[1]) for method, path in pages.calls)]
    assert not set(routes) - set(shown), "calls that the pages do not show"
