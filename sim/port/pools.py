"""The kernel's pools for a port: servers, places, quotas and crews of every station."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Calendar, Pool
from sim.port.roster import daily_quota, hours_open, roster
from sim.port.stations import Station
from sim.scenario.schema import Scenario

IndexArray = NDArray[np.int16]


@dataclass(frozen=True)
class StationPools:
    """All pools and calendars, and for each station the index of those it uses, shape (stations,); -1: none."""

    pools: tuple[Pool, ...]
    calendars: tuple[Calendar, ...]
    server: IndexArray
    place: IndexArray
    quota: IndexArray
    crew: IndexArray
    calendar: IndexArray


def make_pools(scenario: Scenario, stations: tuple[Station, ...]) -> StationPools:
    """Return the pools of all stations, with capacity over the whole run."""
    hours = scenario.port.hours
    made: dict[str, Pool] = {
        _crew(name): roster(_crew(name), crew.teams, scenario, hours[crew.hours])
        for name, crew in scenario.port.crews.items()
    }
    for station in stations:
        at = hours[station.hours]
        made[station.key] = station_roster(station, scenario)
        if station.places:
            made[f"{station.key} places"] = Pool.of(f"{station.key} places", station.places)
        if station.quota_per_day:
            made[f"{station.key} quota"] = daily_quota(f"{station.key} quota", station.quota_per_day, scenario, at)
        if station.own_teams:
            made[f"{station.key} teams"] = roster(f"{station.key} teams", station.own_teams, scenario, at)
    number = {name: i for i, name in enumerate(made)}
    calendars, calendar = _frozen_calendars(scenario, stations)

    def find(names: list[str]) -> IndexArray:
        return np.array([number.get(name, -1) for name in names], dtype=np.int16)

    return StationPools(
        tuple(made.values()),
        calendars,
        server=find([station.key for station in stations]),
        place=find([f"{station.key} places" for station in stations]),
        quota=find([f"{station.key} quota" for station in stations]),
        crew=find([_crew(s.crew) if s.crew else f"{s.key} teams" for s in stations]),
        calendar=calendar,
    )


def station_roster(station: Station, scenario: Scenario) -> Pool:
    """Return a station's servers over time; places that nobody staffs are open whenever the hours are."""
    hours = scenario.port.hours[station.hours]
    if station.staff_per_server == 0:
        hours = hours.model_copy(update={"rostered_h_per_day": None})
    return roster(station.key, station.servers, scenario, hours)


def _crew(name: str) -> str:
    return f"crew {name}"


def _frozen_calendars(scenario: Scenario, stations: tuple[Station, ...]) -> tuple[tuple[Calendar, ...], IndexArray]:
    """Return a calendar for each hours at whose closing some work freezes, and each station's index."""
    names = sorted({station.hours for station in stations if station.at_closing == "freeze"})
    calendars = tuple(Calendar.of(name, hours_open(scenario, scenario.port.hours[name]).tolist()) for name in names)
    index = [names.index(station.hours) if station.at_closing == "freeze" else -1 for station in stations]
    return calendars, np.array(index, dtype=np.int16)
