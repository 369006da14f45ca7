"""Messages with flows between addresses of our choice, and an analyzer that knows when it has sent each of them."""

import base64
import contextlib
import hashlib
import json
import pathlib
import random
import socket
import struct
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOWS = 100  # a message
SERIAL = b"5c00000000000000"  # in place of each UUID of a message that send() numbers
OUTSIDE = "192.0.2.1"


def subnet(tenant):
    return f"10.{tenant // 250}.{tenant % 250}.0/24"


def inside(tenant):
    return f"10.{tenant // 250}.{tenant % 250}.1"


def parts():
    """A recorded message: what stands before its flows, and one flow as a dict."""
    with open(ROOT / "tests/data/recordings/burst.jsonl") as file:
        message = json.loads(file.readline())
    flow = next(flow for flow in message["Obj"] if flow["Network"]["Protocol"] == "IPV4")
    return {name: value for name, value in message.items() if name != "Obj"}, flow


def message(ends, serial=None):
    """The text of a message with a flow for each pair of ends."""
    head, flow = parts()
    flows = []
    for number, (a, b) in enumerate(ends):
        flow["Network"] = dict(flow["Network"], A=a, B=b)
        flow["UUID"] = SERIAL.decode() if serial is None else f"5c{serial * FLOWS + number:014x}"
        flows.append(json.dumps(flow, separators=(",", ":")))
    text = json.dumps(dict(head, Obj=[]), separators=(",", ":"))
    return text.replace('"Obj":[]', '"Obj":[' + ",".join(flows) + "]")


def messages_of_tenants(tenants, count):
    """Each flow lies in the subnet of one tenant."""
    dice = random.Random(7)
    return [message([(inside(dice.randrange(tenants)), OUTSIDE) for _ in range(FLOWS)]) for _ in range(count)]


def record_new_addresses(path, count):
    """A recording in which no address comes twice."""
    head, flow = parts()
    flow["Network"] = dict(flow["Network"], A="AAAA", B="BBBB")
    flow["UUID"] = SERIAL.decode()
    form = json.dumps(flow, separators=(",", ":"))
    begin, end = json.dumps(dict(head, Obj=[]), separators=(",", ":")).split("[]")
    with open(path, "w") as file:
        for first in range(0, count, FLOWS):
            flows = []
            for number in range(first, first + FLOWS):
                address = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
                flows.append(form.replace("AAAA", f"10.{address}").replace("BBBB", f"11.{address}"))
            file.write(f"{begin}[{','.join(flows)}]{end}\n")


class Sender:
    """An analyzer that sends numbered messages, and keeps when it did."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/ws/subscriber/flow"
        self.sent = []  # time.monotonic() by number
        self.connection = None
        self.lock, self.over = threading.Lock(), threading.Event()
        self.pings = threading.Thread(target=self.ping)

    def ping(self):
        """A client gives up an analyzer that does not ping. What it answers is thrown away."""
        while not self.over.wait(1):
            with self.lock, contextlib.suppress(BlockingIOError):
                self.connection.sendall(b"\x89\x00")
                self.connection.recv(1 << 16, socket.MSG_DONTWAIT)

    def accept(self):
        self.connection, _ = self.listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.connection.recv(4096)
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        key = next(value for name, value in fields.items() if name.lower() == "sec-websocket-key")
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        self.connection.sendall((answer + base64.b64encode(digest).decode() + "\r\n\r\n").encode())
        self.pings.start()

    def send(self, text):
        """One message, its flows' UUIDs numbered; the time is from before its first byte."""
        body = text.replace(SERIAL, b"5c%014x" % len(self.sent))
        with self.lock:
            self.sent.append(time.monotonic())
            self.connection.sendall(b"\x81\x7f" + struct.pack(">Q", len(body)) + body)

    def close(self):
        self.over.set()
        if self.pings.is_alive():
            self.pings.join()
        if self.connection is not None:
            self.connection.close()
        self.listener.close()
