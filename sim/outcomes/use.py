"""Use: what vehicles and cargo that were released took of the port's time, yards, stops and fuel, by class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.port import Road
from sim.scenario.costs import NO_USER_COSTS, UserCosts
from sim.scenario.schema import Scenario
from sim.scenario.terminals import TRACKS

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Use:
    """Per day and class, of those released within the window, on our side of the border; shape (classes,).

    `stay_h` are vehicle-hours, `beyond_free_h` those without demurrage left out; `wait_h` those in queues and
    blocked, `drive_km` the way. `visits` and `parked_h` are by stop, shape (classes, stops).
    """

    released: FloatArray
    stay_h: FloatArray
    beyond_free_h: FloatArray
    wait_h: FloatArray
    drive_km: FloatArray
    visits: FloatArray
    parked_h: FloatArray


def read_use(
    visits: Visits, stay_min: tuple[FloatArray, FloatArray], terms: list[UserCosts], speed_kmh: float, window: Window
) -> Use:
    """Return the use of the port by everybody whose stay (entered, released) ends within the window."""
    enter, release = stay_min
    counts = window.holds(release)
    vehicle = visits.movements.vehicle
    free = np.array([each.free_h for each in terms])[vehicle]
    stay_h = (release - enter) / 60.0
    rows = np.flatnonzero(counts[visits.movement] & visits.own_side)
    of_row, stop = vehicle[visits.movement[rows]].astype(np.int64), visits.station[rows].astype(np.int64)

    def by_class(who: NDArray[np.integer], values: FloatArray | None = None) -> FloatArray:
        return np.bincount(who, values, minlength=len(terms)) / window.days

    def by_stop(values: FloatArray | None = None) -> FloatArray:
        cells = np.bincount(of_row * len(visits.stations) + stop, values, len(terms) * len(visits.stations))
        return cells.reshape(len(terms), -1) / window.days

    return Use(
        released=by_class(vehicle[counts]),
        stay_h=by_class(vehicle[counts], stay_h[counts]),
        beyond_free_h=by_class(vehicle[counts], np.maximum(stay_h - free, 0.0)[counts]),
        wait_h=by_class(of_row, (visits.waiting_min + visits.blocked_min)[rows] / 60.0),
        drive_km=by_class(of_row, _drive_km(visits, speed_kmh)[rows]),
        visits=by_stop(),
        parked_h=by_stop((visits.leave_min - visits.arrive_min)[rows] / 60.0),
    )


def _drive_km(visits: Visits, speed_kmh: float) -> FloatArray:
    """Return the length of a road, elsewhere how far one gets at the port's speed while driving to a stop."""
    length = np.array([stop.link.length_km if isinstance(stop, Road) else np.nan for stop in visits.stations])
    between = visits.driving_min / 60.0 * speed_kmh
    return np.where(np.isnan(length[visits.station]), between, length[visits.station])


def is_user(scenario: Scenario, name: str) -> bool:
    """Say whether a class uses the port: it crosses the border or comes for cargo, and does not only pass by."""
    port = scenario.port
    if not scenario.is_local(name):
        return True
    routes = port.routes_of(scenario.demand.classes[name].route).values()
    return any(stop not in port.links for route in routes for stop in route.through)


def find_terms(scenario: Scenario, name: str) -> UserCosts:
    """Return what a class pays and what its hours are worth; for those who only pass by all is 0."""
    costs = scenario.costs
    if costs is None or not is_user(scenario, name):
        return NO_USER_COSTS
    if scenario.is_cargo(name):
        return costs.cargo.model_copy(update={"tonnes": scenario.demand.classes[name].tonnes})
    terms = costs.of_vehicle(name)
    tonnes = _tonnes_aboard(scenario, name)
    return terms if tonnes is None else terms.model_copy(update={"tonnes": tonnes})


def _tonnes_aboard(scenario: Scenario, name: str) -> float | None:
    """Return the mean tonnes of cargo on a vehicle that comes to a terminal; None if it comes to none.

    At a terminal on our side the cargo's own hours count, so none is aboard here.
    """
    port, classes = scenario.port, scenario.demand.classes
    terminals = [each for part in TRACKS for each in port.terminals_of(classes[name].route, part)]
    if not terminals:
        return None
    if any(port.terminals[each].agency != "neighbour" for each in terminals):
        return 0.0
    brought = [(each, each.comes_with) for each in classes.values() if each.comes_with]
    return sum(each.tonnes * terms.each * terms.fill for each, terms in brought if terms.carrier == name)
