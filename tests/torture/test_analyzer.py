"""An analyzer that misbehaves under load."""

import random
import time

import pytest
from stand import names, now
from support.golden import recording

PIPELINES = 2


def begin(stand, *options, silence_s=60):
    pipelines = names("analyzer", PIPELINES)
    load = ("--loop", "forever", "--flows-per-second", 10000, *options)
    analyzer = stand.analyzers(*load, recordings=[recording("burst")])
    subscriber = {"url": analyzer.url, "silence_timeout": silence_s}
    configs = [stand.pipeline(name, analyzer, {"subscriber": subscriber}) for name in pipelines]
    sluice = stand.start(configs)
    stand.wait_stored_after(dict.fromkeys(pipelines, 0))
    return pipelines, analyzer, sluice


def finish(stand, scenario, pipelines, analyzer, sluice, moments):
    """moments: (of a fault, when flows could come again), each for all pipelines. Returns the subscription's summary."""
    history = stand.history(analyzer, pipelines)
    summary = stand.end(sluice, analyzer)
    (subscription,) = summary["subscriptions"]
    history.add_run(summary)
    figures = history.check(set())
    recoveries = stand.recoveries([(name, *both) for both in moments for name in pipelines])
    stand.row(f"analyzer: {scenario}", len(moments) or subscription["refused"], figures, recoveries)
    return subscription


BLOWS = [("abrupt-close", 5, 50), ("reset", 5, 50), ("half-message", 5, 50), ("hang", 1, 5)]


@pytest.mark.parametrize("blow, few, many", BLOWS)
def test_connections_that_end(stand, blow, few, many):
    pipelines, analyzer, sluice = begin(stand)
    dice, moments = random.Random(4), []
    for _ in range(stand.pick(few, many)):
        analyzer.run_until(time.monotonic() + dice.random() / 2)
        moment = now()
        start = analyzer.tell(blow)
        analyzer.wait("subscribed", start=start)
        moments.append((moment, now()))
        stand.wait_stored_after(dict.fromkeys(pipelines, now()))

    subscription = finish(stand, blow, pipelines, analyzer, sluice, moments)
    assert [gap["reason"] for gap in subscription["gaps"]] == ["reconnect"] * len(moments)


def test_silence(stand):
    """Pings, but no flows: after the silence timeout it is asked again, and again until they come."""
    pipelines, analyzer, sluice = begin(stand, silence_s=2)
    moments = []
    for _ in range(stand.pick(1, 10)):
        start = analyzer.tell("silence")
        analyzer.wait("subscribed", start=start)
        moments.append((now(), now()))
        analyzer.tell("silence off")
        stand.wait_stored_after(dict.fromkeys(pipelines, now()))

    subscription = finish(stand, "silence", pipelines, analyzer, sluice, moments)
    assert [gap["reason"] for gap in subscription["gaps"]] == ["silence"] * len(moments)


def test_garbage(stand):
    """Every hundredth message is none: it is counted, and the others are not touched."""
    pipelines, analyzer, sluice = begin(stand, "--garbage", 1)
    analyzer.run_until(time.monotonic() + stand.pick(5, 60))

    subscription = finish(stand, "1 % garbage", pipelines, analyzer, sluice, [])
    assert subscription["refused"] > 0
    assert subscription["gaps"] == []
