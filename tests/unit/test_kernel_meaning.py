"""Each documented meaning of the kernel on a program small enough to work by hand."""

import numpy as np
import pytest

from sim.kernel import (
    Calendar,
    Gridlock,
    Op,
    Pool,
    Program,
    assemble,
    delay,
    release,
    run,
    seize,
    try_seize,
    until,
)
from sim.kernel.simpy_engine import run_simpy
from sim.kernel.trace import Fate

LANE = Pool.of("lane", 1)
PRIZE = Pool.of("prize", 1)
SLOTS = Pool.of("slots", 2)
STORE = Pool.of("store", 0)
NEVER = Calendar.of("never", [])

FINISHED, INSIDE, NOT_ADMITTED, NOT_ARRIVED = Fate.FINISHED, Fate.INSIDE, Fate.NOT_ADMITTED, Fate.NOT_ARRIVED


def play(engine, pools, movements, calendars=(), horizon_min=np.inf):
    """Return for each movement, in order of beginning, when its steps ended; None where they did not."""
    program = assemble(pools, movements, calendars, horizon_min)
    ended = run(program, engine).ended_min
    minutes = [None if np.isnan(minute) else minute for minute in ended.tolist()]
    return [minutes[a:b] for a, b in zip(program.first_step[:-1], program.first_step[1:], strict=True)]


def judge(engine, pools, movements, calendars=(), horizon_min=np.inf):
    """Return what became of each movement."""
    return run(assemble(pools, movements, calendars, horizon_min), engine).fate.tolist()


def use(pool, minutes, tokens=1, priority=0):
    return [seize(pool, tokens, priority), delay(minutes), release(pool, tokens)]


def win(*steps):
    """Do steps, then try for the only prize and keep it for a minute: the last step tells who was first."""
    return [*steps, try_seize("prize", otherwise_skip=1), delay(1)]


def find_winner(engine, pools, movements, calendars=()):
    (winner,) = [i for i, ended in enumerate(play(engine, [PRIZE, *pools], movements, calendars)) if ended[-1]]
    return winner


# Waiting and rank


def test_second_truck_waits_until_the_first_gives_the_lane_back(engine):
    assert play(engine, [LANE], [(0, use("lane", 5)), (1, use("lane", 5))]) == [[0, 5, 5], [5, 10, 10]]


def test_free_lanes_are_taken_at_once(engine):
    assert play(engine, [SLOTS], [(0, use("slots", 5)), (1, use("slots", 5))]) == [[0, 5, 5], [1, 6, 6]]


def test_truck_blocked_downstream_keeps_its_lane(engine):
    route = [seize("lane"), delay(2), seize("yard"), release("lane"), delay(10), release("yard")]
    ended = play(engine, [LANE, Pool.of("yard", 1)], [(0, route)] * 3)
    assert ended == [[0, 2, 2, 2, 12, 12], [2, 4, 12, 12, 22, 22], [12, 14, 22, 22, 32, 32]]


def test_equal_requests_are_granted_as_they_were_asked(engine):
    ended = play(engine, [LANE], [(0, use("lane", 5)), (1, use("lane", 5)), (2, use("lane", 5))])
    assert [steps[0] for steps in ended] == [0, 5, 10]


def test_small_request_never_jumps_a_large_one(engine):
    ended = play(engine, [SLOTS], [(0, use("slots", 10)), (1, use("slots", 5, tokens=2)), (2, use("slots", 1))])
    assert [steps[0] for steps in ended] == [0, 10, 15]


def test_large_request_is_granted_whole_or_not_at_all(engine):
    ended = play(engine, [SLOTS], [(0, use("slots", 4)), (0, use("slots", 9)), (1, use("slots", 1, tokens=2))])
    assert ended[2] == [9, 10, 10]


def test_urgent_request_is_granted_before_those_that_asked_earlier(engine):
    ended = play(engine, [LANE], [(0, use("lane", 5)), (1, use("lane", 5)), (2, use("lane", 5, priority=-1))])
    assert [steps[0] for steps in ended] == [0, 10, 5]


def test_urgent_request_does_not_interrupt_a_holder(engine):
    assert play(engine, [LANE], [(0, use("lane", 5, priority=1)), (1, use("lane", 5))])[1] == [5, 10, 10]


def test_urgent_small_request_passes_a_patient_large_one(engine):
    movements = [(0, use("slots", 10)), (1, use("slots", 5, tokens=2, priority=1)), (2, use("slots", 1))]
    assert [steps[0] for steps in play(engine, [SLOTS], movements)] == [0, 10, 2]


def test_urgent_large_request_holds_back_a_patient_small_one(engine):
    movements = [(0, use("slots", 10)), (1, use("slots", 5, tokens=2)), (2, use("slots", 1, priority=1))]
    assert [steps[0] for steps in play(engine, [SLOTS], movements)] == [0, 10, 15]


# Capacity that changes


def test_shift_end_drains_the_holder(engine):
    crew = Pool.of("crew", [(0, 1), (5, 0), (20, 1)])
    assert play(engine, [crew], [(0, use("crew", 8)), (1, use("crew", 8))]) == [[0, 8, 8], [20, 28, 28]]


def test_smaller_shift_grants_only_when_enough_have_drained(engine):
    crew = Pool.of("crew", [(0, 2), (5, 1)])
    ended = play(engine, [crew], [(0, use("crew", 8)), (0, use("crew", 12)), (1, use("crew", 1))])
    assert ended[2] == [12, 13, 13]


def test_holder_through_a_closing_counts_in_the_next_shift(engine):
    crew = Pool.of("crew", [(0, 1), (5, 0), (10, 1)])
    assert play(engine, [crew], [(0, use("crew", 15)), (6, use("crew", 1))])[1] == [15, 16, 16]


def test_larger_shift_grants_those_who_wait(engine):
    crew = Pool.of("crew", [(0, 1), (5, 3)])
    ended = play(engine, [crew], [(0, use("crew", 9)), (1, use("crew", 9)), (2, use("crew", 9))])
    assert [steps[0] for steps in ended] == [0, 5, 5]


def test_refill_lets_unused_tokens_lapse(engine):
    quota = Pool.of("quota", [(0, 2), (10, 2), (20, 2)], refills=True)
    assert play(engine, [quota], [(11, [seize("quota")])] * 3) == [[11], [11], [20]]


def test_refill_brings_used_tokens_back(engine):
    quota = Pool.of("quota", [(0, 1), (10, 1)], refills=True)
    assert play(engine, [quota], [(1, [seize("quota")]), (2, [seize("quota")])]) == [[1], [10]]


def test_tokens_given_to_a_quota_last_until_the_refill(engine):
    quota = Pool.of("quota", [(0, 0), (10, 1), (20, 1)], refills=True)
    movements = [(1, [release("quota", 3)]), (2, [seize("quota")]), *[(11, [seize("quota")])] * 2]
    assert play(engine, [quota], movements) == [[1], [2], [11], [20]]


# Order within one instant


def test_capacity_change_comes_before_a_request_at_the_same_instant(engine):
    opening = Pool.of("opening", [(0, 0), (5, 1)])
    closing = Pool.of("closing", [(0, 1), (5, 0), (9, 1)])
    assert play(engine, [opening, closing], [(5, [seize("opening")]), (5, [seize("closing")])]) == [[5], [9]]


def test_capacity_change_comes_before_a_delayed_release_at_the_same_instant(engine):
    quota = Pool.of("quota", [(0, 1), (5, 1), (9, 1)], refills=True)
    movements = [(0, [seize("quota"), release("quota", after_min=5)]), *[(5, [seize("quota")])] * 2]
    assert play(engine, [quota], movements)[1:] == [[5], [5]]


def test_delayed_release_comes_before_a_request_at_the_same_instant(engine):
    movements = [(0, [seize("lane"), release("lane", after_min=5)]), (5, [try_seize("lane", 1), delay(1)])]
    assert play(engine, [LANE], movements)[1] == [5, 6]


def test_capacity_changes_at_one_instant_follow_the_order_of_pools(engine):
    pools = [Pool.of("first", [(0, 0), (5, 1)]), Pool.of("second", [(0, 0), (5, 1)])]
    assert find_winner(engine, pools, [(0, win(seize("second"))), (1, win(seize("first")))]) == 1


def test_delayed_releases_at_one_instant_happen_as_they_were_asked_for(engine):
    pools = [Pool.of("late", 0), Pool.of("early", 0)]
    givers = [(0, [release("early", after_min=5), delay(1)]), (1, [release("late", after_min=4), delay(1)])]
    takers = [(2, win(seize("late"))), (2, win(seize("early")))]
    ended = play(engine, [PRIZE, *pools], givers + takers)
    assert (ended[2][-1], ended[3][-1]) == (None, 6)


def test_movements_at_one_instant_begin_by_number(engine):
    assert play(engine, [LANE], [(3, use("lane", 2)), (3, use("lane", 2))]) == [[3, 5, 5], [5, 7, 7]]


def test_movement_that_begins_comes_before_one_that_goes_on(engine):
    assert play(engine, [PRIZE], [(0, win(delay(5))), (1, []), (5, win())])[2] == [5, 6]


def test_movements_that_fall_due_together_go_on_as_they_began_to_wait(engine):
    assert find_winner(engine, [], [(0, win(delay(1), delay(4))), (0, win(delay(5)))]) == 1


def test_movement_that_is_granted_goes_on_after_those_already_due(engine):
    holder, waiter, due = use("lane", 5), win(seize("lane")), win(delay(4))
    assert play(engine, [PRIZE, LANE], [(0, holder), (0, waiter), (1, due)])[2][-1] == 6


def test_giver_goes_on_before_the_one_it_serves(engine):
    giver, waiter = win(seize("lane"), delay(5), release("lane")), win(seize("lane"))
    assert find_winner(engine, [LANE], [(0, giver), (1, waiter)]) == 0


def test_giver_that_asks_again_waits_behind_the_one_it_served(engine):
    movements = [(0, [*use("lane", 5), *use("lane", 1)]), (1, use("lane", 3))]
    assert play(engine, [LANE], movements) == [[0, 5, 5, 8, 9, 9], [5, 8, 8]]


def test_delay_of_no_minutes_keeps_the_turn(engine):
    assert find_winner(engine, [], [(0, win(delay(5), delay(0))), (0, win(delay(5)))]) == 0


# Giving


def test_delayed_release_gives_after_its_minutes(engine):
    assert play(engine, [LANE], [(0, [seize("lane"), release("lane", after_min=7)]), (1, [seize("lane")])])[1] == [7]


def test_giver_of_a_delayed_release_does_not_wait_for_it(engine):
    assert play(engine, [LANE], [(0, [seize("lane"), release("lane", after_min=7), delay(1)])]) == [[0, 0, 1]]


def test_giver_need_not_have_seized(engine):
    assert play(engine, [STORE], [(1, [seize("store")]), (3, [release("store")])]) == [[3], [3]]


def test_goods_given_early_wait_in_the_store(engine):
    assert play(engine, [STORE], [(1, [release("store", 2)]), *[(3, [seize("store")])] * 2])[1:] == [[3], [3]]


def test_request_waits_until_the_store_holds_all_it_asks_for(engine):
    movements = [(0, [seize("store", 3)]), (1, [release("store")]), (2, [release("store")]), (3, [release("store")])]
    assert play(engine, [STORE], movements)[0] == [3]


def test_pool_may_be_given_more_than_its_capacity(engine):
    ended = play(engine, [LANE], [(0, [release("lane")]), (1, use("lane", 5)), (2, use("lane", 5))])
    assert ended[2] == [2, 7, 7]


# Time


def test_delay_adds_its_minutes(engine):
    assert play(engine, [], [(0.1, [delay(0.2)])]) == [[0.1 + 0.2]]


def test_until_waits_for_exactly_its_clock_time(engine):
    assert play(engine, [], [(0.2, [until(0.9)])]) == [[0.9]]


@pytest.mark.parametrize("clock_min", [0, 4, 5])
def test_until_a_time_that_has_come_is_nothing(engine, clock_min):
    assert play(engine, [], [(5, [until(clock_min), delay(1)])]) == [[5, 6]]


HOURS = Calendar.of("hours", [(2, 4), (10, 13), (20, 30)])


@pytest.mark.parametrize(
    ("start", "minutes", "ends"),
    [
        pytest.param(2, 1, 3, id="begun at the opening"),
        pytest.param(0, 1, 3, id="begun before the first opening"),
        pytest.param(3, 1, 4, id="exactly the minutes left ends at closing"),
        pytest.param(3, 1.5, 10.5, id="half a minute too long goes on after one closing"),
        pytest.param(3, 6, 22, id="frozen over two closings"),
        pytest.param(4, 1, 11, id="begun at the closing"),
        pytest.param(6, 3, 13, id="exactly one whole opening"),
        pytest.param(6, 0, 6, id="no minutes end at once even while closed"),
    ],
)
def test_work_freezes_while_its_calendar_is_closed(engine, start, minutes, ends):
    assert play(engine, [], [(start, [delay(minutes, "hours")])], [HOURS]) == [[ends]]


def test_frozen_holder_keeps_its_tokens(engine):
    movements = [(3, [seize("lane"), delay(2, "hours"), release("lane")]), (5, use("lane", 1))]
    assert play(engine, [LANE], movements, [HOURS]) == [[3, 11, 11], [11, 12, 12]]


def test_calendar_without_end_stays_open(engine):
    assert play(engine, [], [(7, [delay(1_000, "hours")])], [Calendar.of("hours", [(0, np.inf)])]) == [[1_007]]


# TRY


def test_try_seizes_what_is_free(engine):
    assert play(engine, [LANE], [(0, [try_seize("lane", 2), delay(5), release("lane"), delay(1)])]) == [[0, 5, 5, 6]]


def test_refused_try_skips_its_steps_and_they_have_no_times(engine):
    movements = [(0, use("lane", 9)), (1, [try_seize("lane", 2), delay(5), release("lane"), delay(1)])]
    assert play(engine, [LANE], movements)[1] == [1, None, None, 2]


def test_try_that_skips_all_its_movement_has_left_finishes_it(engine):
    movements = [(0, use("lane", 9)), (1, [try_seize("lane", 2), delay(5), release("lane")])]
    assert judge(engine, [LANE], movements) == [FINISHED, FINISHED]


def test_refused_try_may_lead_to_another(engine):
    choice = [try_seize("lane", 1), delay(5), try_seize("slots", 1), delay(3)]
    assert play(engine, [LANE, SLOTS], [(0, use("lane", 9)), (1, choice)])[1] == [1, None, 1, 4]


def test_try_never_jumps_a_waiting_request(engine):
    movements = [(0, use("slots", 9)), (1, use("slots", 1, tokens=2)), (2, [try_seize("slots", 1), delay(1)])]
    assert play(engine, [SLOTS], movements)[2] == [2, None]


def test_urgent_try_passes_a_patient_waiting_request(engine):
    attempt = [try_seize("slots", 1, priority=-1), release("slots")]
    movements = [(0, use("slots", 9)), (1, use("slots", 1, tokens=2)), (2, attempt)]
    assert play(engine, [SLOTS], movements)[2] == [2, 2]


def test_try_for_more_than_there_ever_is_only_skips(engine):
    assert play(engine, [LANE], [(0, [try_seize("lane", 1, tokens=2), delay(1), delay(2)])]) == [[0, None, 2]]


# The horizon and what became of everyone


def test_event_exactly_at_the_horizon_does_not_happen(engine):
    assert play(engine, [], [(0, [delay(10)]), (1, [delay(8.5)])], horizon_min=10) == [[None], [9.5]]


def test_movement_that_begins_exactly_at_the_horizon_has_not_arrived(engine):
    assert judge(engine, [], [(9.5, []), (10, [])], horizon_min=10) == [FINISHED, NOT_ARRIVED]


def test_capacity_change_exactly_at_the_horizon_does_not_happen(engine):
    crew = Pool.of("crew", [(0, 0), (10, 1)])
    assert judge(engine, [crew], [(0, use("crew", 0))], horizon_min=10) == [NOT_ADMITTED]


def test_everyone_is_finished_inside_not_admitted_or_not_arrived(engine):
    movements = [(0, use("lane", 4)), (1, use("lane", 20)), (2, use("lane", 1)), (30, use("lane", 1))]
    assert judge(engine, [LANE], movements, horizon_min=10) == [FINISHED, INSIDE, NOT_ADMITTED, NOT_ARRIVED]


def test_movement_is_admitted_with_its_first_grant(engine):
    before, after = [delay(20), *use("lane", 1)], [*use("lane", 1), delay(20)]
    assert judge(engine, [LANE], [(0, before), (0, after)], horizon_min=10) == [NOT_ADMITTED, INSIDE]


def test_refused_try_does_not_admit(engine):
    movements = [(0, use("lane", 20)), (1, [try_seize("lane", 1), release("lane"), *use("lane", 1)])]
    assert judge(engine, [LANE], movements, horizon_min=10) == [INSIDE, NOT_ADMITTED]


def test_movement_without_steps_finishes_as_it_begins(engine):
    assert judge(engine, [], [(3, [])]) == [FINISHED]


def test_program_without_movements_ends_empty(engine):
    assert judge(engine, [LANE], []) == []


def test_names_stay_with_their_movements():
    program = assemble([], [(5, []), (0, [])], names=["late", "early"])
    assert [program.name(0), program.name(1)] == ["early", "late"]


# Gridlock

CROSSED = [
    (0, [seize("lane"), delay(2), seize("yard"), release("lane"), release("yard")]),
    (1, [seize("yard"), delay(2), seize("lane"), release("yard"), release("lane")]),
]
YARD = Pool.of("yard", 1)


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_gridlock_names_who_holds_what_and_waits_for_what(engine, horizon_min):
    program = assemble([LANE, YARD], CROSSED, horizon_min=horizon_min, names=["truck A", "truck B"])
    with pytest.raises(Gridlock) as told:
        run(program, engine)
    assert "truck A holds 1 of 'lane' and waits for 1 of 'yard'" in str(told.value)
    assert "truck B holds 1 of 'yard' and waits for 1 of 'lane'" in str(told.value)


def test_gridlock_tells_nothing_of_those_outside_the_cycle(engine):
    movements = [*CROSSED, (0, use("slots", 1)), (5, use("lane", 1))]
    names = ["truck A", "bystander", "truck B", "victim"]
    with pytest.raises(Gridlock) as told:
        run(assemble([LANE, YARD, SLOTS], sorted(movements, key=lambda m: m[0]), names=names), engine)
    assert "bystander" not in str(told.value)
    assert "victim" not in str(told.value)
    assert "3 movements can never go on" in str(told.value)


def test_two_that_hold_half_of_what_both_need_are_gridlock(engine):
    route = [seize("slots"), delay(1), seize("slots"), release("slots", 2)]
    with pytest.raises(Gridlock, match="holds 1 of 'slots' and waits for 1 of 'slots'"):
        play(engine, [SLOTS], [(0, route)] * 2)


def test_cycle_that_a_second_token_opens_is_no_gridlock(engine):
    assert judge(engine, [LANE, Pool.of("yard", 2)], CROSSED) == [FINISHED, FINISHED]


def test_cycle_through_a_granted_try_is_gridlock(engine):
    attempt = [try_seize("lane", 3), seize("yard"), release("yard"), release("lane")]
    with pytest.raises(Gridlock):
        play(engine, [LANE, YARD], [CROSSED[1], (2, attempt)])


def test_large_request_that_holds_back_a_cycle_is_gridlock(engine):
    movements = [
        (0, [seize("slots"), delay(5), seize("lane"), release("lane"), release("slots")]),
        (3, use("slots", 1, tokens=2)),
        (3, [seize("lane"), *use("slots", 1), release("lane")]),
    ]
    with pytest.raises(Gridlock):
        play(engine, [SLOTS, LANE], movements)


@pytest.mark.parametrize(
    ("horizon_min", "fates"), [(np.inf, [FINISHED] * 4), (10, [INSIDE, INSIDE, INSIDE, NOT_ADMITTED])]
)
def test_small_request_asked_before_a_large_one_at_one_instant_is_no_gridlock(engine, horizon_min, fates):
    movements = [
        (0, use("slots", 50)),
        (0, [seize("slots"), delay(5), seize("lane"), release("lane"), release("slots")]),
        (3, [seize("lane"), *use("slots", 1), release("lane")]),
        (3, use("slots", 1, tokens=2)),
    ]
    assert judge(engine, [SLOTS, LANE], movements, horizon_min=horizon_min) == fates


def test_waiting_for_tokens_that_a_finished_movement_kept_is_gridlock(engine):
    with pytest.raises(Gridlock):
        play(engine, [LANE], [(0, [seize("lane")]), (1, [seize("lane")])])


def test_waiting_for_a_quota_that_never_refills_again_is_gridlock(engine):
    with pytest.raises(Gridlock):
        play(engine, [Pool.of("quota", [(0, 1), (10, 1)], refills=True)], [(1, [seize("quota")])] * 3)


def test_waiting_for_a_pool_that_stays_closed_is_gridlock(engine):
    with pytest.raises(Gridlock, match="waits for 1 of 'crew'"):
        play(engine, [Pool.of("crew", [(0, 1), (5, 0)])], [(6, use("crew", 1))])


def test_pool_that_is_closed_at_the_horizon_is_no_gridlock(engine):
    crew = Pool.of("crew", [(0, 1), (5, 0)])
    assert judge(engine, [crew, LANE], [(6, [seize("lane"), *use("crew", 1)])], horizon_min=10) == [INSIDE]


def test_holder_that_still_works_at_the_horizon_is_no_gridlock(engine):
    assert judge(engine, [LANE], [(0, use("lane", 20)), (1, use("lane", 1))], horizon_min=10) == [INSIDE, NOT_ADMITTED]


SHORT_OF_GOODS = [(0, [release("store")]), *[(1, [*use("lane", 0), seize("store")])] * 2]


def test_waiting_for_a_store_that_nobody_fills_is_gridlock(engine):
    with pytest.raises(Gridlock, match="waits for 1 of 'store', which nobody holds or gives"):
        play(engine, [STORE, LANE], SHORT_OF_GOODS)


def test_who_waits_for_a_store_at_the_horizon_is_inside(engine):
    assert judge(engine, [STORE, LANE], SHORT_OF_GOODS, horizon_min=10) == [FINISHED, FINISHED, INSIDE]


def test_who_waits_at_the_horizon_for_a_giver_that_never_seized_is_no_gridlock(engine):
    movements = [(0, [seize("lane"), seize("lane"), release("lane", 2)]), (0, [delay(20), release("lane")])]
    assert judge(engine, [LANE], movements, horizon_min=10) == [INSIDE, INSIDE]


@pytest.mark.parametrize("calendar", [NEVER, Calendar.of("never", [(0, 5)])], ids=["no hours", "too few hours"])
def test_work_in_hours_that_never_come_is_gridlock(engine, calendar):
    with pytest.raises(Gridlock, match="movement 0 waits for hours that never come"):
        play(engine, [], [(1, [delay(5, "never")])], [calendar])


def test_work_in_hours_that_never_come_before_the_first_request_is_gridlock(engine):
    with pytest.raises(Gridlock, match="hours that never come"):
        play(engine, [LANE], [(1, [delay(5, "never"), *use("lane", 1)])], [NEVER])


def test_work_in_hours_that_never_come_is_inside_at_a_horizon(engine):
    assert judge(engine, [], [(1, [delay(5, "never")])], [NEVER], horizon_min=10) == [INSIDE]


# A modeller's own processes, beside the reference engine


def test_process_beside_may_take_tokens_and_give_them_back():
    def close_the_lane(env, pools):
        def work():
            yield env.timeout(2)
            pools["lane"].give(-1)
            yield env.timeout(6)
            pools["lane"].give(1)

        env.process(work())

    trace = run_simpy(assemble([LANE], [(3, use("lane", 1))]), beside=close_the_lane)
    assert trace.ended_min.tolist() == [8, 9, 9]


def test_process_beside_may_wait_among_the_movements():
    granted = []

    def ask_for_the_lane(env, pools):
        def work():
            yield env.timeout(1)
            yield pools["lane"].wait(1, 0)
            granted.append(env.now)
            yield env.timeout(3)
            pools["lane"].give(1)

        env.process(work())

    trace = run_simpy(assemble([LANE], [(0, use("lane", 5)), (2, use("lane", 1))]), beside=ask_for_the_lane)
    assert granted == [5]
    assert trace.ended_min[3:].tolist() == [8, 9, 9]


# Programs that are refused


@pytest.mark.parametrize(
    ("times", "tokens", "rule"),
    [
        pytest.param([], [], "must be given from minute 0 on", id="no capacity"),
        pytest.param([1], [1], "must be given from minute 0 on", id="first change after minute 0"),
        pytest.param([0, 5], [1], "must be given from minute 0 on", id="a time without tokens"),
        pytest.param([0, 5, 5], [1, 2, 3], "must ascend", id="two changes at once"),
        pytest.param([0, 5, 4], [1, 2, 3], "must ascend", id="descending"),
        pytest.param([0, np.nan], [1, 2], "must ascend", id="no number"),
        pytest.param([0, 5], [1, -2], "capacity is -2, must be at least 0", id="negative"),
    ],
)
def test_pool_is_refused_by_name(times, tokens, rule):
    pool = Pool("lane", np.array(times, dtype=np.float64), np.array(tokens, dtype=np.int64))
    with pytest.raises(ValueError, match=f"pool 'lane': .*{rule}"):
        assemble([pool], [])


@pytest.mark.parametrize(
    "intervals",
    [
        pytest.param([(0, 5), (5, 9)], id="touching"),
        pytest.param([(0, 5), (4, 9)], id="overlapping"),
        pytest.param([(6, 9), (0, 5)], id="descending"),
        pytest.param([(3, 3)], id="empty"),
        pytest.param([(5, 3)], id="closing before opening"),
        pytest.param([(0, np.nan)], id="no number"),
    ],
)
def test_calendar_is_refused_by_name(intervals):
    with pytest.raises(ValueError, match="calendar 'hours': intervals must ascend, not touch and not be empty"):
        assemble([], [], [Calendar.of("hours", intervals)])


def make_program(**changed):
    """Return a program of two movements, SEIZE DELAY RELEASE and TRY UNTIL, with some columns changed."""
    columns = {
        "start_min": [0.0, 1.0],
        "first_step": [0, 3, 5],
        "op": [Op.SEIZE, Op.DELAY, Op.RELEASE, Op.TRY, Op.UNTIL],
        "priority": [0, 0, 0, 0, 0],
        "target": [0, 0, 0, 0, -1],
        "count": [1, 0, 1, 1, 0],
        "value": [0.0, 5.0, 0.0, 1.0, 9.0],
    }
    arrays = {name: np.array(column) for name, column in (columns | changed).items()}
    return Program(pools=(LANE,), calendars=(Calendar.of("hours", [(0, 10)]),), **arrays)


def test_program_that_the_refused_ones_are_made_from_is_accepted(engine):
    assert run(make_program(), engine).fate.tolist() == [FINISHED, FINISHED]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        pytest.param({"priority": [0, 0, 0, 0]}, "all step columns must have one length", id="short column"),
        pytest.param({"first_step": [1, 3, 5]}, "first_step must ascend from 0", id="first step not 0"),
        pytest.param({"first_step": [0, 3, 4]}, "to the number of steps", id="last step not the number of steps"),
        pytest.param({"first_step": [0, 6, 5]}, "first_step must ascend", id="first steps descend"),
        pytest.param({"first_step": [0, 5]}, "one first_step each and one more", id="a movement without first step"),
        pytest.param({"start_min": [1.0, 0.0]}, "must be sorted by start_min", id="starts descend"),
        pytest.param({"start_min": [-1.0, 0.0]}, "starts at -1.0, must be at minute 0 or later", id="negative start"),
        pytest.param({"start_min": [np.nan, 0.0]}, "start", id="first start no number"),
        pytest.param({"start_min": [0.0, np.nan]}, "start", id="later start no number"),
        pytest.param({"op": [0, 2, 1, 4, 9]}, "unknown instruction", id="unknown instruction"),
        pytest.param({"target": [1, 0, 0, 0, -1]}, "a step names a pool .*does not exist", id="no such pool"),
        pytest.param({"target": [-1, 0, 0, 0, -1]}, "a step names a pool .*does not exist", id="no pool"),
        pytest.param(
            {"target": [0, 1, 0, 0, -1]}, "a step names a .*calendar that does not exist", id="no such calendar"
        ),
        pytest.param({"count": [0, 0, 1, 1, 0]}, "take at least 1 token", id="seize nothing"),
        pytest.param({"count": [1, 0, 0, 1, 0]}, "take at least 1 token", id="release nothing"),
        pytest.param({"count": [1, 0, 1, 0, 0]}, "take at least 1 token", id="try for nothing"),
        pytest.param({"count": [2, 0, 1, 1, 0]}, "pool 'lane': 2 tokens .* never has more than 1", id="too many"),
        pytest.param({"value": [0.0, -5.0, 0.0, 1.0, 9.0]}, "must be 0 or more", id="negative minutes"),
        pytest.param({"value": [0.0, np.nan, 0.0, 1.0, 9.0]}, "must be 0 or more", id="minutes no number"),
        pytest.param({"value": [0.0, 5.0, -1.0, 1.0, 9.0]}, "must be 0 or more", id="release in the past"),
        pytest.param({"value": [0.0, 5.0, 0.0, 0.0, 9.0]}, "TRY skips a whole number", id="skip nothing"),
        pytest.param({"value": [0.0, 5.0, 0.0, 0.5, 9.0]}, "TRY skips a whole number", id="skip half a step"),
        pytest.param({"value": [0.0, 5.0, 0.0, 2.0, 9.0]}, "no more than its movement has left", id="skip too far"),
    ],
)
def test_program_is_refused_with_the_rule_it_breaks(changed, rule):
    with pytest.raises(ValueError, match=rule):
        make_program(**changed)


def test_request_to_a_store_that_no_step_fills_is_refused():
    with pytest.raises(ValueError, match="pool 'store': 1 tokens are asked for at once, but it never has more than 0"):
        assemble([STORE], [(0, [seize("store")])])
