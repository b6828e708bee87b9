"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own that can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STARTS_S = 60.0


class Cluster:
    """A running cluster; `address` is its scheduler's."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        found = folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--scheduler-file", str(found))
        end = time.monotonic() + STARTS_S
        while not (said := _find_address(found)):
            assert self.scheduler.poll() is None, (folder / "dask_scheduler.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        self.address = said
        self.workers = [
            self._start("dask_worker", said, "--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
            for _ in range(workers)
        ]

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no process behind, stopped ones neither."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def stop(self, worker: int) -> None:
        """Let a worker stand still, with whatever it is doing."""
        self.workers[worker].send_signal(signal.SIGSTOP)

    def kill(self, worker: int) -> None:
        """Kill a worker as the system does that has no memory left."""
        self.workers[worker].send_signal(signal.SIGKILL)
        self.workers[worker].wait()

    def _start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{program}", *words, "--host", "127.0.0.1", "--no-dashboard"],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )


def _find_address(found: Path) -> str:
    """Return the address in the scheduler's own file; nothing while it is being written."""
    try:
        return str(json.loads(found.read_text())["address"])
    except (OSError, ValueError):
        return ""
