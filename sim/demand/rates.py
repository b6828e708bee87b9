"""The arrival rate of a class: constant within each local hour, scaled by weekday and by the day's luck."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.luck import Luck
from sim.scenario.schema import Scenario, VehicleClass

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """A step function: `per_min[i]` holds from `from_min[i]` until the next, in minutes of the run."""

    from_min: FloatArray
    per_min: FloatArray

    def at(self, time_min: FloatArray) -> FloatArray:
        """Return the rate at each time, arrivals per minute."""
        return np.asarray(self.per_min[np.searchsorted(self.from_min, time_min, side="right") - 1])

    def expected(self, begin_min: float, end_min: float) -> float:
        """Return expected arrivals in an interval."""
        edges = np.clip(np.append(self.from_min, np.inf), begin_min, end_min)
        return float(np.diff(edges) @ self.per_min)


def mean_rate(scenario: Scenario, vehicle: VehicleClass) -> Rate:
    """Return the rate on days of ordinary luck."""
    hours, _ = _local_hours(scenario, vehicle)
    return Rate(_hour_starts(scenario), hours)


def draw_rate(scenario: Scenario, name: str, luck: Luck) -> Rate:
    """Return the rate with a gamma factor (mean 1, cv `day_cv`) for each local day.

    Given the factors, arrivals are Poisson; over days their counts are negative binomial, with
    variance mean + (cv x mean)^2.
    """
    vehicle = scenario.demand.classes[name]
    hours, day = _local_hours(scenario, vehicle)
    if vehicle.day_cv == 0.0:
        return Rate(_hour_starts(scenario), hours)
    shape = vehicle.day_cv**-2
    factors = special.gammaincinv(shape, luck.uniforms(f"{name}/day", int(day[-1]) + 1)) / shape
    return Rate(_hour_starts(scenario), hours * factors[day])


def _hour_starts(scenario: Scenario) -> FloatArray:
    return np.arange(0.0, scenario.horizon.end_min, 60.0)


def _local_hours(scenario: Scenario, vehicle: VehicleClass) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return the mean rate per minute of every hour of the run, and its local day counted from the first."""
    profile = scenario.demand.profiles[vehicle.profile]
    local = [
        (scenario.start + timedelta(minutes=minute)).astimezone(ZoneInfo(profile.timezone))
        for minute in range(0, int(scenario.horizon.end_min), 60)
    ]
    by_hour = np.array(profile.by_hour) / sum(profile.by_hour)
    by_weekday = np.array(vehicle.by_weekday) * 7.0 / sum(vehicle.by_weekday)
    first = local[0].date()
    hour = np.array([moment.hour for moment in local])
    day = np.array([(moment.date() - first).days for moment in local])
    weekday = (day + first.weekday()) % 7
    return vehicle.per_day * by_weekday[weekday] * by_hour[hour] / 60.0, day
