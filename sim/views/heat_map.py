"""The heat map of use: which lanes are busy at which hour of the week, and when they are closed."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.outcomes import UseByHour, read_use_by_hour
from sim.outcomes.use_by_hour import WEEK_H
from sim.study.replication import Study
from sim.views.explain import name_cause
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import break_label
from sim.views.naming import name_clock, name_port, name_scenario
from sim.views.phrases import Language
from sim.views.roads import DENSITIES

ROW_INCHES, BAR_INCHES = 0.21, 4.0
MOST_ROWS = 32
"""Of more stations, those are shown of whose time most is used in any scenario."""
CLOSED = "0.75"


def draw_use(study: Study, language: Language) -> Figure | None:
    """Return the share of scheduled server time in use, stations against hours of the week, of replication 0.

    Each scenario has a panel, with the same stations; None if nobody is served anywhere.
    """
    uses = {label: read_use_by_hour(study.drawn(label), visits) for label, visits in study.visits.items()}
    stations = choose_stations(list(uses.values()))
    if not stations:
        return None
    scenario = next(iter(study.scenarios.values()))
    height = ROW_INCHES * len(stations) + 0.7
    figure = Figure(figsize=(11.0, height * len(uses) + 0.9), layout="constrained")
    panels = figure.subplots(len(uses), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (label, use) in zip(panels, uses.items(), strict=True):
        plot_use(axes, use, stations)
        axes.set_yticks(np.arange(len(stations)) + 0.5, [name_cause(scenario, each, language) for each in stations])
        colour = COLOURS[list(uses).index(label) % len(COLOURS)]
        axes.set_title(break_label(name_scenario(label, language), 90), loc="left", fontsize=9.5, color=colour)
    _mark_week(panels[-1], study, language)
    shrink = min(BAR_INCHES / (height * len(uses)), 1.0)
    colours = ScalarMappable(Normalize(0.0, 100.0), DENSITIES)
    bar = figure.colorbar(colours, ax=list(panels), pad=0.01, aspect=20, shrink=shrink, anchor=(0.0, 1.0))
    bar.set_label(FIGURE_WORDS[language]["use_axis"])
    bar.outline.set_visible(False)
    figure.suptitle(FIGURE_WORDS[language]["use"].format(name=name_port(scenario, language)), x=0.01, ha="left")
    return figure


def choose_stations(uses: list[UseByHour]) -> list[str]:
    """Return the stations that are shown, in the order in which they are first found."""
    most: dict[str, float] = {}
    for use in uses:
        for key, used, scheduled in zip(use.stations, use.used_h.sum(axis=1), use.scheduled_h.sum(axis=1), strict=True):
            most[key] = max(most.get(key, 0.0), float(used / scheduled) if scheduled else 0.0)
    fullest = sorted(most, key=lambda key: -most[key])[:MOST_ROWS]
    return [key for key in most if key in fullest]


def plot_use(axes: Axes, use: UseByHour, stations: list[str]) -> None:
    """Draw a row for each station and a column for each hour of the week; hatched while closed, or not there."""
    share = np.full((len(stations), WEEK_H), np.nan)
    there = [row for row, key in enumerate(stations) if key in use.stations]
    share[there] = use.share[[use.stations.index(stations[row]) for row in there]]
    axes.patch.set(hatch="////", facecolor="white", edgecolor=CLOSED, lw=0)  # seen where no cell covers it
    edges = np.arange(WEEK_H + 1), np.arange(len(stations) + 1)
    cells = axes.pcolormesh(*edges, np.ma.masked_invalid(share), cmap=DENSITIES, vmin=0.0, vmax=1.0)
    cells.set_rasterized(True)
    axes.set(xlim=(0, WEEK_H), ylim=(len(stations), 0))
    axes.tick_params(axis="y", length=0)
    for day in range(1, 7):
        axes.axvline(24.0 * day, color="0.6", lw=0.7)


def _mark_week(axes: Axes, study: Study, language: Language) -> None:
    """Write the weekdays below the axes, and which clock and run it is."""
    say, scenario = FIGURE_WORDS[language], next(iter(study.scenarios.values()))
    axes.set_xticks(np.arange(7) * 24 + 12, say["days"].split())
    axes.tick_params(axis="x", length=0)
    clock, days = name_clock(scenario, language), scenario.horizon.days
    axes.set_xlabel(say["hour_of_week"].format(clock=clock, runs=study.replications, days=days))
