"""The history checker finds what it is there for: each test breaks an account that is in order."""

import gzip
import json

import pytest
from support.golden import read_lines, recording
from support.history import check_history
from support.websocket import Client


@pytest.fixture
def account(analyzers, build, stored):
    """A run that is in order: two loops, an object a message, the log, and a summary."""
    analyzer = analyzers("--loop", 2)
    client = Client(analyzer.port)
    for number in range(2 * len(read_lines(recording("mixed")))):
        flows = json.loads(client.message()[0])["Obj"]
        text = json.dumps({"data": flows}, separators=(",", ":"))
        (stored / f"{number:08}.gz").write_bytes(gzip.compress(text.encode()))
    analyzer.wait("finished")
    flows = 2 * 2233
    account = {"passed": flows, "written": flows, "lost_ring": 0}
    summary = {"pipelines": {"p": account}, "subscriptions": [{"flows": flows}]}
    return build, analyzer.log, stored, summary


def test_an_account_in_order_passes(account):
    figures = check_history(*account)

    assert (figures["stored"], figures["objects"], figures["holes"]) == (2 * 2233, 88, 0)


def test_an_object_stored_twice_is_found(account):
    _, _, stored, _ = account
    (stored / "copy.gz").write_bytes((stored / "00000050.gz").read_bytes())

    with pytest.raises(AssertionError, match="stored twice"):
        check_history(*account)


def test_a_missing_object_is_found(account):
    _, _, stored, _ = account
    (stored / "00000050.gz").unlink()

    with pytest.raises(AssertionError, match="not stored"):
        check_history(*account)


def test_a_hole_that_figures_cover_up_is_found(account):
    _, _, stored, summary = account
    gone = json.loads(gzip.decompress((stored / "00000050.gz").read_bytes()))["data"]
    (stored / "00000050.gz").unlink()
    summary["pipelines"]["p"]["passed"] = summary["pipelines"]["p"]["written"] = 2 * 2233 - len(gone)
    summary["subscriptions"][0]["flows"] = 2 * 2233 - len(gone)

    with pytest.raises(AssertionError, match="nobody counted"):
        check_history(*account)


def test_a_record_mixed_of_two_reports_is_found(account):
    _, _, stored, _ = account
    text = gzip.decompress((stored / "00000050.gz").read_bytes()).decode()
    records = json.loads(text)["data"]
    records[1]["Metric"] = records[0]["Metric"]
    (stored / "00000050.gz").write_bytes(
        gzip.compress(json.dumps({"data": records}, separators=(",", ":")).encode())
    )

    with pytest.raises(AssertionError, match="mixed"):
        check_history(*account)


def test_a_truncated_object_is_found(account):
    _, _, stored, _ = account
    (stored / "00000050.gz").write_bytes((stored / "00000050.gz").read_bytes()[:-200])

    with pytest.raises(AssertionError, match="cannot be unpacked"):
        check_history(*account)
