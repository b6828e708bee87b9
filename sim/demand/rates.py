"""The arrival rate of a class: constant within each local hour, scaled by weekday, month and the day's luck."""

import math
from dataclasses import dataclass
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.luck import Luck
from sim.scenario.schema import Scenario
from sim.scenario.seasons import weigh_days

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Rate:
    """A step function: `per_min[i]` holds from `from_min[i]` until the next, in minutes of the run."""

    from_min: FloatArray
    per_min: FloatArray

    def at(self, time_min: FloatArray) -> FloatArray:
        """Return the rate at each time, arrivals per minute."""
        return np.asarray(self.per_min[np.searchsorted(self.from_min, time_min, side="right") - 1])

    def divided_by(self, vehicles: int) -> "Rate":
        """Return the rate of those that come with so many vehicles each."""
        return Rate(self.from_min, self.per_min / vehicles)

    def expected(self, begin_min: float, end_min: float) -> float:
        """Return expected arrivals in an interval."""
        edges = np.clip(np.append(self.from_min, np.inf), begin_min, end_min)
        return float(np.diff(edges) @ self.per_min)


def mean_rate(scenario: Scenario, name: str) -> Rate:
    """Return the rate of a class on days of ordinary luck."""
    return _local_rate(scenario, name)[0]


def draw_rate(scenario: Scenario, name: str, luck: Luck) -> Rate:
    """Return the rate with a gamma factor (mean 1, cv `day_cv`) for each local day.

    Given the factors, arrivals are Poisson; over days their counts are negative binomial, with
    variance mean + (cv x mean)^2.
    """
    vehicle = scenario.demand.classes[name]
    rate, day = _local_rate(scenario, name)
    if vehicle.day_cv == 0.0:
        return rate
    shape = vehicle.day_cv**-2
    factors = special.gammaincinv(shape, luck.uniforms(f"{name}/day", int(day[-1]) + 1)) / shape
    return Rate(rate.from_min, rate.per_min * factors[day])


def _local_rate(scenario: Scenario, name: str) -> tuple[Rate, IntArray]:
    """Return the mean rate over the run, and the local day of each of its parts counted from the first."""
    vehicle = scenario.demand.classes[name]
    assert vehicle.profile is not None and vehicle.per_day is not None
    profile = scenario.demand.profiles[vehicle.profile]
    zone = ZoneInfo(profile.timezone)
    start = scenario.start.astimezone(UTC)
    part_min = 60 if start.astimezone(zone).minute == 0 else 15  # every zone is whole quarters of an hour from UTC
    minutes = np.arange(0.0, scenario.horizon.end_min, part_min)
    local = [(start + timedelta(minutes=minute)).astimezone(zone) for minute in minutes.tolist()]
    by_hour = np.array(profile.by_hour) / sum(profile.by_hour)
    by_weekday = np.array(vehicle.by_weekday) * 7.0 / sum(vehicle.by_weekday)
    first = local[0].date()
    hour = np.array([moment.hour for moment in local])
    day = np.array([(moment.date() - first).days for moment in local])
    weekday = (day + first.weekday()) % 7
    dates = [first + timedelta(days=number) for number in range(int(day[-1]) + 1)]
    in_season = weigh_days(vehicle.by_month, scenario.season_of(vehicle), dates)
    rate = Rate(minutes, vehicle.per_day * in_season[day] * by_weekday[weekday] * by_hour[hour] / 60.0)
    return _add_surges(scenario, name, rate, day)


def _add_surges(scenario: Scenario, name: str, rate: Rate, day: IntArray) -> tuple[Rate, IntArray]:
    """Return the rate, multiplied while surges go on, and the local day of each of its parts."""
    surges = [
        (each, math.prod(factor for who, factor in each.surge.items() if who in (name, "all")))
        for each in scenario.port.disruptions.values()
    ]
    surges = [(each, factor) for each, factor in surges if factor != 1.0]
    edges = np.array([edge for each, _ in surges for span in each.spans_min for edge in span])
    from_min = np.union1d(rate.from_min, edges[edges < scenario.horizon.end_min])
    factors = np.prod([np.where(each.goes_on(from_min), factor, 1.0) for each, factor in surges], axis=0)
    part = np.searchsorted(rate.from_min, from_min, side="right") - 1
    return Rate(from_min, rate.per_min[part] * factors), day[part]
