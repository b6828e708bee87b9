"""The plan: planned visits written out as a program for the kernel, and where in it each visit is."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.kernel import Choice, Program
from sim.luck import Luck
from sim.port.choices import find_choices
from sim.port.layout import Layout, lay_out
from sim.port.meetings import fill_meetings
from sim.port.passages import find_passages
from sim.port.pools import StopPools, make_pools
from sim.port.selection import draw_violations
from sim.port.stations import Stop, Track
from sim.port.surge import Supervisor, make_supervisors, put_before
from sim.port.visits import NOWHERE, PlannedVisits, plan_visits
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]


@dataclass(frozen=True)
class Plan:
    """A program, and where in it each planned visit arrives, starts, finishes and leaves.

    Visits are ordered by movement and then along its route; columns have shape (visits,). A visit
    arrives when `arrive_step` begins, and starts, finishes and leaves when its other steps end; `is_first`
    on its movement's route. Where a meter holds vehicles back, `called_step` ends when it lets them go (-1
    elsewhere; None if there are no meters). If the movement has several ways, `way_step` begins only if it
    takes the one that this visit belongs to (-1 elsewhere), number `way`; the step before the first ways' is that in
    which it takes one. None if nobody has several. A vehicle that is loaded has room
    for so many units of cargo of a class (`room`, `cargo`; 0 and -1 elsewhere); what it does not need of it, it
    takes back unit by unit from `withdraw_step` on (-1 elsewhere). None if nothing is loaded. Supervisors of
    surge lanes are movements of the program that come before all others, and have no visits. `violates`
    (movements,) are those with something wrong; None if the port does not say how many.
    """

    program: Program
    stations: tuple[Stop, ...]
    movement: IntArray
    station: IndexArray
    is_first: NDArray[np.bool_]
    arrive_step: IntArray
    start_step: IntArray
    finish_step: IntArray
    leave_step: IntArray
    called_step: IntArray | None
    way_step: IntArray | None
    way: NDArray[np.int8] | None = None
    room: NDArray[np.int32] | None = None
    cargo: NDArray[np.int16] | None = None
    withdraw_step: IntArray | None = None
    violates: NDArray[np.bool_] | None = None
    supervisors: tuple[Supervisor, ...] = ()

    @property
    def first_step(self) -> IntArray:
        """The first step of each movement that has visits, by its number in their table."""
        return self.program.first_step[len(self.supervisors) :]


def plan_program(scenario: Scenario, movements: Movements, luck: Luck) -> Plan:
    """Return the program of all movements and the plan of their visits."""
    visits = plan_visits(scenario, movements, luck)
    pools = make_pools(scenario, visits.stops)
    choices = find_choices(scenario, movements.classes)
    passages = find_passages(scenario, movements.classes, visits.stops, pools, list(choices))
    layout = lay_out(movements, visits, pools, passages)
    program = _write_program(scenario, movements, visits, pools, layout, tuple(choices.values()))
    plan = replace(_index_visits(program, visits, layout), violates=draw_violations(scenario, movements, luck))
    plan = _find_loading(plan, scenario, movements, layout, visits)
    return _put_before(plan, make_supervisors(scenario, visits.stops, pools))


def _write_program(
    scenario: Scenario,
    movements: Movements,
    visits: PlannedVisits,
    pools: StopPools,
    layout: Layout,
    choices: tuple[Choice, ...],
) -> Program:
    op, priority, target, count, value = layout.copy_templates()
    served = np.flatnonzero(visits.stop >= 0)
    value[layout.position("serve", served)] = visits.minutes[served]
    several = np.flatnonzero(visits.teams > 1)
    teams = np.minimum(visits.teams[several], _most_teams(pools)[visits.stop[several]])
    for step in ("crew", "free_crew"):
        count[layout.position(step, several)] = teams
    first_step = layout.first[np.searchsorted(visits.movement, np.arange(len(movements) + 1))]
    if visits.some_choose:
        steps, skips = layout.find_ways(visits, first_step)
        value[steps] = skips
    fill_meetings(value, scenario, movements, visits, layout)
    return Program(
        pools.pools,
        pools.calendars,
        movements.arrival_min,
        first_step,
        op,
        priority,
        target,
        count,
        value,
        scenario.horizon.end_min,
        choices=choices,
    )


def _put_before(plan: Plan, supervisors: tuple[Supervisor, ...]) -> Plan:
    """Return the plan with supervisors at its head: they begin at minute 0, before whoever else does."""
    if not supervisors:
        return plan
    steps = sum(supervisor.length for supervisor in supervisors)
    later = {
        field.name: np.where(there < 0, there, there + steps)
        for field in fields(plan)
        if field.name.endswith("_step") and (there := getattr(plan, field.name)) is not None
    }
    return replace(plan, program=put_before(plan.program, supervisors), supervisors=supervisors, **later)


def _most_teams(pools: StopPools) -> NDArray[np.int32]:
    """Return the most teams that a station ever has: a thin roster lets fewer do the work of all agencies."""
    most = [max(int(pools.pools[crew].tokens.max()), 1) if crew >= 0 else 1 for crew in pools.crew]
    return np.array(most, dtype=np.int32)


def _index_visits(program: Program, visits: PlannedVisits, layout: Layout) -> Plan:
    row = np.flatnonzero(visits.stop >= 0)
    arrive = layout.position("arrive", row)
    if visits.some_choose:
        arrive = _ask_before_fork(visits, layout, row, arrive)
    return Plan(
        program,
        visits.stops,
        visits.movement[row],
        visits.stop[row],
        is_first=visits.before[row] == NOWHERE,
        arrive_step=arrive,
        start_step=layout.position("start", row),
        finish_step=layout.position("serve", row),
        leave_step=layout.position("leave", row + 1),
        called_step=layout.position_if_any("called", row + 1),
        way_step=layout.way_steps(visits, row) if visits.some_choose else None,
        way=visits.option[row] if visits.some_choose else None,
    )


def _ask_before_fork(visits: PlannedVisits, layout: Layout, row: IntArray, arrive: IntArray) -> IntArray:
    """Return the steps at which visits begin: for cargo's first on either way, where it asks for a crane before."""
    first_row = np.searchsorted(visits.movement, visits.movement[row])
    ask = layout.position_if_any("ask", first_row)
    if ask is None:
        return arrive
    return np.where((visits.before[row] == NOWHERE) & (ask >= 0), ask, arrive)


def _find_loading(plan: Plan, scenario: Scenario, movements: Movements, layout: Layout, visits: PlannedVisits) -> Plan:
    """Add to a plan what vehicles may take where they are loaded."""
    classes = [scenario.demand.classes[name].takes for name in movements.classes]
    if not any(classes):
        return plan
    loads = np.array([isinstance(stop, Track) and stop.loads for stop in plan.stations])[plan.station]
    vehicle = movements.vehicle[plan.movement]
    units = np.array([takes.units if takes else 0 for takes in classes], dtype=np.int32)
    cargo = np.array([movements.classes.index(takes.cargo) if takes else -1 for takes in classes], dtype=np.int16)
    row = np.flatnonzero(visits.stop >= 0)
    return replace(
        plan,
        room=np.where(loads, units[vehicle], 0),
        cargo=np.where(loads, cargo[vehicle], -1),
        withdraw_step=layout.position_if_any("withdraw", row),
    )
