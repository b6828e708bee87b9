"""Routes: who takes which where a class has several, and how those fare who do."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.averages import mean, quantile
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
Row = tuple[str, str, str, str, float]


def measure_routes(
    scenario: Scenario, visits: Visits, enter_min: FloatArray, release_min: FloatArray, window: Window
) -> Iterator[Row]:
    """Yield how many set out on each route, how many are released from it and after how long, as for a class.

    `enter_min` and `release_min` (movements,) are when each entered our side of the border and was released from it.
    """
    here, released = window.holds(visits.movements.arrival_min), window.holds(release_min)
    for name, takes in find_takers(scenario, visits):
        hours = (release_min - enter_min)[takes & released] / 60.0
        yield "route", name, "set_out_per_day", "vehicles/day", float((takes & here).sum()) / window.days
        yield "route", name, "released_per_day", "vehicles/day", len(hours) / window.days
        yield "route", name, "release_mean", "h", mean(hours)
        yield "route", name, "release_p90", "h", quantile(hours, 0.9)


def find_takers(scenario: Scenario, visits: Visits) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield `class/route` and who takes it, of all routes that vehicles of a class choose, or might if they were let.

    Who has not come by the end is among those of the first.
    """
    number = np.zeros(len(visits.movements), dtype=np.int8) if visits.route is None else visits.route
    choices = [list(choice.options) for choice in scenario.port.route_choices.values()]
    for vehicle, name in enumerate(visits.movements.classes):
        own = list(scenario.port.routes_of(scenario.demand.classes[name].route))
        options = [route for choice in choices if set(choice) & set(own) for route in choice]
        for route in dict.fromkeys(options):
            takes = visits.movements.vehicle == vehicle
            yield f"{name}/{route}", takes & (number == own.index(route) if route in own else False)
