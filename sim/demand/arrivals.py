"""Arrivals: samples who comes and when, from the rates of the scenario and the luck of a replication."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.demand.appointments import book_slots
from sim.demand.companions import add_companions, draw_options
from sim.demand.movements import Movements
from sim.demand.rates import draw_rate
from sim.demand.timetables import sample_timetable
from sim.luck import Luck
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOWEST_LAYER_PER_MIN = 1.0 / 60.0
"""Top of the first layer, arrivals per minute; each further layer doubles it."""


def sample_movements(scenario: Scenario, luck: Luck) -> Movements:
    """Draw all arrivals of a replication: by a profile of the day, by timetable, and with each other.

    Booked slots then move arrivals, before those are added that come with others.
    """
    classes = tuple(scenario.demand.classes)
    parts = [
        (np.full(len(times), vehicle), np.full(len(times), layer), index, times, due)
        for vehicle, name in enumerate(classes)
        for layer, index, times, due in _sample_class(scenario, name, luck)
    ]
    vehicle, layer, index, times, due = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((index, layer, vehicle, times))
    wished = Movements(
        classes,
        times[order],
        vehicle[order].astype(np.int16),
        layer[order].astype(np.int8),
        index[order].astype(np.int64),
        due_min=None if np.isnan(due).all() else due[order],
    )
    booked = book_slots(scenario, replace(wished, option=draw_options(scenario, wished, luck)), luck)
    return add_companions(scenario, booked, luck)


def _sample_class(scenario: Scenario, name: str, luck: Luck) -> list[tuple[int, IntArray, FloatArray, FloatArray]]:
    """Return (layer, index, minute of arrival, minute when due) of a class that comes by itself."""
    vehicle = scenario.demand.classes[name]
    if vehicle.comes_with:
        return [(0, np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))]
    if vehicle.timetable:
        index, due, arrival = sample_timetable(scenario, name, luck)
        return [(0, index, arrival, due)]
    return [(*layer, np.full(len(layer[1]), np.nan)) for layer in _sample_layers(scenario, name, luck)]


def _sample_layers(scenario: Scenario, name: str, luck: Luck) -> list[tuple[int, IntArray, FloatArray]]:
    """Draw the arrivals of a class from a non-stationary Poisson process.

    Thinning of Lewis and Shedler (1979), layer by layer: candidates are the points of a unit
    Poisson process in the plane (time, rate); those under the class's rate curve arrive. Layers
    of doubling height, each with its own stream, keep candidates fixed however high the rate goes.
    Where vehicles come on carriers, it is these that arrive.
    """
    carrier = scenario.demand.classes[name].carrier
    together = carrier.vehicles if carrier else 1
    rate = draw_rate(scenario, name, luck).divided_by(together)
    layers = []
    layer, floor, top = 0, 0.0, LOWEST_LAYER_PER_MIN
    while layer == 0 or floor < rate.per_min.max():
        times = luck.poisson_times(f"{name}/{layer}/arrival", top - floor, scenario.horizon.end_min)
        height = floor + (top - floor) * luck.uniforms(f"{name}/{layer}/height", len(times))
        come = np.flatnonzero(height < rate.at(times))
        index = (come[:, None] * together + np.arange(together)).ravel()
        layers.append((layer, index, np.repeat(times[come], together)))
        layer, floor, top = layer + 1, top, 2.0 * top
    return layers
