"""Queues and work over time: how many wait or are served at a station, and the server time they use."""

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def number_at(enter_min: FloatArray, leave_min: FloatArray, grid_min: FloatArray) -> IntArray:
    """Return how many are present at each grid time; whoever leaves at that instant is gone."""
    entered = np.sort(enter_min[~np.isnan(enter_min)])
    left = np.sort(leave_min[~np.isnan(leave_min)])
    return np.searchsorted(entered, grid_min, side="right") - np.searchsorted(left, grid_min, side="right")


def largest_number(enter_min: FloatArray, leave_min: FloatArray, window: tuple[float, float]) -> int:
    """Return the most that were present at once within [window)."""
    times = enter_min[(enter_min >= window[0]) & (enter_min < window[1])]
    return int(number_at(enter_min, leave_min, np.append(times, window[0])).max())


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
    """
    used = ~np.isnan(begin_min)
    begins = np.clip(begin_min[used], *window)
    ends = np.clip(np.nan_to_num(end_min[used], nan=window[1]), *window)
    changes = np.clip(roster.times_min, *window)
    times = np.concatenate([begins, ends, changes])
    in_use = np.concatenate([np.ones(len(begins)), -np.ones(len(ends)), np.zeros(len(changes))])
    servers = np.concatenate([np.zeros(2 * len(begins)), np.diff(roster.tokens, prepend=0)])
    order = np.argsort(times, kind="stable")
    lasts = np.diff(times[order], append=window[1])
    busy, open_servers = np.cumsum(in_use[order]), np.cumsum(servers[order])
    return float(np.minimum(busy, open_servers) @ lasts), float(np.maximum(busy - open_servers, 0.0) @ lasts)
