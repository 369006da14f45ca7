"""`sluiced serve` under torture: pipelines of several tenants, API traffic and followers beside, one history of its lives."""

import os
import select
import time

from stand import small_objects
from support.history import Run
from support.serve_account import ServeHistory, now_ms
from support.waiting import DEADLINE_S
from traffic import Traffic

# a ring that lasts for the time that a machine under torture needs
OPTIONS = ("--drain-timeout", 5, "--ring-size", "256M")
ONE_TAG = {"filter": {"excluded_tags": ["other", "internal", "ingress"]}}
FLOWS = 1000  # a second, all of them in every pipeline
RECOVERY_S = 2 * DEADLINE_S


class Service:
    def __init__(self, stand, serve_real, data=None, build=None, **settings):
        """build: with workers that take orders. settings: of each start (env, wrap)."""
        self.stand, self.serve_real, self.settings = stand, serve_real, settings
        self.data, self.build = data or stand.folder / "served", build or stand.build
        self.recoveries, self.old_children = [], []
        self.faults = 0

    # ---- its lives ----

    def begin(self, flows=FLOWS, count=None, tenants=None, config=None, stored=None):
        """Makes the pipelines, all of which see every flow of an analyzer that starts then. config: analyzer, name →
        configuration. stored: as of ServeHistory."""
        count, tenants = count or self.stand.pick(10, 50), tenants or self.stand.pick(3, 10)
        self.analyzer = self.stand.analyzers("--loop", "forever", "--flows-per-second", flows, "--start", "command")
        self.names = [f"tenant{number % tenants}/p{number:03}" for number in range(count)]
        self.start()
        for number in range(tenants):
            self.api.put(f"/v1/tenants/tenant{number}", {}).expect(201)
        for name in self.names:
            body = (config or small_files)(self.analyzer, name)
            self.api.put(self.target(name), {"config": body, "desired_state": "stopped"}).expect(201)
        self.history = ServeHistory(self.stand.build, self.analyzer, self.data, *self.names, stored=stored)

    def go(self, wait=True):
        """Starts the pipelines, when all run the analyzer, and what goes on beside. wait: until all of them store. Flows that
        are published before a pipeline has run once are none of its own, and would be missing."""
        for number in range(len({name.split("/")[0] for name in self.names})):
            self.api.post(f"/v1/tenants/tenant{number}/pipelines:start").expect(200, 202, 207)
        self.wait_running()
        self.traffic = Traffic(self.data, self.names)
        self.analyzer.tell("start")
        if wait:
            self.recover(time.time())
            self.recoveries.clear()

    @staticmethod
    def target(name):
        return f"/v1/tenants/{name.replace('/', '/pipelines/')}"

    @property
    def api(self):
        return self.serve.api

    def start(self):
        self.began_ms = now_ms()
        self.serve = self.serve_real(*OPTIONS, data_dir=self.data, build=self.build, **self.settings)

    def let_run(self, seconds):
        self.analyzer.run_until(time.monotonic() + seconds)

    def next_life(self):
        """Its supervisor has been killed; the next one is there at once. What the connection was handed at last may be
        missing: it is the old children's, who end by themselves when they have stored the rest, and then only."""
        self.history.runs.append(Run(self.began_ms, now_ms(), [], killed=True))
        self.start()
        self._wait_ended()
        self.began_ms = now_ms()

    def _wait_ended(self):
        while self.old_children:
            child = self.old_children.pop()
            assert select.select([child], [], [], DEADLINE_S)[0], "a child outlives its supervisor and the time to drain"
            os.close(child)

    def kill_supervisor(self, all_processes=False, meanwhile=lambda: None):
        """SIGKILL to it alone, or to its children in the same moment; then something may happen while all of them stand."""
        self.old_children = [os.pidfd_open(pid) for pid in self.serve.children()]
        if all_processes:
            self.serve.blow(meanwhile)
            self._wait_ended()
        else:
            self.serve.crash()
        self.faults += 1

    # ---- recovery ----

    def items(self, body):
        return {f"{item['tenant']}/{item['name']}": item["status"] for item in body["items"]}

    def look(self, find, what, timeout=RECOVERY_S):
        return self.items(self.api.until("/v1/pipelines?limit=500", lambda body: find(self.items(body)), what, timeout))

    def wait_running(self):
        self.look(lambda items: all(item["state"] == "running" for item in items.values()), "all running")

    def wait_stored(self, names, timeout=RECOVERY_S, back=lambda count: None):
        """Waits until each of these pipelines runs and has stored more than it had. back: told how many more do."""
        first = self.look(lambda _: True, "an answer")
        left = set(names)

        def all_back(items):
            more = {n for n in left if items[n]["state"] == "running" and items[n]["flows_written"] > first[n]["flows_written"]}
            left.difference_update(more)
            back(len(more))
            return not left

        self.look(all_back, "pipelines that run and store", timeout)

    def recover(self, moment, names=None, timeout=RECOVERY_S):
        """wait_stored() for these pipelines (all); adds the seconds since the fault."""
        self.wait_stored(names or self.names, timeout, lambda count: self.recoveries.extend([time.time() - moment] * count))

    # ---- workers ----

    def status(self, name):
        return self.api.get(f"{self.target(name)}/status").expect(200)

    def worker(self, name):
        """The process of its worker; None: it has none now."""
        found = self.status(name)["worker"]
        return found and found["pid"]

    def last_exit(self, name):
        """How a worker of it ended last; empty: none has."""
        return (self.status(name)["worker"] or {}).get("last_exit", "")

    def workers(self, names):
        return {name: self.worker(name) for name in names}

    # ---- the end ----

    def finish(self, may_lose):
        """No more flows; the supervisor ends in order, the history is checked. Returns its figures."""
        self.traffic.end()
        self.analyzer.tell("pause")
        self.analyzer.sync()
        self.history.end(self.serve, self.began_ms)
        return self.history.check(set(may_lose))

    def end(self, scenario, may_lose=frozenset()):
        """finish(), and the scenario's row."""
        self.stand.row(f"service: {scenario}", self.faults, self.finish(may_lose), self.recoveries)


def small_files(analyzer, name):
    return small_objects(analyzer, name.split("/")[1], ONE_TAG)


def small_objects_in(store, analyzer, name, changes=None, **buffered):
    """As small_files, in an object store: the tenant's bucket, in which each pipeline has a prefix of its own."""
    bucket, prefix = name.split("/")
    (store.folder / bucket).mkdir(exist_ok=True)
    changes = {"write": store.section(), **(changes or {})}
    return small_objects(analyzer, "", changes, dirname=bucket, filename_prefix=prefix, **buffered)
