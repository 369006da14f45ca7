"""What `sluiced serve` tells a service manager over NOTIFY_SOCKET."""

import os
import signal
import socket
import time

import pytest
from support.serve import Api
from support.sluice import Supervisor, pipeline
from support.waiting import DEADLINE_S

ONE = "/v1/tenants/default/pipelines/one"


class Manager:
    """The manager's end: a datagram socket, in the file system or (a name with @) in the abstract space."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.messages = []

    def receive(self, timeout=DEADLINE_S):
        """The next message as a dict."""
        self.socket.settimeout(timeout)
        message = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
        self.messages.append(message)
        return message

    def until(self, find, what):
        """The first message with find(message), those before it received too."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            message = self.receive(end - time.monotonic())
            if find(message):
                return message
        raise AssertionError(f"not told: {what}; but {self.messages}")


@pytest.fixture
def managed(build, folder):
    """Starts `sluiced serve` under a manager: managed("@name", WATCHDOG_USEC=…) → manager, sluiced. Ends it."""
    started = []

    def start(name=None, **environment):
        manager = Manager(name or str(folder / f"notify-{len(started)}"))
        data = folder / f"data-{len(started)}"
        data.mkdir(mode=0o700)
        command = [build / "bin" / "sluiced", "serve", "--data-dir", data, "--listen", "127.0.0.1:0"]
        whole = {**os.environ, "NOTIFY_SOCKET": manager.name, **{key: str(value) for key, value in environment.items()}}
        sluiced = Supervisor(command, env=whole, cwd=folder)
        sluiced.api = Api(str(data / "sluiced.sock"))
        started.append((manager, sluiced))
        return manager, sluiced

    yield start
    for manager, sluiced in started:
        sluiced.kill_rest()
        manager.socket.close()


@pytest.mark.parametrize("name", [None, f"@sluice-test-{os.getpid()}"], ids=["path", "abstract"])
def test_ready_comes_when_the_api_answers(managed, name):
    manager, sluiced = managed(name)
    # the first word: nothing was said before
    assert manager.receive() == {"READY": "1"}
    sluiced.api.get("/livez").expect(200)
    assert sluiced.stop() == 0


def test_the_manager_hears_how_the_pipelines_are_and_that_the_loop_turns(managed, analyzers):
    manager, sluiced = managed(WATCHDOG_USEC=300000)
    manager.until(lambda message: message.get("STATUS") == "0 pipelines", "no pipelines")
    sluiced.api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    manager.until(lambda message: message.get("STATUS") == "1 pipeline: 1 running", "one that runs")
    begun = time.monotonic()
    for _ in range(6):
        manager.until(lambda message: message == {"WATCHDOG": "1"}, "a sign of life")
    # three in the time after which it would be killed, not two
    assert time.monotonic() - begun < 6 * 0.3
    os.kill(sluiced.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            for _ in range(10):  # those that are on their way
                manager.receive(0.5)
    finally:
        os.kill(sluiced.pid, signal.SIGCONT)
    assert sluiced.stop() == 0


def test_another_process_s_watchdog_is_none_of_ours(managed):
    manager, sluiced = managed(WATCHDOG_USEC=1000, WATCHDOG_PID=1)
    manager.until(lambda message: message == {"READY": "1"}, "readiness")
    assert sluiced.stop() == 0
    manager.until(lambda message: message.get("STOPPING") == "1", "the end")
    assert not [message for message in manager.messages if "WATCHDOG" in message]


def test_a_stop_is_told_with_the_time_that_it_may_take(managed, analyzers):
    manager, sluiced = managed()
    manager.until(lambda message: message == {"READY": "1"}, "readiness")
    sluiced.api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    assert sluiced.stop() == 0
    stopping = manager.until(lambda message: message.get("STOPPING") == "1", "the end")
    assert int(stopping["EXTEND_TIMEOUT_USEC"]) == 30_000_000
    assert manager.receive()["STATUS"].startswith("handing over; 1 pipeline: 1 ")


def test_an_upgrade_is_told_as_a_reload_and_the_next_image_goes_on_telling(managed, analyzers):
    manager, sluiced = managed(WATCHDOG_USEC=300000)
    manager.until(lambda message: message == {"READY": "1"}, "readiness")
    sluiced.api.put(ONE, pipeline(analyzers("--start", "command"), "one"), wait="10s").expect(201)
    sluiced.process.send_signal(signal.SIGUSR2)
    manager.until(lambda message: message.get("RELOADING") == "1", "the upgrade")
    # it may have a database to migrate, without a sign of life
    manager.until(lambda message: message == {"WATCHDOG_USEC": "300000000"}, "patience")
    assert manager.receive() == {"READY": "1"}
    assert manager.receive() == {"WATCHDOG_USEC": "300000"}
    sluiced.err.wait_for("has taken over 1 of 1 pipelines")
    manager.until(lambda message: message.get("STATUS") == "1 pipeline: 1 running", "one that runs")
    manager.until(lambda message: message == {"WATCHDOG": "1"}, "a sign of life")
    assert sluiced.stop() == 0


def test_a_reload_is_told_when_it_begins_and_when_it_is_done(managed):
    manager, sluiced = managed()
    manager.until(lambda message: message == {"READY": "1"}, "readiness")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    sluiced.process.send_signal(signal.SIGHUP)
    reloading = manager.until(lambda message: message.get("RELOADING") == "1", "the reload")
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert manager.receive() == {"READY": "1"}
    assert sluiced.stop() == 0


def test_a_socket_that_is_none_is_said_and_does_not_keep_it_from_running(serve_real):
    serve = serve_real(env={"NOTIFY_SOCKET": "vsock:2:1234"})
    serve.err.wait_for('warn .*the service manager is told nothing: NOTIFY_SOCKET is "vsock:2:1234"')
    serve.api.get("/v1/pipelines").expect(200)


def test_nobody_who_listens_is_no_harm(serve_real, folder):
    serve = serve_real(env={"NOTIFY_SOCKET": str(folder / "gone"), "WATCHDOG_USEC": "3000"})
    serve.api.get("/v1/pipelines").expect(200)
    serve.stop_clean()
