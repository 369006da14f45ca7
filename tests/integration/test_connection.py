"""The connection to the analyzer: what is wrong is said with the field to change, and flows come again afterwards."""

import os
import signal

import pytest
from support.formats import expected
from support.golden import read_lines, recording
from support.history import check_history
from support.objects import assert_same, read_objects, texts_by_tag
from support.sluice import changed, pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]


def everything():
    return expected(read_lines(recording("mixed")), MASKS)


def test_the_subscription_asks_for_flows_and_statistics_and_shows_its_id(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored), options=["--host-id", "edge-7"])

    subscribed = analyzer.wait("subscribed")

    assert subscribed["namespaces"] == ["flow", "stats"]
    assert subscribed["host_id"] == "edge-7"
    sluice.stop_clean()


def test_credentials_of_the_configuration_are_accepted(analyzers, sluice_run, stored):
    analyzer = analyzers("--username", "admin", "--password", "s3cret:word")
    credentials = {"username": "admin", "password": "s3cret:word"}
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.auth.cluster", credentials))

    analyzer.finish()
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), everything())
    assert "s3cret" not in sluice.err.text()


def test_wrong_credentials_name_the_fields_to_change(analyzers, sluice_run, stored):
    analyzer = analyzers("--username", "admin", "--password", "right")
    credentials = {"username": "admin", "password": "wrong-one"}
    sluice = sluice_run(changed(pipeline(analyzer, stored), "analyzer.auth.cluster", credentials))

    sluice.err.wait_for(r"analyzer\.auth\.cluster")

    assert sluice.err.wait_for(r"401.*Wrong credentials")
    assert "wrong-one" not in sluice.err.text()
    sluice.stop_clean()


def test_an_unreachable_analyzer_is_named_with_the_field_and_found_when_it_comes(analyzers, sluice_run, folder, stored):
    gone = analyzers()
    port = gone.port
    gone.stop()
    sluice = sluice_run(pipeline(f"ws://127.0.0.1:{port}/ws/subscriber/flow", stored), options=["--status-interval", 1])

    line = sluice.err.wait_for(r"(.*)cannot reach the analyzer: .*refused")
    assert line[1].count(f"127.0.0.1:{port}") == 1
    assert sluice.err.wait_for(r"pipeline\.subscriber\.url")
    assert sluice.err.wait_for(r"^flows 0 .*cannot reach"), "the status line shows it too"

    analyzer = analyzers("--port", port)
    analyzer.finish()
    sluice.stop_clean()
    assert_same(texts_by_tag(read_objects(stored)), everything())


def test_a_stop_between_two_attempts_does_not_wait_for_the_next(sluice_run, stored):
    sluice = sluice_run(pipeline("ws://127.0.0.1:1/ws/subscriber/flow", stored))
    sluice.err.wait_for(r"cannot reach")

    sluice.terminate()

    assert sluice.wait(timeout=2) == 0


def test_an_id_in_use_names_the_option_and_is_tried_again(analyzer, sluice_run, folder, stored):
    first = sluice_run(pipeline(analyzer, stored), options=["--host-id", "taken"])
    analyzer.wait("subscribed", host_id="taken")
    other = folder / "other"
    other.mkdir()
    second = sluice_run(pipeline(analyzer, other), options=["--host-id", "taken"])

    assert second.err.wait_for(r"409.*--host-id")

    start = len(analyzer.events.lines)
    first.stop_clean()
    analyzer.wait("subscribed", start=start, host_id="taken")
    second.stop_clean()


def test_an_id_in_use_names_the_files_host_id_when_it_came_from_there(analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--start", "command")
    first = sluice_run(changed(pipeline(analyzer, stored), "host_id", "edge-1"))
    analyzer.wait("subscribed", host_id="edge-1")
    second = sluice_run(changed(pipeline(analyzer, stored), "host_id", "edge-1"))

    assert second.err.wait_for(r"409.*host_id")
    assert "--host-id" not in second.err.wait_for(r".*409.*")[0]
    first.stop_clean()
    second.stop_clean()


def test_a_wrong_path_names_the_url(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer.url.replace("subscriber/flow", "nothing"), stored))

    assert sluice.err.wait_for(r"404.*pipeline\.subscriber\.url")
    sluice.stop_clean()


@pytest.mark.parametrize("blow", ["abrupt-close", "reset", "half-message", "close 1001"])
def test_a_broken_connection_is_replaced_and_nothing_comes_twice(analyzers, sluice_run, stored, blow):
    analyzer = analyzers("--messages-per-second", 200, "--loop", "forever", "--identity", "none")
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("started")

    start = analyzer.tell(blow)

    analyzer.wait("subscribed", start=start)
    analyzer.tell("pause")
    analyzer.sync()
    summary = sluice.stop_clean()
    assert summary["subscriptions"][0]["reconnects"] == 1
    account = summary["pipelines"]["pipeline-0-0"]
    assert account["passed"] == account["written"] == summary["subscriptions"][0]["flows"]
    assert account["gaps"] == 1
    (gap,) = summary["subscriptions"][0]["gaps"]
    assert gap["reason"] == ("closed" if blow.startswith("close") else "reconnect")
    assert summary["began_ms"] < gap["from_ms"] <= gap["to_ms"] <= summary["drained_ms"]


def test_a_killed_subscriber_leaves_a_gap_also_when_none_follows(analyzers, sluice_run, stored):
    analyzer = analyzers("--messages-per-second", 200, "--loop", "forever", "--identity", "none")
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("started")
    start = len(analyzer.events.lines)
    kill_subscriber(sluice)
    analyzer.wait("subscribed", start=start)
    analyzer.sync()

    # the second time its successor is a second away: the run ends without one
    kill_subscriber(sluice)
    summary = sluice.stop_clean()

    assert summary["subscriptions"][0]["restarts"] == 2
    gaps = summary["subscriptions"][0]["gaps"]
    assert [gap["reason"] for gap in gaps] == ["subscriber", "subscriber"], f"{gaps}\n{sluice.err.text()}"


def test_a_subscriber_killed_before_it_published_anything_leaves_a_gap(build, analyzers, sluice_run, stored):
    analyzer = analyzers("--start", "command", "--loop", "forever", "--max-flows", 300)
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("subscribed")
    (victim,) = sluice.children("sluice-subscriber")

    # everything is handed to a subscriber that never sees it
    os.kill(victim, signal.SIGSTOP)
    analyzer.tell("start")
    analyzer.wait("finished")
    start = len(analyzer.events.lines)
    kill_subscriber(sluice)
    analyzer.wait("subscribed", start=start)
    summary = sluice.stop_clean()
    analyzer.stop()

    assert [gap["reason"] for gap in summary["subscriptions"][0]["gaps"]] == ["subscriber"]
    assert check_history(build, analyzer.log, stored, summary)["published"] == 0


def test_what_a_reset_takes_from_a_subscriber_that_is_behind_is_in_its_gap(build, analyzers, sluice_run, stored):
    analyzer = analyzers("--start", "command", "--loop", "forever", "--max-flows", 600)
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("subscribed")
    (held,) = sluice.children("sluice-subscriber")
    os.kill(held, signal.SIGSTOP)
    analyzer.tell("start")
    analyzer.wait("finished")
    start = analyzer.tell("reset")
    closed_ms = analyzer.wait("closed", start=start)["t_ms"]
    with pytest.raises(AssertionError, match="no event subscribed"):
        analyzer.wait("subscribed", start=start, timeout=1.5)

    # it reads what had come, and has the gap begin there
    os.kill(held, signal.SIGCONT)
    analyzer.wait("subscribed", start=start)
    summary = sluice.stop_clean()
    analyzer.stop()

    (gap,) = summary["subscriptions"][0]["gaps"]
    assert gap["reason"] == "reconnect" and gap["from_ms"] > closed_ms + 1000
    figures = check_history(build, analyzer.log, stored, summary)
    assert 0 < figures["published"] < figures["handed over"]


def test_what_a_killed_subscriber_has_published_is_read_at_once(analyzers, sluice_run, stored):
    analyzer = analyzers("--flows-per-second", 60000, "--loop", "forever")
    sluice = sluice_run(pipeline(analyzer, stored), options=["--status-interval", 1])
    analyzer.wait("started")
    for _ in range(3):
        start, said = len(analyzer.events.lines), len(sluice.err.lines)
        kill_subscriber(sluice)
        analyzer.wait("subscribed", start=start)

    # the third successor was two seconds away
    lines = [line for line in sluice.err.lines[said:] if line.startswith("flows ")]
    sluice.stop_clean()
    assert " lag 0 " in lines[-1], lines


def kill_subscriber(sluice):
    (victim,) = sluice.children("sluice-subscriber")
    said = len(sluice.err.lines)
    os.kill(victim, signal.SIGKILL)
    sluice.err.wait_for(r"subscriber of .* ended unasked \(signal 9", start=said)


def test_silence_after_another_clients_disconnect_is_ended_by_the_watchdog(analyzers, sluice_run, stored):
    analyzer = analyzers("--messages-per-second", 100, "--loop", "forever")
    config = changed(pipeline(analyzer, stored), "pipeline.subscriber.silence_timeout", 2)
    sluice = sluice_run(config)
    analyzer.wait("started")

    start = analyzer.tell("forget")

    analyzer.wait("silenced", start=start)
    analyzer.wait("subscribed", start=start)
    before = analyzer.state()["published"]
    analyzer.sync()
    summary = sluice.stop_clean()
    assert summary["subscriptions"][0]["reconnects"] == 1
    assert summary["subscriptions"][0]["gap_ms"] > 0
    assert [gap["reason"] for gap in summary["subscriptions"][0]["gaps"]] == ["silence"]
    assert before > 0


def test_a_new_connection_silenced_before_its_first_flow_is_replaced(analyzers, sluice_run, stored):
    analyzer = analyzers("--messages-per-second", 100, "--loop", "forever")
    sluice = sluice_run(changed(pipeline(analyzer, stored), "pipeline.subscriber.silence_timeout", 2))
    analyzer.wait("started")
    analyzer.sync()
    analyzer.tell("pause")

    again = analyzer.tell("abrupt-close")
    analyzer.wait("subscribed", start=again)
    forgotten = analyzer.tell("forget")
    analyzer.wait("silenced", start=forgotten)
    analyzer.tell("resume")

    analyzer.wait("subscribed", start=forgotten)
    analyzer.sync()
    assert sluice.stop_clean()["subscriptions"][0]["reconnects"] == 2


def test_a_restarted_subscriber_silenced_before_its_first_flow_connects_again(analyzers, sluice_run, stored):
    analyzer = analyzers("--messages-per-second", 100, "--loop", "forever")
    sluice = sluice_run(changed(pipeline(analyzer, stored), "pipeline.subscriber.silence_timeout", 2))
    analyzer.wait("started")
    analyzer.sync()
    analyzer.tell("pause")

    again = len(analyzer.events.lines)
    os.kill(sluice.children("sluice-subscriber")[0], signal.SIGKILL)
    analyzer.wait("subscribed", start=again)
    forgotten = analyzer.tell("forget")
    analyzer.wait("silenced", start=forgotten)
    analyzer.tell("resume")

    analyzer.wait("subscribed", start=forgotten)
    sluice.stop_clean()


def test_pings_are_answered_while_no_flow_comes(analyzers, sluice_run, stored):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("subscribed")

    # longer than the 7 s after which the analyzer cuts a client without pongs
    with pytest.raises(AssertionError):
        analyzer.wait("closed", timeout=9)

    analyzer.tell("start")
    analyzer.finish()
    sluice.stop_clean()
    assert_same(texts_by_tag(read_objects(stored)), everything())


def test_a_cut_for_missing_pongs_is_survived(analyzers, sluice_run, stored):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("subscribed")

    start = analyzer.tell("ignore-pongs")
    analyzer.wait("closed", reason="no pong")
    analyzer.tell("ignore-pongs off")
    analyzer.wait("subscribed", start=start)
    analyzer.tell("start")
    analyzer.finish()
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), everything())


@pytest.mark.parametrize("framing", ["single", "split-2", "split-3", "empty-end"])
@pytest.mark.parametrize("server", ["skydive", "libwebsockets"])
def test_every_fragmentation_gives_the_same_flows(analyzers, sluice_run, stored, watch, framing, server):
    analyzer = analyzers("--framing", framing, "--server", server, topology=())
    sluice = sluice_run(pipeline(analyzer, stored), options=["--status-interval", 1])

    # libwebsockets' server knows no `sync`
    sluice.err.wait_for(r"^flows 2233 ")
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), everything())


def test_libwebsockets_server_gets_a_close_frame_when_sluice_ends(analyzers, sluice_run, stored):
    analyzer = analyzers("--server", "libwebsockets", topology=())
    sluice = sluice_run(pipeline(analyzer, stored), options=["--status-interval", 1])
    # not `finished`: that is said when the last bytes are in the socket, and with a stop they would not be read
    sluice.err.wait_for(r"^flows 2233 ")

    sluice.stop_clean()

    assert analyzer.wait("close_frame")["code"] == 1000
