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
        last = max(map(self.faults.fired, self.ids.values()))
        self.service.faults = len(self.ids)
        self.service.recover(last)


@pytest.mark.parametrize("action, kinds, may_lose", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_at_each_call(stand, serve_real, action, kinds, may_lose):
    wanted = list(numbers(stand, life_of_an_object(stand, kinds)))
    for number, batch in enumerate(batches(wanted)):
        struck = Struck(stand, serve_real, len(batch), number)
        for (name, id), call in zip(struck.ids.items(), batch):
            stand.faults.order_fault(id, struck.service.data / "files" / name, action, call, kinds)
        struck.fire()
        struck.service.end(f"{action} at each call", may_lose)
