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
    await_signals,
    choose,
    delay,
    release,
    seize,
    seize_within,
    signal,
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
    "await_signals",
    "choose",
    "delay",
    "prepare",
    "release",
    "run",
    "seize",
    "seize_within",
    "signal",
    "skip",
    "try_seize",
    "until",
]
