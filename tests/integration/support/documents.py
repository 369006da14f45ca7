"""Documents of an import. JSON is YAML, and needs no library."""

import json

from .sluice import pipeline

NOWHERE = "ws://127.0.0.1:1/ws/subscriber/flow"


def tenant(name, **members):
    return document(kind="tenant", name=name, **members)


def stopped(tenant_name, name, config=None, **members):
    """A pipeline that is to be stopped, unless the members say otherwise."""
    members = {"desired_state": "stopped", **members}
    return document(kind="pipeline", tenant=tenant_name, name=name, **members, config=config or plain())


def document(**members):
    return "---\n" + json.dumps(members, indent=1) + "\n"


def plain(host_id=None, **sections):
    """A configuration that has nothing to read from."""
    config = pipeline(NOWHERE, "one", **sections)
    return config if host_id is None else {"host_id": host_id, **config}


def outcomes(body):
    """name → outcome of an import's answer; a pipeline's name is tenant/name."""
    return {"/".join(filter(None, (item.get("tenant"), item["name"]))): item["outcome"] for item in body["items"]}


def parts(text):
    """An export's documents."""
    return ["---\n" + part for part in text.split("---\n") if part]
