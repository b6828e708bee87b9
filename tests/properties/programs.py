"""Random valid programs that mix all instructions, with ties in time, gridlocks and frozen work among them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from sim.kernel import (
    Calendar,
    Choice,
    Op,
    Option,
    Pool,
    Program,
    Step,
    assemble,
    await_signals,
    choose,
    delay,
    release,
    seize,
    seize_within,
    signal,
    skip,
    try_seize,
    until,
)

Times = st.SearchStrategy[float]


class Grid(NamedTuple):
    """Minutes to draw from, and rates of clocks."""

    times: Times
    rates: Times


_HALF_MINUTES = st.integers(0, 16).map(lambda halves: halves / 2.0)
_POWERS = st.sampled_from([1.0, 1.0, 0.5, 2.0, 0.25, 4.0])

HALVES = Grid(_HALF_MINUTES, _POWERS)
"""A coarse grid: ties are frequent, and sums, differences and minutes of slow clocks are exact."""

AWKWARD = Grid(
    st.one_of(
        _HALF_MINUTES, st.builds(lambda n, unit: n / unit, st.integers(1, 999), st.sampled_from([70.0, 7e3, 7e5]))
    ),
    st.one_of(_POWERS, st.sampled_from([0.7, 1 / 3, 1.3, 1e-3, 997.0])),
)
"""Times of several magnitudes, whose sums and differences round."""


class Fork(NamedTuple):
    """A place in a route at which a choice decides between the first of these branches, one for each option."""

    slot: int
    branches: "list[list[Step | Fork]]"


Steps = st.SearchStrategy[list[Step | Fork]]

SLOTS = st.integers(0, 3)
CLOCKS = st.one_of(st.none(), SLOTS)
TOKENS = st.integers(1, 3)
PRIORITIES = st.integers(-1, 1)
MOST_OPTIONS = 3


@st.composite
def programs(draw: st.DrawFn, grid: Grid = HALVES, tidy: bool = False, endless: bool = False) -> Program:
    """Draw a program.

    `tidy` ones give back what they take and give unasked only to stores; `endless` ones have no horizon.
    """
    times, rates = grid
    calendars = draw(_calendars(times, rates))
    pools = [replace(pool, clock=_find_clock(pool.clock, calendars)) for pool in draw(_pools(times))]
    choices = [_fit_choice(choice, pools, calendars) for choice in draw(_choices(times))]
    movements = draw(_movements(times, tidy))
    deliveries = [(draw(times), [release(pool.name, draw(TOKENS))]) for pool in pools if _is_store(pool)]
    room = _Room(pools, calendars, choices, len(deliveries) + len(movements))
    fitted = [(start, _fit(route, room)) for start, route in movements]
    horizon = np.inf if endless else draw(st.one_of(st.just(np.inf), times.map(lambda minutes: 3.0 * minutes)))
    return assemble(pools, deliveries + fitted, calendars, horizon, choices=choices)


def scale(program: Program, factor: float) -> Program:
    """Return the program with all its times, and nothing else, multiplied."""
    counts = np.isin(program.op, (Op.TRY, Op.SKIP, Op.SIGNAL))
    return replace(
        program,
        pools=tuple(replace(pool, times_min=pool.times_min * factor) for pool in program.pools),
        calendars=tuple(
            replace(hours, opens_min=hours.opens_min * factor, closes_min=hours.closes_min * factor)
            for hours in program.calendars
        ),
        start_min=program.start_min * factor,
        value=np.where(counts, program.value, program.value * factor),
        horizon_min=program.horizon_min * factor,
        choices=tuple(_scale_choice(choice, factor) for choice in program.choices),
    )


def _scale_choice(choice: Choice, factor: float) -> Choice:
    options = [
        replace(scale_work(option, factor), extra_min=option.extra_min * factor, clock=option.clock)
        for option in choice.options
    ]
    return replace(choice, options=tuple(options), delay_min=choice.delay_min * factor)


def scale_work(option: Option, factor: float) -> Option:
    """Return an option with its own service and that of those who wait multiplied."""
    per_token = tuple(minutes * factor for minutes in option.min_per_token)
    return replace(option, service_min=option.service_min * factor, min_per_token=per_token)


def _positive(times: Times) -> Times:
    return times.map(lambda minutes: minutes or 0.5)


@cache
def _pools(times: Times) -> st.SearchStrategy[list[Pool]]:
    changes = st.lists(st.tuples(_positive(times), st.integers(0, 3)), min_size=1, max_size=4)
    constant = st.tuples(TOKENS, st.just([]), st.just(False), CLOCKS)
    shifts = st.tuples(st.integers(0, 3), changes, st.just(False), CLOCKS)
    quota = st.tuples(st.integers(0, 3), changes, st.just(True), CLOCKS)
    store = st.tuples(st.just(0), st.just([]), st.just(False), CLOCKS)
    plans = st.lists(st.one_of(constant, shifts, quota, store), min_size=1, max_size=3)
    return plans.map(lambda drawn: [_make_pool(f"pool {i}", *plan) for i, plan in enumerate(drawn)])


def _make_pool(name: str, first: int, changes: Sequence[tuple[float, int]], refills: bool, clock: int | None) -> Pool:
    times = accumulate((gap for gap, _ in changes), initial=0.0)
    return Pool.of(name, list(zip(times, [first, *(tokens for _, tokens in changes)], strict=True)), refills, clock)


@cache
def _calendars(times: Times, rates: Times) -> st.SearchStrategy[list[Calendar]]:
    """Draw hours of which some touch and some are slow or fast; work may begin before, in and after them."""
    stretches = st.lists(st.tuples(_positive(times), st.one_of(st.just(0.0), times), rates), max_size=4)
    plans = st.lists(st.tuples(times, stretches, st.one_of(st.none(), rates)), min_size=1, max_size=2)
    return plans.map(lambda drawn: [_make_calendar(f"hours {i}", *plan) for i, plan in enumerate(drawn)])


def _make_calendar(
    name: str, first: float, stretches: Sequence[tuple[float, float, float]], rate_for_ever: float | None
) -> Calendar:
    intervals, opens = [], first
    for open_min, gap_min, rate in stretches:
        intervals.append((opens, opens + open_min, rate))
        opens = opens + open_min + gap_min
    return Calendar.of(name, [*intervals, *([(opens, np.inf, rate_for_ever)] if rate_for_ever else [])])


@cache
def _choices(times: Times) -> st.SearchStrategy[list[Choice]]:
    """Draw choices whose options are often equal, and look at some pools twice and at others not at all."""
    minutes = st.one_of(st.just(0.0), st.just(1.0), times)
    looks = st.one_of(
        st.lists(st.tuples(SLOTS, minutes), max_size=3), st.tuples(SLOTS, st.just(1.0)).map(lambda one: [one])
    )
    glances = looks.map(lambda drawn: tuple(zip(*drawn, strict=True)) or ((), ()))
    extra = st.one_of(st.just(0.0), minutes)
    options = st.builds(
        lambda extra, service, seen, clock: Option(extra, service, *seen, clock), extra, extra, glances, CLOCKS
    )
    ways = st.one_of(*(st.lists(options, min_size=least, max_size=MOST_OPTIONS) for least in (1, 2)))
    choices = st.builds(
        lambda ways, delay_min: Choice("", tuple(ways), delay_min),
        ways,
        st.one_of(st.sampled_from([0.5, 1.0]), minutes),
    )
    plans = st.lists(choices, min_size=1, max_size=2)
    return plans.map(lambda drawn: [replace(choice, name=f"choice {i}") for i, choice in enumerate(drawn)])


@cache
def _movements(times: Times, tidy: bool) -> st.SearchStrategy[list[tuple[float, list[Step]]]]:
    return st.lists(st.tuples(times, _routes(times, tidy)), min_size=2, max_size=10)


def _routes(times: Times, tidy: bool) -> Steps:
    pauses = _pauses(times)
    parts = [pauses, _holds(times, pauses), _passages(pauses), _attempts(pauses), _trades(times), _detours(pauses)]
    parts.append(_patience(times, pauses))
    parts += [] if tidy else [_seizes(), _gifts(times), _leaps(), _bets(times), _calls(), _meetings()]
    forks = _forks(st.one_of(*parts))
    deep = _forks(st.one_of(forks, *parts))
    return _join(st.one_of(forks, deep, _holds(times, forks), *parts), min_size=1, max_size=4)


def _join(parts: Steps, min_size: int, max_size: int) -> Steps:
    drawn = st.lists(parts, min_size=min_size, max_size=max_size)
    return drawn.map(lambda lists: [step for part in lists for step in part])


def _pauses(times: Times) -> Steps:
    plain = times.map(delay)
    frozen = st.builds(delay, times, SLOTS)
    return st.lists(st.one_of(plain, frozen, times.map(until)), min_size=1, max_size=2)


def _holds(times: Times, pauses: Steps) -> Steps:
    """Take, pause, and give back at once or later."""

    def lay(slot: int, tokens: int, priority: int, pause: list[Step], after: float) -> list[Step]:
        return [seize(slot, tokens, priority), *pause, release(slot, tokens, after)]

    return st.builds(lay, SLOTS, TOKENS, PRIORITIES, pauses, st.one_of(st.just(0.0), times))


def _passages(pauses: Steps) -> Steps:
    """Keep one thing until the next is granted, as blocking after service does."""

    def lay(slots: list[int], priority: int, before: list[Step], after: list[Step]) -> list[Step]:
        here, there = slots
        return [seize(here), *before, seize(there, 1, priority), release(here), *after, release(there)]

    return st.builds(lay, st.lists(SLOTS, min_size=2, max_size=2), PRIORITIES, pauses, pauses)


def _attempts(pauses: Steps) -> Steps:
    """Take if it can be had at once, else go past."""

    def lay(slot: int, tokens: int, priority: int, pause: list[Step]) -> list[Step]:
        return [try_seize(slot, len(pause) + 1, tokens, priority), *pause, release(slot, tokens)]

    return st.builds(lay, SLOTS, TOKENS, PRIORITIES, pauses)


def _patience(times: Times, pauses: Steps) -> Steps:
    """Take if it can be had in time, else go past; some have all the time and some have none."""

    def lay(slot: int, minutes: float, tokens: int, priority: int, pause: list[Step]) -> list[Step]:
        return [seize_within(slot, minutes, tokens, priority), skip(len(pause) + 1), *pause, release(slot, tokens)]

    return st.builds(lay, SLOTS, _ends(times), TOKENS, PRIORITIES, pauses)


def _ends(times: Times) -> Times:
    return st.one_of(times, times, st.sampled_from([0.0, 1.0, np.inf]))


def _trades(times: Times) -> Steps:
    """Give to a store or take from one; `_fit` drops those that meet another kind of pool."""
    give = st.builds(lambda slot, tokens, after: [release(("store", slot), tokens, after)], SLOTS, TOKENS, times)
    take = st.builds(
        lambda slot, tokens, priority: [seize(("store", slot), tokens, priority)], SLOTS, TOKENS, PRIORITIES
    )
    return st.one_of(give, take)


def _seizes() -> Steps:
    return st.builds(lambda slot, tokens, priority: [seize(slot, tokens, priority)], SLOTS, TOKENS, PRIORITIES)


def _gifts(times: Times) -> Steps:
    return st.builds(lambda slot, tokens, after: [release(slot, tokens, after)], SLOTS, TOKENS, times)


def _bets(times: Times) -> Steps:
    """Skip whatever comes next if tokens come in time."""
    ask = st.builds(seize_within, SLOTS, _ends(times), TOKENS, PRIORITIES)
    return ask.map(lambda step: [step])


def _calls() -> Steps:
    """Give signals to anyone, even oneself."""
    calls = st.builds(signal, st.integers(0, 12), TOKENS)
    return st.lists(calls, min_size=1, max_size=3)


def _meetings() -> Steps:
    """Tell somebody and wait to be told."""
    return st.builds(
        lambda to, given, awaited: [signal(to, given), await_signals(awaited)], st.integers(0, 12), TOKENS, TOKENS
    )


def _leaps() -> Steps:
    """Jump to anywhere, into the middle of a branch or of a table of jumps too."""
    jumps = st.integers(1, 5)
    attempt = st.builds(lambda slot, steps, tokens: [try_seize(slot, steps, tokens)], SLOTS, jumps, TOKENS)
    table = SLOTS.map(lambda slot: [Step(Op.CHOOSE, slot)])
    return st.one_of(attempt, jumps.map(lambda steps: [skip(steps)]), table)


def _detours(pauses: Steps) -> Steps:
    """Go past a pause, or past nothing."""
    return st.one_of(st.just([skip(0)]), pauses.map(lambda pause: [skip(len(pause)), *pause]))


def _forks(parts: Steps) -> Steps:
    """Go one of up to three ways; some of them are empty."""
    branches = st.lists(_join(parts, min_size=0, max_size=2), min_size=MOST_OPTIONS, max_size=MOST_OPTIONS)
    return st.builds(lambda slot, ways: [Fork(slot, ways)], SLOTS, branches)


def _is_store(pool: Pool) -> bool:
    return bool(pool.tokens.max() == 0)


class _Room(NamedTuple):
    """What the slots of a route may point at."""

    pools: Sequence[Pool]
    calendars: Sequence[Calendar]
    choices: Sequence[Choice]
    movements: int


def _find_clock(slot: int | None, calendars: Sequence[Calendar]) -> str | None:
    return None if slot is None else calendars[slot % len(calendars)].name


def _fit_choice(choice: Choice, pools: Sequence[Pool], calendars: Sequence[Calendar]) -> Choice:
    options = [
        replace(
            option,
            watched=tuple(pools[slot % len(pools)].name for slot in option.watched),
            clock=_find_clock(option.clock, calendars),
        )
        for option in choice.options
    ]
    return replace(choice, options=tuple(options))


def _fit(route: Sequence[Step | Fork], room: _Room, left: int = 0) -> list[Step]:
    """Point the slots of a route at what exists, and keep it within what can be done; `left` steps follow it."""
    kept: list[Step] = []
    for part in reversed(route):
        kept = [*_fit_part(part, room, left + len(kept)), *kept]
    return kept


def _fit_part(part: Step | Fork, room: _Room, left: int) -> list[Step]:
    if isinstance(part, Fork):
        choice = room.choices[part.slot % len(room.choices)]
        branches = [_fit(branch, room, left) for branch in part.branches]
        return choose(choice.name, *branches[: len(choice.options)])
    if part.op == Op.CHOOSE:
        choice = room.choices[part.target % len(room.choices)]
        ways = len(choice.options)
        return [part._replace(target=choice.name, tokens=ways)] if ways <= left else []
    step = _fit_step(part, room)
    if step and step.op in (Op.TRY, Op.SKIP):
        step = step._replace(value=min(step.value, float(left)))
    goes_past = {Op.TRY: step.value, Op.WITHIN: left}.get(step.op, 1) if step else 0
    return [step] if step and goes_past else []


def _fit_step(step: Step, room: _Room) -> Step | None:
    if step.op == Op.SIGNAL:
        return step._replace(value=step.value % room.movements)
    if step.target is None:
        return step
    if step.op == Op.DELAY:
        return step._replace(target=_find_clock(step.target, room.calendars))
    stores = [pool for pool in room.pools if _is_store(pool)]
    among, slot = (stores, step.target[1]) if isinstance(step.target, tuple) else (room.pools, step.target)
    if not among:
        return None
    pool = among[slot % len(among)]
    most = step.tokens if _is_store(pool) else int(pool.tokens.max())
    return step._replace(target=pool.name, tokens=min(step.tokens, most))
