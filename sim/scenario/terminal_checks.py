"""Finds cargo that nobody brings or takes, and what vehicles could not give back: misfits of terminals and tracks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.scenario.problems import Problem
from sim.scenario.terminals import LIFTS, TRACKS

if TYPE_CHECKING:
    from sim.scenario.demand import VehicleClass
    from sim.scenario.schema import Port, Scenario


def find_terminal_misfits(scenario: "Scenario") -> list[Problem]:
    """Return a problem for every class that does not fit the terminals on its routes, or what it keeps."""
    circles = list(_find_circles(scenario))
    return circles or [
        *_find_undecided(scenario),
        *_find_mixed_routes(scenario),
        *_find_strangers(scenario),
        *_find_empty_handed(scenario),
        *_find_torn(scenario),
        *_find_stranded(scenario),
        *_find_unkept(scenario.port),
        *_find_given_for_nothing(scenario),
    ]


def _find_circles(scenario: "Scenario") -> Iterator[Problem]:
    classes = scenario.demand.classes
    for key in classes:
        chain, name = [key], key
        while (terms := classes[name].comes_with) is not None and terms.carrier not in chain:
            name = terms.carrier
            chain.append(name)
        if terms is not None:
            rule = "comes with itself in the end: " + " > ".join([*chain, terms.carrier])
            yield Problem(f"demand.classes.{key}.comes_with.carrier", rule, None, "let one class come by itself")


def _find_undecided(scenario: "Scenario") -> Iterator[Problem]:
    """Find vehicles that choose at run time whether they pass a terminal: their cargo could not know."""
    port = scenario.port
    for key, vehicle in scenario.demand.classes.items():
        passes = any(port.terminal_of(vehicle.route, part) for part in (*TRACKS, *LIFTS))
        if vehicle.route in port.route_choices and port.route_choices[vehicle.route].rule != "shares" and passes:
            rule = "cannot choose by queues whether to pass a terminal"
            yield Problem(f"demand.classes.{key}.route", rule, vehicle.route, "give the choice rule: shares")


def _find_mixed_routes(scenario: "Scenario") -> Iterator[Problem]:
    """Find routes that lift cargo and are driven on, and cargo that is lifted anywhere but first and last."""
    for key, route in scenario.port.routes.items():
        parts = [
            name.rpartition(".")[2] for name in route.through if name.rpartition(".")[0] in scenario.port.terminals
        ]
        at = f"port.routes.{key}.through"
        if set(parts) & set(TRACKS) and set(parts) & set(LIFTS):
            rule = "is a route of vehicles and of cargo at once"
            yield Problem(at, rule, None, "vehicles pass .unloading and .loading, cargo .lift_off and .lift_on")
        if any(parts.count(part) > 1 for part in (*TRACKS, *LIFTS)):
            yield Problem(at, "is unloaded or loaded twice", None, "end the route at the first terminal")
        ends = {"lift_off": route.through[0], "lift_on": route.through[-1]}
        for part, name in ends.items():
            if part in parts and not name.endswith(f".{part}"):
                place = "first" if part == "lift_off" else "last"
                yield Problem(at, f"cargo must be at .{part} {place}", name, "move what is before or after it")
        lifts = {name.rpartition(".")[0] for name in route.through if name.rpartition(".")[2] in LIFTS}
        if len(lifts) > 1:
            yield Problem(at, "cargo is lifted at two terminals", sorted(lifts), "give it one")


def _find_strangers(scenario: "Scenario") -> Iterator[Problem]:
    """Find cargo whose vehicle is not unloaded where it should be lifted off, and cargo that nobody takes."""
    port, classes = scenario.port, scenario.demand.classes
    for key, cargo in classes.items():
        at, terms = f"demand.classes.{key}", cargo.comes_with
        off, on = port.terminal_of(cargo.route, "lift_off"), port.terminal_of(cargo.route, "lift_on")
        if off and terms and off not in port.terminals_of(classes[terms.carrier].route, "unloading"):
            rule = f"is lifted off at '{off}', where no route of '{terms.carrier}' is unloaded"
            yield Problem(f"{at}.route", rule, cargo.route, f"add {off}.unloading to a route of '{terms.carrier}'")
        takers = [name for name, other in classes.items() if on and _takes(scenario, other, key, on)]
        if on and not takers:
            yield Problem(
                f"{at}.route", f"is lifted on at '{on}', but nobody takes it there", None, "let a class take it"
            )
        own = [name for name in takers if classes[name].takes is None]
        if own and (len(takers) > 1 or classes[own[0]].comes_with.each != 1 or classes[own[0]].comes_with.fill < 1.0):  # type: ignore[union-attr]
            rule = "must collect one unit each, all of them, and be the only class that does"
            yield Problem(f"demand.classes.{own[0]}.comes_with", rule, None, "each: 1, fill: 1, or let it take any")


def _takes(scenario: "Scenario", vehicle: "VehicleClass", cargo: str, terminal: str) -> bool:
    takes = vehicle.takes.cargo if vehicle.takes else vehicle.comes_with and vehicle.comes_with.carrier
    return takes == cargo and scenario.port.terminal_of(vehicle.route, "loading") == terminal


def _find_empty_handed(scenario: "Scenario") -> Iterator[Problem]:
    """Find vehicles that are unloaded or loaded without cargo, or that leave by a timetable that they do not have."""
    port, classes = scenario.port, scenario.demand.classes
    for key, vehicle in classes.items():
        at = f"demand.classes.{key}"
        loading = port.terminal_of(vehicle.route, "loading")
        comes = [each.route for each in classes.values() if each.comes_with and each.comes_with.carrier == key]
        for unloading in port.terminals_of(vehicle.route, "unloading"):
            if unloading not in [port.terminal_of(route, "lift_off") for route in comes]:
                rule = f"is unloaded at '{unloading}', but brings nothing that is lifted off there"
                yield Problem(f"{at}.route", rule, vehicle.route, "let a class of cargo come with it")
        cargo = vehicle.takes.cargo if vehicle.takes else vehicle.comes_with and vehicle.comes_with.carrier
        lifted_on = cargo and port.terminal_of(classes[cargo].route, "lift_on")
        if loading and loading != lifted_on:
            rule = f"is loaded at '{loading}', but takes nothing that is lifted on there"
            yield Problem(f"{at}.takes", rule, cargo, "name a class of cargo whose route ends there")
        if vehicle.takes and not loading:
            yield Problem(f"{at}.takes", "is loaded on no route", vehicle.takes.cargo, "add <terminal>.loading to one")
        if vehicle.takes and vehicle.takes.leaves == "timetable" and vehicle.timetable is None:
            yield Problem(f"{at}.takes.leaves", "has no timetable", "timetable", "add one, or leave full or at a limit")


def _find_torn(scenario: "Scenario") -> Iterator[Problem]:
    """Find vehicles that collect their own unit, but may go past it, or bring other cargo as well."""
    port, classes = scenario.port, scenario.demand.classes
    for key, vehicle in classes.items():
        loading = port.terminal_of(vehicle.route, "loading")
        if vehicle.takes or not vehicle.comes_with or not loading:
            continue
        for name, route in port.routes_of(vehicle.route).items():
            if f"{loading}.loading" not in route.through:
                rule = f"collects a unit at '{loading}', but its route '{name}' does not pass it"
                yield Problem(f"demand.classes.{key}.route", rule, vehicle.route, "give it one route")
        if port.terminal_of(vehicle.route, "unloading"):
            rule = "brings cargo and collects a unit of its own"
            yield Problem(f"demand.classes.{key}.route", rule, vehicle.route, "let it take any, or use two classes")


def _find_stranded(scenario: "Scenario") -> Iterator[Problem]:
    """Find units that need more room than a terminal has at all."""
    for key, terminal in scenario.port.terminals.items():
        names = [f"{key}.{part}" for part in (*TRACKS, *LIFTS)]
        if not any(name in route.through for route in scenario.port.routes.values() for name in names):
            yield Problem(
                f"port.terminals.{key}", "no route passes it", terminal.label, "add it to a route or remove it"
            )


def _find_unkept(port: "Port") -> Iterator[Problem]:
    """Find what vehicles get and keep, but would not or could not give back."""
    for key, facility in port.facilities.items():
        until, at = facility.kept_until, f"port.facilities.{key}"
        if facility.servers_per_vehicle > facility.servers:
            rule = f"must be at most its servers ({facility.servers})"
            yield Problem(f"{at}.servers_per_vehicle", rule, facility.servers_per_vehicle, "take fewer, or have more")
        if until is None:
            if facility.back_after_min > 0.0:
                yield Problem(
                    f"{at}.back_after_min", "belongs to kept_until", facility.back_after_min, "add kept_until"
                )
            continue
        selected = port.facilities[until].selected_by if until in port.facilities else None
        if until in port.inspection_sites or selected != facility.selected_by:
            rule = "must be a stop of the same vehicles, but these are selected otherwise"
            yield Problem(f"{at}.kept_until", rule, until, "name a stop with the same selection, or both without")
        for name, route in port.routes.items():
            if key in route.through and until not in route.through[route.through.index(key) + 1 :]:
                rule = f"does not come after it on route '{name}'"
                yield Problem(f"{at}.kept_until", rule, until, "name a later stop of all routes that pass it")


def _find_given_for_nothing(scenario: "Scenario") -> Iterator[Problem]:
    """Find classes of which some would give back what only those on another of their routes got."""
    port = scenario.port
    kept = {key: facility.kept_until for key, facility in port.facilities.items() if facility.kept_until}
    for choice in port.route_choices.values():
        ways = {name: port.routes[name].through for name in choice.options if name in port.routes}
        for key, until in kept.items():
            past = [name for name, through in ways.items() if until in through and key not in through]
            if past and any(key in through for through in ways.values()):
                rule = f"is a stop of route '{past[0]}' too, which does not pass it"
                yield Problem(f"port.facilities.{key}.kept_until", rule, until, "name a stop that only its routes have")
