"""The table and the picture of many policies: what each costs the port, beside the hours that it saves freight."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from sim.study.frontier import FREIGHT_HOURS, OBJECTIVES, PORT_COST, Outcome
from sim.views.cells import format_number
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import choose_style, head, name_points
from sim.views.naming import name_scenario
from sim.views.phrases import Language

COLUMNS: dict[Outcome, tuple[str, float]] = {
    PORT_COST: ("port", 0.001),
    FREIGHT_HOURS: ("TFI1", 1.0),
    ("direction", "export", "release_mean"): ("out", 1.0),
    ("direction", "import", "release_mean"): ("in", 1.0),
    ("cost", "users", "per_day"): ("users", 0.001),
    ("emissions", "port", "co2_per_vehicle"): ("CO2", 1.0),
}
"""Headings and scales of the table's columns."""
CAPTION = """port, users: what they pay, 1,000 yuan/day. TFI1: hours to clear freight. out, in:
release time of all, h. CO2: kg per vehicle. ±: interval of the paired difference.
● on the frontier: none is better in port or TFI1 by over 1 % of the baseline and
in the other not worse by over 1 %, as far as the intervals tell."""
FIRST, MARK, BEATEN = COLOURS[0], COLOURS[1], "0.55"
NUMBERS_WIDTH = 58
"""Letters that the other columns of the table need; names of policies are cut before numbers are."""
LINE_INCHES = 0.19


def print_frontier(console: Console, comparison: pl.DataFrame, port: str) -> None:
    """Print the baseline's levels and every policy's paired differences, the cheapest first."""
    there = find_columns(comparison)
    columns = [Column("policy", no_wrap=True, overflow="ellipsis", max_width=max(console.width - NUMBERS_WIDTH, 20))]
    columns += [Column(COLUMNS[what][0], justify="right", no_wrap=True) for what in there]
    title = escape(f"{port}: the baseline, and differences to it")
    table = Table(*columns, title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for place, (name, *cells) in enumerate(list_frontier(comparison)):
        table.add_row(escape(name), *cells, end_section=place == 0)
    console.print(table)
    console.print(CAPTION, markup=False, highlight=False, soft_wrap=True)


def find_columns(comparison: pl.DataFrame) -> list[Outcome]:
    """Return the outcomes of the table that a comparison has."""
    return [what for what in COLUMNS if not _pick(comparison, what).is_empty()]


def list_frontier(comparison: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the baseline's levels, then every policy's paired differences, the cheapest first; ● is on the frontier."""
    for place, row in enumerate(_sort(comparison).iter_rows(named=True)):
        mine = comparison.filter(scenario=row["scenario"])
        cells = (_format_cell(_pick(mine, what), what, place == 0) for what in find_columns(comparison))
        yield f"{' ' if row['beaten_by'] else '●'} {row['scenario']}", *cells


def plot_frontier(comparison: pl.DataFrame, path: Path, port: str, language: Language = "en") -> None:
    """Draw every scenario of a comparison (`compare_policies`) by what it costs the port and saves freight, as PNG."""
    with mpl.rc_context(choose_style(language)):
        draw_frontier(comparison, port, language).savefig(path, dpi=130)


def draw_frontier(comparison: pl.DataFrame, port: str, language: Language) -> Figure:
    """Return the figure of every scenario of a comparison, by what it costs the port and saves freight.

    Differences to the first scenario with their intervals, in 1,000 yuan per day and hours to clear the border. Those
    on the frontier are filled, the line is the frontier of the means: nobody below it on the left.
    """
    say, (cost, hours) = FIGURE_WORDS[language], (_sort(comparison, what) for what in (PORT_COST, FREIGHT_HOURS))
    baseline = hours.filter(scenario=comparison["scenario"][0])["baseline"].item()
    figure = Figure(figsize=(10.0, max(4.5, 1.4 + LINE_INCHES * len(hours))), layout="constrained")
    axes = figure.subplots()
    _draw_points(axes, cost, hours)
    _draw_line(axes, cost["difference"].to_numpy() * 0.001, hours["difference"].to_numpy())
    rows = zip(cost.iter_rows(named=True), hours.iter_rows(named=True), strict=True)
    names = [
        (
            paid["difference"] * 0.001,
            spent["difference"],
            name_scenario(spent["scenario"], language),
            _colour(place, spent),
        )
        for place, (paid, spent) in enumerate(rows)
    ]
    name_points(axes, names)
    head(axes, say["frontier"].format(port=port), above=20)
    note = say["frontier_note"].format(hours=f"{baseline:.1f}")
    axes.annotate(note, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=8, color="0.35")
    axes.set_xlabel(say["frontier_cost"])
    axes.set_ylabel(say["frontier_hours"])
    return figure


def _draw_points(axes: Axes, cost: pl.DataFrame, hours: pl.DataFrame) -> None:
    for at in (axes.axhline, axes.axvline):
        at(0.0, color="0.8", lw=0.7, zorder=0)
    for place, (paid, spent) in enumerate(zip(cost.iter_rows(named=True), hours.iter_rows(named=True), strict=True)):
        colour = _colour(place, spent)
        axes.errorbar(
            paid["difference"] * 0.001,
            spent["difference"],
            xerr=(paid["half_width"] or 0.0) * 0.001,
            yerr=spent["half_width"] or 0.0,
            fmt="o",
            ms=5,
            color=colour,
            mfc="white" if spent["beaten_by"] else colour,
            elinewidth=0.8,
            zorder=2 if spent["beaten_by"] else 3,
        )
    axes.margins(0.06)


def _colour(place: int, row: dict[str, Any]) -> str:
    return FIRST if place == 0 else BEATEN if row["beaten_by"] else MARK


def _draw_line(axes: Axes, cost: np.ndarray, hours: np.ndarray) -> None:
    """Draw the staircase of the means that no other mean is below and left of."""
    order = np.lexsort((hours, cost))
    kept = order[hours[order] <= np.minimum.accumulate(hours[order])]
    axes.step(cost[kept], hours[kept], where="post", color=MARK, lw=1.0, alpha=0.5, zorder=1)


def _pick(comparison: pl.DataFrame, what: Outcome) -> pl.DataFrame:
    scope, name, measure = what
    return comparison.filter(scope=scope, name=name, measure=measure)


def _sort(comparison: pl.DataFrame, what: Outcome = PORT_COST) -> pl.DataFrame:
    """Return one outcome of every scenario, the first and then the cheapest for the port first."""
    order = _pick(comparison, PORT_COST).select("scenario", rank="difference")
    rows = _pick(comparison, what).join(order, on="scenario", maintain_order="left")
    first = pl.col("scenario") == comparison["scenario"][0]
    return rows.sort(~first, "rank", "scenario")


def _format_cell(row: pl.DataFrame, what: Outcome, is_level: bool) -> str:
    """Return the level, or the difference, of objectives with its interval."""
    scale = COLUMNS[what][1]
    value = row["baseline" if is_level else "difference"].item()
    if value is None:
        return "-"
    if is_level:
        return format_number(value * scale)
    spread = row["half_width"].item() if what in OBJECTIVES else None
    shown = f"{'+' if value >= 0.0 else '−'}{format_number(abs(value) * scale)}"
    return shown if spread is None else f"{shown} ± {format_number(spread * scale)}"
