"""Keeps a few jobs in flight on any `concurrent.futures.Executor`, and hands over what comes back."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

JOBS_PER_WORKER = 2
"""In flight for each worker: one that it does and one that waits, so that it never waits for the driver."""
DIED = "its worker died again and again, most often for want of memory; try fewer workers, so that each has more"
GAVE_UP = "the cluster's scheduler has ended or was restarted; run this again, a sweep then goes on where it was"


class WorkerLost(RuntimeError):
    """A worker or a cluster that is gone, or was never there; the message says what to do."""


@dataclass(frozen=True)
class Failure:
    """A job that could not be done."""

    error: BaseException

    @property
    def message(self) -> str:
        """What happened, on one line."""
        said = " ".join(str(self.error).split())
        return said if isinstance(self.error, WorkerLost) else f"{type(self.error).__name__}: {said}"


Take = Callable[[int, _Result | Failure], None]
Numbered = tuple[int, _Job]


def fly(
    work: Callable[[_Job], _Result],
    jobs: Iterator[Numbered[_Job]],
    executor: Executor,
    most: Callable[[], int],
    take: Take[_Result],
) -> list[Numbered[_Job]]:
    """Do jobs, at most `most()` at a time; return those that were in flight if the executor broke.

    Raises
    ------
    WorkerLost
        If the executor gives up all its jobs, as a cluster does whose scheduler is gone.
    """
    flight: dict[Future[_Result], Numbered[_Job]] = {}
    lost: list[Numbered[_Job]] = []
    while True:
        if not lost:
            lost += _fill(work, jobs, executor, most(), flight)
        if not flight:
            return sorted(lost, key=lambda numbered: numbered[0])
        # A wait without end may not notice Ctrl-C.
        done, _ = wait(flight, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in done:
            position, job = flight.pop(future)
            try:
                error = future.exception()
            except CancelledError:
                raise WorkerLost(GAVE_UP) from None
            if isinstance(error, BrokenExecutor):
                lost.append((position, job))
            elif isinstance(error, WorkerLost):
                raise error
            else:
                take(position, Failure(error) if error else future.result())


def _fill(
    work: Callable[[_Job], _Result],
    jobs: Iterator[Numbered[_Job]],
    executor: Executor,
    most: int,
    flight: dict[Future[_Result], Numbered[_Job]],
) -> list[Numbered[_Job]]:
    """Submit jobs until `most` are in flight; return the one that a broken executor refuses."""
    with interrupts_held():
        for numbered in islice(jobs, max(0, most - len(flight))):
            try:
                flight[executor.submit(work, numbered[1])] = numbered
            except BrokenExecutor:
                return [numbered]
    return []


@contextmanager
def interrupts_held() -> Iterator[None]:
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
