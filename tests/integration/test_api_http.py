"""The API over real sockets: what is malformed, slow, large or waiting. The supervisor behind it is a fake."""

import os
import resource
import select
import shutil
import socket
import stat
import subprocess
import time

import pytest
from support.api import ApiServer, Client, trusting
from support.certificates import make_certificates

ONE = "/v1/tenants/acme/pipelines/one"
CONFIG = {
    "pipeline": {
        "subscriber": {"url": "ws://127.0.0.1:8082/ws/subscriber/flow"},
        "store": {"type": "direct"},
        "write": {"type": "stdout"},
    }
}


@pytest.fixture
def serve(build):
    """Starts servers: serve("--deadline", 1000, listen=[…], path=…). All end without a complaint."""
    started = []

    def start(*options, **places):
        started.append(ApiServer(build, *options, **places))
        return started[-1]

    yield start
    codes = [server.stop() for server in started]
    for server, code in zip(started, codes):
        assert code == 0, server.err.text()
        assert "Sanitizer" not in server.err.text(), server.err.text()


@pytest.fixture
def server(serve):
    return serve()


# ---- malformed ----

HEAD = "Host: a\r\nAuthorization: Bearer slc_admin\r\nContent-Type: application/json\r\n"
SECOND = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
SMUGGLING = {
    "length and chunked": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Content-Length: 0\r\nContent-Length: {len(SECOND)}\r\n\r\n",
    "blank before colon": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Content-Length : {len(SECOND)}\r\n\r\n",
    "coding with blank": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Transfer-Encoding : chunked\r\n\r\n",
    "unknown coding": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Transfer-Encoding: xchunked\r\n\r\n",
    "coding list": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n",
    "two codings": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
    "signed length": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Content-Length: +4\r\n\r\n",
    "chunked in 1.0": f"PUT {ONE} HTTP/1.0\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": f"GET /livez HTTP/1.1\r\nHost: b\r\n{HEAD}\r\n",
    "no host": "GET /livez HTTP/1.1\r\n\r\n",
    "absolute target": f"GET http://a/livez HTTP/1.1\r\n{HEAD}\r\n",
    "GET with a body": f"GET /livez HTTP/1.1\r\n{HEAD}Content-Length: {len(SECOND)}\r\n\r\n",
    "unknown method": f"BREW /livez HTTP/1.1\r\n{HEAD}\r\n",
    "no request line": "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "bad chunk": f"PUT {ONE} HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "101 headers": f"GET /livez HTTP/1.1\r\n{HEAD}" + "A: b\r\n" * 101 + "\r\n",
}


@pytest.mark.parametrize("shape", SMUGGLING)
def test_what_can_be_read_in_two_ways_ends_the_connection(server, shape):
    with server.client() as client:
        client.send(SMUGGLING[shape].encode("latin-1") + SECOND.encode())
        said = client.ended().decode("latin-1")
    assert said.startswith("HTTP/1.1 400") or said.startswith("HTTP/1.0 400") or said == "", said
    assert '"live"' not in said, "the second request was answered"
    assert server.call("GET", ONE).status == 404


def test_a_header_larger_than_the_memory_for_it_is_refused(server):
    with server.client() as client:
        client.send(client.request("GET", "/livez", headers=["X: " + "a" * 40000]))
        assert client.read_head()[0] == 431


def test_a_problem_names_its_request_and_the_methods_there_are(server):
    answer = server.call("PATCH", "/v1/tenants/acme", body={})
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, PUT, DELETE"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["code"] == "method.not_allowed"
    assert answer.body["request_id"] == answer.headers["x-request-id"]


# ---- connections ----


def test_a_connection_stays_for_the_next_request_also_after_a_refusal(server):
    with server.client() as client:
        assert client.call("GET", "/livez").status == 200
        assert client.call("GET", "/v1/nothing").status == 404
        assert client.call("GET", "/v1/tenants", token=None).status == 401
        assert client.call("GET", "/v1/tenants/acme?x=y").status == 400
        assert client.call("DELETE", ONE).status == 404
        assert client.call("PUT", ONE, body={}).status == 422
        assert client.call("HEAD", "/v1/tenants").status == 200
        assert client.call("PUT", ONE, body=CONFIG).status == 201


def test_pipelined_requests_are_answered_in_order(server):
    with server.client() as client:
        parts = [client.request("PUT", f"/v1/tenants/t{i}", body={"display_name": str(i)}) for i in range(20)]
        client.send(b"".join(parts))
        assert [client.read().body["name"] for _ in parts] == [f"t{i}" for i in range(20)]


def test_a_body_that_nobody_wants_is_not_asked_for(server):
    with server.client() as client:
        client.send(client.request("PUT", ONE, token=None, headers=["Content-Length: 5", "Expect: 100-continue"]))
        assert client.read().status == 401
        client.ended()
    with server.client() as client:
        client.send(client.request("PUT", "/v1/tenants/new", headers=[
            "Content-Length: 2", "Content-Type: application/json", "Expect: 100-continue"]))
        assert client.read_head()[0] == 100
        client.send("{}")
        assert client.read().status == 201


def test_one_address_can_have_64_connections(server):
    clients = [server.client(source="127.0.0.9") for _ in range(64)]
    for client in clients:
        assert client.call("GET", "/livez").status == 200
    with pytest.raises((ConnectionError, EOFError)):
        server.client(source="127.0.0.9").call("GET", "/livez")
    assert server.call("GET", "/livez").status == 200
    for client in clients:
        client.close()


def test_ipv6_and_a_unix_socket_stand_beside_ipv4(serve, folder):
    path = folder / "api.sock"
    server = serve(listen=["127.0.0.1:0", "[::1]:0"], path=path)
    port = int(server.addresses[1].rsplit(":", 1)[1])
    with Client("::1", port) as client:
        assert client.call("GET", "/livez").status == 200
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with Client(str(path)) as client:
        who = client.call("GET", "/v1/session", token=None)
        assert who.body["role"] == "admin"
        assert client.call("GET", "/v1/session", token="slc_acme_viewer").body["role"] == "viewer"


def test_a_dead_socket_is_replaced_and_one_in_use_is_not(serve, build, folder):
    path = folder / "api.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    serve(path=path)
    done = subprocess.run([build / "bin" / "api-test-server", "--socket", path], capture_output=True, text=True)
    assert done.returncode == 1
    assert "in use" in done.stderr


# ---- bodies ----


def test_64_kb_pass_and_one_byte_more_does_not(server):
    yaml = ["Content-Type: application/yaml"]
    body = b"display_name: x\n#" + b"a" * (64 * 1024)
    assert server.call("PUT", "/v1/tenants/big", body=body[: 64 * 1024], headers=yaml).status == 201
    with server.client() as client:
        # the head alone is enough to say no
        client.send(client.request("PUT", "/v1/tenants/big", headers=yaml + ["Content-Length: 65537"]))
        answer = client.read()
        assert (answer.status, answer.body["code"]) == (413, "body.too_large")
        client.ended()


def chunked(data, size):
    return b"".join(b"%x\r\n%s\r\n" % (len(data[i : i + size]), data[i : i + size]) for i in range(0, len(data), size))


def test_a_chunked_body_is_read_and_limited(server):
    chunks = ["Content-Type: application/yaml", "Transfer-Encoding: chunked"]
    with server.client() as client:
        head = client.request("PUT", "/v1/tenants/chunked", headers=chunks)
        client.send(head + chunked(b"display_name: in pieces\n", 3) + b"0\r\n\r\n")
        assert client.read().body["display_name"] == "in pieces"
        client.send(head + chunked(b"a" * (64 * 1024 + 1), 4000) + b"0\r\n\r\n")
        assert client.read().status == 413
    with server.client() as client:
        try:
            client.send(head + chunked(b"a" * (4 * 1024 * 1024), 4000))
        except (BrokenPipeError, ConnectionResetError):
            pass
        client.ended()
    assert server.call("GET", "/livez").status == 200


@pytest.mark.parametrize("body", [b'{"a":"\xff"}', b'{"a":"\x00"}', b'{"a":1,"a":2}', b"[" * 5000, b'{"a":' * 33, b""])
def test_a_broken_body_is_refused_and_nothing_stored(server, body):
    answer = server.call("PUT", "/v1/tenants/broken", body=body, headers=["Content-Type: application/json"])
    assert answer.status == 400
    assert server.call("GET", "/v1/tenants/broken").status == 404


def test_a_body_that_is_cut_off_stores_nothing(server):
    with server.client() as client:
        client.send(client.request("PUT", "/v1/tenants/cut", headers=["Content-Type: application/json", "Content-Length: 20"]))
        client.send('{"display_name":')
    with server.client() as client:
        head = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
        client.send(client.request("PUT", "/v1/tenants/cut", headers=head) + b"2\r\n{}\r\n")
    assert server.call("GET", "/v1/tenants/cut").status == 404


# ---- slow ----


def drip_until_closed(client, data):
    """One byte whenever the server has said nothing for a while; the answer, until it ends the connection."""
    for byte in data:
        if select.select([client.socket], [], [], 0.1)[0]:
            break
        try:
            client.send(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            break
    return client.ended()


@pytest.mark.parametrize("head", [b"", b"GET /livez HTTP/1.1\r\n", b"PUT /v1/tenants/x HTTP/1.1\r\nHost: a\r\n"
    b"Authorization: Bearer slc_admin\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"])
def test_a_request_must_be_whole_at_its_deadline(serve, head):
    server = serve("--deadline", 500)
    with server.client() as client:
        client.send(head)
        assert b"HTTP" not in drip_until_closed(client, b"X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")


def test_an_idle_connection_has_longer_than_a_slow_one(serve):
    server = serve("--deadline", 100, "--idle", 2500)
    with server.client() as client:
        assert client.call("GET", "/livez").status == 200
        begun = time.monotonic()
        assert client.ended() == b""
        assert time.monotonic() - begun > 2


def test_a_thousand_slow_clients_do_not_hold_up_a_fast_one(serve):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = serve("--deadline", 30000)
    slow = [server.client(source=f"127.0.1.{i % 20 + 1}") for i in range(1000)]
    try:
        times = []
        with server.client() as client:
            for i in range(1000):
                slow[i].send(b"G")
                begun = time.monotonic()
                assert client.call("GET", "/v1/tenants").status == 200
                times.append(time.monotonic() - begun)
                slow[i - 1].send(b"E")
        assert sorted(times)[-len(times) // 100] < 0.1
    finally:
        for client in slow:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# ---- tokens ----


def test_the_eleventh_wrong_token_of_an_address_has_to_wait(server):
    for _ in range(10):
        assert server.call("GET", "/v1/tenants", token="slc_wrong").status == 401
    answer = server.call("GET", "/v1/tenants", token="slc_wrong")
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    with server.client(source="127.0.0.77") as other:
        assert other.call("GET", "/v1/tenants", token="slc_wrong").status == 401


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
