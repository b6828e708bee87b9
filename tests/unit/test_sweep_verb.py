"""The verb `sweep`: what it refuses, what it prints and what it writes."""

from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.load import load_experiment
from sim.scenario.study_file import parse_study
from sim.study.store import Store
from sim.study.sweep import run_points
from sim.verbs.sweep import find_policies, load_worlds, open_store, sweep_study
from sim.views.run_folder import ResultsError, read_experiment_of, read_table
from sim.views.sweep import print_sweep, tabulate_outcome
from sim.views.sweep_folder import name_sweep, tabulate_points, write_sweep
from tests.unit.test_sweep import POINTS, SETTINGS

STUDY = parse_study(
    {"question": "How many gates?", "question_zh": "需要几个卡口？", "outcome": "class/truck/release_mean"}
)


def refused(*words: str) -> str:
    with pytest.raises(ScenarioError) as refusal:
        sweep_study(Console(file=StringIO()), list(words))
    return str(refusal.value)


@pytest.mark.parametrize("words", [(), ("a.yaml", "b.yaml"), ("a.yaml", "horgos_road")])
def test_anything_but_one_study_file_is_refused(words):
    assert "takes one study file" in refused(*words)


def test_policies_on_the_command_line_are_refused():
    with pytest.raises(ScenarioError, match="does not take 'policy="):
        load_worlds(STUDY, ["policy=[hours_24x7]"])


def test_unknown_policy_of_a_study_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match="there is no 'hours_24x8'; did you mean 'hours_24x7'"):
        find_policies(parse_study({"policies": [["hours_24x8"]]}))


def test_worlds_differ_by_their_words_and_share_the_study_s_and_the_command_line_s():
    study = parse_study(
        {"words": ["horizon=smoke"], "scenarios": {"now": [], "busy": ["demand.classes.import_truck.per_day=500"]}}
    )
    worlds = load_worlds(study, ["replications=3"])
    assert {name: each.baseline.demand.classes["import_truck"].per_day == 500 for name, each in worlds.items()} == {
        "now": False,
        "busy": True,
    }
    assert {each.settings.replications for each in worlds.values()} == {3}


def test_store_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "taken").write_text("a file in the way")
    with pytest.raises(ResultsError, match="choose another folder"):
        open_store(tmp_path / "taken")


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    sweep = run_points(POINTS, SETTINGS, Store(tmp_path_factory.mktemp("store")))
    return sweep, tabulate_points(POINTS, sweep, {"none": "port: too small"})


def test_table_has_factors_mean_and_paired_difference_to_the_first(swept):
    sweep, points = swept
    table = tabulate_outcome(sweep.outcomes, points, STUDY.outcome, 0.95)
    assert table["scenario"].to_list() == ["one", "two", "three"]
    assert table["gates"].to_list() == [1, 2, 3]
    values = sweep.outcomes.filter(scope="class", name="truck", measure="release_mean")
    means = [values.filter(scenario=label)["value"].mean() for label in table["scenario"]]
    assert table["mean"].to_list() == pytest.approx(means)
    assert table["difference"].to_list() == pytest.approx([mean - means[0] for mean in means])
    assert table["difference_half_width"][0] == 0.0


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "How many gates?",
                "3 of 4 points: trucks: release time, mean",
                "1 of 4 points failed",
                "none: port: too small",
            ),
        ),
        ("zh", ("需要几个卡口？", "4个方案中的3个：货车：放行时间均值", "4个方案中有1个失败")),
    ],
)
def test_print_ranks_the_points_and_says_what_failed(swept, language, expected):
    sweep, points = swept
    said = StringIO()
    table = tabulate_outcome(sweep.outcomes, points, STUDY.outcome, 0.95)
    print_sweep(Console(file=said, width=150), table, points, (STUDY, POINTS[0].scenario), language)
    for words in expected:
        assert words in said.getvalue()
    rows = [line for line in said.getvalue().splitlines() if line.startswith("│")]
    assert rows[0].split()[1] == table.sort("mean")["scenario"][0]


def test_unknown_outcome_is_said_and_nothing_is_lost(swept):
    sweep, points = swept
    said = StringIO()
    study = STUDY.model_copy(update={"outcome": "port/port/tfi9"})
    table = tabulate_outcome(sweep.outcomes, points, study.outcome, 0.95)
    print_sweep(Console(file=said, width=150), table, points, (study, POINTS[0].scenario))
    assert "there is no outcome 'port/port/tfi9'" in said.getvalue()


def test_folder_is_read_like_a_run_folder_and_takes_the_place_of_the_same_study_s(swept, tmp_path):
    sweep, points = swept
    experiment = load_experiment("horizon=smoke")
    folder = tmp_path / "study"
    for _ in range(2):
        write_sweep(folder, {"points": points}, sweep.scan(), (STUDY, experiment), {"command": ["sweep"]})
    assert [path.name for path in tmp_path.iterdir()] == ["study"]
    assert read_table(folder, "outcomes").equals(sweep.outcomes, null_equal=True)
    assert read_experiment_of(folder) == experiment
    assert pl.read_csv(folder / "points.csv")["state"].to_list() == ["done", "done", "done", "does not fit"]


def test_name_of_a_folder_is_that_of_its_study_and_words_alone():
    def name(study=STUDY, words=("seed=1",)) -> str:
        return name_sweep(Path("out"), "My lanes", study, words).name

    assert name().startswith("my-lanes_")
    assert name() == name(words=("seed=1", "workers=2", "out=elsewhere"))
    assert len({name(), name(words=("seed=2",)), name(STUDY.model_copy(update={"question": "?"}))}) == 3
