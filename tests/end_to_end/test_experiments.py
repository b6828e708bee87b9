"""Every experiment: it says what was asked, how to run it and what was found, and what it says is in its table."""

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from sim.views.markdown import MARKS

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "experiments").glob("*/run.py"))
every_experiment = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
KEYS = ["policy", "name", "measure", "unit"]


@cache
def load(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(folder.name, folder / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def readme(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def table(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "table.csv")


def test_there_is_an_experiment():
    assert FOLDERS


@every_experiment
def test_readme_has_question_command_finding_and_figure(folder):
    for heading in ("Question", "Command", "Finding", "What is assumed"):
        assert re.search(rf"^## {heading}", readme(folder), re.MULTILINE)
    assert f"$ .venv/bin/python {(folder / 'run.py').relative_to(ROOT)}\n" in readme(folder)
    assert "](figure.png)" in readme(folder)
    assert re.search(r"^Articles: \d+", readme(folder), re.MULTILINE)


@every_experiment
def test_tables_in_the_readme_are_those_of_the_table_file(folder):
    run = load(folder)
    assert f"{MARKS[0]}\n\n{run.format_tables(table(folder))}\n\n{MARKS[1]}" in readme(folder)


@every_experiment
def test_every_number_of_the_finding_is_in_the_table_file(folder):
    before, _, rest = readme(folder).partition(MARKS[0])
    prose = re.sub(r"(?<=\d),(?=\d{3})", "", before + rest.partition(MARKS[1])[2])
    said = set(re.findall(r"\d+\.\d\d\b", prose))
    values = table(folder).select("baseline", "other", "difference", "half_width").unpivot()["value"]
    assert said
    assert said <= {f"{abs(value):.2f}" for value in values.drop_nulls()}


@pytest.mark.slow
@every_experiment
def test_experiment_runs_at_smoke_size_into_a_table_of_the_same_rows(folder, tmp_path):
    load(folder).run("smoke", 2, tmp_path, workers=1)
    written = pl.read_csv(tmp_path / "table.csv")
    assert written.columns == table(folder).columns
    assert written.select(KEYS).equals(table(folder).select(KEYS))
    assert written.drop(KEYS).null_count().sum_horizontal().item() == 0
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


SEARCH = ROOT / "experiments" / "horgos_search"


def test_every_number_of_the_search_is_in_its_table():
    found = table(SEARCH)
    values = found.select("mean", "difference", "difference_half_width").unpivot()["value"].drop_nulls().abs()
    known = {f"{value:.2f}" for value in values}
    said = re.findall(r"(?<![\d.])\d+\.\d\d(?!\d)", readme(SEARCH))
    assert len(said) > 20
    assert set(said) <= known | {"6.20"}  # the baseline, which the table of the front has as differences only
    baseline = found.filter(outcome="port/port/tfi1").select(pl.col("mean") - pl.col("difference")).to_series()
    assert {f"{value:.2f}" for value in baseline} == {"6.20"}
