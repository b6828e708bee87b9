"""What holds exactly for every program on every engine."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.kernel import ENGINES, Calendar, Gridlock, Op, Option, Program, Trace, run
from sim.kernel.trace import Fate
from tests.properties.programs import AWKWARD, programs, scale, scale_work


def finish_or_gridlock(engine: str, program: Program) -> bool:
    try:
        run(program, engine)
    except Gridlock:
        return False
    return True


def end_at(program: Program, horizon_min: float) -> Program:
    return replace(program, horizon_min=horizon_min)


def walk(program: Program, trace: Trace, movement: int) -> list[int]:
    """Return the steps that a movement began, by the rules of TRY, WITHIN, CHOOSE and SKIP alone."""
    step, end = program.first_step[movement : movement + 2].tolist()
    walked = []
    while step < end and not np.isnan(trace.began_min[step]):
        walked.append(step)
        step += 1 + count_skipped(program, trace, step)
    return walked


def count_skipped(program: Program, trace: Trace, step: int) -> int:
    """Return how many steps a movement went past after one of its steps."""
    if program.op[step] == Op.CHOOSE:
        return find_way(program, trace, step)
    if program.op[step] == Op.WITHIN:
        return int(np.isnan(trace.began_min[step + 1]))
    refused = program.op[step] == Op.TRY and np.isnan(trace.began_min[step + 1])
    return int(program.value[step]) if refused or program.op[step] == Op.SKIP else 0


def find_way(program: Program, trace: Trace, step: int) -> int:
    """Return which option a CHOOSE took: all steps before the one that it went on at were left out."""
    ways = trace.began_min[step + 1 : step + 1 + program.count[step]]
    return int(np.flatnonzero(~np.isnan(ways))[0])


def walks(program: Program, trace: Trace) -> list[list[int]]:
    return [walk(program, trace, movement) for movement in range(program.movements)]


def find_grants(program: Program, trace: Trace, pool: int) -> np.ndarray:
    """Return the steps by which tokens of a pool were taken."""
    went_on = np.append(~np.isnan(trace.began_min[1:]), False)
    ended = ~np.isnan(trace.ended_min)
    seized = (program.op == Op.SEIZE) & ended
    tried = (program.op == Op.TRY) & went_on & ended
    in_time = (program.op == Op.WITHIN) & ~went_on & ended
    return np.flatnonzero((seized | tried | in_time) & (program.target == pool))


def find_requests(program: Program, trace: Trace, pool: int) -> np.ndarray:
    """Return the steps that joined or could have joined the queue of a pool; they waited from begin to end."""
    asks = np.isin(program.op, (Op.SEIZE, Op.WITHIN)) & (program.target == pool)
    return np.flatnonzero(asks & ~np.isnan(trace.began_min))


def find_gifts(program: Program, trace: Trace, pool: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when tokens of a pool were given within the horizon, and how many."""
    given_by = np.flatnonzero((program.op == Op.RELEASE) & (program.target == pool) & ~np.isnan(trace.ended_min))
    clock = program.calendar_number[program.pools[pool].clock]
    asked = zip(trace.ended_min[given_by], program.value[given_by], strict=True)
    times = np.array([find_due(program, clock, since, minutes) for since, minutes in asked])
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
    """Return the minutes of a calendar's clock that pass between two times."""
    hours = program.calendars[calendar]
    overlap = np.clip(np.minimum(hours.closes_min, to) - np.maximum(hours.opens_min, since), 0.0, None)
    return float((overlap * hours.rate).sum())


def find_due(program: Program, calendar: int, since: float, minutes: float) -> float:
    """Return the first time by which a clock shows so many minutes more; -1 is the wall clock."""
    if calendar < 0 or minutes == 0.0:
        return since + minutes
    hours = program.calendars[calendar]
    passes = (hours.closes_min - hours.opens_min) * hours.rate
    shows = measure_open(program, calendar, 0.0, since) + minutes
    interval = int(np.searchsorted(np.cumsum(passes), shows))
    if interval == len(passes):
        return np.inf
    return float(hours.opens_min[interval] + (shows - passes[:interval].sum()) / hours.rate[interval])


def count_waiting(program: Program, trace: Trace, pool: str, at_min: float) -> int:
    """Return how many tokens of a pool were waited for once an instant was over."""
    asks = np.isin(program.op, (Op.SEIZE, Op.WITHIN)) & (program.target == program.pool_number[pool])
    waiting = asks & (trace.began_min <= at_min) & ~(trace.ended_min <= at_min)
    return int(program.count[waiting].sum())


def expect(program: Program, trace: Trace, option: Option, known_min: float, now: float) -> float:
    """Return when an option would be done with, as far as was known."""
    queues = [count_waiting(program, trace, pool, known_min) for pool in option.watched]
    minutes = option.service_min + float(np.dot(queues, option.min_per_token))
    return find_due(program, program.calendar_number[option.clock], now + option.extra_min, minutes)


def quicken(program: Program) -> Program:
    """Return the program with clocks twice as fast, and twice the minutes wherever they pass on a clock."""
    clocked = np.flatnonzero([pool.clock is not None for pool in program.pools])
    on_clock = ((program.op == Op.DELAY) & (program.target >= 0)) | (
        (program.op == Op.RELEASE) & np.isin(program.target, clocked)
    )
    return replace(
        program,
        calendars=tuple(replace(hours, rate=2.0 * hours.rate) for hours in program.calendars),
        value=np.where(on_clock, 2.0 * program.value, program.value),
        choices=tuple(
            replace(choice, options=tuple(scale_work(each, 2.0) if each.clock else each for each in choice.options))
            for choice in program.choices
        ),
    )


def cut(hours: Calendar, at_min: float) -> Calendar:
    """Return the same clock with the interval around a time, if there is one, made of two."""
    within = np.flatnonzero((hours.opens_min < at_min) & (at_min < hours.closes_min))
    return Calendar(
        hours.name,
        np.insert(hours.opens_min, within + 1, at_min),
        np.insert(hours.closes_min, within, at_min),
        np.insert(hours.rate, within, hours.rate[within]),
    )


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
    granted = np.union1d(granted, np.flatnonzero((program.op == Op.AWAIT) & ~np.isnan(trace.ended_min)))
    asks = np.flatnonzero(np.isin(program.op, (Op.SEIZE, Op.TRY, Op.WITHIN, Op.AWAIT)))
    for movement in np.flatnonzero(np.isin(trace.fate, (Fate.INSIDE, Fate.NOT_ADMITTED))):
        steps = np.arange(*program.first_step[movement : movement + 2])
        ungranted = np.isin(steps, asks).any() and not np.isin(steps, granted).any()
        assert (trace.fate[movement] == Fate.NOT_ADMITTED) == ungranted


@given(program=programs(grid=AWKWARD))
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


@given(program=programs(grid=AWKWARD))
def test_no_step_ends_before_it_began_or_at_the_horizon(engine, program):
    trace = ENGINES[engine](program)
    ended = ~np.isnan(trace.ended_min)
    assert (trace.began_min[ended] <= trace.ended_min[ended]).all()
    assert (trace.ended_min[ended] < program.horizon_min).all()


@given(program=programs(grid=AWKWARD))
def test_steps_that_wait_for_the_clock_last_as_long_as_they_say(engine, program):
    trace = ENGINES[engine](program)
    timed = ~np.isnan(trace.began_min) & ~np.isin(program.op, (Op.SEIZE, Op.AWAIT, Op.WITHIN))
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
        asks = find_requests(program, trace, pool)
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
        grants = find_grants(program, trace, pool)
        asks = np.union1d(find_requests(program, trace, pool), grants)
        priority, began = program.priority[asks], trace.began_min[asks]
        ended = np.nan_to_num(trace.ended_min[asks], nan=np.inf)
        granted = np.isin(asks, grants)
        more_urgent = (priority[:, None] < priority) & (began[:, None] < ended)
        came_first = (priority[:, None] == priority) & (began[:, None] < began)
        assert not ((more_urgent | came_first) & (ended[:, None] > ended) & granted).any()


@given(program=programs(grid=AWKWARD))
def test_who_waits_for_some_minutes_has_tokens_by_then_or_goes_on_without(engine, program):
    trace = ENGINES[engine](program)
    within = np.flatnonzero((program.op == Op.WITHIN) & ~np.isnan(trace.began_min))
    granted = np.concatenate([find_grants(program, trace, pool) for pool in range(len(program.pools))])
    due = trace.began_min[within] + program.value[within]
    refused = np.where(due < program.horizon_min, due, np.nan)
    without = ~np.isin(within, granted)
    np.testing.assert_array_equal(trace.ended_min[within][without], refused[without])
    assert (trace.ended_min[within][~without] <= due[~without]).all()


def count_signals(program: Program, trace: Trace, movement: int, at_min: float) -> tuple[int, int]:
    """Return the signals that a movement was given up to a minute, and how many it had used up."""
    ended = trace.ended_min <= at_min
    gave = (program.op == Op.SIGNAL) & (program.value == movement) & ended
    used = (program.op == Op.AWAIT) & (program.movement_of_step() == movement) & ended
    return int(program.count[gave].sum()), int(program.count[used].sum())


@given(program=programs())
def test_who_awaits_signals_goes_on_as_soon_as_so_many_have_come(engine, program):
    trace = ENGINES[engine](program)
    owner, times = program.movement_of_step(), np.unique(trace.ended_min[~np.isnan(trace.ended_min)])
    for step in np.flatnonzero((program.op == Op.AWAIT) & ~np.isnan(trace.began_min)):
        given, used = count_signals(program, trace, owner[step], trace.ended_min[step])
        assert np.isnan(trace.ended_min[step]) or given >= used
        waits = times[(times >= trace.began_min[step]) & ~(times >= trace.ended_min[step])]
        for given, used in (count_signals(program, trace, owner[step], time) for time in waits):
            assert given - used < program.count[step]


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


@given(program=programs(grid=AWKWARD))
def test_half_of_all_times_in_gives_half_of_all_times_out(engine, program):
    trace, half = ENGINES[engine](program), ENGINES[engine](scale(program, 0.5))
    assert_same_trace(Trace(trace.began_min / 2.0, trace.ended_min / 2.0, trace.fate), half)


@given(program=programs(grid=AWKWARD))
def test_twice_the_minutes_on_clocks_twice_as_fast_change_nothing(engine, program):
    assert_same_trace(ENGINES[engine](program), ENGINES[engine](quicken(program)))


@given(program=programs(), halves=st.integers(1, 40))
def test_hours_written_as_two_that_touch_change_nothing(engine, program, halves):
    in_two = replace(program, calendars=tuple(cut(hours, halves / 2.0) for hours in program.calendars))
    assert_same_trace(ENGINES[engine](program), ENGINES[engine](in_two))


@settings(max_examples=60)
@given(program=programs())
def test_choice_is_the_first_of_the_least_by_the_queues_that_were_known(engine, program):
    trace = ENGINES[engine](program)
    for step in np.flatnonzero((program.op == Op.CHOOSE) & ~np.isnan(trace.began_min)):
        choice, now = program.choices[program.target[step]], trace.began_min[step]
        if choice.delay_min > 0.0:  # what is known at once depends on the order within the instant
            expected = [expect(program, trace, option, now - choice.delay_min, now) for option in choice.options]
            assert find_way(program, trace, step) == expected.index(min(expected))


@given(program=programs(grid=AWKWARD))
def test_running_a_program_again_gives_the_same_trace(engine, program):
    assert_same_trace(ENGINES[engine](program), ENGINES[engine](program))


@given(program=programs(grid=AWKWARD, endless=True), horizon=st.integers(0, 40))
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
