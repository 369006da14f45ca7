"""A line between a client and a server that can be cut: it passes on bytes, and keeps what the client said."""

import contextlib
import socket
import threading


class Relay:
    """Listens on a port of its own for connections to `address` ("127.0.0.1:8470")."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.target = (host, int(port))
        self.asked = b""  # all that clients have sent so far
        self._is_cut = False
        self._lock = threading.Lock()
        self._sockets = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://{self.address}"

    def cut(self):
        """All connections end; those that come until mend() end at once."""
        with self._lock:
            self._is_cut = True
            for sock in self._sockets:
                self._end(sock)

    def mend(self):
        with self._lock:
            self._is_cut = False

    def close(self):
        self.cut()
        self._end(self._listener)
        self._listener.close()

    @staticmethod
    def _end(sock):
        # it may have ended by itself
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client):
        with client, contextlib.suppress(OSError), socket.create_connection(self.target) as server:
            with self._lock:
                if self._is_cut:
                    return
                self._sockets |= {client, server}
            back = threading.Thread(target=self._pass, args=(server, client, False), daemon=True)
            back.start()
            self._pass(client, server, True)
            back.join()
            with self._lock:
                self._sockets -= {client, server}

    def _pass(self, source, sink, is_asked):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_asked:
                    self.asked += data
                sink.sendall(data)
        self._end(sink)
