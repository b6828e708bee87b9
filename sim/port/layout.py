"""The layout of a program: which template each planned visit follows, and at which step it begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.port.passages import Passage
from sim.port.pools import StopPools
from sim.port.steps import Template
from sim.port.templates import write_crossroads, write_end_of_way, write_ride, write_template
from sim.port.visits import CROSSROADS, LEAST_STOP, NOWHERE, RIDE, PlannedVisits

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int16]

ROWS_AT_ONCE = 1 << 17
"""Rows written together: temporaries then stay in the processor's cache."""


@dataclass(frozen=True)
class Layout:
    """Which template each row follows, and the step of the program at which it begins (and one more: the end)."""

    templates: tuple[Template, ...]
    follows: NDArray[np.int16]
    first: IntArray

    def position(self, name: str, rows: IntArray) -> IntArray:
        """Return the steps at which a named position of the rows' templates stands."""
        return np.asarray(self.first[rows] + self._positions(name)[self.follows[rows]])

    def position_if_any(self, name: str, rows: IntArray) -> IntArray | None:
        """Return the same, with -1 for templates that leave it out; None if all do."""
        positions = self._positions(name)
        if (positions < 0).all():
            return None
        return np.where(positions[self.follows[rows]] < 0, -1, self.position(name, rows))

    def rows_with(self, name: str) -> IntArray:
        """Return the rows whose templates have a named position."""
        has = self._positions(name) >= 0
        return np.flatnonzero(has[self.follows]) if has.any() else np.empty(0, dtype=np.int64)

    def copy_templates(self) -> tuple[NDArray[np.int8], NDArray[np.int8], IndexArray, NDArray[np.int32], FloatArray]:
        """Return the columns op, priority, target, count and value of all rows' templates, one after the other."""
        size = int(self.first[-1])
        flat = [step for template in self.templates for step in template.steps]
        length = _lengths(self.templates)
        starts = np.cumsum(length) - length
        dtypes = (np.int8, np.int8, np.int16, np.int32, np.float64)
        pieces = [np.array([step[i] for step in flat], dtype) for i, dtype in enumerate(dtypes)]
        columns = [np.empty(size, piece.dtype) for piece in pieces]
        for begin in range(0, len(self.follows), ROWS_AT_ONCE):
            follows = self.follows[begin : begin + ROWS_AT_ONCE]
            first = self.first[begin : begin + len(follows) + 1]
            steps = slice(int(first[0]), int(first[-1]))
            source = np.repeat(starts[follows] - first[:-1], length[follows]) + np.arange(steps.start, steps.stop)
            for column, piece in zip(columns, pieces, strict=True):
                column[steps] = piece[source]
        op, priority, target, count, value = columns
        return op, priority, target, count, value

    def find_ways(self, visits: PlannedVisits, first_step: IntArray) -> tuple[IntArray, FloatArray]:
        """Return the steps that skip to a chosen way or past those not taken, and how many steps they skip."""
        crossroads = np.flatnonzero(visits.stop == CROSSROADS)
        chooses = np.isin(visits.movement, visits.movement[crossroads])
        ends = np.flatnonzero(chooses & (visits.stop == NOWHERE))
        begins = np.flatnonzero(chooses & (visits.stop != CROSSROADS) & (visits.before == NOWHERE))
        to_way = self.way_steps(visits, begins)
        past_others = self.first[ends + 1] - 1
        steps = np.concatenate([to_way, past_others])
        aims = np.concatenate([self.first[begins], first_step[visits.movement[ends] + 1]])
        return steps, (aims - steps - 1).astype(np.float64)

    def way_steps(self, visits: PlannedVisits, rows: IntArray) -> IntArray:
        """Return the step at its crossroads that leads to the way of each row; -1 for movements that do not choose."""
        first_row = np.searchsorted(visits.movement, visits.movement[rows])
        chooses = visits.stop[first_row] == CROSSROADS
        ways = self._positions("ways")[self.follows[first_row]]
        return np.where(chooses, self.first[first_row] + ways + visits.option[rows], -1)

    def _positions(self, name: str) -> IntArray:
        return np.array([getattr(template, name) for template in self.templates], dtype=np.int64)


def lay_out(movements: Movements, visits: PlannedVisits, pools: StopPools, passages: Sequence[Passage]) -> Layout:
    """Write a template for each (class, stop before, stop) that occurs, and say which row follows which."""
    width = len(visits.stops) - LEAST_STOP
    kind = _kinds_of_rows(movements, visits)
    key = (kind * width + (visits.before - LEAST_STOP)) * width + (visits.stop - LEAST_STOP)
    shape = (2 * len(passages), width, width)
    keys = int(np.prod(shape))
    used = np.flatnonzero(np.bincount(key, minlength=keys))
    templates = tuple(
        _write(visits, pools, passages[kind // 2], bool(kind % 2), (before + LEAST_STOP, here + LEAST_STOP))
        for kind, before, here in np.column_stack(np.unravel_index(used, shape)).tolist()
    )
    number = np.zeros(keys, dtype=np.int16)
    number[used] = np.arange(len(used))
    follows = number[key]
    return Layout(templates, follows, np.concatenate([[0], np.cumsum(_lengths(templates)[follows])]))


def _kinds_of_rows(movements: Movements, visits: PlannedVisits) -> NDArray[np.int32]:
    """Return 2 x the class of each row, and 1 more if its movement has several ways."""
    kind = 2 * movements.vehicle.astype(np.int32)
    if visits.some_choose:
        kind[visits.movement[visits.stop == CROSSROADS]] += 1
    return np.asarray(kind[visits.movement])


def _write(visits: PlannedVisits, pools: StopPools, passage: Passage, has_ways: bool, way: tuple[int, int]) -> Template:
    here = way[1]
    if here == CROSSROADS:
        return write_crossroads(passage)
    if here == RIDE:
        return write_ride(passage)
    template = write_template(visits.stops, pools, passage, way, has_ways)
    return write_end_of_way(template) if here == NOWHERE and has_ways else template


def _lengths(templates: tuple[Template, ...]) -> IntArray:
    return np.array([len(template.steps) for template in templates], dtype=np.int64)
