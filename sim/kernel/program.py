"""A program: everything that every movement will do, as a few flat arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
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
    RELEASE  give `count` tokens to pool `target`, `value` minutes from now on the
             pool's clock; the giver need not have seized them
    DELAY    let `value` minutes pass; with `target` >= 0, on the clock of that
             calendar (work freezes while it is closed)
    UNTIL    wait for clock time `value`; nothing if it has passed
    TRY      SEIZE if it can be granted at once, else skip the next `value` steps
    CHOOSE   go on at one of the next `count` steps, one for each option of choice
             `target`: at the best by its rule at this instant, the first if equal
    SKIP     skip the next `value` steps
    SIGNAL   give `count` signals to movement number `value`; they are kept for it if it has
             not begun, and lost if it has finished
    AWAIT    wait until `count` signals have come to this movement, and use them up
    WITHIN   SEIZE, but for `value` minutes of the wall clock at most; if granted, skip the
             next step; else the request is withdrawn when they have passed
    =======  ======================================================================
    """

    SEIZE = 0
    RELEASE = 1
    DELAY = 2
    UNTIL = 3
    TRY = 4
    CHOOSE = 5
    SKIP = 6
    SIGNAL = 7
    AWAIT = 8
    WITHIN = 9


SEIZE, RELEASE, DELAY, UNTIL, TRY, CHOOSE, SKIP, SIGNAL, AWAIT, WITHIN = (int(op) for op in Op)
"""The instructions as plain integers: arrays and loops compare these many times faster than an enum."""


@dataclass(frozen=True)
class Pool:
    """Tokens whose number is a step function of time; a store is a pool that starts at zero and is filled by others.

    From `times_min[i]` on the pool owns `tokens[i]`. When capacity falls below what is in use,
    holders finish and new grants wait. With `refills`, each change *sets* the free tokens to
    `tokens[i]` instead: unused ones lapse and used ones come back (a daily quota). Delays after
    which tokens are given pass on the calendar that `clock` names, or on the wall clock. A pool that says
    so is a store, even if nobody fills it in this program; others are if somebody does.
    """

    name: str
    times_min: FloatArray
    tokens: IntArray
    refills: bool = False
    clock: str | None = None
    is_store: bool = False

    @classmethod
    def store(cls, name: str) -> "Pool":
        """Make a store: it is empty, and may stay so."""
        return cls(name, np.zeros(1), np.zeros(1, dtype=np.int64), is_store=True)

    @classmethod
    def of(
        cls,
        name: str,
        tokens: int | Sequence[tuple[float, int]],
        refills: bool = False,
        clock: str | None = None,
    ) -> "Pool":
        """Make a pool of a constant number of tokens, or of (minute, tokens) pairs from minute 0."""
        steps = [(0.0, tokens)] if isinstance(tokens, int) else list(tokens)
        return cls(
            name,
            np.array([time for time, _ in steps], dtype=np.float64),
            np.array([count for _, count in steps], dtype=np.int64),
            refills,
            clock,
        )


@dataclass(frozen=True)
class Calendar:
    """Open intervals [`opens_min[i]`, `closes_min[i]`), ascending and disjoint; closed between them.

    While open, `rate[i]` minutes of this clock pass in a minute: 1 unless work goes slower or faster.
    """

    name: str
    opens_min: FloatArray
    closes_min: FloatArray
    rate: FloatArray

    @classmethod
    def of(cls, name: str, intervals: Sequence[tuple[float, float] | tuple[float, float, float]]) -> "Calendar":
        """Make a calendar of (opens, closes) pairs in minutes, or of (opens, closes, rate)."""
        rows = np.array([(*interval, 1.0)[:3] for interval in intervals], dtype=np.float64).reshape(-1, 3)
        return cls(name, *(column.copy() for column in rows.T))


@dataclass(frozen=True)
class Option:
    """One way to go, and what is known of it: extra minutes, and queues that must be served first.

    Each token that waits for pool `watched[i]` takes `min_per_token[i]` minutes, then comes one's own
    service of `service_min`; they pass on the calendar that `clock` names, once `extra_min` have passed.
    """

    extra_min: float = 0.0
    service_min: float = 0.0
    watched: tuple[str, ...] = ()
    min_per_token: tuple[float, ...] = ()
    clock: str | None = None


@dataclass(frozen=True)
class Choice:
    """A rule, least expected time, among options; queues are known as they stood `delay_min` minutes ago."""

    name: str
    options: tuple[Option, ...]
    delay_min: float = 0.0


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
    choices: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        for pool in self.pools:
            _check_pool(pool)
        for calendar in self.calendars:
            _check_calendar(calendar)
        _check_names(self)
        _check_steps(self)

    @cached_property
    def pool_number(self) -> dict[str, int]:
        """Index of each pool by name."""
        return {pool.name: i for i, pool in enumerate(self.pools)}

    @cached_property
    def calendar_number(self) -> dict[str | None, int]:
        """Index of each calendar by name; -1 for no calendar."""
        return {None: -1} | {calendar.name: i for i, calendar in enumerate(self.calendars)}

    @property
    def movements(self) -> int:
        """Number of movements."""
        return len(self.start_min)

    @cached_property
    def watched(self) -> list[str]:
        """Names of the pools whose queues some choice looks at."""
        return sorted({pool for choice in self.choices for option in choice.options for pool in option.watched})

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


def skip(steps: int) -> Step:
    """Return a step that goes past the next `steps` steps."""
    return Step(Op.SKIP, None, 0, float(steps))


def signal(movement: int, signals: int = 1) -> Step:
    """Return a step that gives signals to a movement, by its place in the list that `assemble` is given."""
    return Step(Op.SIGNAL, None, signals, float(movement))


def await_signals(signals: int = 1) -> Step:
    """Return a step that waits until so many signals have come, and uses them up."""
    return Step(Op.AWAIT, None, signals)


def seize_within(pool: str, minutes: float, tokens: int = 1, priority: int = 0) -> Step:
    """Return a step that seizes and skips the next one, or goes on there when the minutes have passed."""
    return Step(Op.WITHIN, pool, tokens, minutes, priority)


def choose(choice: str, *branches: Sequence[Step]) -> list[Step]:
    """Return steps that go on one branch for each option of a choice; all meet again after the last."""
    joined: list[Step] = []
    to_the_end: list[int] = []
    for branch in reversed(branches):
        joined = [*branch, *([skip(len(joined))] if joined else []), *joined]
        to_the_end.insert(0, len(joined))
    ways = [skip(len(branches) - 1 - i + len(joined) - left) for i, left in enumerate(to_the_end)]
    return [Step(Op.CHOOSE, choice, len(branches)), *ways, *joined]


def assemble(
    pools: Iterable[Pool],
    movements: Iterable[tuple[float, Sequence[Step]]],
    calendars: Iterable[Calendar] = (),
    horizon_min: float = np.inf,
    names: Sequence[str] | None = None,
    choices: Iterable[Choice] = (),
) -> Program:
    """Build a program from pools and (start minute, steps) pairs, which are sorted by start with their names.

    Signals go to movements by their place in `movements`, as it is given.
    """
    pools, calendars, choices, movements = tuple(pools), tuple(calendars), tuple(choices), list(movements)
    order = sorted(range(len(movements)), key=lambda i: movements[i][0])
    ordered = [movements[i] for i in order]
    number = {float(place): float(i) for i, place in enumerate(order)}
    index = {
        **{(Op.DELAY, calendar.name): i for i, calendar in enumerate(calendars)},
        **{(Op.CHOOSE, choice.name): i for i, choice in enumerate(choices)},
        **{(op, pool.name): i for i, pool in enumerate(pools) for op in (Op.SEIZE, Op.RELEASE, Op.TRY, Op.WITHIN)},
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
        value=_column(np.float64, [number.get(s.value, s.value) if s.op == Op.SIGNAL else s.value for s in steps]),
        horizon_min=horizon_min,
        names=tuple(names[i] for i in order) if names else None,
        choices=choices,
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
    opens, closes = calendar.opens_min, calendar.closes_min
    if not ((opens < closes).all() and (closes[:-1] <= opens[1:]).all()):
        raise ValueError(f"calendar '{calendar.name}': intervals must ascend, not overlap and not be empty")
    if not (len(calendar.rate) == len(opens) and (calendar.rate > 0.0).all() and np.isfinite(calendar.rate).all()):
        raise ValueError(f"calendar '{calendar.name}': every interval has one rate above 0; to stop it, leave a gap")


def _check_names(program: Program) -> None:
    """Refuse clocks and watched pools that do not exist, and choices that no rule can decide."""
    clocks = [(f"pool '{pool.name}'", pool.clock) for pool in program.pools]
    for choice in program.choices:
        where = f"choice '{choice.name}'"
        clocks += [(where, option.clock) for option in choice.options]
        if not choice.options or not choice.delay_min >= 0.0:
            raise ValueError(f"{where}: must have options, and know queues as of now or earlier")
        for option in choice.options:
            _check_option(where, option, program.pool_number)
    for where, clock in clocks:
        if clock not in program.calendar_number:
            raise ValueError(f"{where}: there is no calendar '{clock}' to be its clock")


def _check_option(where: str, option: Option, pools: Mapping[str, int]) -> None:
    minutes = (option.extra_min, option.service_min, *option.min_per_token)
    if len(option.watched) != len(option.min_per_token) or not all(0.0 <= each < np.inf for each in minutes):
        raise ValueError(f"{where}: its minutes must be 0 or more, one for each pool that it watches")
    for pool in option.watched:
        if pool not in pools:
            raise ValueError(f"{where}: there is no pool '{pool}' to watch")


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
    _check_jumps(program)
    _check_signals(program)
    if not (program.value >= 0.0).all():
        raise ValueError("program: every value (minutes, clock time, steps to skip) must be 0 or more")


_NONE = "target (SIGNAL and AWAIT have none)"
_TARGETS = [
    {SEIZE: "pool", RELEASE: "pool", TRY: "pool", WITHIN: "pool", CHOOSE: "choice", SIGNAL: _NONE, AWAIT: _NONE}.get(
        op, "calendar"
    )
    for op in Op
]
"""What the target of each instruction is; to have none counts as the wall clock."""
ON_POOL = np.array([what == "pool" for what in _TARGETS])
"""Whether an instruction takes tokens of a pool or gives it some."""
_STEPS_AT_ONCE = 1 << 18
"""Steps checked together: temporaries then stay in the processor's cache."""


def _check_targets(program: Program) -> None:
    known = {"pool": len(program.pools), "calendar": len(program.calendars), "choice": len(program.choices), _NONE: 0}
    least = np.array([0 if what in ("pool", "choice") else -1 for what in _TARGETS], dtype=np.int16)
    most = np.array([known[what] for what in _TARGETS], dtype=np.int16)
    asked, given = (np.zeros(len(program.pools), dtype=np.int64) for _ in range(2))
    for begin in range(0, len(program.op), _STEPS_AT_ONCE):
        steps = slice(begin, begin + _STEPS_AT_ONCE)
        op, target, count = program.op[steps], program.target[steps], program.count[steps]
        if not ((op >= SEIZE) & (op <= WITHIN)).all():
            raise ValueError("program: unknown instruction")
        stray = (target < least[op]) | (target >= most[op])
        if stray.any():
            raise ValueError(f"program: a step names a {_TARGETS[op[stray.argmax()]]} that does not exist")
        if not (count >= ON_POOL[op]).all():
            raise ValueError("program: SEIZE, TRY, WITHIN and RELEASE take at least 1 token")
        seizes = waits_for_ever(op, program.value[steps])
        np.maximum(asked, np.bincount(target[seizes], minlength=len(asked)) > 0, out=asked)
        several = np.flatnonzero(seizes & (count > 1))
        np.maximum.at(asked, target[several], count[several])
        given += np.bincount(target[op == RELEASE], minlength=len(given))
    _check_requests(program, asked, given > 0)


def waits_for_ever(op: NDArray[np.int8], value: FloatArray) -> NDArray[np.bool_]:
    """Return which steps wait for tokens until they have them: all SEIZE, and WITHIN without an end."""
    waits: NDArray[np.bool_] = op == SEIZE
    within = np.flatnonzero(op == WITHIN)
    waits[within] = np.isinf(value[within])
    return waits


def _check_requests(program: Program, asked: IntArray, filled: NDArray[np.bool_]) -> None:
    """Refuse a request that no capacity could ever grant, unless the pool is a store that someone fills."""
    for index, pool in enumerate(program.pools):
        is_store = pool.is_store or (filled[index] and pool.tokens.max() == 0)
        if asked[index] > pool.tokens.max() and not is_store:
            raise ValueError(
                f"pool '{pool.name}': {asked[index]} tokens are asked for at once, but it never has more than "
                f"{pool.tokens.max()}; ask for fewer or make it larger"
            )


def _check_jumps(program: Program) -> None:
    jumps = np.flatnonzero(program.op >= TRY)
    jumps = jumps[(program.op[jumps] <= SKIP) | (program.op[jumps] == WITHIN)]
    op = program.op[jumps]
    skips = np.select([op == CHOOSE, op == WITHIN], [program.count[jumps], 1.0], program.value[jumps])
    left = program.first_step[1:][program.movement_of_step()[jumps]] - jumps - 1
    if not ((skips >= (op != SKIP)) & (skips <= left) & (skips == np.floor(skips))).all():
        raise ValueError(
            "program: TRY, CHOOSE and SKIP go past a whole number of steps, at least 1 (SKIP: 0; WITHIN: just 1), and "
            "no more than their movement has left"
        )
    options = np.array([len(choice.options) for choice in program.choices], dtype=np.int64)
    chooses = jumps[op == CHOOSE]
    if not (program.count[chooses] == options[program.target[chooses]]).all():
        raise ValueError("program: CHOOSE needs a step for each option of its choice")


def _check_signals(program: Program) -> None:
    steps = np.flatnonzero(program.op >= SIGNAL)
    steps = steps[program.op[steps] <= AWAIT]
    if not (program.count[steps] >= 1).all():
        raise ValueError("program: SIGNAL and AWAIT take at least 1 signal")
    named = program.value[steps[program.op[steps] == SIGNAL]]
    if not ((named >= 0) & (named < program.movements) & (named == np.floor(named))).all():
        raise ValueError("program: SIGNAL names a movement that does not exist; its value must be the number of one")
