"""Jobs for workers, in a file that a worker imports quickly."""

import os
import signal
import time
from pathlib import Path

from sim.scenario.problems import Problem, ScenarioError

DIES_ONCE, DIES_ALWAYS = 3, 5
"""Jobs of `kill_own_worker`, by place."""


def last_comes_first(place: int) -> int:
    """Return the place; the first job takes longest."""
    time.sleep(0.05 * (4 - place))
    return place


def divide_by(number: int) -> float:
    return 1.0 / number


def own_process(_: int) -> int:
    return os.getpid()


def refuse(place: int) -> int:
    """Return the place, but for one whose scenario is wrong."""
    if place == 1:
        raise ScenarioError([Problem("port.hours", "must be opening hours", "noon")])
    return place


def kill_own_worker(job: tuple[int, Path]) -> int:
    """Return the place, but end like a process that is killed for want of memory at two of them."""
    place, folder = job
    marker = folder / str(place)
    if place == DIES_ALWAYS or (place == DIES_ONCE and not marker.exists()):
        if place == DIES_ONCE:
            marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return place
