"""Surge lanes: when each really was open, and for how long, from the steps of its supervisor."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool, Trace
from sim.outcomes.queues import scheduled_min
from sim.outcomes.window import Window
from sim.port import Plan, Station
from sim.port.pools import station_roster
from sim.port.roster import while_open
from sim.port.shifts import Shift, add_lanes
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]

NO_SURGE = np.empty((0, 2))


def read_surge(plan: Plan, trace: Trace) -> dict[str, FloatArray]:
    """Return by station when its surge lanes opened and closed, shape (n, 2), minutes; NaN if not by the end."""
    found: dict[str, FloatArray] = {}
    for supervisor, first in zip(plan.supervisors, plan.program.first_step.tolist(), strict=False):
        opened = _happened(trace.ended_min[first + supervisor.opens])
        closed = _happened(trace.ended_min[first + supervisor.closes])[1:]  # not the first time, when the run begins
        spans = np.column_stack([opened, np.append(closed, [np.nan] * (len(opened) - len(closed)))])
        found[supervisor.station] = np.concatenate([found.get(supervisor.station, NO_SURGE), spans])
    return found


def lanes_on_duty(scenario: Scenario, station: Station, surge_min: FloatArray) -> Pool:
    """Return the lanes of a station over time: those that were scheduled, and surge lanes while they were open."""
    return add_lanes(station_roster(station, scenario), _shifts(scenario, station, surge_min))


def _shifts(scenario: Scenario, station: Station, surge_min: FloatArray) -> list[Shift]:
    """Return the shifts that surge lanes worked: while they were open, and so were the station's hours."""
    return while_open(scenario, station.hours, np.nan_to_num(surge_min, nan=scenario.horizon.end_min), 1)


def measure_surge(
    scenario: Scenario, station: Station, surge_min: FloatArray, window: Window
) -> Iterator[tuple[str, str, float]]:
    """Yield the hours a day that surge lanes of a station were open, and how often a day one opened."""
    pool = add_lanes(Pool.of("surge lanes", 0), _shifts(scenario, station, surge_min))
    yield "surge_h", "lane-h/day", scheduled_min(pool, window.ends) / 60.0 / window.days
    yield "surge_openings", "openings/day", float(window.holds(surge_min[:, 0]).sum()) / window.days


def _happened(time_min: FloatArray) -> FloatArray:
    return time_min[~np.isnan(time_min)]
