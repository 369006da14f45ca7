"""The test of the tests: each bug of worker/planted.h is caught, and without it the same run passes."""

import json
import time

import pytest
from support.faults import PowerLoss, spool_of
from support.golden import recording
from support.history import History
from support.sluice import pipeline


class Stand:
    """One pipeline `edge` whose worker has a planted bug, or none."""

    def __init__(self, build, analyzers, sluice_run, faults, folder, stored, bug):
        self.build, self.analyzers, self.sluice_run, self.faults = build, analyzers, sluice_run, faults
        self.folder, self.stored, self.bug = folder, stored, bug
        self.config = folder / "edge.json"
        self.orders = {}
        faults.order(program="sluice-worker-planted", PLANTED_BUG=bug)

    def start(self, analyzer, options=(), **store):
        # nothing that asks: a transaction that is undone while its batch waits for answers takes a bug along
        config = pipeline(analyzer, self.stored, transform={"type": "none"})
        config["pipeline"]["store"]["buffered"].update(max_flows_per_object=200, **store)
        options = ["--data-dir", self.folder / "data", "--drain-timeout", 2, *options]
        return self.sluice_run(renamed(self.config, config), options=options, build=self.faults.build)

    def history(self, analyzer):
        return History(self.build, analyzer.log, {"edge": self.stored}, self.folder / "data")


def renamed(path, config):
    """The configuration in a file of this name, which is the pipeline's."""
    path.write_text(json.dumps(config))
    return path


def one_run(stand, *analyzer_options, options=(), recordings=None, **store):
    """Everything is published, then the run ends; what is to be checked."""
    named = {"recordings": recordings} if recordings else {}
    analyzer = stand.analyzers(*analyzer_options, **named)
    sluice = stand.start(analyzer, options, **store)
    analyzer.finish()
    sluice.stop()
    history = stand.history(analyzer)
    history.add_run(sluice.summary())
    return history


def an_ordinary_run(stand):
    return one_run(stand, "--loop", 2)


def a_run_that_is_lapped(stand):
    options = ["--ring-size", "128K"]
    return one_run(stand, "--loop", 100, options=options, recordings=[recording("burst")])


def a_run_with_a_stream_every_second(stand):
    return one_run(stand, "--loop", 3, "--flows-per-second", 2500, max_seconds_per_stream=1)


def a_power_loss_after_the_first_object(stand):
    """All is gone at the moment in which the first object is stored; then the pipeline runs again."""
    power = PowerLoss(stand.folder, "edge")
    orders = {"program": "sluice-worker-planted", "PLANTED_BUG": stand.bug, **power.orders()}
    renames = {"kinds": ["renameat"], "FAULTS_PLACES": "store"}
    stand.faults.order_fault("edge", stand.stored, "power-after", 1, **renames, **orders)
    analyzer = stand.analyzers("--loop", "forever", "--flows-per-second", 5000)
    began_ms = now_ms()
    sluice = stand.start(analyzer)
    sluice.err.wait_for(r"worker ended unasked \(signal 9")
    killed_ms = now_ms()
    sluice.kill()
    history = stand.history(analyzer)
    power.strike(spool_of(stand.folder / "data", "edge"))
    history.add_killed_run(began_ms, killed_ms)

    stand.faults.order_fault("edge", stand.stored, **orders)
    start = analyzer.tell("state")
    sluice = stand.start(analyzer)
    analyzer.wait("subscribed", start=start)
    analyzer.tell("pause")
    analyzer.sync()
    sluice.stop()
    history.add_run(sluice.summary())
    return history


def now_ms():
    return int(time.time() * 1000)


SCENARIOS = [
    ("batch-twice", an_ordinary_run, "stored twice"),
    ("forgotten-cut", an_ordinary_run, "flows wait, .* counted"),
    ("wrong-lap", a_run_that_is_lapped, "passed, .* published"),
    ("stream-again", a_run_with_a_stream_every_second, "has two contents"),
    ("sent-early", a_power_loss_after_the_first_object, "counted as written"),
]


@pytest.fixture
def stand(build, analyzers, sluice_run, faults, folder, stored):
    return lambda bug: Stand(build, analyzers, sluice_run, faults, folder, stored, bug)


@pytest.mark.parametrize("bug, scenario, finding", SCENARIOS, ids=[bug for bug, *_ in SCENARIOS])
def test_a_planted_bug_is_found(stand, bug, scenario, finding):
    history = scenario(stand(bug))

    with pytest.raises(AssertionError, match=finding):
        history.check()


@pytest.mark.parametrize("scenario", {scenario for _, scenario, _ in SCENARIOS})
def test_the_same_run_without_a_bug_passes(stand, scenario):
    figures = scenario(stand("")).check()["pipelines"]["edge"]

    assert figures["stored"] > 0
    assert ("lost_ring" in figures["lost"]) == (scenario is a_run_that_is_lapped)
