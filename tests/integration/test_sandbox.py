"""What a worker and a subscriber can do that are taken over: tests/tools/hostile stands in their place and tries."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.sluice import pipeline
from support.upgrades import ONE, put_program, until_subscribed

pytestmark = pytest.mark.skipif(
    "san" in os.environ.get("SLUICE_BUILD", ""), reason="a sanitizer needs more than the program"
)

VICTIM, EVIL = "/v1/tenants/victim/pipelines/one", "/v1/tenants/evil/pipelines/one"
TARGETS = "\n--targets--\n"
AT_LEAST = 100
LACKING = Path(__file__).parent / "support" / "lacking.py"


def put_hostile(build, place, targets):
    """The program with its targets behind it, in the place of a child's."""
    program = place.with_name("hostile-with-targets")
    lines = "".join(f"{name}={value}\n" for name, value in targets.items())
    program.write_bytes((build / "bin" / "hostile-child").read_bytes() + (TARGETS + lines).encode())
    put_program(place, program)


class Attack:
    """A service with a tenant whose pipeline runs, and the program in the place of the next worker or subscriber."""

    def __init__(self, copied, build, folder, analyzers, child, *options):
        self.serve, programs = copied(*options)
        self.analyzer = analyzers("--loop", "forever", "--flows-per-second", 2000)
        self.api = self.serve.api
        for tenant in ("victim", "evil"):
            self.api.put(f"/v1/tenants/{tenant}", {}).expect(201)
        self.api.put(VICTIM, pipeline(self.analyzer, "one"), wait="10s").expect(201)
        self.api.until(f"{VICTIM}/status", lambda status: status["counters"]["objects_written"] >= 1, "an object")
        self.outside = folder / "outside"
        self.outside.mkdir()
        (self.outside / "secret").write_text("secret\n")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"\0{folder}")
        self.listener.listen()
        put_hostile(build, programs / child, self.targets(str(folder)))

    def targets(self, abstract):
        data = self.serve.data_dir
        (spool,) = (data / "spool").iterdir()
        log = data / "logs" / f"{spool.name}.log"
        log.touch()  # it is made with the first line
        file = next(path for path in (data / "files" / "victim").rglob("*") if path.is_file())
        (sibling,) = self.serve.children("sluice-worker")
        given = {"DATA": data, "SPOOL": spool, "LOG": log, "FILE": file, "OUTSIDE": self.outside}
        return {**given, "ABSTRACT": abstract, "SIBLING": sibling}

    def run(self, config):
        """What came of each probe, by its name."""
        assert self.api.put(EVIL, config, wait="20s").status in (201, 202, 409)
        self.serve.err.wait_for("probes are over", timeout=60)
        lines = re.findall(r"probe (\w+) (succeeded|refused.*)", self.serve.err.text())
        self.listener.close()
        return dict(lines)


@pytest.fixture
def attack(copied, build, folder, analyzers):
    return lambda child, *options: Attack(copied, build, folder, analyzers, child, *options)


@pytest.mark.parametrize("child", ["sluice-worker", "sluice-subscriber"])
def test_none_of_the_probes_of_a_hostile_child_succeeds(attack, analyzers, child):
    attack = attack(child)
    results = attack.run(pipeline(analyzers("--start", "command"), "one"))

    print("\n".join(f"{name:32} {result}" for name, result in results.items()))
    assert len(results) >= AT_LEAST
    assert [name for name, result in results.items() if result == "succeeded"] == []
    # and who was to be harmed goes on
    assert attack.api.get(f"{VICTIM}/status").expect(200)["state"] == "running"
    assert (attack.outside / "secret").read_text() == "secret\n"


def naming(folder, config):
    """With a folder where a file of certificates should stand: in it may be others' secrets."""
    return {**config, "analyzer": {"tls": {"ca_file": str(folder)}}}


@pytest.mark.parametrize("child", ["sluice-worker", "sluice-subscriber"])
def test_a_folder_in_the_place_of_a_file_opens_nothing_that_is_in_it(attack, analyzers, folder, child):
    attack = attack(child, "--secrets-dir", folder)
    results = attack.run(naming(attack.outside, pipeline(analyzers("--start", "command"), "one")))

    assert "refused" in results["outside"]


def test_a_folder_in_the_place_of_a_file_is_a_mistake_and_no_file_that_was_replaced(serve_real, analyzers, certificates, folder):
    serve = serve_real("--secrets-dir", folder)
    (folder / "empty").mkdir()
    serve.api.put(ONE, naming(folder / "empty", pipeline(analyzers(tls=certificates), "one"))).expect(201)

    serve.err.wait_for("ca_file: .*/empty holds no certificate")
    assert "was replaced" not in serve.err.text()


@pytest.mark.skipif(os.geteuid() != 0, reason="much is refused to who is not root anyway")
def test_without_a_sandbox_the_same_probes_succeed(attack, analyzers):
    results = attack("sluice-worker", "--sandbox", "off").run(pipeline(analyzers("--start", "command"), "one"))

    assert len(results) >= AT_LEAST
    assert {name: result for name, result in results.items() if result != "succeeded" and "as without" not in result} == {}


def check_enclosed(children):
    assert len(children) == 2
    for child in children:
        status = dict(line.split(":\t") for line in Path(f"/proc/{child}/status").read_text().splitlines() if ":\t" in line)
        assert [status[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")] == ["0" * 16] * 4
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert "Max core file size        1                    1 " in Path(f"/proc/{child}/limits").read_text()


def test_children_have_neither_capabilities_nor_ways_to_get_them(serve_real, analyzer):
    serve = serve_real()
    serve.api.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    until_subscribed(serve.api, ONE)
    before = serve.children()
    check_enclosed(before)

    # an upgrade knows the options that it began with
    serve.upgrade()
    serve.kill_children("sluice-")
    serve.api.until(f"{ONE}/status", lambda status: status["restarts"]["total"] == 1, "a restart")
    serve.api.until_state(ONE, "running")
    until_subscribed(serve.api, ONE)
    assert not set(before) & set(serve.children())
    check_enclosed(serve.children())


@pytest.fixture
def without(build, folder):
    """A build folder whose sluiced runs where the kernel has none of these calls: without("landlock_create_ruleset")."""

    def make(*calls):
        (folder / "lacking" / "bin").mkdir(parents=True)
        script = folder / "lacking" / "bin" / "sluiced"
        denied = folder / "denied"
        denied.write_text("\n".join(calls))
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {LACKING} {denied} {build}/bin/sluiced "$@"\n')
        script.chmod(0o755)
        return folder / "lacking"

    return make


@pytest.mark.parametrize(
    "calls, said",
    [
        (["landlock_create_ruleset"], "this kernel has no Landlock that could be used"),
        (["seccomp"], "filters of system calls cannot be used here"),
        (["seccomp", "landlock_create_ruleset"], "this kernel has neither Landlock"),
    ],
)
def test_a_kernel_that_lacks_a_part_is_told_of_or_is_not_enough(serve_real, without, analyzer, calls, said):
    lacking = without(*calls)

    serve = serve_real(build=lacking)
    serve.api.put(ONE, pipeline(analyzer, "one"), wait="10s").expect(201)
    required = [lacking / "bin" / "sluiced", "serve", "--sandbox", "require", "--data-dir", serve.data_dir.with_name("other")]
    refused = subprocess.run(required, capture_output=True, text=True, timeout=30)

    assert f"warn sluiced the sandbox of workers and subscribers is not whole: {said}" in serve.err.text()
    assert refused.returncode == 1 and f"--sandbox require: {said}" in refused.stderr


def replace(path):
    """By another file of the same content, as tools that renew certificates do."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(path.read_bytes())
    os.replace(fresh, path)


def test_a_file_that_is_replaced_is_read_by_the_next_process(serve_real, analyzers, object_store, certificates):
    analyzer = analyzers("--start", "command", tls=certificates)
    store = object_store(tls=certificates)
    serve = serve_real("--secrets-dir", certificates.ca.parent)
    trust = {"tls": {"ca_file": str(certificates.ca)}}
    serve.api.put(ONE, {**store.pipeline(analyzer, 100), "analyzer": trust}, wait="10s").expect(201)
    until_subscribed(serve.api, ONE)

    replace(certificates.ca)
    start = analyzer.tell("reset")
    serve.err.wait_for(r"error subscriber .*ca\.pem was replaced")
    analyzer.wait("subscribed", start=start)
    until_subscribed(serve.api, ONE)
    analyzer.tell("start")
    serve.err.wait_for(r"error worker .*ca\.pem was replaced")

    serve.api.until(f"{ONE}/status", lambda status: status["counters"]["objects_written"] > 0, "an object")


def test_what_is_not_wanted_is_said(serve_real):
    serve = serve_real("--sandbox", "off")

    assert "warn sluiced --sandbox off: workers and subscribers may do what this user may" in serve.err.text()
