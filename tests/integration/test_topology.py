"""Asking the analyzer's topology: names in the records, and no flow lost when it does not answer."""

import json

import pytest
from support.golden import DATA, Golden
from support.objects import read_objects, records_by_tag, texts_by_tag
from support.sluice import changed, pipeline

FLOWS = DATA / "inputs" / "context.jsonl"
TABLE = DATA / "inputs" / "topology.jsonl"
MASKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]
NAMES = ("Context", "NodeType")


def secadvisor(analyzer, root):
    config = pipeline(analyzer, root, transform={"type": "secadvisor"})
    config = changed(config, "pipeline.classify.cluster_net_masks", MASKS)
    return changed(config, "pipeline.store.buffered.max_seconds_per_object", 1)


def queries(analyzer):
    return [json.loads(event["body"])["GremlinQuery"] for event in analyzer.all("query")]


def wait_for(sluice, *words):
    return sluice.err.wait(lambda line: line if all(word in line for word in words) else None, f"no line with {words}")


# How the topology answers → what the condition says then. Nothing of it costs a flow.
FAULTS = {
    "status 500": "AnalyzerFails",
    "status 401": "WrongCredentials",
    "status 301": "NotAnAnalyzer",
    "garbage": "NotAnAnalyzer",
    "deep 100000": "NotAnAnalyzer",
    "large 10000000": "TooLarge",
    "close": "Unreachable",
    "half": "NoAnswer",
    "never": "NoAnswer",
}


def test_flows_of_a_topology_that_does_not_answer_go_without_names_until_it_does(analyzers, sluice_run, folder, stored):
    """One pipeline for each fault; all wait for the one probe every 10 s at the same time."""
    faulty = {}
    files = []
    for index, fault in enumerate(FAULTS):
        analyzer = faulty[fault] = analyzers(recordings=[FLOWS], topology=[TABLE])
        analyzer.tell(f"topology {fault}")
        files.append(folder / f"fault-{index}.yml")
        files[-1].write_text(json.dumps(secadvisor(analyzer, stored / str(index))))
    sluice = sluice_run(*files)

    for index, (fault, reason) in enumerate(FAULTS.items()):
        wait_for(sluice, f"fault-{index}", f"reason={reason}", "field=")
    for index, (fault, analyzer) in enumerate(faulty.items()):
        analyzer.finish()
        analyzer.tell("topology ok")
    for index, (fault, analyzer) in enumerate(faulty.items()):
        wait_for(sluice, f"fault-{index}", "the topology answers again")
        analyzer.tell(f"send {FLOWS}")
        analyzer.sync()
    summary = sluice.stop_clean()["pipelines"]

    golden = {tag: list(map(json.loads, texts)) for tag, texts in Golden("syn-secadvisor-context").texts_by_tag().items()}
    for index, fault in enumerate(FAULTS):
        found = records_by_tag(read_objects(stored / str(index)))
        for tag, wanted in golden.items():
            first, second = found[tag][: len(wanted)], found[tag][-len(wanted) :]
            assert not any(name in record for record in first for name in NAMES), fault
            assert [record.get("Context") for record in second] == [record.get("Context") for record in wanted], fault
        figures = summary[f"fault-{index}"]
        assert figures["written"] == figures["seen"] == 18, fault
        assert figures["records_unresolved"] == 9, fault


def test_each_question_is_asked_once_side_by_side_and_the_batch_waits_for_all(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[DATA / "recordings" / "burst.jsonl"], topology=[DATA / "recordings" / "topology.jsonl"])
    analyzer.tell("topology-log")
    analyzer.tell("topology-delay 20")
    sluice = sluice_run(secadvisor(analyzer, stored))

    analyzer.finish()
    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    # a host's or pod's question may stand behind several
    asked = [query for query in queries(analyzer) if '"TID"' in query]
    assert len(asked) == len(set(asked)) > 20
    assert 1 < analyzer.state()["topology_most"] <= 16
    assert figures["records_unresolved"] == 0 and figures["written"] == 2954
    assert all("NodeType" in record for found in records_by_tag(read_objects(stored)).values() for record in found)


def test_an_analyzer_that_does_not_answer_leaves_the_questions_to_the_next(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[FLOWS], topology=[TABLE])
    silent, wrong = analyzers(recordings=[FLOWS]), analyzers(recordings=[FLOWS])
    silent.tell("topology never")
    wrong.tell("topology status 500")
    config = changed(
        secadvisor(analyzer, stored),
        "analyzers",
        [f"127.0.0.1:{wrong.port}", f"http://127.0.0.1:{analyzer.port}/", f"127.0.0.1:{silent.port}"],
    )
    sluice = sluice_run(config)

    analyzer.finish()
    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    assert figures["records_unresolved"] == 0
    assert "topology" not in sluice.err.text()
    # the first ones, which were under way together; then the one that answers is kept
    assert 0 < wrong.state()["topology_queries"] <= 16 and silent.state()["topology_queries"] == 0


def test_no_flow_is_lost_for_names_when_there_is_little_time_to_end(analyzers, sluice_run, folder, stored):
    """Each message has addresses of its own, and their questions take longer than a batch may be held."""
    (text,) = FLOWS.read_text().splitlines()[:1]
    message = json.loads(text)
    flow = message["Obj"][0]
    lines = []
    for number in range(30):
        flow["UUID"] = f"{number + 1:x}"
        flow["Network"].update(A=f"10.1.{number}.1", B=f"10.2.{number}.1")
        lines.append(json.dumps({**message, "Obj": [flow]}))
    (folder / "strangers.jsonl").write_text("\n".join(lines))
    analyzer = analyzers(recordings=[folder / "strangers.jsonl"])
    analyzer.tell("topology-delay 1500")
    sluice = sluice_run(secadvisor(analyzer, stored), options=["--drain-timeout", 8])

    analyzer.finish()
    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    assert figures["written"] == figures["seen"] == 30
    assert 0 < figures["records_unresolved"] <= 30


def with_new_names(table, folder):
    """The table as a Skydive of today would have it: container metadata of both runtimes named alike."""
    path = folder / "new-names.jsonl"
    lines = []
    for line in table.read_text().splitlines():
        entry = json.loads(line)
        entry["query"] = entry["query"].replace("Runc.Hosts.IP", "Container.Hosts.IP")
        entry["body"] = entry["body"].replace('"Runc": {', '"Container": {').replace('"Docker": {', '"Container": {')
        entry["body"] = entry["body"].replace('"ContainerID"', '"ID"')
        lines.append(json.dumps(entry))
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("compat", [None, "sfe"])
def test_names_of_container_metadata_are_those_that_the_analyzer_has(analyzers, sluice_run, folder, stored, compat):
    analyzer = analyzers(recordings=[FLOWS], topology=[with_new_names(TABLE, folder)])
    analyzer.tell("topology-log")
    config = secadvisor(analyzer, stored)
    sluice = sluice_run({"compat": compat, **config} if compat else config)

    analyzer.finish()
    sluice.stop_clean()

    asked = queries(analyzer)
    if compat:
        assert not any("Container.Hosts" in query for query in asked)
        return
    # whatever found nothing before the analyzer's names were known was asked by the old ones too, and nothing later
    assert any("Container.Hosts" in query for query in asked)
    found = {tag: [json.loads(text) for text in texts] for tag, texts in texts_by_tag(read_objects(stored)).items()}
    wanted = {tag: list(map(json.loads, t)) for tag, t in Golden("syn-secadvisor-context").texts_by_tag().items()}
    assert {tag: found[tag][: len(records)] for tag, records in wanted.items()} == wanted
    first = len(asked)
    analyzer.tell(f"send {FLOWS}")
    assert len(queries(analyzer)) == first


def test_credentials_and_tls_are_those_of_the_flow_stream(analyzers, sluice_run, stored, certificates):
    analyzer = analyzers("--username", "admin", "--password", "s3cret", recordings=[FLOWS], topology=[TABLE], tls=certificates)
    config = changed(secadvisor(analyzer, stored), "analyzer.auth.cluster", {"username": "admin", "password": "s3cret"})
    sluice = sluice_run(changed(config, "analyzer.tls.ca_file", str(certificates.ca)))

    analyzer.finish()

    assert sluice.stop_clean()["pipelines"]["pipeline-0-0"]["records_unresolved"] == 0
    assert analyzer.state()["topology_queries"] > 0
