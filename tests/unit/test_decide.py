"""The verbs `compare` and `select`: what they print, write and refuse."""

from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from sim.scenario import ScenarioError
from sim.verbs.decide import compare_points, select_point
from sim.verbs.sweep import sweep_study
from sim.views.run_folder import read_manifest

STUDY = """
words: [port=horgos_road, horizon=smoke, replications=3, workers=1]
policies: [[], [hours_14h], [hours_24x7]]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a study file, its sweep and its selection."""
    here = tmp_path_factory.mktemp("decide")
    (here / "hours.yaml").write_text(STUDY, encoding="utf-8")
    say(sweep_study, str(here / "hours.yaml"), f"out={here}")
    return here


def say(verb, *words: str) -> str:
    said = StringIO()
    verb(Console(file=said, width=140), list(words))
    return said.getvalue()


def swept(folder: Path) -> str:
    (found,) = folder.glob("hours_*")
    return str(found)


@pytest.mark.slow
def test_compare_says_what_is_less_and_how_sure_all_of_it_is(folder, tmp_path):
    said = say(compare_points, swept(folder), f"table={tmp_path / 'table.csv'}")
    assert "hours to clear freight (TFI1), against baseline" in said
    assert "2 comparisons, all of which hold at once with at least 95%: each interval has 97.50%" in said
    table = pl.read_csv(tmp_path / "table.csv")
    assert table["second"].to_list() == ["hours_14h", "hours_24x7"]
    assert table["verdict"][1] == "less"


@pytest.mark.slow
def test_compare_takes_several_outcomes_every_pair_and_chinese(folder):
    said = say(compare_points, swept(folder), "outcome=port/port/tfi1,port/port/staff_hours", "pairs=all", "lang=zh")
    assert "共6项比较" in said
    assert "与hours_14h相比" in said
    assert "每日工时" in said


@pytest.mark.slow
def test_select_names_the_best_and_what_that_is_worth(folder):
    said = say(select_point, str(folder / "hours.yaml"), "indifference=1", f"out={folder}")
    assert "best: hours_24x7" in said
    assert (
        "better than every other point by 1 h or more, this choice is right with a probability of at least 95%" in said
    )
    (written,) = folder.glob("hours-select_*")
    table = pl.read_csv(written / "selection.csv")
    assert table["state"].to_list() == ["best", "dropped", "dropped"]
    counts = (
        pl.read_parquet(written / "outcomes.parquet").filter(measure="tfi1", scope="port").group_by("scenario").len()
    )
    assert dict(counts.iter_rows()) == dict(table.select("scenario", "replications").iter_rows())
    assert read_manifest(written)["kind"] == "select"


@pytest.mark.parametrize(
    ("verb", "words", "said"),
    [
        (compare_points, (), "takes one folder"),
        (compare_points, ("a", "pairs=some"), "must be all"),
        (select_point, (), "takes one study file"),
        (select_point, ("horgos_road",), "takes one study file"),
    ],
)
def test_words_that_make_no_sense_are_refused(verb, words, said):
    with pytest.raises(ScenarioError, match=said):
        verb(Console(file=StringIO()), list(words))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("indifference=little",), "indifference is 'little', must be a number"),
        ((), "which difference would not matter to you"),
        (("indifference=1", "largest=yes"), "must be true or false"),
        (("indifference=1", "outcome=port/port/tfi9"), "there is no 'port/port/tfi9'"),
    ],
)
def test_selection_that_cannot_be_made_is_refused(folder, words, said):
    with pytest.raises(ScenarioError, match=said):
        select_point(Console(file=StringIO()), [str(folder / "hours.yaml"), f"out={folder}", *words])
