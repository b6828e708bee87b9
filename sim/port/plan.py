"""The plan: planned visits written out as a program for the kernel, and where in it each visit is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.kernel import Program
from sim.luck import Luck
from sim.port.pools import StationPools, make_pools
from sim.port.stations import Station
from sim.port.templates import Template, write_template
from sim.port.visits import NOWHERE, PlannedVisits, plan_visits
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]

ROWS_AT_ONCE = 1 << 17
"""Rows written together: temporaries then stay in the processor's cache."""


@dataclass(frozen=True)
class Plan:
    """A program, and where in it each planned visit arrives, starts, finishes and leaves.

    Visits are ordered by movement and then along its route; columns have shape (visits,). A visit
    arrives when `arrive_step` begins, and starts, finishes and leaves when its other steps end.
    """

    program: Program
    stations: tuple[Station, ...]
    movement: IntArray
    station: IndexArray
    arrive_step: IntArray
    start_step: IntArray
    finish_step: IntArray
    leave_step: IntArray


@dataclass(frozen=True)
class _Layout:
    """Which template each row follows, and the step of the program at which it begins (and one more: the end)."""

    templates: tuple[Template, ...]
    follows: NDArray[np.int16]
    first: IntArray

    def position(self, name: str, rows: IntArray) -> IntArray:
        """Return the steps at which a named position of the rows' templates stands."""
        positions = np.array([getattr(template, name) for template in self.templates], dtype=np.int64)
        return np.asarray(self.first[rows] + positions[self.follows[rows]])


def plan_program(scenario: Scenario, movements: Movements, luck: Luck) -> Plan:
    """Return the program of all movements and the plan of their visits."""
    visits = plan_visits(scenario, movements, luck)
    pools = make_pools(scenario, visits.stations)
    layout = _lay_out(visits, pools)
    program = _write_program(scenario, movements, visits, pools, layout)
    return _index_visits(program, visits, layout)


def _lay_out(visits: PlannedVisits, pools: StationPools) -> _Layout:
    width = len(visits.stations) + 1
    key = (visits.before.astype(np.int32) + 1) * width + (visits.station + 1)
    used = np.flatnonzero(np.bincount(key, minlength=width * width))
    templates = tuple(
        write_template(visits.stations, pools, *(part - 1 for part in divmod(int(k), width))) for k in used
    )
    number = np.zeros(width * width, dtype=np.int16)
    number[used] = np.arange(len(used))
    follows = number[key]
    return _Layout(templates, follows, np.concatenate([[0], np.cumsum(_lengths(templates)[follows])]))


def _lengths(templates: tuple[Template, ...]) -> IntArray:
    return np.array([len(template.steps) for template in templates], dtype=np.int64)


def _write_program(
    scenario: Scenario, movements: Movements, visits: PlannedVisits, pools: StationPools, layout: _Layout
) -> Program:
    op, target, count, value = _copy_templates(layout)
    served = np.flatnonzero(visits.station != NOWHERE)
    value[layout.position("serve", served)] = visits.minutes[served]
    several = np.flatnonzero(visits.teams > 1)
    teams = np.minimum(visits.teams[several], _most_teams(pools)[visits.station[several]])
    for step in ("crew", "free_crew"):
        count[layout.position(step, several)] = teams
    first_step = layout.first[np.searchsorted(visits.movement, np.arange(len(movements) + 1))]
    rank = np.array([scenario.demand.classes[name].priority for name in movements.classes], dtype=np.int8)
    return Program(
        pools.pools,
        pools.calendars,
        movements.arrival_min,
        first_step,
        op,
        np.repeat(rank[movements.vehicle], np.diff(first_step)),
        target,
        count,
        value,
        scenario.horizon.end_min,
    )


def _most_teams(pools: StationPools) -> NDArray[np.int32]:
    """Return the most teams that a station ever has: a thin roster lets fewer do the work of all agencies."""
    most = [max(int(pools.pools[crew].tokens.max()), 1) if crew >= 0 else 1 for crew in pools.crew]
    return np.array(most, dtype=np.int32)


def _copy_templates(layout: _Layout) -> tuple[NDArray[np.int8], IndexArray, NDArray[np.int32], FloatArray]:
    """Return the columns op, target, count and value of all rows' templates, one after the other."""
    size = int(layout.first[-1])
    flat = [step for template in layout.templates for step in template.steps]
    length = _lengths(layout.templates)
    starts = np.cumsum(length) - length
    dtypes = (np.int8, np.int16, np.int32, np.float64)
    pieces = [np.array([step[i] for step in flat], dtype) for i, dtype in enumerate(dtypes)]
    columns = [np.empty(size, piece.dtype) for piece in pieces]
    for begin in range(0, len(layout.follows), ROWS_AT_ONCE):
        follows = layout.follows[begin : begin + ROWS_AT_ONCE]
        first = layout.first[begin : begin + len(follows) + 1]
        steps = slice(int(first[0]), int(first[-1]))
        source = np.repeat(starts[follows] - first[:-1], length[follows]) + np.arange(steps.start, steps.stop)
        for column, piece in zip(columns, pieces, strict=True):
            column[steps] = piece[source]
    op, target, count, value = columns
    return op, target, count, value


def _index_visits(program: Program, visits: PlannedVisits, layout: _Layout) -> Plan:
    row = np.flatnonzero(visits.station != NOWHERE)
    return Plan(
        program,
        visits.stations,
        visits.movement[row],
        visits.station[row],
        arrive_step=layout.position("arrive", row),
        start_step=layout.position("start", row),
        finish_step=layout.position("serve", row),
        leave_step=layout.position("leave", row + 1),
    )
