"""examples/prometheus/sluice-fleet.json: that Grafana takes it, and that what its panels ask for is there."""

import json
import re
from itertools import combinations

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from support.metrics import Metrics
from support.prometheus import dashboard
from support.promql import SCRAPED, Known
from support.sluice import pipeline

COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN = 'tenant=~"$tenant",pipeline=~"$pipeline"'
# labels of ALERTS, which Prometheus makes of those that fire
OF_ALERTS = {"alertname", "alertstate", "severity", "tenant", "pipeline", "url", "reason", "code", *SCRAPED}


def panels():
    """Those that show something: all but the rows' titles."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries():
    return [(panel, target) for panel in panels() for target in panel["targets"]]


def not_taken(given, taken, path=""):
    """What of the first is not so in the second, which may have more."""
    if isinstance(given, dict) and isinstance(taken, dict):
        return [lost for key, value in given.items() for lost in not_taken(value, taken.get(key), f"{path}/{key}")]
    if isinstance(given, list) and isinstance(taken, list) and len(given) == len(taken):
        return [lost for at, value in enumerate(given) for lost in not_taken(value, taken[at], f"{path}/{at}")]
    return [] if given == taken else [f"{path}: {given}, taken as {taken}"]


def test_grafanas_own_models_know_every_field():
    plugins.register_default_plugins()
    taken = Dashboard.from_json(dashboard())
    assert not_taken(dashboard(), json.loads(JSONEncoder().encode(taken))) == []


def test_ids_and_titles_of_panels_are_unique():
    for key in ("id", "title"):
        found = [panel[key] for panel in dashboard()["panels"]]
        assert len(found) == len(set(found)) and all(found), key


def overlap(one, other):
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in ("xw", "yh"))


def test_no_panel_covers_another():
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    for place in places:
        assert place["w"] > 0 and place["h"] > 0 and 0 <= place["x"] <= COLUMNS - place["w"] and place["y"] >= 0, place
    for one, other in combinations(places, 2):
        assert not overlap(one, other), (one, other)


def test_every_panel_asks_the_chosen_data_source():
    for panel in panels():
        names = [target["refId"] for target in panel["targets"]]
        assert names and len(names) == len(set(names)), panel["title"]
        assert panel["datasource"] == SOURCE, panel["title"]
        assert all(target["datasource"] == SOURCE for target in panel["targets"]), panel["title"]


def test_tenant_and_pipeline_are_chosen_by_variables_that_queries_use():
    variables = {variable["name"]: variable for variable in dashboard()["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    for name in ("tenant", "pipeline"):
        assert variables[name]["datasource"] == SOURCE and variables[name]["multi"] and variables[name]["includeAll"]
    text = json.dumps([[target["expr"] for _, target in queries()], [v["query"] for v in variables.values()], SOURCE])
    used = {name for name in re.findall(r"\$\{?(\w+)", text) if not name.startswith("__")}
    assert used == variables.keys()


def test_panels_ask_for_all_there_is_and_for_nothing_else(api, analyzers):
    config = pipeline(analyzers("--start", "command"), "one")
    api.put("/v1/tenants/default/pipelines/one", config, wait="10s").expect(201)
    metrics = Metrics(api)
    known = Known(metrics.samples)
    known.metrics["ALERTS"] = dict.fromkeys(OF_ALERTS)
    for panel, target in queries():
        labels = known.labels(target["expr"])
        legend = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        columns = [name for step in panel.get("transformations", []) for name in step["options"]["indexByName"]]
        assert legend.union(columns) <= labels, panel["title"]
        for name, matchers in re.findall(r"(sluice_\w+)(\{[^}]*\})?", target["expr"]):
            # the other processes are no tenant's
            if "tenant" in known.metrics[name] and not name.startswith("sluice_process_"):
                assert CHOSEN in matchers, f"{panel['title']}: {name} of all tenants"
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            assert label in known.labels(selector) and label == variable["name"]
    assert {sample.name for sample in metrics.samples} - known.used == set(), "in no panel"
