"""The formats once more, written from their description and not from Sluice's code: what tests compare with."""

import ipaddress
import json
import re

FINISH_TYPES = {1: "Timeout", 2: "SYN_FIN", 3: "SYN_RST"}


def flows_of(lines):
    """All flows of recorded messages: (text as it came, parsed)."""
    found = []
    for line in lines:
        message = json.loads(line)
        if not message["Namespace"].startswith("flow"):
            continue
        at = line.index('"Obj":[') + len('"Obj":[')
        decoder = json.JSONDecoder()
        for _ in message["Obj"]:
            flow, end = decoder.raw_decode(line, at)
            found.append((line[at:end], flow))
            at = end + 1
    return found


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _address(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.version == 6 and address.ipv4_mapped:
        return address.ipv4_mapped
    # a zone makes it no plain address
    return None if "%" in text else address


def _is_inside(text, networks):
    address = _address(text)
    return address is not None and any(address.version == n.version and address in n for n in networks)


def tag_of(flow, masks):
    """internal, egress, ingress or other."""
    networks = [ipaddress.ip_network(mask) for mask in masks]
    network = flow.get("Network") or {}
    ends = network.get("A", ""), network.get("B", "")
    if None in map(_address, ends):
        return "other"
    inside = tuple(_is_inside(end, networks) for end in ends)
    return {(True, True): "internal", (True, False): "egress", (False, True): "ingress", (False, False): "other"}[inside]


def _filled(pairs):
    return {name: value for name, value in pairs if value not in ("", None, {})}


class SecAdvisor:
    """Flows to secadvisor records, remembering how often each flow was reported.

    For short runs: nothing expires but by a finish."""

    def __init__(self, exclude_started=False):
        self.reports = {}
        self.exclude_started = exclude_started

    def _count(self, flow):
        uuid = flow.get("UUID") or ""  # null is the same as absent
        count = self.reports.get(uuid, 0)
        if flow.get("FinishType", 0) == 1:
            self.reports.pop(uuid, None)
        else:
            self.reports[uuid] = count + 1
        return count

    def record(self, flow):
        """The record, or None when it is left out."""
        count = self._count(flow)
        finish = flow.get("FinishType", 0)
        status = "ENDED" if finish else "UPDATED" if count else "STARTED"
        if status == "STARTED" and self.exclude_started:
            return None
        network, transport = flow.get("Network") or {}, flow.get("Transport") or {}
        record = _filled(
            [
                ("UUID", flow.get("UUID")),
                ("LayersPath", flow.get("LayersPath")),
                ("Version", "1.1.0"),
                ("Status", status),
                ("FinishType", FINISH_TYPES.get(finish)),
                ("Network", _filled((name, network.get(name)) for name in ("Protocol", "A", "B"))),
                ("Transport", _filled((name, str(transport.get(name, ""))) for name in ("Protocol", "A", "B"))),
                ("LastUpdateMetric", flow.get("LastUpdateMetric")),
                ("Metric", flow.get("Metric")),
            ]
        )
        record.update(Start=flow.get("Start", 0), Last=flow.get("Last", 0), UpdateCount=count)
        return record


def expected(lines, masks, transform=None):
    """Tag → texts of the records that these messages give, in order. transform: None, a SecAdvisor or a VpcLogs."""
    found = {}
    for text, flow in flows_of(lines):
        if transform is not None:
            record = transform.record(flow)
            if record is None:
                continue
            text = compact(record)
        found.setdefault(tag_of(flow, masks), []).append(text)
    return found


def without_dns(line):
    """A recorded message with each flow's DNS member taken out, everything else byte for byte."""
    decoder = json.JSONDecoder()
    out, at = [], 0
    for match in re.finditer(r'"DNS":(?=\{)', line):
        _, end = decoder.raw_decode(line, match.end())
        out.append(line[at : match.start()])
        assert line[end] == ","
        at = end + 1
    return "".join(out) + line[at:]
