"""Sections of the table of a port with terminals: cargo, who takes it, cranes, stores, wagons, both sides."""

from collections.abc import Iterator

from rich.markup import escape

from sim.port import Lift, Station, Stop, Track, expand_stations, expand_stops
from sim.scenario.schema import Port, Scenario
from sim.study.checks import Checks
from sim.views.cells import Cells, Found, format_row, hide_unstable

Section = tuple[str, list[Cells]]

CARGO_MEASURES = {
    "stay_mean": ("whole stay, mean", "h"),
    "stay_p90": ("whole stay, 90 % within", "h"),
    "dwell_mean": ("in store, mean", "h"),
    "dwell_p90": ("in store, 90 % within", "h"),
    "across": ("lifted straight across", "%"),
    "left_per_day": ("leaving per day", "units"),
    "teu_per_day": ("leaving per day", "TEU"),
    "tonnes_per_day": ("leaving per day", "t"),
    "waits_for_vehicle_mean": ("waiting for vehicle, mean", "units"),
    "left_behind_mean": ("left behind, mean", "units"),
    "left_behind_max": ("left behind, at most", "units"),
}
TAKER_MEASURES = {
    "fill": ("room filled on leaving", "%"),
    "lateness_mean": ("leaving late, mean", "h"),
    "lateness_p90": ("leaving late, 90 % within", "h"),
}
CARRIER_MEASURES = {
    "left_per_day": ("leaving per day", ""),
    **TAKER_MEASURES,
    "stay_mean": ("whole stay, mean", "h"),
}
TERMINAL_MEASURES = {
    "crane_utilisation": ("cranes in use", "%"),
    "lifts_per_day": ("lifts per day", ""),
    "cranes_stopped": ("cranes stopped", "h/day"),
    "stored_mean": ("in store, mean", "units"),
    "stored_max": ("in store, at most", "units"),
    "slots_used_max": ("slots taken, at most", "%"),
}
ONLY_IF_ANY = ("across", "cranes_stopped", "left_behind_max")
"""Measures that are left out where they are 0."""
NOT_A_NUMBER = ("stay_mean", "stay_p90", "dwell_mean", "dwell_p90", "waits_for_vehicle_mean", "left_behind_mean")
"""What grows with the run while more comes than leaves: no mean exists."""


MANY = 8
"""With more classes than these, the finer of their rows are left out, or nobody would read the table to its end."""
FINER = ("processing", "release_p90", "dwell_p90", "waits_for_vehicle_mean", "left_behind_max")


def leave_out(scenario: Scenario) -> tuple[str, ...]:
    """Return the measures of classes that a port has too many classes for."""
    return FINER if len(scenario.demand.classes) > MANY else ()


def list_cargo(found: Found, scenario: Scenario, labels: tuple[str, str], checks: Checks) -> Iterator[Section]:
    """Yield how long each class of cargo stays, how much of it leaves, and what vehicles leave behind."""
    for name, each in scenario.demand.classes.items():
        if scenario.is_cargo(name):
            left_out = (*leave_out(scenario), *(["left_per_day", "tonnes_per_day"] if each.teu else []))
            measures = {key: text for key, text in CARGO_MEASURES.items() if key not in left_out}
            bad = [(label, name) in checks.unstable for label in labels]
            yield each.label, list(_list_measures(found, ("cargo", name), measures, bad))


def list_carriers(found: Found, scenario: Scenario, labels: tuple[str, str], checks: Checks) -> Iterator[Section]:
    """Yield how many vehicles of each class come to a terminal and go back, how full, how late and after how long."""
    for name, each in scenario.demand.classes.items():
        if comes_to_terminal(scenario, name):
            bad = [(label, name) in checks.unstable for label in labels]
            yield each.label, list(_list_measures(found, ("carrier", name), CARRIER_MEASURES, bad))


def comes_to_terminal(scenario: Scenario, name: str) -> bool:
    """Say whether a class are vehicles that come to a terminal and do not cross the border."""
    port = scenario.port
    routes = port.routes_of(scenario.demand.classes[name].route).values()
    local = scenario.is_local(name) and not scenario.is_cargo(name)
    return local and any(stop.rpartition(".")[0] in port.terminals for route in routes for stop in route.through)


def list_taken(found: Found, name: str) -> Iterator[Cells]:
    """Yield how full and how late vehicles leave that cross the border; nothing if they take no cargo."""
    yield from _list_measures(found, ("carrier", name), TAKER_MEASURES, [])


def list_terminals(found: Found, port: Port) -> Iterator[Section]:
    """Yield the use of cranes, tracks and slots of each terminal."""
    for name, terminal in port.terminals.items():
        yield terminal.label, list(_list_measures(found, ("terminal", name), TERMINAL_MEASURES, []))


def _list_measures(
    found: Found, what: tuple[str, str], measures: dict[str, tuple[str, str]], bad: list[bool]
) -> Iterator[Cells]:
    """Yield a row for each measure that has a value; `bad` says in which scenarios means do not exist."""
    for measure, (text, unit) in measures.items():
        row = found.get((*what, measure))
        if row is None or (row["baseline"] is None and row["other"] is None):
            continue
        if measure in ONLY_IF_ANY and not (row["baseline"] or row["other"]):
            continue
        cells = format_row(f"  {text}{f' ({unit})' if unit else ''}", row, 100.0 if unit == "%" else 1.0)
        yield hide_unstable(cells, bad) if measure in NOT_A_NUMBER else cells


def list_equipment(found: Found, port: Port, most: int) -> Iterator[Section]:
    """Yield the use of tracks and of what vehicles keep, the fullest first, and how many wagons stand idle."""
    stations = expand_stations(port)
    shown = {key: station for key, station in stations.items() if station.kept_until or isinstance(station, Track)}
    used = [(key, row) for key in shown if (row := found.get(_find_use(shown[key]))) and row["baseline"]]
    used = sorted(used, key=lambda pair: -pair[1]["baseline"])[:most]
    if used:
        rows = [format_row(escape(f"  {shown[key].label}"), row, 100.0) for key, row in used]
        yield "tracks, engines, wagons in use (%)", rows
    idle = [
        format_row(escape(f"  {station.label}"), found["station", key, "idle_mean"], 1.0)
        for key, station in shown.items()
        if station.servers_per_vehicle > 1 and ("station", key, "idle_mean") in found
    ]
    if idle:
        yield "wagons that stand idle, mean", idle


def _find_use(station: Station) -> tuple[str, str, str]:
    """Return the outcome that says how much a station is in use."""
    if isinstance(station, Track):
        return "terminal", station.terminal, f"{'loading' if station.loads else 'unloading'}_track_utilisation"
    return "station", station.key, "utilisation"


SIDES = {"ours": "our side", "neighbour": "beyond the border"}


def list_sides(found: Found) -> Iterator[Section]:
    """Yield how many vehicles that cross the border are on each side of it, and how many of these wait."""
    rows = []
    for (scope, name, measure), row in found.items():
        if scope == "side" and measure == "present_mean" and (row["baseline"] or row["other"]):
            direction, _, side = name.partition("/")
            rows.append(format_row(f"  {direction}, {SIDES[side]}", row, 1.0))
            rows.append(format_row("    of these waiting", found[scope, name, "waiting_mean"], 1.0))
    if rows:
        yield "vehicles that cross, mean", rows


def find_plain(port: Port) -> dict[str, Stop]:
    """Return the stops that are shown nowhere else: not parts of terminals, nor what vehicles keep."""
    stops, _ = expand_stops(port)
    return {
        key: stop
        for key, stop in stops.items()
        if not isinstance(stop, Lift | Track) and not getattr(stop, "kept_until", None)
    }
