"""examples/prometheus: scrape configuration and alerts, by promtool and a real Prometheus on a real /metrics."""

import re
import subprocess

import pytest
from support.metrics import Metrics
from support.prometheus import ROOT, Prometheus, alerts, dashboard, installed, promtool, read_yaml, rules
from support.promql import Known, filled_in
from support.sluice import changed, pipeline

PAGE = ROOT / "docs" / "alerts.md"
# panels that have nothing to show where all is well
EMPTY = {"Pipelines that are not well", "Alerts", "Restarts"}


def provision(admin, analyzer):
    """Two tenants' pipelines, one with a limit, that have written."""
    config = changed(pipeline(analyzer, "one"), "pipeline.store.buffered.max_flows_per_object", 100)
    for tenant, limits in (("acme", {"spool_bytes": 1 << 30}), ("globex", {})):
        admin.put(f"/v1/tenants/{tenant}", {}).expect(201)
        target = f"/v1/tenants/{tenant}/pipelines/one"
        admin.put(target, {"config": config, "limits": limits}, wait="10s").expect(201)
    analyzer.wait("subscribed")
    analyzer.tell("start")
    analyzer.finish()
    for tenant in ("acme", "globex"):
        target = f"/v1/tenants/{tenant}/pipelines/one/status"
        admin.until(target, lambda status: status["counters"]["objects_written"] > 0, "an object")


@pytest.fixture
def metrics(api, analyzers):
    provision(api, analyzers("--start", "command"))
    return Metrics(api)


# ---- the files by themselves ----


def test_the_rules_are_valid():
    promtool("check", "rules", "--lint=all", "--lint-fatal", "sluice-alerts.yml")


def test_the_configuration_is_valid_with_token_and_ca_beside_it(folder, certificates):
    place = installed(folder, certificates, "slc_token")
    promtool("check", "config", "prometheus.yml", cwd=place)
    (place / "sluice.token").unlink()
    with pytest.raises(AssertionError, match="sluice.token"):
        promtool("check", "config", "prometheus.yml", cwd=place)


def test_each_alert_fires_and_does_not_where_its_test_says_so():
    promtool("test", "rules", "sluice-alerts.test.yml")
    tried = [case for test in read_yaml("sluice-alerts.test.yml")["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in tried if case["exp_alerts"]} == alerts().keys()
    assert {case["alertname"] for case in tried if not case["exp_alerts"]} == alerts().keys()


def test_each_alert_says_what_is_wrong_how_bad_that_is_and_where_to_read_on():
    for name, alert in alerts().items():
        assert name.startswith("Sluice") and alert["labels"]["severity"] in ("critical", "warning"), name
        assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}, name
        assert all(alert["annotations"].values()), name
        assert alert["annotations"]["runbook_url"] == f"docs/alerts.md#{name.lower()}"


def test_the_page_has_a_heading_for_each_alert_and_no_other():
    """Where runbook_url leads: what it means and what to do, in the order of the file."""
    told = re.findall(r"^### (\w+)\n\n\*(\w+)\*: .+\n\n[^#\s]", PAGE.read_text(), re.M)
    assert told == [(name, alert["labels"]["severity"]) for name, alert in alerts().items()]
    assert re.findall(r"^### (.+)$", PAGE.read_text(), re.M) == list(alerts())


# ---- on what sluiced says ----


def test_promtool_finds_nothing_wrong_with_the_metrics(metrics):
    assert promtool("check", "metrics", text=metrics.text) == ""


def test_all_that_alerts_name_is_in_the_metrics(metrics):
    known = Known(metrics.samples)
    for rule in rules():
        if "record" in rule:
            known.record(rule["record"], rule["expr"])
            continue
        labels = known.labels(rule["expr"])
        for text in rule["annotations"].values():
            assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels, rule["alert"]


def test_a_name_that_is_not_in_the_metrics_is_found(metrics):
    known = Known(metrics.samples)
    known.labels('sum by (tenant) (rate(sluice_flows_total{result="written"}[5m])) > 0')
    for wrong in (
        "sluice_flows",
        'sluice_lag_flows{result="written"}',
        'sluice_pipeline_state{state="broken"}',
        'sluice_pipeline_state{state!~"running|broken"}',
        "sum by (url) (sluice_lag_flows)",
        "sluice_lag_flows / on (url) sluice_spool_bytes",
    ):
        with pytest.raises(AssertionError):
            known.labels(wrong)


def test_prometheus_scrapes_by_the_example_and_answers_every_panel(
    serve_real, analyzers, certificates, folder, build, prometheus
):
    serve = serve_real("--tls-cert", certificates.cert, "--tls-key", certificates.key)
    provision(serve.local(), analyzers("--start", "command"))
    words = [build / "bin" / "sluiced", "token", "create", "--role", "admin", "--data-dir", serve.data_dir]
    token = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    server = prometheus(installed(folder, certificates, token, serve.address, "1s"))

    def is_up(reply):
        return [target["health"] for target in reply["data"]["activeTargets"]] == ["up"]

    def are_evaluated(reply):
        return {rule["health"] for group in reply["data"]["groups"] for rule in group["rules"]} == {"ok"}

    server.api.until("/api/v1/targets", is_up, "sluiced is scraped")
    server.api.until("/api/v1/rules", are_evaluated, "all rules are evaluated")
    # a rate needs two samples
    twice = "count_over_time(sluice_pipeline_state[1h]) > 1"
    server.api.until("/api/v1/targets", lambda _: server.query(twice), "a second scrape")
    empty = set()
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            if not server.query(filled_in(target["expr"])):
                empty.add(panel["title"])
    assert empty == EMPTY
    assert server.data("label/tenant/values", **{"match[]": "sluice_pipeline_state"}) == ["acme", "globex"]


@pytest.fixture
def prometheus():
    """Starts Prometheus on a folder; it ends with the test."""
    started = []

    def start(place):
        started.append(Prometheus(place))
        return started[-1]

    yield start
    for server in started:
        server.stop()
