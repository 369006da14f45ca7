"""docs/api.md and the page behind it as a test: commands are run as they stand there, and what they answer must be shown.

    ```console        commands, each behind "$ ", with what each answers below it
    ```yaml NAME      a file that commands use
    <!-- when everything is written -->       lets the analyzer send its flows, and waits until they are written
    <!-- while flows come -->                 the commands of the next block run while the analyzer sends some again and again

What differs from run to run (times, ids, tokens, ports, process figures) is shown as a fixed value. Such a value in a command stands for
what it was given for."""

import contextlib
import datetime
import json
import re
import subprocess
import threading

from .golden import read_lines, recording
from .waiting import DEADLINE_S

BLOCK = re.compile(r"^```(console|yaml (\S+))\n(.*?)^```$|^<!-- (when everything is written|while flows come) -->$", re.M | re.S)
SHOWN_HEADERS = ("etag", "location", "allow", "retry-after", "set-cookie")
WIDTH = 150
SEND_S = 0.1  # between two messages, while flows come
NOW = "2027-01-31T12:00:00Z"
FIXED = {  # by the name of the member
    "request_id": "5ca1ab1e0ddba11d",
    "pid": 4711,
    "private_bytes": 2228224,
    "rss_bytes": 8458240,
    "cpu_seconds": 0.05,
    "ran_seconds": 0.5,
    "last_message_age_seconds": 0.5,
    "bytes_written": 65536,
    "version": "1.0.0",
}
SERVER, ANALYZER = "127.0.0.1:8470", "127.0.0.1:8082"


class Names:
    """What stands in the page for what this run has: one to one, so that it can be undone in commands."""

    def __init__(self, fixed):
        self.real = dict(fixed)  # shown → real
        self.counts = {}

    def of(self, kind, real):
        for shown, known in self.real.items():
            if known == real:
                return shown
        self.counts[kind] = self.counts.get(kind, 0) + 1
        shown = kind.format(self.counts[kind])
        self.real[shown] = real
        return shown

    def show(self, text):
        for shown, real in self.real.items():
            text = text.replace(real, shown)
        return text

    def undo(self, text):
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return text


class Pages:
    def __init__(self, serve, analyzer, folder):
        self.serve, self.analyzer, self.folder = serve, analyzer, folder
        self.names = Names({SERVER: serve.address, ANALYZER: f"127.0.0.1:{analyzer.port}"})
        self.calls = []  # (method, path)
        self.flows_come = False  # during the next block

    def run(self, text):
        """The page as it should be; pages that go on where others end are run behind them."""
        return BLOCK.sub(self._block, text)

    def _block(self, match):
        if match[4]:
            self.flows_come = match[4].startswith("while")
            if not self.flows_come:
                self._wait_until_written()
        elif match[2]:
            (self.folder / match[2]).write_text(self.names.undo(match[3]))
        else:
            with self._flows() if self.flows_come else contextlib.nullcontext():
                done = [self._command(command) for command in commands(match[3])]
            self.flows_come = False
            return "```console\n" + "\n\n".join(done) + "\n```"
        return match[0]

    @contextlib.contextmanager
    def _flows(self):
        """Sends one recorded message again and again."""
        message = self.folder / "message.jsonl"
        message.write_text(read_lines(recording("mixed"))[0] + "\n", encoding="utf-8")
        over = threading.Event()

        def send():
            while not over.wait(SEND_S):
                self.analyzer.tell(f"send {message}")

        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield
        finally:
            over.set()
            sender.join()

    def _wait_until_written(self):
        self.analyzer.tell("start")
        self.analyzer.finish()

        def over(item):
            status = item["status"]
            return status["state"] in ("stopped", "degraded") or status["lag_flows"] == 0 and status["flows_written"] > 0

        self.serve.api.until("/v1/pipelines", lambda body: all(map(over, body["items"])), "flows written, or no way to write them")
        for item in self.serve.api.get("/v1/pipelines", state="running").expect(200)["items"]:
            path = f"/v1/tenants/{item['tenant']}/pipelines/{item['name']}/status"
            self.serve.api.until(path, lambda status: not any(status["counters"]["flows_waiting"].values()), "all written")

    def _command(self, command):
        real = self.names.undo(command)
        method = re.search(r"-X ([A-Z]+)", command)
        path = re.search(r"\$SLUICE(/[^\s'\"?]*)", command)
        if path:
            self.calls.append((method[1] if method else "POST" if "--json" in command else "GET", path[1]))
        ran = subprocess.run(["bash", "-c", real], cwd=self.folder, env=self._environment(), capture_output=True, timeout=2 * DEADLINE_S)
        assert ran.returncode == 0, f"{real}\n{ran.stdout}\n{ran.stderr}"
        return f"$ {command}\n{self._answer(ran.stdout.decode())}".rstrip("\n")

    def _environment(self):
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "SLUICE": self.serve.url, "HOME": str(self.folder)}

    def _answer(self, text):
        """Status line, the headers that matter, an indented body; what is no answer of HTTP as it is."""
        if not text.startswith("HTTP/"):
            return self._times(self.names.show(text))
        head, body = text.replace("\r\n", "\n").split("\n\n", 1)
        status, *headers = head.split("\n")
        is_json = any("json" in line for line in headers if line.lower().startswith("content-type"))
        # the body first: it is where ids get their names
        body = pretty(self._value(json.loads(body))) + "\n" if is_json and body else body
        shown = [line for line in headers if line.split(":")[0].lower() in SHOWN_HEADERS]
        shown = [re.sub(r"(sluice_session=)[^;]+", r"\1SESSION", self._pipeline_ids(line)) for line in shown]
        return "\n".join([status, *shown]) + "\n" + ("\n" + self._times(self.names.show(body)) if body else "")

    def _pipeline_ids(self, text):
        found = re.search(r'^ETag: "([0-9a-f]{16})-', text, re.I)
        if found:
            self.names.of("b{:015d}", found[1])
        return self.names.show(text)

    def _value(self, value, name=None):
        if isinstance(value, dict):
            if name == "samples":
                return {key: [] if isinstance(item, list) else 0 if key == "count" else item for key, item in value.items()}
            if name == "ring":
                return {**value, "seconds": None}
            if name == "rates":
                return dict.fromkeys(value)
            value = {**value, "flow_state": None} if "flow_state" in value else value  # judged after 30 s
            return {key: self._value(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if isinstance(value, str):
            kind = {"token": "slc_TOKEN{}", "next_page_token": "PAGE{}", "id": "a{:015d}", "token_id": "a{:015d}", "who": "a{:015d}"}
            if name == "csrf_token":
                return self.names.of("CSRF-TOKEN", value)
            if name in kind and re.fullmatch(r"[0-9a-f]{16}|slc_.*" if name != "next_page_token" else ".*", value):
                return self.names.of(kind[name], value)
        if name == "cpu_percent":  # known from the second sample on
            return 0.2
        if name == "bytes" and value:
            return FIXED["bytes_written"]
        return FIXED[name] if name in FIXED and (value or name in ("cpu_seconds", "ran_seconds")) and value is not None else value

    @staticmethod
    def _times(text):
        """Times of this run; others were given by the page itself."""
        now = datetime.datetime.now(datetime.timezone.utc)

        def fixed(match):
            time = datetime.datetime.fromisoformat(match[0].replace("Z", "+00:00"))
            return NOW if abs(now - time) < datetime.timedelta(days=1) else match[0]

        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", fixed, text)


def commands(text):
    """The commands of a block, without what they answered; one that ends with a backslash goes on."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines)
            yield command


def pretty(value, indent=0):
    """JSON in lines that are as full as they may be."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not value or not isinstance(value, (dict, list)):
        return flat
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {pretty(item, indent + 2)}" for key, item in value.items()]
    else:
        items = [pretty(item, indent + 2) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{packed(items, indent + 2)}\n{' ' * indent}{closing}"


def packed(items, indent):
    """As many on a line as fit; what has lines of its own stands alone."""
    lines, alone = [], True
    for item in items:
        if alone or "\n" in item or len(lines[-1]) + len(item) + 2 > WIDTH:
            lines.append(" " * indent + item)
        else:
            lines[-1] += " " + item
        lines[-1] += ","
        alone = "\n" in item
    return "\n".join(lines)[:-1]
