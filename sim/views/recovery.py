"""The figure of disruptions: who is held up on our side, with and without them, until all is as before."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outcomes.window import DAY_MIN, Window
from sim.study.recovery import find_own_disruptions, span_disruptions
from sim.study.replication import Study
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import (
    break_label,
    choose_style,
    clock,
    head,
    mark_hours,
    name_beside,
    shade_disruptions,
    write_below_top,
)
from sim.views.naming import break_text, name_port, name_scenario
from sim.views.phrases import Language


def plot_recovery(
    study: Study,
    baseline: str,
    other: str,
    path: Path,
    recovered_min: float | None = None,
    language: Language = "en",
) -> None:
    """Draw the figure of disruptions, as PNG; nothing if there are none, or not the same in every run."""
    with mpl.rc_context(choose_style(language)):
        if figure := draw_recovery(study, baseline, other, recovered_min, language):
            figure.savefig(path, dpi=130)


def draw_recovery(
    study: Study, baseline: str, other: str, recovered_min: float | None, language: Language
) -> Figure | None:
    """Return vehicles held up on our side, on roads and at facilities, around the disruptions that set `other` apart.

    None if there are none, or not the same in every run. Lines are means over replications; `recovered_min` is the
    minute of the run at which all is as in `baseline` again, None if it never is.
    """
    say, scenario = FIGURE_WORDS[language], study.scenarios[other]
    span = span_disruptions(study.scenarios[baseline], scenario)
    if span is None:
        return None
    begin, end = span
    until = max(end, recovered_min or 0.0) + DAY_MIN / 2
    hours = Window(max(begin - DAY_MIN / 4, 0.0), min(until, scenario.horizon.end_min))
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    axes = figure.subplots()
    _draw_held_up(axes, study, (baseline, other), hours, language)
    drawn = study.drawn(other).port.disruptions
    own = [drawn[name] for name in find_own_disruptions(study.scenarios[baseline], scenario)]
    shade_disruptions(axes, own, hours, language)
    mark_hours(axes, scenario, hours, language)
    found = say["never_as_before"]
    if recovered_min is not None:
        found = say["as_before_after"].format(hours=f"{(recovered_min - end) / 60.0:.1f}")
        axes.axvline(recovered_min, color=COLOURS[2], lw=1.4)
        text, line = say["as_before_at"].format(clock=clock(recovered_min)), len(own)
        write_below_top(axes, text, recovered_min, COLOURS[2], line)
    title = f"{name_port(scenario, language)}{say['colon']}{found}"
    head(axes, break_text(say["mean_of"].format(title=title, runs=study.replications), 95))
    return figure


def _draw_held_up(axes: Axes, study: Study, labels: tuple[str, str], hours: Window, language: Language) -> None:
    """Draw mean vehicles that wait or are blocked on our side, and beside each line the most there were."""
    say, names = FIGURE_WORDS[language], []
    for label, colour in zip(labels, COLOURS, strict=False):
        runs = study.series[label]
        shown = hours.holds(runs[0].grid_min)
        held_up = np.mean([run.held_up.sum(axis=0)[shown] for run in runs], axis=0)
        axes.plot(runs[0].grid_min[shown], held_up, color=colour, lw=1.8)
        name = break_label(name_scenario(label, language), 24)
        names.append((float(held_up[-1]), say["most_line"].format(name=name, most=f"{held_up.max():,.0f}"), colour))
    axes.set(ylim=(0, axes.get_ylim()[1] * 1.15), ylabel=say["held_up_axis"])
    name_beside(axes, names, 0.16)
