"""Measures what a sweep costs beside the simulation, and extrapolates it to a million runs.

python benchmarks/sweep.py
python benchmarks/sweep.py --address tcp://127.0.0.1:8786
"""

import argparse
import pickle
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from sim.kernel import prepare
from sim.scenario import Scenario
from sim.scenario.load import load_experiment
from sim.scenario.settings import DaskCluster, Experiment
from sim.scenario.study_file import SCOPES
from sim.study.executors import run_jobs
from sim.study.store import Job, Store
from sim.study.sweep import measure_job

RUNS = 1_000_000
REPLICATIONS = 20
"""In a job: a point of a study with all its replications."""
SHARDS = 400
CORES = (2, 64, 512)
YUAN_PER_CORE_HOUR = 0.3
"""Assumed; put your own price."""


@dataclass(frozen=True)
class Costs:
    """What was measured of one horizon."""

    run_s: float
    table: pl.DataFrame

    @property
    def shard_bytes(self) -> int:
        """Of a job's results in the store."""
        return len(_to_parquet(self.table))


def _to_parquet(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file)
    return file.getvalue()


def measure(experiment: Experiment) -> Costs:
    """Return processor seconds of one run and the results of one job."""
    settings = experiment.settings.model_copy(update={"replications": REPLICATIONS})
    job = Job("point", experiment.baseline, settings, SCOPES)
    prepare(settings.engine)
    measure_job(Job("warm-up", experiment.baseline, settings.model_copy(update={"replications": 1}), SCOPES))
    before = time.process_time()
    table = measure_job(job)
    return Costs((time.process_time() - before) / REPLICATIONS, table)


def time_each(act: Callable[[int], object], times: int) -> float:
    """Return seconds of one call."""
    before = time.perf_counter()
    for number in range(times):
        act(number)
    return (time.perf_counter() - before) / times


def print_driver(experiment: Experiment, table: pl.DataFrame) -> float:
    """Print what the driver does for each job; return the bytes of a job in the one table at the end."""
    job = Job("point", experiment.baseline, experiment.settings, SCOPES)
    whole = pl.col("value").round() == pl.col("value")
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        key = time_each(lambda _: job.key, 200)
        others = [  # equal tables would be compressed as none of a real sweep are
            table.with_columns(value=pl.when(whole).then("value").otherwise(pl.col("value") * (1 + 1e-6 * number)))
            for number in range(SHARDS)
        ]
        write = time_each(lambda number: store.write(f"{number:032x}", others[number], {"label": "point"}), SHARDS)
        found = time_each(lambda _: store.find_done(f"{number:032x}" for number in range(SHARDS)), 1) / SHARDS
        one = Path(folder) / "one.parquet"
        labels = {f"point {number}": f"{number:032x}" for number in range(SHARDS)}
        joined = time_each(lambda _: store.scan(labels).sink_parquet(one), 1) / SHARDS
        size = one.stat().st_size / SHARDS
    print(f"driver, ms a job: key {key * 1e3:.1f}, shard {write * 1e3:.1f}, found {found * 1e3:.2f}", end="")
    print(f", joined at the end {joined * 1e3:.1f}")
    print(f"kB a job: sent {len(pickle.dumps(job)) / 1e3:.0f}, sent back {len(pickle.dumps(table)) / 1e3:.0f}", end="")
    print(f", shard {len(_to_parquet(table)) / 1e3:.1f}, in the one table {size / 1e3:.1f}")
    print(f"kB of the driver's memory a point: {_weigh_point(experiment.baseline) / 1e3:.0f}")
    return size


def _weigh_point(scenario: Scenario) -> float:
    """Return the bytes that a scenario takes which shares nothing with others."""
    tree = scenario.model_dump()
    tracemalloc.start()
    kept = [Scenario.model_validate(tree) for _ in range(20)]
    size = tracemalloc.get_traced_memory()[0] / len(kept)
    tracemalloc.stop()
    return size


def print_overhead(workers: int | DaskCluster, experiment: Experiment, table: pl.DataFrame) -> float:
    """Print and return seconds that a job takes whose work is nothing but its scenario there and its results back."""
    job = Job("point", experiment.baseline, experiment.settings, SCOPES)
    few, many = (_time_jobs(workers, [(job, table)] * count) for count in (100, 600))
    where = "dask" if isinstance(workers, DaskCluster) else f"{workers} processes"
    each = (many - few) / 500
    print(f"{where}: {each * 1e3:.1f} ms a job, and {few:.1f} s for the first hundred with the start")
    return each


def _time_jobs(workers: int | DaskCluster, jobs: Sequence[tuple[Job, pl.DataFrame]]) -> float:
    before = time.perf_counter()
    run_jobs(give_back, jobs, workers, lambda: None)
    return time.perf_counter() - before


def give_back(job: tuple[Job, pl.DataFrame]) -> pl.DataFrame:
    """Do no work."""
    return job[1]


def print_million(name: str, costs: Costs, compact_bytes: float, overhead_s: float) -> None:
    """Print a line of what a million runs would take; one driver hands out no more than a job each `overhead_s`."""
    hours = RUNS * costs.run_s / 3600
    jobs = RUNS / REPLICATIONS
    disk = (jobs * costs.shard_bytes / 1e9, jobs * compact_bytes / 1e9)
    spans = " | ".join(f"{max(hours / cores, jobs * overhead_s / 3600):,.2g}" for cores in CORES)
    price = YUAN_PER_CORE_HOUR * hours
    print(f"| {name} | {costs.run_s:.3f} | {hours:,.0f} | {spans} | {disk[0]:.1f} + {disk[1]:.1f} | {price:,.0f} |")


def main() -> None:
    """Measure, and print what a million runs would take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="of a Dask scheduler whose overhead is measured, too")
    asked = parser.parse_args()
    experiments = {name: load_experiment("port=horgos_road", f"horizon={name}") for name in ("week", "month")}
    found = {name: measure(experiment) for name, experiment in experiments.items()}
    week, table = experiments["week"], found["week"].table
    print(f"{REPLICATIONS} replications a job, {len(table):,} rows")
    compact_bytes = print_driver(week, table)
    overhead_s = print_overhead(2, week, table)
    if asked.address:
        overhead_s = print_overhead(DaskCluster(address=asked.address), week, table)
    print(f"\n| {RUNS:,} runs of | s a run | core-hours | h on {' | h on '.join(map(str, CORES))} | GB | yuan |")
    print("|---|" + "---:|" * (4 + len(CORES)))
    for name, costs in found.items():
        print_million(name, costs, compact_bytes, overhead_s)


if __name__ == "__main__":
    main()
