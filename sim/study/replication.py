"""Replications: the whole flow from luck to outcomes, as often as asked, in order, on any number of workers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from sim.demand import sample_movements
from sim.disruptions import draw_disruptions
from sim.kernel import run
from sim.luck import Luck
from sim.outcomes import (
    RoadSeries,
    Series,
    Visits,
    measure_outcomes,
    read_boarding,
    read_road_series,
    read_series,
    read_visits,
)
from sim.port import plan_program
from sim.scenario import Scenario
from sim.scenario.settings import Workers
from sim.study.calendar import require_season
from sim.study.conservation import check_conservation
from sim.study.executors import run_jobs


@dataclass(frozen=True)
class Run:
    """One replication of one scenario."""

    visits: Visits
    series: Series
    roads: RoadSeries
    outcomes: pl.DataFrame


@dataclass(frozen=True)
class Job:
    """What a worker needs for one replication; only the first one sends its visits back."""

    label: str
    scenario: Scenario
    seed: int
    replication: int
    engine: str


@dataclass(frozen=True)
class _Result:
    outcomes: pl.DataFrame
    series: Series
    roads: RoadSeries
    visits: Visits | None


@dataclass(frozen=True)
class Study:
    """All replications of some scenarios.

    `outcomes`: one row per scenario, replication and outcome. `series` and `roads`: per scenario, one for
    each replication. `visits`: every visit of replication 0 of each scenario.
    """

    scenarios: Mapping[str, Scenario]
    outcomes: pl.DataFrame
    series: Mapping[str, tuple[Series, ...]]
    roads: Mapping[str, tuple[RoadSeries, ...]]
    visits: Mapping[str, Visits]
    seed: int
    replications: int
    engine: str

    def drawn(self, label: str, replication: int = 0) -> Scenario:
        """Return a scenario as it came about in a replication: its disruptions know when they happened."""
        return draw_disruptions(self.scenarios[label], Luck(self.seed, replication))


def simulate_once(scenario: Scenario, seed: int = 1, replication: int = 0, engine: str = "compiled") -> Run:
    """Return one replication with its visits, queues and outcomes."""
    luck = Luck(seed, replication)
    scenario = draw_disruptions(scenario, luck)
    movements = sample_movements(scenario, luck)
    plan = plan_program(scenario, movements, luck)
    visits = read_boarding(read_visits(plan, movements, run(plan.program, engine)))
    check_conservation(scenario, visits)
    roads, series = read_road_series(scenario, visits), read_series(scenario, visits)
    return Run(visits, series, roads, measure_outcomes(scenario, visits, roads, series))


def replicate_scenarios(
    scenarios: Mapping[str, Scenario],
    replications: int | range,
    seed: int = 1,
    workers: Workers = 1,
    engine: str = "compiled",
    on_done: Callable[[], None] = lambda: None,
) -> Study:
    """Run every scenario with the luck of the same replications; the result does not depend on `workers`.

    Parameters
    ----------
    scenarios
        By the name that tables and figures use.
    replications
        Independent runs of each scenario, at least 1; or which of them, to add to those that are done.
    workers
        Processes of this machine; None is one per core, 1 stays in this process. Or a cluster.
    on_done
        Called after each finished replication.

    Raises
    ------
    ScenarioError
        If a run lies wholly out of the season in which vehicles come.
    """
    require_season(scenarios)
    which = range(replications) if isinstance(replications, int) else replications
    jobs = [
        Job(label, scenario, seed, replication, engine)
        for replication in which
        for label, scenario in scenarios.items()
    ]
    results = run_jobs(_run_job, jobs, workers, on_done)
    frames = [
        result.outcomes.select(
            pl.lit(job.label).alias("scenario"), pl.lit(job.replication, pl.Int32).alias("replication"), pl.all()
        )
        for job, result in zip(jobs, results, strict=True)
    ]
    by_label = {
        label: [result for job, result in zip(jobs, results, strict=True) if job.label == label] for label in scenarios
    }
    return Study(
        dict(scenarios),
        pl.concat(frames),
        {label: tuple(result.series for result in runs) for label, runs in by_label.items()},
        {label: tuple(result.roads for result in runs) for label, runs in by_label.items()},
        {label: runs[0].visits for label, runs in by_label.items() if runs[0].visits is not None},
        seed,
        len(which),
        engine,
    )


def join_studies(parts: Sequence[Study]) -> Study:
    """Return replications that were run one batch after the other as one study, the same as if run at once."""
    first = parts[0]
    return replace(
        first,
        outcomes=pl.concat(part.outcomes for part in parts),
        series={label: tuple(run for part in parts for run in part.series[label]) for label in first.scenarios},
        roads={label: tuple(run for part in parts for run in part.roads[label]) for label in first.scenarios},
        replications=sum(part.replications for part in parts),
    )


def _run_job(job: Job) -> _Result:
    done = simulate_once(job.scenario, job.seed, job.replication, job.engine)
    return _Result(done.outcomes, done.series, done.roads, done.visits if job.replication == 0 else None)
