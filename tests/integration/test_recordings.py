"""Recordings of a real analyzer become objects: compared with an independent implementation of the formats."""

import pytest
from support.formats import SecAdvisor, expected, flows_of
from support.golden import read_lines, recording
from support.objects import assert_same, check_numbers, read_objects, texts_by_tag
from support.sluice import pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
RECORDINGS = {"mixed": 2233, "mixed-nodns": 1070, "burst": 2954, "default-timing": 503}


@pytest.mark.parametrize("name", RECORDINGS)
def test_transform_none_stores_each_flow_byte_for_byte_in_order(analyzers, sluice_run, stored, name):
    analyzer = analyzers(recordings=[recording(name)])
    sluice = sluice_run(pipeline(analyzer, stored))

    analyzer.finish()
    summary = sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), expected(read_lines(recording(name)), MASKS))
    assert summary["subscriptions"][0]["flows"] == RECORDINGS[name]


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("name", RECORDINGS)
def test_transform_secadvisor_gives_the_records_of_its_description(analyzers, sluice_run, stored, name, exclude):
    analyzer = analyzers(recordings=[recording(name)])
    transform = {"type": "secadvisor", "secadvisor": {"exclude_started_flows": exclude}}
    sluice = sluice_run(pipeline(analyzer, stored, transform=transform))

    analyzer.finish()
    summary = sluice.stop_clean()

    wanted = expected(read_lines(recording(name)), MASKS, SecAdvisor(exclude))
    assert_same(texts_by_tag(read_objects(stored)), wanted)
    account = summary["pipelines"]["pipeline-0-0"]
    assert account["excluded_started"] == RECORDINGS[name] - sum(map(len, wanted.values()))


def test_the_account_of_a_clean_run_adds_up(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored, filter={"excluded_tags": ["other", "ingress"]}))

    analyzer.finish()
    account = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    wanted = expected(read_lines(recording("mixed")), MASKS)
    left_out = len(wanted.get("other", [])) + len(wanted.get("ingress", []))
    kept = 2233 - left_out
    assert (account["passed"], account["excluded_tag"]) == (2233, left_out)
    assert (account["written"], account["records_written"]) == (kept, kept)
    assert account["lost_ring"] + account["lost_error"] + account["lost_overflow"] + account["lost_spool"] == 0
    assert account["waiting_spool"] == 0


def test_excluded_tags_leave_no_objects(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored, filter={"excluded_tags": ["other", "ingress"]}))

    analyzer.finish()
    sluice.stop_clean()

    wanted = expected(read_lines(recording("mixed")), MASKS)
    kept = {tag: texts for tag, texts in wanted.items() if tag not in ("other", "ingress")}
    assert_same(texts_by_tag(read_objects(stored)), kept)


def test_a_capture_id_keeps_the_flows_of_that_capture_alone(analyzer, sluice_run, stored):
    capture = "6de5cb19-a123-4005-b402-af30a147985c"
    config = pipeline(analyzer, stored)
    config["pipeline"]["subscriber"]["capture_id"] = capture
    sluice = sluice_run(config)

    analyzer.finish()
    sluice.stop_clean()

    assert analyzer.wait("subscribed")["namespaces"] == [f"flow/{capture}", "stats"]
    lines = read_lines(recording("mixed"))
    kept = {text for text, flow in flows_of(lines) if flow["CaptureID"] == capture}
    wanted = {tag: [text for text in texts if text in kept] for tag, texts in expected(lines, MASKS).items()}
    assert_same(texts_by_tag(read_objects(stored)), {tag: texts for tag, texts in wanted.items() if texts})


def test_max_flows_cuts_objects_and_writes_every_flow(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[recording("burst")])
    config = pipeline(analyzer, stored)
    config["pipeline"]["store"]["buffered"]["max_flows_per_object"] = 70
    sluice = sluice_run(config)

    analyzer.finish()
    sluice.stop_clean()

    objects = read_objects(stored)
    wanted = expected(read_lines(recording("burst")), MASKS)
    assert_same(texts_by_tag(objects), wanted)
    check_numbers(objects)
    sizes = {}
    for item in objects:
        sizes.setdefault(item.tag, []).append(item.content.count('"UUID":'))
    for tag, texts in wanted.items():
        assert sizes[tag] == [70] * (len(texts) // 70) + [len(texts) % 70] * (len(texts) % 70 > 0)


def test_an_object_is_stored_when_its_time_is_over(analyzer, sluice_run, stored, watch):
    config = pipeline(analyzer, stored)
    config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 1
    sluice = sluice_run(config)
    wanted = expected(read_lines(recording("mixed")), MASKS)

    watch(stored).wait(lambda: texts_by_tag(read_objects(stored)) == wanted, "all flows are stored while it runs")

    sluice.stop_clean()
    assert_same(texts_by_tag(read_objects(stored)), wanted)


def test_store_direct_makes_an_object_of_each_message_and_tag(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[recording("mixed-nodns")])
    store = {"type": "direct", "buffered": {"dirname": "bucket"}}
    sluice = sluice_run(pipeline(analyzer, stored, store=store))

    analyzer.finish()
    sluice.stop_clean()

    wanted = []
    for line in read_lines(recording("mixed-nodns")):
        wanted += sorted((tag, tuple(texts)) for tag, texts in expected([line], MASKS).items())
    objects = read_objects(stored)
    found = [(item.tag, tuple(texts_by_tag([item])[item.tag])) for item in objects]
    assert sorted(found) == sorted(wanted)
    check_numbers(objects)
