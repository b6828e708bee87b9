"""Boarding: which vehicle each unit of cargo left with, read after the run."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.visits import Visits
from sim.port import Lift, Stop, Track

IntArray = NDArray[np.int64]


def read_boarding(visits: Visits) -> Visits:
    """Return visits with `left_with`, in which cargo that has been lifted onto a vehicle leaves when that does.

    Units are lifted onto whatever vehicle has room, and the one that is full, or ready, first takes those that
    were lifted first; who came for its own unit takes that. Until the vehicle leaves the tracks, what is
    aboard is blocked.
    """
    terminals = {stop.terminal for stop in visits.stations if isinstance(stop, Track) and stop.loads}
    if not terminals:
        return visits
    carried_at = np.full(len(visits.movements), -1, dtype=np.int64)
    lifted = np.empty(0, dtype=np.int64)
    for terminal in sorted(terminals):
        here, loading = _find_lifted(visits, terminal), _find_loading(visits, terminal)
        _fill(visits, here, loading, carried_at)
        _collect(visits, loading, carried_at)
        lifted = np.append(lifted, here)
    leave, at = visits.leave_min.copy(), carried_at[visits.movement[lifted]]
    leave[lifted] = np.where(at >= 0, visits.leave_min[at], np.nan)
    left_with = np.where(carried_at >= 0, visits.movement[carried_at], -1)
    return replace(visits, leave_min=leave, left_with=left_with)


def _find_lifted(visits: Visits, terminal: str) -> IntArray:
    """Return the visits in which units were lifted onto vehicles at a terminal, in the order of lifting."""
    return _in_order(visits, lambda stop: isinstance(stop, Lift) and stop.way != "off" and stop.terminal == terminal)


def _find_loading(visits: Visits, terminal: str) -> IntArray:
    """Return the visits of vehicles that have been loaded at a terminal, in the order in which they were ready."""
    return _in_order(visits, lambda stop: isinstance(stop, Track) and stop.loads and stop.terminal == terminal)


def _in_order(visits: Visits, kind: Callable[[Stop], bool]) -> IntArray:
    rows = np.flatnonzero(visits.are_at(kind) & ~np.isnan(visits.finish_min))
    return rows[np.argsort(visits.finish_min[rows], kind="stable")]


def _fill(visits: Visits, lifted: IntArray, loading: IntArray, carried_at: IntArray) -> None:
    """Let vehicles take what is there, class of cargo by class of cargo."""
    if visits.aboard is None or visits.cargo is None:
        return
    cargo = visits.movements.vehicle[visits.movement[lifted]]
    for each in np.unique(visits.cargo[loading]).tolist():
        takers = loading[visits.cargo[loading] == each]
        units, by = lifted[cargo == each], np.repeat(takers, visits.aboard[takers])
        both = min(len(units), len(by))
        carried_at[visits.movement[units[:both]]] = by[:both]


def _collect(visits: Visits, loading: IntArray, carried_at: IntArray) -> None:
    """Let vehicles that came for a unit of their own take it."""
    if visits.movements.parent is None:
        return
    takes = np.zeros(len(loading), dtype=bool) if visits.cargo is None else visits.cargo[loading] >= 0
    collecting = loading[~takes]
    carried_at[visits.movements.parent[visits.movement[collecting]]] = collecting
