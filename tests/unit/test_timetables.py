"""Timetables: which paths there are, which of them are run, and when vehicles come; worked out by hand."""

import numpy as np
import pytest

from sim.demand import sample_movements
from sim.luck import Luck
from tests.theory.queueing import assert_mean_is
from tests.unit.rail_port import NEVER_LATE, members, rail_scenario, train
from tests.unit.tiny import tiny_scenario

MONDAY = "2025-09-01"
DAY_MIN = 1440.0


def line(timetable=None, days=1, per_day=None, start=MONDAY, timezone="Asia/Shanghai", **more):
    """Return a port whose trains come by a timetable and bring four boxes each."""
    table = {"lateness": NEVER_LATE, **(timetable or {"paths_per_day": 4})}
    runs = len(table.get("times", ())) or table["paths_per_day"]
    trains = train("train") | {"timetable": table, "per_day": runs if per_day is None else per_day} | more
    return rail_scenario(
        **{
            "demand.classes.train": trains,
            "horizon.days": days,
            "horizon.start": start,
            "port.timezone": timezone,
        }
    )


def find_trains(scenario, replication=0):
    """Return number of the path, minute when due and minute of arrival of all trains, by number."""
    movements = sample_movements(scenario, Luck(1, replication))
    who = members(movements, "train")
    who = who[np.argsort(movements.index[who])]
    return movements.index[who].tolist(), movements.due_min[who].tolist(), movements.arrival_min[who].tolist()


def test_paths_at_even_intervals_begin_at_midnight():
    assert find_trains(line(days=2))[1] == [0, 360, 720, 1080, 1440, 1800, 2160, 2520]


def test_paths_need_not_be_whole_minutes():
    assert find_trains(line({"paths_per_day": 7}))[1] == pytest.approx([n * 1440 / 7 for n in range(7)], abs=1e-9)


def test_clock_times_are_run_in_the_order_of_the_day_however_they_are_written():
    index, due, arrival = find_trains(line({"times": ["14:00", "02:30"]}, days=2))
    assert due == arrival == [150, 840, 1590, 2280]
    assert index == [0, 1, 2, 3]


def test_trains_run_on_the_weekdays_of_their_timetable_only():
    """From a Monday on: Tuesday is day 1, Friday day 4, and day 8 is Tuesday again."""
    days = {"times": ["06:00"], "weekdays": "Tu,Fr"}
    assert find_trains(line(days, days=9, per_day=2 / 7))[1] == [day * DAY_MIN + 360 for day in (1, 4, 8)]


def test_weekdays_follow_the_calendar_of_the_port():
    """The run starts on Saturday 6 September."""
    saturdays = {"times": ["06:00"], "weekdays": "Sa-Su"}
    due = find_trains(line(saturdays, days=8, per_day=2 / 7, start="2025-09-06"))[1]
    assert due == [360, DAY_MIN + 360, 7 * DAY_MIN + 360]


def test_paths_a_day_are_a_mean_over_the_week():
    days = {"paths_per_day": 14, "weekdays": "Mo-We"}
    assert line(days, per_day=6).demand.classes["train"].timetable.most_per_day == 6


def test_share_of_the_paths_that_is_run_is_the_share_of_their_number():
    """6 of 24 paths a day, over 200 days in each of 20 replications."""
    runs = [len(find_trains(line({"paths_per_day": 24}, days=200, per_day=6), each)[0]) / 200 for each in range(20)]
    assert_mean_is(runs, 6.0)


def test_share_is_of_the_week_where_trains_do_not_run_every_day():
    """Of 7 paths on each of 3 days, 3 a day in the mean, 1.5 a day are run: half of them."""
    days = {"paths_per_day": 7, "weekdays": "Mo,We,Fr"}
    runs = [len(find_trains(line(days, days=364, per_day=1.5), each)[0]) / 364 for each in range(20)]
    assert_mean_is(runs, 1.5)


def test_all_paths_are_run_if_as_many_trains_come():
    assert len(find_trains(line({"paths_per_day": 24}, days=30))[0]) == 24 * 30


def test_no_trains_come_if_none_a_day_do():
    assert find_trains(line(per_day=0.0)) == ([], [], [])


def test_more_trains_are_a_superset_of_the_same_trains_at_the_same_minutes():
    late = {"paths_per_day": 24, "lateness": {"kind": "exponential", "mean_min": 60}}
    few, many = (dict(zip(*find_trains(line(late, days=30, per_day=n))[::2], strict=True)) for n in (8, 16))
    assert few.items() < many.items()
    assert 0.3 < len(few) / len(many) < 0.7


def test_more_trains_change_no_box_of_the_others():
    few, many = (sample_movements(line({"paths_per_day": 24}, days=30, per_day=n), Luck(1, 0)) for n in (8, 16))
    boxes = [
        set(zip(m.index[who].tolist(), m.arrival_min[who].tolist(), strict=True)) for m, who in with_boxes(few, many)
    ]
    assert boxes[0] < boxes[1]


def with_boxes(*all_movements):
    return [(movements, members(movements, "box")) for movements in all_movements]


def test_another_class_changes_no_train():
    late = {"paths_per_day": 6, "lateness": {"kind": "exponential", "mean_min": 60}}
    scenario = line(late, days=10, per_day=3)
    classes = scenario.demand.classes | {"extra": scenario.demand.classes["other"]}
    demand = scenario.demand.model_copy(update={"classes": classes})
    assert find_trains(scenario.model_copy(update={"demand": demand})) == find_trains(scenario)


def test_train_is_late_by_its_lateness_less_the_earliest_that_it_comes():
    """Half an hour early at most, and 20 minutes later than that: 10 before its time."""
    early = {"times": ["02:00", "05:00"], "lateness": {"kind": "constant", "mean_min": 20}, "early_min": 30}
    index, due, arrival = find_trains(line(early))
    assert (due, arrival) == ([120, 300], [110, 290])
    assert index == [0, 1]


def test_train_that_would_come_before_the_run_comes_at_its_beginning_and_keeps_its_time():
    early = {"times": ["00:10"], "lateness": NEVER_LATE, "early_min": 30}
    assert find_trains(line(early))[1:] == ([10], [0])


def test_train_that_would_come_after_the_end_does_not_come():
    late = {"times": ["12:00", "23:30"], "lateness": {"kind": "constant", "mean_min": 30}}
    assert find_trains(line(late))[1:] == ([720], [750])


def test_late_train_is_overtaken_and_keeps_its_number():
    late = {"paths_per_day": 48, "lateness": {"kind": "exponential", "mean_min": 60}}
    index, due, arrival = find_trains(line(late, days=5))
    assert due == [30 * n for n in index]
    assert (np.diff(arrival) < 0).any()


def test_mean_lateness_is_that_of_its_distribution():
    late = {"paths_per_day": 48, "lateness": {"kind": "exponential", "mean_min": 60}, "early_min": 20}
    means = []
    for replication in range(20):
        _, due, arrival = find_trains(line(late, days=50), replication)
        settled = [a - d for d, a in zip(due, arrival, strict=True) if DAY_MIN <= d < 48 * DAY_MIN]
        means.append(np.mean(settled))
    assert_mean_is(means, 60.0 - 20.0)


def test_nobody_is_due_without_a_timetable():
    assert sample_movements(tiny_scenario(), Luck(1, 0)).due_min is None


def test_boxes_are_not_due():
    movements = sample_movements(line(), Luck(1, 0))
    assert np.isnan(movements.due_min[members(movements, "box")]).all()


AUTUMN, SPRING = "2025-10-26", "2025-03-30"
"""Sundays on which clocks in Warsaw are put back from 3 to 2 (a day of 25 hours) and forward from 2 to 3 (of 23)."""


@pytest.mark.parametrize(("start", "shift_min"), [(AUTUMN, 60), (SPRING, -60), ("2025-06-01", 0)])
def test_clock_times_are_read_on_the_clock_of_the_port(start, shift_min):
    clock = {"times": ["01:00", "14:00"]}
    due = find_trains(line(clock, days=2, start=start, timezone="Europe/Warsaw"))[1]
    assert due == [60, 840 + shift_min, 1440 + shift_min + 60, 1440 + shift_min + 840]


@pytest.mark.parametrize("start", [AUTUMN, SPRING])
def test_no_two_even_paths_are_one_when_clocks_change(start):
    due = find_trains(line({"paths_per_day": 48}, days=3, start=start, timezone="Europe/Warsaw"))[1]
    assert (np.diff(due) > 0).all()


def test_weekdays_are_right_after_clocks_have_changed():
    mondays = {"times": ["06:00"], "weekdays": "Mo"}
    due = find_trains(line(mondays, days=3, per_day=1 / 7, start=AUTUMN, timezone="Europe/Warsaw"))[1]
    assert due == [1500 + 360]
