"""The kernel's pools for a port: servers, places, quotas and crews of stations, roads, and meters between stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Calendar, Pool
from sim.port.roads import pce_on_roads, pool_name, road_clocks, road_pools
from sim.port.roster import daily_quota, hours_open, roster
from sim.port.stations import Road, Station, Stop
from sim.scenario.schema import Scenario

IndexArray = NDArray[np.int16]


@dataclass(frozen=True)
class StopPools:
    """All pools and calendars, and for each stop the index of those it uses, shape (stops,); -1: none.

    The server of a road is its exit. `frozen` is the calendar on which work is done, `drive` the one on
    which vehicles drive there. `meter` has the pool of each meter.
    """

    pools: tuple[Pool, ...]
    calendars: tuple[Calendar, ...]
    server: IndexArray
    place: IndexArray
    inlet: IndexArray
    quota: IndexArray
    crew: IndexArray
    frozen: IndexArray
    drive: IndexArray
    meter: Mapping[str, int]


def make_pools(scenario: Scenario, stops: Sequence[Stop]) -> StopPools:
    """Return the pools of all stops, with capacity over the whole run."""
    clocks = _make_calendars(scenario, stops)
    made: dict[str, Pool] = {
        _crew(name): roster(_crew(name), crew.teams, scenario, crew.hours) for name, crew in scenario.port.crews.items()
    }
    made |= {_meter(name): Pool.of(_meter(name), meter.vehicles) for name, meter in scenario.port.meters.items()}
    largest = _find_largest(scenario)
    for stop in stops:
        if isinstance(stop, Station):
            made |= {pool.name: pool for pool in _station_pools(stop, scenario)}
        elif isinstance(stop, Road):
            made |= {pool.name: pool for pool in road_pools(stop, largest.get(stop.key, 1.0), clocks)}
    pools, calendars = ({name: i for i, name in enumerate(names)} for names in (made, clocks))

    def find(number: Mapping[str, int], names: list[str]) -> IndexArray:
        return np.array([number.get(name, -1) for name in names], dtype=np.int16)

    return StopPools(
        tuple(made.values()),
        tuple(clocks.values()),
        server=find(pools, [stop.key for stop in stops]),
        place=find(pools, [f"{stop.key} places" for stop in stops]),
        inlet=find(pools, [f"{stop.key} inlet" for stop in stops]),
        quota=find(pools, [f"{stop.key} quota" for stop in stops]),
        crew=find(pools, [_crew_of(stop) for stop in stops]),
        frozen=find(calendars, [_freezes_in(stop) for stop in stops]),
        drive=find(calendars, [pool_name(stop, "drive") if isinstance(stop, Road) else "" for stop in stops]),
        meter={name: pools[_meter(name)] for name in scenario.port.meters},
    )


def station_roster(station: Station, scenario: Scenario) -> Pool:
    """Return a station's servers over time; places that nobody staffs are open whenever the hours are."""
    return roster(station.key, station.servers, scenario, station.hours, station.staff_per_server > 0)


def _station_pools(station: Station, scenario: Scenario) -> list[Pool]:
    key, at = station.key, station.hours
    pools = [station_roster(station, scenario)]
    if station.places:
        pools.append(Pool.of(f"{key} places", station.places))
    if station.quota_per_day:
        pools.append(daily_quota(f"{key} quota", station.quota_per_day, scenario, at))
    if station.own_teams:
        pools.append(roster(f"{key} teams", station.own_teams, scenario, at))
    return pools


def _find_largest(scenario: Scenario) -> dict[str, float]:
    """Return the passenger cars that the largest vehicle on each road counts for."""
    largest: dict[str, float] = {}
    for vehicle in scenario.demand.classes.values():
        for road, pce in pce_on_roads(scenario, vehicle).items():
            largest[road] = max(pce, largest.get(road, 0.0))
    return largest


def _make_calendars(scenario: Scenario, stops: Sequence[Stop]) -> dict[str, Calendar]:
    """Return the hours at whose closing some work freezes, those that drivers know, and the clocks of roads."""
    hours = {_freezes_in(stop) for stop in stops} - {""}
    hours |= {option.hours for choice in scenario.port.route_choices.values() for option in choice.options.values()}
    calendars = {name: Calendar.of(name, hours_open(scenario, name).tolist()) for name in sorted(hours)}
    for stop in stops:
        if isinstance(stop, Road):
            calendars |= road_clocks(stop, scenario)
    return calendars


def _freezes_in(stop: Stop) -> str:
    return stop.hours if isinstance(stop, Station) and stop.at_closing == "freeze" else ""


def _crew_of(stop: Stop) -> str:
    return _crew(stop.crew) if isinstance(stop, Station) and stop.crew else f"{stop.key} teams"


def _crew(name: str) -> str:
    return f"crew {name}"


def _meter(name: str) -> str:
    return f"meter {name}"
