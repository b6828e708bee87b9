"""Many comparisons at once: hand-worked intervals, coverage of all together, and what is refused."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from sim.scenario import ScenarioError
from sim.study.multiple import compare_simultaneously

HOURS = "port/port/tfi1"


def outcomes_of(**scenarios: list[float]) -> pl.DataFrame:
    rows = [
        (label, replication, "port", "port", "tfi1", "h", float(value))
        for label, values in scenarios.items()
        for replication, value in enumerate(values)
    ]
    columns = ["scenario", "replication", "scope", "name", "measure", "unit", "value"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("replication").cast(pl.Int32))


def test_interval_is_that_of_bonferroni_on_paired_differences():
    """Two comparisons at 95 %: each at 97.5 %. Differences to `a` are 1, 2, 3: mean 2, deviation 1."""
    table = compare_simultaneously(outcomes_of(a=[1, 5, 9], b=[2, 7, 12], c=[1, 5, 9]), [HOURS])
    factor = stats.t.ppf(1 - 0.05 / 4, 2) / np.sqrt(3)
    assert table["second"].to_list() == ["b", "c"]
    assert table["difference"].to_list() == [2.0, 0.0]
    assert table["half_width"].to_list() == pytest.approx([factor, 0.0])
    assert table["verdict"].to_list() == ["not told apart", "not told apart"]
    assert table["replications_needed"].to_list() == [int(np.ceil(3 * (factor / 2) ** 2)), None]


def test_sure_differences_are_less_or_more():
    found = compare_simultaneously(outcomes_of(a=[5, 6, 7], b=[3, 4, 5.01], c=[8, 9.01, 10]), [HOURS])
    assert dict(found.select("second", "verdict").iter_rows()) == {"b": "less", "c": "more"}


def test_every_pair_is_a_larger_family_than_all_against_one():
    outcomes = outcomes_of(a=[1, 2, 4], b=[2, 4, 5], c=[3, 3, 3], d=[1, 1, 2])
    few = compare_simultaneously(outcomes, [HOURS], against="b")
    many = compare_simultaneously(outcomes, [HOURS], every_pair=True)
    assert few.select("first", "second").rows() == [("b", "a"), ("b", "c"), ("b", "d")]
    assert len(many) == 6
    wide, narrow = (table.filter(second="d", first="b")["half_width"][0] for table in (many, few))
    assert wide / narrow == pytest.approx(stats.t.ppf(1 - 0.05 / 12, 2) / stats.t.ppf(1 - 0.05 / 6, 2))


def test_all_intervals_hold_together_as_often_as_is_claimed():
    """Eight policies whose outcomes share their luck; the truth is known. 120 studies of six replications each.

    Bonferroni promises 90 % at least; the number that hold all is binomial, and 3.5 deviations below that is a defect.
    """
    rng = np.random.default_rng(5)
    truth = np.arange(9) % 3
    held = 0
    for _ in range(120):
        common = rng.normal(size=6) * 5
        values = truth[:, None] + common + rng.normal(size=(9, 6))
        table = compare_simultaneously(
            outcomes_of(**{f"s{index}": row.tolist() for index, row in enumerate(values)}), [HOURS], confidence=0.9
        )
        misses = np.abs(table["difference"].to_numpy() - (truth[1:] - truth[0])) > table["half_width"].to_numpy()
        held += not misses.any()
    assert held >= 108 - 3.5 * np.sqrt(120 * 0.9 * 0.1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"names": ["port/port/tfi2"]}, "there is no 'port/port/tfi2'; did you mean 'port/port/tfi1'"),
        ({"names": [HOURS], "against": "bb"}, "against: there is no 'bb'"),
    ],
)
def test_unknown_names_are_refused(words, said):
    with pytest.raises(ScenarioError, match=said):
        compare_simultaneously(outcomes_of(a=[1, 2], b=[2, 3]), **words)


def test_one_scenario_or_one_run_is_refused():
    with pytest.raises(ScenarioError) as refusal:
        compare_simultaneously(outcomes_of(a=[1]), [HOURS])
    assert "needs two scenarios" in str(refusal.value)
    assert "one run has no interval" in str(refusal.value)
