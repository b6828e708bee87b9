"""Templates: the kernel steps of one visit, which depend only on where the vehicle comes from and where it goes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Op
from sim.port.pools import StationPools
from sim.port.stations import Station

NONE = -1


@dataclass(frozen=True)
class Template:
    """Steps (op, target, count, value) of a visit, and the positions among them that matter to outcomes.

    `leave` is where the vehicle frees the server of the station before; the others are those of
    this station: it arrives when step `arrive` begins, is served from the end of step `start`,
    during step `serve`, for minutes and with teams (`crew`, `free_crew`) that are drawn per visit.
    """

    steps: tuple[tuple[Op, int, int, float], ...]
    leave: int
    arrive: int
    start: int
    serve: int
    crew: int
    free_crew: int


def write_template(stations: tuple[Station, ...], pools: StationPools, before: int, here: int) -> Template:
    """Return the steps of a visit to station `here` from station `before` (`NONE`: it arrives, or is done).

    In this order: be let into the next place, free what was held before, drive there, be called
    within the quota, get a server and a crew, be served, free the crew. So a vehicle that cannot
    go on keeps its server: blocking after service.
    """
    steps: list[tuple[Op, int, int, float]] = []

    def add(op: Op, target: int, value: float = 0.0, needed: bool = True) -> int:
        if not needed or (target == NONE and op != Op.DELAY):
            return NONE
        steps.append((op, target, 0 if op == Op.DELAY else 1, value))
        return len(steps) - 1

    def of(index: NDArray[np.int16], station: int) -> int:
        return NONE if station == NONE else int(index[station])

    drive_min = 0.0 if NONE in (before, here) else stations[here].drive_min
    enter = add(Op.SEIZE, of(pools.place, here))
    leave = add(Op.RELEASE, of(pools.server, before))
    add(Op.RELEASE, of(pools.place, before))
    add(Op.DELAY, NONE, drive_min, needed=drive_min > 0.0)
    quota = add(Op.SEIZE, of(pools.quota, here))
    server = add(Op.SEIZE, of(pools.server, here))
    crew = add(Op.SEIZE, of(pools.crew, here))
    serve = add(Op.DELAY, of(pools.calendar, here), needed=here != NONE)
    free_crew = add(Op.RELEASE, of(pools.crew, here))
    asks = [step for step in ((enter if before == NONE else NONE), quota, server) if step != NONE]
    return Template(
        tuple(steps),
        leave,
        arrive=asks[0] if asks else NONE,
        start=server if crew == NONE else crew,
        serve=serve,
        crew=crew,
        free_crew=free_crew,
    )
