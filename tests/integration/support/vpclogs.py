"""VPC flow logs once more, written from their description and not from Sluice's code: what tests compare with."""

import datetime
import json

from .aws_logs import interfaces
from .golden import DATA

SCHEMA = json.loads((DATA / "schemas" / "vpclogs.schema.json").read_text())
PROTOCOLS = {"TCP": 6, "UDP": 17, "SCTP": 132}
ETHER_TYPES = {"IPV4": "IPv4", "IPV6": "IPv6"}
CLOSED = ("ABFinStart", "BAFinStart", "ABRstStart", "BARstStart")


def second(ms):
    return datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class VpcLogs:
    """Flows to records, remembering each flow's last interval. For short runs: nothing expires."""

    def __init__(self, table):
        self.last = {}
        self.interfaces = interfaces(table)

    def _repeats(self, flow):
        update = flow["LastUpdateMetric"]
        last = self.last.pop(flow["UUID"], None)
        if flow.get("FinishType", 0) != 1:
            self.last[flow["UUID"]] = update["Start"], update["Last"]
        return last == (update["Start"], update["Last"])

    def _direction(self, flow):
        owned = self.interfaces.get(flow["NodeTID"], ())
        return "O" if flow["Network"]["A"] in owned else "I" if flow["Network"]["B"] in owned else ""

    def record(self, flow):
        """The record, or None when there is none."""
        if not flow.get("Transport") or self._repeats(flow):
            return None
        update, total, tcp = flow["LastUpdateMetric"], flow["Metric"], flow.get("TCPMetric")
        counters = ("ABBytes", "ABPackets", "BABytes", "BAPackets")
        first = all(update[name] == total[name] for name in counters)
        names = ("bytes_from_initiator", "packets_from_initiator", "bytes_from_target", "packets_from_target")
        return {
            "start_time": second(update["Start"]),
            "end_time": second(update["Last"]),
            "connection_start_time": second(total["Start"]),
            "direction": self._direction(flow),
            "initiator_ip": flow["Network"]["A"],
            "target_ip": flow["Network"]["B"],
            "initiator_port": flow["Transport"]["A"],
            "target_port": flow["Transport"]["B"],
            "transport_protocol": PROTOCOLS[flow["Transport"]["Protocol"]],
            "ether_type": ETHER_TYPES[flow["Network"]["Protocol"]],
            "was_initiated": first and (tcp is None or bool(tcp["ABSynStart"] or tcp["BASynStart"])),
            "was_terminated": bool(flow.get("FinishType") or (tcp and any(tcp[name] for name in CLOSED))),
            **{"cumulative_" + name: total[counter] for name, counter in zip(names, counters)},
            **{name: update[counter] for name, counter in zip(names, counters)},
        }
