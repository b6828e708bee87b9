"""What matters most: the planted assumption comes first, what does nothing last, and words say which."""

import json
from html import unescape
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.load import load_experiment
from sim.scenario.policy import Policy
from sim.scenario.study_file import parse_study, read_study_file
from sim.study import sweep as sweep_module
from sim.study.conclusion import Conclusion, Measured, measure_conclusion
from sim.study.matters import Plan, find_what_matters
from sim.study.store import Store
from sim.verbs.matters import show_what_matters
from sim.views.assumption_names import name_assumptions
from sim.views.matters import Told, plot_answer, tell
from sim.views.report_figures import draw_report_figures
from sim.views.run_folder import read_manifest, read_table
from tests.unit.test_report import page_of
from tests.unit.test_sweep import SETTINGS
from tests.unit.tiny import tiny_scenario

OUTCOME = "class/truck/release_mean"
YARD, GATE, PLACES = "port.facilities.yard.service", "port.facilities.gate.servers", "port.facilities.yard.places"
RANGES = {
    GATE: {"key": GATE, "least": 1, "most": 3, "whole": True, "label": "gates", "label_zh": "卡口数"},
    YARD: {
        "key": YARD,
        "how": "times",
        "least": 0.7,
        "most": 1.3,
        "label": "hours in the yard",
        "label_zh": "场内时间",
    },
    PLACES: {"key": PLACES, "least": 40, "most": 60, "whole": True},
}
FACTORS = name_assumptions(parse_study({"vary": RANGES}).vary, tiny_scenario(), {})
LEVEL = Conclusion(tiny_scenario(), {}, FACTORS, OUTCOME)


def slopes(**noise: float):
    """Return what measures 10 + 5 x yard + gates + as much as there is luck in places, in three replications."""

    def measure(design):
        rows = [
            10.0
            + 5.0 * level.get(YARD, 1.0)
            + level.get(GATE, 2)
            + noise.get("places", 0.0) * (level.get(PLACES, 40) - 40) / 20 * np.array([-1.0, 0.0, 1.1])
            for level in design
        ]
        return Measured(np.array([np.broadcast_to(row, 3) for row in rows]), {})

    return measure


def verdicts(table: pl.DataFrame) -> dict[str, str]:
    return dict(table.select("factor", "verdict").iter_rows())


@pytest.mark.parametrize("method", ["morris", "tornado", "sobol"])
def test_assumption_that_is_planted_to_dominate_comes_first_and_idle_one_moves_nothing(method):
    answer = find_what_matters(LEVEL, Plan(method=method), slopes(), 0.95)
    assert answer.table["factor"].to_list() == [YARD, GATE, PLACES]
    assert verdicts(answer.table) == {YARD: "moves", GATE: "moves", PLACES: "nothing"}


def test_range_of_many_rows_is_told_as_the_share_of_what_each_of_them_is():
    key = "port.facilities.*.service"
    vary = parse_study({"vary": {key: {"key": key, "how": "times", "least": 0.7, "most": 1.3}}}).vary
    conclusion = Conclusion(tiny_scenario(), {}, vary, OUTCOME)
    row = find_what_matters(conclusion, Plan(method="tornado"), slopes(), 0.95).table.row(0, named=True)
    assert (row["as_is"], row["least"], row["most"]) == (None, 0.7, 1.3)


def test_both_ends_are_measured_with_all_else_as_it_is():
    table = find_what_matters(LEVEL, Plan(method="tornado"), slopes(), 0.95).table
    gate = table.row(by_predicate=pl.col("factor") == GATE, named=True)
    assert (gate["as_is"], gate["least"], gate["most"]) == (2.0, 1.0, 3.0)
    assert (gate["at_least"], gate["at_most"], gate["size"]) == (16.0, 18.0, 2.0)
    yard = table.row(by_predicate=pl.col("factor") == YARD, named=True)
    assert (yard["as_is"], yard["least"], yard["most"]) == (60.0, 42.0, 78.0)
    assert (yard["at_least"], yard["at_most"]) == pytest.approx((15.5, 18.5))


def test_interval_at_an_end_is_that_of_the_paired_change():
    """Luck of 0, 1 and 2 at all points alike is none of a change."""

    def measure(design):
        return Measured(np.array([[level.get(GATE, 2) + luck for luck in range(3)] for level in design], float), {})

    table = find_what_matters(LEVEL, Plan(method="tornado"), measure, 0.95).table
    assert table["at_least_half_width"].to_list() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("method", ["morris", "tornado"])
def test_what_luck_alone_may_do_is_not_told_from_luck_and_ranks_below_what_is(method):
    answer = find_what_matters(LEVEL, Plan(method=method), slopes(places=300.0), 0.95)
    assert verdicts(answer.table)[PLACES] == "luck"
    assert answer.table["factor"].to_list()[-1] == PLACES
    said = "\n".join(tell(Told(answer, LEVEL, Plan(method=method), SETTINGS, "h", "en")))
    assert "do not tell from luck (yard: places, waiting and served): ask for more" in said


def test_sobol_looks_at_those_that_a_screen_finds_largest():
    answer = find_what_matters(LEVEL, Plan(method="sobol", top=1, size=8), slopes(), 0.95)
    assert answer.screened_out == 2
    assert answer.table["size"].to_list() == pytest.approx([1.0], abs=0.35)


@pytest.mark.parametrize(("method", "top"), [("morris", 8), ("sobol", 8), ("sobol", 1), ("tornado", 8)])
def test_points_are_counted_before_they_are_run(method, top):
    plan = Plan(method=method, top=top)
    answer = find_what_matters(LEVEL, plan, slopes(), 0.95)
    idle = 2 * (min(top, 3) - len(answer.table.drop_nulls("at_least")))  # who moves nothing needs no ends
    assert len(answer.points) == plan.count_points(3) - idle


def test_points_where_the_conclusion_turns_are_counted():
    def measure(design):
        return Measured(np.array([[3.0 - 2.0 * level.get(GATE, 1)] * 2 for level in design]), {})

    answer = find_what_matters(LEVEL, Plan(method="tornado"), measure, 0.95)
    assert answer.sides == (5 + 1, 7)  # at three gates 3 - 6 = -3, everywhere else 1


def test_points_that_fail_are_named_and_too_many_are_refused():
    def measure(design):
        values = np.array([[1.0 if not level else np.nan] * 2 for level in design])
        return Measured(values, {0: "port: too small"} if design[0] else {})

    with pytest.raises(ScenarioError, match="fewer than two trajectories could be run: port: too small"):
        find_what_matters(LEVEL, Plan(), measure, 0.95)


def test_conclusion_of_a_port_depends_on_its_hours_in_the_yard_not_on_places_that_nobody_fills(tmp_path):
    """Half an hour more or less in a yard of 40 slots for 4 trucks an hour, who never fill it."""
    factors = {key: FACTORS[key] for key in (YARD, PLACES)}
    conclusion = Conclusion(tiny_scenario(**{"port.hours.day.open": "24/7"}), {}, factors, OUTCOME)

    def measure(design):
        return measure_conclusion(conclusion, design, SETTINGS, Store(tmp_path))

    answer = find_what_matters(conclusion, Plan(size=2), measure, 0.95)
    first, second = answer.table.iter_rows(named=True)
    assert (first["factor"], second["verdict"]) == (YARD, "nothing")
    assert first["size"] == pytest.approx(0.6, abs=0.1)  # 60 minutes x 0.6 for all of them, but for what luck draws
    assert first["at_most"] - first["at_least"] == pytest.approx(0.6, abs=0.1)


def test_conclusion_is_what_policies_change_with_the_same_luck(tmp_path):
    policy = {"question": "", "question_zh": "", "article": "", "basis": "", "costs": "", "costs_zh": ""}
    faster = Policy.model_validate({**policy, "set": {"port": {"facilities": {"yard": {"service": {"times": 0.5}}}}}})
    conclusion = Conclusion(tiny_scenario(), {"faster": faster}, FACTORS, OUTCOME)
    level = Conclusion(tiny_scenario(), {}, FACTORS, OUTCOME)
    design = [{}, {YARD: 0.5}]
    difference = measure_conclusion(conclusion, design, SETTINGS, Store(tmp_path)).values
    before = measure_conclusion(level, [*design, {YARD: 0.25}], SETTINGS, Store(tmp_path)).values
    assert difference == pytest.approx(np.diff(before, axis=0))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["It depends most on 'hours in the yard': with 42 to 78 instead of 60", "1 do not move it by a bit"]),
        ("zh", ["它最取决于“场内时间”：其他不变，取42至78（现为60）时，由15.5变为18.5 h", "1项毫无影响"]),
    ],
)
def test_answer_is_a_sentence_and_a_picture_in_both_languages(language, said, tmp_path):
    plan = Plan(method="tornado")
    answer = find_what_matters(LEVEL, plan, slopes(), 0.95)
    told = Told(answer, LEVEL, plan, SETTINGS, "h", language)
    for words in said:
        assert words in "\n".join(tell(told))
    assert plot_answer(told, tmp_path / "tornado.png")
    assert (tmp_path / "tornado.png").stat().st_size > 10_000


STUDY = {
    "words": ["port=bakhtu", "horizon=smoke", "replications=2"],
    "policies": [["hours_14h"]],
    "outcome": "class/export_truck/release_mean",
    "vary": {"lanes": {"key": "port.facilities.permit_export.servers", "least": 1, "most": 2, "whole": True}},
}


def ask(folder: Path, *words: str, **study) -> str:
    path, said = folder / "lanes.yaml", StringIO()
    path.write_text(yaml.safe_dump({**STUDY, **study}), encoding="utf-8")
    show_what_matters(Console(file=said, width=100), [str(path), f"out={folder}/out", "workers=1", *words])
    return said.getvalue()


def test_verb_answers_from_a_study_file_and_again_from_the_store_without_a_run(tmp_path, monkeypatch):
    said = ask(tmp_path, "method=tornado")
    (folder,) = (tmp_path / "out").glob("matters-lanes_*")
    factors = read_table(folder, "factors")
    monkeypatch.setattr(sweep_module, "measure_job", None)
    assert ask(tmp_path, "method=tornado").partition("The conclusion")[2] == said.partition("The conclusion")[2] != ""
    assert read_table(folder, "factors").equals(factors)
    manifest = read_manifest(folder)
    assert (manifest["kind"], manifest["scenarios"]) == ("matters", ["baseline", "hours_14h"])
    assert manifest["answer"]["en"][0] in said
    assert read_table(folder, "outcomes")["scenario"].unique(maintain_order=True).to_list() == manifest["scenarios"]
    assert len(read_table(folder, "points")) == 3
    for language, sentences in manifest["answer"].items():
        figures = list(draw_report_figures(folder, language))
        assert [figure.key for figure in figures] == ["tornado"]
        page = unescape(page_of(folder, language, figures))
        assert all(sentence in page for sentence in sentences)
    assert read_study_file(folder / "study.yaml").vary["lanes"].most == 2
    assert {path.name for path in folder.iterdir()} >= {"study.yaml", "config.yaml", "factors.csv", "points.csv"}
    assert json.loads((tmp_path / "out" / "store" / "manifest.json").read_text("utf-8"))["failed"] == {}


def refused(folder: Path, *words: str, **study) -> str:
    with pytest.raises(ScenarioError) as refusal:
        ask(folder, *words, **study)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["outcome=class/export_truk/release_mean"], "did you mean 'class/export_truck/release_mean'"),
        (["method=mores"], "method is 'mores', must be 'morris', 'sobol' or 'tornado'"),
        (["spread=1.5"], "spread is 1.5, must be less than 1"),
        (["spread=0"], "spread is 0, must be greater than 0"),
        (["method=sobol", "size=12"], "size must be a power of 2"),
        (["replications=1"], "replications is 1, must be 2 at least"),
        (["bakhtu"], "cannot read 'bakhtu'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_rule(tmp_path, words, said):
    assert said in refused(tmp_path, *words)
    assert not list(tmp_path.glob("out/matters*"))


def test_one_conclusion_is_asked_at_a_time(tmp_path):
    several = {"policies": [["hours_14h"], ["extra_lanes"]]}
    assert "one conclusion at a time; leave one of these under 'policies': hours_14h, extra_lanes" in refused(
        tmp_path, **several
    )


def test_port_of_which_nothing_is_assumed_is_told_how_to_ask(tmp_path):
    """A port in a folder of one's own, of which every line names a fact."""
    baseline = load_experiment("port=bakhtu").baseline
    for group in ("port", "demand"):
        text = yaml.safe_dump(getattr(baseline, group).model_dump(mode="json"), allow_unicode=True, width=10_000)
        lines = (line if line.endswith(":") else f"{line}  # N1" for line in text.splitlines())
        (tmp_path / group).mkdir()
        (tmp_path / group / "known.yaml").write_text("\n".join(lines), encoding="utf-8")
    words = ["port=known", "horizon=smoke", "--config-dir", str(tmp_path)]
    with pytest.raises(ScenarioError, match="no number that could move this is assumed; all=true"):
        show_what_matters(Console(file=StringIO()), words)
