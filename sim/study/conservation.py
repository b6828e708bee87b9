"""Conservation: every vehicle and every unit of cargo that arrived has finished, is inside, or was not admitted."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from sim.kernel.trace import Fate
from sim.outcomes import Visits
from sim.scenario.schema import Scenario

FATES = ("finished", "inside", "not_admitted")


class LostVehicles(RuntimeError):
    """Vehicles or cargo that a run does not account for: a defect of the program, not of the scenario."""


def check_conservation(scenario: Scenario, visits: Visits) -> None:
    """Hold what demand sent against what became of it, class by class, exactly.

    Arrivals are counted from the movements, which are drawn before the run; fates from the trace. Vehicles that have
    left their last stop have finished, and no others; cargo that is aboard has finished before the vehicle leaves.

    Raises
    ------
    LostVehicles
        If they differ.
    """
    movements = visits.movements
    come = movements.arrival_min < scenario.horizon.end_min
    accounted = np.isin(visits.fate, (Fate.FINISHED, Fate.INSIDE, Fate.NOT_ADMITTED))
    is_cargo = np.array([scenario.is_cargo(name) for name in movements.classes])[movements.vehicle]
    finished, left = visits.fate == Fate.FINISHED, ~np.isnan(visits.gone_min)
    left |= finished & is_cargo
    for one, other, rule in ((come, accounted, "arrived, {1} accounted for"), (finished, left, "finished, {1} left")):
        for vehicle in np.unique(movements.vehicle[one != other]).tolist():
            counts = (int(which[movements.vehicle == vehicle].sum()) for which in (one, other))
            said = ("{0} " + rule).format(*counts)
            raise LostVehicles(
                f"internal error: {movements.classes[vehicle]}: {said}, not the same vehicles; "
                "no number of this run can be trusted, please report it with the words that asked for it"
            )


def count_fates(outcomes: pl.DataFrame, unit: str) -> dict[str, dict[str, int]]:
    """Return by scenario what became of `vehicles`, or of `units` of cargo, in all replications; empty without any."""
    account = outcomes.filter(pl.col("scope") == "port", pl.col("unit") == unit)
    totals = account.group_by("scenario", "measure", maintain_order=True).agg(pl.col("value").sum().cast(pl.Int64))
    counts: dict[str, dict[str, int]] = {label: {} for label in outcomes["scenario"].unique(maintain_order=True)}
    for row in totals.iter_rows(named=True):
        counts[row["scenario"]][row["measure"]] = row["value"]
    return counts


def describe_account(counts: Mapping[str, int]) -> str:
    """Return an account in words, of counts whose names may begin with what is counted."""
    found = {fate: count for name, count in counts.items() for fate in ("arrived", *FATES) if name.endswith(fate)}
    parts = " + ".join(f"{found[fate]:,} {fate.replace('_', ' ')}" for fate in FATES)
    return f"{found['arrived']:,} arrived = {parts}"
