"""Draws what goes wrong in a replication: disruptions become spans of the run, before anything else is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.luck import Luck
from sim.scenario.disruptions import Disruption
from sim.scenario.hours import DAY_MIN, day_starts
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]

MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""Mean days of the months from January: 365.25 in all."""


@dataclass(frozen=True)
class WorkingTime:
    """A clock that runs while named service hours are open as scheduled, or always; intervals (n, 2), minutes."""

    open_min: FloatArray

    @classmethod
    def of(cls, scenario: Scenario, hours: str | None) -> "WorkingTime":
        """Return the clock of named hours; None stands for always. It runs on after the run, which nobody sees."""
        if hours is None:
            return cls(np.array([[0.0, np.inf]]))
        return cls(np.vstack([scenario.scheduled_open(hours), [scenario.horizon.end_min, np.inf]]))

    def after(self, time_min: float, minutes: float) -> float:
        """Return the time at which so many of its minutes have passed since a time."""
        begins = np.maximum(self.open_min[:, 0], time_min)
        lasts = np.maximum(self.open_min[:, 1] - begins, 0.0)
        passed = np.cumsum(lasts)
        position = int(np.searchsorted(passed, minutes))
        return float(begins[position] + minutes - (passed[position - 1] if position else 0.0))


def draw_disruptions(scenario: Scenario, luck: Luck) -> Scenario:
    """Return the scenario as it comes about in a replication: each disruption knows when it begins and ends.

    Luck hangs on the name of the disruption. A higher probability, or more days a year, are a superset of the same
    happenings; longer ones begin at the same time. Spans of one disruption may overlap, and outlast the run.
    """
    if not scenario.port.disruptions:
        return scenario
    drawn = {
        name: each.model_copy(update={"spans_min": tuple(_draw_spans(scenario, name, each, luck))})
        for name, each in scenario.port.disruptions.items()
    }
    return scenario.model_copy(update={"port": scenario.port.model_copy(update={"disruptions": drawn})})


def _draw_spans(scenario: Scenario, name: str, each: Disruption, luck: Luck) -> Iterator[tuple[float, float]]:
    if each.every_h is not None:
        return _draw_breakdowns(scenario, name, each, luck)
    begins = _draw_once(scenario, name, each, luck) if each.is_fixed else _draw_days(scenario, name, each, luck)
    lasts = each.lasts.quantile(luck.uniforms(_purpose(name, "lasts"), len(begins)))
    happen = ~np.isnan(begins)
    repairs = WorkingTime.of(scenario, each.repair_clock)
    ends = [repairs.after(begin, minutes) for begin, minutes in zip(begins[happen], lasts[happen], strict=True)]
    return zip(begins[happen].tolist(), ends, strict=True)


def _draw_once(scenario: Scenario, name: str, each: Disruption, luck: Luck) -> FloatArray:
    """Return when one with a day or date begins, shape (1,); NaN if it does not happen."""
    begin = each.begin_min(scenario.horizon)
    assert begin is not None
    return np.where(luck.uniforms(_purpose(name, "happens"), 1) < each.probability, begin, np.nan)


def _draw_days(scenario: Scenario, name: str, each: Disruption, luck: Luck) -> FloatArray:
    """Return when it begins on each day of the run, shape (days,); NaN where it does not.

    Each day has one with the probability of its month, at any minute of the day with equal probability.
    """
    assert each.days_per_year is not None
    days = scenario.horizon.end_min / DAY_MIN
    midnights = np.concatenate([[0.0], day_starts(scenario.port.timezone, scenario.start, days)])
    first = np.datetime64(scenario.horizon.start, "D")
    month = (first + np.arange(len(midnights))).astype("datetime64[M]").astype(int) % 12
    weight = np.array(each.by_month)
    chance = each.days_per_year * weight / (weight @ MONTH_DAYS)
    happens = luck.uniforms(_purpose(name, "happens"), len(midnights)) < chance[month]
    begins = midnights + DAY_MIN * luck.uniforms(_purpose(name, "begins"), len(midnights))
    return np.where(happens, begins, np.nan)


def _draw_breakdowns(scenario: Scenario, name: str, each: Disruption, luck: Luck) -> Iterator[tuple[float, float]]:
    """Yield the breakdowns of an alternating renewal process (Ross 1996, section 3.4): work, repair, and again."""
    assert each.every_h is not None
    work, repairs = WorkingTime.of(scenario, each.clock), WorkingTime.of(scenario, each.repair_clock)
    now, number, read = 0.0, 0, 0
    while now < scenario.horizon.end_min:
        if number == read:  # a longer stream begins with the same numbers
            read = max(16, 2 * read)
            gaps = -60.0 * each.every_h * np.log1p(-luck.uniforms(_purpose(name, "works"), read))
            lasts = each.lasts.quantile(luck.uniforms(_purpose(name, "lasts"), read))
        begin = work.after(now, float(gaps[number]))
        if begin >= scenario.horizon.end_min:
            return
        now = repairs.after(begin, float(lasts[number]))
        number += 1
        yield begin, now


def _purpose(name: str, what: str) -> str:
    """Return the name of a stream; `stoppage` is what they were called when the first ones were published."""
    return f"stoppage/{name}/{what}"
