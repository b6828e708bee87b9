"""The scenario: a port, its demand and a horizon, as frozen tables with units and ranges."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache, cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.distributions import Minutes
from sim.scenario.hours import DAY_MIN, WeekHours, parse_hours
from sim.scenario.problems import Problem, ScenarioError, suggest

Agency = Literal["customs", "border_police", "quarantine", "transport", "operator", "neighbour"]
Direction = Literal["export", "import"]
Count = Annotated[int, Field(gt=0, strict=True)]
CountFromZero = Annotated[int, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_timezone(name: str) -> str:
    if name not in _timezones():
        raise ValueError(f"unknown time zone; {suggest(name, _timezones())}")
    return name


def _off_unquoted(value: object) -> object:
    """YAML reads an unquoted off as false."""
    return "off" if value is False else value


def _some_weight(weights: tuple[float, ...]) -> tuple[float, ...]:
    if sum(weights) <= 0.0:
        raise ValueError("at least one weight must be above 0")
    return weights


def _readable_hours(text: str) -> str:
    parse_hours(text)
    return text


OpeningHours = Annotated[str, BeforeValidator(_off_unquoted), AfterValidator(_readable_hours)]
Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2100, 1, 1))]
Timezone = Annotated[str, AfterValidator(_known_timezone)]


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
    by_hour: Annotated[tuple[Weight, ...], AfterValidator(_some_weight)] = Field(
        min_length=24, max_length=24, description="weights from 00:00; only ratios count"
    )


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
    by_weekday: Annotated[tuple[Weight, ...], AfterValidator(_some_weight)] = Field(
        (1.0,) * 7, min_length=7, max_length=7, description="weights from Monday; only ratios count"
    )


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

    @model_validator(mode="after")
    def _names_resolve(self) -> "Scenario":
        problems = [*find_dangling_names(self.model_dump()), *_find_misfits(self)]
        if problems:
            raise ScenarioError(problems)
        return self


def find_dangling_names(world: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for every name in a scenario, validated or not, that refers to nothing."""
    port, demand = _table(world, "port"), _table(world, "demand")
    hours, crews, selections = _table(port, "hours"), _table(port, "crews"), _table(port, "selections")
    classes, routes, profiles = _table(demand, "classes"), _table(port, "routes"), _table(demand, "profiles")
    facilities, sites = _table(port, "facilities"), _table(port, "inspection_sites")
    refs = [
        *_references("port.facilities", facilities, {"hours": hours, "crew": crews, "selected_by": selections}),
        *_references("port.inspection_sites", sites, {"hours": hours}),
        *_references("port.crews", crews, {"hours": hours}),
        *_references("port.routes", routes, {"through": {**facilities, **sites}}),
        *_references("demand.classes", classes, {"route": routes, "profile": profiles}),
        *_references("port.facilities", facilities, {"service_by_class": classes}),
        *_references("port.selections", selections, {"rate_by_class": classes}),
    ]
    for key in sites:
        exams = _table(_table(sites, key), "examinations")
        refs += _references(f"port.inspection_sites.{key}.examinations", exams, {"selected_by": selections})
    return [
        Problem(path, f"there is no '{name}'", None, suggest(name, known))
        for path, name, known in refs
        if name not in known
    ]


def _table(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = tree.get(key)
    return found if isinstance(found, Mapping) else {}


def _references(
    at: str, rows: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (path, name, what it may name) for every name in these columns of a table."""
    for key, row in rows.items():
        for column, known in columns.items():
            names = row.get(column) if isinstance(row, Mapping) else None
            for name in [names] if isinstance(names, str) else names or ():
                yield f"{at}.{key}.{column}", str(name), known


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
        Problem(f"port.routes.{key}.through", "passes a facility twice", name, "give the second visit one of its own")
        for key, route in port.routes.items()
        for name in sorted({name for name in route.through if route.through.count(name) > 1})
    ]
    ambiguous = [
        Problem(f"port.inspection_sites.{key}", "is the name of a facility too", None, "rename one of them")
        for key in sorted(set(port.inspection_sites) & set(port.facilities))
    ]
    return [*small, *cramped, *twice, *ambiguous]
