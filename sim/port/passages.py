"""Passages: how the vehicles of a class pass stops: their rank, their size on roads, and the meters they obey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.port.expansion import expand_route, expand_stops
from sim.port.handling import Handling, find_handling
from sim.port.pools import StopPools
from sim.port.roads import pce_on_roads
from sim.port.stations import Station, Stop
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Passage:
    """What the steps of a class depend on; stops by index.

    `pce` on each road of its routes; `called_by` and `calls` are the meters (pools) from which it needs a
    token to leave a stop, and to which it gives one when it has left it. If it chooses among routes, `choice` is
    the number of the choice and `options` how many there are. `keeps` are the stops at which it gets what it gives
    back on leaving another.
    """

    rank: int
    options: int
    choice: int
    pce: Mapping[int, float]
    called_by: Mapping[int, tuple[int, ...]]
    calls: Mapping[int, tuple[int, ...]]
    keeps: Mapping[int, tuple[int, ...]]
    handling: Handling


def find_passages(
    scenario: Scenario, classes: Sequence[str], stops: Sequence[Stop], pools: StopPools, choosing: Sequence[str]
) -> tuple[Passage, ...]:
    """Return the passage of each class, in their order; `choosing` are those that choose, in that of the choices."""
    number = {stop.key: i for i, stop in enumerate(stops)}
    choice_of = {name: i for i, name in enumerate(choosing)}
    return tuple(_find_passage(scenario, name, number, pools, choice_of.get(name, -1)) for name in classes)


def _find_passage(scenario: Scenario, name: str, number: Mapping[str, int], pools: StopPools, choice: int) -> Passage:
    vehicle = scenario.demand.classes[name]
    routes = scenario.port.routes_of(vehicle.route).values()
    called_by: dict[int, tuple[int, ...]] = {}
    calls: dict[int, tuple[int, ...]] = {}
    for key, meter in scenario.port.meters.items():
        if any(meter.is_between(route.through) for route in routes):
            after, until, pool = number[meter.after], number[meter.until], pools.meter[key]
            called_by[after] = (*called_by.get(after, ()), pool)
            calls[until] = (*calls.get(until, ()), pool)
    return Passage(
        vehicle.priority,
        len(routes),
        choice,
        {number[road]: value for road, value in pce_on_roads(scenario, vehicle).items()},
        called_by,
        calls,
        _find_kept(scenario, vehicle.route, number),
        find_handling(scenario, name, pools),
    )


def _find_kept(scenario: Scenario, route: str, number: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    """Return for each stop those at which vehicles got what they give back when they leave it."""
    stops, stands_for = expand_stops(scenario.port)
    kept: dict[int, tuple[int, ...]] = {}
    for way in scenario.port.routes_of(route).values():
        for key in expand_route(way, stops, stands_for):
            stop = stops[key]
            if isinstance(stop, Station) and stop.kept_until in stands_for:
                until = number[stands_for[stop.kept_until][-1]]
                kept[until] = tuple(dict.fromkeys((*kept.get(until, ()), number[key])))
    return kept
