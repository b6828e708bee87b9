"""Roads: the queue on each over time, spillback, and the delay of the port's traffic and of others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes.curves import read_curves
from sim.outcomes.queues import largest_number
from sim.outcomes.series import count_on_grid
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.port import Origin, Road
from sim.port.roads import road_times
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Row = tuple[str, str, str, str, float]
ROAD_GRID_MIN = 10.0


@dataclass(frozen=True)
class RoadSeries:
    """Queues on roads, on a grid of times; shape (roads, times).

    `queue_km` reaches back from the exit; `queue` counts the vehicles that would have left by then if they
    had met nobody.
    """

    roads: tuple[str, ...]
    grid_min: FloatArray
    queue_km: FloatArray
    queue: IntArray

    def to_frame(self) -> pl.DataFrame:
        """Return a table of minute, road, kilometres and vehicles."""
        return pl.DataFrame(
            {
                "minute": np.tile(self.grid_min, len(self.roads)),
                "road": np.repeat(np.array(self.roads, dtype=str), len(self.grid_min)),
                "queue_km": self.queue_km.ravel(),
                "queue": self.queue.ravel(),
            }
        )


def read_road_series(scenario: Scenario, visits: Visits) -> RoadSeries:
    """Return the queues on all roads of one run, every ten minutes from minute 0."""
    grid = np.arange(0.0, scenario.horizon.end_min, ROAD_GRID_MIN)
    indices = [index for index, stop in enumerate(visits.stations) if isinstance(stop, Road)]
    if not indices:
        return RoadSeries((), grid, np.empty((0, len(grid))), np.empty((0, len(grid)), dtype=np.int64))
    queue = count_on_grid(
        visits.station, len(visits.stations), visits.arrive_min, visits.leave_min, len(grid), ROAD_GRID_MIN
    )
    queue_km = [read_curves(scenario, visits, index).queue_km(grid) for index in indices]
    return RoadSeries(tuple(visits.stations[index].key for index in indices), grid, np.array(queue_km), queue[indices])


def measure_roads(scenario: Scenario, visits: Visits, series: RoadSeries, window: Window) -> Iterator[Row]:
    """Yield outcomes of scope `road` for every road and origin, and delays on all roads of scope `port`."""
    if not series.roads:
        return
    local = _find_local(scenario, visits)
    delays = np.zeros(2)
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Road | Origin):
            here = np.flatnonzero(visits.station == index)
            delay_h = _sum_delays(visits, stop, here, local, window)
            delays += delay_h
            rows = list(_measure_delay(delay_h, window))
            if isinstance(stop, Road):
                rows += _measure_road(visits, here, series, stop, window)
            yield from (("road", stop.key, *row) for row in rows)
    yield from (("port", "port", f"road_{row[0]}", *row[1:]) for row in _measure_delay(delays, window))


def _find_local(scenario: Scenario, visits: Visits) -> BoolArray:
    """Return for each visit whether the vehicle has nothing to do with the port."""
    by_class = np.array([scenario.is_local(name) for name in visits.movements.classes])
    return np.asarray(by_class[visits.movements.vehicle[visits.movement]])


def _sum_delays(visits: Visits, stop: Road | Origin, here: IntArray, local: BoolArray, window: Window) -> FloatArray:
    """Return hours within the window that port traffic and other traffic lost here, shape (2,).

    They waited, were blocked, or drove more slowly than the road allows.
    """
    minutes = window.minutes_within(visits.arrive_min[here], visits.start_min[here])
    minutes += window.minutes_within(visits.finish_min[here], visits.leave_min[here])
    if isinstance(stop, Road):
        slower = visits.driving_min[here] - road_times(stop.link).drive_min
        minutes += np.where(window.holds(visits.arrive_min[here]), np.maximum(slower, 0.0), 0.0)
    return np.asarray(np.bincount(local[here].astype(np.int64), minutes, minlength=2) / 60.0)


def _measure_delay(hours: FloatArray, window: Window) -> Iterator[tuple[str, str, float]]:
    for measure, value in zip(("delay_port", "delay_others"), hours.tolist(), strict=True):
        yield measure, "vehicle-h/day", value / window.days


def _measure_road(
    visits: Visits, here: IntArray, series: RoadSeries, road: Road, window: Window
) -> Iterator[tuple[str, str, float]]:
    left = here[window.holds(visits.leave_min[here])]
    yield "visits_per_day", "vehicles/day", len(left) / window.days
    for part in ("driving", "waiting", "blocked"):
        minutes = getattr(visits, f"{part}_min")[left]
        yield part, "min", float(minutes.mean()) if len(left) else float("nan")
    queue_km = series.queue_km[series.roads.index(road.key)][window.holds(series.grid_min)]
    yield "queue_mean_km", "km", float(queue_km.mean())
    yield "queue_max_km", "km", float(queue_km.max())
    most = largest_number(visits.arrive_min[here], visits.leave_min[here], window.ends)
    yield "queue_max", "vehicles", float(most)
    full = queue_km >= road.link.length_km
    yield "full", "h/day", float(full.mean()) * 24.0
    yield "first_full", "h", float(full.argmax()) * ROAD_GRID_MIN / 60.0 if full.any() else float("nan")
