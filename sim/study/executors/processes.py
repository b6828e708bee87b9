"""Jobs in this process or in workers of this machine; a pool whose worker died is built again."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import TypeVar

from sim.study.executors.flight import DIED, JOBS_PER_WORKER, Failure, Numbered, Take, WorkerLost, fly

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

DEATHS = 2
"""A job has failed when it has killed so many workers while no other job ran."""


def run_here(work: Callable[[_Job], _Result], jobs: Iterable[_Job], take: Take[_Result]) -> None:
    """Do every job in this process."""
    for position, job in enumerate(jobs):
        result: _Result | Failure
        try:
            result = work(job)
        except Exception as error:  # noqa: BLE001 - whatever a job raises is how it ended, as in a worker
            result = Failure(error)
        take(position, result)


def run_in_processes(
    work: Callable[[_Job], _Result], jobs: Iterable[_Job], count: int | None, take: Take[_Result]
) -> None:
    """Do every job in one of `count` workers, None for one per core.

    When a worker dies, the pool ends and takes along what was in flight. Nobody knows whose fault that was, so each
    of these is done again while no other runs; then all go on in a new pool.
    """
    workers = count or os.cpu_count() or 1
    waiting = enumerate(jobs)
    while suspects := _fly_in_pool(work, waiting, workers, JOBS_PER_WORKER * workers, take):
        _try_alone(work, suspects, take)


def _try_alone(work: Callable[[_Job], _Result], suspects: Sequence[Numbered[_Job]], take: Take[_Result]) -> None:
    """Do jobs one at a time, each as often as it may kill its worker."""
    deaths: Counter[int] = Counter()
    waiting = iter(suspects)
    while lost := _fly_in_pool(work, waiting, 1, 1, take):
        ((position, _),) = lost
        deaths[position] += 1
        if deaths[position] < DEATHS:
            waiting = chain(lost, waiting)
        else:
            take(position, Failure(WorkerLost(DIED)))


def _fly_in_pool(
    work: Callable[[_Job], _Result], jobs: Iterator[Numbered[_Job]], workers: int, most: int, take: Take[_Result]
) -> list[Numbered[_Job]]:
    with _open_pool(workers) as pool:
        return fly(work, jobs, pool, lambda: most, take)


@contextmanager
def _open_pool(workers: int) -> Iterator[Executor]:
    """Yield a pool whose workers end at once if the block does not end well."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_become_worker)
    others = set(multiprocessing.active_children())
    try:
        yield pool
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _become_worker() -> None:
    """Leave Ctrl-C to the driver, and end when the driver does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_driver, daemon=True).start()


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver:
        driver.join()
        os._exit(1)
