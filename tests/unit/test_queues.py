"""Queues and work over time, worked out by hand from a few enter and leave times."""

import numpy as np
import pytest

from sim.kernel import Pool
from sim.outcomes.queues import busy_min, largest_number, mean_number, number_at, scheduled_min

NEVER = np.nan


def minutes(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_number_present_counts_who_has_entered_and_not_left():
    present = number_at(minutes(0, 3, 4), minutes(6, 5, 9), minutes(0, 3.5, 4, 5.5, 7, 20))
    assert present.tolist() == [1, 2, 3, 2, 1, 0]


def test_whoever_leaves_at_an_instant_is_gone_and_whoever_enters_is_there():
    assert number_at(minutes(0, 5), minutes(5, 9), minutes(5)).tolist() == [1]


def test_those_who_never_enter_are_not_counted_and_those_who_never_leave_stay():
    assert number_at(minutes(0, NEVER), minutes(NEVER, NEVER), minutes(0, 1000)).tolist() == [1, 1]


def test_largest_number_is_the_most_present_at_once():
    assert largest_number(minutes(0, 1, 2, 10), minutes(3, 4, 5, 11), (0, 20)) == 3


def test_largest_number_does_not_count_a_successor_beside_the_one_it_follows():
    assert largest_number(minutes(0, 5, 9), minutes(5, 9, 12), (0, 20)) == 1


def test_largest_number_counts_those_who_were_there_before_the_window():
    assert largest_number(minutes(0, 1), minutes(30, 40), (20, 50)) == 2


def test_largest_number_ignores_peaks_outside_the_window():
    enters, leaves = minutes(0, 0, 0, 12, 20, 20), minutes(5, 5, 5, 15, 25, 25)
    assert largest_number(enters, leaves, (10, 20)) == 1


def test_largest_number_of_nobody_is_zero():
    assert largest_number(minutes(), minutes(), (0, 10)) == 0


def test_mean_number_is_time_present_divided_by_the_window():
    assert mean_number(minutes(0, 5), minutes(10, 7), (0, 20)) == (10 + 2) / 20


def test_mean_number_counts_only_time_within_the_window():
    assert mean_number(minutes(0, 8, 30), minutes(6, 40, 50), (5, 15)) == (1 + 7) / 10


def test_mean_number_keeps_those_who_have_not_left_to_the_end_of_the_window():
    assert mean_number(minutes(5, NEVER), minutes(NEVER, NEVER), (0, 20)) == 15 / 20


LANES = Pool.of("lanes", [(0.0, 0), (60.0, 2), (120.0, 1), (180.0, 0)])


@pytest.mark.parametrize(
    ("window", "expected"),
    [((0, 240), 60 * 2 + 60 * 1), ((90, 150), 30 * 2 + 30 * 1), ((0, 60), 0), ((180, 240), 0), ((130, 140), 10)],
)
def test_scheduled_minutes_are_servers_times_minutes_within_the_window(window, expected):
    assert scheduled_min(LANES, window) == expected


def test_service_that_runs_past_closing_is_work_beyond_the_schedule():
    one_until_60 = Pool.of("lane", [(0.0, 1), (60.0, 0)])
    assert busy_min(minutes(50), minutes(80), one_until_60, (0, 100)) == (10, 20)


def test_service_beside_a_lane_that_closed_is_beyond_the_schedule_while_both_work():
    two_then_one = Pool.of("lanes", [(0.0, 2), (10.0, 1)])
    assert busy_min(minutes(0, 0), minutes(20, 15), two_then_one, (0, 100)) == (10 * 2 + 10, 5)


def test_service_outside_the_window_is_not_counted():
    one = Pool.of("lane", 1)
    assert busy_min(minutes(0, 60), minutes(45, 100), one, (20, 80)) == (25 + 20, 0)


def test_service_that_has_not_finished_is_busy_to_the_end_of_the_window():
    assert busy_min(minutes(70, NEVER), minutes(NEVER, NEVER), Pool.of("lane", 1), (0, 100)) == (30, 0)


def test_service_one_after_the_other_never_looks_like_two_at_once():
    assert busy_min(minutes(10, 0), minutes(20, 10), Pool.of("lane", 1), (0, 100)) == (20, 0)


def test_idle_servers_are_not_busy():
    assert busy_min(minutes(), minutes(), LANES, (0, 240)) == (0, 0)


def test_lanes_that_open_before_the_window_are_open_in_it():
    opened_long_ago = Pool.of("lanes", [(0.0, 3), (5.0, 1), (8.0, 2)])
    assert busy_min(minutes(0, 0, 0), minutes(50, 50, 50), opened_long_ago, (20, 30)) == (20, 10)
