"""Tables a planner reads on the console: what a policy changes, with intervals."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.port import expand_stations
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment
from sim.study.checks import Checks
from sim.study.comparison import compare_scenarios, summarise

CLASS_MEASURES = {
    "crossing_mean": ("both sides together, mean", "h"),
    "release_mean": ("release time, mean", "h"),
    "waiting": ("  of that waiting", "h"),
    "processing": ("  of that processing", "h"),
    "blocked": ("  of that next step full", "h"),
    "release_median": ("release time, median", "h"),
    "release_p90": ("release time, 90 % within", "h"),
    "release_p95": ("release time, 95 % within", "h"),
    "released_within_24h": ("released within 24 h", "%"),
    "released_per_day": ("released per day", ""),
    "present_at_end": ("still here at the end", ""),
}
NOT_A_NUMBER = ("release_mean", "release_median", "release_p90", "release_p95", "crossing_mean", "waiting", "blocked")
"""What grows with the run while a queue grows: no mean exists."""


Found = dict[tuple[str, str, str], dict[str, Any]]
Cells = tuple[str, str, str, str]


def print_study(console: Console, outcomes: pl.DataFrame, experiment: Experiment, checks: Checks) -> None:
    """Print a study's table: the policy against the baseline, or the baseline alone."""
    confidence = experiment.settings.confidence
    labels = outcomes["scenario"].unique(maintain_order=True).to_list()
    if len(labels) == 1:
        print_summary(console, summarise(outcomes, confidence), experiment.baseline, labels[0], checks)
    else:
        comparison = compare_scenarios(outcomes, labels[0], labels[1], confidence)
        print_comparison(console, comparison, experiment.baseline, (labels[0], labels[1]), checks)


def print_comparison(
    console: Console, comparison: pl.DataFrame, scenario: Scenario, labels: tuple[str, str], checks: Checks
) -> None:
    """Print baseline, policy and paired difference for every outcome a planner decides by."""
    table = Table(title=escape(f"{scenario.port.name}: {labels[1]} against {labels[0]}"), title_justify="left")
    table.add_column("outcome", no_wrap=True)
    for heading in (labels[0], labels[1].replace("+", " + ")):
        table.add_column(heading, justify="right", max_width=18, overflow="fold")
    table.add_column("difference", justify="right", no_wrap=True)
    for heading, rows in _sections(comparison, scenario, labels, checks):
        table.add_section()
        table.add_row(f"[bold]{escape(heading)}[/bold]")
        for row in rows:
            table.add_row(*row)
    console.print(table)


def print_summary(console: Console, summary: pl.DataFrame, scenario: Scenario, label: str, checks: Checks) -> None:
    """Print the mean and interval of each outcome of a single scenario."""
    table = Table(title=escape(f"{scenario.port.name}: {label}"), title_justify="left")
    table.add_column("outcome")
    table.add_column("mean", justify="right")
    alone = summary.filter(pl.col("scenario") == label).rename({"mean": "baseline"})
    doubled = alone.with_columns(other="baseline", difference=pl.lit(0.0))
    for heading, rows in _sections(doubled, scenario, (label, label), checks):
        table.add_section()
        table.add_row(f"[bold]{escape(heading)}[/bold]")
        for name, _, mean, spread in rows:
            table.add_row(name, f"{mean} {spread[spread.find('±') :] if '±' in spread else ''}".strip())
    console.print(table)


def _sections(
    comparison: pl.DataFrame, scenario: Scenario, labels: tuple[str, str], checks: Checks
) -> Iterator[tuple[str, list[Cells]]]:
    found = {(row["scope"], row["name"], row["measure"]): row for row in comparison.iter_rows(named=True)}
    for name, vehicle in scenario.demand.classes.items():
        yield vehicle.label, list(_class_rows(found, name, labels, checks))
    yield "longest queues (vehicles)", list(_station_rows(found, scenario, "queue_max", 1.0, 5))
    yield "busiest stations (% of open time)", list(_station_rows(found, scenario, "utilisation", 100.0, 5))
    port = ("staff_hours", "staff-hours/day, our side"), ("lane_hours", "lane-hours/day, our side")
    yield "what it takes", [_row(label, found["port", "port", measure], 1.0) for measure, label in port]


def _class_rows(found: Found, name: str, labels: tuple[str, str], checks: Checks) -> Iterator[Cells]:
    bad = [(label, name) in checks.unstable for label in labels]
    for measure, (text, unit) in CLASS_MEASURES.items():
        label = f"  {text}{f' ({unit})' if unit else ''}"
        label, before, after, difference = _row(label, found["class", name, measure], 100.0 if unit == "%" else 1.0)
        if any(bad) and measure in NOT_A_NUMBER:
            before, after = ("unstable" if worse else value for worse, value in zip(bad, (before, after), strict=True))
            difference = "-"
        yield label, before, after, difference


def _station_rows(found: Found, scenario: Scenario, measure: str, scale: float, most: int) -> Iterator[Cells]:
    rows = [(key[1], row) for key, row in found.items() if key[0] == "station" and key[2] == measure]
    rows = [(key, row) for key, row in rows if row["baseline"] is not None]
    stations, _ = expand_stations(scenario.port)
    for key, row in sorted(rows, key=lambda pair: -pair[1]["baseline"])[:most]:
        yield _row(escape(f"  {stations[key].label}"), row, scale)


def _row(label: str, row: dict[str, Any], scale: float) -> Cells:
    values = [
        None if row[key] is None else row[key] * scale for key in ("baseline", "other", "difference", "half_width")
    ]
    baseline, other, difference, half_width = values
    spread = "" if half_width is None else f" ± {_number(half_width)}"
    return label, _number(baseline), _number(other), f"{_signed(difference)}{spread}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"


def _signed(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{'+' if value >= 0.0 else '−'}{_number(abs(value))}"
