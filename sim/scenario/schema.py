"""The scenario: a port, its demand and a horizon, as frozen tables with units and ranges."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.consistency import find_dangling_names, find_misfits
from sim.scenario.costs import Costs
from sim.scenario.demand import Demand, VehicleClass
from sim.scenario.disruptions import Disruption
from sim.scenario.distributions import Minutes
from sim.scenario.fields import (
    Agency,
    Count,
    CountFromZero,
    Country,
    Day,
    Direction,
    OpeningHours,
    SeasonText,
    Share,
    Timezone,
    Weight,
    some_weight,
)
from sim.scenario.hours import DAY_MIN, WeekHours, open_intervals, parse_hours
from sim.scenario.problems import ScenarioError
from sim.scenario.public_holidays import public_holidays
from sim.scenario.roads import Link, Meter, Node, RouteChoice
from sim.scenario.seasons import ALL_YEAR, Season, parse_season
from sim.scenario.staffing import Reinforcement, SurgeLanes
from sim.scenario.staffing_checks import find_staffing_misfits
from sim.scenario.terminal_checks import find_terminal_misfits
from sim.scenario.terminals import LIFTS, Terminal


class Hours(Frozen):
    """Service hours that facilities refer to by name; one change moves a whole side of the port."""

    timezone: Timezone = Field(description="whose clock the hours are read on")
    open: OpeningHours = Field(description="such as 'Mo-Su 07:00-19:00' or '24/7'")
    season: SeasonText | None = Field(
        None, description="days of the year on which they open, such as 'Apr 01-Nov 30'; None: all"
    )
    holidays: tuple[Country, ...] = Field(
        (), description="countries (ISO 3166 codes) on whose public holidays they are closed"
    )
    closed_dates: tuple[date, ...] = Field((), description="days on which they are closed besides, on the same clock")
    rostered_h_per_day: Annotated[float, Field(gt=0, le=24)] | None = Field(
        None,
        description="hours a day that the crews are rostered for; a longer day then spreads the same lane-hours "
        "thinner. None: crews grow with the hours",
    )
    staffed_by_hour: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] | None = Field(
        None,
        min_length=24,
        max_length=24,
        description="share of the lanes that is open in each hour from 00:00 of the same clock; with "
        "rostered_h_per_day only their ratios count. None: even",
    )

    @model_validator(mode="after")
    def _shares_are_shares(self) -> "Hours":
        most = max(self.staffed_by_hour or (0.0,))
        if self.rostered_h_per_day is None and most > 1.0:
            raise ValueError(
                f"staffed_by_hour has a share of {most:g}, must be at most 1; for weights, give rostered_h_per_day too"
            )
        return self

    @property
    def is_thinned(self) -> bool:
        """Whether not all lanes are open throughout."""
        return self.rostered_h_per_day is not None or self.staffed_by_hour is not None

    @cached_property
    def week(self) -> WeekHours:
        """Open spans by weekday."""
        return parse_hours(self.open)

    @property
    def season_days(self) -> Season:
        """Days of the year on which they open."""
        return ALL_YEAR if self.season is None else parse_season(self.season)

    def is_closed_on(self, day: date) -> bool:
        """Say whether a day is out of season, a holiday or closed for another reason, whatever its weekday."""
        return (
            (day.month, day.day) not in self.season_days
            or day in self.closed_dates
            or any(day in public_holidays(country, day.year) for country in self.holidays)
        )

    def open_intervals(self, start: datetime, days: float) -> NDArray[np.float64]:
        """Return open intervals, shape (n, 2), in minutes since `start`, over so many days."""
        around = (start.date() + timedelta(days=n) for n in range(-2, int(days) + 6))
        closed = frozenset(day for day in around if self.is_closed_on(day))
        return open_intervals(self.week, self.timezone, start, days, closed)


class Crew(Frozen):
    """Teams shared by several facilities: a facility that names the crew takes teams from it for each service."""

    hours: str = Field(description="name of service hours")
    teams: Count = Field(description="teams on duty while these hours are open")
    staff_per_team: Count = Field(1, description="people in each team")


class Facility(Frozen):
    """Lanes, bays or desks of one kind, with one queue before them."""

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    agency: Agency = Field(description="who works there; neighbour: it lies beyond the border")
    hours: str = Field(description="name of service hours")
    servers: Count = Field(description="lanes, bays or desks; to close it, give its hours `off`")
    service: Minutes = Field(description="minutes of a server for each vehicle")
    service_by_class: dict[str, Minutes] = Field({}, description="minutes of classes that differ")
    staff_per_server: CountFromZero = Field(1, description="people at each server; 0: it needs nobody")
    places: Count | None = Field(
        None,
        description="vehicles it holds, waiting or being served; None: no limit. When full, the step before is blocked",
    )
    drive_min: float = Field(0.0, ge=0, description="minutes to drive to it from the step before")
    selected_by: str | None = Field(None, description="name of the selection that sends a vehicle here; None: all come")
    crew: str | None = Field(None, description="name of a crew shared with other facilities")
    at_closing: Literal["finish", "freeze"] = Field(
        "finish", description="finish: work begun is finished after closing; freeze: it waits until opening"
    )
    quota_per_day: Count | None = Field(None, description="vehicles accepted per local day; unused places lapse")
    paths_per_day: Count | None = Field(
        None, le=1440, description="vehicles go at even intervals only, one at a time; a path that nobody takes lapses"
    )
    kept_until: str | None = Field(
        None, description="stop up to whose end a vehicle keeps what it got here: a track, a locomotive, wagons"
    )
    back_after_min: float = Field(0.0, ge=0, description="minutes until that can be used again: turn-round")
    servers_per_vehicle: Count = Field(1, description="servers that a vehicle takes: tracks, wagons")
    surge: SurgeLanes | None = Field(None, description="lanes that a long queue opens; None: none")
    at: str | None = Field(None, description="name of the node where it lies; roads beside it on a route must meet it")


class Selection(Frozen):
    """How likely an agency is to pick a vehicle out: by its route, or else by its class, or else as all (Art. 32)."""

    agency: Agency = Field(description="who selects")
    rate: Share = Field(description="share of vehicles selected")
    rate_by_class: dict[str, Share] = Field({}, description="shares of classes that differ")
    rate_by_route: dict[str, Share] = Field({}, description="shares on routes that differ, such as a trusted lane")

    def rate_of(self, vehicle_class: str, route: str) -> float:
        """Return the share that is selected of a class on a route."""
        return self.rate_by_route.get(route, self.rate_by_class.get(vehicle_class, self.rate))


class Violations(Frozen):
    """How many vehicles have something wrong, and how well their risk tells which (Art. 38)."""

    rate: Share = Field(description="share of vehicles with something wrong")
    rate_by_class: dict[str, Share] = Field({}, description="shares of classes that differ")
    visibility: Share = Field(
        description="correlation of the normal scores of having something wrong and of the risk that agencies share; "
        "0: risk tells nothing, 1: it tells all"
    )


class Examination(Frozen):
    """One agency's share of an inspection site."""

    agency: Agency = Field(description="who examines")
    selected_by: str = Field(description="name of the selection that sends a vehicle here")
    bays: Count = Field(description="bays at which it examines; pooled by mode joint")
    minutes: Minutes = Field(description="examination without presenting the cargo")
    staff_per_bay: CountFromZero = Field(1, description="people in the team of each bay")


class InspectionSite(Frozen):
    """Where selected cargo is opened (Art. 10).

    sequential: each agency that selected the vehicle has it presented and examines it at its own bays.
    joint (Art. 30-31): it is presented once; bays and teams are pooled; the examination lasts as
    long as the longest plus (1 - overlap) x the rest, and takes a team for each agency.
    """

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    hours: str = Field(description="name of service hours")
    mode: Literal["sequential", "joint"] = Field(
        "sequential", description="agencies one after the other, or all at once: see above"
    )
    overlap: Share = Field(description="share of the shorter examinations that fits beside the longest one")
    presentation: Minutes = Field(description="unload, present, reload and seal")
    examinations: dict[str, Examination] = Field(min_length=1, description="what is examined, by a name of its own")
    places: Count | None = Field(
        None, description="vehicles it holds, shared out among the agencies by their bays; None: no limit"
    )
    drive_min: float = Field(0.0, ge=0, description="minutes to drive to it from the step before")
    at_closing: Literal["finish", "freeze"] = Field(
        "freeze", description="finish: work begun is finished after closing; freeze: it waits until opening"
    )


class Route(Frozen):
    """The roads, facilities and inspection sites that vehicles of a class pass, in order."""

    direction: Direction = Field(description="local: traffic that does not cross the border")
    through: tuple[str, ...] = Field(min_length=1, description="names of the stops, in order")


class Port(Frozen):
    """A port: facilities on both sides of the border, terminals, roads that join them, and the routes through them."""

    name: str = Field(description="what tables and figures call it")
    name_zh: str = Field(description="the same in Chinese")
    mode: Literal["road", "rail", "air", "multimodal"] = Field("road", description="what crosses the border here")
    timezone: Timezone = Field(description="the clock of tables and figures")
    hours: dict[str, Hours] = Field(description="service hours, by name")
    crews: dict[str, Crew] = Field({}, description="teams that several facilities share, by name")
    facilities: dict[str, Facility] = Field(description="gates, desks, machines, tracks and the like, by name")
    inspection_sites: dict[str, InspectionSite] = Field({}, description="where selected cargo is opened, by name")
    selections: dict[str, Selection] = Field({}, description="who is picked out for a check, by name")
    selection_correlation: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="agencies see the same risk: correlation of the normal scores behind all selections"
    )
    violations: Violations | None = Field(None, description="how many have something wrong; None: not asked")
    routes: dict[str, Route] = Field(description="ways through the port, by name")
    nodes: dict[str, Node] = Field({}, description="places where roads meet, by name")
    links: dict[str, Link] = Field({}, description="roads, each in one direction, by name")
    route_choices: dict[str, RouteChoice] = Field({}, description="choices among routes, by name")
    meters: dict[str, Meter] = Field({}, description="limits to the vehicles on the way, by name")
    reinforcements: dict[str, Reinforcement] = Field({}, description="extra crews for some hours, by name")
    terminals: dict[str, Terminal] = Field({}, description="where cargo changes vehicles, by name")
    disruptions: dict[str, Disruption] = Field({}, description="what goes wrong or happens, by name")

    def stop(self, name: str) -> Facility | InspectionSite | Link | Terminal:
        """Return the facility, inspection site, road or terminal that a route calls so."""
        found = self.facilities.get(name) or self.links.get(name) or self.inspection_sites.get(name)
        return found or self.terminals[name.rpartition(".")[0]]

    def is_ours(self, name: str) -> bool:
        """Say whether a stop is on our side of the border; all inspection sites are."""
        return getattr(self.stop(name), "agency", None) != "neighbour"

    def routes_of(self, name: str) -> dict[str, Route]:
        """Return the routes that a class may take: the one of this name, or all options of the choice."""
        options = self.route_choices[name].options if name in self.route_choices else (name,)
        return {option: self.routes[option] for option in options if option in self.routes}

    def shares_of(self, name: str) -> list[float]:
        """Return the shares of a class that take its routes, but the last; none if it has no choice, or chooses."""
        choice = self.route_choices.get(name)
        if choice is None or choice.rule != "shares":
            return []
        return [option.share for option in choice.options.values() if option.share is not None]

    def terminals_of(self, name: str, part: str) -> list[str]:
        """Return the terminals whose `part` (unloading, loading, lift_off, lift_on) some route of a class passes."""
        passed = [stop.rpartition(".") for route in self.routes_of(name).values() for stop in route.through]
        return list(dict.fromkeys(key for key, _, what in passed if what == part and key in self.terminals))

    def terminal_of(self, name: str, part: str) -> str | None:
        """Return the first of these, None if there is none."""
        return next(iter(self.terminals_of(name, part)), None)


class Horizon(Frozen):
    """Which days are simulated; outcomes are measured after the warm-up."""

    start: Day = Field(description="first day of the warm-up, on the port's calendar")
    warmup_days: CountFromZero = Field(description="days before measuring begins, in which queues fill")
    days: Count = Field(le=3660, description="days that are measured")

    @property
    def warmup_min(self) -> float:
        """Minute at which measuring begins."""
        return float(self.warmup_days * DAY_MIN)

    def find_minute(self, day: int | None, on: date | None, at: str) -> float:
        """Return the minute of the run of a clock time, on a measured day (1 is the first) or, if given, a date."""
        days = (on - self.start).days if on is not None else self.warmup_days + (day or 1) - 1
        hour, minute = map(int, at.split(":"))
        return float(days * DAY_MIN + hour * 60 + minute)

    @property
    def end_min(self) -> float:
        """Minute at which the run ends."""
        return float((self.warmup_days + self.days) * DAY_MIN)


class Scenario(Frozen):
    """Everything that decides a run but luck."""

    port: Port = Field(description="what stands there, and how vehicles pass it")
    demand: Demand = Field(description="who comes, and when")
    horizon: Horizon = Field(description="which days are simulated")
    costs: Costs | None = Field(None, description="prices; None: no outcomes in money and emissions")
    policies: tuple[str, ...] = Field((), description="names of the policies applied, for tables and figures")

    @property
    def start(self) -> datetime:
        """Minute 0 of the run, on the port's clock."""
        return datetime.combine(self.horizon.start, datetime.min.time(), ZoneInfo(self.port.timezone))

    def scheduled_open(self, hours: str) -> NDArray[np.float64]:
        """Return the open intervals of named service hours over the run, whatever disrupts them, (n, 2), minutes."""
        return self.port.hours[hours].open_intervals(self.start, self.horizon.end_min / DAY_MIN)

    def season_of(self, vehicle: VehicleClass) -> Season:
        """Return the days of the year on which vehicles of a class come."""
        return self.port.hours[vehicle.season].season_days if vehicle.season else ALL_YEAR

    def is_local(self, vehicle_class: str) -> bool:
        """Say whether vehicles of a class do not cross the border."""
        routes = self.port.routes_of(self.demand.classes[vehicle_class].route)
        return all(route.direction == "local" for route in routes.values())

    def may_be_opened(self, vehicle_class: str) -> bool:
        """Say whether some route of a class passes an inspection site."""
        routes = self.port.routes_of(self.demand.classes[vehicle_class].route).values()
        return any(stop in self.port.inspection_sites for route in routes for stop in route.through)

    def is_cargo(self, vehicle_class: str) -> bool:
        """Say whether a class is cargo, which is lifted off and onto vehicles."""
        route = self.demand.classes[vehicle_class].route
        return any(self.port.terminal_of(route, part) is not None for part in LIFTS)

    @model_validator(mode="after")
    def _names_resolve(self) -> "Scenario":
        problems = [*find_dangling_names(self.model_dump()), *find_misfits(self)]
        problems = problems or [*find_staffing_misfits(self), *find_terminal_misfits(self)]
        if problems:
            raise ScenarioError(problems)
        return self
