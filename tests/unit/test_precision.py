"""Precision on demand: when it stops, what it asks for next, what it refuses, and what it writes."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.app import main
from sim.scenario import ScenarioError
from sim.scenario.settings import Settings
from sim.study.precision import Precision, measure_precision, read_precision, replicate_until
from sim.study.replication import join_studies, replicate_scenarios
from sim.study.store import Job
from sim.study.sweep import measure_job
from sim.views.run_folder import read_manifest, read_table
from tests.unit.test_comparison import outcomes_of
from tests.unit.tiny import tiny_scenario

TRUCK = "class/truck/release_mean"
QUICK = ("horizon=smoke", "workers=1", "replications=2")


def rule_of(share: float = 0.1, outcome: str = TRUCK, most: int = 200) -> Precision:
    return Precision(outcome, share, 0.95, 10, most)


def replicate(rule: Precision, *columns: list[float]) -> tuple[pl.DataFrame, list[range]]:
    """Return outcomes of scenarios with these values, over and over, and the batches that were asked for."""
    asked: list[range] = []

    def simulate(which: range) -> pl.DataFrame:
        asked.append(which)
        values = {f"s{place}": [column[i % len(column)] for i in which] for place, column in enumerate(columns)}
        return outcomes_of(values).with_columns(pl.col("replication") + which.start)

    return replicate_until(simulate, rule), asked


def test_narrow_interval_needs_no_more_than_the_first_batch():
    assert replicate(rule_of(), [1.0, 1.01])[1] == [range(10)]


def test_constant_outcome_is_known_even_if_it_is_zero():
    assert replicate(rule_of(), [0.0])[1] == [range(10)]


def test_batches_follow_each_other_and_run_nothing_twice():
    outcomes, asked = replicate(rule_of(0.05), [1.0, 2.0])
    assert len(asked) > 2
    assert [i for which in asked for i in which] == outcomes["replication"].to_list() == list(range(asked[-1].stop))


def test_scenario_with_the_widest_interval_decides():
    alone = replicate(rule_of(), [1.0, 2.0])[1]
    assert replicate(rule_of(), [1.0, 1.01], [1.0, 2.0])[1] == alone


def test_next_batch_is_what_the_spread_asks_for():
    # Ten values 0.8 and 1.2: deviation 0.2108, t(0.975, 9) = 2.2622, half-width 0.1508 of the mean; the bound for a
    # tenth is 1/11 = 0.0909, so (0.1508 / 0.0909)^2 = 2.752 times ten would do, but no more than twice as many come.
    assert replicate(rule_of(), [0.8, 1.2])[1][:2] == [range(10), range(10, 20)]
    # With 0.85 and 1.15 it is 0.1131 of the mean and 1.548 times ten.
    assert replicate(rule_of(), [0.85, 1.15])[1][:2] == [range(10), range(10, 16)]


def test_mean_of_zero_is_never_known_to_a_share_and_ends_at_the_cap():
    outcomes, asked = replicate(rule_of(most=36), [-1.0, 1.0])
    assert asked[-1].stop == 36
    assert measure_precision(outcomes, rule_of())["s0"] == float("inf")


@given(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=40), st.floats(0.01, 0.5), st.integers(10, 60))
def test_study_ends_with_the_precision_or_at_the_cap(values, share, most):
    rule = rule_of(share, most=most)
    outcomes, asked = replicate(rule, values)
    assert asked[-1].stop <= most
    assert asked[-1].stop == most or measure_precision(outcomes, rule)["s0"] <= rule.bound


def test_unknown_outcome_is_refused_after_the_first_batch_with_what_is_close():
    with pytest.raises(ScenarioError, match=r"precision_of is 'class/truck/release', .*did you mean '" + TRUCK):
        replicate(rule_of(outcome="class/truck/release"), [1.0, 2.0])


def test_name_that_is_like_none_is_refused_with_what_can_be_asked():
    with pytest.raises(ScenarioError, match=f"known are: {TRUCK}"):
        replicate(rule_of(outcome="hours"), [1.0, 2.0])


def test_outcome_that_is_too_rare_for_an_interval_is_refused():
    with pytest.raises(ScenarioError, match="has a value in 1 of the first 10 runs of s0"):
        replicate(rule_of(), [1.0, *[float("nan")] * 9])


def test_joined_batches_are_the_study_that_is_run_at_once():
    scenarios = {"a": tiny_scenario(), "b": tiny_scenario(**{"demand.classes.truck.per_day": 80})}
    whole = replicate_scenarios(scenarios, 3, seed=4)
    joined = join_studies([replicate_scenarios(scenarios, which, seed=4) for which in (range(2), range(2, 3))])
    assert joined.outcomes.equals(whole.outcomes, null_equal=True)
    assert joined.replications == whole.replications
    assert [run.present.tolist() for run in joined.series["b"]] == [run.present.tolist() for run in whole.series["b"]]
    assert {name: len(runs) for name, runs in joined.roads.items()} == {"a": 3, "b": 3}
    np.testing.assert_array_equal(joined.visits["a"].fate, whole.visits["a"].fate)


def kouan(monkeypatch, capsys, *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["kouan", *words])
    main()
    return " ".join(capsys.readouterr().out.split())


def test_run_says_the_precision_that_it_reached_and_so_does_its_folder(tmp_path, monkeypatch, capsys):
    words = (*QUICK, "port=khunjerab", "horizon.start=2025-07-01", f"out={tmp_path}")
    asked = ("precision=0.01", "precision_of=class/export_truck/release_mean", "most_replications=11")
    said = kouan(monkeypatch, capsys, *words, *asked)
    (folder,) = tmp_path.iterdir()
    note = f"precision: {asked[1].removeprefix('precision_of=')}: baseline ± "
    assert note in said
    assert "after 11 replications, the most that were allowed; 1.00% was asked" in said
    manifest = read_manifest(folder)
    assert manifest["replications"] == read_table(folder, "outcomes")["replication"].n_unique() == 11
    assert manifest["precision"]["asked"] == 0.01
    assert f"baseline ± {manifest['precision']['reached']['baseline']:.2%}" in said
    assert note in kouan(monkeypatch, capsys, "show", str(folder))


def test_cap_below_the_first_replications_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["kouan", "precision=0.01", "replications=30", "most_replications=20"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "most_replications: is below replications=30" in " ".join(capsys.readouterr().err.split())


def test_point_of_a_sweep_is_replicated_until_it_is_known_and_kept_under_a_key_of_its_own():
    fixed = Settings(replications=10, seed=1, workers=1, engine="compiled", out=Path("results"))
    asked = fixed.model_copy(update={"precision": 0.05, "precision_of": "class/truck/released_per_day"})
    few, enough = (Job("a", tiny_scenario(), settings, ("port",)) for settings in (fixed, asked))
    assert few.key != enough.key
    measured = measure_job(enough)
    count = measured["replication"].n_unique()
    assert count > 10
    assert set(measured["scope"]) == {"port"}
    whole = replicate_scenarios({"a": tiny_scenario()}, count).outcomes
    assert measured.equals(whole.filter(scope="port").drop("scenario"), null_equal=True)
    assert measure_precision(whole, read_precision(asked))["a"] <= read_precision(asked).bound
