"""Meetings: which movement each signal of a program goes to, and when vehicles leave by timetable."""

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.port.handling import brought_by, collects, most_brought
from sim.port.layout import Layout
from sim.port.visits import PlannedVisits
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def fill_meetings(
    value: FloatArray, scenario: Scenario, movements: Movements, visits: PlannedVisits, layout: Layout
) -> None:
    """Write into the steps of a program whom they signal, and until when they wait."""
    for name, met in _meet(scenario, movements).items():
        rows = layout.rows_with(name)
        value[layout.position(name, rows)] = met[visits.movement[rows]]
    _tell_cargo(value, scenario, movements, visits, layout)
    rows = layout.rows_with("due")
    if len(rows):
        value[layout.position("due", rows)] = _leaves_at(scenario, movements)[visits.movement[rows]]


def _meet(scenario: Scenario, movements: Movements) -> dict[str, IntArray]:
    """Return for each movement the one that it came with, and the one that collects it; itself if there is none."""
    alone = np.arange(len(movements))
    if movements.parent is None:
        return {}
    came_with = np.where(movements.parent >= 0, movements.parent, alone)
    collectors = [i for i, name in enumerate(movements.classes) if collects(scenario, name)]
    collecting = np.flatnonzero(np.isin(movements.vehicle, collectors))
    collected_by = alone.copy()
    collected_by[came_with[collecting]] = collecting
    return {"to_parent": came_with, "call": collected_by, "hand_over": collected_by}


def _tell_cargo(
    value: FloatArray, scenario: Scenario, movements: Movements, visits: PlannedVisits, layout: Layout
) -> None:
    """Let vehicles tell all that they bring; for each that has stayed away they tell themselves."""
    rows = layout.rows_with("tell")
    vehicle = movements.vehicle[visits.movement[rows]]
    for number, name in enumerate(movements.classes):
        telling = rows[vehicle == number]
        if not len(telling) or movements.parent is None:
            continue
        cargo = [movements.classes.index(each) for each in brought_by(scenario, name)]
        brought = np.flatnonzero(np.isin(movements.vehicle, cargo))
        brought = brought[np.argsort(movements.parent[brought], kind="stable")]
        parent = movements.parent[brought]
        place = np.arange(len(brought)) - np.searchsorted(parent, parent)
        most = most_brought(scenario, name)
        told = np.repeat(visits.movement[telling][:, None], most, axis=1)
        line = np.full(len(movements), -1)
        line[visits.movement[telling]] = np.arange(len(telling))
        known = line[parent] >= 0
        told[line[parent[known]], place[known]] = brought[known]
        value[layout.position("tell", telling)[:, None] + np.arange(most)] = told


def _leaves_at(scenario: Scenario, movements: Movements) -> FloatArray:
    """Return the minute at which each movement leaves by its timetable."""
    takes = [scenario.demand.classes[name].takes for name in movements.classes]
    wait = np.array([terms.wait_min or 0.0 if terms else 0.0 for terms in takes])
    due = movements.arrival_min if movements.due_min is None else movements.due_min
    return np.asarray(due + wait[movements.vehicle])
