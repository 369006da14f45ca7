"""token_service: IBM IAM for tests that misbehaves when told to. See README.md."""

import argparse
import itertools
import json
import os
import shlex
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

GRANT = "urn:ibm:params:oauth:grant-type:apikey"
GARBAGE = ("not-json", "no-token", "bad-token", "expired", "huge")
BODY_MAX = 1 << 16


class Service:
    """What requests and commands share."""

    def __init__(self, api_key, life):
        self.api_key, self.life = api_key, life
        self._numbers = itertools.count(1)
        self._rules = []
        self._lock = threading.Lock()

    def number(self):
        return next(self._numbers)

    def report(self, event, **members):
        with self._lock:
            sys.stdout.write(json.dumps({"event": event, **members}) + "\n")
            sys.stdout.flush()

    def add(self, kind, what=None, count=None, **options):
        rule = {"kind": kind, "what": what, "left": int(count) if count else None, "ended": threading.Event(), **options}
        with self._lock:
            self._rules.append(rule)

    def take(self):
        with self._lock:
            rule = next((rule for rule in self._rules if rule["left"] != 0), None)
            if rule and rule["left"]:
                rule["left"] -= 1
            return rule

    def release(self):
        with self._lock:
            for rule in self._rules:
                rule["ended"].set()

    def clear(self):
        self.release()
        with self._lock:
            self._rules.clear()

    def grant(self, number):
        now = time.time()
        end = int((now + self.life) * 1000)
        return {
            "access_token": f"token.{os.getpid()}-{number}.{end}",
            "refresh_token": "not_supported",
            "token_type": "Bearer",
            "expires_in": self.life,
            "expiration": int(now + self.life),
            "scope": "ibm openid",
        }


def refusal(status, code, message):
    return status, {"errorCode": code, "errorMessage": message, "context": {"requestId": "simulated"}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        service = self.server.service
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), BODY_MAX)).decode()
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        number, rule, headers = service.number(), service.take(), {}
        if rule and rule["kind"] == "hang":
            service.report("hanging", number=number)
            rule["ended"].wait()
        status, answer = self._judge(form, number)
        if rule and rule["kind"] == "fail":
            message = rule.get("message", "The service is not available.").replace("{key}", form.get("apikey", ""))
            status, answer = refusal(int(rule["what"]), rule.get("code", "BXNIM0100E"), message)
            headers = {"Retry-After": rule["retry_after"]} if "retry_after" in rule else {}
        text = json.dumps(answer)
        if rule and rule["kind"] == "garbage":
            text = self._garbage(rule["what"], answer)
        token = answer.get("access_token") if status == 200 else None
        seen = {"headers": {name.lower(): value for name, value in self.headers.items()}, "form": form}
        service.report("request", number=number, method="POST", path=self.path, status=status, token=token, **seen)
        self._answer(status, headers, text.encode())

    def _judge(self, form, number):
        if form.get("grant_type") != GRANT:
            return refusal(400, "BXNIM0118E", "Property missing or empty: grant_type")
        if form.get("apikey") != self.server.service.api_key:
            return refusal(400, "BXNIM0415E", "Provided API key could not be found.")
        return 200, self.server.service.grant(number)

    @staticmethod
    def _garbage(kind, answer):
        if kind == "not-json":
            return "<html>It works!</html>"
        if kind == "huge":
            return json.dumps({**answer, "padding": "x" * (1 << 20)})
        changes = {"no-token": {"access_token": None}, "bad-token": {"access_token": "a\r\nX-Evil: b"}}
        return json.dumps({**answer, **changes.get(kind, {"expires_in": 0, "expiration": 1})})

    def _answer(self, status, headers, body):
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the client has gone

    def log_message(self, *arguments):
        pass


def command(service, line):
    """What the line orders is done; a mistake in it is a ValueError."""
    words = shlex.split(line)
    options = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    what = [word for word in words[1:] if "=" not in word]
    if words[0] == "fail":
        service.add("fail", str(int(what[0])), **options)
    elif words[0] == "garbage" and what[0] in GARBAGE:
        service.add("garbage", what[0], **options)
    elif words[0] == "hang":
        service.add("hang", **options)
    elif words[0] == "life":
        service.life = int(what[0])
    elif words[0] in ("release", "clear"):
        getattr(service, words[0])()
    else:
        raise ValueError("no such command")


def options():
    parser = argparse.ArgumentParser(prog="token_service", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; default: any that is free")
    parser.add_argument("--api-key", required=True, help="the one that gets tokens")
    parser.add_argument("--life", type=int, default=3600, help="seconds that a token lives")
    parser.add_argument("--cert", help="with --key: speak TLS")
    parser.add_argument("--key")
    return parser.parse_args()


def main():
    given = options()
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    server.daemon_threads = True
    server.service = service = Service(given.api_key, given.life)
    if given.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.cert, given.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service.report("listening", port=server.server_address[1])
    for line in sys.stdin:
        name, problem = line.strip().partition(" ")[0], ""
        if name == "quit":
            break
        try:
            command(service, line)
        except (ValueError, TypeError, IndexError) as found:
            problem = str(found)
        service.report("command", name=name, error=problem)
    sys.stdout.flush()
    os._exit(0)  # threads in the middle of a hang are not waited for


main()
