"""Series over the run: queues at every station, and vehicles present, on one grid of times."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes.queues import number_at, numbers_at
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


def read_series(scenario: Scenario, visits: Visits) -> Series:
    """Return the series of one run, every half hour from minute 0."""
    grid = np.arange(0.0, scenario.horizon.end_min, GRID_MIN)
    stations, classes = len(visits.stations), len(visits.movements.classes)
    queue = numbers_at(visits.station, stations, visits.arrive_min, visits.start_min, grid)
    own = visits.own_side
    vehicle = visits.movements.vehicle[visits.movement[own]]
    held_up = numbers_at(vehicle, classes, visits.arrive_min[own], visits.start_min[own], grid)
    held_up += numbers_at(vehicle, classes, visits.finish_min[own], visits.leave_min[own], grid)
    finish = np.full(len(visits.movements), np.nan)
    finish[visits.movement] = visits.leave_min
    present = number_at(visits.movements.arrival_min, finish, grid)
    keys = tuple(station.key for station in visits.stations)
    return Series(keys, visits.movements.classes, grid, queue, held_up, present)
