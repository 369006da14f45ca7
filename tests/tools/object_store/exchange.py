"""One request and its answer, with the misbehaviour that a rule orders for it."""

import hashlib
import itertools

import garbage
import signature
from answers import Answer, encode, error

numbers = itertools.count(1)


class Exchange:
    def __init__(self, server, connection, request):
        self.server = server
        self.connection = connection
        self.request = request
        self.number = next(numbers)
        self.rule = server.faults.take(request.method, request.name)
        self.begun = server.now()
        self.event = {"status": None, "stored": False, "sha256": None}

    def run(self):
        """Whether the connection stays."""
        answer = None
        try:
            answer = self._refuse_early() or self._act()
        finally:
            if answer is None:
                self._report()
        if answer is None:
            return False  # the connection ends without one
        self.event.update(status=answer.status, stored=answer.stored)
        data = encode(answer, self.request.method, self.number, self.server.clock())
        self.connection.answer(data, self._report)
        return not answer.close

    def _report(self):
        request = self.request
        names = {"method": request.method, "bucket": request.bucket, "key": request.key}
        times = {"t": self.begun, "t_end": self.server.now()}
        more = {"headers": dict(request.headers), "signed_headers": signature.signed_headers(request)}
        fault = " ".join(filter(None, (self.rule.kind, self.rule.what))) if self.rule else ""
        where = {"number": self.number, "connection": self.connection.number}
        self.server.report_request(**where, **names, **self.event, size=request.length, fault=fault, **times, **more)

    def _is(self, kind, what=None):
        return self.rule is not None and self.rule.kind == kind and what in (None, self.rule.what)

    def _refuse_early(self):
        """An answer that does not wait for the body."""
        if self.request.length is None:
            missing = self.request.get("transfer-encoding") is None
            return error(411 if missing else 501, close=True)
        if self._is("fail") and self.rule.options.get("early"):
            return self._failure(close=True)
        return None

    def _act(self):
        """The answer, or None: the connection ends without one."""
        body = self._receive()
        if self._is("fail"):
            return self._failure()
        if self._is("reset"):
            self.connection.reset()
        if self._is("garbage-answer"):
            return self._garbage(body)
        answer = self._handle(body)
        if self._is("lose-answers"):
            self.event["stored"] = answer.stored
            return None
        if self._is("hang", "after-body"):
            self.event["stored"] = answer.stored
            self._hang()
        answer.close = answer.close or not self.request.keeps_alive
        return answer

    def _failure(self, close=False):
        options = self.rule.options
        status = int(self.rule.what)
        headers = []
        if "retry_after" in options:
            headers.append(("Retry-After", options["retry_after"]))
        if status // 100 == 3:
            elsewhere = f"{self.server.url}/redirected{self.request.path}"
            headers.append(("Location", options.get("location", elsewhere)))
        return error(status, options.get("code"), options.get("message"), headers, close)

    def _garbage(self, body):
        """What claims success has stored the object, as a store may have that then answers nonsense."""
        if self.rule.what in garbage.SUCCESSES:
            self.event["stored"] = self._handle(body).stored
        if self.rule.what == "no-end":
            self.server.report("hanging", place="no-end", number=self.number, key=self.request.key, stored=True)
        garbage.send(self.rule.what, self.connection, self.rule.ended)
        return None

    def _hang(self):
        where = {"number": self.number, "key": self.request.key, "stored": self.event["stored"]}
        self.server.report("hanging", place=self.rule.what, **where)
        self.rule.ended.wait()
        if self.rule.resets:
            self.connection.reset()

    # The body

    def _receive(self):
        request, connection = self.request, self.connection
        if (request.get("expect") or "").lower() == "100-continue":
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.server.discards:
            connection.reader.skip(request.length, connection.scratch())
            return b""
        body = bytearray(request.length)
        view = memoryview(body)
        half = request.length // 2
        self._read(view[:half])
        if self._is("hang", "in-body"):
            self._hang()
        if self._is("reset", "in-body"):
            connection.reset()
        self._read(view[half:])
        self._note(body)
        return body

    def _read(self, view):
        if not self._is("slow"):
            return self.connection.reader.body(view)
        speed = int(self.rule.what)
        pause = lambda count: self.rule.ended.wait(count / speed)  # noqa: E731
        return self.connection.reader.body(view, pause, step=max(1, speed // 10))

    def _note(self, body):
        """Remembers what this key was given, whatever the answer will be."""
        if self.request.method != "PUT" or not self.request.key:
            return
        sha256 = hashlib.sha256(body).hexdigest()
        self.event["sha256"] = sha256
        known = self.server.store.note_content(self.request.bucket, self.request.key, sha256)
        if len(known) > 1:
            self.server.report("conflict", bucket=self.request.bucket, key=self.request.key, sha256=known)

    # What a working store does

    def _handle(self, body):
        request, server = self.request, self.server
        if server.credentials:
            refused = server.credentials.check(request, server.clock())
            if refused:
                return refused
        if server.discards:
            return Answer(200, [("ETag", '"discarded"')])
        if not request.key:
            return self._handle_bucket()
        if request.method == "PUT":
            return server.store.put(request, body, self.event["sha256"])
        if request.method in ("GET", "HEAD"):
            return server.store.get(request)
        if request.method == "POST" and request.query in ("uploads", "uploads="):
            return server.store.begin_upload(request)
        if request.method == "DELETE" and request.query.startswith("uploadId="):
            return server.store.abort_upload(request)
        return error(405)

    def _handle_bucket(self):
        store, bucket = self.server.store, self.request.bucket
        if self.request.method == "PUT":
            return store.make_bucket(bucket)
        if self.request.method == "DELETE":
            return store.remove_bucket(bucket)
        if self.request.method == "HEAD":
            return Answer(200) if store.has_bucket(bucket) else error(404, "NoSuchBucket")
        return error(501)
