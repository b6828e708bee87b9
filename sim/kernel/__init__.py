"""The one stateful room: a program goes in, a trace of when each step began and ended comes out."""

from sim.kernel.engines import ENGINES, prepare, run
from sim.kernel.gridlock import Gridlock
from sim.kernel.program import (
    Calendar,
    Choice,
    Op,
    Option,
    Pool,
    Program,
    Step,
    assemble,
    choose,
    delay,
    release,
    seize,
    skip,
    try_seize,
    until,
)
from sim.kernel.trace import Trace

__all__ = [
    "ENGINES",
    "Calendar",
    "Choice",
    "Gridlock",
    "Op",
    "Option",
    "Pool",
    "Program",
    "Step",
    "Trace",
    "assemble",
    "choose",
    "delay",
    "prepare",
    "release",
    "run",
    "seize",
    "skip",
    "try_seize",
    "until",
]
