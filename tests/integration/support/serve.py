"""`sluiced serve` on a data folder of its own, and clients of its REST API."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import time
from urllib.parse import urlencode

from .sluice import Supervisor, sandbox_options
from .waiting import DEADLINE_S, Lines

STREAMS = ("text/event-stream", "application/x-ndjson")  # have no end: EventStream and Tap read them
STARTED = r'(info sluiced |"sluiced","message":")\d+ pipelines(\Z|"})'
PAUSE_S = 0.05  # between two questions of until(): the API has no call that waits for any state of a pipeline


class Reply:
    """An answer of the API. Names of headers are in lower case; JSON is parsed, what else there is is text."""

    def __init__(self, call, status, headers, text):
        self.call, self.status, self.headers, self.text = call, status, headers, text
        self.body = json.loads(text) if "json" in headers.get("content-type", "") and text else text

    def expect(self, *statuses):
        """Its body, when it has one of these statuses."""
        assert self.status in statuses, f"{self.call}: {self.status}, not {statuses}\n{self.text}"
        return self.body


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api:
    """A client with one token: api.put("/v1/tenants/acme", {}).expect(201). Each call has a connection of its own."""

    def __init__(self, address, token=None):
        self.address, self.token = address, token

    def with_token(self, token):
        """The same server for another caller; None: without a token."""
        return Api(self.address, token)

    def call(self, method, target, body=None, content_type=None, headers=(), **query):
        """body: a dict or list goes as JSON, a text as content_type (YAML when none is given). query: wait="10s", …"""
        sent = dict(headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = content_type or ("application/yaml" if isinstance(body, str) else "application/json")
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        if query:
            target += "?" + urlencode(query, doseq=True)
        connection = self._connect()
        try:
            connection.request(method, target, body, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            streams = found.get("content-type") in STREAMS
            return Reply(f"{method} {target}", answer.status, found, "" if streams else answer.read().decode())
        finally:
            connection.close()

    def _connect(self):
        if self.address.startswith("/"):
            return UnixConnection(self.address, DEADLINE_S)
        return http.client.HTTPConnection(self.address, timeout=DEADLINE_S)

    def get(self, target, **options):
        return self.call("GET", target, **options)

    def put(self, target, body=None, **options):
        return self.call("PUT", target, body, **options)

    def post(self, target, body=None, **options):
        return self.call("POST", target, body, **options)

    def patch(self, target, body=None, **options):
        return self.call("PATCH", target, body, **options)

    def delete(self, target, **options):
        return self.call("DELETE", target, **options)

    def until(self, target, find, what, timeout=DEADLINE_S, status=200):
        """Asks until the answer has this status and find(body) is true; that body."""
        end = time.monotonic() + timeout
        while True:
            reply = self.get(target)
            if reply.status == status and find(reply.body):
                return reply.body
            assert time.monotonic() < end, f"{reply.call}: not within {timeout} s: {what}\n{reply.status} {reply.text}"
            time.sleep(PAUSE_S)

    def until_state(self, pipeline, *states, timeout=DEADLINE_S):
        """Waits until the pipeline ("/v1/tenants/T/pipelines/NAME") is in one of these states; its status."""
        return self.until(f"{pipeline}/status", lambda status: status["state"] in states, f"state {states}", timeout)


class Serve(Supervisor):
    """The address is free when --listen is not among the options, and read from the log."""

    def __init__(self, build, data_dir, *options, env=None, wrap=()):
        """wrap: words of a command that becomes sluiced, put before its own."""
        self.data_dir = data_dir
        data_dir.mkdir(mode=0o700, exist_ok=True)
        arguments = [*wrap, build / "bin" / "sluiced", "serve", "--data-dir", data_dir, *options]
        arguments += sandbox_options(build, options)
        if "--allow-endpoints" not in options:  # object stores of tests are on this machine
            arguments += ["--allow-endpoints", "127.0.0.0/8", "--allow-endpoints", "::1/128"]
        if "--listen" not in options:
            arguments += ["--listen", "127.0.0.1:0"]
        super().__init__(arguments, env=env, cwd=data_dir.parent)
        self.stopped_by_test = False
        # its last line before it answers; a line of the socket may stand between the two
        self.err.wait_for(STARTED)
        self.address = self.err.wait_for(r'the API listens at (?!/)([^\s"]+)')[1]
        self.socket = self.data_dir / "sluiced.sock"
        self.token = (data_dir / "admin.token").read_text().strip()
        self.api = Api(self.address, self.token)

    @property
    def url(self):
        return f"http://{self.address}"

    def local(self):
        """A client at the Unix socket, which needs no token."""
        return Api(str(self.socket))

    def tenant(self, name, role="operator", **settings):
        """Makes sure that the tenant is there; a client with a new token of it."""
        self.api.put(f"/v1/tenants/{name}", settings).expect(200, 201)
        made = self.api.post(f"/v1/tenants/{name}/tokens", {"role": role}).expect(201)
        return self.api.with_token(made["token"])

    def upgrade(self):
        """SIGUSR2: another image takes over everything, and answers. The log's match: how many pipelines, of how many."""
        start = len(self.err.lines)
        self.process.send_signal(signal.SIGUSR2)
        found = self.err.wait(self._taken_over, "an upgrade", start=start)
        self.err.wait_for(STARTED, start=start)
        return int(found[1]), int(found[2])

    @staticmethod
    def _taken_over(line):
        assert "not upgraded" not in line, line
        return re.search(r"upgrade: version \S+ has taken over (\d+) of (\d+) pipelines", line)

    def stop_clean(self, timeout=DEADLINE_S):
        """SIGTERM: it must hand over and exit with 0, with no child left."""
        code = self.stop(timeout)
        assert code == 0, f"exit status {code}\n{self.err.text()}"

    def kill(self, timeout=DEADLINE_S):
        """Kills it, and whatever of it still runs then; the next start on the same folder goes on."""
        self.stopped_by_test = True
        super().kill(timeout)

    def crash(self, timeout=DEADLINE_S):
        """Kills the supervisor alone: its children find out and end by themselves."""
        self.stopped_by_test = True
        self.children()
        self.process.kill()
        self.process.wait(timeout)

    def blow(self, meanwhile=lambda: None):
        """SIGKILL to all of its processes at once: none sees another's end. They stand still before, meanwhile() is called."""
        self.stopped_by_test = True
        pids = [self.pid, *self.children()]
        _signal_all(pids, signal.SIGSTOP)
        meanwhile()
        _signal_all(pids, signal.SIGKILL)
        self.process.wait(DEADLINE_S)

    def finish(self):
        """For the fixture: ends it, unless the test has done so."""
        if self.process.poll() is None:
            self.stop_clean()
        elif not self.stopped_by_test:
            assert self.process.returncode == 0, f"exit status {self.process.returncode}\n{self.err.text()}"


def _signal_all(pids, signum):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)


class EventStream:
    """GET /v1/events: a connection that is read in the background."""

    TYPE = "text/event-stream"

    def __init__(self, api, last_id=None, target="/v1/events", accept=None, data=json.loads, headers=(), **query):
        self.data = data
        if query:
            target += "?" + urlencode(query)
        self.socket = api._connect()
        self.socket.connect()
        self.raw = self.socket.sock  # http.client gives it away with an answer that ends the connection
        self.raw.settimeout(None)
        self.socket.request("GET", target, headers={**self._headers(api, last_id, accept), **dict(headers)})
        self.answer = self.socket.getresponse()
        assert self.answer.status == 200, self.answer.read()
        assert self.answer.getheader("Content-Type") == self.TYPE
        self.lines = Lines(self.answer, "the stream of events")
        self.read = 0

    @staticmethod
    def _headers(api, last_id, accept):
        given = {"Authorization": api.token and f"Bearer {api.token}", "Last-Event-ID": last_id, "Accept": accept}
        return {name: value for name, value in given.items() if value}

    def next(self, timeout=DEADLINE_S):
        """The next event: (id, type, data). A heartbeat is none, and does not put the deadline off."""
        fields, end = {}, time.monotonic() + timeout
        while True:
            line = self.lines.wait(lambda text: (text,), "another event", end - time.monotonic(), self.read)[0]
            self.read += 1
            if line == "" and "data" in fields:
                return fields.get("id"), fields["event"], self.data(fields["data"])
            name, _, value = line.partition(": ")
            if name and not line.startswith(":"):
                fields[name] = value

    def until(self, type, find=lambda data: True):
        """The first event of this type that fits, and its id; others are passed over."""
        end = time.monotonic() + DEADLINE_S
        while True:
            id, found, data = self.next(end - time.monotonic())
            if found == type and find(data):
                return id, data

    def snapshot(self):
        """All pipelines of the snapshot, by tenant/name, and the id behind it."""
        found = {}
        while True:
            id, type, data = self.next()
            assert type == "snapshot"
            found.update({f"{item['tenant']}/{item['name']}": item for item in data["pipelines"]})
            if data["last"]:
                return found, id

    def close(self):
        # its reader waits in it, and has it locked
        with contextlib.suppress(OSError):
            self.raw.shutdown(socket.SHUT_RDWR)
        self.lines.finish()
        self.answer.close()
        self.socket.close()
