"""The verb `search`: what it refuses, and what it prints, draws and writes."""

from html import unescape
from io import StringIO
from pathlib import Path
from string import Formatter

import polars as pl
import pytest
from rich.console import Console

from sim.scenario import ScenarioError
from sim.study import sweep as sweep_module
from sim.study.search import Effort, trace_progress
from sim.study.store import Job
from sim.study.sweep import measure_job
from sim.study.verification import BASELINE, pick_candidates, tabulate_verified, verify_front
from sim.verbs.search import search_study
from sim.views.report_figures import draw_report_figures
from sim.views.run_folder import read_manifest, read_table
from sim.views.search import Found, print_search
from sim.views.search_figure import draw_front, expect_fresh
from sim.views.search_words import SEARCH_WORDS
from tests.unit.test_report import page_of
from tests.unit.test_search import EFFORT, EXPERIMENT, PORT_GOALS, STUDY, begin

HOURS = """
question: Which hours?
words: [port=jeminay, horizon=smoke, replications=2, workers=1]
vary:
  hours: {key: port.hours.china.open, values: ["Mo-Su 09:00-18:00", "Mo-Su 08:00-21:00"], label: hours of our side}
objectives: [port/port/staff_hours, port/port/tfi1]
"""


def write(folder: Path, text: str) -> str:
    path = folder / "hours.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("policies: [[]]", (), "there is nothing to decide"),
        ("policies: {baseline: [hours_24x7], none: []}", (), "is what the world without any is called"),
        (HOURS + "scenarios: {now: [], later: []}", (), "search one world at a time"),
        (HOURS, ("objectives=port/port/tfi1",), "objectives: there is only one; name two or three"),
        (HOURS, ("objectives=tfi1,port/port/staff_hours",), "objectives"),
        (HOURS, ("budget=some",), "must be a valid number"),
        (HOURS, ("trials=0",), "trials is 0, must be greater than 0"),
        (HOURS, ("precision=0.1",), "leave precision out"),
        (HOURS + "constraints: {port/port/staff_hours: {}}", (), "needs least, most or both"),
        (HOURS + "constraints: {port/port/tfi1: {least: 2, most: 1}}", (), "least must not be above most"),
    ],
)
def test_what_makes_no_search_is_refused(tmp_path, text, words, expected):
    with pytest.raises(ScenarioError, match=expected):
        search_study(Console(file=StringIO()), [write(tmp_path, text), *words])


def test_anything_but_one_study_file_is_refused():
    with pytest.raises(ScenarioError, match="takes one study file"):
        search_study(Console(file=StringIO()), ["horgos_road"])


@pytest.mark.slow
def test_verb_writes_a_folder_with_fresh_runs_alone(tmp_path):
    said = StringIO()
    words = ["trials=4", "batch=2", "verify=3", f"out={tmp_path}"]
    search_study(Console(file=said, width=150), [write(tmp_path, HOURS), *words])
    (folder,) = tmp_path.glob("hours-search_*")
    assert f"tables: {folder}" in said.getvalue()
    assert "Which hours?" in said.getvalue()
    assert (folder / "front.png").read_bytes().startswith(b"\x89PNG")
    manifest = read_manifest(folder)
    assert manifest["kind"] == "search"
    for language, sentences in manifest["answer"].items():
        figures = list(draw_report_figures(folder, language))
        assert [figure.key for figure in figures] == ["front"]
        page = unescape(page_of(folder, language, figures))
        assert sentences
        assert all(sentence in page for sentence in sentences)
    assert set(read_table(folder, "outcomes")["replication"]) == {2, 3, 4}
    assert pl.read_csv(folder / "trials.csv")["scenario"][0] == BASELINE
    with pytest.raises(
        ScenarioError, match="none of 4 trials keeps to them; nearest is baseline hours=Mo-Su 09:00-18:00"
    ):
        search_study(Console(file=StringIO()), [write(tmp_path, HOURS), *words, "budget=1"])


def search(folder: Path) -> Found:
    trials = begin(folder)
    progress = trace_progress(trials.search(EFFORT))
    candidates = pick_candidates(trials.outcomes, trials.judgements, PORT_GOALS, 0.95, 20)
    fresh = trials.verify(candidates, 4).outcomes
    verified = verify_front(fresh, trials.judgements, PORT_GOALS, 0.95)
    table = tabulate_verified(fresh, verified, PORT_GOALS, 0.95)
    return Found(STUDY, EXPERIMENT.baseline, trials.tabulate(), table, verified, progress, Effort(verify=4), "en")


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Found:
    return search(tmp_path_factory.mktemp("store"))


def say(found: Found) -> str:
    said = StringIO()
    print_search(Console(file=said, width=160), found, EXPERIMENT.settings)
    return said.getvalue()


def test_print_has_the_front_its_best_points_and_what_to_doubt(found):
    said = say(found)
    assert "staff-hours a day at most 60.0" in said
    assert "Best in staff-hours a day: 24.0 staff-h/day, " in said
    assert "; with gates 4" in said
    assert "Means of 4 fresh runs" in said
    assert "Fresh runs moved them on average by +0.00 staff-h/day in staff-hours a day; the baseline" in said


def test_chinese_has_no_english_sentence(found):
    said = say(Found(**{**vars(found), "language": "zh"}))
    assert "搜索本身会推荐" in said
    assert "每日工时不超过60.0" in said
    assert "fresh runs" not in said


def test_table_puts_the_front_first_with_paired_differences(found):
    rows = found.table.filter(outcome="class/truck/release_mean")
    assert rows["scenario"].to_list()[: len(found.verified.front)] == found.verified.front
    now = rows.row(by_predicate=pl.col("scenario") == BASELINE, named=True)
    assert now["difference"] == 0.0
    for row in rows.iter_rows(named=True):
        assert row["difference"] == pytest.approx(row["mean"] - now["mean"])


def test_figure_has_units_every_point_once_and_names_the_best(found):
    (axes,) = draw_front(found, 2).axes
    assert axes.get_xlabel() == "staff-hours a day (staff-h/day)"
    assert axes.get_ylabel() == "trucks: release time, mean (h)"
    shown = found.trials.filter(pl.col("state").is_in(["kept", "broken"]))
    tried = set(shown["scenario"]) - {BASELINE, *found.verified.front}
    drawn = [points for points in axes.collections if points.get_label() in ("tried", "tried, breaks a constraint")]
    assert sum(len(points.get_offsets()) for points in drawn) == len(tried)
    assert "Best in trucks: release time, mean" in {text.get_text() for text in axes.texts}


def test_small_points_lie_where_fresh_runs_of_them_would(found):
    """Four fresh runs are not the two of the search; a line through all candidates has residuals of mean 0."""
    outcome = "class/truck/release_mean"
    both = found.trials.join(found.table.filter(outcome=outcome), on="scenario")
    assert len(both) > 2
    assert (expect_fresh(found, outcome, both[outcome]) - both["mean"].to_numpy()).mean() == pytest.approx(
        0.0, abs=1e-9
    )


def test_both_languages_say_the_same_things_and_fill_in_the_same_values():
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    english, chinese = SEARCH_WORDS["en"], SEARCH_WORDS["zh"]
    assert english.keys() == chinese.keys()
    assert {key: fields(text) for key, text in english.items()} == {key: fields(text) for key, text in chinese.items()}


def test_search_of_a_port_without_a_baseline_that_runs_still_has_a_front(tmp_path, monkeypatch):
    def measure(job: Job) -> pl.DataFrame:
        if job.label == BASELINE:
            raise RuntimeError("gate waits for yard")
        return measure_job(job)

    monkeypatch.setattr(sweep_module, "measure_job", measure)
    found = search(tmp_path)
    assert found.verified.front
    assert BASELINE not in found.verified.judgements
    assert found.table["difference"].is_null().all()
    assert "the baseline, which nobody chose" not in say(found)
    assert draw_front(found, 2).axes
