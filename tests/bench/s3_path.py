#!/usr/bin/env python3
"""A pipeline at full speed into object stores: versitygw, which checks every signature and keeps the objects on disk, and a
server that only counts bytes. Beside them the file writer, in the same run.

Prints objects/s, MB/s and CPU microseconds a written flow of Sluice's processes (the stores' own work is not counted, but takes
its share of the machine), with large objects and with small ones. Fails nothing.

    s3_path.py [BUILD [FLOWS [FLOWS_PER_SECOND]]]
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from whole_path import ROOT, file_writer, run

KEYS = ("bench", "secret-of-bench")


def s3_writer(port):
    endpoint = f"http://127.0.0.1:{port}"
    fields = f'endpoint: "{endpoint}", region: us-east-1, access_key: {KEYS[0]}, secret_key: {KEYS[1]}'
    return lambda folder: f"{{type: s3, s3: {{{fields}}}}}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    """Until somebody listens there; the server says nothing that could be waited for."""
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        os.sched_yield()
    raise SystemExit("s3_path: the server has ended")


def start_versitygw(folder):
    (folder / "root" / "bucket").mkdir(parents=True)
    port = free_port()
    process = subprocess.Popen(
        [ROOT / ".tools/bin/versitygw", "--quiet", "--port", f"127.0.0.1:{port}", "posix", folder / "root"],
        env={**os.environ, "ROOT_ACCESS_KEY": KEYS[0], "ROOT_SECRET_KEY": KEYS[1]},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port, process)
    return process, port


def start_discarding(folder):
    events = folder / "events"
    with events.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, ROOT / "tests/tools/object_store", "--discard", "--log", os.devnull],
            stdin=subprocess.PIPE, stdout=out)
    while not events.read_text().endswith("\n") and process.poll() is None:
        os.sched_yield()
    return process, json.loads(events.read_text().splitlines()[0])["port"]


def show(title, summary, seconds, status):
    pipeline = summary["pipelines"]["bench"]
    cpu = pipeline["cpu_us"] + summary["subscriptions"][0]["cpu_us"] + summary["cpu_us"]
    written = max(pipeline["written"], 1)
    lost = {name: count for name, count in pipeline.items() if name.startswith("lost_") and count}
    print(f"{title:34} {pipeline['objects_written'] / seconds:8.1f} objects/s {pipeline['bytes_written'] / seconds / 1e6:7.2f} MB/s "
          f"{pipeline['written'] / seconds:9.0f} flows/s {cpu / written:6.2f} us CPU a written flow"
          f"{f', lost {lost}' if lost else ''}{f', exit status {status}' if status else ''}")


def measure(title, build, flows, pace, write, flows_per_object):
    begin = time.monotonic()
    summary, _, _, status = run(build, flows, pace, write, flows_per_object)
    show(f"{title}, {flows_per_object} flows each", summary, time.monotonic() - begin, status)


def main():
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    flows = int(sys.argv[2]) if len(sys.argv) > 2 else 500_000
    pace = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    for flows_per_object in (6000, 200):
        measure("file", build, flows, pace, file_writer, flows_per_object)
        for title, start in (("versitygw", start_versitygw), ("discarding server", start_discarding)):
            with tempfile.TemporaryDirectory() as folder:
                process, port = start(pathlib.Path(folder))
                try:
                    measure(title, build, flows, pace, s3_writer(port), flows_per_object)
                finally:
                    process.terminate()
                    process.wait()


if __name__ == "__main__":
    main()
