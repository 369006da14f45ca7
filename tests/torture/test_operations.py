"""One file operation of a worker's life after the other: killed before and after it, the power lost there, an error.

A run has many pipelines, each of which meets its own fault once: the n-th call of the kinds in question."""

import pytest
from stand import names, now
from support.faults import CALLS, PowerLoss, spool_of

CHANGES = [call for call in CALLS if call not in ("openat", "pread")]
WRITES = ["pwrite", "write", "send"]
PIPELINES = 30


def one_lane(stand, name, analyzer):
    """Little happens besides one object's life: flows of one tag, all others left out."""
    changes = {"filter": {"excluded_tags": ["other", "internal", "ingress"]}}
    return stand.pipeline(name, analyzer, changes, max_flows_per_object=30, max_seconds_per_object=60)


def load(stand):
    return stand.analyzers("--loop", "forever", "--flows-per-second", 1000)


def test_calls_are_counted_over_a_life(stand):
    """How many calls there are until an object is stored and its life is over: what the scenarios below go through."""
    calls = life_of_an_object(stand, CALLS)

    assert 40 < calls < 300


def life_of_an_object(stand, kinds):
    """Calls of these kinds from a worker's start to the end of its first object."""
    analyzer = load(stand)
    config = one_lane(stand, "count", analyzer)
    trace = stand.folder / "trace"
    stand.faults.order_fault("count", stand.stored / "count", FAULTS_TRACE=trace)
    sluice = stand.start([config], faulty=True)
    stand.wait_stored_after({"count": 0})
    sluice.stop_clean()
    analyzer.stop()
    lines = [line.split() for line in trace.read_text().splitlines()]
    last = next(i for i, (_, call, _, path) in enumerate(lines) if call == "unlinkat" and path.endswith(".object"))
    return sum(call in kinds for _, call, *_ in lines[: last + 1])


def numbers(stand, calls):
    """Which calls are struck: all of three lives, or some of one for the short form."""
    return range(1, calls + 1, max(1, calls // 20)) if stand.short else range(1, 3 * calls + 1)


def batches(faults):
    for first in range(0, len(faults), PIPELINES):
        yield faults[first : first + PIPELINES]


@pytest.mark.parametrize("action", ["kill-before", "kill-after"])
def test_a_worker_killed_at_each_call(stand, action):
    faults = [(action, number) for number in numbers(stand, life_of_an_object(stand, CHANGES))]

    figures, recoveries = strike_all(stand, faults, CHANGES, set())

    stand.row(f"SIGKILL {action[5:]} each call", len(faults), figures, recoveries)


@pytest.mark.parametrize(
    "action, kinds, may_lose",
    # what cannot be read is gone: a segment's or an object's flows, which are counted
    [("eio", CALLS, {"lost_spool"}), ("enospc", [call for call in CHANGES if call != "unlinkat"], set()), ("short", WRITES, set())],
)
def test_an_error_at_each_call(stand, action, kinds, may_lose):
    faults = [(action, number) for number in numbers(stand, life_of_an_object(stand, kinds))]

    figures, recoveries = strike_all(stand, faults, kinds, may_lose)

    stand.row(f"{action} at each call", len(faults), figures, recoveries)


def strike_all(stand, wanted, kinds, may_lose):
    """Each fault in a pipeline of its own, so many of them in a run. Returns the figures and the recoveries."""
    figures, recoveries = [], []
    for index, batch in enumerate(batches(wanted)):
        pipelines = names(f"run{index}-", len(batch))
        analyzer = load(stand)
        configs = [one_lane(stand, name, analyzer) for name in pipelines]
        for name, (action, number) in zip(pipelines, batch):
            stand.faults.order_fault(name, stand.stored / name, action, number, kinds)
        sluice = stand.start(configs, faulty=True)
        stand.wait_fired(pipelines)
        faults = {name: stand.faults.fired(name) for name in pipelines}
        stand.wait_stored_after(faults, 60)
        history = stand.history(analyzer, pipelines)
        history.add_run(stand.end(sluice, analyzer))
        analyzer.stop()
        figures.append(history.check(may_lose))
        recoveries += stand.recoveries(faults.items())
    return figures, recoveries


@pytest.mark.parametrize("action", ["power-before", "power-after"])
def test_a_power_loss_at_each_call(stand, action):
    """Nothing that was not synced survives; then the machine is started again."""
    faults = list(numbers(stand, life_of_an_object(stand, CHANGES)))
    figures, recoveries = [], []
    for index, batch in enumerate(batches(faults)):
        pipelines = names(f"run{index}-", len(batch))
        analyzer = load(stand)
        configs = [one_lane(stand, name, analyzer) for name in pipelines]
        power = {name: PowerLoss(stand.folder, name) for name in pipelines}
        for name, number in zip(pipelines, batch):
            stand.faults.order_fault(name, stand.stored / name, action, number, CHANGES, **power[name].orders())
        history = stand.history(analyzer, pipelines)
        lose_power(stand, analyzer, configs, power, history)
        moment = now()
        start_again(stand, analyzer, configs, pipelines, history)
        analyzer.stop()
        figures.append(history.check({"lost_spool"}))
        recoveries += stand.recoveries([(name, moment) for name in pipelines])
    stand.row(f"power loss {action[6:]} each call", len(faults), figures, recoveries)


def lose_power(stand, analyzer, configs, power, history):
    began = now()
    sluice = stand.start(configs, faulty=True)
    # the machine of each is off at its own moment; who began late is far enough when nobody works any more
    sluice.err.wait(lambda _: all(stand.faults.fired(name) for name in power), "every ordered power loss", 60)
    ended = now()
    sluice.kill()
    for name, loss in power.items():
        stand.faults.order_fault(name, stand.stored / name, kinds=CHANGES, **loss.orders())
        loss.strike(spool_of(stand.data, name))
    history.add_killed_run(int(began * 1000), int(ended * 1000))


def start_again(stand, analyzer, configs, pipelines, history):
    said, moment = len(analyzer.events.lines), now()
    sluice = stand.start(configs, faulty=True)
    analyzer.wait("subscribed", start=said)
    stand.wait_stored_after(dict.fromkeys(pipelines, moment), 60)
    history.add_run(stand.end(sluice, analyzer))
