"""Relief: the shipped policies that touch a cause of delay and ask no more of it than before."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.port import Station, expand_stops
from sim.port.expansion import expand_route
from sim.scenario import Scenario, ScenarioError
from sim.scenario.policies import apply_policies
from sim.scenario.policy import Policy
from sim.study.offered import measure_loads

Path = tuple[str, ...]


def find_levers(scenario: Scenario, cause: str, policies: Mapping[str, Policy], baseline: Scenario) -> list[str]:
    """Return the policies that fit a scenario and touch a cause: its facility, hours, selection, crew, vehicles.

    Left out are those whose keys already say so, that load the cause more, and that make trouble. Those that leave it
    the least load come first; a cause that a policy replaces has none. A policy fits if it goes together with those
    that the scenario has, on the `baseline`.
    """
    before, parts = _loads_of(scenario, cause), _list_parts(scenario, cause)
    there = {name: policies[name] for name in scenario.policies if name in policies}
    onto = baseline if len(there) == len(scenario.policies) else scenario  # those of one's own are not among them
    now = scenario.model_dump(exclude={"policies"})
    found = []
    for name, policy in policies.items():
        if policy.befalls:
            continue
        try:
            other = apply_policies(onto, {**(there if onto is baseline else {}), name: policy})
        except ScenarioError:
            continue
        changed = list(_find_changes(now, other.model_dump(exclude={"policies"})))
        if any(path[: len(part)] == part for path in changed for part in parts):
            after = _loads_of(other, cause)
            if all(load <= before[resource] + 1e-9 for resource, load in after.items() if resource in before):
                found.append((sum(after.values()), name))
    return [name for _, name in sorted(found)]


def _loads_of(scenario: Scenario, cause: str) -> dict[str, float]:
    return {load.resource: load.day for load in measure_loads(scenario) if load.name == cause}


def _list_parts(scenario: Scenario, cause: str) -> list[Path]:
    """Return the keys of a scenario that decide how well a cause serves, and those of the classes that pass it."""
    port = scenario.port
    stops, _ = expand_stops(port)
    members = [key for key, stop in stops.items() if key == cause or getattr(stop, "crew", None) == cause]
    parts: list[Path] = [("port", "crews", cause)]
    for key in members:
        stop, owner = stops[key], key.rpartition(".")[0] or key
        parts += [("port", table, owner) for table in ("facilities", "inspection_sites", "terminals", "links")]
        if isinstance(stop, Station):
            parts += [("port", "hours", hours) for hours in (stop.hours,) if hours]
            parts += [("port", "selections", work.selected_by) for work in stop.works if work.selected_by]
        meters = port.meters.items()
        parts += [("port", "meters", name) for name, meter in meters if key in (meter.after, meter.until)]
        parts += _list_classes(scenario, key)
    return parts


def _list_classes(scenario: Scenario, stop: str) -> Iterator[Path]:
    """Yield the keys of the classes that pass a stop, and of the vehicles that take them."""
    stops, stands_for = expand_stops(scenario.port)
    for name, vehicle in scenario.demand.classes.items():
        cargo = scenario.demand.classes[vehicle.takes.cargo] if vehicle.takes else vehicle
        routes = [*scenario.port.routes_of(vehicle.route).values(), *scenario.port.routes_of(cargo.route).values()]
        if any(stop in expand_route(route, stops, stands_for) for route in routes):
            yield "demand", "classes", name


def _find_changes(before: Any, after: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the paths at which two trees of plain values differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from _find_changes(before.get(key), after.get(key), (*at, str(key)))
    elif before != after:
        yield at
