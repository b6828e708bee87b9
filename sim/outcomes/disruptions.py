"""Outcomes of disruptions: how often each happened, how long it lasted, and how long until all was as before.

Time to recover is the base of the resilience triangle (Bruneau et al. 2003, "A framework to quantitatively assess
and enhance the seismic resilience of communities"): from when the disruption ends until the port does again what it
did before. Here that is held up vehicles: waiting or blocked on our side, anywhere. It is no longer than the run, in
which others may happen meanwhile; what one of them adds to the same days without it is in `study/recovery.py`.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sim.outcomes.averages import mean
from sim.outcomes.series import GRID_MIN, Series
from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.disruptions import Disruption
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

STEADY_MIN = 120.0
"""Minutes for which all must stay as before, to count as recovered."""


def measure_disruptions(
    scenario: Scenario, series: Series, window: Window
) -> Iterator[tuple[str, str, str, str, float]]:
    """Yield outcomes of scope `disruption`, for each as drawn.

    `happened` (times that it began in the window), `down_h` (hours of the window in which it goes on), `queue_max`
    (vehicles held up at most, from its beginning until recovered), `recovery_h` (from its end until no more are held
    up than in the 24 hours before it began, for two hours; mean over those that recovered before the end of the
    run, to the half hour) and `not_recovered` (times that did not).
    """
    held_up = series.held_up.sum(axis=0)
    for name, each in scenario.port.disruptions.items():
        begun = find_begun(each, window)
        back = [find_return(series.grid_min, held_up, *span) for span in begun]
        most = [_most_held_up(series.grid_min, held_up, begin, at) for (begin, _), at in zip(begun, back, strict=True)]
        hours = [(at - end) / 60.0 for (_, end), at in zip(begun, back, strict=True) if not np.isnan(at)]
        yield "disruption", name, "happened", "times", float(len(begun))
        yield "disruption", name, "down_h", "h", _hours_down(each, window)
        yield "disruption", name, "queue_max", "vehicles", float(max(most, default=np.nan))
        yield "disruption", name, "recovery_h", "h", mean(np.array(hours))
        yield "disruption", name, "not_recovered", "times", float(len(begun) - len(hours))


def find_begun(each: Disruption, window: Window) -> list[tuple[float, float]]:
    """Return the spans of a disruption, as drawn, that begin within the window."""
    return [span for span in each.spans_min if window.begin <= span[0] < window.end]


def find_return(grid_min: FloatArray, held_up: NDArray[np.integer], begin_min: float, end_min: float) -> float:
    """Return the time from the end of a disruption at which no more are held up than in the 24 hours before it."""
    before = held_up[(grid_min >= begin_min - DAY_MIN) & (grid_min < begin_min)]
    return find_calm(grid_min, held_up <= before.max(initial=0), end_min)


def find_calm(grid_min: FloatArray, calm: BoolArray, since_min: float) -> float:
    """Return the first grid time since a time at which it is calm, and stays so for two hours; NaN if none is."""
    steps = int(STEADY_MIN / GRID_MIN) + 1
    if len(calm) < steps:
        return float("nan")
    stays = np.asarray(sliding_window_view(calm, steps).all(axis=1))
    found = np.flatnonzero(stays & (grid_min[: len(stays)] >= since_min))
    return float(grid_min[found[0]]) if len(found) else float("nan")


def _most_held_up(grid_min: FloatArray, held_up: NDArray[np.integer], begin_min: float, back_min: float) -> float:
    until = np.inf if np.isnan(back_min) else back_min
    return float(held_up[(grid_min >= begin_min) & (grid_min <= until)].max(initial=0))


def _hours_down(each: Disruption, window: Window) -> float:
    """Return the hours of the window in which a disruption goes on; those that overlap count once."""
    edges = np.unique(np.clip([*window.ends, *(edge for span in each.spans_min for edge in span)], *window.ends))
    return float(np.diff(edges) @ each.goes_on(edges[:-1])) / 60.0
