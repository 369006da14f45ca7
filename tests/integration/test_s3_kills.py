"""write: s3, killed while a PUT is under way: the same bytes go to the same key, and what is damaged is asked for."""

import json
import os
import time

import pytest
from support.faults import spool_of
from support.history import History
from support.objects import KEY


class Stand:
    """A pipeline `edge` with a data folder, and the history of its runs."""

    def __init__(self, build, analyzer, sluice_run, store, folder):
        self.analyzer, self.sluice_run, self.store = analyzer, sluice_run, store
        self.config = folder / "edge.json"
        self.config.write_text(json.dumps(store.pipeline(analyzer, max_flows=200)))
        self.data = folder / "data"
        self.history = History(build, analyzer.log, {"edge": store.folder}, self.data)

    def start(self):
        return self.sluice_run(self.config, options=["--data-dir", self.data, "--drain-timeout", 60])

    def kill_in_a_put(self, place):
        """Everything is published; the worker is killed that has sent, or half sent, an object. That object's key."""
        self.store.tell(f"hang {place}")
        began_ms = int(time.time() * 1000)
        sluice = self.start()
        key = self.store.wait("hanging")["key"]
        self.analyzer.finish()
        killed_ms = int(time.time() * 1000)
        sluice.kill()
        self.store.tell("release reset")
        for event in self.store.all("hanging"):
            self.store.wait("request", number=event["number"])
        self.history.add_killed_run(began_ms, killed_ms)
        return key

    def finish(self):
        """A run that stores the rest; what is said in it."""
        subscribed, said = len(self.analyzer.events.lines), len(self.store.events.lines)
        sluice = self.start()
        self.analyzer.wait("subscribed", start=subscribed)
        summary = sluice.stop_clean(timeout=90)
        self.history.add_run(summary)
        self.analyzer.stop()
        self.store.state()
        events = map(json.loads, self.store.events.lines[said:])
        self.requests = [event for event in events if event["event"] == "request"]
        return sluice, summary["pipelines"]["edge"]


@pytest.fixture
def stand(build, analyzers, sluice_run, object_store, folder):
    analyzer = analyzers("--identity", "report")
    return Stand(build, analyzer, sluice_run, object_store(), folder)


@pytest.mark.parametrize("place, is_stored", [("in-body", False), ("after-body", True)])
def test_after_a_kill_in_a_put_the_same_bytes_go_to_the_same_key(stand, place, is_stored):
    key = stand.kill_in_a_put(place)
    assert (stand.store.folder / "bucket" / key).exists() == is_stored

    stand.finish()

    first = [event for event in stand.requests if event["key"] == key]
    assert [event["status"] for event in first] == [200]
    assert stand.store.state()["several_contents"] == []
    assert stand.history.check(may_lose=set())["pipelines"]["edge"]["stored"] > 0


@pytest.mark.parametrize("place, is_stored", [("in-body", False), ("after-body", True)])
def test_a_damaged_object_in_doubt_is_asked_for(stand, place, is_stored):
    key = stand.kill_in_a_put(place)
    spooled = next(spool_of(stand.data, "edge").glob(f"{KEY.match(key)[1]}.0.*.object"))
    flows = int(spooled.name.split(".")[3])
    damage(spooled)

    sluice, account = stand.finish()

    # of a large object the damage may be found when its PUT has begun; that is never completed
    asked = [event for event in stand.requests if event["key"] == key]
    answered = [(event["method"], event["status"]) for event in asked if event["status"]]
    assert answered == [("HEAD", 200 if is_stored else 404)]
    assert all(event["sha256"] is None for event in asked)
    assert account["lost_spool"] == (0 if is_stored else flows)
    stand.history.check(may_lose=set() if is_stored else {"lost_spool"})


def test_a_damaged_object_that_may_not_be_asked_for_is_given_up(stand):
    key = stand.kill_in_a_put("in-body")
    spooled = next(spool_of(stand.data, "edge").glob(f"{KEY.match(key)[1]}.0.*.object"))
    flows = int(spooled.name.split(".")[3])
    damage(spooled)
    stand.store.tell("fail 403 code=AccessDenied method=HEAD")

    sluice, account = stand.finish()

    assert account["lost_spool"] == flows
    assert "cannot be asked: it answers 403" in sluice.err.text()
    stand.history.check(may_lose={"lost_spool"})


def damage(path):
    """Flips a bit in the middle of a file."""
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
