"""The history checker: everything that the analyzer wrote is stored once, or counted.

The simulator's log says which reports it handed to which connection; a connection that died may have lost the last of
them in its socket. Each report carries its serial number in its UUID (identity `report`); `object-serials` finds them
in the objects and sees that each is there once and whole."""

import json
import os
import pathlib
import subprocess

SERIAL_UUID = 0x1000000000000000  # the UUID of serial 0


def written_by_connection(log):
    """Connection → ranges (from, to) of serials handed to its socket, in order."""
    found = {}
    with open(log, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line) if line.endswith("\n") else {}
            if event.get("event") == "written":
                found.setdefault(event["connection"], []).extend(map(tuple, event["ranges"]))
    return found


def count_of(ranges):
    return sum(to - start + 1 for start, to in ranges)


def merge(ranges):
    """Sorted, with neighbours joined."""
    merged = []
    for start, to in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], to)
        else:
            merged.append([start, to])
    return merged


def common(one, two):
    """What is in both; each sorted and without overlaps."""
    found, i, j = [], 0, 0
    while i < len(one) and j < len(two):
        start, to = max(one[i][0], two[j][0]), min(one[i][1], two[j][1])
        if start <= to:
            found.append((start, to))
        if one[i][1] < two[j][1]:
            i += 1
        else:
            j += 1
    return found


def stored_serials(build, folder):
    # a tool of ours reads millions of records: it need not be the sanitized one
    tools = pathlib.Path(os.environ.get("SLUICE_TOOLS", build)).resolve()
    done = subprocess.run([str(tools / "bin" / "object-serials"), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def holes_before_last(sent, stored):
    """Reports of a connection that are not stored although a later one of it is."""
    kept = common(merge(sent), stored)
    if not kept:
        return 0
    last = kept[-1][1]
    return count_of(common(merge(sent), [(0, last)])) - count_of(kept)


def check_history(build, log, folder, summary):
    """published = stored + declared lost, nothing twice, for a run of one pipeline that keeps every flow.

    Returns the figures."""
    stored = stored_serials(build, folder)
    (pipeline,) = summary["pipelines"].values()
    (subscription,) = summary["subscriptions"]
    sent = written_by_connection(log)
    lost = {name: count for name, count in pipeline.items() if name.startswith("lost_") and count}
    figures = {
        "handed over": sum(map(count_of, sent.values())),
        "published": subscription["flows"],
        "stored": stored["records"],
        "lost": lost,
        "holes": sum(holes_before_last(ranges, stored["ranges"]) for ranges in sent.values()),
        "connections": len(sent),
        "objects": stored["objects"],
    }
    declared = sum(lost.values())
    assert stored["twice"] == 0, f"{stored['twice']} reports are stored twice, first in {stored['bad']}: {figures}"
    assert stored["mixed"] == 0, f"{stored['mixed']} records are mixed of several reports, first in {stored['bad']}"
    assert figures["published"] <= figures["handed over"], f"more published than was sent: {figures}"
    assert figures["published"] == figures["stored"] + declared, f"published is not stored + counted: {figures}"
    assert pipeline["written"] == figures["stored"], f"{pipeline['written']} counted as written: {figures}"
    assert pipeline["passed"] == figures["published"], f"{pipeline['passed']} passed: {figures}"
    # within a connection only its end can be lost unpublished: a hole before it must have been counted
    assert figures["holes"] <= declared, f"reports are missing that nobody counted: {figures}"
    known = common(merge(r for ranges in sent.values() for r in ranges), stored["ranges"])
    assert count_of(known) == figures["stored"], f"something is stored that was never sent: {figures}"
    return figures
