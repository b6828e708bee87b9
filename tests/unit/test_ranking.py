"""Selecting the best: how often it is right, when it ends, and that it asks only for what it needs."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from sim.scenario import ScenarioError
from sim.study.ranking import FIRST_STAGE, Sample, Selection, Terms, select_best


class Runs:
    """Points with known means, normal noise of their own, and luck that all share; notes what was asked for."""

    def __init__(self, means: Sequence[float], seed: int, noise: float = 1.0) -> None:
        rng = np.random.default_rng(seed)
        self.means, self.asked = means, []
        self._own = noise * rng.normal(size=(len(means), 1000))
        self._common = 3.0 * rng.normal(size=1000)

    def __call__(self, left: Sequence[int], first: int, count: int) -> Mapping[int, list[float]]:
        self.asked.append((tuple(left), first, count))
        span = slice(first, first + count)
        return {i: (self.means[i] + self._own[i, span] + self._common[span]).tolist() for i in left}


def select(sample: Sample, count: int, **terms) -> Selection:
    return select_best(count, sample, Terms(indifference=terms.pop("indifference", 0.5), **terms))


@pytest.mark.parametrize("largest", [False, True])
def test_best_is_chosen_as_often_as_is_promised(largest):
    """The hardest case that the promise covers: all others are worse by just the indifference, and alike.

    With 300 studies at 90 % the number of right choices is binomial; 3.5 deviations below 270 would be a defect.
    """
    rng = np.random.default_rng(7)
    right = 0
    for seed in range(300):
        best = int(rng.integers(5))
        means = [0.0 if number == best else (-0.5 if largest else 0.5) for number in range(5)]
        chosen = select(Runs(means, seed), 5, confidence=0.9, largest=largest)
        right += chosen.best == best
        assert chosen.is_sure
    assert right >= 270 - 3.5 * np.sqrt(300 * 0.9 * 0.1)


def test_far_worse_points_are_dropped_after_the_first_stage_and_not_run_again():
    runs = Runs([0.0, 0.2, 50.0, 60.0], seed=1)
    chosen = select(runs, 4, indifference=0.1)
    assert runs.asked[0] == ((0, 1, 2, 3), 0, FIRST_STAGE)
    assert all(left == (0, 1) for left, _, _ in runs.asked[1:])
    assert chosen.dropped_after[2] == chosen.dropped_after[3] == FIRST_STAGE
    assert chosen.runs == sum(len(left) * count for left, _, count in runs.asked)


def test_batches_follow_each_other_without_a_gap():
    runs = Runs([0.0, 0.3, 0.3], seed=2)
    select(runs, 3, indifference=0.2)
    firsts, counts = [first for _, first, _ in runs.asked], [count for _, _, count in runs.asked]
    assert firsts == [sum(counts[:index]) for index in range(len(counts))]


@pytest.mark.parametrize("order", [(1.0, 5.0, 20.0, 100.0), (100.0, 20.0, 5.0, 1.0), (5.0, 100.0, 1.0, 20.0)])
def test_order_of_points_with_different_noise_does_not_matter(order):
    """The variance that counts is that of the pair which is compared: who is dropped when goes with the point."""
    rng = np.random.default_rng(11)
    noise = {deviation: deviation * rng.normal(size=1000) for deviation in (1.0, 5.0, 20.0, 100.0)}
    means = {1.0: 0.0, 5.0: 8.0, 20.0: 30.0, 100.0: 10.0}

    def sample(left, first, count):
        return {i: (means[order[i]] + noise[order[i]][first : first + count]).tolist() for i in left}

    chosen = select(sample, 4, indifference=5.0, batch=1, most_replications=1000)
    assert order[chosen.best] == 1.0
    dropped = {order[number]: after for number, after in chosen.dropped_after.items()}
    assert dropped == dropped_by_definition([noise[each] + means[each] for each in noise], list(noise))


def dropped_by_definition(values: list[np.ndarray], names: list[float]) -> dict[float, int]:
    """Return after how many runs each is dropped by KN as Kim and Nelson (2001) write it, for the smallest mean."""
    count, alpha, indifference, first = len(values), 0.05, 5.0, FIRST_STAGE
    h_squared = ((2 * alpha / (count - 1)) ** (-2 / (first - 1)) - 1) * (first - 1)
    left, dropped, run = set(range(count)), {}, first
    while len(left) > 1:
        means = [each[:run].mean() for each in values]
        out = {
            i
            for i in left
            for j in left - {i}
            if means[i]
            > means[j]
            + max(
                0.0,
                indifference
                / (2 * run)
                * (h_squared * (values[i] - values[j])[:first].var(ddof=1) / indifference**2 - run),
            )
        }
        dropped |= {names[i]: run for i in out}
        left, run = left - out, run + 1
    return dropped


def test_equal_points_end_and_the_first_is_named():
    chosen = select(lambda left, first, count: {i: list(range(first, first + count)) for i in left}, 3)
    assert (chosen.best, chosen.is_sure, chosen.left) == (0, True, (0, 1, 2))


def test_cap_ends_what_cannot_be_decided_and_promises_nothing():
    chosen = select(Runs([0.0, 0.0], seed=4), 2, indifference=0.001, most_replications=23)
    assert not chosen.is_sure
    assert chosen.left == (0, 1)
    assert [len(values) for values in chosen.values.values()] == [23, 23]


def test_single_point_is_the_best():
    chosen = select(Runs([1.0], seed=1), 1)
    assert (chosen.best, chosen.is_sure, chosen.runs) == (0, True, FIRST_STAGE)


@pytest.mark.parametrize(
    ("terms", "said"),
    [({"indifference": 0}, "which difference would not matter"), ({"most_replications": 3}, "the first stage")],
)
def test_terms_that_make_no_sense_are_refused(terms, said):
    with pytest.raises(ScenarioError, match=said):
        select(Runs([1.0, 2.0], seed=1), 2, **terms)
