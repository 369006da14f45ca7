"""An upgrade of `sluiced serve` (SIGUSR2) as tests begin it: programs that are replaced, clients that must notice nothing."""

import os
import shutil
import threading
import time

from .serve import Api
from .sluice import pipeline
from .waiting import DEADLINE_S

PIPELINES = "/v1/tenants/default/pipelines"
ONE = f"{PIPELINES}/one"
TWO = f"{PIPELINES}/two"


class Asker:
    """A client that asks without a pause, each time over a new connection: none may be refused, none unanswered."""

    def __init__(self, serve):
        self.api, self.over = Api(serve.address, serve.token), threading.Event()
        self.count, self.error = 0, None
        self.thread = threading.Thread(target=self.ask, daemon=True)
        self.thread.start()

    def ask(self):
        try:
            while not self.over.is_set():
                self.api.get("/v1/pipelines").expect(200)
                self.count += 1
        except Exception as error:  # told by the test, not by this thread
            self.error = error

    def finish(self):
        self.over.set()
        self.thread.join(DEADLINE_S)
        assert self.error is None, f"after {self.count} answers: {self.error!r}"
        return self.count


def put_program(path, content, mode=0o755):
    """Another file in its place, as packages do it; content: text, or the file to copy."""
    fresh = path.with_name(f"{path.name}.new")
    if isinstance(content, str):
        fresh.write_text(content)
    else:
        shutil.copy(content, fresh)
    fresh.chmod(mode)
    os.replace(fresh, path)


def put_running(serve, analyzer, *names):
    for name in names:
        serve.api.put(f"{PIPELINES}/{name}", pipeline(analyzer, name), wait="10s").expect(201)
        until_subscribed(serve.api, f"{PIPELINES}/{name}")


def until_subscribed(api, target):
    """A pipeline runs before the subscriber that it reads from is connected, or even there."""
    up = {"type": "SubscriptionUp", "status": True}
    api.until(f"{target}/status", lambda status: any(up.items() <= one.items() for one in status["conditions"]), "it is subscribed")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def _until(serve, find, fits, what):
    """Looks again behind each answer of its API."""
    end = time.monotonic() + DEADLINE_S
    while not fits(found := find()):
        assert time.monotonic() < end, f"{found}, not {what}"
        serve.api.get("/livez").expect(200)


def until_descriptors(serve, count):
    """It has no more of them open than before: a client's connection that has just ended may be among them for a moment."""
    _until(serve, lambda: descriptors(serve.pid), lambda found: found <= count, f"{count} descriptors")


def until_children(serve, children):
    """It has these and no others: a program that was killed may be among them for a moment."""
    _until(serve, serve.children, lambda found: found == children, f"the children {children}")


def worker_of(api, target):
    return api.get(f"{target}/status").expect(200)["worker"]["pid"]
