"""Distributions: luck becomes minutes with the declared mean and cv, and as the textbook inverse CDF says.

Means and coefficients of variation: Johnson, Kotz and Balakrishnan, "Continuous univariate
distributions" (1994-95): lognormal chapter 14, gamma 17, exponential 19; triangular volume 2, chapter 26.9:
variance = (a^2 + b^2 + c^2 - ab - ac - bc) / 18.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.scenario.distributions import Minutes

LEAST, MOST = 0.0, np.nextafter(1.0, 0.0)
"""The range of luck: uniforms in [0, 1)."""
ADAPTER = TypeAdapter(Minutes)


def read(**values):
    return ADAPTER.validate_python(values)


SPREAD = [read(kind=kind, mean_min=12.5, cv=cv) for kind in ("lognormal", "gamma") for cv in (0.05, 0.5, 1.0, 2.0)]
TRIANGLES = [
    read(kind="triangular", low_min=low, mode_min=mode, high_min=high)
    for low, mode, high in ((0, 5, 20), (3, 3, 9), (3, 9, 9))
]
PLAIN = [read(kind="exponential", mean_min=12.5), read(kind="constant", mean_min=12.5)]
ALL = [*SPREAD, *TRIANGLES, *PLAIN]


def integrate_moments(minutes):
    """Return mean and cv by the trapezoidal rule in z, with luck = Phi(z).

    The integrands vanish at both ends, so the rule's error is that of the steepest kink, of the order
    of its step squared (2.5e-7). It is cut at |z| = 7.5, where 1 - Phi(z) still has three digits; beyond
    lies less than a millionth of any moment here (a lognormal with cv 2: P(Z > 7.5 - 2 x 1.27)).
    """
    z, step = np.linspace(-7.5, 7.5, 30_001, retstep=True)
    values, weights = minutes.quantile(stats.norm.cdf(z)), stats.norm.pdf(z) * step
    mean = weights @ values
    return mean, np.sqrt(weights @ (values - mean) ** 2) / mean


def declared_cv(minutes):
    if minutes.kind == "triangular":
        a, c, b = minutes.low_min, minutes.mode_min, minutes.high_min
        return np.sqrt((a * a + b * b + c * c - a * b - a * c - b * c) / 18.0) / minutes.mean_min
    return {"constant": 0.0, "exponential": 1.0}.get(minutes.kind) or getattr(minutes, "cv", 0.0)


def textbook(minutes):
    """Return scipy's distribution of the same mean and cv."""
    if minutes.kind == "triangular":
        width = minutes.high_min - minutes.low_min
        return stats.triang((minutes.mode_min - minutes.low_min) / width, minutes.low_min, width)
    if minutes.kind == "exponential":
        return stats.expon(scale=minutes.mean_min)
    if minutes.kind == "gamma":
        return stats.gamma(1.0 / minutes.cv**2, scale=minutes.mean_min * minutes.cv**2)
    return stats.lognorm(np.sqrt(np.log(1.0 + minutes.cv**2)), scale=minutes.mean_min / np.sqrt(1.0 + minutes.cv**2))


@pytest.mark.parametrize("minutes", ALL, ids=str)
def test_mean_and_cv_over_all_luck_are_the_declared_ones(minutes):
    mean, cv = integrate_moments(minutes)
    assert mean == pytest.approx(minutes.mean_min, rel=1e-6)
    assert cv == pytest.approx(declared_cv(minutes), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("minutes", [*SPREAD, *TRIANGLES, PLAIN[0]], ids=str)
def test_minutes_are_the_textbook_quantiles(minutes):
    luck = np.linspace(0.0005, 0.9995, 1999)
    np.testing.assert_allclose(minutes.quantile(luck), textbook(minutes).ppf(luck), rtol=1e-9)


@pytest.mark.parametrize("minutes", TRIANGLES, ids=str)
def test_triangular_minutes_are_those_of_scipy_to_the_last_bit(minutes):
    luck = np.linspace(LEAST, MOST, 2001)
    np.testing.assert_array_equal(minutes.quantile(luck), textbook(minutes).ppf(luck))


def test_constant_minutes_ignore_luck():
    assert PLAIN[1].quantile(np.array([LEAST, 0.5, MOST])).tolist() == [12.5] * 3


def test_gamma_with_cv_1_is_exponential():
    luck = np.linspace(0.0, 0.999, 1000)
    np.testing.assert_allclose(read(kind="gamma", mean_min=12.5, cv=1).quantile(luck), PLAIN[0].quantile(luck))


@pytest.mark.parametrize("minutes", ALL, ids=str)
def test_worst_and_best_luck_give_finite_minutes_of_at_least_0(minutes):
    ends = minutes.quantile(np.array([LEAST, MOST]))
    assert np.isfinite(ends).all()
    assert 0.0 <= ends[0] <= ends[1]


@pytest.mark.parametrize("minutes", TRIANGLES, ids=str)
def test_triangular_minutes_stay_between_their_bounds(minutes):
    ends = minutes.quantile(np.array([LEAST, MOST]))
    assert ends[0] == minutes.low_min
    assert ends[1] == pytest.approx(minutes.high_min)
    assert ends[1] <= minutes.high_min


@pytest.mark.parametrize("kind", ["constant", "exponential", "lognormal", "gamma"])
def test_mean_of_0_takes_no_time(kind):
    spread = {"cv": 0.5} if kind in ("lognormal", "gamma") else {}
    assert read(kind=kind, mean_min=0, **spread).quantile(np.array([LEAST, 0.5, MOST])).tolist() == [0, 0, 0]


@given(luck=st.lists(st.floats(LEAST, MOST), min_size=2), minutes=st.sampled_from(ALL))
def test_more_luck_never_means_fewer_minutes(luck, minutes):
    assert (np.diff(minutes.quantile(np.sort(luck))) >= 0.0).all()


@given(luck=st.lists(st.floats(LEAST, MOST), min_size=1), minutes=st.sampled_from(ALL))
def test_each_minute_depends_on_its_own_luck_alone(luck, minutes):
    alone = [float(minutes.quantile(np.array([one]))[0]) for one in luck]
    assert minutes.quantile(np.array(luck)).tolist() == alone


@given(factor=st.floats(0.01, 100.0), minutes=st.sampled_from(SPREAD), luck=st.floats(LEAST, MOST))
def test_scaling_the_mean_scales_the_minutes(factor, minutes, luck):
    scaled = minutes.model_copy(update={"mean_min": minutes.mean_min * factor}).quantile(np.array([luck]))
    np.testing.assert_allclose(scaled, factor * minutes.quantile(np.array([luck])), rtol=1e-12)


@pytest.mark.parametrize("bounds", [(5, 3, 9), (3, 10, 9), (4, 4, 4), (9, 5, 3)])
def test_triangular_bounds_that_do_not_ascend_are_refused(bounds):
    low, mode, high = bounds
    with pytest.raises(ValidationError, match="must ascend"):
        read(kind="triangular", low_min=low, mode_min=mode, high_min=high)


@pytest.mark.parametrize("cv", [0, -0.5, 5.1, float("inf"), float("nan")])
@pytest.mark.parametrize("kind", ["lognormal", "gamma"])
def test_cv_outside_its_range_is_refused(kind, cv):
    with pytest.raises(ValidationError, match="cv"):
        read(kind=kind, mean_min=5, cv=cv)
