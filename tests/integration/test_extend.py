"""Values of the topology in secadvisor records: pipeline.transform.secadvisor.extend."""

import json
import subprocess

from support.golden import DATA, Golden
from support.objects import read_objects, records_by_tag
from support.sluice import changed, pipeline

LIFE = DATA / "inputs" / "life.jsonl"
TABLE = DATA / "inputs" / "topology.jsonl"


def extended(analyzer, root, *entries):
    config = pipeline(analyzer, root, transform={"type": "secadvisor", "secadvisor": {"extend": list(entries)}})
    return changed(config, "pipeline.classify.cluster_net_masks", ["10.0.0.0/8", "172.16.0.0/12", "fd00::/8"])


def table_of(folder, **answers):
    """A table in which G.V('NAME') has these answers: bodies, or statuses."""
    path = folder / "values.jsonl"
    lines = []
    for name, answer in answers.items():
        status, body = (answer, "no such thing\n") if isinstance(answer, int) else (200, answer)
        lines.append(json.dumps({"query": f"G.V('{name}')", "status": status, "body": body}) + "\n")
    path.write_text("".join(lines))
    return path


def extends(root):
    return [record.get("Extend") for found in records_by_tag(read_objects(root)).values() for record in found]


def test_what_has_no_answer_is_left_out_and_numbers_count(analyzers, sluice_run, folder, stored):
    golden = Golden("syn-secadvisor-extend")
    analyzer = analyzers(recordings=[LIFE], topology=golden.topology())
    file = folder / "exporter.yml"
    file.write_text(golden.config_for(analyzer, stored))
    sluice = sluice_run(file)

    analyzer.finish()
    sluice.stop_clean()

    found = records_by_tag(read_objects(stored))
    for tag, texts in golden.texts_by_tag().items():
        for text, record in zip(texts, found[tag]):
            wanted = json.loads(text)
            wanted["Extend"] = {name: value for name, value in wanted["Extend"].items() if value}
            if record.get("Transport", {}).get("B") == "443":
                wanted["Extend"]["MTU"] = 1500
            assert record == wanted if wanted["Extend"] else "Extend" not in record


def test_the_first_value_of_any_kind_is_taken_and_each_query_asked_once(analyzers, sluice_run, folder, stored):
    answers = {
        "text": '["a <\\u00e9> \\"b\\"", "second"]',
        "whole": "[1500]",
        "broken": "[0.1]",
        "no": "[false]",
        "bare": '"alone"',
        "null": "null",
        "none": "[]",
        "node": '[{"ID": "x", "Metadata": {}}]',
        "refused": 400,
    }
    analyzer = analyzers(recordings=[LIFE], topology=[table_of(folder, **answers)])
    analyzer.tell("topology-log")
    sluice = sluice_run(extended(analyzer, stored, *(f"{name}=G.V('{name}')" for name in answers)))

    analyzer.finish()
    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    found = extends(stored)
    assert len(found) == figures["written"] == figures["seen"]
    assert all(extend == {"bare": "alone", "broken": 0.1, "no": False, "text": 'a <é> "b"', "whole": 1500} for extend in found)
    assert list(found[0]) == sorted(found[0])
    queries = [json.loads(event["body"])["GremlinQuery"] for event in analyzer.all("query")]
    assert {query: queries.count(query) for query in queries if query.startswith("G.V('")} == {f"G.V('{name}')": 1 for name in answers}


def test_queries_that_cannot_be_asked_cost_no_flow(analyzers, sluice_run, folder, stored):
    analyzer = analyzers(recordings=[LIFE], topology=[table_of(folder, x="[1]")])
    analyzer.tell("topology never")
    sluice = sluice_run(extended(analyzer, stored, "a=G.V('x')", "b=G.V('{{.Network.A}}')"))

    analyzer.finish()
    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    assert figures["written"] == figures["seen"] == figures["records_unresolved"] == len(extends(stored))
    assert not any(extends(stored))


def test_all_mistakes_are_told_with_their_places(build, folder):
    file = folder / "wrong.yml"
    entries = ["nothing", "X={{.Network", "Y='{{.Nope}}'", "Z=G.V('{{.Netwrok.A}}')", "Z=G.V()"]
    file.write_text(
        "pipeline:\n  subscriber: {url: ws://a/ws/subscriber/flow}\n  store: {type: direct}\n  write: {type: stdout}\n"
        "  transform:\n    type: secadvisor\n    secadvisor:\n      extend:\n" + "".join(f"        - {entry}\n" for entry in entries)
    )

    done = subprocess.run([build / "bin" / "sluiced", "check", file], capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    places = [line.split(" ")[:2] for line in done.stderr.splitlines() if "wrong.yml:" in line]
    path = "pipeline.transform.secadvisor.extend"
    wanted = [(9, 11, 0), (10, 13, 1), (11, 16, 2), (12, 20, 3), (13, 11, 4)]
    assert places == [[f"{file}:{line}:{column}:", f"{path}[{index}]:"] for line, column, index in wanted]
    assert "did you mean .Network.A" in done.stderr
