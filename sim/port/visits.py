"""Planned visits: which stops each movement makes, in order, and how long its service takes there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.luck import Luck
from sim.port.expansion import expand_route, expand_stops
from sim.port.handling import is_collected, rides
from sim.port.selection import draw_selections
from sim.port.service import service_minutes
from sim.port.stations import Lift, Station, Stop, Storage
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]
BoolArray = NDArray[np.bool_]

NOWHERE = -1
"""Stop of the row in which a movement frees what it still holds, after its last visit."""
CROSSROADS = -2
"""Stop of the row in which a movement takes one of several ways; the rows of each follow, `NOWHERE` at its end."""
RIDE = -3
"""Stop of the row in which cargo with a single way rides on the vehicle that brings it."""
LEAST_STOP = RIDE


@dataclass(frozen=True)
class PlannedVisits:
    """One row per visit, and one more at the end of each movement at stop `NOWHERE`; shape (rows,).

    `before` is the stop that the vehicle comes from (`NOWHERE` on its first visit). Movements that choose, and cargo
    that may be lifted across, begin with a row at `CROSSROADS`, and have rows for all their ways; `option` numbers
    these.
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
        """Whether any movement has several ways."""
        return bool((self.stop == CROSSROADS).any())


def plan_visits(scenario: Scenario, movements: Movements, luck: Luck) -> PlannedVisits:
    """Return all rows, ordered by movement and along its route."""
    by_key, stands_for = expand_stops(scenario.port)
    stops = tuple(by_key.values())
    selected = draw_selections(scenario, movements, luck)
    movement, stop, option = _order_rows(scenario, movements, by_key, stands_for, selected)
    way = _find_ways(scenario, movements, movement, option)
    minutes = np.zeros(len(stop))
    teams = np.ones(len(stop), dtype=np.int32)
    for index, where in enumerate(stops):
        if isinstance(where, Station) and where.works:
            rows = np.flatnonzero(stop == index)
            taken = way if isinstance(way, int) else way[rows]
            minutes[rows], teams[rows] = service_minutes(where, movement[rows], taken, movements, selected, luck)
    before = np.full(len(stop), NOWHERE, dtype=np.int16)
    before[1:] = np.where(movement[1:] == movement[:-1], np.maximum(stop[:-1], NOWHERE), NOWHERE)
    return PlannedVisits(stops, movement, stop, before, option, minutes, teams)


def _find_ways(
    scenario: Scenario, movements: Movements, movement: IntArray, option: NDArray[np.int8]
) -> NDArray[np.int8] | int:
    """Return the number of each row's way if its movement chooses, and 0 otherwise; 0 alone if none chooses."""
    port, routes = scenario.port, [scenario.demand.classes[name].route for name in movements.classes]
    chooses = np.array([route in port.route_choices and not port.shares_of(route) for route in routes])
    return np.where(chooses[movements.vehicle[movement]], option, np.int8(0)) if chooses.any() else 0


class _Rows:
    """Rows of all movements, in the order in which each one's are added."""

    def __init__(self) -> None:
        self._parts: list[tuple[IntArray, IndexArray, NDArray[np.int8]]] = []

    def add(self, who: IntArray, stop: IndexArray | int, option: int = 0) -> None:
        self._parts.append((who, np.full(len(who), stop, dtype=np.int16), np.full(len(who), option, dtype=np.int8)))

    def add_way(self, who: IntArray, stops: IndexArray, comes: BoolArray, option: int = 0) -> None:
        """Add a row for each stop that a movement makes, shape (movements, stops), and one at the end of the way."""
        row, position = np.nonzero(comes)
        self.add(who[row], stops[position], option)
        self.add(who, NOWHERE, option)

    def in_order(self) -> tuple[IntArray, IndexArray, NDArray[np.int8]]:
        movement, stop, option = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        order = np.argsort(movement, kind="stable")
        return movement[order], stop[order], option[order]


def _order_rows(
    scenario: Scenario,
    movements: Movements,
    stops: Mapping[str, Stop],
    stands_for: Mapping[str, tuple[str, ...]],
    selected: Mapping[str, BoolArray],
) -> tuple[IntArray, IndexArray, NDArray[np.int8]]:
    number = {key: i for i, key in enumerate(stops)}
    rows = _Rows()
    for vehicle, name in enumerate(movements.classes):
        everyone = np.flatnonzero(movements.vehicle == vehicle)
        route = scenario.demand.classes[name].route
        ways = scenario.port.routes_of(route)
        by_shares = scenario.port.shares_of(route)
        if len(ways) > 1 and not by_shares:
            rows.add(everyone, CROSSROADS)
        for option, way in enumerate(ways.values()):
            who = (
                everyone[movements.option[everyone] == option]
                if by_shares and movements.option is not None
                else everyone
            )
            keys = expand_route(way, stops, stands_for)
            index = np.array([number[key] for key in keys], dtype=np.int16)
            comes = np.column_stack([_comes(stops[key], who, option, selected) for key in keys])
            if isinstance(stops[keys[0]], Lift | Storage):
                _add_cargo(rows, who, index, comes, _across(scenario, name, keys, number), rides(scenario, name))
            else:
                rows.add_way(who, index, comes, 0 if by_shares else option)
    return rows.in_order()


def _across(scenario: Scenario, name: str, keys: list[str], number: Mapping[str, int]) -> int | None:
    """Return the stop at which cargo may be lifted across; None if it cannot be."""
    terminal, _, first = keys[0].rpartition(".")
    leaves_here = f"{terminal}.lift_on" in keys and f"{terminal}.across" in number
    may_be = leaves_here and first == "lift_off" and not is_collected(scenario, name)
    return number[f"{terminal}.across"] if may_be else None


def _add_cargo(
    rows: _Rows, who: IntArray, stops: IndexArray, comes: BoolArray, across: int | None, is_brought: bool
) -> None:
    """Add cargo: what is not kept in store for some work may be lifted across, or else by way of the store."""
    plain = comes[:, 1:-2].sum(axis=1) == 0 if across is not None else np.zeros(len(who), dtype=bool)
    rows.add(who[plain], CROSSROADS)
    if across is not None:
        one_stop = np.array([across], dtype=np.int16)
        rows.add_way(who[plain], one_stop, np.ones((int(plain.sum()), 1), dtype=bool), 0)
    rows.add_way(who[plain], stops, comes[plain], 1)
    if is_brought:
        rows.add(who[~plain], RIDE)
    rows.add_way(who[~plain], stops, comes[~plain])


def _comes(stop: Stop, who: IntArray, way: int, selected: Mapping[str, BoolArray]) -> BoolArray:
    """Return which of these movements make a stop on a way: all, or those that some agency there selected."""
    works = stop.works if isinstance(stop, Station) else ()
    picks = [selected[work.selected_by][way][who] for work in works if work.selected_by is not None]
    return np.logical_or.reduce(picks) if picks else np.ones(len(who), dtype=bool)
