"""Designs over assumptions, and how much each moves a conclusion: Morris, Sobol, and one at a time (SALib)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.comparison import find_half_width

FloatArray = NDArray[np.float64]

LEVELS = 4
"""Of each factor in a Morris design: with an even number p, and steps of p / (2 (p - 1)), all are used equally."""
DESIGN_SEED = 1
"""Of designs and of the resampling of their intervals; has nothing to do with the luck of the runs."""


@dataclass(frozen=True)
class Effects:
    """How much each factor moves a conclusion: arrays with one entry for each.

    `size` is in the unit of the conclusion, or a share of its variance (Sobol), with the half-width that is due to
    the design (NaN: it has none). `luck` is how large an effect may be by luck alone, from the differences between
    replications. `other` is what else a method tells: sigma of Morris, first order of Sobol. `blocks` is how many
    blocks of the design were complete, of how many.
    """

    size: FloatArray
    half_width: FloatArray
    luck: FloatArray
    other: FloatArray
    other_half_width: FloatArray
    blocks: tuple[int, int]


def draw_trajectories(factors: int, size: int) -> FloatArray:
    """Return a Morris design, `size` trajectories of (factors + 1) points; shares of ranges, (points, factors)."""
    from SALib.sample import morris  # brings in pandas and matplotlib, which no other verb should wait for

    return np.asarray(morris.sample(_describe(factors), size, num_levels=LEVELS, seed=DESIGN_SEED))


def draw_blocks(factors: int, size: int) -> FloatArray:
    """Return a Sobol design without second order, `size` (a power of 2) blocks of (factors + 2) points."""
    from SALib.sample import sobol  # as above

    return np.asarray(sobol.sample(_describe(factors), size, calc_second_order=False, seed=DESIGN_SEED))


def draw_ends(factors: Sequence[str]) -> list[tuple[str, float]]:
    """Return each factor at the least and at the most of its range, as (factor, share)."""
    return [(name, share) for name in factors for share in (0.0, 1.0)]


def analyse_trajectories(shares: FloatArray, values: FloatArray, confidence: float) -> Effects:
    """Return mean absolute elementary effects, mu* (Campolongo et al. 2007), for the whole range of each factor.

    Its half-width is SALib's, resampled over trajectories; sigma tells of interactions and bends. Luck is the
    half-width over replications of an elementary effect, root mean square over trajectories: the luck of all points
    is the same, so that trajectories cannot be taken to average it out. Trajectories with NaN are left out.

    Parameters
    ----------
    shares
        Of `draw_trajectories`, (points, factors).
    values
        Of the conclusion, (points, replications).
    """
    from SALib.analyze import morris  # as above

    factors = shares.shape[1]
    shares, values, blocks = _keep_complete(shares, values, factors + 1)
    found = morris.analyze(
        _describe(factors),
        shares,
        values.mean(axis=1),
        num_levels=LEVELS,
        conf_level=confidence,
        num_resamples=1000,
        seed=DESIGN_SEED,
    )
    size, half_width, sigma = (np.asarray(found[key], dtype=float) for key in ("mu_star", "mu_star_conf", "sigma"))
    luck = _find_luck_of_steps(shares, values, confidence)
    return Effects(size, half_width, luck, sigma, np.full(factors, np.nan), blocks)


def _find_luck_of_steps(shares: FloatArray, values: FloatArray, confidence: float) -> FloatArray:
    factors = shares.shape[1]
    steps = np.diff(shares.reshape(-1, factors + 1, factors), axis=1)
    moved = np.abs(steps).argmax(axis=2)  # which factor each step of each trajectory moves
    rises = np.diff(values.reshape(-1, factors + 1, values.shape[1]), axis=1)
    effects = rises / np.take_along_axis(steps, moved[:, :, None], axis=2)
    half_width = np.take_along_axis(find_half_width(effects, confidence), moved.argsort(axis=1), axis=1)
    return np.asarray(np.sqrt((half_width**2).mean(axis=0)))


def analyse_blocks(shares: FloatArray, values: FloatArray, confidence: float) -> Effects:
    """Return total shares of the variance of a conclusion over all ranges, and those of first order (Saltelli 2010).

    Intervals are SALib's, resampled over blocks. Luck is the share of the variance that is due to the means being
    over few replications: the residual of points and replications in the table of both. Blocks with NaN are left out.
    """
    from SALib.analyze import sobol  # as above

    factors = shares.shape[1]
    _, values, blocks = _keep_complete(shares, values, factors + 2)
    means = values.mean(axis=1)
    if np.ptp(means) == 0.0:  # nothing moves it, and there is no variance to share out
        nothing = np.zeros(factors)
        return Effects(nothing, nothing, nothing, nothing, nothing, blocks)
    found = sobol.analyze(
        _describe(factors),
        means,
        calc_second_order=False,
        conf_level=confidence,
        num_resamples=1000,
        seed=DESIGN_SEED,
    )
    total, spread, first, first_spread = (np.asarray(found[key]) for key in ("ST", "ST_conf", "S1", "S1_conf"))
    luck = np.full(factors, _find_share_of_luck(values))
    return Effects(total, spread, luck, first, first_spread, blocks)


def _find_share_of_luck(values: FloatArray) -> float:
    points, replications = values.shape
    if replications < 2:
        return float("nan")
    residual = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    variance = (residual**2).sum() / ((points - 1) * (replications - 1))
    return float(variance / replications / values.mean(axis=1).var(ddof=1))


def analyse_ends(as_is: FloatArray, ends: FloatArray, confidence: float) -> Effects:
    """Return how far a conclusion goes between what it is and what it is at both ends of each range, one at a time.

    Parameters
    ----------
    as_is
        The conclusion as it is, (replications,).
    ends
        At the least and the most of each factor, (factors, 2, replications).
    """
    factors = len(ends)
    means = np.concatenate([ends.mean(axis=2), np.full((factors, 1), as_is.mean())], axis=1)
    luck = find_half_width(ends - as_is, confidence).max(axis=1)
    nothing = np.full(factors, np.nan)
    complete = int(np.isfinite(means).all(axis=1).sum())
    return Effects(np.ptp(means, axis=1), nothing, luck, nothing, nothing, (complete, factors))


def find_whole(values: FloatArray, length: int) -> NDArray[np.bool_]:
    """Return which blocks of a design, each of so many points, have no NaN."""
    return np.asarray(np.isfinite(values).all(axis=1).reshape(-1, length).all(axis=1))


def _keep_complete(
    shares: FloatArray, values: FloatArray, length: int
) -> tuple[FloatArray, FloatArray, tuple[int, int]]:
    """Return the blocks of a design, each of so many points, that have no NaN, and how many of how many these are."""
    whole = find_whole(values, length)
    kept = np.repeat(whole, length)
    return shares[kept], values[kept], (int(whole.sum()), len(whole))


def _describe(factors: int) -> dict[str, Any]:
    """Return SALib's description of so many factors, each a share of its range."""
    return {"num_vars": factors, "names": [str(each) for each in range(factors)], "bounds": [[0.0, 1.0]] * factors}
