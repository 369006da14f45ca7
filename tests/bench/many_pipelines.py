#!/usr/bin/env python3
"""What a published flow costs with 1, 10 and 100 pipelines on one analyzer: all flows in all of them, or each flow in the subnet of one
tenant; and one pipeline that asks the topology of addresses none of which comes twice.

Prints CPU microseconds a published flow, all of Sluice's processes together, from the first flow until the last one is read; what
it costs to start and to end them stands in the second line, which has the parts. How much it is depends on how many flows come
between two wake-ups of a worker: so the rate is in the title. Fails nothing.

    many_pipelines.py [BUILD [SECONDS]]
"""
import pathlib
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/integration"), str(ROOT / "tests/bench")]

import made_flows
from fleet import cpu_ns
from support.analyzer import Analyzer
from support.sluice import Sluice, children_of, pipeline

RECORDING = ROOT / "tests/data/recordings/burst.jsonl"
GZIP = {"type": "gzip"}
SMALL = {"buffered": {"dirname": "bucket", "filename_prefix": "logs", "max_flows_per_object": 1000, "max_seconds_per_object": 60,
                      "max_flow_array_size": 1000000}}  # fmt: skip
NEW_PER_SECOND, NEW_SECONDS = 100_000, 4
SETTLE_S, WITHIN_S = 1, 600


def measure(build, title, configs, options, recordings, aim):
    """configs(analyzer, folder): those of the pipelines."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        analyzer = Analyzer(build, folder, "--start", "command", *options, recordings=recordings)
        sluice = Sluice(build, folder, configs(analyzer, folder), "--data-dir", folder / "data", "--drain-timeout", "60")
        try:
            analyzer.wait("subscribed", WITHIN_S)
            threading.Event().wait(SETTLE_S)
            before = sum(map(cpu_ns, [sluice.pid, *children_of(sluice.pid)]))
            analyzer.tell("start")
            analyzer.finish(WITHIN_S)
            threading.Event().wait(SETTLE_S)
            used = sum(map(cpu_ns, [sluice.pid, *children_of(sluice.pid)])) - before
            summary = sluice.stop_clean(WITHIN_S)
        finally:
            sluice.kill_rest()
            analyzer.stop()
    show(title, summary, used, aim)


def show(title, summary, used, aim):
    pipelines, (subscription,) = summary["pipelines"].values(), summary["subscriptions"]
    published = subscription["published"]
    parts = {"subscriber": subscription["cpu_us"], "workers": sum(one["cpu_us"] for one in pipelines), "supervisor": summary["cpu_us"]}
    written, lost = (sum(one[figure] for one in pipelines) for figure in ("written", "lost_ring"))
    print(f"{title}: {used / 1e3 / published:.2f} us CPU a published flow (aim: {aim})", flush=True)
    shares = ", ".join(f"{part} {cpu / published:.2f}" for part, cpu in parts.items())
    print(f"    {published} published, {written} written, {lost} lost to the ring; with start and end: {shares}", flush=True)
    unresolved = sum(one["records_unresolved"] for one in pipelines)
    if unresolved > 0:
        print(f"    {unresolved} records unresolved", flush=True)


def all_flows(count):
    def configs(analyzer, folder):
        return [pipeline(analyzer, folder / f"o{i}", transform={"type": "secadvisor"}, compress=GZIP) for i in range(count)]

    return configs


def own_flows(count):
    def configs(analyzer, folder):
        return [pipeline(analyzer, folder / f"o{i}", transform={"type": "secadvisor"}, compress=GZIP, filter={"excluded_tags": ["other"]},
                         store=SMALL, classify={"type": "subnet", "cluster_net_masks": [made_flows.subnet(i)]}) for i in range(count)]  # fmt: skip

    return configs


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    with tempfile.TemporaryDirectory() as name:
        tenants, new = pathlib.Path(name) / "tenants.jsonl", pathlib.Path(name) / "new.jsonl"
        tenants.write_text("\n".join(made_flows.messages_of_tenants(100, 100)) + "\n")
        for title, configs, rate, recording, aim in (
            ("1 pipeline", all_flows(1), 50_000, RECORDING, 3),
            ("10 pipelines, every flow in all of them", all_flows(10), 20_000, RECORDING, 16),
            ("100 pipelines, each flow in one tenant's subnet", own_flows(100), 20_000, tenants, 8),
            ("the same", own_flows(100), 100_000, tenants, 8),
            ("the first of these alone", own_flows(1), 100_000, tenants, "-"),
        ):
            options = ("--loop", "forever", "--flows-per-second", rate, "--max-flows", rate * seconds)
            measure(build, f"{title}, {rate} flows/s", configs, options, [recording], aim)
        made_flows.record_new_addresses(new, NEW_PER_SECOND * NEW_SECONDS)
        tenants.unlink()
        options = ("--flows-per-second", NEW_PER_SECOND)
        measure(build, f"1 pipeline, 2 new addresses a flow, topology asked, {NEW_PER_SECOND} flows/s", all_flows(1), options, [new],
                "nothing lost")  # fmt: skip


if __name__ == "__main__":
    main()
