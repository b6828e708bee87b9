"""Blame: what delays whom, followed from stop to stop to where the trouble begins.

A vehicle that is done at one stop and blocked by the next is held up by that one; one that waits at a stop, by
those in front. But the next may be full, and those in front may be slow, only because they are blocked by a
third. While others wait for a stop, its vehicles are blocked for some share of the time; following these shares
as the transitions of an absorbing Markov chain (Kemeny and Snell 1976, chapter 3) ends where vehicles are not
blocked but served: at a bottleneck.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.passing_on import share_blocked, share_held_elsewhere
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Row = tuple[str, str, str, str, float]

LEAST_H = 1e-3
"""Vehicle-hours a day below which a pair of stop and cause is left out."""


def measure_blame(visits: Visits, window: Window) -> Iterator[Row]:
    """Yield vehicle-hours a day that each stop's vehicles are delayed by each root cause, and by each cause in all.

    Scope `blame`, named `stop/cause`, has the delay and what of it is blocked after service; scope `cause` the sums.
    """
    held, by, since = _find_blocked(visits)
    stops = len(visits.stations)
    minutes = window.minutes_within(since, visits.leave_min[held])
    blocked = np.bincount(visits.station[held] * stops + by, minutes, minlength=stops * stops).reshape(stops, stops)
    waiting = np.bincount(visits.station, window.minutes_within(visits.arrive_min, visits.start_min), minlength=stops)
    passed_on = share_blocked(visits, held, by, since, window) + share_held_elsewhere(visits, window)
    follow = follow_blame(passed_on)
    day_h = 60.0 * window.days
    causes = {"delay": (blocked + np.diag(waiting)) @ follow / day_h, "blocked": blocked @ follow / day_h}
    names = [stop.key for stop in visits.stations]
    for measure, hours in causes.items():
        for stop, cause in np.argwhere(hours > LEAST_H).tolist():
            yield "blame", f"{names[stop]}/{names[cause]}", measure, "vehicle-h/day", float(hours[stop, cause])
    for name, hours_in_all in zip(names, causes["delay"].sum(axis=0).tolist(), strict=True):
        yield "cause", name, "delay", "vehicle-h/day", hours_in_all


def follow_blame(passed_on: FloatArray) -> FloatArray:
    """Return the share of what is blamed on each stop (rows) that each stop (columns) is the cause of.

    `passed_on` (stops, stops) has the shares of the time in which the stop of the row is itself held up by that
    of the column; what is left to 1 it causes itself. Rows of the result sum to 1.
    """
    # In a circle of stops that hold each other up all the time nobody is the cause alone: it is shared.
    shares = passed_on * np.minimum(1.0, (1.0 - 1e-9) / np.maximum(passed_on.sum(axis=1, keepdims=True), 1e-9))
    return np.asarray(np.linalg.solve(np.eye(len(shares)) - shares, np.diag(1.0 - shares.sum(axis=1))))


def _find_blocked(visits: Visits) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the visits that were blocked, the stop that each waited for, and since when."""
    goes_on = np.append(visits.movement[1:] == visits.movement[:-1], False)
    since = visits.finish_min if visits.metered_min is None else visits.finish_min + visits.metered_min
    held = np.flatnonzero(goes_on & ~np.isnan(since) & ~(visits.leave_min <= since))
    return held, visits.station[held + 1].astype(np.int64), since[held]
