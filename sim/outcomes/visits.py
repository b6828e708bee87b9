"""Visits: when each vehicle arrived at, started, finished and left each station."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.demand import Movements
from sim.kernel import Trace
from sim.outcomes.surge import read_surge
from sim.port import Plan, Stop, Track

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
    among those of the class, None if nobody chooses. On the tracks of a terminal all minutes are work; cargo rides
    there (driving) and, lifted onto a vehicle, is blocked until that leaves. `aboard` (visits,) are the units with
    which a vehicle leaves, and `cargo` (visits,) is their class, -1 for none; `left_with` (movements,) is the vehicle
    with which cargo left, -1 for none; None if there are no terminals. `surge_min` has by station when its surge
    lanes opened and closed, shape (n, 2), NaN if not by the end. `violates` (movements,) are those with something
    wrong, None if the port does not say how many.
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
    aboard: NDArray[np.int32] | None = None
    cargo: NDArray[np.int16] | None = None
    left_with: IntArray | None = None
    surge_min: Mapping[str, FloatArray] = field(default_factory=dict)
    violates: BoolArray | None = None

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
        return self.are_at(lambda stop: stop.agency != "neighbour")

    @cached_property
    def gone_min(self) -> FloatArray:
        """Minute at which each movement left its last stop, shape (movements,); NaN if it has not."""
        gone = np.full(len(self.movements), np.nan)
        gone[self.movement] = self.leave_min
        return gone

    def are_at(self, kind: Callable[[Stop], bool]) -> BoolArray:
        """Return which visits are to stops of some kind."""
        return np.asarray(np.array([kind(stop) for stop in self.stations], dtype=bool)[self.station])

    def to_frame(self) -> pl.DataFrame:
        """Return the visits as a table with names instead of numbers.

        `came_with` and `left_with` are the movements with which a movement came and left; null for none. `route` is
        the number of the route that a movement took among those of its class. Where nothing comes with others, leaves
        with them, or takes one of several routes, there is no such column.
        """
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
                **{
                    name: pl.Series(of[self.movement]).replace(-1, None)
                    for name, of in (
                        ("came_with", self.movements.parent),
                        ("left_with", self.left_with),
                        ("route", self.route),
                    )
                    if of is not None
                },
            }
        )


def read_visits(plan: Plan, movements: Movements, trace: Trace) -> Visits:
    """Return all planned visits with the times at which the trace says they happened."""
    leave = trace.ended_min[plan.leave_step]
    arrive = trace.began_min[plan.arrive_step]
    first = trace.began_min[plan.first_step[plan.movement[plan.is_first]]]
    enter = np.append(np.nan, leave[:-1])
    enter[plan.is_first] = first
    start, finish = trace.ended_min[plan.start_step], trace.ended_min[plan.finish_step]
    work = plan.program.value[plan.finish_step]
    tracks = np.array([isinstance(stop, Track) for stop in plan.stations])
    if tracks.any():
        work = np.where(tracks[plan.station], finish - start, work)
    visits = Visits(
        plan.stations,
        movements,
        trace.fate[len(plan.supervisors) :],
        plan.movement,
        plan.station,
        enter,
        arrive,
        start,
        finish,
        leave,
        work,
        None if plan.called_step is None else _read_metered(plan.called_step, trace, finish),
        aboard=_read_aboard(plan, trace),
        cargo=plan.cargo,
        surge_min=read_surge(plan, trace),
        violates=plan.violates,
    )
    if plan.way_step is not None and plan.way is not None:
        taken = _find_taken(plan, plan.way_step, plan.way, trace)
        visits = replace(_keep(visits, taken), route=_read_routes(plan, plan.way, taken, movements))
    elif movements.option is not None:
        visits = replace(visits, route=movements.option)
    return visits


def _read_metered(called_step: IntArray, trace: Trace, finish_min: FloatArray) -> FloatArray:
    return np.where(called_step < 0, 0.0, trace.ended_min[called_step] - finish_min)


def _read_aboard(plan: Plan, trace: Trace) -> NDArray[np.int32] | None:
    """Return the units that each vehicle took: its room but what it took back unused."""
    if plan.room is None or plan.withdraw_step is None:
        return plan.room
    aboard = plan.room.copy()
    rows = np.flatnonzero(plan.withdraw_step >= 0)
    for units in np.unique(plan.room[rows]).tolist():
        some = rows[plan.room[rows] == units]
        taken_back = trace.began_min[plan.withdraw_step[some][:, None] + np.arange(units) + 1]
        aboard[some] -= (~np.isnan(taken_back)).sum(axis=1)
    return aboard


def _find_taken(plan: Plan, way_step: IntArray, way: NDArray[np.int8], trace: Trace) -> BoolArray:
    """Return which visits are on a way that was taken; who has taken none yet is on its first."""
    has_ways = way_step >= 0
    fork = np.where(has_ways, way_step - way - 1, 0)
    decided = has_ways & ~np.isnan(trace.ended_min[fork])
    return np.where(decided, ~np.isnan(trace.began_min[way_step]), way == 0)


def _read_routes(plan: Plan, way: NDArray[np.int8], taken: BoolArray, movements: Movements) -> NDArray[np.int8]:
    """Return the number of the route that each movement chose, or that shares gave it; ways of cargo are none."""
    route = np.zeros(len(movements), dtype=np.int8) if movements.option is None else movements.option.copy()
    choosing = [movements.classes.index(choice.name) for choice in plan.program.choices]
    chosen = np.flatnonzero(taken & np.isin(movements.vehicle[plan.movement], choosing))
    route[plan.movement[chosen]] = way[chosen]
    return route


def _keep(visits: Visits, kept: BoolArray) -> Visits:
    columns: dict[str, Any] = {
        column.name: value[kept]
        for column in fields(visits)
        if column.name not in ("stations", "movements", "fate", "route", "left_with", "surge_min", "violates")
        and (value := getattr(visits, column.name)) is not None
    }
    return replace(visits, **columns)
