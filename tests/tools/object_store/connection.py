"""One client's connection, in a thread of its own: requests, one after the other."""

import select
import socket
import struct
import threading
import traceback

from answers import encode, error
from exchange import Exchange
from http_request import BadRequest, Gone, Reader, Request

_LINGER_NOT = struct.pack("ii", 1, 0)  # close() then sends RST
_POLL_S = 0.2
_DRAIN_S = 2
_DRAINS_MAX = 4096


class Connection:
    def __init__(self, server, sock, number):
        self.server = server
        self.number = number
        self._is_idle = True
        self._turn = threading.Lock()  # of answering, and of being closed as idle
        self._raw = self._socket = sock
        self.reader = None
        self._scratch = None

    def scratch(self):
        """Room for bytes that nobody looks at."""
        if self._scratch is None:
            self._scratch = memoryview(bytearray(256 << 10))
        return self._scratch

    def serve(self):
        try:
            self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hang_before_headers()
            if self.server.tls:
                self._socket = self.server.tls.wrap_socket(self._raw, server_side=True)
            self.reader = Reader(self._socket)
            while self._serve_one():
                pass
        except (Gone, OSError) as problem:
            self.server.report("broken", connection=self.number, reason=str(problem))
        except Exception:  # a mistake of ours: told, and the other connections go on
            self.server.report("error", connection=self.number, reason=traceback.format_exc())
        finally:
            self.end()

    def _serve_one(self):
        if not self.reader.has_rest() and not (self.server.tls and self._socket.pending()):
            select.select([self._socket], [], [])
        self._is_idle = False
        self._hang_before_headers()
        try:
            head = self.reader.head()
            request = Request(head) if head is not None else None
        except BadRequest as problem:
            self.server.report("bad-request", connection=self.number, reason=str(problem))
            refused = error(400, "BadRequest", str(problem), close=True)
            self.send(encode(refused, "GET", 0, self.server.clock()))
            return False
        if request is None:
            return False
        stays = Exchange(self.server, self, request).run()
        if not stays:
            self._drain()
        return stays

    def _drain(self):
        """What is still on its way is read: a close with unread bytes would take the answer back."""
        self.cut(socket.SHUT_WR)
        self._socket.settimeout(_DRAIN_S)
        for _ in range(_DRAINS_MAX):
            if not self._socket.recv_into(self.scratch()):
                return

    def _hang_before_headers(self):
        rule = self.server.faults.take_before_headers()
        if rule:
            self.server.report("hanging", place=rule.what, connection=self.number)
            rule.ended.wait()
            if rule.resets:
                self.reset()

    def send(self, data):
        self._socket.sendall(data)

    def answer(self, data, tell):
        """Tells of an answer and sends it. Whoever has it finds the request counted; whoever knows of it, the connection
        idle."""
        with self._turn:
            tell()
            self.send(data)
            self._is_idle = True

    def wait_for_end(self, ended):
        """Until the client closes or the rule has ended."""
        while not ended.is_set():
            if select.select([self._socket], [], [], _POLL_S)[0]:
                return

    def reset(self):
        """Ends the connection; the peer gets an RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._socket.close()
        raise Gone("reset, as ordered")

    def close_if_idle(self):
        """From another thread: the waiting one sees the end of the stream."""
        with self._turn:
            was_idle = self._is_idle
            if was_idle:
                self.cut()
            return was_idle

    def cut(self, how=socket.SHUT_RDWR):
        try:
            # not SSLSocket's own shutdown, which takes its TLS state away from the thread that reads
            socket.socket.shutdown(self._socket, how)
        except OSError:
            pass

    def end(self):
        self._socket.close()
        self.server.forget(self)
