"""Visits: when each vehicle arrived at, started, finished and left each station."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.demand import Movements
from sim.kernel import Trace
from sim.port import Plan, Stop

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Visits:
    """All visits of a run, ordered by movement and along its route; columns of shape (visits,), minutes.

    enter <= arrive <= start <= finish <= leave, NaN where it did not happen before the end.
    A vehicle drives from `enter` to `arrive`, waits until `start`, is served until `finish` and
    is blocked until `leave`, which is the next visit's `enter`; of that, `metered_min` passed until a meter
    let it go. `work_min` is the service itself; what `finish - start` has more is work that froze at closing,
    and counts as waiting. On a road vehicles drive along it, wait for its exit, and are blocked there.
    Vehicles that choose among routes have visits on the one that they took; `route` (movements,) is its number
    among those of the class, None if nobody chooses.
    """

    stations: tuple[Stop, ...]
    movements: Movements
    fate: NDArray[np.int8]
    movement: IntArray
    station: NDArray[np.int16]
    enter_min: FloatArray
    arrive_min: FloatArray
    start_min: FloatArray
    finish_min: FloatArray
    leave_min: FloatArray
    work_min: FloatArray
    metered_min: FloatArray | None = None
    route: NDArray[np.int8] | None = None

    @cached_property
    def driving_min(self) -> FloatArray:
        """Minutes on the way from the step before."""
        return self.arrive_min - self.enter_min

    @cached_property
    def waiting_min(self) -> FloatArray:
        """Minutes in the queue, and minutes in which begun work rested because the station was closed."""
        frozen = np.maximum(self.finish_min - self.start_min - self.work_min, 0.0)
        return self.start_min - self.arrive_min + frozen

    @cached_property
    def processing_min(self) -> FloatArray:
        """Minutes of service; NaN if it did not finish."""
        return np.where(np.isnan(self.finish_min), np.nan, self.work_min)

    @cached_property
    def blocked_min(self) -> FloatArray:
        """Minutes after service in which the next place had no room."""
        return self.leave_min - self.finish_min

    @cached_property
    def own_side(self) -> BoolArray:
        """Which visits are on our side of the border."""
        ours = np.array([station.agency != "neighbour" for station in self.stations])
        return np.asarray(ours[self.station])

    def to_frame(self) -> pl.DataFrame:
        """Return the visits as a table with names instead of numbers."""
        classes = pl.Series(self.movements.classes, dtype=pl.Categorical)
        keys = pl.Series([station.key for station in self.stations], dtype=pl.Categorical)
        return pl.DataFrame(
            {
                "movement": self.movement,
                "vehicle_class": classes.gather(self.movements.vehicle[self.movement]),
                "station": keys.gather(self.station),
                **{
                    name: getattr(self, name)
                    for name in ("enter_min", "arrive_min", "start_min", "finish_min", "leave_min")
                },
                "work_min": self.work_min,
            }
        )


def read_visits(plan: Plan, movements: Movements, trace: Trace) -> Visits:
    """Return all planned visits with the times at which the trace says they happened."""
    leave = trace.ended_min[plan.leave_step]
    arrive = trace.began_min[plan.arrive_step]
    enter = np.where(plan.is_first, arrive, np.append(np.nan, leave[:-1]))
    finish = trace.ended_min[plan.finish_step]
    visits = Visits(
        plan.stations,
        movements,
        trace.fate,
        plan.movement,
        plan.station,
        enter,
        arrive,
        trace.ended_min[plan.start_step],
        finish,
        leave,
        plan.program.value[plan.finish_step],
        None if plan.called_step is None else _read_metered(plan.called_step, trace, finish),
    )
    if plan.way_step is None:
        return visits
    taken = _find_taken(plan, plan.way_step, trace)
    return replace(_keep(visits, taken), route=_read_routes(plan, plan.way_step, taken, len(movements)))


def _read_metered(called_step: IntArray, trace: Trace, finish_min: FloatArray) -> FloatArray:
    return np.where(called_step < 0, 0.0, trace.ended_min[called_step] - finish_min)


def _find_taken(plan: Plan, way_step: IntArray, trace: Trace) -> BoolArray:
    """Return which visits are on a route that was taken; a vehicle that has not come yet is on its first."""
    chooses = way_step >= 0
    begun = ~np.isnan(trace.began_min[plan.program.first_step[plan.movement]])
    taken = ~np.isnan(trace.began_min[way_step])
    first_way = way_step == plan.program.first_step[plan.movement] + 1
    return np.where(chooses & begun, taken, ~chooses | first_way)


def _read_routes(plan: Plan, way_step: IntArray, taken: BoolArray, movements: int) -> NDArray[np.int8]:
    route = np.zeros(movements, dtype=np.int8)
    chosen = np.flatnonzero(taken & (way_step >= 0))
    movement = plan.movement[chosen]
    route[movement] = way_step[chosen] - plan.program.first_step[movement] - 1
    return route


def _keep(visits: Visits, kept: BoolArray) -> Visits:
    columns: dict[str, Any] = {
        column.name: value[kept]
        for column in fields(visits)
        if column.name not in ("stations", "movements", "fate") and (value := getattr(visits, column.name)) is not None
    }
    return replace(visits, **columns)
