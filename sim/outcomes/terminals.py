"""Outcomes of rail and multimodal transport: trains and cargo a day, cranes, stores, and backlogs on both sides."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.averages import mean, quantile, ratio
from sim.outcomes.queues import largest_number, mean_number, number_at, scheduled_min
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.port import Lift, Storage, Track, expand_crews
from sim.port.roster import in_order, roster
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Row = tuple[str, str, str, str, float]


def measure_terminals(scenario: Scenario, visits: Visits, window: Window) -> Iterator[Row]:
    """Yield the outcomes of ports with terminals; none for others.

    Scopes: `terminal`, `cargo` (classes of cargo), `carrier` (classes of vehicles), `passage` (`class/stop`: hours
    on both sides of the border; they add up to the whole stay) and `side` (`direction/ours`,
    `direction/neighbour`: vehicles that are there and cross the border).
    """
    if not scenario.port.terminals:
        return
    leave = visits.gone_min
    for vehicle, name in enumerate(visits.movements.classes):
        who = np.flatnonzero(visits.movements.vehicle == vehicle)
        stays = _measure_stays(visits.movements.arrival_min[who], leave[who], window)
        scope = "cargo" if scenario.is_cargo(name) else "carrier"
        yield from ((scope, name, *row) for row in stays)
        measured = (_measure_cargo if scope == "cargo" else _measure_carrier)(scenario, visits, vehicle, window)
        yield from ((scope, name, *row) for row in measured)
    for name in scenario.port.terminals:
        yield from (("terminal", name, *row) for row in _measure_terminal(scenario, visits, name, window))
    yield from _measure_passage(visits, leave, window)
    yield from _measure_sides(scenario, visits, window)


def _measure_stays(arrival: FloatArray, leave: FloatArray, window: Window) -> Iterator[tuple[str, str, float]]:
    left = window.holds(leave)
    hours = (leave - arrival)[left] / 60.0
    yield "arrived_per_day", "units/day", float(window.holds(arrival).sum()) / window.days
    yield "left_per_day", "units/day", float(left.sum()) / window.days
    yield "stay_mean", "h", mean(hours)
    for measure, share in (("stay_median", 0.5), ("stay_p90", 0.9)):
        yield measure, "h", quantile(hours, share)
    yield "present_mean", "units", mean_number(arrival, leave, window.ends)
    yield "present_max", "units", float(largest_number(arrival, leave, window.ends))


def _measure_cargo(
    scenario: Scenario, visits: Visits, vehicle: int, window: Window
) -> Iterator[tuple[str, str, float]]:
    """Yield what leaves a day, how long it is stored, and how much is left behind when a vehicle leaves."""
    terms = scenario.demand.classes[visits.movements.classes[vehicle]]
    own = visits.movements.vehicle[visits.movement] == vehicle
    left = window.holds(visits.gone_min[visits.movements.vehicle == vehicle]).sum() / window.days
    for measure, unit, each in (("teu_per_day", "TEU/day", terms.teu), ("tonnes_per_day", "t/day", terms.tonnes)):
        if each:
            yield measure, unit, float(left) * each
    stored = np.flatnonzero(own & _stops_of(visits, Storage))
    since, until = visits.arrive_min[stored], visits.start_min[stored]
    hours = hours_in_store(visits, vehicle, window)
    lifted = np.flatnonzero(own & _lifts_of(visits, ("on", "across")) & window.holds(visits.finish_min))
    across = _lifts_of(visits, ("across",))[lifted]
    yield "across", "share", mean(across)
    yield "dwell_mean", "h", mean(hours)
    for measure, share in (("dwell_median", 0.5), ("dwell_p90", 0.9)):
        yield measure, "h", quantile(hours, share)
    yield "waits_for_vehicle_mean", "units", mean_number(since, until, window.ends)
    leaves = _leaves_with(visits, vehicle)
    leaves = leaves[window.holds(leaves)]
    behind = number_at(since, until, leaves)
    yield "left_behind_mean", "units", mean(behind)
    yield "left_behind_max", "units", float(behind.max(initial=0))


def hours_in_store(visits: Visits, vehicle: int, window: Window) -> FloatArray:
    """Return the hours for which units of a class were in store, of those that got a vehicle within the window.

    From being put down, with all that is done meanwhile, until a vehicle is there for it.
    """
    stored = np.flatnonzero((visits.movements.vehicle[visits.movement] == vehicle) & _stops_of(visits, Storage))
    until = visits.start_min[stored]
    return np.asarray((until - _put_down(visits, stored))[window.holds(until)] / 60.0)


def _put_down(visits: Visits, stored: IntArray) -> FloatArray:
    """Return when cargo came into store: lifted off a vehicle, or by itself."""
    off = np.flatnonzero(_lifts_of(visits, ("off",)))
    lifted = np.full(len(visits.movements), np.nan)
    lifted[visits.movement[off]] = visits.finish_min[off]
    lifted = lifted[visits.movement[stored]]
    return np.where(np.isnan(lifted), visits.enter_min[stored], lifted)


def _measure_carrier(
    scenario: Scenario, visits: Visits, vehicle: int, window: Window
) -> Iterator[tuple[str, str, float]]:
    """Yield with how much vehicles leave that take cargo, and how much later than `wait_min` after they were due."""
    takes = scenario.demand.classes[visits.movements.classes[vehicle]].takes
    if takes is None or visits.aboard is None:
        return
    own = (visits.movements.vehicle[visits.movement] == vehicle) & _stops_of(visits, Track)
    loaded = np.flatnonzero(own & (visits.cargo >= 0) & window.holds(visits.leave_min))  # type: ignore[operator]
    aboard = visits.aboard[loaded]
    yield "units_mean", "units", mean(aboard)
    yield "fill", "share", mean(aboard) / takes.units
    yield "leaves_empty", "share", mean(aboard == 0)
    if takes.wait_min is not None and visits.movements.due_min is not None:
        at_latest = visits.movements.due_min[visits.movement[loaded]] + takes.wait_min
        late = np.maximum(visits.leave_min[loaded] - at_latest, 0.0) / 60.0
        yield "lateness_mean", "h", mean(late)
        yield "lateness_p90", "h", quantile(late, 0.9)


def _measure_terminal(
    scenario: Scenario, visits: Visits, name: str, window: Window
) -> Iterator[tuple[str, str, float]]:
    """Yield the use of cranes, tracks and slots."""
    terminal = scenario.port.terminals[name]
    here = visits.are_at(lambda stop: getattr(stop, "terminal", "") == name)
    lifts = np.flatnonzero(here & _lifts_of(visits, ("off", "on", "across")))
    cranes = expand_crews(scenario.port)[f"{name} cranes"]
    in_use = in_order(roster(name, cranes.teams, scenario, cranes.hours), name, scenario)
    scheduled = scheduled_min(in_use, window.ends)
    done = window.holds(visits.start_min[lifts])
    yield "lifts_per_day", "lifts/day", float(done.sum()) / window.days
    yield "crane_utilisation", "share", ratio(float(visits.work_min[lifts][done].sum()), scheduled)
    yield "cranes_stopped", "h/day", 24.0 - scheduled / cranes.teams / 60.0 / window.days
    for part, tracks in (("unloading", terminal.unloading_tracks), ("loading", terminal.loading_tracks)):
        rows = np.flatnonzero(here & _tracks_of(visits, part == "loading"))
        if len(rows):
            used = mean_number(visits.start_min[rows], visits.leave_min[rows], window.ends)
            yield f"{part}_track_utilisation", "share", used / tracks
    since, until = _stored(visits, here)
    yield "stored_mean", "units", mean_number(since, until, window.ends)
    yield "stored_max", "units", float(largest_number(since, until, window.ends))
    if terminal.slots:
        yield "slots_used_mean", "share", mean_number(since, until, window.ends) / terminal.slots
        yield "slots_used_max", "share", largest_number(since, until, window.ends) / terminal.slots


def _stored(visits: Visits, here: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return since when and until when units that are not lifted across take a slot."""
    count = len(visits.movements)
    since, until = np.full(count, np.nan), np.full(count, np.nan)
    off, on = (np.flatnonzero(here & _lifts_of(visits, (way,))) for way in ("off", "on"))
    stored = np.flatnonzero(here & _stops_of(visits, Storage))
    since[visits.movement[stored]] = visits.arrive_min[stored]
    since[visits.movement[off]] = visits.start_min[off]
    until[visits.movement[on]] = visits.finish_min[on]
    units = np.unique(visits.movement[np.concatenate([off, stored])])
    return since[units], until[units]


def _measure_passage(visits: Visits, leave: FloatArray, window: Window) -> Iterator[Row]:
    """Yield hours by class and stop, per movement that has left everything behind within the window."""
    counted = np.flatnonzero(window.holds(leave)[visits.movement])
    stops = len(visits.stations)
    vehicle = visits.movements.vehicle[visits.movement[counted]].astype(np.int64)
    cell = vehicle * stops + visits.station[counted]
    left = np.bincount(visits.movements.vehicle[window.holds(leave)], minlength=len(visits.movements.classes))
    for part in ("driving", "waiting", "processing", "blocked"):
        totals = np.bincount(cell, getattr(visits, f"{part}_min")[counted], minlength=len(left) * stops)
        for each in np.unique(cell).tolist():
            row, stop = divmod(each, stops)
            name = f"{visits.movements.classes[row]}/{visits.stations[stop].key}"
            yield "passage", name, part, "h", float(totals[each]) / 60.0 / left[row]


def _measure_sides(scenario: Scenario, visits: Visits, window: Window) -> Iterator[Row]:
    """Yield how many vehicles that cross the border are on each side of it: the backlog, and those under way."""
    directions = {name: _direction(scenario, name) for name in visits.movements.classes}
    for direction in sorted({way for way in directions.values() if way}):
        crossing = np.array([directions[name] == direction for name in visits.movements.classes])
        mine = crossing[visits.movements.vehicle[visits.movement]]
        for side, on_side in (("ours", visits.own_side), ("neighbour", ~visits.own_side)):
            rows = np.flatnonzero(mine & on_side)
            enter, leave = visits.enter_min[rows], visits.leave_min[rows]
            name = f"{direction}/{side}"
            yield "side", name, "present_mean", "vehicles", mean_number(enter, leave, window.ends)
            yield "side", name, "present_max", "vehicles", float(largest_number(enter, leave, window.ends))
            waits = mean_number(visits.arrive_min[rows], visits.start_min[rows], window.ends)
            yield "side", name, "waiting_mean", "vehicles", waits


def _direction(scenario: Scenario, name: str) -> str | None:
    """Return the direction of a class of vehicles that crosses the border."""
    if scenario.is_cargo(name) or scenario.is_local(name):
        return None
    return next(iter(scenario.port.routes_of(scenario.demand.classes[name].route).values())).direction


def _leaves_with(visits: Visits, cargo: int) -> FloatArray:
    """Return when vehicles left that take a class of cargo."""
    if visits.cargo is None:
        return np.empty(0)
    return np.asarray(visits.leave_min[(visits.cargo == cargo) & ~np.isnan(visits.leave_min)])


def _stops_of(visits: Visits, kind: type) -> BoolArray:
    return visits.are_at(lambda stop: isinstance(stop, kind))


def _tracks_of(visits: Visits, loads: bool) -> BoolArray:
    return visits.are_at(lambda stop: isinstance(stop, Track) and stop.loads == loads)


def _lifts_of(visits: Visits, ways: tuple[str, ...]) -> BoolArray:
    return visits.are_at(lambda stop: isinstance(stop, Lift) and stop.way in ways)
