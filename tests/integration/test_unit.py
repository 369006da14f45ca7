"""sluiced.service and what is installed beside it: that it says what systemd takes, that it is tight, and that it is not too
tight for what the processes do."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.installed import install, installed  # noqa: F401
from support.serve_account import account
from support.sluice import pipeline

UNIT = "usr/lib/systemd/system/sluiced.service"
CONFINED = Path(__file__).parent / "support" / "confined.py"
PIPELINES = "/v1/tenants/default/pipelines"


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_takes_every_line_of_the_unit(build, folder):
    # below a prefix of its own, so that what it starts is there
    install(build, "", folder / "prefix")
    unit = folder / "prefix/lib/systemd/system/sluiced.service"
    assert f"ExecStart={folder}/prefix/bin/sluiced serve --config {folder}/prefix/etc/sluice/sluiced.yaml\n" in unit.read_text()
    assert run("systemd-analyze", "verify", "--man=no", unit) == ""


def test_the_unit_is_exposed_below_three_of_ten(installed):
    run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=29", installed / UNIT)


def test_workers_may_go_on_when_the_supervisor_dies(installed):
    """What durability.md promises of a supervisor's end holds only where systemd kills nobody else."""
    assert re.search(r"^KillMode=process$", (installed / UNIT).read_text(), re.MULTILINE)


@pytest.fixture
def confined_build(build, folder, installed):
    """A build folder whose sluiced runs below the unit's filter."""
    (folder / "confined" / "bin").mkdir(parents=True)
    script = folder / "confined" / "bin" / "sluiced"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {CONFINED} {installed / UNIT} {build}/bin/sluiced "$@"\n')
    script.chmod(0o755)
    return folder / "confined"


@pytest.mark.skipif("asan" in os.environ.get("SLUICE_BUILD", ""), reason="the sanitizer needs more than the program")
def test_the_units_filter_of_system_calls_lets_all_processes_work(serve_real, confined_build, analyzers, s3, certificates):
    analyzer = analyzers("--loop", 2, "--start", "command", tls=certificates)
    trust = {"tls": {"ca_file": str(certificates.ca)}}
    file, object = pipeline(analyzer, "files"), s3.pipeline(analyzer)
    serve = serve_real("--secrets-dir", certificates.ca.parent, build=confined_build)
    api = serve.api
    for name, config in (("file", file), ("object", object)):
        body = {"config": {**config, "analyzer": trust}, "limits": {"worker_memory_bytes": 64 << 20}}
        api.put(f"{PIPELINES}/{name}", body, wait="10s").expect(201)
    processes = [serve.pid, *serve.children()]
    assert len(processes) == 4
    assert "is not whole" not in serve.err.text()
    for process in processes:
        assert "Seccomp:\t2" in Path(f"/proc/{process}/status").read_text()

    analyzer.tell("start")
    flows = analyzer.finish()["flows"]
    for name in ("file", "object"):
        target = f"{PIPELINES}/{name}"
        api.until(f"{target}/status", lambda status: account(status)["flows_seen"] >= flows, "all flows")
        api.post(f"{target}/restart", wait="10s").expect(200)
        api.post(f"{target}/stop", wait="10s").expect(200)
        counters = account(api.get(f"{target}/status").expect(200))
        assert (counters["flows_seen"], counters["flows_written"]) == (flows, flows)


def test_the_filter_that_is_tested_with_refuses_what_it_should(confined_build, build, installed):
    """The test before this one would pass below no filter at all."""
    ask = "import ctypes, sys; sys.exit(ctypes.CDLL(None, use_errno=True).%s and 3)"
    confined = [sys.executable, CONFINED, installed / UNIT, sys.executable, "-c"]
    for call in ("chroot(b'/')", "mount(b'x', b'/x', b'tmpfs', 0, None)", "mmap(None, 4096, 7, 0x22, -1, 0) == -1"):
        assert subprocess.run([*confined, ask % call], timeout=60).returncode == 3, call


def test_the_user_and_the_folder_are_made(installed, folder):
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    run("systemd-sysusers", f"--root={root}", installed / "usr/lib/sysusers.d/sluice.conf")
    passwd = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
    (user,) = [fields for fields in passwd if fields[0] == "sluice"]
    assert user[5:] == ["/var/lib/sluice", "/usr/sbin/nologin"]
    run("systemd-tmpfiles", f"--root={root}", "--create", installed / "usr/lib/tmpfiles.d/sluice.conf")
    state = (root / "var/lib/sluice").stat()
    assert (state.st_uid, state.st_mode & 0o7777) == (int(user[2]), 0o700)


def test_the_installed_options_are_those_of_help(build, installed):
    helped = run(build / "bin/sluiced", "serve", "--help")
    text = (installed / "etc/sluice/sluiced.yaml").read_text()
    known = set(re.findall(r"--([a-z-]+)", helped))
    for option, rest in re.findall(r"^#?([a-z-]+):(.*)$", text, re.MULTILINE):
        assert option in known
        marked = re.search(rf"--{option}\b[^-]*?\*|--{option} [A-Z]+, --tls-key FILE\n *\*", helped)
        assert bool(marked) == ("# *" in rest), option


def test_an_installation_leaves_the_operators_options_alone(build, folder):
    install(build, folder)
    options = folder / "etc/sluice/sluiced.yaml"
    options.write_text("log-level: debug\n")
    install(build, folder)
    assert options.read_text() == "log-level: debug\n"
