#!/usr/bin/env python3
"""What it costs to look at a pipeline's records (GET …/tap): CPU of the worker a flow, and of the supervisor a second, while nobody
looks and while some do, in turns of one run, so that the ratio can be compared. Fails nothing.

    tap_path.py [BUILD [FLOWS_PER_SECOND [TURNS]]]
"""
import pathlib
import statistics
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/bench"))

from control_plane import cpu_ms
from support.analyzer import Analyzer
from support.serve import Serve
from support.sluice import changed, pipeline
from support.tap import Tap

ONE = "/v1/tenants/default/pipelines/one"
TURN_S, SECADVISOR = 3, {"transform": {"type": "secadvisor"}, "encode": {"type": "secadvisor"}, "compress": {"type": "gzip"}}
ONLOOKERS = (0, 1, 20)


def turn(serve, onlookers, pause):
    """Worker: us a record that it has made; supervisor: ms a second; records that one onlooker was shown a second."""
    (worker,) = serve.children("sluice-worker")
    taps = [Tap(serve.api, ONE, limit=10000, duration=f"{TURN_S}s") for _ in range(onlookers)]

    def figures():
        records = serve.api.get(f"{ONE}/status").expect(200)["counters"]["records_out"]
        return records, cpu_ms(worker), cpu_ms(serve.pid)

    before = figures()
    pause.wait(TURN_S)
    records, worker_ms, supervisor_ms = (now - then for now, then in zip(figures(), before))
    shown = 0
    for tap in taps:
        shown = len(tap.rest())
        tap.close()
    return worker_ms * 1e3 / records, supervisor_ms / TURN_S, shown / TURN_S


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    pace = sys.argv[2] if len(sys.argv) > 2 else "50000"
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    pause = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        options = ("--loop", "forever", "--flows-per-second", pace)
        analyzer = Analyzer(build, folder, *options, recordings=[ROOT / "tests/data/recordings/burst.jsonl"])
        serve = Serve(build, folder / "data")
        config = changed(pipeline(analyzer, "files", **SECADVISOR), "pipeline.store.buffered.max_seconds_per_object", 5)
        serve.api.put(ONE, config, wait="10s").expect(200, 201)
        turn(serve, 0, pause)
        found = {onlookers: [] for onlookers in ONLOOKERS}
        for _ in range(turns):
            for onlookers in ONLOOKERS:
                found[onlookers].append(turn(serve, onlookers, pause))
        for onlookers, values in found.items():
            worker, supervisor, shown = map(statistics.median, zip(*values))
            ratio = statistics.median(one[0] / none[0] for one, none in zip(values, found[0]))
            print(f"{onlookers:3} look: worker {worker:.2f} us CPU a record (×{ratio:.3f}), supervisor {supervisor:.1f} ms a second, "
                  f"{shown:.0f} records a second shown to each", flush=True)
        serve.kill()
        analyzer.stop()


if __name__ == "__main__":
    main()
