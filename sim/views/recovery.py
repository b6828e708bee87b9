"""The figure of disruptions: who is held up on our side, with and without them, until all is as before."""

from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outcomes.window import DAY_MIN, Window
from sim.study.recovery import find_own_disruptions, span_disruptions
from sim.study.replication import Study
from sim.views.figures import COLOURS
from sim.views.labels import (
    STYLE,
    break_label,
    clock,
    head,
    mark_hours,
    name_beside,
    shade_disruptions,
    write_below_top,
)


def plot_recovery(study: Study, baseline: str, other: str, path: Path, recovered_min: float | None = None) -> None:
    """Draw vehicles held up on our side, on roads and at facilities, around the disruptions that set `other` apart.

    PNG; nothing if there are none, or not the same in every run. Lines are means over replications;
    `recovered_min` is the minute of the run at which all is as in `baseline` again, None if it never is.
    """
    scenario = study.scenarios[other]
    span = span_disruptions(study.scenarios[baseline], scenario)
    if span is None:
        return
    begin, end = span
    until = max(end, recovered_min or 0.0) + DAY_MIN / 2
    hours = Window(max(begin - DAY_MIN / 4, 0.0), min(until, scenario.horizon.end_min))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 4.2), layout="constrained")
        axes = figure.subplots()
        _draw_held_up(axes, study, (baseline, other), hours)
        drawn = study.drawn(other).port.disruptions
        own = [drawn[name] for name in find_own_disruptions(study.scenarios[baseline], scenario)]
        shade_disruptions(axes, own, hours)
        mark_hours(axes, scenario, hours)
        found = "not as before again"
        if recovered_min is not None:
            found = f"as before {(recovered_min - end) / 60.0:.1f} h after the end"
            axes.axvline(recovered_min, color=COLOURS[2], lw=1.4)
            text, line = f"as before at {clock(recovered_min)}", len(own)
            write_below_top(axes, text, recovered_min, COLOURS[2], line)
        head(axes, fill(f"{scenario.port.name}: {found} (mean of {study.replications} runs)", 95))
        figure.savefig(path, dpi=130)


def _draw_held_up(axes: Axes, study: Study, labels: tuple[str, str], hours: Window) -> None:
    """Draw mean vehicles that wait or are blocked on our side, and beside each line the most there were."""
    names = []
    for label, colour in zip(labels, COLOURS, strict=False):
        runs = study.series[label]
        shown = hours.holds(runs[0].grid_min)
        held_up = np.mean([run.held_up.sum(axis=0)[shown] for run in runs], axis=0)
        axes.plot(runs[0].grid_min[shown], held_up, color=colour, lw=1.8)
        names.append((float(held_up[-1]), f"{break_label(label, 24)}:\nat most {held_up.max():,.0f}", colour))
    axes.set(ylim=(0, axes.get_ylim()[1] * 1.15), ylabel="vehicles held up on our side")
    name_beside(axes, names, 0.16)
