"""Random valid programs that mix all instructions, with ties in time, gridlocks and frozen work among them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate

import numpy as np
from hypothesis import strategies as st

from sim.kernel import Calendar, Op, Pool, Program, Step, assemble, delay, release, seize, try_seize, until

HALVES = st.integers(0, 16).map(lambda halves: halves / 2.0)
"""Times on a coarse grid: ties are frequent, and sums and differences are exact."""

AWKWARD = st.one_of(HALVES, st.builds(lambda n, unit: n / unit, st.integers(1, 999), st.sampled_from([70.0, 7e3, 7e5])))
"""Times of several magnitudes, whose sums and differences round."""

Times = st.SearchStrategy[float]
Steps = st.SearchStrategy[list[Step]]

SLOTS = st.integers(0, 3)
TOKENS = st.integers(1, 3)
PRIORITIES = st.integers(-1, 1)


@st.composite
def programs(draw: st.DrawFn, times: Times = HALVES, tidy: bool = False, endless: bool = False) -> Program:
    """Draw a program.

    `tidy` ones give back what they take and give unasked only to stores; `endless` ones have no horizon.
    """
    pools = draw(_pools(times))
    calendars = draw(_calendars(times))
    movements = draw(_movements(times, tidy))
    deliveries = [(draw(times), [release(pool.name, draw(TOKENS))]) for pool in pools if _is_store(pool)]
    fitted = [(start, _fit(route, pools, calendars)) for start, route in movements]
    horizon = np.inf if endless else draw(st.one_of(st.just(np.inf), times.map(lambda minutes: 3.0 * minutes)))
    return assemble(pools, deliveries + fitted, calendars, horizon)


def scale(program: Program, factor: float) -> Program:
    """Return the program with all its times, and nothing else, multiplied."""
    return replace(
        program,
        pools=tuple(replace(pool, times_min=pool.times_min * factor) for pool in program.pools),
        calendars=tuple(
            replace(hours, opens_min=hours.opens_min * factor, closes_min=hours.closes_min * factor)
            for hours in program.calendars
        ),
        start_min=program.start_min * factor,
        value=np.where(program.op == Op.TRY, program.value, program.value * factor),
        horizon_min=program.horizon_min * factor,
    )


def _positive(times: Times) -> Times:
    return times.map(lambda minutes: minutes or 0.5)


@cache
def _pools(times: Times) -> st.SearchStrategy[list[Pool]]:
    changes = st.lists(st.tuples(_positive(times), st.integers(0, 3)), min_size=1, max_size=4)
    constant = st.tuples(TOKENS, st.just([]), st.just(False))
    shifts = st.tuples(st.integers(0, 3), changes, st.just(False))
    quota = st.tuples(st.integers(0, 3), changes, st.just(True))
    store = st.tuples(st.just(0), st.just([]), st.just(False))
    plans = st.lists(st.one_of(constant, shifts, quota, store), min_size=1, max_size=3)
    return plans.map(lambda drawn: [_make_pool(f"pool {i}", *plan) for i, plan in enumerate(drawn)])


def _make_pool(name: str, first: int, changes: Sequence[tuple[float, int]], refills: bool) -> Pool:
    times = accumulate((gap for gap, _ in changes), initial=0.0)
    return Pool.of(name, list(zip(times, [first, *(tokens for _, tokens in changes)], strict=True)), refills)


@cache
def _calendars(times: Times) -> st.SearchStrategy[list[Calendar]]:
    stretches = st.lists(st.tuples(_positive(times), _positive(times)), max_size=4)
    plans = st.lists(st.tuples(times, stretches, st.booleans()), min_size=1, max_size=2)
    return plans.map(lambda drawn: [_make_calendar(f"hours {i}", *plan) for i, plan in enumerate(drawn)])


def _make_calendar(name: str, first: float, stretches: Sequence[tuple[float, float]], stays_open: bool) -> Calendar:
    edges = list(accumulate((minutes for pair in stretches for minutes in pair), initial=first))
    closes = [*edges[1::2], np.inf] if stays_open else edges[1::2]
    return Calendar.of(name, list(zip(edges[::2], closes, strict=stays_open)))


@cache
def _movements(times: Times, tidy: bool) -> st.SearchStrategy[list[tuple[float, list[Step]]]]:
    return st.lists(st.tuples(times, _routes(times, tidy)), min_size=2, max_size=10)


def _routes(times: Times, tidy: bool) -> Steps:
    pauses = _pauses(times)
    parts = [pauses, _holds(times, pauses), _passages(pauses), _attempts(pauses), _trades(times)]
    untidy = [] if tidy else [_seizes(), _gifts(times), _leaps()]
    return st.lists(st.one_of(*parts, *untidy), min_size=1, max_size=4).map(
        lambda drawn: [step for part in drawn for step in part]
    )


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


def _leaps() -> Steps:
    return st.builds(lambda slot, skip, tokens: [try_seize(slot, skip, tokens)], SLOTS, st.integers(1, 5), TOKENS)


def _is_store(pool: Pool) -> bool:
    return bool(pool.tokens.max() == 0)


def _fit(route: Sequence[Step], pools: Sequence[Pool], calendars: Sequence[Calendar]) -> list[Step]:
    """Point the slots of a route at pools and calendars that exist, and keep it within what they can do."""
    stores = [pool for pool in pools if _is_store(pool)]
    kept: list[Step] = []
    for step in reversed(route):
        fitted = _fit_step(step, pools, stores, calendars)
        if fitted and fitted.op == Op.TRY:
            fitted = fitted._replace(value=min(fitted.value, float(len(kept)))) if kept else None
        kept = [fitted, *kept] if fitted else kept
    return kept


def _fit_step(step: Step, pools: Sequence[Pool], stores: Sequence[Pool], calendars: Sequence[Calendar]) -> Step | None:
    if step.target is None:
        return step
    if step.op == Op.DELAY:
        return step._replace(target=calendars[step.target % len(calendars)].name)
    among, slot = (stores, step.target[1]) if isinstance(step.target, tuple) else (pools, step.target)
    if not among:
        return None
    pool = among[slot % len(among)]
    most = step.tokens if _is_store(pool) else int(pool.tokens.max())
    return step._replace(target=pool.name, tokens=min(step.tokens, most))
