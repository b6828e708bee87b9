"""Planned visits: which stations each movement goes to, in order, and how long its service takes there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.luck import Luck
from sim.port.selection import draw_selections
from sim.port.service import service_minutes
from sim.port.stations import Station, expand_stations
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]
BoolArray = NDArray[np.bool_]

NOWHERE = -1
"""Station of the row in which a movement frees what it still holds, after its last visit."""


@dataclass(frozen=True)
class PlannedVisits:
    """One row per visit, and one more at the end of each movement at station `NOWHERE`; shape (rows,).

    `before` is the station that the vehicle comes from (`NOWHERE` on its first visit).
    """

    stations: tuple[Station, ...]
    movement: IntArray
    station: IndexArray
    before: IndexArray
    minutes: FloatArray
    teams: NDArray[np.int32]


def plan_visits(scenario: Scenario, movements: Movements, luck: Luck) -> PlannedVisits:
    """Return all rows, ordered by movement and along its route."""
    by_key, stands_for = expand_stations(scenario.port)
    stations = tuple(by_key.values())
    selected = draw_selections(scenario, movements, luck)
    movement, station = _order_rows(scenario, movements, stations, stands_for, selected)
    minutes = np.zeros(len(station))
    teams = np.ones(len(station), dtype=np.int32)
    for index, where in enumerate(stations):
        rows = np.flatnonzero(station == index)
        minutes[rows], teams[rows] = service_minutes(where, movement[rows], movements, selected, luck)
    before = np.full(len(station), NOWHERE, dtype=np.int16)
    before[1:] = np.where(movement[1:] == movement[:-1], station[:-1], NOWHERE)
    return PlannedVisits(stations, movement, station, before, minutes, teams)


def _order_rows(
    scenario: Scenario,
    movements: Movements,
    stations: tuple[Station, ...],
    stands_for: Mapping[str, tuple[str, ...]],
    selected: Mapping[str, BoolArray],
) -> tuple[IntArray, IndexArray]:
    number = {station.key: i for i, station in enumerate(stations)}
    everyone = np.arange(len(movements))
    parts: list[tuple[IntArray, IndexArray]] = []
    for vehicle, name in enumerate(movements.classes):
        who = everyone[movements.vehicle == vehicle]
        route = scenario.port.routes[scenario.demand.classes[name].route]
        keys = [key for stop in route.through for key in stands_for[stop]]
        comes = np.column_stack([_comes(stations[number[key]], who, selected) for key in keys])
        row, position = np.nonzero(comes)
        parts.append((who[row], np.array([number[key] for key in keys], dtype=np.int16)[position]))
    parts.append((everyone, np.full(len(movements), NOWHERE, dtype=np.int16)))
    movement, station = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(movement, kind="stable")
    return movement[order], station[order]


def _comes(station: Station, who: IntArray, selected: Mapping[str, BoolArray]) -> BoolArray:
    """Return which of these movements visit a station: all, or those that some agency there selected."""
    picks = [selected[work.selected_by][who] for work in station.works if work.selected_by is not None]
    return np.logical_or.reduce(picks) if picks else np.ones(len(who), dtype=bool)
