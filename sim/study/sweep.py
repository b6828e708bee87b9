"""Runs the points of a study, each with all its replications, through the store: what is done is not run again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from sim.scenario.settings import Settings
from sim.scenario.study_file import SCOPES
from sim.study.calendar import require_season
from sim.study.executors import Failure, run_each
from sim.study.points import CHOICE, Point
from sim.study.precision import read_precision, replicate_until
from sim.study.replication import Study, simulate_once
from sim.study.store import Job, Store


@dataclass(frozen=True)
class Sweep:
    """What has come of some points: their jobs' keys in the store and why some failed, both by label."""

    keys: Mapping[str, str]
    failures: Mapping[str, str]
    store: Store

    @property
    def outcomes(self) -> pl.DataFrame:
        """The outcomes of all that did not fail, by scenario (= label) and replication, in the order of the points."""
        return self.scan().collect()

    def scan(self) -> pl.LazyFrame:
        """Return the same, read from the store when it is needed."""
        return self.store.scan(self.done)

    @property
    def done(self) -> dict[str, str]:
        """Keys of the shards that are there, by label."""
        return {label: key for label, key in self.keys.items() if label not in self.failures}


def run_points(
    points: Sequence[Point],
    settings: Settings,
    store: Store,
    keep: Sequence[str] = (),
    on_done: Callable[[], None] = lambda: None,
    first: int = 0,
) -> Sweep:
    """Run every point that is not in the store; replication i of all has the same luck.

    Each finished job is in the store before the next is waited for, so whatever ends this program, a second call
    goes on from there and gives the same table. A job that fails is noted, and the others go on.

    Parameters
    ----------
    keep
        Scopes of outcomes that are kept; all if empty.
    on_done
        Called once for each point, those that were done already included.
    first
        Number of the first replication; a study that goes on takes further ones.
    """
    jobs = {point.label: Job(point.label, point.scenario, settings, tuple(keep), first) for point in points}
    keys = {label: job.key for label, job in jobs.items()}
    about = {keys[point.label]: _describe(point, settings, first) for point in points}
    done = store.find_done(keys.values())
    missing = {keys[label]: job for label, job in jobs.items() if keys[label] not in done}
    for _ in range(len(jobs) - len(missing)):
        on_done()
    failed: dict[str, str] = {}
    ahead = list(missing)

    def take(index: int, result: pl.DataFrame | Failure) -> None:
        key = ahead[index]
        if isinstance(result, Failure):
            failed[key] = result.message
            store.write_failure(key, result.message, about[key])
        else:
            store.write(key, result, about[key])
        on_done()

    try:
        run_each(measure_job, missing.values(), settings.where, take)
    finally:
        store.write_manifest()
    return Sweep(keys, {label: failed[key] for label, key in keys.items() if key in failed}, store)


def measure_job(job: Job) -> pl.DataFrame:
    """Return the outcomes of a job, of as many replications as it takes if precision is asked for.

    Columns: replication, scope, name, measure, unit, value.
    """
    require_season({job.label: job.scenario})
    rule = read_precision(job.settings)
    simulate = partial(_replicate, job)
    fixed = range(job.first, job.first + job.settings.replications)
    outcomes = replicate_until(simulate, rule) if rule else simulate(fixed)
    kept = outcomes.filter(pl.col("scope").is_in(job.keep)) if job.keep else outcomes
    return kept.drop("scenario")


def _replicate(job: Job, which: range) -> pl.DataFrame:
    label = pl.lit(job.label).alias("scenario")
    return pl.concat(
        simulate_once(job.scenario, job.settings.seed, replication, job.settings.engine).outcomes.select(
            label, pl.lit(replication, pl.Int32).alias("replication"), pl.all()
        )
        for replication in which
    )


def keep_study(study: Study, settings: Settings, store: Store) -> None:
    """Put the scenarios of a study into the store, as a sweep of the same would, but for its index."""
    fixed = settings.model_copy(update={"replications": study.replications, "precision": None})
    for label, scenario in study.scenarios.items():
        point = Point(label, {CHOICE: "+".join(scenario.policies) or "baseline"}, scenario)
        rows = study.outcomes.filter(pl.col("scope").is_in(SCOPES), scenario=label).drop("scenario")
        store.write(Job(label, scenario, fixed, SCOPES).key, rows, _describe(point, fixed))


def _describe(point: Point, settings: Settings, first: int = 0) -> dict[str, Any]:
    run = {"seed": settings.seed, "first": first, "replications": settings.replications, "engine": settings.engine}
    return {"label": point.label, "factors": dict(point.factors), **run}
