"""Recovery from disruptions: what each adds against the same days without it, and when that is gone."""

import numpy as np
import polars as pl
import pytest

from sim.study.checks import check_study
from sim.study.recovery import (
    TOLERANCE_VEHICLES,
    Excess,
    add_recovery,
    find_own_disruptions,
    find_recovery,
    mean_recovery,
)
from sim.study.replication import replicate_scenarios
from tests.unit.tiny import tiny_scenario

HALF_HOUR = 30.0
SHUT = {
    "label": "shut",
    "label_zh": "关闭",
    "day": 1,
    "at": "08:00",
    "lasts": {"kind": "constant", "mean_min": 360},
    "shuts": ["day"],
}


def excess(*vehicles):
    """Return an excess of so many vehicles at each half hour."""
    time_min = HALF_HOUR * np.arange(len(vehicles))
    return Excess(time_min, np.array(vehicles, dtype=float), np.empty(0), np.empty(0))


def test_recovered_is_when_the_excess_has_gone_and_stays_away():
    assert find_recovery(excess(0, 90, 60, 30, 0, 0, 0, 0, 0, 0), end_min=60.0) == 120.0


def test_calm_before_the_end_of_the_disruption_is_no_recovery():
    assert find_recovery(excess(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), end_min=90.0) == 90.0


def test_calm_of_less_than_two_hours_is_no_recovery():
    assert find_recovery(excess(9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0), end_min=0.0) == 180.0


def test_excess_within_the_tolerance_counts_as_gone():
    assert find_recovery(excess(TOLERANCE_VEHICLES, TOLERANCE_VEHICLES + 1, 0, 0, 0, 0, 0), end_min=0.0) == 60.0


def test_excess_that_outlasts_the_run_has_no_recovery():
    assert np.isnan(find_recovery(excess(0, 9, 9, 9), end_min=30.0))


@pytest.fixture(scope="module")
def outcomes():
    scenarios = {"baseline": tiny_scenario(), "shut": tiny_scenario(**{"port.disruptions": {"shut": SHUT}})}
    study = replicate_scenarios(scenarios, 3)
    return study.outcomes, add_recovery(study, "baseline", "shut")


def test_outcomes_of_a_study_are_kept_and_those_of_each_disruption_added(outcomes):
    before, after = outcomes
    assert after.head(len(before)).equals(before, null_equal=True)
    added = after.tail(len(after) - len(before))
    assert set(added["name"]) == {"shut"}
    assert set(added["scenario"]) == {"shut"}
    assert added.group_by("replication").len()["len"].to_list() == [3, 3, 3]


def test_shut_gate_holds_up_about_those_who_come_meanwhile(outcomes):
    extra = outcomes[1].filter(scope="recovery", measure="extra_queue_max")["value"]
    assert (extra > 10).all()
    assert (extra < 100).all()  # 100 a day: some 25 come in six hours, and the night's queue is still there


def test_recovery_is_counted_from_the_end_of_the_disruption(outcomes):
    hours = outcomes[1].filter(scope="recovery", measure="recovery")["value"]
    assert (hours > 0.0).all()
    assert (hours < 12.0).all()


def test_port_without_roads_has_no_queue_on_roads(outcomes):
    assert (outcomes[1].filter(scope="recovery", measure="extra_queue_max_km")["value"] == 0.0).all()


def test_disruption_that_both_scenarios_have_is_not_measured():
    both = tiny_scenario(**{"port.disruptions": {"shut": SHUT}})
    study = replicate_scenarios({"one": both, "other": both}, 1)
    assert add_recovery(study, "one", "other").filter(pl.col("scope") == "recovery").is_empty()


def test_mean_recovery_is_when_the_mean_of_all_runs_is_as_before():
    scenarios = {"baseline": tiny_scenario(), "shut": tiny_scenario(**{"port.disruptions": {"shut": SHUT}})}
    study = replicate_scenarios(scenarios, 3)
    begin, end = scenarios["shut"].port.disruptions["shut"].certain_span(scenarios["shut"].horizon)
    recovered = mean_recovery(study, "baseline", "shut")
    held_up = {label: np.mean([run.held_up.sum(axis=0) for run in study.series[label]], axis=0) for label in scenarios}
    more = held_up["shut"] - held_up["baseline"]
    grid = study.series["shut"][0].grid_min
    assert end <= recovered < begin + 1440.0
    assert more[grid == recovered] <= TOLERANCE_VEHICLES < more[grid == recovered - HALF_HOUR]


def test_mean_recovery_without_a_disruption_of_its_own_is_none():
    study = replicate_scenarios({"one": tiny_scenario(), "other": tiny_scenario()}, 1)
    assert mean_recovery(study, "one", "other") is None


def test_disruption_beside_other_changes_is_not_measured_and_the_reader_is_told():
    mixed = tiny_scenario(**{"port.disruptions": {"shut": SHUT}, "port.facilities.gate.servers": 3})
    study = replicate_scenarios({"baseline": tiny_scenario(), "mixed": mixed}, 2)
    assert find_own_disruptions(study.scenarios["baseline"], mixed) == {}
    assert add_recovery(study, "baseline", "mixed").filter(scope="recovery").is_empty()
    assert any(
        warning.startswith("mixed: recovery from its disruptions is not given")
        for warning in check_study(study).warnings
    )


def test_recovery_of_what_comes_at_random_is_that_of_the_runs_in_which_it_came():
    """Once or never, at 08:00 of the first measured day, so what it adds is what it adds when it is certain."""
    perhaps = SHUT | {"probability": 0.5}
    scenarios = {
        name: tiny_scenario(**{"port.disruptions": {"shut": each} if each else {}})
        for name, each in (("baseline", None), ("certain", SHUT), ("perhaps", perhaps))
    }
    study = replicate_scenarios(scenarios, 6)
    certain, maybe = (add_recovery(study, "baseline", name).filter(scope="recovery") for name in ("certain", "perhaps"))
    came = study.outcomes.filter(scenario="perhaps", measure="happened").filter(pl.col("value") == 1)["replication"]
    assert 0 < len(came) < 6
    expected = certain.filter(pl.col("replication").is_in(came.to_list())).drop("scenario")
    assert maybe.drop("scenario").equals(expected, null_equal=True)
    assert mean_recovery(study, "baseline", "perhaps") is None


def test_disruption_beside_one_that_lasts_longer_than_in_the_baseline_is_not_measured():
    longer = SHUT | {"lasts": {"kind": "constant", "mean_min": 600}}
    baseline = tiny_scenario(**{"port.disruptions": {"shut": SHUT}})
    same, mixed = (tiny_scenario(**{"port.disruptions": {"shut": each, "again": SHUT}}) for each in (SHUT, longer))
    assert find_own_disruptions(baseline, same).keys() == {"again"}
    assert find_own_disruptions(baseline, mixed) == {}
