"""A websocket client that looks at frames: for testing the simulator itself."""

import os
import socket
import struct

from .waiting import DEADLINE_S

PATH = "/ws/subscriber/flow"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Client:
    def __init__(self, port, *headers, host_id="test", client_type="test", namespaces=("flow",), path=PATH):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        lines = [f"GET {path} HTTP/1.1", "Host: analyzer", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
        lines += [f"X-Client-Type: {client_type}"] if client_type else []
        lines += [f"X-Host-ID: {host_id}"] if host_id else []
        lines += [f"X-Websocket-Namespace: {name}" for name in namespaces]
        self.socket.sendall("\r\n".join([*lines, *headers, "", ""]).encode())
        self._bytes = b""
        while b"\r\n\r\n" not in self._bytes:
            self._more()
        head, self._bytes = self._bytes.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        self.status = int(self.head.split()[1])

    def _more(self):
        got = self.socket.recv(1 << 20)
        if not got:
            raise EOFError("the server closed")
        self._bytes += got

    def _take(self, length):
        while len(self._bytes) < length:
            self._more()
        taken, self._bytes = self._bytes[:length], self._bytes[length:]
        return taken

    def text(self, length):
        return self._take(length).decode()

    def frame(self):
        """(opcode, fin, payload) of the next frame."""
        first, length = self._take(2)
        if length == 126:
            (length,) = struct.unpack(">H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._take(8))
        return first & 15, first >> 7, self._take(length)

    def frame_of(self, opcode):
        while True:
            frame = self.frame()
            if frame[0] == opcode:
                return frame

    def message(self):
        """(text, lengths of its fragments) of the next message; pings are answered."""
        text, fragments = b"", []
        while True:
            opcode, fin, payload = self.frame()
            if opcode == PING:
                self.send(PONG, payload)
                continue
            assert opcode in (0, TEXT), f"opcode {opcode}"
            text += payload
            fragments.append(len(payload))
            if fin:
                return text.decode(), fragments

    def send(self, opcode, payload=b"", masked=True):
        mask = os.urandom(4)
        body = mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if masked else payload
        self.socket.sendall(bytes([0x80 | opcode, len(payload) | (0x80 if masked else 0)]) + body)

    def close(self):
        self.socket.close()
