"""The soak: fixtures of the integration tests, its length, and its table at the end."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import support.fixtures as shared
from support.fixtures import *  # noqa: F403

TABLE = []


def pytest_addoption(parser):
    shared.pytest_addoption(parser)
    parser.addoption("--minutes", type=float, default=60, help="how long (60)")


def pytest_terminal_summary(terminalreporter):
    if TABLE:
        terminalreporter.write_sep("=", "soak")
        for line in TABLE:
            terminalreporter.write_line(line)


@pytest.fixture
def seconds(request):
    return 60 * request.config.getoption("--minutes")


@pytest.fixture
def table():
    """Lines that are shown at the end, also when the test fails."""
    return TABLE
