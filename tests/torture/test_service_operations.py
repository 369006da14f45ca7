"""The faults of test_operations and test_s3 under a supervisor that serves: one call of a worker's life after the other."""

from functools import partial

import pytest
from service import ONE_TAG, Service, small_objects_in
from support.faults import CALLS
from support.serve_account import spool_id
from test_operations import CHANGES, WRITES, batches, life_of_an_object, numbers
from test_s3 import EACH_SEND

FAULTS = [
    ("kill-before", CHANGES, set()),
    ("kill-after", CHANGES, set()),
    ("eio", CALLS, {"lost_spool"}),
    ("enospc", [call for call in CHANGES if call != "unlinkat"], set()),
    ("short", WRITES, set()),
]


BESIDE = 3  # pipelines that meet no fault


class Struck:
    """A service each of whose first pipelines meets its own fault once; the others have none, and notice none."""

    def __init__(self, stand, serve_real, count, number, **begin):
        self.stand, self.faults = stand, stand.faults
        self.service = Service(stand, serve_real, data=stand.folder / f"served{number}", build=stand.faults.build)
        self.service.begin(count=count + BESIDE, **begin)
        names, self.others = self.service.names[:count], self.service.names[count:]
        self.ids = {name: spool_id(self.service.data, *reversed(name.split("/"))) for name in names}

    def fire(self):
        """Starts it, waits until every fault has come, and until each pipeline has stored after it."""
        self.service.go(wait=False)
        workers = self.service.workers(self.others)
        self.service.look(lambda _: all(map(self.faults.fired, self.ids.values())), "every ordered fault")
        self.service.recover(max(map(self.faults.fired, self.ids.values())), self.ids)
        assert self.service.workers(self.others) == workers
        asleep = [name for name in self.ids if "exit status 0" in self.service.last_exit(name)]
        assert asleep == [], "workers ended unasked as if they had been told to"


@pytest.mark.parametrize("action, kinds, may_lose", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_at_each_call(stand, serve_real, action, kinds, may_lose):
    calls = numbers(stand, life_of_an_object(stand, kinds))

    def order(service, name, id, call):
        stand.faults.order_fault(id, service.data / "files" / name, action, call, kinds)

    strike_all(stand, serve_real, f"{action} at each call", calls, order, may_lose)


def in_store(object_store, **buffered):
    """Options of Service.begin(): the objects go to S3, to a store of this service's own."""
    store = object_store()
    return {"config": partial(small_objects_in, store, **buffered), "stored": store.folder}


@pytest.mark.parametrize("sink", ["file", "S3"])
def test_no_memory_at_each_allocation(stand, serve_real, object_store, sink):
    """One allocation after the other of a worker's life fails, from its start until it has stored its first objects."""
    begin = partial(in_store, object_store, changes=ONE_TAG) if sink == "S3" else dict
    counted = Struck(stand, serve_real, 1, "-counted", **begin())
    (id,) = counted.ids.values()
    stand.faults.order_no_memory(id)
    counted.service.go()
    allocations = stand.faults.calls(id)
    counted.service.finish(set())
    assert allocations > 100

    def order(service, name, id, call):
        stand.faults.order_no_memory(id, call)

    calls = range(1, allocations + 1, stand.pick(allocations // 20, 1))
    strike_all(stand, serve_real, f"{sink}, no memory at each allocation", calls, order, set(), begin)


@pytest.mark.parametrize("action, kinds", EACH_SEND, ids=[action for action, _ in EACH_SEND])
def test_a_fault_at_each_send(stand, serve_real, object_store, action, kinds):
    """Objects go to S3: one call after the other that sends, and that commits what was sent."""

    def order(service, name, id, call):
        stand.faults.order_fault(id, "", action, call, kinds, FAULTS_PLACES="spool,store")

    begin = partial(in_store, object_store, max_flows_per_object=100)
    strike_all(stand, serve_real, f"S3, {action} each send", range(1, 61, stand.pick(5, 1)), order, set(), begin)


def strike_all(stand, serve_real, scenario, calls, order, may_lose, begin=dict):
    """Each of these calls in a pipeline of its own, for which order(service, name, id, call) says what is to happen.
    begin: options of Service.begin()."""
    figures, recoveries = [], []
    for number, batch in enumerate(batches(list(calls))):
        struck = Struck(stand, serve_real, len(batch), number, **begin())
        for (name, id), call in zip(struck.ids.items(), batch):
            order(struck.service, name, id, call)
        struck.fire()
        figures.append(struck.service.finish(may_lose))
        recoveries += struck.service.recoveries
    stand.row(f"service: {scenario}", len(calls), figures, recoveries)
