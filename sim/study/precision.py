"""Precision on demand: adds replications until the mean of an outcome is known as closely as asked."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from math import ceil, inf

import polars as pl

from sim.scenario import ScenarioError
from sim.scenario.problems import Problem, suggest
from sim.scenario.settings import Settings
from sim.study.comparison import OUTCOME, split_outcome, summarise

FIRST = 10
"""Fewest replications to begin with (Law 2015, 9.4.1): with fewer, a spread small by luck ends a study too early."""


@dataclass(frozen=True)
class Precision:
    """How closely the mean of an outcome, `scope/name/measure`, is to be known in every scenario that has it.

    The sequential rule for relative precision (Chow and Robbins 1965; Law 2015, section 9.4.1): from at least 10
    replications on, add more until half-width / mean is at most p / (1 + p). The mean then differs from the true one
    by at most the share p of it with about the stated confidence. Looking at the interval again and again costs some
    of its own coverage: of nominal 95 % it keeps 93 % or more (`tests/theory/test_precision.py`).
    """

    outcome: str
    share: float
    confidence: float
    first: int
    most: int

    @property
    def bound(self) -> float:
        """Largest half-width, as a share of the mean that was found."""
        return self.share / (1.0 + self.share)


def read_precision(settings: Settings) -> Precision | None:
    """Return the precision that a study is asked for, None if it has a fixed number of replications."""
    if settings.precision is None:
        return None
    first = max(settings.replications, FIRST)
    return Precision(settings.precision_of, settings.precision, settings.confidence, first, settings.most_replications)


def replicate_until(simulate: Callable[[range], pl.DataFrame], rule: Precision) -> pl.DataFrame:
    """Return the outcomes of as many replications as a rule asks for.

    How many these are depends on the outcomes alone, not on workers. Each batch holds as many more as the spread so
    far asks for, at least a tenth and at most as many as there are: few batches, so that workers seldom wait for each
    other.

    Parameters
    ----------
    simulate
        Returns the outcomes of these replications, in the columns of `Study.outcomes`; called with ranges that follow
        each other from 0 on, so none is simulated twice.

    Raises
    ------
    ScenarioError
        After the first batch, if the outcome is unknown or is not measured often enough to have an interval.
    """
    done = rule.first
    outcomes = simulate(range(done))
    _require_outcome(outcomes, rule)
    while done < (asked := _ask(measure_precision(outcomes, rule), done, rule)):
        outcomes = pl.concat([outcomes, simulate(range(done, asked))])
        done = asked
    return outcomes


def measure_precision(outcomes: pl.DataFrame, rule: Precision) -> dict[str, float]:
    """Return by scenario the half-width of the outcome as a share of its mean; infinite if it has none."""
    summary = summarise(_values_of(outcomes, rule.outcome), rule.confidence)
    return {row["scenario"]: _share(row["half_width"], row["mean"]) for row in summary.iter_rows(named=True)}


def name_outcomes(outcomes: pl.DataFrame) -> list[str]:
    """Return the names `scope/name/measure` of all outcomes, each once."""
    return [f"{scope}/{name}/{measure}" for scope, name, measure in outcomes.select(OUTCOME[:3]).unique().rows()]


def _share(half_width: float | None, mean: float) -> float:
    if half_width == 0.0:
        return 0.0
    return half_width / abs(mean) if half_width and mean else inf


def _ask(shares: dict[str, float], done: int, rule: Precision) -> int:
    """Return how many replications there should be, `done` if they are enough."""
    excess = max(shares.values()) / rule.bound
    if excess <= 1.0:
        return done
    needed = ceil(done * min(excess, 2.0) ** 2)  # half-widths shrink with the root of the number
    return min(max(min(needed, 2 * done), done + ceil(done / 10)), rule.most)


def _values_of(outcomes: pl.DataFrame, outcome: str) -> pl.DataFrame:
    scope, name, measure = split_outcome(outcome)
    return outcomes.filter(scope=scope, name=name, measure=measure)


def _require_outcome(outcomes: pl.DataFrame, rule: Precision) -> None:
    """Refuse an outcome that nothing measures, or that too few replications have a value of."""
    found = _values_of(outcomes, rule.outcome)
    if found.is_empty():
        known = name_outcomes(outcomes)
        few = get_close_matches(rule.outcome, known) or [name for name in known if name.endswith("/release_mean")]
        remedy = suggest(rule.outcome, few)
        raise ScenarioError([Problem("precision_of", "no such outcome is measured", rule.outcome, remedy)])
    for row in summarise(found).iter_rows(named=True):
        if row["replications"] < 2:
            rule_broken = f"has a value in {row['replications']} of the first {rule.first} runs of {row['scenario']}"
            raise ScenarioError([Problem("precision_of", rule_broken, rule.outcome, "choose one that always has one")])
