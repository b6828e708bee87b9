"""Precision on demand against means that are known: it keeps the confidence that it states.

Chow and Robbins 1965, "On the asymptotic theory of fixed-width sequential confidence intervals for the mean".
Law 2015, "Simulation Modeling and Analysis", section 9.4.1: the rule for relative precision; a mean found by it is
    off by no more than was asked with about the stated confidence, and the interval at the stop covers a little less.

Binomial intervals are 99.9 %.
"""

from functools import partial

import numpy as np
import polars as pl
import pytest
from scipy import stats

from sim.study.comparison import OUTCOME
from sim.study.precision import FIRST, Precision, measure_precision, replicate_until
from sim.study.replication import replicate_scenarios
from tests.unit.tiny import ALL_DAY, tiny_scenario

CONFIDENCE, KEPT = 0.95, 0.93


def frame_of(values: np.ndarray, since: int) -> pl.DataFrame:
    """Return outcomes of replications from `since` on."""
    return pl.DataFrame(
        {"scenario": "a", "replication": np.arange(since, since + len(values), dtype=np.int32)}
        | dict(zip(OUTCOME, ("class", "truck", "release_mean", "h"), strict=True))
        | {"value": values}
    )


@pytest.mark.slow
def test_mean_is_as_close_as_asked_and_its_interval_covers_what_is_claimed():
    studies, rng = 500, np.random.default_rng(1)
    rule = Precision("class/truck/release_mean", 0.1, CONFIDENCE, FIRST, 1000)
    draw = partial(rng.gamma, 16.0, 1.0 / 16.0)  # mean 1, as skewed as waits are
    close = covered = 0
    for _ in range(studies):
        outcomes = replicate_until(lambda which: frame_of(draw(len(which)), which.start), rule)
        mean, share = outcomes["value"].mean(), measure_precision(outcomes, rule)["a"]
        close += abs(mean - 1.0) <= rule.share
        covered += abs(mean - 1.0) <= share * mean
    assert close >= stats.binom.ppf(0.001, studies, CONFIDENCE)
    assert stats.binom.ppf(0.0005, studies, KEPT) <= covered <= stats.binom.ppf(0.9995, studies, CONFIDENCE)


def test_mean_number_of_trucks_a_day_is_as_close_as_asked_through_the_whole_flow():
    per_day, studies = 100.0, 10
    scenario = tiny_scenario(
        **{"demand.profiles.flat.by_hour": ALL_DAY, "demand.classes.truck.per_day": per_day},
        **{"horizon.warmup_days": 0, "horizon.days": 1},
    )
    rule = Precision("class/truck/arrived_per_day", 0.05, CONFIDENCE, FIRST, 100)
    close, runs = 0, []
    for seed in range(studies):
        outcomes = replicate_until(lambda which, s=seed: replicate_scenarios({"a": scenario}, which, s).outcomes, rule)
        arrived = outcomes.filter(scope="class", measure="arrived_per_day")["value"]
        runs.append(len(arrived))
        close += abs(arrived.mean() - per_day) <= rule.share * per_day
    assert close >= stats.binom.ppf(0.001, studies, CONFIDENCE)
    # The spread of 100 Poisson trucks is 10 %: (1.96 x 0.1 / 0.0476)^2 = 17 runs would do if it were known.
    assert 14 < np.mean(runs) < 25
