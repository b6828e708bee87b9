"""The plan: planned visits written out as a program for the kernel, and where in it each visit is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.kernel import Op, Program
from sim.luck import Luck
from sim.port.pools import StationPools, make_pools
from sim.port.stations import Station
from sim.port.visits import NOWHERE, PlannedVisits, plan_visits
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]
BoolArray = NDArray[np.bool_]

SLOTS = {
    "enter": Op.SEIZE,
    "free_server": Op.RELEASE,
    "free_place": Op.RELEASE,
    "drive": Op.DELAY,
    "quota": Op.SEIZE,
    "server": Op.SEIZE,
    "crew": Op.SEIZE,
    "serve": Op.DELAY,
    "free_crew": Op.RELEASE,
}
"""The steps of one visit, in order: a vehicle frees what it held only once it is let into the next place."""
ENTER, FREE_SERVER, FREE_PLACE, DRIVE, QUOTA, SERVER, CREW, SERVE, FREE_CREW = range(len(SLOTS))


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
class _Steps:
    """Which slots each row has, shape (slots, rows), and at which step of the program each stands."""

    needed: BoolArray
    first: IntArray
    offset: NDArray[np.int8]

    @classmethod
    def of(cls, needed: BoolArray) -> "_Steps":
        """Number the needed slots row by row."""
        through = np.cumsum(needed, axis=0, dtype=np.int8)
        first = np.concatenate([[0], np.cumsum(through[-1], dtype=np.int64)])
        return cls(needed, first, through - needed)

    def at(self, slot: int | IntArray, row: IntArray) -> IntArray:
        """Return the steps at which slots of rows stand."""
        return np.asarray(self.first[row] + self.offset[slot, row])


def plan_program(scenario: Scenario, movements: Movements, luck: Luck) -> Plan:
    """Return the program of all movements and the plan of their visits."""
    visits = plan_visits(scenario, movements, luck)
    pools = make_pools(scenario, visits.stations)
    targets = _find_targets(visits, pools)
    needed = _find_needed(visits, targets)
    steps = _Steps.of(needed)
    program = _write_program(scenario, movements, visits, pools, targets, steps)
    return _index_visits(program, visits, steps)


def _find_targets(visits: PlannedVisits, pools: StationPools) -> IndexArray:
    """Return the pool or calendar of every slot of every row, shape (slots, rows); -1: none."""

    def at(index: IndexArray, station: IndexArray) -> IndexArray:
        return np.append(index, np.int16(-1))[station]

    targets = np.full((len(SLOTS), len(visits.station)), -1, dtype=np.int16)
    targets[FREE_SERVER], targets[FREE_PLACE] = at(pools.server, visits.before), at(pools.place, visits.before)
    for slot, index in (
        (ENTER, pools.place),
        (QUOTA, pools.quota),
        (SERVER, pools.server),
        (CREW, pools.crew),
        (SERVE, pools.calendar),
        (FREE_CREW, pools.crew),
    ):
        targets[slot] = at(index, visits.station)
    return targets


def _find_needed(visits: PlannedVisits, targets: IndexArray) -> BoolArray:
    """Return which slots each row has, shape (slots, rows)."""
    needed = targets >= 0
    needed[DRIVE] = (visits.before != NOWHERE) & (_drive_min(visits) > 0.0)
    needed[SERVE] = visits.station != NOWHERE
    return needed


def _drive_min(visits: PlannedVisits) -> FloatArray:
    return np.append([station.drive_min for station in visits.stations], 0.0)[visits.station]


def _write_program(
    scenario: Scenario,
    movements: Movements,
    visits: PlannedVisits,
    pools: StationPools,
    targets: IndexArray,
    steps: _Steps,
) -> Program:
    size = int(steps.first[-1])
    op, target = np.empty(size, dtype=np.int8), np.empty(size, dtype=np.int16)
    count, value = np.zeros(size, dtype=np.int32), np.zeros(size)
    for slot, instruction in enumerate(SLOTS.values()):
        rows = np.flatnonzero(steps.needed[slot])
        at = steps.at(slot, rows)
        op[at], target[at] = instruction, targets[slot, rows]
        count[at] = visits.teams[rows] if slot in (CREW, FREE_CREW) else instruction != Op.DELAY
        if instruction == Op.DELAY:
            value[at] = visits.minutes[rows] if slot == SERVE else _drive_min(visits)[rows]
    ends = np.searchsorted(visits.movement, np.arange(len(movements) + 1))
    first_step = steps.first[ends]
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


def _index_visits(program: Program, visits: PlannedVisits, steps: _Steps) -> Plan:
    row = np.flatnonzero(visits.station != NOWHERE)
    asks = np.where(steps.needed[QUOTA, row], QUOTA, SERVER)
    asks[(visits.before[row] == NOWHERE) & steps.needed[ENTER, row]] = ENTER
    granted = np.where(steps.needed[CREW, row], CREW, SERVER)
    return Plan(
        program,
        visits.stations,
        visits.movement[row],
        visits.station[row],
        arrive_step=steps.at(asks, row),
        start_step=steps.at(granted, row),
        finish_step=steps.at(SERVE, row),
        leave_step=steps.at(FREE_SERVER, row + 1),
    )
