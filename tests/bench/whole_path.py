#!/usr/bin/env python3
"""The whole path at full speed: socket → decode → ring → stages → segment → sealed gzip object → file.

Prints CPU microseconds a published flow, all of Sluice's processes together and each part apart, beside what jansson needs
to parse the same messages in the same run (bench_decode), so that the figure can be compared between machines. Also the
private memory of the worker and the subscriber while they stream. Fails nothing.

Two runs: as fast as the simulator sends (what the worker cannot take is lost to the ring, and counted), and paced so that
nothing is lost.

    whole_path.py [BUILD [FLOWS [FLOWS_PER_SECOND]]]
"""
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests/data/recordings/burst.jsonl"

CONFIG = """\
pipeline:
  subscriber: {{url: "{url}"}}
  classify: {{cluster_net_masks: [10.42.1.8/29, "fd42:1::10/124"]}}
  transform: {{type: secadvisor}}
  encode: {{type: secadvisor}}
  compress: {{type: gzip}}
  store:
    buffered: {{dirname: bucket, filename_prefix: logs, max_flows_per_object: {flows_per_object}, max_seconds_per_object: 60,
               max_flow_array_size: 10000000}}
  write: {write}
"""


def private_kb(pid):
    """Private_Clean + Private_Dirty by kind: (of memfds, of everything else)."""
    memfd = other = 0
    name = ""
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+\s*(.*)", line)
        if head:
            name = head.group(1)
        elif line.startswith(("Private_Clean:", "Private_Dirty:")):
            if "memfd:" in name:
                memfd += int(line.split()[1])
            else:
                other += int(line.split()[1])
    return memfd, other


def children(pid):
    found = {}
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found[pathlib.Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
    return found


def wait_for_flows(process, flows, deadline_s):
    """Follows the status lines until all flows have been published; returns the peak of private memory by process."""
    peaks = {}
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        ready, _, _ = select.select([process.stderr], [], [], 1)
        line = process.stderr.readline() if ready else ""
        for name, pid in children(process.pid).items():
            try:
                memfd, other = private_kb(pid)
                peaks[name] = max(peaks.get(name, 0), other)
            except (FileNotFoundError, ProcessLookupError):
                pass
        match = re.match(r"flows (\d+) ", line)
        if match and int(match.group(1)) >= flows:
            return peaks
    raise SystemExit("whole_path: the flows did not arrive in time")


def file_writer(folder):
    return f'{{type: file, file: {{root: "{folder / "objects"}"}}}}'


def run(build, flows, pace, write=file_writer, flows_per_object=6000):
    """One run; write(folder): the text of pipeline.write."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        simulator = subprocess.Popen(
            [build / "bin/analyzer-simulator", "--recording", RECORDING, "--loop", "forever", "--max-flows", str(flows),
             *(["--flows-per-second", str(pace)] if pace else [])],
            stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        try:
            port = json.loads(simulator.stdout.readline())["port"]
            url = f"ws://127.0.0.1:{port}/ws/subscriber/flow"
            config = folder / "bench.yml"
            config.write_text(CONFIG.format(url=url, write=write(folder), flows_per_object=flows_per_object))
            started = time.monotonic()
            process = subprocess.Popen(
                [build / "bin/sluiced", "run", "--status-interval", "1", "--summary", folder / "summary.json", config],
                stderr=subprocess.PIPE, text=True)
            peaks = wait_for_flows(process, flows, 300)
            seconds = time.monotonic() - started
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            status = process.wait()
        finally:
            simulator.kill()
            simulator.wait()
        return json.loads((folder / "summary.json").read_text()), peaks, seconds, status


def show(title, summary, peaks, seconds, status):
    pipeline = summary["pipelines"]["bench"]
    subscription = summary["subscriptions"][0]
    published = subscription["published"]
    parts = {"subscriber": subscription["cpu_us"], "worker": pipeline["cpu_us"], "supervisor": summary["cpu_us"]}
    print(f"{title}: {published} flows in about {seconds:.1f} s ({published / seconds:.0f}/s), "
          f"{pipeline['objects_written']} gzip objects, {pipeline['written']} flows written, "
          f"{pipeline['lost_ring']} lost to the ring, exit status {status}")
    print(f"  {sum(parts.values()) / published:6.2f} us CPU a published flow, all processes (aim: 3); "
          f"{sum(parts.values()) / max(pipeline['written'], 1):.2f} us a written flow")
    for name, cpu in parts.items():
        print(f"  {cpu / published:6.2f} us {name}")
    for name, kb in sorted(peaks.items()):
        print(f"  {kb / 1024:6.2f} MB private, peak of {name}, without ring and stages' memory")


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    flows = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000_000
    pace = int(sys.argv[3]) if len(sys.argv) > 3 else 150_000
    show("whole path, as fast as sent", *run(build, flows, None))
    show("whole path, paced", *run(build, flows // 2, pace))


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    main()
