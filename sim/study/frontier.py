"""The frontier of many policies: which are beaten by another in what the port pays and how long freight takes."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.study.comparison import compare_scenarios, find_half_width

FloatArray = NDArray[np.float64]
Outcome = tuple[str, str, str]

PORT_COST: Outcome = ("cost", "port", "per_day")
FREIGHT_HOURS: Outcome = ("port", "port", "tfi1")
OBJECTIVES = (PORT_COST, FREIGHT_HOURS)
"""Outcomes, by scope, name and measure, that should be small."""
MATERIAL = 0.01
"""What matters, as a share of the first scenario's mean: a few yuan of overtime make no policy the dearer one."""


def compare_policies(outcomes: pl.DataFrame, confidence: float = 0.95) -> pl.DataFrame:
    """Return every scenario's paired difference to the first in each outcome, and in `beaten_by` who beats it.

    Columns: scenario, beaten_by (null: it is on the frontier), and those of `compare_scenarios`.
    """
    beaten = find_beaten(outcomes, confidence)
    baseline = next(iter(beaten))
    return pl.concat(
        compare_scenarios(outcomes, baseline, label, confidence).select(
            pl.lit(label).alias("scenario"), pl.lit(other, pl.String).alias("beaten_by"), pl.all()
        )
        for label, other in beaten.items()
    )


def find_beaten(
    outcomes: pl.DataFrame, confidence: float = 0.95, objectives: Sequence[Outcome] = OBJECTIVES
) -> dict[str, str | None]:
    """Return for each scenario one that beats it, None for those on the frontier.

    One beats another if, for certain, it is better in one objective by more than `MATERIAL` and not worse in any other
    by more than that: so say the intervals of the paired differences. What may be luck beats nobody, so the frontier
    of few replications is longer, and with a single one everybody is on it. Of several that beat one, that with the
    least of the last objective, the fewest hours, is named.
    """
    labels = outcomes["scenario"].unique(maintain_order=True).to_list()
    values = np.stack([find_values(outcomes, labels, each) for each in objectives])
    differences = values[:, :, None] - values[:, None, :]  # objective, one, other, replication
    worst = differences.mean(axis=-1) + find_half_width(differences, confidence)  # NaN is below nothing
    margin = MATERIAL * np.abs(values[:, 0].mean(axis=-1))[:, None, None]
    beats = (worst < margin).all(axis=0) & (worst < -margin).any(axis=0)
    last = values[-1].mean(axis=-1)
    return {label: _first_of(labels, beats[:, index], last) for index, label in enumerate(labels)}


def _first_of(labels: Sequence[str], those: NDArray[np.bool_], last: FloatArray) -> str | None:
    best = int(np.argmin(np.where(those, last, np.inf)))
    return labels[best] if those[best] else None


def find_values(outcomes: pl.DataFrame, labels: Sequence[str], what: Outcome) -> FloatArray:
    """Return an outcome by scenario and replication. All must have it in as many replications."""
    scope, name, measure = what
    found = outcomes.filter(scope=scope, name=name, measure=measure).sort("replication")
    return np.stack([found.filter(scenario=label)["value"].to_numpy() for label in labels])
