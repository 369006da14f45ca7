"""mangle logstatus on schedules of flows, silence, losses, undone transactions and kills, against a slow model of what is
promised: every record and row, where it goes and what it says."""

import json
import os
import signal
import time
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.objects import read_objects, records_by_tag
from support.sluice import changed, pipeline
from support.stage_run import StageRun

INTERVAL_MS = 5000
PUBLISHED_MS = 100
KEEP_MS = 600_000
SILENT_MAX = 10
WALL_MS = 1_000_000
ADDRESSES = {"internal": ("10.0.0.1", "10.0.0.2"), "egress": ("10.0.0.1", "8.8.8.8"), "other": ("8.8.8.8", "1.1.1.1")}


def config_of(emit, compat):
    pipeline = {
        "subscriber": {"url": "ws://localhost/ws/subscriber/flow"},
        "classify": {"cluster_net_masks": ["10.0.0.0/8"]},
        "transform": {"type": "secadvisor"},
        "mangle": {"type": "logstatus", "logstatus": {"interval": INTERVAL_MS // 1000, "emit": emit}},
        "encode": {"type": "json"},
        "store": {
            "type": "buffered",
            "buffered": {
                "dirname": "logs",
                "max_flows_per_object": 100000000,
                "max_flow_array_size": 100000000,
                "max_seconds_per_object": 1000000,
            },
        },
        "write": {"type": "stdout"},
    }
    return {"pipeline": pipeline} | ({"compat": compat} if compat else {})


def flow_of(uuid, tid, tag, update, total, finish=0):
    a, b = ADDRESSES[tag]
    flow = {
        "UUID": uuid,
        "Network": {"Protocol": "IPV4", "A": a, "B": b},
        "LastUpdateMetric": {"ABPackets": update, "ABBytes": 100 * update, "BAPackets": 0, "BABytes": 0},
        "Metric": {"ABPackets": total, "ABBytes": 100 * total, "BAPackets": 0, "BABytes": 0},
        "NodeTID": tid,
    }
    return flow | ({"FinishType": finish} if finish else {})


def envelope(flows):
    return {"Namespace": "flow", "Type": "store", "UUID": "x", "Status": 200, "Obj": flows}


# ---- the model ----


@dataclass
class Model:
    emit: list
    sfe: bool
    heard: dict = field(default_factory=dict)  # interface: the intervals in which it was heard of
    totals: dict = field(default_factory=dict)  # UUID: (total, expires)
    begins: int | None = None  # of the present interval
    number: int = 0
    looked: bool = False  # what was lost before the first flow is nobody's gap
    lost: bool = False
    lossy: set = field(default_factory=set)

    def forget(self):
        self.__init__(self.emit, self.sfe)

    def end_interval(self):
        begins, ends = self.begins, self.begins + INTERVAL_MS
        status = "SKIPDATA" if self.number in self.lossy else "NODATA"
        rows = []
        for tid, intervals in list(self.heard.items()):
            silent = self.number - max(intervals)
            if silent == 0:
                continue
            if status.lower() in self.emit:
                rows.append(("other", 0, None if self.sfe else tid, status, WALL_MS + begins, WALL_MS + ends))
            if silent == SILENT_MAX:
                del self.heard[tid]
        self.begins = ends if self.heard else None
        self.number += 1
        return rows

    def pass_time(self, at, late=False):
        if self.begins is None or self.begins + INTERVAL_MS + PUBLISHED_MS > at:
            return []
        first = True
        rows = []
        while self.begins is not None and self.begins + INTERVAL_MS + (0 if late else PUBLISHED_MS) <= at:
            if self.lost and (late or first):
                self.lossy |= self.open_until(at if late else self.begins + INTERVAL_MS + PUBLISHED_MS, with_last=False)
            self.lost = first = False
            rows += self.end_interval()
        return rows

    def open_until(self, at, with_last):
        """Numbers of the intervals from the present one to that in which `at` lies."""
        last = self.number + (at - self.begins) // INTERVAL_MS
        return set(range(self.number, last + with_last))

    def message(self, at, flows):
        rows = []
        lost, self.lost, self.looked = self.lost, False, True
        if self.begins is not None and lost:
            self.lossy |= self.open_until(at, with_last=True)
        while self.begins is not None and self.begins + INTERVAL_MS <= at:
            rows += self.end_interval()
        if self.begins is None:
            # intervals that nobody watched have no number
            self.lossy = {number for number in self.lossy if number < self.number}
            self.begins = at
        if lost:
            self.lossy.add(self.number)
        for flow in flows:
            rows += self.report(at, flow)
        return rows

    def report(self, at, flow):
        self.heard.setdefault(flow["NodeTID"], set()).add(self.number)
        skipped = self.is_skipped(at, flow) or self.number in self.lossy
        tag = next(tag for tag, ends in ADDRESSES.items() if ends == (flow["Network"]["A"], flow["Network"]["B"]))
        marked = skipped and "skipdata" in self.emit
        status = "SKIPDATA" if marked and not self.sfe else "OK"
        rows = [(tag, 1, flow["UUID"], status)] if status.lower() in self.emit else []
        if marked and self.sfe:
            rows.append((tag, 0, flow["UUID"], "SKIPDATA", WALL_MS + at, WALL_MS + at))
        return rows

    def is_skipped(self, at, flow):
        total, update = flow["Metric"]["ABPackets"], flow["LastUpdateMetric"]["ABPackets"]
        known, expires = self.totals.pop(flow["UUID"], (None, 0))
        finish = flow.get("FinishType", 0)
        if finish != 1:
            self.totals[flow["UUID"]] = (total, at + (60_000 if finish else KEEP_MS))
        if known is None or expires <= at or known == total:
            return False
        return known + update != total


def seen(answer):
    rows = []
    for item in answer["records"]:
        record = item["record"]
        row = (item["tag"], item["flows"], record.get("UUID", record.get("NodeTID")), record["LogStatus"])
        if "Version" not in record:
            row += (record["Start"], record["Last"])
        rows.append(row)
    return sorted(rows, key=repr)


# ---- schedules ----

REPORTS = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from(["internal", "egress", "other"]),
    st.integers(0, 3),  # packets of the update
    st.sampled_from([0, 0, 0, 0, 1, "repeated"]),  # packets that were skipped; repeated: the update is no new one
    st.sampled_from([0, 0, 0, 0, 0, 1, 2]),  # FinishType
)
TIDS = {"a": "one", "b": "one", "c": "two", "d": "three"}
GAPS = st.sampled_from([0, 1, 99, 100, 101, 1000, 4900, 5000, 5001, 7000, 12_000, 49_999, 50_000, 70_000, 599_999, 600_000])
STEPS = st.one_of(
    st.tuples(st.just("message"), GAPS, st.lists(REPORTS, min_size=1, max_size=4), st.sampled_from(["commit"] * 4 + ["undo", "kill"])),
    st.tuples(st.just("time"), GAPS, st.booleans()),
    st.tuples(st.just("gap")),
    st.tuples(st.just("restart"), st.sampled_from(["kill", "kill", "stop", "lost"])),
)


class Play:
    def __init__(self, run, model):
        self.run, self.model = run, model
        self.at = 0
        self.sent = {}
        self.passed = 0

    def step(self, kind, *rest):
        getattr(self, kind)(*rest)

    def message(self, gap, reports, then):
        self.at += gap
        flows, sent = [], dict(self.sent)
        for uuid, tag, update, skipped, finish in reports:
            sent[uuid] = sent.get(uuid, 0) + (0 if skipped == "repeated" else update + skipped)
            flows.append(flow_of(uuid, TIDS[uuid], tag, update, sent[uuid], finish))
        answer = self.run.ask(at=self.at, flows=flows, then=then)
        wanted = []
        if then == "commit":
            self.sent = sent
            self.passed += len(flows)
            wanted = self.model.message(self.at, flows)
        self.compare(answer, wanted)

    def time(self, gap, late):
        self.at += gap
        self.compare(self.run.ask(at=self.at, late=late), self.model.pass_time(self.at, late))

    def gap(self):
        self.model.lost = self.model.looked
        self.compare(self.run.ask(gap=True), [])

    def restart(self, how):
        answer = self.run.ask(restart=how)
        if how == "lost":
            self.model.forget()
        self.compare(answer, [])

    def compare(self, answer, wanted):
        assert seen(answer) == sorted(wanted, key=repr)
        account = answer["account"]
        assert account.get("passed", 0) == self.passed
        assert account.get("excluded_rule", 0) + account.get("waiting_spool", 0) == self.passed


@pytest.mark.parametrize(
    "emit, compat, examples",
    [
        (["ok", "nodata", "skipdata"], None, 80),
        (["ok", "nodata", "skipdata"], "sfe", 30),
        (["nodata", "skipdata"], None, 25),
        (["nodata", "skipdata"], "sfe", 15),
        (["ok", "nodata"], None, 20),
        (["ok", "skipdata"], None, 20),
        (["ok"], None, 10),
    ],
    ids=str,
)
def test_statuses_are_those_of_the_model_whatever_is_undone_or_killed(build, folder, emit, compat, examples):
    with StageRun(build, folder, config_of(emit, compat)) as run:

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(STEPS, max_size=25))
        def play(steps):
            run.ask(begin=True)
            play = Play(run, Model(emit, compat == "sfe"))
            for step in steps:
                play.step(*step)

        play()


# ---- the real executables ----

INTERVAL_S = 2
CLOCKS_MS = 10  # intervals are CLOCK_BOOTTIME's, what is written of them the wall clock's


def silent_rows(stored, status):
    records = records_by_tag(read_objects(stored)).get("other", [])
    return [record for record in records if "NodeTID" in record and record["LogStatus"] == status]


def test_silence_is_told_over_a_kill_and_never_for_the_time_without_the_analyzer(
    analyzers, sluice_run, folder, stored, watch
):
    message = folder / "message.jsonl"
    message.write_text(json.dumps(envelope([flow_of("a", "one", "internal", 1, 1)])) + "\n")
    analyzer = analyzers(recordings=[message])
    config = changed(pipeline(analyzer, stored), "pipeline.transform.type", "secadvisor")
    config = changed(config, "pipeline.mangle", {"type": "logstatus", "logstatus": {"interval": INTERVAL_S}})
    config = changed(config, "pipeline.store.buffered.max_seconds_per_object", 1)
    sluice = sluice_run(config)
    analyzer.finish()
    watch(stored).wait(lambda: silent_rows(stored, "NODATA"), "no interface is silent")

    (worker,) = sluice.children("sluice-worker")
    os.kill(worker, signal.SIGKILL)
    analyzer.tell("refuse 503 2")
    start = analyzer.tell("abrupt-close")
    away_ms = 1000 * time.time()
    analyzer.wait("subscribed", start=start)
    watch(stored).wait(lambda: silent_rows(stored, "SKIPDATA"), "nothing is told of the time without the analyzer")
    (gap,) = sluice.stop_clean()["subscriptions"][0]["gaps"]

    rows = sorted(silent_rows(stored, "NODATA") + silent_rows(stored, "SKIPDATA"), key=lambda row: row["Start"])
    for row in rows:
        unheard = min(row["Last"], gap["to_ms"]) - max(row["Start"], away_ms)
        assert unheard < 500 * INTERVAL_S or row["LogStatus"] == "SKIPDATA"
    for row, following in zip(rows, rows[1:]):
        assert abs(row["Last"] - row["Start"] - 1000 * INTERVAL_S) <= 1
        assert abs(following["Start"] - row["Last"]) <= CLOCKS_MS, "an interval is left out or told twice"
