"""The folder of a sweep: its study file, points, outcomes in one table, failures and manifest; whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from sim.scenario.settings import Experiment
from sim.scenario.study_file import StudyFile
from sim.study.code_version import code_version
from sim.study.points import Point
from sim.study.sweep import Sweep
from sim.views.run_folder import ResultsError, slug, write_settings


def name_sweep(out: Path, name: str, study: StudyFile, words: Sequence[str]) -> Path:
    """Return the folder of a study: the same for the same study, words and code, another for any other."""
    told = [word for word in words if word.partition("=")[0] not in ("out", "workers", "executor", "executor.address")]
    whole = json.dumps([study.model_dump(mode="json"), told, code_version()])
    return out / f"{slug(name)}_{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def tabulate_points(points: Sequence[Point], sweep: Sweep, misfits: Mapping[str, str]) -> pl.DataFrame:
    """Return a row for each point: its label, its factors, its state, its key in the store, and why it failed."""
    rows = [
        {
            "scenario": point.label,
            **point.factors,
            "state": "failed" if point.label in sweep.failures else "done",
            "key": sweep.keys[point.label],
            "message": sweep.failures.get(point.label, ""),
        }
        for point in points
    ]
    rows += [{"scenario": label, "state": "does not fit", "message": message} for label, message in misfits.items()]
    table = pl.from_dicts(rows, infer_schema_length=None, strict=False)
    return table.select(pl.exclude("state", "key", "message"), "state", "key", "message")


def write_sweep(
    folder: Path,
    tables: Mapping[str, pl.DataFrame],
    outcomes: pl.LazyFrame,
    about: tuple[StudyFile, Experiment],
    manifest: Mapping[str, Any],
) -> None:
    """Write a folder under a hidden name and put it in its place; what was there was of the same study.

    `tables` become CSV files by name.

    Raises
    ------
    ResultsError
        If the place cannot be written to.
    """
    study, experiment = about
    with replace_folder(folder) as partial:
        write_study_file(study, partial)
        for name, table in tables.items():
            table.write_csv(partial / f"{name}.csv")
        outcomes.sink_parquet(partial / "outcomes.parquet")
        write_settings(partial, experiment, {"kind": "sweep", **manifest, "code": code_version()})


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder that takes this one's place if the block ends well.

    Raises
    ------
    ResultsError
        If the place cannot be written to.
    """
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        yield partial
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        raise ResultsError(f"out: cannot write '{folder}' ({error.strerror}); choose another with out=...") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_study_file(study: StudyFile, folder: Path) -> None:
    """Write a study as a file that can be run again."""
    tree = study.model_dump(mode="json", exclude_unset=True)  # a kind, even if it is the default
    (folder / "study.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), "utf-8")
