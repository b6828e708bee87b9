"""Costs and emissions of one run: what the port pays, what its users pay and burn, and CPMM's indicators."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.averages import ratio
from sim.outcomes.port_costs import price_port
from sim.outcomes.use import Use, find_terms, is_user, read_use
from sim.outcomes.user_costs import Burnt, burn, price_users
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.scenario.costs import UserCosts
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Row = tuple[str, str, str, str, float]

OWN = ("time", "cargo_time", "fuel", "electricity")
"""What users use up themselves; all else that they pay is somebody's income."""
AT_BORDER = ("fees", "irregular", "charges", "parking")
"""What a driver pays at the border; demurrage is settled elsewhere."""
MODES = ("road", "rail", "air")
"""Of which freight the indicators are: the first that crosses the border."""


def measure_costs(
    scenario: Scenario, visits: Visits, stay_min: tuple[FloatArray, FloatArray], measured: Iterable[Row], window: Window
) -> Iterator[Row]:
    """Yield costs in yuan per day and per vehicle that crosses the border; nothing without `scenario.costs`.

    Scope `cost`. Of the port: `staff`, `lanes`, `equipment`, together `port`. Of its users, who are vehicles and
    cargo released within the window, on our side: `time`, `cargo_time`, `fuel`, `electricity`, which they use up,
    and `fees`, `irregular`, `charges` (for checks and lifts), `parking`, `demurrage`, which others receive; together
    `users`, and `users/<class>`. `society` is the port and what users use up: what they pay to others is in there
    as the port's own cost, or only changes hands. Traffic that passes by is left out, and so is the other side of the
    border. Demand is taken as given: nobody stays away because of a fee. `stay_min` is when each movement entered
    our side and was released.

    Scope `emissions` (`port` and each class): fuel, electricity and carbon dioxide of users.

    Scopes `port` and `direction`: CAREC's indicators TFI1 and TFI2, time taken and cost incurred at a border-crossing
    point (ADB, CAREC CPMM 2023 report, introduction: cpmm.carecprogram.org/2023-report), as means over freight
    vehicles released. `tfi1` is hours from entering the queue at our border-crossing point to leaving it, waiting,
    loading and unloading included; `tfi2` is what is paid there, official or not, in US dollars; the value of time is
    no part of it. They are those of road freight, of rail where no trucks cross. CPMM reads drivers' logs of some
    trips, we count every vehicle; each side of a border is a point of its own, and these are of ours only; a truck
    that enters empty and leaves loaded is one sample, not two.
    """
    costs = scenario.costs
    if costs is None:
        return
    classes = visits.movements.classes
    terms, ways = [find_terms(scenario, name) for name in classes], [_direction(scenario, name) for name in classes]
    use = read_use(visits, stay_min, terms, costs.energy.port_speed_kmh, window)
    burnt = burn(use, terms, costs.energy)
    port = price_port(scenario, costs, visits, {row[:3]: row[4] for row in measured}, window)
    paid = price_users(costs, visits.stations, use, terms, ways, burnt)
    yield from _list_costs(scenario, use, port, paid)
    yield from _list_emissions(scenario, use, burnt)
    usd = sum((paid[name] for name in AT_BORDER), np.zeros(len(classes))) / costs.yuan_per_usd
    for scope, name, members in _find_freight(scenario, terms, ways):
        freight = float(use.released[members].sum())
        yield scope, name, "tfi1", "h", ratio(float(use.stay_h[members].sum()), freight)
        yield scope, name, "tfi2", "USD", ratio(float(usd[members].sum()), freight)


def _list_costs(
    scenario: Scenario, use: Use, port: Mapping[str, float], paid: Mapping[str, FloatArray]
) -> Iterator[Row]:
    """Yield components, totals, and what each class of users pays."""
    totals = {**port, **{name: float(each.sum()) for name, each in paid.items()}}
    totals["port"] = sum(port.values())
    totals["users"] = sum(float(each.sum()) for each in paid.values())
    totals["society"] = totals["port"] + sum(totals[name] for name in OWN)
    crossing = float(use.released[_crosses(scenario)].sum())
    for name, value in totals.items():
        yield from _rates("cost", name, "", "yuan", value, crossing)
    for index, name in _users(scenario):
        each = sum(float(component[index]) for component in paid.values())
        yield from _rates("cost", f"users/{name}", "", "yuan", each, float(use.released[index]))


def _list_emissions(scenario: Scenario, use: Use, burnt: Burnt) -> Iterator[Row]:
    crossing = float(use.released[_crosses(scenario)].sum())
    for what, (unit, amount) in burnt.items():
        yield from _rates("emissions", "port", f"{what}_", unit, float(amount.sum()), crossing)
        for index, name in _users(scenario):
            each, released = float(amount[index]), float(use.released[index])
            yield from _rates("emissions", name, f"{what}_", unit, each, released)


def _rates(scope: str, name: str, what: str, unit: str, per_day: float, vehicles: float) -> Iterator[Row]:
    yield scope, name, f"{what}per_day", f"{unit}/day", per_day
    yield scope, name, f"{what}per_vehicle", f"{unit}/vehicle", ratio(per_day, vehicles)


def _users(scenario: Scenario) -> list[tuple[int, str]]:
    return [(index, name) for index, name in enumerate(scenario.demand.classes) if is_user(scenario, name)]


def _crosses(scenario: Scenario) -> BoolArray:
    """Return which classes are vehicles that cross the border."""
    classes = scenario.demand.classes
    return np.array([not (scenario.is_local(name) or scenario.is_cargo(name)) for name in classes])


def _direction(scenario: Scenario, name: str) -> str:
    return next(iter(scenario.port.routes_of(scenario.demand.classes[name].route).values())).direction


def _find_freight(scenario: Scenario, terms: list[UserCosts], ways: list[str]) -> Iterator[tuple[str, str, BoolArray]]:
    """Yield (scope, name, members) of freight that crosses the border, of the first mode that there is."""
    modes = [each.mode if crosses else None for each, crosses in zip(terms, _crosses(scenario), strict=True)]
    mode = next((mode for mode in MODES if mode in modes), None)
    freight = np.array([each is not None and each == mode for each in modes])
    directions = np.array(ways)
    if freight.any():
        yield "port", "port", freight
    for way in sorted(set(directions[freight])):
        yield "direction", str(way), freight & (directions == way)
