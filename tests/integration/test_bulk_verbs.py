"""Start, stop and restart of many pipelines at once."""

import pytest
from support.sluice import pipeline

PIPELINES = "/v1/tenants/acme/pipelines"


@pytest.fixture
def acme(serve_real, analyzers):
    """Three pipelines of one tenant: env=test, env=prod and without a label. An operator's client."""
    api = serve_real().tenant("acme")
    config = pipeline(analyzers("--start", "command"), "files")
    for name, labels in (("one", {"env": "test"}), ("two", {"env": "prod"}), ("three", {})):
        api.put(f"{PIPELINES}/{name}", {"config": config, "labels": labels}, wait="10s").expect(201)
    return api


def names(body):
    return sorted(item["name"] for item in body["items"])


@pytest.mark.parametrize("label, chosen", [("env=test", ["one"]), ("env", ["one", "two"]), ("env=none", [])])
def test_labels_choose_by_key_or_by_value(acme, label, chosen):
    assert names(acme.post(f"{PIPELINES}:stop", label=label).expect(202)) == chosen

    listed = acme.get(PIPELINES).expect(200)["items"]
    assert sorted(item["name"] for item in listed if item["desired_state"] == "stopped") == chosen


def test_a_dry_run_says_what_would_happen_with_200_and_changes_nothing(acme):
    assert names(acme.post(f"{PIPELINES}:stop", dry_run="true").expect(200)) == ["one", "three", "two"]
    acme.post(f"{PIPELINES}/one/stop", dry_run="true").expect(200)

    listed = acme.get(PIPELINES).expect(200)["items"]
    assert {item["desired_state"] for item in listed} == {"running"}
