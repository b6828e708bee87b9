"""Stops of a visit: stations that serve, roads, and the origins outside from which vehicles come onto a road."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.scenario.distributions import Minutes
from sim.scenario.fields import Agency
from sim.scenario.roads import Link
from sim.scenario.schema import Examination, Facility, InspectionSite, Port, Route


@dataclass(frozen=True)
class Work:
    """One agency's part of the work at a station, done on vehicles that `selected_by` picks (None: all)."""

    purpose: str
    minutes: Minutes
    by_class: Mapping[str, Minutes]
    selected_by: str | None


@dataclass(frozen=True)
class Stop:
    """Where a vehicle can be: anything that has a name on its way."""

    key: str
    label: str
    label_zh: str
    agency: Agency


@dataclass(frozen=True)
class Origin(Stop):
    """The world outside a road: vehicles that the road cannot take wait there."""


@dataclass(frozen=True)
class Road(Stop):
    """A stretch of road in one direction."""

    link: Link


@dataclass(frozen=True)
class Station(Stop):
    """One queue with servers behind it; sequential inspection makes one per agency, joint one in all."""

    hours: str
    servers: int
    staff_per_server: float
    works: tuple[Work, ...]
    presentation: tuple[Minutes, tuple[str, ...]] | None = None
    overlap: float = 0.0
    places: int | None = None
    drive_min: float = 0.0
    at_closing: str = "finish"
    quota_per_day: int | None = None
    crew: str | None = None
    own_teams: int | None = None


def expand_stops(port: Port) -> tuple[dict[str, Stop], dict[str, tuple[str, ...]]]:
    """Return stops by key, and the keys that each name on a route stands for."""
    stops: dict[str, Stop] = {}
    stands_for: dict[str, tuple[str, ...]] = {}
    for key, facility in port.facilities.items():
        stops[key] = _facility_station(key, facility)
        stands_for[key] = (key,)
    for key, site in port.inspection_sites.items():
        parts = _joint_station(key, site) if site.mode == "joint" else _sequential_stations(key, site)
        stops |= {station.key: station for station in parts}
        stands_for[key] = tuple(station.key for station in parts)
    for key, link in port.links.items():
        stops[key] = Road(key, link.label, link.label_zh, link.agency, link)
        stands_for[key] = (key,)
    for key in sorted({route.through[0] for route in port.routes.values()} & set(port.links)):
        link = port.links[key]
        stops[_origin(key)] = Origin(_origin(key), f"before {link.label}", f"{link.label_zh}以外", link.agency)
    return stops, stands_for


def expand_stations(port: Port) -> dict[str, Station]:
    """Return the stations among a port's stops, by key."""
    return {key: stop for key, stop in expand_stops(port)[0].items() if isinstance(stop, Station)}


def expand_route(route: Route, stops: Mapping[str, Stop], stands_for: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the keys of all stops on a route, which on a road begins at its origin."""
    first = [_origin(route.through[0])] if _origin(route.through[0]) in stops else []
    return [*first, *(key for name in route.through for key in stands_for[name])]


def _origin(link: str) -> str:
    return f"before {link}"


def _facility_station(key: str, facility: Facility) -> Station:
    return Station(
        key,
        facility.label,
        facility.label_zh,
        facility.agency,
        facility.hours,
        facility.servers,
        facility.staff_per_server,
        works=(Work(f"service/{key}", facility.service, facility.service_by_class, facility.selected_by),),
        places=facility.places,
        drive_min=facility.drive_min,
        at_closing=facility.at_closing,
        quota_per_day=facility.quota_per_day,
        crew=facility.crew,
    )


def _sequential_stations(key: str, site: InspectionSite) -> list[Station]:
    return [
        Station(
            f"{key}.{name}",
            f"{site.label}: {name.replace('_', ' ')}",
            f"{site.label_zh} ({name})",
            exam.agency,
            site.hours,
            exam.bays,
            exam.staff_per_bay,
            works=(_work(key, name, exam),),
            presentation=(site.presentation, (_presentation_purpose(key, name),)),
            places=_share_of_places(site, exam),
            drive_min=site.drive_min,
            at_closing=site.at_closing,
        )
        for name, exam in site.examinations.items()
    ]


def _share_of_places(site: InspectionSite, exam: Examination) -> int | None:
    if site.places is None:
        return None
    return max(exam.bays, site.places * exam.bays // sum(each.bays for each in site.examinations.values()))


def _joint_station(key: str, site: InspectionSite) -> list[Station]:
    exams = site.examinations
    bays = sum(exam.bays for exam in exams.values())
    staff = sum(exam.bays * exam.staff_per_bay for exam in exams.values())
    return [
        Station(
            f"{key}.joint",
            f"{site.label}: joint",
            f"{site.label_zh} (联合)",
            next(iter(exams.values())).agency,
            site.hours,
            bays,
            staff / bays,
            works=tuple(_work(key, name, exam) for name, exam in exams.items()),
            presentation=(site.presentation, tuple(_presentation_purpose(key, name) for name in exams)),
            overlap=site.overlap,
            places=site.places,
            drive_min=site.drive_min,
            at_closing=site.at_closing,
            own_teams=bays,
        )
    ]


def _work(key: str, name: str, exam: Examination) -> Work:
    return Work(f"service/{key}/{name}/examination", exam.minutes, {}, exam.selected_by)


def _presentation_purpose(key: str, name: str) -> str:
    return f"service/{key}/{name}/presentation"
