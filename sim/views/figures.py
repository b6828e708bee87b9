"""The figure of a comparison: who is held up over the week, and where a vehicle's hours go."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.scenario.hours import DAYS
from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.replication import Study

FloatArray = NDArray[np.float64]

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe and Ito's palette, told apart by colour-blind readers; the baseline comes first."""
PARTS = ("processing", "driving", "waiting", "blocked")
DAY_MIN, WEEK_MIN = 1440.0, 10080.0
STEP_INCHES = 0.19
"""Height of a step's bars, with a name beside them that can be read."""


def plot_comparison(study: Study, path: Path) -> None:
    """Draw the week's held-up vehicles and the release time by step of every class that comes to the port, as PNG.

    Each class has a row; each scenario has one colour throughout, named at its line or bar.
    """
    scenario = next(iter(study.scenarios.values()))
    classes = [name for name in scenario.demand.classes if not scenario.is_local(name)]
    summary = summarise(study.outcomes)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "hatch.linewidth": 0.6}):
        heights = [max(3.3, STEP_INCHES * len(_steps_of(study, name)[0]) + 1.0) for name in classes]
        figure = Figure(figsize=(12.5 if max(heights) == 3.3 else 14.0, sum(heights) + 0.5), layout="constrained")
        axes = figure.subplots(len(classes), 2, squeeze=False, width_ratios=(1.15, 1.0), height_ratios=heights)
        for row, name in enumerate(classes):
            plot_week(axes[row, 0], study, name)
            plot_steps(axes[row, 1], study, summary, name)
        figure.suptitle(f"{scenario.port.name}: {_versus(list(study.scenarios))}", fontsize=12, x=0.01, ha="left")
        figure.savefig(path, dpi=130)


def plot_week(axes: Axes, study: Study, name: str) -> None:
    """Draw how many vehicles of a class wait or are blocked on our side, by hour of the week."""
    scenario = next(iter(study.scenarios.values()))
    names = []
    for colour, (text, runs) in zip(COLOURS, study.series.items(), strict=False):
        counts = [run.held_up[run.classes.index(name)] for run in runs]
        hours, mean = _mean_week(study.scenarios[text], counts, runs[0].grid_min)
        axes.plot(hours, mean, color=colour, lw=1.6)
        axes.fill_between(hours, 0, mean, color=colour, alpha=0.12, lw=0)
        names.append((f"{text}: at most {mean.max():,.0f}", colour))
    _head(axes, f"{scenario.demand.classes[name].label}: how many are held up on our side", names)
    axes.set(xlim=(0, 168), ylim=(0, None), ylabel="vehicles")
    axes.set_xticks(np.arange(7) * 24 + 12, DAYS)
    axes.tick_params(axis="x", length=0)
    for day in range(1, 7):
        axes.axvline(24.0 * day, color="0.85", lw=0.7, zorder=0)
    axes.set_xlabel(f"mean week; lines are midnights on the {scenario.port.timezone.split('/')[-1]} clock")


def plot_steps(axes: Axes, study: Study, summary: pl.DataFrame, name: str) -> None:
    """Draw hours per vehicle at each step on our side: solid is work, pale is waiting, hatched is blocked."""
    steps, labels = _steps_of(study, name)
    height = 0.8 / len(study.scenarios)
    names = []
    for place, (colour, scenario) in enumerate(zip(COLOURS, study.scenarios, strict=False)):
        hours = _hours_by_step(summary, scenario, name, steps)
        _stack_bars(axes, np.arange(len(steps)) - 0.4 + height * (place + 0.5), height, hours, colour)
        names.append((f"{scenario}: {hours.sum():.1f} h", colour))
    vehicle = next(iter(study.scenarios.values())).demand.classes[name]
    _head(axes, f"{vehicle.label}: release time by step", names)
    axes.set_yticks(np.arange(len(steps)), labels)
    axes.set(ylim=(len(steps) - 0.5, -0.5))
    axes.set_xlabel("hours per vehicle (solid: work, pale: waiting, hatched: next step is full)")


def _stack_bars(axes: Axes, at: NDArray[np.floating], height: float, hours: FloatArray, colour: str) -> None:
    left = np.cumsum(hours, axis=0) - hours
    for part, (alpha, hatch) in enumerate(((1.0, None), (1.0, None), (0.35, None), (0.35, "////"))):
        axes.barh(
            at, hours[part], height * 0.92, left=left[part], color=colour, alpha=alpha, hatch=hatch, edgecolor="w", lw=0
        )


def _head(axes: Axes, title: str, names: list[tuple[str, str]]) -> None:
    """Put a title above the axes and below it each scenario's name in its colour."""
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", pad=8 + 12 * len(names))
    for place, (text, colour) in enumerate(reversed(names)):
        axes.annotate(text, (0.0, 1.0), (0, 5 + 12 * place), "axes fraction", "offset points", color=colour)


def _mean_week(
    scenario: Scenario, counts: Sequence[NDArray[np.int64]], grid_min: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return hours from Monday 00:00 and the mean count there, over replications and measured weeks."""
    measured = grid_min >= scenario.horizon.warmup_min
    minute = (grid_min[measured] + scenario.start.weekday() * DAY_MIN) % WEEK_MIN
    mean = np.mean([count[measured] for count in counts], axis=0)
    at, where = np.unique(minute, return_inverse=True)
    return at / 60.0, np.bincount(where, mean) / np.bincount(where)


def _steps_of(study: Study, name: str) -> tuple[list[str], list[str]]:
    """Return the keys and labels of the steps of a class on our side, in their order, each inspection site as one."""
    scenario = next(iter(study.scenarios.values()))
    port = scenario.port
    routes = port.routes_of(scenario.demand.classes[name].route).values()
    steps = list(dict.fromkeys(key for route in routes for key in route.through if port.is_ours(key)))
    return steps, [port.stop(key).label for key in steps]


def _hours_by_step(summary: pl.DataFrame, scenario: str, name: str, steps: list[str]) -> FloatArray:
    """Return mean hours, shape (parts, steps); stations of one inspection site are added up."""
    rows = summary.filter((pl.col("scenario") == scenario) & (pl.col("scope") == "step")).with_columns(
        vehicle=pl.col("name").str.split("/").list.first(),
        step=pl.col("name").str.split("/").list.last().str.split(".").list.first(),
    )
    sums = rows.filter(pl.col("vehicle") == name).group_by("step", "measure").agg(pl.col("mean").sum())
    found = {(step, measure): value for step, measure, value in sums.iter_rows()}
    return np.array([[found.get((step, part), 0.0) for step in steps] for part in PARTS])


def _versus(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{'; '.join(labels[1:])} against {labels[0]}"
