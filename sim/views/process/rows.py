"""What is in the picture: the way of every class as a row of cells, what vehicles keep, and what is shown once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, takewhile

from sim.scenario.schema import Facility, Port, Route, Scenario
from sim.scenario.terminals import LIFTS
from sim.views.process.stops import Cell, read_coming, read_leaving, read_stop, read_store

LEAST_RUN = 3
"""So many stops that an earlier row shows one after the other are drawn as one cell that says so."""


@dataclass(frozen=True)
class Row:
    """The way of one class, or of several that take the same route."""

    route: str
    title: str
    cells: tuple[Cell, ...]
    direction: str
    lifted_at: str | None = None


@dataclass(frozen=True)
class Kept:
    """What vehicles keep, or how many may be, from one stop to another."""

    begins: str
    ends: str
    text: str


def find_rows(scenario: Scenario) -> list[Row]:
    """Return the rows of all routes that some class takes, in the order of classes."""
    taken: dict[str, list[str]] = {}
    for name, vehicle in scenario.demand.classes.items():
        for route in scenario.port.routes_of(vehicle.route):
            taken.setdefault(route, []).append(name)
    return [_read_row(scenario, route, names) for route, names in taken.items()]


def _read_row(scenario: Scenario, name: str, classes: list[str]) -> Row:
    route = scenario.port.routes[name]
    headings = _find_headings(scenario, route, classes)
    stops = [
        read_stop(scenario, stop, classes, heading, name) for stop, heading in zip(route.through, headings, strict=True)
    ]
    if route.through[-1].endswith(".lift_on"):
        stops.insert(-1, read_store(scenario.port, stops[-1]))
    (first, last), come = (stops[0], stops[-1]), read_coming(scenario, name, classes)
    leave = [replace(each, ours=last.ours, heading=last.heading) for each in read_leaving(scenario, route, classes)]
    cells = (replace(come, ours=first.ours, heading=first.heading), *stops, *leave)
    title = "; ".join(scenario.demand.classes[each].label for each in classes)
    lifts = [stop.rpartition(".")[0] for stop in route.through if stop.rpartition(".")[2] in LIFTS]
    return Row(name, title, cells, route.direction, next(iter(lifts), None))


def _find_headings(scenario: Scenario, route: Route, classes: Sequence[str]) -> list[int]:
    """Return for each stop whether one goes outward there (1) or inland (-1)."""
    port = scenario.port
    first, *others = (list(group) for _, group in groupby(route.through, port.is_ours))
    if not others:
        return _head_on_one_side(route, _find_cargo(scenario, classes))
    *between, last = others
    outward = [1 if port.is_ours(first[0]) else -1] * len(first), [-1 if port.is_ours(last[0]) else 1] * len(last)
    return [*outward[0], *chain.from_iterable(_head_there_and_back(port, stops) for stops in between), *outward[1]]


def _head_on_one_side(route: Route, cargo: set[str]) -> list[int]:
    """Return the headings of a route that does not cross: the directions of its cargo say where one comes from."""
    unloaded = next((place for place, stop in enumerate(route.through, 1) if stop.endswith(".unloading")), 0)
    if route.direction == "export" and "import" in cargo:
        return [-1] * unloaded + [1] * (len(route.through) - unloaded)
    inland = route.direction == "import" or (route.direction == "local" and "import" in cargo)
    return [-1 if inland else 1] * len(route.through)


def _find_cargo(scenario: Scenario, vehicles: Sequence[str]) -> set[str]:
    """Return the directions of all cargo that vehicles bring, take or collect."""
    classes = scenario.demand.classes
    pairs = [(name, each.comes_with.carrier) for name, each in classes.items() if each.comes_with]
    met = {other for pair in pairs for one, other in (pair, pair[::-1]) if one in vehicles}
    met |= {takes.cargo for name in vehicles if (takes := classes[name].takes)}
    routes = [scenario.port.routes_of(classes[name].route) for name in met if scenario.is_cargo(name)]
    return {route.direction for each in routes for route in each.values()}


def _head_there_and_back(port: Port, stops: Sequence[str]) -> list[int]:
    """Return the headings between two crossings: where one came from as long as stops are those of imports."""
    if not port.is_ours(stops[0]):
        return [1] * (len(stops) - len(stops) // 2) + [-1] * (len(stops) // 2)
    imported = {stop for route in port.routes.values() if route.direction == "import" for stop in route.through}
    inland = len(list(takewhile(imported.__contains__, stops)))
    return [-1] * inland + [1] * (len(stops) - inland)


def find_kept(port: Port, row: Row) -> list[Kept]:
    """Return what vehicles on a row keep, and the meters that count them."""
    through = [name for cell in row.cells for name in cell.names]
    facilities = [(name, port.facilities[name]) for name in through if name in port.facilities]
    metered = [each for each in port.meters.values() if each.is_between(through)]
    return [
        *(Kept(name, each.kept_until, _say_kept(each)) for name, each in facilities if each.kept_until in through),
        *(Kept(each.after, each.until, f"{each.label}: {each.vehicles:,} at most") for each in metered),
    ]


def _say_kept(facility: Facility) -> str:
    each = f", {facility.servers_per_vehicle} each" if facility.servers_per_vehicle > 1 else ""
    back = facility.back_after_min
    later = f"; back after {f'{back:,.4g} min' if back < 120.0 else f'{back / 60.0:,.3g} h'}" if back else ""
    return f"keeps {facility.label} ({facility.servers:,}{each}){later}"


def condense(rows: Sequence[Row]) -> list[Row]:
    """Return rows in which runs of stops that an earlier row shows, number by number, are one cell each."""
    return [replace(row, cells=tuple(_condense_row(rows[:place], row))) for place, row in enumerate(rows)]


def _condense_row(earlier: Sequence[Row], row: Row) -> Iterator[Cell]:
    rest = row.cells
    while rest:
        run, shown = _find_run(earlier, rest)
        if run:
            said = f"{len(run)} stops: {run[0].title} ... {run[-1].title}"
            names = tuple(name for cell in run for name in cell.names)
            yield Cell("same", f"as {shown}", (said,), names, run[0].agency, *run[0].way)
        else:
            yield rest[0]
        rest = rest[max(len(run), 1) :]


def _find_run(earlier: Sequence[Row], cells: tuple[Cell, ...]) -> tuple[tuple[Cell, ...], str]:
    """Return the longest run of stops, from the first on and on one side, that an earlier row shows, and its title."""
    whole = tuple(takewhile(lambda cell: _is_repeatable(cell) and cell.way == cells[0].way, cells))
    for length in range(len(whole), LEAST_RUN - 1, -1):
        for row in earlier:
            shown = (row.cells[at : at + length] for at in range(len(row.cells)))
            if row.lifted_at is None and whole[:length] in shown:
                return whole[:length], row.title.split("; ")[0]
    return (), ""


def _is_repeatable(cell: Cell) -> bool:
    return cell.kind in ("stop", "site", "road") and cell.dock is None
