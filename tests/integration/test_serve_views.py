"""What can be looked at: status, shared connections, readiness."""

import os
import signal

import pytest
from support.metrics import Metrics
from support.serve import EventStream
from support.serve_account import account
from support.sluice import pipeline

PIPELINES = "/v1/tenants/default/pipelines"


def target(name):
    return f"{PIPELINES}/{name}"


def capturing(analyzer, name, capture, **sections):
    url = analyzer if isinstance(analyzer, str) else analyzer.url
    subscriber = {"url": url, **({"capture_id": capture} if capture else {})}
    return pipeline(url, name, subscriber=subscriber, **sections)


def subscriptions(api):
    return api.get("/v1/subscriptions").expect(200)["items"]


def until_connected(api, count=1):
    def connected(body):
        return [item["state"] for item in body["items"]] == ["connected"] * count

    return api.until("/v1/subscriptions", connected, f"{count} connections")["items"]


def test_pipelines_of_one_analyzer_share_a_connection_that_widens_by_one_reconnect(api, analyzers):
    analyzer = analyzers("--start", "command")
    api.put(target("a"), capturing(analyzer, "a", "cap-a"), wait="10s").expect(201)
    (first,) = until_connected(api)
    assert first["namespaces"] == ["flow/cap-a", "stats"]
    api.put(target("b"), capturing(analyzer, "b", "cap-b"), wait="10s").expect(201)
    analyzer.wait("subscribed", namespaces=["flow/cap-a", "flow/cap-b", "stats"])
    api.put(target("all"), capturing(analyzer, "all", None), wait="10s").expect(201)
    analyzer.wait("subscribed", namespaces=["flow", "stats"])

    def widened(body):
        (item,) = body["items"]
        return item["reconnects"] == 2 and len(item["gaps"]) == 2 and item["state"] == "connected"

    (item,) = api.until("/v1/subscriptions", widened, "two reconnects, a gap for each")["items"]
    assert item["number"] == 1 and {gap["reason"] for gap in item["gaps"]} == {"widened"}
    # nothing narrows it while it runs
    said = len(analyzer.all("subscribed"))
    api.delete(target("all")).expect(204)
    api.put(target("c"), capturing(analyzer, "c", "cap-c"), wait="10s").expect(201)
    assert len(analyzer.all("subscribed")) == said == 3


def test_a_connection_ends_with_its_last_pipeline_and_comes_again(serve_real, analyzers):
    serve = serve_real()
    api, analyzer = serve.api, analyzers("--loop", 2, "--start", "command")
    for name in ("one", "two"):
        api.put(target(name), pipeline(analyzer, name), wait="10s").expect(201)
    until_connected(api)
    api.post(f"{target('one')}/stop", wait="10s").expect(200)
    assert len(subscriptions(api)) == 1
    api.post(f"{target('two')}/stop", wait="10s").expect(200)
    api.until("/v1/subscriptions", lambda body: body["items"] == [], "no connection")
    assert serve.children() == []
    api.post(f"{PIPELINES}:start").expect(202)
    for name in ("one", "two"):
        api.until_state(target(name), "running")
    (item,) = until_connected(api)
    assert item["number"] == 1
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    for name in ("one", "two"):
        api.until(f"{target(name)}/status", lambda now: account(now)["flows_seen"] == flows, "all flows")


def test_other_tenants_traffic_is_in_nobodys_figures(serve_real, analyzers):
    analyzer = analyzers("--start", "command")
    serve = serve_real()
    acme, other = serve.tenant("acme"), serve.tenant("other")
    mine = "/v1/tenants/acme/pipelines/mine"
    acme.put(mine, capturing(analyzer, "mine", "no-such-capture"), wait="10s").expect(201)
    theirs = "/v1/tenants/other/pipelines/theirs"
    other.put(theirs, capturing(analyzer, "theirs", None), wait="10s").expect(201)
    until_connected(serve.api)
    analyzer.wait("subscribed", namespaces=["flow", "stats"])
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    whole = serve.api.until(f"{mine}/status", lambda now: account(now)["flows_excluded"]["capture"] == flows, "all flows")
    assert account(whole)["flows_seen"] == flows
    shown = account(acme.get(f"{mine}/status").expect(200))
    assert (shown["flows_seen"], shown["flows_excluded"]["capture"]) == (0, 0)
    (connection,) = subscriptions(acme)
    assert connection["namespaces"] == ["flow/no-such-capture", "stats"] and "flows" not in connection
    assert subscriptions(serve.api)[0]["flows"] == flows


def test_flows_are_moving_idle_or_stalled(serve_real, analyzers, object_store):
    store = object_store()
    store.tell("fail 503")
    api = serve_real("--drain-timeout", 1).api
    busy = analyzers("--loop", "forever", "--flows-per-second", 500)
    quiet = analyzers("--start", "command")
    stream = EventStream(api)
    api.put(target("moving"), changed_store(pipeline(busy, "moving"))).expect(201)
    api.put(target("stalled"), store.pipeline(busy, max_flows=100)).expect(201)
    api.put(target("idle"), pipeline(quiet, "idle")).expect(201)
    for state in ("moving", "idle", "stalled"):
        status = api.until(f"{target(state)}/status", lambda now: now["flow_state"] == state, state, timeout=60)
        assert len(status["samples"]["seen"]) >= 3
        account(status)
        assert [row["name"] for row in api.get("/v1/pipelines", state=state).expect(200)["items"]] == [state]
        assert Metrics(api).value("sluice_pipeline_flow_state", pipeline=state, state=state) == 1
    told = set()
    while not {(state, state) for state in ("moving", "idle", "stalled")} <= told:
        _, data = stream.until("state")
        told.add((data["pipeline"], data["flow_state"]))
    stream.close()
    # two samples and more: the CPU of one interval is known
    used = {name: api.get(f"{target(name)}/status").expect(200)["worker"]["cpu_percent"] for name in ("moving", "idle")}
    assert 100 * os.cpu_count() >= used["moving"] > used["idle"] >= 0
    api.post(f"{target('idle')}/restart", wait="10s").expect(200)
    assert api.get(f"{target('idle')}/status").expect(200)["worker"]["cpu_percent"] is None


def test_rates_are_known_from_the_second_sample_on(serve_real, analyzers):
    api = serve_real().api
    config = pipeline(analyzers("--loop", "forever", "--flows-per-second", 500), "one", filter={"excluded_tags": ["other", "ingress"]})
    api.put(target("one"), config).expect(201)

    first = api.until(f"{target('one')}/status", lambda now: now["samples"]["count"] == 1, "a sample", timeout=30)
    status = api.until(f"{target('one')}/status", lambda now: now["samples"]["count"] > 1, "two samples", timeout=30)

    assert first["rates"] == dict.fromkeys(first["rates"]) and first["ring"]["seconds"] is None
    rates = status["rates"]
    assert status["samples"]["count"] == 2
    assert rates["seen"] == pytest.approx(500, rel=0.2) and rates["lost"] == 0
    assert rates["excluded"] + rates["records_out"] == pytest.approx(rates["seen"], rel=0.05) and rates["excluded"] > 0
    (connection,) = subscriptions(api)
    assert connection["rates"]["flows"] == pytest.approx(500, rel=0.2)
    assert 0 < connection["rates"]["messages"] < connection["rates"]["flows"]
    # at least the flow's own columns, a record and its text
    assert status["ring"]["bytes"] / (500 * 10000) < status["ring"]["seconds"] < status["ring"]["bytes"] / (500 * 100)


def test_a_connection_tells_who_uses_it_and_when_it_is_tried_again(serve_real, analyzers):
    analyzer = analyzers("--start", "command")
    serve = serve_real("--host-id", "shown-to-it")
    acme, other = serve.tenant("acme"), serve.tenant("other")
    for number in range(2):
        acme.put(f"/v1/tenants/acme/pipelines/p{number}", pipeline(analyzer, f"p{number}"), wait="10s").expect(201)
    until_connected(acme)
    (mine,) = subscriptions(acme)
    assert mine["pipelines"] == 2 and mine["since"] and "next_at" not in mine and "host_id" not in mine
    assert mine["rates"] == {"messages": None, "flows": None} and mine["samples"]["interval_s"] == 15
    other.put("/v1/tenants/other/pipelines/theirs", pipeline(analyzer, "theirs"), wait="10s").expect(201)
    (shared,), (whole,) = subscriptions(acme), subscriptions(serve.api)
    assert shared["pipelines"] == 2 and not {"rates", "samples", "lost", "host_id"} & shared.keys()
    assert (whole["pipelines"], whole["host_id"], whole["reconnects_24h"]) == (3, "shown-to-it", 0)

    analyzer.stop()

    down = acme.until("/v1/subscriptions", lambda body: body["items"][0].get("tries", 0) > 0, "a try")["items"][0]
    assert down["state"] == "connecting" and down["since"] >= mine["since"] and "next_at" in down
    analyzers("--start", "command", "--port", analyzer.port)
    (up,) = acme.until("/v1/subscriptions", lambda body: body["items"][0]["state"] == "connected", "it again", timeout=60)["items"]
    assert up["reconnects_24h"] == len(up["gaps"]) == 1
    assert up["gap_seconds_24h"] == pytest.approx(up["gaps"][0]["seconds"])


def changed_store(config):
    config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = 5
    return config


def test_the_times_of_the_last_flow_and_write_outlive_worker_and_supervisor(serve_real, analyzers):
    analyzer = analyzers("--start", "command")
    serve = serve_real("--drain-timeout", 5)
    serve.api.put(target("one"), pipeline(analyzer, "one"), wait="10s").expect(201)
    until_connected(serve.api)
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    serve.api.until(f"{target('one')}/status", lambda now: account(now)["flows_seen"] == flows, "all flows")

    def times():
        status = serve.api.get(f"{target('one')}/status").expect(200)
        return status["last_flow_at"], status["last_write_at"]

    assert serve.api.post(f"{target('one')}/stop", wait="10s").expect(200)["status"]["flows_written"] == flows
    last = times()
    assert all(last)
    serve.api.post(f"{target('one')}/start", wait="10s").expect(200)
    assert times() == last
    os.kill(serve.api.get(f"{target('one')}/status").body["worker"]["pid"], signal.SIGKILL)
    serve.api.until(f"{target('one')}/status", lambda now: now["restarts"]["total"] == 1, "a restart")
    serve.api.until_state(target("one"), "running")
    assert times() == last
    serve.crash()
    serve = serve_real("--drain-timeout", 5, data_dir=serve.data_dir)
    serve.api.until_state(target("one"), "running")
    assert times() == last
    serve.api.post(f"{target('one')}/stop", wait="10s").expect(200)
    serve.stop_clean()
    serve = serve_real(data_dir=serve.data_dir)
    assert times() == last


def test_readyz_says_yes_until_it_ends(serve_real, analyzers):
    serve = serve_real()
    nobody = serve.api.with_token(None)
    assert nobody.get("/livez").expect(200) == {"live": True}
    assert nobody.get("/readyz").expect(200) == {"ready": True}
    assert nobody.get("/metrics").status == 401


def test_a_stopped_pipeline_says_nothing_of_what_nobody_can_tell(api, analyzers):
    body = {"config": pipeline(analyzers("--start", "command"), "one"), "desired_state": "stopped"}
    api.put(target("one"), body).expect(201)
    status = api.get(f"{target('one')}/status").expect(200)
    found = {condition["type"]: condition["status"] for condition in status["conditions"]}
    assert found == {
        "WorkerReady": False,
        "SubscriptionUp": "unknown",
        "SinkReachable": "unknown",
        "TopologyReachable": "unknown",
        "SpoolWritable": "unknown",
        "ConfigApplied": True,
    }
    assert account(status)["flows_seen"] == 0
