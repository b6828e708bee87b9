"""The run folder: everything needed to read, check and repeat a study, written whole or not at all."""

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from sim.outcomes import RoadSeries, Series
from sim.scenario import ScenarioError
from sim.scenario.load import dump_experiment, parse_experiment, parse_tree
from sim.scenario.settings import Experiment, Settings
from sim.study.checks import Checks
from sim.study.comparison import summarise
from sim.study.conservation import count_fates
from sim.study.precision import measure_precision, read_precision
from sim.study.replication import Study

Timed = TypeVar("Timed", Series, RoadSeries)
PACKAGES = ("kouan", "simpy", "numba", "numpy", "scipy", "polars", "pydantic", "hydra-core")


class ResultsError(RuntimeError):
    """A run folder that cannot be written or read; the message says which, why and what to do."""


@contextmanager
def new_run_folder(out: Path, name: str) -> Iterator[Path]:
    """Yield an empty folder that appears as `out/<time>_<name>` only if the block ends well.

    Raises
    ------
    ResultsError
        If the place cannot be written to.
    """
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    try:
        partial = _claim(out, f"{stamp}_{name}")
    except OSError as error:
        reason = f"out: cannot write to '{out}' ({error.strerror}); choose another folder with out=..."
        raise ResultsError(reason) from None
    try:
        yield partial
        partial.rename(final_name(partial))
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def name_file(label: str) -> str:
    """Return a scenario's label without the brackets about a strength, which a shell would read."""
    return label.replace("(", "-").replace(")", "")


def slug(text: str) -> str:
    """Return letters and digits of a name, joined by hyphens, for the name of a folder."""
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def final_name(partial: Path) -> Path:
    """Return the name under which a folder from `new_run_folder` will appear."""
    return partial.with_name(partial.name.removeprefix(".").removesuffix(".partial"))


def _claim(out: Path, name: str) -> Path:
    """Make the hidden folder of a run; its name is taken as long as it or the finished folder exists."""
    out.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        final = out / (name if number == 1 else f"{name}-{number}")
        partial = final.with_name(f".{final.name}.partial")
        with suppress(FileExistsError):
            if not final.exists():
                partial.mkdir()
                return partial
    raise AssertionError


def write_study(
    folder: Path, study: Study, experiment: Experiment, checks: Checks, about: Mapping[str, Any] | None = None
) -> None:
    """Write tables, settings and manifest of a study, with what else there is to say `about` it."""
    study.outcomes.write_parquet(folder / "outcomes.parquet")
    summarise(study.outcomes, experiment.settings.confidence).write_csv(folder / "summary.csv")
    list_by_replication(study.series, Series.to_frame).write_parquet(folder / "queues.parquet")
    list_by_replication(study.series, Series.list_held_up).write_parquet(folder / "held_up.parquet")
    if any(run.roads for runs in study.roads.values() for run in runs):
        list_by_replication(study.roads, RoadSeries.to_frame).write_parquet(folder / "roads.parquet")
    named = [
        visits.to_frame().select(pl.lit(label).alias("scenario"), pl.all()) for label, visits in study.visits.items()
    ]
    pl.concat(named, how="diagonal").write_parquet(folder / "visits.parquet")
    reached = _describe_precision(study.outcomes, experiment.settings)
    write_settings(folder, experiment, {**(about or {}), **_manifest(study, checks), **reached})


def write_comparison(
    folder: Path, outcomes: pl.DataFrame, comparison: pl.DataFrame, experiment: Experiment, about: Mapping[str, Any]
) -> None:
    """Write the outcomes of many policies, their differences to the baseline, settings and manifest."""
    outcomes.write_parquet(folder / "outcomes.parquet")
    comparison.write_csv(folder / "frontier.csv")
    settings = experiment.settings
    run = {"seed": settings.seed, "replications": settings.replications, "engine": settings.engine}
    scenarios = comparison["scenario"].unique(maintain_order=True).to_list()
    write_settings(folder, experiment, {**about, "scenarios": scenarios, **run, **describe_program()})


def write_settings(folder: Path, experiment: Experiment, manifest: Mapping[str, Any]) -> None:
    """Write the experiment, and the manifest with a digest of every file that is there."""
    (folder / "config.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
    whole = {**manifest, "sha256": {path.name: _digest(path) for path in sorted(folder.iterdir())}}
    (folder / "manifest.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_table(folder: Path, name: str) -> pl.DataFrame:
    """Return a Parquet table of a run folder.

    Raises
    ------
    ResultsError
        If it is missing or damaged.
    """
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise ResultsError(f"'{folder}' is no run folder: it has no {path.name}")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["sha256"][path.name] != _digest(path):
            raise ResultsError(f"'{path}' is damaged: it is not what the run wrote; run the study again")
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"'{path}' is damaged and cannot be read ({error}); run the study again") from None


def read_csv(folder: Path, name: str) -> pl.DataFrame:
    """Return a CSV table of a folder of results.

    Raises
    ------
    ResultsError
        If it is missing or damaged.
    """
    path = folder / f"{name}.csv"
    try:
        return pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ResultsError(f"'{path}' cannot be read ({error}); run the study again") from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a run folder says about how it was made.

    Raises
    ------
    ResultsError
        If it is missing or damaged.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"'{folder}' is no run folder that can be read: its manifest.json ({error})") from None
    return manifest


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_experiment_of(folder: Path) -> Experiment:
    """Return the experiment that a run folder holds the results of."""
    try:
        return parse_experiment((folder / "config.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ScenarioError) as error:
        raise ResultsError(f"'{folder}' is no run folder that can be read: {error}") from None


def read_inputs(folder: Path) -> dict[str, Any]:
    """Return as plain values what a run folder holds the results of, whatever schema it was written by."""
    try:
        return dict(parse_tree((folder / "config.yaml").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ResultsError(f"'{folder}' is no run folder that can be read: its config.yaml ({error})") from None


def list_by_replication(
    series: Mapping[str, Sequence[Timed]], list_one: Callable[[Timed], pl.DataFrame]
) -> pl.DataFrame:
    """Return one table of the series of all scenarios and replications."""
    return pl.concat(
        [
            list_one(each).select(
                pl.lit(label).alias("scenario"), pl.lit(replication, pl.Int32).alias("replication"), pl.all()
            )
            for label, runs in series.items()
            for replication, each in enumerate(runs)
        ]
    )


def _manifest(study: Study, checks: Checks) -> dict[str, Any]:
    return {
        "scenarios": {label: list(scenario.policies) for label, scenario in study.scenarios.items()},
        "seed": study.seed,
        "replications": study.replications,
        "engine": study.engine,
        **describe_program(),
        "vehicles": count_fates(study.outcomes, "vehicles"),
        **({"cargo": cargo} if any((cargo := count_fates(study.outcomes, "units")).values()) else {}),
        "warnings": list(checks.warnings),
    }


def _describe_precision(outcomes: pl.DataFrame, settings: Settings) -> dict[str, Any]:
    """Return what precision was asked and half-widths as shares of means by scenario, null without a mean."""
    rule = read_precision(settings)
    if rule is None:
        return {}
    reached = {label: share if isfinite(share) else None for label, share in measure_precision(outcomes, rule).items()}
    return {"precision": {"of": rule.outcome, "asked": rule.share, "reached": reached}}


def describe_program() -> dict[str, Any]:
    """Return when, by which commit and on which packages something is written."""
    return {
        "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _commit() -> str | None:
    """Return the commit of the source tree that runs, with + if it was changed; None for an installed wheel."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    try:
        described = subprocess.run(  # noqa: S603
            ["git", "-C", str(here), "describe", "--always", "--dirty=+", "--abbrev=12"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
