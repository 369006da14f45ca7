"""What the real server holds: tenants with limits, tokens, and the configurations of all pipelines, stopped."""

import json

from fleet import describe, pipelines, transform_of
from places import ANALYZERS, TENANTS
from told import SHOWN

TOKENS = (("cobalt-admin", "operator"), ("cobalt-ci", "operator"), ("cobalt-soc", "viewer"), ("cobalt-old-ci", "operator"))
STEPS = ("mangle", "compress", "tags", "seconds", "prefix", "key")
SECRET = {"access_key": "AKCOBALT0007", "secret_key": "not-a-real-one"}


def configuration(index, tenant, name):
    now, transform = describe(index, tenant, name), transform_of(name)
    pipeline = {
        "subscriber": {"url": f"ws://{ANALYZERS[now['analyzer']]}/ws/subscriber/flow"},
        "classify": {"cluster_net_masks": ["10.32.0.0/14", "172.18.0.0/16", "fd00:10:32::/48"]},
        "filter": {"excluded_tags": ["other", "internal"]},
        "transform": {"type": transform},
        "store": {"type": "buffered", "buffered": {
            "dirname": f"{tenant.split('-')[0]}-flow-logs", "filename_prefix": name, "max_flows_per_object": 10000, "max_seconds_per_object": 300,
            "max_flow_array_size": 2000000}},
        "write": {"type": "s3", "s3": {"endpoint": f"https://{now['endpoint']}", "region": "eu-de", **SECRET}},
    }
    if name == "archive":
        pipeline["write"] = {"type": "file", "file": {"root": "archive"}}
    if transform == "awsflowlogs":
        pipeline["encode"] = {"type": "text"}
    return {"host_id": f"{tenant.split('-')[0]}-{name}", "pipeline": pipeline}


def documents():
    for tenant in TENANTS:
        yield {"kind": "tenant", "name": tenant, "display_name": tenant.replace("-", " ").title(),
               "limits": {"pipelines": 20, "spool_bytes": 20 << 30, "worker_memory_bytes": 256 << 20}}
    for index, (tenant, name) in enumerate(pipelines()):
        yield {"kind": "pipeline", "tenant": tenant, "name": name, "desired_state": "stopped", "config": configuration(index, tenant, name)}


def change(config, step):
    pipeline = config["pipeline"]
    if step == "mangle":
        pipeline.update(mangle={"type": "action"}, action={"tid1": "1a2b3c4d-0000-5111-8222-9f33aa44bb55", "tid2": "6c7d8e9f-0000-5333-8444-0a55bb66cc77"})
    elif step == "compress":
        pipeline["compress"] = {"type": "gzip"}
    elif step == "tags":
        pipeline["filter"]["excluded_tags"] = ["other"]
    elif step == "seconds":
        pipeline["store"]["buffered"]["max_seconds_per_object"] = 60
    elif step == "prefix":
        pipeline["store"]["buffered"]["filename_prefix"] = "eu-de-1"
    else:
        pipeline["write"]["s3"]["access_key"] = "AKCOBALT0008"


def seed(api):
    """api: an admin's client (support/serve.py). Returns the token of another one, who is called ops-token."""
    text = "".join(f"---\n{json.dumps(document)}\n" for document in documents())
    api.post("/v1/import", text, content_type="application/yaml").expect(200)
    tenant, name = SHOWN
    made = [api.post(f"/v1/tenants/{tenant}/tokens", {"role": role, "description": text}).expect(201) for text, role in TOKENS]
    owner = api.with_token(made[0]["token"])
    place = f"/v1/tenants/{tenant}/pipelines/{name}"
    config = configuration(pipelines().index(SHOWN), tenant, name)
    for step in STEPS:
        change(config, step)
        owner.put(place, {"config": config, "description": "The bank's VPC in Frankfurt", "labels": {"site": "fra", "tier": "gold"}}).expect(200)
    return api.post("/v1/tokens", {"description": "ops-token"}).expect(201)["token"]
