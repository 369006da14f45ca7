"""host_id over all tenants, and concurrent writes: one registry, no lost update."""

from concurrent.futures import ThreadPoolExecutor

from support.sluice import pipeline

RACES, RACERS = 200, 4


def config(host_id=None, root="one", url="ws://127.0.0.1:1/ws/subscriber/flow"):
    return {**pipeline(url, root), **({} if host_id is None else {"host_id": host_id})}


def stopped(host_id=None, **more):
    return {"config": config(host_id), "desired_state": "stopped", **more}


def place(tenant, name="one"):
    return f"/v1/tenants/{tenant}/pipelines/{name}"


def test_a_host_id_is_one_pipelines_over_all_tenants_and_its_holder_is_told_to_those_who_may_see_it(serve_real):
    serve = serve_real()
    acme, other = serve.tenant("acme"), serve.tenant("other")
    acme.put(place("acme"), stopped("edge-1")).expect(201)
    mine = acme.put(place("acme", "two"), stopped("edge-1")).expect(409)
    assert mine["code"] == "host_id.in_use" and "acme/one" in mine["errors"][0]["detail"]
    problem = other.put(place("other"), stopped("edge-1"))
    assert problem.expect(409)["code"] == "host_id.in_use"
    error = problem.body["errors"][0]
    assert (error["pointer"], error["code"], error["suggestion"]) == ("/config/host_id", "host_id.in_use", "edge-1-2")
    assert "acme" not in problem.text
    assert other.put(place("other"), stopped("edge-1"), dry_run="true").expect(409)["code"] == "host_id.in_use"
    other.put(place("other"), stopped(error["suggestion"])).expect(201)
    found = {row["host_id"]: row["tenant"] for row in serve.api.get("/v1/host-ids").expect(200)["items"]}
    assert found == {"edge-1": "acme", "edge-1-2": "other"}
    # "" is free for all, and a deleted pipeline's id is free again
    acme.put(place("acme", "three"), stopped("")).expect(201)
    other.put(place("other", "three"), stopped("")).expect(201)
    acme.delete(place("acme")).expect(204)
    acme.put(place("acme", "two"), stopped("edge-1")).expect(201)


def test_auto_is_tenant_and_name_for_the_pipelines_life(serve_real):
    serve = serve_real()
    acme = serve.tenant("acme")
    acme.put(place("acme", "taken"), stopped("acme-one")).expect(201)
    made = acme.put(place("acme"), stopped("auto")).expect(201)
    assert (made["host_id"], made["config"]["host_id"]) == ("acme-one-2", "auto")
    acme.delete(place("acme", "taken")).expect(204)
    again = acme.put(place("acme"), stopped("auto")).expect(200)
    assert (again["host_id"], again["changed"], again["revision"]) == ("acme-one-2", False, 1)
    acme.put(place("acme"), stopped("edge")).expect(200)
    back = acme.put(place("acme"), stopped("auto")).expect(200)
    assert back["host_id"] == "acme-one-2"


def test_a_renamed_pipeline_keeps_its_old_id_until_it_is_ready_with_the_new_one(serve_real, analyzers):
    serve = serve_real()
    api, url = serve.api, analyzers("--start", "command").url
    api.put(place("default"), config("old", url=url), wait="10s").expect(201)
    api.post(f"{place('default')}/stop", wait="10s").expect(200)
    api.put(place("default"), config("new", url=url)).expect(200)
    for taken in ("old", "new"):
        api.put(place("default", "two"), stopped(taken)).expect(409)
    rows = {row["host_id"]: row["current"] for row in api.get("/v1/host-ids").expect(200)["items"]}
    assert rows == {"new": True, "old": False}
    api.post(f"{place('default')}/start", wait="10s").expect(200)
    api.put(place("default", "two"), stopped("new")).expect(409)
    api.put(place("default", "two"), stopped("old")).expect(201)


def test_of_those_who_race_for_a_host_id_exactly_one_wins(serve_real):
    serve = serve_real()
    tenants = [(f"t{number}", serve.tenant(f"t{number}")) for number in range(RACERS)]

    def write(racer, race):
        name, api = racer
        return api.put(place(name), stopped(f"edge-{race}"))

    with ThreadPoolExecutor(RACERS) as pool:
        for race in range(RACES):
            replies = list(pool.map(lambda racer, race=race: write(racer, race), tenants))
            won = [reply for reply in replies if reply.status in (200, 201)]
            losers = [reply.expect(409) for reply in replies if reply not in won]
            assert len(won) == 1, [reply.status for reply in replies]
            taken = {row["host_id"] for row in serve.api.get("/v1/host-ids", limit=500).expect(200)["items"]}
            for problem in losers:
                (error,) = problem["errors"]
                assert error["code"] == "host_id.in_use" and error["suggestion"] not in taken


def test_concurrent_changes_with_if_match_lose_no_update(serve_real):
    serve = serve_real()
    serve.api.put(place("default"), stopped(labels={"count": "0"})).expect(201)

    def add(_):
        while True:
            reply = serve.api.get(place("default"))
            labels = {"count": str(int(reply.body["labels"]["count"]) + 1)}
            match = {"If-Match": reply.headers["etag"]}
            done = serve.api.put(place("default"), stopped(labels=labels), headers=match)
            if done.status == 200:
                return
            assert done.expect(412)["code"] == "etag.stale"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(64)))
    assert serve.api.get(place("default")).body["labels"] == {"count": "64"}


def test_if_match_of_a_pipeline_that_is_not_there_or_of_another_version_is_refused(api):
    assert api.put(place("default"), stopped(), headers={"If-Match": "*"}).expect(412)
    api.put(place("default"), stopped()).expect(201)
    assert api.delete(place("default"), headers={"If-Match": '"no"'}).expect(412)
    etag = api.get(place("default")).headers["etag"]
    api.patch(place("default"), {"labels": {"a": "b"}}, headers={"If-Match": etag}).expect(200)
    api.patch(place("default"), {"labels": {"a": "c"}}, headers={"If-Match": etag}).expect(412)
    api.delete(place("default"), headers={"If-Match": api.get(place("default")).headers["etag"]}).expect(204)
