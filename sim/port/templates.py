"""Templates: the kernel steps of one visit, which depend only on the class, and on where it comes from and goes."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Op
from sim.port.passages import Passage
from sim.port.pools import StopPools
from sim.port.roads import place_tokens, road_times
from sim.port.stations import Origin, Road, Station, Stop

NONE = -1
IN_TURN = 0
"""Rank of all who drive on a road: nobody overtakes."""
FROM_BESIDE = 10
"""Rank at the inlet of a road of those who come from a facility or an origin."""
STANDS_READY = 1.0 - 2.0**-20
"""Share of a headway after which the next vehicle stands at a junction. It must be there just before the inlet of
the next road falls free: asking at that very instant, it would find the inlet given to whoever waits, of any rank."""


class TemplateStep(NamedTuple):
    """One step, in the order of a program's columns."""

    op: Op
    priority: int
    target: int
    tokens: int
    value: float


@dataclass(frozen=True)
class Template:
    """Steps of a visit, and the positions among them that matter to outcomes.

    `leave` is where the vehicle leaves the stop before, and `called` where the last meter let it; the others
    are those of this stop: it arrives when step `arrive` begins, is served from the end of step `start`, during
    step `serve`, for minutes and with teams (`crew`, `free_crew`) that are drawn per visit.
    """

    steps: tuple[TemplateStep, ...]
    leave: int = NONE
    called: int = NONE
    arrive: int = NONE
    start: int = NONE
    serve: int = NONE
    crew: int = NONE
    free_crew: int = NONE


class _Writer:
    """Writes steps in order for one class; what has no pool is left out."""

    def __init__(self, stops: tuple[Stop, ...], pools: StopPools, passage: Passage) -> None:
        self.stops, self.pools, self.passage = stops, pools, passage
        self.steps: list[TemplateStep] = []

    def seize(self, pool: int, tokens: int = 1, rank: int | None = None) -> int:
        return self._add(Op.SEIZE, pool, tokens, 0.0, self.passage.rank if rank is None else rank)

    def release(self, pool: int, tokens: int = 1, after_min: float = 0.0) -> int:
        return self._add(Op.RELEASE, pool, tokens, after_min)

    def delay(self, minutes: float, calendar: int = NONE) -> int:
        self.steps.append(TemplateStep(Op.DELAY, 0, calendar, 0, minutes))
        return len(self.steps) - 1

    def _add(self, op: Op, pool: int, tokens: int, value: float, rank: int = 0) -> int:
        if pool == NONE:
            return NONE
        self.steps.append(TemplateStep(op, rank, pool, tokens, value))
        return len(self.steps) - 1

    def be_called(self, before: int) -> int:
        """Wait for the meters that let vehicles leave a stop."""
        called = NONE
        for meter in self.passage.called_by.get(before, ()):
            called = self.seize(meter)
        return called

    def enter(self, before: int, here: int) -> int:
        """Be let into the next stop: into its places, and onto a road, when its turn has come.

        Room comes first: whoever held the inlet and waited for room would keep those of higher rank behind.
        """
        stop = self.stops[here]
        if not isinstance(stop, Road):
            return self.seize(self._of(self.pools.place, here))
        came_from = self.stops[before]
        rank = came_from.link.rank if isinstance(came_from, Road) else FROM_BESIDE
        self.seize(self._of(self.pools.place, here), place_tokens(self.passage.pce[here]), rank)
        return self.seize(self._of(self.pools.inlet, here), rank=rank)

    def leave(self, before: int, here: int) -> int:
        """Free the stop before: at once, or a road's exit after the headway and its room when the wave has passed."""
        stop = self.stops[before]
        server, place = self._of(self.pools.server, before), self._of(self.pools.place, before)
        if isinstance(stop, Road):
            times, pce = road_times(stop.link), self.passage.pce[before]
            share = STANDS_READY if here != NONE and isinstance(self.stops[here], Road) else 1.0
            left = self.release(server, after_min=times.exit_headway_min * pce * share)
            self.release(place, place_tokens(pce), times.wave_min)
        else:
            left = self.release(server)
            self.release(place)
        for meter in self.passage.calls.get(before, ()):
            self.release(meter)
        return left

    def drive(self, before: int, here: int) -> None:
        stop = self.stops[here]
        if isinstance(stop, Road):
            times = road_times(stop.link)
            self.release(self._of(self.pools.inlet, here), after_min=times.inlet_headway_min * self.passage.pce[here])
            self.delay(times.drive_min, self._of(self.pools.drive, here))
        elif isinstance(stop, Station) and before != NONE and stop.drive_min > 0.0:
            self.delay(stop.drive_min)

    def be_served(self, here: int) -> Template:
        """Be called within the quota, get a server and a crew, be served, free the crew."""
        quota = self.seize(self._of(self.pools.quota, here))
        rank = IN_TURN if isinstance(self.stops[here], Road) else None
        server = self.seize(self._of(self.pools.server, here), rank=rank)
        crew = self.seize(self._of(self.pools.crew, here))
        serve = self.delay(0.0, self._of(self.pools.frozen, here))
        free_crew = self.release(self._of(self.pools.crew, here))
        asked = next((step for step in (quota, server) if step != NONE), serve)
        start = next((step for step in (crew, server) if step != NONE), serve)
        return Template((), arrive=asked, start=start, serve=serve, crew=crew, free_crew=free_crew)

    def _of(self, index: NDArray[np.int16], stop: int) -> int:
        return int(index[stop])


def write_template(stops: tuple[Stop, ...], pools: StopPools, passage: Passage, before: int, here: int) -> Template:
    """Return the steps of a visit to stop `here` from stop `before` (`NONE`: it arrives, or is done).

    In this order: be called by meters, be let into the next stop, free what was held before, drive there,
    and be served. So a vehicle that cannot go on keeps its server: blocking after service, or a
    queue that fills a road.
    """
    writer = _Writer(stops, pools, passage)
    called = writer.be_called(before) if before != NONE else NONE
    entered = writer.enter(before, here) if here != NONE else NONE
    left = writer.leave(before, here) if before != NONE else NONE
    if before != NONE and isinstance(stops[before], Origin):
        left = entered
    if here == NONE:
        return Template(tuple(writer.steps), leave=left, called=called)
    writer.drive(before, here)
    served = writer.be_served(here)
    arrive = entered if before == NONE and entered != NONE else served.arrive
    return replace(served, steps=tuple(writer.steps), leave=left, called=called, arrive=arrive)


def write_crossroads(passage: Passage) -> Template:
    """Return the steps in which a vehicle chooses one of several ways; how far each lies ahead is filled in later."""
    ways = [TemplateStep(Op.SKIP, 0, NONE, 0, 0.0)] * passage.options
    return Template((TemplateStep(Op.CHOOSE, 0, passage.choice, passage.options, 0.0), *ways))


def write_end_of_way(last: Template) -> Template:
    """Return the last steps of a way, and one past the ways that were not taken; how far is filled in later."""
    return replace(last, steps=(*last.steps, TemplateStep(Op.SKIP, 0, NONE, 0, 0.0)))
