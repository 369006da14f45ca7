"""What goes on beside a torture of the service: clients of its API and followers of its events, who come back whenever it does."""

import http.client
import itertools
import threading

from support.serve import Api, EventStream
from support.waiting import DEADLINE_S

PAUSE_S = 0.05  # of a client between two calls
AWAY_S = 0.2  # until somebody tries again who found nobody


class Traffic:
    def __init__(self, data_dir, pipelines, clients=2, followers=3):
        """pipelines: names as tenant/name. The calls go to the socket in the data folder, which needs no token."""
        self.api = Api(str(data_dir / "sluiced.sock"))
        self.pipelines = pipelines
        self.calls, self.away, self.events, self.snapshots = 0, 0, 0, 0
        self.troubles = []
        self._lock, self._stop, self._streams = threading.Lock(), threading.Event(), set()
        parts = [self._ask] * clients + [self._follow] * followers
        self._threads = [threading.Thread(target=part, daemon=True) for part in parts]
        for thread in self._threads:
            thread.start()

    def end(self):
        """They go home. What they were answered must have been right, and they were answered."""
        self._stop.set()
        for stream in list(self._streams):
            stream.close()
        for thread in self._threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive(), "a client of the API hangs"
        assert not self.troubles, self.troubles[:5]
        assert self.calls > 0 and self.snapshots > 0, "nobody was ever answered"

    def _count(self, name):
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)

    # ---- clients ----

    def _ask(self):
        for number in itertools.count():
            if self._stop.is_set():
                return
            paused = PAUSE_S
            try:
                self._judge(self._call(number))
            except (OSError, http.client.HTTPException):
                self._count("away")
                paused = AWAY_S
            self._stop.wait(paused)

    def _call(self, number):
        target = f"/v1/tenants/{self.pipelines[number % len(self.pipelines)].replace('/', '/pipelines/')}"
        kind = number % 5
        if kind == 0:
            return self.api.get("/v1/pipelines?limit=500")
        if kind == 1:
            return self.api.get("/metrics")
        if kind == 2:
            return self.api.patch(target, {"description": f"the {number}th"})
        return self.api.get(f"{target}/status" if kind == 3 else "/v1/subscriptions")

    def _judge(self, reply):
        self._count("calls")
        # 503: it does not answer yet, or not any more
        if reply.status not in (200, 503):
            self.troubles.append(f"{reply.call}: {reply.status} {reply.text}")

    # ---- followers ----

    def _follow(self):
        last = None
        while not self._stop.is_set():
            try:
                stream = EventStream(self.api, last_id=last, figures="true")
            except (OSError, AssertionError, http.client.HTTPException):
                self._count("away")
                self._stop.wait(AWAY_S)
                continue
            last = self._read(stream, last)

    def _read(self, stream, last):
        """Until the stream ends; the id of its last event."""
        self._streams.add(stream)
        try:
            while not self._stop.is_set():
                id, type, _ = stream.next()
                last = id or last
                self._count("snapshots" if type == "snapshot" else "events")
        except (AssertionError, OSError):
            if not stream.lines.ended:
                self.troubles.append(f"a follower heard nothing for {DEADLINE_S} s")
        self._streams.discard(stream)
        stream.close()
        return last
