"""The history checker on what waits in a spool: a real run whose objects could not be written, then spoilt."""

import copy
import json
import os

import pytest
from support.history import History
from support.sluice import changed, pipeline

FLOWS = 2233  # of the recording
KEY_AT = 16 + 3 * 8 + 2 * 8 + 2 * 32 + 32 + 16  # in an object's head


class Spooled:
    """A real run whose objects could not be written: they wait in its spool."""

    def __init__(self, build, analyzer, folder, stored, summary):
        self.build, self.log, self.folder, self.stored, self.summary = build, analyzer.log, folder, stored, summary
        (self.spool,) = (folder / "data" / "spool").iterdir()

    def object(self):
        return max(self.spool.glob("*.object"), key=lambda path: path.stat().st_size)

    def store(self, path, name=None):
        """Puts a spooled object where it belongs, as a request does whose answer was lost."""
        whole = path.read_bytes()
        key = whole[KEY_AT:].split(b"\0", 1)[0].decode()
        place = self.stored / "bucket" / (name or key)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(whole[4096:])
        return place

    def check(self):
        history = History(self.build, self.log, {"edge": self.stored}, data_dir=self.folder / "data")
        history.add_run(copy.deepcopy(self.summary))
        return history.check(may_lose=set())["pipelines"]["edge"]


@pytest.fixture
def spooled(analyzers, sluice_run, build, folder, stored):
    analyzer = analyzers("--loop", 2)
    blocked = folder / "blocked"
    blocked.write_text("in the way\n")
    config = folder / "edge.yml"
    config.write_text(json.dumps(changed(pipeline(analyzer, stored), "pipeline.write.file.root", str(blocked))))
    sluice = sluice_run(config, options=["--data-dir", folder / "data", "--drain-timeout", 1])
    analyzer.finish()
    assert sluice.stop() == 4
    return Spooled(build, analyzer, folder, stored, sluice.summary())


def test_what_waits_in_the_spool_is_part_of_the_account(spooled):
    figures = spooled.check()

    assert figures["waiting"] == {"waiting_spool": 2 * FLOWS}
    assert figures["stored"] == figures["holes"] == 0


def test_an_object_in_doubt_may_be_stored_and_wait(spooled):
    place = spooled.store(spooled.object())

    assert spooled.check()["in doubt"] > 0
    place.write_bytes(place.read_bytes() + b"\n")
    with pytest.raises(AssertionError, match="has two contents"):
        spooled.check()


def test_what_waits_may_not_be_stored_under_another_key(spooled):
    spooled.store(spooled.object(), "logs/other/20200101T000000Z/00000000.json")

    with pytest.raises(AssertionError, match="which waits, are stored already"):
        spooled.check()


def test_an_object_that_is_missing_from_the_spool_is_found(spooled):
    spooled.object().unlink()

    with pytest.raises(AssertionError, match="flows wait, 4466 counted"):
        spooled.check()


def test_a_damaged_object_in_the_spool_is_found(spooled):
    path = spooled.object()
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(AssertionError, match="records of 4466 flows wait"):
        spooled.check()


def test_a_summary_that_says_other_than_the_record_is_found(spooled):
    spooled.summary["pipelines"]["edge"]["waiting_spool"] -= 5

    with pytest.raises(AssertionError, match="other than the commit record: {'waiting_spool': "):
        spooled.check()
