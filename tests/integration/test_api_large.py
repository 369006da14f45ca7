"""Large bodies: one at a time, limited, with time enough. The supervisor behind the API is a fake."""

import select
import socket

YAML = "Content-Type: application/yaml"
IMPORT = "/v1/import"
MB = 1 << 20


def begin(client, length, body=b""):
    client.send(client.request("POST", IMPORT, headers=[YAML, f"Content-Length: {length}"]) + body)


def until_pending(server):
    server.out.wait_for(r"^pending \d+")


def test_64_mb_pass_and_one_byte_more_does_not(server):
    with server.client() as client:
        begin(client, 64 * MB)
        for _ in range(64):
            client.send(b"#" * MB)
        until_pending(server)
        server.tell("finish")
        assert client.read().body["bytes"] == 64 * MB
    with server.client() as client:
        # the head alone is enough to say no
        begin(client, 64 * MB + 1)
        answer = client.read()
        assert (answer.status, answer.body["code"]) == (413, "body.too_large")
        client.ended()


def test_a_chunked_body_of_any_length_is_cut_off(server):
    with server.client() as client:
        client.send(client.request("POST", IMPORT, headers=[YAML, "Transfer-Encoding: chunked"]))
        sent = 0
        try:
            while sent < 200:
                client.send(b"100000\r\n" + b"#" * MB + b"\r\n")
                sent += 1
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert 64 < sent < 100
        client.ended()
    assert server.call("GET", "/livez").status == 200


def test_one_large_body_at_a_time_from_its_head_to_its_answer(server):
    with server.client() as first:
        begin(first, 20, b"kind: ")
        for _ in range(2):
            refused = server.call("POST", IMPORT, body=b"kind: tenant\n", headers=[YAML])
            assert (refused.status, refused.body["code"]) == (503, "import.running")
            assert int(refused.headers["retry-after"]) > 0
            assert server.call("PUT", "/v1/tenants/other", body={}).status in (200, 201)
        first.send(b"tenant\nname: a")
        until_pending(server)
        assert server.call("POST", IMPORT, body=b"kind: tenant\n", headers=[YAML]).status == 503
        server.tell("finish")
        assert first.read().status == 200
        # the connection stays, its large body does not
        with server.client() as second:
            begin(second, 13, b"kind: tenant\n")
            server.out.wait_for(r"^pending 2")
            server.tell("finish")
            assert second.read().status == 200


def test_who_goes_away_in_the_middle_makes_room_for_the_next(server):
    with server.client() as client:
        begin(client, 100, b"kind: tenant\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.ended() == b""
    with server.client() as client:
        begin(client, 13, b"kind: tenant\n")
        until_pending(server)
    server.out.wait_for(r"^cancelled 1")
    with server.client() as client:
        begin(client, 13, b"kind: tenant\n")
        server.out.wait_for(r"^pending 2")
        server.tell("finish")
        assert client.read().status == 200


def test_a_large_body_has_more_time_than_a_small_one(serve):
    server = serve("--deadline", 200)
    with server.client() as large, server.client() as small:
        begin(large, 4 * MB, b"#" * 3 * MB)
        small.send(small.request("PUT", "/v1/tenants/x", headers=[YAML, "Content-Length: 4"]) + b"#")
        # the server has looked at both of them behind the deadline
        assert small.ended() == b""
        assert not select.select([large.socket], [], [], 0)[0]
        large.send(b"#" * MB)
        until_pending(server)
        server.tell("finish")
        assert large.read().body["bytes"] == 4 * MB


def test_a_text_is_sent_to_its_end_and_its_connection_stays(server):
    with server.client() as client:
        for _ in range(3):
            client.send(client.request("GET", "/v1/export"))
            status, headers = client.read_head()
            assert (status, headers["content-type"], headers["transfer-encoding"]) == (200, "application/yaml", "chunked")
            assert client.read_chunk() == b"--- {kind: tenant}\n"
            assert client.read_chunk() == b""
        assert client.call("HEAD", "/v1/export").status == 200
        assert client.call("GET", "/livez").status == 200
