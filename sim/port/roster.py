"""Rosters: how many servers are open when, as capacity that changes with the clock."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool
from sim.scenario.hours import day_starts, open_intervals
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]


def hours_open(scenario: Scenario, hours: str | None) -> FloatArray:
    """Return the open intervals of named service hours over the run, without incidents, shape (n, 2), minutes.

    None stands for hours that never close.
    """
    days = scenario.horizon.end_min / 1440.0
    if hours is None:
        return np.array([[0.0, scenario.horizon.end_min]])
    named = scenario.port.hours[hours]
    intervals = open_intervals(named.week, named.timezone, scenario.start, days, frozenset(named.closed_dates))
    for incident in scenario.port.incidents.values():
        if hours in incident.shuts:
            intervals = _cut_out(intervals, *incident.window_min(scenario.horizon.warmup_min))
    for begin, end in named.closed_min:
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

    With `rostered_h_per_day` each day has no more lane-minutes than that many hours of all
    servers: whole lanes are open throughout, and the remaining fraction of a lane is open around
    the middle of the day's open time. Lane-hours a day are kept exactly. Servers that nobody
    staffs are open whenever the hours are.
    """
    intervals = hours_open(scenario, hours)
    rostered_h = None if hours is None else scenario.port.hours[hours].rostered_h_per_day
    if hours is None or rostered_h is None or not staffed:
        return _pool(name, [(opens, closes, servers) for opens, closes in intervals.tolist()])
    shifts: list[tuple[float, float, int]] = []
    for day in _by_local_day(intervals, scenario, hours):
        shifts += _thin(day, servers, rostered_h * 60.0)
    return _pool(name, shifts)


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


def _by_local_day(intervals: FloatArray, scenario: Scenario, hours: str) -> list[FloatArray]:
    edges = np.unique(np.append(_day_begins(scenario, hours), scenario.horizon.end_min))
    days = []
    for begin, end in pairwise(edges.tolist()):
        cut = np.clip(intervals, begin, end)
        days.append(cut[cut[:, 1] > cut[:, 0]])
    return days


def _thin(day: FloatArray, servers: int, rostered_min: float) -> list[tuple[float, float, int]]:
    """Spread servers x rostered_min lane-minutes over one day's open intervals."""
    open_min = float((day[:, 1] - day[:, 0]).sum())
    if open_min <= rostered_min:
        return [(opens, closes, servers) for opens, closes in day.tolist()]
    lanes = servers * rostered_min / open_min
    always, share = int(lanes), lanes - int(lanes)
    first, last = (0.5 - share / 2.0) * open_min, (0.5 + share / 2.0) * open_min
    shifts, passed = [], 0.0
    for opens, closes in day.tolist():
        begin, end = (float(np.clip(opens + mark - passed, opens, closes)) for mark in (first, last))
        shifts += [(opens, begin, always), (begin, end, always + 1), (end, closes, always)]
        passed += closes - opens
    return [(begin, end, count) for begin, end, count in shifts if end > begin]


def _pool(name: str, shifts: list[tuple[float, float, int]]) -> Pool:
    """Join consecutive (begins, ends, count) shifts into a step function from minute 0."""
    steps: list[tuple[float, int]] = [(0.0, 0)]
    for begins, ends, count in shifts:
        for time, tokens in ((begins, count), (ends, 0)):
            if steps[-1][0] == time:
                steps.pop()
            if not steps or steps[-1][1] != tokens:
                steps.append((time, tokens))
    return Pool.of(name, steps)
