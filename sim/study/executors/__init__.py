"""Runs jobs in this process, in workers on this machine or on a cluster, and hands over each result as it comes."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sim.scenario.settings import DaskCluster, Workers
from sim.study.executors.flight import Failure, Take, WorkerLost
from sim.study.executors.processes import run_here, run_in_processes

__all__ = ["Failure", "WorkerLost", "run_each", "run_jobs"]

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def run_each(work: Callable[[_Job], _Result], jobs: Iterable[_Job], workers: Workers, take: Take[_Result]) -> None:
    """Call `take(position, result)` for every job as it ends, with a `Failure` for one that could not be done.

    Every job is taken exactly once, whatever happens to workers: those that a dead worker leaves behind are done
    again, and one that kills its worker again and again is a failure. `take` is called in this process, in the order
    in which jobs end; what it raises ends the run. Jobs are read as they are needed, so there may be a million.

    Parameters
    ----------
    work, jobs
        What can be imported and pickled: workers are other processes.
    workers
        Processes of this machine, None for one per core, 1 to stay in this process; or a cluster.

    Raises
    ------
    WorkerLost
        If the cluster cannot be reached, is lost or runs other code. What was taken before is not lost.
    """
    if isinstance(workers, DaskCluster):
        from sim.study.executors.cluster import run_on_cluster  # the library takes a second that others need not wait

        run_on_cluster(work, jobs, workers.address, take)
    elif workers == 1:
        run_here(work, jobs, take)
    else:
        run_in_processes(work, jobs, workers, take)


def run_jobs(
    work: Callable[[_Job], _Result], jobs: Sequence[_Job], workers: Workers, on_done: Callable[[], None]
) -> list[_Result]:
    """Return `work(job)` for every job, in order, and raise the first error; otherwise as `run_each`.

    A single job stays in this process, unless there is a cluster.

    Raises
    ------
    WorkerLost
        If a job kills its worker again and again.
    """
    results: dict[int, _Result] = {}

    def take(position: int, result: _Result | Failure) -> None:
        if isinstance(result, Failure):
            raise result.error
        results[position] = result
        on_done()

    alone = len(jobs) <= 1 and not isinstance(workers, DaskCluster)
    run_each(work, jobs, 1 if alone else workers, take)
    return [results[position] for position in range(len(jobs))]
