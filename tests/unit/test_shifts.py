"""Shifts: lanes that follow the hours of the day, worked out by hand, and lane-hours that are kept exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.kernel import Pool
from sim.port.expansion import expand_stations
from sim.port.pools import station_roster
from sim.port.roster import while_open
from sim.port.shifts import add_lanes, open_lanes, share_out
from sim.scenario.schema import Hours
from tests.unit.test_roster import (
    SHANGHAI,
    WEEK,
    hours_open,
    lane_minutes,
    local_days,
    make_hours,
    name_hours,
    open_minutes,
    read_steps,
    roster,
)
from tests.unit.tiny import tiny_scenario


def shares(**of_hours):
    """Return 24 shares, 1 but for the hours named, such as h12=0.5."""
    return tuple(of_hours.get(f"h{hour}", 1.0) for hour in range(24))


def staffed(text, by_hour, rostered=None, zone=SHANGHAI):
    return Hours(timezone=zone, open=text, staffed_by_hour=by_hour, rostered_h_per_day=rostered)


def test_half_the_lanes_take_their_break_in_each_of_two_hours():
    hours = staffed("Mo 07:00-19:00", shares(h12=0.5, h13=0.5))
    assert read_steps(roster("gate", 4, WEEK, hours)) == [(0, 0), (7, 4), (12, 2), (14, 4), (19, 0)]


def test_lanes_that_cannot_be_halved_open_the_odd_one_for_half_the_break_beside_its_work():
    """3 lanes, half of them for two hours: 1.5; the second is wanted for 1 of 2 hours, after its morning."""
    hours = staffed("Mo 07:00-19:00", shares(h12=0.5, h13=0.5))
    assert read_steps(roster("gate", 3, WEEK, hours)) == [(0, 0), (7, 3), (12, 2), (13, 1), (14, 3), (19, 0)]


def test_single_lane_works_the_hours_that_want_it_most():
    """12 lane-hours, 3 : 1 by day and night, are 3/4 and 1/4 of a lane: it is open by day."""
    by_hour = tuple(3.0 if 8 <= hour < 20 else 1.0 for hour in range(24))
    hours = staffed("Mo 00:00-24:00", by_hour, rostered=12)
    assert read_steps(roster("gate", 1, WEEK, hours)) == [(0, 0), (8, 1), (20, 0)]


def test_weights_share_out_the_same_lane_hours():
    """4 lanes x 12 h = 48 lane-hours: 3 : 1 by day and night are 3 lanes and 1."""
    by_hour = tuple(3.0 if 8 <= hour < 20 else 1.0 for hour in range(24))
    hours = staffed("Mo 00:00-24:00", by_hour, rostered=12)
    assert read_steps(roster("gate", 4, WEEK, hours)) == [(0, 1), (8, 3), (20, 1), (24, 0)]


def test_what_full_hours_cannot_take_goes_to_the_others():
    """2 lanes x 12 h = 24 lane-hours: 9 : 1 by day and night would be 1.8 and 0.2, but 6 h of weight 90 are full.

    They have 12 lane-hours of the 24; the rest is 12 for 6 h of weight 9 and 12 h of weight 1: x (54 + 12) = 12.
    """
    weights = np.array([90.0, 9.0, 1.0])
    lanes = share_out(np.array([360.0, 360.0, 720.0]), weights, 2, 2 * 720.0)
    assert lanes == pytest.approx([2.0, 9 * 12 / 66, 12 / 66])


def test_hours_without_weight_stay_closed_even_if_lane_hours_are_left():
    by_hour = tuple(1.0 if hour < 6 else 0.0 for hour in range(24))
    hours = staffed("Mo 00:00-24:00", by_hour, rostered=12)
    assert read_steps(roster("gate", 2, WEEK, hours)) == [(0, 2), (6, 0)]


def test_odd_lane_is_open_just_before_the_hours_in_which_it_is_wanted_whole():
    parts = np.array([[0.0, 60.0], [60.0, 120.0]])
    assert list(open_lanes(parts, np.array([0.25, 1.0]))) == [(0, 60, 0), (60, 120, 0), (60, 120, 1), (45, 60, 1)]


def test_hours_are_those_of_the_local_clock():
    """08:00 in Almaty is 11:00 in Shanghai, the clock of the run."""
    hours = staffed("Mo 06:00-12:00", shares(h8=0.0), zone="Asia/Almaty")
    assert read_steps(roster("gate", 1, WEEK, hours)) == [(0, 0), (9, 1), (11, 0), (12, 1), (15, 0)]


def test_clock_with_half_an_hour_is_followed():
    """12:00 in Kathmandu (UTC+5:45) is 14:15 in Shanghai."""
    hours = staffed("Mo 08:00-16:00", shares(h12=0.0), zone="Asia/Kathmandu")
    assert read_steps(roster("gate", 1, WEEK, hours)) == [(0, 0), (10.25, 1), (14.25, 0), (15.25, 1), (18.25, 0)]


def test_places_that_nobody_staffs_do_not_follow_the_rota():
    changes = {"port.hours.day.staffed_by_hour": shares(h12=0.0), "port.facilities.gate.staff_per_server": 0}
    scenario = tiny_scenario(**changes)
    stations = expand_stations(scenario.port)
    assert lane_minutes(station_roster(stations["gate"], scenario), 0, 1440) == 2 * 720
    assert lane_minutes(station_roster(stations["scanner"], scenario), 0, 1440) == 660


def test_lanes_are_added_where_spans_overlap_and_taken_back():
    pool = Pool.of("gate", [(0.0, 1), (10.0, 0)])
    more = add_lanes(pool, [(5.0, 15.0, 2), (12.0, 15.0, 1)])
    assert list(zip(more.times_min.tolist(), more.tokens.tolist(), strict=True)) == [
        (0, 1),
        (5, 3),
        (10, 2),
        (12, 3),
        (15, 0),
    ]


def test_extra_lanes_work_only_while_open_and_a_span_that_ends_as_the_hours_begin_has_none():
    scenario = name_hours(WEEK, make_hours("Mo-Tu 08:00-10:00"))
    spans = np.array([[0.0, 480.0], [500.0, 2000.0], [590.0, 590.0], [700.0, 800.0]])
    shifts = [shift for shift in while_open(*scenario, spans, 2) if shift[0] < shift[1]]
    assert shifts == [(500, 600, 2), (1920, 2000, 2)]


def test_share_above_one_needs_a_roster():
    with pytest.raises(ValidationError, match=r"staffed_by_hour has a share of 1\.5, must be at most 1"):
        staffed("24/7", shares(h3=1.5))


@pytest.mark.parametrize("by_hour", [(1.0,) * 23, (0.0,) * 24, (-1.0,) + (1.0,) * 23])
def test_hours_need_24_weights_of_0_or_more_and_one_above(by_hour):
    with pytest.raises(ValidationError):
        staffed("24/7", by_hour)


@st.composite
def draw_rotas(draw):
    """Draw servers, hours with a break, and weights of which some are 0."""
    marks = sorted(draw(st.sets(st.integers(0, 48), min_size=4, max_size=4)))
    clocks = [f"{half // 2:02}:{half % 2 * 30:02}" for half in marks]
    text = draw(st.sampled_from(["24/7", f"Mo-Su {clocks[0]}-{clocks[1]},{clocks[2]}-{clocks[3]}"]))
    weights = draw(st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), min_size=24, max_size=24).filter(any))
    return draw(st.integers(1, 7)), text, tuple(weights), draw(st.sampled_from([SHANGHAI, "Asia/Almaty"]))


def weighted_minutes(hours, begin, end):
    """Return the integrals over open time of the weight and of whether there is any, minute by minute."""
    minutes = np.arange(begin, end) + 0.5
    intervals = hours_open(WEEK, hours)
    is_open = ((intervals[:, 0] <= minutes[:, None]) & (minutes[:, None] < intervals[:, 1])).any(axis=1)
    late_h = 0 if hours.timezone == SHANGHAI else 3
    weight = np.array(hours.staffed_by_hour)[(minutes / 60.0 - late_h).astype(int) % 24]
    return float(weight[is_open].sum()), float((weight[is_open] > 0.0).sum())


@settings(max_examples=40)
@given(drawn=draw_rotas())
def test_shares_keep_lane_hours_of_every_local_day(drawn):
    servers, text, weights, zone = drawn
    hours = staffed(text, weights, zone=zone)
    pool = roster("gate", servers, WEEK, hours)
    begin, end = local_days(WEEK, zone)[2]
    assert lane_minutes(pool, begin, end) == pytest.approx(servers * weighted_minutes(hours, begin, end)[0], abs=1e-6)


@settings(max_examples=40)
@given(drawn=draw_rotas(), rostered=st.floats(0.25, 24.0))
def test_weights_keep_the_lane_hours_of_the_roster_unless_all_weighted_hours_are_full(drawn, rostered):
    servers, text, weights, zone = drawn
    hours = staffed(text, weights, rostered, zone)
    pool = roster("gate", servers, WEEK, hours)
    begin, end = local_days(WEEK, zone)[2]
    expected = servers * min(rostered * 60.0, weighted_minutes(hours, begin, end)[1])
    assert lane_minutes(pool, begin, end) == pytest.approx(expected, abs=1e-6)
    assert pool.tokens.max() <= servers


@settings(max_examples=40)
@given(drawn=draw_rotas(), rostered=st.floats(0.25, 24.0))
def test_equal_weights_are_the_even_roster(drawn, rostered):
    servers, text, _, zone = drawn
    even, weighted = make_hours(text, zone, rostered), staffed(text, (1.0,) * 24, rostered, zone)
    one, other = (roster("gate", servers, WEEK, hours) for hours in (even, weighted))
    assert open_minutes(WEEK, even, 0, 1440) == open_minutes(WEEK, weighted, 0, 1440)
    assert one.tokens.tolist() == other.tokens.tolist()
    assert one.times_min == pytest.approx(other.times_min)
