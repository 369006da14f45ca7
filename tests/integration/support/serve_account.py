"""What `sluiced serve` says of a pipeline's flows, and the history checker on its data folder."""

import sqlite3
import time

from .history import History, Run
from .serials import spool_serials

# of which nothing may be lost; and a ring for 40 s of it, for a slow machine's workers with sanitizers
LOAD = ("--loop", "forever", "--flows-per-second", 5000, "--start", "command")
ROOMY = ("--ring-size", "256M")
BINS = ("flows_excluded", "flows_waiting", "flows_lost")


def account(status):
    """The counters, in which each flow seen must be in exactly one bin."""
    counters = status["counters"]
    bins = counters["flows_written"] + sum(sum(counters[name].values()) for name in BINS)
    assert counters["flows_seen"] == bins, counters
    return counters


def lost(status):
    """The reasons for which flows were lost, with their number."""
    return {reason: count for reason, count in account(status)["flows_lost"].items() if count}


def rows(data_dir, query, *values):
    """Of the database, read beside the supervisor."""
    database = sqlite3.connect(f"file:{data_dir}/sluice.db?mode=ro", uri=True, timeout=10)
    try:
        return database.execute(query, values).fetchall()
    finally:
        database.close()


def spool_id(data_dir, name, tenant="default"):
    ((found,),) = rows(data_dir, "SELECT id FROM pipelines WHERE tenant = ? AND name = ?", tenant, name)
    return found


def now_ms():
    return int(time.time() * 1000)


class ServeHistory(History):
    """One analyzer's flows through pipelines that are never stopped by a user, over the lives of their supervisor: `name`
    of the tenant default, or `tenant/name`. Each stores below files/<tenant>/<name>, or in `stored` below its name. What was
    passed stands in their commit records; epochs and gaps are in the database."""

    def __init__(self, build, analyzer, data_dir, *names, stored=None):
        places = {name: name if "/" in name else f"default/{name}" for name in names}
        folders = {name: (stored or data_dir / "files") / place for name, place in places.items()}
        super().__init__(build, analyzer.log, folders, data_dir)
        self.ids = {name: spool_id(data_dir, *reversed(place.split("/"))) for name, place in places.items()}

    def end(self, serve, began_ms):
        """Ends the supervisor in order. What its connection was handed from then on may be published or not."""
        ended_ms = now_ms()
        serve.stop_clean(timeout=60)
        # the gaps of all lives are kept: those of the last one's list are enough
        gaps = rows(self.data_dir, "SELECT from_ms, to_ms FROM gaps")
        listed = [dict(zip(("from_ms", "to_ms"), gap)) for gap in gaps]
        self.runs.append(Run(began_ms, ended_ms, listed, killed=False))
        # an epoch whose end is not known has 2^64 - 1 there, which SQLite has as -1
        epochs = rows(self.data_dir, "SELECT last_sequence - first_sequence FROM epochs WHERE last_sequence >= 0")
        self.published = sum(count for (count,) in epochs)
        self.note_contents()

    def _spool(self, name):
        return spool_serials(self.build, self.data_dir / "spool" / self.ids[name])
