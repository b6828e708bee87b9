"""Ports whose arrivals are written by hand, so that every time in a run can be worked out on paper."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from sim.demand import Movements
from sim.kernel import run
from sim.luck import Luck
from sim.outcomes import Visits, measure_outcomes, read_visits
from sim.port import plan_program
from sim.scenario.schema import Scenario
from tests.unit.tiny import tiny_facility, tiny_scenario

DAY_MIN = 1440.0


def post(minutes: float = 10.0, **more: Any) -> dict[str, Any]:
    """Return a facility with one server; `hours="day"` gives it those of `line_of_posts`."""
    return tiny_facility(servers=more.pop("servers", 1), minutes=minutes, **more)


def line_of_posts(days: int = 1, warmup_days: int = 0, **facilities: dict[str, Any]) -> Scenario:
    """Return a port whose one class of trucks passes all facilities in order; hours `day` are 08:00 to 10:00."""
    return tiny_scenario(
        **{
            "port.facilities": facilities,
            "port.selections": {},
            "port.routes.out.through": list(facilities),
            "port.hours.day.open": "Mo-Su 08:00-10:00",
            "horizon.days": days,
            "horizon.warmup_days": warmup_days,
        }
    )


def change(scenario: Scenario, **changes: Any) -> Scenario:
    """Return the scenario with new values at dotted paths."""
    world = scenario.model_dump()
    for path, value in changes.items():
        *parents, last = path.split(".")
        table = world
        for key in parents:
            table = table[key]
        table[last] = value
    return Scenario.model_validate(world)


def arrive_at(scenario: Scenario, minutes: Mapping[str, Sequence[float]]) -> Movements:
    """Return movements that arrive at these minutes, by class."""
    classes = tuple(scenario.demand.classes)
    times = np.array([minute for name in classes for minute in minutes.get(name, ())], dtype=np.float64)
    vehicle = np.repeat(np.arange(len(classes)), [len(minutes.get(name, ())) for name in classes])
    order = np.argsort(times, kind="stable")
    return Movements(
        classes,
        times[order],
        vehicle[order].astype(np.int16),
        np.zeros(len(times), dtype=np.int8),
        np.arange(len(times)),
    )


def visit(scenario: Scenario, *minutes: float, **by_class: Sequence[float]) -> Visits:
    """Return the visits of trucks that arrive at these minutes, or of each class at its own."""
    movements = arrive_at(scenario, {"truck": minutes, **by_class})
    plan = plan_program(scenario, movements, Luck(1, 0))
    return read_visits(plan, movements, run(plan.program))


def measure(scenario: Scenario, *minutes: float, **by_class: Sequence[float]) -> pl.DataFrame:
    """Return the outcomes of trucks that arrive at these minutes."""
    return measure_outcomes(scenario, visit(scenario, *minutes, **by_class))


def look_up(outcomes: pl.DataFrame, scope: str, name: str, measure: str) -> float:
    """Return one outcome, which must be there once."""
    found = outcomes.filter((pl.col("scope") == scope) & (pl.col("name") == name) & (pl.col("measure") == measure))
    return float(found["value"].item())
