#!/usr/bin/env python3
"""A flow's way from the socket into the segment of the pipeline that it is for, at 20 000 flows a second, with 1, 100 and 1000
pipelines: from before its message is written into the socket until its record stands in the file that it is stored in.

The flows of some pipelines are looked at (inotify, and reading what has come); the time that this program needs itself is within
the figure. Prints milliseconds. Fails nothing.

    latency.py [BUILD [SECONDS]]
"""
import contextlib
import ctypes
import os
import pathlib
import re
import select
import statistics
import struct
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/integration"), str(ROOT / "tests/bench")]

import made_flows
from control_plane import Connection
from fleet import until_running
from support.documents import document, tenant
from support.serve import Serve
from support.sluice import pipeline

FLOWS_PER_SECOND, WATCHED, MESSAGES = 20_000, 20, 50
IN_MODIFY, IN_CREATE, EVENT = 0x2, 0x100, struct.Struct("iIII")
UUID = re.compile(rb'"UUID":"5c([0-9a-f]{14})"')
WITHIN_S = 120


class Watcher(threading.Thread):
    """Reads on in the segments of some spools, and keeps when each record came: (number of its message, time.monotonic())."""

    def __init__(self, folders):
        super().__init__()
        libc = ctypes.CDLL(None, use_errno=True)
        self.inotify = libc.inotify_init1(os.O_NONBLOCK)
        self.folders = {libc.inotify_add_watch(self.inotify, os.fsencode(folder), IN_MODIFY | IN_CREATE): folder for folder in folders}
        self.files, self.found, self.over = {}, [], False

    def run(self):
        while not self.over:
            if not select.select([self.inotify], [], [], 0.1)[0]:
                continue
            events, at = os.read(self.inotify, 1 << 20), 0
            changed = set()
            while at < len(events):
                watch, _, _, length = EVENT.unpack_from(events, at)
                name = events[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0").decode()
                at += EVENT.size + length
                if name.endswith(".segment"):
                    changed.add(self.folders[watch] / name)
            for path in changed:
                self.read(path)

    def read(self, path):
        with contextlib.suppress(FileNotFoundError):
            if path not in self.files:
                self.files[path] = [os.open(path, os.O_RDONLY), 0]
            fd, offset = self.files[path]
            came = os.pread(fd, 1 << 24, offset)
            now = time.monotonic()
            numbers = list(UUID.finditer(came))
            self.found += [(int(found.group(1), 16), now) for found in numbers]
            # a record may be half there
            self.files[path][1] += numbers[-1].end() if numbers else 0

    def stop(self):
        self.over = True
        self.join()
        os.close(self.inotify)
        for fd, _ in self.files.values():
            os.close(fd)


def make_pipelines(serve, url, count):
    """A tenant with all of them; each has its subnet."""
    body = tenant("t")
    for i in range(count):
        config = pipeline(url, "files", filter={"excluded_tags": ["other"]},
                          classify={"type": "subnet", "cluster_net_masks": [made_flows.subnet(i)]})  # fmt: skip
        config["pipeline"]["store"]["buffered"]["max_flows_per_object"] = 1_000_000
        body += document(kind="pipeline", tenant="t", name=f"p{i:04}", desired_state="running", config=config)
    connection = Connection(serve)
    connection.headers["Content-Type"] = "application/yaml"
    connection.send("POST", "/v1/import", body)


def send_all(sender, texts, seconds):
    """As many messages a second as that many flows are; how far behind the last one was."""
    pause, begin = made_flows.FLOWS / FLOWS_PER_SECOND, time.monotonic()
    for number in range(int(seconds / pause)):
        wait = begin + number * pause - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        sender.send(texts[number % len(texts)])
    return time.monotonic() - begin - seconds


def measure(build, count, seconds):
    texts = [text.encode() for text in made_flows.messages_of_tenants(count, MESSAGES)]
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        sender = made_flows.Sender()
        stack.callback(sender.close)
        serve = Serve(build, folder / "data")
        stack.callback(serve.stop, WITHIN_S)
        make_pipelines(serve, sender.url, count)
        begin = time.monotonic()
        sender.accept()
        until_running(serve, count, begin)
        spools = sorted((folder / "data/spool").iterdir())
        watcher = Watcher(spools[:: max(1, count // WATCHED)])
        watcher.start()
        behind = send_all(sender, texts, seconds)
        time.sleep(2)
        watcher.stop()
        took = sorted((when - sender.sent[number]) * 1e3 for number, when in watcher.found)
    print(f"{count:5} pipelines: median {statistics.median(took):6.1f} ms, p99 {took[int(len(took) * 0.99)]:6.1f}, longest {took[-1]:6.1f}  "
          f"(aim: p99 50)  {len(took)} flows of {len(watcher.folders)} pipelines looked at; the sender was {behind * 1e3:.0f} ms late at its end",
          flush=True)  # fmt: skip


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    for count in (1, 100, 1000):
        measure(build, count, seconds)


if __name__ == "__main__":
    main()
