"""Trains that bring several boxes at once to one server: M^[X]/M/1 (Chaudhry and Templeton 1983, "A First Course in
Bulk Queues"; Gross and Harris 1998, "Fundamentals of Queueing Theory", section 3.1).

Trains Poisson at rate a, X boxes on each (here 1, 3 or 8, equally likely: E(X) = 4, E(X^2) = 74 / 3), services
exponential of mean 1, load r = a E(X) = 0.5. A train is one customer of M/G/1 whose service S is a sum of X
exponentials: E(S) = E(X), E(S^2) = E(X^2) + E(X). Its first box waits as Pollaczek and Khinchine say; a box taken
at random has (E(X^2) / E(X) - 1) / 2 others of its train ahead of it, 1 minute each:
    E(wait of the first) = a (E(X^2) + E(X)) / (2 (1 - r)),   E(wait) = that + (E(X^2) / E(X) - 1) / 2.
Box by box, Lindley 1952: box i is granted at max(arrive_i, leave_(i-1)).

No start-up bias: the stationary workload is a geometric sum, ratio r, of residual services (Benes 1957). A train
met at random in service has J boxes left with P(J = j) = P(X >= j) / E(X), the one in service afresh. So many boxes
are there at minute 0, and one more train comes, which sees the stationary law, as by PASTA do all later. The number
of trains is fixed; all waits together, divided by the expected number of boxes, are then free of bias.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import (
    arrive_by_poisson,
    assert_mean_is,
    by_movement,
    offer_alike,
    pollaczek_khinchine_wait,
)

SIZES, LOAD, TRAINS = np.array([1, 3, 8]), 0.5, 2_000
MEAN, SQUARE = SIZES.mean(), (SIZES**2).mean()
TRAIN_RATE = LOAD / MEAN


def draw_present(rng: np.random.Generator) -> int:
    """Return the number of boxes at minute 0."""
    left = np.arange(1, SIZES.max() + 1)
    weights = (SIZES[None, :] >= left[:, None]).mean(axis=1) / MEAN
    trains = rng.geometric(1.0 - LOAD) - 1
    return int(rng.choice(left, trains, p=weights).sum())


def serve_trains(engine: str, seed: int) -> tuple[np.ndarray, ...]:
    """Return start, minutes, grants and ends of all boxes, and which of them are first on their trains."""
    rng = np.random.default_rng(seed)
    present, sizes = draw_present(rng), rng.choice(SIZES, TRAINS)
    start = np.append(np.zeros(present), np.repeat(arrive_by_poisson(rng, TRAIN_RATE, TRAINS), sizes))
    minutes = rng.exponential(1.0, len(start))
    program = offer_alike([Pool.of("server", 1)], start, [seize("server"), delay(minutes), release("server")])
    times = by_movement(program, run(program, engine).ended_min)
    return start, minutes, times[:, 0], times[:, 2], present + np.cumsum(sizes) - sizes


@pytest.fixture(scope="module")
def runs(engine):
    return [serve_trains(engine, seed) for seed in range(40)]


def test_each_box_is_served_when_lindley_says(runs):
    for start, minutes, granted, left, _ in runs[:5]:
        server_free = 0.0
        for box, begin in enumerate(start.tolist()):
            assert granted[box] == max(begin, server_free)
            server_free = granted[box] + minutes[box]
            assert left[box] == server_free


def test_first_box_of_a_train_waits_as_pollaczek_and_khinchine_say(runs):
    expected = pollaczek_khinchine_wait(TRAIN_RATE, MEAN, SQUARE + MEAN)
    assert_mean_is([(granted - start)[first].mean() for start, _, granted, _, first in runs], expected, power=0.1)


def test_mean_wait_of_boxes_follows_the_bulk_arrival_queue(runs):
    expected = pollaczek_khinchine_wait(TRAIN_RATE, MEAN, SQUARE + MEAN) + (SQUARE / MEAN - 1.0) / 2.0
    waits = [(granted - start)[first[0] :].sum() / (TRAINS * MEAN) for start, _, granted, _, first in runs]
    assert_mean_is(waits, expected, power=0.1)
