"""Regression on outcomes: what counts as the same, as noise and as changed, and what the verb says of it."""

import shutil
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.app import main
from sim.study.regression import (
    CHANGED,
    GONE,
    NEW,
    NOISE,
    SAME,
    UNTESTED,
    choose_outcomes,
    compare_exactly,
    compare_inputs,
    compare_statistically,
)
from tests.unit.test_comparison import LONGER, MISSING, TODAY, only, outcomes_of

BASELINE_FILES = ("config.yaml", "manifest.json", "outcomes.parquet")
values = st.lists(st.floats(-1e6, 1e6) | st.just(MISSING), min_size=2, max_size=8)


def verdict_of(before: list[float], after: list[float]) -> str:
    return only(compare_exactly(outcomes_of({"today": before}), outcomes_of({"today": after})))["verdict"]


def judge(before: list[float], after: list[float], same_luck: bool = True) -> dict:
    return only(compare_statistically(outcomes_of({"today": before}), outcomes_of({"today": after}), same_luck))


@settings(max_examples=30)
@given(values)
def test_study_is_the_same_as_itself_by_either_measure(column):
    assert verdict_of(column, column) == SAME
    assert judge(column, column)["verdict"] == SAME


@settings(max_examples=50)
@given(values, st.floats(-4e-10, 4e-10))
def test_rounding_is_no_change(column, share):
    assert verdict_of(column, [value * (1.0 + share) for value in column]) == SAME


@settings(max_examples=50)
@given(values.filter(lambda column: not np.isnan(column).all()), st.floats(2e-9, 1.0))
def test_more_than_rounding_is_a_change_however_small(column, share):
    assert verdict_of(column, [value + (abs(value) + 1.0) * 2.0 * share for value in column]) == CHANGED


def test_changes_that_cancel_in_the_mean_are_changes():
    row = only(compare_exactly(outcomes_of({"today": [1.0, 2.0, 3.0]}), outcomes_of({"today": [2.0, 1.0, 3.0]})))
    assert (row["verdict"], row["change"], row["differing"], row["replications"]) == (CHANGED, 0.0, 2, 3)


def test_value_that_comes_or_goes_is_new_or_gone():
    assert verdict_of([MISSING, MISSING], [MISSING, 1.0]) == NEW
    assert verdict_of([MISSING, 1.0], [MISSING, MISSING]) == GONE


def test_replications_that_only_one_study_has_are_changes():
    assert verdict_of([1.0, 1.0], [1.0]) == CHANGED


def test_outcomes_and_scenarios_of_only_one_study_are_named():
    both = outcomes_of({"today": TODAY})
    more = pl.concat([both, outcomes_of({"today": TODAY}, "car"), outcomes_of({"joint": TODAY})])
    assert set(compare_exactly(both, more).select("scenario", "name", "verdict").rows()) == {
        ("today", "truck", SAME),
        ("today", "car", NEW),
        ("joint", "truck", NEW),
    }
    assert set(compare_exactly(more, both)["verdict"]) == {SAME, GONE}


def test_what_planners_decide_by_comes_first_and_then_the_largest_share():
    before = [outcomes_of({"today": [10.0]}, name) for name in ("a", "b", "c")]
    stations = outcomes_of({"today": [10.0]}, "gate").with_columns(scope=pl.lit("station"))
    after = [before[0], before[1].with_columns(pl.col("value") * 1.1), before[2].with_columns(pl.col("value") * 0.5)]
    table = compare_exactly(pl.concat([*before, stations]), pl.concat([*after, stations.with_columns(value=0.0)]))
    assert table["name"].to_list() == ["c", "b", "gate", "a"]


def test_paired_interval_is_that_of_the_t_test_at_the_level_shared_by_all():
    names = ("truck", "car", "train")
    before, after = (pl.concat(outcomes_of({"today": column}, name) for name in names) for column in (TODAY, LONGER))
    expected = stats.ttest_rel(LONGER, TODAY).confidence_interval(1.0 - 0.05 / 3)
    for row in compare_statistically(before, after, same_luck=True).iter_rows(named=True):
        assert row["change"] - row["half_width"] == pytest.approx(expected.low)
        assert row["change"] + row["half_width"] == pytest.approx(expected.high)


def test_change_is_judged_by_the_interval():
    noisy = judge([1.0, 2.0, 3.0, 4.0], [1.1, 1.9, 3.2, 3.9])
    assert (noisy["verdict"], abs(noisy["change"]) < noisy["half_width"]) == (NOISE, True)
    clear = judge([1.0, 2.0, 3.0, 4.0], [2.1, 2.9, 4.0, 5.1])
    assert (clear["verdict"], abs(clear["change"]) > clear["half_width"]) == (CHANGED, True)


def test_same_shift_in_every_pair_is_a_change_and_needs_no_interval():
    assert judge([1.0, 2.0], [1.5, 2.5])["verdict"] == CHANGED
    assert judge([1.0, 2.0], [1.5, 2.5], same_luck=False)["verdict"] == NOISE


def test_constants_are_compared_as_they_are():
    assert judge([12.0] * 3, [12.0] * 3, same_luck=False)["verdict"] == SAME
    assert judge([12.0] * 3, [24.0] * 3, same_luck=False)["verdict"] == CHANGED


def test_one_replication_is_not_tested():
    assert judge([1.0], [2.0])["verdict"] == UNTESTED


def test_what_only_some_runs_have_is_not_called_gone():
    assert judge([1.0, MISSING, 2.0], [MISSING] * 3)["verdict"] == UNTESTED
    assert judge([1.0, 3.0, 2.0], [MISSING] * 3)["verdict"] == GONE


@pytest.mark.parametrize("same_luck", [True, False])
def test_checks_of_what_did_not_change_fail_as_seldom_as_stated(same_luck):
    checks, outcomes, runs = 100, 6, 5
    names = np.repeat([f"n{i}" for i in range(outcomes)], runs)
    rng = np.random.default_rng(2)
    failed = 0
    for _ in range(checks):
        before, after = (
            outcomes_of({"today": rng.normal(5.0, 1.0, outcomes * runs)}).with_columns(
                name=pl.Series(names), replication=pl.Series(np.tile(np.arange(runs), outcomes))
            )
            for _ in range(2)
        )
        failed += (compare_statistically(before, after, same_luck)["verdict"] == CHANGED).any()
    assert failed <= stats.binom.ppf(0.999, checks, 0.05)
    assert failed >= 1  # Bonferroni over independent outcomes gives away little: 0.951^100 is below a hundredth


def test_outcomes_are_chosen_by_patterns():
    both = pl.concat([outcomes_of({"today": TODAY}), outcomes_of({"today": TODAY}, "car")])
    assert set(choose_outcomes(both, ["class/c*/release_mean"])["name"]) == {"car"}
    assert choose_outcomes(both, ["station/*"]).is_empty()


def test_inputs_that_differ_are_listed_once_with_both_values():
    old = {"baseline": {"servers": 1, "quota": 5}, "alternative": {"servers": 1}, "settings": {"out": "a", "seed": 1}}
    new = {"baseline": {"servers": 2, "crew": None}, "alternative": {"servers": 2, "hours": "24/7"}}
    assert compare_inputs(old, {**new, "settings": {"out": "b", "workers": 4, "seed": 1}}) == {
        "baseline.servers": (1, 2),
        "baseline.quota": (5, None),
        "alternative.hours": (None, "24/7"),
    }


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """What a repository would keep of a small run."""
    out, stored = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("stored")
    words = ("port=khunjerab", "horizon=smoke", "horizon.start=2025-07-01", "replications=2", "workers=1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["kouan", *words, f"out={out}"])
        main()
    (run,) = out.iterdir()
    for name in BASELINE_FILES:
        shutil.copy(run / name, stored / name)
    return stored


def check(monkeypatch, capsys, *words: str) -> tuple[int, str]:
    """Return the exit code and what is said on both streams."""
    monkeypatch.setattr(sys, "argv", ["kouan", "check", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code)
    said = capsys.readouterr()
    return code, " ".join(f"{said.out} {said.err}".split())


@pytest.mark.parametrize("how", [(), ("--statistical",), ("lang=zh",)])
def test_baseline_that_is_run_again_is_the_same(stored, monkeypatch, capsys, how):
    code, said = check(monkeypatch, capsys, stored, *how)
    assert code == 0
    assert ("与基线相同" if how == ("lang=zh",) else "the same as the baseline") in said
    assert sorted(path.name for path in stored.iterdir()) == sorted(BASELINE_FILES)


def test_changed_input_and_its_outcomes_are_told_and_fail_the_check(stored, tmp_path, monkeypatch, capsys):
    key, table = "demand.classes.export_truck.per_day", tmp_path / "all.csv"
    code, said = check(monkeypatch, capsys, stored, f"{key}=400", f"table={table}")
    assert code == 1
    assert f"baseline.{key}: " in said
    assert "→ 400" in said
    assert "class/export_truck/arrived_per_day" in said
    rows = pl.read_csv(table)
    assert f"{len(rows)} outcomes: {len(rows.filter(verdict=CHANGED))} changed" in said
    assert f"and {len(rows.filter(pl.col('verdict') != SAME)) - 20} more" in said


def test_check_that_could_test_nothing_is_refused(stored, monkeypatch, capsys):
    code, said = check(monkeypatch, capsys, stored, "replications=1", "--statistical")
    assert (code, "has no noise to hold a change against; add replications=20" in said) == (2, True)


def test_other_luck_is_noise(stored, monkeypatch, capsys):
    code, said = check(monkeypatch, capsys, stored, "--statistical", "seed=2", "only=class/*/arrived_per_day")
    assert (code, "nothing moved beyond noise" in said) == (0, True)
    assert "different luck (Welch)" in said


def test_two_folders_are_compared_and_nothing_is_run(stored, monkeypatch, capsys):
    monkeypatch.setattr("sim.verbs.check.replicate_experiment", None)
    assert check(monkeypatch, capsys, stored, stored)[0] == 0


def test_only_chosen_outcomes_are_compared(stored, monkeypatch, capsys):
    code, said = check(monkeypatch, capsys, stored, stored, "only=class/*/release_mean,port/port/tfi1")
    classes = pl.read_parquet(stored / "outcomes.parquet").filter(scope="class")["name"].n_unique()
    assert (code, f"{classes + 1} outcomes:" in said) == (0, True)


WRONG = {
    "no baseline": ((), "takes a baseline"),
    "unknown folder": (("nowhere",), "'nowhere' is no run folder"),
    "words beside two folders": (("{0}", "{0}", "seed=2"), "runs nothing if two folders are given"),
    "unknown option": (("{0}", "--statistic"), "knows no option '--statistic'"),
    "unlikely table": (("{0}", "table=all.txt"), "name a .csv file"),
    "unknown outcomes": (("{0}", "{0}", "only=clas/*"), "no outcome is called like that"),
    "unknown language": (("{0}", "lang=fr"), "must be en or zh"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_words_are_refused(stored, monkeypatch, capsys, case):
    words, told = WRONG[case]
    code, said = check(monkeypatch, capsys, *(word.format(stored) for word in words))
    assert code == 2
    assert told in said


def test_verb_that_is_not_run_again_is_refused_with_what_to_do(stored, tmp_path, monkeypatch, capsys):
    shutil.copytree(stored, tmp_path / "other")
    manifest = tmp_path / "other" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"port=khunjerab"', '"frontier"'), "utf-8")
    code, said = check(monkeypatch, capsys, tmp_path / "other")
    assert code == 2
    assert "does not run 'kouan frontier' again; run it again and give both folders" in said


def test_damaged_baseline_is_refused(stored, tmp_path, monkeypatch, capsys):
    shutil.copytree(stored, tmp_path / "other")
    (tmp_path / "other" / "outcomes.parquet").write_bytes(b"PAR1")
    code, said = check(monkeypatch, capsys, tmp_path / "other")
    assert (code, "is damaged" in said) == (2, True)


def test_sweep_is_run_again_from_the_study_file_in_its_folder(tmp_path, monkeypatch, capsys):
    study = tmp_path / "trucks.yaml"
    study.write_text(
        "question: How many trucks?\nquestion_zh: 多少货车？\noutcome: class/export_truck/release_mean\n"
        "words: [port=khunjerab, horizon=smoke, horizon.start=2025-07-01, replications=2, workers=1]\n"
        "vary: {trucks: {key: demand.classes.export_truck.per_day, values: [20, 30]}}\n",
        "utf-8",
    )
    monkeypatch.setattr(sys, "argv", ["kouan", "sweep", str(study), f"out={tmp_path}"])
    main()
    study.unlink()
    (folder,) = tmp_path.glob("trucks_*")
    assert check(monkeypatch, capsys, folder)[0] == 0
    code, said = check(monkeypatch, capsys, folder, "seed=2")
    assert code == 1
    assert "settings.seed: 1 → 2" in said
    assert "trucks=30" in said
