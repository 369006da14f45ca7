"""GET …/logs, GET and PUT …/log-level: what a pipeline's workers log, kept in bounded files, and how much of it."""

import os
import signal

import pytest
from support.serve import EventStream
from support.sluice import changed, pipeline

PIPELINES = "/v1/tenants/acme/pipelines"
ONE = f"{PIPELINES}/one"
FILE_BYTES = 1 << 20


class Followed(EventStream):
    """…/logs?follow=true as lines."""

    TYPE = "text/plain; charset=utf-8"

    def wait_for(self, pattern):
        return self.lines.wait_for(pattern)


@pytest.fixture
def follow():
    streams = []

    def start(api, target=ONE, **query):
        streams.append(Followed(api, target=f"{target}/logs", follow="true", **query))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


def logs(api, target=ONE, **query):
    return api.get(f"{target}/logs", **query).expect(200).splitlines()


def log_file(serve, name="one"):
    found = [path for path in (serve.data_dir / "logs").glob("*.log") if f"acme/{name}" in path.read_text()]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def serve(serve_real):
    return serve_real()


@pytest.fixture
def acme(serve):
    return serve.tenant("acme")


@pytest.fixture
def running(acme, analyzers):
    """A pipeline that runs, and has been stopped once: its worker has said so."""
    acme.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    return ONE


def test_what_a_worker_says_is_there_and_what_the_supervisor_says_of_it(serve, acme, running):
    (line,) = logs(acme)
    assert "worker acme/one drained" in line
    os.kill(acme.get(f"{ONE}/status").expect(200)["worker"]["pid"], signal.SIGKILL)
    acme.until(f"{ONE}/status", lambda status: status["restarts"]["total"] == 1 and status["state"] == "running", "another")
    assert "sluiced acme/one: worker ended unasked (signal 9 (Killed))" in logs(acme)[-1]
    assert "drained" in serve.err.text() and log_file(serve).stat().st_mode & 0o777 == 0o600


def test_each_pipeline_has_its_own(serve, acme, running, analyzers):
    acme.put(f"{PIPELINES}/one-more", pipeline(analyzers("--start", "command"), "two"), wait="10s").expect(201)
    acme.post(f"{PIPELINES}/one-more/stop", wait="10s").expect(200)

    assert ["acme/one-more" in line for line in logs(acme, f"{PIPELINES}/one-more")] == [True]
    assert len(logs(acme)) == 1
    viewer, other = serve.tenant("acme", "viewer"), serve.tenant("other")
    assert logs(viewer) == logs(acme)
    assert other.get(f"{ONE}/logs").expect(404)["code"] == "not_found"
    assert acme.get(f"{PIPELINES}/none/logs").expect(404)["code"] == "not_found"


def test_the_last_lines_and_those_since(serve, acme, running):
    stamps = [f"2026-01-01T00:00:{second:02}.000Z" for second in range(10)]
    file = log_file(serve)
    file.write_text("".join(f"{stamp} info worker acme/one line {number}\n" for number, stamp in enumerate(stamps)))

    def numbers(**query):
        return [int(line.rsplit(" ", 1)[1]) for line in logs(acme, **query)]

    assert numbers() == list(range(10))
    assert numbers(tail=3) == [7, 8, 9] and numbers(tail=0) == [] and numbers(tail=10000) == list(range(10))
    assert numbers(since="2026-01-01T00:00:06Z") == [6, 7, 8, 9]
    assert numbers(since="2026-01-01T00:00:06Z", tail=2) == [8, 9]
    assert numbers(since="2027-01-01T00:00:00Z") == [] and numbers(since="10m") == []
    file.rename(file.with_suffix(".log.1"))
    assert numbers(tail=2) == [8, 9]
    file.write_text("2026-01-01T00:00:10.000Z info worker acme/one line 10\nof no time 11\n")
    assert numbers(tail=4) == [8, 9, 10, 11] and numbers(tail=1) == [11]
    assert numbers(since="2026-01-01T00:00:10Z") == [10, 11]


@pytest.mark.parametrize(
    "query", [{"tail": "-1"}, {"tail": "10001"}, {"tail": "x"}, {"since": "yesterday"}, {"follow": "yes"}, {"lines": "3"}]
)
def test_a_query_that_is_none_is_refused_with_its_place(acme, running, query):
    (error,) = acme.get(f"{ONE}/logs", **query).expect(400)["errors"]
    assert error["pointer"] == f"?{next(iter(query))}"


def test_a_log_is_followed_over_workers_and_files(serve_real, serve, acme, running, follow):
    stream = follow(acme, tail=0)
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    stream.wait_for("drained")
    serve.stop_clean()
    file = log_file(serve)
    line = "2026-01-01T00:00:00.000Z info worker acme/one of before\n"
    file.write_text(line * (FILE_BYTES // len(line)))
    api = serve_real(data_dir=serve.data_dir).api
    api.until_state(ONE, "running")
    stream = follow(api, tail=1)

    for _ in range(3):
        api.post(f"{ONE}/restart", wait="10s").expect(200)

    for _ in range(3):
        stream.wait_for("acme/one drained")
    assert [text for text in stream.lines.lines if "drained" not in text] == [line.strip()]
    assert file.stat().st_size < 1000 and FILE_BYTES - 200 < file.with_suffix(".log.1").stat().st_size <= FILE_BYTES
    assert len(logs(api, tail=10000)) == 10000


def test_lines_as_events(acme, running):
    stream = EventStream(acme, target=f"{ONE}/logs", follow="true", accept="text/event-stream", data=str)
    try:
        _, type, line = stream.next()
        assert type == "line" and "worker acme/one drained" in line
    finally:
        stream.close()


def test_a_followed_log_ends_with_its_pipeline(acme, running, follow):
    stream = follow(acme)
    acme.delete(ONE).expect(204)
    stream.lines.finish()
    assert stream.lines.ended


def test_the_files_go_with_the_pipeline_and_with_one_that_is_not_known(serve_real, serve, acme, running):
    folder = serve.data_dir / "logs"
    acme.post(f"{ONE}/stop", wait="10s").expect(200)
    (folder / f"{'0' * 16}.log").write_text("of nobody\n")
    (folder / "mine.txt").write_text("somebody's\n")
    serve.stop_clean()
    again = serve_real(data_dir=serve.data_dir)
    names = {path.name for path in folder.iterdir()}
    assert "mine.txt" in names and f"{'0' * 16}.log" not in names and len(names) == 2

    again.api.delete(ONE).expect(204)

    assert {path.name for path in folder.iterdir()} == {"mine.txt"}


def test_a_workers_level_changes_while_it_runs_and_holds_for_the_next(serve, acme, running):
    viewer = serve.tenant("acme", "viewer")
    assert viewer.get(f"{ONE}/log-level").expect(200) == {"level": None}
    acme.put(f"{ONE}/log-level", {"level": "debug"}).expect(200)
    assert viewer.get(f"{ONE}/log-level").expect(200) == {"level": "debug"}
    (row,) = serve.api.get("/v1/audit", limit=1).expect(200)["items"]
    assert (row["action"], row["name"], row["detail"]) == ("pipeline.log_level", "one", {"level": "debug"})
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    acme.put(ONE, changed(acme.get(ONE).expect(200)["config"], "pipeline.store.buffered.max_flows_per_object", 77), wait="10s")
    assert any(" debug worker acme/one " in line for line in logs(acme))
    before = len(logs(acme, tail=10000))
    assert acme.put(f"{ONE}/log-level", {"level": None}).expect(200) == acme.get(f"{ONE}/log-level").expect(200) == {"level": None}
    acme.post(f"{ONE}/restart", wait="10s").expect(200)
    assert not any(" debug " in line for line in logs(acme, tail=10000)[before:])
    assert viewer.put(f"{ONE}/log-level", {"level": "debug"}).expect(403)["code"] == "role.forbidden"
    for body in ({}, {"level": "loud"}, {"level": 1}, {"level": "info", "more": 1}):
        assert acme.put(f"{ONE}/log-level", body).expect(422)["code"] == "body.invalid"
    for reply in (acme.put(f"{PIPELINES}/none/log-level", {"level": "debug"}), acme.get(f"{PIPELINES}/none/log-level")):
        assert reply.expect(404)["code"] == "not_found"
    assert serve.tenant("other").get(f"{ONE}/log-level").expect(404)["code"] == "not_found"
