"""The frontier of policies: who beats whom, what is skipped, and the table and picture of it."""

from io import StringIO

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.policies import Policy
from sim.study.frontier import compare_policies, find_beaten
from sim.verbs import frontier
from sim.views.frontier import plot_frontier, print_frontier
from sim.views.run_folder import read_table
from tests.unit.test_costs import priced

levels = st.integers(1, 6).map(float)


def make_outcomes(**scenarios: tuple[list[float], list[float]]) -> pl.DataFrame:
    """Return outcomes of scenarios by what the port pays and the hours in each replication."""
    rows = [
        (label, replication, *what, value)
        for label, both in scenarios.items()
        for what, values in zip(
            (("cost", "port", "per_day", "yuan/day"), ("port", "port", "tfi1", "h")), both, strict=True
        )
        for replication, value in enumerate(values)
    ]
    return pl.DataFrame(
        rows, ["scenario", "replication", "scope", "name", "measure", "unit", "value"], orient="row"
    ).with_columns(pl.col("replication").cast(pl.Int32))


def always(cost: float, hours: float) -> tuple[list[float], list[float]]:
    return [cost] * 3, [hours] * 3


def test_cheaper_and_faster_beats():
    assert find_beaten(make_outcomes(a=always(10, 5), b=always(9, 4))) == {"a": "b", "b": None}


def test_faster_for_the_same_money_beats():
    assert find_beaten(make_outcomes(a=always(10, 5), b=always(10, 4))) == {"a": "b", "b": None}


def test_dearer_and_faster_beats_nobody():
    assert find_beaten(make_outcomes(a=always(10, 5), b=always(11, 4))) == {"a": None, "b": None}


def test_equal_ones_do_not_beat_each_other():
    assert find_beaten(make_outcomes(a=always(10, 5), b=always(10, 5))) == {"a": None, "b": None}


def test_less_than_a_hundredth_makes_nobody_dearer():
    assert find_beaten(make_outcomes(a=always(100, 5), b=always(100.5, 4)))["a"] == "b"
    assert find_beaten(make_outcomes(a=always(100, 5), b=always(102, 4)))["a"] is None


def test_what_may_be_luck_beats_nobody():
    """Differences of -3, -1 and 1 hours: mean -1, half-width 4.97."""
    noisy = make_outcomes(a=([10] * 3, [5.0, 5.0, 5.0]), b=([10] * 3, [2.0, 4.0, 6.0]))
    assert find_beaten(noisy) == {"a": None, "b": None}


def test_difference_is_paired():
    """Hours differ much between replications, and by exactly one between policies."""
    paired = make_outcomes(a=([10] * 3, [5.0, 50.0, 20.0]), b=([10] * 3, [4.0, 49.0, 19.0]))
    assert find_beaten(paired)["a"] == "b"


def test_one_replication_beats_nobody():
    assert find_beaten(make_outcomes(a=([10], [5]), b=([9], [4]))) == {"a": None, "b": None}


@given(st.lists(st.tuples(levels, levels), min_size=1, max_size=6))
@settings(max_examples=25)
def test_without_luck_the_frontier_is_that_of_pareto(points):
    beaten = find_beaten(make_outcomes(**{str(i): always(*point) for i, point in enumerate(points)}))
    for i, (cost, hours) in enumerate(points):
        better = [(c, h) for c, h in points if c <= cost and h <= hours and (c, h) != (cost, hours)]
        assert (beaten[str(i)] is None) == (not better)


def make_policy(**changes) -> Policy:
    words = {"question": "What if?", "question_zh": "如何？", "costs": "nothing", "costs_zh": "无"}
    return Policy(**words, article="Art. 29", basis="assumed", set=changes)


def test_policies_that_do_not_fit_are_named_and_left_out():
    policies = {
        "cheap": make_policy(costs={"lane_yuan_per_h": 1.0}),
        "rail": make_policy(port={"facilities": {"arrival_tracks": {"servers": 2}}}),
    }
    scenarios, misfits = frontier.apply_each(priced(), policies)
    assert list(scenarios) == ["baseline", "cheap"]
    assert misfits == ["rail"]
    with pytest.raises(ScenarioError, match="none fits Tiny"):
        frontier.apply_each(priced(), {"rail": policies["rail"]})


def test_unknown_policy_is_refused_with_the_nearest_one():
    with pytest.raises(ScenarioError, match="'hours_24x7'"):
        frontier.choose_policies(["hours_24x8"])


def test_all_policies_are_levers_and_those_named_may_be_what_befalls():
    assert "lower_fees" in frontier.choose_policies([])
    assert "disruption_snow_day" not in frontier.choose_policies([])
    assert list(frontier.choose_policies(["disruption_snow_day"])) == ["disruption_snow_day"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["horgos"], "cannot read 'horgos'"),
        (["costs=[]", "horizon=smoke"], "needs prices"),
        (["costs.truck.mode=null", "horizon=smoke"], "no freight crosses the border"),
    ],
)
def test_words_that_make_no_frontier_are_refused(words, expected):
    with pytest.raises(ScenarioError, match=expected):
        frontier.show_frontier(Console(file=StringIO()), words)


def test_verb_writes_a_run_folder_and_says_what_it_left_out(tmp_path):
    said = StringIO()
    words = ["port=urumqi_air", "policy=[lower_fees,more_cargo_flights,extra_lanes]", "horizon=smoke"]
    frontier.show_frontier(Console(file=said, width=120), [*words, "replications=2", "workers=1", f"out={tmp_path}"])
    (folder,) = tmp_path.glob("2*")
    assert folder.name.endswith("_urumqi-airport-cargo_frontier")
    assert (folder / "frontier.png").read_bytes().startswith(b"\x89PNG")
    scenarios = {"baseline", "lower_fees", "more_cargo_flights"}
    assert set(read_table(folder, "outcomes")["scenario"]) == scenarios
    assert set(pl.read_csv(folder / "frontier.csv")["scenario"]) == scenarios
    assert "has not what they change: extra_lanes" in said.getvalue()
    assert f"tables: {folder}" in said.getvalue()


def test_table_shows_levels_and_differences_and_marks_the_frontier():
    outcomes = make_outcomes(baseline=always(10_000, 5), slow=always(12_000, 6), fast=always(13_000, 4))
    text = StringIO()
    print_frontier(Console(file=text, width=120), compare_policies(outcomes), "Tiny")
    rows = [line.replace("│", " ").split() for line in text.getvalue().splitlines()]
    assert ["●", "baseline", "10.0", "5.00"] in rows
    assert ["slow", "+2.00", "±", "0.00", "+1.00", "±", "0.00"] in rows
    assert ["●", "fast", "+3.00", "±", "0.00", "−1.00", "±", "0.00"] in rows


def test_picture_names_every_policy_once(tmp_path, monkeypatch):
    drawn = {}
    outcomes = make_outcomes(baseline=always(10, 5), **{f"policy_{i}": always(10 + i, 5 - i / 4) for i in range(12)})
    monkeypatch.setattr("sim.views.frontier.Figure.savefig", lambda figure, *_, **__: drawn.update(figure=figure))
    plot_frontier(compare_policies(outcomes), tmp_path / "frontier.png", "Tiny")
    (axes,) = drawn["figure"].axes
    texts = {text.get_text(): text.get_position()[1] for text in axes.texts}
    names = ["baseline", *(f"policy_{i}" for i in range(12))]
    assert set(names) < set(texts)
    heights = np.sort([texts[name] for name in names])
    assert np.diff(heights).min() > 0.03  # a line of text is about that high
    assert axes.get_xlabel()
    assert axes.get_ylabel()
