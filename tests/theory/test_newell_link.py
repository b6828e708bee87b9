"""A road link: Newell's kinematic wave with a triangular diagram (Newell 1993, "A simplified theory of kinematic
waves in highway traffic", part I).

A link holds n vehicles, takes a free travel time f, lets one out per headway h, and a place freed at the exit
reaches the entry a wave time w later. Newell's cumulative curves, read per vehicle i (Leclercq, Laval and Chevallier
2007): it enters when it has come and the place of vehicle i - n has travelled back, and leaves when it has crossed
and a headway has passed,
    enter_i = max(arrive_i, leave_(i-n) + w),   leave_i = max(enter_i + f, leave_(i-1) + h).
Saturated from empty, the flow is the lesser of 1 / h and n / (f + w), the two sides of the triangular diagram.
These are equalities of single times, so nothing is averaged and the tolerance is none.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import by_movement, offer_alike

FREE_MIN, WAVE_MIN, HEADWAY_MIN = 1.5, 4.25, 0.03125


def drive(engine, start, places):
    """Return when each vehicle entered and left the link."""
    route = [
        seize("places"),
        delay(FREE_MIN),
        seize("exit"),
        release("exit", after_min=HEADWAY_MIN),
        release("places", after_min=WAVE_MIN),
    ]
    program = offer_alike([Pool.of("places", places), Pool.of("exit", 1)], start, route)
    times = by_movement(program, run(program, engine).ended_min)
    return times[:, 0], times[:, 2]


def predict(start, places):
    enter, leave = np.zeros(len(start)), np.zeros(len(start))
    for i, arrive in enumerate(start):
        enter[i] = max(arrive, leave[i - places] + WAVE_MIN if i >= places else 0.0)
        leave[i] = max(enter[i] + FREE_MIN, leave[i - 1] + HEADWAY_MIN if i else 0.0)
    return enter, leave


@pytest.mark.parametrize("places", [1, 20, 150, 250])
def test_each_vehicle_enters_and_leaves_when_newell_says(engine, places):
    start = np.cumsum(np.random.default_rng(places).exponential(0.04, 1_000))
    np.testing.assert_array_equal(drive(engine, start, places), predict(start, places))


@pytest.mark.parametrize(
    ("places", "flow"), [(23, 23 / (FREE_MIN + WAVE_MIN)), (184, 1 / HEADWAY_MIN), (230, 1 / HEADWAY_MIN)]
)
def test_saturated_link_carries_the_flow_of_the_triangular_diagram(engine, places, flow):
    _, leave = drive(engine, np.zeros(places * 5), places)
    assert (leave[4 * places] - leave[0]) * flow == 4 * places
