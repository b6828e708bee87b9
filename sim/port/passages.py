"""Passages: how the vehicles of a class pass stops: their rank, their size on roads, and the meters they obey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.port.pools import StopPools
from sim.port.roads import pce_on_roads
from sim.port.stations import Stop
from sim.scenario.schema import Scenario, VehicleClass


@dataclass(frozen=True)
class Passage:
    """What the steps of a class depend on; stops by index.

    `pce` on each road of its routes; `called_by` and `calls` are the meters (pools) from which it needs a
    token to leave a stop, and to which it gives one when it has left it. It goes one of so many `options`;
    if there are several, `choice` is the number of the choice among them.
    """

    rank: int
    options: int
    choice: int
    pce: Mapping[int, float]
    called_by: Mapping[int, tuple[int, ...]]
    calls: Mapping[int, tuple[int, ...]]


def find_passages(
    scenario: Scenario, classes: Sequence[str], stops: Sequence[Stop], pools: StopPools, choosing: Sequence[str]
) -> tuple[Passage, ...]:
    """Return the passage of each class, in their order; `choosing` are those that choose, in that of the choices."""
    number = {stop.key: i for i, stop in enumerate(stops)}
    choice_of = {name: i for i, name in enumerate(choosing)}
    return tuple(
        _find_passage(scenario, scenario.demand.classes[name], number, pools, choice_of.get(name, -1))
        for name in classes
    )


def _find_passage(
    scenario: Scenario, vehicle: VehicleClass, number: Mapping[str, int], pools: StopPools, choice: int
) -> Passage:
    routes = scenario.port.routes_of(vehicle.route).values()
    called_by: dict[int, tuple[int, ...]] = {}
    calls: dict[int, tuple[int, ...]] = {}
    for key, meter in scenario.port.meters.items():
        if any(meter.is_between(route.through) for route in routes):
            after, until, pool = number[meter.after], number[meter.until], pools.meter[key]
            called_by[after] = (*called_by.get(after, ()), pool)
            calls[until] = (*calls.get(until, ()), pool)
    pce = {number[road]: value for road, value in pce_on_roads(scenario, vehicle).items()}
    return Passage(vehicle.priority, len(routes), choice, pce, called_by, calls)
