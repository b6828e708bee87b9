"""Recovery from incidents: how much queue each builds against the same days without it, and when that is gone."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes import RoadSeries, Series
from sim.outcomes.series import GRID_MIN
from sim.scenario.roads import Incident
from sim.scenario.schema import Scenario
from sim.study.replication import Study

FloatArray = NDArray[np.float64]

TOLERANCE_VEHICLES = 5
"""More vehicles held up than without the incident that still count as recovered."""
STEADY_MIN = 120.0
"""Minutes for which it must stay so."""


@dataclass(frozen=True)
class Excess:
    """What an incident adds from its beginning on: vehicles held up on our side, and kilometres of queue on roads."""

    time_min: FloatArray
    vehicles: FloatArray
    road_time_min: FloatArray
    queue_km: FloatArray


def find_own_incidents(baseline: Scenario, other: Scenario) -> dict[str, Incident]:
    """Return the incidents that `other` has and `baseline` has not, by name; none if anything else differs too.

    What lies between the two scenarios would then not be the incidents' doing alone.
    """
    known = baseline.port.incidents
    undisturbed = other.model_copy(
        update={"policies": baseline.policies, "port": other.port.model_copy(update={"incidents": known})}
    )
    own = {name: each for name, each in other.port.incidents.items() if name not in known}
    return own if undisturbed == baseline else {}


def span_incidents(baseline: Scenario, other: Scenario) -> tuple[float, float] | None:
    """Return when the first of `other`'s own incidents begins and the last ends, minutes of the run; None without."""
    incidents = find_own_incidents(baseline, other).values()
    windows = [incident.window_min(other.horizon.warmup_min) for incident in incidents]
    return (min(begin for begin, _ in windows), max(end for _, end in windows)) if windows else None


def add_recovery(study: Study, baseline: str, other: str) -> pl.DataFrame:
    """Return a study's outcomes with those of the incidents by which alone `other` differs from `baseline`.

    Scope `incident`, for each replication: `extra_queue_max` (vehicles), `extra_queue_max_km` (all roads
    together), and `recovery` (h from the end of the incident; NaN if the run ends before). Both scenarios
    have the same luck, so the difference between them is the incident's.
    """
    scenario = study.scenarios[other]
    rows = []
    for name, incident in find_own_incidents(study.scenarios[baseline], scenario).items():
        begin, end = incident.window_min(scenario.horizon.warmup_min)
        for replication in range(study.replications):
            excess = _find_excess(study, (baseline, other), replication, begin)
            for measure, unit, value in (
                ("extra_queue_max", "vehicles", float(excess.vehicles.max(initial=0.0))),
                ("extra_queue_max_km", "km", float(excess.queue_km.max(initial=0.0))),
                ("recovery", "h", (find_recovery(excess, end) - end) / 60.0),
            ):
                rows.append((other, replication, "incident", name, measure, unit, value))
    return pl.concat([study.outcomes, pl.DataFrame(rows, schema=study.outcomes.schema, orient="row")])


def find_recovery(excess: Excess, end_min: float) -> float:
    """Return the first time from the end of an incident at which the excess is gone, and stays so for a while.

    To the half hour; NaN if there is none.
    """
    steady = int(STEADY_MIN / GRID_MIN)
    calm = excess.vehicles <= TOLERANCE_VEHICLES
    stays = np.array([calm[i : i + steady + 1].all() for i in range(len(calm))], dtype=bool)
    found = np.flatnonzero(stays & (excess.time_min >= end_min))
    return float(excess.time_min[found[0]]) if len(found) else float("nan")


def mean_recovery(study: Study, baseline: str, other: str) -> float | None:
    """Return the minute of the run at which, on the mean of all runs, the last incident's excess is gone.

    None if `other` does not differ by incidents alone, or the run ends before.
    """
    span = span_incidents(study.scenarios[baseline], study.scenarios[other])
    if span is None:
        return None
    begin, end = span
    runs = [_find_excess(study, (baseline, other), replication, begin) for replication in range(study.replications)]
    mean = replace(runs[0], vehicles=np.mean([run.vehicles for run in runs], axis=0))
    recovered_min = find_recovery(mean, end)
    return None if np.isnan(recovered_min) else recovered_min


def _find_excess(study: Study, labels: tuple[str, str], replication: int, begin_min: float) -> Excess:
    before, after = (study.series[label][replication] for label in labels)
    roads_before, roads_after = (study.roads[label][replication] for label in labels)
    since = after.grid_min >= begin_min
    since_on_roads = roads_after.grid_min >= begin_min
    return Excess(
        after.grid_min[since],
        (_held_up(after) - _held_up(before))[since],
        roads_after.grid_min[since_on_roads],
        (_queue_km(roads_after) - _queue_km(roads_before))[since_on_roads],
    )


def _held_up(series: Series) -> FloatArray:
    return np.asarray(series.held_up.sum(axis=0), dtype=np.float64)


def _queue_km(roads: RoadSeries) -> FloatArray:
    return np.asarray(roads.queue_km.sum(axis=0))
