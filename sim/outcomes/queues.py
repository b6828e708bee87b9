"""Queues and work over time: how many wait or are served at a station, and the server time they use."""

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def number_at(enter_min: FloatArray, leave_min: FloatArray, time_min: FloatArray) -> IntArray:
    """Return how many are present at each time; whoever leaves at that instant is gone."""
    entered, left = (np.searchsorted(ascending(times), time_min, side="right") for times in (enter_min, leave_min))
    return np.asarray(entered - left)


def largest_number(enter_min: FloatArray, leave_min: FloatArray, window: tuple[float, float]) -> int:
    """Return the most that were present at once within [window)."""
    entered, left = ascending(enter_min), ascending(leave_min)
    first, last = np.searchsorted(entered, window)
    present = np.arange(first + 1, last + 1) - np.searchsorted(left, entered[first:last], side="right")
    at_begin = int(number_at(entered, left, np.array(window[:1]))[0])
    return max(int(present.max(initial=0)), at_begin)


def ascending(time_min: FloatArray) -> FloatArray:
    """Return times in order, NaN last; nearly ordered ones, as arrivals are, take one pass."""
    return np.sort(time_min, kind="stable")


def mean_number(enter_min: FloatArray, leave_min: FloatArray, window: tuple[float, float]) -> float:
    """Return the time average present within the window; those who have not left stay to its end."""
    entered = ~np.isnan(enter_min)
    stay = np.clip(np.nan_to_num(leave_min[entered], nan=window[1]), *window) - np.clip(enter_min[entered], *window)
    return float(stay.sum() / (window[1] - window[0]))


def scheduled_min(roster: Pool, window: tuple[float, float]) -> float:
    """Return server-minutes that a roster schedules within the window."""
    edges = np.clip(np.append(roster.times_min, np.inf), *window)
    return float(np.diff(edges) @ roster.tokens)


def busy_min(
    begin_min: FloatArray, end_min: FloatArray, roster: Pool, window: tuple[float, float]
) -> tuple[float, float]:
    """Return (within, beyond): server-minutes in use within the schedule, and beyond it (overtime).

    Both are integrals over the window, of min(in use, scheduled) and max(in use - scheduled, 0).
    No more servers may be in use at once than the roster ever has.
    """
    used = ~np.isnan(begin_min)
    begins = np.clip(begin_min[used], *window)
    ends = np.clip(np.nan_to_num(end_min[used], nan=window[1]), *window)
    total = float((ends - begins).sum())
    levels = set(roster.tokens.tolist())
    if len(levels) == 1 and 0 not in levels:
        return total, 0.0
    if levels <= {0, int(roster.tokens.max())}:
        beyond = float((_closed_min(roster, ends) - _closed_min(roster, begins)).sum())
    else:
        beyond = _beyond_schedule(begins, ends, roster, window)
    return total - beyond, beyond


def _closed_min(roster: Pool, time_min: FloatArray) -> FloatArray:
    """Return the minutes from 0 to each time in which no server is scheduled: all work then is beyond the schedule."""
    lasts = np.diff(roster.times_min)
    passed = np.concatenate([[0.0], np.cumsum(np.where(roster.tokens[:-1] == 0, lasts, 0.0))])
    index = np.searchsorted(roster.times_min, time_min, side="right") - 1
    return np.asarray(passed[index] + np.where(roster.tokens[index] == 0, time_min - roster.times_min[index], 0.0))


def _beyond_schedule(begins: FloatArray, ends: FloatArray, roster: Pool, window: tuple[float, float]) -> float:
    """Integrate max(in use - scheduled, 0) where the number of scheduled servers varies."""
    times = np.concatenate([begins, ends, np.clip(roster.times_min, *window)])
    change = np.concatenate([np.ones(len(begins)), -np.ones(len(ends)), -np.diff(roster.tokens, prepend=0)])
    order = np.argsort(times, kind="stable")
    excess = np.cumsum(change[order])
    return float(np.maximum(excess, 0.0) @ np.diff(times[order], append=window[1]))
