"""Disruptions at given times, as clocks and hours: what they touch, when, and at which rate; worked out by hand."""

import pytest

from sim.port import expand_stops
from sim.port.roads import road_clocks
from sim.port.roster import hours_open
from tests.unit.road_port import drive, road, road_port, times
from tests.unit.tiny import hours, tiny_facility

ALWAYS = {"timezone": "Asia/Shanghai", "open": "24/7"}


def disruption(**more):
    """Return a disruption from 10:00 to 12:00 on the road."""
    plain = {"label": "disruption", "label_zh": "事件", "day": 1, "at": "10:00", "lasts": hours(2), "links": ["r"]}
    return plain | more


def port(*disruptions, **changes):
    happen = {"port.disruptions": {f"it_{i}": each for i, each in enumerate(disruptions)}}
    links = {"r": road("a", "b", lanes=2), "s": road("b", "c")}
    return road_port(links, {"car": ["r", "s"]}, **happen, **changes)


def clock(scenario, what, key="r"):
    """Return a clock of a road as (from minute, rate); None if nothing touches it."""
    stops, _ = expand_stops(scenario.port)
    clocks = road_clocks(stops[key], scenario)
    if not clocks:
        return None
    assert clocks.keys() == {f"{key} drive", f"{key} inlet", key, f"{key} places"}
    found = clocks[key if what == "exit" else f"{key} {what}"]
    return list(zip(found.opens_min.tolist(), found.rate.tolist(), strict=True))


def test_road_that_no_disruption_touches_has_no_clock():
    assert clock(port(), "drive") is None
    assert clock(port(disruption(speed_factor=0.5)), "drive", "s") is None


def test_disruption_on_all_roads_touches_every_one():
    scenario = port(disruption(links="all", speed_factor=0.5))
    assert clock(scenario, "drive", "s") == clock(scenario, "drive", "r") == [(0, 1), (600, 0.5), (720, 1)]


def test_closed_lane_slows_the_exit_alone():
    scenario = port(disruption(lanes_closed=1))
    assert clock(scenario, "exit") == [(0, 1), (600, 0.5), (720, 1)]
    for what in ("drive", "inlet", "places"):
        assert clock(scenario, what) == [(0, 1), (600, 1), (720, 1)]


def test_exit_stands_still_when_all_lanes_are_closed():
    assert clock(port(disruption(lanes_closed=2)), "exit") == [(0, 1), (720, 1)]


def test_weather_slows_driving_by_the_speed_and_headways_by_the_capacity():
    """Two lanes carry 64 a minute and hold 320 a km: at half the speed and 3/4 of the flow waves travel at
    48 / (320 - 48 / 0.5) = 3/14 km a minute instead of 1/4."""
    scenario = port(disruption(speed_factor=0.5, capacity_factor=0.75))
    slowed = {what: clock(scenario, what)[1][1] for what in ("drive", "inlet", "exit", "places")}
    assert slowed == pytest.approx({"drive": 0.5, "inlet": 0.75, "exit": 0.75, "places": (3 / 14) / (1 / 4)})


def test_disruptions_that_overlap_multiply_while_both_last():
    second = disruption(at="11:00", speed_factor=0.6, capacity_factor=0.5)
    scenario = port(disruption(speed_factor=0.5, capacity_factor=0.5, lanes_closed=1), second)
    assert clock(scenario, "drive") == [(0, 1), (600, 0.5), (660, 0.3), (720, 0.6), (780, 1)]
    assert clock(scenario, "exit") == [(0, 1), (600, 0.25), (660, 0.125), (720, 0.5), (780, 1)]


def test_lanes_that_two_disruptions_close_are_no_more_than_there_are():
    scenario = port(disruption(lanes_closed=2), disruption(at="11:00", lanes_closed=1))
    assert clock(scenario, "exit") == [(0, 1), (720, 0.5), (780, 1)]


def test_disruption_begins_on_its_day_after_the_warm_up():
    horizon = {"horizon.warmup_days": 2, "horizon.days": 3}
    begins = 2 * 1440 + 1440 + 600
    assert clock(port(disruption(day=2, speed_factor=0.5), **horizon), "drive") == [
        (0, 1),
        (begins, 0.5),
        (begins + 120, 1),
    ]


def test_disruption_may_outlast_the_run(engine):
    visits = drive(port(disruption(lasts=hours(100), speed_factor=0.5)), engine, car=[700.0, 1300.0])
    assert times(visits, "r", "driving").tolist() == [2.0, 2.0]


CUT = [
    ("24/7", "10:00", 2.0, [(0, 600), (720, 1440)]),
    ("24/7", "00:00", 2.0, [(120, 1440)]),
    ("24/7", "23:00", 2.0, [(0, 1380)]),
    ("Mo-Su 08:00-11:00", "10:00", 2.0, [(480, 600)]),
    ("Mo-Su 11:00-14:00", "10:00", 2.0, [(720, 840)]),
    ("Mo-Su 10:30-11:00", "10:00", 2.0, []),
    ("Mo-Su 08:00-09:00,13:00-14:00", "10:00", 2.0, [(480, 540), (780, 840)]),
    ("Mo-Su 08:00-09:00,13:00-14:00", "08:30", 5.0, [(480, 510), (810, 840)]),
    ("Mo-Su 08:00-12:00", "09:00", 0.5, [(480, 540), (570, 720)]),
]


@pytest.mark.parametrize(("open_hours", "at", "lasts_h", "left"), CUT)
def test_shut_hours_are_what_is_left_of_them(open_hours, at, lasts_h, left):
    shut = disruption(at=at, lasts=hours(lasts_h), links=[], shuts=["day"])
    scenario = port(shut, **{"port.hours.day.open": open_hours})
    assert hours_open(scenario, "day").tolist() == [list(span) for span in left]


def test_hours_that_are_not_named_stay_open():
    scenario = port(disruption(links=[], shuts=["day"]))
    assert hours_open(scenario, "always").tolist() == [[0, 1440]]


def one_post(*disruptions, **more):
    """Return a post of 30 minutes, open 24 hours, and these disruptions."""
    happen = {"port.disruptions": {f"it_{i}": each for i, each in enumerate(disruptions)}, "port.hours.post": ALWAYS}
    return road_port(
        {"r": road("a", "b")}, {"car": ["gate"]}, {"gate": tiny_facility(1, 30.0, hours="post") | more}, **happen
    )


SHUT = disruption(links=[], shuts=["post"])


def test_post_that_is_shut_finishes_whom_it_serves_and_begins_nobody_until_it_reopens(engine):
    visits = drive(one_post(SHUT), engine, car=[590.0, 600.0])
    assert times(visits, "gate", "start").tolist() == [590, 720]
    assert times(visits, "gate", "finish").tolist() == [620, 750]


def test_work_that_freezes_at_closing_freezes_while_the_post_is_shut(engine):
    visits = drive(one_post(SHUT, at_closing="freeze"), engine, car=[590.0])
    assert times(visits, "gate", "finish").tolist() == [720 + 20]
    assert times(visits, "gate", "waiting").tolist() == [120]


def test_two_disruptions_shut_a_post_one_after_the_other(engine):
    visits = drive(one_post(SHUT, disruption(at="11:30", links=[], shuts=["post"])), engine, car=[610.0])
    assert times(visits, "gate", "start").tolist() == [810]


def test_drivers_who_choose_know_that_a_way_is_shut(engine):
    routes = {name: {"direction": "export", "through": [post]} for name, post in (("one", "a"), ("two", "b"))}
    options = {"one": {"hours": "post"}, "two": {"hours": "always"}}
    scenario = road_port(
        {"r": road("a", "b")},
        {},
        {"a": tiny_facility(1, 10.0, hours="post"), "b": tiny_facility(1, 40.0)},
        **{
            "port.hours.post": ALWAYS,
            "port.disruptions": {"it": SHUT},
            "port.routes": routes,
            "port.route_choices": {"either": {"options": options}},
            "demand.classes.car": {"label": "c", "label_zh": "车", "per_day": 1, "route": "either", "profile": "flat"},
        },
    )
    visits = drive(scenario, engine, car=[500.0, 620.0, 700.0])
    assert [visits.stations[i].key for i in visits.station] == ["a", "b", "a"]
