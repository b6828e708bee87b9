"""N-curves of the port: how many have come and how many have gone by each time, and so who is there and how long."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.outcomes import Visits
from sim.outcomes.queues import ascending
from sim.outcomes.window import Window
from sim.study.replication import Study
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import head, list_above, mark_days
from sim.views.naming import break_text, name_of, name_scenario
from sim.views.phrases import Language

FloatArray = NDArray[np.float64]
STEP_MIN = 30.0
MOST_CLASSES = 4
WIDEST = 56
"""Letters of a line above axes."""


def draw_counts(study: Study, classes: list[str], language: Language) -> Figure | None:
    """Return cumulative vehicles that have come to the port and that have left it, of replication 0; None without any.

    Each class has a row and each scenario a column, with the same scale; of many classes those have rows that are in
    the port most. All are over the measured time, less the mean rate at which the class came in the first scenario:
    curves that climb for weeks lie too close to be read.
    """
    time_min, labels = _list_times(study), list(study.visits)
    counts = {(label, name): count_through(study.visits[label], name, time_min) for label in labels for name in classes}
    shown = _choose(classes, counts, labels[0])
    if not shown:
        return None
    figure = Figure(figsize=(2.0 + 5.0 * len(labels), 2.5 * len(shown)), layout="constrained")
    panels = figure.subplots(len(shown), len(labels), squeeze=False, sharex=True, sharey="row")
    for row, name in zip(panels, shown, strict=True):
        per_min = counts[labels[0], name][0, -1] / (time_min[-1] - time_min[0])
        trend = per_min * (time_min - time_min[0])
        for axes, label in zip(row, labels, strict=True):
            plot_counts(axes, study, (label, name), (time_min, counts[label, name] - trend), language)
        row[0].set_ylabel(FIGURE_WORDS[language]["vehicles_less"].format(rate=f"{60.0 * per_min:.1f}"))
    scenario = next(iter(study.scenarios.values()))
    for axes in panels[-1]:
        mark_days(axes, scenario, Window.of(scenario.horizon), language)
    return figure


def _list_times(study: Study) -> FloatArray:
    days = Window.of(next(iter(study.scenarios.values())).horizon)
    return np.arange(days.begin, days.end + 1.0, STEP_MIN)


def _choose(classes: list[str], counts: Mapping[tuple[str, str], FloatArray], label: str) -> list[str]:
    """Return the classes of which most are in the port in a scenario, in their order; none that never come."""
    present = {name: float(-np.diff(counts[label, name], axis=0).mean()) for name in classes}
    most = sorted(classes, key=lambda name: -present[name])[:MOST_CLASSES]
    return [name for name in classes if name in most and counts[label, name].any()]


def plot_counts(
    axes: Axes, study: Study, who: tuple[str, str], curves: tuple[FloatArray, FloatArray], language: Language = "en"
) -> None:
    """Draw those of (scenario, class) that came, in grey, and below it those that left: (minutes, counts)."""
    say, (label, name), (time_min, (came, left)) = FIGURE_WORDS[language], who, curves
    colour = COLOURS[list(study.scenarios).index(label) % len(COLOURS)]
    axes.fill_between(time_min, left, came, color=colour, alpha=0.18, lw=0)
    axes.plot(time_min, came, color="0.3", lw=1.2)
    axes.plot(time_min, left, color=colour, lw=1.4)
    axes.grid(axis="x", color="0.92", lw=0.7)
    hours = float(np.trapezoid(came - left, time_min)) / 60.0
    text = say["stay"].format(name=name_scenario(label, language), hours=f"{hours:,.0f}")
    scenario = next(iter(study.scenarios.values()))
    used = list_above(axes, [(text, colour)], WIDEST)
    title = say["came_and_left"].format(name=name_of(scenario.demand.classes[name], language))
    head(axes, break_text(title, WIDEST), 6 + used)


def count_through(visits: Visits, name: str, time_min: FloatArray) -> FloatArray:
    """Return how many of a class have come to the port and how many have left it by each time, shape (2, times).

    Both count from the first time; whoever is there then has come before it, so the second may begin below 0.
    """
    mine = visits.movements.vehicle == visits.movements.classes.index(name)
    moments = visits.movements.arrival_min[mine], visits.gone_min[mine]
    came, left = (np.searchsorted(ascending(each), time_min, side="right") for each in moments)
    return np.array([came - came[0], left - came[0]], dtype=np.float64)
