"""Who may do what: every route of the contract with every role and tenant."""

import datetime
import random
import statistics
import time

import pytest
from support.api import Client
from support.sluice import pipeline

ACME = "/v1/tenants/acme/pipelines/one"
RANKS = {"none": 0, "viewer": 1, "operator": 2, "admin": 3}
METHODS = ("get", "put", "post", "patch", "delete")
CONFIG = pipeline("ws://127.0.0.1:1/ws/subscriber/flow", "one")
# what an allowed call sends; dry_run keeps it from changing anything where there is one
BODIES = {
    "putTenant": {},
    "createTenantToken": {"role": "viewer"},
    "createPipeline": {"name": "two", "config": CONFIG},
    "putPipeline": {"config": CONFIG},
    "patchPipeline": {"labels": {}},
    "validate": CONFIG,
    "setLogLevel": {"level": "debug"},
    "rollbackPipeline": {"revision": 1},
    "logIn": {"token": "slc_no"},
}


class World:
    """A server with two tenants, and a caller for each cell of the matrix."""

    def __init__(self, serve):
        self.admin = serve.api
        self.acme = {role: serve.tenant("acme", role) for role in ("viewer", "operator")}
        self.other = {role: serve.tenant("other", role) for role in ("viewer", "operator")}
        self.admin.put(ACME, {"config": CONFIG, "desired_state": "stopped"}).expect(201)
        made = self.admin.post("/v1/tenants/acme/tokens", {"role": "viewer"}).expect(201)
        self.tenant_token = made["id"]
        self.token = self.admin.post("/v1/tokens", {}).expect(201)["id"]
        self.contract = self.admin.get("/v1/openapi.json").expect(200)

    def operations(self):
        for path, item in self.contract["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method], item.get("parameters", []) + item[method].get("parameters", [])

    def ask(self, api, path, method, operation, parameters, tenant="acme"):
        token = self.tenant_token if "{t}" in path else self.token
        target = path.replace("{t}", tenant).replace("{name}", "one").replace("{id}", token).replace("{n}", "1")
        dry = any(parameter.get("$ref", "").endswith("/dry_run") for parameter in parameters)
        body = BODIES.get(operation["operationId"])
        return api.call(method.upper(), target, body, **({"dry_run": "true"} if dry else {}))


@pytest.fixture
def world(serve_real):
    return World(serve_real())


def words(reply):
    """A problem without what differs from request to request."""
    return {name: value for name, value in reply.body.items() if name not in ("instance", "request_id")}


def expected(operation, path, role, own):
    """The status that refuses the caller, None: it may."""
    if RANKS[role] == 0 and operation["x-role"] != "none":
        return 401
    # what a role may never do is refused before anybody looks whether the tenant is there
    if RANKS[role] < RANKS[operation["x-role"]]:
        return 403
    return 404 if "{t}" in path and not own else None


def test_every_cell_of_roles_tenants_and_routes_is_as_the_contract_says(world):
    callers = [("none", True, world.admin.with_token(None)), ("admin", True, world.admin)]
    callers += [(role, True, api) for role, api in world.acme.items()]
    callers += [(role, False, api) for role, api in world.other.items()]
    wrong, cells = [], 0
    for path, method, operation, parameters in world.operations():
        for role, own, api in callers:
            cells += 1
            status = world.ask(api, path, method, operation, parameters).status
            wanted = expected(operation, path, role, own)
            fits = status == wanted if wanted else status not in (403, 404) and status < 500
            # a token that is none is not taken for a session either
            fits = fits or (operation["operationId"] == "logIn" and status == 401 and wanted is None)
            if not fits:
                wrong.append(f"{method} {path} as {role}{'' if own else ' of another tenant'}: {status}, not {wanted}")
    assert not wrong, "\n".join(wrong)
    assert cells > 150


def test_another_tenants_things_cannot_be_told_from_those_that_are_not_there(world):
    for path, method, operation, parameters in world.operations():
        if "{t}" not in path:
            continue
        for role, api in world.other.items():
            there = world.ask(api, path, method, operation, parameters)
            absent = world.ask(api, path, method, operation, parameters, tenant="nobody")
            assert (there.status, words(there)) == (absent.status, words(absent)), f"{method} {path} as {role}"


def ask_in_turns(client, requests, times, count=200):
    """Adds how long each was waited for, in seconds; they take turns, so that what else goes on hits all alike."""
    for _ in range(count):
        for i in random.sample(range(len(requests)), len(requests)):
            began = time.perf_counter()
            client.send(requests[i])
            answer = client.read()
            times[i].append(time.perf_counter() - began)
            assert answer.status == 404, requests[i]


def undisturbed(times):
    """What the quick ones of many answers took: work that one takes more is in them too, waiting for a processor is not."""
    return statistics.quantiles(times, n=10)[0]


@pytest.mark.parametrize(
    "method, verb, body",
    [("GET", "", None), ("GET", "/status", None), ("POST", "/start", None), ("DELETE", "", None), ("PUT", "", CONFIG)],
)
def test_another_tenants_pipeline_is_denied_in_the_time_of_one_that_is_not_there(world, analyzers, method, verb, body):
    # one that takes long to read
    nets = {"type": "subnet", "cluster_net_masks": [f"10.{i // 250}.{i % 250}.0/24" for i in range(3000)]}
    running = pipeline(analyzers("--start", "command"), "one", classify=nets)
    world.admin.put(ACME, running, wait="10s").expect(200)
    token = world.other["operator"].token
    names = ["acme/pipelines/one", "acme/pipelines/two", "none/pipelines/one"]
    names += ["other/pipelines/one"] if method != "PUT" else []  # that would make it
    host, port = world.admin.address.rsplit(":", 1)
    with Client(host, int(port)) as client:
        requests = [client.request(method, f"/v1/tenants/{name}{verb}", body, token) for name in names]
        times = [[] for _ in requests]
        # chance evens out with more answers, a difference that is one stays
        for _ in range(10):
            ask_in_turns(client, requests, times)
            quick = [undisturbed(found) for found in times]
            if max(quick) < 1.04 * min(quick):
                return
    pytest.fail(f"{dict(zip(names, quick))}")


def test_lists_hold_only_what_the_caller_may_see(world):
    for role, api in world.other.items():
        assert api.get("/v1/pipelines").expect(200)["items"] == [], role
        assert "acme" not in api.get("/metrics").text
    for role, api in world.acme.items():
        assert [row["name"] for row in api.get("/v1/pipelines").expect(200)["items"]] == ["one"], role


def test_a_session_says_whose_token_it_is_when_it_ends_and_who_answers(world):
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = world.admin.post("/v1/tenants/acme/tokens", {"role": "viewer", "description": "on duty", "expires_at": soon}).expect(201)
    lasting = world.admin.post("/v1/tenants/acme/tokens", {"role": "viewer"}).expect(201)
    nobody = world.admin.with_token(None)

    token = nobody.with_token(made["token"]).get("/v1/session").expect(200)
    session = nobody.post("/v1/session", {"token": made["token"]}).expect(200)
    long = nobody.post("/v1/session", {"token": lasting["token"]}).expect(200)

    assert (token["description"], token["expires_at"], token["server"]) == ("on duty", soon, session["server"])
    assert (session["description"], session["expires_at"]) == ("on duty", soon) and session["server"]["version"]
    assert long["description"] == "" and long["expires_at"] > soon
    assert nobody.with_token(lasting["token"]).get("/v1/session").expect(200)["expires_at"] is None


@pytest.mark.parametrize(
    "header, said",
    [
        ("Bearer", "has no token behind Bearer"),
        ("bearer   ", "has no token behind Bearer"),
        ("Basic eDp5", "must be Bearer TOKEN"),
        ("Bearerslc_x", "must be Bearer TOKEN"),
        ("Bearer slc_x", "is not known, has expired or was revoked"),
    ],
)
def test_what_is_wrong_with_a_token_is_told_as_far_as_it_is_no_secret(serve_real, header, said):
    answer = serve_real().api.with_token(None).call("GET", "/v1/session", headers={"Authorization": header}).expect(401)
    assert answer["code"] == "token.invalid" and said in answer["detail"]


def test_a_revoked_or_wrong_token_is_401_and_ten_of_them_429(world):
    made = world.admin.post("/v1/tenants/acme/tokens", {"role": "viewer"}).expect(201)
    api = world.admin.with_token(made["token"])
    api.get(ACME).expect(200)
    world.admin.delete(f"/v1/tenants/acme/tokens/{made['id']}").expect(204)
    statuses = [api.get(ACME).status for _ in range(12)]
    assert statuses[0] == 401 and statuses[-1] == 429


def test_a_token_that_would_never_hold_is_not_made(serve_real):
    api = serve_real().api
    (error,) = api.post("/v1/tokens", {"expires_at": "2020-01-01T00:00:00Z"}).expect(422)["errors"]
    assert (error["pointer"], error["code"]) == ("/expires_at", "value")
    assert api.post("/v1/tokens", {"expires_at": "2090-01-01T00:00:00Z"}).status == 201
