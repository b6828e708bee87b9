"""A planner's terminal: runs kouan in a folder and returns what it said."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from sim.app import main

KOUAN = Path(sys.executable).with_name("kouan")
QUICK = ("horizon=smoke", "replications=2", "workers=1")


def kouan(folder: Path, *words: str) -> CompletedProcess[str]:
    """Run kouan with these words in a folder, to its end; in this process, for to start one takes two seconds."""
    typed, out, err = ["kouan", *words], StringIO(), StringIO()
    with (
        chdir(folder),
        patch.object(sys, "argv", typed[:]),
        patch.dict(os.environ, COLUMNS="80"),  # what a process has whose output is read
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main()
        except SystemExit as end:
            code = end.code
    return CompletedProcess(typed, code or 0, out.getvalue(), err.getvalue())


def start_kouan(folder: Path, *words: str) -> CompletedProcess[str]:
    """Run kouan as `kouan` does, in a process of its own."""
    return subprocess.run([KOUAN, *words], cwd=folder, capture_output=True, text=True, timeout=120)


def run_study(folder: Path, *words: str, run: Callable[..., CompletedProcess[str]] = kouan) -> tuple[Path, str]:
    """Run a quick study that must succeed; return its only run folder and what it printed."""
    done = run(folder, *QUICK, "out=out", *words)
    assert done.returncode == 0, done.stderr
    (written,) = list_runs(folder / "out")
    return written, done.stdout


def list_runs(out: Path) -> list[Path]:
    """Return the finished run folders, oldest first; the store of results is none."""
    return sorted(path for path in out.iterdir() if not path.name.startswith(".") and path.name != "store")


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class Session:
    """A running kouan in a session of its own, so that all its processes can be found."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.driver = subprocess.Popen(
            [KOUAN, *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind, however the test ended."""
        if self.processes():
            os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        for stream in (self.driver.stdout, self.driver.stderr):
            if stream:
                stream.close()

    def interrupt_all(self) -> None:
        """Do what Ctrl-C does on a terminal: interrupt the driver and its workers alike."""
        os.killpg(self.driver.pid, signal.SIGINT)

    def processes(self) -> list[int]:
        """Return the processes of the session that live (Linux: /proc/<pid>/stat, see proc(5))."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            stat = _read(path)
            state, session = (stat[0], int(stat[3])) if stat else ("Z", 0)
            if session == self.driver.pid and state not in "ZX":
                found.append(int(path.parent.name))
        return found

    def busy_workers(self) -> int:
        """Return how many worker processes have computed for two seconds, so that they have surely begun a job."""
        ticks = 2.0 * os.sysconf("SC_CLK_TCK")
        workers = [pid for pid in self.processes() if pid != self.driver.pid]
        return sum(_cpu_ticks(pid) > ticks for pid in workers)

    def wait_until(self, happens: Callable[[], bool], seconds: float = 60.0) -> bool:
        """Return whether something happens within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if happens():
                return True
            time.sleep(0.05)
        return happens()

    def hear_out(self, seconds: float) -> tuple[int, str]:
        """Return exit code and error output of a driver that must end within so many seconds."""
        _, said = self.driver.communicate(timeout=seconds)
        return self.driver.returncode, said


def _read(path: Path) -> Sequence[str]:
    """Return the fields of a stat file after the command's name; nothing if the process is gone."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ()


def _cpu_ticks(pid: int) -> int:
    stat = _read(Path(f"/proc/{pid}/stat"))
    return int(stat[11]) + int(stat[12]) if stat else 0
