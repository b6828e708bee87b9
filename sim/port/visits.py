"""Planned visits: which stops each movement makes, in order, and how long its service takes there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.luck import Luck
from sim.port.selection import draw_selections
from sim.port.service import service_minutes
from sim.port.stations import Station, Stop, expand_route, expand_stops
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]
BoolArray = NDArray[np.bool_]

NOWHERE = -1
"""Stop of the row in which a movement frees what it still holds, after its last visit."""
CROSSROADS = -2
"""Stop of the row in which a movement chooses among routes; the rows of each follow, with a `NOWHERE` at its end."""


@dataclass(frozen=True)
class PlannedVisits:
    """One row per visit, and one more at the end of each movement at stop `NOWHERE`; shape (rows,).

    `before` is the stop that the vehicle comes from (`NOWHERE` on its first visit). Movements that choose
    begin with a row at `CROSSROADS`, and have rows for all their routes; `option` numbers these.
    """

    stops: tuple[Stop, ...]
    movement: IntArray
    stop: IndexArray
    before: IndexArray
    option: NDArray[np.int8]
    minutes: FloatArray
    teams: NDArray[np.int32]

    @cached_property
    def some_choose(self) -> bool:
        """Whether any movement chooses among routes."""
        return bool((self.stop == CROSSROADS).any())


def plan_visits(scenario: Scenario, movements: Movements, luck: Luck) -> PlannedVisits:
    """Return all rows, ordered by movement and along its route."""
    by_key, stands_for = expand_stops(scenario.port)
    stops = tuple(by_key.values())
    selected = draw_selections(scenario, movements, luck)
    movement, stop, option = _order_rows(scenario, movements, by_key, stands_for, selected)
    minutes = np.zeros(len(stop))
    teams = np.ones(len(stop), dtype=np.int32)
    for index, where in enumerate(stops):
        if isinstance(where, Station):
            rows = np.flatnonzero(stop == index)
            minutes[rows], teams[rows] = service_minutes(where, movement[rows], movements, selected, luck)
    before = np.full(len(stop), NOWHERE, dtype=np.int16)
    before[1:] = np.where(movement[1:] == movement[:-1], np.maximum(stop[:-1], NOWHERE), NOWHERE)
    return PlannedVisits(stops, movement, stop, before, option, minutes, teams)


def _order_rows(
    scenario: Scenario,
    movements: Movements,
    stops: Mapping[str, Stop],
    stands_for: Mapping[str, tuple[str, ...]],
    selected: Mapping[str, BoolArray],
) -> tuple[IntArray, IndexArray, NDArray[np.int8]]:
    number = {key: i for i, key in enumerate(stops)}
    parts: list[tuple[IntArray, IndexArray, NDArray[np.int8]]] = []

    def add(who: IntArray, stop: IndexArray | int, option: int) -> None:
        parts.append((who, np.full(len(who), stop, dtype=np.int16), np.full(len(who), option, dtype=np.int8)))

    for vehicle, name in enumerate(movements.classes):
        who = np.flatnonzero(movements.vehicle == vehicle)
        routes = scenario.port.routes_of(scenario.demand.classes[name].route)
        if len(routes) > 1:
            add(who, CROSSROADS, 0)
        for option, route in enumerate(routes.values()):
            keys = expand_route(route, stops, stands_for)
            row, position = np.nonzero(np.column_stack([_comes(stops[key], who, selected) for key in keys]))
            add(who[row], np.array([number[key] for key in keys], dtype=np.int16)[position], option)
            add(who, NOWHERE, option)
    movement, stop, option_of_row = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(movement, kind="stable")
    return movement[order], stop[order], option_of_row[order]


def _comes(stop: Stop, who: IntArray, selected: Mapping[str, BoolArray]) -> BoolArray:
    """Return which of these movements make a stop: all, or those that some agency there selected."""
    works = stop.works if isinstance(stop, Station) else ()
    picks = [selected[work.selected_by][who] for work in works if work.selected_by is not None]
    return np.logical_or.reduce(picks) if picks else np.ones(len(who), dtype=bool)
