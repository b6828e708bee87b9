"""A queue before the exit of one road: Newell 1993, parts I and II, and Lighthill and Whitham 1955.

5 km of u = 1 km/min, w = 1/4 km/min, k_j = 160/km. 24 cars a minute come for T minutes, then 8 a minute; the exit
lets out 16 a minute. From minute 5, when the first car is there, a queue grows. In it density is k_j - 16/w = 96/km,
before it 24/u = 24/km, so that its back moves (Rankine and Hugoniot) at
    (24 - 16) / (96 - 24) = 1/9 km/min upstream, and later at (16 - 8) / (96 - 8) = 1/11 km/min downstream.

T = 30: the last car of the peak meets the back at minute 32 at 2 km, 3 km before the exit; 33 minutes later, at
minute 65, the queue is gone. If cars stood on top of each other at the exit there would be 8 a minute more until
minute 35 (240), then 8 a minute less: the delay is the triangle, 240 x 60 / 2 = 7,200 car-minutes.
T = 60: the back reaches the upstream end 45 minutes after minute 5, at minute 50. From then on 16 a minute enter,
and 80 wait outside at minute 60; these are in at minute 70. The queue is gone at minute 125: 24 x 60 + 8 (t - 65) =
16 (t - 5).
"""

import numpy as np
import pytest

from tests.unit.road_port import curves, drive, every, passed, road, road_port, times
from tests.unit.tiny import tiny_facility

KM = 5.0
ONE_CELL_KM = KM / 40.0
EXIT, GATE = "exit capacity", "gate"
BOTTLENECKS = pytest.mark.parametrize("bottleneck", [EXIT, GATE])


def queue_port(bottleneck):
    """Return the road, with either kind of bottleneck at its end."""
    if bottleneck == EXIT:
        return road_port({"r": road("a", "b", KM, exit_capacity_vph=960.0)}, {"car": ["r"]})
    gate = tiny_facility(minutes=1.0 / 16.0, places=1)
    return road_port({"r": road("a", "b", KM)}, {"car": ["r", "gate"]}, {"gate": gate})


def peak(minutes, until=150.0):
    return every(1.0 / 24.0, int(24 * minutes)) + every(1.0 / 8.0, int(8 * (until - minutes)), minutes)


@BOTTLENECKS
def test_queue_grows_by_what_comes_more_than_the_exit_lets_out(engine, bottleneck):
    port = queue_port(bottleneck)
    along = curves(port, drive(port, engine, car=peak(30)), "r")
    minutes = np.array([10.0, 20.0, 35.0, 50.0, 64.0])
    at_exit = along.entered.at(minutes - KM) - along.left.at(minutes)
    np.testing.assert_allclose(at_exit, [40, 120, 240, 120, 8], atol=2)


@BOTTLENECKS
def test_back_of_the_queue_moves_with_the_shock(engine, bottleneck):
    port = queue_port(bottleneck)
    along = curves(port, drive(port, engine, car=peak(30)), "r")
    minutes = np.array([14.0, 23.0, 32.0, 43.0, 54.0, 65.0])
    np.testing.assert_allclose(along.queue_km(minutes), [1, 2, 3, 2, 1, 0], atol=ONE_CELL_KM + 2 / 72)


@BOTTLENECKS
def test_delay_of_a_peak_is_the_triangle_between_the_curves(engine, bottleneck):
    """Two cars more or less all along make 120 car-minutes."""
    visits = drive(queue_port(bottleneck), engine, car=peak(30))
    delay = times(visits, "r", "leave") - visits.movements.arrival_min - KM
    assert delay.sum() == pytest.approx(7200, abs=2 * 60)
    assert delay.max() == pytest.approx(240 / 16, abs=2 / 16)


@BOTTLENECKS
def test_queue_reaches_the_upstream_end_when_the_shock_does(engine, bottleneck):
    """The road is full two cars earlier or later at most, as 8 a minute more enter than leave."""
    visits = drive(queue_port(bottleneck), engine, car=peak(60))
    kept_out = times(visits, "r", "enter") - visits.movements.arrival_min > 1.0 / 32.0
    assert visits.movements.arrival_min[kept_out].min() == pytest.approx(50, abs=2 / 8)


@BOTTLENECKS
def test_cars_kept_out_of_a_full_road_are_in_when_the_fluid_is(engine, bottleneck):
    visits = drive(queue_port(bottleneck), engine, car=peak(60))
    kept_out = times(visits, "r", "enter") - visits.movements.arrival_min > 1.0 / 32.0
    waiting = passed(visits.movements.arrival_min, 0.0, 60.0) - passed(times(visits, "r", "enter"), 0.0, 60.0)
    assert waiting == pytest.approx(80, abs=2)
    assert visits.movements.arrival_min[kept_out].max() == pytest.approx(70, abs=2 / 8)


@BOTTLENECKS
def test_counts_of_cars_in_and_out_follow_the_fluid_through_growth_and_recovery(engine, bottleneck):
    port = queue_port(bottleneck)
    along = curves(port, drive(port, engine, car=peak(30)), "r")
    minutes = np.array([4.0, 12.0, 25.0, 31.0, 40.0, 60.0, 80.0, 100.0])
    entered = np.minimum(24 * minutes, 720 + 8 * (minutes - 30))
    left = np.minimum(16 * np.maximum(minutes - 5, 0), 720 + 8 * (minutes - 35))
    np.testing.assert_allclose(along.entered.at(minutes), entered, atol=2)
    np.testing.assert_allclose(along.left.at(minutes), left, atol=2)


@BOTTLENECKS
def test_counts_of_cars_in_and_out_follow_the_fluid_through_spillback(engine, bottleneck):
    port = queue_port(bottleneck)
    along = curves(port, drive(port, engine, car=peak(60)), "r")
    minutes = np.array([25.0, 49.0, 55.0, 65.0, 80.0, 120.0, 140.0])
    entered = np.minimum.reduce([24 * minutes, 1200 + 16 * (minutes - 50), 1440 + 8 * (minutes - 60)])
    left = np.minimum(16 * (minutes - 5), 1440 + 8 * (minutes - 65))
    np.testing.assert_allclose(along.entered.at(minutes), entered, atol=2)
    np.testing.assert_allclose(along.left.at(minutes), left, atol=2)


@BOTTLENECKS
def test_density_is_that_of_free_flow_before_the_queue_and_of_the_wave_within(engine, bottleneck):
    """At minute 23 the queue is 2 km long; two cars more or less on half a kilometre are 4 per km."""
    port = queue_port(bottleneck)
    along = curves(port, drive(port, engine, car=peak(30)), "r")
    density = along.density_pcu_per_km(np.linspace(0.0, KM, 11), np.array([23.0]))[:, 0]
    np.testing.assert_allclose(density, [24 / 1.0] * 6 + [160 - 16 / 0.25] * 4, atol=4)


def test_density_of_vehicles_that_stand_is_that_of_a_jam():
    gate = tiny_facility(minutes=1440.0, places=1)
    port = road_port({"r": road("a", "b", KM)}, {"truck": ["r", "gate"]}, {"gate": gate}, pce={"truck": 2.5})
    along = curves(port, drive(port, truck=every(0.25, 600)), "r")
    density = along.density_pcu_per_km(np.linspace(0.0, KM, 6), np.array([200.0]))[:, 0]
    np.testing.assert_allclose(density, 160.0, atol=2.5)


def test_cars_on_the_road_are_the_density_times_the_length():
    port = queue_port(EXIT)
    along, minutes = curves(port, drive(port, car=peak(60)), "r"), np.array([3.0, 20.0, 49.0, 60.0, 100.0])
    points = np.linspace(0.0, KM, 51)
    on_it = along.density_pcu_per_km(points, minutes).sum(axis=0) * (points[1] - points[0])
    np.testing.assert_allclose(on_it, along.entered.at(minutes) - along.left.at(minutes), atol=1.5)


def test_road_at_capacity_has_no_queue():
    port = road_port({"r": road("a", "b", KM)}, {"car": ["r"]})
    along = curves(port, drive(port, car=[0.0] * 1200), "r")
    np.testing.assert_array_equal(along.queue_km(np.arange(0.0, 45.0, 0.7)), 0.0)


def test_queue_passes_from_a_full_road_to_the_one_before(engine):
    """Cut 2 km before the exit, the shock is at the cut at minute 5 + 18 and goes on as if there were none."""
    links = {"far": road("a", "b", 3.0), "near": road("b", "c", 2.0, exit_capacity_vph=960.0)}
    port = road_port(links, {"car": ["far", "near"]})
    visits = drive(port, engine, car=peak(60))
    held = times(visits, "far", "leave") - times(visits, "far", "enter") > 3.0 + 1.0 / 8.0
    assert (times(visits, "far", "enter")[held].min() + 3.0) == pytest.approx(23, abs=2 / 8 + 1 / 8)
    far = curves(port, visits, "far")
    np.testing.assert_allclose(far.queue_km(np.array([22.0, 32.0, 41.0])), [0, 1, 2], atol=3.0 / 40.0 + 2 / 72)
