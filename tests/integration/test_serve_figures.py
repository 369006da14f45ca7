"""GET /v1/events?figures=true: what each status is, every few seconds and soon after something has happened."""

import contextlib
import datetime
import socket

import pytest
from support.serve import EventStream
from support.sluice import changed, pipeline

PIPELINES = "/v1/tenants/acme/pipelines"
ONE = f"{PIPELINES}/one"
NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"
REGULAR_S = 5
BEYOND = 64 + 2  # more than are kept for one who does not take them
MANY = 200  # whose snapshot does not fit into a socket's buffers


def stopped(root="one"):
    return {"config": pipeline(NOWHERE, root), "desired_state": "stopped"}


def names(data):
    return [f"{item['tenant']}/{item['name']}" for item in data["pipelines"]]


def at(data):
    return datetime.datetime.fromisoformat(data["at"].replace("Z", "+00:00")).timestamp()


@pytest.fixture
def watch():
    """Streams with figures that are closed at the end."""
    streams = []

    def start(api, **options):
        streams.append(EventStream(api, **{"figures": "true", **options}))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


def snapshot(stream):
    """All pages of it as one, by tenant/name, and the last page."""
    found = {}
    while True:
        _, data = stream.until("snapshot")
        found.update(dict(zip(names(data), data["pipelines"])))
        if data["last"]:
            return found, data


def test_a_snapshot_is_the_whole_status_and_all_subscriptions(serve_real, watch, analyzers):
    serve = serve_real()
    acme = serve.tenant("acme")
    acme.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    acme.until("/v1/subscriptions", lambda body: body["items"][0]["state"] == "connected", "a connection")

    found, last = snapshot(watch(acme))

    status = acme.get(f"{ONE}/status").expect(200)
    shown = found["acme/one"]
    assert shown.keys() == status.keys() and shown["worker"].keys() == status["worker"].keys()
    assert shown["labels"] == {}
    for name in ("conditions", "counters", "route", "restarts", "samples", "spool"):
        assert shown[name] == status[name]
    listed = acme.get("/v1/subscriptions").expect(200)["items"]
    assert [item.keys() for item in last["subscriptions"]] == [item.keys() for item in listed]
    assert last["subscriptions"][0]["gaps"] == [] and at(last)


def test_figures_are_a_sign_of_life_and_tell_what_is_not_as_it_was(serve_real, watch):
    serve = serve_real()
    acme = serve.tenant("acme")
    for name in ("one", "two"):
        acme.put(f"{PIPELINES}/{name}", stopped(name)).expect(201)
    stream = watch(acme)
    snapshot(stream)

    first, second = (stream.next() for _ in range(2))

    assert [(id, type) for id, type, _ in (first, second)] == [(None, "figures")] * 2
    assert REGULAR_S - 1 < at(second[2]) - at(first[2]) < REGULAR_S + 1
    # nothing runs: but for a sample there is nothing to tell
    assert [] in (first[2]["pipelines"], second[2]["pipelines"])


def test_what_happens_to_a_pipeline_is_told_at_once_and_of_it_alone(serve_real, watch):
    serve = serve_real()
    acme = serve.tenant("acme")
    acme.put(f"{PIPELINES}/other", stopped("other")).expect(201)
    stream = watch(acme)
    snapshot(stream)
    _, regular = stream.until("figures")

    acme.put(ONE, stopped()).expect(201)
    _, made = stream.until("figures")
    acme.put(ONE, {**stopped("changed"), "labels": {"tier": "gold"}}).expect(200)
    _, second = stream.until("figures")
    acme.post(f"{ONE}/start").expect(202)
    _, failing = stream.until("figures", lambda data: data["pipelines"] and data["pipelines"][0]["state"] != "stopped")

    assert names(made) == names(second) == names(failing) == ["acme/one"]
    assert [data["pipelines"][0]["revision"] for data in (made, second)] == [1, 2]
    assert second["pipelines"][0]["labels"] == {"tier": "gold"}
    # all of that before figures would have come by themselves
    assert at(second) - at(regular) < REGULAR_S
    assert len(failing["subscriptions"]) == 1 and "gaps" not in failing["subscriptions"][0]


def test_everybody_gets_what_they_may_see_and_have_asked_for(serve_real, watch):
    serve = serve_real()
    acme, other = serve.tenant("acme"), serve.tenant("other", "viewer")
    serve.api.put(ONE, stopped()).expect(201)
    streams = {
        "acme": watch(acme),
        "again": watch(acme),
        "other": watch(other),
        "admin": watch(serve.api),
        "filter": watch(serve.api, tenant="acme", pipeline="one"),
    }
    seen = {who: set(snapshot(stream)[0]) for who, stream in streams.items()}
    assert seen == {"acme": {"acme/one"}, "again": {"acme/one"}, "other": set(), "admin": {"acme/one"}, "filter": {"acme/one"}}

    serve.api.put("/v1/tenants/other/pipelines/mine", stopped("mine")).expect(201)
    serve.api.put(f"{PIPELINES}/two", stopped("two")).expect(201)
    serve.api.put(ONE, changed(stopped(), "description", "last")).expect(200)

    def told(stream, last):
        found = set()
        while last not in found:
            found |= set(names(stream.until("figures")[1]))
        return found

    assert told(streams["acme"], "acme/one") == told(streams["again"], "acme/one") == {"acme/one", "acme/two"}
    assert told(streams["admin"], "acme/one") == {"acme/one", "acme/two", "other/mine"}
    assert told(streams["filter"], "acme/one") == {"acme/one"}
    assert told(streams["other"], "other/mine") == {"other/mine"}


def test_one_that_comes_again_gets_the_events_it_missed_and_then_a_whole_snapshot(serve_real, watch):
    serve = serve_real()
    acme = serve.tenant("acme")
    acme.put(ONE, stopped()).expect(201)
    stream = watch(acme)
    snapshot(stream)
    acme.put(ONE, changed(stopped(), "description", "seen")).expect(200)
    id, _ = stream.until("change")
    stream.close()
    for number in range(2):
        acme.put(ONE, changed(stopped(), "description", f"number {number}")).expect(200)

    again = watch(acme, last_id=id)

    assert [again.next()[1] for _ in range(3)] == ["change", "change", "snapshot"]
    acme.put(ONE, stopped("changed")).expect(200)
    assert names(again.until("figures")[1]) == ["acme/one"]


def test_many_pipelines_come_whole(serve_real, watch):
    """More than one page, and more than one piece of a stream."""
    serve = serve_real()
    for number in range(120):
        serve.api.put(f"/v1/tenants/default/pipelines/p{number:03}", stopped()).expect(201)
    stream = watch(serve.api)

    pages = [stream.until("snapshot")[1] for _ in range(3)]

    assert [(len(page["pipelines"]), page["last"], "subscriptions" in page) for page in pages] == [
        (50, False, False),
        (50, False, False),
        (20, True, True),
    ]
    # a sample is taken of each, at the latest 15 s later
    found = set()
    while len(found) < 120:
        _, data = stream.until("figures")
        found |= {item["name"] for item in data["pipelines"]}
        for item in data["pipelines"]:
            assert len(item["samples"]["seen"]) == 1 <= item["samples"]["count"]


def test_figures_and_samples_go_on_behind_an_upgrade(serve_real, watch, analyzers):
    serve = serve_real()
    acme = serve.tenant("acme")
    acme.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    sampled = acme.until("/v1/subscriptions", lambda body: body["items"][0]["samples"]["count"] > 0, "a sample")["items"][0]
    before = acme.get(f"{ONE}/status").expect(200)
    stream = watch(acme)
    _, data = stream.until("snapshot")
    assert data["last"] and data["pipelines"][0]["samples"] == before["samples"]
    acme.put(f"{PIPELINES}/two", stopped("two")).expect(201)
    id, _ = stream.until("change")

    assert serve.upgrade() == (2, 2)

    found, last = snapshot(watch(acme, last_id=id))
    (connection,) = last["subscriptions"]
    assert set(found) == {"acme/one", "acme/two"} and found["acme/one"]["worker"]["pid"] == before["worker"]["pid"]
    for now, then in ((connection, sampled), (found["acme/one"], before)):
        kept = len(then["samples"]["flows" if "flows" in then["samples"] else "seen"])
        assert now["samples"]["count"] >= then["samples"]["count"] >= kept > 0


def test_one_that_does_not_read_is_disconnected_and_hinders_nobody(serve_real, watch):
    serve = serve_real()
    serve.tenant("acme")
    for number in range(MANY):
        serve.api.put(f"{PIPELINES}/p{number:02}" if number else ONE, stopped()).expect(201)
    host, port = serve.address.rsplit(":", 1)
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.settimeout(30)
        silent.connect((host, int(port)))
        target = "/v1/events?figures=true"
        silent.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {serve.token}\r\n\r\n".encode())
        reader = watch(serve.api)
        snapshot(reader)
        for number in range(BEYOND):
            serve.api.put(ONE, changed(stopped(), "description", f"{number}")).expect(200)
            reader.until("figures", lambda data: "acme/one" in names(data))
        received = b""
        # when all of this took long, the kernel has given up the rest, which nobody took
        with contextlib.suppress(ConnectionResetError):
            while chunk := silent.recv(65536):
                received += chunk
    # what the socket's buffers held, of the snapshot and of figures, but no end of an answer
    assert b"event: snapshot" in received and not received.endswith(b"0\r\n\r\n")
    assert received.count(b"event: figures") < BEYOND
