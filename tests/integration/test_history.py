"""The history checker finds what it is there for: each test breaks an account that is in order."""

import gzip
import json
import time

import pytest
from support.golden import read_lines, recording
from support.history import History
from support.websocket import Client

FLOWS = 2233  # of the recording


def now_ms():
    return int(time.time() * 1000)


class Account:
    """What a run of pipelines that keep every flow leaves behind: objects, and a summary that can be spoilt."""

    def __init__(self, build, analyzer, folders):
        self.build, self.analyzer, self.folders = build, analyzer, folders
        self.log = analyzer.log
        bins = ("excluded_tag", "lost_ring", "lost_spool", "waiting_spool", "lag", "gaps")
        account = {"passed": 2 * FLOWS, "written": 2 * FLOWS, **dict.fromkeys(bins, 0)}
        subscription = {"flows": 2 * FLOWS, "malformed": 0, "gaps": []}
        self.summary = {
            "pipelines": {name: dict(account) for name in folders},
            "subscriptions": [subscription],
            "began_ms": now_ms(),
            "drained_ms": now_ms() + 3600000,
        }

    def object(self, number, name="one"):
        return self.folders[name] / f"{number:08}.gz"

    def flows_of(self, number):
        return len(json.loads(gzip.decompress(self.object(number).read_bytes()))["data"])

    def take_away(self, *numbers):
        """Objects that were never made, of flows that were never published."""
        gone = sum(map(self.flows_of, numbers))
        for number in numbers:
            self.object(number).unlink()
        for pipeline in self.summary["pipelines"].values():
            pipeline["passed"] -= gone
            pipeline["written"] -= gone
        self.summary["subscriptions"][0]["flows"] -= gone
        return gone

    def connect_again(self, t_ms):
        """Another connection, of which the simulator's log tells."""
        self.log = self.analyzer.log.with_name("again.log")
        again = json.dumps({"event": "subscribed", "t_ms": t_ms, "connection": 2})
        self.log.write_text(f"{self.analyzer.log.read_text()}{again}\n")

    def check(self, **options):
        history = History(self.build, self.log, self.folders)
        history.add_run(self.summary)
        return history.check(**options)


@pytest.fixture
def client(analyzers):
    """An analyzer that plays two loops, and a client that has taken all of them; it stays until a test closes it."""
    analyzer = analyzers("--loop", 2)
    analyzer.tell("stop-pings")  # to which nobody would answer while an account is made
    client = Client(analyzer.port)
    client.analyzer = analyzer
    messages = 2 * len(read_lines(recording("mixed")))
    client.texts = [json.dumps({"data": json.loads(client.message()[0])["Obj"]}, separators=(",", ":")) for _ in range(messages)]
    analyzer.wait("finished")
    return client


@pytest.fixture
def account(client, build, stored):
    """A run of one pipeline that is in order: an object a message."""
    return make_account(client, build, {"one": stored})


def make_account(client, build, folders):
    for folder in folders.values():
        for number, text in enumerate(client.texts):
            (folder / f"{number:08}.gz").write_bytes(gzip.compress(text.encode(), 1))
    return Account(build, client.analyzer, folders)


def close(client):
    client.close()
    closed_ms = client.analyzer.wait("closed", reason="client closed")["t_ms"]
    client.analyzer.state()  # what it logs of it is written before it takes another command
    return closed_ms


def test_an_account_in_order_passes(account):
    figures = account.check(may_lose=set())

    assert figures["pipelines"]["one"]["stored"] == figures["published"] == 2 * FLOWS
    assert figures["pipelines"]["one"]["objects"] == 88
    assert figures["pipelines"]["one"]["holes"] == 0


def test_an_object_stored_twice_is_found(account):
    account.object(99).write_bytes(account.object(50).read_bytes())

    with pytest.raises(AssertionError, match="stored twice"):
        account.check()


def test_a_missing_object_is_found(account):
    account.object(50).unlink()

    with pytest.raises(AssertionError, match="counted as written"):
        account.check()


def test_a_missing_object_is_found_when_it_is_not_counted_as_written(account):
    account.summary["pipelines"]["one"]["written"] -= account.flows_of(50)
    account.object(50).unlink()

    with pytest.raises(AssertionError, match="in the bins"):
        account.check()


def test_a_hole_that_figures_cover_up_is_found(account, client):
    account.take_away(50)
    account.summary["drained_ms"] = close(client)

    with pytest.raises(AssertionError, match="nobody counted, and only 0"):
        account.check()


def test_a_hole_that_was_counted_passes_for_its_reason_alone(account):
    gone = account.flows_of(50)
    account.object(50).unlink()
    one = account.summary["pipelines"]["one"]
    one["written"] -= gone
    one["lost_ring"] = gone

    figures = account.check(may_lose={"lost_ring"})
    assert figures["pipelines"]["one"]["lost"] == {"lost_ring": gone}
    assert figures["pipelines"]["one"]["holes"] == gone
    with pytest.raises(AssertionError, match="lost for {'lost_ring'}"):
        account.check(may_lose={"lost_spool"})


def test_the_end_of_a_connection_may_be_missing_when_a_gap_is_listed_for_it(account, client):
    account.take_away(86, 87)
    closed_ms = close(client)
    account.summary["subscriptions"][0]["gaps"] = [{"from_ms": closed_ms - 50, "to_ms": closed_ms + 50, "reason": "reconnect"}]

    assert account.check()["gaps"] == 1


def test_the_end_of_a_connection_is_missed_without_a_gap(account, client):
    account.take_away(86, 87)
    closed_ms = close(client)

    with pytest.raises(AssertionError, match=r"without one: 1 \("):
        account.check()
    account.summary["subscriptions"][0]["gaps"] = [{"from_ms": closed_ms + 9000, "to_ms": closed_ms + 9500, "reason": "silence"}]
    account.connect_again(closed_ms + 2000)
    with pytest.raises(AssertionError, match=r"without one: 1 \("):
        account.check()


def test_a_gap_of_a_slow_subscriber_begins_later_than_its_connection_ended(account, client):
    account.take_away(86, 87)
    closed_ms = close(client)
    account.summary["subscriptions"][0]["gaps"] = [{"from_ms": closed_ms + 5000, "to_ms": closed_ms + 6000, "reason": "reconnect"}]
    account.connect_again(closed_ms + 5900)

    assert account.check()["gaps"] == 1


def test_the_end_of_a_connection_may_be_missing_when_the_run_has_ended(account, client):
    account.take_away(86, 87)
    account.summary["drained_ms"] = close(client)

    account.check()


def test_the_end_of_a_connection_that_stands_may_not_be_missing(account):
    account.take_away(86, 87)

    with pytest.raises(AssertionError, match="nobody counted"):
        account.check()


def test_more_published_than_was_sent_is_found(account):
    one = account.summary["pipelines"]["one"]
    one["passed"] += 7
    one["lost_ring"] += 7
    account.summary["subscriptions"][0]["flows"] += 7

    with pytest.raises(AssertionError, match="7 more published than was sent"):
        account.check()


def test_a_pipeline_that_has_not_passed_all_that_was_published_is_found(account):
    account.summary["subscriptions"][0]["flows"] -= 7

    with pytest.raises(AssertionError, match="4466 passed, 4459 published"):
        account.check()


def test_a_record_mixed_of_two_reports_is_found(account):
    records = json.loads(gzip.decompress(account.object(50).read_bytes()))["data"]
    records[1]["Metric"] = records[0]["Metric"]
    account.object(50).write_bytes(gzip.compress(json.dumps({"data": records}, separators=(",", ":")).encode()))

    with pytest.raises(AssertionError, match="mixed"):
        account.check()


def test_a_truncated_object_is_found(account):
    account.object(50).write_bytes(account.object(50).read_bytes()[:-200])

    with pytest.raises(AssertionError, match="cannot be unpacked"):
        account.check()


def test_one_pipelines_fault_is_found_beside_another_that_is_in_order(client, build, folder):
    folders = {name: folder / name for name in ("one", "two")}
    for path in folders.values():
        path.mkdir()
    account = make_account(client, build, folders)
    account.check()
    account.object(50, "two").unlink()

    with pytest.raises(AssertionError, match="two: .* counted as written"):
        account.check()


def test_a_key_with_two_contents_and_an_object_that_goes_are_found_from_run_to_run(account):
    history = History(account.build, account.analyzer.log, account.folders)
    history.add_run(account.summary)
    first = account.object(50).read_bytes()

    account.object(50).write_bytes(account.object(51).read_bytes())
    with pytest.raises(AssertionError, match="00000050.gz has had two contents"):
        history.add_run(account.summary)
    account.object(50).write_bytes(first)
    account.object(51).unlink()
    with pytest.raises(AssertionError, match="1 stored objects have gone"):
        history.add_run(account.summary)
