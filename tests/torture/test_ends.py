"""Runs that are told to end at any moment, and workers killed while they end."""

import random
import signal
import time

from stand import names, now

PIPELINES = 3
SAVES = ["openat", "pwrite", "write", "fsync", "renameat"]


def test_sigterm_at_random_moments(stand):
    """SIGTERM: 100 runs on one data folder, each told to end within its first second."""
    dice = random.Random(3)
    pipelines = names("sigterm", PIPELINES)
    analyzer = stand.analyzers("--loop", "forever", "--flows-per-second", 3000)
    configs = stand.pipelines(pipelines, analyzer)
    history = stand.history(analyzer, pipelines)
    runs = stand.pick(15, 100)
    for _ in range(runs):
        one_run(stand, analyzer, configs, dice.random(), history)
    start_and_end(stand, analyzer, configs, history)

    stand.row("SIGTERM", runs, history.check(set()))


def one_run(stand, analyzer, configs, seconds, history):
    """A run that is told to end after so many seconds; before it listens to signals it just ends."""
    sluice = stand.start(configs)
    analyzer.run_until(time.monotonic() + seconds)
    code = sluice.stop(180)
    if code == -signal.SIGTERM:
        assert not sluice.summary_file.exists(), sluice.err.text()
        return
    assert code == 0, f"exit status {code}\n{sluice.err.text()}"
    history.add_run(sluice.summary())


def start_and_end(stand, analyzer, configs, history):
    """A last run, so that there is one that was ready."""
    said = len(analyzer.events.lines)
    sluice = stand.start(configs)
    analyzer.wait("subscribed", start=said)
    history.add_run(stand.end(sluice, analyzer))


def test_workers_killed_while_they_save_their_memory(stand):
    """SIGKILL before and after each call that saves the stages' memory, which is the last thing that a worker does."""
    faults = [(action, number) for number in range(1, 11) for action in ("kill-before", "kill-after")]
    pipelines = names("ending", len(faults))
    analyzer = stand.analyzers("--loop", "forever", "--flows-per-second", 1000)
    configs = stand.pipelines(pipelines, analyzer)
    for name, (action, number) in zip(pipelines, faults):
        stand.faults.order_fault(name, stand.stored / name, action, number, SAVES, FAULTS_NAME="state")
    sluice = stand.start(configs, faulty=True)
    stand.wait_stored_after(dict.fromkeys(pipelines, 0))
    summary = stand.end(sluice, analyzer)

    fired = sum(stand.faults.fired(name) > 0 for name in pipelines)
    assert fired > len(faults) / 2
    history = stand.history(analyzer, pipelines)
    history.add_run(summary)
    start_and_end(stand, analyzer, configs, history)
    stand.row("SIGKILL while ending", fired, history.check(set()))


def test_a_full_disk(stand, full_disk):
    """The spool's disk is full for a minute, twice: reading holds, and what the ring loses meanwhile is counted."""
    seconds, times = stand.pick(4, 60), 2
    stand.data = full_disk.path / "data"
    pipelines = names("disk", PIPELINES)
    analyzer = stand.analyzers("--loop", "forever", "--flows-per-second", 20000)
    sluice = stand.start(stand.pipelines(pipelines, analyzer), "--ring-size", "16M")
    stand.wait_stored_after(dict.fromkeys(pipelines, 0))
    faults = []
    for _ in range(times):
        said = len(sluice.err.lines)
        full_disk.fill()
        sluice.err.wait_for(r"(?i:no space) .*reason=NoSpace", start=said)
        analyzer.run_until(time.monotonic() + seconds)
        full_disk.empty()
        faults += [(name, now()) for name in pipelines]
        stand.wait_stored_after(dict(faults))
        sluice.err.wait_for("the spool can be written again", start=said)
    history = stand.history(analyzer, pipelines)
    history.add_run(stand.end(sluice, analyzer))

    stand.row(f"full disk, {seconds} s", times, history.check({"lost_ring"}), stand.recoveries(faults))
