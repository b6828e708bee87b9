"""Use by hour of the week: hand-computed shares, hours that are closed, and totals that are the utilisation."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.kernel import Pool
from sim.outcomes import read_use_by_hour
from sim.outcomes.use_by_hour import WEEK_H, sum_by_hour
from sim.outcomes.window import DAY_MIN, Window
from sim.study.comparison import summarise
from sim.study.replication import replicate_scenarios
from sim.views.heat_map import choose_stations, plot_use
from tests.unit.small_port import line_of_posts, post, visit
from tests.unit.tiny import tiny_scenario

MONDAY_8 = 8
"""The minutes of these tests begin on a Monday."""


def test_share_of_an_hour_is_the_part_of_it_in_which_somebody_is_served():
    scenario = line_of_posts(gate=post(30.0, hours="day", servers=2))
    assert scenario.start.weekday() == 0
    use = read_use_by_hour(scenario, visit(scenario, 480.0, 510.0))  # 08:00 and 08:30, half an hour each
    assert use.stations == ("gate",)
    assert use.used_h[0, MONDAY_8] == pytest.approx(1.0)
    assert use.scheduled_h[0, MONDAY_8 : MONDAY_8 + 2].tolist() == [2.0, 2.0]
    assert use.share[0, MONDAY_8 : MONDAY_8 + 2].tolist() == pytest.approx([0.5, 0.0])


def test_closed_hours_have_no_share():
    scenario = line_of_posts(gate=post(30.0, hours="day"))
    share = read_use_by_hour(scenario, visit(scenario, 480.0)).share
    assert np.flatnonzero(~np.isnan(share[0])).tolist() == [8, 9]


def test_station_that_nobody_visits_has_no_row():
    scenario = line_of_posts(gate=post(30.0))
    assert read_use_by_hour(scenario, visit(scenario)).stations == ()


def test_service_is_cut_at_hours_and_work_beyond_the_schedule_does_not_count():
    pool = Pool.of("gate", [(0.0, 1), (90.0, 0)])
    used, scheduled = sum_by_hour(np.array([30.0]), np.array([150.0]), pool, Window(0.0, DAY_MIN), 0.0)
    assert used[:4].tolist() == pytest.approx([0.5, 0.5, 0.0, 0.0])
    assert scheduled[:4].tolist() == pytest.approx([1.0, 0.5, 0.0, 0.0])


def test_what_has_not_ended_lasts_to_the_end_and_the_same_hours_of_two_weeks_add_up():
    two_weeks = Window(0.0, 14 * DAY_MIN)
    begin, end = np.array([60.0, np.nan]), np.array([np.nan, np.nan])
    used, scheduled = sum_by_hour(begin, end, Pool.of("gate", 1), two_weeks, 2 * DAY_MIN)
    wednesday_midnight = 48
    assert used[wednesday_midnight] == pytest.approx(1.0)  # not in the first week
    assert used[wednesday_midnight + 1] == pytest.approx(2.0)
    assert scheduled.tolist() == [2.0] * WEEK_H


def test_hours_of_the_week_add_up_to_the_utilisation_in_the_tables():
    study = replicate_scenarios({"baseline": tiny_scenario()}, 1)
    use = read_use_by_hour(study.scenarios["baseline"], study.visits["baseline"])
    told = summarise(study.outcomes).filter(scope="station", measure="utilisation")
    found = dict(zip(use.stations, use.used_h.sum(axis=1) / use.scheduled_h.sum(axis=1), strict=True))
    assert found == pytest.approx({row["name"]: row["mean"] for row in told.iter_rows(named=True)})


def test_heat_map_has_a_row_for_each_station_and_leaves_closed_hours_to_the_hatching():
    scenario = line_of_posts(gate=post(30.0, hours="day"), yard=post(5.0))
    use = read_use_by_hour(scenario, visit(scenario, 480.0))
    axes = Figure().subplots()
    plot_use(axes, use, choose_stations([use]))
    (cells,) = axes.collections
    shown = cells.get_array()
    assert shown.shape == (2, WEEK_H)
    assert shown[0].count() == 2
    assert shown[0, MONDAY_8] == pytest.approx(0.5)
    assert axes.patch.get_hatch()
