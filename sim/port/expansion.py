"""Expansion: a port's facilities, sites, terminals and roads become the stops of its routes."""

from collections.abc import Mapping

from sim.port.stations import Lift, Origin, Road, Station, Stop, Storage, Track, Work
from sim.scenario.schema import Crew, Examination, Facility, InspectionSite, Port, Route
from sim.scenario.terminals import Terminal

EXAMINERS_ZH = {"customs": "海关", "border_police": "边检", "quarantine": "检疫"}
"""What agencies that examine are called in Chinese; other examinations keep their names."""


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
    used = {name for route in port.routes.values() for name in route.through}
    for key, terminal in port.terminals.items():
        made = _terminal_stops(key, terminal, {name for name in used if name.rpartition(".")[0] == key})
        stops |= {stop.key: stop for stop in made}
        stands_for |= {name: (name,) for name in used & stops.keys() if name not in stands_for}
        stands_for[f"{key}.lift_on"] = (f"{key}.storage", f"{key}.lift_on")
    for key in sorted({route.through[0] for route in port.routes.values()} & set(port.links)):
        link = port.links[key]
        stops[_origin(key)] = Origin(_origin(key), f"before {link.label}", f"{link.label_zh}以外", link.agency)
    return stops, stands_for


def expand_stations(port: Port) -> dict[str, Station]:
    """Return the stations among a port's stops, by key."""
    return {key: stop for key, stop in expand_stops(port)[0].items() if isinstance(stop, Station)}


def expand_crews(port: Port, ours: bool = False) -> dict[str, Crew]:
    """Return the crews of a port, by name, with the cranes of its terminals; of these only `ours`, if asked."""
    cranes = {
        _cranes(key): Crew(hours=terminal.hours, teams=terminal.cranes, staff_per_team=terminal.staff_per_crane)
        for key, terminal in port.terminals.items()
        if not (ours and terminal.agency == "neighbour")
    }
    return {**port.crews, **cranes}


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
        paths_per_day=facility.paths_per_day,
        kept_until=facility.kept_until,
        back_after_min=facility.back_after_min,
        servers_per_vehicle=facility.servers_per_vehicle,
        surge=facility.surge,
    )


def _terminal_stops(key: str, terminal: Terminal, used: set[str]) -> list[Stop]:
    """Return the stops at a terminal that some route passes, by the names that these use."""
    tracks = {"unloading": ("unloading tracks", "卸车线"), "loading": ("loading tracks", "装车线")}
    lifts = {"off": ("lifted off", "卸"), "on": ("lifted on", "装"), "across": ("lifted across", "直装")}
    ways = [way for way in ("off", "on") if f"{key}.lift_{way}" in used]
    if len(ways) == 2 and terminal.lifts_across:
        ways.append("across")
    stops: list[Stop] = [
        Track(
            f"{key}.{part}",
            *_label(terminal, *words),
            terminal.agency,
            None,
            terminal.loading_tracks if part == "loading" else terminal.unloading_tracks,
            0,
            (),
            terminal=key,
            loads=part == "loading",
        )
        for part, words in tracks.items()
        if f"{key}.{part}" in used
    ]
    stops += [
        Lift(
            f"{key}.across" if way == "across" else f"{key}.lift_{way}",
            *_label(terminal, *lifts[way]),
            terminal.agency,
            terminal.hours,
            terminal.cranes,
            0,
            (Work(f"lift/{key}/{way}", terminal.lift, terminal.lift_by_class, None),),
            at_closing="freeze",
            crew=_cranes(key),
            terminal=key,
            way=way,
        )
        for way in ways
    ]
    if "on" in ways:
        stops.append(Storage(f"{key}.storage", *_label(terminal, "in store", "堆存"), terminal.agency, key))
    return stops


def _label(terminal: Terminal, words: str, words_zh: str) -> tuple[str, str]:
    return f"{terminal.label}: {words}", f"{terminal.label_zh}{words_zh}"


def _cranes(terminal: str) -> str:
    return f"{terminal} cranes"


def _sequential_stations(key: str, site: InspectionSite) -> list[Station]:
    return [
        Station(
            f"{key}.{name}",
            f"{site.label}: {name.replace('_', ' ')}",
            f"{site.label_zh}（{EXAMINERS_ZH.get(name, name)}）",
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
            f"{site.label_zh}（联合）",
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
