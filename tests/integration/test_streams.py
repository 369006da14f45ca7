"""Streams end after max_seconds_per_stream, also where every message is an object of its own."""

import time

import pytest
from support.golden import DATA
from support.objects import check_numbers, read_objects
from support.sluice import changed, pipeline
from support.waiting import DEADLINE_S

STORES = {
    "buffered": {"type": "buffered", "max_seconds_per_object": 1},
    "buffered, an object a message": {"type": "buffered", "max_seconds_per_object": 0},
    "direct": {"type": "direct"},
}


def config_of(analyzer, stored, store, seconds):
    config = changed(pipeline(analyzer, stored), "pipeline.store.buffered.max_seconds_per_stream", seconds)
    for name, value in STORES[store].items():
        config = changed(config, f"pipeline.store.{name if name == 'type' else 'buffered.' + name}", value)
    return config


@pytest.mark.parametrize("seconds", [0, 1])
@pytest.mark.parametrize("store", STORES)
def test_streams_follow_each_other(analyzers, sluice_run, folder, stored, watch, store, seconds):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(config_of(analyzer, stored, store, seconds))
    analyzer.wait("subscribed")
    message = folder / "message.jsonl"
    message.write_text((DATA / "inputs" / "life.jsonl").read_text().splitlines()[0] + "\n")
    tree = watch(stored)

    end = time.monotonic() + DEADLINE_S
    while len({item.stream for item in read_objects(stored)}) < 3:
        assert time.monotonic() < end, "no third stream has begun"
        before = len(read_objects(stored))
        analyzer.tell(f"send {message}")
        tree.wait(lambda: len(read_objects(stored)) > before, "one more object")

    sluice.stop_clean()
    check_numbers(read_objects(stored))


def test_pipelines_whose_keys_leave_the_prefix_out_share_no_stream(analyzers, sluice_run, stored):
    """Each would have had the name of the same second, and so the other's keys."""
    analyzer = analyzers(recordings=[DATA / "inputs" / "life.jsonl"])
    configs = []
    for prefix in ["none", "secadvisor", "awsflowlogs"]:
        config = pipeline(analyzer, stored, transform={"type": prefix})
        config["pipeline"]["store"]["buffered"].update(filename_prefix=prefix, key_template="all/{tag}/{stream}/{seq}")
        configs.append(config)
    sluice = sluice_run(*configs)

    analyzer.finish()
    summary = sluice.stop_clean()["pipelines"]

    seen = [figures["seen"] for figures in summary.values()]
    assert len(seen) == 3 and min(seen) > 0
    assert [figures["written"] + figures["excluded_rule"] for figures in summary.values()] == seen
    assert {path.relative_to(stored).parts[:2] for path in stored.rglob("*.json")} == {("bucket", "all")}
