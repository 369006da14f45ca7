"""Statuses and subscriptions as the API tells them, of what places.py names."""

import math
import random
from datetime import datetime, timedelta, timezone

from places import ANALYZERS, MANY, NAMES, SPECIAL, TENANTS

SAMPLES, INTERVAL_S = 61, 15
CONDITIONS = ("WorkerReady", "SubscriptionUp", "SinkReachable", "TopologyReachable", "SpoolWritable", "ConfigApplied")
REASONS = {"WorkerReady": "Ready", "SubscriptionUp": "Connected", "SpoolWritable": "Writable", "ConfigApplied": "Applied"}
IDLE_EVERY, STOPPED_EVERY = 37, 43
# one that runs in an analyzer's outage
OUTAGE = "the analyzer refuses the connection: connect: Connection refused"


def ago(seconds):
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def transform_of(name):
    kinds = {"vpc": "vpclogs", "dmz": "vpclogs", "sec": "secadvisor", "k8s": "secadvisor", "egr": "secadvisor", "aws": "awsflowlogs"}
    return kinds.get(name[:3], "none")


def pipelines():
    """[(tenant, name)…], the same each time."""
    chance = random.Random(20261123)
    found = [(tenant, name) for name in NAMES for tenant in TENANTS if f"{tenant}/{name}" in SPECIAL or chance.random() > 0.15]
    return sorted(found[:MANY])


def series(chance, rate, holds):
    """Totals of the last 15 minutes that end in such a rate; holds: nothing any more for the last part of it."""
    totals, total = [], int(rate * 86400)
    for i in range(SAMPLES):
        wave = 1 + 0.18 * math.sin(i / 7 + chance.random()) + 0.1 * chance.random()
        total += 0 if holds and i > SAMPLES - holds else int(rate * wave * INTERVAL_S)
        totals.append(total)
    return totals


def describe(index, tenant, name):
    """What is particular: SPECIAL's members, made complete."""
    chance = random.Random(index)
    known = dict(SPECIAL.get(f"{tenant}/{name}", {}))
    is_idle = not known and index % IDLE_EVERY == 5
    is_stopped = not known and index % STOPPED_EVERY == 7
    flows = 0 if is_idle or is_stopped else round(math.exp(chance.random() * 5.2 + 2.2))
    excluded = round(flows * chance.choice((0, 0.1, 0.35, 0.6)))
    base = {
        "state": "stopped" if is_stopped else "running", "flow": "idle" if is_idle else "moving", "since": chance.randrange(4000, 530000),
        "analyzer": 1 if index % 5 == 4 else 2 if index % 49 == 0 else 0, "flows": flows, "excluded": excluded, "lost": 0, "losing": 0,
        "spool": 0, "objects": 0, "limit": 1 << 30, "lag": chance.randrange(3) * 7 if flows else 0, "restarts": 0,
        "endpoint": f"s3.eu-{chance.choice(('de', 'gb'))}.cos.example.net", "trouble": None, "error": None, "next": None,
    }
    now = {**base, **known}
    now.setdefault("out", now["flows"] - now["excluded"])
    now["is_on"] = now["state"] in ("running", "degraded")
    now["revision"] = chance.randrange(1, 9)
    now["chance"] = chance
    return now


def conditions(now, down):
    found = []
    for kind in CONDITIONS:
        condition = {"type": kind, "status": True, "reason": REASONS.get(kind, ""), "message": "", "since": ago(now["since"])}
        if kind == "SubscriptionUp" and now["is_on"] and now["analyzer"] in down:
            condition.update(status=False, reason="Unreachable", message=OUTAGE, next_at=ago(-7), tries=9, since=ago(95), field="pipeline.subscriber.url")
        elif kind == "WorkerReady" and not now["is_on"]:
            condition.update(status=False, reason=now["state"], message=now["error"][1] if now["error"] else "")
        elif not now["is_on"] and kind != "ConfigApplied":
            condition = {"type": kind, "status": "unknown", "reason": "NoWorker", "message": ""}
        elif now["trouble"] and now["trouble"][0] == kind:
            _, reason, message, field, retry = now["trouble"]
            condition.update(status=False, reason=reason, message=message, field=field, next_at=ago(-retry), tries=14)
        found.append(condition)
    return found


def counters(now, samples):
    """They add up: what is seen is excluded, lost, waits or is written."""
    seen = samples["seen"][-1]
    excluded = int(seen * now["excluded"] / now["flows"]) if now["flows"] else 0
    spooled = now["objects"] * 648
    lost = {"ring": 0, "overflow": 0, "spool": now["lost"], "error": 0}
    written = max(0, seen - excluded - now["lost"] - now["lag"] - spooled)
    return {
        "flows_seen": written + excluded + now["lost"] + now["lag"] + spooled,
        "flows_excluded": {"capture": 0, "tag": excluded, "started": 0, "rule": 0}, "flows_written": written,
        "flows_waiting": {"ring": now["lag"], "state": 0, "spool": spooled}, "flows_lost": lost, "records_out": written + spooled,
        "records_written": written, "records_unresolved": 0, "objects_written": written // 640, "bytes_written": written * 61,
    }


def status(index, place, down=(), host_ids=None):
    """down: the analyzers that are. host_ids: those that the real server has."""
    tenant, name = place
    now = describe(index, tenant, name)
    chance, transform = now["chance"], transform_of(name)
    is_down = now["is_on"] and now["analyzer"] in down
    holds = 0 if now["out"] or not now["flows"] else max(4, min(40, now["since"] // INTERVAL_S))
    samples = {"interval_s": INTERVAL_S, "count": 4000, "seen": series(chance, now["flows"], 6 if is_down else 0),
               "written": series(chance, now["out"], holds), "lost": series(chance, now["losing"], 0)}
    rates = {"seen": 0 if is_down else now["flows"], "written": now["out"], "lost": now["losing"], "excluded": now["excluded"],
             "records_out": now["out"] * (1.86 if transform == "awsflowlogs" else 1)}
    is_on = now["is_on"]
    state = "degraded" if is_down else now["state"]
    return {
        "tenant": tenant, "name": name, "host_id": (host_ids or {}).get(place, ""), "revision": 7 if place == ("cobalt-bank", "vpc-eu-de-1") else now["revision"],
        "desired_state": "stopped" if state == "stopped" else "running", "state": state, "since": ago(95 if is_down else now["since"]),
        "flow_state": now["flow"] if is_on else None, "conditions": conditions(now, down), "lag_flows": now["lag"],
        "stopped_reason": "it is desired to be stopped" if state == "stopped" else None,
        "worker": {"pid": 20000 + index, "started_at": ago(max(60, now["since"] * 3)), "rss_bytes": 43200000, "cpu_percent": 3.1} if is_on else None,
        "restarts": {"total": now["restarts"], "recent": now["restarts"], "next_at": ago(-now["next"]) if now["next"] else None},
        "last_error": {"code": now["error"][0], "message": now["error"][1]} if now["error"] else None,
        "counters": counters(now, samples), "rates": rates if is_on else dict.fromkeys(rates), "samples": samples,
        "ring": {"bytes": 67108864, "seconds": 92.0} if is_on else None,
        "spool": {"objects": now["objects"], "bytes": now["spool"], "flows": now["objects"] * 648,
                  "oldest_at": ago(now["since"]) if now["objects"] else None, "limit_bytes": now["limit"]},
        "last_flow_at": ago(1 if now["flows"] else 7300), "last_write_at": ago(now["since"] if now["flows"] and not now["out"] else 12),
        "route": {"analyzer": f"ws://{ANALYZERS[now['analyzer']]}/ws/subscriber/flow", "transform": transform, "mangle": None, "store": "buffered",
                  "sink": "file" if name == "archive" else "s3", "target": f"{tenant.split('-')[0]}-flow-logs",
                  "endpoint": None if name == "archive" else now["endpoint"], "max_seconds_per_object": 60},
    }


def subscriptions(statuses, down=()):
    figures = ((81226, 0.3, 412, 2, 14.0), (81301, 0.7, 131, 5, 73.0), (11400, 2.1, 3, 1, 2.0))
    found = []
    for number, (host, (since, age, messages, reconnects, gap)) in enumerate(zip(ANALYZERS, figures)):
        mine = [status for status in statuses if host in status["route"]["analyzer"] and status["worker"]]
        flows = sum(status["rates"]["seen"] or 0 for status in mine)
        is_down = number in down
        chance = random.Random(number)
        found.append({
            "url": f"ws://{host}/ws/subscriber/flow", "number": number + 1, "state": "connecting" if is_down else "connected",
            "since": ago(95 if is_down else since), "next_at": ago(-7) if is_down else None, "tries": 9 if is_down else 0,
            "host_id": f"sluice-01-{'ab'[number] if number < 2 else 'lab'}", "pipelines": len(mine), "namespaces": ["flow", "stats"],
            "last_message_age_seconds": 95.0 if is_down else age, "reconnects": reconnects, "gap_seconds": gap, "reconnects_24h": reconnects,
            "gap_seconds_24h": gap, "problem": {"reason": "Unreachable", "message": OUTAGE} if is_down else None, "messages": messages * since,
            "message_bytes": messages * since * 900, "flows": flows * since, "malformed": 0, "refused_messages": 0, "lost": 0,
            "rates": {"messages": 0 if is_down else messages, "flows": flows},
            "samples": {"interval_s": INTERVAL_S, "count": 4000, "flows": series(chance, flows or 900, 6 if is_down else 0)},
            "gaps": [{"from": ago(at), "to": ago(at - long), "seconds": float(long), "reason": reason}
                     for at, long, reason in ((2300 + 900 * number, 14, "closed"), (40100 - 700 * number, 2, "widened"))],
        })
    return found
