"""What a person at the terminal sees of a run, and what a script finds after it."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.sluice import changed, pipeline
from support.waiting import DEADLINE_S

ROOT = Path(__file__).resolve().parents[2]
FLOWS = 2233  # of the recording


class Terminal:
    """A process on a pseudo terminal of 80 columns; `screen` is what came out of it."""

    def __init__(self, command, cwd):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, start_new_session=True)
        os.close(slave)
        self.screen = ""

    def wait_for(self, text, timeout=DEADLINE_S):
        end = time.monotonic() + timeout
        while text not in self.screen:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.master], [], [], left)[0], f"no {text!r} in:\n{self.screen}"
            try:
                self.screen += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:  # the last one has closed it
                break
        assert text in self.screen, f"no {text!r} in:\n{self.screen}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.wait_for("(mean ")
        code = self.process.wait(DEADLINE_S)
        os.close(self.master)
        return code


@pytest.fixture
def terminal(build, folder):
    started = []

    def start(config, *options):
        file = folder / f"terminal-{len(started)}.yml"
        file.write_text(json.dumps(config))
        started.append(Terminal([build / "bin" / "sluiced", "run", file, *map(str, options)], folder))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()


def shown_lines(screen):
    """The screen's text with the cursor's ways carried out: a list of lines, as somebody would read them."""
    lines, row = [""], 0
    rest = screen.replace("\r\n", "\n")
    while rest:
        if rest.startswith("\r\x1b[K"):
            lines[row], rest = "", rest[4:]
        elif rest.startswith("\x1b[A\x1b[K"):
            lines.pop(row)
            row -= 1
            lines[row], rest = "", rest[6:]
        elif rest[0] == "\n":
            lines.append("")
            row, rest = row + 1, rest[1:]
        else:
            lines[row], rest = lines[row] + rest[0], rest[1:]
    return lines


def blocked_pipeline(analyzer, folder):
    (folder / "blocked").write_text("in the way\n")
    # relative to where sluiced is started: what is shown must not depend on how long the test's path is
    config = pipeline(analyzer, "blocked")
    return changed(config, "pipeline.store.buffered.max_seconds_per_object", 1)


def test_on_a_terminal_log_lines_stand_above_the_status_line(analyzer, terminal, stored):
    shown = terminal(pipeline(analyzer, stored))
    analyzer.finish()
    shown.wait_for(f"flows {FLOWS} ")

    assert shown.stop() == 0

    lines = [line for line in shown_lines(shown.screen) if line]
    assert any("info sluiced SIGTERM: writing out what there is" in line for line in lines)
    for line in lines:
        assert line.startswith(("20", "flows ")), f"glued: {line!r}"
        assert line.startswith("flows ") or "flows 2233 (" not in line
    assert sum(line.startswith("flows ") for line in lines) == 1


def test_on_a_terminal_of_80_columns_the_reason_can_be_read(analyzer, terminal, folder):
    shown = terminal(blocked_pipeline(analyzer, folder), "--drain-timeout", 1)
    analyzer.finish()
    shown.wait_for("! terminal-0: ")
    shown.wait_for(f"waiting {FLOWS}")
    option = "(pipeline.write.file.root)"
    shown.wait_for(option)

    # what comes after it may be half a picture: the terminal is read as it is written
    whole = shown.screen[: shown.screen.rindex(option) + len(option)]
    block = whole[whole.rindex("! terminal-0: ") :]
    assert all(len(line) < 80 for line in block.split("\r\n"))
    assert shown.stop() == 4


def test_objects_on_the_same_terminal_are_not_mixed_with_a_line_in_place(analyzer, terminal, stored):
    config = pipeline(analyzer, stored, write={"type": "stdout"})
    shown = terminal(config, "--status-interval", 1)
    analyzer.finish()
    shown.wait_for(f"flows {FLOWS} ")

    assert shown.stop() == 0

    assert "\x1b[" not in shown.screen
    assert "\r\n--- bucket/" in shown.screen


def test_an_analyzer_without_flows_is_told_from_one_that_has_some(analyzers, sluice_run, stored):
    analyzer = analyzers("--start", "command")
    sluice = sluice_run(pipeline(analyzer, stored), options=["--status-interval", 1])

    sluice.err.wait_for(r"^flows 0 .*\| no flows since subscribing 1\d s ago")
    analyzer.tell("start")
    analyzer.finish()

    start = len(sluice.err.lines)
    sluice.err.wait_for(r"^flows 2233 [^!]*records \d+$", start=start)
    sluice.stop_clean()


def test_a_signal_that_comes_twice_at_once_still_writes_everything(analyzers, sluice_run, stored):
    analyzer = analyzers()
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.finish()

    sluice.process.send_signal(signal.SIGINT)
    sluice.err.wait_for("SIGINT: writing out")
    sluice.terminate()

    assert sluice.wait() == 0
    assert "again: not waiting" not in sluice.err.text()
    assert sluice.summary()["pipelines"]["pipeline-0-0"]["written"] == FLOWS
    assert sluice.err.wait_for("drained: everything is written")


def test_a_second_signal_ends_the_wait_and_what_is_left_comes_with_the_command_to_go_on(analyzer, sluice_run, folder):
    config = folder / "it's mine.yml"
    config.write_text(json.dumps(blocked_pipeline(analyzer, folder)))
    sluice = sluice_run(config, options=["--data-dir", "data", "--drain-timeout", 60], cwd=folder)
    analyzer.finish()
    sluice.terminate()
    sluice.err.wait_for("SIGTERM: writing out")
    deadline = time.monotonic() + DEADLINE_S
    while sluice.process.poll() is None and time.monotonic() < deadline:
        try:
            sluice.process.wait(1.1)
        except subprocess.TimeoutExpired:
            sluice.terminate()

    assert sluice.wait() == 4

    assert sluice.err.wait_for("SIGTERM again: not waiting any longer")
    (command,) = [line for line in sluice.err.lines if " run --data-dir data " in line]
    (folder / "blocked").unlink()
    again = subprocess.Popen(command, shell=True, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert any("flows" in line for line in iter(again.stderr.readline, ""))
    os.killpg(again.pid, signal.SIGTERM)
    again.communicate(timeout=DEADLINE_S)
    assert list((folder / "blocked").rglob("0*"))
    assert not list((folder / "data").rglob("*.object"))


def test_spools_of_files_that_are_not_given_are_named_with_how_to_send_them(analyzer, sluice_run, folder):
    old, new = folder / "old.yml", folder / "new.yml"
    old.write_text(json.dumps(blocked_pipeline(analyzer, folder)))
    first = sluice_run(old, options=["--data-dir", folder / "data", "--drain-timeout", 1])
    analyzer.finish()
    assert first.stop() == 4
    assert "and is of none of these files" not in first.err.text()

    old.rename(new)
    second = sluice_run(new, options=["--data-dir", folder / "data", "--drain-timeout", 1])

    assert second.err.wait_for(r"spool/old-[0-9a-f]{8} holds [1-9]\d* unsent objects \([1-9]\d* flows.*of none of these")
    assert second.err.wait_for(rf"it is of {old}, which is gone: put it back")
    assert second.err.wait_for(rf"to send them: .*sluiced run --data-dir {folder}/data {old}")
    second.stop()


@pytest.mark.parametrize("path", ["no/such/folder/summary.json", "."])
def test_a_summary_that_cannot_be_written_is_refused_before_anything_runs(build, folder, stored, path):
    config = folder / "edge.yml"
    config.write_text(json.dumps(pipeline("ws://127.0.0.1:1/", stored)))

    done = subprocess.run(
        [build / "bin" / "sluiced", "run", "--summary", path, config], cwd=folder, capture_output=True, text=True, timeout=30
    )

    assert done.returncode == 1
    assert f"--summary: writing {path}: " in done.stderr
    assert "worker" not in done.stderr


def test_the_summary_has_the_account_by_its_own_names(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.finish()

    account = sluice.stop_clean()["pipelines"]["pipeline-0-0"]

    excluded = sum(account[f"excluded_{why}"] for why in ("capture", "tag", "started", "rule"))
    lost = sum(account[f"lost_{why}"] for why in ("ring", "error", "overflow", "spool"))
    waiting = sum(account[f"waiting_{where}"] for where in ("ring", "state", "spool"))
    assert account["seen"] == excluded + lost + waiting + account["written"] == FLOWS


def test_every_member_of_the_summary_is_described(analyzer, sluice_run, stored):
    sluice = sluice_run(pipeline(analyzer, stored))
    analyzer.finish()
    summary = sluice.stop_clean()
    page = (ROOT / "docs" / "summary.md").read_text()

    members = set(summary) | set(summary["pipelines"]["pipeline-0-0"]) | set(summary["subscriptions"][0])

    assert [name for name in sorted(members) if f"`{name}`" not in page] == []
