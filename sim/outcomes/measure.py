"""Outcomes of one run: release times by class and step, queues and server use by station."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kernel.trace import Fate
from sim.outcomes.averages import mean, quantile, ratio
from sim.outcomes.blame import measure_blame
from sim.outcomes.costs import measure_costs
from sim.outcomes.disruptions import measure_disruptions
from sim.outcomes.keeping import find_given_back
from sim.outcomes.queues import ascending, busy_min, largest_number, mean_number, number_at, scheduled_min
from sim.outcomes.risk import measure_risk
from sim.outcomes.roads import RoadSeries, measure_roads, read_road_series
from sim.outcomes.routes import measure_routes
from sim.outcomes.series import Series, read_series
from sim.outcomes.surge import NO_SURGE, lanes_on_duty, measure_surge
from sim.outcomes.terminals import measure_terminals
from sim.outcomes.visits import Visits
from sim.outcomes.window import DAY_MIN, Window
from sim.port import Lift, Station, expand_crews
from sim.port.roster import hours_open, in_order, roster
from sim.scenario.schema import Crew, Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Row = tuple[str, str, str, str, float]

OUTCOME_COLUMNS = ("scope", "name", "measure", "unit", "value")


@dataclass(frozen=True)
class _Stay:
    """Per movement: when it entered our side of the border and was released from it; NaN if it did not.

    Cargo enters it with the vehicle that brings it.
    """

    enter_min: FloatArray
    release_min: FloatArray
    finish_min: FloatArray


def measure_outcomes(
    scenario: Scenario, visits: Visits, roads: RoadSeries | None = None, series: Series | None = None
) -> pl.DataFrame:
    """Return all outcomes of a run in one long table with columns `OUTCOME_COLUMNS`.

    Release times are those of vehicles released within the measured window; what has not happened
    by the end is counted, not averaged. Scopes: `port`, `direction`, `class`, `step`
    (`class/station`), `agency` (`class/agency`), `route` (`class/route`), `station`, `road`, `blame`
    (`stop/cause`) and `cause`; for ports with terminals also those of `measure_terminals`, for disruptions those of
    `measure_disruptions`, and with prices those of `measure_costs`. `roads` and `series` are read from the visits if
    they are not given.
    """
    window = Window.of(scenario.horizon)
    stay = _read_stays(visits)
    rows: list[Row] = list(_measure_account(scenario, visits))
    for scope, name, members in _groups(scenario, visits):
        group = _measure_group(visits, stay, members, window)
        rows += [(scope, name, *row) for row in group if row[0] != "growth" or not _waits_empty(scenario, scope, name)]
    rows += measure_routes(scenario, visits, stay.enter_min, stay.release_min, window)
    rows += measure_risk(scenario, visits, window.holds(stay.release_min))
    rows += _measure_steps(visits, stay, window)
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Station):
            rows += [("station", stop.key, *row) for row in _measure_station(scenario, visits, index, stop, window)]
    rows += list(_measure_staffing(scenario, rows, visits, window))
    rows += measure_roads(scenario, visits, roads or read_road_series(scenario, visits), window)
    rows += measure_blame(visits, window)
    rows += measure_terminals(scenario, visits, window)
    rows += measure_disruptions(scenario, series or read_series(scenario, visits), window)
    rows += measure_costs(scenario, visits, (stay.enter_min, stay.release_min), rows, window)
    schema = dict.fromkeys(OUTCOME_COLUMNS[:4], pl.String) | {"value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _read_stays(visits: Visits) -> _Stay:
    count = len(visits.movements)
    own = np.flatnonzero(visits.own_side)
    enter, release = (np.full(count, np.nan) for _ in range(2))
    enter[visits.movement[own[::-1]]] = visits.enter_min[own[::-1]]
    release[visits.movement[own]] = visits.leave_min[own]
    parent = visits.movements.parent
    if parent is not None:
        enter = np.fmax(enter, np.where(_rides(visits) & (parent >= 0), enter[parent], np.nan))
    return _Stay(enter, release, visits.gone_min)


def _rides(visits: Visits) -> BoolArray:
    """Return which movements are cargo that rides to our side on a vehicle: they begin before they are lifted."""
    lifted = visits.are_at(lambda stop: isinstance(stop, Lift) and stop.way != "on")
    rides = np.zeros(len(visits.movements), dtype=bool)
    rides[visits.movement[lifted & visits.own_side]] = True
    return rides


def _measure_account(scenario: Scenario, visits: Visits) -> Iterator[Row]:
    """Yield what became of vehicles and cargo in the whole run: arrived = finished + inside + not admitted."""
    cargo = np.array([scenario.is_cargo(name) for name in visits.movements.classes])[visits.movements.vehicle]
    for prefix, unit, members in (("", "vehicles", ~cargo), ("cargo_", "units", cargo)):
        fates = np.bincount(visits.fate[members], minlength=len(Fate))
        if prefix and not cargo.any():
            return
        yield "port", "port", f"{prefix}arrived", unit, float(fates.sum() - fates[Fate.NOT_ARRIVED])
        for fate in (Fate.FINISHED, Fate.INSIDE, Fate.NOT_ADMITTED):
            yield "port", "port", f"{prefix}{fate.name.lower()}", unit, float(fates[fate])


def _groups(scenario: Scenario, visits: Visits) -> Iterator[tuple[str, str, BoolArray]]:
    """Yield (scope, name, members) for each direction, of vehicles, and each class."""
    classes = visits.movements.classes
    routes = [scenario.port.routes_of(scenario.demand.classes[name].route) for name in classes]
    direction = [
        None if scenario.is_cargo(name) else next(iter(some.values())).direction
        for name, some in zip(classes, routes, strict=True)
    ]
    for way in sorted({each for each in direction if each}):
        yield "direction", way, np.array([each == way for each in direction])[visits.movements.vehicle]
    for vehicle, name in enumerate(classes):
        yield "class", name, visits.movements.vehicle == vehicle


def _waits_empty(scenario: Scenario, scope: str, name: str) -> bool:
    """Say whether some of a group only wait for cargo to take inland: that their number grows is no trouble."""
    classes = scenario.demand.classes
    members = [name] if scope == "class" else [each for each in classes if scenario.is_local(each)]
    return (scope == "class" or name == "local") and any(
        classes[each].takes is not None and scenario.is_local(each) for each in members
    )


def _measure_group(visits: Visits, stay: _Stay, members: BoolArray, window: Window) -> Iterator[tuple[str, str, float]]:
    arrival, at_home = visits.movements.arrival_min[members], visits.movements.home_wait_min[members]
    enter, release, finish = stay.enter_min[members], stay.release_min[members], stay.finish_min[members]
    released = window.holds(release)
    hours = (release - enter)[released] / 60.0
    yield "release_mean", "h", mean(hours)
    for measure, share in (("release_median", 0.5), ("release_p90", 0.9), ("release_p95", 0.95)):
        yield measure, "h", quantile(hours, share)
    crossed = window.holds(finish)
    yield "crossing_mean", "h", mean((finish - arrival)[crossed] / 60.0)
    yield "home_wait_mean", "h", mean(at_home[window.holds(arrival)] / 60.0)
    yield "wish_to_release_mean", "h", mean((release - arrival + at_home)[released] / 60.0)
    yield "arrived_per_day", "vehicles/day", float(window.holds(arrival).sum()) / window.days
    yield "released_per_day", "vehicles/day", float(released.sum()) / window.days
    early = (enter >= window.begin) & (enter < window.end - DAY_MIN)
    yield "released_within_24h", "share", mean((release - enter <= DAY_MIN)[early].astype(float))
    inside = number_at(arrival, finish, np.array([window.begin, np.nextafter(window.end, 0.0)]))
    yield "present_at_end", "vehicles", float(inside[1])
    yield "growth", "share of arrivals", float(inside[1] - inside[0]) / max(float(window.holds(arrival).sum()), 1.0)


def _measure_steps(visits: Visits, stay: _Stay, window: Window) -> Iterator[Row]:
    """Yield hours per released vehicle on our side, in all and by step and agency; they add up to its release time."""
    counted = np.flatnonzero(window.holds(stay.release_min)[visits.movement] & visits.own_side)
    stations, classes = len(visits.stations), len(visits.movements.classes)
    vehicle = visits.movements.vehicle[visits.movement[counted]].astype(np.int64)
    cell = vehicle * stations + visits.station[counted]
    released = np.bincount(visits.movements.vehicle[window.holds(stay.release_min)], minlength=classes)
    agencies = sorted({station.agency for station in visits.stations})
    belongs = np.array([[station.agency == agency for agency in agencies] for station in visits.stations], dtype=float)
    for part in ("driving", "waiting", "processing", "blocked", "metered"):
        minutes = getattr(visits, f"{part}_min")
        weights = np.zeros(0) if minutes is None else minutes[counted]
        if part == "driving":  # not what cargo rode before it was on our side
            entered = np.maximum(visits.enter_min, stay.enter_min[visits.movement])
            weights = (visits.arrive_min - entered)[counted]
        totals = np.bincount(cell[: len(weights)], weights, minlength=classes * stations).reshape(classes, stations)
        hours = totals / 60.0 / np.maximum(released, 1)[:, None]
        for row, name in enumerate(visits.movements.classes):
            yield "class", name, part, "h", float(hours[row].sum())
            for column in np.unique(visits.station[counted][vehicle == row]).tolist():
                yield "step", f"{name}/{visits.stations[column].key}", part, "h", float(hours[row, column])
            for agency, value in zip(agencies, hours[row] @ belongs, strict=True):
                yield "agency", f"{name}/{agency}", part, "h", float(value)


def _measure_station(
    scenario: Scenario, visits: Visits, index: int, station: Station, window: Window
) -> Iterator[tuple[str, str, float]]:
    here = np.flatnonzero(visits.station == index)
    arrive, start, finish = visits.arrive_min[here], visits.start_min[here], visits.finish_min[here]
    left = window.holds(visits.leave_min[here])
    yield "visits_per_day", "vehicles/day", float(left.sum()) / window.days
    for part in ("waiting", "processing", "blocked"):
        yield part, "min", mean(getattr(visits, f"{part}_min")[here[left]])
    yield "queue_mean", "vehicles", mean_number(arrive, start, window.ends)
    joined, served_from = ascending(arrive), ascending(start)
    yield "queue_max", "vehicles", float(largest_number(joined, served_from, window.ends))
    closes = hours_open(scenario, station.hours)[:, 1]
    at_closing = number_at(joined, served_from, closes[window.holds(closes)])
    yield "queue_at_closing", "vehicles", mean(at_closing.astype(float))
    surge = visits.surge_min.get(station.key, NO_SURGE)
    servers, each = lanes_on_duty(scenario, station, surge), station.servers_per_vehicle
    in_use = in_order(servers, station.key, scenario)
    scheduled, available = (scheduled_min(pool, window.ends) / each for pool in (servers, in_use))  # for one vehicle
    servers = replace(servers, tokens=servers.tokens // each)
    served, overtime = busy_min(start, finish, servers, window.ends)
    until = finish if isinstance(station, Lift) else visits.leave_min[here]  # what is aboard needs no crane
    occupied, _ = busy_min(start, until, servers, window.ends)
    coming = window.holds(visits.movements.arrival_min[visits.movement[here]])
    offered = float(np.nansum(visits.work_min[here][coming]))
    if station.kept_until:
        served = offered = occupied = float(window.minutes_within(start, find_given_back(visits, here)).sum())
        yield "idle_mean", "servers", each * (scheduled - occupied) / (window.end - window.begin)
    yield "load", "share", ratio(offered, available)
    yield "utilisation", "share", ratio(served, scheduled)
    yield "occupancy", "share", ratio(occupied, scheduled)
    yield "overtime", "lane-h/day", 0.0 if station.at_closing == "freeze" else overtime / 60.0 / window.days
    yield "lane_hours", "lane-h/day", each * scheduled / 60.0 / window.days
    yield "staff_hours", "staff-h/day", station.staff_per_server * each * scheduled / 60.0 / window.days
    if station.surge:
        yield from measure_surge(scenario, station, surge, window)


def _measure_staffing(scenario: Scenario, rows: list[Row], visits: Visits, window: Window) -> Iterator[Row]:
    """Yield what our side schedules per day; the neighbour's staff is not ours to count."""
    stations = [stop for stop in visits.stations if isinstance(stop, Station)]
    ours = {station.key for station in stations if station.agency != "neighbour" and station.staff_per_server > 0}
    for measure, unit in (("lane_hours", "lane-h/day"), ("staff_hours", "staff-h/day")):
        total = sum(row[4] for row in rows if row[0] == "station" and row[1] in ours and row[2] == measure)
        if measure == "staff_hours":
            total += sum(
                _crew_hours(scenario, crew, window) for crew in expand_crews(scenario.port, ours=True).values()
            )
        yield "port", "port", measure, unit, total


def _crew_hours(scenario: Scenario, crew: Crew, window: Window) -> float:
    on_duty = roster("crew", crew.teams, scenario, crew.hours)
    return crew.staff_per_team * scheduled_min(on_duty, window.ends) / 60.0 / window.days
