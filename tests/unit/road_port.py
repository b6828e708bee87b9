"""Small road networks whose vehicles come at given minutes, so that theory says where each of them is.

A plain road has one lane of 160 passenger cars per kilometre when they stand, 60 km/h and 1,920 cars an hour, so
waves travel at 1920 / (160 - 1920 / 60) = 15 km/h: a kilometre takes a minute to drive and four for a wave to come
back, and cars follow each other every 1/32 minute. All of these are whole in binary, and sums of them are exact.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from sim.disruptions import draw_disruptions
from sim.kernel import run
from sim.luck import Luck
from sim.outcomes import Visits, measure_outcomes, read_curves, read_visits
from sim.outcomes.curves import RoadCurves
from sim.port import plan_program
from sim.scenario.schema import Scenario
from tests.unit.small_port import arrive_at
from tests.unit.tiny import tiny_scenario

FREE_KMH, JAM, FLOW_H, WAVE_KMH = 60.0, 160.0, 1920.0, 15.0
HEADWAY_MIN = 1.0 / 32.0
CAR = {"label": "cars", "label_zh": "小车", "per_day": 100, "profile": "flat"}


def road(begins: str, ends: str, km: float = 1.0, **more: Any) -> dict[str, Any]:
    """Return a plain road with one lane between two nodes."""
    plain = {"label": f"{begins}-{ends}", "label_zh": "路", "begins": begins, "ends": ends, "length_km": km}
    return plain | {"free_flow_kmh": FREE_KMH, "jam_density_vpkm": JAM, "capacity_vph": FLOW_H} | more


def road_port(
    links: Mapping[str, dict[str, Any]],
    routes: Mapping[str, Sequence[str]],
    facilities: Mapping[str, dict[str, Any]] | None = None,
    pce: Mapping[str, float] | None = None,
    **changes: Any,
) -> Scenario:
    """Return a port of these roads with one class on each route, of its name; one day without warm-up."""
    nodes = {
        name: {"label": name, "label_zh": "点"} for each in links.values() for name in (each["begins"], each["ends"])
    }
    plain = {
        "port.nodes": nodes,
        "port.links": dict(links),
        "port.facilities": dict(facilities or {}),
        "port.selections": {},
        "port.routes": {name: {"direction": "export", "through": list(through)} for name, through in routes.items()},
        "demand.classes": {name: CAR | {"route": name, "pce": (pce or {}).get(name, 1.0)} for name in routes},
        "horizon.warmup_days": 0,
        "horizon.days": 1,
    }
    return draw_disruptions(tiny_scenario(**(plain | changes)), Luck(1, 0))


def every(headway_min: float, count: int, first_min: float = 0.0) -> list[float]:
    """Return the minutes at which vehicles come that keep this headway."""
    return (first_min + headway_min * np.arange(count)).tolist()


def at_once(count: int, minute: float = 0.0) -> list[float]:
    """Return the minutes of vehicles that all come at the same one."""
    return [minute] * count


def drive(scenario: Scenario, engine: str = "compiled", **minutes: Sequence[float]) -> Visits:
    """Return the visits of vehicles of each class that come at these minutes."""
    movements = arrive_at(scenario, minutes)
    plan = plan_program(scenario, movements, Luck(1, 0))
    return read_visits(plan, movements, run(plan.program, engine))


def times(visits: Visits, stop: str, name: str, vehicle_class: str | None = None) -> np.ndarray:
    """Return a column (`enter`, `arrive`, `start`, `finish`, `leave`) of the visits to a stop, by movement."""
    here = visits.station == index_of(visits, stop)
    if vehicle_class is not None:
        number = visits.movements.classes.index(vehicle_class)
        here &= visits.movements.vehicle[visits.movement] == number
    return getattr(visits, f"{name}_min")[here]


def index_of(visits: Visits, stop: str) -> int:
    return [each.key for each in visits.stations].index(stop)


def curves(scenario: Scenario, visits: Visits, stop: str) -> RoadCurves:
    return read_curves(scenario, visits, index_of(visits, stop))


def passed(minutes: np.ndarray, begin: float, end: float) -> int:
    """Return how many of these minutes are in [begin, end)."""
    return int(((minutes >= begin) & (minutes < end)).sum())


def outcomes_of(scenario: Scenario, visits: Visits) -> pl.DataFrame:
    return measure_outcomes(scenario, visits)
