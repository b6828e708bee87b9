"""The way to the port as data: its roads in driving order, the hours and kilometres worth drawing, and the density."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.curves import read_curves
from sim.outcomes.roads import RoadSeries
from sim.outcomes.visits import Visits
from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.schema import Port, Route, Scenario
from sim.study.replication import Study

FloatArray = NDArray[np.float64]

SEEN_KM = 0.05
"""Shorter queues are not named."""


@dataclass(frozen=True)
class Approach:
    """The roads of a route on our side, in driving order.

    `before_km`, shape (links + 1), is how far before the end of the last road each begins, and then 0;
    `stops` are the facilities there, by index into it.
    """

    links: tuple[str, ...]
    before_km: FloatArray
    stops: Mapping[int, tuple[str, ...]]

    def queue_km(self, roads: RoadSeries, hours: Window) -> FloatArray:
        """Return the queue on each of its roads at the times of a series within some hours, shape (links, times)."""
        rows = [roads.roads.index(link) for link in self.links]
        return roads.queue_km[rows][:, hours.holds(roads.grid_min)]


@dataclass(frozen=True)
class Density:
    """Density as a share of jam density, shape (cells, times), between edges along the way and in time."""

    before_km: FloatArray
    edges_min: FloatArray
    share: FloatArray


def find_approaches(study: Study) -> dict[str, Approach]:
    """Return the way to the port of each scenario that has roads."""
    found = {label: find_approach(scenario) for label, scenario in study.scenarios.items()}
    return {label: approach for label, approach in found.items() if approach}


def find_approach(scenario: Scenario) -> Approach | None:
    """Return the way to the port: of most trucks for export, and if they choose, the longest; None without roads.

    Trucks are classes that count for more than a passenger car. Without export by road it is the way of others.
    """
    ways = [
        ((route.direction == "export", vehicle.pce > 1.0, vehicle.per_day, approach.before_km[0]), approach)
        for vehicle in scenario.demand.classes.values()
        for route in scenario.port.routes_of(vehicle.route).values()
        if (approach := _follow(scenario.port, route)).links
    ]
    return max(ways, key=lambda way: way[0])[1] if ways else None


def _follow(port: Port, route: Route) -> Approach:
    """Return the approach along a route."""
    links: list[str] = []
    stops: dict[int, tuple[str, ...]] = {}
    for name in route.through:
        if name in port.links and port.is_ours(name):
            links.append(name)
        elif port.is_ours(name):
            stops[len(links)] = (*stops.get(len(links), ()), name)
    lengths_km = [port.links[name].length_km for name in reversed(links)]
    return Approach(tuple(links), np.cumsum([0.0, *lengths_km])[::-1], stops)


STANDS = 0.1
"""A queue above this share of the day's longest lets the hours begin or end half a day further."""


def choose_hours(study: Study) -> Window:
    """Return the measured day with the longest queue, all roads of ours together, in the first scenario with any.

    Half a day is added before or after if the queue stands at midnight; the first measured day if nobody queues.
    """
    horizon = next(iter(study.scenarios.values())).horizon
    for label, scenario in study.scenarios.items():
        roads = study.roads[label][0]
        queue_km = roads.queue_km[_find_ours(scenario, roads)].sum(axis=0)
        measured = np.where(roads.grid_min >= horizon.warmup_min, queue_km, 0.0)
        if measured.any():
            begin = float(roads.grid_min[measured.argmax()] // DAY_MIN * DAY_MIN)
            end = begin + DAY_MIN
            before, after = np.interp([begin, end], roads.grid_min, queue_km) > STANDS * measured.max()
            return Window(begin - before * DAY_MIN / 2, min(end + after * DAY_MIN / 2, horizon.end_min))
    return Window(horizon.warmup_min, horizon.warmup_min + DAY_MIN)


def find_queues(study: Study, hours: Window) -> dict[str, float]:
    """Return the longest queue within these hours of every road of ours that has one, longest first, km."""
    longest: dict[str, float] = {}
    for label, scenario in study.scenarios.items():
        roads = study.roads[label][0]
        most_km = roads.queue_km[:, hours.holds(roads.grid_min)].max(axis=1, initial=0.0)
        for road in _find_ours(scenario, roads):
            longest[roads.roads[road]] = max(longest.get(roads.roads[road], 0.0), float(most_km[road]))
    return {road: km for road, km in sorted(longest.items(), key=lambda item: -item[1]) if km >= SEEN_KM}


def _find_ours(scenario: Scenario, roads: RoadSeries) -> list[int]:
    """Return the indices of the roads of a series that are on our side."""
    return [index for index, key in enumerate(roads.roads) if scenario.port.is_ours(key)]


REACH = 1.5
"""The way is drawn this much further than queues reach."""


def find_reach(study: Study, hours: Window) -> float:
    """Return the kilometres before the port that are worth drawing: further than queues reach, or all the way."""
    approaches = find_approaches(study)
    whole_km = max(float(approach.before_km[0]) for approach in approaches.values())
    reach_km = max(_reach(approach, study.roads[label][0], hours) for label, approach in approaches.items())
    return min(whole_km, REACH * reach_km) if reach_km > 0.0 else whole_km


def _reach(approach: Approach, roads: RoadSeries, hours: Window) -> float:
    """Return how far before the port the queues on the way reach within the hours, km."""
    most_km = approach.queue_km(roads, hours).max(axis=1, initial=0.0)
    return float(np.where(most_km >= SEEN_KM, approach.before_km[1:] + most_km, 0.0).max())


CELL_MIN = 10
"""Minutes of a cell; it shows the mean of so many instants."""


def read_density(scenario: Scenario, visits: Visits, approach: Approach, hours: Window, cell_km: float) -> Density:
    """Return density along the way, in cells of about this length; the hours are whole cells of ten minutes."""
    instants = np.arange(hours.begin, hours.end)
    shares, edges_km = [], [approach.before_km[:1]]
    stations = [stop.key for stop in visits.stations]
    for link, begins_km in zip(approach.links, approach.before_km, strict=False):
        curves = read_curves(scenario, visits, stations.index(link))
        road = curves.road.link
        x_km = np.linspace(0.0, road.length_km, max(round(road.length_km / cell_km), 2) + 1)
        share = curves.density_pcu_per_km(x_km, instants) / road.jam_pcu_per_km
        shares.append(share.reshape(len(share), -1, CELL_MIN).mean(axis=2))
        edges_km.append(begins_km - x_km[1:])
    return Density(np.concatenate(edges_km), np.append(instants[::CELL_MIN], hours.end), np.concatenate(shares))
