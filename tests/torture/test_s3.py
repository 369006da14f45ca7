"""Pipelines that write to S3, and a store that misbehaves; each pipeline has a bucket of its own."""

import json
import statistics
import time

import pytest
from stand import names, now

PIPELINES = 4


class Buckets:
    """Pipelines whose objects go to buckets of their names in one store."""

    def __init__(self, stand, store, prefix="s3-", count=PIPELINES):
        self.stand, self.store, self.names = stand, store, names(prefix, count)
        stand.stored = store.folder
        for name in self.names:
            (store.folder / name).mkdir()

    def configs(self, analyzer, **options):
        return [self.config(name, analyzer, **options) for name in self.names]

    def config(self, name, analyzer, changes=None, **buffered):
        section = {"write": self.store.section(), **(changes or {})}
        return self.stand.pipeline(name, analyzer, section, dirname=name, **buffered)

    def wait_stored_after(self, moment, timeout=60):
        self.stand.wait_stored_after(dict.fromkeys(self.names, moment), timeout)


def load(stand, flows=3000):
    return stand.analyzers("--loop", "forever", "--flows-per-second", flows)


def begin(stand, store):
    buckets, analyzer = Buckets(stand, store), load(stand)
    sluice = stand.start(buckets.configs(analyzer))
    buckets.wait_stored_after(0)
    return buckets, analyzer, sluice


def finish(stand, scenario, faults, buckets, analyzer, sluice, moments=(), timeout=180):
    """moments: of faults that hit all pipelines, each with the time from which on it was mended."""
    history = stand.history(analyzer, buckets.names)
    history.add_run(stand.end(sluice, analyzer, timeout))
    assert buckets.store.state()["several_contents"] == []
    recoveries = stand.recoveries([(name, *both) for both in moments for name in buckets.names])
    stand.row(f"S3: {scenario}", faults, history.check(set()), recoveries)


def test_lost_answers(stand, object_store):
    """Objects are stored, and the connection ends without an answer."""
    store, count = object_store(), stand.pick(20, 100)
    buckets, analyzer, sluice = begin(stand, store)
    moment = now()
    start = store.tell(f"lose-answers {count}")
    for _ in range(count):
        event = store.wait("request", start=start, fault="lose-answers")
        start = next_line(store, event, start)
    mended = now()
    buckets.wait_stored_after(mended)

    finish(stand, "answers lost", count, buckets, analyzer, sluice, [(moment, mended)])
    assert len(store.all("request", fault="lose-answers")) == count


def next_line(store, event, start):
    """Behind the line of this event."""
    for index in range(start, len(store.events.lines)):
        if json.loads(store.events.lines[index]) == event:
            return index + 1
    raise AssertionError("an event that is not there")


@pytest.mark.parametrize("status", [429, 503])
def test_storms(stand, object_store, status):
    """Every request is refused for a while, with Retry-After."""
    store = object_store()
    buckets, analyzer, sluice = begin(stand, store)
    moments = []
    for _ in range(stand.pick(1, 3)):
        store.tell(f"fail {status} code=SlowDown retry_after=2")
        analyzer.run_until(time.monotonic() + stand.pick(4, 20))
        store.tell("clear")
        moments.append((now(), now()))
        buckets.wait_stored_after(now())

    refused = len(store.all("request", fault=f"fail {status}"))
    assert refused > 0
    finish(stand, f"{status} storm", refused, buckets, analyzer, sluice, moments)


def test_refused_then_repaired(stand, object_store):
    """403, until somebody mends the policy."""
    store = object_store()
    buckets, analyzer, sluice = begin(stand, store)
    store.tell("fail 403 code=AccessDenied")
    sluice.err.wait_for(r"AccessDenied.*pipeline\.write\.s3\.")
    analyzer.run_until(time.monotonic() + stand.pick(1, 10))
    store.tell("clear")
    mended = now()
    buckets.wait_stored_after(mended, 90)

    refused = len(store.all("request", fault="fail 403"))
    finish(stand, "403 then repaired", refused, buckets, analyzer, sluice, [(mended, mended)])


def test_a_bucket_that_is_made_later(stand, object_store):
    store = object_store()
    buckets, analyzer = Buckets(stand, store), load(stand)
    configs = buckets.configs(analyzer)
    for name in buckets.names:
        (store.folder / name).rmdir()
    sluice = stand.start(configs)
    sluice.err.wait_for(r"NoSuchBucket.*pipeline\.store\.buffered\.dirname")
    for name in buckets.names:
        store.make_bucket(name)
    made = now()
    buckets.wait_stored_after(made, 90)

    finish(stand, "bucket missing, then made", len(buckets.names), buckets, analyzer, sluice, [(made, made)])


def test_a_store_that_hangs_holds_up_nobody_elses_objects(stand, object_store):
    """While one store hangs, the others' objects take as long from cut to stored as before: the ratio is printed."""
    hanging, other = object_store(), object_store()
    seconds = stand.pick(8, 60)
    held = Buckets(stand, hanging, "held-", 2)
    free = Buckets(stand, other, "free-", 2)
    analyzer = load(stand)
    sluice = stand.start(held.configs(analyzer) + free.configs(analyzer))
    free.wait_stored_after(0)
    analyzer.run_until(time.monotonic() + seconds)
    before, start = flush_delays(other, 0), len(other.events.lines)
    hanging.tell("hang after-body")
    hanging.wait("hanging")
    analyzer.run_until(time.monotonic() + seconds)
    during = flush_delays(other, start)
    hanging.tell("release")
    hanging.tell("clear")
    mended = now()
    stand.stored = hanging.folder
    held.wait_stored_after(mended, 120)

    ratio = percentile(during, 99) / percentile(before, 99)
    history = stand.history(analyzer, held.names)
    history.folders.update({name: other.folder / name for name in free.names})
    history.cut_short.update(dict.fromkeys(free.names, 0))
    history.add_run(stand.end(sluice, analyzer))
    assert hanging.state()["several_contents"] == other.state()["several_contents"] == []
    recoveries = stand.recoveries([(name, mended) for name in held.names])
    hung = len(hanging.all("hanging"))
    stand.row(f"S3: hang (others' p99 ×{ratio:.2f})", hung, history.check({"lost_ring"}), recoveries)


def flush_delays(store, start):
    """Seconds from each object's cut to the answer that it is stored."""
    events = [json.loads(line) for line in store.events.lines[start:]]
    stored = [event for event in events if event["event"] == "request" and event["stored"]]
    return [event["t_end"] - int(event["headers"]["x-amz-meta-last-timestamp"]) / 1000 for event in stored]


def percentile(values, percent):
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


SENDS, COMMITS = ["send", "write"], ["pwrite", "fdatasync", "unlinkat"]
EACH_SEND = [("kill-before", SENDS + COMMITS), ("kill-after", SENDS + COMMITS), ("eio", SENDS), ("short", SENDS)]


@pytest.mark.parametrize("action, kinds", EACH_SEND, ids=[action for action, _ in EACH_SEND])
def test_each_send_of_an_object(stand, object_store, action, kinds):
    """Killed before and after each call that sends, and that commits what was sent; or the connection breaks there."""
    faults = range(1, 61, stand.pick(5, 1))
    buckets, analyzer = Buckets(stand, object_store(), count=len(faults)), load(stand, 1000)
    configs = buckets.configs(analyzer, max_flows_per_object=100)
    for name, number in zip(buckets.names, faults):
        stand.faults.order_fault(name, "", action, number, kinds, FAULTS_PLACES="spool,store")
    sluice = stand.start(configs, faulty=True)
    stand.wait_fired(buckets.names)
    fired = {name: stand.faults.fired(name) for name in buckets.names}
    stand.wait_stored_after(fired, 90)

    history = stand.history(analyzer, buckets.names)
    history.add_run(stand.end(sluice, analyzer))
    assert buckets.store.state()["several_contents"] == []
    stand.row(f"S3: {action} each send", len(faults), history.check(set()), stand.recoveries(fired.items()))
