"""The figure of a comparison: who is held up over the week, and where a vehicle's hours go."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.outcomes.series import GRID_MIN
from sim.scenario.hours import DAYS
from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.replication import Study
from sim.views.labels import list_above
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


def plot_comparison(study: Study, path: Path) -> None:
    """Draw the week's held-up vehicles and the hours by step of every class that crosses the border, as PNG.

    Each class has a row; each scenario has one colour throughout, named at its line or bar. Where there are
    terminals, hours are those on both sides of the border, of at most `MOST` classes of which most are there, and
    those of cargo follow, two classes in a row.
    """
    scenario = next(iter(study.scenarios.values()))
    crossing, cargo = choose_classes(study)
    summary = summarise(study.outcomes)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "hatch.linewidth": 0.6}):
        rows = [[name] for name in crossing] + [cargo[first : first + 2] for first in range(0, len(cargo), 2)]
        heights = [max(_height(find_steps(scenario, name)) for name in row) for row in rows]
        figure = Figure(figsize=(12.5 if max(heights) == LOWEST else 14.0, sum(heights) + 0.5), layout="constrained")
        axes = figure.subplots(len(heights), 2, squeeze=False, width_ratios=(1.15, 1.0), height_ratios=heights)
        for panels, name in zip(axes, crossing, strict=False):
            plot_week(panels[0], study, name)
            plot_steps(panels[1], study, summary, name)
        below = axes[len(crossing) :].ravel()
        for panel, name in zip(below, cargo, strict=False):
            plot_steps(panel, study, summary, name)
        for panel in below[len(cargo) :]:
            panel.remove()
        figure.suptitle(f"{scenario.port.name}: {versus(list(study.scenarios))}", fontsize=12, x=0.01, ha="left")
        figure.savefig(path, dpi=130)


def _height(steps: list[Step]) -> float:
    return max(LOWEST, STEP_INCHES * len(steps) + 1.0)


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


def plot_week(axes: Axes, study: Study, name: str) -> None:
    """Draw how many vehicles of a class wait or are blocked on our side, by hour of the week."""
    scenario = next(iter(study.scenarios.values()))
    few = scenario.demand.classes[name].timetable is not None
    names, most = [], 0.0
    for colour, (text, runs) in zip(COLOURS, study.series.items(), strict=False):
        counts = [run.held_up[run.classes.index(name)] for run in runs]
        hours, mean = _mean_week(study.scenarios[text], counts, runs[0].grid_min, FEW_MIN if few else GRID_MIN)
        axes.plot(hours, mean, color=colour, lw=1.6, drawstyle="steps-post" if few else "default")
        axes.fill_between(hours, 0, mean, color=colour, alpha=0.12, lw=0, step="post" if few else None)
        names.append((f"{text}: at most {mean.max():,.{1 if few else 0}f}", colour))
        most = max(most, mean.max())
    _head(axes, f"{scenario.demand.classes[name].label}: how many are held up on our side", names)
    axes.set(xlim=(0, 168), ylim=(0, None if most else 1.0), ylabel="vehicles")
    axes.set_xticks(np.arange(7) * 24 + 12, DAYS)
    axes.tick_params(axis="x", length=0)
    for day in range(1, 7):
        axes.axvline(24.0 * day, color="0.85", lw=0.7, zorder=0)
    axes.set_xlabel(f"mean week; lines are midnights on the {scenario.port.timezone.split('/')[-1]} clock")


def plot_steps(axes: Axes, study: Study, summary: pl.DataFrame, name: str) -> None:
    """Draw hours per vehicle or unit at each step: solid is work, pale is waiting, hatched is blocked.

    Without terminals they are the steps on our side; otherwise those of both, and beyond the border is shaded.
    """
    scenario = next(iter(study.scenarios.values()))
    steps, hours_of = read_hours(study, summary, name)
    height = 0.8 / len(study.scenarios)
    names = []
    for place, (colour, (label, hours)) in enumerate(zip(COLOURS, hours_of.items(), strict=False)):
        _stack_bars(axes, np.arange(len(steps)) - 0.4 + height * (place + 0.5), height, hours, colour)
        beyond = hours[:, [step.beyond for step in steps]].sum()
        more = f", {beyond:.1f} h beyond the border" if 0.0 < beyond < hours.sum() else ""
        names.append((f"{label}: {hours.sum():.1f} h{more}", colour))
    for place in (place for place, step in enumerate(steps) if step.beyond):
        axes.axhspan(place - 0.5, place + 0.5, color="0.93", lw=0, zorder=0)
    title = "hours by step" if scenario.port.terminals else "release time by step"
    _head(axes, fill(f"{scenario.demand.classes[name].label}: {title}", WIDEST), names)
    axes.set_yticks(np.arange(len(steps)), [step.label for step in steps])
    axes.set(ylim=(len(steps) - 0.5, -0.5))
    axes.set_xlabel(_explain_bars(scenario, name, steps))


def _explain_bars(scenario: Scenario, name: str, steps: list[Step]) -> str:
    if not scenario.port.terminals:
        return "hours per vehicle (solid: work, pale: waiting, hatched: next step is full)"
    shaded = "; shaded: beyond the border" if any(step.beyond for step in steps) else ""
    if scenario.is_cargo(name):
        return f"hours per unit (solid: work and ride, pale: waiting,\nhatched: aboard{shaded})"
    return f"hours per vehicle (solid: work, pale: waiting,\nhatched: next step is full{shaded})"


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


def versus(labels: list[str]) -> str:
    """Return which scenarios are compared with the first."""
    return labels[0] if len(labels) == 1 else f"{'; '.join(labels[1:])} against {labels[0]}"
