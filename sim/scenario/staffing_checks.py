"""Finds extra lanes that could never open, or for which it is not clear what they would do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.scenario.problems import Problem

if TYPE_CHECKING:
    from sim.scenario.schema import Facility, Scenario
    from sim.scenario.staffing import Reinforcement


def find_staffing_misfits(scenario: "Scenario") -> Iterator[Problem]:
    """Yield a problem for each surge lane and reinforcement that does not fit its facility or the run."""
    for key, facility in scenario.port.facilities.items():
        if facility.surge is not None:
            yield from _find_odd_surge(f"port.facilities.{key}", facility)
    for key, reinforcement in scenario.port.reinforcements.items():
        yield from _find_odd_reinforcement(f"port.reinforcements.{key}", reinforcement, scenario)


def _find_odd_surge(at: str, facility: "Facility") -> Iterator[Problem]:
    surge = facility.surge
    assert surge is not None
    besides = {
        "quota_per_day": facility.quota_per_day is not None,
        "paths_per_day": facility.paths_per_day is not None,
        "crew": facility.crew is not None,
        "kept_until": facility.kept_until is not None,
        "servers_per_vehicle": facility.servers_per_vehicle > 1,
    }
    for column in (name for name, is_set in besides.items() if is_set):
        rule = "cannot open more lanes where vehicles need something besides a lane"
        yield Problem(f"{at}.surge", rule, column, f"leave out surge or {column}")
    if facility.places is None:
        return
    if facility.servers + surge.lanes > facility.places:
        rule = f"must be at most its places ({facility.places}) less its servers ({facility.servers})"
        yield Problem(f"{at}.surge.lanes", rule, surge.lanes, "add places, or open fewer lanes")
    elif surge.lanes * surge.queue > facility.places:
        rule = f"for {surge.lanes} lanes {surge.lanes * surge.queue} must wait, but it has {facility.places} places"
        yield Problem(f"{at}.surge.queue", rule, surge.queue, "call lanes at a shorter queue, or add places")


def _find_odd_reinforcement(at: str, reinforcement: "Reinforcement", scenario: "Scenario") -> Iterator[Problem]:
    horizon = scenario.horizon
    begin, end = reinforcement.window_min(horizon)
    if begin >= horizon.end_min or end <= 0.0:
        column = "day" if reinforcement.date is None else "date"
        rule = f"must be within the run, {horizon.warmup_days} days of warm-up and {horizon.days} that are measured"
        value = getattr(reinforcement, column)
        yield Problem(f"{at}.{column}", rule, value, "choose another day or a longer horizon")
    for name, lanes in reinforcement.lanes.items():
        facility = scenario.port.facilities[name]
        if facility.places is not None and facility.servers + lanes > facility.places:
            rule = f"must be at most the places of '{name}' ({facility.places}) less its servers ({facility.servers})"
            yield Problem(f"{at}.lanes.{name}", rule, lanes, "add places, or send fewer crews")
