"""Companions: vehicles and cargo that come because others do: boxes on a train, a truck that collects a box."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.demand.movements import Movements
from sim.luck import Luck
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def add_companions(scenario: Scenario, alone: Movements, luck: Luck) -> Movements:
    """Return the movements with all that comes with them, in order of time again.

    Number k with number i of a class that brings up to `each` is number i x each + k of its own class, so
    that it stays the same when others come or stay away.
    """
    movements = alone
    for name in order_companions(scenario):
        movements = _join(movements, _sample_companions(scenario, name, movements, luck))
    return _sort(movements) if movements is not alone else alone


def order_companions(scenario: Scenario) -> Iterator[str]:
    """Yield the classes that come with others, after those that they come with."""
    waiting = {name: each.comes_with for name, each in scenario.demand.classes.items() if each.comes_with}
    while waiting:
        for name in [name for name, terms in waiting.items() if terms.carrier not in waiting]:
            yield name
            del waiting[name]


def _sample_companions(scenario: Scenario, name: str, movements: Movements, luck: Luck) -> Movements:
    terms = scenario.demand.classes[name].comes_with
    assert terms is not None
    bringing = np.flatnonzero(_brings(scenario, name, terms.carrier, movements))
    parent = np.repeat(bringing, terms.each)
    index = movements.index[parent] * terms.each + np.tile(np.arange(terms.each), len(bringing))
    number = np.full(len(parent), movements.classes.index(name), dtype=np.int16)
    come = Movements(movements.classes, movements.arrival_min[parent], number, movements.layer[parent], index)
    arrival = come.arrival_min
    if terms.after is not None:
        arrival = arrival + terms.after.quantile(come.luck_for(luck, "after"))
    kept = np.flatnonzero(come.luck_for(luck, "fill") < terms.fill) if terms.fill < 1.0 else np.arange(len(parent))
    option = draw_options(scenario, come, luck)
    return Movements(
        movements.classes,
        arrival[kept],
        number[kept],
        come.layer[kept],
        index[kept],
        parent=parent[kept],
        option=None if option is None else option[kept],
    )


def _brings(scenario: Scenario, name: str, carrier: str, movements: Movements) -> NDArray[np.bool_]:
    """Return which movements bring some of a class: those that take a route on which it can be unloaded."""
    port, classes = scenario.port, scenario.demand.classes
    unloads = port.terminal_of(classes[name].route, "lift_off")
    ways = list(port.routes_of(classes[carrier].route).values())
    fits = np.array([unloads is None or f"{unloads}.unloading" in way.through for way in ways])
    comes = movements.vehicle == movements.classes.index(carrier)
    if movements.option is None:
        return np.asarray(comes & fits.any())
    return np.asarray(comes & fits[np.where(comes, movements.option, 0)])


def draw_options(scenario: Scenario, movements: Movements, luck: Luck) -> NDArray[np.int8] | None:
    """Return the number of the route that each movement takes where given shares take each; None if nowhere."""
    classes = [scenario.demand.classes[name] for name in movements.classes]
    shares = [scenario.port.shares_of(vehicle.route) for vehicle in classes]
    if not any(shares):
        return None
    option = np.zeros(len(movements), dtype=np.int8)
    for vehicle, share in enumerate(shares):
        who = np.flatnonzero(movements.vehicle == vehicle)
        if share and len(who):
            option[who] = np.searchsorted(np.cumsum(share), movements.luck_for(luck, "route", who), side="right")
    return option


def _join(first: Movements, second: Movements) -> Movements:
    def column(name: str, missing: float, dtype: type) -> NDArray[np.generic] | None:
        parts = [getattr(each, name) for each in (first, second)]
        if all(part is None for part in parts):
            return None
        lengths = (len(first), len(second))
        filled = [np.full(n, missing, dtype) if p is None else p for p, n in zip(parts, lengths, strict=True)]
        return np.concatenate(filled)

    plain = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("arrival_min", "vehicle", "layer", "index")
    }
    wish = None if first.wish_min is None else np.concatenate([first.wish_min, second.arrival_min])
    optional = {
        "due_min": column("due_min", np.nan, np.float64),
        "parent": column("parent", -1, np.int64),
        "option": column("option", 0, np.int8),
    }
    return Movements(first.classes, **plain, wish_min=wish, **optional)  # type: ignore[arg-type]


def _sort(movements: Movements) -> Movements:
    return movements.take(np.lexsort((movements.index, movements.layer, movements.vehicle, movements.arrival_min)))
