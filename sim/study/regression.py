"""Regression: which inputs and outcomes of a study differ from a baseline's, beyond rounding or beyond noise."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import polars as pl

from sim.scenario.study_file import SCOPES
from sim.study.comparison import KEY, OUTCOME, compare_independent, compare_scenarios

ROUNDING = 1e-9
"""Absolute, and as a share of the larger value: what another processor or library may round differently."""
SAME, NOISE, UNTESTED, CHANGED, NEW, GONE = "same", "within noise", "untested", "changed", "new", "gone"
"""What may be said of an outcome. `untested`: it differs, and too few runs have a value for an interval."""
DIFFERENT = (CHANGED, NEW, GONE)
"""Of these any fails a check."""
HEADLINE = (*SCOPES, "cargo", "carrier", "terminal")
"""Scopes that planners decide by. They are listed first, and only they are tested for noise unless others are chosen:
with the some thousand rows of stations and steps beside them, what would be noticed grows."""
IGNORED = ("workers", "out", "executor")
"""Settings that do not decide results."""
_WHAT = ["scenario", *OUTCOME]


def choose_outcomes(outcomes: pl.DataFrame, patterns: Sequence[str]) -> pl.DataFrame:
    """Return those outcomes whose `scope/name/measure` is like a pattern, in which * stands for anything."""
    known = outcomes.select(KEY.unique()).to_series().to_list()
    return outcomes.filter(KEY.is_in([name for name in known if any(fnmatchcase(name, each) for each in patterns)]))


def compare_exactly(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return every outcome of two studies with whether some replication differs by more than `ROUNDING`.

    Columns: scenario, scope, name, measure, unit, before and after (means over replications), change (of these),
    half_width (null), differing (replications that differ), replications, verdict. What planners decide by comes
    first, and then the largest share.
    """
    keys = ["replication", *_WHAT]
    old, new = (each.fill_nan(None).select(*keys, "value") for each in (before, after))
    both = old.join(new, on=keys, how="full", coalesce=True, suffix="_after", maintain_order="left_right")
    grouped = both.with_columns(differs=_differ("value", "value_after")).group_by(_WHAT, maintain_order=True)
    table = grouped.agg(
        before=pl.mean("value"), after=pl.mean("value_after"), differing=pl.sum("differs"), replications=pl.len()
    )
    verdict = pl.when(pl.col("differing") == 0).then(pl.lit(SAME)).otherwise(_one_sided(pl.lit(CHANGED)))
    return _finish(table.with_columns(verdict=verdict, half_width=pl.lit(None, pl.Float64)))


def compare_statistically(
    before: pl.DataFrame, after: pl.DataFrame, same_luck: bool, confidence: float = 0.95
) -> pl.DataFrame:
    """Return every outcome of two studies with whether its mean differs beyond noise.

    Intervals are of the paired difference if replication i of both had the same luck, and Welch's otherwise. They
    hold together with the confidence (Bonferroni: each of the m outcomes that both have at 1 - (1 - confidence) / m).
    A mean changed if its interval leaves out 0. `half_width` is therefore the smallest measured change that would
    have been noticed; a true change of that size is noticed every second time. What only one study has is new or gone
    if it is in all its replications, at least two. Columns as in `compare_exactly`.
    """
    exact = compare_exactly(before, after)
    tested = exact.filter(pl.col("before").is_not_null() & pl.col("after").is_not_null())
    each = 1.0 - (1.0 - confidence) / max(len(tested), 1)
    labels = exact["scenario"].unique(maintain_order=True).to_list()
    compared = pl.concat(_compare(before, after, label, same_luck, each) for label in labels)
    table = exact.drop("half_width", "replications").join(compared, on=_WHAT, how="left")
    noticed = pl.max_horizontal("half_width", _rounding("before", "after"))
    beyond = pl.when(pl.col("difference").abs() > noticed).then(pl.lit(CHANGED)).otherwise(pl.lit(NOISE))
    judged = pl.when(pl.col("half_width").is_null()).then(pl.lit(UNTESTED)).otherwise(beyond)
    always = (pl.col("differing") >= pl.col("runs")) & (pl.col("runs") > 1)
    one_sided = pl.when(always).then("verdict").otherwise(pl.lit(UNTESTED))
    verdict = pl.when(pl.col("verdict") == CHANGED).then(judged).otherwise(one_sided)
    means = {"before": pl.coalesce("baseline", "before"), "after": pl.coalesce("other", "after")}
    verdicts = pl.when(pl.col("verdict") == SAME).then("verdict").otherwise(verdict)
    return _finish(table.join(_count_runs(before, after), on="scenario").with_columns(**means, verdict=verdicts))


def compare_inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the keys of two experiments, as trees of plain values, that differ, with both values; None if not there.

    What differs in baseline and alternative alike is listed once.
    """
    old, new = (dict(_flatten(tree)) for tree in (before, after))
    keys = [key for key in dict.fromkeys((*old, *new)) if not _is_ignored(key)]
    changes = {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}
    both = {key for key in changes if changes.get(key.replace("alternative.", "baseline.", 1), ()) == changes[key]}
    return {key: change for key, change in changes.items() if not (key.startswith("alternative.") and key in both)}


def _count_runs(*studies: pl.DataFrame) -> pl.DataFrame:
    """Return by scenario the replications of the study that has fewer."""
    counts = (each.group_by("scenario").agg(runs=pl.n_unique("replication")) for each in studies)
    return pl.concat(counts).group_by("scenario").agg(pl.min("runs"))


def _compare(before: pl.DataFrame, after: pl.DataFrame, label: str, same_luck: bool, confidence: float) -> pl.DataFrame:
    """Return what `compare_scenarios` says of one scenario in two studies."""
    both = pl.concat(
        each.filter(scenario=label).select(pl.lit(side).alias("scenario"), "replication", *OUTCOME, "value")
        for side, each in (("before", before), ("after", after))
    )
    compared = (compare_scenarios if same_luck else compare_independent)(both, "before", "after", confidence)
    return compared.select(pl.lit(label).alias("scenario"), pl.all())


def _rounding(one: str, other: str) -> pl.Expr:
    return ROUNDING + ROUNDING * pl.max_horizontal(pl.col(one).abs(), pl.col(other).abs())


def _differ(one: str, other: str) -> pl.Expr:
    """Whether two values differ by more than rounding, or only one of them is there."""
    apart = (pl.col(one) - pl.col(other)).abs() > _rounding(one, other)
    return (
        pl.when(pl.col(one).is_null() | pl.col(other).is_null())
        .then(pl.col(one).is_null() != pl.col(other).is_null())
        .otherwise(apart)
    )


def _one_sided(otherwise: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("before").is_null())
        .then(pl.lit(NEW))
        .when(pl.col("after").is_null())
        .then(pl.lit(GONE))
        .otherwise(otherwise)
    )


def _finish(table: pl.DataFrame) -> pl.DataFrame:
    """Put columns and rows in order."""
    change = pl.col("after") - pl.col("before")
    share = (change / pl.max_horizontal(pl.col("before").abs(), pl.col("after").abs())).abs().fill_nan(0.0)
    alike, aside = ~pl.col("verdict").is_in(DIFFERENT), ~pl.col("scope").is_in(HEADLINE)
    ordered = table.with_columns(change=change).sort(
        alike, aside, share, descending=[False, False, True], nulls_last=False, maintain_order=True
    )
    return ordered.select(*_WHAT, "before", "after", "change", "half_width", "differing", "replications", "verdict")


def _is_ignored(key: str) -> bool:
    return any(f"{key}.".startswith(f"settings.{name}.") for name in IGNORED)


def _flatten(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _flatten(value, f"{path}.{key}" if path else str(key))
    elif tree is not None:
        yield path, tree
