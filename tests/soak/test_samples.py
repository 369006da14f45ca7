"""The test for growth itself: it finds a leak below the noise, and no leak in noise alone."""

import random

from samples import ALLOWED, HOUR_S, MIB, Series, judge


def verdict(leak, noise=MIB / 4):
    dice = random.Random(3)
    series = Series("process", "rss")
    # a warm-up that grows by far more than is allowed, and an hour of samples
    for second in range(0, HOUR_S, 10):
        warm = min(second, 600) * 50_000
        series.points.append((second, 20 * MIB + warm + leak * second / HOUR_S + dice.uniform(-noise, noise)))
    return judge(series.slope(0, HOUR_S), ALLOWED["rss"])


def test_a_leak_is_found_and_noise_is_none():
    assert verdict(0) == "flat"
    assert verdict(MIB / 2) == "flat"
    assert verdict(2 * MIB) == "GROWS"
    assert verdict(0, noise=500 * MIB) == "?"
