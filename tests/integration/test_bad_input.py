"""Odd and broken messages cost themselves and nothing else; a configuration's mistakes are all named."""

import json
import subprocess
import time

import pytest
from support.formats import SecAdvisor, compact, expected
from support.golden import DATA, read_lines, recording
from support.objects import assert_same, read_objects, texts_by_tag
from support.sluice import pipeline

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]


def hundred_flows():
    """The first recorded message of exactly 100 flows, parsed."""
    for line in read_lines(recording("burst")):
        message = json.loads(line)
        if len(message["Obj"]) == 100:
            return message
    raise AssertionError("no message of 100 flows")


@pytest.mark.parametrize(
    "broken",
    [None, 7, [], {"UUID": 5}, {"Metric": {"ABBytes": "many"}}, {"Transport": {"A": "http"}}, {"Start": 1.5}],
    ids=str,
)
def test_one_broken_flow_of_a_hundred_costs_that_flow_alone(analyzers, sluice_run, folder, stored, broken):
    message = hundred_flows()
    good = [compact(flow) for index, flow in enumerate(message["Obj"]) if index != 42]
    message["Obj"][42] = {**message["Obj"][42], **broken} if isinstance(broken, dict) else broken
    file = folder / "broken.jsonl"
    file.write_text(compact(message) + "\n")
    analyzer = analyzers(recordings=[file])
    sluice = sluice_run(pipeline(analyzer, stored))

    analyzer.finish()
    summary = sluice.stop_clean()

    assert summary["subscriptions"][0]["malformed"] == 1
    found = texts_by_tag(read_objects(stored))
    assert sorted(text for texts in found.values() for text in texts) == sorted(good)


def test_garbage_messages_are_counted_and_change_nothing(analyzers, sluice_run, stored):
    analyzer = analyzers("--garbage", 60)
    sluice = sluice_run(pipeline(analyzer, stored))

    garbage = analyzer.finish()["garbage"]
    summary = sluice.stop_clean()

    assert garbage > 10
    (subscription,) = summary["subscriptions"]
    assert 0 < subscription["refused"] <= garbage
    assert subscription["refused"] + subscription["ignored"] + subscription["malformed"] <= garbage
    assert_same(texts_by_tag(read_objects(stored)), expected(read_lines(recording("mixed")), MASKS))
    assert subscription["restarts"] == 0


@pytest.mark.parametrize("transform", ["none", "secadvisor"])
def test_messages_with_missing_and_null_layers_keep_their_flows(analyzers, sluice_run, stored, transform):
    files = sorted((DATA / "inputs").glob("missing-*.jsonl")) + sorted((DATA / "inputs").glob("null-*.jsonl"))
    files = files[:16]
    analyzer = analyzers(recordings=files)
    sluice = sluice_run(pipeline(analyzer, stored, transform={"type": transform}))

    analyzer.finish()
    summary = sluice.stop_clean()

    lines = [line for file in files for line in read_lines(file)]
    wanted = expected(lines, MASKS, SecAdvisor() if transform == "secadvisor" else None)
    assert_same(texts_by_tag(read_objects(stored)), wanted)
    assert summary["subscriptions"][0]["malformed"] == 0


def test_odd_addresses_are_of_tag_other_and_a_mapped_one_is_inside(analyzers, sluice_run, stored):
    masks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]
    analyzer = analyzers(recordings=[DATA / "inputs" / "odd.jsonl"])
    classify = {"type": "subnet", "cluster_net_masks": masks}
    sluice = sluice_run(pipeline(analyzer, stored, classify=classify))

    analyzer.finish()
    sluice.stop_clean()

    assert_same(texts_by_tag(read_objects(stored)), expected(read_lines(DATA / "inputs" / "odd.jsonl"), masks))


def test_losses_that_the_probes_report_are_counted_from_one_report_to_the_next(analyzers, sluice_run, stored):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("subscribed")

    # totals since the probe's start, every 10 s: what was lost before the first report is not ours to count, and two
    # reports within 5 s are of two probes
    analyzer.tell("stats-drop 100")
    analyzer.run_until(time.monotonic() + 5.5)
    analyzer.tell("stats-drop 117")
    analyzer.tell("start")
    analyzer.finish()
    summary = sluice.stop_clean()

    assert summary["subscriptions"][0]["probe_dropped"] == 17
    assert summary["pipelines"]["pipeline-0-0"]["probe_dropped"] == 17


def test_every_mistake_of_a_configuration_is_named_with_its_place(build, folder):
    file = folder / "wrong.yml"
    file.write_text(
        "compat: sfo\n"
        "pipeline:\n"
        "  subscriber:\n"
        "    url: http://analyzer/ws/subscriber/flow\n"
        "    capture: x\n"
        "  classify:\n"
        "    cluster_net_masks: [10.0.0.0/33]\n"
        "  filter:\n"
        "    excluded_tags: [inside]\n"
        "  transform:\n"
        "    type: secadviser\n"
        "  compress:\n"
        "    type: zip\n"
        "  store:\n"
        "    type: buffered\n"
        "    buffered:\n"
        "      bucket: flows\n"
        "      max_flows_per_object: -1\n"
        "      max_flow_array_size: 10\n"
        "  write:\n"
        "    type: files\n"
    )

    done = subprocess.run([build / "bin" / "sluiced", "run", file], capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    for line in (1, 4, 5, 7, 9, 11, 13, 17, 18, 21):
        assert f"wrong.yml:{line}:" in done.stderr, f"line {line} is not named:\n{done.stderr}"


def test_a_configuration_file_that_is_missing_is_named(build, folder):
    done = subprocess.run(
        [build / "bin" / "sluiced", "run", folder / "nothing.yml"], capture_output=True, text=True, timeout=30
    )

    assert done.returncode == 2
    assert "nothing.yml" in done.stderr
