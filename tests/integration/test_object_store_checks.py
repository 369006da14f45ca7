"""What the simulated store checks of each request, as the real one does: signature, date, digests."""

import datetime
import hashlib
import http.client

import pytest
from support.s3_client import S3Client, text_of

KEY = "logs/egress/20260101T000000Z/00000000.json"


@pytest.mark.parametrize("name", ["a b", "a+b", "ü=:%&", "a~b@c*'(),;$!?#", "with//two"])
def test_signatures_of_odd_keys_are_checked(object_store, name):
    store = object_store()

    answer = store.client.request("PUT", f"/bucket/{name}", body=b"x")

    assert text_of(answer.body, "Code") in (None, "InvalidURI")
    assert (answer.status == 200) == ("//" not in name)


def test_the_clients_signature_is_the_published_one():
    # AWS, "Signature Calculations for the Authorization Header": example "PUT Object"
    client = S3Client("http://x", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    headers = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-content-sha256": hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }

    found = client.authorization("PUT", "/test%24file.text", "", headers)

    assert found.endswith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


@pytest.mark.parametrize(
    "field, value, status, code",
    [
        ("secret_key", "wrong", 403, "SignatureDoesNotMatch"),
        ("access_key", "wrong", 403, "InvalidAccessKeyId"),
        ("region", "elsewhere", 400, "AuthorizationHeaderMalformed"),
    ],
)
@pytest.mark.parametrize("kind", ["simulator", "versitygw"])
def test_a_wrong_credential_is_refused(object_store, request, kind, field, value, status, code):
    store = object_store() if kind == "simulator" else request.getfixturevalue("s3")
    setattr(store.client, field, value)

    answer = store.client.request("PUT", f"/{store.bucket}/{KEY}", body=b"x")

    assert (answer.status, text_of(answer.body, "Code")) == (status, code)


def test_a_header_that_was_not_signed_is_refused(object_store):
    store = object_store()
    body, sha256 = b"x", hashlib.sha256(b"x").hexdigest()
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    signed = {"host": f"127.0.0.1:{store.port}", "x-amz-content-sha256": sha256, "x-amz-date": date}
    signed["authorization"] = store.client.authorization("PUT", f"/bucket/{KEY}", "", signed)
    connection = http.client.HTTPConnection("127.0.0.1", store.port)

    connection.request("PUT", f"/bucket/{KEY}", body, {**signed, "x-amz-meta-num-records": "1"})

    answer = connection.getresponse()
    assert answer.status == 403
    assert b"not signed: x-amz-meta-num-records" in answer.read()


def test_a_request_from_another_hour_is_refused(object_store):
    store = object_store()
    store.tell("clock 3600")

    answer = store.client.request("PUT", f"/bucket/{KEY}", body=b"x")

    assert (answer.status, text_of(answer.body, "Code")) == (403, "RequestTimeTooSkewed")


@pytest.mark.parametrize(
    "headers, code",
    [
        ({"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}, "XAmzContentSHA256Mismatch"),
        ({"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, "BadDigest"),
    ],
)
def test_a_body_that_is_not_what_its_digest_says_is_refused(object_store, headers, code):
    store = object_store()

    answer = store.client.request("PUT", f"/bucket/{KEY}", body=b"body", headers=headers)

    assert (answer.status, text_of(answer.body, "Code")) == (400, code)
    assert store.keys() == []
