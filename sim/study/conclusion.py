"""A conclusion, and what it is where assumptions differ: what policies change in an outcome, or its level."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.scenario.factors import set_factors
from sim.scenario.policy import Policy
from sim.scenario.problems import ScenarioError
from sim.scenario.schema import Scenario
from sim.scenario.settings import Settings
from sim.scenario.study_file import SCOPES, Factor, Level
from sim.study.comparison import split_outcome
from sim.study.points import Point
from sim.study.store import Store
from sim.study.sweep import run_points

FloatArray = NDArray[np.float64]
Levels = Mapping[str, Level]


@dataclass(frozen=True)
class Conclusion:
    """The paired difference that policies make in an outcome (scope/name/measure), or its level without policies."""

    baseline: Scenario
    policies: Mapping[str, Policy]
    factors: Mapping[str, Factor]
    outcome: str

    @property
    def moved(self) -> dict[str, Factor]:
        """The factors that are varied: those with a single value are held there."""
        return {name: factor for name, factor in self.factors.items() if name not in self.held}

    @property
    def held(self) -> dict[str, Level]:
        """The levels of the others."""
        factors = self.factors.items()
        return {name: each.values[0] for name, each in factors if each.values is not None and len(each.values) == 1}

    @property
    def sides(self) -> list[Mapping[str, Policy]]:
        """The choices of policies that it compares: none, and all of them."""
        return [{}, self.policies] if self.policies else [{}]

    def build(self, levels: Levels) -> list[Scenario]:
        """Return the scenarios that it compares where factors have these levels.

        Raises
        ------
        ScenarioError
            If they do not fit together.
        """
        return [set_factors(self.baseline, side, self.factors, {**self.held, **levels}) for side in self.sides]


@dataclass(frozen=True)
class Measured:
    """What a conclusion is at each of some points, shape (points, replications), and why it is NaN at some of them."""

    values: FloatArray
    failures: Mapping[int, str]


def measure_conclusion(
    conclusion: Conclusion,
    design: Sequence[Levels],
    settings: Settings,
    store: Store,
    on_done: Callable[[], None] = lambda: None,
) -> Measured:
    """Return the conclusion where its factors have the levels of each point; replication i of all has the same luck.

    `on_done` is called for each scenario of each point. A point that cannot be, or that fails, is NaN.
    """
    points: list[Point] = []
    failures: dict[int, str] = {}
    for place, levels in enumerate(design):
        try:
            scenarios = conclusion.build(levels)
            points += [Point(_label(place, side), levels, each) for side, each in enumerate(scenarios)]
        except ScenarioError as error:
            failures[place] = str(error)
    scope, name, measure = split_outcome(conclusion.outcome)
    sweep = run_points(points, settings, store, list(dict.fromkeys((*SCOPES, scope))), on_done)
    failures |= {int(label.partition("/")[0]): message for label, message in sweep.failures.items()}
    rows = sweep.store.scan(sweep.done).filter(scope=scope, name=name, measure=measure).collect()
    values = np.full((len(conclusion.sides), len(design), settings.replications), np.nan)
    at, of = (rows["scenario"].str.split("/").list.get(part).cast(pl.Int64).to_numpy() for part in (0, 1))
    values[of, at, rows["replication"].to_numpy()] = rows["value"].to_numpy()
    return Measured(values[-1] - values[0] if conclusion.policies else values[0], failures)


def _label(place: int, side: int) -> str:
    return f"{place}/{side}"
