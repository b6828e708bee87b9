"""The scenario: a port, its demand and a horizon, as frozen tables with units and ranges."""

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt, model_validator

from sim.scenario.base import Frozen
from sim.scenario.distributions import Minutes
from sim.scenario.hours import DAY_MIN, WeekHours, parse_hours
from sim.scenario.problems import Problem, ScenarioError, suggest

Agency = Literal["customs", "border_police", "quarantine", "transport", "operator", "neighbour"]
Direction = Literal["export", "import"]
Share = Annotated[float, Field(ge=0, le=1)]


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"unknown time zone; {suggest(name, available_timezones())}")
    return name


def _readable_hours(text: str) -> str:
    parse_hours(text)
    return text


Timezone = Annotated[str, AfterValidator(_known_timezone)]


class Hours(Frozen):
    """Service hours that facilities refer to by name; one change moves a whole side of the port."""

    timezone: Timezone = Field(description="whose clock the hours are read on")
    open: Annotated[str, AfterValidator(_readable_hours)] = Field(description="such as 'Mo-Su 07:00-19:00' or '24/7'")
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
    teams: PositiveInt
    staff_per_team: PositiveInt = 1


class Facility(Frozen):
    """Lanes, bays or desks of one kind, with one queue before them."""

    label: str = Field(description="what tables and figures call it")
    label_zh: str
    agency: Agency
    hours: str = Field(description="name of service hours")
    servers: PositiveInt = Field(description="lanes, bays or desks; to close it, give its hours `off`")
    service: Minutes
    service_by_class: dict[str, Minutes] = Field({}, description="minutes of classes that differ")
    staff_per_server: NonNegativeInt = 1
    places: PositiveInt | None = Field(
        None,
        description="vehicles it holds, waiting or being served; None: no limit. When full, the step before is blocked",
    )
    drive_min: float = Field(0.0, ge=0, description="minutes to drive to it from the step before")
    selected_by: str | None = Field(None, description="name of the selection that sends a vehicle here; None: all come")
    crew: str | None = Field(None, description="name of a crew shared with other facilities")
    at_closing: Literal["finish", "freeze"] = Field(
        "finish", description="finish: work begun is finished after closing; freeze: it waits until opening"
    )
    quota_per_day: PositiveInt | None = Field(None, description="vehicles accepted per local day; unused places lapse")


class Selection(Frozen):
    """How likely an agency is to pick a vehicle out."""

    agency: Agency
    rate: Share = Field(description="share of vehicles selected")
    rate_by_class: dict[str, Share] = Field({}, description="shares of classes that differ")


class Examination(Frozen):
    """One agency's share of an inspection site."""

    agency: Agency
    selected_by: str = Field(description="name of the selection that sends a vehicle here")
    bays: PositiveInt
    minutes: Minutes = Field(description="examination without presenting the cargo")
    staff_per_bay: NonNegativeInt = 1


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
    examinations: dict[str, Examination]
    places: PositiveInt | None = None
    drive_min: float = Field(0.0, ge=0)
    at_closing: Literal["finish", "freeze"] = "freeze"


class Route(Frozen):
    """The facilities and inspection sites that vehicles of a class pass, in order."""

    direction: Direction
    through: tuple[str, ...] = Field(min_length=1)


class Port(Frozen):
    """A road port: facilities on both sides of the border, and the routes through them."""

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


class Profile(Frozen):
    """How arrivals spread over a day, on a local clock."""

    timezone: Timezone
    by_hour: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        min_length=24, max_length=24, description="weights from 00:00; only ratios count"
    )

    @model_validator(mode="after")
    def _some_hour(self) -> "Profile":
        if sum(self.by_hour) <= 0:
            raise ValueError("at least one hour needs a weight above 0")
        return self


class VehicleClass(Frozen):
    """Vehicles that arrive alike, follow one route and rank alike in queues."""

    label: str
    label_zh: str
    per_day: float = Field(ge=0, le=50_000, description="mean arrivals per day over a year")
    route: str
    profile: str
    day_cv: Annotated[float, Field(ge=0, le=2)] = Field(
        0.0, description="over-dispersion of days: cv of a gamma factor"
    )
    priority: Annotated[int, Field(ge=0, le=100)] = Field(10, description="rank in queues; smaller goes first")
    by_weekday: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        (1.0,) * 7, min_length=7, max_length=7, description="weights from Monday; only ratios count"
    )


class Demand(Frozen):
    """Who comes, how many a day, and when."""

    profiles: dict[str, Profile]
    classes: dict[str, VehicleClass] = Field(min_length=1)


class Horizon(Frozen):
    """Which days are simulated; outcomes are measured after the warm-up."""

    start: date = Field(description="first day of the warm-up, on the port's calendar")
    warmup_days: NonNegativeInt
    days: PositiveInt = Field(le=3660, description="days that are measured")

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

    @model_validator(mode="after")
    def _names_resolve(self) -> "Scenario":
        problems = find_dangling_names(self)
        if problems:
            raise ScenarioError(problems)
        return self


def find_dangling_names(scenario: Scenario) -> list[Problem]:
    """Return a problem for every name that refers to nothing, and for facilities with fewer places than servers."""
    port, demand = scenario.port, scenario.demand
    refs: list[tuple[str, str | None, dict[str, object]]] = []
    for key, facility in port.facilities.items():
        at = f"port.facilities.{key}"
        refs += [(f"{at}.hours", facility.hours, {**port.hours}), (f"{at}.crew", facility.crew, {**port.crews})]
        refs += [(f"{at}.selected_by", facility.selected_by, {**port.selections})]
        refs += [(f"{at}.service_by_class", name, {**demand.classes}) for name in facility.service_by_class]
    for key, site in port.inspection_sites.items():
        at = f"port.inspection_sites.{key}"
        refs += [(f"{at}.hours", site.hours, {**port.hours})]
        refs += [
            (f"{at}.examinations.{name}.selected_by", exam.selected_by, {**port.selections})
            for name, exam in site.examinations.items()
        ]
    for key, crew in port.crews.items():
        refs += [(f"port.crews.{key}.hours", crew.hours, {**port.hours})]
    for key, selection in port.selections.items():
        refs += [(f"port.selections.{key}.rate_by_class", name, {**demand.classes}) for name in selection.rate_by_class]
    stations: dict[str, object] = {**port.facilities, **port.inspection_sites}
    for key, route in port.routes.items():
        refs += [(f"port.routes.{key}.through", name, stations) for name in route.through]
    for key, vehicle in demand.classes.items():
        refs += [(f"demand.classes.{key}.route", vehicle.route, {**port.routes})]
        refs += [(f"demand.classes.{key}.profile", vehicle.profile, {**demand.profiles})]
    dangling = [
        Problem(path, f"there is no '{name}'", None, suggest(name, known))
        for path, name, known in refs
        if name is not None and name not in known
    ]
    return dangling + _find_misfits(scenario)


def _find_misfits(scenario: Scenario) -> list[Problem]:
    port = scenario.port
    small = [
        Problem(f"port.facilities.{key}.places", f"must be at least its servers ({f.servers})", f.places, "add places")
        for key, f in port.facilities.items()
        if f.places is not None and f.places < f.servers
    ]
    cramped = [
        Problem(f"port.inspection_sites.{key}.places", f"must be at least its bays ({bays})", site.places, "add places")
        for key, site in port.inspection_sites.items()
        if site.places is not None and site.places < (bays := sum(exam.bays for exam in site.examinations.values()))
    ]
    twice = [
        Problem(
            f"port.routes.{key}.through", "passes a facility twice", name, "give the second visit a facility of its own"
        )
        for key, route in port.routes.items()
        for name in sorted({name for name in route.through if route.through.count(name) > 1})
    ]
    return small + cramped + twice
