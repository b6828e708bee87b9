"""What holds exactly for every program on every engine."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.kernel import ENGINES, Gridlock, Op, Program, Trace, run
from sim.kernel.trace import Fate
from tests.properties.programs import AWKWARD, programs, scale


def finish_or_gridlock(engine: str, program: Program) -> bool:
    try:
        run(program, engine)
    except Gridlock:
        return False
    return True


def end_at(program: Program, horizon_min: float) -> Program:
    return replace(program, horizon_min=horizon_min)


def walk(program: Program, trace: Trace, movement: int) -> list[int]:
    """Return the steps that a movement began, by the rules of TRY alone."""
    step, end = program.first_step[movement : movement + 2].tolist()
    walked = []
    while step < end and not np.isnan(trace.began_min[step]):
        walked.append(step)
        refused = program.op[step] == Op.TRY and np.isnan(trace.began_min[step + 1])
        step += 1 + (int(program.value[step]) if refused else 0)
    return walked


def walks(program: Program, trace: Trace) -> list[list[int]]:
    return [walk(program, trace, movement) for movement in range(program.movements)]


def find_grants(program: Program, trace: Trace, pool: int) -> np.ndarray:
    """Return the steps by which tokens of a pool were taken."""
    went_on = np.append(~np.isnan(trace.began_min[1:]), False)
    seized = (program.op == Op.SEIZE) & ~np.isnan(trace.ended_min)
    tried = (program.op == Op.TRY) & went_on & ~np.isnan(trace.began_min)
    return np.flatnonzero((seized | tried) & (program.target == pool))


def find_gifts(program: Program, trace: Trace, pool: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when tokens of a pool were given within the horizon, and how many."""
    given_by = np.flatnonzero((program.op == Op.RELEASE) & (program.target == pool) & ~np.isnan(trace.ended_min))
    times = trace.ended_min[given_by] + program.value[given_by]
    happened = times < program.horizon_min
    return times[happened], program.count[given_by][happened]


def count_free(program: Program, trace: Trace, pool: int) -> list[tuple[float, int, int]]:
    """Return for each instant that touches a pool the tokens granted then and those free when it is over."""
    plan = program.pools[pool]
    grants, (gift_min, gift_tokens) = find_grants(program, trace, pool), find_gifts(program, trace, pool)
    changes = dict(zip(plan.times_min[1:].tolist(), pairwise(plan.tokens.tolist()), strict=True))
    instants = {*trace.ended_min[grants].tolist(), *gift_min.tolist(), *changes, 0.0}
    free, log = int(plan.tokens[0]), []
    for instant in sorted(t for t in instants if t < program.horizon_min):
        before, after = changes.get(instant, (0, 0))
        free = after if plan.refills and instant in changes else free + after - before
        granted = program.count[grants][trace.ended_min[grants] == instant].sum()
        free += gift_tokens[gift_min == instant].sum() - granted
        log.append((instant, granted, free))
    return log


def measure_open(program: Program, calendar: int, since: float, to: float) -> float:
    hours = program.calendars[calendar]
    return float(np.clip(np.minimum(hours.closes_min, to) - np.maximum(hours.opens_min, since), 0.0, None).sum())


def assert_same_trace(one: Trace, other: Trace) -> None:
    np.testing.assert_array_equal(one.began_min, other.began_min)
    np.testing.assert_array_equal(one.ended_min, other.ended_min)
    np.testing.assert_array_equal(one.fate, other.fate)


@given(program=programs())
def test_arrived_is_finished_plus_inside_plus_not_admitted(engine, program):
    fate = ENGINES[engine](program).fate
    arrived = (program.start_min < program.horizon_min).sum()
    assert arrived == np.isin(fate, (Fate.FINISHED, Fate.INSIDE, Fate.NOT_ADMITTED)).sum()


@given(program=programs())
def test_those_whose_last_step_ended_and_no_others_have_finished(engine, program):
    trace = ENGINES[engine](program)
    arrived = program.start_min < program.horizon_min
    unended = [np.isnan(trace.ended_min[steps]).any() for steps in walks(program, trace)]
    np.testing.assert_array_equal(trace.fate == Fate.FINISHED, arrived & ~np.array(unended, dtype=bool))


@given(program=programs())
def test_those_who_ask_are_inside_from_their_first_grant_on(engine, program):
    trace = ENGINES[engine](program)
    granted = np.concatenate([find_grants(program, trace, pool) for pool in range(len(program.pools))])
    asks = np.flatnonzero(np.isin(program.op, (Op.SEIZE, Op.TRY)))
    for movement in np.flatnonzero(np.isin(trace.fate, (Fate.INSIDE, Fate.NOT_ADMITTED))):
        steps = np.arange(*program.first_step[movement : movement + 2])
        ungranted = np.isin(steps, asks).any() and not np.isin(steps, granted).any()
        assert (trace.fate[movement] == Fate.NOT_ADMITTED) == ungranted


@given(program=programs(times=AWKWARD))
def test_each_step_begins_when_the_one_before_it_ended(engine, program):
    trace = ENGINES[engine](program)
    for start, steps in zip(program.start_min, walks(program, trace), strict=True):
        if steps:
            np.testing.assert_array_equal(trace.began_min[steps], [start, *trace.ended_min[steps[:-1]]])


@given(program=programs())
def test_steps_that_are_skipped_or_not_reached_have_no_times(engine, program):
    trace = ENGINES[engine](program)
    walked = [step for steps in walks(program, trace) for step in steps]
    others = np.setdiff1d(np.arange(len(program.op)), walked)
    assert np.isnan(trace.began_min[others]).all()
    assert np.isnan(trace.ended_min[others]).all()


@given(program=programs(times=AWKWARD))
def test_no_step_ends_before_it_began_or_at_the_horizon(engine, program):
    trace = ENGINES[engine](program)
    ended = ~np.isnan(trace.ended_min)
    assert (trace.began_min[ended] <= trace.ended_min[ended]).all()
    assert (trace.ended_min[ended] < program.horizon_min).all()


@given(program=programs(times=AWKWARD))
def test_steps_that_wait_for_the_clock_last_as_long_as_they_say(engine, program):
    trace = ENGINES[engine](program)
    timed = ~np.isnan(trace.began_min) & ~np.isin(program.op, (Op.SEIZE,))
    plain = timed & ~((program.op == Op.DELAY) & (program.target >= 0))
    due = np.select(
        [program.op == Op.DELAY, program.op == Op.UNTIL],
        [trace.began_min + program.value, np.fmax(trace.began_min, program.value)],
        trace.began_min,
    )
    expected = np.where(due < program.horizon_min, due, np.nan)
    np.testing.assert_array_equal(trace.ended_min[plain], expected[plain])


@given(program=programs())
def test_frozen_work_takes_its_minutes_from_open_hours(engine, program):
    trace = ENGINES[engine](program)
    frozen = (program.op == Op.DELAY) & (program.target >= 0) & ~np.isnan(trace.began_min)
    for step in np.flatnonzero(frozen):
        calendar, minutes, began = program.target[step], program.value[step], trace.began_min[step]
        if np.isnan(trace.ended_min[step]):
            assert measure_open(program, calendar, began, program.horizon_min) <= minutes
            continue
        ended = trace.ended_min[step]
        hours = program.calendars[calendar]
        assert measure_open(program, calendar, began, ended) == minutes
        assert ended == began or ((hours.opens_min < ended) & (ended <= hours.closes_min)).any()


@given(program=programs())
def test_tokens_in_use_exceed_capacity_only_while_draining(engine, program):
    trace = ENGINES[engine](program)
    for pool in range(len(program.pools)):
        for _, granted, free in count_free(program, trace, pool):
            assert free >= 0 or granted == 0


@given(program=programs())
def test_nobody_waits_for_tokens_that_are_free(engine, program):
    trace = ENGINES[engine](program)
    for pool in range(len(program.pools)):
        asks = np.flatnonzero((program.op == Op.SEIZE) & (program.target == pool) & ~np.isnan(trace.began_min))
        began, ended = trace.began_min[asks], np.nan_to_num(trace.ended_min[asks], nan=np.inf)
        for instant, _, free in count_free(program, trace, pool):
            waiting = (began <= instant) & (ended > instant)
            ranks = list(zip(program.priority[asks][waiting], began[waiting], strict=True))
            first = [n for n, rank in zip(program.count[asks][waiting], ranks, strict=True) if rank == min(ranks)]
            assert not first or max(first) > free


@given(program=programs())
def test_tokens_are_granted_in_rank_order(engine, program):
    trace = ENGINES[engine](program)
    for pool in range(len(program.pools)):
        waits = np.flatnonzero((program.op == Op.SEIZE) & (program.target == pool) & ~np.isnan(trace.began_min))
        asks = np.union1d(waits, find_grants(program, trace, pool))
        priority, began = program.priority[asks], trace.began_min[asks]
        ended = np.nan_to_num(trace.ended_min[asks], nan=np.inf)
        more_urgent = (priority[:, None] < priority) & (began[:, None] < ended)
        came_first = (priority[:, None] == priority) & (began[:, None] < began)
        assert not ((more_urgent | came_first) & (ended[:, None] > ended)).any()


@given(program=programs(tidy=True, endless=True))
def test_integral_of_number_present_is_the_sum_of_sojourns(engine, program):
    trace = ENGINES[engine](program)
    assume(program.movements and (trace.fate == Fate.FINISHED).all())
    left = np.array([max(trace.ended_min[steps], default=start) for start, steps in zip_starts(program, trace)])
    instants = np.unique(np.concatenate([program.start_min, left]))
    present = [((program.start_min <= instant) & (left > instant)).sum() for instant in instants[:-1]]
    assert np.dot(present, np.diff(instants)) == np.nansum(trace.ended_min - trace.began_min)


def zip_starts(program: Program, trace: Trace):
    return zip(program.start_min, walks(program, trace), strict=True)


@given(program=programs(times=AWKWARD))
def test_half_of_all_times_in_gives_half_of_all_times_out(engine, program):
    trace, half = ENGINES[engine](program), ENGINES[engine](scale(program, 0.5))
    assert_same_trace(Trace(trace.began_min / 2.0, trace.ended_min / 2.0, trace.fate), half)


@given(program=programs(times=AWKWARD))
def test_running_a_program_again_gives_the_same_trace(engine, program):
    assert_same_trace(ENGINES[engine](program), ENGINES[engine](program))


@given(program=programs(times=AWKWARD, endless=True), horizon=st.integers(0, 40))
def test_run_to_a_horizon_is_the_beginning_of_the_run_without_one(engine, program, horizon):
    whole, cut = ENGINES[engine](program), ENGINES[engine](end_at(program, horizon / 2.0))
    for all_times, times in ((whole.began_min, cut.began_min), (whole.ended_min, cut.ended_min)):
        np.testing.assert_array_equal(times, np.where(all_times < horizon / 2.0, all_times, np.nan))


@given(program=programs(endless=True))
def test_run_without_a_horizon_finishes_everyone_or_raises_gridlock(engine, program):
    everyone = bool((ENGINES[engine](program).fate == Fate.FINISHED).all())
    assert finish_or_gridlock(engine, program) == everyone


@given(program=programs(endless=True), horizon=st.integers(10, 80))
def test_gridlock_at_a_horizon_is_one_that_time_does_not_resolve(engine, program, horizon):
    everyone = bool((ENGINES[engine](program).fate == Fate.FINISHED).all())
    assert finish_or_gridlock(engine, end_at(program, horizon / 2.0)) or not everyone
