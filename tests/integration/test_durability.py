"""Nothing published is lost, nothing is stored twice: kills, signals, full disks and damage at any moment."""

import json
import os
import random
import select
import signal
import subprocess
import time

import pytest
from support.golden import recording
from support.history import History, check_history
from support.objects import read_objects
from support.sluice import changed, pipeline
from support.waiting import DEADLINE_S


def load_config(analyzer, stored):
    """As much as the worker can take: secadvisor records, compressed as is fastest."""
    compress = {"type": "gzip", "gzip": {"level": "fast"}}
    config = pipeline(analyzer, stored, transform={"type": "secadvisor"}, compress=compress)
    config["pipeline"]["store"]["buffered"].update(max_flows_per_object=100000, max_seconds_per_object=2)
    return config


def kill_one(sluice, name, analyzer):
    """Kills a child, once it is there, and waits until its end was noticed."""
    (victim,) = sluice.err.wait(lambda line: sluice.children(name), f"a {name}", start=len(sluice.err.lines) - 1)
    subscribed, said = len(analyzer.events.lines), len(sluice.err.lines)
    os.kill(victim, signal.SIGKILL)
    if name == "sluice-subscriber":
        analyzer.wait("subscribed", start=subscribed, timeout=90)
    else:
        sluice.err.wait_for(r"worker ended unasked \(signal 9", start=said)


# (runs, seconds of each, kills of each child in each): a child that is killed again and again comes back at doubling
# delays, so ten kills within two minutes take two runs
FORMS = [pytest.param(1, 20, 3, id="short"), pytest.param(2, 60, 5, id="long", marks=pytest.mark.long)]


@pytest.mark.parametrize("runs, seconds, kills", FORMS)
def test_killed_workers_and_subscribers_lose_nothing_uncounted_under_full_load(
    build, analyzers, sluice_run, folder, stored, runs, seconds, kills
):
    analyzer = analyzers("--loop", "forever", recordings=[recording("burst")])
    config = folder / "edge.yml"
    config.write_text(as_text(load_config(analyzer, stored)))
    options = ["--data-dir", folder / "data", "--drain-timeout", 60, "--status-interval", 1]
    dice = random.Random(seconds)
    history = History(build, analyzer.log, {"edge": stored}, folder / "data")
    for _ in range(runs):
        history.add_run(run_with_kills(analyzer, lambda: sluice_run(config, options=options), seconds, kills, dice))
    analyzer.stop()

    figures = history.check()
    print(f"{runs} times {seconds} s, {2 * kills} kills each: {figures}")
    assert figures["published"] > 1000 * seconds * runs  # the kills have met a busy pipeline, on the slowest machine too


def run_with_kills(analyzer, start, seconds, kills, dice):
    """One run under load, both children killed in random order; its summary."""
    said = len(analyzer.events.lines)
    sluice = start()
    analyzer.wait("subscribed", start=said)
    analyzer.tell("resume")
    order = ["sluice-subscriber", "sluice-worker"] * kills
    dice.shuffle(order)
    begin = time.monotonic()
    for index, name in enumerate(order):
        analyzer.run_until(begin + seconds * (index + dice.random()) / len(order))
        kill_one(sluice, name, analyzer)
    analyzer.run_until(begin + seconds)
    analyzer.tell("pause")
    analyzer.sync()
    summary = sluice.stop_clean(timeout=120)
    assert summary["pipelines"]["edge"]["restarts"] == kills
    assert summary["subscriptions"][0]["restarts"] == kills
    return summary


@pytest.mark.parametrize("moment", range(6))
def test_sigterm_at_any_moment_loses_nothing_that_was_published(build, analyzers, sluice_run, stored, moment):
    # at a pace that the worker can follow: nothing is overwritten in the ring, so nothing at all may be missing
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 30000)
    sluice = sluice_run(load_config(analyzer, stored), options=["--drain-timeout", 60])
    analyzer.wait("started")

    analyzer.run_until(time.monotonic() + random.Random(moment).random() * 1.5)
    summary = sluice.stop_clean(timeout=90)
    analyzer.stop()

    figures = check_history(build, analyzer.log, stored, summary)
    assert figures["lost"] == {}
    assert figures["holes"] == 0


@pytest.mark.parametrize("moment", range(3))
def test_sigterm_under_full_load_leaves_an_exact_account(build, analyzers, sluice_run, stored, moment):
    analyzer = analyzers("--loop", "forever", recordings=[recording("burst")])
    sluice = sluice_run(load_config(analyzer, stored), options=["--drain-timeout", 60])
    analyzer.wait("started")

    analyzer.run_until(time.monotonic() + random.Random(moment).random() * 1.5)
    summary = sluice.stop_clean(timeout=90)
    analyzer.stop()

    assert set(check_history(build, analyzer.log, stored, summary)["lost"]) <= {"lost_ring"}


def test_a_restart_with_a_data_dir_goes_on_and_stores_nothing_twice(build, analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 20000)
    config = folder / "edge.yml"
    config.write_text(as_text(load_config(analyzer, stored)))
    history = History(build, analyzer.log, {"edge": stored}, folder / "data")
    for _ in range(3):
        start = len(analyzer.events.lines)
        sluice = sluice_run(config, options=["--data-dir", folder / "data"])
        analyzer.wait("subscribed", start=start)
        analyzer.run_until(time.monotonic() + 0.5)
        history.add_run(sluice.stop_clean())
    analyzer.stop()

    history.check(may_lose=set())
    streams = {(item.tag, item.stream) for item in read_objects(stored)}
    assert len(streams) >= 3


def as_text(config):
    return json.dumps(config)


def test_killing_sluiced_leaves_no_orphan_and_the_next_run_has_every_flow(build, analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--loop", "forever", "--flows-per-second", 20000)
    config = folder / "edge.yml"
    config.write_text(as_text(load_config(analyzer, stored)))
    history = History(build, analyzer.log, {"edge": stored}, folder / "data")
    began_ms = now_ms()
    sluice = sluice_run(config, options=["--data-dir", folder / "data"])
    analyzer.wait("started")
    analyzer.run_until(time.monotonic() + 1)
    children = [os.pidfd_open(pid) for pid in sluice.children()]
    assert len(children) == 2

    killed_ms = now_ms()
    os.kill(sluice.pid, signal.SIGKILL)

    for child in children:
        assert ended(child, DEADLINE_S), "a child outlives its supervisor's death and the drain"
        os.close(child)
    start = analyzer.tell("pause")
    history.add_killed_run(began_ms, killed_ms)
    history.check(may_lose=set())
    again = sluice_run(config, options=["--data-dir", folder / "data"])
    analyzer.wait("subscribed", start=start)
    history.add_run(again.stop_clean())
    analyzer.stop()

    assert history.check(may_lose=set())["pipelines"]["edge"]["stored"] > 0


def now_ms():
    return int(time.time() * 1000)


def ended(pidfd, timeout):
    """Whether the process ends within timeout seconds."""
    return bool(select.select([pidfd], [], [], timeout)[0])


@pytest.fixture
def small_disk(folder):
    """A file system of 8 MB that can be filled."""
    path = folder / "small"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", path], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(f"a small tmpfs cannot be mounted here ({done.stderr.strip()}): run as root with CAP_SYS_ADMIN")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_a_full_disk_is_named_and_holds_flows_until_there_is_room(build, analyzers, sluice_run, folder, small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(bytes(7 << 20))
    stored = small_disk / "stored"
    stored.mkdir()
    analyzer = analyzers("--loop", 20, "--flows-per-second", 40000, recordings=[recording("mixed")])
    config = load_config(analyzer, stored)
    config["pipeline"]["store"]["buffered"].update(max_flows_per_object=1000)
    config["pipeline"]["compress"] = {"type": "none"}
    sluice = sluice_run(config, options=["--data-dir", folder / "data", "--status-interval", 1, "--drain-timeout", 60])
    analyzer.finish()

    sluice.err.wait_for(r"(?i)no space left")
    assert sluice.err.wait_for(r"write\.file\.root"), "the field that says where"
    assert sluice.err.wait_for(r"^flows .*(?i:no space)"), "the status line shows it"

    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    summary = sluice.stop_clean(timeout=90)
    analyzer.stop()
    figures = check_history(build, analyzer.log, stored, summary)
    assert figures["lost"] == {}
    assert figures["stored"] == 20 * 2233


def test_a_full_spool_disk_holds_reading_and_counts_what_the_ring_lost(
    build, analyzers, sluice_run, small_disk, stored
):
    (small_disk / "filler").write_bytes(bytes(7 << 20))
    analyzer = analyzers("--loop", 40, "--flows-per-second", 40000, recordings=[recording("mixed")])
    config = load_config(analyzer, stored)
    sluice = sluice_run(config, options=["--data-dir", small_disk / "data", "--drain-timeout", 60])
    analyzer.wait("started")

    sluice.err.wait_for(r"(?i)no space left")
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    analyzer.finish()
    summary = sluice.stop_clean(timeout=90)
    analyzer.stop()

    figures = check_history(build, analyzer.log, stored, summary)
    assert set(figures["lost"]) <= {"lost_ring"}


@pytest.mark.parametrize("damage", ["commit", "zeros", "cut"])
def test_a_damaged_spool_is_set_aside_and_the_pipeline_runs(analyzers, sluice_run, folder, stored, damage):
    first = analyzers()
    config = folder / "edge.yml"
    config.write_text(as_text(load_config(first, stored)))
    sluice = sluice_run(config, options=["--data-dir", folder / "data"])
    first.finish()
    sluice.stop_clean()
    (commit,) = (folder / "data").rglob("commit")
    size = commit.stat().st_size
    commit.write_bytes({"commit": os.urandom(size), "zeros": bytes(size), "cut": b""}[damage])

    first.stop()
    second = analyzers("--port", first.port)
    again = sluice_run(config, options=["--data-dir", folder / "data"])
    second.finish()
    summary = again.stop_clean()

    assert again.err.wait_for(r"set aside")
    assert summary["pipelines"]["edge"]["written"] == 2233
    assert len(read_objects(stored)) >= 2


def test_objects_that_cannot_be_written_are_kept_and_sent_by_the_next_run(analyzers, sluice_run, folder, stored):
    analyzer = analyzers()
    root = folder / "blocked"
    root.write_text("in the way\n")
    config = folder / "edge.yml"
    config.write_text(as_text(changed(load_config(analyzer, stored), "pipeline.write.file.root", str(root))))
    sluice = sluice_run(config, options=["--data-dir", folder / "data", "--drain-timeout", 1])
    analyzer.finish()

    assert sluice.stop() == 4
    assert sluice.err.wait_for(r"could not be written; they are kept in .*/spool/")

    root.unlink()
    start = len(analyzer.events.lines)
    again = sluice_run(config, options=["--data-dir", folder / "data"])
    analyzer.wait("subscribed", start=start)
    summary = again.stop_clean()
    assert summary["pipelines"]["edge"]["written"] == 2233
    assert sum(len(item.content) > 0 for item in read_objects(root)) > 0


def test_a_stream_name_that_cannot_be_kept_is_asked_for_until_it_can(analyzers, sluice_run, folder, stored):
    analyzer = analyzers("--start", "command")
    data = folder / "data"
    data.mkdir()
    # in the place of the temporary file of streams.json something that cannot be written to
    (data / "streams.json.new").mkdir()
    sluice = sluice_run(pipeline(analyzer, stored), options=["--data-dir", data, "--status-interval", 1])
    sluice.err.wait_for(r"warn worker .*making streams\.json\.new: .* reason=NoStreamName field=--data-dir")

    (data / "streams.json.new").rmdir()
    analyzer.wait("subscribed")
    analyzer.tell("start")
    analyzer.finish()
    assert sluice.stop_clean()["pipelines"]["pipeline-0-0"]["written"] > 0
