"""The stores that the tests of the s3 writer rest on: the simulator, its misbehaviours, and the tests' own client."""

import hashlib
import http.client
import socket
import ssl
import threading
import time

import pytest
from support.s3_client import S3Error, text_of

KEY = "logs/egress/20260101T000000Z/00000000.json"


def raw(store, data, until=4096):
    """What comes back for these bytes, until the store closes or has sent enough."""
    with socket.create_connection(("127.0.0.1", store.port), timeout=20) as connection:
        connection.sendall(data)
        got = b""
        while len(got) < until and (more := connection.recv(65536)):
            got += more
        return got


def put_raw(body=b"0123456789", key=KEY):
    return f"PUT /bucket/{key} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_an_object_comes_back_with_its_metadata(object_store):
    store = object_store()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "x-amz-meta-num-records": "3"}

    store.client.put("bucket", KEY, b"content", headers)

    answer = store.client.get("bucket", KEY)
    assert (answer.body, answer.headers["x-amz-meta-num-records"]) == (b"content", "3")
    assert (answer.headers["Content-Type"], answer.headers["Content-Encoding"]) == ("application/json", "gzip")
    assert (store.folder / "bucket" / KEY).read_bytes() == b"content"
    head = store.client.ask("HEAD", f"/bucket/{KEY}")
    assert (head.body, head.headers["Content-Length"]) == (b"", "7")
    event = store.wait("request", method="PUT")
    assert (event["status"], event["stored"], event["sha256"]) == (200, True, hashlib.sha256(b"content").hexdigest())


def test_a_key_that_gets_two_contents_is_found(object_store):
    store = object_store()
    store.tell("fail 503 count=1")
    store.client.request("PUT", f"/bucket/{KEY}", body=b"one")  # even when it was refused
    store.client.put("bucket", "other", b"one")
    store.client.put("bucket", "other", b"one")
    assert store.state()["several_contents"] == []

    store.client.put("bucket", KEY, b"two")

    contents = [hashlib.sha256(body).hexdigest() for body in (b"one", b"two")]
    assert store.wait("conflict", key=KEY)["sha256"] == contents
    assert store.state()["several_contents"] == [f"bucket/{KEY}"]


def test_a_store_that_is_started_again_knows_its_objects_and_contents(object_store):
    first = object_store()
    first.client.put("bucket", KEY, b"one", {"x-amz-meta-num-records": "3"})
    first.stop()

    again = object_store(place="store-0", port=first.port)

    assert again.client.get("bucket", KEY).headers["x-amz-meta-num-records"] == "3"
    again.client.put("bucket", KEY, b"two")
    assert again.wait("conflict")["key"] == KEY


def test_a_missing_bucket_is_named_until_it_is_made(object_store):
    store = object_store()
    store.remove_bucket()
    with pytest.raises(S3Error) as problem:
        store.client.put("bucket", KEY, b"x")
    assert (problem.value.status, problem.value.code) == (404, "NoSuchBucket")

    store.make_bucket()

    store.client.put("bucket", KEY, b"x")


@pytest.mark.parametrize(
    "command, status, code",
    [
        ("fail 301", 301, "PermanentRedirect"),
        ("fail 307", 307, "TemporaryRedirect"),
        ("fail 400", 400, "InvalidRequest"),
        ("fail 403", 403, "AccessDenied"),
        ("fail 403 early=1", 403, "AccessDenied"),
        ("fail 404 code=NoSuchBucket", 404, "NoSuchBucket"),
        ("fail 429", 429, "TooManyRequests"),
        ("fail 500 'message=no luck today'", 500, "InternalError"),
        ("fail 503 code=SlowDown retry_after=2", 503, "SlowDown"),
    ],
)
def test_ordered_failures_are_answered_as_often_as_ordered(object_store, command, status, code):
    store = object_store()
    store.tell(f"{command} count=2")

    answers = [store.client.request("PUT", f"/bucket/{KEY}", body=b"x" * 100000) for _ in range(3)]

    assert [answer.status for answer in answers] == [status, status, 200]
    assert text_of(answers[0].body, "Code") == code
    assert ("Location" in answers[0].headers) == (status < 400)
    assert answers[0].headers["Retry-After"] == ("2" if "retry_after" in command else None)
    assert ("no luck today" in answers[0].body.decode()) == ("message" in command)
    events = [event for event in store.all("request") if event["fault"]]
    assert [(event["status"], event["stored"]) for event in events] == [(status, False)] * 2


def test_failures_are_for_the_keys_and_methods_they_name_and_cleared(object_store):
    store = object_store()
    store.tell("fail 500 match=bucket/logs/egress/* method=PUT")
    other = KEY.replace("egress", "ingress")
    statuses = [store.client.request("PUT", f"/bucket/{key}", body=b"x").status for key in (KEY, other)]
    statuses.append(store.client.request("GET", f"/bucket/{KEY}").status)

    store.tell("clear")

    statuses.append(store.client.request("PUT", f"/bucket/{KEY}", body=b"x").status)
    assert statuses == [500, 200, 404, 200]


def test_a_lost_answer_leaves_the_object_and_a_closed_connection(object_store):
    store = object_store()
    store.tell("lose-answers 1")

    with pytest.raises(http.client.RemoteDisconnected):
        store.client.put("bucket", KEY, b"content")

    event = store.wait("request", fault="lose-answers")
    assert (event["status"], event["stored"]) == (None, True)
    assert store.client.get("bucket", KEY).body == b"content"


@pytest.mark.parametrize("place, is_stored", [("before-headers", False), ("in-body", False), ("after-body", True)])
def test_a_hang_lasts_until_it_is_released(object_store, place, is_stored):
    store = object_store()
    store.tell(f"hang {place}")
    answers = []
    client = threading.Thread(target=lambda: answers.append(store.client.put("bucket", KEY, b"content").status))
    client.start()

    store.wait("hanging", place=place)
    assert (store.folder / "bucket" / KEY).exists() == is_stored
    assert answers == []
    store.tell("release")

    client.join(20)
    assert answers == [200]
    assert store.client.get("bucket", KEY).body == b"content"


@pytest.mark.parametrize("place, is_stored", [("before-headers", False), ("in-body", False), ("after-body", True)])
def test_a_hang_can_end_in_a_reset(object_store, place, is_stored):
    store = object_store(credentials=None)
    store.tell(f"hang {place}")
    with socket.create_connection(("127.0.0.1", store.port), timeout=20) as connection:
        connection.sendall(put_raw())
        store.wait("hanging", place=place)

        store.tell("release reset")

        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert store.keys() == ([KEY] if is_stored else [])


@pytest.mark.parametrize("place", ["in-body", "after-body"])
def test_a_reset_is_one_and_leaves_nothing(object_store, place):
    store = object_store()
    store.tell(f"reset {place} count=1")

    with pytest.raises(ConnectionResetError):
        store.client.put("bucket", KEY, b"content" * 100000)

    event = store.wait("request", fault=f"reset {place}")
    assert (event["status"], event["stored"], event["sha256"] is None) == (None, False, place == "in-body")
    assert store.keys() == []


def test_a_slow_store_takes_its_time(object_store):
    store = object_store()
    store.tell("slow 100000")

    store.client.put("bucket", KEY, bytes(50000))

    event = store.wait("request", fault="slow 100000")
    assert 0.45 < event["t_end"] - event["t"] < 5


def test_idle_connections_are_closed_when_told_and_others_stay(object_store):
    store = object_store(credentials=None)
    idle = http.client.HTTPConnection("127.0.0.1", store.port, timeout=20)
    idle.request("PUT", f"/bucket/{KEY}", b"x")
    assert idle.getresponse().read() == b""
    busy = socket.create_connection(("127.0.0.1", store.port), timeout=20)
    store.tell("hang in-body count=1")
    busy.sendall(put_raw())
    store.wait("hanging")

    store.tell("close-idle")

    assert idle.sock.recv(1) == b""
    store.tell("release")
    assert busy.recv(12) == b"HTTP/1.1 200"
    busy.close()


@pytest.mark.parametrize(
    "kind, begins, is_stored",
    [
        ("not-http", b"220 mail", False),
        ("endless-header", b"HTTP/1.1 200 OK\r\nX-Filler: aaaa", False),
        ("huge-body", b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776", True),
        ("no-end", b"HTTP/1.1 200 OK\r\nETag", True),
    ],
)
def test_garbage_is_garbage(object_store, kind, begins, is_stored):
    store = object_store(credentials=None)
    store.tell(f"garbage-answer {kind} count=1")

    got = raw(store, put_raw(), until=(1 << 20) if kind in ("endless-header", "huge-body") else 30)

    assert got.startswith(begins)
    event = store.wait("request", fault=f"garbage-answer {kind}")
    assert (event["status"], event["stored"]) == (None, is_stored)
    assert raw(store, put_raw(), until=12).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET / HTTP/3\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PUT /bucket/a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"PUT /bucket/a HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"PUT /bucket/a HTTP/1.1\r\n\r\n",
        b"PUT /bucket/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"PUT /bucket/a HTTP/1.1\r\nno colon\r\n\r\n",
        b"PUT /bucket/../../etc HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"PUT /bucket/%00%ff HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"PUT /../x HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"DELETE /bucket/a HTTP/1.1\r\n\r\n",
        b"GET /bucket/ HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_bad_requests_are_refused_and_the_next_one_served(object_store, request_bytes):
    store = object_store(credentials=None)

    got = raw(store, request_bytes, until=12)

    assert got[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 5")
    assert raw(store, put_raw(), until=12).startswith(b"HTTP/1.1 200")
    assert store.client.get("bucket", KEY).body == b"0123456789"
    assert sorted(path.name for path in store.folder.parent.iterdir()) == ["objects", "objects.jsonl"]


def test_half_a_request_and_a_closed_connection_harm_nobody(object_store):
    store = object_store(credentials=None)
    for number, half in enumerate((b"PUT /bucket", put_raw()[:-3]), 1):
        with socket.create_connection(("127.0.0.1", store.port)) as connection:
            connection.sendall(half)
        store.wait("broken", connection=number)

    assert store.client.request("PUT", f"/bucket/{KEY}", body=b"x").status == 200


def test_a_connection_serves_many_requests(object_store):
    store = object_store(credentials=None)
    connection = http.client.HTTPConnection("127.0.0.1", store.port)

    for number in range(3):
        connection.request("PUT", f"/bucket/{number}", b"x")
        assert connection.getresponse().read() == b""

    assert {event["connection"] for event in store.all("request")} == {1}


def test_tls_is_spoken_with_the_given_certificate(object_store, certificates):
    store = object_store(tls=certificates)

    store.client.put("bucket", KEY, b"x")

    store.client.ca = None
    with pytest.raises(ssl.SSLCertVerificationError):
        store.client.get("bucket", KEY)


def test_a_discarding_store_counts_and_keeps_nothing(object_store):
    store = object_store("--discard")
    begin = time.monotonic()

    for number in range(20):
        store.client.put("bucket", str(number), bytes(1 << 20))

    assert store.state()["bytes"] == 20 << 20
    assert store.all("request") == []
    assert time.monotonic() - begin < 10


def test_a_wrong_command_is_answered(object_store):
    store = object_store()
    for command in ("fail", "fail 200", "hang somewhere", "slow 0", "nonsense", "fail 503 counts=1", "lose-answers"):
        with pytest.raises(AssertionError):
            store.tell(command)

    assert store.client.put("bucket", KEY, b"x").status == 200


def test_the_real_server_keeps_objects_and_metadata(s3):
    s3.client.put(s3.bucket, KEY, b"[]\n", {"Content-Type": "application/json", "x-amz-meta-num-records": "3"})

    (item,) = s3.stored()

    assert (item.key, item.content) == (KEY, b"[]\n")
    assert (item.headers["content-type"], item.headers["x-amz-meta-num-records"]) == ("application/json", "3")
    assert [found.tag for found in s3.objects()] == ["egress"]
