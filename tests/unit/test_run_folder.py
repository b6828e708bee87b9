"""The run folder: written whole or not at all, never over another, and refused when it is damaged."""

import os
from pathlib import Path

import polars as pl
import pytest

from sim.scenario.settings import Experiment, Settings
from sim.study.checks import check_study
from sim.study.replication import replicate_scenarios
from sim.views.run_folder import (
    ResultsError,
    final_name,
    new_run_folder,
    read_experiment_of,
    read_table,
    write_study,
)
from tests.unit.tiny import tiny_scenario


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The folder of a small study."""
    study = replicate_scenarios({"baseline": tiny_scenario()}, 2)
    with new_run_folder(tmp_path_factory.mktemp("results"), "tiny") as folder:
        write_study(folder, study, experiment(), check_study(study), {"seconds": 1.0})
    return final_name(folder)


def experiment() -> Experiment:
    settings = Settings(replications=2, seed=1, engine="simpy", out="results")
    return Experiment(baseline=tiny_scenario(), alternative=None, settings=settings)


def test_folder_appears_under_its_final_name_when_it_is_complete(tmp_path):
    with new_run_folder(tmp_path, "tiny") as folder:
        (folder / "table").write_text("1")
        assert not final_name(folder).exists()
    assert [path.name for path in tmp_path.iterdir()] == [final_name(folder).name]
    assert (final_name(folder) / "table").read_text() == "1"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_folder_that_is_not_finished_leaves_nothing(tmp_path, error):
    with pytest.raises(error), new_run_folder(tmp_path, "tiny") as folder:
        (folder / "table").write_text("1")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_second_folder_of_the_same_second_does_not_replace_the_first(tmp_path):
    for text in ("one", "two", "three"):
        with new_run_folder(tmp_path, "tiny") as folder:
            (folder / "table").write_text(text)
    assert sorted(path.read_text() for path in tmp_path.glob("*/table")) == ["one", "three", "two"]


def test_folders_that_two_processes_write_at_once_are_both_kept(tmp_path, monkeypatch):
    with new_run_folder(tmp_path, "tiny") as mine:
        (mine / "table").write_text("mine")
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with new_run_folder(tmp_path, "tiny") as other:
            (other / "table").write_text("other")
    assert sorted(path.read_text() for path in tmp_path.glob("*/table")) == ["mine", "other"]


def test_place_that_cannot_be_written_to_is_named_with_a_remedy(tmp_path):
    (tmp_path / "taken").write_text("")
    with (
        pytest.raises(ResultsError, match=r"cannot write to '.*taken'.*out=\.\.\."),
        new_run_folder(tmp_path / "taken", "a"),
    ):
        pass


def test_experiment_is_read_back_as_it_was_written(written):
    assert read_experiment_of(written) == experiment()


def test_table_is_read_back_as_it_was_written(written):
    study = replicate_scenarios({"baseline": tiny_scenario()}, 2)
    assert read_table(written, "outcomes").equals(study.outcomes, null_equal=True)


def test_missing_table_is_named(tmp_path):
    with pytest.raises(ResultsError, match=r"no outcomes\.parquet"):
        read_table(tmp_path, "outcomes")


@pytest.mark.parametrize("part", range(1, 10))
def test_table_with_one_wrong_bit_is_refused(written, tmp_path, part):
    for path in written.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = bytearray((written / "outcomes.parquet").read_bytes())
    table[len(table) * part // 10] ^= 0x10
    (tmp_path / "outcomes.parquet").write_bytes(table)
    with pytest.raises(ResultsError, match="damaged"):
        read_table(tmp_path, "outcomes")


def test_every_file_of_a_study_can_be_read(written):
    assert len(pl.read_csv(written / "summary.csv")) > 0
    for name in ("outcomes", "queues", "visits"):
        assert len(read_table(written, name)) > 0
