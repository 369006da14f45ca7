"""One supervisor for an hour, in which everything comes and goes: nothing grows, and each account adds up."""

import os
import time

from churn import Churn, stored_flows
from lives import OPTIONS, Lives
from samples import Samples
from support.golden import recording
from support.serve_account import ServeHistory, account
from support.sluice import pipeline

SAMPLE_S = 10
LIVES = 1 / 6  # of the time, before it
FLOWS_S = 300
STEADY = ("still", "second", "changing", "failing")
PLACE = "/v1/tenants/{}/pipelines/{}"


def buffered(config, name):
    config["host_id"] = name
    config["pipeline"]["store"]["buffered"].update(max_flows_per_object=1000, max_seconds_per_object=3)
    config["pipeline"]["transform"] = {"type": "secadvisor"}
    return config


def steady_pipelines(serve, analyzer, store):
    """Those that stay: place → (client, configuration). `still` and `still-s3` are never touched."""
    api = serve.api
    found = {PLACE.format("default", name): (api, buffered(pipeline(analyzer, name), name)) for name in STEADY}
    stores = serve.tenant("stores")
    for name in ("still-s3", "s3"):
        config = buffered(store.pipeline(analyzer), name)
        config["pipeline"]["store"]["buffered"]["filename_prefix"] = name
        found[PLACE.format("stores", name)] = stores, config
    for place, (client, config) in found.items():
        client.put(place, config, wait="20s").expect(201)
    return found


def take_sample(samples, serve, steady, untouched):
    samples.add_process("supervisor", serve.pid)
    for pid in serve.children("sluice-subscriber"):
        samples.add_process("subscriber", pid)
    for place, (client, _) in steady.items():
        status = client.get(f"{place}/status").expect(200)
        account(status)
        if place in untouched:
            samples.add_process(f"worker {place.split('/')[-1]}", untouched[place])
            assert status["worker"]["pid"] == untouched[place], f"{place} has another worker than at first"
    data = serve.data_dir
    samples.add("database", "bytes", sum(os.path.getsize(path) for path in data.glob("sluice.db*")))
    samples.add("log", "bytes", sum(len(line) + 1 for line in serve.err.raw))


def all_written(status):
    return account(status)["flows_waiting"] == {"ring": 0, "state": 0, "spool": 0}


def drained(analyzer, steady):
    """The accounts of the steady pipelines behind the last flow, when all is written: place → counters."""
    analyzer.tell("pause")
    analyzer.sync()
    found = {}
    for place, (client, _) in steady.items():
        found[place] = account(client.until(f"{place}/status", all_written, "everything written", timeout=120))
    return found


def check_sums(store, first, last):
    """Each has stored what it counts, and since `first` all of one analyzer have seen the same."""
    for place, counters in last.items():
        tenant, name = place.split("/")[3], place.split("/")[-1]
        if tenant == "stores":
            stored = stored_flows(store.folder / store.bucket / name)
            assert stored == counters["flows_written"], f"{place}: {stored} stored, {counters}"
    seen = {place: counters["flows_seen"] - first[place]["flows_seen"] for place, counters in last.items()}
    assert len(set(seen.values())) == 1, seen


def measure(churn, serve, steady, seconds):
    """One life of the supervisor, and of workers that nobody touches: samples of it, each in the same company."""
    untouched = {place: client.get(f"{place}/status").expect(200)["worker"]["pid"]
                 for place, (client, _) in steady.items() if place not in churn.configs}  # fmt: skip
    samples = Samples()
    due = time.monotonic() + SAMPLE_S

    def sample_when_due():
        nonlocal due
        if time.monotonic() >= due:
            churn.level()
            take_sample(samples, serve, steady, untouched)
            due += SAMPLE_S

    churn.go_on(seconds, sample_when_due)
    return samples.report()


def test_nothing_grows_and_all_accounts_add_up(serve_real, analyzers, object_store, build, seconds, table):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", FLOWS_S, "--start", "command", recordings=[recording("mixed")])
    store = object_store()
    serve = serve_real(*OPTIONS)
    steady = steady_pipelines(serve, analyzer, store)
    history = ServeHistory(build, analyzer, serve.data_dir, *STEADY)
    churn = Churn(serve, analyzer, store, {place: both for place, both in steady.items() if "still" not in place})
    lives = Lives(serve_real, serve, history, churn)

    analyzer.tell("start")
    lives.go_on(LIVES * seconds)
    table.append(f"lives: {lives.count}; descriptors of the supervisor behind each: {lives.most}")
    first = drained(analyzer, steady)
    analyzer.tell("resume")
    churn.fill_caches()
    lines, grown = measure(churn, lives.serve, steady, seconds)
    table += [*lines, f"actions: {dict(churn.done)}"]

    last = drained(analyzer, steady)
    churn.end()
    check_sums(store, first, last)
    history.end(lives.serve, lives.began_ms)
    figures = history.check()
    table += [f"{place}: {counters}" for place, counters in last.items()]
    table.append(f"churn: {dict(churn.flows)}; connections {figures['connections']}; flows handed to them {figures['handed over']}, stored twice 0")
    assert not grown, "\n".join([f"these grow: {grown}", *lines])
