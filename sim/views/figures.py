"""The figure of a comparison: who is held up over the week, and where a vehicle's hours go."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.outcomes.series import GRID_MIN
from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.replication import Study
from sim.views.figure_words import FIGURE_WORDS
from sim.views.labels import choose_style, list_above
from sim.views.naming import break_text, name_clock, name_of, name_scenario, title_study
from sim.views.phrases import Language
from sim.views.steps import Step, find_steps, read_hours

FloatArray = NDArray[np.float64]

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe and Ito's palette, told apart by colour-blind readers; the baseline comes first."""
DAY_MIN, WEEK_MIN = 1440.0, 10080.0
FEW_MIN = 240.0
"""Of vehicles with a timetable the mean over so many minutes is drawn: half-hours would jump between 0 and 1."""
STEP_INCHES = 0.19
"""Height of a step's bars, with a name beside them that can be read."""
WIDEST = 56
"""Letters of a line above the axes."""
LOWEST = 3.3
"""Inches that a row has at least."""
MOST = 4
"""Classes of vehicles, and of cargo, that have panels at a port with terminals: more would not be read."""


def plot_comparison(study: Study, path: Path, language: Language = "en") -> None:
    """Draw the figure of a comparison, as PNG."""
    with mpl.rc_context(choose_look(language)):
        draw_comparison(study, language).savefig(path, dpi=130)


def choose_look(language: Language) -> Any:
    """Return matplotlib's settings for figures with bars of several shades."""
    return choose_style(language) | {"hatch.linewidth": 0.6}


def draw_comparison(study: Study, language: Language) -> Figure:
    """Return the week's held-up vehicles and the hours by step of every class that crosses the border.

    Each class has a row; each scenario has one colour throughout, named at its line or bar. Where there are
    terminals, hours are those on both sides of the border, of at most `MOST` classes of which most are there, and
    those of cargo follow, two classes in a row.
    """
    scenario = next(iter(study.scenarios.values()))
    crossing, cargo = choose_classes(study)
    summary = summarise(study.outcomes)
    rows = [[name] for name in crossing] + [cargo[first : first + 2] for first in range(0, len(cargo), 2)]
    heights = [max(find_height(scenario, name) for name in row) for row in rows]
    figure = Figure(figsize=(12.5 if max(heights) == LOWEST else 14.0, sum(heights) + 0.5), layout="constrained")
    axes = figure.subplots(len(heights), 2, squeeze=False, width_ratios=(1.15, 1.0), height_ratios=heights)
    for panels, name in zip(axes, crossing, strict=False):
        plot_week(panels[0], study, name, language)
        plot_steps(panels[1], study, summary, name, language)
    below = axes[len(crossing) :].ravel()
    for panel, name in zip(below, cargo, strict=False):
        plot_steps(panel, study, summary, name, language)
    for panel in below[len(cargo) :]:
        panel.remove()
    figure.suptitle(title_study(scenario, list(study.scenarios), language), fontsize=12, x=0.01, ha="left")
    return figure


def draw_weeks(study: Study, classes: Sequence[str], language: Language) -> Figure | None:
    """Return the mean week of held-up vehicles of each class, below each other; None without classes."""
    if not classes:
        return None
    figure = Figure(figsize=(10.0, LOWEST * len(classes)), layout="constrained")
    for axes, name in zip(figure.subplots(len(classes), 1, squeeze=False)[:, 0], classes, strict=True):
        plot_week(axes, study, name, language)
    return figure


def draw_steps(study: Study, summary: pl.DataFrame, classes: Sequence[str], language: Language) -> Figure | None:
    """Return the hours by step of each class, below each other; None without classes."""
    if not classes:
        return None
    heights = [find_height(next(iter(study.scenarios.values())), name) for name in classes]
    figure = Figure(figsize=(10.0, sum(heights)), layout="constrained")
    panels = figure.subplots(len(classes), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, name in zip(panels, classes, strict=True):
        plot_steps(axes, study, summary, name, language)
    return figure


def find_height(scenario: Scenario, name: str) -> float:
    """Return the inches that a class's bars need."""
    return max(LOWEST, STEP_INCHES * len(find_steps(scenario, name)) + 1.0)


def choose_classes(study: Study) -> tuple[list[str], list[str]]:
    """Return the classes of vehicles that cross, and of cargo, that have panels; with terminals not all have."""
    scenario = next(iter(study.scenarios.values()))
    classes = scenario.demand.classes
    crossing = [name for name in classes if not scenario.is_local(name) and not scenario.is_cargo(name)]
    cargo = [name for name in classes if scenario.is_cargo(name)]
    if not scenario.port.terminals:
        return crossing, cargo
    present = study.outcomes.filter(measure="present_mean").group_by("name").agg(pl.col("value").mean())
    number = dict(present.iter_rows())
    return _most(crossing, number), _most(cargo, number)


def _most(names: list[str], number: Mapping[str, float]) -> list[str]:
    """Return the names of which most are there, as many as there is room for, in their order."""
    kept = sorted(names, key=lambda name: -number.get(name, 0.0))[:MOST]
    return [name for name in names if name in kept]


def plot_week(axes: Axes, study: Study, name: str, language: Language = "en") -> None:
    """Draw how many vehicles of a class wait or are blocked on our side, by hour of the week."""
    scenario = next(iter(study.scenarios.values()))
    few = scenario.demand.classes[name].timetable is not None
    say, names, most = FIGURE_WORDS[language], [], 0.0
    for colour, (text, runs) in zip(COLOURS, study.series.items(), strict=False):
        counts = [run.held_up[run.classes.index(name)] for run in runs]
        hours, mean = _mean_week(study.scenarios[text], counts, runs[0].grid_min, FEW_MIN if few else GRID_MIN)
        axes.plot(hours, mean, color=colour, lw=1.6, drawstyle="steps-post" if few else "default")
        axes.fill_between(hours, 0, mean, color=colour, alpha=0.12, lw=0, step="post" if few else None)
        peak = f"{mean.max():,.{1 if few else 0}f}"
        names.append((say["at_most"].format(name=name_scenario(text, language), most=peak), colour))
        most = max(most, mean.max())
    _head(axes, say["held_up"].format(name=name_of(scenario.demand.classes[name], language)), names)
    axes.set(xlim=(0, 168), ylim=(0, None if most else 1.0), ylabel=say["vehicles"])
    axes.set_xticks(np.arange(7) * 24 + 12, say["days"].split())
    axes.tick_params(axis="x", length=0)
    for day in range(1, 7):
        axes.axvline(24.0 * day, color="0.85", lw=0.7, zorder=0)
    axes.set_xlabel(say["week_axis"].format(clock=name_clock(scenario, language)))


def plot_steps(axes: Axes, study: Study, summary: pl.DataFrame, name: str, language: Language = "en") -> None:
    """Draw hours per vehicle or unit at each step: solid is work, pale is waiting, hatched is blocked.

    Without terminals they are the steps on our side; otherwise those of both, and beyond the border is shaded.
    """
    scenario = next(iter(study.scenarios.values()))
    say, (steps, hours_of) = FIGURE_WORDS[language], read_hours(study, summary, name)
    height = 0.8 / len(study.scenarios)
    names = []
    for place, (colour, (label, hours)) in enumerate(zip(COLOURS, hours_of.items(), strict=False)):
        _stack_bars(axes, np.arange(len(steps)) - 0.4 + height * (place + 0.5), height, hours, colour)
        beyond = hours[:, [step.beyond for step in steps]].sum()
        more = say["beyond_h"].format(hours=f"{beyond:.1f}") if 0.0 < beyond < hours.sum() else ""
        total = say["total_h"].format(name=name_scenario(label, language), hours=f"{hours.sum():.1f}")
        names.append((f"{total}{more}", colour))
    for place in (place for place, step in enumerate(steps) if step.beyond):
        axes.axhspan(place - 0.5, place + 0.5, color="0.93", lw=0, zorder=0)
    title = say["hours_by_step" if scenario.port.terminals else "release_by_step"]
    _head(axes, break_text(title.format(name=name_of(scenario.demand.classes[name], language)), WIDEST), names)
    axes.set_yticks(np.arange(len(steps)), [name_of(step, language) for step in steps])
    axes.set(ylim=(len(steps) - 0.5, -0.5))
    axes.set_xlabel(_explain_bars(scenario, name, steps, language))


def _explain_bars(scenario: Scenario, name: str, steps: list[Step], language: Language) -> str:
    say = FIGURE_WORDS[language]
    if not scenario.port.terminals:
        return say["bars_plain"]
    shaded = say["shaded_beyond"] if any(step.beyond for step in steps) else ""
    return say["bars_cargo" if scenario.is_cargo(name) else "bars_vehicle"].format(shaded=shaded)


def _stack_bars(axes: Axes, at: NDArray[np.floating], height: float, hours: FloatArray, colour: str) -> None:
    left = np.cumsum(hours, axis=0) - hours
    for part, (alpha, hatch) in enumerate(((1.0, None), (1.0, None), (0.35, None), (0.35, "////"))):
        axes.barh(
            at, hours[part], height * 0.92, left=left[part], color=colour, alpha=alpha, hatch=hatch, edgecolor="w", lw=0
        )


def _head(axes: Axes, title: str, names: list[tuple[str, str]]) -> None:
    """Put a title above the axes and below it each scenario's name in its colour."""
    used = list_above(axes, names, WIDEST)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", pad=8 + used)


def _mean_week(
    scenario: Scenario, counts: Sequence[NDArray[np.int64]], grid_min: FloatArray, cell_min: float
) -> tuple[FloatArray, FloatArray]:
    """Return hours from Monday 00:00 and the mean count in each cell, over replications and measured weeks."""
    measured = grid_min >= scenario.horizon.warmup_min
    minute = (grid_min[measured] + scenario.start.weekday() * DAY_MIN) % WEEK_MIN
    mean = np.mean([count[measured] for count in counts], axis=0)
    at, where = np.unique(minute // cell_min * cell_min, return_inverse=True)
    return at / 60.0, np.bincount(where, mean) / np.bincount(where)
