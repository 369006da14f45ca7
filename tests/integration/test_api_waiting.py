"""The API over real sockets: requests that wait, streams, TLS. The supervisor behind it is a fake."""

import shutil
import time

import pytest
from support.api import CONFIG, ONE, trusting
from support.certificates import make_certificates

# ---- waiting ----


def test_a_request_waits_until_what_it_asked_for_has_happened(server):
    server.call("PUT", ONE, body=CONFIG)
    with server.client() as client:
        client.send(client.request("POST", ONE + "/start?wait=60s"))
        server.out.wait_for("^pending 1")
        assert server.call("GET", "/livez").status == 200
        server.tell("finish")
        assert client.read().status == 200
        # and the connection goes on
        assert client.call("GET", "/livez").status == 200


def test_a_request_that_waited_long_enough_is_answered_as_accepted(server):
    server.call("PUT", ONE, body=CONFIG)
    with server.client() as client:
        assert client.call("POST", ONE + "/stop?wait=50ms").status == 202
        assert client.call("POST", ONE + "/stop?wait=50ms").status == 202


def test_who_leaves_while_waiting_ends_the_wait(server):
    server.call("PUT", ONE, body=CONFIG)
    with server.client() as client:
        client.send(client.request("POST", ONE + "/stop?wait=60s"))
        server.out.wait_for("^pending 1")
    server.out.wait_for("^cancelled 1")
    assert server.call("GET", "/livez").status == 200


def test_a_delete_waits_for_its_drain(server):
    server.call("PUT", ONE, body=CONFIG)
    with server.client() as client:
        client.send(client.request("DELETE", ONE))
        server.out.wait_for("^pending 1")
        server.tell("finish")
        assert client.read().status == 204
    assert server.call("GET", ONE).status == 404


def test_many_wait_and_are_all_answered(server):
    server.call("PUT", ONE, body=CONFIG)
    clients = [server.client() for _ in range(40)]
    for number, client in enumerate(clients, 1):
        client.send(client.request("POST", ONE + "/start?wait=60s"))
        server.out.wait_for(f"^pending {number}$")
    server.tell("finish")
    for client in clients:
        assert client.read().status == 200
        client.close()


def test_those_who_wait_are_answered_when_the_server_ends(serve):
    server = serve()
    server.call("PUT", ONE, body=CONFIG)
    with server.client() as client:
        client.send(client.request("POST", ONE + "/start?wait=60s"))
        server.out.wait_for("^pending 1")
        assert server.stop() == 0
        assert client.read().status == 202


def test_draining_accepts_nothing_new_and_ends_when_nothing_is_under_way(serve):
    server = serve()
    server.call("PUT", ONE, body=CONFIG)
    with server.client() as idle, server.client() as client:
        assert idle.call("GET", "/livez").status == 200
        client.send(client.request("POST", ONE + "/start?wait=60s"))
        server.out.wait_for("^pending 1")
        server.tell("drain")
        with pytest.raises(ConnectionRefusedError):
            server.client()
        assert "drained" not in server.out.lines
        server.tell("finish")
        answer = client.read()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        server.out.wait_for("^drained")


# ---- streams ----


def stream(server, **options):
    client = server.client()
    start = len(server.out.lines)
    client.send(client.request("GET", "/test/stream", **options))
    status, headers = client.read_head()
    assert (status, headers["content-type"]) == (200, "text/event-stream")
    server.out.wait_for("^stream opened", start=start)
    return client


def test_events_come_as_they_happen_until_the_stream_ends(server):
    client = stream(server)
    for text in ("first", "second"):
        server.tell(f"event {text}")
        assert client.read_chunk() == b"id: 7\nevent: test\ndata: %s\n\n" % text.encode()
    server.tell("end")
    assert client.read_chunk() == b""
    client.close()


def test_who_leaves_a_stream_is_noticed_at_once(server):
    client = stream(server)
    client.close()
    server.out.wait_for("^stream closed")


def test_who_does_not_read_a_stream_is_disconnected_and_not_the_others(server):
    lazy, eager = stream(server), stream(server)
    server.tell("event one")
    assert b"one" in eager.read_chunk()
    server.tell("flood")
    server.out.wait_for("^stream closed")
    # cut, not ended: no last chunk
    assert not lazy.ended().endswith(b"0\r\n\r\n")
    assert server.call("GET", "/livez").status == 200
    eager.close()


def test_a_stream_ends_with_its_token(server):
    client = stream(server, token="slc_acme_viewer")
    assert server.call("DELETE", "/v1/tenants/acme/tokens/acme-v").status == 204
    begun = time.monotonic()
    server.out.wait_for("^stream closed")
    assert time.monotonic() - begun < 2.5
    client.close()


# ---- TLS ----


def test_a_new_certificate_is_served_and_a_bad_one_changes_nothing(serve, folder):
    first, second = make_certificates(folder / "first"), make_certificates(folder / "second")
    cert, key = folder / "cert.pem", folder / "key.pem"
    shutil.copy(first.cert, cert)
    shutil.copy(first.key, key)
    server = serve("--tls", cert, key)
    with server.client(tls=trusting(first)) as old:
        assert old.call("GET", "/v1/tenants").status == 200
        shutil.copy(second.cert, cert)
        shutil.copy(second.key, key)
        server.tell("reload", "^reloaded")
        assert old.call("GET", "/v1/tenants").status == 200
        with server.client(tls=trusting(second)) as new:
            assert new.call("GET", "/v1/tenants").status == 200
        cert.write_text("no certificate")
        server.tell("reload", "^reload failed: ")
        shutil.copy(first.cert, cert)  # and the second one's key
        server.tell("reload", "^reload failed: ")
        cert.unlink()
        server.tell("reload", "^reload failed: .*cert.pem")
        with server.client(tls=trusting(second)) as new:
            assert new.call("GET", "/v1/tenants").status == 200
        assert old.call("GET", "/v1/tenants").status == 200


def test_a_session_under_tls_has_a_secure_cookie(serve, certificates):
    server = serve("--tls", certificates.cert, certificates.key)
    with server.client(tls=trusting(certificates)) as client:
        answer = client.call("POST", "/v1/session", body={"token": "slc_acme_operator"}, token=None)
        assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=Strict; Secure")
        cookie = answer.headers["set-cookie"].split(";")[0]
        who = client.call("GET", "/v1/session", token=None, headers=[f"Cookie: {cookie}"])
        assert who.body["tenant"] == "acme"


def test_plain_http_at_a_tls_port_ends_and_does_no_harm(serve, certificates):
    server = serve("--tls", certificates.cert, certificates.key)
    with server.client() as client:
        client.send(client.request("GET", "/livez"))
        assert b"200" not in client.ended()
    with server.client(tls=trusting(certificates)) as client:
        assert client.call("GET", "/livez").status == 200
