"""Finds what no single table can see: names that refer to nothing, and parts that do not fit each other."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.scenario.disruption_checks import find_disruption_misfits
from sim.scenario.problems import Problem, suggest
from sim.scenario.terminals import LIFTS, TRACKS

if TYPE_CHECKING:
    from sim.scenario.schema import Port, Scenario


def find_dangling_names(world: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for every name in a scenario, validated or not, that refers to nothing."""
    port, demand = _table(world, "port"), _table(world, "demand")
    hours, crews, selections = _table(port, "hours"), _table(port, "crews"), _table(port, "selections")
    classes, routes, profiles = _table(demand, "classes"), _table(port, "routes"), _table(demand, "profiles")
    facilities, sites = _table(port, "facilities"), _table(port, "inspection_sites")
    nodes, links, choices = _table(port, "nodes"), _table(port, "links"), _table(port, "route_choices")
    disruptions = {
        key: {**row, "links": _but_all(row, "links"), "surge": _but_all(row, "surge")}
        for key, row in _rows(port, "disruptions")
    }
    terminals = _table(port, "terminals")
    parts = {f"{name}.{part}": row for name, row in terminals.items() for part in (*TRACKS, *LIFTS)}
    stops = {**facilities, **sites, **links, **parts}
    refs = [
        *_references("port.facilities", facilities, {"hours": hours, "crew": crews, "selected_by": selections}),
        *_references("port.facilities", facilities, {"kept_until": stops}),
        *_references("port.terminals", terminals, {"hours": hours, "lift_by_class": classes}),
        *_references("port.inspection_sites", sites, {"hours": hours}),
        *_references("port.crews", crews, {"hours": hours}),
        *_references("port.routes", routes, {"through": stops}),
        *_references("port.links", links, {"begins": nodes, "ends": nodes}),
        *_references("port.facilities", facilities, {"at": nodes}),
        *_references("port.route_choices", choices, {"options": routes}),
        *_references("port.meters", _table(port, "meters"), {"after": stops, "until": stops}),
        *_references("port.reinforcements", _table(port, "reinforcements"), {"lanes": facilities}),
        *_references("port.disruptions", disruptions, {"clock": hours, "repair_clock": hours, "shuts": hours}),
        *_references("port.disruptions", disruptions, {"out_of_order": {**facilities, **terminals}}),
        *_references("port.disruptions", disruptions, {"links": links, "surge": classes}),
        *_references("demand.classes", classes, {"route": {**routes, **choices}, "profile": profiles, "season": hours}),
        *_references("port.facilities", facilities, {"service_by_class": classes}),
        *_references("port.selections", selections, {"rate_by_class": classes, "rate_by_route": routes}),
        *_references("port", {"violations": _table(port, "violations")}, {"rate_by_class": classes}),
    ]
    for part, column, known in (
        ("carrier", "until", facilities),
        ("appointments", "hours", hours),
        ("comes_with", "carrier", classes),
        ("takes", "cargo", classes),
    ):
        parts = {f"{key}.{part}": _table(row, part) for key, row in _rows(demand, "classes")}
        refs += _references("demand.classes", parts, {column: known})
    for key, row in _rows(port, "route_choices"):
        refs += _references(f"port.route_choices.{key}.options", _table(row, "options"), {"hours": hours})
    for key in sites:
        exams = _table(_table(sites, key), "examinations")
        refs += _references(f"port.inspection_sites.{key}.examinations", exams, {"selected_by": selections})
    return [
        Problem(path, f"there is no '{name}'", None, suggest(name, known))
        for path, name, known in refs
        if name not in known
    ]


def _but_all(row: Mapping[str, Any], column: str) -> list[str]:
    """Return the names in a column that may also say `all`."""
    names = row.get(column) or ()
    return [name for name in ([names] if isinstance(names, str) else names) if name != "all"]


def _table(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = tree.get(key)
    return found if isinstance(found, Mapping) else {}


def _rows(tree: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of a table that are tables themselves."""
    return ((name, row) for name, row in _table(tree, key).items() if isinstance(row, Mapping))


def _references(
    at: str, rows: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (path, name, what it may name) for every name in these columns of a table."""
    for key, row in rows.items():
        for column, known in columns.items():
            names = row.get(column) if isinstance(row, Mapping) else None
            for name in [names] if isinstance(names, str) else names or ():
                yield f"{at}.{key}.{column}", str(name), known


def find_misfits(scenario: "Scenario") -> list[Problem]:
    """Return a problem for every part of a validated scenario that does not fit the others."""
    port = scenario.port
    return [
        *_find_cramped(port),
        *_find_ambiguous(port),
        *_find_broken_routes(port),
        *_find_split_directions(port),
        *_find_unreachable(scenario),
        *_find_empty_seasons(scenario),
        *_find_leaking_meters(scenario),
        *find_disruption_misfits(scenario),
    ]


def _find_cramped(port: "Port") -> Iterator[Problem]:
    for key, facility in port.facilities.items():
        if facility.places is not None and facility.places < facility.servers:
            rule = f"must be at least its servers ({facility.servers})"
            yield Problem(f"port.facilities.{key}.places", rule, facility.places, "add places")
    for key, site in port.inspection_sites.items():
        bays = sum(exam.bays for exam in site.examinations.values())
        if site.places is not None and site.places < bays:
            rule = f"must be at least its bays ({bays})"
            yield Problem(f"port.inspection_sites.{key}.places", rule, site.places, "add places")


def _find_ambiguous(port: "Port") -> Iterator[Problem]:
    stops: set[str] = set()
    for table in ("facilities", "inspection_sites", "links", "terminals"):
        keys = set(getattr(port, table))
        for key in sorted(stops & keys):
            yield Problem(f"port.{table}.{key}", "is the name of another stop too", None, "rename one of them")
        stops |= keys
    for key in sorted(set(port.route_choices) & set(port.routes)):
        yield Problem(f"port.route_choices.{key}", "is the name of a route too", None, "rename one of them")


def _find_broken_routes(port: "Port") -> Iterator[Problem]:
    """Find stops that are passed twice, and roads that do not meet."""
    for key, route in port.routes.items():
        at = f"port.routes.{key}.through"
        for name in sorted({name for name in route.through if route.through.count(name) > 1}):
            yield Problem(at, "passes a stop twice", name, "give the second visit one of its own")
        for before, after in pairwise(route.through):
            here, there = _ends_at(port, before), _begins_at(port, after)
            if here and there and here != there:
                rule = f"'{before}' is left at '{here}', but '{after}' begins at '{there}'"
                yield Problem(at, rule, None, "add the road between them, or mend a node")


def _ends_at(port: "Port", stop: str) -> str | None:
    return port.links[stop].ends if stop in port.links else _lies_at(port, stop)


def _begins_at(port: "Port", stop: str) -> str | None:
    return port.links[stop].begins if stop in port.links else _lies_at(port, stop)


def _lies_at(port: "Port", stop: str) -> str | None:
    return port.facilities[stop].at if stop in port.facilities else None


def _find_split_directions(port: "Port") -> Iterator[Problem]:
    for key, choice in port.route_choices.items():
        ways = {port.routes[name].direction for name in choice.options if name in port.routes}
        if len(ways) > 1:
            yield Problem(
                f"port.route_choices.{key}.options", "must all go in one direction", sorted(ways), "split them"
            )


def _find_unreachable(scenario: "Scenario") -> Iterator[Problem]:
    """Find stops at which carriers are to be unloaded and that are not on the way."""
    for key, vehicle in scenario.demand.classes.items():
        for name, route in scenario.port.routes_of(vehicle.route).items():
            if vehicle.carrier and vehicle.carrier.until not in route.through:
                at, rule = f"demand.classes.{key}.carrier.until", f"must be on its route '{name}'"
                yield Problem(at, rule, vehicle.carrier.until, "name a stop on the route")


def _find_empty_seasons(scenario: "Scenario") -> Iterator[Problem]:
    """Find classes that have no weight in any month of the season in which they come."""
    for key, vehicle in scenario.demand.classes.items():
        known = vehicle.season in scenario.port.hours
        if known and not any(vehicle.by_month[month - 1] for month, _ in scenario.season_of(vehicle)):
            rule = f"is 0 in all months of the season of '{vehicle.season}'"
            yield Problem(f"demand.classes.{key}.by_month", rule, None, "give a month of the season some weight")


def _find_leaking_meters(scenario: "Scenario") -> Iterator[Problem]:
    """Find meters whose tokens some vehicles would take and not give back, or none."""
    port = scenario.port
    for key, meter in port.meters.items():
        for column, stop in (("after", meter.after), ("until", meter.until)):
            if stop in port.inspection_sites or (stop in port.facilities and port.facilities[stop].selected_by):
                rule = "must be a stop that every vehicle makes, but some are not selected for it"
                yield Problem(f"port.meters.{key}.{column}", rule, stop, "name a facility or a road without selection")
        if not any(meter.is_between(route.through) for route in port.routes.values()):
            rule = f"no route passes '{meter.after}' and then '{meter.until}'"
            yield Problem(f"port.meters.{key}", rule, None, "name two stops of one route, in its order")
        for choice, options in port.route_choices.items():
            ways = [port.routes[name].through for name in options.options if name in port.routes]
            between = [meter.is_between(through) for through in ways]
            if any(between) and between != [bool({meter.after, meter.until} & set(through)) for through in ways]:
                rule = f"some options of '{choice}' pass only one of its stops"
                yield Problem(f"port.meters.{key}", rule, None, "name stops that these have in common, or neither")
