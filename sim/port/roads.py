"""Roads as the kernel sees them: places, an inlet and an exit, whose clocks run slower in disruptions.

A link is Newell's kinematic wave with a triangular diagram (Newell 1993, "A simplified theory of kinematic
waves in highway traffic"), vehicle by vehicle: it holds as many as stand on it; they enter and leave one per
headway; and a place that is freed at the exit reaches the entry only after length / wave speed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Calendar, Pool
from sim.port.stations import Road
from sim.scenario.demand import VehicleClass
from sim.scenario.disruptions import Disruption
from sim.scenario.roads import Link
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]

TOKENS_PER_PCU = 1000
"""Passenger cars are counted in thousandths, rounded up."""


@dataclass(frozen=True)
class RoadTimes:
    """Minutes on a road: to drive along it, between vehicles per passenger car, and for a wave to pass it."""

    drive_min: float
    inlet_headway_min: float
    exit_headway_min: float
    wave_min: float


def road_times(link: Link) -> RoadTimes:
    """Return the minutes of an undisturbed road."""
    capacity = link.capacity_pcu_per_h
    return RoadTimes(
        60.0 * link.length_km / link.free_flow_kmh,
        60.0 / capacity,
        60.0 / min(capacity, link.exit_capacity_vph or capacity),
        60.0 * link.length_km / link.wave_kmh(),
    )


def place_tokens(pce: float) -> int:
    """Return the tokens of room that a vehicle takes."""
    return math.ceil(round(pce * TOKENS_PER_PCU, 6))


def road_pools(road: Road, largest_pce: float, clocks: Mapping[str, Calendar]) -> list[Pool]:
    """Return the pools of a road: its room, its inlet and its exit.

    The room is rounded up to whole vehicles, so that no road, however short, carries less than its
    capacity or cannot take one vehicle: there is less than one of the largest vehicles too much.
    """
    room = math.ceil(round(road.link.jam_pcu_per_km * road.link.length_km * TOKENS_PER_PCU, 6))
    pools = {"places": room + place_tokens(largest_pce) - 1, "inlet": 1, "exit": 1}
    return [
        Pool.of(pool_name(road, what), tokens, clock=clock if (clock := pool_name(road, what)) in clocks else None)
        for what, tokens in pools.items()
    ]


def pool_name(road: Road, what: str) -> str:
    """Return the name of a road's `places`, `inlet` or `exit`, and of the clocks of these and of its `drive`."""
    return road.key if what == "exit" else f"{road.key} {what}"


def road_clocks(road: Road, scenario: Scenario) -> dict[str, Calendar]:
    """Return the clocks that disruptions slow down, by name; none for a road that none touches.

    Driving slows with the free-flow speed, headways with the capacity, and places come back with the wave speed
    that belongs to both. Closed lanes are at the end of the road, and slow down its exit alone.
    """
    touching = [each for each in scenario.port.disruptions.values() if each.touches(road.key) and each.spans_min]
    if not touching:
        return {}
    edges = np.unique([0.0, *(edge for each in touching for span in each.spans_min for edge in span)])
    goes_on = np.array([each.goes_on(edges) for each in touching])
    rates = [_slow_down(road.link, list(compress(touching, now))) for now in goes_on.T]
    return {
        pool_name(road, what): _clock(pool_name(road, what), edges, np.array([rate[what] for rate in rates]))
        for what in ("drive", "inlet", "exit", "places")
    }


def _slow_down(link: Link, disruptions: list[Disruption]) -> dict[str, float]:
    speed = math.prod(each.speed_factor for each in disruptions)
    capacity = math.prod(each.capacity_factor for each in disruptions)
    open_lanes = max(link.lanes - sum(each.lanes_closed for each in disruptions), 0)
    return {
        "drive": speed,
        "inlet": capacity,
        "exit": capacity * open_lanes / link.lanes,
        "places": link.wave_kmh(speed, capacity) / link.wave_kmh(),
    }


def _clock(name: str, edges: FloatArray, rate: FloatArray) -> Calendar:
    runs = rate > 0.0
    return Calendar(name, edges[runs], np.append(edges[1:], np.inf)[runs], rate[runs])


def pce_on_roads(scenario: Scenario, vehicle: VehicleClass) -> dict[str, float]:
    """Return what a vehicle counts for on each road of its routes: until it is unloaded, a share of its carrier."""
    found: dict[str, float] = {}
    carrier = vehicle.carrier
    for route in scenario.port.routes_of(vehicle.route).values():
        carried_to = route.through.index(carrier.until) if carrier else 0
        for position, name in enumerate(route.through):
            if name in scenario.port.links:
                is_carried = carrier is not None and position < carried_to
                found[name] = carrier.pce / carrier.vehicles if carrier and is_carried else vehicle.pce
    return found
