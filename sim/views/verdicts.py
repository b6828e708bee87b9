"""What the model says about natural experiments beside what was reported: tables, and a figure."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.study.natural import NaturalExperiment, Report, compare_cases, give_verdict, load_cases, predict
from sim.study.replication import replicate_scenarios
from sim.views.figures import COLOURS
from sim.views.labels import STYLE
from sim.views.markdown import format_difference, format_table, write_tables
from sim.views.progress import show_progress

LOOKS = {  # of verdicts: colour, marker, filled
    "inside": (COLOURS[1], "o", True),
    "undecided": (COLOURS[5], "D", True),
    "outside": (COLOURS[0], "X", True),
    "not identifiable": ("0.3", "o", False),
}
SIGNED = ("difference", "change")


def run_and_write(
    experiment: NaturalExperiment, horizon: str, replications: int, out: Path, workers: int | None
) -> pl.DataFrame:
    """Run all cases with the same luck, write `table.csv` to a folder, and return the table."""
    scenarios = load_cases(experiment, horizon)
    with show_progress(replications * len(scenarios)) as tick:
        study = replicate_scenarios(scenarios, replications, seed=1, workers=workers, on_done=tick)
    table = compare_cases(experiment, study.outcomes)
    table.write_csv(out / "table.csv", float_precision=4)
    return table


def run_and_draw(
    experiment: NaturalExperiment,
    horizon: str = "",
    replications: int = 0,
    out: Path | None = None,
    workers: int | None = None,
) -> pl.DataFrame:
    """Run all cases, write `table.csv` and `figure.png` to a folder, and return the table.

    Horizon, replications and folder are the experiment's own unless they are given.
    """
    folder = out or experiment.folder
    table = run_and_write(
        experiment, horizon or experiment.horizon, replications or experiment.replications, folder, workers
    )
    plot_verdicts(experiment, table, folder / "figure.png")
    return table


def run_and_publish(experiment: NaturalExperiment) -> None:
    """Run all cases in full, and put the tables into the README of the experiment's folder."""
    run_and_draw(experiment)
    table = pl.read_csv(experiment.folder / "table.csv")
    write_tables(experiment.folder / "README.md", format_tables(experiment, table))


def format_tables(experiment: NaturalExperiment, table: pl.DataFrame) -> str:
    """Return Markdown tables: the verdicts, and all that was read."""
    return (
        "**Verdicts.**\n\n"
        + _format_verdicts(experiment, table)
        + "\n\n**All that was read**, before and after.\n\n"
        + _format_cases(experiment, table)
    )


def _format_verdicts(experiment: NaturalExperiment, table: pl.DataFrame) -> str:
    lines = []
    for report in experiment.every_report():
        value, half_width = predict(table, report)
        measure = experiment.measures[report.measure]
        text = format_difference(value, half_width) if report.of in SIGNED else f"{value:,.2f} ± {half_width:,.2f}"
        lines.append(
            [
                report.case,
                measure.label,
                report.text,
                f"{text} {_unit(experiment, report)}",
                give_verdict(table, report),
            ]
        )
    return format_table(["lever", "what", "reported", "predicted", "verdict"], lines)


def _format_cases(experiment: NaturalExperiment, table: pl.DataFrame) -> str:
    lines = []
    for name, case in experiment.every_case().items():
        for measure in case.measures:
            row = table.row(by_predicate=(pl.col("policy") == name) & (pl.col("measure") == measure), named=True)
            change = format_difference(row["difference"], row["half_width"])
            lines.append([name, row["name"], row["unit"], f"{row['baseline']:,.2f}", f"{row['other']:,.2f}", change])
    return format_table(["lever", "what", "unit", "before", "after", "difference"], lines)


def _unit(experiment: NaturalExperiment, report: Report) -> str:
    return "%" if report.of == "change" else experiment.measures[report.measure].unit


def plot_verdicts(experiment: NaturalExperiment, table: pl.DataFrame, path: Path) -> None:
    """Draw what was reported as grey bars and what is predicted as points with intervals, as PNG.

    A panel for each unit; below each report it is drawn again for each end of each assumed range.
    """
    panels: dict[str, list[Report]] = {}
    for report in experiment.every_report():
        change = "change in " if report.of in SIGNED else ""
        panels.setdefault(f"{change}{_unit(experiment, report)}", []).append(report)
    rows = [len(reports) + 1.2 for reports in panels.values()]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11.5, 1.1 + 0.34 * sum(rows)), layout="constrained")
        several = figure.subplots(len(rows), 1, height_ratios=rows, squeeze=False)[:, 0]
        for axes, (unit, reports) in zip(several, panels.items(), strict=True):
            draw_reports(axes, table, reports, [_name(experiment, report) for report in reports])
            axes.set_xlabel(unit)
        figure.legend(handles=explain_looks(), loc="outside lower left", ncols=5)
        figure.savefig(path, dpi=130)


def _name(experiment: NaturalExperiment, report: Report) -> str:
    if report.case not in experiment.cases:
        return report.case.rpartition("; ")[2]
    return f"{report.case}: {experiment.measures[report.measure].label}\n[{report.text}]"


def draw_reports(axes: Axes, table: pl.DataFrame, reports: Sequence[Report], names: Sequence[str]) -> None:
    """Draw one row for each report, named beside it: a range without an end goes to the edge, NaN is no range."""
    for place, report in enumerate(reports):
        value, half_width = predict(table, report)
        colour, marker, filled = LOOKS[give_verdict(table, report).partition(":")[0]]
        face = colour if filled else "white"
        axes.errorbar(value, place, xerr=half_width, fmt=marker, ms=6, color=colour, mfc=face, capsize=3, zorder=3)
        ends = np.array([report.low, report.high])
        axes.update_datalim([(end, place) for end in ends[np.isfinite(ends)]])
    axes.autoscale_view()
    edges = axes.get_xlim()
    for place, report in enumerate(reports):
        low, high = np.clip((report.low, report.high), *edges)
        axes.barh(place, high - low, left=low, height=0.7, color="0.85")
    axes.set_xlim(edges)
    finish_rows(axes, names)


def finish_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel, first at the top, and rule it."""
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", color="0.92", lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def explain_looks() -> list[Line2D | Patch]:
    """Return what a legend says: how each verdict is drawn, and what was reported."""
    looks = [
        Line2D([], [], color=colour, marker=marker, mfc=colour if filled else "white", ls="", label=verdict)
        for verdict, (colour, marker, filled) in LOOKS.items()
    ]
    return [*looks, Patch(color="0.85", label="reported")]
