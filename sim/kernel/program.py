"""A program: everything that every movement will do, as a few flat arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Op(IntEnum):
    """The instructions. `target`, `count` and `value` are the step columns that each one reads.

    =======  ======================================================================
    SEIZE    wait until `count` tokens of pool `target` are free and no request in
             that pool ranks earlier; rank = (`priority`, order of asking)
    RELEASE  give `count` tokens to pool `target`, `value` minutes from now; the
             giver need not have seized them
    DELAY    let `value` minutes pass; with `target` >= 0, let `value` *open* minutes
             of that calendar pass (work freezes while it is closed)
    UNTIL    wait for clock time `value`; nothing if it has passed
    TRY      SEIZE if it can be granted at once, else skip the next `value` steps
    =======  ======================================================================
    """

    SEIZE = 0
    RELEASE = 1
    DELAY = 2
    UNTIL = 3
    TRY = 4


SEIZE, RELEASE, DELAY, UNTIL, TRY = (int(op) for op in Op)
"""The instructions as plain integers: arrays and loops compare these many times faster than an enum."""


@dataclass(frozen=True)
class Pool:
    """Tokens whose number is a step function of time; a store is a pool that starts at zero.

    From `times_min[i]` on the pool owns `tokens[i]`. When capacity falls below what is in use,
    holders finish and new grants wait. With `refills`, each change *sets* the free tokens to
    `tokens[i]` instead: unused ones lapse and used ones come back (a daily quota).
    """

    name: str
    times_min: FloatArray
    tokens: IntArray
    refills: bool = False

    @classmethod
    def of(cls, name: str, tokens: int | Sequence[tuple[float, int]], refills: bool = False) -> "Pool":
        """Make a pool of a constant number of tokens, or of (minute, tokens) pairs from minute 0."""
        steps = [(0.0, tokens)] if isinstance(tokens, int) else list(tokens)
        return cls(
            name,
            np.array([time for time, _ in steps], dtype=np.float64),
            np.array([count for _, count in steps], dtype=np.int64),
            refills,
        )


@dataclass(frozen=True)
class Calendar:
    """Open intervals [`opens_min[i]`, `closes_min[i]`), ascending and disjoint."""

    name: str
    opens_min: FloatArray
    closes_min: FloatArray

    @classmethod
    def of(cls, name: str, intervals: Sequence[tuple[float, float]]) -> "Calendar":
        """Make a calendar of (opens, closes) pairs in minutes."""
        pairs = np.array(intervals, dtype=np.float64).reshape(-1, 2)
        return cls(name, pairs[:, 0].copy(), pairs[:, 1].copy())


@dataclass(frozen=True)
class Program:
    """All movements of one run.

    `start_min` (n, ascending) says when each movement begins; its steps are
    `first_step[i]:first_step[i + 1]` of the step columns. A smaller `priority` ranks earlier.
    Events at or after `horizon_min` do not happen; with `inf` the run ends when all have finished.

    Raises
    ------
    ValueError
        If a column has a value that no engine could execute.
    """

    pools: tuple[Pool, ...]
    calendars: tuple[Calendar, ...]
    start_min: FloatArray
    first_step: IntArray
    op: NDArray[np.int8]
    priority: NDArray[np.int8]
    target: NDArray[np.int16]
    count: NDArray[np.int32]
    value: FloatArray
    horizon_min: float = np.inf
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for pool in self.pools:
            _check_pool(pool)
        for calendar in self.calendars:
            _check_calendar(calendar)
        _check_steps(self)

    @property
    def movements(self) -> int:
        """Number of movements."""
        return len(self.start_min)

    def movement_of_step(self) -> IntArray:
        """Return the movement that owns each step, shape (steps,)."""
        return np.repeat(np.arange(self.movements), np.diff(self.first_step))

    def name(self, movement: int) -> str:
        """Return what errors call a movement."""
        return self.names[movement] if self.names else f"movement {movement}"


class Step(NamedTuple):
    """One step of a hand-written program; see `Op` for what the columns mean."""

    op: Op
    target: str | None = None
    tokens: int = 0
    value: float = 0.0
    priority: int = 0


def seize(pool: str, tokens: int = 1, priority: int = 0) -> Step:
    """Return a step that waits for tokens."""
    return Step(Op.SEIZE, pool, tokens, 0.0, priority)


def release(pool: str, tokens: int = 1, after_min: float = 0.0) -> Step:
    """Return a step that gives tokens, now or `after_min` minutes later."""
    return Step(Op.RELEASE, pool, tokens, after_min)


def delay(minutes: float, calendar: str | None = None) -> Step:
    """Return a step that lets minutes pass, open minutes if a calendar is named."""
    return Step(Op.DELAY, calendar, 0, minutes)


def until(clock_min: float) -> Step:
    """Return a step that waits for a clock time."""
    return Step(Op.UNTIL, None, 0, clock_min)


def try_seize(pool: str, otherwise_skip: int, tokens: int = 1, priority: int = 0) -> Step:
    """Return a step that seizes at once or skips the next `otherwise_skip` steps."""
    return Step(Op.TRY, pool, tokens, float(otherwise_skip), priority)


def assemble(
    pools: Iterable[Pool],
    movements: Iterable[tuple[float, Sequence[Step]]],
    calendars: Iterable[Calendar] = (),
    horizon_min: float = np.inf,
    names: Sequence[str] | None = None,
) -> Program:
    """Build a program from pools and (start minute, steps) pairs, which are sorted by start with their names."""
    pools, calendars, movements = tuple(pools), tuple(calendars), list(movements)
    order = sorted(range(len(movements)), key=lambda i: movements[i][0])
    ordered = [movements[i] for i in order]
    index = {
        **{(Op.DELAY, calendar.name): i for i, calendar in enumerate(calendars)},
        **{(op, pool.name): i for i, pool in enumerate(pools) for op in (Op.SEIZE, Op.RELEASE, Op.TRY)},
    }
    steps = [step for _, route in ordered for step in route]
    return Program(
        pools=pools,
        calendars=calendars,
        start_min=np.array([start for start, _ in ordered], dtype=np.float64),
        first_step=np.cumsum([0, *(len(route) for _, route in ordered)], dtype=np.int64),
        op=_column(np.int8, [step.op for step in steps]),
        priority=_column(np.int8, [step.priority for step in steps]),
        target=_column(np.int16, [-1 if s.target is None else index[s.op, s.target] for s in steps]),
        count=_column(np.int32, [step.tokens for step in steps]),
        value=_column(np.float64, [step.value for step in steps]),
        horizon_min=horizon_min,
        names=tuple(names[i] for i in order) if names else None,
    )


def _column(dtype: type, values: ArrayLike) -> np.ndarray:
    return np.array(values, dtype=dtype)


def _check_pool(pool: Pool) -> None:
    times, tokens = pool.times_min, pool.tokens
    if len(times) == 0 or len(times) != len(tokens) or times[0] != 0.0:
        raise ValueError(f"pool '{pool.name}': its capacity must be given from minute 0 on")
    if not (np.diff(times) > 0).all():
        raise ValueError(f"pool '{pool.name}': times of capacity changes must ascend")
    if (tokens < 0).any():
        raise ValueError(f"pool '{pool.name}': capacity is {tokens.min()}, must be at least 0")


def _check_calendar(calendar: Calendar) -> None:
    edges = np.column_stack([calendar.opens_min, calendar.closes_min]).ravel()
    if not (np.diff(edges) > 0).all():
        raise ValueError(f"calendar '{calendar.name}': intervals must ascend, not touch and not be empty")


def _check_steps(program: Program) -> None:
    columns = (program.op, program.priority, program.target, program.count, program.value)
    if len({len(column) for column in columns}) != 1:
        raise ValueError("program: all step columns must have one length")
    first = program.first_step
    if first[0] != 0 or first[-1] != len(program.op) or not (np.diff(first) >= 0).all():
        raise ValueError("program: first_step must ascend from 0 to the number of steps")
    if len(first) != program.movements + 1 or not (np.diff(program.start_min) >= 0).all():
        raise ValueError("program: movements must be sorted by start_min, with one first_step each and one more")
    if program.movements and not program.start_min[0] >= 0.0:
        raise ValueError(f"program: a movement starts at {program.start_min[0]}, must be at minute 0 or later")
    _check_targets(program)
    _check_tries(program)
    if not (program.value >= 0.0).all():
        raise ValueError("program: every value (minutes, clock time, steps to skip) must be 0 or more")


_ON_POOL = np.array([op in (SEIZE, RELEASE, TRY) for op in Op])
_STEPS_AT_ONCE = 1 << 18
"""Steps checked together: temporaries then stay in the processor's cache."""


def _check_targets(program: Program) -> None:
    least = np.where(_ON_POOL, 0, -1).astype(np.int16)
    most = np.where(_ON_POOL, len(program.pools), len(program.calendars)).astype(np.int16)
    asked, given = (np.zeros(len(program.pools), dtype=np.int64) for _ in range(2))
    for begin in range(0, len(program.op), _STEPS_AT_ONCE):
        steps = slice(begin, begin + _STEPS_AT_ONCE)
        op, target, count = program.op[steps], program.target[steps], program.count[steps]
        if not ((op >= SEIZE) & (op <= TRY)).all():
            raise ValueError("program: unknown instruction")
        stray = (target < least[op]) | (target >= most[op])
        if stray.any():
            what = "pool" if _ON_POOL[op[stray.argmax()]] else "calendar"
            raise ValueError(f"program: a step names a {what} that does not exist")
        if not (count >= _ON_POOL[op]).all():
            raise ValueError("program: SEIZE, TRY and RELEASE take at least 1 token")
        seizes = op == SEIZE
        np.maximum(asked, np.bincount(target[seizes], minlength=len(asked)) > 0, out=asked)
        several = np.flatnonzero(seizes & (count > 1))
        np.maximum.at(asked, target[several], count[several])
        given += np.bincount(target[op == RELEASE], minlength=len(given))
    _check_requests(program, asked, given > 0)


def _check_requests(program: Program, asked: IntArray, filled: NDArray[np.bool_]) -> None:
    """Refuse a request that no capacity could ever grant, unless the pool is a store that someone fills."""
    for index, pool in enumerate(program.pools):
        is_store = filled[index] and pool.tokens.max() == 0
        if asked[index] > pool.tokens.max() and not is_store:
            raise ValueError(
                f"pool '{pool.name}': {asked[index]} tokens are asked for at once, but it never has more than "
                f"{pool.tokens.max()}; ask for fewer or make it larger"
            )


def _check_tries(program: Program) -> None:
    tries = np.flatnonzero(program.op == TRY)
    left = program.first_step[1:][program.movement_of_step()[tries]] - tries - 1
    skips = program.value[tries]
    if not ((skips >= 1) & (skips <= left) & (skips == np.floor(skips))).all():
        raise ValueError(
            "program: TRY skips a whole number of steps, at least 1 and no more than its movement has left"
        )
