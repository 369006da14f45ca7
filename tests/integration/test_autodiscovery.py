"""Cluster nodes as a part of what is inside: pipeline.classify.type subnet_autodiscovery."""

import json

import pytest
from support.golden import DATA, Golden
from support.objects import read_objects, texts_by_tag
from support.sluice import changed, pipeline

LIFE = DATA / "inputs" / "life.jsonl"
NODES = 'G.V().Has("Manager", "k8s", "Type", "node")'
MASKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]


def autodiscovering(analyzer, root, **sections):
    config = pipeline(analyzer, root, classify={"type": "subnet_autodiscovery", "cluster_net_masks": MASKS}, **sections)
    return changed(config, "pipeline.store.buffered.max_seconds_per_object", 1)


def table_of(folder, *nodes):
    """A topology with these nodes: each a list of (type, address)."""
    path = folder / "nodes.jsonl"
    answer = [
        {"ID": f"n{index}", "Metadata": {"K8s": {"Extra": {"Status": {"Addresses": [dict(zip(("Type", "Address"), of)) for of in node]}}}}}
        for index, node in enumerate(nodes)
    ]
    path.write_text(json.dumps({"query": NODES, "status": 200, "body": json.dumps(answer)}) + "\n")
    return path


def tags(root):
    """Tag → (A, B) of the flows that got it."""
    found = {}
    for tag, texts in texts_by_tag(read_objects(root)).items():
        networks = [json.loads(text).get("Network") or {} for text in texts]
        found[tag] = {(network.get("A"), network.get("B")) for network in networks}
    return found


def queries(analyzer):
    return [json.loads(event["body"])["GremlinQuery"] for event in analyzer.all("query")]


def test_external_addresses_count_before_internal_ones_in_both_families(analyzers, sluice_run, folder, stored):
    table = table_of(
        folder,
        [("InternalIP", "8.8.8.8"), ("ExternalIP", "2001:db8::2")],
        [("Hostname", "n2"), ("InternalIP", "93.184.216.34")],
        [("Hostname", "n3"), ("ExternalIP", "nonsense")],
        [],
    )
    analyzer = analyzers(recordings=[LIFE], topology=[table])
    analyzer.tell("topology-log")
    sluice = sluice_run(autodiscovering(analyzer, stored))

    analyzer.finish()
    sluice.stop_clean()

    found = tags(stored)
    assert ("fd00::1", "2001:db8::2") in found["internal"]
    assert ("172.16.5.6", "93.184.216.34") in found["internal"]
    assert ("10.1.2.3", "8.8.8.8") in found["egress"]
    assert queries(analyzer) == [NODES]


def test_the_first_flows_wait_for_the_nodes(analyzers, sluice_run, folder, stored):
    golden = Golden("syn-secadvisor-autodiscovery")
    analyzer = analyzers(recordings=[LIFE], topology=golden.topology())
    analyzer.tell("topology-delay 300")
    sluice = sluice_run(autodiscovering(analyzer, stored))

    analyzer.finish()
    sluice.stop_clean()

    assert ("10.1.2.3", "8.8.8.8") in tags(stored)["internal"]
    assert "egress" not in tags(stored) or ("10.1.2.3", "8.8.8.8") not in tags(stored)["egress"]
    assert "masks_alone" not in sluice.err.text()


def without_answers(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[LIFE], topology=Golden("syn-secadvisor-autodiscovery").topology())
    analyzer.tell("topology status 503")
    sluice = sluice_run(autodiscovering(analyzer, stored))
    # nobody needs a flow to see it
    sluice.err.wait_for("reason=AnalyzerFails")
    analyzer.finish()
    sluice.err.wait_for("classify.masks_alone")
    return analyzer, sluice


def test_the_masks_serve_alone_while_nothing_answers(analyzers, sluice_run, stored):
    analyzer, sluice = without_answers(analyzers, sluice_run, stored)

    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    assert ("10.1.2.3", "8.8.8.8") in tags(stored)["egress"]
    assert figures["written"] == figures["seen"]


@pytest.mark.long
def test_nodes_are_inside_from_the_first_answer_on(analyzers, sluice_run, stored):
    """A topology that did not answer is tried again after 10 s."""
    analyzer, sluice = without_answers(analyzers, sluice_run, stored)
    analyzer.tell("topology ok")
    sluice.err.wait_for("the topology answers again")

    analyzer.tell(f"send {LIFE}")
    analyzer.sync()
    sluice.err.wait_for("classify.nodes_known")
    figures = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    assert ("10.1.2.3", "8.8.8.8") in tags(stored)["egress"] & tags(stored)["internal"]
    assert figures["written"] == figures["seen"]


def test_a_topology_without_nodes_is_told(analyzers, sluice_run, stored):
    analyzer = analyzers(recordings=[LIFE])
    sluice = sluice_run(autodiscovering(analyzer, stored))

    analyzer.finish()
    sluice.stop_clean()

    assert sluice.err.text().count("classify.no_nodes") == 1
    assert ("10.1.2.3", "8.8.8.8") in tags(stored)["egress"]
