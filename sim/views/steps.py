"""Where the hours of a class go, step by step: what a bar of the figure stands for, and how long it is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import compress

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.port import Lift, Stop, Storage, expand_stops
from sim.scenario.schema import InspectionSite, Port, Scenario
from sim.study.replication import Study
from sim.views.figure_words import FIGURE_WORDS

FloatArray = NDArray[np.float64]

PARTS = ("processing", "driving", "waiting", "blocked")
KINDS = ("ride", "cranes", "checks", "store", "aboard")
"""What a unit of cargo spends its hours with."""


@dataclass(frozen=True)
class Step:
    """A step on the way of a class: stops that are one to a reader, and the parts of the time there that belong to it.

    Cargo rides until it is lifted off and is aboard after it was lifted on: both are steps of their own. Its steps
    are of a `kind` among `KINDS`.
    """

    label: str
    label_zh: str
    stops: tuple[str, ...]
    parts: tuple[str, ...] = PARTS
    beyond: bool = False
    kind: str = "checks"


def find_steps(scenario: Scenario, name: str) -> list[Step]:
    """Return the steps of a class in their order, each inspection site as one; on both sides if there are terminals."""
    port = scenario.port
    stops, stands_for = expand_stops(port)
    routes = port.routes_of(scenario.demand.classes[name].route).values()
    labels: dict[str, Stop | InspectionSite] = {**stops, **port.inspection_sites}
    named = list(dict.fromkeys(key for route in routes for key in route.through))
    if scenario.is_cargo(name):
        keys = [key for each in named for key in ([each] if each in port.inspection_sites else stands_for[each])]
        return list(_find_cargo_steps(port, labels, keys))
    return [
        Step(labels[key].label, labels[key].label_zh, (key,), beyond=not port.is_ours(key))
        for key in named
        if port.is_ours(key) or port.terminals
    ]


def _find_cargo_steps(port: Port, stops: Mapping[str, Stop | InspectionSite], keys: list[str]) -> Iterator[Step]:
    """Yield the steps of cargo: it rides, is lifted and stored, checked meanwhile, and is aboard until it leaves."""
    off = [key for key in keys if _way(stops[key]) == "off"]
    on = [key for key in keys if _way(stops[key]) == "on"]
    across = [found for key in off if (found := f"{key.rpartition('.')[0]}.across") in stops]
    beyond = {key: not port.is_ours(key) for key in keys}
    yield Step(*_name("until_lifted_off"), (*off, *across), ("driving",), beyond[keys[0]], "ride")
    for key in [*off, *across, *(key for key in keys if key not in off)]:
        stop, side = stops[key], beyond.get(key, beyond[keys[0]])
        if isinstance(stop, Lift):
            parts = ("processing", "waiting") if key not in off else ("processing", "waiting", "blocked")
            yield Step(*_shorten(port, stop), (key,), parts, side, "cranes")
        else:
            kind = "store" if isinstance(stop, Storage) else "checks"
            yield Step(*_shorten(port, stop), (key,), beyond=side, kind=kind)
    yield Step(*_name("until_it_leaves"), (*on, *across), ("blocked",), beyond[keys[-1]], "aboard")


def _way(stop: Stop | InspectionSite) -> str | None:
    return stop.way if isinstance(stop, Lift) else None


def _name(key: str) -> tuple[str, str]:
    """Return the name of a step in both languages."""
    return FIGURE_WORDS["en"][key], FIGURE_WORDS["zh"][key]


def _shorten(port: Port, stop: Stop | InspectionSite) -> tuple[str, str]:
    """Return the labels of a stop without those of its terminal."""
    if isinstance(stop, Lift | Storage):
        terminal = port.terminals[stop.terminal]
        return stop.label.removeprefix(f"{terminal.label}: "), stop.label_zh.removeprefix(terminal.label_zh)
    return stop.label, stop.label_zh


def read_hours(study: Study, summary: pl.DataFrame, name: str) -> tuple[list[Step], dict[str, FloatArray]]:
    """Return the steps of a class, and by scenario its mean hours in each part of each of them, shape (parts, steps).

    They are those on our side of vehicles that left it; if there are terminals, those of both sides. Lifting
    across is no step if nothing is lifted so.
    """
    scenario = next(iter(study.scenarios.values()))
    steps = find_steps(scenario, name)
    hours = {label: _read_scenario(scenario, summary, label, name, steps) for label in study.scenarios}
    used = np.any([each.any(axis=0) for each in hours.values()], axis=0)
    kept = [used[place] or not step.stops[0].endswith(".across") for place, step in enumerate(steps)]
    return list(compress(steps, kept)), {label: each[:, kept] for label, each in hours.items()}


def _read_scenario(scenario: Scenario, summary: pl.DataFrame, label: str, name: str, steps: list[Step]) -> FloatArray:
    scope = "passage" if scenario.port.terminals else "step"
    rows = summary.filter(pl.col("name").str.starts_with(f"{name}/"), scenario=label, scope=scope)
    found: dict[tuple[str, str], float] = defaultdict(float)
    for key, part, hours in rows.select("name", "measure", "mean").iter_rows():
        found[step_of(scenario.port, key.partition("/")[2]), part] += hours or 0.0
    return np.array(
        [[sum(found[stop, part] for stop in step.stops) * (part in step.parts) for step in steps] for part in PARTS]
    )


def step_of(port: Port, key: str) -> str:
    """Return the inspection site of a station, whichever agencies have stations there; others are their own step."""
    site = key.partition(".")[0]
    return site if site in port.inspection_sites else key
