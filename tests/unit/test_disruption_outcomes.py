"""Outcomes of disruptions: how often, how long, and when all is as it was in the day before; worked out by hand."""

import numpy as np
import pytest

from sim.disruptions import draw_disruptions
from sim.luck import Luck
from sim.outcomes.disruptions import find_return, measure_disruptions
from sim.outcomes.series import Series
from sim.outcomes.window import Window
from sim.study.replication import simulate_once
from tests.unit.small_port import look_up
from tests.unit.tiny import hours, tiny_scenario

GRID = 30.0 * np.arange(48 * 3)
"""Three days."""
SHUT = {"label": "shut", "label_zh": "关闭", "day": 1, "at": "08:00", "lasts": hours(4), "shuts": "day"}


def held_up(**levels):
    """Return vehicles on the grid: none, but so many from one hour of the run to another, `h6_10=9`."""
    vehicles = np.zeros(len(GRID), dtype=np.int64)
    for span, number in levels.items():
        begin, end = (int(60.0 * float(hour) / 30.0) for hour in span.strip("h").split("_"))
        vehicles[begin:end] = number
    return vehicles


@pytest.mark.parametrize(
    ("levels", "recovered_h"),
    [
        ({"h32_40": 9}, 40),
        ({"h32_40": 9, "h10_11": 9}, 36),
        ({"h32_40": 9, "h10_11": 8}, 40),
        ({"h32_40": 9, "h6_7": 9}, 40),
        ({"h32_40": 9, "h41_42": 9}, 42),
        ({"h32_34": 9}, 36),
        ({"h32_40": 9, "h42_43": 9}, 43),
        ({"h32_40": 9, "h42.5_43": 9}, 40),
    ],
    ids=["empty", "as before", "above", "too long ago", "again", "before the end", "within two hours", "after them"],
)
def test_recovered_is_when_no_more_are_held_up_than_in_the_day_before_for_two_hours(levels, recovered_h):
    """From hour 32 to 36: the day before begins at hour 8."""
    assert find_return(GRID, held_up(**levels), 32 * 60.0, 36 * 60.0) == recovered_h * 60.0


@pytest.mark.parametrize("until", [71, 72])
def test_calm_that_comes_less_than_two_hours_before_the_end_of_the_run_is_no_recovery(until):
    assert np.isnan(find_return(GRID, held_up(**{f"h32_{until}": 9}), 32 * 60.0, 36 * 60.0))


def measured(spans, vehicles, days=2):
    """Return the outcomes of a disruption with these spans, hours of the run; a day of warm-up comes first."""
    scenario = draw_disruptions(tiny_scenario(**{"port.disruptions": {"it": SHUT}, "horizon.days": days}), Luck(1, 0))
    each = scenario.port.disruptions["it"].model_copy(
        update={"spans_min": tuple((60.0 * begin, 60.0 * end) for begin, end in spans)}
    )
    scenario = scenario.model_copy(update={"port": scenario.port.model_copy(update={"disruptions": {"it": each}})})
    series = Series((), ("truck",), GRID, np.empty((0, len(GRID)), dtype=np.int64), vehicles[None], vehicles)
    rows = measure_disruptions(scenario, series, Window.of(scenario.horizon))
    return {measure: value for _, _, measure, _, value in rows}


def test_each_time_that_it_begins_in_the_window_counts():
    """At hour 26, back at 30; at hour 60, never back. What began in the warm-up is down, and counts no more."""
    found = measured([(22, 25), (26, 28), (60, 61)], held_up(h26_30=5, h60_72=7))
    assert found == {"happened": 2, "down_h": 4, "queue_max": 7, "recovery_h": 2, "not_recovered": 1}


def test_hours_that_overlap_count_once_and_those_after_the_run_do_not():
    found = measured([(30, 34), (32, 36), (33, 34), (70, 99), (80, 90)], held_up())
    assert found["happened"] == 4
    assert found["down_h"] == 6 + 2
    assert found["not_recovered"] == 1


def test_what_does_not_happen_has_no_queue_and_no_recovery():
    found = measured([], held_up(h30_40=9))
    assert found["happened"] == found["down_h"] == found["not_recovered"] == 0
    assert np.isnan(found["queue_max"])
    assert np.isnan(found["recovery_h"])


def test_shut_gate_is_measured_in_a_run():
    """100 trucks a day, two lanes of 5 minutes: some 17 come in four hours, beside the 50 of the night before."""
    outcomes = simulate_once(tiny_scenario(**{"port.disruptions": {"it": SHUT}, "horizon.days": 3})).outcomes
    found = {each: look_up(outcomes, "disruption", "it", each) for each in ("happened", "down_h", "not_recovered")}
    assert found == {"happened": 1, "down_h": 4, "not_recovered": 0}
    assert 40 < look_up(outcomes, "disruption", "it", "queue_max") < 100
    assert 0 <= look_up(outcomes, "disruption", "it", "recovery_h") < 6


def test_run_without_disruptions_has_no_such_outcomes():
    assert simulate_once(tiny_scenario()).outcomes.filter(scope="disruption").is_empty()
