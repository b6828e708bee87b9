"""The kernel's pools for a port: servers, places, quotas and crews of stations, roads, and meters between stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Calendar, Pool
from sim.port.expansion import expand_crews
from sim.port.roads import pce_on_roads, pool_name, road_clocks, road_pools
from sim.port.roster import daily_paths, daily_quota, hours_open, in_order, roster, while_open
from sim.port.shifts import Shift, add_lanes
from sim.port.stations import Lift, Road, Station, Stop
from sim.scenario.schema import Scenario
from sim.scenario.staffing import SurgeLanes

IndexArray = NDArray[np.int16]


@dataclass(frozen=True)
class StopPools:
    """All pools and calendars, and for each stop the index of those it uses, shape (stops,); -1: none.

    The server of a road is its exit. `frozen` is the calendar on which work is done, `drive` the one on
    which vehicles drive there. `waiting` is the store with a token for each vehicle that waits, where
    supervisors look at it. `meter` has the pool of each meter. By terminal, `cranes` has the pool of these and
    `slots` that of what can be stored; by terminal and class of cargo, `turn` has that of the vehicle that offers
    room, `room` that of the units that it offers, `claimed` that of those that cargo has taken, and `loaded` that of
    those lifted on.
    """

    pools: tuple[Pool, ...]
    calendars: tuple[Calendar, ...]
    server: IndexArray
    waiting: IndexArray
    place: IndexArray
    inlet: IndexArray
    quota: IndexArray
    paths: IndexArray
    crew: IndexArray
    frozen: IndexArray
    drive: IndexArray
    meter: Mapping[str, int]
    cranes: Mapping[str, int]
    slots: Mapping[str, int]
    turn: Mapping[tuple[str, str], int]
    room: Mapping[tuple[str, str], int]
    claimed: Mapping[tuple[str, str], int]
    loaded: Mapping[tuple[str, str], int]


def make_pools(scenario: Scenario, stops: Sequence[Stop]) -> StopPools:
    """Return the pools of all stops, with capacity over the whole run."""
    clocks = _make_calendars(scenario, stops)
    terminals = {f"{name} cranes": name for name in scenario.port.terminals}
    made: dict[str, Pool] = {
        _crew(name): in_order(roster(_crew(name), crew.teams, scenario, crew.hours), terminals.get(name), scenario)
        for name, crew in expand_crews(scenario.port).items()
    }
    made |= {_meter(name): Pool.of(_meter(name), meter.vehicles) for name, meter in scenario.port.meters.items()}
    made |= {pool.name: pool for pool in _terminal_pools(scenario)}
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
        waiting=find(pools, [f"{stop.key} waiting" for stop in stops]),
        place=find(pools, [f"{stop.key} places" for stop in stops]),
        inlet=find(pools, [f"{stop.key} inlet" for stop in stops]),
        quota=find(pools, [f"{stop.key} quota" for stop in stops]),
        paths=find(pools, [f"{stop.key} paths" for stop in stops]),
        crew=find(pools, [_crew_of(stop) for stop in stops]),
        frozen=find(calendars, [_freezes_in(stop) for stop in stops]),
        drive=find(calendars, [pool_name(stop, "drive") if isinstance(stop, Road) else "" for stop in stops]),
        meter={name: pools[_meter(name)] for name in scenario.port.meters},
        cranes={name: pools[_crew(f"{name} cranes")] for name in scenario.port.terminals},
        slots={name: pools[slots] for name in scenario.port.terminals if (slots := f"{name} slots") in pools},
        turn={at: pools[_store("turn", *at)] for at in _loading_places(scenario)},
        room={at: pools[_store("room", *at)] for at in _loading_places(scenario)},
        claimed={at: pools[_store("claimed", *at)] for at in _loading_places(scenario)},
        loaded={at: pools[_store("loaded", *at)] for at in _loading_places(scenario)},
    )


def regular_roster(station: Station, scenario: Scenario) -> Pool:
    """Return a station's own servers over time; places that nobody staffs are open whenever the hours are."""
    return roster(station.key, station.servers, scenario, station.hours, station.staff_per_server > 0)


def station_roster(station: Station, scenario: Scenario) -> Pool:
    """Return the servers that are scheduled over time: its own and those of reinforcements, without surge lanes."""
    shifts: list[Shift] = []
    for sent in scenario.port.reinforcements.values():
        if station.key in sent.lanes:
            window = sent.window_min(scenario.horizon)
            shifts += while_open(scenario, station.hours, np.array([window]), sent.lanes[station.key])
    return add_lanes(regular_roster(station, scenario), shifts)


def _station_pools(station: Station, scenario: Scenario) -> list[Pool]:
    if isinstance(station, Lift):
        return []  # it has the cranes of its terminal, as a crew
    key, at = station.key, station.hours
    pools = [station_roster(station, scenario)]
    if station.surge:
        pools = [add_lanes(pools[0], _surge_lanes(station, station.surge, scenario)), Pool.store(f"{key} waiting")]
    pools[0] = in_order(pools[0], key, scenario)
    if station.places:
        pools.append(Pool.of(f"{key} places", station.places))
    if at and station.paths_per_day:
        pools.append(daily_paths(f"{key} paths", station.paths_per_day, scenario, at))
    if at and station.quota_per_day:
        pools.append(daily_quota(f"{key} quota", station.quota_per_day, scenario, at))
    if station.own_teams:
        pools.append(roster(f"{key} teams", station.own_teams, scenario, at))
    return pools


def _surge_lanes(station: Station, surge: SurgeLanes, scenario: Scenario) -> list[Shift]:
    """Return when there are surge lanes: while open, and for an instant at minute 0, when supervisors take them."""
    shifts = while_open(scenario, station.hours, np.array([[0.0, scenario.horizon.end_min]]), surge.lanes)
    is_open = bool(shifts) and shifts[0][0] == 0.0
    return shifts if is_open else [(0.0, float(np.nextafter(0.0, 1.0)), surge.lanes), *shifts]


def _terminal_pools(scenario: Scenario) -> list[Pool]:
    """Return the slots of terminals, and for each class of cargo that is loaded a turn and three stores."""
    terminals = scenario.port.terminals.items()
    slots = [Pool.of(f"{name} slots", terminal.slots) for name, terminal in terminals if terminal.slots]
    turns = [Pool.of(_store("turn", *at), 1) for at in _loading_places(scenario)]
    stores = [
        Pool.store(_store(what, *at)) for at in _loading_places(scenario) for what in ("room", "claimed", "loaded")
    ]
    return slots + turns + stores


def _loading_places(scenario: Scenario) -> list[tuple[str, str]]:
    """Return each terminal at which a class of cargo is loaded, with that class."""
    classes = scenario.demand.classes.items()
    found = [(scenario.port.terminal_of(vehicle.route, "lift_on"), name) for name, vehicle in classes]
    return [(terminal, name) for terminal, name in found if terminal]


def _store(what: str, terminal: str, cargo: str) -> str:
    return f"{terminal} {what} {cargo}"


def _find_largest(scenario: Scenario) -> dict[str, float]:
    """Return the passenger cars that the largest vehicle on each road counts for."""
    largest: dict[str, float] = {}
    for vehicle in scenario.demand.classes.values():
        for road, pce in pce_on_roads(scenario, vehicle).items():
            largest[road] = max(pce, largest.get(road, 0.0))
    return largest


def _make_calendars(scenario: Scenario, stops: Sequence[Stop]) -> dict[str, Calendar]:
    """Return the hours at whose closing work freezes, those of surge lanes and of drivers, and the clocks of roads."""
    hours = {_freezes_in(stop) for stop in stops} - {""}
    hours |= {stop.hours for stop in stops if isinstance(stop, Station) and stop.surge and stop.hours}
    options = [option for choice in scenario.port.route_choices.values() for option in choice.options.values()]
    hours |= {option.hours for option in options if option.hours is not None}
    calendars = {name: Calendar.of(name, hours_open(scenario, name).tolist()) for name in sorted(hours)}
    for stop in stops:
        if isinstance(stop, Road):
            calendars |= road_clocks(stop, scenario)
    return calendars


def _freezes_in(stop: Stop) -> str:
    return (isinstance(stop, Station) and stop.at_closing == "freeze" and stop.hours) or ""


def _crew_of(stop: Stop) -> str:
    return _crew(stop.crew) if isinstance(stop, Station) and stop.crew else f"{stop.key} teams"


def _crew(name: str) -> str:
    return f"crew {name}"


def _meter(name: str) -> str:
    return f"meter {name}"
