"""Finds disruptions that do not fit their scenario: outside the run, of more lanes or servers than there are."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.scenario.disruptions import Disruption
from sim.scenario.problems import Problem

if TYPE_CHECKING:
    from sim.scenario.roads import Link
    from sim.scenario.schema import Scenario


def find_disruption_misfits(scenario: "Scenario") -> list[Problem]:
    """Return a problem for every disruption of a validated scenario that does not fit it."""
    problems: list[Problem] = []
    for key, each in scenario.port.disruptions.items():
        at = f"port.disruptions.{key}"
        problems += _find_late(scenario, at, each)
        problems += _find_too_many(scenario, at, each)
        problems += _find_vain_surges(scenario, at, each)
        problems += _find_broken_diagrams(scenario, at, each)
    return problems


def _find_late(scenario: "Scenario", at: str, each: Disruption) -> Iterator[Problem]:
    horizon = scenario.horizon
    if each.day is not None and each.day > horizon.days:
        rule = f"must be within the measured days ({horizon.days})"
        yield Problem(f"{at}.day", rule, each.day, "choose an earlier day or a longer horizon")
    begin = each.begin_min(horizon)
    if each.date is not None and begin is not None and not 0.0 <= begin < horizon.end_min:
        days = horizon.warmup_days + horizon.days
        rule = f"must be within the run ({days} days from {horizon.start})"
        yield Problem(f"{at}.date", rule, str(each.date), "choose another date, or another horizon.start")


def _find_too_many(scenario: "Scenario", at: str, each: Disruption) -> Iterator[Problem]:
    """Find lanes and servers of which there are fewer; that a name is not there is said elsewhere."""
    port = scenario.port
    there = {name: facility.servers for name, facility in port.facilities.items()}
    there |= {name: terminal.cranes for name, terminal in port.terminals.items()}
    if each.links and not port.links:
        yield Problem(f"{at}.links", "the port has no roads", None, "choose another port")
    for name, link in port.links.items():
        if each.touches(name) and each.lanes_closed > link.lanes:
            rule = f"must be at most the lanes of '{name}' ({link.lanes})"
            yield Problem(f"{at}.lanes_closed", rule, each.lanes_closed, "close fewer lanes")
    for name, servers in each.out_of_order.items():
        if name in there and servers != "all" and servers > there[name]:
            rule = f"must be at most what there is ({there[name]})"
            yield Problem(f"{at}.out_of_order.{name}", rule, servers, "write fewer, or all")


def _find_vain_surges(scenario: "Scenario", at: str, each: Disruption) -> Iterator[Problem]:
    """Find surges of classes whose number a timetable, or others, decide."""
    classes = scenario.demand.classes
    for name in each.surge:
        named = classes if name == "all" else {name} & set(classes)
        if named and not any(classes[one].profile for one in named):
            rule = "must come by a profile of the day: no timetable has more paths, and who comes with others follows"
            yield Problem(f"{at}.surge.{name}", rule, None, "name a class with a profile")


def _find_broken_diagrams(scenario: "Scenario", at: str, each: Disruption) -> Iterator[Problem]:
    """Find weather in which vehicles are too slow for the capacity that is left: no wave speed fits both."""
    together = list(_find_companions(scenario, each))
    for name, link in scenario.port.links.items():
        if not each.touches(name):
            continue
        capacity, most = _capacity_left(link, [other for other in together if other.touches(name)])
        if capacity >= most:
            rule = f"with these speeds '{name}' cannot carry more than {most:.2f} of its capacity"
            yield Problem(f"{at}.capacity_factor", rule, capacity, "lower it, or raise speed_factor")


def _find_companions(scenario: "Scenario", each: Disruption) -> Iterator[Disruption]:
    """Yield what goes on when one begins, itself included; of what may or may not, all that makes it worse."""
    span = each.certain_span(scenario.horizon)
    for other in scenario.port.disruptions.values():
        its_span = other.certain_span(scenario.horizon)
        may_coincide = other.speed_factor < other.capacity_factor
        if span and its_span:
            may_coincide = its_span[0] <= span[0] < its_span[1]
        if other is each or may_coincide:
            yield other


def _capacity_left(link: "Link", touching: Sequence[Disruption]) -> tuple[float, float]:
    """Return the share of its capacity that a road is left with, and what the speed that is left could carry."""
    speed = math.prod(other.speed_factor for other in touching)
    capacity = math.prod(other.capacity_factor for other in touching)
    return capacity, speed * link.free_flow_kmh * link.jam_pcu_per_km / link.capacity_pcu_per_h
