"""AWS's VPC flow logs, from AWS's table of fields and not from Sluice's: reads text and csv strictly, and says which
rows the flows of a recording come to."""

import csv
import io
import ipaddress
import json
import re

from .formats import flows_of, tag_of
from .golden import read_lines

VERSIONS = {
    2: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
    3: "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr",
    4: "region az-id sublocation-type sublocation-id",
    5: "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
    7: "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id "
    "ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id",
    8: "reject-reason",
}
NUMBERS = "version srcport dstport protocol packets bytes start end tcp-flags traffic-path".split()
WORDS = {
    "action": {"ACCEPT", "REJECT"},
    "log-status": {"OK", "NODATA", "SKIPDATA"},
    "type": {"IPv4", "IPv6", "EFA"},
    "flow-direction": {"ingress", "egress"},
}
ADDRESSES = "srcaddr dstaddr pkt-srcaddr pkt-dstaddr".split()
NEVER_ABSENT = {"version", "start", "end", "log-status"}
IANA = {"TCP": 6, "UDP": 17, "SCTP": 132}


def fields_of(version):
    """The names of a version's fields, in AWS's order."""
    return " ".join(names for number, names in VERSIONS.items() if number <= version).split()


def check(name, value):
    """Whether AWS could have written that."""
    assert value and " " not in value, f"{name} is {value!r}"
    if value == "-":
        assert name not in NEVER_ABSENT, name
    elif name in NUMBERS:
        assert re.fullmatch(r"0|[1-9]\d*", value), f"{name} is {value!r}"
    elif name in WORDS:
        assert value in WORDS[name], f"{name} is {value!r}"
    elif name in ADDRESSES:
        ipaddress.ip_address(value)


def checked(rows):
    header, *rows = rows
    assert set(header) <= set(fields_of(8)) and len(set(header)) == len(header), header
    for row in rows:
        assert len(row) == len(header), row
        for name, value in zip(header, row):
            check(name, value)
    return [dict(zip(header, row)) for row in rows]


def read_text(content):
    """The rows of an object as AWS stores it, each a dict."""
    assert content.endswith("\n")
    return checked([line.split(" ") for line in content[:-1].split("\n")])


def read_csv(content):
    return checked(list(csv.reader(io.StringIO(content, newline=""), strict=True)))


def interfaces(path):
    """TID → its addresses, of a table of the topology's answers."""
    found = {}
    for answer in map(json.loads, read_lines(path)):
        match = re.fullmatch(r'G\.V\(\)\.Has\("TID", "([^"]+)"\)', answer["query"])
        if match and answer["status"] == 200:
            for node in json.loads(answer["body"]):
                data = node["Metadata"]
                texts = [*(data.get("IPV4") or []), *(data.get("IPV6") or [])]
                found[match[1]] = {text.split("/")[0] for text in texts}
    return found


def direction(row, owned):
    if row["srcaddr"] in owned:
        return "egress"
    return "ingress" if row["dstaddr"] in owned else "-"


def rows_of(flow, constants, version, topology):
    """What a flow comes to: a dict of texts for each direction with packets."""
    network, transport = flow.get("Network") or {}, flow.get("Transport") or {}
    update, tcp = flow.get("LastUpdateMetric") or {}, flow.get("TCPMetric")
    icmp = (1 if network.get("Protocol") == "IPV4" else 58) if "ICMP" in flow else None
    protocol = IANA.get(transport.get("Protocol"), icmp)
    rows = []
    for one, other in ("AB", "BA"):
        if update.get(f"{one}{other}Packets", 0) <= 0:
            continue
        row = {name: constants.get(name, "-") for name in fields_of(8)}
        row.update(
            {"version": version, "interface-id": constants.get("interface-id", flow.get("NodeTID") or "-")},
            srcaddr=network.get(one, "-"),
            dstaddr=network.get(other, "-"),
            srcport=transport.get(one, "-" if protocol is None else 0),
            dstport=transport.get(other, "-" if protocol is None else 0),
            protocol="-" if protocol is None else protocol,
            packets=update[f"{one}{other}Packets"],
            bytes=update[f"{one}{other}Bytes"],
            start=update["Start"] // 1000,
            end=update["Last"] // 1000,
            action="ACCEPT",
            type={"IPV4": "IPv4", "IPV6": "IPv6"}.get(network.get("Protocol"), "-"),
        )
        row.update({"log-status": "OK", "pkt-srcaddr": row["srcaddr"], "pkt-dstaddr": row["dstaddr"]})
        row["flow-direction"] = direction(row, topology.get(flow.get("NodeTID"), ()))
        if tcp is not None:
            row["tcp-flags"] = flags(tcp, one + other, answers=one == "B")
        rows.append({name: str(value) for name, value in row.items()})
    return rows


def flags(tcp, way, answers):
    syn = (2 | 16 if answers else 2) if tcp[f"{way}SynStart"] else 0
    return syn | (1 if tcp[f"{way}FinStart"] else 0) | (4 if tcp[f"{way}RstStart"] else 0)


def expected_rows(lines, masks, fields, constants=None, version=2, topology=()):
    """Tag → rows of the messages' flows, in order; an interval that a flow's report before had is nothing new."""
    found, last = {}, {}
    for _, flow in flows_of(lines):
        update = flow.get("LastUpdateMetric") or {}
        interval, uuid = (update.get("Start"), update.get("Last")), flow.get("UUID")
        repeated = last.get(uuid) == interval
        last[uuid] = interval
        if flow.get("FinishType") == 1:
            del last[uuid]
        if repeated:
            continue
        rows = [{name: row[name] for name in fields} for row in rows_of(flow, constants or {}, version, dict(topology))]
        found.setdefault(tag_of(flow, masks), []).extend(rows)
    return {tag: rows for tag, rows in found.items() if rows}
