"""GET …/{name}/tap as JSON lines: a connection that is read in the background."""

import json

from .serve import EventStream
from .waiting import DEADLINE_S


class Tap(EventStream):
    TYPE = "application/x-ndjson"

    def __init__(self, api, pipeline, **query):
        super().__init__(api, target=f"{pipeline}/tap", **query)

    def next(self, timeout=DEADLINE_S):
        """The next one: {tag, skipped, at, record}."""
        line = self.lines.wait(lambda text: (text,), "another record", timeout, self.read)[0]
        self.read += 1
        return json.loads(line)

    def take(self, count):
        return [self.next() for _ in range(count)]

    def rest(self, timeout=DEADLINE_S):
        """All that come until it ends."""
        self.lines.finish(timeout)
        assert self.lines.ended, f"it has not ended within {timeout} s"
        return [json.loads(line) for line in self.lines.lines[self.read :]]
