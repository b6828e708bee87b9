"""A real Dask cluster: a worker is killed while it works, and the sweep ends with the same table."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from sim.scenario.settings import DaskCluster
from sim.study import code_version
from sim.study.executors import Failure, WorkerLost, cluster, run_each, run_jobs
from sim.study.store import Store
from sim.verbs.sweep import sweep_study
from tests.end_to_end.cluster import Cluster
from tests.end_to_end.terminal import list_runs
from tests.unit.jobs import own_process, refuse

pytestmark = pytest.mark.slow
POINTS = 16
STUDY = """
question: How many scanners, and how many permit desks?
words: [port=horgos_road, horizon=smoke, replications=2]
vary:
  scanners: {key: port.facilities.scanner_export.servers, values: [1, 2, 3, 4]}
  desks: {key: port.facilities.permit_export.servers, values: [1, 2, 3, 4]}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), workers=2) as started:
        yield started


def sweep(folder: Path, *words: str) -> Path:
    """Sweep the study in a folder; return the folder that it wrote."""
    folder.mkdir(exist_ok=True)
    (folder / "desks.yaml").write_text(STUDY)
    sweep_study(Console(file=StringIO()), [str(folder / "desks.yaml"), f"out={folder / 'out'}", *words])
    (written,) = list_runs(folder / "out")
    return written


def count_shards(folder: Path) -> int:
    return len(list((folder / "out" / "store" / "shards").glob("[!.]*.parquet")))


def kill_while_busy(running: Cluster, folder: Path) -> None:
    """Stop a worker in its work, let the other go on, and kill it: what it had begun is surely not done."""
    for least in (2, 6):
        end = time.monotonic() + 60
        while count_shards(folder) < least:
            assert time.monotonic() < end
            time.sleep(0.02)
        running.stop(0) if least == 2 else running.kill(0)


def test_job_that_fails_is_told_and_those_of_others_are_done_by_the_workers(running):
    taken: dict[int, object] = {}
    run_each(refuse, range(3), DaskCluster(address=running.address), taken.__setitem__)
    failure = taken.pop(1)
    assert taken == {0: 0, 2: 2}
    assert isinstance(failure, Failure)
    assert failure.message == "ScenarioError: port.hours is 'noon', must be opening hours"
    pids = run_jobs(own_process, range(8), DaskCluster(address=running.address), lambda: None)
    assert set(pids) <= {worker.pid for worker in running.workers}


def test_workers_with_other_code_are_refused_before_anything_is_run(running, monkeypatch):
    with monkeypatch.context() as changed:
        changed.setattr(code_version, "PACKAGES", ())
        code_version.code_version.cache_clear()
        with pytest.raises(WorkerLost, match=r"2 of 2 workers at .* not the same kouan"):
            run_each(own_process, range(3), DaskCluster(address=running.address), pytest.fail)
    code_version.code_version.cache_clear()


def test_worker_with_other_code_that_joins_later_does_nothing():
    with pytest.raises(WorkerLost, match="joined later"):
        cluster.SameCode(pytest.fail, "another")(0)


def test_scheduler_that_does_not_answer_is_told_with_its_address(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.5)
    with pytest.raises(WorkerLost, match=r"tcp://127\.0\.0\.1:1 .*start one"):
        run_each(own_process, range(3), DaskCluster(address="tcp://127.0.0.1:1"), pytest.fail)


def test_sweep_that_loses_a_worker_has_the_same_table_and_each_point_once(running, tmp_path, monkeypatch):
    written: Counter[str] = Counter()
    write = Store.write
    monkeypatch.setattr(Store, "write", lambda store, key, *rest: (written.update([key]), write(store, key, *rest)))
    killer = threading.Thread(target=kill_while_busy, args=(running, tmp_path / "cluster"))
    killer.start()
    swept = sweep(tmp_path / "cluster", "executor=dask", f"executor.address={running.address}")
    killer.join()
    assert running.workers[0].poll() is not None
    assert len(written) == POINTS
    assert set(written.values()) == {1}
    alone = sweep(tmp_path / "alone", "workers=1")
    for name in ("outcomes.parquet", "points.csv", "table.csv"):
        assert (swept / name).read_bytes() == (alone / name).read_bytes(), name
    assert pl.read_parquet(swept / "outcomes.parquet")["scenario"].n_unique() == POINTS
