"""The Debian package: built, looked at, installed into a root of its own, started there, removed and purged."""

import os
import re
import shutil
import subprocess

import pytest
from support.root import Root
from support.serve import Api
from support.sluice import pipeline
from support.waiting import DEADLINE_S, Lines

pytestmark = pytest.mark.skipif(
    "asan" in os.environ.get("SLUICE_BUILD", ""), reason="what is packaged is the release"
)

ONE = "/v1/tenants/default/pipelines/one"
SOCKET = "run/sluice/sluiced.sock"


def output(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    output("cpack", "-G", "DEB", "-B", folder, "--config", build / "CPackConfig.cmake")
    (made,) = folder.glob("*.deb")
    return made


@pytest.fixture
def root(tmp_path, package):
    """A root with the package in /run."""
    made = Root(tmp_path / "overlay")
    shutil.copy(package, made.path / "run/sluice.deb")
    # else every installation indexes all man pages of this machine
    (made.path / "var/lib/man-db/auto-update").unlink(missing_ok=True)
    yield made
    made.close()
    shutil.rmtree(tmp_path)


@pytest.fixture
def service(root):
    """Starts what the unit starts, as its user and with the folders that it is given; ends it by SIGTERM."""
    started = []

    def start():
        unit = (root.path / "usr/lib/systemd/system/sluiced.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].split()
        root.run("install", "-d", "-o", "sluice", "-g", "sluice", "-m", "0750", "/run/sluice")
        as_user = ["setpriv", "--reuid=sluice", "--regid=sluice", "--clear-groups", "--no-new-privs", *command]
        process = root.start(*as_user, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        process.lines = Lines(process.stderr, "the installed sluiced")
        process.lines.wait_for(r"info sluiced \d+ pipelines$")
        started.append(process)
        return Api(str(root.path / SOCKET))

    def stop():
        root.run("pkill", "--pidfile", "/var/lib/sluice/lock", "-TERM")
        assert started[-1].wait(DEADLINE_S) == 0, started[-1].lines.text()

    start.stop = stop
    start.wait_for = lambda pattern: started[-1].lines.wait_for(pattern)
    return start


def test_debian_finds_no_fault_with_the_package(package):
    assert output("lintian", "--allow-root", "--fail-on", "error,warning", package) == ""


def test_it_depends_on_what_it_loads_as_well_as_on_what_it_is_linked_with(package, build):
    depends = output("dpkg-deb", "-f", package, "Depends")
    needed = {"libcurl4", "libc6", "libmicrohttpd12", "libsqlite3-0", "libwebsockets17", "adduser"}
    assert needed <= set(re.findall(r"[a-z0-9-]+(?=,| |$)", depends))
    # the name that the worker asks the loader for is that package's
    assert b"libcurl.so.4\0" in (build / "bin/sluice-worker").read_bytes()


def test_its_version_is_the_programs(package, build):
    version = output(build / "bin/sluiced", "--version").split()[1]
    assert output("dpkg-deb", "-f", package, "Version").strip() == version
    unpack = f"dpkg-deb --fsys-tarfile {package} | tar xO ./usr/share/doc/sluice/changelog.gz | gzip -dc"
    assert output("sh", "-c", unpack).startswith(f"sluice ({version}) ")


def test_an_installed_package_runs_as_its_user_and_a_purge_leaves_nothing(root, service):
    root.run("dpkg", "-i", "/run/sluice.deb")
    assert root.run("stat", "-c", "%U:%G %a", "/var/lib/sluice") == "sluice:sluice 700\n"
    root.run("systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/sluiced.service")

    api = service()
    api.put(ONE, pipeline("ws://127.0.0.1:9/", "one")).expect(201)
    status = api.until(f"{ONE}/status", lambda status: status["worker"], "a worker")
    worker = status["worker"]["pid"]
    assert root.run("stat", "-c", "%U", f"/proc/{worker}") == "sluice\n"
    assert root.run("readlink", f"/proc/{worker}/exe") == "/usr/libexec/sluice/sluice-worker\n"
    assert "one" in root.run("sluiced", "status", "--socket", f"/{SOCKET}")
    copy = ("sluiced", "backup", "--data-dir", "/var/lib/sluice", "/var/lib/sluice/copy.db")
    root.run("runuser", "-u", "sluice", "--", *copy)
    service.stop()

    root.run("dpkg", "--remove", "sluice")
    assert (root.path / "var/lib/sluice/sluice.db").exists() and (root.path / "etc/sluice/sluiced.yaml").exists()
    assert not (root.path / "usr/bin/sluiced").exists()
    root.run("dpkg", "-i", "/run/sluice.deb")
    api = service()
    api.get(ONE).expect(200)
    service.stop()

    root.run("dpkg", "--purge", "sluice")
    left = [path for path in root.changed() if "sluice" in path and "cache/man" not in path]
    assert left == []
    root.run("getent", "passwd", "sluice", status=2)
    root.run("getent", "group", "sluice", status=2)
    root.run("dpkg", "-s", "sluice", status=1)


def test_options_that_the_operator_changed_stay(root):
    root.run("dpkg", "-i", "/run/sluice.deb")
    options = root.path / "etc/sluice/sluiced.yaml"
    options.write_text(options.read_text() + "max-workers: 7\n")
    root.run("dpkg", "-i", "/run/sluice.deb")
    assert options.read_text().endswith("max-workers: 7\n")
    (root.path / "etc/sluice/tls.key").write_text("the operator's\n")
    root.run("dpkg", "--purge", "sluice")
    assert [path.name for path in (root.path / "etc/sluice").iterdir()] == ["tls.key"]


SYSTEMCTL = """#!/bin/sh
case "$*" in
*--root=*) exec /usr/bin/systemctl "$@" ;;
*is-enabled*) echo enabled ;;
*) echo "$*" >>/run/asked ;;
esac
"""


@pytest.fixture
def systemd(root):
    """A systemd that runs, as far as scripts can tell; what it is asked for. No policy keeps services from starting."""
    (root.path / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
    (root.path / "run/systemd/system").mkdir(parents=True)
    script = root.path / "usr/local/bin/systemctl"
    script.write_text(SYSTEMCTL)
    script.chmod(0o755)
    asked = root.path / "run/asked"

    def take():
        text = asked.read_text() if asked.exists() else ""
        asked.write_text("")
        return [line for line in text.splitlines() if "daemon-reload" in line or "sluiced.service" in line]

    return take


def in_order(lines, *expected):
    """Whether these were asked for in this order, whatever else was."""
    found = iter(lines)
    return all(any(word in line for line in found) for word in expected)


def test_the_service_is_enabled_started_restarted_and_stopped(root, systemd):
    root.run("dpkg", "-i", "/run/sluice.deb")
    assert in_order(systemd(), "daemon-reload", "start sluiced.service")
    assert (root.path / "etc/systemd/system/multi-user.target.wants/sluiced.service").is_symlink()

    root.run("dpkg", "-i", "/run/sluice.deb")
    asked = systemd()
    assert in_order(asked, "daemon-reload", "restart sluiced.service") and not [one for one in asked if "stop " in one]

    root.run("dpkg", "--remove", "sluice")
    assert in_order(systemd(), "stop sluiced.service", "daemon-reload")
    root.run("dpkg", "--purge", "sluice")
    assert not (root.path / "etc/systemd/system/multi-user.target.wants/sluiced.service").is_symlink()


def test_an_upgrade_in_place_restarts_nothing_and_replaces_the_workers(root, service, systemd):
    root.run("dpkg", "-i", "/run/sluice.deb")
    api = service()
    api.put(ONE, pipeline("ws://127.0.0.1:9/", "one"), wait="10s").expect(201)
    worker = api.get(f"{ONE}/status").expect(200)["worker"]["pid"]
    systemd()
    root.run("dpkg", "-i", "/run/sluice.deb", env={"SLUICE_UPGRADE": "in-place"})
    service.wait_for("has taken over 1 of 1 pipelines")
    service.wait_for("all workers are of this version")
    assert not [one for one in systemd() if "daemon-reload" not in one]
    status = api.until_state(ONE, "running", "degraded")
    assert status["worker"]["pid"] != worker
    assert root.run("readlink", f"/proc/{status['worker']['pid']}/exe") == "/usr/libexec/sluice/sluice-worker\n"
    service.stop()


def test_a_service_that_was_disabled_stays_so_over_an_upgrade(root):
    root.run("dpkg", "-i", "/run/sluice.deb")
    wants = root.path / "etc/systemd/system/multi-user.target.wants/sluiced.service"
    wants.unlink()
    root.run("dpkg", "-i", "/run/sluice.deb")
    assert not wants.is_symlink()
