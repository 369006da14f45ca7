"""In front of a real server: other figures, and all else from there."""

import contextlib
import http.client
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import told
from fleet import ago, pipelines, status, subscriptions

PAGE, BEAT_S = 100, 5
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Showcase(ThreadingHTTPServer):
    """serve: the real one (support/serve.py). down: numbers of analyzers that are. Nothing is told at all while `holds`."""

    daemon_threads = True

    def __init__(self, serve, places=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target, self.token = serve.address, serve.token
        self.places = pipelines() if places is None else places
        self.down, self.holds = set(), False
        self.host_ids = {}
        self.over = threading.Event()
        self.streams = set()  # sockets of pages that look on
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self):
        return f"http://{self.address}"

    def statuses(self):
        return [status(index, place, self.down, self.host_ids) for index, place in enumerate(self.places)]

    def learn(self, api):
        """The host_ids that the real server holds."""
        rows = api.get("/v1/host-ids?limit=1000").expect(200)["items"]
        self.host_ids = {(row["tenant"], row["name"]): row["host_id"] for row in rows}

    def drop(self):
        """Ends the streams of all pages."""
        for stream in list(self.streams):
            with contextlib.suppress(OSError):  # of a page that has been left
                stream.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _stream(self, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.server.streams.add(self.connection)
        try:
            for event in events:
                self.wfile.write(event.encode())
                self.wfile.flush()
        except OSError:
            pass  # the page has been left
        finally:
            self.server.streams.discard(self.connection)

    def _live(self):
        server = self.server
        if server.holds:
            server.over.wait()
            return
        statuses = server.statuses()
        pages = range(0, max(1, len(statuses)), PAGE)
        for begin in pages:
            is_last = begin == pages[-1]
            page = {"at": ago(0), "last": is_last, "pipelines": statuses[begin : begin + PAGE]}
            if is_last:
                page["subscriptions"] = subscriptions(statuses, server.down)
            yield f"id: show-{begin}\nevent: snapshot\ndata: {json.dumps(page)}\n\n"
        while not server.over.wait(BEAT_S):
            yield f"event: figures\ndata: {json.dumps({'at': ago(0), 'pipelines': []})}\n\n"

    def _replay(self):
        for number, (kind, data) in enumerate(told.happenings()):
            yield f"id: show-{number + 1}\nevent: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"
        yield from self._held(())

    def _held(self, events):
        yield from events
        self.server.over.wait()

    def _answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _pass(self, change=None):
        length = int(self.headers.get("Content-Length") or 0)
        sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if "Origin" in sent:
            sent["Origin"] = f"http://{self.server.target}"
        connection = http.client.HTTPConnection(self.server.target)
        connection.request(self.command, self.path, self.rfile.read(length) if length else None, sent)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if change and answer.status < 300:
            body = json.dumps(change(json.loads(body))).encode()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        place = urlsplit(self.path)
        shown = f"/v1/tenants/{told.SHOWN[0]}/pipelines/{told.SHOWN[1]}"
        if place.path == "/v1/events":
            self._stream(self._replay() if "replay" in parse_qs(place.query) else self._live())
        elif place.path.endswith("/logs"):
            self._stream(self._held(told.log()))
        elif place.path.endswith("/tap"):
            self._stream(self._held(told.records()))
        elif place.path == "/v1/subscriptions":
            self._answer({"items": subscriptions(self.server.statuses(), self.server.down), "next_page_token": None})
        elif place.path == "/v1/audit":
            self._answer(told.audit())
        elif place.path == f"{shown}/revisions":
            self._pass(told.with_history)
        else:
            self._pass()

    def do_PUT(self):
        # there they are stopped, here they run
        self._pass(lambda plan: {**plan, "action": "restart"} if "dry_run" in self.path and "action" in plan else plan)

    do_POST = do_PATCH = do_DELETE = do_HEAD = lambda self: self._pass()
