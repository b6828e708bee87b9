"""What a port pays a day: staff, open lanes, and what it has bought or built."""

from collections.abc import Iterator, Mapping

import numpy as np

from sim.kernel import Pool
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.port import Lift, Station, expand_crews
from sim.port.pools import station_roster
from sim.port.roster import roster
from sim.scenario.costs import Costs, Staff
from sim.scenario.hours import open_intervals, parse_hours
from sim.scenario.schema import Scenario

Found = Mapping[tuple[str, str, str], float]
"""Values by scope, name and measure."""


def price_port(scenario: Scenario, costs: Costs, visits: Visits, found: Found, window: Window) -> dict[str, float]:
    """Return yuan per day by component, of all agencies on our side; `found` are outcomes measured already.

    Equipment costs an annuity whether it is new or old, so a level says little; a difference is what is added.
    """
    return {
        "staff": _price_staff(scenario, costs.staff, visits, found, window),
        "lanes": costs.lane_yuan_per_h * found["port", "port", "lane_hours"],
        "equipment": _price_equipment(scenario, costs, visits),
    }


def _price_staff(scenario: Scenario, staff: Staff, visits: Visits, found: Found, window: Window) -> float:
    """Return ordinary wages, the supplement at night, and overtime, whose hours are not among the scheduled ones.

    Overtime is that of stations; a shared crew works on with them, and is not paid twice.
    """
    hours = found["port", "port", "staff_hours"]
    night_h = sum(
        each * _night_h(scenario, staff, pool, zone, window) for each, pool, zone in _on_duty(scenario, visits)
    )
    overtime_h = sum(stop.staff_per_server * found["station", stop.key, "overtime"] for stop in _staffed(visits))
    paid_h = hours + staff.night_supplement * night_h + (1.0 + staff.overtime_supplement) * overtime_h
    return staff.yuan_per_h * paid_h


def _on_duty(scenario: Scenario, visits: Visits) -> Iterator[tuple[float, Pool, str]]:
    """Yield staff for each token, the roster and its clock, of stations and crews on our side."""
    hours = scenario.port.hours
    for stop in _staffed(visits):
        zone = hours[stop.hours].timezone if stop.hours else scenario.port.timezone
        yield stop.staff_per_server, station_roster(stop, scenario), zone
    for name, crew in expand_crews(scenario.port, ours=True).items():
        yield crew.staff_per_team, roster(name, crew.teams, scenario, crew.hours), hours[crew.hours].timezone


def _staffed(visits: Visits) -> list[Station]:
    stations = [stop for stop in visits.stations if isinstance(stop, Station)]
    return [stop for stop in stations if stop.agency != "neighbour" and stop.staff_per_server > 0]


def _night_h(scenario: Scenario, staff: Staff, pool: Pool, zone: str, window: Window) -> float:
    """Return hours per day that a roster schedules at night."""
    night = parse_hours(f"Mo-Su {staff.night_begins}-{staff.night_ends}")
    nights = np.clip(open_intervals(night, zone, scenario.start, scenario.horizon.end_min / 1440.0), *window.ends)
    times = np.append(pool.times_min, np.inf)
    passed = np.minimum(nights[..., None], times[1:]) - pool.times_min  # of each capacity, until each end of a night
    scheduled = np.maximum(passed, 0.0) @ pool.tokens
    return float((scheduled[:, 1] - scheduled[:, 0]).sum()) / 60.0 / window.days


def _price_equipment(scenario: Scenario, costs: Costs, visits: Visits) -> float:
    """Return the annuities of servers, cranes and roads on our side; each crane once, however it lifts."""
    ours = [stop for stop in visits.stations if isinstance(stop, Station) and stop.agency != "neighbour"]
    servers = [
        stop.servers * costs.annuity_yuan_per_day(costs.of_stop(stop.key, stop.staff_per_server > 0))
        for stop in ours
        if not isinstance(stop, Lift)
    ]
    cranes = sum(each.cranes for each in scenario.port.terminals.values() if each.agency != "neighbour")
    lanes_km = sum(each.lanes * each.length_km for each in scenario.port.links.values() if each.agency != "neighbour")
    return float(
        sum(servers)
        + cranes * costs.annuity_yuan_per_day(costs.crane)
        + lanes_km * costs.annuity_yuan_per_day(costs.road_lane_km)
    )
