"""The simulator behaves as the recorded analyzer did: what the other tests rest on."""

import base64
import gzip
import json
import urllib.request

import pytest
from support.formats import flows_of
from support.golden import read_lines, recording
from support.history import connections_of
from support.websocket import CLOSE, PING, Client

SERIAL_UUID = 0x1000000000000000  # the UUID of serial 0 (tests/tools/analyzer/recording.h)

CAPTURE = "4246e3f2-efd5-4442-9837-a52e1714da48"


def test_messages_and_fragments_are_those_of_the_real_one(analyzer):
    client = Client(analyzer.port)

    got = [client.message() for _ in read_lines(recording("mixed"))]

    meta = json.loads(recording("mixed").with_suffix(".meta.json").read_text())
    assert [text for text, _ in got] == read_lines(recording("mixed"))
    assert [fragments for _, fragments in got] == [message["fragments"] for message in meta["messages"]]


def test_looped_reports_carry_their_serial_in_uuid_counters_and_times(analyzers):
    analyzer = analyzers("--loop", 2)
    client = Client(analyzer.port)
    lines = read_lines(recording("mixed"))
    originals = [flow for _, flow in flows_of(lines)] * 2

    found = [flow for _ in range(2 * len(lines)) for flow in json.loads(client.message()[0])["Obj"]]

    assert len(found) == len(originals)
    for serial, (flow, original) in enumerate(zip(found, originals)):
        assert int(flow["UUID"], 16) == SERIAL_UUID + serial
        assert (flow["Start"], flow["Last"]) == (original["Start"] + serial, original["Last"] + serial)
        for metric in ("Metric", "LastUpdateMetric"):
            for name, base in (("ABBytes", 10**12), ("BABytes", 2 * 10**12)):
                assert flow[metric][name] == (base + serial if original[metric][name] else 0)
            assert flow[metric]["ABPackets"] == original[metric]["ABPackets"]
        assert (flow["Network"] if "Network" in flow else None) == original.get("Network")


def test_a_capture_subscription_gets_the_flows_of_that_capture(analyzer):
    client = Client(analyzer.port, namespaces=[f"flow/{CAPTURE}"])

    message = json.loads(client.message()[0])

    first = json.loads(read_lines(recording("mixed"))[0])
    assert message["Namespace"] == f"flow/{CAPTURE}"
    assert message["Obj"] == [flow for flow in first["Obj"] if flow["CaptureID"] == CAPTURE]


@pytest.mark.parametrize("namespace", ["flow,stats", "Flow", "", "flow/unknown"])
def test_namespaces_are_taken_literally(analyzers, namespace):
    analyzer = analyzers("--no-hold")
    client = Client(analyzer.port, namespaces=[namespace])

    analyzer.wait("finished")

    assert client.status == 101
    assert client.frame() == (PING, 1, b"")
    assert not any(connection.sent for connection in connections_of(analyzer.log))


def test_the_same_id_gets_409_with_a_large_cookie_while_the_first_is_connected(analyzers):
    analyzer = analyzers("--start", "command")
    first = Client(analyzer.port, host_id="edge")

    second = Client(analyzer.port, host_id="edge")

    assert (first.status, second.status) == (101, 409)
    assert len(second.head) > 2200 and "Set-Cookie:" in second.head
    first.close()
    analyzer.wait("closed", connection=1)
    assert Client(analyzer.port, host_id="edge").status == 101


def test_wrong_credentials_get_401_and_the_connection_stays(analyzers):
    analyzer = analyzers("--username", "u", "--password", "p")

    client = Client(analyzer.port)

    assert (client.status, client.text(18)) == (401, "Wrong credentials\n")
    assert "WWW-Authenticate" not in client.head
    right = base64.b64encode(b"u:p").decode()
    assert Client(analyzer.port, f"Authorization: Basic {right}").status == 101


def test_a_client_without_type_is_closed_and_tcp_left_open(analyzer):
    client = Client(analyzer.port, client_type="")

    assert client.status == 101
    assert client.frame() == (CLOSE, 1, b"\x03\xe8")
    client.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.frame()


@pytest.mark.parametrize("path, status", [("/nothing", 404), ("//ws/subscriber/flow", 301)])
def test_wrong_paths(analyzer, path, status):
    assert Client(analyzer.port, path=path).status == status


def test_a_disconnect_silences_everybody_until_the_next_subscription(analyzers):
    analyzer = analyzers("--messages-per-second", 100, "--loop", "forever")
    stays = Client(analyzer.port, host_id="stays")
    leaves = Client(analyzer.port, host_id="leaves", namespaces=["stats"])
    stays.message()

    leaves.close()

    analyzer.wait("silenced")
    published = analyzer.state()["published"]
    assert analyzer.state()["published"] == published
    start = len(analyzer.events.lines)
    Client(analyzer.port, host_id="comes")
    analyzer.wait("subscribed", start=start)
    analyzer.wait("subscribed", host_id="comes")
    while int(json.loads(stays.message()[0])["Obj"][0]["UUID"], 16) - SERIAL_UUID < published:
        pass


def test_a_subscription_right_after_a_disconnect_is_wiped(analyzers):
    analyzer = analyzers("--start", "command", "--wipe-delay", 500)
    Client(analyzer.port, host_id="first").close()
    analyzer.wait("closed")
    early = Client(analyzer.port, host_id="early")

    analyzer.wait("silenced")
    analyzer.tell("start")

    assert early.status == 101
    assert analyzer.state()["published"] == 0


def test_a_client_without_pongs_is_cut_after_seven_seconds_without_a_close_frame(analyzers):
    analyzer = analyzers("--start", "command")
    client = Client(analyzer.port)
    pings = 0

    with pytest.raises(EOFError):
        while client.frame()[0] == PING:
            pings += 1

    assert pings == 4
    opened, closed = analyzer.wait("subscribed")["t_ms"], analyzer.wait("closed")["t_ms"]
    assert 6900 < closed - opened < 8500


def test_a_client_that_is_not_pinged_is_not_cut_for_missing_pongs(analyzers):
    analyzer = analyzers("--start", "command")
    analyzer.tell("stop-pings")
    client = Client(analyzer.port)

    with pytest.raises(AssertionError, match="no event closed"):
        analyzer.wait("closed", timeout=8)

    client.close()
    analyzer.wait("closed", reason="client closed")


def test_a_close_frame_is_answered_with_its_code_and_tcp_ends(analyzer):
    client = Client(analyzer.port)

    client.send(CLOSE, b"\x03\xe9bye")

    assert client.frame_of(CLOSE)[2] == b"\x03\xe9"
    with pytest.raises(EOFError):
        client.frame()


def test_an_unmasked_frame_is_answered_with_1002(analyzers):
    client = Client(analyzers("--start", "command").port)

    client.send(1, b"x", masked=False)

    assert client.frame_of(CLOSE)[2] == b"\x03\xea"


def test_the_log_tells_which_reports_were_written_whole(analyzers):
    analyzer = analyzers("--loop", 3)
    client = Client(analyzer.port)

    for _ in range(3 * 44):
        client.message()
    analyzer.wait("finished")

    assert [(c.number, c.sent) for c in connections_of(analyzer.log)] == [(1, [[0, 3 * 2233 - 1]])]


def test_topology_answers_come_from_the_table_and_compressed_when_asked(analyzers):
    analyzer = analyzers(topology=[recording("topology")])
    query = 'G.V().Has("TID", "524fa117-f718-5edf-b0f9-99c52121a9ec")'
    answers = {}
    for encoding, text in (("gzip", query), ("identity", 'G.V().Has("no", "such")')):
        request = urllib.request.Request(
            f"http://127.0.0.1:{analyzer.port}/api/topology",
            data=json.dumps({"GremlinQuery": text}).encode(),
            headers={"Accept-Encoding": encoding},
        )
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
            answers[encoding] = gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body

    assert json.loads(answers["gzip"])[0]["Metadata"]["Type"] == "veth"
    assert answers["identity"] == b"[]\n"


@pytest.mark.parametrize("drops", [False, True])
def test_a_client_that_does_not_read_blocks_everybody_or_loses_its_own(analyzers, drops):
    options = ["--drop-when-full"] if drops else []
    analyzer = analyzers("--loop", "forever", "--queue", 20, "--start", 2, *options, recordings=[recording("burst")])
    stuck, reads = Client(analyzer.port, host_id="stuck"), Client(analyzer.port, host_id="reads")
    reads.socket.settimeout(1)
    count = 0

    try:
        while count < 1000:
            reads.message()
            count += 1
    except TimeoutError:
        pass

    # what the kernel keeps for the stuck one is some megabytes: 1000 messages are 90
    assert (count == 1000) == drops
    stuck.close()
    assert (analyzer.wait("closed", connection=1)["dropped"] > 0) == drops
