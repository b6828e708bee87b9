"""Timetables: the paths on which vehicles are due, which of them are run, and how late."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.luck import Luck
from sim.scenario.hours import DAY_MIN, day_starts
from sim.scenario.schema import Scenario
from sim.scenario.terminals import Timetable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def sample_timetable(scenario: Scenario, name: str, luck: Luck) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the paths that a class runs in a replication: number, minute when due, minute of arrival.

    Of all paths the share `per_day` / paths per day is run; a larger share is a superset of the same paths.
    """
    vehicle = scenario.demand.classes[name]
    timetable = vehicle.timetable
    assert timetable is not None
    due = list_paths(scenario, timetable)
    run = luck.uniforms(f"{name}/0/runs", len(due)) < (vehicle.per_day or 0.0) / timetable.most_per_day
    late = timetable.lateness.quantile(luck.uniforms(f"{name}/0/late", len(due))) - timetable.early_min
    index = np.flatnonzero(run & (due + late < scenario.horizon.end_min))
    return index, due[index], np.maximum((due + late)[index], 0.0)


def list_paths(scenario: Scenario, timetable: Timetable) -> FloatArray:
    """Return the minutes of all paths within the run, ascending, on the port's clock."""
    days = scenario.horizon.end_min / DAY_MIN
    midnights = np.concatenate([[0.0], day_starts(scenario.port.timezone, scenario.start, days + 2.0)])
    weekday = (np.arange(len(midnights) - 1) + scenario.start.weekday()) % 7
    runs = np.array(timetable.runs_on)[weekday]
    by_day = [
        _paths_of_day(scenario, timetable, number, float(midnights[number]), float(midnights[number + 1]))
        for number in np.flatnonzero(runs).tolist()
    ]
    paths = np.concatenate([np.empty(0), *by_day])
    return np.asarray(paths[paths < scenario.horizon.end_min])


def _paths_of_day(scenario: Scenario, timetable: Timetable, day: int, begin: float, end: float) -> FloatArray:
    """Return the minutes of the paths of a day of the run; where clocks change it has fewer or more than 24 hours."""
    if timetable.paths_per_day is not None:
        interval = DAY_MIN / timetable.paths_per_day
        paths = begin + np.arange(timetable.paths_per_day) * interval
        return np.asarray(paths[paths < end])
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in timetable.times]
    if end - begin == DAY_MIN:
        return begin + np.sort(np.array(minutes, dtype=np.float64))
    date = scenario.horizon.start + timedelta(days=day)
    clock = [datetime.combine(date, time(minute // 60, minute % 60), scenario.start.tzinfo) for minute in minutes]
    since = [(moment.astimezone(UTC) - scenario.start.astimezone(UTC)).total_seconds() / 60.0 for moment in clock]
    return np.sort(np.array(since))
