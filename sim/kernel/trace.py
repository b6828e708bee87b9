"""A trace: when each step of a program began and ended, and what became of every movement."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.kernel.program import AWAIT, SEIZE, TRY, WITHIN, FloatArray, IntArray, Program


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
    op = program.op[step]
    asks = (op == SEIZE) | (op == TRY) | (op == WITHIN) | (op == AWAIT)
    granted = asks & is_granted(program, began_min, ended_min, step)
    never = np.bincount(owner, granted, minlength=len(here)) == 0
    fate[here[never & (np.bincount(owner, asks, minlength=len(here)) > 0)]] = Fate.NOT_ADMITTED
    return Trace(began_min, ended_min, fate)


def is_granted(program: Program, began_min: FloatArray, ended_min: FloatArray, step: IntArray) -> NDArray[np.bool_]:
    """Return which steps have ended, and not by refusal: a granted TRY goes on at the next step, a WITHIN past it."""
    op = program.op[step]
    goes_on = ~np.isnan(began_min[np.minimum(step + 1, len(began_min) - 1)])
    refused = ((op == TRY) & ~goes_on) | ((op == WITHIN) & goes_on)
    granted: NDArray[np.bool_] = ~np.isnan(ended_min[step]) & ~refused
    return granted
