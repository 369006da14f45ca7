"""Pipelines that cannot run, revisions that never become ready, limits."""

import os
import signal

from support.serve_account import ServeHistory, account, now_ms
from support.sluice import changed, pipeline

PIPELINES = "/v1/tenants/default/pipelines"
ONE = f"{PIPELINES}/one"


def ending(faults, folder):
    """Orders workers that end at once, with a failure."""
    script = folder / "ending"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o700)
    faults.order(program=script)


def condition(api, type, target=ONE):
    status = api.get(f"{target}/status").expect(200)
    return {condition["type"]: condition for condition in status["conditions"]}[type]


def test_a_configuration_that_the_worker_refuses_makes_the_pipeline_failed_until_it_is_started(
    serve_real, faults, folder, analyzers
):
    faults.order_refusals(1)
    api = serve_real(build=faults.build).api
    problem = api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(409)
    assert problem["code"] == "pipeline.failed"
    status = api.get(f"{ONE}/status").expect(200)
    assert (status["state"], status["desired_state"]) == ("failed", "running")
    assert status["last_error"]["code"] == "worker.refused" and status["stopped_reason"]
    api.post(f"{ONE}/start", wait="10s").expect(200)
    assert api.get(f"{ONE}/status").expect(200)["state"] == "running"


def test_a_change_that_never_becomes_ready_restores_the_last_good_revision(
    serve_real, faults, folder, analyzers, build
):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 5000)
    serve = serve_real(build=faults.build)
    api, began_ms = serve.api, now_ms()
    body = pipeline(analyzer, "one")
    api.put(ONE, body, wait="10s").expect(201)
    history = ServeHistory(build, analyzer, serve.data_dir, "one")
    faults.order_refusals(1)

    problem = api.put(ONE, changed(body, "pipeline.store.buffered.max_flows_per_object", 77), wait="10s").expect(409)

    assert problem["code"] == "revision.never_ready"
    api.until_state(ONE, "degraded")
    now = api.get(ONE).expect(200)
    assert now["revision"] == 3
    assert now["config"]["pipeline"]["store"]["buffered"]["max_flows_per_object"] == 6000
    applied = condition(api, "ConfigApplied")
    assert applied["status"] is False and "revision 2" in applied["message"]
    api.put(ONE, changed(body, "pipeline.store.buffered.max_flows_per_object", 78), wait="10s").expect(200)
    assert condition(api, "ConfigApplied")["status"] is True
    api.until_state(ONE, "running")
    analyzer.tell("pause")
    analyzer.sync()
    history.end(serve, began_ms)
    analyzer.stop()
    history.check(may_lose=set())


def test_a_new_pipeline_whose_worker_ends_at_once_waits_in_backoff(serve_real, faults, folder, analyzers):
    ending(faults, folder)
    api = serve_real(build=faults.build).api
    waiting = api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="2s").expect(202)
    assert waiting["changed"] is True
    status = api.until_state(ONE, "backoff")
    assert status["restarts"]["total"] >= 1
    faults.order()
    api.post(f"{ONE}/start", wait="10s").expect(200)
    assert api.get(ONE).expect(200)["revision"] == 1


def test_restarts_beyond_the_limit_make_the_pipeline_failed(serve_real, faults, folder, analyzers):
    ending(faults, folder)
    api = serve_real(build=faults.build).api
    body = {"config": pipeline(analyzers("--start", "command"), "one"), "limits": {"restarts": "2/60s"}}
    api.put(ONE, body).expect(201)
    status = api.until_state(ONE, "failed")
    assert status["last_error"]["code"] == "restarts.limit" and status["restarts"]["total"] == 2
    faults.order()
    api.post(f"{ONE}/start", wait="10s").expect(200)
    assert api.get(f"{ONE}/status").expect(200)["state"] == "running"


def test_a_worker_that_is_killed_once_within_its_limit_comes_back(api, analyzers):
    body = {"config": pipeline(analyzers("--start", "command"), "one"), "limits": {"restarts": "1/1h"}}
    api.put(ONE, body, wait="10s").expect(201)
    for state in ("running", "failed"):
        status = api.get(f"{ONE}/status").expect(200)
        os.kill(status["worker"]["pid"], signal.SIGKILL)
        api.until(
            f"{ONE}/status",
            lambda now: now["state"] == state and (now["worker"] or {}).get("pid") != status["worker"]["pid"],
            f"{state} with another worker",
        )


def test_no_more_pipelines_run_than_the_supervisor_may_have(serve_real, analyzers):
    api = serve_real("--max-workers", 1).api
    body = pipeline(analyzers("--start", "command"), "one")
    two = f"{PIPELINES}/two"
    api.put(ONE, body, wait="10s").expect(201)
    assert api.put(two, body).expect(422)["code"] == "quota.workers"
    api.put(two, {"config": body, "desired_state": "stopped"}).expect(201)
    assert api.post(f"{two}/start").expect(422)["code"] == "quota.workers"
    assert api.patch(two, {"desired_state": "running"}).expect(422)["code"] == "quota.workers"
    assert api.post(f"{PIPELINES}:start").expect(422)["code"] == "quota.workers"
    api.post(f"{ONE}/start", wait="10s").expect(200)
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    api.post(f"{two}/start", wait="10s").expect(200)


def test_a_tenants_limits_hold(serve_real, analyzers):
    serve = serve_real()
    body = pipeline(analyzers("--start", "command"), "one")
    acme = serve.tenant("acme", limits={"pipelines": 1, "sinks": ["s3"]})
    place = "/v1/tenants/acme/pipelines"
    refused = acme.put(f"{place}/one", body).expect(422)
    assert refused["code"] == "sink.not_allowed" and refused["errors"][0]["pointer"] == "/pipeline/write/type"
    serve.api.put("/v1/tenants/acme", {"limits": {"pipelines": 1, "sinks": ["file"]}}).expect(200)
    acme.put(f"{place}/one", body, wait="10s").expect(201)
    problem = acme.put(f"{place}/two", body).expect(422)
    assert problem["code"] == "quota.pipelines" and "1 pipeline," in problem["detail"]
    (error,) = problem["errors"]
    assert (error["pointer"], error["code"]) == ("", "quota.pipelines") and "1 pipeline " in error["detail"]
    assert acme.put(f"{place}/two", body, dry_run="true").expect(422)["errors"] == [error]
    assert serve.api.delete("/v1/tenants/acme").expect(409)["detail"].startswith("The tenant has 1 pipeline: delete it")
    acme.delete(f"{place}/one").expect(204)
    acme.put(f"{place}/two", body, wait="10s").expect(201)


def passed(status):
    counters = account(status)
    return counters["flows_seen"] - counters["flows_waiting"]["ring"]


def test_pipelines_of_a_tenant_share_its_spool(serve_real, analyzers, object_store):
    store = object_store()
    store.tell("fail 503")
    analyzer = analyzers("--loop", 5, "--start", "command")
    serve = serve_real("--drain-timeout", 1)
    limit = 1 << 20
    acme = serve.tenant("acme", limits={"spool_bytes": limit})
    targets = [f"/v1/tenants/acme/pipelines/{name}" for name in ("one", "two")]
    for target in targets:
        acme.put(target, {"config": store.pipeline(analyzer, max_flows=20), "desired_state": "stopped"}).expect(201)
    for target in targets:
        acme.post(f"{target}/start", wait="10s").expect(200)
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    for target in targets:
        acme.until(f"{target}/status", lambda now: account(now)["flows_lost"]["spool"] > 0, "a full spool")
        acme.until(f"{target}/status", lambda now: passed(now) == flows, "all flows")
    statuses = [acme.get(f"{target}/status").expect(200) for target in targets]
    # what is open or in flight is not dropped: a few objects more
    assert sum(status["spool"]["bytes"] for status in statuses) <= limit * 1.1


def test_a_worker_has_no_more_memory_than_its_pipeline_and_its_tenant_may_have(serve_real, analyzers):
    api, analyzer = serve_real().api, analyzers("--start", "command")

    # limits that a sanitizer's shadow memory fits into
    def limit(limits, target=ONE):
        body = {"config": pipeline(analyzer, "one"), "limits": limits}
        api.put(target, body, wait="10s").expect(200, 201)
        pid = api.get(f"{target}/status").expect(200)["worker"]["pid"]
        (line,) = [line for line in open(f"/proc/{pid}/limits") if line.startswith("Max data size")]
        return line.split()[3]

    assert limit({}) == "unlimited"
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    assert limit({"worker_memory_bytes": 1 << 50}, f"{PIPELINES}/two") == str(1 << 50)
    api.put("/v1/tenants/default", {"limits": {"worker_memory_bytes": 1 << 49}}).expect(200)
    assert limit({"worker_memory_bytes": 1 << 50}, f"{PIPELINES}/three") == str(1 << 49)
    refused = api.put(ONE, {"limits": {"worker_memory_bytes": 1 << 20}}).expect(422)
    assert refused["errors"][0]["pointer"] == "/limits/worker_memory_bytes"
