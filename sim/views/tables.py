"""Tables a planner reads on the console: what a policy changes, with intervals."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.port import expand_stops
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment
from sim.study.checks import Checks
from sim.study.comparison import compare_scenarios, summarise

CLASS_MEASURES = {
    "crossing_mean": ("both sides together, mean", "h"),
    "home_wait_mean": ("waiting at home, mean", "h"),
    "wish_to_release_mean": ("from wish to release, mean", "h"),
    "release_mean": ("release time, mean", "h"),
    "waiting": ("  of that waiting", "h"),
    "processing": ("  of that processing", "h"),
    "blocked": ("  of that next step full", "h"),
    "metered": ("    until called", "h"),
    "release_median": ("release time, median", "h"),
    "release_p90": ("release time, 90 % within", "h"),
    "release_p95": ("release time, 95 % within", "h"),
    "released_within_24h": ("released within 24 h", "%"),
    "released_per_day": ("released per day", ""),
    "present_at_end": ("still here at the end", ""),
}
ONLY_IF_ANY = {"home_wait_mean": "home_wait_mean", "wish_to_release_mean": "home_wait_mean", "metered": "metered"}
"""Measures that are left out where another is 0: nobody books a slot, no meter holds anybody back."""
LOCAL_MEASURES = {
    "release_mean": "on the way, mean (min)",
    "waiting": "  of that queueing (min)",
    "blocked": "  of that held up ahead (min)",
}
NOT_A_NUMBER = ("release_mean", "release_median", "release_p90", "release_p95", "crossing_mean", "waiting", "blocked")
"""What grows with the run while a queue grows: no mean exists."""
ROAD_DELAYS = {"road_delay_port": "traffic of the port", "road_delay_others": "other traffic"}
INCIDENT_MEASURES = {
    "extra_queue_max": "more vehicles held up, at most",
    "extra_queue_max_km": "more km of road queue, at most",
    "recovery": "hours from its end until that is gone",
}


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
        print_recovery(console, summarise(outcomes, confidence), experiment.alternative or experiment.baseline)


def print_recovery(console: Console, summary: pl.DataFrame, scenario: Scenario) -> None:
    """Print what each incident builds up, and how long it takes to be gone; nothing if there are no incidents."""
    rows = {(row["name"], row["measure"]): row for row in summary.filter(scope="incident").iter_rows(named=True)}
    if not rows:
        return
    table = Table("incident", *(text for text in INCIDENT_MEASURES.values()), title_justify="left")
    for name in dict.fromkeys(name for name, _ in rows):
        cells = [_mean_of(rows[name, measure]) for measure in INCIDENT_MEASURES]
        table.add_row(escape(scenario.port.incidents[name].label), *cells)
    console.print(table)


def _mean_of(row: dict[str, Any]) -> str:
    if row["mean"] is None:
        return "not within the run"
    spread = "" if row["half_width"] is None else f" ± {_number(row['half_width'])}"
    return f"{_number(row['mean'])}{spread}"


def print_comparison(
    console: Console, comparison: pl.DataFrame, scenario: Scenario, labels: tuple[str, str], checks: Checks
) -> None:
    """Print baseline, policy and paired difference for every outcome a planner decides by."""
    table = Table(title=escape(f"{scenario.port.name}: {labels[1]} against {labels[0]}"), title_justify="left")
    table.add_column("outcome", no_wrap=True, max_width=36, overflow="ellipsis")
    for heading in (labels[0], labels[1].replace("+", " + ")):
        table.add_column(heading, justify="right", min_width=7, max_width=18, overflow="fold")
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
        if scenario.is_local(name):
            rows = [_row(f"  {text}", found["class", name, measure], 60.0) for measure, text in LOCAL_MEASURES.items()]
            yield f"{vehicle.label} (passing by)", rows
        else:
            yield vehicle.label, list(_class_rows(found, name, labels, checks))
    if scenario.port.links:
        yield "longest queues on roads (km)", list(_stop_rows(found, scenario, ("road", "queue_max_km"), 1.0, 5))
        yield "roads full from end to end (h/day)", list(_stop_rows(found, scenario, ("road", "full"), 1.0, 3))
        delays = [(label, found["port", "port", measure]) for measure, label in ROAD_DELAYS.items()]
        yield "delay on roads (vehicle-h/day)", [_row(f"  {label}", row, 1.0) for label, row in delays]
    yield "longest queues (vehicles)", list(_stop_rows(found, scenario, ("station", "queue_max"), 1.0, 5))
    yield "busiest stations (% of open time)", list(_stop_rows(found, scenario, ("station", "utilisation"), 100.0, 5))
    yield "where delay begins (vehicle-h/day)", list(_stop_rows(found, scenario, ("cause", "delay"), 1.0, 5))
    port = ("staff_hours", "staff-hours/day, our side"), ("lane_hours", "lane-hours/day, our side")
    yield "what it takes", [_row(label, found["port", "port", measure], 1.0) for measure, label in port]


def _class_rows(found: Found, name: str, labels: tuple[str, str], checks: Checks) -> Iterator[Cells]:
    bad = [(label, name) in checks.unstable for label in labels]
    for measure, (text, unit) in CLASS_MEASURES.items():
        if not _matters(found, name, measure):
            continue
        label = f"  {text}{f' ({unit})' if unit else ''}"
        label, before, after, difference = _row(label, found["class", name, measure], 100.0 if unit == "%" else 1.0)
        if any(bad) and measure in NOT_A_NUMBER:
            before, after = ("unstable" if worse else value for worse, value in zip(bad, (before, after), strict=True))
            difference = "-"
        yield label, before, after, difference
    for (scope, key, _), row in found.items():
        if scope == "route" and key.startswith(f"{name}/"):
            yield _row(escape(f"  by {key.partition('/')[2].replace('_', ' ')}, per day"), row, 1.0)


def _matters(found: Found, name: str, measure: str) -> bool:
    row = found.get(("class", name, ONLY_IF_ANY.get(measure, measure)))
    return row is not None and (measure not in ONLY_IF_ANY or any(row[key] for key in ("baseline", "other")))


def _stop_rows(found: Found, scenario: Scenario, what: tuple[str, str], scale: float, most: int) -> Iterator[Cells]:
    rows = [(key[1], row) for key, row in found.items() if (key[0], key[2]) == what]
    rows = [(key, row) for key, row in rows if row["baseline"] is not None]
    stops, _ = expand_stops(scenario.port)
    for key, row in sorted(rows, key=lambda pair: -pair[1]["baseline"])[:most]:
        yield _row(escape(f"  {stops[key].label}"), row, scale)


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
