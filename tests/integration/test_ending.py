"""The end of a run: it comes, whatever the children do."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from support.action_model import TIDS
from support.golden import DATA
from support.objects import read_objects
from support.sluice import pipeline
from support.waiting import Lines


def stop_child(sluice, name):
    """Stops a child as a debugger would, and returns when it has stopped."""
    (child,) = sluice.children(name)
    os.kill(child, signal.SIGSTOP)
    end = time.monotonic() + 10
    while stat_of(child) != "T":
        assert time.monotonic() < end, f"{name} does not stop"


def stat_of(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().decode().rsplit(")", 1)[1].split()[0]


@pytest.fixture
def received(analyzers, sluice_run, stored, folder):
    """Starts a run that has received flows and not stored them; returns it."""

    def start(*options):
        analyzer = analyzers("--start", "command")
        sluice = sluice_run(pipeline(analyzer, stored), options=options, env={"TMPDIR": str(folder)})
        analyzer.wait("subscribed")
        analyzer.tell("start")
        analyzer.finish()
        sluice.children()
        return sluice

    return start


def kept_folder(sluice):
    sluice.err.wait_for("to go on with what is left:")
    return sluice.err.wait_for(r"sluiced run --data-dir (\S+) ")[1]


def test_a_second_signal_ends_the_wait_for_the_subscriber_and_for_all_that_would_follow(received):
    sluice = received("--drain-timeout", 600, "--status-interval", 1)
    stop_child(sluice, "sluice-subscriber")

    begin = time.monotonic()
    sluice.terminate()
    sluice.err.wait_for("writing out what there is")
    for _ in range(2):  # status lines, a second apart: a repeat within one second would not count
        said = len(sluice.err.lines)
        sluice.err.wait_for("^flows ", start=said)
    sluice.terminate()
    code = sluice.wait()

    assert time.monotonic() - begin < 10
    assert code == 4
    assert os.path.isdir(kept_folder(sluice))


def test_a_worker_that_does_not_answer_is_killed_some_seconds_after_the_drain_timeout(received):
    sluice = received("--drain-timeout", 1)
    stop_child(sluice, "sluice-worker")

    code = sluice.stop()

    assert code == 4
    assert os.path.isdir(kept_folder(sluice))
    sluice.err.wait_for("it is killed")


@pytest.fixture
def holding(analyzers, sluice_run, folder, stored):
    """Starts a run without a data folder whose mangler holds flows for others; returns it."""

    def start(*options):
        analyzer = analyzers(recordings=[DATA / "inputs" / "action.jsonl"])
        config = pipeline(analyzer, stored, transform={"type": "vpclogs"}, mangle={"type": "action"},
                          action={"tid1": TIDS[0], "tid2": TIDS[1], "reject_timeout": 600})
        sluice = sluice_run(config, options=["--status-interval", 1, *options], env={"TMPDIR": str(folder)})
        analyzer.finish()
        sluice.err.wait_for(r"^flows 19 .* waiting [1-9]")
        return sluice

    return start


def test_flows_that_a_stage_holds_are_given_out_where_nobody_goes_on(holding, stored, folder):
    sluice = holding()

    sluice.terminate()

    assert sluice.wait() == 0
    sluice.err.wait_for(r"^flows 19 .* waiting 0 ")
    records = [record for item in read_objects(stored) for record in json.loads(item.content)["flow_logs"]]
    assert {41000, 42000} < {record["initiator_port"] for record in records}
    assert not list(folder.glob("sluice-run-*"))


def test_flows_that_a_killed_worker_held_are_named(holding):
    sluice = holding("--drain-timeout", 1)
    stop_child(sluice, "sluice-worker")

    sluice.terminate()

    assert sluice.wait() == 4
    sluice.err.wait_for(r": 6 flows were held for others and could not be given out any more$")
    assert os.path.isdir(kept_folder(sluice))


def test_a_host_id_that_cannot_be_sent_is_an_error_of_the_command_line(build, folder, stored):
    config = folder / "one.yml"
    config.write_text("{}")
    for bad in (b"a\nb", b"\xff\xfe", b"x" * 129):
        arguments = [build / "bin" / "sluiced", "run", "--host-id", bad, config]
        ended = subprocess.run(arguments, capture_output=True, timeout=30, check=False)
        assert ended.returncode == 2
        assert b"--host-id" in ended.stderr


def test_a_subscriber_that_refuses_its_configuration_fails_its_pipelines_alone(analyzers, build, sluice_run, folder):
    analyzer = analyzers("--start", "command")
    roots = [folder / "one", folder / "two"]
    for root in roots:
        root.mkdir()
    # in the place of the subscriber a program that refuses one of two configurations
    place = folder / "bin"
    shutil.copytree(build / "bin", place, ignore=lambda _, names: [name for name in names if not name.startswith("sluice")])
    shutil.move(place / "sluice-subscriber", place / "real")
    marker = folder / "first"
    script = f"#!/bin/sh\nmkdir {marker} 2>/dev/null && exit 2\nexec {place}/real\n"
    (place / "sluice-subscriber").write_text(script)
    (place / "sluice-subscriber").chmod(0o755)
    other = pipeline(analyzer, roots[1])
    other["analyzer"] = {"auth": {"cluster": {"username": "u", "password": "p"}}}

    sluice = sluice_run(pipeline(analyzer, roots[0]), other, build=folder, options=["--sandbox", "off"])
    sluice.err.wait_for("subscriber refused its configuration")
    analyzer.wait("subscribed")
    sluice.err.wait_for(r"pipeline-0-\d: subscriber refused its configuration$|\| pipeline-0-\d: subscriber refused")
    analyzer.tell("start")
    analyzer.finish()
    code = sluice.stop()

    assert code == 3
    states = sorted(one["state"] for one in sluice.summary()["pipelines"].values())
    assert states == ["failed", "stopped"]
    assert re.search("subscriber refused", sluice.err.text())


def test_a_run_without_standard_descriptors_writes_into_none_of_its_files(analyzers, build, folder, stored):
    analyzer = analyzers("--start", "command")
    config = folder / "one.yml"
    config.write_text(json.dumps(pipeline(analyzer, stored)))
    data = folder / "data"
    arguments = [build / "bin" / "sluiced", "run", "--data-dir", data, "--status-interval", "1", config]
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *map(str, arguments)]
    with subprocess.Popen(shell) as process:
        analyzer.wait("subscribed")
        analyzer.tell("start")
        analyzer.finish()
        assert (data / "lock").read_text() == f"{process.pid}\n"
        process.terminate()
        assert process.wait(30) == 0
    assert read_objects(stored)


def test_objects_that_nobody_takes_from_stdout_do_not_hold_up_the_end(analyzers, build, folder):
    """A pipe that is full: what is being printed does not get on, and is given up at once."""
    analyzer = analyzers("--start", "command")
    config = pipeline(analyzer, folder, write={"type": "stdout"})
    config["pipeline"]["store"]["buffered"]["max_flows_per_object"] = 100
    path = folder / "one.yml"
    path.write_text(json.dumps(config))
    reading, writing = os.pipe()
    arguments = [build / "bin" / "sluiced", "run", "--drain-timeout", "0", "--data-dir", folder / "data", path]
    with subprocess.Popen(arguments, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        err = Lines(process.stderr, "sluiced")
        analyzer.wait("subscribed")
        analyzer.tell("start")
        analyzer.finish()
        begin = time.monotonic()
        process.terminate()
        assert process.wait(30) == 4, err.text()
        assert time.monotonic() - begin < 1.9
    os.close(reading)
