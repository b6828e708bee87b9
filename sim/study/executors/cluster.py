"""Jobs on a Dask cluster: somebody starts it, we send it jobs; it does those of a dead worker again by itself."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sim.study.code_version import code_version
from sim.study.executors.flight import DIED, GAVE_UP, JOBS_PER_WORKER, Failure, Take, WorkerLost, fly

if TYPE_CHECKING:
    from distributed import Client

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

PATIENCE_S = 10.0
"""A scheduler that has not answered by then is not there."""
STARTING_S = 30.0
"""Workers are started beside the scheduler, and the first may take so long."""
NOT_INSTALLED = "executor=dask needs a library that is not installed; pip install 'kouan[dask]'"
OTHER_CODE = "{} have not the same kouan and numerical libraries as this machine; install the same on all of them"


def run_on_cluster(work: Callable[[_Job], _Result], jobs: Iterable[_Job], address: str, take: Take[_Result]) -> None:
    """Do every job on the cluster whose scheduler is at `address`.

    Raises
    ------
    WorkerLost
        If it cannot be reached, has no workers, is lost, or if its workers run other code than this process.
    """
    with _connect(address) as client:
        _require_same_code(client, address)
        executor = client.get_executor(pure=False)  # jobs that are equal are still two
        fly(
            SameCode(work, code_version()),
            enumerate(jobs),
            executor,
            lambda: JOBS_PER_WORKER * _count_threads(client),
            lambda position, result: take(position, _explain(result)),
        )


@dataclass(frozen=True)
class SameCode(Generic[_Job, _Result]):
    """Work that is done only where the code is that of the driver: workers may join at any time."""

    work: Callable[[_Job], _Result]
    version: str

    def __call__(self, job: _Job) -> _Result:
        """Return what the work does, or refuse to do it."""
        if code_version() != self.version:
            raise WorkerLost(OTHER_CODE.format("workers that joined later"))
        return self.work(job)


def _explain(result: _Result | Failure) -> _Result | Failure:
    """Say in our words that a job has killed one worker after another."""
    from distributed.scheduler import KilledWorker

    killed = isinstance(result, Failure) and isinstance(result.error, KilledWorker)
    return Failure(WorkerLost(DIED)) if killed else result


@contextmanager
def _connect(address: str) -> Iterator["Client"]:
    """Yield a client of a cluster that has workers; what it has not done by the end is cancelled."""
    try:
        from distributed import Client
    except ImportError:
        raise WorkerLost(NOT_INSTALLED) from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # it logs tracebacks of what we say in a line
    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        remedy = "start one with: dask scheduler"
        raise WorkerLost(f"executor.address: no Dask scheduler answers at {address} ({error}); {remedy}") from None
    try:
        _await_worker(client, address)
        yield client
    finally:
        client.close()


def _await_worker(client: "Client", address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=STARTING_S)
    except TimeoutError:
        raise WorkerLost(f"the cluster at {address} has no workers; start some: dask worker {address}") from None


def _require_same_code(client: "Client", address: str) -> None:
    """Refuse workers that would compute something else, or have no kouan at all."""
    answers: Mapping[str, Any] = client.run(code_version, on_error="return")
    others = sorted(worker for worker, answer in answers.items() if answer != code_version())
    if others:
        raise WorkerLost(OTHER_CODE.format(f"{len(others)} of {len(answers)} workers at {address} ({others[0]})"))


def _count_threads(client: "Client") -> int:
    """Return how many jobs the cluster does at a time; it may grow and shrink. At least 1: the next worker's."""
    try:
        threads: Mapping[str, int] = client.nthreads()
    except OSError:
        raise WorkerLost(GAVE_UP) from None
    return max(1, sum(threads.values()))
