"""Luck: named streams of uniforms, of which number i is the same whatever else is read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.luck import Luck

PURPOSES = st.text(min_size=1, max_size=20)
SEEDS = st.integers(0, 2**31)


@given(seed=SEEDS, replication=st.integers(0, 10_000), purpose=PURPOSES, count=st.integers(0, 50))
def test_first_numbers_of_a_stream_do_not_depend_on_how_many_are_read(seed, replication, purpose, count):
    few, many = (Luck(seed, replication).uniforms(purpose, n) for n in (count, count + 50))
    assert few.tolist() == many[:count].tolist()


@given(purposes=st.lists(PURPOSES, unique=True, min_size=2, max_size=5))
def test_stream_does_not_depend_on_what_was_read_before(purposes):
    luck = Luck(1, 0)
    read = {purpose: luck.uniforms(purpose, 3).tolist() for purpose in purposes}
    assert {purpose: Luck(1, 0).uniforms(purpose, 3).tolist() for purpose in reversed(purposes)} == read


@given(seed=SEEDS, replication=st.integers(0, 10_000), one=PURPOSES, other=PURPOSES)
def test_purposes_have_different_luck(seed, replication, one, other):
    luck = Luck(seed, replication)
    same = (luck.uniforms(one, 4) == luck.uniforms(other, 4)).any()
    assert same == (one == other)


@given(
    one=st.tuples(st.integers(0, 2**40), st.integers(0, 100_000)),
    other=st.tuples(st.integers(0, 2**40), st.integers(0, 100_000)),
)
def test_seeds_and_replications_have_different_luck(one, other):
    same = (Luck(*one).uniforms("gate", 4) == Luck(*other).uniforms("gate", 4)).any()
    assert same == (one == other)


def test_seed_beyond_32_bits_is_not_another_seeds_replication():
    """A seed made from a date and time, 202509011230, has more than 32 bits."""
    long_seed = 5 * 2**32 + 1
    assert Luck(long_seed, 0).uniforms("gate", 4).tolist() != Luck(1, 5).uniforms("gate", 4).tolist()


def test_luck_is_at_least_0_and_below_1():
    uniforms = Luck(1, 0).uniforms("gate", 1_000_000)
    assert uniforms.min() >= 0.0
    assert uniforms.max() < 1.0


def test_luck_is_uniform_within_and_across_streams():
    """Kolmogorov-Smirnov at 99.9 %, with two tests Bonferroni: 0.001 / 2."""
    within = Luck(1, 0).uniforms("gate", 10_000)
    across = np.array([Luck(1, replication).uniforms("gate", 1)[0] for replication in range(2_000)])
    for sample in (within, across):
        assert stats.kstest(sample, "uniform").pvalue > 0.0005


NEIGHBOURS = {
    "purposes": [Luck(1, 0).uniforms(purpose, 10_000) for purpose in ("truck/0/gate", "truck/1/gate", "truck/0/yard")],
    "replications": [Luck(1, replication).uniforms("gate", 10_000) for replication in range(3)],
    "seeds": [Luck(seed, 0).uniforms("gate", 10_000) for seed in range(3)],
}


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_neighbouring_streams_do_not_correlate(kind):
    """Under independence Fisher's z of each of 3 x 3 correlations is normal with variance 1 / (n - 3)."""
    correlations = np.corrcoef(NEIGHBOURS[kind])[np.triu_indices(3, 1)]
    z = np.arctanh(correlations) * np.sqrt(10_000 - 3)
    assert np.abs(z).max() < stats.norm.isf(0.001 / 9 / 2)


@given(rate=st.floats(0.001, 5.0), end=st.floats(1.0, 3_000.0))
def test_arrival_times_ascend_within_the_run(rate, end):
    times = Luck(1, 0).poisson_times("arrival", rate, end)
    assert (np.diff(times) > 0).all()
    assert ((times > 0) & (times < end)).all()


@given(rate=st.floats(0.001, 5.0), end=st.floats(1.0, 3_000.0), more=st.floats(0.0, 3_000.0))
def test_longer_run_only_appends_arrival_times(rate, end, more):
    short, long = (Luck(1, 0).poisson_times("arrival", rate, until) for until in (end, end + more))
    assert long[: len(short)].tolist() == short.tolist()
    assert (long[len(short) :] >= end).all()


@given(rate=st.floats(0.001, 5.0), replication=st.integers(0, 100))
def test_faster_process_is_the_same_one_on_a_quicker_clock(rate, replication):
    luck = Luck(1, replication)
    slow, fast = luck.poisson_times("arrival", rate, 500.0), luck.poisson_times("arrival", 2.0 * rate, 250.0)
    np.testing.assert_allclose(slow, 2.0 * fast)


def test_gaps_between_arrivals_are_exponential_and_counts_poisson():
    """Kolmogorov-Smirnov for gaps, Fisher's index of dispersion for counts, each at 99.9 % / 2."""
    rate, end, runs = 0.1, 500.0, 1_000
    gaps = np.diff(Luck(1, 0).poisson_times("arrival", rate, 100_000.0))
    counts = np.array([len(Luck(1, run).poisson_times("arrival", rate, end)) for run in range(runs)])
    assert stats.kstest(gaps, "expon", args=(0.0, 1.0 / rate)).pvalue > 0.0005
    dispersion = ((counts - counts.mean()) ** 2).sum() / counts.mean()
    assert stats.chi2.ppf(0.00025, runs - 1) < dispersion < stats.chi2.isf(0.00025, runs - 1)
    assert (
        stats.poisson.ppf(0.00025, rate * end * runs) <= counts.sum() <= stats.poisson.isf(0.00025, rate * end * runs)
    )
