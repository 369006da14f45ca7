"""The listening socket, and what all connections share."""

import itertools
import json
import socket
import sys
import threading
import time

from connection import Connection
from faults import Faults


class Server:
    """`store` is None when it discards; `credentials` is None when nobody asks who it is."""

    def __init__(self, port, store=None, credentials=None, tls=None):
        self.store = store
        self.credentials = credentials
        self.tls = tls
        self.faults = Faults()
        self.clock_offset = 0
        self.requests = self.bytes = 0
        self._connections = set()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self._socket.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"

    @property
    def discards(self):
        return self.store is None

    def now(self):
        """Seconds since the start."""
        return round(time.monotonic() - self._begun, 6)

    def clock(self):
        """Unix time by this store's clock, which may be wrong."""
        return time.time() + self.clock_offset

    def accept(self):
        """For ever; a daemon thread's work."""
        while True:
            sock, _ = self._socket.accept()
            connection = Connection(self, sock, next(self._numbers))
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def forget(self, connection):
        with self._lock:
            self._connections.discard(connection)

    def close_idle(self):
        """Ends the connections that wait for a request; their number."""
        with self._lock:
            connections = list(self._connections)
        return sum(connection.close_if_idle() for connection in connections)

    def cut_all(self):
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.cut()

    def report(self, event, **members):
        if self.discards and event != "command" and event != "state" and event != "listening":
            return
        line = json.dumps({"event": event, **members}) + "\n"
        with self._lock:
            sys.stdout.write(line)
            sys.stdout.flush()

    def report_request(self, **members):
        with self._lock:
            self.requests += 1
            self.bytes += members["size"] or 0
        self.report("request", **members)

    def state(self):
        several = self.store.keys_with_several_contents() if self.store else []
        with self._lock:
            figures = {"requests": self.requests, "bytes": self.bytes, "connections": len(self._connections)}
        return {**figures, "several_contents": several}
