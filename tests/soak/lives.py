"""The supervisor's lives: upgraded in place, ended in order, killed; each time it goes on with everything that it had."""

import time

from samples import descriptors
from support.history import Run
from support.serve_account import now_ms
from support.waiting import DEADLINE_S

OPTIONS = ("--ring-size", "16M", "--drain-timeout", 20)
LIFE_S = 8


class Lives:
    def __init__(self, serve_real, serve, history, churn):
        """serve: the first of them, of which all have the address."""
        self.serve_real, self.serve, self.history, self.churn = serve_real, serve, history, churn
        self.began_ms = now_ms()
        self.count = dict.fromkeys(("upgrades", "ends", "kills"), 0)
        self.most = {}

    def go_on(self, seconds):
        """One life behind the other, with all that comes and goes in each."""
        end = time.monotonic() + seconds
        while time.monotonic() < end or not all(self.count.values()):
            for name, change in (("upgrades", self.upgrade), ("ends", self.end), ("kills", self.kill)):
                self.churn.go_on(LIFE_S)
                change()
                self.count[name] += 1
                self.wait_running()
                self.churn.look_anew()
                self.churn.level()
                self.check_descriptors(name)

    def upgrade(self):
        children = self.serve.children()
        taken, of = self.serve.upgrade()
        assert taken == of, f"{taken} of {of} pipelines were taken over"
        assert self.serve.children() == children, "an upgrade has ended a child"

    def end(self):
        ended_ms = now_ms()
        self.serve.stop_clean(timeout=60)
        self.start(ended_ms, killed=False)

    def kill(self):
        self.serve.crash()
        self.start(now_ms(), killed=True)

    def start(self, ended_ms, killed):
        self.history.runs.append(Run(self.began_ms, ended_ms, [], killed))
        data_dir, address = self.serve.data_dir, self.serve.address
        self.serve = self.churn.serve = self.serve_real(*OPTIONS, "--listen", address, data_dir=data_dir)
        self.began_ms = now_ms()

    def wait_running(self):
        """Behind a kill each worker waits until the last one of its pipeline has drained."""

        def all_run(body):
            return all(item["status"]["state"] in ("running", "degraded") for item in body["items"])

        self.serve.api.until("/v1/pipelines?limit=500", all_run, "all pipelines running", timeout=60)

    def check_descriptors(self, name):
        """The same pipelines and onlookers: no more of them than behind the first change of this kind. A client's connection
        that has just ended may be among them for a moment."""
        most = self.most.setdefault(name, descriptors(self.serve.pid))
        end = time.monotonic() + DEADLINE_S
        while descriptors(self.serve.pid) > most:
            assert time.monotonic() < end, f"{self.count}: {descriptors(self.serve.pid)} descriptors, not {most}"
            self.serve.api.get("/livez").expect(200)
