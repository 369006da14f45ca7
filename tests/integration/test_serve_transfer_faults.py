"""Imports of a thousand documents beside other requests, cut short, killed; what prune deletes and what it refuses to."""

import http.client
import os
import random
import signal
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.documents import NOWHERE, outcomes, parts, plain, stopped, tenant
from support.serve_account import account
from support.sluice import changed, pipeline

ACME = "/v1/tenants/acme/pipelines"
EDGE = f"{ACME}/edge"
DEAD = {"type": "s3", "s3": {"endpoint": "http://127.0.0.1:1", "region": "eu", "access_key": "a", "secret_key": "b"}}


def import_(api, *documents, **query):
    return api.post("/v1/import", "".join(documents), **query)


def thousand(count=1000, masks=100):
    """A tenant and its pipelines, with some work for each."""
    config = changed(plain("auto"), "pipeline.classify.cluster_net_masks", [f"10.{n >> 8}.{n & 255}.0/24" for n in range(masks)])
    return [tenant("acme", limits={"pipelines": 2000})] + [stopped("acme", f"p{n:04}", config) for n in range(count)]


class Asking:
    """Another client, which asks /livez again and again; how long each answer took."""

    def __init__(self, serve):
        self.connection = http.client.HTTPConnection(serve.address)
        self.took, self.over = [], False
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        while not self.over:
            begun = time.monotonic()
            self.connection.request("GET", "/livez")
            self.connection.getresponse().read()
            self.took.append(time.monotonic() - begun)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        self.connection.close()


def test_a_thousand_pipelines_come_over_as_the_same_bytes_and_others_are_answered_meanwhile(serve_real):
    serve, other = serve_real(), serve_real()
    documents = thousand()
    for query in ({"dry_run": "true"}, {}):
        with Asking(serve) as asking:
            begun = time.monotonic()
            done = import_(serve.api, *documents, **query).expect(200)
            took = time.monotonic() - begun
        assert done["counts"] == {"create": 1001, "change": 0, "none": 0, "delete": 0}
        # one step, the database's transaction, is not cut into pieces
        assert max(asking.took) < took / 2 and statistics.median(asking.took) < took / 20, (took, asking.took)
    text = serve.api.get("/v1/export").expect(200)
    assert len(parts(text)) == 1002
    import_(other.api, text).expect(200)
    assert other.api.get("/v1/export").expect(200) == text


def test_what_others_write_meanwhile_is_neither_lost_nor_undone(serve_real):
    api = serve_real().api
    import_(api, *thousand(300, 20)).expect(200)
    documents = [document.replace('"name"', '"description": "imported",\n "name"', 1) for document in thousand(300)[1:]]
    last = {}

    def write(number):
        """Until the import is over; with the last that was answered."""
        target, count = f"{ACME}/p{number * 70:04}", 0
        while not importing.done():
            count += 1
            api.put(target, {"labels": {"count": str(count)}}).expect(200)
        last[target] = {"count": str(count)}

    with ThreadPoolExecutor(5) as pool:
        importing = pool.submit(import_, api, *documents)
        list(pool.map(write, range(4)))
        assert importing.result().expect(200)["counts"]["change"] == 300
    for target, labels in last.items():
        after = api.get(target).expect(200)
        assert (after["labels"], after["description"]) == (labels, "imported")
        assert len(after["config"]["pipeline"]["classify"]["cluster_net_masks"]) == 100


def test_what_others_delete_meanwhile_comes_back_as_the_documents_say(serve_real):
    api = serve_real().api
    import_(api, *thousand(300, 20)).expect(200)
    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(import_, api, *thousand(300))
        deleted = [api.delete(f"{ACME}/p{number:04}").expect(204) for number in range(0, 300, 6) if not importing.done()]
        done = importing.result().expect(200)
    items = api.get("/v1/pipelines", limit=1000).expect(200)["items"]
    assert deleted and {item["desired_state"] for item in items} == {"stopped"}
    assert len(items) >= 300 - len(deleted) + done["counts"]["create"]


@pytest.mark.parametrize("kills", [pytest.param(10, id="short"), pytest.param(40, id="long", marks=pytest.mark.long)])
def test_a_killed_supervisor_leaves_all_of_an_import_or_nothing(serve_real, kills):
    documents, dice = thousand(200), random.Random(kills)
    data_dir = None
    for kill in range(kills):
        serve = serve_real(data_dir=data_dir)
        data_dir = serve.data_dir
        count = len(serve.api.get("/v1/pipelines", limit=1000).expect(200)["items"])
        assert count in (0, 200)
        if count:
            import_(serve.api, tenant("acme"), tenant("default"), prune="true").expect(200)
        log = serve.data_dir / "sluice.db-wal"
        before = log.stat().st_mtime_ns
        sender = threading.Thread(target=import_or_die, args=(serve.api, documents))
        sender.start()
        if kill % 2:
            # the database begins to write what it will commit
            while log.stat().st_mtime_ns == before:
                pass
        else:
            # a moment between the first byte and some time behind the answer, by what others are answered in it
            with Asking(serve) as asking:
                answers = 4 * 200 ** dice.random()
                while len(asking.took) < answers:
                    time.sleep(0)
                asking.over = True
        os.kill(serve.pid, signal.SIGKILL)
        serve.crash()
        sender.join()


def import_or_die(api, documents):
    try:
        import_(api, *documents)
    except (ConnectionError, http.client.HTTPException):
        pass


# ---- clients that go away ----


def send(api, body, length=None, **query):
    """The connection, whose answer was not read."""
    connection = api._connect()
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/yaml", "Content-Length": str(length or len(body))}
    target = "/v1/import" + "".join(f"?{name}={value}" for name, value in query.items())
    connection.request("POST", target, body.encode(), headers)
    return connection


def leave(connection):
    """The server has seen that its client has gone when it closes the connection, too."""
    connection.sock.shutdown(socket.SHUT_WR)
    assert connection.sock.recv(1) == b""
    connection.close()


def test_a_body_that_is_cut_short_changes_nothing(api):
    body = "".join(thousand(5))
    leave(send(api, body, length=len(body) + 1))
    assert api.get("/v1/tenants", q="acme").expect(200)["items"] == []
    cut = body[: body.rindex("config") + 20]
    assert import_(api, cut).expect(400)["errors"][-1]["document"] == 6
    assert api.get("/v1/tenants", q="acme").expect(200)["items"] == []


def stop_worker(api, target=EDGE):
    worker = api.get(f"{target}/status").expect(200)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)
    return worker


def running(serve, analyzer, **settings):
    serve.tenant("acme").put(EDGE, {"config": pipeline(analyzer, "edge", **settings)}, wait="10s").expect(201)
    return serve.api


def test_an_import_whose_client_has_gone_changes_nothing_and_makes_room(serve_real, analyzers):
    api = running(serve_real(), analyzers("--start", "command"))
    worker = stop_worker(api)
    waiting = send(api, tenant("acme", display_name="new"), prune="true")
    api.until_state(EDGE, "draining")
    refused = import_(api, tenant("acme"))
    assert refused.expect(503)["code"] == "import.running" and int(refused.headers["retry-after"]) > 0
    leave(waiting)
    os.kill(worker, signal.SIGCONT)
    api.until_state(EDGE, "running")
    assert api.get("/v1/tenants/acme").expect(200)["display_name"] == ""
    import_(api, tenant("acme", display_name="newer")).expect(200)


def test_an_upgrade_waits_for_another_time_while_an_import_is_under_way(serve_real, analyzers):
    serve = serve_real()
    api = running(serve, analyzers("--start", "command"))
    worker = stop_worker(api)
    waiting = send(api, tenant("acme", display_name="new"), prune="true")
    api.until_state(EDGE, "draining")
    serve.process.send_signal(signal.SIGUSR2)
    serve.err.wait_for("SIGUSR2: not upgraded, everything goes on as before: an import is under way")
    os.kill(worker, signal.SIGCONT)
    assert waiting.getresponse().status == 200
    waiting.close()
    assert serve.upgrade() == (0, 0)
    assert api.get("/v1/tenants/acme").expect(200)["display_name"] == "new"


def test_an_export_is_of_one_moment_and_is_cut_when_the_server_ends(serve_real):
    serve = serve_real()
    import_(serve.api, *thousand(300, 2000)).expect(200)
    whole = serve.api.get("/v1/export").text
    reading = [serve.api._connect() for _ in range(2)]
    answers = []
    for connection in reading:
        connection.request("GET", "/v1/export", headers={"Authorization": f"Bearer {serve.token}"})
        answers.append(connection.getresponse())
    import_(serve.api, tenant("acme"), tenant("default"), prune="true").expect(200)
    assert answers[0].read().decode() == whole
    assert serve.api.get("/v1/export").text != whole
    serve.terminate()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answers[1].read()
    serve.stop_clean()
    for connection in reading:
        connection.close()


# ---- prune ----


def test_with_mistakes_what_prune_would_delete_still_makes_room(api):
    limited = tenant("acme", limits={"pipelines": 2})
    import_(api, limited, stopped("acme", "a", plain("edge")), stopped("acme", "b")).expect(200)
    wrong = stopped("acme", "new", changed(plain("edge"), "pipeline.write.type", "fil"))
    problem = import_(api, limited, wrong, stopped("acme", "newer"), prune="true").expect(422)
    assert [(error["document"], error["code"]) for error in problem["errors"]] == [(2, "value")]
    # and what is wrong with one is as good as there for the others
    problem = import_(api, limited, wrong, stopped("acme", "x"), stopped("acme", "y", plain("edge")), prune="true").expect(422)
    assert [(error["document"], error["code"]) for error in problem["errors"]] == [
        (2, "value"),
        (4, "quota.pipelines"),
        (4, "host_id.in_use"),
    ]


def test_prune_deletes_what_is_not_in_the_body_and_nothing_else(api):
    import_(api, tenant("a"), tenant("b"), tenant("c"), stopped("a", "one"), stopped("a", "two"), stopped("b", "one")).expect(200)
    # a tenant whose pipeline is there is needed
    done = import_(api, tenant("default"), stopped("a", "one"), stopped("b", "new", plain("edge")), prune="true").expect(200)
    assert outcomes(done) == {"default": "none", "a/one": "none", "b/new": "create", "a/two": "delete", "b/one": "delete", "c": "delete"}
    items = api.get("/v1/pipelines").expect(200)["items"]
    assert [(item["tenant"], item["name"]) for item in items] == [("a", "one"), ("b", "new")]
    assert [item["name"] for item in api.get("/v1/tenants").expect(200)["items"]] == ["a", "b", "default"]
    # what goes makes room for what comes
    limited = tenant("a", limits={"pipelines": 1}) + tenant("b") + stopped("a", "other", plain("edge"))
    assert import_(api, limited).expect(422)["errors"][0]["code"] == "quota.pipelines"
    import_(api, limited, prune="true").expect(200)
    assert import_(api, "# nothing\n---\n", prune="true").expect(422)["code"] == "import.empty"


def test_what_goes_writes_out_what_it_has_first(serve_real, analyzers):
    serve = serve_real()
    analyzer = analyzers("--start", "command")
    api = running(serve, analyzer)
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    api.until(f"{EDGE}/status", lambda status: account(status)["flows_seen"] == flows, "all flows")
    files = serve.data_dir / "files" / "acme" / "edge"
    assert not list(files.rglob("0*"))
    worker = api.get(f"{EDGE}/status").body["worker"]["pid"]
    # an import that is refused ends nothing
    import_(api, tenant("acme"), stopped("nobody", "one"), prune="true").expect(422)
    assert api.get(f"{EDGE}/status").body["worker"]["pid"] == worker

    assert outcomes(import_(api, tenant("acme"), prune="true").expect(200))["acme/edge"] == "delete"
    api.get(EDGE).expect(404)
    assert list(files.rglob("0*")) and list((serve.data_dir / "spool").iterdir()) == []


def test_flows_that_cannot_be_written_are_not_thrown_away_unless_that_is_asked_for(serve_real, analyzers):
    serve = serve_real("--drain-timeout", 1)
    analyzer = analyzers("--start", "command")
    api = running(serve, analyzer, write=DEAD)
    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    api.until(f"{EDGE}/status", lambda status: account(status)["flows_seen"] == flows, "all flows")
    only = tenant("acme") + tenant("default") + stopped("acme", "new")

    problem = import_(api, only, prune="true").expect(409)
    assert problem["code"] == "spool.not_empty"
    assert [error["code"] for error in problem["errors"]] == ["spool.not_empty"] and "acme/edge" in problem["errors"][0]["detail"]
    api.get(f"{ACME}/new").expect(404)
    status = api.until_state(EDGE, "running", "degraded")
    assert (status["desired_state"], account(status)["flows_seen"]) == ("running", flows)

    done = import_(api, only, prune="true", discard="true").expect(200)
    (gone,) = [item for item in done["items"] if item["outcome"] == "delete"]
    assert gone["discarded"]["flows"] > 0
    (row,) = [row for row in api.get("/v1/audit").expect(200)["items"] if row["action"] == "pipeline.delete"]
    assert row["detail"] == {"import": True, "discarded": gone["discarded"]}
    assert list((serve.data_dir / "spool").iterdir()) == []


def test_what_somebody_starts_again_meanwhile_is_not_deleted(serve_real, analyzers):
    api = running(serve_real(), analyzers("--start", "command"))
    other = f"{ACME}/other"
    api.put(other, {"config": plain(), "desired_state": "stopped"}).expect(201)
    worker = stop_worker(api)
    waiting = send(api, tenant("acme"), prune="true")
    api.until_state(EDGE, "draining")
    api.post(f"{EDGE}/start").expect(202)
    answer = waiting.getresponse()
    assert answer.status == 409 and "pipeline.draining" in answer.read().decode()
    waiting.close()
    os.kill(worker, signal.SIGCONT)
    api.until_state(EDGE, "running")
    api.get(other).expect(200)
