"""Disruptions on a road: the fluid model with a capacity that changes for a while (Newell 1993, part II).

While demand exceeds what is left of the capacity, the queue grows by the difference x time; afterwards it takes
queue / (capacity - demand) to recover. Bad weather scales free-flow speed and capacity (Highway Capacity Manual),
and with them the wave speed w' = q' / (k_j - q' / u').
"""

import numpy as np
import pytest

from tests.unit.road_port import FLOW_H, at_once, curves, drive, every, passed, road, road_port, times
from tests.unit.tiny import hours, tiny_facility

BEGIN, END = 60.0, 180.0
TIMES = ("enter_min", "arrive_min", "start_min", "finish_min", "leave_min")


def disruption(**more):
    """Return a disruption from 01:00 to 03:00 on all roads."""
    plain = {"label": "disruption", "label_zh": "事件", "day": 1, "at": "01:00", "lasts": hours(2), "links": "all"}
    return plain | more


def one_road(km, happens=None, gate=None, **more):
    through = ["r", "gate"] if gate else ["r"]
    changes = {"port.disruptions": {"it": happens}} if happens else {}
    return road_port({"r": road("a", "b", km, **more)}, {"car": through}, {"gate": gate} if gate else {}, **changes)


def count_queue(port, visits, minutes, drive_min):
    """Return the cars that would have left by then if they had met nobody."""
    along = curves(port, visits, "r")
    return along.entered.at(minutes - drive_min) - along.left.at(minutes)


def test_closed_lane_builds_a_queue_that_recovers_as_the_fluid_does(engine):
    """10 a minute come where two lanes let out 8 each: 2 x 120 = 240 queue, and are gone 240 / 6 = 40 minutes later."""
    port = one_road(6.0, disruption(lanes_closed=1), lanes=2, capacity_vph=480.0)
    visits = drive(port, engine, car=every(0.1, 3000))
    minutes = np.array([59.0, 120.0, 180.0, 200.0, 221.0, 250.0])
    np.testing.assert_allclose(count_queue(port, visits, minutes, 6.0), [0, 120, 240, 120, 0, 0], atol=2)
    delayed = times(visits, "r", "leave")[times(visits, "r", "waiting") > 1 / 8]
    assert delayed.max() == pytest.approx(END + 40, abs=2 / 6)


def test_road_of_which_all_lanes_are_closed_lets_nobody_out(engine):
    """One may pass who finds the exit free; the next is let out when a headway has passed after reopening."""
    visits = drive(one_road(2.0, disruption(lanes_closed=1)), engine, car=every(0.5, 400))
    leave = times(visits, "r", "leave")
    assert passed(leave, BEGIN, END) <= 1
    assert passed(leave, END, END + 4.0) == pytest.approx(4 * FLOW_H / 60, abs=2)


def test_two_closures_add_up_while_both_last(engine):
    second = disruption(lanes_closed=1, at="02:00", lasts=hours(0.5))
    port = road_port(
        {"r": road("a", "b", lanes=3, capacity_vph=480.0)},
        {"car": ["r"]},
        **{"port.disruptions": {"one": disruption(lanes_closed=1), "two": second}},
    )
    leave = times(drive(port, engine, car=every(1 / 24, 3400, 45.0)), "r", "leave")
    found = [passed(leave, *part) for part in ((52.0, 60.0), (70.0, 110.0), (121.0, 149.0), (151.0, 179.0))]
    assert found == pytest.approx([8 * 24, 40 * 16, 28 * 8, 28 * 16], abs=2)


@pytest.mark.parametrize(
    ("enters", "takes"), [(10.0, 6.0), (57.0, 3 + 2 * 3), (100.0, 12.0), (174.0, 6 + 3), (200.0, 6)]
)
def test_snow_slows_driving_while_it_lasts(engine, enters, takes):
    """At half the speed, 6 km take 12 minutes; who is on the way when it begins or ends drives part of it slowly."""
    visits = drive(one_road(6.0, disruption(speed_factor=0.5)), engine, car=[enters])
    assert times(visits, "r", "leave")[0] == pytest.approx(enters + takes)


def test_snow_cuts_the_flow_to_the_share_of_the_capacity_that_is_left(engine):
    visits = drive(one_road(1.0, disruption(speed_factor=0.5, capacity_factor=0.75)), engine, car=at_once(4600, 50.0))
    leave = times(visits, "r", "leave")
    assert passed(leave, 52.0, BEGIN) == pytest.approx(8 * 32, abs=2)
    assert passed(leave, 70.0, 170.0) == pytest.approx(100 * 24, abs=2)
    assert passed(leave, 185.0, 195.0) == pytest.approx(10 * 32, abs=2)


def test_queue_in_snow_is_as_dense_as_its_wave_makes_it(engine):
    """q' = 24 and u' = 1/2 make w' = 24 / (160 - 48) = 3/14: before a gate of 8 a minute 160 - 8 x 14/3 = 122.7 stand
    on a kilometre, of which 160 - 8 x 4 = 128 stood before."""
    snow = disruption(speed_factor=0.5, capacity_factor=0.75)
    port = one_road(1.0, snow, gate=tiny_facility(minutes=0.125, places=1))
    along = curves(port, drive(port, engine, car=every(0.05, 3600)), "r")
    on_it = along.entered.at(np.array([55.0, 150.0, 170.0])) - along.left.at(np.array([55.0, 150.0, 170.0]))
    np.testing.assert_allclose(on_it, [128, 160 - 8 * 14 / 3, 160 - 8 * 14 / 3], atol=2)


def test_disruption_touches_the_roads_that_it_names_alone(engine):
    links = {"one": road("a", "b"), "two": road("b", "c")}
    snow = {"port.disruptions": {"it": disruption(speed_factor=0.5, links=["two"])}}
    visits = drive(road_port(links, {"car": ["one", "two"]}, **snow), engine, car=[100.0])
    assert times(visits, "one", "driving").tolist() == [1.0]
    assert times(visits, "two", "driving").tolist() == [2.0]


def test_disruption_comes_on_its_day_after_the_warm_up(engine):
    snow = {"port.disruptions": {"it": disruption(speed_factor=0.5, day=2)}}
    port = road_port({"r": road("a", "b")}, {"car": ["r"]}, **snow, **{"horizon.warmup_days": 1, "horizon.days": 2})
    visits = drive(port, engine, car=[100.0, 1540.0, 2980.0])
    assert times(visits, "r", "driving").tolist() == pytest.approx([1.0, 1.0, 2.0])


def test_neighbour_that_shuts_lets_nobody_in_and_reopens_to_those_who_wait(engine):
    """It takes one a minute, and one every two come: 60 wait after two hours, and are gone an hour later."""
    abroad = tiny_facility(minutes=1.0, places=1, agency="neighbour", hours="abroad")
    hours = {"timezone": "Asia/Shanghai", "open": "24/7"}
    changes = {"port.hours.abroad": hours, "port.disruptions": {"it": disruption(links=[], shuts=["abroad"])}}
    port = road_port({"r": road("a", "b")}, {"car": ["r", "abroad"]}, {"abroad": abroad}, **changes)
    visits = drive(port, engine, car=every(2.0, 200))
    start = times(visits, "abroad", "start")
    assert passed(start, BEGIN, END) == 0
    assert END in start
    assert passed(times(visits, "r", "arrive"), 0.0, END) - passed(start, 0.0, END) == pytest.approx(60, abs=2)
    delayed = start[start - times(visits, "r", "enter") > 1.5]
    assert delayed.max() == pytest.approx(END + 120, abs=2 * 2)


def test_neighbour_that_shuts_spills_back_onto_the_road(engine):
    """Two a minute stand behind its gate until the kilometre is full with 160."""
    abroad = tiny_facility(minutes=0.25, places=1, agency="neighbour", hours="abroad")
    hours = {"timezone": "Asia/Shanghai", "open": "24/7"}
    changes = {"port.hours.abroad": hours, "port.disruptions": {"it": disruption(links=[], shuts=["abroad"])}}
    port = road_port({"r": road("a", "b")}, {"car": ["r", "abroad"]}, {"abroad": abroad}, **changes)
    along = curves(port, drive(port, engine, car=every(0.5, 400)), "r")
    minutes = np.array([59.0, 100.0, 150.0, 179.0])
    on_it = along.entered.at(minutes) - along.left.at(minutes)
    np.testing.assert_allclose(on_it, [2, 2 + 40 * 2, 160, 160], atol=2)


def saturated_network(happens):
    """Return roads of whole binary numbers of minutes, on which queues of cars and trucks meet."""
    links = {
        "main": road("a", "j", 2.0),
        "side": road("b", "j", lanes=2),
        "on": road("j", "z", 1.0, exit_capacity_vph=960.0),
    }
    changes = {"port.disruptions": {f"it_{i}": each for i, each in enumerate(happens)}}
    return road_port(links, {"car": ["main", "on"], "truck": ["side", "on"]}, pce={"truck": 2.5}, **changes)


def test_disruption_that_changes_nothing_changes_nothing_to_the_last_bit(engine):
    second = disruption(at="01:30", lasts=hours(0.5), links=["on"])
    plain, touched = (
        drive(saturated_network(happens), engine, car=every(0.0625, 2000), truck=every(0.125, 1000))
        for happens in ([], [disruption(), second])
    )
    assert np.nanmax(plain.leave_min) > END
    for name in TIMES:
        np.testing.assert_array_equal(getattr(plain, name), getattr(touched, name))


def test_density_in_a_queue_in_snow_is_read_with_the_slower_wave():
    """Well after the snow began, 122.7 stand on each kilometre before a gate of 8 a minute; 128 before it began."""
    snow = disruption(speed_factor=0.5, capacity_factor=0.75)
    port = one_road(1.0, snow, gate=tiny_facility(minutes=0.125, places=1))
    along = curves(port, drive(port, car=every(0.05, 3600)), "r")
    density = along.density_pcu_per_km(np.linspace(0.0, 1.0, 3), np.array([55.0, 150.0]))
    np.testing.assert_allclose(density, [[128, 160 - 8 * 14 / 3]] * 2, atol=4)


@pytest.mark.parametrize("lasts_h", [2.0, 100.0])
def test_free_flow_in_snow_is_as_dense_as_its_speed_makes_it(lasts_h):
    """8 a minute at 1/2 km a minute are 16 a km, and no queue; 8 a km before. The snow may outlast the run."""
    snow = disruption(speed_factor=0.5, capacity_factor=0.75, lasts=hours(lasts_h))
    port = one_road(6.0, snow)
    along = curves(port, drive(port, car=every(0.125, 1300)), "r")
    minutes = np.array([55.0, 100.0, 150.0])
    assert along.queue_km(minutes).tolist() == [0.0, 0.0, 0.0]
    density = along.density_pcu_per_km(np.linspace(0.0, 6.0, 4), minutes)
    np.testing.assert_allclose(density, [[8, 16, 16]] * 3, atol=1)
