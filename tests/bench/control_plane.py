#!/usr/bin/env python3
"""The control plane with hundreds of pipelines: creating, listing, starting, coming back after a kill, clients that are slow; and
a thousand pipelines imported at once.

Prints milliseconds. A creation stands beside a bare write and fsync on the same disk in the same run, a list beside the cheapest
answer there is (/livez) on a connection of the same kind. What /livez takes is measured alone, and then while many clients each
send a request a byte at a time; and during an import, whose time for a pipeline stands beside that of its creation. What people
cost who look at the figures of all pipelines is measured while flows come, turn by turn with and without them. Fails nothing.

    control_plane.py [BUILD [PIPELINES [SLOW_CLIENTS]]]
"""
import http.client
import json
import os
import pathlib
import select
import socket
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

from support.analyzer import Analyzer
from support.documents import stopped, tenant
from support.serve import Serve
from support.sluice import pipeline

FSYNCS, ASKED, IMPORTED = 100, 300, 1000
PER_ADDRESS = 60
RUNNING_S = 120
ONLOOKERS, TURNS, TURN_S = 20, 3, 20
FLOWS_PER_SECOND = 100  # for each pipeline


class Connection:
    """One connection that is kept; each call gives milliseconds and the body."""

    def __init__(self, serve):
        self.http = http.client.HTTPConnection(serve.address, timeout=RUNNING_S)
        self.headers = {"Authorization": f"Bearer {serve.token}", "Content-Type": "application/json"}

    def call(self, method, target, body=None):
        return self.send(method, target, None if body is None else json.dumps(body))

    def send(self, method, target, text):
        begin = time.perf_counter()
        self.http.request(method, target, text, self.headers)
        answer = self.http.getresponse()
        payload = answer.read()
        ms = (time.perf_counter() - begin) * 1e3
        if answer.status >= 300:
            raise SystemExit(f"control_plane: {method} {target}: {answer.status} {payload.decode()}")
        return ms, payload

    def times(self, target, count):
        return [self.call("GET", target)[0] for _ in range(count)]


def cpu_ms(pid):
    """What a process has computed so far; an answer's share of it is what it costs the server, the client's reading left out."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def measure_list(serve, connection, count):
    before = cpu_ms(serve.pid)
    times = connection.times("/v1/pipelines?limit=500", ASKED)
    computed = (cpu_ms(serve.pid) - before) / ASKED
    show(f"list of {count} pipelines", times, connection.times("/livez", ASKED))
    print(f"{'the same, computing time of the server':44} mean   {computed:8.2f} ms", flush=True)


def fsync_ms(folder):
    """A bare write of 4 KiB with fsync, which is what a transaction costs at least."""
    found = []
    with open(folder / "fsync", "wb", buffering=0) as file:
        for _ in range(FSYNCS):
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            found.append((time.perf_counter() - begin) * 1e3)
    return found


def show(title, times, beside=None):
    ordered = sorted(times)
    line = f"{title:44} median {statistics.median(ordered):8.2f}  p99 {ordered[int(len(ordered) * 0.99) - 1]:8.2f} ms"
    if beside:
        line += f"  ×{statistics.median(ordered) / statistics.median(beside):.2f}"
    print(line, flush=True)


def until_running(connection, count, begin):
    """Seconds from begin until that many pipelines run; the list is asked for every 100 ms."""
    pause = threading.Event()
    while time.monotonic() - begin < RUNNING_S:
        running = json.loads(connection.call("GET", "/v1/pipelines?state=running&limit=500")[1])["items"]
        if len(running) >= count:
            return time.monotonic() - begin
        pause.wait(0.1)
    raise SystemExit(f"control_plane: {len(running)} of {count} pipelines run after {RUNNING_S} s")


class SlowClients:
    """Connections from many addresses (an address may have 64) that each send one more byte of a header every second; what the
    server closes stays closed."""

    def __init__(self, address, count):
        host, port = address.rsplit(":", 1)
        self.end = threading.Event()
        self.sockets = []
        for i in range(count):
            source = (f"127.1.0.{1 + i // PER_ADDRESS}", 0)
            self.sockets.append(socket.create_connection((host, int(port)), timeout=1, source_address=source))
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self):
        text = b"GET /v1/pipelines HTTP/1.1\r\nHost: sluice\r\nX-Slow: " + b"x" * 1000
        for at in range(len(text)):
            for sock in self.sockets:
                try:
                    sock.send(text[at:at + 1], socket.MSG_DONTWAIT)
                except OSError:
                    pass
            if self.end.wait(1):
                break
        for sock in self.sockets:
            sock.close()

    def stop(self):
        self.end.set()
        self.thread.join()


def measure_slow(serve, connection, count):
    alone = connection.times("/livez", ASKED)
    show("/livez", alone)
    slow = SlowClients(serve.address, count)
    try:
        show(f"/livez beside {len(slow.sockets)} slow clients", [Connection(serve).call("GET", "/livez")[0] for _ in range(ASKED)],
             alone)
    finally:
        slow.stop()


class Onlookers(threading.Thread):
    """Read all that they are sent; what that costs is theirs, but they are few beside the workers."""

    def __init__(self, serve):
        super().__init__()
        self.sockets, self.bytes, self.over = [], 0, False
        self.begun, self.ends = threading.Event(), {}  # each has its snapshot; the last bytes of those that have not
        host, port = serve.address.rsplit(":", 1)
        for _ in range(ONLOOKERS):
            sock = socket.create_connection((host, int(port)))
            head = f"GET /v1/events?figures=true HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer {serve.token}\r\n\r\n"
            sock.sendall(head.encode())
            self.sockets.append(sock)
            self.ends[sock] = b""
        self.start()

    def run(self):
        room = bytearray(1 << 20)
        while not self.over:
            for sock in select.select(self.sockets, [], [], 0.1)[0]:
                length = sock.recv_into(room)
                self.bytes += length
                if sock in self.ends:
                    self.look(sock, bytes(room[:length]))

    def look(self, sock, text):
        text = self.ends[sock] + text
        self.ends[sock] = text[-20:]
        if b"event: figures" in text:
            del self.ends[sock]
        if not self.ends:
            self.begun.set()

    def stop(self):
        self.over = True
        self.join()
        for sock in self.sockets:
            sock.close()


def passed(serve):
    """Flows that the pipelines have read, of all together."""
    text = Connection(serve).call("GET", "/metrics")[1].decode()
    found = {name: 0.0 for name in ("sluice_flows_seen_total", "sluice_flows_lost_total")}
    for line in text.splitlines():
        name, _, rest = line.partition("{")
        if name in found and ('reason="' not in rest or 'reason="ring"' in rest):
            found[name] += float(line.rsplit(" ", 1)[1])
    return found["sluice_flows_seen_total"] - found["sluice_flows_lost_total"]


def turn(serve):
    """Flows a second, and the share of all processors that the supervisor takes, in percent."""
    before, computed, begin = passed(serve), cpu_ms(serve.pid), time.monotonic()
    time.sleep(TURN_S)
    computed = cpu_ms(serve.pid) - computed
    seconds = time.monotonic() - begin
    return (passed(serve) - before) / seconds, computed / seconds / 10 / os.cpu_count()


def measure_figures(serve, count):
    alone, beside, received = [], [], 0
    for _ in range(TURNS):
        alone.append(turn(serve))
        onlookers = Onlookers(serve)
        onlookers.begun.wait(RUNNING_S)
        snapshots = onlookers.bytes
        beside.append(turn(serve))
        onlookers.stop()
        received += onlookers.bytes - snapshots
    flows = [statistics.mean(flows for flows, _ in turns) for turns in (alone, beside)]
    share = [statistics.mean(percent for _, percent in turns) for turns in (alone, beside)]
    title = f"{ONLOOKERS} onlookers with figures, {count} pipelines"
    print(f"{title:44} {flows[1]:8.0f} flows/s of {flows[0]:.0f} without them  ×{flows[1] / flows[0]:.3f}", flush=True)
    print(f"{'    the supervisor, of all processors':44} {share[1]:8.2f} % of {share[0]:.2f} % without them (aim: 2 % more)", flush=True)
    print(f"{'    sent to each':44} {received / TURNS / TURN_S / ONLOOKERS / 1024:8.0f} KiB/s", flush=True)


def create(serve, url, count):
    connection = Connection(serve)
    config = pipeline(url, "files")
    target = "/v1/tenants/default/pipelines/p{:03}"
    return [connection.call("PUT", target.format(i), {"config": config, "desired_state": "stopped"})[0] for i in range(count)]


class Asking(threading.Thread):
    """Asks for /livez until it is stopped."""

    def __init__(self, serve):
        super().__init__()
        self.connection, self.found, self.over = Connection(serve), [], False

    def run(self):
        while not self.over:
            self.found += self.connection.times("/livez", 1)

    def stop(self):
        self.over = True
        self.join()
        return self.found


def measure_import(build, folder):
    """Into a server of its own: what is stopped starts no process."""
    body = tenant("acme") + "".join(stopped("acme", f"p{i:04}") for i in range(IMPORTED))
    serve = Serve(build, folder / "imported")
    connection = Connection(serve)
    connection.headers["Content-Type"] = "application/yaml"
    try:
        alone = connection.times("/livez", ASKED)
        for title, query in ((f"checking an import of {IMPORTED} pipelines", "?dry_run=true"), ("importing them", ""), ("the same again", "")):
            asking = Asking(serve)
            asking.start()
            before = cpu_ms(serve.pid)
            ms = connection.send("POST", f"/v1/import{query}", body)[0]
            computed = (cpu_ms(serve.pid) - before) / IMPORTED
            beside = asking.stop()
            print(f"{title:44} {ms:15.0f} ms, of the server's computing time {computed:.2f} ms a pipeline", flush=True)
            show("    /livez meanwhile", beside, alone)
            print(f"{'    the longest of these':44} max    {max(beside):8.2f} ms", flush=True)
        show("exporting them", connection.times("/v1/export", ASKED // 10))
    finally:
        serve.stop()


def measure(build, folder, count, slow):
    bare = fsync_ms(folder)
    show("write and fsync of 4 KiB", bare)
    measure_import(build, folder)
    options = ("--start", "command", "--loop", "forever", "--flows-per-second", FLOWS_PER_SECOND)
    analyzer = Analyzer(build, folder, *options, recordings=[ROOT / "tests/data/recordings/burst.jsonl"])
    serve = Serve(build, folder / "data", "--ring-size", "1M")
    try:
        show(f"create one of {count} pipelines", create(serve, analyzer.url, count), bare)
        connection = Connection(serve)
        measure_list(serve, connection, count)
        measure_slow(serve, Connection(serve), slow)
        begin = time.monotonic()
        connection = Connection(serve)
        connection.call("POST", "/v1/tenants/default/pipelines:start")
        print(f"{'all running after a bulk start':44} {until_running(connection, count, begin):8.2f} s", flush=True)
        serve.kill()
        begin = time.monotonic()
        serve = Serve(build, folder / "data", "--ring-size", "1M")
        connection = Connection(serve)
        print(f"{'all running after a kill and a new start':44} {until_running(connection, count, begin):8.2f} s", flush=True)
        analyzer.tell("start")
        measure_figures(serve, count)
    finally:
        serve.stop(timeout=RUNNING_S)
        analyzer.stop()


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    slow = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    with tempfile.TemporaryDirectory() as folder:
        measure(build, pathlib.Path(folder), count, slow)


if __name__ == "__main__":
    main()
