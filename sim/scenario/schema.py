"""The scenario: a port, its demand and a horizon, as frozen tables with units and ranges."""

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.consistency import find_dangling_names, find_misfits
from sim.scenario.distributions import Minutes
from sim.scenario.fields import (
    Agency,
    Count,
    CountFromZero,
    Day,
    Direction,
    OpeningHours,
    Share,
    Timezone,
    Weight,
    some_weight,
)
from sim.scenario.hours import DAY_MIN, WeekHours, parse_hours
from sim.scenario.problems import ScenarioError
from sim.scenario.roads import Incident, Link, Meter, Node, RouteChoice


class Hours(Frozen):
    """Service hours that facilities refer to by name; one change moves a whole side of the port."""

    timezone: Timezone = Field(description="whose clock the hours are read on")
    open: OpeningHours = Field(description="such as 'Mo-Su 07:00-19:00' or '24/7'")
    closed_dates: tuple[date, ...] = Field((), description="holidays, on the same clock")
    rostered_h_per_day: Annotated[float, Field(gt=0, le=24)] | None = Field(
        None,
        description="hours a day that the crews are rostered for; a longer day then spreads the same lane-hours "
        "thinner. None: crews grow with the hours",
    )

    @cached_property
    def week(self) -> WeekHours:
        """Open spans by weekday."""
        return parse_hours(self.open)


class Crew(Frozen):
    """Teams shared by several facilities: a facility that names the crew takes teams from it for each service."""

    hours: str = Field(description="name of service hours")
    teams: Count
    staff_per_team: Count = 1


class Facility(Frozen):
    """Lanes, bays or desks of one kind, with one queue before them."""

    label: str = Field(description="what tables and figures call it")
    label_zh: str
    agency: Agency
    hours: str = Field(description="name of service hours")
    servers: Count = Field(description="lanes, bays or desks; to close it, give its hours `off`")
    service: Minutes
    service_by_class: dict[str, Minutes] = Field({}, description="minutes of classes that differ")
    staff_per_server: CountFromZero = 1
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
    at: str | None = Field(None, description="name of the node where it lies; roads beside it on a route must meet it")


class Selection(Frozen):
    """How likely an agency is to pick a vehicle out."""

    agency: Agency
    rate: Share = Field(description="share of vehicles selected")
    rate_by_class: dict[str, Share] = Field({}, description="shares of classes that differ")


class Examination(Frozen):
    """One agency's share of an inspection site."""

    agency: Agency
    selected_by: str = Field(description="name of the selection that sends a vehicle here")
    bays: Count
    minutes: Minutes = Field(description="examination without presenting the cargo")
    staff_per_bay: CountFromZero = 1


class InspectionSite(Frozen):
    """Where selected cargo is opened (Art. 10).

    sequential: each agency that selected the vehicle has it presented and examines it at its own bays.
    joint (Art. 30-31): it is presented once; bays and teams are pooled; the examination lasts as
    long as the longest plus (1 - overlap) x the rest, and takes a team for each agency.
    """

    label: str
    label_zh: str
    hours: str
    mode: Literal["sequential", "joint"] = "sequential"
    overlap: Share = Field(description="share of the shorter examinations that fits beside the longest one")
    presentation: Minutes = Field(description="unload, present, reload and seal")
    examinations: dict[str, Examination] = Field(min_length=1)
    places: Count | None = None
    drive_min: float = Field(0.0, ge=0)
    at_closing: Literal["finish", "freeze"] = "freeze"


class Route(Frozen):
    """The roads, facilities and inspection sites that vehicles of a class pass, in order."""

    direction: Direction = Field(description="local: traffic that does not cross the border")
    through: tuple[str, ...] = Field(min_length=1)


class Port(Frozen):
    """A road port: facilities on both sides of the border, roads that join them, and the routes through them."""

    name: str
    name_zh: str
    timezone: Timezone = Field(description="the clock of tables and figures")
    hours: dict[str, Hours]
    crews: dict[str, Crew] = {}
    facilities: dict[str, Facility]
    inspection_sites: dict[str, InspectionSite] = {}
    selections: dict[str, Selection] = {}
    selection_correlation: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="agencies see the same risk: correlation of the normal scores behind all selections"
    )
    routes: dict[str, Route]
    nodes: dict[str, Node] = {}
    links: dict[str, Link] = {}
    route_choices: dict[str, RouteChoice] = {}
    meters: dict[str, Meter] = {}
    incidents: dict[str, Incident] = {}

    def stop(self, name: str) -> Facility | InspectionSite | Link:
        """Return the facility, inspection site or road that a route calls so."""
        return self.facilities.get(name) or self.links.get(name) or self.inspection_sites[name]

    def is_ours(self, name: str) -> bool:
        """Say whether a stop is on our side of the border; all inspection sites are."""
        return getattr(self.stop(name), "agency", None) != "neighbour"

    def routes_of(self, name: str) -> dict[str, Route]:
        """Return the routes that a class may take: the one of this name, or all options of the choice."""
        options = self.route_choices[name].options if name in self.route_choices else (name,)
        return {option: self.routes[option] for option in options if option in self.routes}


class Profile(Frozen):
    """How arrivals spread over a day, on a local clock."""

    timezone: Timezone
    by_hour: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] = Field(
        min_length=24, max_length=24, description="weights from 00:00; only ratios count"
    )


class Carrier(Frozen):
    """Vehicles that come on carriers, several at once, and leave them at a stop on their route."""

    vehicles: Count = Field(le=100, description="vehicles on each carrier")
    pce: float = Field(gt=0, le=20, description="passenger cars that a carrier counts for on roads")
    until: str = Field(description="facility where they are unloaded")


class Appointments(Frozen):
    """Slots that drivers book before they come (Art. 31, 40): the first free place at or after the time they wish."""

    hours: str = Field(description="name of the service hours in which slots are offered")
    slot_min: float = Field(gt=0, le=1440)
    places_per_slot: Count
    deviation_sd_min: float = Field(
        ge=0, le=1440, description="early and late: standard deviation of arrival about the booked time"
    )
    no_show: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="share of drivers who miss a slot, which stays empty, and take another"
    )


class VehicleClass(Frozen):
    """Vehicles that arrive alike, follow one route (or choose one) and rank alike in queues."""

    label: str
    label_zh: str
    per_day: float = Field(ge=0, le=50_000, description="mean arrivals per day over a year")
    route: str = Field(description="name of a route, or of a choice of routes")
    profile: str
    pce: float = Field(1.0, gt=0, le=20, description="passenger cars that a vehicle counts for on roads")
    carrier: Carrier | None = None
    appointments: Appointments | None = None
    day_cv: Annotated[float, Field(ge=0, le=2)] = Field(
        0.0, description="over-dispersion of days: cv of a gamma factor"
    )
    priority: Annotated[int, Field(ge=0, le=100)] = Field(10, description="rank in queues; smaller goes first")
    by_weekday: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] = Field(
        (1.0,) * 7, min_length=7, max_length=7, description="weights from Monday; only ratios count"
    )

    @model_validator(mode="after")
    def _carried_vehicles_do_not_book(self) -> "VehicleClass":
        if self.carrier and self.appointments:
            raise ValueError("vehicles on a carrier cannot book slots; leave out carrier or appointments")
        return self


class Demand(Frozen):
    """Who comes, how many a day, and when."""

    profiles: dict[str, Profile]
    classes: dict[str, VehicleClass] = Field(min_length=1)


class Horizon(Frozen):
    """Which days are simulated; outcomes are measured after the warm-up."""

    start: Day = Field(description="first day of the warm-up, on the port's calendar")
    warmup_days: CountFromZero
    days: Count = Field(le=3660, description="days that are measured")

    @property
    def warmup_min(self) -> float:
        """Minute at which measuring begins."""
        return float(self.warmup_days * DAY_MIN)

    @property
    def end_min(self) -> float:
        """Minute at which the run ends."""
        return float((self.warmup_days + self.days) * DAY_MIN)


class Scenario(Frozen):
    """Everything that decides a run but luck."""

    port: Port
    demand: Demand
    horizon: Horizon
    policies: tuple[str, ...] = Field((), description="names of the policies applied, for tables and figures")

    @property
    def start(self) -> datetime:
        """Minute 0 of the run, on the port's clock."""
        return datetime.combine(self.horizon.start, datetime.min.time(), ZoneInfo(self.port.timezone))

    def is_local(self, vehicle_class: str) -> bool:
        """Say whether vehicles of a class have nothing to do with the port."""
        routes = self.port.routes_of(self.demand.classes[vehicle_class].route)
        return all(route.direction == "local" for route in routes.values())

    @model_validator(mode="after")
    def _names_resolve(self) -> "Scenario":
        problems = [*find_dangling_names(self.model_dump()), *find_misfits(self)]
        if problems:
            raise ScenarioError(problems)
        return self
