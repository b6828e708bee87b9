"""Expected arrivals: how many of each class come in each part of a mean day, and which routes they take."""

import numpy as np
from numpy.typing import NDArray

from sim.demand.companions import order_companions
from sim.demand.rates import mean_rate
from sim.demand.timetables import list_paths
from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]

PARTS = ("night", "morning", "afternoon", "evening")
"""Quarters of the day on the port's clock: from 0, 6, 12 and 18 o'clock."""
PART_MIN = DAY_MIN / len(PARTS)


def expect_arrivals(scenario: Scenario) -> dict[str, FloatArray]:
    """Return the mean arrivals of each class by part of the day, shape (4,); companions at the hour of the others."""
    window, classes = Window.of(scenario.horizon), scenario.demand.classes
    arrivals: dict[str, FloatArray] = {}
    for name, vehicle in classes.items():
        if vehicle.profile:
            rate = mean_rate(scenario, name)
            arrivals[name] = integrate(rate.from_min, rate.per_min, window)
        elif vehicle.timetable:
            arrivals[name] = _expect_paths(scenario, name, window)
    for name in order_companions(scenario):
        terms = classes[name].comes_with
        assert terms is not None
        arrivals[name] = arrivals[terms.carrier] * expect_with_each(scenario, name)
    return arrivals


def expect_with_each(scenario: Scenario, name: str) -> float:
    """Return how many of a class come with each of another, of which some bring none; 0 if it comes by itself."""
    terms = scenario.demand.classes[name].comes_with
    return terms.each * terms.fill * _share_that_brings(scenario, name, terms.carrier) if terms else 0.0


def share_routes(scenario: Scenario, name: str) -> dict[str, float]:
    """Return the share of a class on each of its routes; drivers who choose are taken to spread evenly."""
    route = scenario.demand.classes[name].route
    routes, shares = scenario.port.routes_of(route), scenario.port.shares_of(route)
    spread = [*shares, 1.0 - sum(shares)] if shares else [1.0 / len(routes)] * len(routes)
    return dict(zip(routes, spread, strict=True))


def share_through(scenario: Scenario, name: str, stop: str) -> float:
    """Return the share of a class whose route passes a stop."""
    return sum(
        share for way, share in share_routes(scenario, name).items() if stop in scenario.port.routes[way].through
    )


def integrate(from_min: FloatArray, level: NDArray[np.generic], window: Window) -> FloatArray:
    """Return the integral of a step function over each part of the day, mean of the days of a window; shape (4,)."""
    knots = np.append(from_min, max(window.end, float(from_min[-1])))
    total = np.concatenate([[0.0], np.cumsum(np.diff(knots) * level)])
    edges = np.arange(window.begin, window.end + 1.0, PART_MIN)
    return np.asarray(np.diff(np.interp(edges, knots, total)).reshape(-1, len(PARTS)).mean(axis=0))


def _expect_paths(scenario: Scenario, name: str, window: Window) -> FloatArray:
    vehicle = scenario.demand.classes[name]
    assert vehicle.timetable is not None
    due = list_paths(scenario, vehicle.timetable)
    due = due[window.holds(due)] + vehicle.timetable.lateness.mean_min - vehicle.timetable.early_min
    part = (due % DAY_MIN // PART_MIN).astype(np.int64)
    run = (vehicle.per_day or 0.0) / vehicle.timetable.most_per_day
    return np.asarray(np.bincount(part, minlength=len(PARTS)) * run / window.days)


def _share_that_brings(scenario: Scenario, name: str, carrier: str) -> float:
    """Return the share of the carriers whose route passes where what they bring can be unloaded."""
    unloads = scenario.port.terminal_of(scenario.demand.classes[name].route, "lift_off")
    return 1.0 if unloads is None else share_through(scenario, carrier, f"{unloads}.unloading")
