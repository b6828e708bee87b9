"""A trace: when each step of a program began and ended, and what became of every movement."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.kernel.program import SEIZE, TRY, FloatArray, Program


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
    """Return the trace with each movement's fate; a movement that asks is admitted with its first grant."""
    fate = np.where(done, Fate.FINISHED, Fate.INSIDE).astype(np.int8)
    fate[program.start_min >= program.horizon_min] = Fate.NOT_ARRIVED
    here = np.flatnonzero(fate == Fate.INSIDE)
    length = program.first_step[here + 1] - program.first_step[here]
    owner = np.repeat(np.arange(len(here)), length)
    step = np.repeat(program.first_step[here] - np.cumsum(length) + length, length) + np.arange(length.sum())
    tries = program.op[step] == TRY
    asks = tries | (program.op[step] == SEIZE)
    goes_on = ~np.isnan(np.append(began_min, np.nan)[step + 1])
    granted = asks & ~np.isnan(ended_min[step]) & (goes_on | ~tries)
    never = np.bincount(owner, granted, minlength=len(here)) == 0
    fate[here[never & (np.bincount(owner, asks, minlength=len(here)) > 0)]] = Fate.NOT_ADMITTED
    return Trace(began_min, ended_min, fate)
