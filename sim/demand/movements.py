"""Movements: the arrivals of a run, each with an identity that its luck hangs on."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.luck import Luck

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Movements:
    """All arrivals of a run, sorted by time; columns of shape (n,).

    `vehicle` indexes `classes`; `layer` and `index` say which candidate of the class this is.
    The same candidate is the same vehicle in every scenario: when demand grows or shrinks,
    candidates come or go and the others keep their arrival and their luck. `wish_min` is when they
    would have come if they had not had to book a slot; None if nobody had to. `due_min` is when those with a
    timetable are due (NaN for others), `parent` the movement that one comes with (-1: none) and `option` the
    number of the route that is taken where given shares take each; None if there is none of these.
    """

    classes: tuple[str, ...]
    arrival_min: FloatArray
    vehicle: NDArray[np.int16]
    layer: NDArray[np.int8]
    index: IntArray
    wish_min: FloatArray | None = None
    due_min: FloatArray | None = None
    parent: IntArray | None = None
    option: NDArray[np.int8] | None = None

    def __len__(self) -> int:
        return len(self.arrival_min)

    def at_times(self, time_min: FloatArray) -> "Movements":
        """Return the same vehicles, which come at other times, in the new order."""
        order = np.lexsort((self.index, self.layer, self.vehicle, time_min))
        return replace(self, arrival_min=time_min, wish_min=self.arrival_min).take(order)

    def take(self, order: IntArray) -> "Movements":
        """Return all movements in another order."""
        columns = {name: column[order] for name in self._columns if (column := getattr(self, name)) is not None}
        if self.parent is not None:
            place = np.empty(len(order) + 1, dtype=np.int64)
            place[order], place[-1] = np.arange(len(order)), -1
            columns["parent"] = place[columns["parent"]]
        return replace(self, **columns)

    @property
    def _columns(self) -> list[str]:
        return [each.name for each in fields(self) if each.name != "classes"]

    @cached_property
    def home_wait_min(self) -> FloatArray:
        """Minutes between the wish to come and the arrival, which vehicles with appointments spend at home."""
        return np.zeros(len(self)) if self.wish_min is None else self.arrival_min - self.wish_min

    @cached_property
    def _streams(self) -> list[tuple[int, int, IntArray, IntArray]]:
        """For each class and layer that has arrivals: class, layer, its movements and their indices."""
        stratum = self.vehicle.astype(np.int64) * 128 + self.layer
        order = np.argsort(stratum, kind="stable")
        starts = np.flatnonzero(np.diff(stratum[order], prepend=-1))
        groups = [who for who in np.split(order, starts[1:]) if len(who)]
        return [(*divmod(int(stratum[who[0]]), 128), who, self.index[who]) for who in groups]

    def luck_for(self, luck: Luck, purpose: str, who: IntArray | None = None) -> FloatArray:
        """Return the uniforms of movements `who` (all, if none are named) for one purpose, shape of `who`."""
        wanted = np.ones(len(self.classes), dtype=bool)
        if who is not None:
            wanted = np.bincount(self.vehicle[who], minlength=len(self.classes)) > 0
        drawn = np.empty(len(self))
        for vehicle, layer, members, index in self._streams:
            if wanted[vehicle]:
                stream = f"{self.classes[vehicle]}/{layer}/{purpose}"
                drawn[members] = luck.uniforms(stream, int(index.max()) + 1)[index]
        return drawn if who is None else drawn[who]
