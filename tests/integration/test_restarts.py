"""Children that end unasked come back; a worker that refuses its configuration fails its pipeline for good."""

import os
import re
import shutil
import signal
import time

import pytest
from support.objects import read_objects
from support.sluice import Sluice, pipeline


@pytest.fixture
def sluice_beside(build, folder):
    """Starts `sluiced run` beside a shell script in place of one of its children: sluice_beside(name, script, config …).
    {real} in the script is the path of the real one."""
    started = []

    def start(name, script, *configs, options=("--sandbox", "off")):
        place = folder / "build" / "bin"
        place.mkdir(parents=True)
        for program in ("sluiced", "sluice-subscriber", "sluice-worker"):
            shutil.copy2(build / "bin" / program, place / program)
        real = place / "real"
        (place / name).rename(real)
        (place / name).write_text("#!/bin/sh\n" + script.format(real=real))
        (place / name).chmod(0o755)
        started.append(Sluice(folder / "build", folder, configs, *options))
        return started[-1]

    yield start
    for sluice in started:
        sluice.kill_rest()


def two_pipelines(analyzer, folder):
    for name in ("one", "two"):
        (folder / name).mkdir()
    return pipeline(analyzer, folder / "one"), pipeline(analyzer, folder / "two")


def test_a_run_whose_only_pipeline_has_failed_for_good_ends_by_itself_with_3(analyzer, sluice_beside, stored):
    sluice = sluice_beside("sluice-worker", "exit 2\n", pipeline(analyzer, stored))

    assert sluice.wait() == 3

    assert "every pipeline has failed" in sluice.err.text()
    (account,) = sluice.summary()["pipelines"].values()
    assert (account["state"], account["restarts"]) == ("failed", 0)


def test_a_pipeline_that_has_failed_for_good_leaves_the_others_and_shows_in_the_exit_status(
    analyzer, sluice_beside, folder
):
    # the first worker that starts refuses, the other is a real one
    script = f'mkdir "{folder}/refused" 2>/dev/null && exit 2\nexec "{{real}}"\n'
    sluice = sluice_beside("sluice-worker", script, *two_pipelines(analyzer, folder))

    analyzer.finish()

    assert sluice.stop() == 3
    states = sorted(one["state"] for one in sluice.summary()["pipelines"].values())
    assert states == ["failed", "stopped"]
    assert len([name for name in ("one", "two") if read_objects(folder / name)]) == 1


@pytest.mark.parametrize("child", ["sluice-worker", "sluice-subscriber"])
def test_a_child_that_is_killed_comes_back_at_once_and_is_counted(analyzers, sluice_run, stored, child):
    analyzer = analyzers("--messages-per-second", 200, "--loop", "forever")
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.wait("started")
    # behind a first killing the next start would wait: one is what `at once` is about
    os.kill(sluice.children(child)[0], signal.SIGKILL)

    line = sluice.err.wait_for(rf"{child[7:]}.*starts again in (\d+\.\d) s")

    assert line[1] == "0.0"
    analyzer.tell("pause")
    summary = sluice.stop_clean()
    restarts = {
        "sluice-worker": summary["pipelines"]["pipeline-0-0"]["restarts"],
        "sluice-subscriber": summary["subscriptions"][0]["restarts"],
    }
    assert restarts.pop(child) == 1
    assert list(restarts.values()) == [0]


def test_a_worker_that_keeps_ending_is_started_after_longer_and_longer_pauses(analyzer, sluice_beside, stored):
    sluice = sluice_beside("sluice-worker", "exit 1\n", pipeline(analyzer, stored))

    sluice.err.wait_for(r"starts again in 2\.\d s|starts again in 1\.[6-9] s", start=0)

    pauses = [float(found) for found in re.findall(r"starts again in (\d+\.\d) s", sluice.err.text())][:3]
    assert pauses[0] == 0
    assert 0.8 <= pauses[1] <= 1.2
    assert 1.6 <= pauses[2] <= 2.4
    # one that pauses does not hold up the end
    begin = time.monotonic()
    sluice.terminate()
    sluice.wait()
    assert time.monotonic() - begin < 25


@pytest.mark.parametrize("size, number", [("64K", 1 << 16), ("65536", 1 << 16), ("1M", 1 << 20)])
def test_the_ring_has_the_size_that_is_asked_for(analyzers, sluice_run, stored, size, number):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(pipeline(analyzer, stored), options=["--ring-size", size])
    analyzer.wait("subscribed")
    (subscriber,) = sluice.children("sluice-subscriber")

    assert ring_bytes(subscriber) == number + 4096

    analyzer.tell("start")
    analyzer.finish()
    account = sluice.stop_clean()["pipelines"]["pipeline-0-0"]
    assert account["passed"] == account["written"] + account["lost_ring"] > 0


def ring_bytes(pid):
    """Bytes of the one flow ring that the process has mapped: a memfd of this name."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        (line,) = [line for line in file if "memfd:sluice-ring" in line]
    begin, end = line.split()[0].split("-")
    return int(end, 16) - int(begin, 16)


@pytest.mark.parametrize("size", ["0", "63K", "65K", "3M", "8G", "1T", "-64K", "big", "64KB"])
def test_a_ring_size_that_cannot_be_is_refused(analyzer, sluice_run, stored, size):
    sluice = sluice_run(pipeline(analyzer, stored), options=["--ring-size", size])

    assert sluice.wait() == 2
    assert "--ring-size" in sluice.err.text()
