"""Steps: what templates are written of, and the hand that writes them in order."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Op
from sim.port.passages import Passage
from sim.port.pools import StopPools
from sim.port.stations import Stop

NONE = -1
BEFORE_ALL = -1
"""Rank before every vehicle."""


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
    step `serve`, for minutes and with teams (`crew`, `free_crew`) that are drawn per visit. At terminals, it tells
    from step `tell` on all that it brings, and at step `to_parent` what it came with, that it is there; and at
    steps `call` and `hand_over` the vehicle that collects it. It leaves at a time at step `due`, and from step
    `withdraw` on takes back the room that it does not need. `ways` is where its ways part, and `ask` where cargo
    asks for a crane before that.
    """

    steps: tuple[TemplateStep, ...]
    leave: int = NONE
    called: int = NONE
    arrive: int = NONE
    start: int = NONE
    serve: int = NONE
    crew: int = NONE
    free_crew: int = NONE
    tell: int = NONE
    to_parent: int = NONE
    call: int = NONE
    hand_over: int = NONE
    due: int = NONE
    withdraw: int = NONE
    ways: int = NONE
    ask: int = NONE


class StepWriter:
    """Writes steps in order for one class, and returns their positions; what has no pool is left out."""

    def __init__(self, stops: tuple[Stop, ...], pools: StopPools, passage: Passage, has_ways: bool) -> None:
        self.stops, self.pools, self.passage, self.has_ways = stops, pools, passage, has_ways
        self.steps: list[TemplateStep] = []

    def seize(self, pool: int, tokens: int = 1, rank: int | None = None) -> int:
        """Wait for tokens."""
        return self._on_pool(Op.SEIZE, pool, tokens, 0.0, self.passage.rank if rank is None else rank)

    def seize_within(self, pool: int, minutes: float, tokens: int) -> int:
        """Wait for tokens no longer than so many minutes."""
        return self._on_pool(Op.WITHIN, pool, tokens, minutes, self.passage.rank)

    def try_seize(self, pool: int, otherwise_skip: int) -> int:
        """Take a token, or skip steps."""
        return self._on_pool(Op.TRY, pool, 1, float(otherwise_skip), self.passage.rank)

    def release(self, pool: int, tokens: int = 1, after_min: float = 0.0) -> int:
        """Give tokens."""
        return self._on_pool(Op.RELEASE, pool, tokens, after_min)

    def delay(self, minutes: float, calendar: int = NONE) -> int:
        """Let minutes pass."""
        return self._add(TemplateStep(Op.DELAY, 0, calendar, 0, minutes))

    def until(self) -> int:
        """Wait for a clock time, which is filled in later."""
        return self._add(TemplateStep(Op.UNTIL, 0, NONE, 0, 0.0))

    def signal(self) -> int:
        """Tell another movement, which is filled in later."""
        return self._add(TemplateStep(Op.SIGNAL, 0, NONE, 1, 0.0))

    def await_signals(self, count: int = 1) -> int:
        """Wait to be told."""
        return self._add(TemplateStep(Op.AWAIT, 0, NONE, count, 0.0))

    def skip(self, steps: int) -> int:
        """Go past steps."""
        return self._add(TemplateStep(Op.SKIP, 0, NONE, 0, float(steps)))

    def find(self, index: NDArray[np.int16], stop: int) -> int:
        """Return the pool or calendar of a stop."""
        return int(index[stop])

    def _on_pool(self, op: Op, pool: int, tokens: int, value: float, rank: int = 0) -> int:
        return NONE if pool == NONE else self._add(TemplateStep(op, rank, pool, tokens, value))

    def _add(self, step: TemplateStep) -> int:
        self.steps.append(step)
        return len(self.steps) - 1
