"""The picture of many policies: what each takes, beside what it brings."""

from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.study.comparison import summarise
from sim.study.replication import Study
from sim.views.figures import COLOURS

LEGEND = (
    "filled: release time, from entering our side to leaving it; "
    "hollow: both sides of the border, waiting abroad included; bars: intervals of the mean"
)


def plot_frontier(study: Study, path: Path, classes: tuple[str, ...], confidence: float = 0.95) -> None:
    """Draw staff-hours per day on our side beside mean release and crossing hours of each class, as PNG.

    Each scenario has a row, in the order of the study, the baseline in its own colour.
    """
    scenario = next(iter(study.scenarios.values()))
    summary = summarise(study.outcomes, confidence)
    labels = list(study.scenarios)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(3.6 + 2.2 * len(classes), 1.2 + 0.3 * len(labels)), layout="constrained")
        panels = figure.subplots(1, 1 + len(classes), sharey=True)
        _draw_staff(panels[0], _find(summary, labels, "port", "staff_hours"))
        for axes, name in zip(panels[1:], classes, strict=True):
            _draw_hours(axes, _find(summary, labels, name, "crossing_mean"), filled=False)
            _draw_hours(axes, _find(summary, labels, name, "release_mean"), filled=True)
            _head(axes, scenario.demand.classes[name].label)
            axes.set_xlabel("mean hours")
        panels[0].set_yticks(np.arange(len(labels)), labels)
        panels[0].set_ylim(len(labels) - 0.5, -0.5)
        figure.supxlabel(LEGEND, fontsize=8, x=0.01, ha="left")
        figure.savefig(path, dpi=130)


def _draw_staff(axes: Axes, values: pl.DataFrame) -> None:
    _head(axes, "staff-hours per day, our side")
    bars = axes.barh(np.arange(len(values)), values["mean"], height=0.6, color=_colours(len(values)), alpha=0.35)
    axes.bar_label(bars, [f" {value:,.0f}" for value in values["mean"]], label_type="edge")
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.margins(x=0.25)


def _draw_hours(axes: Axes, values: pl.DataFrame, filled: bool) -> None:
    axes.axvline(values["mean"][0], color=COLOURS[0], lw=0.7, ls="-" if filled else ":", zorder=0)
    for place, (row, colour) in enumerate(zip(values.iter_rows(named=True), _colours(len(values)), strict=True)):
        face = colour if filled else "white"
        axes.errorbar(row["mean"], place, xerr=row["half_width"], fmt="o", ms=5, color=colour, mfc=face, capsize=2)
    axes.set_xlim(left=0)
    axes.grid(axis="y", color="0.9", lw=0.6)
    axes.tick_params(axis="y", length=0)


def _head(axes: Axes, title: str) -> None:
    axes.set_title(fill(title, 20), loc="left", fontweight="bold", fontsize=9)


def _colours(count: int) -> list[str]:
    return [COLOURS[0], *[COLOURS[1]] * (count - 1)]


def _find(summary: pl.DataFrame, labels: list[str], name: str, measure: str) -> pl.DataFrame:
    """Return mean and half_width of one outcome, a row for each scenario."""
    scopes = pl.col("scope").is_in(["port", "class"])
    found = summary.filter(scopes & (pl.col("name") == name) & (pl.col("measure") == measure))
    return pl.DataFrame({"scenario": labels}).join(found, on="scenario", how="left", maintain_order="left")
