"""Carriers and boxes that wait for each other: each carrier is told by its own boxes, whoever else is at the crane.

A carrier comes, tells its n boxes that it stands at the cranes, and leaves when all have told it that they are lifted.
    Alone at c cranes with lifts of L minutes it stays ceil(n / c) L. With exponential lifts of rate m it stays
    (n - c) / (c m) until the last c are on the cranes, and then the largest of c exponentials: H_c / m in all, with
    the harmonic number H_c = 1 + ... + 1 / c (Feller 1971, "An Introduction to Probability Theory II", I.6).
A train that leaves when it is full (K boxes) and loaded, or a limit of L minutes after it came: it offers K places and
waits for K loaded boxes, but not longer than L; then it takes back the places that nobody took, counts them as loaded,
and waits for those that are being loaded. If it came at o, boxes that came at most at o + L board, the first K of
those left; box j boards at b_j = max(arrive_j, o) and takes g to load. The train leaves at b_last + g if it is full,
else at max(o + L, b_last + g), and the next one comes at once.
"""

import numpy as np
import pytest

from sim.kernel import (
    Op,
    Pool,
    assemble,
    await_signals,
    delay,
    release,
    run,
    seize,
    seize_within,
    signal,
    skip,
    try_seize,
)
from tests.theory.queueing import arrive_by_poisson, assert_mean_is


def lift_all(engine: str, cranes: int, arrive: list, lifts: list, ranks: list) -> tuple[list, list]:
    """Return when each carrier leaves, and when the boxes of each are lifted; boxes are there long before."""
    carriers = len(lifts)
    first = carriers + np.cumsum([0, *map(len, lifts)])
    routes = [
        (start, [*(signal(first[i] + j) for j in range(len(lifts[i]))), await_signals(len(lifts[i]))])
        for i, start in enumerate(arrive)
    ]
    boxes = [
        (0.0, [await_signals(), seize("cranes", 1, rank), delay(lift), release("cranes"), signal(i)])
        for i, rank in enumerate(ranks)
        for lift in lifts[i]
    ]
    program = assemble([Pool.of("cranes", cranes)], [*routes, *boxes], names=[str(i) for i in range(first[-1])])
    ended = run(program, engine).ended_min[program.first_step[1:] - 1]
    by_number = dict(zip(map(int, program.names), ended, strict=True))
    lifted = [[by_number[first[i] + j] for j in range(len(lifts[i]))] for i in range(carriers)]
    return [by_number[i] for i in range(carriers)], lifted


@pytest.mark.parametrize("cranes", [1, 2, 3, 7])
@pytest.mark.parametrize("boxes", [1, 2, 5, 6, 7])
def test_carrier_alone_stays_for_as_many_rounds_as_its_boxes_make(engine, cranes, boxes):
    leaves, _ = lift_all(engine, cranes, [10.0], [[2.5] * boxes], [0])
    assert leaves == [10.0 + -(-boxes // cranes) * 2.5]


@pytest.mark.parametrize(("boxes", "cranes"), [(5, 1), (5, 2), (8, 3), (3, 3), (4, 9)])
def test_carrier_alone_stays_for_the_rounds_and_the_longest_of_the_last(engine, boxes, cranes):
    carriers, rate, gap = 250, 0.5, 1e4
    last = min(boxes, cranes)
    expected = (boxes - last) / (cranes * rate) + (1.0 / np.arange(1, last + 1)).sum() / rate
    means = []
    for seed in range(20):
        lifts = np.random.default_rng(seed).exponential(1.0 / rate, (carriers, boxes)).tolist()
        arrive = (gap * np.arange(1, carriers + 1)).tolist()
        leaves, _ = lift_all(engine, cranes, arrive, lifts, [0] * carriers)
        means.append(np.mean(np.subtract(leaves, arrive)))
    assert_mean_is(means, expected)


def test_small_urgent_carrier_leaves_before_the_large_one_that_came_first(engine):
    """One crane, lifts of 2: one of five boxes, two of the other from minute 2 to 6, then four from 6 to 14."""
    leaves, lifted = lift_all(engine, 1, [0.0, 1.0], [[2.0] * 5, [2.0] * 2], [0, -1])
    assert leaves == [14.0, 6.0]
    assert lifted == [[2.0, 8.0, 10.0, 12.0, 14.0], [4.0, 6.0]]


def test_carriers_of_one_rank_overtake_if_the_later_has_fewer_boxes_and_short_lifts(engine):
    """Two cranes: the long lift of the first goes on until 9 beside both of the second, which end at 2 and 4."""
    leaves, _ = lift_all(engine, 2, [0.0, 0.5], [[9.0, 1.0], [1.0, 2.0]], [0, 0])
    assert leaves == [9.0, 4.0]


@pytest.mark.parametrize("seed", range(5))
def test_each_carrier_leaves_with_the_last_of_its_own_boxes(engine, seed):
    rng = np.random.default_rng(seed)
    arrive = np.cumsum(rng.exponential(3.0, 100))
    lifts = [rng.exponential(1.0, n).tolist() for n in rng.integers(1, 9, 100)]
    leaves, lifted = lift_all(engine, 2, rng.permutation(arrive).tolist(), lifts, rng.integers(-2, 3, 100).tolist())
    assert leaves == [max(own) for own in lifted]
    assert leaves != sorted(leaves)


PLACES, LIMIT = 6, 10.0


def leave_full_or_at_limit() -> list:
    take_back = [step for _ in range(PLACES) for step in (try_seize("places", 1), release("loaded"))]
    late = [*take_back, seize("loaded", PLACES)]
    wait = [seize_within("loaded", LIMIT, PLACES), skip(1), skip(len(late)), *late]
    return [seize("track"), release("places", PLACES), *wait, release("track")]


def load_trains(engine: str, arrive: np.ndarray, trains: int, load_min: float) -> tuple[np.ndarray, np.ndarray]:
    """Return when each train leaves and when each box boards."""
    box = [seize("places"), delay(load_min), release("loaded")]
    pools = [Pool.of("places", 0), Pool.of("loaded", 0), Pool.of("track", 1)]
    route = leave_full_or_at_limit()
    movements = [(0.0, route)] * trains + [(time, box) for time in arrive.tolist()]
    program = assemble(pools, movements, horizon_min=arrive[-1] + 1e6)
    ended = run(program, engine).ended_min
    boards = (program.op == Op.SEIZE) & (program.target == program.pool_number["places"])
    return ended[len(route) - 1 : trains * len(route) : len(route)], ended[boards]


def follow(arrive: np.ndarray, trains: int, load_min: float) -> tuple[list, list]:
    """Return the same by the recursion."""
    leaves, boards, opens = [], [], 0.0
    for _ in range(trains):
        first = len(boards)
        boxes = min(np.searchsorted(arrive, opens + LIMIT, side="right") - first, PLACES)
        boards += [max(time, opens) for time in arrive[first : first + boxes].tolist()]
        loaded = boards[-1] + load_min if boxes else opens
        opens = loaded if boxes == PLACES else max(opens + LIMIT, loaded)
        leaves.append(opens)
    return leaves, boards


@pytest.mark.parametrize("load_min", [0.0, 0.7, 15.0], ids=["at-once", "in-less-than-the-limit", "in-more"])
@pytest.mark.parametrize("rate", [0.05, 0.5, 0.6, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_train_leaves_full_and_loaded_or_at_its_limit(engine, seed, rate, load_min):
    arrive = arrive_by_poisson(np.random.default_rng(seed), rate, 400)
    leaves, boards = follow(arrive, 100, load_min)
    found, boarded = load_trains(engine, arrive, 100, load_min)
    assert found.tolist() == leaves
    np.testing.assert_array_equal(boarded, [*boards, *[np.nan] * (len(arrive) - len(boards))])


def test_box_that_comes_at_the_very_limit_boards_and_one_too_many_takes_the_next_train(engine):
    """Trains leave at the limit 10 with six, full at 17 with two that were too many at 10, at 27 and 37, empty."""
    arrive = np.array([0, 2, 4, 6, 8, 10, 10, 10, 11, 12, 13, 17, 27], dtype=float)
    leaves, boards = load_trains(engine, arrive, 4, 0.0)
    assert leaves.tolist() == [10.0, 17.0, 27.0, 37.0]
    assert boards.tolist() == arrive.tolist()
