"""Intervals: means over replications, and paired differences between scenarios under the same luck."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]

OUTCOME = ["scope", "name", "measure", "unit"]
KEY = pl.concat_str("scope", "name", "measure", separator="/")
"""An outcome as words and files have it."""


def summarise(outcomes: pl.DataFrame, confidence: float = 0.95) -> pl.DataFrame:
    """Return mean and half-width of the t interval for each scenario and outcome of a study's outcomes.

    Columns: scenario, scope, name, measure, unit, mean, half_width, replications. Replications in
    which an outcome has no value (nobody was released) do not count; with fewer than two that
    count, `half_width` is null.
    """
    grouped = outcomes.fill_nan(None).group_by(["scenario", *OUTCOME], maintain_order=True)
    return _interval(grouped.agg(**_moments("value")), confidence)


def compare_scenarios(outcomes: pl.DataFrame, baseline: str, other: str, confidence: float = 0.95) -> pl.DataFrame:
    """Return baseline, other and their paired difference (other - baseline) for each outcome both have.

    Replication i of both scenarios has the same luck, so the t interval is that of the mean of
    the differences (Law 2015, section 10.2.1). Columns: scope, name, measure, unit, baseline, other,
    difference, half_width, replications.
    """
    values = outcomes.fill_nan(None)
    keys = ["replication", *OUTCOME]
    left = values.filter(pl.col("scenario") == baseline).select(*keys, baseline="value")
    right = values.filter(pl.col("scenario") == other).select(*keys, other="value")
    paired = left.join(right, on=keys, how="inner", maintain_order="left")
    both = pl.col("baseline").is_not_null() & pl.col("other").is_not_null()
    paired = paired.with_columns(pl.when(both).then(pl.col("baseline", "other")))
    moments = paired.group_by(OUTCOME, maintain_order=True).agg(
        pl.col("baseline", "other").mean(), **_moments(pl.col("other") - pl.col("baseline"))
    )
    return _interval(moments, confidence).rename({"mean": "difference"})


def compare_independent(outcomes: pl.DataFrame, baseline: str, other: str, confidence: float = 0.95) -> pl.DataFrame:
    """Return what `compare_scenarios` does for scenarios whose luck differs: Welch's interval (Welch 1947).

    `replications` are those of the scenario that has fewer.
    """
    values = outcomes.fill_nan(None)
    left, right = (
        values.filter(scenario=label).group_by(OUTCOME, maintain_order=True).agg(**_moments("value"))
        for label in (baseline, other)
    )
    both = left.join(right, on=OUTCOME, suffix="_other", maintain_order="left")
    counts = both.select("replications", "replications_other").to_numpy().astype(float)
    squares = both.select("deviation", "deviation_other").to_numpy().astype(float) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        variances = squares / counts
        total = variances.sum(axis=1)
        freedom = total**2 / (variances**2 / (counts - 1.0)).sum(axis=1)
        half_width = np.where(total == 0.0, 0.0, special.stdtrit(freedom, 0.5 + confidence / 2.0) * np.sqrt(total))
    return both.select(
        *OUTCOME,
        baseline="mean",
        other="mean_other",
        difference=pl.col("mean_other") - pl.col("mean"),
        half_width=pl.Series(half_width).fill_nan(None),
        replications=pl.min_horizontal("replications", "replications_other"),
    )


def split_outcome(outcome: str) -> tuple[str, str, str]:
    """Return scope, name and measure of an outcome as words and files have it; a name may have strokes in it."""
    scope, _, rest = outcome.partition("/")
    name, _, measure = rest.rpartition("/")
    return scope, name, measure


def find_half_width(values: FloatArray, confidence: float) -> FloatArray:
    """Return that of the t interval of the mean over the last axis, the replications; NaN if there is only one."""
    count = values.shape[-1]
    if count < 2:
        return np.full(values.shape[:-1], np.nan)
    factor = special.stdtrit(count - 1, 0.5 + confidence / 2.0) / np.sqrt(count)
    return np.asarray(factor * values.std(axis=-1, ddof=1))


def _moments(value: str | pl.Expr) -> dict[str, pl.Expr]:
    column = pl.col(value) if isinstance(value, str) else value
    return {"mean": column.mean(), "deviation": column.std(), "replications": column.count()}


def _interval(moments: pl.DataFrame, confidence: float) -> pl.DataFrame:
    count = moments["replications"].to_numpy().astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = special.stdtrit(np.maximum(count - 1.0, 1.0), 0.5 + confidence / 2.0) / np.sqrt(count)
    half_width = pl.when(pl.col("replications") > 1).then(pl.col("deviation") * pl.Series(factor))
    return (
        moments.with_columns(half_width=half_width).drop("deviation").select(pl.exclude("replications"), "replications")
    )
