"""Designs over assumptions and their indices, held to functions whose indices are known."""

import numpy as np
import pytest

from sim.study.sensitivity import (
    analyse_blocks,
    analyse_ends,
    analyse_trajectories,
    draw_blocks,
    draw_trajectories,
)

SLOPES = np.array([3.0, -1.0, 0.0, 0.5])


def linear(shares: np.ndarray, replications: tuple[float, ...] = (0.0, 0.7, -0.2)) -> np.ndarray:
    """Return a linear function of the shares, and in each replication so much more at every point."""
    return (shares @ SLOPES)[:, None] + np.array(replications)


def ishigami(shares: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990), with a = 7 and b = 0.1."""
    x = np.pi * (2.0 * shares - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_effects_of_a_linear_function_are_its_slopes():
    shares = draw_trajectories(4, 5)
    found = analyse_trajectories(shares, linear(shares), 0.95)
    assert found.size == pytest.approx(np.abs(SLOPES), abs=1e-12)
    assert found.other == pytest.approx(np.zeros(4), abs=1e-12)
    assert found.blocks == (5, 5)


def test_luck_that_all_points_share_is_none_of_an_effect():
    shares = draw_trajectories(4, 5)
    assert analyse_trajectories(shares, linear(shares), 0.95).luck == pytest.approx(np.zeros(4), abs=1e-12)


def test_luck_of_an_effect_is_its_half_width_over_replications():
    """Effects of 0.5 and 1.5 times the slope: half-width t x s / sqrt 2 = 12.7062 x 0.7071 / 1.4142 times the slope."""
    shares = draw_trajectories(4, 5)
    values = (shares @ SLOPES)[:, None] * np.array([0.5, 1.5])
    found = analyse_trajectories(shares, values, 0.95)
    assert found.size == pytest.approx(np.abs(SLOPES), abs=1e-12)
    assert found.luck == pytest.approx(12.7062 / 2.0 * np.abs(SLOPES), rel=1e-5)


def test_trajectory_with_a_point_that_failed_is_left_out():
    shares = draw_trajectories(4, 5)
    values = linear(shares)
    values[7] = np.nan
    found = analyse_trajectories(shares, values, 0.95)
    assert found.blocks == (4, 5)
    assert found.size == pytest.approx(np.abs(SLOPES), abs=1e-12)


def test_shares_of_variance_of_ishigami_are_within_their_intervals():
    """First order 0.3139, 0.4424 and 0, total 0.5576, 0.4424 and 0.2437 (Saltelli et al. 2008, section 4)."""
    shares = draw_blocks(3, 256)
    found = analyse_blocks(shares, np.tile(ishigami(shares)[:, None], (1, 2)), 0.999)
    assert (np.abs(found.size - [0.5576, 0.4424, 0.2437]) < found.half_width).all()
    assert (np.abs(found.other - [0.3139, 0.4424, 0.0]) < found.other_half_width).all()
    assert found.luck == pytest.approx(np.zeros(3), abs=1e-12)


def test_nothing_has_a_share_of_the_variance_of_a_constant():
    shares = draw_blocks(3, 4)
    found = analyse_blocks(shares, np.full((len(shares), 2), 5.0), 0.95)
    assert found.size.tolist() == [0.0, 0.0, 0.0]


def test_share_of_luck_is_the_residual_of_points_and_replications():
    """Each point is 1 away from its mean, one way or the other: residual variance x 1/2 over that of the means."""
    shares = draw_blocks(1, 2)
    means = np.arange(len(shares), dtype=float)
    away = np.where(np.arange(len(shares)) % 2 == 0, 1.0, -1.0)
    values = np.stack([means + away, means - away], axis=1)
    residual = 2.0 * len(shares) / (len(shares) - 1.0)
    found = analyse_blocks(shares, values, 0.95)
    assert found.luck == pytest.approx([residual / 2.0 / means.var(ddof=1)])


def test_one_at_a_time_is_how_far_it_goes_between_both_ends_and_as_it_is():
    """From 4 and 6 as it is: to 1 and 3, and to 6 and 8; the second goes up at both ends; the third stays."""
    as_is = np.array([4.0, 6.0])
    ends = np.array([[[1.0, 3.0], [6.0, 8.0]], [[5.0, 7.0], [6.0, 8.0]], [[4.0, 6.0], [4.0, 6.0]]])
    found = analyse_ends(as_is, ends, 0.95)
    assert found.size.tolist() == [5.0, 2.0, 0.0]
    assert found.luck.tolist() == [0.0, 0.0, 0.0]
