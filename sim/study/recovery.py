"""Recovery from disruptions: how much queue each adds to the same days without it, and when that is gone."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes import RoadSeries, Series
from sim.outcomes.averages import mean
from sim.outcomes.disruptions import find_begun, find_calm
from sim.outcomes.window import Window
from sim.scenario.disruptions import Disruption
from sim.scenario.schema import Scenario
from sim.study.replication import Study

FloatArray = NDArray[np.float64]
Measures = tuple[tuple[str, str, float], ...]

TOLERANCE_VEHICLES = 5
"""More vehicles held up than without the disruption that still count as recovered."""


@dataclass(frozen=True)
class Excess:
    """What a disruption adds from its beginning on: vehicles held up on our side, and kilometres of queue on roads."""

    time_min: FloatArray
    vehicles: FloatArray
    road_time_min: FloatArray
    queue_km: FloatArray


def find_own_disruptions(baseline: Scenario, other: Scenario) -> dict[str, Disruption]:
    """Return the disruptions that `other` has and `baseline` has not, by name; none if anything else differs too.

    What lies between the two scenarios would then not be their doing alone.
    """
    known, all_of_other = baseline.port.disruptions, other.port.disruptions
    undisturbed = other.model_copy(
        update={"policies": baseline.policies, "port": other.port.model_copy(update={"disruptions": known})}
    )
    own = {name: each for name, each in all_of_other.items() if name not in known}
    return own if undisturbed == baseline and all_of_other == known | own else {}


def span_disruptions(baseline: Scenario, other: Scenario) -> tuple[float, float] | None:
    """Return when the first of `other`'s own disruptions begins and the last ends, minutes of the run.

    None without any, or if these are not the same in every run.
    """
    spans = [each.certain_span(other.horizon) for each in find_own_disruptions(baseline, other).values()]
    certain = [span for span in spans if span]
    if not certain or len(certain) < len(spans):
        return None
    return min(begin for begin, _ in certain), max(end for _, end in certain)


def add_recovery(study: Study, baseline: str, other: str) -> pl.DataFrame:
    """Return a study's outcomes with those of the disruptions by which alone `other` differs from `baseline`.

    Scope `recovery`, for each replication in which one begins within the window: `extra_queue_max` (vehicles),
    `extra_queue_max_km` (all roads together), and `recovery` (h from its end, the mean if it happens several times;
    NaN if the run ends before). Both scenarios have the same luck, so the difference between them is the
    disruption's.
    """
    own = find_own_disruptions(study.scenarios[baseline], study.scenarios[other])
    rows = []
    for name in own:
        for replication in range(study.replications):
            drawn = study.drawn(other, replication)
            spans = find_begun(drawn.port.disruptions[name], Window.of(drawn.horizon))
            for measure, unit, value in _measure_excess(study, (baseline, other), replication, spans):
                rows.append((other, replication, "recovery", name, measure, unit, value))
    return pl.concat([study.outcomes, pl.DataFrame(rows, schema=study.outcomes.schema, orient="row")])


def _measure_excess(
    study: Study, labels: tuple[str, str], replication: int, spans: list[tuple[float, float]]
) -> Measures:
    if not spans:
        return ()
    excess = _find_excess(study, labels, replication, spans[0][0])
    hours = np.array([(find_recovery(excess, end) - end) / 60.0 for _, end in spans])
    return (
        ("extra_queue_max", "vehicles", float(excess.vehicles.max(initial=0.0))),
        ("extra_queue_max_km", "km", float(excess.queue_km.max(initial=0.0))),
        ("recovery", "h", mean(hours[~np.isnan(hours)])),
    )


def find_recovery(excess: Excess, end_min: float) -> float:
    """Return the first time from the end of a disruption at which the excess is gone, and stays so for a while.

    To the half hour; NaN if there is none.
    """
    return find_calm(excess.time_min, excess.vehicles <= TOLERANCE_VEHICLES, end_min)


def mean_recovery(study: Study, baseline: str, other: str) -> float | None:
    """Return the minute of the run at which, on the mean of all runs, the last disruption's excess is gone.

    None if `other` does not differ by disruptions alone that are the same in every run, or the run ends before.
    """
    span = span_disruptions(study.scenarios[baseline], study.scenarios[other])
    if span is None:
        return None
    begin, end = span
    runs = [_find_excess(study, (baseline, other), replication, begin) for replication in range(study.replications)]
    whole = replace(runs[0], vehicles=np.mean([run.vehicles for run in runs], axis=0))
    recovered_min = find_recovery(whole, end)
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
