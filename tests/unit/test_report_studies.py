"""The pages of studies of many scenarios: sweeps and frontiers."""

from html import unescape
from pathlib import Path

import polars as pl
import pytest

from sim.scenario.settings import Experiment
from sim.scenario.study_file import parse_study
from sim.study.frontier import compare_policies
from sim.study.store import Store
from sim.study.sweep import run_points
from sim.views.report_figures import draw_report_figures
from sim.views.run_folder import (
    describe_program,
    read_table,
    write_comparison,
)
from sim.views.sweep_folder import tabulate_points, write_sweep
from tests.unit.test_report import page_of, policy
from tests.unit.test_sweep import POINTS, SETTINGS
from tests.unit.tiny import tiny_scenario


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """The folder of a sweep over gates, of which one case did not fit."""
    place = tmp_path_factory.mktemp("sweep")
    sweep = run_points(POINTS, SETTINGS, Store(place / "store"))
    gates = {"key": "port.facilities.gate.servers", "values": [1, 2, 3], "label": "gates", "label_zh": "卡口数"}
    study = parse_study({"question_zh": "几个卡口？", "outcome": "class/truck/release_mean", "vary": {"gates": gates}})
    experiment = Experiment(baseline=POINTS[0].scenario, alternative=None, settings=SETTINGS)
    points = tabulate_points(POINTS, sweep, {"four": "too many"})
    about = {"command": ["sweep", "/somewhere/of/mine.yaml", "workers=2"], **describe_program()}
    write_sweep(place / "study", {"points": points}, sweep.scan(), (study, experiment), about)
    return place / "study"


def test_page_of_a_sweep_has_its_best_case_and_what_failed(swept):
    means = read_table(swept, "outcomes").filter(scope="class", name="truck", measure="release_mean")
    best = means.group_by("scenario").agg(pl.col("value").mean()).sort("value")["scenario"][0]
    page = page_of(swept)
    for words in (f"Of 3 cases, {best} comes out smallest in trucks: release time, mean", "four: too many", "1, 2, 3"):
        assert words in page
    assert "kouan sweep study.yaml seed=1 replications=2" in page
    assert "/somewhere/of/mine.yaml" not in page


def test_page_of_a_sweep_draws_the_outcome_against_each_factor(swept):
    (figure,) = draw_report_figures(swept, "zh")
    page = page_of(swept, "zh", [figure])
    assert figure.key == "responses"
    assert "几个卡口？" in page
    assert "卡口数" in page
    assert "<svg role=" in page


def test_sweep_without_its_outcome_says_so(swept, tmp_path):
    for path in swept.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    study = (swept / "study.yaml").read_text("utf-8")
    (tmp_path / "study.yaml").write_text(study.replace("release_mean", "riddle"), "utf-8")
    assert "There is no outcome 'class/truck/riddle'" in unescape(page_of(tmp_path))


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Path:
    """The folder of a frontier of hand-made outcomes: one policy saves two hours for 5,000 yuan, one costs in vain."""
    values = {"baseline": (10_000.0, 5.0), "faster": (15_000.0, 3.0), "in_vain": (20_000.0, 5.0)}
    rows = [
        {
            "scenario": label,
            "replication": run,
            "scope": scope,
            "name": "port",
            "measure": measure,
            "unit": unit,
            "value": value,
        }
        for label, (cost, hours) in values.items()
        for run in range(3)
        for scope, measure, unit, value in (("cost", "per_day", "yuan", cost), ("port", "tfi1", "h", hours))
    ]
    outcomes = pl.DataFrame(rows)
    experiment = Experiment(
        baseline=tiny_scenario(),
        alternative=None,
        settings=SETTINGS,
        policies={"faster": policy(), "in_vain": policy()},
    )
    folder = tmp_path_factory.mktemp("frontier")
    write_comparison(folder, outcomes, compare_policies(outcomes), experiment, {"command": ["frontier", "port=tiny"]})
    return folder


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "1 of 2 policies are on the frontier",
                "faster saves most hours: freight clears the border in 3.00 hours instead of 5.00 hours (2.00",
                "the port would pay 5,000 yuan a day more.",
                "Another gate?",
            ),
        ),
        ("zh", ("2项政策中有1项位于前沿", "每日多支出5,000元", "再开一道卡口？", "●\u00a0现状")),
    ],
)
def test_page_of_a_frontier_says_which_saves_most_and_its_price(compared, language, words):
    page = page_of(compared, language)
    for each in words:
        assert each in page
    assert "●\u00a0in_vain" not in page
