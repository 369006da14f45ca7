"""A pipeline's life by the API: create, start, stop, restart, change, delete, and what becomes of its flows."""

import datetime
import os
import signal
import time

from support.golden import recording
from support.serve_account import LOAD, ROOMY, ServeHistory, account, lost, now_ms
from support.sluice import changed, pipeline

PIPELINES = "/v1/tenants/default/pipelines"
ONE = f"{PIPELINES}/one"
KEEPER = f"{PIPELINES}/keeper"


def config(analyzer, root="one", **sections):
    return pipeline(analyzer, root, **sections)


def status_of(api, target=ONE):
    return api.get(f"{target}/status").expect(200)


def publish(analyzer):
    """Everything that the simulator has, from its beginning to its end; how many flows."""
    analyzer.tell("start")
    finished = analyzer.finish()
    return finished["flows"]


def until_seen(api, count, target=ONE):
    return api.until(f"{target}/status", lambda status: account(status)["flows_seen"] >= count, f"{count} flows seen")


def condition(status, type):
    return {condition["type"]: condition for condition in status["conditions"]}[type]


def until_condition(api, type, find):
    return condition(api.until(f"{ONE}/status", lambda status: find(condition(status, type)), f"another {type}"), type)


def until_tried_again(api, type, tries):
    """Waits until so many tries have failed and another is waited for."""
    found = until_condition(api, type, lambda now: now.get("tries", 0) >= tries and now["next_at"])
    left = datetime.datetime.fromisoformat(found["next_at"]) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(seconds=-30) < left < datetime.timedelta(seconds=73), left
    return found


def test_create_start_stop_restart_and_delete_answer_when_it_has_happened(api, analyzers):
    analyzer = analyzers("--start", "command")

    made = api.put(ONE, config(analyzer), wait="10s").expect(201)
    assert (made["status"]["state"], made["desired_state"], made["action"]) == ("running", "running", "start")
    first = status_of(api)["worker"]["pid"]
    again = api.post(f"{ONE}/restart", wait="10s").expect(200)
    assert again["status"]["state"] == "running"
    assert status_of(api)["worker"]["pid"] != first
    stopped = api.post(f"{ONE}/stop", wait="10s").expect(200)
    assert (stopped["status"]["state"], stopped["desired_state"]) == ("stopped", "stopped")
    assert status_of(api)["worker"] is None
    started = api.post(f"{ONE}/start", wait="10s").expect(200)
    assert (started["status"]["state"], started["desired_state"]) == ("running", "running")
    api.delete(ONE).expect(204)
    api.get(ONE).expect(404)


def test_verbs_say_202_without_wait_and_are_idempotent(api, analyzers):
    api.put(ONE, config(analyzers("--start", "command"))).expect(201)
    for _ in range(2):
        api.post(f"{ONE}/start").expect(202)
    api.until_state(ONE, "running")
    for _ in range(2):
        api.post(f"{ONE}/stop").expect(202)
    api.until_state(ONE, "stopped")
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    api.post(f"{ONE}/restart", wait="10s").expect(200)
    assert status_of(api)["state"] == "running"


def test_a_pipeline_created_stopped_runs_when_it_is_started(api, analyzers):
    body = {"config": config(analyzers("--start", "command")), "desired_state": "stopped"}
    made = api.put(ONE, body).expect(201)
    assert (made["status"]["state"], made["action"]) == ("stopped", "none")
    assert status_of(api)["stopped_reason"]
    api.patch(ONE, {"desired_state": "running"}, wait="10s").expect(200)
    assert status_of(api)["state"] == "running"
    api.patch(ONE, {"desired_state": "stopped"}, wait="10s").expect(200)
    assert status_of(api)["state"] == "stopped"


def test_flows_between_a_stop_and_the_next_start_are_none_of_the_pipelines(api, analyzers):
    analyzer = analyzers("--loop", 2, "--start", "command")
    api.put(KEEPER, config(analyzer, "keeper"), wait="10s").expect(201)
    api.put(ONE, config(analyzer), wait="10s").expect(201)
    api.post(f"{ONE}/stop", wait="10s").expect(200)

    flows = publish(analyzer)
    until_seen(api, flows, KEEPER)
    api.post(f"{ONE}/start", wait="10s").expect(200)

    assert account(status_of(api))["flows_seen"] == 0
    assert account(status_of(api, KEEPER))["flows_seen"] == flows


def test_a_stop_writes_what_was_published_before_it(api, analyzers):
    analyzer = analyzers("--loop", 2, "--start", "command")
    api.put(ONE, config(analyzer), wait="10s").expect(201)
    flows = publish(analyzer)
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    counters = account(status_of(api))
    assert (counters["flows_seen"], counters["flows_written"]) == (flows, flows)


def test_a_stop_behind_a_restart_ends_what_is_the_pipelines(api, analyzers, object_store):
    # slow enough for a loaded machine to read all up to the stop in its time
    analyzer, store = analyzers("--loop", "forever", "--flows-per-second", 2000), object_store()
    api.put(KEEPER, config(analyzer, "keeper"), wait="10s").expect(201)
    store.tell("hang before-headers")
    api.put(ONE, store.pipeline(analyzer, max_flows=500), wait="10s").expect(201)
    store.wait("hanging")

    # the worker has cut, and cannot send; flows come behind the handover, before the stop
    api.post(f"{ONE}/restart").expect(202)
    api.until_state(ONE, "draining")
    until_seen(api, account(status_of(api, KEEPER))["flows_seen"] + 1000, KEEPER)
    api.post(f"{ONE}/stop").expect(202)
    store.tell("clear")
    api.until_state(ONE, "stopped")
    seen = account(status_of(api))["flows_seen"]
    keeper = account(status_of(api, KEEPER))["flows_seen"]
    until_seen(api, keeper + 6000, KEEPER)

    keeper = account(status_of(api, KEEPER))["flows_seen"]
    api.post(f"{ONE}/start", wait="10s").expect(200)
    more = account(status_of(api))["flows_seen"] - seen
    assert more <= account(status_of(api, KEEPER))["flows_seen"] - keeper
    assert lost(status_of(api)) == {}


def test_a_stop_by_force_counts_what_was_not_read_as_lost_to_the_ring_at_the_next_start(api, analyzers):
    analyzer = analyzers("--loop", 2, "--start", "command")
    api.put(KEEPER, config(analyzer, "keeper"), wait="10s").expect(201)
    api.put(ONE, config(analyzer), wait="10s").expect(201)
    worker = status_of(api)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)
    flows = publish(analyzer)
    until_seen(api, flows, KEEPER)

    api.post(f"{ONE}/stop", {"force": True}, wait="10s").expect(200)
    assert account(status_of(api))["flows_seen"] == 0
    api.post(f"{ONE}/start", wait="10s").expect(200)

    assert lost(status_of(api)) == {"ring": flows}


def test_a_worker_that_does_not_end_is_killed_and_what_was_to_follow_follows(serve_real, analyzers):
    serve = serve_real("--drain-timeout", 1)
    serve.api.put(ONE, config(analyzers("--start", "command")), wait="10s").expect(201)
    worker = status_of(serve.api)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)

    serve.api.post(f"{ONE}/restart", wait="15s").expect(200)

    assert status_of(serve.api)["state"] == "running"
    assert status_of(serve.api)["worker"]["pid"] != worker
    assert serve.api.get(ONE).expect(200)["desired_state"] == "running"


def test_a_killed_worker_comes_back_and_the_pipeline_says_how_it_ended(api, analyzers):
    analyzer = analyzers("--loop", 2, "--start", "command")
    api.put(ONE, config(analyzer), wait="10s").expect(201)
    flows = publish(analyzer)
    until_seen(api, flows)
    for count in (1, 2):
        os.kill(status_of(api)["worker"]["pid"], signal.SIGKILL)
        api.until(f"{ONE}/status", lambda status: status["restarts"]["total"] == count, "a restart")
        api.until_state(ONE, "backoff" if count == 2 else "running")
    waiting = status_of(api)
    assert waiting["restarts"]["recent"] == 2 and waiting["restarts"]["next_at"]
    assert waiting["last_error"]["code"] == "worker.ended" and waiting["last_error"]["current"]
    assert account(waiting)["flows_seen"] == flows
    ready = condition(waiting, "WorkerReady")
    assert ready["status"] is False and "signal 9" in ready["message"]
    assert ready["tries"] == 2 and ready["next_at"]
    # a start does not wait for the delay
    api.post(f"{ONE}/start", wait="10s").expect(200)
    after = status_of(api)
    assert after["state"] == "running" and not after["last_error"]["current"]
    assert "tries" not in condition(after, "WorkerReady")
    assert after["worker"]["last_exit"].startswith("ended unasked")
    assert account(after)["flows_seen"] == flows


def test_a_sink_that_refuses_makes_the_pipeline_degraded_until_it_takes_again(api, analyzers, object_store):
    store = object_store()
    analyzer = analyzers("--start", "command")
    store.tell("fail 503")
    api.put(ONE, store.pipeline(analyzer, max_flows=500), wait="10s").expect(201)
    flows = publish(analyzer)
    status = api.until_state(ONE, "degraded")
    sink = condition(status, "SinkReachable")
    assert sink["status"] is False and sink["reason"] and sink["message"] and sink["since"]
    until_tried_again(api, "SinkReachable", 2)
    store.tell("clear")
    assert "tries" not in condition(api.until_state(ONE, "running"), "SinkReachable")
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    assert account(status_of(api))["flows_written"] == flows


def test_an_analyzer_that_is_not_there_makes_the_pipeline_degraded(api, analyzers):
    analyzer = analyzers("--start", "command")
    url = analyzer.url
    api.put(ONE, config(url), wait="10s").expect(201)
    api.until(
        "/v1/subscriptions", lambda body: [item["state"] for item in body["items"]] == ["connected"], "a connection"
    )
    port = analyzer.port
    analyzer.stop()
    status = api.until_state(ONE, "degraded")
    up = condition(status, "SubscriptionUp")
    assert up["status"] is False and up["message"]
    assert up["message"] in status["reason"]
    until_tried_again(api, "SubscriptionUp", 2)
    analyzers("--start", "command", "--port", port)
    assert "tries" not in condition(api.until_state(ONE, "running"), "SubscriptionUp")


def test_a_subscriber_that_dies_again_says_when_it_is_started(serve_real, analyzers):
    serve = serve_real()
    api = serve.api
    api.put(ONE, config(analyzers("--start", "command").url), wait="10s").expect(201)
    for _ in range(2):
        until_condition(api, "SubscriptionUp", lambda up: up["status"] is True and "tries" not in up)
        (pid,) = serve.children("sluice-subscri")
        said = len(serve.err.lines)
        os.kill(pid, signal.SIGKILL)
        serve.err.wait_for("subscriber of .* ended unasked .*; it starts again in", start=said)
    waiting = until_condition(api, "SubscriptionUp", lambda up: up.get("tries") == 2)
    assert waiting["status"] == "unknown"
    until_condition(api, "SubscriptionUp", lambda up: up["status"] is True and "tries" not in up)


def test_a_pipeline_with_unsent_flows_is_deleted_only_with_discard(serve_real, analyzers, object_store):
    store = object_store()
    store.tell("fail 503")
    analyzer = analyzers("--start", "command")
    api = serve_real("--drain-timeout", 1).api
    api.put(ONE, store.pipeline(analyzer), wait="10s").expect(201)
    flows = publish(analyzer)
    until_seen(api, flows)

    problem = api.delete(ONE).expect(409)
    assert (problem["code"], problem["flows"]) == ("spool.not_empty", flows)
    assert api.get(ONE).expect(200)["status"]["state"] == "stopped"
    assert api.delete(ONE, dry_run="true").expect(409)["code"] == "spool.not_empty"
    gone = api.delete(ONE, discard="true").expect(200)["discarded"]
    assert gone["flows"] == flows and gone["objects"] > 0 and gone["bytes"] > 0
    row = next(row for row in api.get("/v1/audit").expect(200)["items"] if row["action"] == "pipeline.delete")
    assert row["detail"]["discarded"]["flows"] == flows


def test_unsent_flows_of_a_pipeline_stopped_before_a_restart_of_the_supervisor_are_known(
    serve_real, analyzers, object_store
):
    store = object_store()
    store.tell("fail 503")
    analyzer = analyzers("--start", "command")
    serve = serve_real("--drain-timeout", 1)
    serve.api.put(ONE, store.pipeline(analyzer), wait="10s").expect(201)
    flows = publish(analyzer)
    until_seen(serve.api, flows)
    serve.api.post(f"{ONE}/stop", wait="10s").expect(200)
    serve.stop_clean()

    api = serve_real(data_dir=serve.data_dir).api
    assert status_of(api)["state"] == "stopped"
    assert account(status_of(api))["flows_waiting"] == {"ring": 0, "state": 0, "spool": flows}
    problem = api.delete(ONE).expect(409)
    assert (problem["code"], problem["flows"]) == ("spool.not_empty", flows)
    store.tell("clear")
    api.post(f"{ONE}/start", wait="10s").expect(200)
    api.delete(ONE).expect(204)
    assert len(store.keys()) > 0


def test_changes_under_load_keep_the_position(serve_real, analyzers, build):
    analyzer = analyzers(*LOAD)
    serve = serve_real(*ROOMY)
    began_ms = now_ms()
    body = config(analyzer)
    serve.api.put(ONE, body, wait="10s").expect(201)
    history = ServeHistory(build, analyzer, serve.data_dir, "one")
    analyzer.tell("start")
    for count in range(5):
        analyzer.run_until(time.monotonic() + 0.3)
        body = changed(body, "pipeline.store.buffered.max_flows_per_object", 1000 + count)
        answer = serve.api.put(ONE, body, wait="25s").expect(200)
        assert (answer["action"], answer["changed"], answer["revision"]) == ("restart", True, count + 2)
    serve.api.post(f"{ONE}/restart", wait="25s").expect(200)
    analyzer.tell("pause")
    analyzer.sync()
    history.end(serve, began_ms)
    analyzer.stop()
    assert history.check(may_lose=set())["pipelines"]["one"]["stored"] > 5000


def test_a_change_of_the_analyzer_is_a_stop_and_a_start(api, analyzers):
    old = analyzers("--start", "command", recordings=[recording("mixed")])
    new = analyzers("--loop", 2, "--start", "command", recordings=[recording("mixed")])
    api.put(ONE, config(old), wait="10s").expect(201)
    flows = publish(old)
    until_seen(api, flows)
    api.put(ONE, config(new), wait="10s").expect(200)
    more = publish(new)
    until_seen(api, flows + more)
    api.post(f"{ONE}/stop", wait="10s").expect(200)
    counters = account(status_of(api))
    assert (counters["flows_seen"], counters["flows_written"]) == (flows + more, flows + more)
    assert lost(status_of(api)) == {}
