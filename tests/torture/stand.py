"""What the scenarios share: many pipelines in one run, kills, the history at the end, the table of all of them."""

import json
import os
import signal
import statistics
import time
from collections import Counter

from support.history import History
from support.sluice import pipeline
from support.waiting import DEADLINE_S

# objects are small and frequent, so that a fault meets every part of an object's life
OBJECT_FLOWS = 400
OBJECT_SECONDS = 1


class Stand:
    def __init__(self, build, faults, folder, analyzers, sluice_run, watch, short, table):
        self.build, self.faults, self.folder = build, faults, folder
        self.analyzers, self.sluice_run, self.watch = analyzers, sluice_run, watch
        self.short, self.table = short, table
        self.data = folder / "data"
        self.stored = folder / "stored"
        self.stored.mkdir()

    def pick(self, short, long):
        """A number for the short form or for the long one."""
        return short if self.short else long

    # ---- pipelines ----

    def pipeline(self, name, analyzer, changes=None, **buffered):
        """Writes the configuration of a pipeline of this name, which stores below its own folder."""
        (self.stored / name).mkdir(exist_ok=True)
        config = small_objects(analyzer, self.stored / name, changes, **buffered)
        # of its own, so that several may show themselves to one analyzer
        config["host_id"] = name
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(config))
        return file

    def pipelines(self, names, analyzer, **options):
        return [self.pipeline(name, analyzer, **options) for name in names]

    def start(self, configs, *options, faulty=False):
        given = ["--data-dir", self.data, "--drain-timeout", 120, "--status-interval", 1, *options]
        return self.sluice_run(*configs, options=given, build=self.faults.build if faulty else self.build)

    def history(self, analyzer, names, url=None):
        return History(self.build, analyzer.log, {name: self.stored / name for name in names}, self.data, url)

    def end(self, sluice, analyzer, timeout=180):
        """No more flows; everything is written out. Returns the summary."""
        analyzer.tell("pause")
        analyzer.sync()
        return sluice.stop_clean(timeout)

    # ---- faults and what comes after ----

    def kill(self, sluice, name):
        """SIGKILL to a pipeline's worker; False when there is none now. Returns once the supervisor has noticed."""
        pid = workers(sluice).get(name)
        if pid is None:
            return False
        said = len(sluice.err.lines)
        os.kill(pid, signal.SIGKILL)
        sluice.err.wait_for(rf"{name}: worker ended unasked \(signal 9", start=said)
        return True

    def wait_stored_after(self, moments, timeout=DEADLINE_S):
        """Waits until each of these pipelines has stored an object after its moment (name → time.time())."""

        def missing():
            return [name for name, moment in moments.items() if self.next_object(name, moment) is None]

        self.watch(self.stored).wait(lambda: not missing(), "objects after the faults", timeout)

    def wait_fired(self, names):
        """Every ordered fault has come: looked at whenever an object is stored, and the others store all the while."""

        def all_fired():
            return all(self.faults.fired(name) for name in names)

        self.watch(self.stored).wait(all_fired, "every ordered fault", 60)

    def next_object(self, name, moment):
        """When the pipeline stored its first object behind this moment; None: it has not yet."""
        later = [time for time in map(_stored_at, self._objects(name)) if time > moment]
        return min(later, default=None)

    def _objects(self, name):
        return [path for path in (self.stored / name).rglob("*") if path.is_file() and not path.name.startswith(".")]

    def recoveries(self, faults):
        """Seconds from each fault to the pipeline's next object: (name, time.time() of the fault), and where what is
        stored before that means nothing, the time from which on it counts."""
        ends = [(moment, self.next_object(name, *(since or [moment]))) for name, moment, *since in faults]
        return [end - moment for moment, end in ends if end is not None]

    # ---- the result ----

    def row(self, scenario, faults, figures, recoveries=()):
        """Adds the scenario to the table. figures: of one History.check() or several."""
        figures = [figures] if isinstance(figures, dict) else figures
        pipelines = [p for one in figures for p in one["pipelines"].values()]
        lost = Counter()
        for one in pipelines:
            lost.update(one["lost"])
        self.table.add(
            scenario,
            faults,
            sum(p["stored"] + sum(p["lost"].values()) + sum(p["waiting"].values()) - p["in doubt"] for p in pipelines),
            sum(p["stored"] for p in pipelines),
            lost,
            sum(p["twice"] for p in pipelines),
            list(recoveries),
        )


def small_objects(analyzer, folder, changes=None, **buffered):
    """The configuration of a pipeline that stores below this folder, often. changes: of its sections."""
    compress = {"type": "gzip", "gzip": {"level": "fast"}}
    config = pipeline(analyzer, folder, transform={"type": "secadvisor"}, compress=compress)
    limits = {"max_flows_per_object": OBJECT_FLOWS, "max_seconds_per_object": OBJECT_SECONDS}
    config["pipeline"]["store"]["buffered"].update({**limits, **buffered})
    config["pipeline"].update(changes or {})
    return config


def _stored_at(path):
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def workers(sluice):
    """Pipeline → process of its worker, by the spool folder that it has open."""
    found = {}
    for pid in sluice.children("sluice-worker"):
        try:
            spool = os.readlink(f"/proc/{pid}/fd/8")
        except OSError:
            continue
        # "<pipeline>-<8 digits>"
        found[os.path.basename(spool)[:-9]] = pid
    return found


def names(prefix, count):
    return [f"{prefix}{number:03}" for number in range(count)]


def now():
    return time.time()


HEAD = ["scenario", "faults", "published", "stored", "lost", "twice", "recovery s: median", "max"]


class Table:
    """A scenario's rows, each a list of texts as HEAD has them."""

    def __init__(self):
        self.rows = []

    def add(self, scenario, faults, published, stored, lost, twice, recoveries):
        reasons = " ".join(f"{name.removeprefix('lost_')} {count}" for name, count in sorted(lost.items()))
        figures = [str(published), str(stored), reasons or "0", str(twice)]
        self.rows.append([scenario, str(faults), *figures, *_median_and_most(recoveries)])

    def note(self, scenario, faults, recoveries=()):
        """A scenario that checks each of its faults by itself, or a part of one whose figures are in another row."""
        self.rows.append([scenario, str(faults), *["–"] * 4, *_median_and_most(recoveries)])


def _median_and_most(recoveries):
    return [f"{statistics.median(recoveries):.2f}", f"{max(recoveries):.2f}"] if recoveries else ["–", "–"]


def table_text(rows):
    rows = [HEAD, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
