"""The one stateful room: a program goes in, a trace of when each step began and ended comes out."""

from sim.kernel.engines import ENGINES, prepare, run
from sim.kernel.gridlock import Gridlock
from sim.kernel.program import (
    Calendar,
    Op,
    Pool,
    Program,
    Step,
    assemble,
    delay,
    release,
    seize,
    try_seize,
    until,
)
from sim.kernel.trace import Trace

__all__ = [
    "ENGINES",
    "Calendar",
    "Gridlock",
    "Op",
    "Pool",
    "Program",
    "Step",
    "Trace",
    "assemble",
    "delay",
    "prepare",
    "release",
    "run",
    "seize",
    "try_seize",
    "until",
]
