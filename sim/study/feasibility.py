"""Feasibility: what a scenario cannot do, seen before it is run: too much work, hours that never meet, idle parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.window import Window
from sim.port import Lift, Station, expand_stops
from sim.port.expansion import expand_route
from sim.port.roster import hours_open
from sim.scenario.schema import Scenario
from sim.study.offered import Load, measure_loads

TIGHT = 0.9
"""Load of the day above which waits depend on luck more than on the mean."""
LEAST_OVERLAP_H = 1.0
"""Hours a day for which two steps that follow each other must be open together."""

Idle = Literal["off_route", "unused_route", "unused_selection", "never_selects", "never_opens", "unused_crew"]


@dataclass(frozen=True)
class Overlap:
    """How long two steps that follow each other on a route are open, each alone and both together, hours a day.

    `pile_up` are the vehicles a day that the first passes on evenly while the second is shut, if all come by the
    first; they stand in the `places` of the second, or block the first.
    """

    first: str
    second: str
    first_h: float
    second_h: float
    both_h: float
    pile_up: float
    places: int | None
    crosses: bool

    @property
    def is_short(self) -> bool:
        """Whether they hardly meet although both open."""
        return self.both_h < LEAST_OVERLAP_H and min(self.first_h, self.second_h) > 0.0


@dataclass(frozen=True)
class Feasibility:
    """Loads, the fullest first; overlaps of hours, those across the border and those that are short; idle parts."""

    loads: tuple[Load, ...]
    overlaps: tuple[Overlap, ...]
    idle: tuple[tuple[Idle, str], ...]

    @property
    def impossible(self) -> tuple[Load, ...]:
        """What is asked for more than it can give, whatever drivers choose: its queue grows without end."""
        return tuple(load for load in self.loads if load.unavoidable > 1.0)

    @property
    def tight(self) -> tuple[Load, ...]:
        """What is nearly full, or more than that if drivers do not go elsewhere."""
        return tuple(load for load in self.loads if load.day >= TIGHT and load.unavoidable <= 1.0)


def check_feasibility(scenario: Scenario) -> Feasibility:
    """Return what can be said of a scenario before it is run."""
    return Feasibility(measure_loads(scenario), tuple(find_overlaps(scenario)), tuple(_find_idle(scenario)))


def find_overlaps(scenario: Scenario) -> list[Overlap]:
    """Return the overlap of hours where routes in use cross the border, and wherever it is short; shortest first."""
    found = {}
    visits = {load.name: load.visits_per_day for load in measure_loads(scenario)}
    for first, second in _list_neighbours(scenario):
        crosses = (first.agency == "neighbour") != (second.agency == "neighbour")
        one, other = (_clip(hours_open(scenario, stop.hours), scenario) for stop in (first, second))
        alone_h = _last(one, scenario), _last(other, scenario)
        both_h = _both_open_h(one, other, scenario)
        pile_up = visits.get(second.key, 0.0) * (1.0 - both_h / alone_h[0]) if alone_h[0] else 0.0
        overlap = Overlap(first.key, second.key, *alone_h, both_h, pile_up, second.places, crosses)
        if crosses or overlap.is_short:
            found[first.key, second.key] = overlap
    return sorted(found.values(), key=lambda each: each.both_h)


def _both_open_h(first: NDArray[np.float64], second: NDArray[np.float64], scenario: Scenario) -> float:
    """Return the hours a day that lie within both of two lists of intervals, shape (n, 2) each."""
    if not len(second):
        return 0.0
    passed = np.zeros(second.size)  # open minutes of the second until each of its openings and closings
    passed[1::2] = np.cumsum(second[:, 1] - second[:, 0])
    passed[2::2] = passed[1:-1:2]
    return float(np.diff(np.interp(first, second.ravel(), passed)).sum()) / 60.0 / Window.of(scenario.horizon).days


def _clip(intervals: NDArray[np.float64], scenario: Scenario) -> NDArray[np.float64]:
    return np.clip(intervals, *Window.of(scenario.horizon).ends)


def _last(intervals: NDArray[np.float64], scenario: Scenario) -> float:
    """Return the hours a day that intervals last."""
    window = Window.of(scenario.horizon)
    return float((intervals[:, 1] - intervals[:, 0]).sum()) / 60.0 / window.days


def _list_neighbours(scenario: Scenario) -> Iterator[tuple[Station, Station]]:
    """Yield stations that follow each other on routes in use, but for roads, tracks and cranes between them."""
    stops, stands_for = expand_stops(scenario.port)
    for name in _used_routes(scenario):
        route = [stops[key] for key in expand_route(scenario.port.routes[name], stops, stands_for)]
        stations = [stop for stop in route if isinstance(stop, Station) and not isinstance(stop, Lift) and stop.hours]
        yield from pairwise(stations)


def _used_routes(scenario: Scenario) -> dict[str, None]:
    """Return the routes that some class may take, in their order."""
    used = (scenario.port.routes_of(vehicle.route) for vehicle in scenario.demand.classes.values())
    return dict.fromkeys(name for routes in used for name in routes)


def _find_idle(scenario: Scenario) -> Iterator[tuple[Idle, str]]:
    """Yield parts of the port that nobody can use."""
    port, used = scenario.port, _used_routes(scenario)
    on_route = {name for route in used for name in port.routes[route].through}
    reached = on_route | {name.rpartition(".")[0] for name in on_route}  # a route names the parts of a terminal
    for name in (*port.facilities, *port.inspection_sites, *port.terminals, *port.links):
        if name not in reached:
            yield "off_route", name
    yield from (("unused_route", name) for name in port.routes if name not in used)
    yield from _find_idle_selections(scenario)
    yield from (("never_opens", name) for name in _find_shut(scenario, reached))
    crews = {facility.crew for facility in port.facilities.values()}
    yield from (("unused_crew", name) for name in port.crews if name not in crews)


def _find_idle_selections(scenario: Scenario) -> Iterator[tuple[Idle, str]]:
    port = scenario.port
    exams = [exam for site in port.inspection_sites.values() for exam in site.examinations.values()]
    asked = {facility.selected_by for facility in port.facilities.values()} | {exam.selected_by for exam in exams}
    for name, selection in port.selections.items():
        if name not in asked:
            yield "unused_selection", name
        elif not any((selection.rate, *selection.rate_by_class.values(), *selection.rate_by_route.values())):
            yield "never_selects", name


def _find_shut(scenario: Scenario, reached: set[str]) -> Iterator[str]:
    """Yield facilities, sites and terminals on routes whose hours never open while outcomes are measured."""
    port = scenario.port
    hours = {name: facility.hours for name, facility in port.facilities.items()}
    hours |= {name: site.hours for name, site in port.inspection_sites.items()}
    hours |= {name: terminal.hours for name, terminal in port.terminals.items()}
    for name in hours:
        if name in reached and not _last(_clip(hours_open(scenario, hours[name]), scenario), scenario):
            yield name
