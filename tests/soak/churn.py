"""What comes and goes while a soak lasts: each action is one method, chosen by weight; all of them leave the account whole."""

import os
import random
import signal
import time
from collections import Counter

from support.objects import read_objects, records_of
from support.serve import EventStream
from support.serve_account import account
from support.sluice import pipeline

ONLOOKERS_MAX = 20
COMERS_MAX = 12
# at each sample: what the supervisor holds for them is then the same each time
ONLOOKERS, COMERS = 10, 6
WAIT = "20s"
CYCLES_EVENTS = 400
CACHE_BYTES = 5 << 19  # 2.5 MB
KILL_EVERY_S = 45  # one worker: more often would be a crash loop, which a supervisor ends
BREAK_EVERY_S = 15


def stored_flows(folder):
    return sum(len(records_of(item.content)) for item in read_objects(folder))


class Churn:
    """mutable: places of pipelines that may be changed, restarted and killed, beside those that come and go."""

    def __init__(self, serve, analyzer, store, configs):
        self.serve, self.analyzer, self.store = serve, analyzer, store
        self.configs = configs
        self.dice = random.Random(9)
        self.onlookers, self.comers = [], {}
        self.made = 0
        self.done = Counter()
        self.flows = Counter()
        self.killed = dict.fromkeys(configs, time.monotonic())
        self.broken = time.monotonic()
        self.actions = {self.create: 4, self.delete: 3, self.change: 3, self.roll_back: 2, self.restart: 2, self.kill: 1,
                        self.look: 4, self.look_away: 3, self.break_connection: 2, self.fail_store: 2}  # fmt: skip

    def act(self):
        action = self.dice.choices(list(self.actions), list(self.actions.values()))[0]
        if action() is not False:
            self.done[action.__name__] += 1

    def go_on(self, seconds, meanwhile=lambda: None):
        """Acts for so long, and between any two actions lets something else happen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.act()
            meanwhile()
            self.analyzer.run_until(min(end, time.monotonic() + self.dice.random() / 2))

    def fill_caches(self):
        """What a supervisor keeps up to a fixed size is full before anything is measured: the last events, and the
        database's pages (SQLite's 2 MB)."""
        for _ in range(CYCLES_EVENTS):
            self.create()
            self.delete()
        database = self.serve.data_dir / "sluice.db"
        full = os.path.getsize(database) + CACHE_BYTES
        while os.path.getsize(database) < full:
            self.serve.tenant("cache")
            self.serve.api.delete("/v1/tenants/cache").expect(204)

    def level(self):
        """As many onlookers and comers as at every sample."""
        while len(self.comers) < COMERS:
            self.create()
        while len(self.comers) > COMERS:
            self.delete()
        while len(self.onlookers) < ONLOOKERS:
            self.look()
        while len(self.onlookers) > ONLOOKERS:
            self.look_away()

    # ---- tenants and their pipelines ----

    def create(self):
        if len(self.comers) >= COMERS_MAX:
            return False
        self.made += 1
        tenant = f"comer-{self.made}"
        api = self.serve.tenant(tenant)
        place = f"/v1/tenants/{tenant}/pipelines/one"
        transform = {"type": self.dice.choice(["secadvisor", "awsflowlogs"])}
        config = pipeline(self.analyzer, "one", transform=transform)
        config["host_id"] = tenant
        config["pipeline"]["store"]["buffered"].update(max_flows_per_object=500, max_seconds_per_object=2)
        api.put(place, config, wait=WAIT).expect(201)
        self.comers[place] = api, config

    def delete(self):
        """Stopped first: what it has stored is then what it counts."""
        if not self.comers:
            return False
        place = self.dice.choice(list(self.comers))
        api, config = self.comers.pop(place)
        api.post(f"{place}/stop", wait=WAIT).expect(200)
        status = api.get(f"{place}/status").expect(200)
        counters = account(status)
        tenant = place.split("/")[3]
        if config["pipeline"].get("transform", {}).get("type") == "secadvisor":
            folder = self.serve.data_dir / "files" / tenant / "one"
            assert stored_flows(folder) == counters["flows_written"], f"{tenant}: {counters}"
        self.flows["deleted pipelines: seen"] += counters["flows_seen"]
        self.flows["deleted pipelines: lost"] += sum(counters["flows_lost"].values())
        api.delete(place).expect(204)
        self.serve.api.delete(f"/v1/tenants/{tenant}").expect(204)

    def change(self):
        place, api, config = self.any_pipeline()
        config["pipeline"]["store"]["buffered"]["max_seconds_per_object"] = self.dice.randint(1, 5)
        api.put(place, config, wait=WAIT).expect(200, 202)

    def roll_back(self):
        place, api, config = self.any_pipeline()
        revision = api.get(place).expect(200)["revision"]
        if revision < 2:
            return False
        api.post(f"{place}/rollback", {"revision": revision - 1}, wait=WAIT).expect(200, 202)

    def restart(self):
        place, api, config = self.any_pipeline()
        api.post(f"{place}/restart", wait=WAIT).expect(200, 202)

    def any_pipeline(self):
        both = {**self.comers, **self.configs}
        place = self.dice.choice(list(both))
        return place, *both[place]

    def kill(self):
        place = min(self.killed, key=self.killed.get)
        if time.monotonic() - self.killed[place] < KILL_EVERY_S:
            return False
        self.killed[place] = time.monotonic()
        worker = self.configs[place][0].get(f"{place}/status").expect(200)["worker"]
        if not worker:
            return False
        os.kill(worker["pid"], signal.SIGKILL)

    # ---- who looks ----

    def look(self):
        if len(self.onlookers) >= ONLOOKERS_MAX:
            return False
        self.onlookers.append(EventStream(self.serve.api, figures="true"))

    def look_away(self):
        if not self.onlookers:
            return False
        self.onlookers.pop(self.dice.randrange(len(self.onlookers))).close()

    def look_anew(self):
        """Those who looked at a supervisor that has gone do so no more."""
        while self.onlookers:
            self.look_away()

    # ---- what fails outside ----

    def break_connection(self):
        if time.monotonic() - self.broken < BREAK_EVERY_S:
            return False
        self.broken = time.monotonic()
        self.analyzer.tell(self.dice.choice(["abrupt-close", "reset", "half-message", "close"]))

    def fail_store(self):
        self.store.tell(self.dice.choice(["fail 503 count=5", "lose-answers 2", "reset in-body count=3", "fail 500 count=2"]))

    def end(self):
        for onlooker in self.onlookers:
            onlooker.close()
        self.store.tell("clear")
        while self.comers:
            self.delete()
