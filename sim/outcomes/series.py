"""Series over the run: queues at every station, and vehicles present, on one grid of times."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes.visits import Visits
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GRID_MIN = 30.0


@dataclass(frozen=True)
class Series:
    """Vehicles on a grid of times.

    `queue` (stations, times) waits for service there; `held_up` (classes, times) waits or is
    blocked anywhere on our side; `present` (times) has arrived and not left.
    """

    stations: tuple[str, ...]
    classes: tuple[str, ...]
    grid_min: FloatArray
    queue: IntArray
    held_up: IntArray
    present: IntArray

    def to_frame(self) -> pl.DataFrame:
        """Return queues as a table of minute, station and vehicles."""
        return pl.DataFrame(
            {
                "minute": np.tile(self.grid_min, len(self.stations)),
                "station": np.repeat(np.array(self.stations), len(self.grid_min)),
                "queue": self.queue.ravel(),
            }
        )

    def list_held_up(self) -> pl.DataFrame:
        """Return a table of minute, class, and its vehicles that wait or are blocked on our side."""
        return pl.DataFrame(
            {
                "minute": np.tile(self.grid_min, len(self.classes)),
                "vehicle_class": np.repeat(np.array(self.classes, dtype=str), len(self.grid_min)),
                "held_up": self.held_up.ravel(),
            }
        )


def read_series(scenario: Scenario, visits: Visits) -> Series:
    """Return the series of one run, every half hour from minute 0."""
    grid = np.arange(0.0, scenario.horizon.end_min, GRID_MIN)
    stations, classes = len(visits.stations), len(visits.movements.classes)
    queue = count_on_grid(visits.station, stations, visits.arrive_min, visits.start_min, len(grid))
    own = visits.own_side
    vehicle = visits.movements.vehicle[visits.movement[own]]
    held_up = count_on_grid(vehicle, classes, visits.arrive_min[own], visits.start_min[own], len(grid))
    held_up += count_on_grid(vehicle, classes, visits.finish_min[own], visits.leave_min[own], len(grid))
    everyone = np.zeros(len(visits.movements), dtype=np.int64)
    present = count_on_grid(everyone, 1, visits.movements.arrival_min, visits.gone_min, len(grid))[0]
    keys = tuple(station.key for station in visits.stations)
    return Series(keys, visits.movements.classes, grid, queue, held_up, present)


def count_on_grid(
    group: NDArray[np.integer],
    groups: int,
    enter_min: FloatArray,
    leave_min: FloatArray,
    count: int,
    grid_min: float = GRID_MIN,
) -> IntArray:
    """Return how many of each group are present at each of the first `count` grid times, shape (groups, times)."""
    width = count + 1
    changes = np.zeros(groups * width, dtype=np.int64)
    first = group.astype(np.int64) * width
    for sign, times in ((1, enter_min), (-1, leave_min)):
        seen = times / grid_min
        np.fmin(np.ceil(seen, out=seen), count, out=seen)
        changes += sign * np.bincount(first + seen.astype(np.int64), minlength=groups * width)
    return np.cumsum(changes.reshape(groups, width)[:, :-1], axis=1)
