"""The API on a fake supervisor (api-test-server), and clients that see every byte."""

import json
import socket
import ssl
import subprocess
from collections import namedtuple

from .waiting import DEADLINE_S, Lines

Answer = namedtuple("Answer", "status headers body")
ONE = "/v1/tenants/acme/pipelines/one"
CONFIG = {
    "pipeline": {
        "subscriber": {"url": "ws://127.0.0.1:8082/ws/subscriber/flow"},
        "store": {"type": "direct"},
        "write": {"type": "stdout"},
    }
}


class ApiServer:
    def __init__(self, build, *options, listen=("127.0.0.1:0",), path=None):
        arguments = [str(build / "bin" / "api-test-server"), *map(str, options)]
        for address in listen:
            arguments += ["--listen", address]
        if path:
            arguments += ["--socket", str(path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(arguments, **pipes)
        self.out = Lines(self.process.stdout, "api-test-server's stdout")
        self.err = Lines(self.process.stderr, "api-test-server's stderr")
        count = len(listen) + (1 if path else 0)
        self.addresses = []
        for _ in range(count):
            line = self.out.wait_for(r"^listening (.*)", start=len(self.addresses))
            self.addresses.append(line[1])
        host, port = self.addresses[0].rsplit(":", 1)
        self.host, self.port = host.strip("[]"), int(port)

    def tell(self, line, answer=None):
        """Sends a line to its stdin and waits until it has been done."""
        start = len(self.out.lines)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.out.wait_for(answer or f"^done {line}", start=start)

    def client(self, **options):
        return Client(self.host, self.port, **options)

    def call(self, method, target, **options):
        """One request on a connection of its own."""
        with self.client() as client:
            return client.call(method, target, **options)

    def stop(self):
        """Its exit status."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            return self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.out.finish()
            self.err.finish()


class Client:
    """One connection."""

    def __init__(self, host, port=None, source=None, tls=None):
        if port is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(DEADLINE_S)
            self.socket.connect(host)
        else:
            self.socket = socket.create_connection((host, port), DEADLINE_S, (source, 0) if source else None)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def read_line(self):
        while b"\n" not in self.buffer:
            if not self._more():
                raise EOFError(self.buffer)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def read_bytes(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise EOFError(self.buffer)
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_chunk(self):
        """The next chunk of a chunked body; empty at its end."""
        data = self.read_bytes(int(self.read_line(), 16))
        self.read_line()
        return data

    def read_head(self):
        status = int(self.read_line().split()[1])
        headers = {}
        while line := self.read_line():
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        return status, headers

    def read(self, head=False):
        """One whole answer."""
        status, headers = self.read_head()
        body = b"" if head or status in (100, 204) else self.read_bytes(int(headers.get("content-length", 0)))
        if "json" in headers.get("content-type", ""):
            body = json.loads(body) if body else None
        return Answer(status, headers, body)

    def ended(self):
        """Waits for the end of the connection; what came before it."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        return self.buffer

    def request(self, method, target, body=None, token="slc_admin", headers=()):
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            lines.append("Content-Type: application/json")
        if body is not None:
            body = body if isinstance(body, bytes) else body.encode()
            lines.append(f"Content-Length: {len(body)}")
        lines += headers
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")

    def call(self, method, target, **options):
        self.send(self.request(method, target, **options))
        return self.read(head=method == "HEAD")


def trusting(certificates):
    return ssl.create_default_context(cafile=str(certificates.ca))
