"""Requests made from the contract by schemathesis: no 5xx, no status and no body that is not documented; and bodies that are
none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.sluice import pipeline

ONE = "/v1/tenants/default/pipelines/one"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PLACES = """
[parameters]
"path.t" = "default"
"path.name" = "one"
"query.prune" = false
"""
# they have no end that a schema could be held against: test_serve_events, test_serve_tap
STREAMS = ("/v1/events", "/v1/tenants/{t}/pipelines/{name}/tap")
FORMS = [
    pytest.param("fuzzing", 4, 50, id="short"),
    pytest.param("examples,coverage,fuzzing", 30, 900, id="long", marks=pytest.mark.long),
]


def stopped(url="ws://127.0.0.1:1/ws/subscriber/flow"):
    return {"config": pipeline(url, "one"), "desired_state": "stopped"}


@pytest.mark.parametrize("phases, examples, seconds", FORMS)
def test_every_answer_is_one_of_the_contracts(serve_real, folder, phases, examples, seconds):
    serve = serve_real("--drain-timeout", 1)
    serve.api.put(ONE, stopped()).expect(201)
    places = folder / "places.toml"
    places.write_text(PLACES)
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", places, "run"]
    command += [f"{serve.url}/v1/openapi.json", "--header", f"Authorization: Bearer {serve.token}", "--checks", CHECKS]
    command += [word for path in STREAMS for word in ("--exclude-path", path)]
    command += ["--phases", phases, "--max-examples", str(examples), "--seed", "1", "--generation-database", "none"]

    done = subprocess.run(command + ["--no-color"], cwd=folder, capture_output=True, text=True, timeout=seconds * 4)

    assert done.returncode == 0, done.stdout[done.stdout.find("= FAILURES") :] + done.stderr
    paths = serve.api.get("/v1/openapi.json").expect(200)["paths"]
    methods = ("get", "put", "post", "patch", "delete")
    operations = sum(method in methods for path, item in paths.items() for method in item if path not in STREAMS)
    assert f"{operations} selected" in done.stdout


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    "body, status",
    [
        ("{", 400),
        ('{"a":1,"a":2}', 400),
        (nested(5000), 400),
        ('{"description":"\\u0000"}', 422),
        (json.dumps({"description": "x" * (64 << 10)}), 413),
        ("[]", 422),
        ("7", 422),
        ('{"labels":{}}', 422),
        ("{}", 422),
    ],
)
def test_what_is_no_pipeline_is_refused_and_nothing_is_stored(api, body, status):
    for target in (f"{ONE}", "/v1/validate"):
        method = "POST" if "validate" in target else "PUT"
        problem = api.call(method, target, body, content_type="application/json")
        assert problem.status in (status, 400, 422) and 400 <= problem.status < 500, problem.text
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.body["code"] and problem.body["request_id"]
    assert api.get("/v1/pipelines").expect(200)["items"] == []


def test_all_mistakes_of_a_configuration_are_told_at_once_with_their_places(api):
    body = json.dumps(stopped(), indent=1)
    body = body.replace('"type": "subnet"', '"type": "subnett"').replace('"buffered": {', '"buffered": {\n"no": 1,')
    problem = api.put(ONE, body, content_type="application/json").expect(422)
    assert problem["code"] == "config.invalid"
    places = {error["pointer"]: error for error in problem["errors"]}
    assert {"/config/pipeline/classify/type", "/config/pipeline/store/buffered/no"} <= places.keys()
    assert places["/config/pipeline/classify/type"]["suggestion"] == "subnet"
    assert all(error["line"] > 1 for error in places.values())
