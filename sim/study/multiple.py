"""Many comparisons at once, so that all their intervals hold together with the confidence that is asked for."""

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from sim.scenario.problems import Problem, ScenarioError, suggest
from sim.study.comparison import KEY, compare_scenarios

LESS, MORE, UNSURE = "less", "more", "not told apart"


def compare_simultaneously(
    outcomes: pl.DataFrame,
    names: Sequence[str],
    against: str | None = None,
    confidence: float = 0.95,
    every_pair: bool = False,
) -> pl.DataFrame:
    """Return paired differences whose intervals all hold at once with at least this confidence.

    Each of m intervals has the confidence 1 - (1 - confidence) / m: Bonferroni's inequality, which holds whatever the
    dependence (Law 2015, section 10.3), and differences under common luck are dependent in all sorts of ways.

    Parameters
    ----------
    outcomes
        With the columns scenario, replication, scope, name, measure, unit, value.
    names
        Which outcomes, each `scope/name/measure`; all of them are in one family.
    against
        The scenario that all others are compared with; None is the first. With `every_pair` it has no effect.

    Returns
    -------
    A row for each outcome and pair: outcome, first, second, unit, baseline, other, difference (second - first),
    half_width, replications, verdict (of the second: less, more, not told apart), and replications_needed: about how
    many would tell them apart if the difference is what it seems; null if they are, or seem equal.

    Raises
    ------
    ScenarioError
        If there is no such outcome or scenario, nothing to compare, or fewer than two replications.
    """
    rows = outcomes.with_columns(outcome=KEY)
    labels = rows["scenario"].unique(maintain_order=True).to_list()
    against = against or labels[0]
    _refuse_unknown(rows, names, against, labels)
    others = [label for label in labels if label != against]
    pairs = list(combinations(labels, 2)) if every_pair else [(against, label) for label in others]
    level = 1.0 - (1.0 - confidence) / max(len(pairs) * len(names), 1)
    table = pl.concat(
        compare_scenarios(rows.filter(outcome=name).drop("outcome"), first, second, level).select(
            pl.lit(name).alias("outcome"), pl.lit(first).alias("first"), pl.lit(second).alias("second"), pl.all()
        )
        for name in names
        for first, second in pairs
    )
    return _judge(table.drop("scope", "name", "measure"))


def _refuse_unknown(rows: pl.DataFrame, names: Sequence[str], against: str, labels: Sequence[str]) -> None:
    known = rows["outcome"].unique().to_list()
    problems = [Problem("outcome", f"there is no '{name}'", None, suggest(name, known)) for name in names]
    problems = [problem for name, problem in zip(names, problems, strict=True) if name not in known]
    if against not in labels:
        problems.append(Problem("against", f"there is no '{against}'", None, suggest(against, labels)))
    if len(labels) < 2:
        problems.append(Problem("compare", "needs two scenarios at least", None, "choose a policy, or sweep several"))
    if rows["replication"].n_unique() < 2:
        problems.append(Problem("replications", "one run has no interval", 1, "run it with replications=20"))
    if problems:
        raise ScenarioError(problems)


def _judge(table: pl.DataFrame) -> pl.DataFrame:
    difference, half_width, count = pl.col("difference"), pl.col("half_width"), pl.col("replications")
    verdict = (
        pl.when(difference + half_width < 0)
        .then(pl.lit(LESS))
        .when(difference - half_width > 0)
        .then(pl.lit(MORE))
        .otherwise(pl.lit(UNSURE))
    )
    needed = (count * (half_width / difference) ** 2).ceil()
    unsure = (pl.col("verdict") == UNSURE) & (difference != 0)
    return table.with_columns(verdict=verdict).with_columns(
        replications_needed=pl.when(unsure).then(needed).cast(pl.Int64)
    )
