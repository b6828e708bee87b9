"""What holds exactly for the outcomes of every port: everyone accounted for, Little's identity, shares of time."""

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.kernel import Pool
from sim.kernel.trace import Fate
from sim.outcomes import Visits, measure_outcomes, read_series
from sim.outcomes.queues import busy_min, largest_number, mean_number, number_at, scheduled_min
from sim.port.pools import station_roster
from tests.unit.small_port import line_of_posts, look_up, post, visit

PARTS = ("driving", "waiting", "processing", "blocked")
ROUNDING = 1e-9
"""Relative; sums of some hundred minutes in hours lose no more digits than this."""

some = settings(max_examples=50)
"""Whole runs take a hundred times as long as their parts, which are drawn more often below."""

POSTS = st.builds(
    lambda minutes, servers, spare, more: post(
        minutes, servers=servers, places=None if spare is None else servers + spare, **more
    ),
    st.integers(0, 120).map(float),
    st.integers(1, 2),
    st.none() | st.integers(0, 2),
    st.fixed_dictionaries(
        {
            "hours": st.sampled_from(["always", "day"]),
            "at_closing": st.sampled_from(["finish", "freeze"]),
            "agency": st.sampled_from(["customs", "operator"]),
            "drive_min": st.sampled_from([0.0, 7.0]),
        }
    ),
)


@st.composite
def scenarios(draw):
    """Draw a line of one to three posts on our side, perhaps with the neighbour's before or behind them."""
    ours = draw(st.lists(POSTS, min_size=1, max_size=3))
    abroad = [each | {"agency": "neighbour"} for each in draw(st.lists(POSTS, max_size=1))]
    line = ours + abroad if draw(st.booleans()) else abroad + ours
    named = {f"post_{number}": each for number, each in enumerate(line)}
    return line_of_posts(days=2, warmup_days=draw(st.integers(0, 1)), **named)


MINUTES = st.lists(st.integers(0, 2900).map(float), min_size=1, max_size=12)


@st.composite
def runs(draw):
    """Draw a scenario and the visits of trucks that arrive at whole minutes."""
    scenario = draw(scenarios())
    return scenario, visit(scenario, *draw(MINUTES))


def window_of(scenario) -> tuple[float, float]:
    return scenario.horizon.warmup_min, scenario.horizon.end_min


def stays(visits: Visits) -> tuple[np.ndarray, np.ndarray]:
    """Return arrival and departure of every movement; NaN if it has not left."""
    leave = np.full(len(visits.movements), np.nan)
    leave[visits.movement] = visits.leave_min
    return visits.movements.arrival_min, leave


@some
@given(run=runs())
def test_arrived_is_finished_plus_inside_plus_not_admitted(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    arrived, *fates = (
        look_up(outcomes, "port", "port", name) for name in ("arrived", "finished", "inside", "not_admitted")
    )
    assert arrived == sum(fates) == (visits.movements.arrival_min < scenario.horizon.end_min).sum()
    assert fates[0] == (~np.isnan(stays(visits)[1])).sum()


@some
@given(run=runs())
def test_a_vehicle_enters_arrives_starts_finishes_and_leaves_in_this_order(run):
    _, visits = run
    times = np.stack([getattr(visits, f"{name}_min") for name in ("enter", "arrive", "start", "finish", "leave")])
    assert not (np.diff(times, axis=0) < 0.0).any()
    happened = ~np.isnan(times)
    assert not (happened[1:] & ~happened[:-1]).any()


@some
@given(run=runs())
def test_integral_of_those_present_is_the_sum_of_their_stays(run):
    """Little's identity, L x T = sum of sojourns, of a run that starts and ends empty (Little 1961)."""
    scenario, visits = run
    arrive, leave = stays(visits)
    assume(not np.isnan(leave).any())
    mean = mean_number(arrive, leave, (0.0, scenario.horizon.end_min))
    parts = sum(getattr(visits, f"{part}_min") for part in PARTS)
    assert mean * scenario.horizon.end_min == pytest.approx(parts.sum(), rel=ROUNDING)


@some
@given(run=runs())
def test_mean_queue_is_the_time_that_its_members_waited_within_the_window(run):
    scenario, visits = run
    begin, end = window_of(scenario)
    outcomes = measure_outcomes(scenario, visits)
    for index, station in enumerate(visits.stations):
        here = (visits.station == index) & ~np.isnan(visits.arrive_min)
        until = np.nan_to_num(visits.start_min[here], nan=end)
        waited = np.clip(until, begin, end) - np.clip(visits.arrive_min[here], begin, end)
        mean = look_up(outcomes, "station", station.key, "queue_mean")
        assert mean * (end - begin) == pytest.approx(waited.sum(), rel=ROUNDING)


@some
@given(run=runs())
def test_busy_time_within_and_beyond_the_schedule_is_all_busy_time(run):
    scenario, visits = run
    begin, end = window_of(scenario)
    for index, station in enumerate(visits.stations):
        here = visits.station == index
        start, finish = visits.start_min[here], visits.finish_min[here]
        within, beyond = busy_min(start, finish, station_roster(station, scenario), (begin, end))
        begun = ~np.isnan(start)
        until = np.nan_to_num(finish[begun], nan=end)
        assert within + beyond == (np.clip(until, begin, end) - np.clip(start[begun], begin, end)).sum()
        assert min(within, beyond) >= 0.0


@some
@given(run=runs())
def test_servers_are_never_used_for_longer_than_they_are_scheduled(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    for station in visits.stations:
        used = look_up(outcomes, "station", station.key, "utilisation")
        occupied = look_up(outcomes, "station", station.key, "occupancy")
        assert 0.0 <= used <= occupied <= 1.0


@some
@given(run=runs())
def test_release_time_is_the_sum_of_its_parts(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    assume(look_up(outcomes, "class", "truck", "released_per_day") > 0)
    parts = [look_up(outcomes, "class", "truck", part) for part in PARTS]
    assert look_up(outcomes, "class", "truck", "release_mean") == pytest.approx(sum(parts), rel=ROUNDING)
    assert min(parts) >= 0.0


@some
@given(run=runs())
def test_parts_by_step_and_by_agency_add_up_to_those_of_the_class(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    for part in PARTS:
        whole = look_up(outcomes, "class", "truck", part)
        for scope in ("step", "agency"):
            rows = outcomes.filter((pl.col("scope") == scope) & (pl.col("measure") == part))
            assert rows["value"].sum() == pytest.approx(whole, rel=ROUNDING)


@some
@given(run=runs())
def test_quantiles_of_release_time_ascend_within_its_range(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    assume(look_up(outcomes, "class", "truck", "released_per_day") > 0)
    names = ("release_median", "release_p90", "release_p95")
    values = [look_up(outcomes, "class", "truck", name) for name in names]
    assert values == sorted(values)
    assert values[-1] <= scenario.horizon.end_min / 60.0


@some
@given(run=runs())
def test_longest_queue_is_no_shorter_than_the_mean_or_any_seen_on_the_half_hour(run):
    scenario, visits = run
    outcomes, series = measure_outcomes(scenario, visits), read_series(scenario, visits)
    measured = series.grid_min >= scenario.horizon.warmup_min
    for index, station in enumerate(visits.stations):
        longest = look_up(outcomes, "station", station.key, "queue_max")
        assert longest >= look_up(outcomes, "station", station.key, "queue_mean")
        assert longest >= series.queue[index, measured].max()


@some
@given(run=runs())
def test_those_inside_at_the_end_are_those_who_have_not_left(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    there = (visits.fate == Fate.INSIDE) | (visits.fate == Fate.NOT_ADMITTED)
    assert look_up(outcomes, "class", "truck", "present_at_end") == there.sum()


STAY = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40))


def as_times(pairs) -> tuple[np.ndarray, np.ndarray]:
    """Return enter and leave minutes of (enters, stays) pairs; those without a stay never leave."""
    enter = np.array([float(enters) for enters, _ in pairs])
    leave = np.array([np.nan if stay is None else float(enters + stay) for enters, stay in pairs])
    return enter, leave


@given(pairs=st.lists(STAY, max_size=12), begin=st.integers(0, 30), length=st.integers(1, 30))
def test_number_present_is_counted_as_one_by_one(pairs, begin, length):
    enter, leave = as_times(pairs)
    instants = np.arange(0.0, 100.0, 0.5)
    one_by_one = [sum(a <= t and not b <= t for a, b in zip(enter, leave, strict=True)) for t in instants]
    np.testing.assert_array_equal(number_at(enter, leave, instants), one_by_one)
    within = (instants >= begin) & (instants < begin + length)
    assert largest_number(enter, leave, (begin, begin + length)) == np.array(one_by_one)[within].max()
    mean = mean_number(enter, leave, (begin, begin + length))
    assert mean == pytest.approx(np.array(one_by_one)[within].mean(), rel=ROUNDING)


CHANGES = st.lists(st.integers(0, 3), max_size=4).map(lambda tokens: [*tokens, 3])


@given(pairs=st.lists(STAY, max_size=3), tokens=CHANGES, begin=st.integers(0, 30), length=st.integers(1, 30))
def test_busy_time_is_counted_as_minute_by_minute(pairs, tokens, begin, length):
    roster = Pool.of("lanes", [(10.0 * n, count) for n, count in enumerate(tokens)])
    enter, leave = as_times(pairs)
    minutes = np.arange(begin, begin + length) + 0.5
    in_use = number_at(enter, leave, minutes)
    scheduled = np.array(tokens)[np.minimum(minutes // 10, len(tokens) - 1).astype(int)]
    within, beyond = busy_min(enter, leave, roster, (begin, begin + length))
    assert within == np.minimum(in_use, scheduled).sum()
    assert beyond == np.maximum(in_use - scheduled, 0).sum()
    assert scheduled_min(roster, (begin, begin + length)) == scheduled.sum()
