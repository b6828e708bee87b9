"""A sweep as a planner runs it: killed and begun again, with points that fail, and words that cannot be used."""

import os
import signal
from pathlib import Path

import polars as pl
import pytest

from tests.end_to_end.terminal import Session, kouan, list_runs

STUDY = """
question: How many scanners, and how many permit desks?
words: [port=horgos_road, horizon=smoke, replications=2]
policies: [[], [hours_14h]]
vary:
  scanners: {key: port.facilities.scanner_export.servers, values: [1, 2, 3]}
  desks: {key: port.facilities.permit_export.servers, values: [1, 2, 3]}
"""
POINTS = 18


def write_study(folder: Path, text: str = STUDY) -> Path:
    path = folder / "lanes.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def sweep_to_the_end(folder: Path, *words: str) -> tuple[Path, str]:
    done = kouan(folder, "sweep", "lanes.yaml", "out=out", *words)
    assert done.returncode == 0, done.stderr
    (written,) = list_runs(folder / "out")
    return written, done.stdout


def list_shards(folder: Path) -> dict[str, int]:
    """Return the shards in a store and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "out" / "store" / "shards").glob("*.parquet")}


@pytest.mark.slow
def test_sweep_that_is_killed_goes_on_where_it_was_and_gives_the_same_table(tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for folder in (killed, whole):
        folder.mkdir()
        write_study(folder)
    with Session(killed, "sweep", "lanes.yaml", "out=out", "workers=2") as session:
        assert session.wait_until(lambda: len(list_shards(killed)) >= 3)
        os.killpg(session.driver.pid, signal.SIGKILL)
        session.driver.wait()
        before = list_shards(killed)
        assert session.wait_until(lambda: not session.processes())
    assert 3 <= len(before) < POINTS
    assert list_runs(killed / "out") == []
    resumed, said = sweep_to_the_end(killed, "workers=2")
    assert before.items() <= list_shards(killed).items()
    assert len(list_shards(killed)) == POINTS
    assert "How many scanners" in said
    assert f"{POINTS} of {POINTS} points" in said
    other, _ = sweep_to_the_end(whole, "workers=1")
    assert other.name == resumed.name
    for name in ("outcomes.parquet", "points.csv", "table.csv", "study.yaml"):
        assert (resumed / name).read_bytes() == (other / name).read_bytes(), name
    done = list_shards(killed)
    again, _ = sweep_to_the_end(killed)
    assert list_shards(killed) == done
    assert again == resumed


@pytest.mark.slow
def test_sweep_with_points_that_cannot_be_runs_the_others_and_says_so(tmp_path):
    write_study(tmp_path, STUDY.replace("[[], [hours_14h]]", "[[], [rail_inspection_yard]]"))
    done = kouan(tmp_path, "sweep", "lanes.yaml", "out=out", "workers=1", "lang=zh")
    assert (done.returncode, done.stderr) == (1, "")
    assert "18个方案中有9个失败" in done.stdout
    (written,) = list_runs(tmp_path / "out")
    points = pl.read_csv(written / "points.csv")
    assert points["state"].to_list() == ["done"] * 9 + ["does not fit"] * 9
    assert "rail_inspection_yard" in points["message"][-1]
    assert pl.read_parquet(written / "outcomes.parquet")["scenario"].n_unique() == 9
