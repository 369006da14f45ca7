"""GET …/{name}/tap: records as they are written, a sample of them, for as many as look; and what that costs the pipeline."""

import datetime
import json
import os
import signal
import socket
import time
from urllib.parse import urlencode

import pytest
from support.golden import recording
from support.objects import read_objects, texts_by_tag
from support.serve import EventStream
from support.serve_account import account
from support.sluice import changed, pipeline
from support.tap import Tap

ONE = "/v1/tenants/acme/pipelines/one"
NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"
RECORDS_S = 100  # that a worker shows at most
LOOKED_AT, LEFT_ALONE = "somebody looks at the records", "nobody looks at the records"


def by_count(analyzer, count=10, **sections):
    return changed(pipeline(analyzer, "one", **sections), "pipeline.store.buffered.max_flows_per_object", count)


@pytest.fixture
def serve(serve_real):
    return serve_real("--log-level", "debug", "--drain-timeout", 5)


@pytest.fixture
def tap():
    """Starts taps: tap(api, limit=3). All are closed at the end."""
    streams = []

    def start(api, target=ONE, **query):
        streams.append(Tap(api, target, **query))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


@pytest.fixture
def load(analyzers):
    """Starts analyzers that publish for ever, each flow with a serial number, once told to: load(flows_s)."""

    def start(flows_s):
        return analyzers("--loop", "forever", "--start", "command", "--flows-per-second", flows_s, recordings=[recording("burst")])

    return start


def serial(record):
    return int(record["record"]["UUID"], 16) - 0x1000000000000000


def told(serve, what):
    return serve.err.text().count(what)


def compact(text):
    """As one line: what is left out stands between tokens."""
    return text.replace("\n", "").replace("\t", "")


@pytest.mark.parametrize(
    "sections",
    [
        pytest.param({}, id="as-they-came"),
        pytest.param({"transform": {"type": "secadvisor"}, "encode": {"type": "secadvisor"}}, id="secadvisor"),
        pytest.param({"encode": {"type": "json", "json": {"pretty": True}}}, id="indented"),
    ],
)
def test_what_is_shown_is_what_stands_in_the_objects(serve, tap, analyzers, sections):
    acme = serve.tenant("acme")
    analyzer = analyzers("--start", "command")
    acme.put(ONE, by_count(analyzer, **sections), wait="10s").expect(201)
    stream = tap(acme, limit=60)
    begun = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)

    analyzer.tell("start")
    shown = stream.rest()
    analyzer.finish()
    acme.post(f"{ONE}/stop", wait="10s").expect(200)

    assert len(shown) == 60
    stored = {tag: [compact(text) for text in texts] for tag, texts in texts_by_tag(read_objects(serve.data_dir / "files" / "acme")).items()}
    lines = stream.lines.lines
    for record, line in zip(shown, lines):
        text = line[line.index('"record":') + len('"record":') : -1]
        assert text in stored[record["tag"]]
        # each is there once, and those of a tag are shown in their order
        del stored[record["tag"]][: stored[record["tag"]].index(text) + 1]
        assert datetime.datetime.fromisoformat(record["at"].replace("Z", "+00:00")) >= begun
    assert shown[0]["skipped"] == 0


def test_as_server_sent_events(serve, analyzers):
    acme = serve.tenant("acme", "viewer")
    analyzer = analyzers("--start", "command")
    serve.api.put(ONE, by_count(analyzer), wait="10s").expect(201)
    stream = EventStream(acme, target=f"{ONE}/tap", accept="text/event-stream", limit=3)
    analyzer.tell("start")
    for _ in range(3):
        id, name, data = stream.next()
        assert (id, name) == (None, "record") and data["record"]["UUID"] and data["tag"] in ("internal", "ingress", "egress", "other")
    stream.lines.finish()
    assert stream.lines.ended
    stream.close()


def test_of_a_load_a_sample_is_shown_and_the_rest_is_counted(serve, tap, load):
    acme = serve.tenant("acme")
    analyzer = load(20000)
    acme.put(ONE, by_count(analyzer, 6000), wait="10s").expect(201)
    stream = tap(acme, limit=10000, duration="3s")
    begun = time.monotonic()
    analyzer.tell("start")

    shown = stream.rest()

    seconds = time.monotonic() - begun
    assert RECORDS_S < len(shown) <= RECORDS_S * (seconds + 1)
    passed = len(shown) + sum(record["skipped"] for record in shown)
    assert passed > 10 * len(shown)
    serials = [serial(record) for record in shown]
    assert serials == sorted(set(serials))
    # each that passed is one that was written, and none of the flows was lost for it
    analyzer.tell("pause")
    acme.post(f"{ONE}/stop", wait="30s").expect(200)
    counters = account(acme.get(f"{ONE}/status").expect(200))
    assert passed <= counters["records_out"] and counters["flows_seen"] >= passed
    # every place in a message has its turn
    assert len({number % 100 for number in serials}) > 50


def test_it_goes_on_with_the_next_worker(serve, tap, load):
    acme = serve.tenant("acme")
    analyzer = load(500)
    acme.put(ONE, by_count(analyzer), wait="10s").expect(201)
    stream = tap(acme, limit=10000)
    analyzer.tell("start")
    before = stream.next()

    (worker,) = serve.children("sluice-worker")
    os.kill(worker, signal.SIGKILL)
    acme.until(f"{ONE}/status", lambda status: status["restarts"]["total"] == 1 and status["state"] == "running", "it runs again")
    published = analyzer.state()["published"]
    while serial(after := stream.next()) < published:
        assert serial(after) > serial(before)
        before = after

    acme.patch(ONE, {"labels": {"tier": "gold"}, "config": {"pipeline": {"compress": {"type": "none"}}}}, wait="10s").expect(200)
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    published = analyzer.state()["published"]
    while serial(stream.next()) < published:
        pass
    assert not stream.lines.ended and told(serve, LEFT_ALONE) == 0


def test_one_that_is_stopped_is_waited_for(serve, tap, analyzers):
    acme = serve.tenant("acme")
    acme.put(ONE, {"config": by_count(analyzers()), "desired_state": "stopped"}).expect(201)
    stream = tap(acme, limit=5)

    acme.post(f"{ONE}/start", wait="10s").expect(200)

    assert len(stream.rest()) == 5


def test_all_who_look_share_one_tap_that_ends_with_the_last(serve, tap, load):
    acme = serve.tenant("acme")
    analyzer = load(2000)
    acme.put(ONE, by_count(analyzer, 1000), wait="10s").expect(201)
    first, second = tap(acme, limit=10000), tap(serve.api, limit=10000)
    analyzer.tell("start")

    assert first.take(20) == second.take(20)
    third = tap(acme, limit=5)
    assert len(third.rest()) == 5
    assert (told(serve, LOOKED_AT), told(serve, LEFT_ALONE)) == (1, 0)
    first.close()
    second.take(20)
    assert (told(serve, LOOKED_AT), told(serve, LEFT_ALONE)) == (1, 0)
    second.close()

    serve.err.wait_for(LEFT_ALONE)
    # one that comes again begins anew
    assert tap(acme, limit=1).next()["skipped"] == 0
    assert told(serve, LOOKED_AT) == 2


def test_a_pipeline_that_nobody_looks_at_is_told_nothing(serve, analyzers):
    acme = serve.tenant("acme")
    analyzer = analyzers()
    acme.put(ONE, by_count(analyzer), wait="10s").expect(201)
    analyzer.finish()
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    acme.post(f"{ONE}/stop", wait="10s").expect(200)

    assert told(serve, LOOKED_AT) == told(serve, LEFT_ALONE) == 0


def silent_client(serve, **query):
    """Asks, and does not read; by HTTP/1.0, so that the lines come as they are."""
    host, port = serve.address.rsplit(":", 1)
    silent = socket.socket()
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    silent.settimeout(30)
    silent.connect((host, int(port)))
    silent.sendall(f"GET {ONE}/tap?{urlencode(query)} HTTP/1.0\r\nAuthorization: Bearer {serve.token}\r\n\r\n".encode())
    serve.err.wait_for(LOOKED_AT)
    return silent


def lines_of(silent):
    """What it has missed nothing of: all lines, up to the end."""
    content = b""
    while chunk := silent.recv(65536):
        content += chunk
    return [json.loads(line) for line in content.split(b"\r\n\r\n", 1)[1].splitlines()]


def test_a_client_that_does_not_read_costs_nobody_anything(serve, tap, load):
    acme = serve.tenant("acme")
    analyzer = load(5000)
    acme.put(ONE, by_count(analyzer, 6000), wait="10s").expect(201)
    with silent_client(serve, limit=10000, duration="8s") as silent:
        analyzer.tell("start")
        shown = tap(acme, limit=10000, duration="5s").rest()
        assert len(shown) > 3 * RECORDS_S
        # its time ends without it
        serve.err.wait_for(LEFT_ALONE)
        analyzer.tell("pause")
        acme.post(f"{ONE}/stop", wait="30s").expect(200)
        assert account(acme.get(f"{ONE}/status").expect(200))["flows_lost"]["ring"] == 0
        # what the socket and one filling held
        assert 0 < len(lines_of(silent)) < 300


def is_connected(server_port, client_port):
    """Is the server's end of this connection open?"""
    places = (f":{server_port:04X}", f":{client_port:04X}")
    with open("/proc/net/tcp", encoding="ascii") as file:
        fields = [line.split() for line in file]
    return any((local[-5:], remote[-5:]) == places and state == "01" for _, local, remote, state, *_ in fields[1:])


@pytest.mark.long
def test_one_that_does_not_even_take_the_end_is_cut_after_half_a_minute(serve, load):
    acme = serve.tenant("acme")
    analyzer = load(20000)
    acme.put(ONE, by_count(analyzer, 6000), wait="10s").expect(201)
    with silent_client(serve, limit=10000, duration="4s") as silent:
        ports = silent.getpeername()[1], silent.getsockname()[1]
        analyzer.tell("start")
        serve.err.wait_for(LEFT_ALONE)
        begun = time.monotonic()
        acme.until("/v1/pipelines", lambda _: not is_connected(*ports), "it is cut", timeout=90)
        assert 20 < time.monotonic() - begun < 45  # behind that the kernel does it


def positions(shown):
    """Each record's number among those that have passed, and which it is."""
    return [(sum(record["skipped"] + 1 for record in shown[: index + 1]), serial(record)) for index, record in enumerate(shown)]


def test_one_that_reads_too_slowly_is_told_how_many_it_has_missed(serve, tap, load):
    acme = serve.tenant("acme")
    analyzer = load(20000)
    acme.put(ONE, by_count(analyzer, 6000), wait="10s").expect(201)
    reader = tap(acme, limit=1200)
    with silent_client(serve, limit=500) as slow:
        analyzer.tell("start")
        seen = reader.take(800)
        shown = lines_of(slow)
    seen += reader.rest()

    assert len(shown) == 500
    assert set(positions(shown)) <= set(positions(seen))
    assert sum(record["skipped"] for record in shown) > sum(record["skipped"] for record in seen[:500])


def test_it_ends_with_its_limit_its_time_its_pipeline_its_token_and_the_server(serve, tap, load):
    acme = serve.tenant("acme")
    analyzer = load(1000)
    acme.put(ONE, by_count(analyzer), wait="10s").expect(201)
    assert tap(acme, duration="200ms").rest() == []
    analyzer.tell("start")
    assert len(tap(acme, limit=1).rest()) == 1
    assert len(tap(acme).rest()) == 100

    acme.put(f"{ONE}-more", {"config": pipeline(NOWHERE, "more"), "desired_state": "stopped"}).expect(201)
    waiting = tap(acme, f"{ONE}-more")
    acme.delete(f"{ONE}-more").expect(204)
    assert waiting.rest() == []

    made = serve.api.post("/v1/tenants/acme/tokens", {"role": "viewer"}).expect(201)
    revoked, last = tap(acme.with_token(made["token"]), limit=10000), tap(acme, limit=10000)
    revoked.next()
    serve.api.delete(f"/v1/tenants/acme/tokens/{made['id']}").expect(204)
    revoked.rest()
    last.next()
    serve.stop_clean()
    last.rest()


@pytest.mark.parametrize(
    "query, pointer, code",
    [
        ({"limit": "0"}, "?limit", "query.value"),
        ({"limit": "10001"}, "?limit", "query.value"),
        ({"duration": "2h"}, "?duration", "query.value"),
        ({"duration": "0s"}, "?duration", "query.value"),
        ({"duration": "10"}, "?duration", "query.value"),
        ({"page_token": "x"}, "?page_token", "query.unknown"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused(api, query, pointer, code):
    problem = api.get("/v1/tenants/default/pipelines/none/tap", **query).expect(400)
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]


def test_who_may_look(serve):
    acme, other = serve.tenant("acme", "viewer"), serve.tenant("other")
    serve.api.put(ONE, {"config": pipeline(NOWHERE, "one"), "desired_state": "stopped"}).expect(201)
    target = f"{ONE}/tap"

    for api in (acme, serve.api, serve.local()):
        answer = api.call("HEAD", target)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
        answer = api.call("HEAD", target, headers={"Accept": "text/event-stream"})
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    assert other.get(target).expect(404)["code"] == "not_found"
    assert acme.get("/v1/tenants/acme/pipelines/none/tap").expect(404)["code"] == "not_found"
    assert acme.with_token(None).get(target).status == 401
    assert acme.post(target).status == 405
