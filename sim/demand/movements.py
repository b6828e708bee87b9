"""Movements: the arrivals of a run, each with an identity that its luck hangs on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.demand.rates import draw_rate
from sim.luck import Luck
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOWEST_LAYER_PER_MIN = 1.0 / 60.0
"""Top of the first layer, arrivals per minute; each further layer doubles it."""


@dataclass(frozen=True)
class Movements:
    """All arrivals of a run, sorted by time; columns of shape (n,).

    `vehicle` indexes `classes`; `layer` and `index` say which candidate of the class this is.
    The same candidate is the same vehicle in every scenario: when demand grows or shrinks,
    candidates come or go and the others keep their arrival and their luck.
    """

    classes: tuple[str, ...]
    arrival_min: FloatArray
    vehicle: NDArray[np.int16]
    layer: NDArray[np.int8]
    index: IntArray

    def __len__(self) -> int:
        return len(self.arrival_min)

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
                drawn[members] = luck.uniforms(stream, int(index[-1]) + 1)[index]
        return drawn if who is None else drawn[who]


def sample_movements(scenario: Scenario, luck: Luck) -> Movements:
    """Draw all arrivals of a replication from non-stationary Poisson processes.

    Thinning of Lewis and Shedler (1979), layer by layer: candidates are the points of a unit
    Poisson process in the plane (time, rate); those under the class's rate curve arrive. Layers
    of doubling height, each with its own stream, keep candidates fixed however high the rate goes.
    """
    classes = tuple(scenario.demand.classes)
    parts = [
        (np.full(len(times), vehicle), np.full(len(times), layer), index, times)
        for vehicle, name in enumerate(classes)
        for layer, index, times in _sample_class(scenario, name, luck)
    ]
    vehicle, layer, index, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((index, layer, vehicle, times))
    return Movements(
        classes,
        times[order],
        vehicle[order].astype(np.int16),
        layer[order].astype(np.int8),
        index[order].astype(np.int64),
    )


def _sample_class(scenario: Scenario, name: str, luck: Luck) -> list[tuple[int, IntArray, FloatArray]]:
    rate = draw_rate(scenario, name, luck)
    layers = []
    layer, floor, top = 0, 0.0, LOWEST_LAYER_PER_MIN
    while layer == 0 or floor < rate.per_min.max():
        times = luck.poisson_times(f"{name}/{layer}/arrival", top - floor, scenario.horizon.end_min)
        height = floor + (top - floor) * luck.uniforms(f"{name}/{layer}/height", len(times))
        index = np.flatnonzero(height < rate.at(times))
        layers.append((layer, index, times[index]))
        layer, floor, top = layer + 1, top, 2.0 * top
    return layers
