"""Offered work: what arrivals ask of every facility in each part of the day, in the mean, before anything is run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.kernel import Pool
from sim.outcomes.window import DAY_MIN, Window
from sim.port import Lift, Road, Station, Stop, Track, expand_crews, expand_stops
from sim.port.expansion import expand_route
from sim.port.handling import is_collected, most_brought
from sim.port.pools import station_roster
from sim.port.roads import road_times
from sim.port.roster import daily_paths, roster
from sim.scenario.schema import Scenario
from sim.study.expected import PART_MIN, PARTS, expect_arrivals, integrate, share_routes, share_through

FloatArray = NDArray[np.float64]

POINTS_LOG2 = 13
"""Points of luck over which joint inspections are averaged, as a power of two: chances to about 0.1 %."""

Resource = Literal["servers", "crew", "cranes", "quota", "paths", "room"]


@dataclass(frozen=True)
class Load:
    """What is asked of a resource against what it can give, both by part of the day, a mean day; shape (4,).

    Minutes of one server, team or crane; of quotas and paths vehicles, of room on vehicles units of cargo. A quota is
    the day's, in no part of it. `count` are the servers, teams, vehicles or units a day. `is_least`: what vehicles
    keep while they wait elsewhere comes on top. `avoidable` is the share that drivers may take elsewhere, and of cranes
    that is not needed for what is lifted straight across. `open_h` are the hours a day in which it gives anything.
    """

    name: str
    resource: Resource
    count: int
    visits_per_day: float
    asked: FloatArray
    given: FloatArray
    open_h: float
    is_least: bool = False
    avoidable: float = 0.0

    @property
    def day(self) -> float:
        """Asked / given over the whole day; infinite if it is asked for and never gives, 0 if nobody asks."""
        return _ratio(float(self.asked.sum()), float(self.given.sum()))

    @property
    def unavoidable(self) -> float:
        """The same of what cannot be avoided: beyond 1 its queue grows without end, whatever drivers choose."""
        return self.day * (1.0 - self.avoidable) if self.avoidable < 1.0 else 0.0

    @property
    def by_part(self) -> tuple[float, ...] | None:
        """The same for each part of the day, by the hour of arrival at the port; None for a quota."""
        if self.resource == "quota":
            return None
        return tuple(_ratio(*pair) for pair in zip(self.asked.tolist(), self.given.tolist(), strict=True))

    def count_for(self, load: float) -> int:
        """Return the servers, teams, or vehicles a day that bring the load of the day down to `load`."""
        return int(np.ceil(round(self.count * self.day / load, 9)))

    def hours_for(self, load: float) -> float:
        """Return the hours a day that do so with as many servers; more than 24 if none do."""
        return self.open_h * self.day / load


class _Who(NamedTuple):
    """A class of vehicles on one of its routes."""

    vehicle: str
    route: str


@dataclass
class _Asked:
    """Vehicles, and minutes that they take a server for, by part of a mean day; vehicles that may go elsewhere."""

    visits: FloatArray
    minutes: FloatArray
    elsewhere: float = 0.0

    @property
    def avoidable(self) -> float:
        visits = float(self.visits.sum())
        return self.elsewhere / visits if visits else 0.0


def measure_loads(scenario: Scenario) -> tuple[Load, ...]:
    """Return the load of every server, crew, crane, quota and path of a scenario, the fullest first.

    Means over the measured days: days of ordinary luck, drivers who choose among routes spread evenly, slots not
    booked, no disruptions. Nobody queues: everything is asked for at the hour at which the vehicle comes to the port,
    so parts of the day are too high in the morning and too low in the evening for what comes late on a route.
    Cargo is lifted off and on: what is lifted straight across takes less.
    """
    asked = _ask_stations(scenario)
    stations = {key: stop for key, stop in expand_stops(scenario.port)[0].items() if isinstance(stop, Station)}
    loads = [load for key, each in asked.items() for load in _load_station(scenario, stations[key], each)]
    loads += [*_load_crews(scenario, stations, asked), *_load_room(scenario)]
    return tuple(sorted(loads, key=lambda load: -load.day))


def _ask_stations(scenario: Scenario) -> dict[str, _Asked]:
    """Return what is asked of each station that some vehicle passes."""
    stops, stands_for = expand_stops(scenario.port)
    asked: dict[str, _Asked] = {}
    for name, arrivals in expect_arrivals(scenario).items():
        shares = share_routes(scenario, name)
        ways = {route: expand_route(scenario.port.routes[route], stops, stands_for) for route in shares}
        given = scenario.port.shares_of(scenario.demand.classes[name].route)
        for route, keys in ways.items():
            for place, key in enumerate(keys):
                stop = stops[key]
                if isinstance(stop, Station) and not isinstance(stop, Track):
                    chance, minutes = _ask_until_given_back(
                        scenario, [stops[each] for each in keys[place:]], _Who(name, route)
                    )
                    each = asked.setdefault(key, _Asked(np.zeros(len(PARTS)), np.zeros(len(PARTS))))
                    come = arrivals * shares[route]
                    each.visits = each.visits + come * chance
                    each.minutes = each.minutes + come * minutes
                    if not given and any(key not in way for way in ways.values()):
                        each.elsewhere += float(come.sum()) * chance
    return asked


def _ask_until_given_back(scenario: Scenario, stops: list[Stop], who: _Who) -> tuple[float, float]:
    """Return how likely a vehicle is served at the first of the stops before it, and the minutes that takes a server.

    What is kept until a later stop is taken until it can be used again.
    """
    first, keys = stops[0], [stop.key for stop in stops]
    assert isinstance(first, Station)
    chance, minutes = _ask(scenario, first, who)
    if first.kept_until not in keys:
        return chance, minutes
    kept = stops[: keys.index(first.kept_until) + 1]
    return chance, chance * (_minutes_along(scenario, kept, who) + first.back_after_min)


def _minutes_along(scenario: Scenario, stops: list[Stop], who: _Who) -> float:
    """Return the mean minutes from being served at the first of these stops to leaving the last, if nobody waits."""
    first, *rest = stops
    return _stay(scenario, first, who) + sum(
        _stay(scenario, stop, who) + (stop.drive_min if isinstance(stop, Station) else 0.0) for stop in rest
    )


def _stay(scenario: Scenario, stop: Stop, who: _Who) -> float:
    if isinstance(stop, Road):
        return road_times(stop.link).drive_min
    if isinstance(stop, Track):
        terminal, takes = scenario.port.terminals[stop.terminal], scenario.demand.classes[who.vehicle].takes
        units = (takes.units if takes else 0) if stop.loads else most_brought(scenario, who.vehicle)
        return units * terminal.lift.mean_min / terminal.cranes
    return _ask(scenario, stop, who)[1] if isinstance(stop, Station) else 0.0


def _ask(scenario: Scenario, station: Station, who: _Who) -> tuple[float, float]:
    """Return how likely a vehicle of a class that passes a station is served there, and minutes of service by all."""
    if len(station.works) > 1:
        return _ask_jointly(scenario, station, who)
    (work,) = station.works
    chance = _rate(scenario, work.selected_by, who)
    presented = station.presentation[0].mean_min if station.presentation else 0.0
    return chance, chance * (work.by_class.get(who.vehicle, work.minutes).mean_min + presented)


def _ask_jointly(scenario: Scenario, station: Station, who: _Who) -> tuple[float, float]:
    """Return the same where several agencies work on a vehicle at once: a mean over evenly spread points of luck.

    As `sim.port.selection` and `sim.port.service` have it: one-factor copula; the longest part and (1 - overlap) x
    the rest, after one presentation.
    """
    from scipy.stats import qmc  # takes half a second, which only joint inspection needs

    luck = qmc.Sobol(1 + 2 * len(station.works), scramble=True, seed=1).random_base2(POINTS_LOG2)
    common, share = special.ndtri(luck[:, 0]), scenario.port.selection_correlation
    minutes = np.zeros((len(luck), len(station.works)))
    chosen = np.zeros(minutes.shape, dtype=bool)
    for row, work in enumerate(station.works):
        score = np.sqrt(share) * common + np.sqrt(1.0 - share) * special.ndtri(luck[:, 1 + 2 * row])
        chosen[:, row] = score > special.ndtri(1.0 - _rate(scenario, work.selected_by, who))
        minutes[:, row] = work.by_class.get(who.vehicle, work.minutes).quantile(luck[:, 2 + 2 * row]) * chosen[:, row]
    longest = minutes.max(axis=1)
    lasts = longest + (1.0 - station.overlap) * (minutes.sum(axis=1) - longest)
    comes = float(chosen.any(axis=1).mean())
    presented = station.presentation[0].mean_min if station.presentation else 0.0
    return comes, float(lasts.mean()) + comes * presented


def _rate(scenario: Scenario, selection: str | None, who: _Who) -> float:
    if selection is None:
        return 1.0
    return scenario.port.selections[selection].rate_of(who.vehicle, who.route)


def _load_station(scenario: Scenario, station: Station, asked: _Asked) -> Iterator[Load]:
    """Yield the loads of a station's servers and of what else limits it; lifts are loads of their cranes."""
    if isinstance(station, Lift):
        return
    window, visits = Window.of(scenario.horizon), float(asked.visits.sum())
    servers, each = station_roster(station, scenario), station.servers_per_vehicle
    given, open_h = _give(servers, window, each)
    count, avoidable, is_least = station.servers, asked.avoidable, bool(station.kept_until)
    yield Load(station.key, "servers", count, visits, asked.minutes, given, open_h, is_least, avoidable)
    if station.hours and station.quota_per_day:
        quota = np.full(len(PARTS), station.quota_per_day / len(PARTS))
        yield Load(station.key, "quota", station.quota_per_day, visits, asked.visits, quota, open_h, False, avoidable)
    if station.hours and station.paths_per_day:
        at = daily_paths(station.key, station.paths_per_day, scenario, station.hours)
        starts = at.times_min[(at.tokens > 0) & window.holds(at.times_min)]
        part = (starts % DAY_MIN // PART_MIN).astype(np.int64)
        paths = np.bincount(part, minlength=len(PARTS)) / window.days
        yield Load(station.key, "paths", station.paths_per_day, visits, asked.visits, paths, open_h, False, avoidable)


def _load_crews(scenario: Scenario, stations: dict[str, Station], asked: dict[str, _Asked]) -> Iterator[Load]:
    """Yield the loads of crews that several stations share, and of the cranes of terminals."""
    for name, crew in expand_crews(scenario.port).items():
        parts = [each for key, each in asked.items() if stations[key].crew == name]
        if parts:
            on_duty = roster(name, crew.teams, scenario, crew.hours)
            given, open_h = _give(on_duty, Window.of(scenario.horizon))
            visits = float(sum(each.visits.sum() for each in parts))
            avoidable = sum(each.elsewhere for each in parts) / visits if visits else 0.0
            if f"{name.removesuffix(' cranes')}.across" in stations:
                avoidable = max(avoidable, 0.5)
            minutes = np.sum([each.minutes for each in parts], axis=0)
            resource: Resource = "crew" if name in scenario.port.crews else "cranes"
            yield Load(name, resource, crew.teams, visits, minutes, given, open_h, False, avoidable)


def _load_room(scenario: Scenario) -> Iterator[Load]:
    """Yield the loads of the vehicles that take cargo out of each store, whatever comes there."""
    arrivals, port = expect_arrivals(scenario), scenario.port
    for terminal in port.terminals:
        asked, room = np.zeros(len(PARTS)), np.zeros(len(PARTS))
        for name, vehicle in scenario.demand.classes.items():
            if vehicle.takes:
                share = share_through(scenario, name, f"{terminal}.loading")
                room = room + arrivals[name] * share * vehicle.takes.units
            elif not is_collected(scenario, name):
                asked = asked + arrivals[name] * share_through(scenario, name, f"{terminal}.lift_on")
        if asked.any():
            yield Load(f"{terminal}.storage", "room", round(room.sum()), float(asked.sum()), asked, room, 24.0)


def _give(pool: Pool, window: Window, each: int = 1) -> tuple[FloatArray, float]:
    """Return the minutes that a roster gives by part of a mean day, and the hours a day in which it gives any."""
    tokens = pool.tokens // each
    given = integrate(pool.times_min, tokens, window)
    return given, float(integrate(pool.times_min, tokens > 0, window).sum()) / 60.0


def _ratio(asked: float, given: float) -> float:
    return asked / given if given > 0.0 else (float("inf") if asked > 0.0 else 0.0)
