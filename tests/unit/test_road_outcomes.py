"""Outcomes of roads: delays of port and other traffic, queues, how long a road is full; worked out by hand."""

import numpy as np
import polars as pl
import pytest

from sim.outcomes import read_road_series
from sim.outcomes.curves import CELLS, Curve
from sim.outcomes.roads import ROAD_GRID_MIN
from sim.study.replication import simulate_once
from tests.unit.road_port import at_once, curves, drive, every, outcomes_of, road, road_port
from tests.unit.small_port import look_up
from tests.unit.tiny import tiny_facility

GATE = tiny_facility(1, 2.0, places=1)


def gate_port(km=1.0, **changes):
    """Return a road to a gate that lets a car in every 2 minutes."""
    return road_port({"r": road("a", "b", km)}, {"car": ["r", "gate"]}, {"gate": GATE}, **changes)


def of_road(outcomes, measure, name="r"):
    return look_up(outcomes, "road", name, measure)


def test_curve_counts_passenger_cars_up_to_and_at_each_minute():
    curve = Curve(np.array([1.0, 2.0, 2.0, 5.0]), np.array([1.0, 3.5, 4.5, 5.5]))
    assert curve.at(np.array([0.9, 1.0, 2.0, 4.0, 5.0, 9.0])).tolist() == [0.0, 1.0, 4.5, 4.5, 5.5, 5.5]


def test_curves_of_a_road_count_what_each_vehicle_counts_for():
    port = road_port({"r": road("a", "b")}, {"car": ["r"], "truck": ["r"]}, pce={"truck": 2.5})
    along = curves(port, drive(port, car=[0.0, 4.0], truck=[2.0]), "r")
    assert along.entered.at(np.array([0.0, 3.0, 5.0])).tolist() == [1.0, 3.5, 4.5]
    assert along.left.at(np.array([0.5, 1.0, 3.0, 5.0])).tolist() == [0.0, 1.0, 3.5, 4.5]


def test_vehicles_that_have_not_left_are_not_in_the_curve_of_those_who_left():
    port = road_port({"r": road("a", "b")}, {"car": ["r", "gate"]}, {"gate": tiny_facility(1, 1440.0, places=1)})
    along = curves(port, drive(port, car=at_once(10)), "r")
    assert along.entered.pcu.tolist() == list(range(1, 11))
    assert along.left.pcu.tolist() == [1.0]


def test_driving_waiting_and_blocking_on_a_road_are_told_apart(engine):
    """Behind the first, at the gate from 1 to 3, the second is blocked and the third waits for the exit."""
    port = gate_port()
    visits = drive(port, engine, car=every(0.5, 3))
    outcomes = outcomes_of(port, visits)
    assert of_road(outcomes, "driving") == 1.0
    assert of_road(outcomes, "waiting") == pytest.approx((0 + 0 + (3 + 1 / 32 - 2)) / 3)
    assert of_road(outcomes, "blocked") == pytest.approx((0 + 1.5 + (2 - 1 / 32)) / 3)
    assert of_road(outcomes, "visits_per_day") == 3


def test_delay_on_a_road_is_what_vehicles_wait_and_are_blocked_a_day(engine):
    """The i-th of 30 at once leaves at 1 + 2 i instead of 1 after it came in at i / 32; those wait before the road."""
    port = gate_port()
    outcomes = outcomes_of(port, drive(port, engine, car=at_once(30)))
    order = np.arange(30)
    assert of_road(outcomes, "delay_port") == pytest.approx((2.0 - 1 / 32) * order.sum() / 60)
    assert of_road(outcomes, "delay_port", "before r") == pytest.approx(order.sum() / 32 / 60)
    assert look_up(outcomes, "port", "port", "road_delay_port") == pytest.approx(2.0 * order.sum() / 60)
    assert look_up(outcomes, "port", "port", "road_delay_others") == 0.0


def test_delay_is_told_apart_for_port_traffic_and_others(engine):
    """Both leave by one exit of one a minute: of four cars at once the last two have nothing to do with the port."""
    local = {"port.routes.city": {"direction": "local", "through": ["r"]}}
    port = road_port({"r": road("a", "b", exit_capacity_vph=60.0)}, {"truck": ["r"], "city": ["r"]}, **local)
    outcomes = outcomes_of(port, drive(port, engine, truck=[0.0, 0.1], city=[0.2, 0.3]))
    assert of_road(outcomes, "delay_port") == pytest.approx((0 + 0.9) / 60)
    assert of_road(outcomes, "delay_others") == pytest.approx((1.8 + 2.7) / 60)
    assert look_up(outcomes, "port", "port", "road_delay_port") == pytest.approx(0.9 / 60)
    assert look_up(outcomes, "port", "port", "road_delay_others") == pytest.approx(4.5 / 60)


def test_delay_of_those_who_still_stand_at_the_end_counts_up_to_it(engine):
    port = road_port({"r": road("a", "b")}, {"car": ["r", "gate"]}, {"gate": tiny_facility(1, 1440.0, places=1)})
    outcomes = outcomes_of(port, drive(port, engine, car=[0.0, 1339.0, 1379.0]))
    assert of_road(outcomes, "delay_port") == pytest.approx((100 + 60) / 60)


def test_delay_before_the_measured_days_is_left_out(engine):
    """Blocked from minute 1,400 to 1,460 of which the last 20 are measured, over two days."""
    changes = {"horizon.warmup_days": 1, "horizon.days": 2}
    port = road_port(
        {"r": road("a", "b")}, {"car": ["r", "gate"]}, {"gate": tiny_facility(1, 100.0, places=1)}, **changes
    )
    outcomes = outcomes_of(port, drive(port, engine, car=[1359.0, 1399.0]))
    assert of_road(outcomes, "delay_port") == pytest.approx(20 / 60 / 2)


def test_road_without_traffic_has_no_mean_and_no_queue():
    port = road_port({"r": road("a", "b"), "s": road("a", "c")}, {"car": ["r"]})
    outcomes = outcomes_of(port, drive(port, car=[0.0]))
    assert np.isnan(of_road(outcomes, "driving", "s"))
    for measure in ("visits_per_day", "queue_max_km", "queue_max", "full", "delay_port"):
        assert of_road(outcomes, measure, "s") == 0.0


def test_port_without_roads_has_no_outcome_of_roads():
    port = road_port({}, {"car": ["gate"]}, {"gate": GATE})
    outcomes = outcomes_of(port, drive(port, car=[0.0]))
    assert not outcomes.filter((pl.col("scope") == "road") | pl.col("measure").str.starts_with("road_")).height


def test_longest_queue_is_that_of_vehicles_and_of_kilometres(engine):
    """All but the first of 60 are at the exit by minute 2.9, before the gate takes the second at 3.

    158 stand on a kilometre where one leaves every 2 minutes: 160 - 4 / 2. On the ten minutes, 55 are left.
    """
    port = gate_port()
    outcomes = outcomes_of(port, drive(port, engine, car=at_once(60)))
    assert of_road(outcomes, "queue_max") == 60 - 1
    assert of_road(outcomes, "queue_max_km") == pytest.approx(55 / 158, abs=1 / CELLS)


def test_series_of_a_road_are_read_every_ten_minutes(engine):
    """Of 60 cars that are there by minute 3 one more has gone in at 1, 3, 5...: at minute 20, 10; at minute 100, 50."""
    port = gate_port()
    series = read_road_series(port, drive(port, engine, car=at_once(60)))
    assert series.roads == ("r",)
    assert series.grid_min.tolist() == every(ROAD_GRID_MIN, 144)
    assert series.queue[0, [0, 2, 10, 12, 13]].tolist() == [0, 50, 10, 0, 0]
    np.testing.assert_allclose(series.queue_km[0, [0, 2, 10, 13]], [0, 50 / 158, 10 / 158, 0], atol=1 / CELLS)


def test_table_of_a_series_has_a_row_for_each_road_and_time():
    port = road_port({"r": road("a", "b"), "s": road("b", "c")}, {"car": ["r", "s", "gate"]}, {"gate": GATE})
    series = read_road_series(port, drive(port, car=at_once(60)))
    frame = series.to_frame()
    assert frame.columns == ["minute", "road", "queue_km", "queue"]
    assert frame.height == 2 * 144
    there = frame.filter(pl.col("road") == "s", pl.col("minute") == 20.0)
    assert there["queue"].item() == series.queue[1, 2]
    assert there["queue_km"].item() == series.queue_km[1, 2] > 0.0


def full_port():
    """Return a road of 200 m before a gate; 32 stand on it, and 1.5 a minute come more than leave."""
    port = road_port({"r": road("a", "b", 0.2)}, {"car": ["r", "gate"]}, {"gate": GATE})
    return port, drive(port, car=every(0.5, 300))


def test_road_that_no_more_vehicles_can_enter_is_full():
    """31 of 200 m cars come to stand by minute 21; the 300 are in when all but 31 have left, at minute 538."""
    port, visits = full_port()
    outcomes = outcomes_of(port, visits)
    assert of_road(outcomes, "queue_max_km") == pytest.approx(0.2)
    assert of_road(outcomes, "full") == pytest.approx((538 - 21) / 60, abs=2 * ROAD_GRID_MIN / 60)
    assert of_road(outcomes, "first_full") == pytest.approx(21 / 60, abs=ROAD_GRID_MIN / 60)


def test_road_with_a_short_queue_is_never_full():
    port = gate_port()
    outcomes = outcomes_of(port, drive(port, car=at_once(60)))
    assert of_road(outcomes, "full") == 0.0
    assert np.isnan(of_road(outcomes, "first_full"))


def test_release_time_begins_outside_the_road_that_leads_to_the_port(engine):
    """The origin is ours, and so is the road: the second waits a headway outside, both drive and are served."""
    port = road_port({"r": road("a", "b")}, {"car": ["r", "gate"]}, {"gate": tiny_facility(2, 10.0)})
    outcomes = outcomes_of(port, drive(port, engine, car=at_once(2)))
    assert look_up(outcomes, "class", "car", "release_mean") == pytest.approx((11 + 11 + 1 / 32) / 2 / 60)
    parts = {part: look_up(outcomes, "class", "car", part) * 60 for part in ("driving", "processing", "blocked")}
    assert parts == pytest.approx({"driving": 1.0, "processing": 10.0, "blocked": 1 / 64})


def test_road_beyond_the_border_is_not_on_our_side(engine):
    links = {"r": road("a", "b"), "abroad": road("b", "c", 30.0, agency="neighbour")}
    port = road_port(links, {"car": ["r", "abroad"]})
    outcomes = outcomes_of(port, drive(port, engine, car=[0.0]))
    assert look_up(outcomes, "class", "car", "release_mean") == pytest.approx(1 / 60)
    assert look_up(outcomes, "class", "car", "crossing_mean") == pytest.approx(31 / 60)


def test_wait_at_home_is_an_outcome_and_adds_to_the_time_from_wish_to_release():
    terms = {"hours": "always", "slot_min": 60.0, "places_per_slot": 1, "deviation_sd_min": 0.0, "no_show": 0.0}
    port = gate_port(
        **{
            "demand.classes.car": {
                "label": "c",
                "label_zh": "车",
                "per_day": 100,
                "route": "car",
                "profile": "flat",
                "appointments": terms,
            }
        }
    )
    done = simulate_once(port)
    home_h = done.visits.movements.home_wait_min / 60.0
    came = done.visits.movements.arrival_min < 1440.0
    assert look_up(done.outcomes, "class", "car", "home_wait_mean") == pytest.approx(home_h[came].mean())
    assert home_h[came].mean() > 1.0
    finished = done.visits.leave_min[done.visits.station == [s.key for s in done.visits.stations].index("gate")]
    released = ~np.isnan(finished)
    whole = (finished - done.visits.movements.wish_min)[released] / 60.0
    assert look_up(done.outcomes, "class", "car", "wish_to_release_mean") == pytest.approx(whole.mean())
