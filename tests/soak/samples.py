"""Figures of processes and files over time, and whether they grow."""

import contextlib
import math
import os
import statistics
import time

from support.memory import memory_of

MIB = 1 << 20
HOUR_S = 3600
WARM_UP = 1 / 5
BLOCK_S = 60
LEAST_POINTS = 8  # for a slope
ALLOWED = {"rss": MIB, "private": MIB, "descriptors": 2}  # an hour
TELLING = 20  # an interval that is wider than so many times what is allowed tells nothing about an hour


def descriptors(pid):
    """Their number. Logs of pipelines are left out: one is open from a pipeline's first line on, and so the more the longer."""
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            count += "/logs/" not in os.readlink(f"/proc/{pid}/fd/{number}")
    return count


def process_figures(pid):
    """RSS and private memory in bytes, and the number of descriptors."""
    return {**memory_of(pid), "descriptors": descriptors(pid)}


class Series:
    """One figure: (seconds, value) in order."""

    def __init__(self, name, figure):
        self.name, self.figure = name, figure
        self.points = []

    def add(self, value):
        self.points.append((time.monotonic(), value))

    def settled(self, began, ended):
        """Without the warm-up, one value of each block: of memory the least, for what is in flight comes on top, and a leak
        stays; of the rest, which goes up and down with each object, the median."""
        value_of = min if self.figure in ("rss", "private") else statistics.median
        start = began + WARM_UP * (ended - began)
        blocks = {}
        for moment, value in self.points:
            if moment >= start:
                blocks.setdefault(int((moment - start) / BLOCK_S), []).append((moment, value))
        return [(points[0][0], value_of([value for _, value in points])) for _, points in sorted(blocks.items())]

    def slope(self, began, ended):
        """Theil and Sen's slope an hour, and its interval of 95 %; None: too few points."""
        points = self.settled(began, ended)
        return sen_slope(points) if len(points) >= LEAST_POINTS else None


def sen_slope(points):
    slopes = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0]) * HOUR_S
        for index, earlier in enumerate(points)
        for later in points[index + 1 :]
    )
    n = len(points)
    half = 1.96 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(0, math.floor((len(slopes) - half) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + half) / 2))
    return statistics.median(slopes), slopes[low], slopes[high]


class Samples:
    def __init__(self):
        self.began = time.monotonic()
        self.series = {}

    def add(self, name, figure, value):
        self.series.setdefault((name, figure), Series(name, figure)).add(value)

    def add_process(self, name, pid):
        for figure, value in process_figures(pid).items():
            self.add(name, figure, value)

    def report(self):
        """Lines of a table, and the names of what has grown."""
        ended = time.monotonic()
        lines = [row("what", "figure", "samples", "first", "last", "slope/h", "95 % interval", "")]
        grown = []
        for (name, figure), series in sorted(self.series.items()):
            slope, points = series.slope(self.began, ended), series.settled(self.began, ended)
            first, last = (shown(figure, points[place][1]) for place in (0, -1))
            told = [shown(figure, value) for value in slope] if slope else ["–"] * 3
            verdict = judge(slope, points, ALLOWED.get(figure))
            if verdict == "GROWS":
                grown.append(f"{name} {figure}")
            lines.append(row(name, figure, str(len(series.points)), first, last, told[0], f"{told[1]} … {told[2]}", verdict))
        return lines, grown


def judge(slope, points, allowed):
    """What the slope cannot tell is held to what has come of it: within the whole time no more than is allowed an hour."""
    if allowed is None:
        return ""
    if slope is None or slope[2] - slope[1] > TELLING * allowed:
        return "bounded" if rise(points) <= allowed else "GROWS"
    return "GROWS" if slope[1] > allowed else "flat"


def rise(points):
    """From the first third's median to the last one's."""
    third = -(-len(points) // 3)
    first, last = (statistics.median(value for _, value in part) for part in (points[:third], points[-third:]))
    return last - first


def shown(figure, value):
    return f"{value:.1f}" if figure == "descriptors" else f"{value / 1024:.0f} KiB"


def row(*cells):
    widths = (22, 12, 8, 12, 12, 12, 28, 6)
    return " ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()
