"""GET /v1/events: a snapshot, then what happens; behind the last id that was seen; and clients that do not read."""

import contextlib
import socket

import pytest
from support.serve import EventStream
from support.sluice import changed, pipeline

PIPELINES = "/v1/tenants/acme/pipelines"
ONE = f"{PIPELINES}/one"
BEYOND = 4096 + 1200  # more events than are kept, and than fit into a socket's buffers
NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"


def stopped(root="one"):
    return {"config": pipeline(NOWHERE, root), "desired_state": "stopped"}


@pytest.fixture
def serve(serve_real):
    return serve_real()


@pytest.fixture
def watch():
    """Streams that are closed at the end."""
    streams = []

    def start(api, **options):
        streams.append(EventStream(api, **options))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


def test_a_snapshot_comes_first_and_then_every_change_and_state(serve, watch, analyzers):
    acme = serve.tenant("acme")
    acme.put(f"{PIPELINES}/two", stopped()).expect(201)
    stream = watch(acme)

    found, id = stream.snapshot()
    assert set(found) == {"acme/two"} and found["acme/two"]["state"] == "stopped" and id

    acme.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    states, actions = [], []
    while "running" not in states or "pipeline.create" not in actions:
        _, type, data = stream.next()
        if type == "state" and data["pipeline"] == "one":
            states.append(data["state"])
        if type == "change":
            actions.append(data["action"])
            assert (data["tenant"], data["pipeline"], data["detail"]["revision"]) == ("acme", "one", 1)
    assert states[0] == "starting"
    acme.post(f"{ONE}/stop", wait="10s").expect(200)
    stream.until("change", lambda data: data["action"] == "pipeline.stop")
    _, last = stream.until("state", lambda data: data["state"] == "stopped")
    assert last["desired_state"] == "stopped" and last["at"] and last["since"]


def test_conditions_and_gaps_are_told(serve, watch, analyzers):
    acme = serve.tenant("acme")
    stream = watch(acme)
    stream.snapshot()
    analyzer = analyzers("--start", "command")
    acme.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    stream.until("condition", lambda data: (data["condition"], data["status"]) == ("SubscriptionUp", True))

    analyzer.stop()

    _, data = stream.until("state", lambda data: data["state"] == "degraded")
    assert data["reason"]
    _, data = stream.until("condition", lambda data: (data["condition"], data["status"]) == ("SubscriptionUp", False))
    assert data["pipeline"] == "one" and data["reason"] and data["message"]
    analyzers("--start", "command", "--port", analyzer.port)
    _, data = stream.until("gap")
    assert data["reason"] and data["from"] <= data["to"]


def test_one_that_comes_again_goes_on_behind_the_last_event_it_has_seen(serve, watch):
    acme = serve.tenant("acme")
    stream = watch(acme)
    stream.snapshot()
    acme.put(ONE, stopped()).expect(201)
    id, _ = stream.until("change")
    stream.close()
    for number in range(3):
        acme.put(ONE, changed(stopped(), "description", f"number {number}")).expect(200)

    again = watch(acme, last_id=id)

    for number in range(3):
        _, type, data = again.next()
        assert (type, data["action"], data["pipeline"]) == ("change", "pipeline.change", "one")


def test_a_replay_begins_with_what_is_kept_of_what_is_asked_for(serve, watch):
    acme = serve.tenant("acme")
    acme.put(f"{PIPELINES}/two", stopped("two")).expect(201)
    acme.put(ONE, stopped()).expect(201)
    acme.put(ONE, changed(stopped(), "description", "another")).expect(200)

    one = watch(acme, pipeline="one", replay="true")
    all = watch(serve.api, replay="true")
    other = watch(serve.tenant("other"), replay="true")
    figures = watch(acme, pipeline="one", replay="true", figures="true")

    id, first = one.until("change")
    assert (first["action"], one.next()[2]["action"]) == ("pipeline.create", "pipeline.change")
    assert [figures.next()[1] for _ in range(3)] == ["change", "change", "snapshot"]
    names = [all.until("change", lambda data: "pipeline" in data)[1]["pipeline"] for _ in range(3)]
    assert names == ["two", "one", "one"]
    serve.api.put("/v1/tenants/other/pipelines/mine", stopped("mine")).expect(201)
    assert other.until("change", lambda data: "pipeline" in data)[1]["pipeline"] == "mine"
    acme.delete(ONE).expect(204)
    assert one.until("change")[1]["action"] == "pipeline.delete"
    # behind an id that is known it goes on there
    again = watch(acme, last_id=id, replay="true")
    assert again.next()[2]["action"] == "pipeline.change"


@pytest.mark.parametrize("last_id", ["00000000-7", "nonsense", "x" * 39])
def test_an_id_of_another_life_begins_with_a_snapshot(serve, watch, last_id):
    acme = serve.tenant("acme")
    acme.put(ONE, stopped()).expect(201)

    found, _ = watch(acme, last_id=last_id).snapshot()

    assert set(found) == {"acme/one"}


def test_those_who_come_together_see_the_same_and_what_a_change_in_between_has_made(serve, watch):
    """A snapshot is kept for a moment: never beyond a change, and never for others."""
    acme = serve.tenant("acme")
    for number in range(1, 6):
        acme.put(ONE, stopped(f"folder-{number}")).expect(201 if number == 1 else 200)
        seen = [watch(acme).snapshot() for _ in range(3)]
        assert [found["acme/one"]["revision"] for found, _ in seen] == [number] * 3
        assert len({id for _, id in seen}) == 1
    other = serve.tenant("other")
    assert [watch(api).snapshot()[0].keys() for api in (acme, other, serve.api)] == [{"acme/one"}, set(), {"acme/one"}]
    assert watch(acme, pipeline="one").snapshot()[0].keys() == {"acme/one"}
    assert watch(serve.api, tenant="default").snapshot()[0] == {}


def test_a_restarted_server_begins_anew(serve_real, watch):
    serve = serve_real()
    serve.api.put("/v1/tenants/default/pipelines/one", stopped()).expect(201)
    _, id = watch(serve.api).snapshot()
    serve.stop_clean()

    found, again = watch(serve_real(data_dir=serve.data_dir).api, last_id=id).snapshot()

    assert set(found) == {"default/one"} and again != id


def test_a_tenant_sees_its_own_only_and_an_admin_all_or_those_it_asks_for(serve, watch):
    acme, other = serve.tenant("acme"), serve.tenant("other", "viewer")
    serve.api.put(ONE, stopped()).expect(201)
    streams = [watch(acme), watch(other), watch(serve.api), watch(serve.api, tenant="other")]
    streams += [watch(serve.api, tenant="acme", pipeline="one"), watch(acme, pipeline="one")]
    snapshots = [set(stream.snapshot()[0]) for stream in streams]
    assert snapshots == [{"acme/one"}, set(), {"acme/one"}, set(), {"acme/one"}, {"acme/one"}]

    serve.api.put(f"{PIPELINES}/two", stopped()).expect(201)
    serve.api.put("/v1/tenants/other/pipelines/mine", stopped()).expect(201)
    serve.api.put(ONE, changed(stopped(), "description", "last")).expect(200)

    assert [streams[0].next()[2]["pipeline"] for _ in range(2)] == ["two", "one"]
    assert streams[1].next()[2]["pipeline"] == "mine"
    assert [streams[2].next()[2]["pipeline"] for _ in range(3)] == ["two", "mine", "one"]
    assert streams[3].next()[2]["pipeline"] == "mine"
    assert streams[4].next()[2]["pipeline"] == "one" and streams[5].next()[2]["pipeline"] == "one"


def test_what_is_not_there_is_refused_and_not_silent(serve):
    acme = serve.tenant("acme")
    assert acme.get("/v1/events", pipeline="none").expect(404)["code"] == "not_found"
    assert acme.get("/v1/events", tenant="other").expect(404)["code"] == "not_found"
    assert serve.api.get("/v1/events", tenant="none").expect(404)["code"] == "not_found"
    assert serve.api.get("/v1/events", pipeline="one").expect(400)["errors"][0]["pointer"] == "?tenant"
    assert serve.api.get("/v1/events", name="one").expect(400)["errors"][0]["code"] == "query.unknown"
    assert serve.api.with_token(None).get("/v1/events").status == 401


def test_a_stream_ends_with_its_session_and_with_no_other_of_the_same_token(serve, watch):
    browser, cookies = serve.api.with_token(None), []
    for _ in range(2):
        opened = browser.post("/v1/session", {"token": serve.api.token})
        cookies.append({"Cookie": opened.headers["set-cookie"].split(";")[0], "X-CSRF-Token": opened.expect(200)["csrf_token"]})
    ended, other = (watch(browser, headers=cookie) for cookie in cookies)
    ended.snapshot(), other.snapshot()

    browser.delete("/v1/session", headers=cookies[0]).expect(204)

    ended.lines.finish()
    assert ended.lines.ended
    serve.tenant("later")
    assert other.until("change", lambda data: data["tenant"] == "later")


def test_a_stream_ends_when_its_token_is_revoked_and_when_the_server_ends(serve, watch):
    made = serve.api.post("/v1/tokens", {}).expect(201)
    revoked, other = watch(serve.api.with_token(made["token"])), watch(serve.api)
    revoked.snapshot(), other.snapshot()

    serve.api.delete(f"/v1/tokens/{made['id']}").expect(204)
    revoked.lines.finish()
    assert revoked.lines.ended
    serve.stop_clean()
    other.lines.finish()
    assert other.lines.ended


def test_many_pipelines_come_in_pages(serve, watch):
    for number in range(120):
        serve.api.put(f"/v1/tenants/default/pipelines/p{number:03}", stopped()).expect(201)
    stream = watch(serve.api)

    pages = [stream.next()[2] for _ in range(3)]

    assert [(len(page["pipelines"]), page["last"]) for page in pages] == [(50, False), (50, False), (20, True)]


def test_a_client_that_does_not_read_is_disconnected_and_hinders_nobody(serve, watch):
    """It holds what a socket's buffers hold; of the events behind that, more come than are kept."""
    acme = serve.tenant("acme")
    acme.put(ONE, stopped()).expect(201)
    host, port = serve.address.rsplit(":", 1)
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.settimeout(30)
        silent.connect((host, int(port)))
        silent.sendall(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {serve.token}\r\n\r\n".encode())
        reader = watch(serve.api)
        reader.snapshot()
        for number in range(BEYOND):
            serve.api.put("/v1/tenants/acme", {"display_name": f"{number}"}).expect(200)
        for _ in range(BEYOND):
            assert reader.next()[1] == "change"
        received = 0
        # when all of this took long, the kernel has given up the rest, which nobody took
        with contextlib.suppress(ConnectionResetError):
            while chunk := silent.recv(65536):
                received += len(chunk)
        assert 0 < received < 1 << 20
