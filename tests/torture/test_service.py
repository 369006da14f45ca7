"""`sluiced serve` with pipelines of several tenants, API traffic and followers: its processes killed."""

import os
import random
import signal
import time

import pytest
from service import Service
from support.serve_account import rows


@pytest.fixture
def service(stand, serve_real):
    made = Service(stand, serve_real)
    made.begin()
    made.go()
    return made


@pytest.mark.parametrize("all_processes, few, many", [(False, 2, 50), (True, 2, 20)], ids=["supervisor", "all processes"])
def test_killed_at_random_moments(stand, service, all_processes, few, many):
    """The supervisor alone, whose children find out by themselves, or everything at once. The next is there at once."""
    dice = random.Random(5)
    for _ in range(stand.pick(few, many)):
        service.let_run(dice.random())
        moment = time.time()
        service.kill_supervisor(all_processes)
        service.next_life()
        service.recover(moment)

    service.end(f"{'all processes' if all_processes else 'supervisor'} SIGKILL")
    ((gaps,),) = rows(service.data, "SELECT count(*) FROM gaps WHERE reason = 'supervisor'")
    assert gaps == service.faults


def test_workers_and_the_subscriber_killed_at_random_moments(stand, service):
    dice = random.Random(7)
    for number in range(stand.pick(4, 50)):
        service.let_run(dice.random() / 2)
        kind = "sluice-subscriber" if number % 4 == 3 else "sluice-worker"
        moment = time.time()
        os.kill(dice.choice(service.serve.children(kind)), signal.SIGKILL)
        service.faults += 1
        service.recover(moment)

    service.end("children SIGKILL")
