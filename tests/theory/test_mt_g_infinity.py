"""M(t)/G/infinity: with room for all, the number present is Poisson (Eick, Massey and Whitt 1993, theorem 1).

Arrivals at rate l(u) from minute 0 on, empty before: the number present at t is Poisson with mean
    m(t) = integral of l(u) P(S > t - u) du over 0..t.
Here l(u) = 2 + 1.5 sin(2 pi u / 40) and S is lognormal with median e^2 = 7.4 minutes and sigma 0.5, or 12 minutes
for all. The transient value at t is exact, so nothing is discarded. The variance of a Poisson number is its mean:
(N - m)^2 has mean m. For constant services the numbers at times 40 minutes apart are independent and, by the
40-minute period, alike, so one run yields many.
"""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import assert_mean_is, by_movement, mt_g_infinity_mean, offer_alike

PERIOD, RATE, SWING = 40.0, 2.0, 1.5
LAWS = {"lognormal": stats.lognorm(0.5, scale=np.exp(2.0)), "constant": stats.uniform(12.0, 0.0)}


def rate(u):
    return RATE + SWING * np.sin(2.0 * np.pi * u / PERIOD)


def outlasts(law, u, t):
    return LAWS[law].sf(t - u) if law == "lognormal" else float(t - u < 12.0)


def draw_minutes(rng, law, movements):
    return LAWS[law].rvs(movements, random_state=rng) if law == "lognormal" else np.full(movements, 12.0)


def draw_arrivals(rng, end):
    """Thin a Poisson process of the highest rate (Lewis and Shedler 1979)."""
    fastest = RATE + SWING
    times = np.sort(rng.uniform(0.0, end, rng.poisson(fastest * end)))
    return times[rng.uniform(0.0, fastest, len(times)) < rate(times)]


def count_present(engine, law, seed, at):
    rng = np.random.default_rng(seed)
    start = draw_arrivals(rng, at.max())
    minutes = draw_minutes(rng, law, len(start))
    route = [seize("yard"), delay(minutes), release("yard")]
    program = offer_alike([Pool.of("yard", 10_000)], start, route)
    times = by_movement(program, run(program, engine).ended_min)
    return np.searchsorted(times[:, 0], at) - np.searchsorted(np.sort(times[:, 2]), at)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("at", [8.0, 25.0, 70.0])
def test_number_present_follows_eick_massey_and_whitt(engine, law, at):
    present = [count_present(engine, law, seed, np.array([at]))[0] for seed in range(600)]
    assert_mean_is(present, mt_g_infinity_mean(rate, partial(outlasts, law), at))


def test_number_present_varies_as_much_as_a_poisson_number(engine):
    at = PERIOD * np.arange(1, 101) + 15.0
    expected = mt_g_infinity_mean(rate, partial(outlasts, "constant"), at[0])
    squares = [((count_present(engine, "constant", seed, at) - expected) ** 2).mean() for seed in range(30)]
    assert_mean_is(squares, expected, power=0.1)
