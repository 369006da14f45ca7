"""DELETE of a pipeline over the deaths of its supervisor, and beside what else is asked for."""

import threading

import pytest
from support.objects import records_of
from support.serve_account import account, rows, spool_id
from support.sluice import pipeline

ONE = "/v1/tenants/default/pipelines/one"


class Asked(threading.Thread):
    """A DELETE whose answer is waited for elsewhere."""

    def __init__(self, api, **query):
        super().__init__(daemon=True)
        self.api, self.query, self.reply = api, query, None
        self.start()

    def run(self):
        try:
            self.reply = self.api.delete(ONE, **self.query)
        except Exception:  # the supervisor was killed
            pass

    def answer(self):
        self.join(60)
        return self.reply


@pytest.fixture
def full(analyzers, object_store):
    """full(serve) makes a pipeline that cannot write its flows; the store, and the number of flows."""

    def make(serve):
        store = object_store()
        store.tell("fail 503")
        analyzer = analyzers("--start", "command")
        serve.api.put(ONE, store.pipeline(analyzer, max_flows=500), wait="10s").expect(201)
        analyzer.tell("start")
        flows = analyzer.finish()["flows"]
        serve.api.until(f"{ONE}/status", lambda now: account(now)["flows_waiting"]["spool"] == flows, "all flows")
        return store, flows

    return make


def ask_and_wait_for_its_stop(serve, **query):
    asked = Asked(serve.api, **query)
    serve.api.until_state(ONE, "draining")
    return asked


def stored(store):
    return sum(len(records_of(item.content)) for item in store.objects())


def until_gone(serve, id):
    serve.api.until(ONE, lambda _: True, "the pipeline is gone", status=404)
    assert not (serve.data_dir / "spool" / id).exists()


def trail(serve, *actions):
    return [row for row in serve.api.get("/v1/audit").expect(200)["items"] if row["action"] in actions]


@pytest.mark.parametrize("end", ["crash", "kill"])
def test_a_delete_whose_supervisor_is_killed_before_its_end_goes_on_at_the_next_start(serve_real, full, end):
    serve = serve_real("--drain-timeout", 30)
    store, flows = full(serve)
    asked, id = ask_and_wait_for_its_stop(serve), spool_id(serve.data_dir, "one")
    # alone, or with its workers: the next one's worker writes out what they had no time for
    getattr(serve, end)()
    store.tell("clear")
    serve = serve_real("--drain-timeout", 30, data_dir=serve.data_dir)
    until_gone(serve, id)
    assert asked.answer() is None
    assert stored(store) == flows
    deleted, stopped = trail(serve, "pipeline.delete", "pipeline.stop")
    assert deleted["action"] == "pipeline.delete" and deleted["detail"] == {}
    for member in ("who", "role", "address", "request_id"):
        assert deleted[member] == stopped[member], member
    assert deleted["role"] == "admin"
    assert rows(serve.data_dir, "SELECT * FROM deletions") == []


def test_what_a_delete_was_to_discard_is_discarded_after_the_next_start_and_named(serve_real, full):
    serve = serve_real("--drain-timeout", 1)
    store, flows = full(serve)
    ask_and_wait_for_its_stop(serve, discard="true")
    id = spool_id(serve.data_dir, "one")
    serve.kill()
    serve = serve_real("--drain-timeout", 1, data_dir=serve.data_dir)
    until_gone(serve, id)
    (deleted,) = trail(serve, "pipeline.delete")
    assert deleted["detail"]["discarded"]["flows"] == flows
    assert stored(store) == 0


def test_a_delete_that_cannot_end_after_the_next_start_leaves_the_pipeline_stopped(serve_real, full):
    serve = serve_real("--drain-timeout", 1)
    store, flows = full(serve)
    ask_and_wait_for_its_stop(serve)
    serve.kill()
    serve = serve_real("--drain-timeout", 1, data_dir=serve.data_dir)
    serve.err.wait_for(rf"default/one: its DELETE: {flows} flows in \d+ objects are not written")
    serve.api.until_state(ONE, "stopped")
    assert rows(serve.data_dir, "SELECT * FROM deletions") == []
    serve.stop_clean()
    serve = serve_real("--drain-timeout", 1, data_dir=serve.data_dir)
    status = serve.api.get(f"{ONE}/status").expect(200)
    assert (status["desired_state"], status["state"], status["spool"]["flows"]) == ("stopped", "stopped", flows)
    serve.stop_clean()
    assert "DELETE" not in serve.err.text()


def test_a_start_takes_back_a_delete_that_waits(serve_real, full):
    serve = serve_real("--drain-timeout", 30)
    store, flows = full(serve)
    asked = ask_and_wait_for_its_stop(serve)
    serve.api.post(f"{ONE}/start").expect(202)
    assert asked.answer().expect(409)["code"] == "pipeline.started"
    store.tell("clear")
    serve.api.until_state(ONE, "running")
    serve.api.until(f"{ONE}/status", lambda now: now["flows_written"] == flows, "all flows")
    assert rows(serve.data_dir, "SELECT * FROM deletions") == []
    serve.api.delete(ONE).expect(204)


def test_a_delete_waits_for_the_worker_that_an_earlier_supervisor_left(serve_real, full):
    serve = serve_real("--drain-timeout", 30)
    store, flows = full(serve)
    serve.api.post(f"{ONE}/stop").expect(202)
    serve.api.until_state(ONE, "draining")
    serve.crash()
    serve = serve_real("--drain-timeout", 30, data_dir=serve.data_dir)
    assert serve.api.get(ONE).expect(200)["status"]["state"] == "stopped"
    asked = Asked(serve.api)
    serve.api.until("/v1/pipelines", lambda _: rows(serve.data_dir, "SELECT 1 FROM deletions"), "a DELETE that waits")
    store.tell("clear")
    assert asked.answer().expect(204) == ""
    assert stored(store) == flows


def test_what_is_unsent_of_a_pipeline_stopped_before_a_restart_is_judged_by_its_flows(serve_real, full, analyzers):
    serve = serve_real("--drain-timeout", 1)
    _, flows = full(serve)
    serve.api.post(f"{ONE}/stop", wait="10s").expect(200)
    two = "/v1/tenants/default/pipelines/two"
    serve.api.put(two, pipeline(analyzers("--start", "command"), "two"), wait="10s").expect(201)
    serve.api.post(f"{two}/stop", wait="10s").expect(200)
    ids = {name: spool_id(serve.data_dir, name) for name in ("one", "two")}
    serve.stop_clean()
    # flows of which the files are gone; and a file that a kill left behind the commit that had settled it
    for file in (serve.data_dir / "spool" / ids["one"]).glob("*.object"):
        file.unlink()
    (serve.data_dir / "spool" / ids["two"] / "other.0.9.9.object").write_bytes(b"\0" * 5000)
    serve = serve_real("--drain-timeout", 1, data_dir=serve.data_dir)
    problem = serve.api.delete(ONE).expect(409)
    assert (problem["code"], problem["flows"]) == ("spool.not_empty", flows)
    serve.api.delete(two).expect(200, 204)
    serve.api.get(two).expect(404)
    assert serve.api.delete(ONE, discard="true").expect(200)["discarded"]["flows"] == flows


def test_what_is_about_to_go_is_not_changed_unless_it_is_to_run(serve_real, full):
    serve = serve_real("--drain-timeout", 8)
    store, _ = full(serve)
    config = store.pipeline("ws://127.0.0.1:1/ws/subscriber/flow")
    asked = ask_and_wait_for_its_stop(serve)

    assert serve.api.put(ONE, config).expect(409)["code"] == "pipeline.draining"
    assert serve.api.patch(ONE, {"labels": {"a": "b"}}).expect(409)["code"] == "pipeline.draining"
    serve.api.put(ONE, {"config": config, "desired_state": "running"}).expect(200)

    assert asked.answer().expect(409)["code"] == "pipeline.started"
    store.tell("clear")


def test_a_tenant_that_is_removed_by_force_says_what_was_not_written(serve_real, full):
    serve = serve_real("--drain-timeout", 1)
    store, flows = full(serve)
    serve.api.put("/v1/tenants/empty", {}).expect(201)
    assert serve.api.delete("/v1/tenants/default").expect(409)["code"] == "tenant.not_empty"

    plan = serve.api.delete("/v1/tenants/default", force="true", dry_run="true").expect(200)
    answer = serve.api.delete("/v1/tenants/default", force="true").expect(200)

    assert answer["discarded"]["flows"] == flows and answer["discarded"]["pipelines"] == 1
    assert plan == {"changed": True, **answer}
    row = serve.api.get("/v1/audit", limit=1).expect(200)["items"][0]
    assert (row["action"], row["detail"]) == ("tenant.delete", answer)
    serve.api.delete("/v1/tenants/empty", force="true").expect(204)
    store.tell("clear")
