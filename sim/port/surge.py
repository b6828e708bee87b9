"""Surge lanes: supervisors who open lanes while many wait, as movements beside the vehicles.

A facility with surge lanes has these in its pool from the beginning, and a supervisor for each, who takes its token
before any vehicle comes and keeps it: the lane is closed. Vehicles put a token into the store `waiting` when they
begin to wait and take it out when they are served. Supervisor i asks for i x `queue` of these tokens and gives them
back at once: so he knows that so many wait. He gives the token of his lane to the pool, takes it back after a while,
when a vehicle has been served, and asks again. Requests for few tokens rank before those for many, so none that
could be granted waits behind one that cannot. A call that comes while the hours are closed has its lane ready when
they open. To drivers who choose by queues a supervisor who waits to close his lane is one vehicle more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Op, Program
from sim.kernel.program import SIGNAL
from sim.port.pools import StopPools
from sim.port.roster import hours_open
from sim.port.stations import Station, Stop
from sim.port.steps import BEFORE_ALL, NONE, TemplateStep
from sim.scenario.schema import Scenario
from sim.scenario.staffing import SurgeLanes

IntArray = NDArray[np.int64]
RANK_OF_FIRST = 50
"""Rank of the first lane's supervisor in the store: behind the vehicles that take out their tokens."""


@dataclass(frozen=True)
class Supervisor:
    """The steps of one supervisor: those of the first round, and those of each of `rounds` more."""

    station: str
    first: tuple[TemplateStep, ...]
    again: tuple[TemplateStep, ...]
    rounds: int

    @property
    def opens(self) -> IntArray:
        """Steps at whose end the lane opens, by round, counted from the supervisor's first."""
        return self._ends - 2

    @property
    def closes(self) -> IntArray:
        """Steps at whose end the lane has closed, the same way; the first is when the run begins."""
        return self._ends - len(self.first)

    @property
    def length(self) -> int:
        """Number of steps."""
        return len(self.first) + self.rounds * len(self.again)

    def column(self, number: int) -> NDArray[np.float64]:
        """Return one column of all steps."""
        first, again = (np.array([step[number] for step in steps], dtype=float) for steps in (self.first, self.again))
        return np.append(first, np.tile(again, self.rounds))

    @property
    def _ends(self) -> IntArray:
        return len(self.first) + np.arange(self.rounds + 1) * len(self.again)


def make_supervisors(scenario: Scenario, stops: Sequence[Stop], pools: StopPools) -> tuple[Supervisor, ...]:
    """Return the supervisors of all facilities with surge lanes, with as many rounds as may fit into the run."""
    clocks = {calendar.name: i for i, calendar in enumerate(pools.calendars)}
    made: list[Supervisor] = []
    for number, stop in enumerate(stops):
        if isinstance(stop, Station) and stop.surge and stop.hours:
            at = int(pools.server[number]), int(pools.waiting[number]), clocks[stop.hours]
            open_min = float(np.diff(hours_open(scenario, stop.hours)).sum())
            rounds = int(open_min / stop.surge.open_min) + 1
            made += [write_supervisor(stop.key, stop.surge, lane, at, rounds) for lane in range(stop.surge.lanes)]
    return tuple(made)


def write_supervisor(station: str, surge: SurgeLanes, lane: int, at: tuple[int, int, int], rounds: int) -> Supervisor:
    """Return the supervisor of a lane, counted from 0, `at` a pool of servers, a store of who waits and a calendar.

    At the end of each round the lane stays open if as many wait as when it was called. Else it closes, and the
    supervisor waits to be called again.
    """
    server, waiting, clock = at
    rank, tokens = RANK_OF_FIRST + lane, (lane + 1) * surge.queue
    see = TemplateStep(Op.RELEASE, 0, waiting, tokens, 0.0)
    be_called = (
        TemplateStep(Op.SEIZE, BEFORE_ALL, server, 1, 0.0),  # the lane closes
        TemplateStep(Op.SEIZE, rank, waiting, tokens, 0.0),
        see,
        TemplateStep(Op.DELAY, 0, NONE, 0, surge.ready_min),
        TemplateStep(Op.RELEASE, 0, server, 1, 0.0),  # it opens
    )
    work = TemplateStep(Op.DELAY, 0, clock, 0, surge.open_min)
    stay = (
        TemplateStep(Op.TRY, rank, waiting, tokens, 2.0),
        see,
        TemplateStep(Op.SKIP, 0, NONE, 0, float(len(be_called))),
    )
    return Supervisor(station, (*be_called, work), (*stay, *be_called, work), rounds)


def put_before(program: Program, supervisors: Sequence[Supervisor]) -> Program:
    """Return a program that begins with the supervisors; all other movements have numbers and steps so much later."""
    op, priority, target, count, value = (
        np.concatenate([supervisor.column(number) for supervisor in supervisors]) for number in range(5)
    )
    to_movements = np.where(program.op == SIGNAL, program.value + len(supervisors), program.value)
    first_step = np.cumsum([0, *(supervisor.length for supervisor in supervisors)])
    return replace(
        program,
        start_min=np.append(np.zeros(len(supervisors)), program.start_min),
        first_step=np.append(first_step[:-1], program.first_step + first_step[-1]),
        op=np.append(op.astype(np.int8), program.op),
        priority=np.append(priority.astype(np.int8), program.priority),
        target=np.append(target.astype(np.int16), program.target),
        count=np.append(count.astype(np.int32), program.count),
        value=np.append(value, to_movements),
    )
