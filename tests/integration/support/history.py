"""The history checker: everything that the analyzer wrote is stored once, or waits, or is counted.

The simulator's log says which reports it handed to which connection; each carries its serial number (identity
`report`). `object-serials` finds them in the objects and in the spools. A connection that died may have lost the last
of what it was handed in its socket: that much, and no more, may be missing uncounted, if a gap is listed for it."""

import hashlib
import json
import math
from collections import namedtuple

from .faults import spool_of
from .serials import common, count_of, merge, spool_serials, stored_serials

# between the two ends of a connection, and what a clock in ms rounds away
SLACK_MS = 1000

Run = namedtuple("Run", "began_ms ended_ms gaps killed")
# next_ms: when the next one after its end began, infinite: none did
Connection = namedtuple("Connection", "number sent closed_ms next_ms")


def connections_of(log):
    """What the simulator's log tells of its connections: the serials handed to each, in order, and when it ended."""
    sent, closed, begun = {}, {}, []
    with open(log, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line) if line.endswith("\n") else {}
            if event.get("event") == "written":
                sent.setdefault(event["connection"], []).extend(map(tuple, event["ranges"]))
            elif event.get("event") == "closed":
                closed[event["connection"]] = event["t_ms"]
            elif event.get("event") == "subscribed":
                begun.append(event["t_ms"])

    def connection(number):
        closed_ms = closed.get(number)
        later = (t_ms for t_ms in begun if closed_ms is not None and t_ms >= closed_ms)
        return Connection(number, merge(sent[number]), closed_ms, min(later, default=math.inf))

    return [connection(number) for number in sorted(sent)]


def split_behind_last(connection, known):
    """Of a connection's reports that are not known: how many before the last known one, and how many behind it."""
    kept = common(connection.sent, known)
    last = kept[-1][1] if kept else -1
    before = count_of(common(connection.sent, [(0, last)])) - count_of(kept)
    return before, count_of(connection.sent) - count_of(kept) - before


class History:
    """One analyzer's flows through the pipelines of one run or of several.

    folders: pipeline → folder that its objects are stored below, its own. data_dir: the runs' data folder, None for a
    single run without one. url: of the subscription, where a run has several."""

    def __init__(self, build, log, folders, data_dir=None, url=None):
        self.build, self.log, self.folders, self.data_dir, self.url = build, log, folders, data_dir, url
        self.runs = []
        self.published = 0
        self.malformed = 0
        self.accounts = {}
        self.contents = {}  # key → digest of the content first seen under it
        self.cut_short = dict.fromkeys(folders, 0)  # killed runs that left a pipeline with a position

    # ---- what happened ----

    def add_run(self, summary):
        """A run that has ended by itself, with its summary."""
        (subscription,) = [s for s in summary["subscriptions"] if self.url in (None, s.get("url"))]
        ended_ms = summary["drained_ms"]
        self.runs.append(Run(summary["began_ms"], ended_ms, subscription["gaps"], killed=False))
        self.published += subscription["flows"]
        self.malformed += subscription["malformed"]
        self.accounts = {name: summary["pipelines"][name] for name in self.folders}
        self.note_contents()

    def add_killed_run(self, began_ms, ended_ms):
        """A run whose supervisor was killed: there is no summary, and the last account stands in the spools."""
        self.runs.append(Run(began_ms, ended_ms, [], killed=True))
        self.accounts = {}
        for name in self.folders:
            self.cut_short[name] += self._spool(name)["begun"]
        self.note_contents()

    def note_contents(self):
        """Looks at all objects: none may ever change or go. Where a store tells of each request: note_content."""
        there = set()
        for name, folder in self.folders.items():
            for path in folder.rglob("*"):
                if path.is_file() and not path.name.startswith("."):
                    self.note_content(str(path), hashlib.sha256(path.read_bytes()).hexdigest())
                    there.add(str(path))
            gone = [key for key in self.contents if key.startswith(f"{folder}/") and key not in there]
            assert not gone, f"{name}: {len(gone)} stored objects have gone, such as {gone[0]}"

    def note_content(self, key, digest):
        assert self.contents.setdefault(key, digest) == digest, f"{key} has had two contents"

    # ---- what must hold ----

    def check(self, may_lose=None):
        """Proves it for each pipeline; may_lose: the only reasons for which flows may be lost. Returns figures."""
        connections = connections_of(self.log)
        pipelines = {name: self._check_pipeline(name, connections, may_lose) for name in self.folders}
        return {
            "handed over": sum(count_of(c.sent) for c in connections),
            "published": self.published,
            "connections": len(connections),
            "gaps": sum(len(run.gaps) for run in self.runs),
            "pipelines": pipelines,
        }

    def _check_pipeline(self, name, connections, may_lose):
        stored = stored_serials(self.build, self.folders[name])
        spool = self._spool(name)
        account = self._account(name, spool)
        in_doubt = self._check_spool(name, spool, stored, account)
        waiting = [r for item in spool["items"] if item not in in_doubt for r in item["ranges"]]
        figures = {
            "stored": stored["records"],
            "objects": stored["objects"],
            "lost": _part(account, "lost_"),
            "excluded": _part(account, "excluded_"),
            "waiting": _part(account, "waiting_"),
            "in doubt": sum(item["flows"] for item in in_doubt),
            "twice": stored["twice"],
        }
        doubled = f"{name}: {stored['twice']} reports are stored twice, first in {stored['bad']}: {figures}"
        assert stored["twice"] == 0, doubled
        mixed = f"{name}: {stored['mixed']} records are mixed of several reports, first in {stored['bad']}"
        assert stored["mixed"] == 0, mixed
        _check_account(name, account, figures)
        known = merge([*map(tuple, stored["ranges"]), *map(tuple, waiting)])
        figures["holes"] = self._check_serials(name, account, known, connections)
        reasons = set(figures["lost"])
        assert may_lose is None or reasons <= may_lose, f"{name}: lost for {reasons - may_lose}: {figures}"
        return figures

    def _spool(self, name):
        """What still waits there; a run without a data folder may leave nothing behind."""
        if self.data_dir is None:
            return {"commit": 0, "begun": False, "account": None, "items": []}
        return spool_serials(self.build, spool_of(self.data_dir, name))

    def _account(self, name, spool):
        """The last run's, from its summary or else from the commit record; where there are both they agree."""
        told, kept = self.accounts.get(name), spool["account"]
        if told is None:
            assert kept is not None, f"{name}: no account of it is left"
            return {**kept, "lag": 0}
        if kept is not None:
            differ = {bin: (told[bin], count) for bin, count in kept.items() if told[bin] != count}
            assert not differ, f"{name}: the summary says other than the commit record: {differ}"
        return told

    def _check_spool(self, name, spool, stored, account):
        """What waits is what the account says, whole, and stored nowhere but in doubt. Returns the items in doubt."""
        items = spool["items"]
        damaged = [item["name"] for item in items if item["damaged"] or item["twice"] or item["mixed"]]
        assert not damaged, f"{name}: what waits in the spool is damaged: {damaged}"
        if self.data_dir is not None:
            flows = sum(item["flows"] for item in items)
            records = sum(item["records"] for item in items)
            assert flows == account["waiting_spool"], f"{name}: {flows} flows wait, {account['waiting_spool']} counted"
            assert records == flows, f"{name}: {records} records of {flows} flows wait"
        in_doubt = [item for item in items if item["kind"] == "in flight" and self._is_stored(name, item)]
        for item in items:
            both = [] if item in in_doubt else common(merge(item["ranges"]), stored["ranges"])
            assert not both, f"{name}: {count_of(both)} reports of {item['name']}, which waits, are stored already"
        return in_doubt

    def _is_stored(self, name, item):
        """Whether an object that may have been sent is stored under its key; then with the same content."""
        paths = [path for path in self.folders[name].rglob("*") if str(path).endswith(f"/{item['key']}")]
        for path in paths:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert digest == item["sha256"], f"{item['key']} has two contents, in {path} and in the spool"
        return bool(paths)

    def _check_serials(self, name, account, known, connections):
        """published = stored + lost + waiting, by the reports' own numbers. Returns the holes that were counted."""
        sent = merge(r for connection in connections for r in connection.sent)
        strange = count_of(known) - count_of(common(sent, known))
        assert strange == 0, f"{name}: {strange} reports are stored that were never sent"
        published = account["passed"] + account["lag"]
        complete = not any(run.killed for run in self.runs)
        assert not complete or published == self.published, f"{name}: {published} passed, {self.published} published"
        unpublished = count_of(sent) - published - self.malformed
        assert unpublished >= 0, f"{name}: {-unpublished} more published than was sent"
        ends = [(*split_behind_last(c, known), self._may_lack_its_end(c), c) for c in connections]
        may_lack = sum(behind for _, behind, allowed, _ in ends if allowed)
        told_nowhere = ", ".join(f"{c.number} ({behind})" for _, behind, allowed, c in ends if behind and not allowed)
        assert unpublished <= may_lack, (
            f"{name}: {unpublished} reports are missing that nobody counted, and only {may_lack} of them can have been "
            f"in a connection that ended with a gap listed; without one: {told_nowhere or 'none'}"
        )
        self._check_killed(name, account)
        return sum(before for before, *_ in ends)

    def _may_lack_its_end(self, connection):
        """It has ended, by the end of its run or within a gap that was listed."""
        closed_ms = connection.closed_ms
        if closed_ms is None:
            return False
        runs = [run for run in self.runs if run.began_ms <= closed_ms]
        if runs and closed_ms >= runs[-1].ended_ms - (SLACK_MS if runs[-1].killed else 0):
            return True
        # a gap begins with the last that was read: late, where the subscriber was slow, but before it connects again
        begins = max(closed_ms + SLACK_MS, connection.next_ms)
        gaps = [gap for run in runs for gap in run.gaps]
        return any(gap["from_ms"] <= begins and closed_ms <= gap["to_ms"] + SLACK_MS for gap in gaps)

    def _check_killed(self, name, account):
        """A supervisor that was killed leaves an epoch without an end: the next run's worker counts that gap."""
        followed = self.cut_short[name] - self.runs[-1].killed
        gaps = account["gaps"]
        assert gaps >= followed, f"{name}: {followed} runs were cut short, its account has {gaps} gaps"


def _part(account, prefix):
    return {name: count for name, count in account.items() if name.startswith(prefix) and count}


def _check_account(name, account, figures):
    """Each flow that was passed is in exactly one bin, and what is written is what is stored."""
    parts = [figures["excluded"], figures["lost"], figures["waiting"]]
    binned = sum(sum(part.values()) for part in parts) + account["written"]
    assert account["passed"] == binned, f"{name}: {account['passed']} passed, {binned} in the bins: {figures}"
    written = figures["stored"] - figures["in doubt"]
    assert account["written"] == written, f"{name}: {account['written']} counted as written: {figures}"


def check_history(build, log, folder, summary):
    """The whole check for one run of one pipeline without a data folder. Returns its figures."""
    (name,) = summary["pipelines"]
    history = History(build, log, {name: folder})
    history.add_run(summary)
    figures = history.check()
    return {**figures, **figures["pipelines"][name]}
