#!/usr/bin/env python3
"""The web UI in a real browser: what its first load costs, how fast it is with 512 pipelines (tests/tools/showcase), how soon a change
is seen, and what it costs a pipeline that many look on (open windows, or clients of the stream that each of them reads).

Prints each figure with its aim; what is compared was measured in the same run, in turns. Fails nothing.

    web_ui.py [BUILD [FLOWS_PER_SECOND [TURNS]]]
"""
import contextlib
import pathlib
import re
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / place) for place in ("tests/integration", "tests/bench", "tests/tools/showcase")]

from control_plane import cpu_ms
from playwright.sync_api import expect
from seed import seed
from server import Showcase
from support.analyzer import Analyzer
from support.browser import Chromium, Ui
from support.documents import plain
from support.serve import EventStream, Serve
from support.sluice import pipeline

LOADS, CHANGES, WINDOWS, TURN_S = 5, 10, 20, 4
ONE = "/v1/tenants/acme/pipelines/one"
TYPED = ("vpc", "tenant:cobalt", "lost:>0 s3", "k8s-b state:idle")

# Before anything of the page runs: when the last piece of the snapshot has come, when its rows are drawn, and what blocks.
WATCH = """
(() => {
    const seen = (window.seen = {blocked: []});
    const read = ReadableStreamDefaultReader.prototype.read;
    ReadableStreamDefaultReader.prototype.read = async function () {
        const piece = await read.call(this);
        if (typeof piece.value === "string" && piece.value.includes('"last": true')) seen.answered = performance.now();
        return piece;
    };
    new MutationObserver(() => {
        if (!seen.drawn && document.querySelectorAll("main tbody tr[data-index]").length > 10) seen.drawn = performance.now();
    }).observe(document, {childList: true, subtree: true});
    new PerformanceObserver((list) => seen.blocked.push(...list.getEntries().map((entry) => entry.duration)))
        .observe({type: "longtask", buffered: true});
})();
"""


def show(what, value, unit, aim):
    print(f"{what:56} {value:8.1f} {unit}  (aim {aim})", flush=True)


def window(chromium, serve, stack, **options):
    ui = Ui(chromium, serve, **options)
    stack.callback(ui.close)
    return ui


def measure_load(chromium, serve, stack):
    ui = window(chromium, serve, stack)
    answers = []
    ui.page.on("response", lambda answer: answers.append(answer))
    ui.log_in().live()
    files = [answer for answer in answers if "/v1/" not in answer.url]
    code = [answer for answer in files if answer.request.resource_type in ("script", "stylesheet")]
    show("first load, script and style as they are sent", sum(int(answer.headers["content-length"]) for answer in code) / 1024, "KiB", "60")
    show("first load, requests before the API is asked", len(files), "", "5")


def measure_many(chromium, show_server, serve, stack):
    ui = window(chromium, serve, stack, url=show_server.url)
    ui.context.add_init_script(WATCH)
    drawn = []
    ui.log_in()
    for _ in range(LOADS):
        ui.page.reload()
        ui.live()
        expect(ui.page.locator("main tbody tr[data-index]").nth(11)).to_be_attached()
        seen = ui.page.evaluate("() => window.seen")
        drawn.append(seen["drawn"] - seen["answered"])
    show("512 pipelines, table behind the answer, worst of " + str(LOADS), max(drawn), "ms", "500")
    ui.page.evaluate("() => (window.seen.blocked = [])")
    box = ui.page.get_by_label("Filter pipelines")
    for text in TYPED:
        box.press_sequentially(text, delay=40)
        box.fill("")
    # tasks below 50 ms are not told
    show("typing in the filter, longest time blocked", max(ui.page.evaluate("() => window.seen.blocked"), default=0), "ms", "50, 0: below it")


def measure_changes(chromium, serve, stack):
    serve.api.put("/v1/tenants/acme", {}).expect(200, 201)
    target = "/v1/tenants/acme/pipelines/seen"
    serve.api.put(target, {"config": plain(), "desired_state": "stopped"}).expect(201)
    ui = window(chromium, serve, stack).log_in().live()
    state = ui.page.locator("tbody tr[data-index]").filter(has_text="seen").locator(".c-st")
    expect(state).to_contain_text("stopped")
    # the page itself notes when: a question from here would take its own time
    ui.page.evaluate(
        """() => new MutationObserver(() => {
            const word = document.querySelector("tbody tr[data-index] .c-st").textContent.trim();
            if (word !== window.word) [window.word, window.at] = [word, Date.now()];
        }).observe(document.body, {childList: true, subtree: true, characterData: true})"""
    )
    found = []
    for number in range(CHANGES):
        verb, word = (("start", re.compile("degraded|running|starting")), ("stop", "stopped"))[number % 2]
        before = time.time()
        serve.api.post(f"{target}/{verb}").expect(200, 202)
        expect(state).to_contain_text(word)
        found.append((ui.page.evaluate("() => window.at") - before * 1e3))
        serve.api.until(f"{target}/status", lambda status: status["state"] in ("degraded", "running", "stopped"), "it has settled")
    show("a change of state, from the call to the page, median", statistics.median(found), "ms", "1000")
    show("the same, the longest", max(found), "ms", "1000")
    serve.api.post(f"{target}/stop", {"force": True}).expect(200, 202)


def turn(serve, pause):
    """ms of the worker and the supervisor for a thousand records that were made meanwhile, and records a second."""
    (worker,) = serve.children("sluice-worker")

    def figures():
        return serve.api.get(f"{ONE}/status").expect(200)["counters"]["records_out"], cpu_ms(worker), cpu_ms(serve.pid), time.monotonic()

    before = figures()
    pause.wait(TURN_S)
    records, worker_ms, supervisor_ms, seconds = (now - then for now, then in zip(figures(), before))
    return worker_ms * 1e3 / records, supervisor_ms / seconds, records / seconds


def measure_onlookers(serve, turns):
    """In turns: nobody looks; as many read the stream that a window reads."""
    pause = threading.Event()
    turn(serve, pause)
    pairs = []
    for _ in range(turns):
        alone = turn(serve, pause)
        streams = [EventStream(serve.api, figures="true") for _ in range(WINDOWS)]
        pairs.append((alone, turn(serve, pause)))
        for stream in streams:
            stream.close()
    alone, beside = (list(map(statistics.median, zip(*values))) for values in zip(*pairs))
    ratio = statistics.median(with_them[2] / without[2] for without, with_them in pairs)
    show("throughput of a pipeline that none look at", alone[2], "records/s", "-")
    show(f"the same beside {WINDOWS} that look on", beside[2], "records/s", f"98 % of it: it is {ratio * 100:.1f} %")
    show("its worker's computing time for 1000 records, ratio", statistics.median(b[0] / a[0] for a, b in pairs) * 100, "%", "102")
    show("the supervisor's computing time a second, alone", alone[1], "ms", "-")
    show(f"the same beside {WINDOWS} that look on", beside[1], "ms", "20: 2 % of a CPU")


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    pace = sys.argv[2] if len(sys.argv) > 2 else "forever"
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        serve = Serve(build, folder / "show")
        stack.callback(serve.stop)
        shown = Showcase(serve)
        stack.callback(shown.close)
        seed(serve.api)
        with contextlib.ExitStack() as windows:
            chromium = Chromium()
            windows.callback(chromium.close)
            measure_load(chromium, serve, windows)
            measure_many(chromium, shown, serve, windows)
            own = Serve(build, folder / "own")
            stack.callback(own.kill)
            measure_changes(chromium, own, windows)
        options = ["--loop", "forever"] + (["--flows-per-second", pace] if pace != "forever" else [])
        analyzer = Analyzer(build, folder, *options, recordings=[ROOT / "tests/data/recordings/burst.jsonl"])
        stack.callback(analyzer.stop)
        own.api.put(ONE, pipeline(analyzer, "files"), wait="10s").expect(200, 201)
        measure_onlookers(own, turns)


if __name__ == "__main__":
    main()
