"""The goals of a search: outcomes to make small, bounds to keep to, and how far each point reaches and breaks them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from sim.scenario.problems import Problem, ScenarioError, suggest
from sim.scenario.study_file import Bounds
from sim.study.checks import GROWTH
from sim.study.comparison import KEY, summarise

OUT_OF_REACH = math.inf
"""Objectives and violations of what cannot be, or has no value: nothing is worse."""


@dataclass(frozen=True)
class Goals:
    """Outcomes that should all be small, and bounds that means are kept to; both as scope/name/measure."""

    objectives: tuple[str, ...]
    constraints: Mapping[str, Bounds]

    @property
    def outcomes(self) -> list[str]:
        """All outcomes that are looked at, objectives first."""
        return list(dict.fromkeys((*self.objectives, *self.constraints)))

    @property
    def blank(self) -> "Judgement":
        """What is thought of a point without results."""
        return Judgement({}, (OUT_OF_REACH,) * len(self.objectives), (OUT_OF_REACH,) * (len(self.constraints) + 1))


@dataclass(frozen=True)
class Judgement:
    """Means by outcome, objectives, and by how much each constraint is broken, as a share of its bound: above 0 is bad.

    The last violation is that of steadiness: by how much queues grow for certain, beyond what counts as steady.
    """

    means: Mapping[str, float]
    objectives: tuple[float, ...]
    violations: tuple[float, ...]

    @property
    def state(self) -> str:
        """`kept` if all constraints are, else `no value`, `unstable` or `broken`."""
        if not all(math.isfinite(each) for each in (*self.objectives, *self.violations)):
            return "no value"
        if self.violations[-1] > 0.0:
            return "unstable"
        return "kept" if max(self.violations) <= 0.0 else "broken"

    @property
    def is_kept(self) -> bool:
        """Whether it is a candidate: it has values, is steady and keeps to all bounds."""
        return self.state == "kept"


def judge_points(outcomes: pl.DataFrame, goals: Goals, confidence: float = 0.95) -> dict[str, Judgement]:
    """Return what each scenario of a table of outcomes comes to.

    A mean over runs of which one has no value is none.

    Raises
    ------
    ScenarioError
        If no scenario has an outcome that the goals name.
    """
    keyed = outcomes.with_columns(key=KEY, value=pl.col("value").fill_nan(None))
    _refuse_unknown(goals.outcomes, keyed["key"].unique().to_list())
    whole = pl.when(pl.col("value").null_count() == 0).then(pl.col("value").mean())
    rows = keyed.filter(pl.col("key").is_in(goals.outcomes)).group_by("scenario", "key").agg(mean=whole)
    means: dict[str, dict[str, float]] = {label: {} for label in outcomes["scenario"].unique(maintain_order=True)}
    for label, key, mean in rows.drop_nulls().iter_rows():
        means[label][key] = mean
    growth = _find_growth(outcomes, confidence)
    return {label: _judge(each, goals, growth.get(label, -GROWTH)) for label, each in means.items()}


def _judge(means: Mapping[str, float], goals: Goals, excess: float) -> Judgement:
    objectives = tuple(means.get(key, OUT_OF_REACH) for key in goals.objectives)
    violations = (_break(means.get(key), bounds) for key, bounds in goals.constraints.items())
    return Judgement(means, objectives, (*violations, excess))


def _break(mean: float | None, bounds: Bounds) -> float:
    """Return by how much a mean is outside of its bounds; below 0 it is inside, and that far from the nearer one."""
    if mean is None:
        return OUT_OF_REACH
    over = [] if bounds.most is None else [(mean - bounds.most) / (abs(bounds.most) or 1.0)]
    under = [] if bounds.least is None else [(bounds.least - mean) / (abs(bounds.least) or 1.0)]
    return max(over + under)


def _find_growth(outcomes: pl.DataFrame, confidence: float) -> dict[str, float]:
    """Return by how much vehicles present grow, at the lower end of the interval, above what counts as steady."""
    growth = summarise(outcomes.filter(measure="growth"), confidence)
    lower = (pl.col("mean") - pl.col("half_width")).max() - GROWTH
    return dict(growth.group_by("scenario").agg(lower.fill_null(-GROWTH)).iter_rows())


def _refuse_unknown(wanted: Sequence[str], known: Iterable[str]) -> None:
    there = set(known)
    missing = [key for key in wanted if key not in there]
    if missing:
        problems = (Problem(key, "there is no such outcome", None, suggest(key, there)) for key in missing)
        raise ScenarioError(problems)
