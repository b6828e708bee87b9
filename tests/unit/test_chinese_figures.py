"""Figures in Chinese: every letter is in the shipped font, and no English is left in a figure."""

import re
import string
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from sim.app import run_experiment
from sim.scenario.load import shipped
from sim.scenario.settings import Experiment, Settings
from sim.study.replication import replicate_scenarios
from sim.views.figure_words import CITIES, FIGURE_WORDS
from sim.views.fonts import FONT
from sim.views.naming import break_text
from sim.views.phrases import PHRASES
from sim.views.pictures import draw_study
from sim.views.report_words import REPORT_WORDS
from tests.unit.rail_port import rail_scenario
from tests.unit.road_city import CRASH, catch_figures, city
from tests.unit.tiny import tiny_scenario

SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def letters() -> set[str]:
    """The letters of the shipped font."""
    return {chr(code) for code in FT2Font(FONT).get_charmap()}


def test_font_has_every_letter_of_the_words_of_figures_and_pages(letters):
    words = [*FIGURE_WORDS["zh"].values(), *PHRASES["zh"].values(), *CITIES.values()]
    words += [text for beside in REPORT_WORDS["zh"].values() for text in beside]
    assert set("".join(words)) - letters == {"\n"}


def test_font_has_every_letter_of_shipped_scenarios_and_experiments(letters):
    files = [*shipped("configs").rglob("*.yaml"), *(SOURCE / "experiments").rglob("*.yaml")]
    assert len(files) > 100
    assert set("".join(path.read_text(encoding="utf-8") for path in files)) - letters <= {"\n", "─", "▶"}


def test_font_has_all_letters_of_gb2312_and_no_other_hanzi(letters):
    hanzi = {code.decode("gb2312") for code in (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in cells(row))}
    assert len(hanzi) == 6763
    assert {letter for letter in letters if "\u4e00" <= letter <= "\u9fff"} == hanzi


def cells(row: int) -> range:
    return range(0xA1, 0xFA if row == 0xD7 else 0xFF)  # the last five of the first level's last row are empty


@pytest.mark.parametrize("words", [FIGURE_WORDS, PHRASES, REPORT_WORDS])
def test_both_languages_say_the_same_things(words):
    assert words["en"].keys() == words["zh"].keys()


@pytest.mark.parametrize("key", FIGURE_WORDS["en"])
def test_both_languages_fill_in_the_same_values(key):
    english, chinese = (fields_of(FIGURE_WORDS[language][key]) for language in FIGURE_WORDS)
    assert chinese == english


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


STUDIES = {
    "figure recovery roads": lambda: replicate_scenarios(
        {"baseline": city(9.0), "crash": city(9.0, **{"port.disruptions.crash": CRASH})}, 1
    ),
    "figure": lambda: replicate_scenarios({"baseline": tiny_scenario()}, 1),
    "figure rail": lambda: replicate_scenarios({"baseline": rail_scenario(), "crash": rail_scenario()}, 1),
}


@pytest.mark.parametrize("names", STUDIES)
def test_no_english_is_left_in_a_chinese_figure(names, tmp_path, monkeypatch):
    drawn = catch_figures(monkeypatch)
    draw_study(STUDIES[names](), tmp_path, "zh")  # a letter that no font has would be a warning, so an error
    assert sorted(path.stem for path in tmp_path.iterdir()) == names.split()
    said = "\n".join(text for figure in drawn for text in words_of(figure))
    assert "现状" in said
    assert set(re.findall("[A-Za-z]{2,}", said)) <= {"crash"}


def words_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def test_chinese_lines_break_anywhere_and_hanzi_are_as_wide_as_two_letters():
    assert break_text("出口货车各环节放行用时", 8) == "出口货车\n各环节放\n行用时"
    assert break_text("abcd efgh", 5) == "abcd\nefgh"


def test_run_draws_in_the_language_that_its_settings_choose(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr("sim.views.pictures.draw_study", lambda study, folder, language: told.append(language))
    settings = Settings(replications=1, seed=1, workers=1, engine="compiled", lang="zh", out=tmp_path)
    run_experiment(Experiment(baseline=tiny_scenario(), alternative=None, settings=settings))
    assert told == ["zh"]
