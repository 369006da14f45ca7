"""One supervisor for an hour, in which everything comes and goes: nothing grows, and each account adds up."""

import os
import time

from churn import Churn, stored_flows
from samples import Samples
from support.golden import recording
from support.serve_account import ServeHistory, account, now_ms
from support.sluice import pipeline

SAMPLE_S = 10
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


def check_sums(steady, serve, store):
    """Behind the last flow, drained: each has stored what it counts, and all of one analyzer have seen the same."""
    counts = {}
    for place, (client, _) in steady.items():
        tenant, name = place.split("/")[3], place.split("/")[-1]
        status = client.get(f"{place}/status").expect(200)
        counters = counts[place] = account(status)
        if tenant == "stores":
            folder = store.folder / store.bucket / name
            assert stored_flows(folder) == counters["flows_written"], f"{place}: {counters}"
    assert len({counters["flows_seen"] for counters in counts.values()}) == 1, counts
    return counts


def all_written(status):
    return account(status)["flows_waiting"] == {"ring": 0, "state": 0, "spool": 0}


def test_nothing_grows_and_all_accounts_add_up(serve_real, analyzers, object_store, build, seconds, table):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", FLOWS_S, "--start", "command", recordings=[recording("mixed")])
    store = object_store()
    serve = serve_real("--ring-size", "16M", "--drain-timeout", 20)
    began_ms = now_ms()
    steady = steady_pipelines(serve, analyzer, store)
    history = ServeHistory(build, analyzer, serve.data_dir, *STEADY)
    untouched = {place: client.get(f"{place}/status").expect(200)["worker"]["pid"]
                 for place, (client, _) in steady.items() if "still" in place}  # fmt: skip
    analyzer.tell("start")
    churn = Churn(serve, analyzer, store, {place: both for place, both in steady.items() if place not in untouched})

    churn.fill_caches()

    samples = Samples()
    due, end = time.monotonic() + SAMPLE_S, time.monotonic() + seconds
    while time.monotonic() < end:
        churn.act()
        if time.monotonic() >= due:
            churn.level()
            take_sample(samples, serve, steady, untouched)
            due += SAMPLE_S
        analyzer.run_until(min(end, time.monotonic() + churn.dice.random() / 2))
    lines, grown = samples.report()
    table += lines
    table.append(f"actions: {dict(churn.done)}")

    analyzer.tell("pause")
    analyzer.sync()
    churn.end()
    for place, (client, _) in steady.items():
        client.until(f"{place}/status", all_written, "everything written", timeout=120)
    counts = check_sums(steady, serve, store)
    history.end(serve, began_ms)
    figures = history.check()
    table += [f"{place}: {counters}" for place, counters in counts.items()]
    table.append(f"churn: {dict(churn.flows)}; published {figures['published']}, connections {figures['connections']}")
    assert not grown, "\n".join([f"these grow: {grown}", *lines])
