"""Ranking and selection: which of many points is the best, with no more runs than it takes to know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.problems import Problem, ScenarioError

FloatArray = NDArray[np.float64]
Sample = Callable[[Sequence[int], int, int], Mapping[int, Sequence[float]]]
"""Of the points with these numbers, the replications from one on, so many: their values by number of the point."""

FIRST_STAGE = 10
"""Replications of every point before any is dropped: they estimate the variances of the differences."""


@dataclass(frozen=True)
class Selection:
    """Who was chosen and who was dropped when.

    `best`: number of the point with the best mean among those left. `is_sure`: whether the procedure ended by itself
    rather than at the cap, where the guarantee does not hold. `left`: all that were not dropped; several if they are
    equal, or the cap was reached. `values`: of every replication that was run.
    """

    best: int
    is_sure: bool
    left: tuple[int, ...]
    dropped_after: Mapping[int, int]
    values: Mapping[int, FloatArray]

    @property
    def runs(self) -> int:
        """Replications of all points together."""
        return sum(len(values) for values in self.values.values())


@dataclass(frozen=True)
class Terms:
    """What is asked of a selection: the difference that matters, how sure, which way, and how many runs at most."""

    indifference: float
    confidence: float = 0.95
    largest: bool = False
    most_replications: int = 500
    batch: int = 5

    def __post_init__(self) -> None:
        if not self.indifference > 0.0:
            remedy = "say which difference would not matter to you, in the outcome's unit: indifference=0.25"
            raise ScenarioError([Problem("indifference", "must be above 0", self.indifference, remedy)])
        if self.most_replications < FIRST_STAGE:
            rule = f"must be at least {FIRST_STAGE}, the first stage"
            raise ScenarioError([Problem("most_replications", rule, self.most_replications)])


def select_best(count: int, sample: Sample, terms: Terms) -> Selection:
    """Return the best of so many points by the procedure KN (Kim and Nelson 2001, ACM TOMACS 11(3), 251-273).

    If the best is better than every other by `indifference` or more, it is chosen with a probability of at least
    `confidence`; normal outcomes are assumed. Replication i of all points may share its luck: KN works on the
    variances of differences, and the more alike the luck, the sooner it ends.
    """
    left: list[int] = list(range(count))
    source, is_sure = _Source(count, sample, terms), True
    if count > 1:
        procedure = _make_procedure(source, count, terms)
        try:
            left = [int(each) for each in procedure.solve()]
        except _CapReachedError:
            left, is_sure = [int(each) for each in procedure._contenders], False
    else:
        source.simulate(0)
    values = {number: np.array(found) for number, found in enumerate(source.values)}
    sign = -1.0 if terms.largest else 1.0
    best = min(left, key=lambda number: sign * values[number][: source.used[number]].mean())
    dropped = {number: source.used[number] for number in range(count) if number not in left}
    return Selection(best, is_sure, tuple(left), dropped, values)


class _CapReachedError(Exception):
    """More replications would be needed than are allowed."""


class _Source:
    """What the library's procedures ask for one observation after the other; it runs batches of all that are left.

    Their interface: `register_observer(procedure)`, `simulate(number)` answers by `procedure.feedback(...)`.
    """

    def __init__(self, count: int, sample: Sample, terms: Terms) -> None:
        self.values: list[list[float]] = [[] for _ in range(count)]
        self.used = [0] * count
        self._sample, self._terms = sample, terms
        self._procedure: Any = None

    def register_observer(self, procedure: Any) -> None:
        self._procedure = procedure

    def simulate(self, number: int) -> None:
        if self.used[number] == len(self.values[number]):
            self._run_batch(len(self.values[number]))
        value = self.values[number][self.used[number]]
        self.used[number] += 1
        if self._procedure is not None:
            self._procedure.feedback(self, number, value)

    def _run_batch(self, first: int) -> None:
        """Run a batch of all that are still in, as they are asked in turn and so have run equally often."""
        if first >= self._terms.most_replications:
            raise _CapReachedError
        wanted = FIRST_STAGE if first == 0 else self._terms.batch
        left = [int(each) for each in self._procedure._contenders] if self._procedure else [0]
        found = self._sample(left, first, min(wanted, self._terms.most_replications - first))
        for number in left:
            self.values[number] += found[number]


def _make_procedure(source: _Source, count: int, terms: Terms) -> Any:
    from sim_tools.ovs.indifference_zone import KN  # it imports pandas and plotly, which take a second

    class PairedKN(KN):  # type: ignore[misc]
        """KN as published: sim-tools 1.3 looks up the variance of another pair than it compares, and never ends
        if two points are equal to the last digit, as under common luck those are that a policy does not touch.
        """

        def _stopping(self) -> bool:
            left = self._contenders
            reach = (self._limit_to_distance_from_sample_means(i, j) for i in left for j in left if i != j)
            if len(left) == 1 or any(reach):
                return len(left) == 1
            self._screening()  # from here on whoever is behind is out, so that the rest are equal
            return True

        def _calc_variance_of_differences(self) -> FloatArray:
            differences = self._init_obs[:, None] - self._init_obs
            return np.asarray(differences.var(axis=-1, ddof=1))

        def _limit_to_distance_from_sample_means(self, one: int, other: int) -> float:
            variance = float(self._variance_of_diffs[one, other])
            reach = self._h_squared * variance / self._delta**2 - self._r
            return max(0.0, float(self._delta / (2.0 * self._r) * reach))

    return PairedKN(
        source,
        count,
        terms.indifference,
        alpha=1.0 - terms.confidence,
        n_0=FIRST_STAGE,
        obj="max" if terms.largest else "min",
    )
