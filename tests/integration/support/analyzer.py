"""The analyzer simulator as a fixture: starts it, tells it what to do, waits for what it says."""

import json
import time

from .simulator import Simulator
from .waiting import DEADLINE_S


class Analyzer(Simulator):
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
        super().__init__(arguments, "the analyzer simulator")

    @property
    def url(self):
        scheme, host = ("wss", "localhost") if self.tls else ("ws", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}/ws/subscriber/flow"

    def finish(self, timeout=DEADLINE_S):
        """Waits until everything is published and every subscriber has handled it; returns the event."""
        finished = self.wait("finished", timeout)
        self.sync()
        return finished

    def sync(self):
        """Waits until every subscriber has handled what was sent to it, or is gone."""
        start = self.tell("sync")
        for connection in self.subscribers_at_sync(start):
            self.events.wait(lambda line: is_done(json.loads(line), connection), f"subscriber {connection} handles nothing", start=start)

    def subscribers_at_sync(self, start):
        """The connections that were asked by the command that was given at this place of the events, and are there still."""
        found, asked = set(), False
        for index, event in enumerate(map(json.loads, list(self.events.lines))):
            asked |= index >= start and event["event"] == "command"
            if event["event"] == "subscribed" and not asked:
                found.add(event["connection"])
            elif event["event"] == "closed":
                found.discard(event["connection"])
        return found

    def run_until(self, moment):
        """Lets the load run until this moment (time.monotonic()): waits for an end that does not come."""
        try:
            self.wait("finished", max(0, moment - time.monotonic()))
        except AssertionError:
            assert self.process.poll() is None, "the simulator has ended"
        else:
            raise AssertionError("the analyzer has published everything before the test's time was over")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self.events.finish()
        return code


def is_done(event, connection):
    return event["event"] in ("synced", "closed") and event["connection"] == connection
