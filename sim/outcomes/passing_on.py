"""Passing on: which share of the delay at each stop others cause, while somebody waits for it.

Those at a stop may be blocked by the next; the tracks, engines or wagons that one waits for may be with vehicles
that stand elsewhere; and cargo may wait in store for a vehicle that is itself held up on its way.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.keeping import find_given_back
from sim.outcomes.series import count_on_grid
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.port import Station, Storage, Track

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BLAME_GRID_MIN = 20.0 / (1.0 + 5.0**0.5)
"""Minutes between the instants at which shares are read: an irrational number, so that no rhythm of services and
arrivals keeps step with it (Weyl's equidistribution)."""


def share_blocked(visits: Visits, held: IntArray, by: IntArray, since: FloatArray, window: Window) -> FloatArray:
    """Return for each stop the share of its time that others hold it up, while somebody waits for it.

    `held` are the visits that were blocked, `by` the stops that each waited for, `since` when; shape (stops, stops).
    """
    stops, times = len(visits.stations), _count_times(window)
    here = visits.station[held].astype(np.int64)
    pairs, pair = np.unique(here * stops + by, return_inverse=True)
    blocked = count_on_grid(pair, len(pairs), since, visits.leave_min[held], times, BLAME_GRID_MIN)
    inside = count_on_grid(visits.station, stops, visits.start_min, visits.leave_min, times, BLAME_GRID_MIN)
    waits = count_on_grid(visits.station, stops, visits.arrive_min, visits.start_min, times, BLAME_GRID_MIN)
    np.add.at(waits, pairs % stops, blocked)
    waits = np.where(_is_measured(window), waits, 0)
    shares = np.zeros((stops, stops))
    for each, count in zip(pairs.tolist(), blocked, strict=True):
        stop, cause = divmod(each, stops)
        share = count / np.maximum(inside[stop], 1)
        shares[stop, cause] = (waits[stop] @ share) / max(waits[stop].sum(), 1.0)
    return shares


def share_held_elsewhere(visits: Visits, window: Window) -> FloatArray:
    """Return for each stop the share of what one waits for there that others hold up, while somebody waits for it.

    For tracks, locomotives and wagons that are kept: those of them with vehicles at each later stop; what is on its
    way back is with nobody. For stores: the vehicles to be loaded that wait for something on their way.
    """
    stops = len(visits.stations)
    shares = np.zeros((stops, stops))
    for stop, there, of in (*_find_holders(visits, window), *_find_takers(visits, window)):
        here = visits.station == stop
        waits = np.where(_is_measured(window), _count(visits.arrive_min[here], visits.start_min[here], window), 0)
        shares[stop] = ((there / np.maximum(of, 1)) @ waits) / max(waits.sum(), 1.0)
    np.fill_diagonal(shares, 0.0)
    return shares


def _find_holders(visits: Visits, window: Window) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Yield each stop whose servers are kept, and on the grid how many are at each stop and how many are out in all."""
    keys = [each.key for each in visits.stations]
    for number, stop in enumerate(visits.stations):
        here = np.flatnonzero(visits.station == number)
        if isinstance(stop, Station) and stop.kept_until and len(here):
            rows = _visits_between(visits, here, keys.index(stop.kept_until))
            there = _count_by_stop(visits, rows, visits.enter_min[rows], visits.leave_min[rows], window)
            yield number, there, _count(visits.start_min[here], find_given_back(visits, here), window)


def _find_takers(visits: Visits, window: Window) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Yield each store, and on the grid how many vehicles for its cargo wait at each stop and how many are there."""
    for number, stop in enumerate(visits.stations):
        if not isinstance(stop, Storage) or visits.cargo is None:
            continue
        loads = [isinstance(each, Track) and each.loads and each.terminal == stop.terminal for each in visits.stations]
        loading = np.flatnonzero(np.array(loads)[visits.station] & (visits.cargo >= 0))
        last = np.full(len(visits.movements), -1)
        last[visits.movement[loading]] = loading
        rows = np.flatnonzero(np.arange(len(visits.movement)) <= last[visits.movement])
        there = _count_by_stop(visits, rows, visits.arrive_min[rows], visits.start_min[rows], window)
        yield number, there, _count(visits.enter_min[rows], visits.leave_min[rows], window)


def _count(enter_min: FloatArray, leave_min: FloatArray, window: Window) -> IntArray:
    """Return how many are there at each time of the grid."""
    everyone = np.zeros(len(enter_min), dtype=np.int64)
    return np.asarray(count_on_grid(everyone, 1, enter_min, leave_min, _count_times(window), BLAME_GRID_MIN)[0])


def _count_by_stop(
    visits: Visits, rows: IntArray, enter_min: FloatArray, leave_min: FloatArray, window: Window
) -> IntArray:
    stops, times = len(visits.stations), _count_times(window)
    return count_on_grid(visits.station[rows], stops, enter_min, leave_min, times, BLAME_GRID_MIN)


def _visits_between(visits: Visits, here: IntArray, until: int) -> IntArray:
    """Return the visits of the same movements after each of those given, up to that to the stop `until`."""
    change = np.zeros(len(visits.movement) + 1, dtype=np.int64)
    last = np.full(len(visits.movements), -1)
    ends = np.flatnonzero(visits.station == until)
    last[visits.movement[ends]] = ends
    kept = here[last[visits.movement[here]] >= 0]
    np.add.at(change, kept + 1, 1)
    np.add.at(change, last[visits.movement[kept]] + 1, -1)
    return np.flatnonzero(np.cumsum(change[:-1]) > 0)


def _count_times(window: Window) -> int:
    return int(window.end / BLAME_GRID_MIN)


def _is_measured(window: Window) -> NDArray[np.bool_]:
    return np.arange(_count_times(window)) * BLAME_GRID_MIN >= window.begin
