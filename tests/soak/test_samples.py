"""The test for growth itself: it finds a leak below the noise, and no leak in noise alone."""

import random

from samples import ALLOWED, HOUR_S, MIB, TELLING, Series, judge, sen_slope


def verdict(leak, noise=MIB / 4):
    dice = random.Random(3)
    series = Series("process", "rss")
    # a warm-up that grows by far more than is allowed, and an hour of samples
    for second in range(0, HOUR_S, 10):
        warm = min(second, 600) * 50_000
        series.points.append((second, 20 * MIB + warm + leak * second / HOUR_S + dice.uniform(-noise, noise)))
    return judge(series.slope(0, HOUR_S), series.settled(0, HOUR_S), ALLOWED["rss"])


def test_a_leak_is_found_and_noise_is_none():
    assert verdict(0) == "flat"
    assert verdict(MIB / 2) == "flat"
    assert verdict(2 * MIB) == "GROWS"


def test_noise_that_hides_a_leak_is_an_answer_by_what_came_of_it():
    # such waves that the slope tells nothing: about as high at the end as at the beginning, or not
    assert saw(0) == "bounded"
    assert saw(30 * MIB) == "GROWS"


def saw(leak):
    # each third is the same 20 minutes
    points = [(second, second // 60 * 7 % 20 * 20 * MIB + leak * second / HOUR_S) for second in range(0, HOUR_S, 60)]
    slope = sen_slope(points)
    assert slope[2] - slope[1] > TELLING * ALLOWED["rss"]
    return judge(slope, points, ALLOWED["rss"])
