"""A trace: when each step of a program began and ended, and what became of every movement."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.kernel.program import FloatArray, Op, Program


class Fate(IntEnum):
    """What became of a movement by the end of the run."""

    NOT_ARRIVED = 0
    NOT_ADMITTED = 1
    INSIDE = 2
    FINISHED = 3


@dataclass(frozen=True)
class Trace:
    """Clock minutes at which each step began and ended, shape (steps,); NaN where it did not.

    `fate` (movements,) accounts for everyone: arrived = finished + inside + not admitted.
    """

    began_min: FloatArray
    ended_min: FloatArray
    fate: NDArray[np.int8]


def account(program: Program, began_min: FloatArray, ended_min: FloatArray, done: NDArray[np.bool_]) -> Trace:
    """Return the trace with each movement's fate; a movement is admitted with its first grant."""
    fate = np.full(program.movements, Fate.INSIDE, dtype=np.int8)
    arrived = program.start_min < program.horizon_min
    asks = np.flatnonzero((program.op == Op.SEIZE) | (program.op == Op.TRY))
    owner, first = np.unique(program.movement_of_step()[asks], return_index=True)
    refused = np.isnan(ended_min[asks[first]])
    fate[owner[refused]] = Fate.NOT_ADMITTED
    fate[done] = Fate.FINISHED
    fate[~arrived] = Fate.NOT_ARRIVED
    return Trace(began_min, ended_min, fate)
