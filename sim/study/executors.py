"""Runs jobs in this process or in workers, and returns results in the order of the jobs."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from sim.scenario.settings import Settings

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Failure:
    """A job that ended with an error, and what it said."""

    message: str


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


def run_each(
    work: Callable[[_Job], _Result], jobs: Sequence[_Job], settings: Settings
) -> Iterator[tuple[int, _Result | Failure]]:
    """Yield the position of each job and its result, or how it failed, as they finish."""
    for index, job in enumerate(jobs):
        try:
            yield index, work(job)
        except Exception as error:  # noqa: BLE001, whatever it is, the other jobs go on
            yield index, Failure(f"{type(error).__name__}: {error}")


def _run_in_workers(
    work: Callable[[_Job], _Result], jobs: Sequence[_Job], count: int, on_done: Callable[[], None]
) -> list[_Result]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_become_worker)
    others = set(multiprocessing.active_children())
    try:
        with _interrupts_held():
            futures = [pool.submit(work, job) for job in jobs]
        for future in futures:
            future.add_done_callback(lambda done: None if done.cancelled() else on_done())
        return _await_all(futures)
    except BrokenProcessPool as error:
        raise WorkerLost(f"a worker process died ({error}); try fewer workers, they may need more memory") from None
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _await_all(futures: Sequence[Future[_Result]]) -> list[_Result]:
    """Return all results, or raise the first error; a wait without end may not notice Ctrl-C."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
    return [future.result() for future in futures]


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back until workers are started, and for ever from them: it is the driver's to handle.

    The mask is what workers inherit, from their first instruction on; another thread of the driver
    may still take the signal, so the handler only notes it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    handler = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if noted:
        raise KeyboardInterrupt


def _become_worker() -> None:
    """Leave Ctrl-C to the driver, and end when the driver does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_driver, daemon=True).start()


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver:
        driver.join()
        os._exit(1)
