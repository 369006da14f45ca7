"""/metrics: that it says what is so, and to whom."""

import os
import signal
from collections import Counter

from support.metrics import Metrics
from support.serve_account import account
from support.sluice import pipeline

ONE = "/v1/tenants/default/pipelines/one"
MIB = 1 << 20


def connected(api, wanted=1):
    def is_so(body):
        return [item["state"] for item in body["items"]] == ["connected"] * wanted

    api.until("/v1/subscriptions", is_so, "connections")


def kill_subscriber(serve):
    said = len(serve.err.lines)
    (pid,) = serve.children("sluice-subscriber")
    os.kill(pid, signal.SIGKILL)
    serve.err.wait_for("it starts again in", start=said)


def test_metrics_are_what_status_says_to_an_independent_parser(api, analyzers):
    analyzer = analyzers("--loop", 2, "--start", "command")
    api.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    connected(api)
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    api.until(f"{ONE}/status", lambda now: account(now)["flows_seen"] == flows, "all flows")
    os.kill(api.get(f"{ONE}/status").body["worker"]["pid"], signal.SIGKILL)
    api.until(f"{ONE}/status", lambda now: now["restarts"]["total"] == 1, "a restart")
    api.until_state(ONE, "running")
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    counters = api.get(f"{ONE}/status").expect(200)["counters"]
    metrics = Metrics(api)
    (twice, times), *_ = Counter((s.name, *sorted(s.labels.items())) for s in metrics.samples).most_common()
    assert times == 1, f"a sample stands twice: {twice}"
    for family in metrics.families.values():
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family.name
    assert metrics.value("sluice_pipeline_state", tenant="default", pipeline="one", state="stopped") == 1
    assert sum(s.value for s in metrics.families["sluice_pipeline_state"].samples) == 1
    assert metrics.value("sluice_flows_total", result="written") == counters["flows_written"] == flows
    assert metrics.value("sluice_flows_seen_total") == counters["flows_seen"]
    assert metrics.value("sluice_objects_written_total") == counters["objects_written"]
    assert metrics.value("sluice_bytes_written_total") == counters["bytes_written"]
    assert metrics.value("sluice_worker_restarts_total") == 1
    assert metrics.value("sluice_spool_bytes") == 0
    wanted = {"sluice_lag_flows", "sluice_last_write_timestamp_seconds", "sluice_records", "sluice_flows_lost"}
    assert wanted <= metrics.families.keys(), metrics.families.keys()


def test_a_spools_limit_is_the_share_that_its_worker_was_told(serve_real, analyzers):
    serve, url = serve_real(), analyzers("--start", "command").url
    serve.tenant("acme", limits={"spool_bytes": 8 * MIB})
    for tenant, name, limits in (("acme", "one", {}), ("acme", "two", {"spool_bytes": MIB}), ("default", "one", {})):
        body = {"config": pipeline(url, name), "limits": limits}
        serve.api.put(f"/v1/tenants/{tenant}/pipelines/{name}", body, wait="10s").expect(201)

    def limits():
        samples = Metrics(serve.api).families["sluice_spool_limit_bytes"].samples
        return {(s.labels["tenant"], s.labels["pipeline"]): s.value for s in samples}

    # the first worker was started when it shared with nobody
    assert limits() == {("acme", "one"): 8 * MIB, ("acme", "two"): MIB, ("default", "one"): 0}
    serve.api.post("/v1/tenants/acme/pipelines/one/restart", wait="10s").expect(200)
    assert limits()["acme", "one"] == 4 * MIB


def test_a_subscription_is_down_while_its_subscriber_does_not_run(serve_real, analyzers):
    serve = serve_real()
    api = serve.api
    api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    connected(api)
    assert Metrics(api).value("sluice_subscription_up") == 1
    kill_subscriber(serve)
    api.until("/v1/subscriptions", lambda _: Metrics(api).value("sluice_subscriber_restarts_total") == 1, "a restart")
    connected(api)
    # the second time within a minute it is not started again at once
    kill_subscriber(serve)
    metrics = Metrics(api)
    assert metrics.value("sluice_process_resident_memory_bytes", process="subscriber") == 0
    assert metrics.value("sluice_subscription_up") == 0
    assert metrics.value("sluice_subscriber_restarts_total") == 2


def test_messages_that_are_none_of_the_analyzers_are_counted(api, analyzers):
    analyzer = analyzers("--garbage", 60, "--start", "command")
    api.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    connected(api)
    analyzer.tell("start")
    analyzer.finish()
    (shown,) = api.get("/v1/subscriptions").expect(200)["items"]
    metrics = Metrics(api)
    assert metrics.value("sluice_subscription_refused_messages_total") == shown["refused_messages"] > 0
    assert metrics.value("sluice_subscription_malformed_total") == shown["malformed"]


def test_a_pipeline_has_not_seen_what_others_captured(serve_real, analyzers):
    serve, analyzer = serve_real(), analyzers("--start", "command")
    acme, config = serve.tenant("acme"), pipeline(analyzer, "one")
    config["pipeline"]["subscriber"]["capture_id"] = "no-such-capture"
    acme.put("/v1/tenants/acme/pipelines/one", config, wait="10s").expect(201)
    serve.tenant("other").put("/v1/tenants/other/pipelines/one", pipeline(analyzer, "one"), wait="10s").expect(201)
    analyzer.wait("subscribed", namespaces=["flow", "stats"])
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]

    def read(_):
        return Metrics(serve.api).value("sluice_flows_seen_total", tenant="acme") == flows

    serve.api.until("/livez", read, "all flows are read")
    assert Metrics(acme).value("sluice_flows_seen_total") == 0


def test_a_lag_in_other_tenants_flows_is_not_told(serve_real, analyzers):
    serve, analyzer = serve_real("--drain-timeout", 1), analyzers("--start", "command")
    acme, other = serve.tenant("acme"), serve.tenant("other")
    for client, tenant in ((acme, "acme"), (other, "other")):
        client.put(f"/v1/tenants/{tenant}/pipelines/one", pipeline(analyzer, tenant), wait="10s").expect(201)
    connected(serve.api)
    worker = acme.get("/v1/tenants/acme/pipelines/one/status").expect(200)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)
    try:
        analyzer.tell("start")
        flows = analyzer.finish()["flows"]
        assert Metrics(serve.api).value("sluice_lag_flows", tenant="acme") == flows
        assert Metrics(acme).value("sluice_lag_flows") == 0
    finally:
        os.kill(worker, signal.SIGCONT)
