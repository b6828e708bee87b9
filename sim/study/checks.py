"""Checks before numbers are believed: is the warm-up long enough, does a queue grow without end, is a station full?"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes.series import GRID_MIN
from sim.port import expand_stations
from sim.port.pools import station_roster
from sim.port.roster import hours_open
from sim.scenario.terminals import LIFTS
from sim.study.calendar import list_closures
from sim.study.comparison import summarise
from sim.study.recovery import find_own_disruptions
from sim.study.replication import Study

NEAR_SATURATION = 0.9
"""Offered work / scheduled server time above which waits depend on luck more than on the mean."""
GROWTH = 0.02
"""Share of arrivals by which the number present may grow over the window before means are called unstable."""


@dataclass(frozen=True)
class Checks:
    """Warnings for a reader, and (scenario, class or direction) whose means do not exist because queues grow."""

    warnings: tuple[str, ...]
    unstable: frozenset[tuple[str, str]]


def check_study(study: Study, confidence: float = 0.95) -> Checks:
    """Return what a reader must know before believing the means of a study."""
    means = check_means(study.outcomes, confidence)
    more = _find_short_warmups(study) + _find_closed_lanes(study) + _find_mixed_disruptions(study)
    more += list_closures(study.scenarios)
    return Checks((*means.warnings, *more), means.unstable)


def check_means(outcomes: pl.DataFrame, confidence: float = 0.95) -> Checks:
    """Return the checks that need no series: growing queues and full stations."""
    summary = summarise(outcomes, confidence)
    growth = _find_growth(summary)
    cargo = set(outcomes.filter(scope="cargo")["name"])
    warnings = [_describe_growth(scenario, name, share, name in cargo) for scenario, name, share in growth]
    unstable = frozenset((scenario, name) for scenario, name, _ in growth)
    return Checks((*warnings, *_find_full_stations(summary), *_find_full_cranes(summary)), unstable)


def mser5(series: NDArray[np.float64]) -> int:
    """Return how many first observations to drop: the truncation that minimises the marginal standard error.

    MSER-5 (White, Cobb and Spratt 2000): on means of five observations, minimise the squared
    deviation of what is kept divided by its squared length. Truncations in the last half are not
    considered; reaching that bound means the run is too short to tell.
    """
    batches = series[: len(series) // 5 * 5].reshape(-1, 5).mean(axis=1)
    kept = len(batches) - np.arange(len(batches) // 2 + 1)
    errors = [batches[-count:].var() / count for count in kept if count > 0]
    return 5 * int(np.argmin(errors)) if errors else 0


def _find_growth(summary: pl.DataFrame) -> list[tuple[str, str, float]]:
    growing = summary.filter((pl.col("measure") == "growth") & (pl.col("mean") - pl.col("half_width") > GROWTH))
    return [(row["scenario"], row["name"], row["mean"]) for row in growing.iter_rows(named=True)]


def _describe_growth(scenario: str, name: str, share: float, is_cargo: bool) -> str:
    if is_cargo:
        return (
            f"{scenario}: {name} is unstable, more of it comes than leaves: what is there grows by {share:.0%} of "
            "arrivals over the window; no mean exists, it needs more vehicles that take it, cranes, or checks in store"
        )
    return (
        f"{scenario}: {name} is unstable, its vehicles present grow by {share:.0%} of arrivals over the window; "
        "no mean exists, it needs more capacity"
    )


def _find_full_cranes(summary: pl.DataFrame) -> list[str]:
    full = summary.filter((pl.col("measure") == "crane_utilisation") & (pl.col("mean") > NEAR_SATURATION))
    return [
        f"{row['scenario']}: the cranes of {row['name']} are near saturation, "
        f"they lift for {row['mean']:.0%} of their scheduled time"
        for row in full.sort("mean", descending=True).iter_rows(named=True)
    ]


def _find_full_stations(summary: pl.DataFrame) -> list[str]:
    """Return warnings of stations; cranes are warned of as a whole, whatever way they lift."""
    terminals = summary.filter(scope="terminal")["name"].unique()
    lifts = [f"{name}.{way}" for name in terminals for way in (*LIFTS, "across")]
    full = summary.filter(
        (pl.col("measure") == "load") & (pl.col("mean") > NEAR_SATURATION) & ~pl.col("name").is_in(lifts)
    )
    return [
        f"{row['scenario']}: {row['name']} is {'beyond' if row['mean'] >= 1.0 else 'near'} saturation, "
        f"offered work is {row['mean']:.0%} of its scheduled server time"
        for row in full.sort("mean", descending=True).iter_rows(named=True)
    ]


def _find_short_warmups(study: Study) -> list[str]:
    warnings = []
    for label, runs in study.series.items():
        if any(each.is_fixed for each in study.scenarios[label].port.disruptions.values()):
            continue  # what one event piles up is no sign of a short warm-up
        warmup = study.scenarios[label].horizon.warmup_min
        hourly = np.mean([run.present for run in runs], axis=0)[:: int(60.0 / GRID_MIN)]
        needed = mser5(hourly)
        if needed * 60.0 > warmup:
            warnings.append(
                f"{label}: MSER-5 finds {needed} h of warm-up, the run has {warmup / 60.0:.0f} h; "
                f"set horizon.warmup_days={int(np.ceil(needed / 24.0))} or more"
            )
    return warnings


def _find_closed_lanes(study: Study) -> list[str]:
    """Warn of stations whose thin roster leaves no lane open for part of the service hours."""
    warnings = []
    for label, scenario in study.scenarios.items():
        for station in expand_stations(scenario.port).values():
            servers = station_roster(station, scenario)
            lasts = np.diff(servers.times_min, append=scenario.horizon.end_min)
            manned = float(lasts[servers.tokens > 0].sum())
            opened = float(np.diff(hours_open(scenario, station.hours)).sum())
            closed_h = (opened - manned) / scenario.horizon.end_min * 24.0
            if closed_h > 0.01:
                warnings.append(
                    f"{label}: {station.label} has no lane open for {closed_h:.1f} h of the service hours a day; "
                    "its staff does not reach, and what waits there may block the steps before"
                )
    return warnings


def _find_mixed_disruptions(study: Study) -> list[str]:
    """Warn of disruptions that come together with other changes: how much they add cannot then be told."""
    baseline = next(iter(study.scenarios.values()))
    return [
        f"{label}: recovery from its disruptions is not given, as other keys differ from the baseline too; "
        "set those on the command line, which changes both, and leave only disruptions in policy=[...]"
        for label, scenario in study.scenarios.items()
        if set(scenario.port.disruptions) - set(baseline.port.disruptions)
        and not find_own_disruptions(baseline, scenario)
    ]
