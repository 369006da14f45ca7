"""What is told of the pipeline that is shown in full, cobalt-bank/vpc-eu-de-1: its log, records, events, revisions; and the audit trail."""

import json

from fleet import ago

SHOWN = ("cobalt-bank", "vpc-eu-de-1")
PREFIX = "/".join(SHOWN)
KEY = "eu-de-1/egress/20261123T080000Z/00000117.json.gz"
LINES = (
    ("info", "worker", "segment sealed tag=egress records=10000 bytes=498211 seq=88120412"),
    ("warn", "writer", f"PUT failed, will retry code=403 reason=AccessDenied key={KEY} attempt=9 next=60s"),
    ("info", "worker", "segment sealed tag=ingress records=6204 bytes=311002 seq=88131877"),
    ("info", "worker", "segment sealed tag=egress records=10000 bytes=497020 seq=88140031"),
    ("warn", "writer", f"PUT failed, will retry code=403 reason=AccessDenied key={KEY} attempt=10 next=60s"),
    ("info", "worker", "configuration applied revision=7 ready_ms=212"),
    ("error", "writer", "the object store refuses bucket=cobalt-flow-logs code=403 since=12m"),
    ("info", "spool", "backlog objects=1284 bytes=641728512 oldest=735s"),
)
FLOWS = (
    ("accepted", "O", "10.32.4.17", "198.51.100.20", "49812", "443", 6, 1840), ("accepted", "I", "203.0.113.9", "10.33.0.5", "55120", "8443", 6, 612),
    ("rejected", "I", "192.0.2.66", "10.33.0.5", "40112", "22", 6, 0), ("accepted", "O", "10.32.9.2", "198.51.100.53", "38110", "53", 17, 74),
    ("accepted", "O", "fd00:10:32::1f", "2001:db8:40::8", "41200", "443", 6, 2210), ("accepted", "I", "203.0.113.41", "10.33.0.8", "61002", "443", 6, 980),
    ("rejected", "I", "192.0.2.66", "10.33.0.6", "40113", "23", 6, 0), ("accepted", "O", "10.34.1.90", "198.51.100.123", "123", "123", 17, 48),
)
ROUNDS = 6


def log():
    """Events of the log's stream, oldest first."""
    lines = [line for _ in range(ROUNDS) for line in LINES]
    for i, (level, component, text) in enumerate(lines):
        time = ago(len(lines) * 9 - i * 9).replace("Z", f".{i * 37 % 1000:03}Z")
        yield f"event: line\ndata: {time} {level} {component} {PREFIX} {text}\n\n"


def records():
    for i in range(ROUNDS * 4):
        action, direction, source, target, port, target_port, protocol, size = FLOWS[i % len(FLOWS)]
        record = {"start_time": ago(40 - i), "end_time": ago(30 - i), "connection_start_time": ago(60 - i), "direction": direction, "action": action,
                  "initiator_ip": source, "target_ip": target, "initiator_port": port, "target_port": target_port, "transport_protocol": protocol,
                  "ether_type": "IPv4", "was_initiated": True, "was_terminated": i % 3 == 0, "bytes_from_initiator": size,
                  "packets_from_initiator": size // 60, "bytes_from_target": size * 4, "packets_from_target": size // 20}
        told = {"tag": "egress" if direction == "O" else "ingress", "skipped": i * 3, "at": ago(30 - i), "record": record}
        yield f"event: record\ndata: {json.dumps(told)}\n\n"


def happenings():
    """[(type, data)…], oldest first."""
    base = {"tenant": SHOWN[0], "pipeline": SHOWN[1]}
    denied = {"condition": "SinkReachable", "status": False, "reason": "AccessDenied", "message": "it answers 403 AccessDenied"}
    return [
        ("change", {"at": ago(529118), "action": "pipeline.change", "who": "t_4c1e", "who_description": "cobalt-admin",
                    "detail": {"revision": 6, "summary": "pipeline.store.buffered.max_seconds_per_object: 300 -> 60"}, **base}),
        ("state", {"at": ago(529110), "state": "running", "revision": 6, "desired_state": "running", "flow_state": "moving", **base}),
        ("state", {"at": ago(738), "state": "degraded", "revision": 6, "desired_state": "running", "flow_state": "moving", **base}),
        ("condition", {"at": ago(738), **denied, **base}),
        ("change", {"at": ago(311), "action": "pipeline.change", "who": "t_4c1e", "who_description": "cobalt-admin",
                    "detail": {"revision": 7, "summary": "pipeline.write.s3.access_key"}, **base}),
        ("condition", {"at": ago(310), "condition": "ConfigApplied", "status": True, "reason": "Applied", "message": "", **base}),
        ("condition", {"at": ago(12), **denied, **base}),
    ]


def with_history(revisions):
    """The answer of …/revisions with the weeks that such revisions have between them."""
    ages = {7: 311, 6: 529120, 5: 1209600, 4: 1814400, 3: 1814900, 2: 2592000, 1: 2937600}
    outcomes = {3: "never_ready"}
    for row in revisions["items"]:
        number = row["revision"]
        row["at"] = ago(ages[number])
        row["ran_seconds"] = ages[number] - ages.get(number + 1, 0)
        row["outcome"] = outcomes.get(number, "ready")
    return revisions


AUDIT = (
    (52, "deploy-token", "10.4.0.17", "pipeline.change", "fenwick-air", "billing", {"revision": 5, "summary": "pipeline.filter.excluded_tags"}),
    (94, "ops-token", "10.4.0.12", "pipeline.restart", "meridian-rail", "vpc-eu-de-2", {}),
    (311, "cobalt-admin", "172.18.3.9", "pipeline.change", *SHOWN, {"revision": 7, "summary": "pipeline.write.s3.access_key"}),
    (1702, "larkspur-ci", "172.18.7.40", "pipeline.change", "larkspur", "aws-edge", {"revision": 3, "summary": "analyzer.tls.ca_file"}),
    (2210, "ops-token", "10.4.0.12", "token.create", "quarry-labs", "t_77ab", {}),
    (2951, "deploy-token", "10.4.0.17", "pipeline.create", "birchway", "k8s-a", {"revision": 1, "summary": "created"}),
    (4400, "ops-token", "10.4.0.12", "tenant.change", "kestrel-pay", "kestrel-pay", {}),
    (9120, "halden-ci", "172.18.2.14", "pipeline.rollback", "halden-energy", "secadv-stage", {"revision": 9, "summary": "copy of 8"}),
    (15010, "ops-token", "10.4.0.12", "pipeline.stop", "limewood", "branch", {}),
)


def audit():
    items = [{"at": ago(age), "action": action, "who": who, "token_id": f"t_{i:04x}", "role": "admin" if "ops" in who else "operator", "tenant": tenant,
              "name": name, "address": address, "request_id": f"7f31c09a{i:08x}", "detail": detail}
             for i, (age, who, address, action, tenant, name, detail) in enumerate(AUDIT)]
    return {"items": items, "next_page_token": None}
