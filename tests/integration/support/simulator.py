"""What the simulators have in common: commands on their standard input, events as lines of JSON on their standard output."""

import json
import subprocess

from .waiting import DEADLINE_S, Lines


def fits(wanted, value):
    return wanted(value) if callable(wanted) else value == wanted


class Simulator:
    """A process of one, and the port at which it listens."""

    def __init__(self, arguments, name):
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.events = Lines(self.process.stdout, name)
        self.port = self.wait("listening")["port"]

    def wait(self, event, timeout=DEADLINE_S, start=0, **members):
        """The first event of this name with these members; a function as a value says which are meant."""

        def find(line):
            value = json.loads(line)
            is_wanted = value["event"] == event and all(map(fits, members.values(), map(value.get, members)))
            return value if is_wanted else None

        return self.events.wait(find, f"no event {event} {members}", timeout, start)

    def tell(self, command):
        """Gives a command and waits until it was carried out; where in the events it was given."""
        start = len(self.events.lines)
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.wait("command", start=start, name=command.split()[0])
        assert answer["error"] == "", f"{command}: {answer['error']}"
        return start

    def state(self):
        return self.wait("state", start=self.tell("state"))

    def all(self, event, **members):
        """The events of this name with these members that there are so far."""
        found = [json.loads(line) for line in list(self.events.lines)]
        return [value for value in found if value["event"] == event and members.items() <= value.items()]
