"""The analyzer simulator as a fixture: starts it, tells it what to do, waits for what it says."""

import json
import subprocess
import time

from .waiting import DEADLINE_S, Lines


class Analyzer:
    def __init__(self, build, folder, *options, recordings=(), topology=(), tls=None):
        self.log = folder / "analyzer.log"
        self.tls = tls
        arguments = [str(build / "bin" / "analyzer-simulator"), "--log", str(self.log)]
        for recording in recordings:
            arguments += ["--recording", str(recording)]
        for table in topology:
            arguments += ["--topology", str(table)]
        if tls:
            arguments += ["--cert", str(tls.cert), "--key", str(tls.key)]
        arguments += [str(option) for option in options]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.events = Lines(self.process.stdout, "the analyzer simulator")
        self.port = self.wait("listening")["port"]

    @property
    def url(self):
        scheme, host = ("wss", "localhost") if self.tls else ("ws", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}/ws/subscriber/flow"

    def wait(self, event, timeout=DEADLINE_S, start=0, **members):
        """The first event of this name with these members."""

        def find(line):
            value = json.loads(line)
            fits = value["event"] == event and all(value.get(name) == wanted for name, wanted in members.items())
            return value if fits else None

        return self.events.wait(find, f"no event {event} {members}", timeout, start)

    def tell(self, command):
        """Gives a command and waits until it was carried out."""
        start = len(self.events.lines)
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.wait("command", start=start, name=command.split()[0])
        assert answer["error"] == "", f"{command}: {answer['error']}"
        return start

    def finish(self, timeout=DEADLINE_S):
        """Waits until everything is published and every subscriber has handled it; returns the event."""
        finished = self.wait("finished", timeout)
        self.sync()
        return finished

    def sync(self):
        """Waits until every subscriber has handled what was sent to it."""
        start = self.tell("sync")
        for _ in range(self.state()["subscribers"]):
            self.wait("synced", start=start)

    def state(self):
        return self.wait("state", start=self.tell("state"))

    def run_until(self, moment):
        """Lets the load run until this moment (time.monotonic()): waits for an end that does not come."""
        try:
            self.wait("finished", max(0, moment - time.monotonic()))
        except AssertionError:
            assert self.process.poll() is None, "the simulator has ended"
        else:
            raise AssertionError("the analyzer has published everything before the test's time was over")

    def all(self, event):
        found = [json.loads(line) for line in list(self.events.lines)]
        return [value for value in found if value["event"] == event]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self.events.finish()
        return code
