"""Use by hour of the week: which share of the scheduled server time somebody is served, when."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool
from sim.outcomes.keeping import find_given_back
from sim.outcomes.surge import NO_SURGE, lanes_on_duty
from sim.outcomes.visits import Visits
from sim.outcomes.window import DAY_MIN, Window
from sim.port import Lift, Station
from sim.port.roster import roster
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
WEEK_H = 168


@dataclass(frozen=True)
class UseByHour:
    """Server-hours of each station, and of the cranes of each terminal, by hour from Monday 00:00 on the port's clock.

    `used_h` and `scheduled_h`, shape (stations, 168), are sums over the measured time: within the schedule, as
    work beyond it is overtime.
    """

    stations: tuple[str, ...]
    used_h: FloatArray
    scheduled_h: FloatArray

    @property
    def share(self) -> FloatArray:
        """The share that is used, from 0 to 1; NaN while nobody is scheduled."""
        return np.divide(
            self.used_h, self.scheduled_h, out=np.full_like(self.used_h, np.nan), where=self.scheduled_h > 0.0
        )


def read_use_by_hour(scenario: Scenario, visits: Visits) -> UseByHour:
    """Return the use of every station that somebody visits, of a scenario as it came about."""
    window, monday_min = Window.of(scenario.horizon), scenario.start.weekday() * DAY_MIN
    rows = [
        (key, *sum_by_hour(begin, end, pool, window, monday_min))
        for key, begin, end, pool in _list_servers(scenario, visits)
        if np.count_nonzero(~np.isnan(begin))
    ]
    if not rows:
        return UseByHour((), np.empty((0, WEEK_H)), np.empty((0, WEEK_H)))
    keys, used, scheduled = zip(*rows, strict=True)
    return UseByHour(keys, np.array(used), np.array(scheduled))


def _list_servers(scenario: Scenario, visits: Visits) -> Iterator[tuple[str, FloatArray, FloatArray, Pool]]:
    """Yield what serves, when each service begins and ends, and how many at once are scheduled when."""
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Station) and not isinstance(stop, Lift):
            here = np.flatnonzero(visits.station == index)
            end = find_given_back(visits, here) if stop.kept_until else visits.finish_min[here]
            pool = lanes_on_duty(scenario, stop, visits.surge_min.get(stop.key, NO_SURGE))
            yield stop.key, visits.start_min[here], end, _divide(pool, stop.servers_per_vehicle)
    for key, terminal in scenario.port.terminals.items():
        lifts, name = _find_lifts(visits, key), f"{key} cranes"
        pool = roster(name, terminal.cranes, scenario, terminal.hours)
        yield name, visits.start_min[lifts], visits.finish_min[lifts], pool


def _find_lifts(visits: Visits, terminal: str) -> NDArray[np.bool_]:
    """Return which visits are to the cranes of a terminal."""
    return visits.are_at(lambda stop: isinstance(stop, Lift) and stop.terminal == terminal)


def _divide(pool: Pool, each: int) -> Pool:
    """Return the pool in vehicles, of which each takes so many servers."""
    return Pool(pool.name, pool.times_min, pool.tokens // each)


def sum_by_hour(
    begin_min: FloatArray, end_min: FloatArray, pool: Pool, window: Window, monday_min: float
) -> tuple[FloatArray, FloatArray]:
    """Return (used, scheduled) server-hours within a window by hour of the week, shape (168,) each.

    Used is the integral of min(in use, scheduled); `monday_min` have passed since a Monday 00:00 at minute 0.
    """
    began = ~np.isnan(begin_min)
    begins, ends = begin_min[began], np.nan_to_num(end_min[began], nan=window.end)
    hours = np.arange(window.begin, window.end, 60.0)
    times = np.clip(np.concatenate([begins, ends, pool.times_min, hours]), *window.ends)
    change = np.zeros((2, len(times)))  # of servers in use, and of those scheduled
    change[0, : 2 * len(begins)] = np.repeat([1.0, -1.0], len(begins))
    change[1, 2 * len(begins) : len(times) - len(hours)] = np.diff(pool.tokens, prepend=0)
    order = np.argsort(times, kind="stable")
    in_use, scheduled = np.cumsum(change[:, order], axis=1)
    lasts_h = np.diff(times[order], append=window.end) / 60.0
    hour = ((times[order] + monday_min) // 60.0).astype(np.int64) % WEEK_H
    used, given = (np.bincount(hour, each * lasts_h, WEEK_H) for each in (np.minimum(in_use, scheduled), scheduled))
    return np.asarray(used, dtype=np.float64), np.asarray(given, dtype=np.float64)
