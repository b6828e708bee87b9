"""The picture of many policies: what each takes, against what it brings."""

from pathlib import Path

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure

from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.replication import Study
from sim.views.figures import COLOURS


def plot_frontier(study: Study, path: Path, classes: tuple[str, ...], confidence: float = 0.95) -> None:
    """Draw staff-hours per day on our side against mean release time, one panel per class, as PNG.

    Lower left is better. Bars are intervals of the mean over replications.
    """
    scenario = next(iter(study.scenarios.values()))
    summary = summarise(study.outcomes, confidence)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(6.4 * len(classes), 4.6), layout="constrained")
        panels = figure.subplots(1, len(classes), squeeze=False)[0]
        for axes, name in zip(panels, classes, strict=True):
            for place, row in enumerate(_points(summary, scenario, name).iter_rows(named=True)):
                colour = COLOURS[0] if place == 0 else COLOURS[1]
                axes.errorbar(row["staff"], row["hours"], row["half_width"], fmt="o", ms=5, color=colour, capsize=2)
                axes.annotate(
                    row["scenario"], (row["staff"], row["hours"]), (7, 4), textcoords="offset points", color=colour
                )
            axes.set_title(scenario.demand.classes[name].label, loc="left", fontweight="bold", fontsize=10)
            axes.set(xlabel="staff-hours per day, our side", ylabel="release time, mean hours")
            axes.set_ylim(bottom=0)
            axes.margins(x=0.28)
        figure.savefig(path, dpi=130)


def _points(summary: pl.DataFrame, scenario: Scenario, name: str) -> pl.DataFrame:
    """Return scenario, staff, hours and half_width for one class."""
    staff = summary.filter((pl.col("scope") == "port") & (pl.col("measure") == "staff_hours"))
    hours = summary.filter(
        (pl.col("scope") == "class") & (pl.col("name") == name) & (pl.col("measure") == "release_mean")
    )
    return hours.select("scenario", "half_width", hours="mean").join(
        staff.select("scenario", staff="mean"), on="scenario", maintain_order="left"
    )
