"""Each documented meaning of the kernel on a program small enough to work by hand."""

import time

import numpy as np
import pytest

from sim.kernel import (
    Calendar,
    Choice,
    Gridlock,
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
    run,
    seize,
    seize_within,
    signal,
    skip,
    try_seize,
    until,
)
from sim.kernel.engines import run_compiled
from sim.kernel.gridlock import check_gridlock
from sim.kernel.simpy_engine import run_simpy
from sim.kernel.trace import Fate

LANE = Pool.of("lane", 1)
PRIZE = Pool.of("prize", 1)
SLOTS = Pool.of("slots", 2)
YARD = Pool.of("yard", 1)
STORE = Pool.of("store", 0)
NEVER = Calendar.of("never", [])

FINISHED, INSIDE, NOT_ADMITTED, NOT_ARRIVED = Fate.FINISHED, Fate.INSIDE, Fate.NOT_ADMITTED, Fate.NOT_ARRIVED


def play(engine, pools, movements, calendars=(), horizon_min=np.inf, choices=()):
    """Return for each movement, in order of beginning, when its steps ended; None where they did not."""
    program = assemble(pools, movements, calendars, horizon_min, choices=choices)
    ended = run(program, engine).ended_min
    minutes = [None if np.isnan(minute) else minute for minute in ended.tolist()]
    return [minutes[a:b] for a, b in zip(program.first_step[:-1], program.first_step[1:], strict=True)]


def judge(engine, pools, movements, calendars=(), horizon_min=np.inf, choices=()):
    """Return what became of each movement."""
    return run(assemble(pools, movements, calendars, horizon_min, choices=choices), engine).fate.tolist()


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


TOUCHING = Calendar.of("hours", [(0, 4, 0.5), (4, 8, 2), (10, 14, 0.25), (20, 30, 4)])
"""Until their ends pass 2, 8, 1 and 40 minutes: 2, 10, 11 and 51 in all."""


@pytest.mark.parametrize(
    ("start", "minutes", "ends"),
    [
        pytest.param(0, 1, 2, id="half as fast"),
        pytest.param(5, 1, 5.5, id="twice as fast"),
        pytest.param(0, 2, 4, id="exactly what passes until the rate changes"),
        pytest.param(0, 3, 4.5, id="slow, then fast"),
        pytest.param(2, 5, 6, id="begun amid a slow interval"),
        pytest.param(4, 1, 4.5, id="begun as the rate changes"),
        pytest.param(7, 2, 8, id="exactly what passes until closing"),
        pytest.param(7, 2.5, 12, id="fast, frozen over a gap, then slow"),
        pytest.param(0, 13, 20.5, id="over all four intervals and both gaps"),
        pytest.param(9, 0.5, 12, id="begun in a gap"),
    ],
)
def test_minutes_pass_at_the_rate_of_their_interval(engine, start, minutes, ends):
    assert play(engine, [], [(start, [delay(minutes, "hours")])], [TOUCHING]) == [[ends]]


def test_interval_without_a_rate_is_on_time(engine):
    hours = Calendar.of("hours", [(0, 4, 0.5), (4, 8)])
    assert play(engine, [], [(0, [delay(5, "hours")])], [hours]) == [[7]]


def test_delay_without_a_calendar_is_on_time_whatever_the_clocks_do(engine):
    assert play(engine, [], [(0, [delay(6)])], [TOUCHING]) == [[6]]


# Pools with a clock

CLOCKED = Pool.of("lane", 1, clock="hours")


@pytest.mark.parametrize(("after_min", "given"), [(1, 2), (3, 4.5), (10.5, 12), (12, 20.25)])
def test_delayed_release_gives_when_its_minutes_have_passed_on_the_clock_of_the_pool(engine, after_min, given):
    movements = [(0, [seize("lane"), release("lane", after_min=after_min)]), (1, [seize("lane")])]
    assert play(engine, [CLOCKED], movements, [TOUCHING])[1] == [given]


def test_release_at_once_does_not_wait_for_the_clock_of_the_pool(engine):
    assert play(engine, [CLOCKED], [(8, [seize("lane"), release("lane")]), (9, [seize("lane")])], [TOUCHING])[1] == [9]


def test_clock_of_one_pool_is_not_that_of_another(engine):
    route = [release("lane", after_min=3), release("store", after_min=3)]
    movements = [(0, [seize("lane"), *route]), (1, [seize("store")]), (1, [seize("lane")])]
    assert play(engine, [CLOCKED, STORE], movements, [TOUCHING])[1:] == [[3], [4.5]]


@pytest.mark.parametrize("calendar", [NEVER, Calendar.of("never", [(0, 5, 0.5)])], ids=["no hours", "too few minutes"])
def test_release_whose_clock_never_opens_again_is_never_given(engine, calendar):
    pool = Pool.of("lane", 1, clock="never")
    movements = [(0, [seize("lane"), release("lane", after_min=3)]), (1, [seize("lane")])]
    assert judge(engine, [pool], movements, [calendar], horizon_min=1e9) == [FINISHED, NOT_ADMITTED]


def test_waiting_for_a_release_whose_clock_never_opens_again_is_gridlock(engine):
    movements = [(0, [seize("lane"), release("lane", after_min=3)]), (1, [seize("lane")])]
    with pytest.raises(Gridlock, match="movement 1 waits for 1 of 'lane', which nobody holds or gives"):
        play(engine, [Pool.of("lane", 1, clock="never")], movements, [NEVER])


# CHOOSE and SKIP

LEFT, RIGHT = Pool.of("left", 1), Pool.of("right", 1)


def way(pool, min_per_token=1.0, **known):
    return Option(watched=(pool,), min_per_token=(min_per_token,), **known)


def line_up(pool, *tokens, start=0):
    """Return movements of which the first holds a pool for 100 minutes and the others wait for that."""
    return [(start, use(pool, 100)), *[(start, use(pool, 0, tokens=count)) for count in tokens]]


def decide(engine, choice, at=1, before=(), pools=(LEFT, RIGHT), calendars=()):
    """Return the number of the option that a movement takes which begins when others have, and does no more."""
    branches = [[delay(0)] for _ in choice.options]
    movements = [*before, (at, choose(choice.name, *branches))]
    program = assemble(pools, movements, calendars, horizon_min=99, choices=[choice])
    step = int(np.flatnonzero(program.op == Op.CHOOSE)[0])
    ways = run(program, engine).ended_min[step + 1 : step + 1 + len(branches)]
    (taken,) = np.flatnonzero(~np.isnan(ways))
    return int(taken)


@pytest.mark.parametrize(("minutes", "taken"), [((3, 2, 4), 1), ((1, 2, 4), 0), ((3, 2, 1), 2)])
def test_choice_takes_the_least_expected_time(engine, minutes, taken):
    assert decide(engine, Choice("way", tuple(Option(service_min=each) for each in minutes))) == taken


@pytest.mark.parametrize(("minutes", "taken"), [((2, 2, 2), 0), ((3, 2, 2), 1)])
def test_first_of_equal_options_is_taken(engine, minutes, taken):
    assert decide(engine, Choice("way", tuple(Option(service_min=each) for each in minutes))) == taken


def test_extra_minutes_service_and_queue_are_added(engine):
    """Two wait on the left at 1.5 minutes each: 3 + 2 + 3 = 8 there."""
    left = Option(extra_min=3, service_min=2, watched=("left",), min_per_token=(1.5,))
    for other_min, taken in ((8, 0), (7.5, 1)):
        choice = Choice("way", (left, Option(extra_min=other_min)))
        assert decide(engine, choice, before=line_up("left", 1, 1)) == taken


def test_who_is_in_service_is_not_counted(engine):
    assert decide(engine, Choice("way", (way("left"), way("right"))), before=line_up("left")) == 0


def test_who_waits_is_counted(engine):
    assert decide(engine, Choice("way", (way("left"), way("right"))), before=line_up("left", 1)) == 1


def test_queue_is_counted_by_tokens_and_not_by_requests(engine):
    wide = Pool.of("left", 3)
    before = [(0, use("left", 100, tokens=3)), (0, use("left", 0, tokens=3)), *line_up("right", 1, 1)]
    assert decide(engine, Choice("way", (way("left"), way("right"))), before=before, pools=(wide, RIGHT)) == 1


def test_who_has_been_granted_is_not_counted_any_more(engine):
    before = [(0, use("left", 2)), (0, use("left", 100)), *line_up("right", 1)]
    choice = Choice("way", (way("right"), way("left")))
    assert [decide(engine, choice, at, before) for at in (1.5, 2.5)] == [0, 1]


def test_refused_try_does_not_wait_and_is_not_counted(engine):
    before = [*line_up("left"), (0, [try_seize("left", 1), delay(1)])]
    assert decide(engine, Choice("way", (way("left"), way("right"))), before=before) == 0


def test_queues_of_all_watched_pools_are_added(engine):
    both = Option(watched=("left", "right"), min_per_token=(1.0, 4.0))
    before = [*line_up("left", 1, 1), *line_up("right", 1)]
    assert [decide(engine, Choice("way", (both, Option(service_min=m))), before=before) for m in (6, 5.5)] == [0, 1]


def test_pool_watched_twice_counts_twice(engine):
    twice = Option(watched=("left", "left"), min_per_token=(1.0, 2.0))
    before = line_up("left", 1)
    assert [decide(engine, Choice("way", (twice, Option(service_min=m))), before=before) for m in (3, 2.5)] == [0, 1]


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        pytest.param(1, 0, id="begun now"),
        pytest.param(5.75, 0, id="begun a quarter minute less ago than news take"),
        pytest.param(6, 1, id="begun exactly as long ago as news take"),
        pytest.param(7, 1, id="begun longer ago"),
    ],
)
def test_queue_is_known_once_it_is_as_old_as_news_take(engine, at, taken):
    choice = Choice("way", (way("left"), way("right")), delay_min=5)
    assert decide(engine, choice, at, line_up("left", 1, start=1)) == taken


@pytest.mark.parametrize(("at", "taken"), [(6.75, 1), (7, 0)])
def test_end_of_a_queue_is_known_as_late_as_its_beginning(engine, at, taken):
    before = [(0, use("left", 2)), (0, use("left", 100))]
    assert decide(engine, Choice("way", (way("left"), way("right")), delay_min=5), at, before) == taken


def test_queue_known_late_is_as_long_as_it_was_then(engine):
    """At minute 7 news are of minute 2: two waited on the left, then; on the right, three did and do."""
    before = [*line_up("left", 1, 1), *[(3, use("left", 0))] * 5, *line_up("right", 1, 1, 1)]
    choice = Choice("way", (way("right"), way("left")), delay_min=5)
    assert [decide(engine, choice, at, before) for at in (7, 8)] == [1, 0]


def test_queue_that_began_at_this_instant_before_is_seen_without_delay(engine):
    assert decide(engine, Choice("way", (way("left"), way("right"))), 1, line_up("left", 1, start=1)) == 1


EARLY, LATE = Calendar.of("early", [(0, 10)]), Calendar.of("late", [(20, 90)])


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        pytest.param(1, 1, id="closed until 20, so a queue is no matter"),
        pytest.param(19, 0, id="the other has closed for good"),
    ],
)
def test_open_port_is_chosen_although_its_queue_is_longer(engine, at, taken):
    options = (way("left", service_min=1, clock="late"), way("right", service_min=1, clock="early"))
    before = line_up("right", 1, 1)
    assert decide(engine, Choice("way", options), at, before, calendars=[EARLY, LATE]) == taken


def test_queue_that_cannot_be_served_before_closing_lasts_until_the_next_opening(engine):
    """Eight wait a minute each from minute 1 on, then comes one's own: 10 until closing at 10, 30.5 if longer."""
    hours = Calendar.of("hours", [(0, 10), (30, 40)])
    before = line_up("left", *[1] * 8)
    for service_min, taken in ((1, 0), (1.5, 1)):
        options = (way("left", service_min=service_min, clock="hours"), Option(service_min=29))
        assert decide(engine, Choice("way", options), 1, before, calendars=[hours]) == taken


def test_extra_minutes_pass_on_the_wall_clock_before_the_hours_are_asked(engine):
    """Eleven minutes on the way from minute 0 end after closing at 10; the other way lasts 20.5 or 21.5."""
    hours = Calendar.of("hours", [(0, 10), (20, 40)])
    for other_min, taken in ((21, 0), (20.5, 1)):
        options = (Option(extra_min=11, service_min=1, clock="hours"), Option(service_min=other_min))
        assert decide(engine, Choice("way", options), 0, calendars=[hours]) == taken


def test_slow_clock_makes_an_option_slow(engine):
    slow = Calendar.of("slow", [(0, np.inf, 0.5)])
    for other_min, taken in ((6, 0), (5.5, 1)):
        options = (Option(service_min=3, clock="slow"), Option(service_min=other_min))
        assert decide(engine, Choice("way", options), calendars=[slow]) == taken


def test_option_that_never_opens_is_worse_than_any_other(engine):
    assert decide(engine, Choice("way", (Option(service_min=1, clock="never"), Option(1e9))), calendars=[NEVER]) == 1


def test_first_is_taken_if_no_option_ever_opens(engine):
    options = (Option(service_min=1, clock="never"), Option(service_min=1, clock="never"))
    assert decide(engine, Choice("way", options), calendars=[NEVER]) == 0


def test_choice_does_not_wait_and_takes_nothing(engine):
    choice = Choice("way", (way("left", extra_min=7, service_min=7),))
    movements = [(1, choose("way", [delay(2)])), (1, use("left", 1))]
    assert play(engine, [LEFT], movements, choices=[choice]) == [[1, 1, 3], [1, 2, 2]]


TWO = [Choice("first", (Option(0), Option(1))), Choice("second", (Option(1), Option(0)))]


@pytest.mark.parametrize(
    ("choice", "ended"),
    [("first", [1, 1, None, 3, 3, None, 7]), ("second", [1, None, 1, None, None, 4, 8])],
)
def test_branches_meet_again_and_the_way_not_taken_has_no_times(engine, choice, ended):
    route = [*choose(choice, [delay(2)], [delay(3)]), delay(4)]
    assert play(engine, [], [(1, route)], choices=TWO) == [ended]


@pytest.mark.parametrize(("choice", "last"), [("first", 5), ("second", 8)])
def test_empty_branch_leads_straight_to_where_the_branches_meet(engine, choice, last):
    assert play(engine, [], [(1, [*choose(choice, [], [delay(3)]), delay(4)])], choices=TWO)[0][-1] == last


def test_branches_that_end_a_movement_finish_it(engine):
    movements = [(1, choose(name, [delay(1)], [delay(2)])) for name in ("first", "second")]
    assert judge(engine, [], movements, choices=TWO) == [FINISHED, FINISHED]


def test_choice_within_a_branch_meets_first_its_own_and_then_the_outer_branches(engine):
    inner = [*choose("second", [delay(10)], [delay(20)]), delay(1)]
    ended = play(engine, [], [(0, [*choose("first", inner, [delay(100)]), delay(2)])], choices=TWO)
    assert [minute for minute in ended[0] if minute] == [20, 21, 21, 23]


def test_refused_try_within_a_branch_skips_its_own_steps_only(engine):
    branch = [try_seize("lane", 1), delay(5), delay(1)]
    movements = [(0, use("lane", 9)), (1, [*choose("first", branch, [delay(50)]), delay(2)])]
    assert play(engine, [LANE], movements, choices=TWO)[1] == [1, 1, None, 1, None, 2, 2, None, 4]


def test_jump_table_may_hold_the_ways_themselves(engine):
    route = [Step(Op.CHOOSE, "second", 2), delay(100), delay(3)]
    assert play(engine, [], [(1, route)], choices=TWO) == [[1, None, 4]]


def test_skip_goes_past_its_steps_and_takes_no_time(engine):
    assert play(engine, [], [(1, [skip(2), delay(5), delay(6), delay(7)])]) == [[1, None, None, 8]]


def test_skip_of_no_steps_is_nothing(engine):
    assert play(engine, [], [(1, [skip(0), delay(5)])]) == [[1, 6]]


def test_skip_of_all_that_is_left_finishes(engine):
    assert judge(engine, [], [(1, [skip(1), delay(5)])], horizon_min=2) == [FINISHED]


def test_everyone_has_a_fate_whichever_way_they_go(engine):
    route = [*choose("first", use("lane", 4), [delay(1)]), delay(2)]
    other = choose("second", [delay(1)], use("yard", 20))
    movements = [(0, route), (1, route), (3, route), (4, other), (30, route)]
    fates = judge(engine, [LANE, YARD], movements, horizon_min=7.5, choices=TWO)
    assert fates == [FINISHED, INSIDE, NOT_ADMITTED, INSIDE, NOT_ARRIVED]


def test_way_not_taken_neither_admits_nor_finishes(engine):
    movements = [(0, use("lane", 50)), (1, choose("second", use("yard", 1), [*use("lane", 1)]))]
    assert judge(engine, [LANE, YARD], movements, horizon_min=10, choices=TWO) == [INSIDE, NOT_ADMITTED]


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


# WITHIN


def bid(pool, minutes, tokens=1, priority=0):
    """Wait for tokens for some minutes; have them for 3 minutes, or go home 50 minutes later."""
    got = [delay(3), release(pool, tokens)]
    return [seize_within(pool, minutes, tokens, priority), skip(len(got) + 1), *got, skip(1), delay(50)]


def see_bids(engine, pools, movements):
    """Return for each movement when its first step ended, and whether with tokens."""
    return [(ended[0], ended[1] is None) for ended in play(engine, pools, movements)]


def test_granted_at_once_skips_the_next_step(engine):
    assert play(engine, [LANE], [(1, [seize_within("lane", 5), delay(7), delay(2)])]) == [[1, None, 3]]


def test_granted_later_skips_the_next_step(engine):
    movements = [(0, use("lane", 4)), (1, [seize_within("lane", 5), delay(7), delay(2)])]
    assert play(engine, [LANE], movements)[1] == [4, None, 6]


def test_who_is_not_granted_goes_on_at_the_next_step_when_its_minutes_have_passed(engine):
    movements = [(0, use("lane", 40)), (1, [seize_within("lane", 5), delay(7), delay(2)])]
    assert play(engine, [LANE], movements)[1] == [6, 13, 15]


def test_granted_skip_of_all_that_is_left_finishes(engine):
    movements = [(0, use("lane", 2)), (1, [seize_within("lane", 5), delay(7)])]
    assert judge(engine, [LANE], movements) == [FINISHED, FINISHED]


@pytest.mark.parametrize("minutes", [0, 1e-20])
def test_no_minutes_are_now_or_not(engine, minutes):
    route = [seize_within("lane", minutes), skip(1), delay(1)]
    assert play(engine, [LANE], [(0, use("lane", 4)), (1, route)])[1] == [1, 1, None]
    assert play(engine, [LANE], [(1, route)]) == [[1, None, 2]]


def test_who_has_no_minutes_holds_nobody_back(engine):
    movements = [(0, use("slots", 4)), (1, [seize_within("slots", 0, 2), delay(0)]), (1, use("slots", 1))]
    assert play(engine, [SLOTS], movements)[2] == [1, 2, 2]


def test_endless_patience_is_a_seize(engine):
    movements = [(0, use("lane", 4e9)), (1, [seize_within("lane", np.inf), delay(7), delay(2)])]
    assert play(engine, [LANE], movements)[1] == [4e9, None, 4e9 + 2]


def test_minutes_of_patience_pass_on_the_wall_clock(engine):
    movements = [(0, use("lane", 400)), (1, [seize_within("lane", 5), delay(0)])]
    assert play(engine, [CLOCKED], movements, [TOUCHING])[1][0] == 6


def test_request_with_patience_is_not_jumped(engine):
    movements = [(0, use("slots", 9)), (1, bid("slots", 20, tokens=2)), (2, use("slots", 1))]
    assert [ended[0] for ended in play(engine, [SLOTS], movements)] == [0, 9, 12]


def test_withdrawn_request_is_not_served(engine):
    movements = [(0, use("lane", 9)), (1, bid("lane", 2)), (2, use("lane", 1))]
    assert [ended[0] for ended in play(engine, [LANE], movements)] == [0, 3, 9]


@pytest.mark.parametrize("gives_up", range(5))
def test_any_of_a_queue_may_withdraw(engine, gives_up):
    movements = [(0, use("lane", 10)), *[(1 + i, bid("lane", 2 if i == gives_up else 99)) for i in range(5)]]
    granted = iter((10, 13, 16, 19))
    expected = [(3 + i, False) if i == gives_up else (next(granted), True) for i in range(5)]
    assert see_bids(engine, [LANE], movements)[1:] == expected


def test_whole_queue_may_withdraw_and_others_join_after(engine):
    movements = [(0, use("lane", 10)), (1, bid("lane", 5)), (2, bid("lane", 2)), (3, bid("lane", 2))]
    movements += [(7, bid("lane", 1)), (9, bid("lane", 9)), (9, bid("lane", 9))]
    expected = [(6, False), (4, False), (5, False), (8, False), (10, True), (13, True)]
    assert see_bids(engine, [LANE], movements)[1:] == expected


@pytest.mark.parametrize(
    ("patience", "expected"),
    [
        pytest.param((99, 6, 4, 2, 99), [20, 7, 5, 3, 23], id="from behind"),
        pytest.param((99, 2, 4, 6, 99), [20, 3, 5, 7, 23], id="from before"),
        pytest.param((2, 99, 4, 99, 6), [3, 20, 5, 23, 7], id="every second"),
        pytest.param((2, 4, 6, 99, 99), [3, 5, 7, 20, 23], id="the first"),
        pytest.param((99, 99, 6, 4, 2), [20, 23, 7, 5, 3], id="the last"),
    ],
)
def test_several_of_a_queue_may_withdraw_one_after_the_other(engine, patience, expected):
    movements = [(0, use("lane", 20)), *[(1, bid("lane", minutes)) for minutes in patience]]
    movements.append((8, bid("lane", 99)))
    granted = [minutes == 99 for minutes in patience]
    joined_last = (20 + 3 * sum(granted), True)
    assert see_bids(engine, [LANE], movements)[1:] == [*zip(expected, granted, strict=True), joined_last]


@pytest.mark.parametrize("gives_up", range(6))
def test_withdrawal_leaves_the_order_of_ranks_as_it_was(engine, gives_up):
    ranks = [1, 0, -1, 0, 1, -1]
    patience = [3 if i == gives_up else 99 for i in range(6)]
    movements = [(0, use("lane", 10)), *[(1 + i, bid("lane", patience[i], 1, ranks[i])) for i in range(6)]]
    order = [i for i in (2, 5, 1, 3, 0, 4) if i != gives_up]
    expected = {i: (10 + 3 * n, True) for n, i in enumerate(order)} | {gives_up: (4 + gives_up, False)}
    assert see_bids(engine, [LANE], movements)[1:] == [expected[i] for i in range(6)]


def test_large_request_that_withdraws_lets_small_ones_behind_it_pass(engine):
    movements = [(0, use("slots", 10)), (1, bid("slots", 4, tokens=2)), (2, use("slots", 1)), (3, use("slots", 1))]
    assert [ended[0] for ended in play(engine, [SLOTS], movements)] == [0, 5, 5, 6]


def test_urgent_large_request_that_withdraws_lets_a_patient_small_one_pass(engine):
    movements = [(0, use("slots", 10)), (1, bid("slots", 4, 2, -1)), (2, use("slots", 1, 1, 1))]
    assert [ended[0] for ended in play(engine, [SLOTS], movements)] == [0, 5, 5]


def test_request_that_withdraws_from_behind_lets_nobody_pass(engine):
    movements = [(0, use("slots", 10)), (1, use("slots", 1, 2)), (2, bid("slots", 1, 2)), (2, use("slots", 1))]
    assert [ended[0] for ended in play(engine, [SLOTS], movements)] == [0, 10, 3, 11]


def test_who_withdraws_goes_on_before_those_whom_it_held_back(engine):
    movements = [(0, use("slots", 10)), (1, [seize_within("slots", 4, 2), *win()]), (2, win(seize("slots")))]
    assert play(engine, [PRIZE, SLOTS], movements)[1][-1] == 6


def test_those_held_back_have_their_tokens_before_the_one_who_withdraws_asks_again(engine):
    movements = [(0, use("slots", 10)), (1, [seize_within("slots", 4, 2), *use("slots", 1)]), (2, use("slots", 3))]
    assert play(engine, [SLOTS], movements)[1:] == [[5, 8, 9, 9], [5, 8, 8]]


def test_who_withdraws_goes_on_after_those_already_due(engine):
    impatient, due = [seize_within("lane", 4), *win()], win(delay(3))
    assert play(engine, [PRIZE, LANE], [(0, use("lane", 9)), (1, impatient), (2, due)])[2][-1] == 6


def test_who_withdraws_goes_on_after_those_granted_before_at_this_instant(engine):
    """At minute 5 the lane comes back before the time of the other is up, which was set after the delay began."""
    impatient = [seize_within("yard", 4), *win()]
    movements = [(0, use("yard", 99)), (0, use("lane", 5)), (1, win(seize("lane"))), (1, impatient)]
    assert play(engine, [PRIZE, LANE, YARD], movements)[2][-1] == 6


@pytest.mark.parametrize(
    ("giver", "granted"),
    [
        pytest.param([seize("lane"), delay(6), release("lane")], True, id="due, since before the time was set"),
        pytest.param([seize("lane"), until(2), until(6), release("lane")], False, id="due, since after that"),
        pytest.param([seize("lane"), until(2), release("lane", after_min=4)], True, id="given with a delay"),
    ],
)
def test_tokens_that_come_as_the_time_is_up_are_granted_if_they_come_first(engine, giver, granted):
    ended = play(engine, [LANE], [(0, giver), (1, [seize_within("lane", 5), delay(0), delay(1)])])
    assert ended[1] == [6, None if granted else 6, 7]


def test_change_of_capacity_comes_before_the_time_is_up(engine):
    crew = Pool.of("crew", [(0, 0), (6, 1)])
    assert play(engine, [crew], [(1, [seize_within("crew", 5), delay(0)])]) == [[6, None]]


def test_who_begins_as_the_time_of_another_is_up_finds_its_request_in_the_queue(engine):
    movements = [(0, use("slots", 9)), (1, bid("slots", 5, 2)), (6, [try_seize("slots", 1), delay(1)])]
    assert play(engine, [SLOTS], movements)[2] == [6, None]


def test_time_set_for_a_granted_request_does_nothing_to_a_later_wait(engine):
    route = [seize_within("lane", 5), delay(99), seize("yard"), seize_within("slots", 9, 2), delay(1)]
    movements = [(0, use("lane", 2)), (0, use("yard", 20)), (0, use("slots", 40)), (1, route)]
    assert play(engine, [LANE, YARD, SLOTS], movements)[3] == [2, None, 20, 29, 30]


def test_time_set_for_a_granted_request_does_nothing_to_another_for_the_same_pool(engine):
    route = [seize_within("lane", 5), delay(99), release("lane"), seize_within("lane", 9), delay(0)]
    movements = [(0, use("lane", 2)), (1, route), (1, use("lane", 20)), (1, use("lane", 1))]
    assert play(engine, [LANE], movements)[1] == [2, None, 2, 11, 11]


def test_time_set_by_a_movement_that_has_finished_does_nothing(engine):
    movements = [(0, use("lane", 2)), (1, [seize_within("lane", 5), delay(0)]), (3, [delay(9)])]
    assert play(engine, [LANE], movements)[1:] == [[2, None], [12]]


def test_time_that_is_up_exactly_at_the_horizon_does_not_come(engine):
    movements = [(0, use("lane", 20)), (1, [seize_within("lane", 9), delay(1)])]
    assert play(engine, [LANE], movements, horizon_min=10)[1] == [None, None]


def test_who_waits_for_some_minutes_is_counted_until_it_withdraws(engine):
    before = [*line_up("left"), (0, [seize_within("left", 5), delay(0)])]
    choice = Choice("way", (way("left"), way("right")))
    assert [decide(engine, choice, at, before) for at in (1, 6)] == [1, 0]


def test_grant_within_some_minutes_admits_and_a_withdrawal_does_not(engine):
    patient, impatient = [seize_within("lane", 50), delay(1), delay(90)], [seize_within("lane", 2), delay(90)]
    movements = [(0, [seize_within("lane", 5), delay(0), delay(90)]), (1, patient), (1, impatient)]
    assert judge(engine, [LANE], movements, horizon_min=10) == [INSIDE, NOT_ADMITTED, NOT_ADMITTED]


# SIGNAL and AWAIT


def test_movement_waits_until_enough_signals_have_come(engine):
    movements = [(0, [await_signals(3), delay(1)]), (1, [signal(0)]), (2, [signal(0)]), (5, [signal(0)])]
    assert play(engine, [], movements)[0] == [5, 6]


def test_several_signals_may_be_given_at_once(engine):
    assert play(engine, [], [(0, [await_signals(3)]), (1, [signal(0, 2)]), (2, [signal(0, 2)])])[0] == [2]


def test_signals_that_have_come_already_are_used_without_a_wait(engine):
    movements = [(0, win(delay(5), await_signals(2))), (0, win(delay(5))), (1, win(signal(0, 2), delay(20)))]
    assert find_winner(engine, [], movements) == 0


def test_signals_left_over_are_kept(engine):
    movements = [(0, [await_signals(2), await_signals(2), delay(1)]), (1, [signal(0, 3)]), (4, [signal(0)])]
    assert play(engine, [], movements)[0] == [1, 4, 5]


def test_signals_are_used_up(engine):
    movements = [(0, [await_signals(), await_signals()]), (1, [signal(0)]), (4, [signal(0)])]
    assert play(engine, [], movements)[0] == [1, 4]


def test_signals_go_to_one_movement_only(engine):
    movements = [(0, [await_signals()]), (0, [await_signals()]), (1, [signal(1)]), (2, [signal(0)])]
    assert play(engine, [], movements)[:2] == [[2], [1]]


def test_signals_are_kept_for_a_movement_that_has_not_begun(engine):
    movements = [(0, [signal(1, 2)]), (7, [await_signals(2), delay(1), await_signals(1)]), (9, [signal(1)])]
    assert play(engine, [], movements)[1] == [7, 8, 9]


def test_signals_to_a_movement_that_has_finished_are_lost(engine):
    assert play(engine, [], [(0, [delay(1)]), (2, [signal(0, 2), delay(1)]), (9, [])]) == [[1], [2, 3], []]


def test_movement_may_give_itself_signals(engine):
    assert play(engine, [], [(3, [signal(0, 2), await_signals(), delay(1), await_signals()])]) == [[3, 3, 4, 4]]


def test_signals_do_not_end_other_waits(engine):
    movements = [(0, use("lane", 9)), (0, [*use("lane", 1), await_signals()]), (1, [signal(1)])]
    assert play(engine, [LANE], movements)[1] == [9, 10, 10, 10]


def test_signal_that_comes_between_a_grant_and_going_on_is_found_by_the_await_that_follows(engine):
    giver = [seize("lane"), delay(5), release("lane"), signal(1)]
    assert play(engine, [LANE], [(0, giver), (1, [seize("lane"), await_signals(), delay(1)])])[1] == [5, 5, 6]


def test_giver_of_a_signal_goes_on_before_the_one_that_awaits_it(engine):
    assert find_winner(engine, [], [(0, win(await_signals())), (1, win(signal(0)))]) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_those_given_signals_and_those_granted_tokens_go_on_as_they_were_given(engine, first):
    takers = [(0, win(await_signals())), (0, win(seize("store")))]
    gifts = [signal(0), release("store")]
    ended = play(engine, [PRIZE, STORE], [*takers, (1, [gifts[first], gifts[1 - first]])])
    assert [steps[-1] for steps in ended[:2]] == ([2, None] if first == 0 else [None, 2])


def test_movement_given_signals_goes_on_after_those_already_due(engine):
    movements = [(0, win(await_signals())), (1, [delay(4), signal(0)]), (2, win(delay(3)))]
    assert play(engine, [PRIZE], movements)[2][-1] == 6


def test_signals_follow_their_movements_when_these_are_sorted_by_start():
    program = assemble([], [(5, [await_signals()]), (0, [signal(0), signal(1, 2), signal(2)]), (2, [delay(1)])])
    assert program.op.tolist() == [Op.SIGNAL, Op.SIGNAL, Op.SIGNAL, Op.DELAY, Op.AWAIT]
    assert program.value[:3].tolist() == [2, 0, 1]
    assert program.count[:3].tolist() == [1, 2, 1]


def test_who_awaits_is_not_admitted_and_who_has_been_told_is_inside(engine):
    movements = [(0, [await_signals(), delay(90)]), (0, [await_signals(), delay(90)]), (1, [signal(0), delay(90)])]
    movements.append((30, [signal(1)]))
    assert judge(engine, [], movements, horizon_min=10) == [INSIDE, NOT_ADMITTED, INSIDE, NOT_ARRIVED]


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


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_cycle_within_branches_is_gridlock(engine, horizon_min):
    movements = [(start, choose("second", use("slots", 1), route)) for start, route in CROSSED]
    with pytest.raises(Gridlock, match="holds 1 of 'lane' and waits for 1 of 'yard'"):
        play(engine, [LANE, YARD, SLOTS], movements, horizon_min=horizon_min, choices=TWO)


def test_cycle_within_branches_that_are_not_taken_is_no_gridlock(engine):
    movements = [(start, choose("first", use("slots", 1), route)) for start, route in CROSSED]
    assert judge(engine, [LANE, YARD, SLOTS], movements, choices=TWO) == [FINISHED, FINISHED]


def test_what_was_taken_before_a_choice_and_given_back_on_the_way_taken_is_not_held(engine):
    route = [seize("lane"), *choose("second", [delay(1)], [release("lane"), delay(1)]), *use("yard", 1)]
    assert judge(engine, [LANE, YARD], [(0, route), (0, route)], horizon_min=1.5, choices=TWO) == [INSIDE] * 2


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


# Gridlock with WITHIN, SIGNAL and AWAIT


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_awaiting_signals_that_nobody_gives_is_gridlock(engine, horizon_min):
    with pytest.raises(Gridlock, match=r"movement 0 waits for 1 of 3 signals, which nobody gives\. 1 movements can"):
        play(engine, [], [(0, [await_signals(3)]), (1, [signal(0, 2)])], horizon_min=horizon_min)


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_two_that_await_each_other_are_gridlock(engine, horizon_min):
    movements = [(0, [await_signals(), signal(1)]), (1, [await_signals(), signal(0)]), (2, [await_signals(2)])]
    movements.append((2, [signal(2), await_signals(), signal(2)]))
    with pytest.raises(Gridlock, match=r"0 waits for 1 of 1 signals; movement 1 waits for 1 of 1 signals\. 4 move"):
        play(engine, [], movements, horizon_min=horizon_min)


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_cycle_through_a_token_and_a_signal_is_gridlock(engine, horizon_min):
    movements = [(0, [seize("lane"), await_signals(2), release("lane")]), (1, [*use("lane", 1), signal(0, 2)])]
    with pytest.raises(Gridlock, match="0 holds 1 of 'lane' and waits for 2 of 2 signals; movement 1 waits for 1 of"):
        play(engine, [LANE], movements, horizon_min=horizon_min)


@pytest.mark.parametrize(
    "giver",
    [
        pytest.param((1, [delay(50), signal(0)]), id="is busy"),
        pytest.param((50, [signal(0)]), id="has not come"),
        pytest.param((1, [seize_within("store", 50), signal(0)]), id="waits until a time"),
        pytest.param((1, [delay(50), skip(1), signal(0)]), id="may go another way"),
    ],
)
def test_who_awaits_at_the_horizon_signals_that_may_yet_come_is_no_gridlock(engine, giver):
    movements = [(0, [await_signals(2)]), (1, [signal(0)]), giver]
    assert judge(engine, [STORE], movements, horizon_min=10)[:2] == [NOT_ADMITTED, FINISHED]


def test_signals_of_one_who_waits_for_a_token_that_comes_back_may_yet_come(engine):
    movements = [(0, [await_signals()]), (0, use("lane", 50)), (1, [*use("lane", 1), signal(0)])]
    assert judge(engine, [LANE], movements, horizon_min=10) == [NOT_ADMITTED, INSIDE, NOT_ADMITTED]


def test_token_of_one_whose_signals_may_yet_come_may_come_back(engine):
    movements = [(0, [seize("lane"), await_signals(), release("lane")]), (0, [delay(50), signal(0)])]
    movements += [(1, [*use("lane", 1), signal(3)]), (1, [await_signals()])]
    assert judge(engine, [LANE], movements, horizon_min=10) == [INSIDE, INSIDE, NOT_ADMITTED, NOT_ADMITTED]


def test_token_of_one_whose_signals_may_come_from_several_comes_back_once(engine):
    movements = [(0, [seize("slots"), await_signals(), release("slots")]), (0, [delay(50), signal(0)])]
    movements += [(0, use("lane", 50)), (1, [*use("lane", 1), signal(0)]), (1, [seize("slots"), seize("slots", 2)])]
    with pytest.raises(Gridlock, match="movement 4 holds 1 of 'slots' and waits for 2 of 'slots'"):
        play(engine, [SLOTS, LANE], movements, horizon_min=10)


def test_signals_that_a_finished_movement_went_past_never_come(engine):
    with pytest.raises(Gridlock, match="movement 0 waits for 1 of 1 signals, which nobody gives"):
        play(engine, [], [(0, [await_signals()]), (0, [skip(1), signal(0)])], horizon_min=10)


def test_waiting_for_signals_of_work_in_hours_that_never_come_is_told_by_the_hours(engine):
    with pytest.raises(Gridlock, match="movement 1 waits for hours that never come"):
        play(engine, [], [(0, [await_signals()]), (1, [delay(5, "never"), signal(0)])], [NEVER])


@pytest.mark.parametrize(("horizon_min", "fate"), [(np.inf, FINISHED), (10, INSIDE)])
def test_cycle_that_ends_by_itself_is_no_gridlock(engine, horizon_min, fate):
    impatient = [seize("yard"), delay(2), seize_within("lane", 20), skip(1), release("lane"), release("yard")]
    fates = judge(engine, [LANE, YARD], [CROSSED[0], (1, impatient)], horizon_min=horizon_min)
    assert fates == [fate, fate]


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_cycle_through_endless_patience_is_gridlock(engine, horizon_min):
    patient = [seize("yard"), delay(2), seize_within("lane", np.inf), skip(1), release("lane"), release("yard")]
    with pytest.raises(Gridlock, match="movement 1 holds 1 of 'yard' and waits for 1 of 'lane'"):
        play(engine, [LANE, YARD], [CROSSED[0], (1, patient)], horizon_min=horizon_min)


@pytest.mark.parametrize("horizon_min", [np.inf, 10])
def test_cycle_through_a_request_granted_in_time_is_gridlock(engine, horizon_min):
    granted = [seize_within("yard", 5), delay(99), delay(2), seize("lane"), release("yard"), release("lane")]
    movements = [(0, use("yard", 1)), (0, granted), (0, [seize("lane"), delay(2), seize("yard"), release("lane")])]
    with pytest.raises(Gridlock, match="movement 1 holds 1 of 'yard' and waits for 1 of 'lane'"):
        play(engine, [LANE, YARD], movements, horizon_min=horizon_min)


def test_request_that_was_withdrawn_holds_nothing(engine):
    refused = [seize_within("slots", 2, 2), *use("lane", 0)]
    movements = [(0, use("slots", 50)), (0, use("lane", 50)), (0, refused), (5, use("slots", 1, 2))]
    assert judge(engine, [SLOTS, LANE], movements, horizon_min=10) == [INSIDE, INSIDE, NOT_ADMITTED, NOT_ADMITTED]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([release("store"), delay(1)], id="if it is refused"),
        pytest.param([skip(1), release("store", 2)], id="if it is granted"),
    ],
)
def test_store_that_one_may_yet_fill_on_either_way_is_no_gridlock(engine, after):
    giver = [delay(20), seize_within("store", 5), *after]
    assert judge(engine, [STORE], [(0, [seize("store")]), (1, giver)], horizon_min=10) == [NOT_ADMITTED] * 2


def test_store_to_which_one_gives_back_only_what_it_took_is_gridlock(engine):
    giver = [delay(20), seize_within("store", 5), skip(1), release("store"), delay(1)]
    with pytest.raises(Gridlock, match="movement 0 waits for 1 of 'store'"):
        play(engine, [STORE], [(0, [seize("store")]), (1, giver)], horizon_min=10)


def test_fifty_thousand_that_may_go_several_ways_are_judged_in_no_time():
    attempts = [seize_within("lane", 5), skip(2), delay(1), release("lane"), try_seize("store", 1), release("store")]
    movements = [(0, [seize("store")]), *[(1.0 + i, attempts * 2) for i in range(50_000)]]
    program = assemble([LANE, STORE], movements, horizon_min=20_000.0)
    trace = run_compiled(program)
    began = time.process_time()
    with pytest.raises(Gridlock, match="movement 0 waits for 1 of 'store'"):
        check_gridlock(program, trace)
    assert time.process_time() - began < 1.0


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
        pytest.param([(0, 5), (4, 9)], id="overlapping"),
        pytest.param([(6, 9), (0, 5)], id="descending"),
        pytest.param([(3, 3)], id="empty"),
        pytest.param([(5, 3)], id="closing before opening"),
        pytest.param([(0, np.nan)], id="no number"),
    ],
)
def test_calendar_is_refused_by_name(intervals):
    with pytest.raises(ValueError, match="calendar 'hours': intervals must ascend, not overlap and not be empty"):
        assemble([], [], [Calendar.of("hours", intervals)])


@pytest.mark.parametrize("rate", [0.0, -1.0, np.inf, np.nan])
def test_calendar_with_a_rate_at_which_nothing_could_pass_is_refused(rate):
    with pytest.raises(ValueError, match="calendar 'hours': every interval has one rate above 0; to stop it, leave"):
        assemble([], [], [Calendar.of("hours", [(0, 5), (5, 9, rate)])])


def test_calendar_without_a_rate_for_each_interval_is_refused():
    with pytest.raises(ValueError, match="calendar 'hours': every interval has one rate above 0"):
        assemble([], [], [Calendar("hours", np.array([0.0, 6.0]), np.array([5.0, 9.0]), np.ones(1))])


def test_pool_on_a_clock_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="pool 'lane': there is no calendar 'hours' to be its clock"):
        assemble([CLOCKED], [], [NEVER])


@pytest.mark.parametrize(
    ("choice", "rule"),
    [
        pytest.param(Choice("way", ()), "must have options, and know queues as of now or earlier", id="no option"),
        pytest.param(Choice("way", (Option(),), -1.0), "must have options, and know queues", id="news of later"),
        pytest.param(Choice("way", (Option(),), np.nan), "must have options, and know queues", id="delay no number"),
        pytest.param(Choice("way", (Option(clock="hours"),)), "there is no calendar 'hours' to be its", id="clock"),
        pytest.param(Choice("way", (Option(), way("yard"))), "there is no pool 'yard' to watch", id="no such pool"),
        pytest.param(
            Choice("way", (Option(watched=("lane",)),)),
            "its minutes must be 0 or more, one for each",
            id="none for a pool",
        ),
        pytest.param(
            Choice("way", (Option(min_per_token=(1.0,)),)), "its minutes must be 0 or more, one for each", id="no pool"
        ),
        pytest.param(Choice("way", (way("lane", -1.0),)), "its minutes must be 0 or more", id="negative per token"),
        pytest.param(Choice("way", (Option(-1.0),)), "its minutes must be 0 or more", id="negative extra minutes"),
        pytest.param(Choice("way", (Option(0.0, -1.0),)), "its minutes must be 0 or more", id="negative service"),
        pytest.param(Choice("way", (Option(0.0, np.inf),)), "its minutes must be 0 or more", id="endless service"),
        pytest.param(Choice("way", (Option(np.nan),)), "its minutes must be 0 or more", id="extra minutes no number"),
    ],
)
def test_choice_is_refused_by_name(choice, rule):
    with pytest.raises(ValueError, match=f"choice 'way': .*{rule}"):
        assemble([LANE], [], choices=[choice])


@pytest.mark.parametrize(
    ("route", "rule"),
    [
        pytest.param([skip(1)], "no more than their movement has left", id="skip past the end"),
        pytest.param([delay(1), skip(-1)], "SKIP go past a whole number of steps", id="skip backwards"),
        pytest.param([skip(0.5), delay(1)], "SKIP go past a whole number of steps", id="skip half a step"),
        pytest.param([skip(np.nan), delay(1)], "SKIP go past a whole number of steps", id="skip no number"),
        pytest.param(choose("first", []), "CHOOSE needs a step for each option of its choice", id="too few ways"),
        pytest.param(choose("first", [], [], []), "CHOOSE needs a step for each option", id="too many ways"),
        pytest.param([Step(Op.CHOOSE, "first", 0)], "CHOOSE .* at least 1", id="no way"),
        pytest.param([Step(Op.CHOOSE, "first", 2), skip(0)], "no more than their movement has left", id="way missing"),
        pytest.param([Step(Op.CHOOSE, None, 1), skip(0)], "names a choice that does not exist", id="no choice"),
        pytest.param([signal(0, 0)], "SIGNAL and AWAIT take at least 1 signal", id="no signal"),
        pytest.param([await_signals(0)], "SIGNAL and AWAIT take at least 1 signal", id="await nothing"),
        pytest.param([signal(2)], "SIGNAL names a movement that does not exist", id="no such movement"),
        pytest.param([signal(-1)], "SIGNAL names a movement that does not exist", id="movement below 0"),
        pytest.param([signal(0.5)], "SIGNAL names a movement that does not exist", id="half a movement"),
        pytest.param([signal(np.nan)], "SIGNAL names a movement that does not exist", id="movement no number"),
    ],
)
def test_route_is_refused_with_the_rule_that_its_jumps_break(route, rule):
    with pytest.raises(ValueError, match=rule):
        assemble([], [(0, route), (1, [delay(1)] * 9)], choices=TWO)


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
        pytest.param({"op": [0, 2, 1, 4, 10]}, "unknown instruction", id="unknown instruction"),
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
        pytest.param(
            {"value": [0.0, 5.0, 0.0, 0.0, 9.0]}, "TRY, CHOOSE and SKIP go past a whole number", id="skip nothing"
        ),
        pytest.param(
            {"value": [0.0, 5.0, 0.0, 0.5, 9.0]}, "TRY, CHOOSE and SKIP go past a whole number", id="skip half a step"
        ),
        pytest.param({"value": [0.0, 5.0, 0.0, 2.0, 9.0]}, "no more than their movement has left", id="skip too far"),
    ],
)
def test_program_is_refused_with_the_rule_it_breaks(changed, rule):
    with pytest.raises(ValueError, match=rule):
        make_program(**changed)


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        pytest.param((Op.WITHIN, 0, 1, 5.0), r"WITHIN: just 1\), and no more than their movement has left", id="last"),
        pytest.param((Op.WITHIN, -1, 1, 5.0), "names a pool that does not exist", id="no pool"),
        pytest.param((Op.SIGNAL, 0, 1, 0.0), r"names a target .*none\) that does not exist", id="signal with a target"),
        pytest.param((Op.AWAIT, 0, 1, 0.0), r"names a target .*none\) that does not exist", id="await with a target"),
    ],
)
def test_last_step_is_refused_with_the_rule_it_breaks(step, rule):
    before = [Op.SEIZE, Op.DELAY, Op.RELEASE, Op.TRY], [0, 0, 0, 0], [1, 0, 1, 1], [0.0, 5.0, 0.0, 1.0]
    op, target, count, value = ([*column, last] for column, last in zip(before, step, strict=True))
    with pytest.raises(ValueError, match=rule):
        make_program(op=op, target=target, count=count, value=value)


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        pytest.param(seize_within("lane", 5, 0), "WITHIN and RELEASE take at least 1 token", id="nothing"),
        pytest.param(seize_within("lane", -1), "must be 0 or more", id="negative minutes"),
        pytest.param(seize_within("lane", np.nan), "must be 0 or more", id="minutes no number"),
        pytest.param(seize_within("lane", np.inf, 2), "pool 'lane': 2 tokens .* never has more than 1", id="too many"),
    ],
)
def test_wait_of_some_minutes_is_refused_with_the_rule_it_breaks(step, rule):
    with pytest.raises(ValueError, match=rule):
        assemble([LANE], [(0, [step, delay(1)])])


def test_wait_of_some_minutes_for_more_than_there_ever_is_only_waits(engine):
    assert play(engine, [LANE], [(0, [seize_within("lane", 5, 2), delay(1)])]) == [[5, 6]]


def test_request_to_a_store_that_no_step_fills_is_refused():
    with pytest.raises(ValueError, match="pool 'store': 1 tokens are asked for at once, but it never has more than 0"):
        assemble([STORE], [(0, [seize("store")])])


def test_token_taken_before_a_choice_and_given_back_on_each_way_does_not_hide_a_gridlock(engine):
    def pass_through(here, there):
        ways = [release(here), release(there)], [release(there), release(here)]
        return [seize(here), delay(2), seize(there), *choose("way", *ways)]

    routes = [(0, pass_through("lane", "yard")), (1, pass_through("yard", "lane"))]
    way = Choice("way", (Option(1.0), Option(0.0)))
    program = assemble([Pool.of("lane", 1), Pool.of("yard", 1)], routes, horizon_min=10, choices=[way])
    with pytest.raises(Gridlock, match="holds 1 of 'lane' and waits for 1 of 'yard'"):
        run(program, engine)


def test_store_that_one_of_several_ways_may_yet_fill_is_no_gridlock(engine):
    giver = [delay(20), *choose("way", [seize("store")], [release("store")])]
    way = Choice("way", (Option(1.0), Option(0.0)))
    program = assemble([Pool.of("store", 0)], [(0, [seize("store")]), (1, giver)], horizon_min=10, choices=[way])
    assert run(program, engine).fate.tolist() == [Fate.NOT_ADMITTED, Fate.NOT_ADMITTED]
