"""Tables a planner reads on the console: what a policy changes, with intervals."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.port import Stop, expand_stops
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment, Settings
from sim.study.checks import Checks
from sim.study.comparison import compare_scenarios, summarise
from sim.study.conservation import count_fates, describe_account
from sim.study.precision import measure_precision, read_precision
from sim.views.cells import Cells, Found, format_number, format_row, hide_unstable
from sim.views.terminal_sections import (
    Section,
    comes_to_terminal,
    find_plain,
    leave_out,
    list_cargo,
    list_carriers,
    list_equipment,
    list_sides,
    list_taken,
    list_terminals,
)

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
CROSSING_MEASURES = [
    "crossing_mean",
    "home_wait_mean",
    "wish_to_release_mean",
    "release_mean",
    "waiting",
    "processing",
    "blocked",
    "metered",
    "release_p90",
    "released_per_day",
]
"""What a port with terminals shows of these; only the first of classes that have no stop on our side."""
ONLY_IF_ANY = {"home_wait_mean": "home_wait_mean", "wish_to_release_mean": "home_wait_mean", "metered": "metered"}
"""Measures that are left out where another is 0: nobody books a slot, no meter holds anybody back."""
LOCAL_MEASURES = {
    "release_mean": "on the way, mean (min)",
    "waiting": "  of that queueing (min)",
    "blocked": "  of that held up ahead (min)",
}
NOT_A_NUMBER = ("release_mean", "release_median", "release_p90", "release_p95", "crossing_mean", "waiting", "blocked")
"""What grows with the run while a queue grows: no mean exists."""
ROUTE_MEASURES = {"release_mean": "    release time, mean (h)", "release_p90": "    90 % within (h)"}
RISK_MEASURES = {
    "opened_share": "opened, of those that may be",
    "hit_rate": "of these with something wrong",
    "detection": "found, of all with something wrong",
}
COSTS = {
    ("cost", "port", "per_day"): ("  port, 1,000 yuan/day", 0.001),
    ("cost", "users", "per_day"): ("  users, with fees, 1,000 yuan/day", 0.001),
    ("cost", "society", "per_day"): ("  both, less fees, 1,000 yuan/day", 0.001),
    ("cost", "users", "per_vehicle"): ("  users, with fees, yuan per vehicle", 1.0),
    ("emissions", "port", "co2_per_vehicle"): ("  CO2 per vehicle (kg)", 1.0),
    ("port", "port", "tfi1"): ("  TFI1, to clear freight (h)", 1.0),
    ("port", "port", "tfi2"): ("  TFI2, paid to clear it (USD)", 1.0),
}
"""Totals and indicators, with labels and scales."""
ROAD_DELAYS = {"road_delay_port": "traffic of the port", "road_delay_others": "other traffic"}
DISRUPTION_MEASURES = {
    "happened": "times",
    "down_h": "hours in all",
    "queue_max": "vehicles held up, at most",
    "recovery_h": "hours until as in the day before",
    "not_recovered": "times not within the run",
}
RECOVERY_MEASURES = {
    "extra_queue_max": "more vehicles held up, at most",
    "extra_queue_max_km": "more km of road queue, at most",
    "recovery": "hours from its end until that is gone",
}


def print_study(console: Console, outcomes: pl.DataFrame, experiment: Experiment, checks: Checks) -> None:
    """Print a study's table: the policy against the baseline, or the baseline alone."""
    confidence = experiment.settings.confidence
    labels = outcomes["scenario"].unique(maintain_order=True).to_list()
    if len(labels) == 1:
        print_summary(console, summarise(outcomes, confidence), experiment.baseline, labels[0], checks)
    else:
        comparison = compare_study(outcomes, labels[0], labels[1], confidence)
        print_comparison(console, comparison, experiment.baseline, (labels[0], labels[1]), checks)
    last = summarise(outcomes.filter(scenario=labels[-1]), confidence)
    for print_part in (print_disruptions, print_recovery):
        print_part(console, last, experiment.alternative or experiment.baseline)
    print_account(console, outcomes)
    print_precision(console, outcomes, experiment.settings)


def print_disruptions(console: Console, summary: pl.DataFrame, scenario: Scenario) -> None:
    """Print how often each disruption happens, and what it holds up for how long; nothing if there are none."""
    _print_by_disruption(console, list_disruptions(summary, scenario))


def list_disruptions(summary: pl.DataFrame, scenario: Scenario) -> list[list[str]]:
    """Return headings, then for each disruption how often it happens and what it holds up; empty without any."""
    rows = _rows_of(summary, "disruption")
    cells = {}
    for name, _ in rows:
        empty = "not within the run" if rows[name, "not_recovered"]["mean"] else "-"
        cells[name] = [_mean_of(rows[name, measure], empty) for measure in DISRUPTION_MEASURES]
    return _list_by_disruption(list(DISRUPTION_MEASURES.values()), cells, scenario)


def compare_study(outcomes: pl.DataFrame, baseline: str, other: str, confidence: float = 0.95) -> pl.DataFrame:
    """Return the paired differences of two scenarios (`compare_scenarios`), with the routes that only `other` has.

    A policy that gives vehicles a lane of their own has such; there is no difference.
    """
    comparison = compare_scenarios(outcomes, baseline, other, confidence)
    alone = summarise(outcomes.filter(scenario=other, scope="route")).rename({"mean": "other"})
    new = alone.join(comparison, on=["scope", "name", "measure"], how="anti").drop("half_width")
    return pl.concat([comparison, new.select(pl.exclude("scenario"))], how="diagonal")


def print_account(console: Console, outcomes: pl.DataFrame) -> None:
    """Print what became of all vehicles and all cargo, in a line for each scenario; all replications together."""
    for unit, what in (("vehicles", "vehicles"), ("units", "cargo")):
        for label, counts in count_fates(outcomes, unit).items():
            if counts:
                line = f"{what}, {label}: {describe_account(counts)}"
                console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_precision(console: Console, outcomes: pl.DataFrame, settings: Settings) -> None:
    """Print how closely the outcome is known of which precision was asked, and after how many runs; else nothing."""
    rule = read_precision(settings)
    if rule is None:
        return
    reached, count = measure_precision(outcomes, rule), outcomes["replication"].n_unique()
    widths = ", ".join(f"{label} ± {share:.2%}" for label, share in reached.items())
    told = f"precision: {rule.outcome}: {widths} after {count} replications"
    if max(reached.values()) > rule.bound:
        told += f", the most that were allowed; {rule.share:.2%} was asked, so raise most_replications or ask for less"
    console.print(told, markup=False, highlight=False, soft_wrap=True)


def print_recovery(console: Console, summary: pl.DataFrame, scenario: Scenario) -> None:
    """Print what each disruption adds to the same days without it; nothing if there are none."""
    _print_by_disruption(console, list_recovery(summary, scenario))


def list_recovery(summary: pl.DataFrame, scenario: Scenario) -> list[list[str]]:
    """Return headings, then for each disruption what it adds to the same days without it; empty without any.

    That is how much, how long it stays, and in how many runs it goes.
    """
    rows = _rows_of(summary, "recovery")
    cells = {name: [_mean_of(rows[name, measure]) for measure in RECOVERY_MEASURES] for name, _ in rows}
    for name in cells:
        gone, happened = (rows[name, measure]["replications"] for measure in ("recovery", "extra_queue_max"))
        cells[name].append(f"{gone} of {happened}")
    return _list_by_disruption([*RECOVERY_MEASURES.values(), "runs in which it goes"], cells, scenario)


def _rows_of(summary: pl.DataFrame, scope: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["name"], row["measure"]): row for row in summary.filter(scope=scope).iter_rows(named=True)}


def _list_by_disruption(headings: list[str], cells: Mapping[str, list[str]], scenario: Scenario) -> list[list[str]]:
    rows = [[scenario.port.disruptions[name].label, *row] for name, row in cells.items()]
    return [["disruption", *headings], *rows] if rows else []


def _print_by_disruption(console: Console, rows: list[list[str]]) -> None:
    if rows:
        table = Table(*rows[0], title_justify="left")
        for row in rows[1:]:
            table.add_row(*map(escape, row))
        console.print(table)


def _mean_of(row: dict[str, Any], empty: str = "not within the run") -> str:
    if row["mean"] is None:
        return empty
    spread = "" if row["half_width"] is None else f" ± {format_number(row['half_width'])}"
    return f"{format_number(row['mean'])}{spread}"


def print_comparison(
    console: Console, comparison: pl.DataFrame, scenario: Scenario, labels: tuple[str, str], checks: Checks
) -> None:
    """Print baseline, policy and paired difference for every outcome a planner decides by."""
    table = Table(title=escape(f"{scenario.port.name}: {labels[1]} against {labels[0]}"), title_justify="left")
    width = 40 if scenario.port.terminals and console.width >= 100 else 36  # labels of rail stops are longer
    table.add_column("outcome", no_wrap=True, max_width=width, overflow="ellipsis")
    for heading in (labels[0], labels[1].replace("+", " + ")):
        table.add_column(heading, justify="right", min_width=7, max_width=18, overflow="fold")
    table.add_column("difference", justify="right", no_wrap=True)
    for heading, rows in list_sections(comparison, scenario, labels, checks):
        table.add_section()
        table.add_row(_bold(heading))
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
    for heading, rows in list_sections(doubled, scenario, (label, label), checks):
        table.add_section()
        table.add_row(_bold(heading))
        for name, _, mean, spread in rows:
            table.add_row(name, f"{mean} {spread[spread.find('±') :] if '±' in spread else ''}".strip())
    console.print(table)


def list_sections(
    comparison: pl.DataFrame, scenario: Scenario, labels: tuple[str, str], checks: Checks
) -> Iterator[Section]:
    """Yield the sections of a study's table: a heading and the rows below it; labels are rich markup."""
    found = {(row["scope"], row["name"], row["measure"]): row for row in comparison.iter_rows(named=True)}
    yield from (_list_terminal_port if scenario.port.terminals else _list_classes)(found, scenario, labels, checks)
    port = ("staff_hours", "staff-hours/day, our side"), ("lane_hours", "lane-hours/day, our side")
    yield from _list_risk(found)
    yield "what it takes", [format_row(label, found["port", "port", measure], 1.0) for measure, label in port]
    if ("cost", "port", "per_day") in found:
        costs = [(text, found[key], scale) for key, (text, scale) in COSTS.items() if key in found]
        yield "what it costs", [format_row(*cost) for cost in costs]


def _list_classes(found: Found, scenario: Scenario, labels: tuple[str, str], checks: Checks) -> Iterator[Section]:
    """Yield the sections of a port without terminals."""
    for name, vehicle in scenario.demand.classes.items():
        if scenario.is_local(name):
            yield _list_passing(found, scenario, name)
        else:
            yield vehicle.label, list(_class_rows(found, name, labels, checks, list(CLASS_MEASURES)))
    yield from _list_roads(found, scenario)
    stops, _ = expand_stops(scenario.port)
    yield "longest queues (vehicles)", list(_stop_rows(found, stops, ("station", "queue_max"), 1.0, 5))
    yield "busiest stations (% of open time)", list(_stop_rows(found, stops, ("station", "utilisation"), 100.0, 5))
    yield "where delay begins (vehicle-h/day)", list(_stop_rows(found, stops, ("cause", "delay"), 1.0, 5))


def _list_terminal_port(found: Found, scenario: Scenario, labels: tuple[str, str], checks: Checks) -> Iterator[Section]:
    """Yield the sections of a port with terminals: fewer rows for each class, for there are many."""
    port, names = scenario.port, list(scenario.demand.classes)
    yield from _join(_list_crossing(found, scenario, labels, checks))
    yield from _join(list_cargo(found, scenario, labels, checks))
    yield from _join(list_carriers(found, scenario, labels, checks))
    passing = [name for name in names if scenario.is_local(name) and not comes_to_terminal(scenario, name)]
    yield from _join(_list_passing(found, scenario, name) for name in passing if not scenario.is_cargo(name))
    yield from _list_roads(found, scenario)
    yield from _join(list_terminals(found, port))
    yield from _join([*list_equipment(found, port, 6), *list_sides(found)])
    plain, (stops, _) = find_plain(port), expand_stops(port)
    queues = list(_stop_rows(found, plain, ("station", "queue_max"), 1.0, 4))
    busiest = list(_stop_rows(found, plain, ("station", "utilisation"), 100.0, 4))
    delay = list(_stop_rows(found, stops, ("cause", "delay"), 1.0, 4))
    yield from _join(
        [
            ("longest queues elsewhere", queues),
            ("busiest stations (% of open time)", busiest),
            ("where delay begins (h/day)", delay),
        ]
    )


def _list_crossing(found: Found, scenario: Scenario, labels: tuple[str, str], checks: Checks) -> Iterator[Section]:
    """Yield both sides together and our side for vehicles that cross the border, and with what they leave."""
    port = scenario.port
    for name, vehicle in scenario.demand.classes.items():
        if scenario.is_local(name) or scenario.is_cargo(name):
            continue
        routes = port.routes_of(vehicle.route).values()
        ours = any(port.is_ours(stop) for route in routes for stop in route.through)
        blocked = found["class", name, "blocked"]
        left_out = (*leave_out(scenario), *([] if blocked["baseline"] or blocked["other"] else ["blocked"]))
        measures = [measure for measure in CROSSING_MEASURES if measure not in left_out]
        rows = list(_class_rows(found, name, labels, checks, measures[: None if ours else 1]))
        if not ours:
            rows.append(format_row("  leaving per day", found["carrier", name, "left_per_day"], 1.0))
        yield vehicle.label, [*rows, *list_taken(found, name)]


def _join(sections: Iterable[Section]) -> Iterator[Section]:
    """Yield sections as one, without rules between them; nothing if there are none."""
    parts = list(sections)
    if parts:
        (heading, first), *others = parts
        rest = [row for title, rows in others for row in ((_bold(title), "", "", ""), *rows)]
        yield heading, [*first, *rest]


def _bold(heading: str) -> str:
    return f"[bold]{escape(heading)}[/bold]"


def _list_passing(found: Found, scenario: Scenario, name: str) -> Section:
    rows = [format_row(f"  {text}", found["class", name, measure], 60.0) for measure, text in LOCAL_MEASURES.items()]
    return f"{scenario.demand.classes[name].label} (passing by)", rows


def _list_roads(found: Found, scenario: Scenario) -> Iterator[Section]:
    if scenario.port.links:
        stops, _ = expand_stops(scenario.port)
        yield "longest queues on roads (km)", list(_stop_rows(found, stops, ("road", "queue_max_km"), 1.0, 5))
        yield "roads full from end to end (h/day)", list(_stop_rows(found, stops, ("road", "full"), 1.0, 3))
        delays = [(label, found["port", "port", measure]) for measure, label in ROAD_DELAYS.items()]
        yield "delay on roads (vehicle-h/day)", [format_row(f"  {label}", row, 1.0) for label, row in delays]


def _class_rows(
    found: Found, name: str, labels: tuple[str, str], checks: Checks, measures: list[str]
) -> Iterator[Cells]:
    bad = [(label, name) in checks.unstable for label in labels]
    for measure in measures:
        if not _matters(found, name, measure):
            continue
        text, unit = CLASS_MEASURES[measure]
        label = f"  {text}{f' ({unit})' if unit else ''}"
        cells = format_row(label, found["class", name, measure], 100.0 if unit == "%" else 1.0)
        yield hide_unstable(cells, bad) if measure in NOT_A_NUMBER else cells
    yield from _route_rows(found, name, bad)


def _route_rows(found: Found, name: str, bad: list[bool]) -> Iterator[Cells]:
    """Yield how many of a class set out on each route, and how long those need that are released from it."""
    for (scope, key, measure), row in found.items():
        if scope != "route" or measure != "set_out_per_day" or not key.startswith(f"{name}/"):
            continue
        yield format_row(escape(f"  by {key.partition('/')[2].replace('_', ' ')}, per day"), row, 1.0)
        for part, text in ROUTE_MEASURES.items():
            hours = found[scope, key, part]
            if hours["baseline"] is not None or hours["other"] is not None:
                yield hide_unstable(format_row(text, hours, 1.0), bad)


def _list_risk(found: Found) -> Iterator[Section]:
    """Yield what inspections find at the port; nothing if the port says nothing of violations."""
    rows = [(f"  {text}", found.get(("port", "port", measure))) for measure, text in RISK_MEASURES.items()]
    cells = [format_row(text, row, 100.0) for text, row in rows if row is not None]
    if cells:
        yield "inspections (%)", cells


def _matters(found: Found, name: str, measure: str) -> bool:
    row = found.get(("class", name, ONLY_IF_ANY.get(measure, measure)))
    return row is not None and (measure not in ONLY_IF_ANY or any(row[key] for key in ("baseline", "other")))


def _stop_rows(
    found: Found, stops: Mapping[str, Stop], what: tuple[str, str], scale: float, most: int
) -> Iterator[Cells]:
    """Yield the largest values of a measure among some stops."""
    rows = [(key[1], row) for key, row in found.items() if (key[0], key[2]) == what and key[1] in stops]
    rows = [(key, row) for key, row in rows if row["baseline"] is not None]
    for key, row in sorted(rows, key=lambda pair: -pair[1]["baseline"])[:most]:
        yield format_row(escape(f"  {stops[key].label}"), row, scale)
