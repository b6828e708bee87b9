"""Cumulative curves of a road: how many have passed each point by each time, and so its queue and its density.

Everything follows from when vehicles entered and left a road (Newell 1993): of the vehicles that have passed a
point x by time t there are as many as those that entered by t - x / u could be, driving freely at u, and no more
than those that left by t - (L - x) / w plus those that stand between, jam density x (L - x). Where the second
number is the smaller, there is a queue. In disruptions, both times pass on the slower clocks of the road.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Calendar
from sim.outcomes.visits import Visits
from sim.port import Road
from sim.port.roads import pce_on_roads, pool_name, road_clocks
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
CELLS = 40
"""Parts of a road in which queues are read."""


@dataclass(frozen=True)
class Curve:
    """A cumulative count of passenger cars: `pcu[i]` have passed from `time_min[i]` on, ascending."""

    time_min: FloatArray
    pcu: FloatArray

    def at(self, time_min: FloatArray) -> FloatArray:
        """Return how many have passed at each time, of any shape."""
        return np.append(0.0, self.pcu)[np.searchsorted(self.time_min, time_min, side="right")]


@dataclass(frozen=True)
class Clock:
    """How many minutes of a calendar's clock have passed by each minute of the run; between them it runs evenly."""

    time_min: FloatArray
    passed_min: FloatArray

    @classmethod
    def of(cls, calendar: Calendar | None, end_min: float) -> "Clock":
        """Make the clock of a calendar that never stands still, or the wall clock, until an end that is late enough."""
        if calendar is None:
            return cls(np.array([0.0, end_min]), np.array([0.0, end_min]))
        edges = np.append(calendar.opens_min, calendar.opens_min[-1] + end_min)
        return cls(edges, np.append(0.0, np.cumsum(np.diff(edges) * calendar.rate)))

    def before(self, time_min: FloatArray, minutes: FloatArray) -> FloatArray:
        """Return the time from which so many minutes of the clock pass until each time."""
        passed = np.interp(time_min, self.time_min, self.passed_min) - minutes
        return np.where(passed < 0.0, passed, np.interp(passed, self.passed_min, self.time_min))


@dataclass(frozen=True)
class RoadCurves:
    """Who entered and left a road, in passenger cars, and the clocks on which they drive and places come back.

    `largest_pcu` is the largest vehicle: a road is full if that does not find room.
    """

    road: Road
    entered: Curve
    left: Curve
    drive: Clock
    wave: Clock
    largest_pcu: float

    def passed(self, x_km: FloatArray, time_min: FloatArray) -> FloatArray:
        """Return how many passenger cars have passed each point at each time, shape (points, times)."""
        free, held = self._bounds(x_km, time_min)
        return np.minimum(free, held)

    def queue_km(self, time_min: FloatArray) -> FloatArray:
        """Return how far the queue before the exit reaches back at each time, to one part in `CELLS` of the road."""
        x_km = np.linspace(0.0, self.road.link.length_km, CELLS + 1)
        free, held = self._bounds(x_km, time_min)
        held[0] -= self.largest_pcu
        flows = np.flip(free <= held, axis=0)
        queued = np.where(flows.any(axis=0), flows.argmax(axis=0), CELLS + 1)
        return np.asarray(np.maximum(queued - 1, 0) * self.road.link.length_km / CELLS)

    def density_pcu_per_km(self, x_km: FloatArray, time_min: FloatArray) -> FloatArray:
        """Return passenger cars per kilometre between neighbouring points, shape (points - 1, times)."""
        return np.asarray(-np.diff(self.passed(x_km, time_min), axis=0) / np.diff(x_km)[:, None])

    def _bounds(self, x_km: FloatArray, time_min: FloatArray) -> tuple[FloatArray, FloatArray]:
        link = self.road.link
        ahead_km = (link.length_km - x_km)[:, None]
        free = self.entered.at(self.drive.before(time_min, 60.0 * x_km[:, None] / link.free_flow_kmh))
        held = self.left.at(self.wave.before(time_min, 60.0 * ahead_km / link.wave_kmh()))
        return free, held + link.jam_pcu_per_km * ahead_km


def read_curves(scenario: Scenario, visits: Visits, index: int) -> RoadCurves:
    """Return the curves of the road with this index, from its visits."""
    road = visits.stations[index]
    assert isinstance(road, Road)
    here = np.flatnonzero(visits.station == index)
    vehicles = [scenario.demand.classes[name] for name in visits.movements.classes]
    by_class = np.array([pce_on_roads(scenario, vehicle).get(road.key, 0.0) for vehicle in vehicles])
    pce = by_class[visits.movements.vehicle[visits.movement[here]]]
    clocks = road_clocks(road, scenario)
    drive, wave = (
        Clock.of(clocks.get(pool_name(road, what)), scenario.horizon.end_min) for what in ("drive", "places")
    )
    return RoadCurves(
        road,
        _count(visits.enter_min[here], pce),
        _count(visits.leave_min[here], pce),
        drive,
        wave,
        float(by_class.max()),
    )


def _count(time_min: FloatArray, pce: FloatArray) -> Curve:
    order = np.argsort(time_min, kind="stable")
    passed = order[: np.count_nonzero(~np.isnan(time_min))]
    return Curve(time_min[passed], np.cumsum(pce[passed]))
