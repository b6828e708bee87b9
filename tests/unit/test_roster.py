"""Rosters: who is at work when, so that longer hours with the same crews spread the same lane-hours thinner."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel import Pool, assemble, delay, release, run, seize
from sim.kernel.program import Calendar
from sim.port import roster as rosters
from sim.port.expansion import expand_stations
from sim.port.pools import station_roster
from sim.scenario.schema import Hours
from tests.unit.tiny import tiny_scenario

WEEK = tiny_scenario(**{"horizon.warmup_days": 0, "horizon.days": 7})
CLOCKS_GO_BACK = {"horizon.start": "2025-10-25", "horizon.warmup_days": 0, "horizon.days": 3}
SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def make_hours(text, zone=SHANGHAI, rostered=None):
    return Hours(timezone=zone, open=text, rostered_h_per_day=rostered)


def name_hours(scenario, hours):
    """Return the scenario with these hours, and their name."""
    named = {**scenario.port.hours, "tried": hours}
    return scenario.model_copy(update={"port": scenario.port.model_copy(update={"hours": named})}), "tried"


def hours_open(scenario, hours):
    return rosters.hours_open(*name_hours(scenario, hours))


def roster(name, servers, scenario, hours):
    return rosters.roster(name, servers, *name_hours(scenario, hours))


def read_steps(pool):
    """Return capacity as (hour of the run, tokens)."""
    return list(zip((pool.times_min / 60.0).tolist(), pool.tokens.tolist(), strict=True))


def lane_minutes(pool, begin, end):
    """Return the integral of capacity over an interval."""
    edges = np.clip(np.append(pool.times_min, np.inf), begin, end)
    return float(np.diff(edges) @ pool.tokens)


def open_minutes(scenario, hours, begin, end):
    cut = np.clip(hours_open(scenario, hours), begin, end)
    return float((cut[:, 1] - cut[:, 0]).sum())


def local_days(scenario, zone):
    """Return (begins, ends) in minutes of the run of every whole local day, from absolute time."""
    start = scenario.start.astimezone(ZoneInfo("UTC"))
    first = scenario.start.astimezone(ZoneInfo(zone)).date()
    midnights = [
        (datetime.combine(first + timedelta(days=n), datetime.min.time(), ZoneInfo(zone)) - start).total_seconds() / 60
        for n in range(scenario.horizon.days + scenario.horizon.warmup_days + 2)
    ]
    whole = [minute for minute in midnights if 0 <= minute <= scenario.horizon.end_min]
    return list(pairwise(whole))


def test_without_a_roster_all_servers_work_whenever_open():
    pool = roster("gate", 3, WEEK, make_hours("Mo-Tu 07:00-12:00,13:00-19:00"))
    assert read_steps(pool) == [(0, 0), (7, 3), (12, 0), (13, 3), (19, 0), (31, 3), (36, 0), (37, 3), (43, 0)]


def test_one_lane_rostered_for_half_the_day_works_the_middle_half():
    pool = roster("gate", 1, WEEK, make_hours("Mo 00:00-24:00", rostered=12))
    assert read_steps(pool) == [(0, 0), (6, 1), (18, 0)]


def test_whole_lanes_work_throughout_and_the_odd_lane_in_the_middle():
    pool = roster("gate", 3, WEEK, make_hours("Mo 00:00-24:00", rostered=12))
    assert read_steps(pool) == [(0, 1), (6, 2), (18, 1), (24, 0)]


def test_middle_of_the_day_skips_the_break():
    """12 h open, 2 lanes x 6 h = 12 lane-hours: one lane throughout; 9 h: half a lane more around hour 6 of 12."""
    hours = make_hours("Mo 06:00-12:00,14:00-20:00", rostered=9)
    assert read_steps(roster("gate", 2, WEEK, hours)) == [(0, 0), (6, 1), (9, 2), (12, 0), (14, 2), (17, 1), (20, 0)]


def test_roster_longer_than_the_opening_changes_nothing():
    rostered = roster("gate", 2, WEEK, make_hours("Mo-Su 07:00-15:00", rostered=12))
    assert read_steps(rostered) == read_steps(roster("gate", 2, WEEK, make_hours("Mo-Su 07:00-15:00")))


def test_facility_that_is_always_off_has_nobody():
    assert read_steps(roster("gate", 2, WEEK, make_hours("off", rostered=12))) == [(0, 0)]


@st.composite
def draw_rosters(draw):
    """Draw servers and hours of which each day's spans, in quarters of an hour, may pass midnight."""
    marks = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=4)))
    clocks = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in marks]
    clocks = clocks[1:] + clocks[:1] if draw(st.booleans()) else clocks
    spans = ",".join("-".join(pair) for pair in zip(clocks[0::2], clocks[1::2], strict=False))
    text = draw(st.sampled_from(["24/7", f"Mo-Su {spans}", f"Mo,We,Fr {spans}"]))
    rostered = draw(st.floats(0.25, 24.0))
    return draw(st.integers(1, 12)), make_hours(text, draw(st.sampled_from([SHANGHAI, "Asia/Almaty"])), rostered)


@given(drawn=draw_rosters())
def test_lane_hours_of_every_local_day_are_kept(drawn):
    servers, hours = drawn
    pool = roster("gate", servers, WEEK, hours)
    days = local_days(WEEK, hours.timezone)
    assert len(days) >= 6
    for begin, end in days:
        expected = servers * min(hours.rostered_h_per_day * 60.0, open_minutes(WEEK, hours, begin, end))
        assert lane_minutes(pool, begin, end) == pytest.approx(expected, abs=1e-6)


def sample_lanes(pool, hours):
    """Return minutes of the week, whether the port is open then, and how many lanes are."""
    minutes = np.arange(7.5, WEEK.horizon.end_min, 15.0)
    intervals = hours_open(WEEK, hours)
    is_open = ((intervals[:, 0] <= minutes[:, None]) & (minutes[:, None] < intervals[:, 1])).any(axis=1)
    return minutes, is_open, pool.tokens[np.searchsorted(pool.times_min, minutes, side="right") - 1]


@given(drawn=draw_rosters())
def test_nobody_works_while_closed_and_no_more_than_all_while_open(drawn):
    servers, hours = drawn
    _, is_open, lanes = sample_lanes(roster("gate", servers, WEEK, hours), hours)
    assert (lanes[~is_open] == 0).all()
    assert lanes.max() <= servers


@given(drawn=draw_rosters())
def test_lanes_of_one_day_differ_by_at_most_one_while_open(drawn):
    servers, hours = drawn
    minutes, is_open, lanes = sample_lanes(roster("gate", servers, WEEK, hours), hours)
    for begin, end in local_days(WEEK, hours.timezone):
        of_day = lanes[is_open & (minutes >= begin) & (minutes < end)]
        assert not len(of_day) or np.ptp(of_day) <= 1


@pytest.mark.parametrize("port_zone", [SHANGHAI, BERLIN])
def test_lane_hours_are_kept_on_the_day_on_which_clocks_go_back(port_zone):
    scenario = tiny_scenario(**CLOCKS_GO_BACK, **{"port.timezone": port_zone})
    hours = make_hours("24/7", BERLIN, rostered=10)
    pool = roster("gate", 3, scenario, hours)
    days = local_days(scenario, BERLIN)
    assert 1500.0 in [end - begin for begin, end in days]
    for begin, end in days:
        assert lane_minutes(pool, begin, end) == pytest.approx(3 * 600.0)


def test_unstaffed_places_are_open_whenever_the_hours_are():
    changes = {"port.hours.day.rostered_h_per_day": 4, "port.facilities.gate.staff_per_server": 0}
    scenario = tiny_scenario(**changes)
    stations = expand_stations(scenario.port)
    assert station_roster(stations["gate"], scenario).tokens.max() == 2
    assert lane_minutes(station_roster(stations["gate"], scenario), 0, 1440) == 2 * 720
    assert lane_minutes(station_roster(stations["scanner"], scenario), 0, 1440) == 1 * 240


def test_quota_is_renewed_at_the_midnight_of_its_own_clock():
    quota = rosters.daily_quota("quota", 5, *name_hours(WEEK, make_hours("24/7", "Asia/Almaty")))
    assert quota.refills
    assert (quota.times_min / 60.0).tolist() == [0, *(3 + 24 * day for day in range(7))]
    assert (quota.tokens == 5).all()


def serve(pool, arrivals, minutes, calendar=None):
    """Return (starts, finishes) of vehicles at one lane, in hours."""
    calendars = [calendar] if calendar else []
    steps = [seize(pool.name), delay(minutes, calendar.name if calendar else None), release(pool.name)]
    program = assemble([pool], [(arrival, steps) for arrival in arrivals], calendars)
    ended = run(program).ended_min.reshape(-1, 3) / 60.0
    return ended[:, 0].tolist(), ended[:, 1].tolist()


def test_service_begun_before_closing_is_finished_after_it_and_the_next_waits_for_opening():
    pool = roster("gate", 1, WEEK, make_hours("Mo-Su 07:00-19:00"))
    assert serve(pool, [18 * 60.0, 18.5 * 60.0], 90.0) == ([18, 31], [19.5, 32.5])


def test_work_that_freezes_at_closing_goes_on_at_the_next_opening():
    hours = make_hours("Mo-Su 07:00-19:00")
    calendar = Calendar.of("hours", hours_open(WEEK, hours).tolist())
    pool = roster("gate", 1, WEEK, hours)
    assert serve(pool, [18 * 60.0, 18.5 * 60.0], 90.0, calendar) == ([18, 31.5], [31.5, 33])


def test_lane_that_its_roster_closes_finishes_its_vehicle():
    pool = roster("gate", 3, WEEK, make_hours("Mo-Tu 00:00-24:00", rostered=12))
    assert pool.tokens.tolist()[:3] == [1, 2, 1]
    starts, finishes = serve(pool, [17.5 * 60.0] * 3, 60.0)
    assert (starts, finishes) == ([17.5, 17.5, 18.5], [18.5, 18.5, 19.5])


def test_pool_is_given_from_minute_0_even_when_nobody_works_then():
    pool = roster("gate", 2, WEEK, make_hours("Tu 07:00-08:00"))
    assert isinstance(pool, Pool)
    assert read_steps(pool) == [(0, 0), (31, 2), (32, 0)]
