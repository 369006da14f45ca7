"""Databases that earlier versions wrote (tests/data/databases): brought up to date at the start, with all that is in them."""

import shutil
import sqlite3

import pytest
from support.fixtures import DATA
from support.serve_account import rows
from support.sluice import changed

SCHEMAS = sorted((DATA / "databases").glob("schema-*"))
PIPELINES = "/v1/tenants/acme/pipelines"
EDGE = f"{PIPELINES}/edge"


@pytest.fixture(params=SCHEMAS, ids=lambda path: path.name)
def earlier(request, folder):
    """A data folder as that version left it; and the folder that it was made from."""
    data_dir = folder / "earlier"
    data_dir.mkdir(mode=0o700)
    database = sqlite3.connect(data_dir / "sluice.db")
    database.executescript((request.param / "sluice.sql").read_text())
    database.close()
    for name in ("master.key", "admin.token"):
        shutil.copy(request.param / name, data_dir)
    for path in data_dir.iterdir():
        path.chmod(0o600)
    return data_dir, request.param


def test_everything_is_there_and_goes_on(serve_real, earlier, analyzers):
    data_dir, made = earlier
    analyzer = analyzers("--username", "admin", "--password", "of schema 1", "--start", "command")
    serve = serve_real(data_dir=data_dir)
    acme = serve.api.with_token((made / "operator.token").read_text().strip())

    found = {row["name"]: row for row in acme.get("/v1/pipelines", fields="config").expect(200)["items"]}
    assert set(found) == {"core", "edge"}
    assert (found["edge"]["host_id"], found["core"]["host_id"]) == ("acme-edge", "core-1")
    assert (found["edge"]["revision"], found["edge"]["labels"]) == (2, {"site": "one"})
    assert found["core"]["limits"] == {"restarts": "5/60s"} and found["edge"]["description"] == "made by schema 1"
    assert [row["revision"] for row in acme.get(f"{EDGE}/revisions").expect(200)["items"]] == [2, 1]
    assert serve.api.get("/v1/tenants/acme").expect(200)["limits"]["sinks"] == ["file", "s3"]
    assert len(serve.api.get("/v1/audit").expect(200)["items"]) >= 5
    # the secret is still known: the analyzer accepts it
    config = changed(found["edge"]["config"], "pipeline.subscriber.url", analyzer.url)
    acme.put(EDGE, {"config": config, "desired_state": "running"}, wait="10s").expect(200)
    conditions = acme.get(f"{EDGE}/status").expect(200)["conditions"]
    acme.until(
        f"{EDGE}/status",
        lambda status: {"type": "SubscriptionUp", "status": True}.items()
        <= {item["type"]: item for item in status["conditions"]}.get("SubscriptionUp", {}).items(),
        f"the analyzer takes the password; {conditions}",
    )
    acme.post(f"{EDGE}/rollback", {"revision": 1}).expect(200)
    acme.delete(f"{PIPELINES}/core").expect(204)


def test_a_second_start_finds_nothing_to_do(serve_real, earlier):
    data_dir, _ = earlier
    serve_real(data_dir=data_dir).stop_clean()
    ((version,),) = rows(data_dir, "PRAGMA user_version")
    before = rows(data_dir, "SELECT name, sql FROM sqlite_schema ORDER BY name")

    serve = serve_real(data_dir=data_dir)

    assert rows(data_dir, "PRAGMA user_version") == [(version,)]
    assert rows(data_dir, "SELECT name, sql FROM sqlite_schema ORDER BY name") == before
    fresh = serve_real()
    assert rows(fresh.data_dir, "PRAGMA user_version") == [(version,)]
    assert rows(fresh.data_dir, "SELECT name, sql FROM sqlite_schema ORDER BY name") == before
    assert serve.api.get("/livez").status == 200


def test_every_schema_before_the_present_one_is_here(serve_real):
    ((version,),) = rows(serve_real().data_dir, "PRAGMA user_version")
    assert [path.name for path in SCHEMAS] == [f"schema-{number}" for number in range(1, version)]
