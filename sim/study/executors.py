"""Runs jobs in this process or in workers, and returns results in the order of the jobs."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


class WorkerLost(RuntimeError):
    """A worker process ended by itself, most often for want of memory."""


def run_jobs(
    work: Callable[[_Job], _Result], jobs: Sequence[_Job], workers: int | None, on_done: Callable[[], None]
) -> list[_Result]:
    """Return `work(job)` for every job, in order; `workers` None is one per core, 1 is this process.

    Raises
    ------
    WorkerLost
        If a worker dies.
    """
    count = min(workers or os.cpu_count() or 1, len(jobs))
    if count <= 1:
        results = []
        for job in jobs:
            results.append(work(job))
            on_done()
        return results
    return _run_in_workers(work, jobs, count, on_done)


def _run_in_workers(
    work: Callable[[_Job], _Result], jobs: Sequence[_Job], count: int, on_done: Callable[[], None]
) -> list[_Result]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_become_worker)
    try:
        futures = [pool.submit(work, job) for job in jobs]
        for future in futures:
            future.add_done_callback(lambda done: None if done.cancelled() else on_done())
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise WorkerLost(f"a worker process died ({error}); try fewer workers, they may need more memory") from None
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
