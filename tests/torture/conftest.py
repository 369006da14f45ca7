"""The torture runs: fixtures of the integration tests, the stand, and the table at the end."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import support.fixtures as shared
from stand import Stand, Table
from support.fixtures import *  # noqa: F403

TABLE = Table()


def pytest_addoption(parser):
    shared.pytest_addoption(parser)
    parser.addoption("--short", action="store_true", help="a sample of each scenario, six minutes in all")


def pytest_terminal_summary(terminalreporter):
    if TABLE.rows:
        terminalreporter.write_sep("=", "torture")
        terminalreporter.write_line(TABLE.text())


@pytest.fixture
def short(request):
    return request.config.getoption("--short")


@pytest.fixture
def stand(build, faults, folder, analyzers, sluice_run, watch, short):
    """Runs of many pipelines, their history, and the row that the scenario adds to the table."""
    return Stand(build, faults, folder, analyzers, sluice_run, watch, short, TABLE)
