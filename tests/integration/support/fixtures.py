"""Fixtures of the integration tests and of tests/torture: real executables, a simulated analyzer, a folder for each test."""

import errno
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from .analyzer import Analyzer
from .api import ApiServer
from .browser import Chromium, Ui
from .certificates import make_certificates
from .faults import Faults
from .golden import DATA, recording
from .serve import Serve
from .sluice import Sluice
from .stores import MissingStore, ObjectStore, TokenService, real_store
from .waiting import Folder

ROOT = Path(__file__).resolve().parents[3]


def pytest_addoption(parser):
    parser.addoption("--write-api-page", action="store_true", help="write docs/api.md anew from what the API answers")
    parser.addoption("--long", action="store_true", help="also the long forms: minutes of full-speed load and kills")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; runs with --long only")
    config.addinivalue_line("markers", "browser: about what the web UI shows, not about the program's memory: not for sanitizer builds")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--long"):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="a long test: run with --long"))


@pytest.fixture(scope="session")
def build():
    """The build folder that is tested: $SLUICE_BUILD or build/release."""
    path = (ROOT / os.environ.get("SLUICE_BUILD", "build/release")).resolve()
    if not (path / "bin" / "analyzer-simulator").exists():
        pytest.fail(f"{path}/bin has no executables: run scripts/build first", pytrace=False)
    return path


@pytest.fixture
def folder(request, tmp_path):
    """An empty folder; large ones are removed when the test has passed."""
    yield tmp_path
    report = getattr(request.node, "call_report", None)
    if report is not None and report.passed:
        shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        item.call_report = report


@pytest.fixture
def stored(folder):
    """The folder that file writers store below."""
    path = folder / "stored"
    path.mkdir()
    return path


@pytest.fixture
def analyzers(build, folder):
    """Starts simulators: analyzers("--loop", 2, recordings=[…]). All are stopped at the end."""
    started = []

    def start(*options, recordings=(recording("mixed"),), topology=(), tls=None):
        place = folder / f"analyzer-{len(started)}"
        place.mkdir()
        started.append(Analyzer(build, place, *options, recordings=recordings, topology=topology, tls=tls))
        return started[-1]

    yield start
    for code in [analyzer.stop() for analyzer in started]:
        assert code == 0, "the simulator failed: see its stderr"


@pytest.fixture
def analyzer(analyzers):
    """A simulator that plays the recording `mixed` once, as fast as taken."""
    return analyzers()


@pytest.fixture
def object_store(folder):
    """Starts stores that misbehave when told to: object_store("--region", "eu", tls=…). All are stopped at the end."""
    started = []

    def start(*options, **settings):
        place = folder / settings.pop("place", f"store-{len(started)}")
        place.mkdir(exist_ok=True)
        started.append(ObjectStore(place, *options, **settings))
        return started[-1]

    yield start
    for code in [store.stop() for store in started]:
        assert code == 0, "the object store failed: see its stderr"


@pytest.fixture
def token_service():
    """Starts IBM's token service: token_service(life=4). All are stopped at the end."""
    started = []

    def start(**settings):
        started.append(TokenService(**settings))
        return started[-1]

    yield start
    for code in [service.stop() for service in started]:
        assert code == 0, "the token service failed: see its stderr"


@pytest.fixture
def s3(folder):
    """A real S3 server with an empty bucket: versitygw, or the one that the environment names."""
    try:
        store = real_store(folder / "s3")
    except MissingStore as reason:
        pytest.fail(str(reason), pytrace=False)
    yield store
    store.stop()


@pytest.fixture
def sluice_run(build, folder):
    """Starts `sluiced run`: sluice_run(config, …, options=[…]) on dicts or files. All are gone at the end."""
    started = []

    def start(*configs, options=(), env=None, cwd=None, build=build):
        whole = {**os.environ, **env} if env else None
        started.append(Sluice(build, folder, configs, *options, number=len(started), env=whole, cwd=cwd))
        return started[-1]

    yield start
    for sluice in started:
        sluice.kill_rest()
    for sluice in started:
        no_sanitizer_report(sluice.err.text())


@pytest.fixture
def serve(build):
    """Starts the API on a fake supervisor: serve("--deadline", 1000, listen=[…], path=…). All end without a complaint."""
    started = []

    def start(*options, **places):
        started.append(ApiServer(build, *options, **places))
        return started[-1]

    yield start
    codes = [server.stop() for server in started]
    for server, code in zip(started, codes):
        no_sanitizer_report(server.err.text())
        assert code == 0, server.err.text()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def serve_real(build, folder):
    """Starts `sluiced serve`: serve_real("--max-workers", 3, data_dir=…). Given the folder of one that has ended, it goes on
    there. All end by SIGTERM, with exit status 0 and without a complaint."""
    started = []

    def start(*options, data_dir=None, env=None, build=build, wrap=()):
        whole = {**os.environ, **env} if env else None
        started.append(Serve(build, data_dir or folder / f"data-{len(started)}", *options, env=whole, wrap=wrap))
        return started[-1]

    yield start
    try:
        for serve in started:
            serve.finish()
    finally:
        for serve in started:
            serve.kill_rest()
    for serve in started:
        no_sanitizer_report(serve.err.text())


@pytest.fixture
def copied(build, folder, serve_real):
    """Starts `sluiced serve` from a copy of the programs, which may be replaced: copied() → serve, folder of programs."""

    def start(*options, **settings):
        programs = folder / "copy" / "bin"
        programs.mkdir(parents=True)
        for program in (build / "bin").glob("sluice*"):
            shutil.copy2(program, programs)
        return serve_real(*options, build=folder / "copy", **settings), programs

    return start


@pytest.fixture
def api(serve_real):
    """An admin's client of a `sluiced serve` with an empty data folder."""
    return serve_real().api


@pytest.fixture(scope="session")
def chromium():
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def browse(chromium):
    """Opens windows on a `sluiced serve`: browse(serve, theme="dark", size=NARROW). None of them may report a breach of the
    content security policy, an error, or a request to anywhere else."""
    opened = []

    def start(serve, **options):
        opened.append(Ui(chromium, serve, **options))
        return opened[-1]

    yield start
    for ui in opened:
        ui.close()
    troubles = [trouble for ui in opened for trouble in ui.troubles]
    assert not troubles, "\n".join(troubles)


def no_sanitizer_report(text):
    found = re.search(r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:).*", text)
    assert not found, f"{found[0]}\n{text}"


@pytest.fixture
def faults(build, folder):
    """Workers that take orders: sluice_run(…, build=faults.build)."""
    return Faults(build, folder)


@pytest.fixture
def watch():
    """Watches folders for what appears in them."""
    watched = []

    def start(path):
        watched.append(Folder(path))
        return watched[-1]

    yield start
    for folder in watched:
        folder.close()


@pytest.fixture
def certificates(folder):
    return make_certificates(folder / "certificates")


class FullDisk:
    """A small file system of its own that can be filled and emptied."""

    def __init__(self, path, megabytes):
        self.path = path
        path.mkdir()
        options = f"size={megabytes}m"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, text=True)
        if done.returncode != 0:
            why = f"a small tmpfs cannot be mounted here ({done.stderr.strip()}): run as root with CAP_SYS_ADMIN"
            pytest.fail(why, pytrace=False)

    def fill(self):
        with open(self.path / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
            except OSError as error:
                assert error.errno == errno.ENOSPC

    def empty(self):
        (self.path / "filler").unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=True)


@pytest.fixture
def full_disk(folder):
    disk = FullDisk(folder / "full", 64)
    yield disk
    disk.close()
