"""VPC flow logs: records, the header object, and what it says of the interval."""

import json
import re

import jsonschema
import pytest
from support.formats import expected
from support.golden import DATA, Golden, read_lines, recording, run_golden
from support.objects import assert_same, printed_objects, read_objects, split_records, texts_by_tag
from support.sluice import changed, pipeline
from support.vpclogs import SCHEMA, VpcLogs

MASKS = ["10.42.1.8/29", "fd42:1::10/124"]
TOPOLOGY = DATA / "recordings" / "topology.jsonl"
HEADER = {"collector_crn": "crn:collector", "Attached_Endpoint_Type": "vnic"}
COMPUTED = ["version", "capture_start_time", "capture_end_time", "number_of_flow_logs", "state", "flow_logs"]


def vpclogs(analyzer, stored, **sections):
    return pipeline(analyzer, stored, transform={"type": "vpclogs"}, **sections)


@pytest.mark.parametrize("name", ["extra-tcp", "mixed", "default-timing"])
def test_records_are_what_the_description_makes_of_the_recorded_flows(analyzers, sluice_run, stored, name):
    analyzer = analyzers(recordings=[recording(name)], topology=[TOPOLOGY])
    config = vpclogs(analyzer, stored, storeheader={"type": "vpclogs", "vpclogs": HEADER})
    namespace = json.loads(read_lines(recording(name))[0])["Namespace"]
    sluice = sluice_run(changed(config, "pipeline.subscriber.capture_id", namespace.partition("/")[2]))

    analyzer.finish()
    summary = sluice.stop_clean()

    objects = read_objects(stored)
    wanted = expected(read_lines(recording(name)), MASKS, VpcLogs(TOPOLOGY))
    assert_same(texts_by_tag(objects), wanted)
    account = summary["pipelines"]["pipeline-0-0"]
    assert account["passed"] == account["written"] + account["excluded_rule"]
    assert account["records_written"] == sum(map(len, wanted.values()))
    for item in objects:
        value = json.loads(item.content)
        jsonschema.validate(value, SCHEMA)
        assert list(value) == [*HEADER, *COMPUTED]
        assert value["number_of_flow_logs"] == len(value["flow_logs"])
        assert value["capture_start_time"] <= value["capture_end_time"]
        assert value["state"] == "ok"


def test_pretty_objects_are_the_same_objects(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[recording("finish")])
    sluice = sluice_run(vpclogs(analyzer, stored, encode={"type": "json", "json": {"pretty": True}}))

    analyzer.finish()
    sluice.stop_clean()

    for item in read_objects(stored):
        value = json.loads(item.content)
        jsonschema.validate(value, SCHEMA)
        assert list(value) == COMPUTED
        assert item.content == json.dumps(value, indent="\t", ensure_ascii=False) + "\n"


def test_an_object_says_when_flows_were_lost_in_its_time(analyzers, sluice_run, stored, folder):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(changed(vpclogs(analyzer, stored), "pipeline.store.type", "direct"))
    analyzer.wait("subscribed")
    good, bad = folder / "good.jsonl", folder / "bad.jsonl"
    (text,) = read_lines(DATA / "inputs" / "tcp-life.jsonl")[:1]
    message = json.loads(text)
    message["Obj"] = message["Obj"][:2]
    good.write_text(json.dumps(message) + "\n")
    message["Obj"][1]["Transport"]["A"] = 65536
    bad.write_text(json.dumps(message) + "\n")
    # a flow's later report is no repetition
    later = folder / "later.jsonl"
    later.write_text(good.read_text().replace("1717750001123", "1717750002123"))

    analyzer.tell(f"send {good}")
    analyzer.sync()
    start = analyzer.tell("abrupt-close")
    analyzer.wait("subscribed", start=start)
    analyzer.tell(f"send {later}")
    analyzer.tell(f"send {good}")
    analyzer.tell(f"send {later}")
    analyzer.tell(f"send {bad}")
    analyzer.sync()
    summary = sluice.stop_clean()

    account = summary["pipelines"]["pipeline-0-0"]
    assert (account["gaps"], account["lost_error"]) == (1, 1)
    states = {}
    for item in read_objects(stored):
        value = json.loads(item.content)
        jsonschema.validate(value, SCHEMA)
        states.setdefault(item.tag, []).append((value["state"], value["number_of_flow_logs"]))
    assert list(states.values()) == [[("ok", 2), ("skip data", 2), ("ok", 2), ("ok", 2), ("skip data", 1)]]


# ---- the exporter's own ----


def without_direction(text):
    """The exporter leaves it out until the topology has answered."""
    return re.sub(r'\s*"direction": ?"[a-z]+",', "", text)


@pytest.mark.parametrize("name", ["syn-vpc-header", "syn-vpc-header-pretty", "syn-vpc-no-header"])
def test_compat_objects_are_those_of_the_exporter(analyzers, sluice_run, folder, stored, name):
    golden = Golden(name)

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat=True))

    def timeless(text):
        return re.sub(r'("capture_(?:start|end)_time": ?)"[^"]*"', r"\1T", without_direction(text))

    wanted = {tag: timeless(body) for tag, body in golden.bodies()}
    assert {item.tag: timeless(item.content) for item in read_objects(stored)} == wanted


def test_compat_records_of_a_recording_are_those_of_the_exporter(analyzers, sluice_run, folder, stored):
    golden = Golden("vpc-tcponly")

    run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_for(a, stored, compat=True))

    found, wanted = texts_by_tag(read_objects(stored)), golden.texts_by_tag()
    assert sum(map(len, wanted.values())) == 344
    for tag, texts in wanted.items():
        for theirs, ours in zip(texts, found[tag], strict=True):
            assert theirs == (ours if '"direction"' in theirs else without_direction(ours))


def test_compat_prints_direct_objects_as_the_exporter_did(analyzers, sluice_run, folder):
    golden = Golden("syn-vpc-direct")

    sluice = run_golden(golden, analyzers, sluice_run, folder, lambda a: golden.config_printing(a, compat=True))

    found, wanted = {}, {}
    for printed, into in ((printed_objects(sluice.output()), found), (golden.printed(), wanted)):
        for header, content in printed:
            into.setdefault(header, []).append((content[0], list(map(without_direction, split_records(content)))))
    # the exporter loses the beginning of nothing, but its tags come in random order
    assert set(wanted) <= set(found)
    for header, contents in wanted.items():
        assert found[header][: len(contents)] == contents


def test_the_exporter_s_shipped_file_runs(analyzers, sluice_run, folder, stored):
    golden = Golden("shipped-vpclogs")
    account = folder / "account.json"

    def config_of(analyzer):
        return golden.config_for(analyzer, stored).replace("/tmp/account.json", str(account))

    run_golden(golden, analyzers, sluice_run, folder, config_of)

    assert json.loads(account.read_text())["accumulate-bytes"] == sum(len(item.stored) for item in read_objects(stored))
    objects = read_objects(stored)
    assert objects
    for item in objects:
        jsonschema.validate(json.loads(item.content), SCHEMA)
