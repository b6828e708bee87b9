"""Stoppages: wind and the like, drawn before the run from luck of their own, as spans in which hours are closed."""

import numpy as np
from numpy.typing import NDArray

from sim.luck import Luck
from sim.scenario.hours import DAY_MIN, day_starts
from sim.scenario.schema import Scenario
from sim.scenario.terminals import Stoppage

FloatArray = NDArray[np.float64]

MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""Mean days of the months from January: 365.25 in all."""


def draw_stoppages(scenario: Scenario, luck: Luck) -> Scenario:
    """Return the scenario as it comes about in a replication: hours are closed in the spans that stoppages draw.

    Each day has one with the probability of its month, which begins at any minute of the day with equal
    probability; more days a year are a superset of the same days.
    """
    port = scenario.port
    if not port.stoppages:
        return scenario
    hours = dict(port.hours)
    for name, stoppage in port.stoppages.items():
        spans = tuple(map(tuple, _draw_spans(scenario, name, stoppage, luck).tolist()))
        for shut in stoppage.shuts:
            hours[shut] = hours[shut].model_copy(update={"closed_min": (*hours[shut].closed_min, *spans)})
    return scenario.model_copy(update={"port": port.model_copy(update={"hours": hours})})


def _draw_spans(scenario: Scenario, name: str, stoppage: Stoppage, luck: Luck) -> FloatArray:
    """Return when a stoppage begins and ends, shape (n, 2), minutes."""
    days = scenario.horizon.end_min / DAY_MIN
    midnights = np.concatenate([[0.0], day_starts(scenario.port.timezone, scenario.start, days)])
    first = np.datetime64(scenario.horizon.start, "D")
    month = (first + np.arange(len(midnights))).astype("datetime64[M]").astype(int) % 12
    weight = np.array(stoppage.by_month)
    chance = stoppage.days_per_year * weight / (weight @ MONTH_DAYS)
    happens = luck.uniforms(f"stoppage/{name}/happens", len(midnights)) < chance[month]
    begin = midnights + DAY_MIN * luck.uniforms(f"stoppage/{name}/begins", len(midnights))
    lasts = stoppage.lasts.quantile(luck.uniforms(f"stoppage/{name}/lasts", len(midnights)))
    return np.asarray(np.column_stack([begin, begin + lasts])[happens])
