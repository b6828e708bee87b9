"""Intervals and paired differences, against scipy and against the mean they must cover."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pytest
from scipy import stats

from sim.study.comparison import compare_independent, compare_scenarios, summarise

TODAY = [4.0, 5.5, 3.0, 6.5, 5.0]
LONGER = [3.5, 4.5, 2.0, 6.0, 3.0]
MISSING = float("nan")


def outcomes_of(values: Mapping[str, Sequence[float]], name: str = "truck") -> pl.DataFrame:
    """Return a study's outcomes: one measure, with these values in replications 0, 1, 2..."""
    rows = [
        (scenario, replication, "class", name, "release_mean", "h", value)
        for scenario, column in values.items()
        for replication, value in enumerate(column)
    ]
    return pl.DataFrame(
        rows, schema=["scenario", "replication", "scope", "name", "measure", "unit", "value"], orient="row"
    )


def only(frame: pl.DataFrame) -> dict:
    assert len(frame) == 1
    return frame.row(0, named=True)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_interval_of_a_mean_is_that_of_the_t_test(confidence):
    row = only(summarise(outcomes_of({"today": TODAY}), confidence))
    expected = stats.ttest_1samp(TODAY, 0.0).confidence_interval(confidence)
    assert row["mean"] == pytest.approx(np.mean(TODAY))
    assert row["mean"] - row["half_width"] == pytest.approx(expected.low)
    assert row["mean"] + row["half_width"] == pytest.approx(expected.high)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_interval_of_a_difference_is_that_of_the_paired_t_test(confidence):
    row = only(compare_scenarios(outcomes_of({"today": TODAY, "longer": LONGER}), "today", "longer", confidence))
    expected = stats.ttest_rel(LONGER, TODAY).confidence_interval(confidence)
    assert (row["baseline"], row["other"]) == (pytest.approx(np.mean(TODAY)), pytest.approx(np.mean(LONGER)))
    assert row["difference"] - row["half_width"] == pytest.approx(expected.low)
    assert row["difference"] + row["half_width"] == pytest.approx(expected.high)


def test_pairs_are_found_by_replication_and_not_by_order():
    mixed = outcomes_of({"today": TODAY, "longer": LONGER}).sample(fraction=1.0, shuffle=True, seed=3)
    row = only(compare_scenarios(mixed, "today", "longer"))
    expected = stats.ttest_rel(LONGER, TODAY).confidence_interval(0.95)
    assert row["difference"] + row["half_width"] == pytest.approx(expected.high)


def test_difference_of_a_scenario_from_itself_is_exactly_zero():
    row = only(compare_scenarios(outcomes_of({"today": TODAY}), "today", "today"))
    assert (row["difference"], row["half_width"]) == (0.0, 0.0)


def test_constant_shift_of_every_pair_has_no_uncertainty():
    row = only(compare_scenarios(outcomes_of({"today": [1, 2, 4], "later": [3, 4, 6]}), "today", "later"))
    assert (row["difference"], row["half_width"]) == (2.0, 0.0)


def test_one_replication_gives_a_mean_and_no_interval():
    outcomes = outcomes_of({"today": [4.0], "longer": [3.0]})
    assert summarise(outcomes)["half_width"].to_list() == [None, None]
    row = only(compare_scenarios(outcomes, "today", "longer"))
    assert (row["difference"], row["half_width"], row["replications"]) == (-1.0, None, 1)


def test_missing_values_count_neither_in_the_mean_nor_in_the_replications():
    row = only(summarise(outcomes_of({"today": [4.0, MISSING, 6.0, 8.0]})))
    expected = stats.ttest_1samp([4.0, 6.0, 8.0], 0.0).confidence_interval(0.95)
    assert (row["mean"], row["replications"]) == (6.0, 3)
    assert row["mean"] + row["half_width"] == pytest.approx(expected.high)


def test_outcome_that_is_always_missing_has_no_mean():
    row = only(summarise(outcomes_of({"today": [MISSING, MISSING]})))
    assert (row["mean"], row["half_width"], row["replications"]) == (None, None, 0)


def test_difference_counts_only_replications_in_which_both_have_a_value():
    outcomes = outcomes_of({"today": [4.0, MISSING, 6.0, 9.0], "longer": [3.0, 5.0, MISSING, 5.0]})
    row = only(compare_scenarios(outcomes, "today", "longer"))
    expected = stats.ttest_rel([3.0, 5.0], [4.0, 9.0]).confidence_interval(0.95)
    assert (row["difference"], row["replications"]) == (-2.5, 2)
    assert row["difference"] + row["half_width"] == pytest.approx(expected.high)


def test_baseline_other_and_difference_are_of_the_same_replications():
    outcomes = outcomes_of({"today": [4.0, MISSING, 6.0, 9.0], "longer": [3.0, 5.0, MISSING, 5.0]})
    row = only(compare_scenarios(outcomes, "today", "longer"))
    assert row["other"] - row["baseline"] == row["difference"]


def test_outcome_that_one_scenario_lacks_is_not_compared():
    outcomes = pl.concat([outcomes_of({"today": TODAY, "joint": LONGER}), outcomes_of({"joint": LONGER}, "car")])
    assert compare_scenarios(outcomes, "today", "joint")["name"].to_list() == ["truck"]


def test_summary_keeps_scenarios_and_outcomes_apart_and_in_order():
    outcomes = pl.concat([outcomes_of({"b": [1.0, 3.0], "a": [5.0, 7.0]}), outcomes_of({"b": [10.0, 10.0]}, "car")])
    summary = summarise(outcomes).select("scenario", "name", "mean")
    assert summary.rows() == [("b", "truck", 2.0), ("a", "truck", 6.0), ("b", "car", 10.0)]


def test_interval_covers_the_mean_as_often_as_it_says():
    samples, replications, confidence, mean = 4000, 5, 0.95, 7.0
    values = np.random.default_rng(1).normal(mean, 3.0, (samples, replications))
    names = np.repeat([str(sample) for sample in range(samples)], replications)
    outcomes = outcomes_of({"today": values.ravel()}).with_columns(pl.Series("name", names))
    summary = summarise(outcomes, confidence)
    covered = ((summary["mean"] - mean).abs() <= summary["half_width"]).sum()
    low, high = stats.binom.interval(0.999, samples, confidence)
    assert low <= covered <= high


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_interval_of_independent_means_is_that_of_welch(confidence):
    longer = [*LONGER, 2.5, 9.0]
    row = only(compare_independent(outcomes_of({"today": TODAY, "longer": longer}), "today", "longer", confidence))
    expected = stats.ttest_ind(longer, TODAY, equal_var=False).confidence_interval(confidence)
    assert row["difference"] - row["half_width"] == pytest.approx(expected.low)
    assert row["difference"] + row["half_width"] == pytest.approx(expected.high)


def test_independent_constants_have_no_uncertainty_and_single_runs_no_interval():
    row = only(compare_independent(outcomes_of({"today": [1.0, 1.0], "longer": [3.0, 3.0]}), "today", "longer"))
    assert (row["difference"], row["half_width"]) == (2.0, 0.0)
    row = only(compare_independent(outcomes_of({"today": [1.0], "longer": [3.0, 4.0]}), "today", "longer"))
    assert (row["half_width"], row["replications"]) == (None, 1)
