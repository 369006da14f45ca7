"""mangle `action`: the real stage, driven by schedules of reports, time and kills, against a model and the exporter."""

import copy
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.action_model import TIDS, Model
from support.golden import DATA, read_lines
from support.objects import read_objects
from support.sluice import pipeline
from support.stage_run import StageRun

REJECT_S = 5
OTHER_TID = "33333333-3333-5333-8333-333333333333"


def config(**more):
    return more | {"pipeline": {
        "subscriber": {"url": "ws://localhost/ws/subscriber/flow"},
        "classify": {"cluster_net_masks": ["10.0.0.0/8"]},
        "transform": {"type": "vpclogs"},
        "mangle": {"type": "action"},
        "action": {"tid1": TIDS[0], "tid2": TIDS[1], "reject_timeout": REJECT_S},
        "store": {"type": "buffered", "buffered": {
            "dirname": "logs", "max_flows_per_object": 100000000, "max_flow_array_size": 100000000,
            "max_seconds_per_object": 1000000}},
        "write": {"type": "stdout"}}}


# ---- reports: as the analyzer sends them, and as the model reads them ----

def metric(report, name, start):
    keys = ("ABPackets", "ABBytes", "BAPackets", "BABytes", "Start", "Last")
    return dict(zip(keys, [*report[name], start, report["end"]]))


def flow(report):
    ends = [("10.0.0.1", 1000 + report["number"]), ("10.0.0.2", 443)]
    a, b = reversed(ends) if report["turned"] else ends
    return {"UUID": report["uuid"], "L3TrackingID": report["l3"], "NodeTID": report["tid"],
            "Network": {"Protocol": "IPV4", "A": a[0], "B": b[0]},
            "Transport": {"Protocol": "UDP", "A": a[1], "B": b[1]},
            "LastUpdateMetric": metric(report, "update", report["start"]),
            "Metric": metric(report, "total", report["connection_start"]),
            **({"FinishType": 1} if report["terminated"] else {})}


class Reports:
    """Flows of one schedule: each goes on counting where it was."""

    def __init__(self, name):
        self.name, self.totals, self.lasts = name, {}, {}

    def make(self, now, number, side, use, packets, terminated, turned):
        key = number, side, use
        update = [packets, packets * 100, packets // 2, packets * 7] if not turned else \
            [packets // 2, packets * 7, packets, packets * 100]
        start = self.lasts.get(key, now)
        self.lasts[key] = now + side
        total = [old + new for old, new in zip(self.totals.get(key, [0] * 4), update)]
        # a terminated flow's identity is told again as it was: the same way round
        self.totals[key] = total
        address = ["10.0.0.2", "10.0.0.1"] if turned else ["10.0.0.1", "10.0.0.2"]
        return {"l3": f"{self.name}-{number}", "number": number, "side": side, "tid": [*TIDS, OTHER_TID][side],
                "uuid": f"{number}-{side}-{use}", "update": update, "total": total, "start": start, "end": now + side,
                "connection_start": 1000 * use + side, "terminated": terminated, "turned": turned, "address": address,
                "initiated": update == total}


def shown(record):
    """The members that the model has too."""
    log = record["record"]
    names = ("action", "node_tid", "start_ms", "end_ms", "update", "total", "address")
    return {"flows": record["flows"], "initiated": bool(log["initiated"]), "terminated": bool(log["terminated"]),
            **{name: log[name] for name in names}}


def in_order(records):
    return sorted(records, key=lambda record: json.dumps(record, sort_keys=True))


# ---- schedules ----

report_of = st.tuples(st.integers(0, 1), st.sampled_from([0, 0, 0, 1, 1, 1, 2]), st.sampled_from([0, 0, 0, 1, 2]),
                      st.integers(0, 9), st.sampled_from([False, False, False, True]))
step = st.one_of(
    st.tuples(st.just("flows"), st.lists(report_of, min_size=1, max_size=6), st.sampled_from(["commit"] * 4 + ["undo", "kill"])),
    st.tuples(st.just("flows"), st.lists(report_of, min_size=1, max_size=6), st.just("commit")),
    st.tuples(st.just("time"), st.sampled_from([1, 2000, 4999, 5000, 7000, 600_000])),
    st.tuples(st.just("later"), st.sampled_from([1, 2000, 5000, 600_000])),
    st.tuples(st.just("restart"), st.sampled_from(["kill", "stop", "lost"])),
)


class Pair:
    """The stage and its model: what it is asked, and what it is to answer."""

    def __init__(self, run, turned):
        self.run, self.turned = run, turned
        self.now, self.schedules = 0, 0

    def begin(self):
        """Another schedule, behind all that is still remembered of the one before."""
        self.schedules += 1
        if self.schedules % 100 == 0:
            self.run.ask(begin=True)
            self.now = 0
        self.now += 1_000_000
        self.lines, self.expected = [{"at": self.now}], []
        self.model, self.reports = Model(REJECT_S * 1000), Reports(str(self.schedules))

    def flows(self, reports, then):
        maker = copy.deepcopy(self.reports) if then != "commit" else self.reports
        made = [maker.make(self.now, *report, turned=self.turned[report[1]]) for report in reports]
        before = copy.deepcopy(self.model)
        self.model.take_all(made, self.now)
        if then != "commit":
            self.model = before
        return {"at": self.now, "flows": [flow(report) for report in made], "then": then}

    def line(self, kind, *what):
        if kind == "flows":
            return self.flows(*what)
        if kind == "restart":
            if what[0] == "lost":
                self.model.lose()
            return {"restart": what[0]}
        self.now += what[0]
        if kind == "later":
            return {"restart": "kill"}
        self.model.pass_time(self.now)
        return {"at": self.now}

    def step(self, *one):
        self.lines.append(self.line(*one))
        model = self.model
        records, model.records = model.records, []
        self.expected.append((records, model.waiting(), model.due(), model.excluded, model.lost, self.now))

    def compare(self):
        first, *answers = self.run.ask_all(self.lines)
        for answer, expected in zip(answers, self.expected, strict=True):
            self.compare_one(answer, first["account"], *expected)

    @staticmethod
    def compare_one(answer, before, records, waiting, due, excluded, lost, now):
        assert in_order(map(shown, answer["records"])) == in_order(records)
        assert answer["account"].get("waiting_state", 0) == waiting
        assert answer["due"] == due or (due is None and answer["due"] > now + 1_000_000)
        for name, count in (("excluded_rule", excluded), ("lost_error", lost)):
            assert answer["account"].get(name, 0) - before.get(name, 0) == count
        bins = dict(answer["account"])
        bins.pop("records_out", None)
        assert bins.pop("passed", 0) == sum(bins.values())


def check_schedules(build, folder, turned, examples):
    with StageRun(build, folder, config(), "--flow-log") as run:
        pair = Pair(run, turned)

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(step, min_size=1, max_size=12))
        def check(steps):
            pair.begin()
            for one in steps:
                pair.step(*one)
            pair.compare()

        check()


# whether both captures take the same end for the one that began
both_ways = pytest.mark.parametrize("turned", [(False, False, False), (False, True, False)], ids=["alike", "turned"])


@both_ways
def test_records_of_any_schedule_are_the_models(build, folder, turned):
    check_schedules(build, folder, turned, 400)


@both_ways
@pytest.mark.long
def test_records_of_very_many_schedules_are_the_models(build, folder, turned):
    check_schedules(build, folder, turned, 5000)


# ---- what is held comes out, however much it is ----

def one_sided(count):
    reports = Reports("many")
    return [flow(reports.make(0, number, 0, 0, 3, False, False)) for number in range(count)]


def test_thousands_of_connections_are_rejected_when_they_are_due(build, folder):
    with StageRun(build, folder, config(), "--flow-log") as run:
        assert run.ask(at=0, flows=one_sided(3000))["account"]["waiting_state"] == 3000
        assert run.ask(at=REJECT_S * 1000 - 1)["records"] == []
        answer = run.ask(at=REJECT_S * 1000)

        assert {record["record"]["action"] for record in answer["records"]} == {2}
        assert len(answer["records"]) == 3000 and "waiting_state" not in answer["account"]
        assert answer["account"]["waiting_spool"] == 3000


def test_nothing_is_rejected_whose_other_report_has_arrived_and_was_not_read(build, folder):
    reports = Reports("late")
    first, second = (flow(reports.make(0, 0, side, 0, 3, False, False)) for side in (0, 1))
    with StageRun(build, folder, config(), "--flow-log") as run:
        run.ask(at=0, flows=[first])
        # as for a worker that was away for a minute
        waiting = run.ask(at=60_000, unread=4000, late=True)
        answer = run.ask(at=60_000, arrived=4000, flows=[second])

        assert waiting["records"] == [] and waiting["due"] > 60_000
        assert [record["record"]["action"] for record in answer["records"]] == [1]


def test_a_stop_gives_out_all_that_is_held(build, folder):
    with StageRun(build, folder, config(), "--flow-log") as run:
        run.ask(at=0, flows=one_sided(3000))
        answer = run.ask(at=1, flush=True)

        assert len(answer["records"]) == 3000 and "waiting_state" not in answer["account"]
        assert run.ask(at=1_000_000)["records"] == []


def test_a_timeout_that_is_changed_is_that_of_what_is_held_already(build, folder):
    patient, hasty = config(), folder / "hasty.json"
    patient["pipeline"]["action"]["reject_timeout"] = 600
    hasty.write_text(json.dumps(config()))
    first, second = one_sided(2)
    with StageRun(build, folder, patient, "--flow-log") as run:
        run.ask(at=0, flows=[first])
        run.ask(restart="kill", config=str(hasty))
        run.ask(at=1000, flows=[second])

        assert len(run.ask(at=REJECT_S * 1000)["records"]) == 1
        assert len(run.ask(at=REJECT_S * 1000 + 1000)["records"]) == 1


def test_what_was_held_in_memory_that_is_lost_is_counted(build, folder):
    with StageRun(build, folder, config(), "--flow-log") as run:
        run.ask(at=0, flows=one_sided(3000))
        answer = run.ask(restart="lost")

        assert answer["events"] == ["state.lost"]
        assert answer["account"] == {"passed": 3000, "lost_error": 3000}


# ---- beside the exporter ----

def told(record):
    """Action, port, seconds of start and end, whether it is over, total and latest counts."""
    sides = "packets_from_initiator", "bytes_from_initiator", "packets_from_target", "bytes_from_target"
    return (record["action"], record["initiator_port"], record["start_time"][-6:-1], record["end_time"][-6:-1],
            record["was_terminated"], tuple(record.get(f"cumulative_{side}", 0) for side in sides),
            tuple(record.get(side, 0) for side in sides))


def exporters(scenario):
    lines = gzip.decompress((DATA / "golden" / scenario / "stdout.gz").read_bytes()).decode().splitlines()
    return {told(record) for line in lines if line.startswith("[") for record in json.loads(line)}


def own(run, name):
    """For the same messages at the same pace: one a second."""
    records = []
    messages = read_lines(DATA / "inputs" / f"{name}.jsonl")
    for at, message in enumerate(messages):
        records += run.ask(at=1000 * at)["records"] + run.ask(at=1000 * at, flows=json.loads(message)["Obj"])["records"]
    records += run.ask(at=1000 * len(messages) + 60_000)["records"]
    return {told(record["record"]) for record in records}


# What only one of the two says, and why: worker/stages/README.md.
DIFFERENCES = {
    # records without news, of reports whose partner is yet to come; of two rejected reports the second alone
    "compact-direct": ({("A", 41000, "46:42", "46:42", False, (20, 2000, 15, 1500), (0, 0, 0, 0)),
                        ("A", 45000, "46:45", "46:45", False, (1, 60, 1, 60), (0, 0, 0, 0)),
                        ("R", 42000, "46:54", "46:55", False, (9, 540, 0, 0), (3, 180, 0, 0))},
                       {("R", 42000, "46:55", "46:56", False, (12, 720, 0, 0), (3, 180, 0, 0))}),
    # it mixes the new connection with the old one, then crashes
    "third-uuid": ({("A", 41000, "46:41", "46:42", False, (1, 90, 1, 80), (-8, -810, -7, -720))},
                   {("A", 41000, "46:40", "46:42", False, (1, 90, 1, 80), (1, 90, 1, 80)),
                    ("R", 41000, "46:40", "46:43", False, (2, 180, 2, 160), (0, 0, 0, 0)),
                    ("R", 46000, "46:44", "46:45", False, (1, 60, 0, 0), (1, 60, 0, 0))}),
    # it loses all but the first of them
    "same-node-twice": (set(), {("R", 41000, "46:40", "46:41", False, (5, 500, 4, 400), (5, 500, 4, 400)),
                                ("R", 40000, "46:40", "46:41", False, (3, 300, 2, 200), (3, 300, 2, 200))}),
    # it rejects what it was to accept, then crashes
    "three-at-once": ({("R", 41000, "46:40", "46:41", False, (10, 1000, 8, 800), (10, 1000, 8, 800))},
                      {("A", 41000, "46:40", "46:41", False, (9, 900, 8, 800), (9, 900, 8, 800)),
                       ("R", 41000, "46:40", "46:41", False, (1, 100, 1, 80), (1, 100, 1, 80)),
                       ("R", 46000, "46:44", "46:45", False, (1, 60, 0, 0), (1, 60, 0, 0))}),
    "two-tags": (set(), set()),
}


@pytest.mark.parametrize("scenario", DIFFERENCES)
def test_records_for_consumers_of_the_exporter_are_its_own(build, folder, scenario):
    compatible = config(compat="sfe")
    compatible["pipeline"]["action"]["reject_timeout"] = 3
    name = "action" if scenario == "compact-direct" else f"action-{scenario}"
    with StageRun(build, folder, compatible) as run:
        ours, theirs = own(run, name), exporters(f"syn-vpc-action-{scenario}")

        assert (theirs - ours, ours - theirs) == DIFFERENCES[scenario]


# ---- in the formats ----

def both_sides(run):
    """One connection on both sides, one on the first alone: the rows or records, and the account."""
    reports = Reports("formats")
    flows = [flow(reports.make(10, number, side, 0, 4, False, False)) for number, side in ((0, 0), (1, 0), (0, 1))]
    records = run.ask(at=10, flows=flows)["records"]
    answer = run.ask(at=10_000)
    return [record["record"] for record in records + answer["records"]], answer["account"]


def test_vpclogs_say_accepted_or_rejected(build, folder):
    with StageRun(build, folder, config()) as run:
        (accepted, rejected), account = both_sides(run)

        assert (accepted["action"], accepted["bytes_from_initiator"]) == ("accepted", 400)
        assert (rejected["action"], rejected["bytes_from_initiator"]) == ("rejected", 0)
        assert account == {"passed": 3, "waiting_spool": 3, "records_out": 2}


def test_awsflowlogs_say_accept_or_reject(build, folder):
    aws = config()
    aws["pipeline"]["transform"] = {"type": "awsflowlogs", "awsflowlogs": {"fields": ["srcport", "bytes", "action"]}}
    aws["pipeline"]["encode"] = {"type": "text"}
    with StageRun(build, folder, aws) as run:
        rows, account = both_sides(run)

        assert rows == ["1000 400 ACCEPT", "443 28 ACCEPT", "1001 0 REJECT"]
        assert account == {"passed": 3, "waiting_spool": 3, "records_out": 3}


def test_what_is_held_outlives_the_worker_that_held_it(analyzers, sluice_run, stored, folder, watch):
    analyzer = analyzers("--start", "command")
    sections = {**config()["pipeline"], "action": {"tid1": TIDS[0], "tid2": TIDS[1], "reject_timeout": 2}}
    kept = {name: sections[name] for name in ("classify", "transform", "mangle", "action")}
    sluice = sluice_run(pipeline(analyzer, stored, **kept, store={"type": "direct"}))
    analyzer.wait("subscribed")
    reports = Reports("held")
    one, two, other = (flow(reports.make(10, number, side, 0, 4, False, False)) for number, side in ((0, 0), (1, 0), (1, 1)))
    place = watch(stored)

    for name, flows in (("first", [one, two]), ("second", [other])):
        path = folder / f"{name}.jsonl"
        path.write_text(json.dumps({"Namespace": "flow", "Type": "store", "UUID": "x", "Status": 200, "Obj": flows}) + "\n")
        analyzer.tell(f"send {path}")
        analyzer.sync()
        sluice.kill_children("sluice-worker")
    place.wait(lambda: "rejected" in str(found(stored)), "a rejection")
    summary = sluice.stop_clean()

    assert found(stored) == {1000: ("rejected", 0), 1001: ("accepted", 400)}
    account = summary["pipelines"]["pipeline-0-0"]
    assert (account["passed"], account["written"], account["records_written"]) == (3, 3, 2)


def found(stored):
    records = [record for item in read_objects(stored) for record in json.loads(item.content)["flow_logs"]]
    return {record["initiator_port"]: (record["action"], record["bytes_from_initiator"]) for record in records}
