"""Stations: every facility, and every place of an inspection site, where a vehicle can be served."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.scenario.distributions import Minutes
from sim.scenario.schema import Agency, Examination, Facility, InspectionSite, Port


@dataclass(frozen=True)
class Work:
    """One agency's part of the work at a station, done on vehicles that `selected_by` picks (None: all)."""

    purpose: str
    minutes: Minutes
    by_class: Mapping[str, Minutes]
    selected_by: str | None


@dataclass(frozen=True)
class Station:
    """One queue with servers behind it; sequential inspection makes one per agency, joint one in all."""

    key: str
    label: str
    label_zh: str
    agency: Agency
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


def expand_stations(port: Port) -> tuple[dict[str, Station], dict[str, tuple[str, ...]]]:
    """Return stations by key, and the station keys that each name on a route stands for."""
    stations: dict[str, Station] = {}
    stands_for: dict[str, tuple[str, ...]] = {}
    for key, facility in port.facilities.items():
        stations[key] = _facility_station(key, facility)
        stands_for[key] = (key,)
    for key, site in port.inspection_sites.items():
        parts = _joint_station(key, site) if site.mode == "joint" else _sequential_stations(key, site)
        stations |= {station.key: station for station in parts}
        stands_for[key] = tuple(station.key for station in parts)
    return stations, stands_for


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
