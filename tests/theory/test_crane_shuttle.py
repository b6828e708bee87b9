"""A train of N boxes is carried by v shuttles between c cranes here and c cranes there, worked by hand.

A box needs a shuttle, then a crane for g minutes; the shuttle drives o minutes, waits for a far crane, which takes h,
and is back b minutes later. Nothing overtakes, so times are sums and maxima (max-plus: Baccelli, Cohen, Olsder and
Quadrat 1992, "Synchronization and Linearity"); x is when a box is first lifted, y when it is lifted there:
    x_i = max(x_(i-c) + g, y_(i-v) + h + b),   y_i = max(x_i + g + o, y_(i-c) + h),   delivered y_i + h.
With one crane on either side the lifts may differ from box to box, for then too none overtakes.

Whole train, all lifts alike, v a multiple of c: boxes move in groups of c, n = v / c groups on the shuttles. The
longest path to group j makes k trips of R = g + o + h + b, each past n groups, and passes the others at a crane,
m = max(g, h) each: all are delivered at
    g + o + h + max over k of (k R + (j - k n) m) = g + o + h + (j m if R <= n m, else floor(j / n) R + (j mod n) m)
with j = ceil(N / c) - 1. Each minute brings min(c / m, v / R) boxes: the bottleneck is the crane or the round trip.
All minutes are multiples of 1/64, so sums are exact and so is equality.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import by_movement, offer_alike

OUT, BACK = 3.0, 2.5
LINES = {
    "one-crane-waits-for-shuttles": (1, 2, 2.0, 1.5),
    "one-crane-never-waits": (1, 6, 2.0, 1.5),
    "the-far-crane-is-the-bottleneck": (1, 6, 1.25, 2.75),
    "two-cranes-wait-for-shuttles": (2, 4, 1.0, 2.0),
    "three-cranes-never-wait": (3, 15, 2.0, 2.25),
    "a-shuttle-for-each-crane": (4, 4, 1.5, 1.5),
    "crane-and-round-trip-are-as-fast": (1, 4, 2.25, 2.25),
}


def carry(engine, cranes, shuttles, lift, far_lift, boxes):
    """Return when each box is first lifted and when it is delivered."""
    pools = [Pool.of("shuttles", shuttles), Pool.of("cranes", cranes), Pool.of("far cranes", cranes)]
    here = [seize("shuttles"), seize("cranes"), delay(lift), release("cranes"), delay(OUT)]
    there = [seize("far cranes"), delay(far_lift), release("far cranes"), release("shuttles", 1, BACK)]
    program = offer_alike(pools, np.zeros(boxes), here + there)
    times = by_movement(program, run(program, engine).ended_min)
    return times[:, 1], times[:, 7]


def work_by_hand(cranes, shuttles, lift, far_lift):
    """Return the same by the recursion; a list of lifts for each side."""
    here, there = [], []
    for i in range(len(lift)):
        crane_free = here[i - cranes] + lift[i - cranes] if i >= cranes else 0.0
        shuttle_free = there[i - shuttles] + far_lift[i - shuttles] + BACK if i >= shuttles else 0.0
        here.append(max(crane_free, shuttle_free))
        far_free = there[i - cranes] + far_lift[i - cranes] if i >= cranes else 0.0
        there.append(max(here[i] + lift[i] + OUT, far_free))
    return np.array(here), np.array(there) + far_lift


@pytest.fixture(params=LINES.values(), ids=LINES.keys())
def line(request):
    return request.param


def test_each_box_is_lifted_and_delivered_when_the_recursion_says(engine, line):
    cranes, shuttles, lift, far_lift = line
    expected = work_by_hand(cranes, shuttles, np.full(110, lift), np.full(110, far_lift))
    np.testing.assert_array_equal(carry(engine, *line, 110), expected)


@pytest.mark.parametrize("shuttles", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_boxes_of_different_lifts_are_delivered_when_the_recursion_says(engine, shuttles, seed):
    lift, far_lift = np.random.default_rng(seed).integers(32, 256, (2, 400)) / 64.0
    expected = work_by_hand(1, shuttles, lift, far_lift)
    np.testing.assert_array_equal(carry(engine, 1, shuttles, lift, far_lift, 400), expected)


def find_train_time(cranes, shuttles, lift, far_lift, boxes):
    """Return when the last box is delivered by the closed form."""
    group, groups = -(-boxes // cranes) - 1, shuttles // cranes
    trip, slower = lift + OUT + far_lift + BACK, max(lift, far_lift)
    trips = 0 if trip <= groups * slower else group // groups
    return lift + OUT + far_lift + trips * trip + (group - trips * groups) * slower


@pytest.mark.parametrize("boxes", [1, 2, 7, 54, 55, 110])
def test_whole_train_takes_the_cycles_of_its_bottleneck(engine, line, boxes):
    assert carry(engine, *line, boxes)[1].max() == find_train_time(*line, boxes)


def test_boxes_per_minute_are_those_of_the_slower_of_cranes_and_round_trip(engine, line):
    """Over some whole round trips (v boxes, or v / c groups at a crane) once the first have passed."""
    cranes, shuttles, lift, far_lift = line
    delivered = np.sort(carry(engine, *line, 40 * shuttles)[1])
    trip, slower = lift + OUT + far_lift + BACK, max(lift, far_lift)
    minutes = delivered[39 * shuttles] - delivered[9 * shuttles]
    assert minutes == 30 * max(trip, shuttles // cranes * slower)
