"""Processes killed at random moments, under load."""

import os
import random
import signal
import time

from stand import names, now
from support.golden import recording

# the supervisor starts a killed worker again after 0, 1, 2, 4 … s: many pipelines, few kills of each
SHORTEST_S = 0.2


def test_workers_killed_at_random_moments(stand):
    """worker SIGKILL: 40 pipelines × 5."""
    pipelines, kills = names("worker", stand.pick(15, 40)), stand.pick(3, 5)
    analyzer = stand.analyzers("--loop", "forever", "--flows-per-second", 4000, recordings=[recording("burst")])
    sluice = stand.start(stand.pipelines(pipelines, analyzer))
    analyzer.wait("started")

    faults = kill_workers(stand, sluice, analyzer, pipelines, kills)

    stand.wait_stored_after({name: moment for name, moment in faults}, 60)
    history = stand.history(analyzer, pipelines)
    summary = stand.end(sluice, analyzer)
    assert sum(p["restarts"] for p in summary["pipelines"].values()) == len(faults) == len(pipelines) * kills
    history.add_run(summary)
    stand.row("worker SIGKILL", len(faults), history.check({"lost_ring"}), stand.recoveries(faults))


def kill_workers(stand, sluice, analyzer, pipelines, kills):
    """Each pipeline's worker so many times, at random intervals; a dead one when it is back. (name, moment) of each."""
    dice = random.Random(1)
    left = dict.fromkeys(pipelines, kills)
    due = {name: time.monotonic() + SHORTEST_S + dice.random() for name in pipelines}
    faults = []
    while due:
        name = min(due, key=due.get)
        analyzer.run_until(due.pop(name))
        moment = now()
        if stand.kill(sluice, name):
            faults.append((name, moment))
            left[name] -= 1
        if left[name] > 0:
            due[name] = time.monotonic() + SHORTEST_S + dice.random()
    return faults


def test_subscribers_killed_at_random_moments(stand):
    """subscriber SIGKILL: 10 connections, 50 kills."""
    count, kills = stand.pick(5, 10), stand.pick(15, 50)
    pipelines = names("subscriber", count)
    load = ("--loop", "forever", "--flows-per-second", 2000)
    analyzers = {name: stand.analyzers(*load, recordings=[recording("burst")]) for name in pipelines}
    sluice = stand.start([stand.pipeline(name, analyzer) for name, analyzer in analyzers.items()])
    for analyzer in analyzers.values():
        analyzer.wait("started")
    of_url = {analyzer.url: name for name, analyzer in analyzers.items()}

    faults = kill_subscribers(sluice, analyzers[pipelines[0]], of_url, kills)

    stand.wait_stored_after({name: moment for name, moment in faults}, 90)
    for analyzer in analyzers.values():
        analyzer.tell("pause")
        analyzer.sync()
    summary = sluice.stop_clean(180)
    figures = []
    for name, analyzer in analyzers.items():
        history = stand.history(analyzer, [name], analyzer.url)
        history.add_run(summary)
        figures.append(history.check(set()))
    assert sum(s["restarts"] for s in summary["subscriptions"]) == len(faults) == kills
    stand.row("subscriber SIGKILL", len(faults), figures, stand.recoveries(faults))


def kill_subscribers(sluice, analyzer, of_url, kills):
    dice = random.Random(2)
    faults = []
    while len(faults) < kills:
        analyzer.run_until(time.monotonic() + SHORTEST_S + dice.random() / 2)
        alive = sluice.children("sluice-subscriber")
        if not alive:
            continue
        said, moment = len(sluice.err.lines), now()
        os.kill(dice.choice(alive), signal.SIGKILL)
        url = sluice.err.wait_for(r"subscriber of (\S+) ended unasked \(signal 9", start=said)[1]
        faults.append((of_url[url], moment))
    return faults
