"""An object store that misbehaves under `sluiced serve`: the tenant whose objects go there waits, the others notice nothing."""

import contextlib
import random
import time

import pytest
from service import Service, small_files, small_objects_in

STRUCK = "tenant0"


@pytest.fixture
def service(stand, serve_real, object_store):
    """All pipelines of one tenant write to a store; those of the others write files."""
    made, store = Service(stand, serve_real), object_store()

    def config(analyzer, name):
        return small_objects_in(store, analyzer, name) if is_struck(name) else small_files(analyzer, name)

    made.begin(config=config)
    made.store, made.struck = store, [name for name in made.names if is_struck(name)]
    made.history.folders.update({name: store.folder / name for name in made.struck})
    made.go()
    return made


def is_struck(name):
    return name.startswith(f"{STRUCK}/")


# ---- the faults: inside of each the store misbehaves, and has been met ----


@contextlib.contextmanager
def told(store, command, event="request", **members):
    start = store.tell(command)
    store.wait(event, start=start, **members)
    yield
    store.tell("release")
    store.tell("clear")


def lost_answers(store):
    return told(store, "lose-answers 1000", fault="lose-answers")


def storm(status):
    return lambda store: told(store, f"fail {status} code=SlowDown retry_after=2", fault=f"fail {status}")


def refusal(store):
    return told(store, "fail 403 code=AccessDenied", fault="fail 403")


def reset(store):
    return told(store, "reset in-body", fault="reset in-body")


def hang(store):
    return told(store, "hang after-body", "hanging")


@contextlib.contextmanager
def bucket_gone(store):
    bucket, elsewhere = store.folder / STRUCK, store.folder.parent / STRUCK
    start = len(store.events.lines)
    bucket.rename(elsewhere)
    store.wait("request", start=start, status=404)
    yield
    elsewhere.rename(bucket)


FAULTS = {
    "answers lost": lost_answers,
    "429 storm": storm(429),
    "503 storm": storm(503),
    "403, then repaired": refusal,
    "connections reset": reset,
    "hang": hang,
    "bucket gone, then there": bucket_gone,
}


def test_a_store_misbehaves(stand, service):
    """One fault after the other, in any order. The other tenants' objects come as before, by the same workers."""
    others = [name for name in service.names if not is_struck(name)]
    workers = service.workers(others)
    recoveries = {name: [] for name in FAULTS}
    dice = random.Random(9)
    for name in [name for _ in range(stand.pick(1, 10)) for name in dice.sample(sorted(FAULTS), len(FAULTS))]:
        with FAULTS[name](service.store):
            service.faults += 1
            for _ in range(stand.pick(1, 5)):
                service.wait_stored(others)
        known = len(service.recoveries)
        service.recover(time.time(), service.struck)
        recoveries[name] += service.recoveries[known:]
    assert service.workers(others) == workers
    assert service.store.state()["several_contents"] == []

    service.end("a store misbehaves")
    for name, seconds in recoveries.items():
        stand.table.note(f"service: S3, {name}", stand.pick(1, 10), seconds)
