"""The faults of test_operations and test_s3 under a supervisor that serves: one call of a worker's life after the other."""

import pytest
from service import Service
from support.faults import CALLS
from support.serve_account import spool_id
from test_operations import CHANGES, WRITES, batches, life_of_an_object, numbers

FAULTS = [
    ("kill-before", CHANGES, set()),
    ("kill-after", CHANGES, set()),
    ("eio", CALLS, {"lost_spool"}),
    ("enospc", [call for call in CHANGES if call != "unlinkat"], set()),
    ("short", WRITES, set()),
]


class Struck:
    """A service each of whose pipelines meets its own fault once."""

    def __init__(self, stand, serve_real, count, number, **begin):
        self.stand, self.faults = stand, stand.faults
        self.service = Service(stand, serve_real, data=stand.folder / f"served{number}", build=stand.faults.build)
        self.service.begin(count=count, **begin)
        self.ids = {name: spool_id(self.service.data, *reversed(name.split("/"))) for name in self.service.names}

    def fire(self):
        """Starts it, waits until every fault has come, and until each pipeline has stored after it."""
        self.service.go(wait=False)
        self.service.look(lambda _: all(map(self.faults.fired, self.ids.values())), "every ordered fault")
        self.service.recover(max(map(self.faults.fired, self.ids.values())))


@pytest.mark.parametrize("action, kinds, may_lose", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_at_each_call(stand, serve_real, action, kinds, may_lose):
    calls = numbers(stand, life_of_an_object(stand, kinds))

    def order(service, name, id, call):
        stand.faults.order_fault(id, service.data / "files" / name, action, call, kinds)

    strike_all(stand, serve_real, f"{action} at each call", calls, order, may_lose)


def test_no_memory_at_each_allocation(stand, serve_real):
    """One allocation after the other of a worker's life fails, from its start until it has stored its first objects."""
    counted = Struck(stand, serve_real, 1, "-counted")
    (id,) = counted.ids.values()
    stand.faults.order_no_memory(id)
    counted.service.go()
    allocations = stand.faults.calls(id)
    counted.service.finish(set())
    assert allocations > 100

    def order(service, name, id, call):
        stand.faults.order_no_memory(id, call)

    calls = range(1, allocations + 1, stand.pick(allocations // 20, 1))
    strike_all(stand, serve_real, "no memory at each allocation", calls, order, set())


def strike_all(stand, serve_real, scenario, calls, order, may_lose):
    """Each of these calls in a pipeline of its own, for which order(service, name, id, call) says what is to happen."""
    figures, recoveries = [], []
    for number, batch in enumerate(batches(list(calls))):
        struck = Struck(stand, serve_real, len(batch), number)
        for (name, id), call in zip(struck.ids.items(), batch):
            order(struck.service, name, id, call)
        struck.fire()
        figures.append(struck.service.finish(may_lose))
        recoveries += struck.service.recoveries
    stand.row(f"service: {scenario}", len(calls), figures, recoveries)
