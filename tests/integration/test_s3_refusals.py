"""write: s3 that cannot work: what is wrong is named with its field, nothing is lost, and no credential is shown."""

import json
import re

import pytest
from support.certificates import make_certificates
from support.formats import expected
from support.golden import read_lines, recording
from support.objects import assert_same, texts_by_tag
from support.sluice import changed

PATIENT = ["--drain-timeout", 60]
MASKS = ["10.42.1.8/29", "fd42:1::10/124"]


def everything():
    return expected(read_lines(recording("mixed")), MASKS)


def finish(analyzer, sluice):
    """Everything is published and stored."""
    analyzer.finish()
    sluice.stop_clean(timeout=90)


# ---- TLS ----


def test_a_store_with_tls_of_a_private_ca_is_trusted_by_ca_file(analyzer, sluice_run, object_store, certificates):
    store = object_store(tls=certificates)

    finish(analyzer, sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT))

    assert_same(texts_by_tag(store.objects()), everything())


@pytest.mark.parametrize(
    "name, days, trusted, said, field",
    [
        ("localhost", 3650, False, "issuer", "ca_file"),
        ("localhost", -1, True, "expired", "endpoint"),
        ("elsewhere.example", 3650, True, "name", "endpoint"),
    ],
    ids=["another CA", "expired", "another name"],
)
def test_a_certificate_that_is_not_right_is_refused_and_the_field_named(
    analyzer, sluice_run, object_store, folder, name, days, trusted, said, field
):
    served = make_certificates(folder / "served", name=name, days=days)
    trust = served if trusted else make_certificates(folder / "other")
    store = object_store(tls=served)
    config = store.pipeline(analyzer, max_flows=200, write={"ca_file": str(trust.ca)})
    sluice = sluice_run(config, options=["--drain-timeout", 1])

    line = sluice.err.wait_for(rf"(?i){said}.*pipeline\.write\.s3\.{field}")

    assert "certificate" in line.string
    analyzer.finish()
    assert sluice.stop() == 4
    assert store.all("request") == []


def test_without_ca_file_a_private_ca_is_refused(analyzer, sluice_run, object_store, certificates):
    store = object_store(tls=certificates)
    config = store.pipeline(analyzer, max_flows=200, write={"ca_file": None})
    sluice = sluice_run(config, options=["--drain-timeout", 1])

    sluice.err.wait_for(r"issuer certificate.*pipeline\.write\.s3\.ca_file")

    analyzer.finish()
    assert sluice.stop() == 4


# ---- what is wrong is named ----


WRONG = [
    ("endpoint", "http://127.0.0.1:1", r"[Cc]onnection refused", "pipeline.write.s3.endpoint"),
    ("secret_key", "secret-that-is-wrong", r"SignatureDoesNotMatch: .+", "pipeline.write.s3.secret_key"),
    ("access_key", "nobody-we-know", r"InvalidAccessKeyId: .+", "pipeline.write.s3.access_key"),
    ("region", "elsewhere-1", r"AuthorizationHeaderMalformed: .+", "pipeline.write.s3.region"),
    ("bucket", "no-such-bucket", r"NoSuchBucket: .+", "pipeline.store.buffered.dirname"),
]


def assert_no_credentials(sluice, *secrets):
    text = sluice.err.text() + sluice.output() + sluice.summary_file.read_text()
    for secret in secrets:
        assert secret not in text


@pytest.mark.parametrize("what, value, said, field", WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_named_in_log_and_status_and_once_repaired_everything_arrives(
    analyzers, sluice_run, s3, folder, what, value, said, field
):
    right = s3.pipeline(analyzer := analyzers(), max_flows=200)
    wrong = changed(right, field, value)
    config = folder / "edge.json"
    config.write_text(json.dumps(wrong))
    options = ["--data-dir", folder / "data", "--drain-timeout", 1, "--status-interval", 1]
    sluice = sluice_run(config, options=options)

    for line in (r"^\d{4}-\d\d-\d\dT.*", r"^flows .*"):
        sluice.err.wait_for(rf"{line}{said}.*{re.escape(field)}")
    analyzer.finish()
    assert sluice.stop() == 4
    assert_no_credentials(sluice, s3.access_key, s3.secret_key, "secret-that-is-wrong", "nobody-we-know")

    config.write_text(json.dumps(right))
    start = len(analyzer.events.lines)
    again = sluice_run(config, options=["--data-dir", folder / "data"])
    analyzer.wait("subscribed", start=start)
    assert again.stop_clean()["pipelines"]["edge"]["written"] == 2233
    assert_same(texts_by_tag(s3.objects()), everything())


def test_a_bucket_that_is_made_while_objects_wait_gets_them(analyzer, sluice_run, s3):
    s3.remove_bucket()
    sluice = sluice_run(s3.pipeline(analyzer, max_flows=200), options=PATIENT)
    sluice.err.wait_for(r"NoSuchBucket.*pipeline\.store\.buffered\.dirname")

    s3.make_bucket()

    finish(analyzer, sluice)
    assert_same(texts_by_tag(s3.objects()), everything())


def test_a_clock_that_is_off_is_told_by_how_much(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("clock 3600")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT)

    sluice.err.wait_for(r"RequestTimeTooSkewed: .*clock is (3599|3600) s behind")

    store.tell("clock 0")
    finish(analyzer, sluice)
    assert_same(texts_by_tag(store.objects()), everything())


def test_a_store_that_repeats_credentials_does_not_get_them_into_the_log(analyzer, sluice_run, object_store):
    store = object_store()
    message = f"{store.access_key} with {store.secret_key} is unknown"
    store.tell(f"fail 403 code=InvalidAccessKeyId 'message={message}' count=1")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=200), options=PATIENT)

    assert sluice.err.wait_for(r"InvalidAccessKeyId: \*+ with \*+ is unknown")

    finish(analyzer, sluice)
    assert_no_credentials(sluice, store.access_key, store.secret_key)
