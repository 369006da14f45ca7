"""The API over real sockets: what is malformed, slow or large. The supervisor behind it is a fake."""

import os
import resource
import select
import socket
import stat
import subprocess
import time

import pytest
from support.api import CONFIG, ONE, Client

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
