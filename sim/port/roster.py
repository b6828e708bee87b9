"""Rosters: how many servers are open when, as capacity that changes with the clock."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool
from sim.port.shifts import Shift, WeightedPart, add_lanes, spread_lanes
from sim.scenario.hours import clock_hours, day_starts
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]


def hours_open(scenario: Scenario, hours: str | None) -> FloatArray:
    """Return the open intervals of named service hours over the run, less what shuts them, shape (n, 2), minutes.

    None stands for hours that never close.
    """
    if hours is None:
        return np.array([[0.0, scenario.horizon.end_min]])
    intervals = scenario.scheduled_open(hours)
    for each in scenario.port.disruptions.values():
        for begin, end in each.spans_min if hours in each.shuts else ():
            intervals = _cut_out(intervals, begin, end)
    return intervals


def _cut_out(intervals: FloatArray, begin: float, end: float) -> FloatArray:
    """Return the intervals without the time from begin to end."""
    before, after = np.minimum(intervals, begin), np.maximum(intervals, end)
    left = np.concatenate([before, after])
    left = left[left[:, 0] < left[:, 1]]
    return left[np.argsort(left[:, 0], kind="stable")]


def roster(name: str, servers: int, scenario: Scenario, hours: str | None, staffed: bool = True) -> Pool:
    """Return a pool whose capacity is `servers` while open and 0 while closed.

    With `staffed_by_hour` only that share of them is open in each hour. With `rostered_h_per_day` each day has no
    more lane-minutes than that many hours of all servers, in proportion to these shares, or even without them.
    Lanes are whole (`open_lanes`), and lane-hours a day are kept exactly. Servers that nobody staffs are open
    whenever the hours are.
    """
    intervals = hours_open(scenario, hours)
    named = None if hours is None else scenario.port.hours[hours]
    if named is None or hours is None or not staffed or not named.is_thinned:
        return add_lanes(Pool.of(name, 0), [(opens, closes, servers) for opens, closes in intervals.tolist()])
    lane_min = None if named.rostered_h_per_day is None else servers * (named.rostered_h_per_day * 60.0)
    shifts: list[Shift] = []
    for midnight, parts in _parts_of_days(intervals, scenario, hours):
        day = spread_lanes(parts, servers, lane_min)
        shifts += [(midnight + opens, midnight + closes, lanes) for opens, closes, lanes in day]
    return add_lanes(Pool.of(name, 0), shifts)


def while_open(scenario: Scenario, hours: str | None, spans: FloatArray, lanes: int) -> list[Shift]:
    """Return the shifts of extra lanes: the parts of some spans of the run (n, 2) in which the hours are open."""
    intervals = hours_open(scenario, hours)
    first = np.searchsorted(intervals[:, 1], spans[:, 0], side="right")
    count = np.searchsorted(intervals[:, 0], spans[:, 1]) - first
    span = np.repeat(np.arange(len(spans)), count)
    interval = np.arange(len(span)) + np.repeat(first - np.cumsum(count) + count, count)
    begin, end = np.maximum(spans[span, 0], intervals[interval, 0]), np.minimum(spans[span, 1], intervals[interval, 1])
    return [(opens, closes, lanes) for opens, closes in zip(begin.tolist(), end.tolist(), strict=True)]


def in_order(pool: Pool, name: str | None, scenario: Scenario) -> Pool:
    """Return a roster less what is out of order of the facility or the terminal of this name, 0 at least.

    Staff of what is out of order stay on duty: these are the servers that can begin work, not those who are paid.
    """
    touching = [
        (each, each.out_of_order[name]) for each in scenario.port.disruptions.values() if name in each.out_of_order
    ]
    if not touching:
        return pool
    edges = np.unique([*pool.times_min, *(edge for each, _ in touching for span in each.spans_min for edge in span)])
    tokens = pool.tokens[np.searchsorted(pool.times_min, edges, side="right") - 1]
    for each, servers in touching:
        tokens = np.maximum(tokens - each.goes_on(edges) * (tokens if servers == "all" else servers), 0)
    return Pool(pool.name, edges, tokens)


def daily_quota(name: str, places: int, scenario: Scenario, hours: str) -> Pool:
    """Return a pool that is set to `places` at every local midnight; unused places lapse."""
    times = _day_begins(scenario, hours)
    return Pool(name, times, np.full(len(times), places, dtype=np.int64), refills=True)


def daily_paths(name: str, paths: int, scenario: Scenario, hours: str) -> Pool:
    """Return a pool that has one token at each of so many instants a day, while open; one that nobody takes lapses."""
    begins = _day_begins(scenario, hours)
    by_day = begins[:, None] + np.arange(paths) * 1440.0 / paths
    at = by_day[by_day < np.append(begins[1:], np.inf)[:, None]]  # where clocks change a day may be shorter
    intervals = hours_open(scenario, hours)
    position = np.searchsorted(intervals[:, 0], at, side="right") - 1
    at = at[(position >= 0) & (at < intervals[position, 1])] if len(intervals) else at[:0]
    times = np.column_stack([at, np.nextafter(at, np.inf)]).ravel()
    tokens = np.tile(np.array([1, 0]), len(at))
    if not len(at) or at[0] > 0.0:
        times, tokens = np.append(0.0, times), np.append(0, tokens)
    return Pool(name, times, tokens, refills=True)


def _day_begins(scenario: Scenario, hours: str) -> FloatArray:
    """Return minute 0 and every local midnight of the run."""
    days = scenario.horizon.end_min / 1440.0
    return np.append(0.0, day_starts(scenario.port.hours[hours].timezone, scenario.start, days))


def _parts_of_days(
    intervals: FloatArray, scenario: Scenario, hours: str
) -> Iterator[tuple[float, tuple[WeightedPart, ...]]]:
    """Yield when each local day begins, and the parts of its open time, with a weight of 1 if no shares are given."""
    named = scenario.port.hours[hours]
    from_min, clock_h = clock_hours(named.timezone, scenario.start, scenario.horizon.end_min / 1440.0)
    parts = intervals if named.staffed_by_hour is None else _split(intervals, from_min)
    by_hour = np.array(named.staffed_by_hour or [1.0] * 24)
    weights = by_hour[clock_h[np.searchsorted(from_min, parts[:, 0], side="right") - 1]]
    edges = np.unique(np.append(_day_begins(scenario, hours), scenario.horizon.end_min))
    for begin, end in pairwise(edges.tolist()):
        first, last = np.searchsorted(parts[:, 1], begin, side="right"), np.searchsorted(parts[:, 0], end)
        clock = np.clip(parts[first:last], begin, end) - begin
        yield begin, tuple(zip(*clock.T.tolist(), weights[first:last].tolist(), strict=True))


def _split(intervals: FloatArray, at_min: FloatArray) -> FloatArray:
    """Return the intervals cut at some times."""
    edges = np.unique(np.concatenate([intervals.ravel(), at_min]))
    interval = np.searchsorted(intervals[:, 0], edges[:-1], side="right") - 1
    inside = (interval >= 0) & (edges[:-1] < np.append(intervals[:, 1], 0.0)[interval])
    return np.column_stack([edges[:-1], edges[1:]])[inside]
