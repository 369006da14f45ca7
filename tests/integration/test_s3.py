"""write: s3 into a real server: versitygw, or the one that SLUICE_TEST_S3_ENDPOINT names."""

import base64
import hashlib
import time

import pytest
from support.formats import expected
from support.golden import Golden, read_lines, recording
from support.history import check_history
from support.objects import KEY, assert_same, check_numbers, read_objects, records_of, texts_by_tag
from support.sluice import changed, pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
GZIP = {"type": "gzip", "gzip": {"level": 6}}


def everything():
    return expected(read_lines(recording("mixed")), MASKS)


def run(analyzer, sluice_run, *configs, **settings):
    """Sluice until everything is stored; its summary."""
    sluice = sluice_run(*configs, options=["--drain-timeout", 60], **settings)
    analyzer.finish()
    return sluice.stop_clean(timeout=90)


def by_lane(objects):
    """(tag, number) → bytes as stored."""
    return {(item.tag, item.number): item.stored for item in objects}


@pytest.mark.parametrize("compress", [{"type": "none"}, GZIP], ids=["plain", "gzip"])
def test_objects_are_byte_for_byte_those_of_the_file_writer(analyzer, sluice_run, s3, stored, compress):
    to_file = pipeline(analyzer, stored, compress=compress)
    to_file["pipeline"]["store"]["buffered"]["max_flows_per_object"] = 200

    run(analyzer, sluice_run, to_file, s3.pipeline(analyzer, max_flows=200, compress=compress))

    objects = s3.objects()
    assert len(objects) > 10
    assert by_lane(objects) == by_lane(read_objects(stored))
    check_numbers(objects)
    assert_same(texts_by_tag(objects), everything())


def test_every_report_is_stored_once_by_the_history_checker(build, analyzers, sluice_run, s3, folder):
    analyzer = analyzers("--loop", 5)
    summary = run(analyzer, sluice_run, s3.pipeline(analyzer, max_flows=500, transform={"type": "secadvisor"}))
    analyzer.stop()

    figures = check_history(build, analyzer.log, s3.save(folder / "saved"), summary)

    assert figures["stored"] == 5 * 2233


def test_metadata_tell_records_times_and_digest(analyzer, sluice_run, s3):
    begin = int(time.time() * 1000)
    run(analyzer, sluice_run, s3.pipeline(analyzer, max_flows=200, compress=GZIP))
    end = int(time.time() * 1000)

    previous_cut = {}
    contents = {item.key: item.content for item in s3.objects()}
    for item in s3.stored():
        head = {name.removeprefix("x-amz-meta-"): value for name, value in item.headers.items()}
        tag = KEY.match(item.key)[1]
        first, last = int(head["first-timestamp"]), int(head["last-timestamp"])
        assert int(head["num-records"]) == len(records_of(contents[f"{s3.bucket}/{item.key}"]))
        assert head["sha256"] == hashlib.sha256(item.content).hexdigest()
        assert begin <= first <= last <= end
        assert previous_cut.get(tag, first) == first, "an interval begins where the one before it ends"
        previous_cut[tag] = last


@pytest.mark.parametrize(
    "compress, write, compat, ending, encoding",
    [
        ({"type": "none"}, {}, False, ".json", None),
        (GZIP, {}, False, ".json.gz", "gzip"),
        (GZIP, {"content_encoding": False}, False, ".json.gz", None),
        ({"type": "none"}, {}, True, ".gz", "gzip"),
    ],
    ids=["plain", "gzip", "gzip without the header", "compat"],
)
def test_type_and_encoding_follow_the_content(analyzer, sluice_run, s3, compress, write, compat, ending, encoding):
    config = s3.pipeline(analyzer, write=write, compress=compress)
    if compat:
        config["compat"] = "sfe"

    run(analyzer, sluice_run, config)

    found = s3.stored()
    assert found
    for item in found:
        assert item.key.endswith(ending)
        assert item.headers["content-type"] == "application/json"
        assert item.headers.get("content-encoding") == encoding
        assert (item.content[:2] == b"\x1f\x8b") == (compress is GZIP)


def test_a_configuration_of_the_exporter_runs_unchanged_and_stores_what_it_stored(
    analyzers, sluice_run, object_store, folder
):
    golden = Golden("headbuild-none-s3")
    analyzer = analyzers(recordings=[golden.input(folder)])
    store = object_store("--region", "local", credentials=("user", "password"))
    config = folder / "exporter.yml"
    config.write_text(golden.config.replace(":18082", f":{analyzer.port}").replace(":19000", f":{store.port}"))

    run(analyzer, sluice_run, config)

    found = texts_by_tag(store.objects())
    for tag, texts in golden.texts_by_tag().items():
        assert found[tag][: len(texts)] == texts, f"tag {tag}"


def test_requests_carry_digests_and_sign_what_they_say(analyzer, sluice_run, object_store):
    store = object_store()

    run(analyzer, sluice_run, store.pipeline(analyzer, max_flows=200, compress=GZIP))

    requests = store.all("request")
    assert {(event["method"], event["status"]) for event in requests} == {("PUT", 200)}
    for event in requests:
        headers = event["headers"]
        content = (store.folder / store.bucket / event["key"]).read_bytes()
        assert headers["x-amz-content-sha256"] == headers["x-amz-meta-sha256"] == hashlib.sha256(content).hexdigest()
        assert headers["content-md5"] == base64.b64encode(hashlib.md5(content).digest()).decode()
        assert not {"expect", "transfer-encoding"} & headers.keys()
        assert headers.keys() - set(event["signed_headers"]) <= {
            "authorization", "user-agent", "accept", "content-length"
        }


def test_connections_are_kept(analyzer, sluice_run, object_store):
    store = object_store()

    run(analyzer, sluice_run, store.pipeline(analyzer, max_flows=50))

    requests = store.all("request")
    assert len(requests) > 40
    assert len({event["connection"] for event in requests}) <= 4


def test_tags_go_side_by_side_and_the_objects_of_a_tag_one_after_the_other(analyzer, sluice_run, object_store):
    store = object_store()
    store.tell("hang after-body count=4")
    store.tell("slow 500000")
    sluice = sluice_run(store.pipeline(analyzer, max_flows=90), options=["--drain-timeout", 60])

    hanging = {tag: store.wait("hanging", key=lambda key: KEY.match(key)[1] == tag) for tag in everything()}
    assert len(hanging) == 4
    store.tell("release")
    analyzer.finish()
    sluice.stop_clean(timeout=90)

    lanes = {}
    for event in store.all("request"):
        lanes.setdefault(KEY.match(event["key"])[1], []).append(event)
    for events in lanes.values():
        events.sort(key=lambda event: event["t"])
        numbers = [int(KEY.match(event["key"])[3]) for event in events]
        assert numbers == list(range(len(numbers)))
        assert all(one["t_end"] <= other["t"] for one, other in zip(events, events[1:]))


def test_a_proxy_of_the_environment_is_not_used(analyzer, sluice_run, object_store):
    store = object_store()
    nowhere = "http://127.0.0.1:1"

    run(analyzer, sluice_run, store.pipeline(analyzer), env={"http_proxy": nowhere, "ALL_PROXY": nowhere})

    assert_same(texts_by_tag(store.objects()), everything())


def test_an_object_a_message_is_stored_by_direct(analyzers, sluice_run, s3):
    analyzer = analyzers("--messages-per-second", 200)

    run(analyzer, sluice_run, changed(s3.pipeline(analyzer), "pipeline.store.type", "direct"))

    objects = s3.objects()
    assert len(objects) > 44
    assert_same(texts_by_tag(objects), everything())
