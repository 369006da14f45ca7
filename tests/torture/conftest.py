"""The torture runs: fixtures of the integration tests, the stand, and the table at the end."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import support.fixtures as shared
from stand import Stand, Table, table_text
from support.fixtures import *  # noqa: F403

ROW = "torture"  # the user property that carries a row to the process that prints the table
ROWS = []  # (place of the scenario, its rows)


def pytest_addoption(parser):
    shared.pytest_addoption(parser)
    parser.addoption("--short", action="store_true", help="a sample of each scenario")


def pytest_runtest_logreport(report):
    if report.when == "teardown":
        ROWS.extend((report.location, row) for name, row in report.user_properties if name == ROW)


def pytest_terminal_summary(terminalreporter):
    if ROWS:
        terminalreporter.write_sep("=", "torture")
        terminalreporter.write_line(table_text([row for _, row in sorted(ROWS, key=lambda found: found[0][:2])]))


@pytest.fixture
def short(request):
    return request.config.getoption("--short")


@pytest.fixture
def stand(request, build, faults, folder, analyzers, sluice_run, watch, short):
    """Runs of many pipelines, their history, and the row that the scenario adds to the table."""
    table = Table()
    yield Stand(build, faults, folder, analyzers, sluice_run, watch, short, table)
    request.node.user_properties.extend((ROW, row) for row in table.rows)
