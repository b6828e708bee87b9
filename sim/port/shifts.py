"""Shifts: how many lanes each part of a day wants, and when each lane is open for it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.kernel import Pool

FloatArray = NDArray[np.float64]
Shift = tuple[float, float, int]
"""From minute, to minute, lanes."""
WeightedPart = tuple[float, float, float]
"""From minute, to minute of a day, weight."""
ROUNDING_MIN = 1e-9
"""Lane-minutes that are rounding, not work."""


@lru_cache(maxsize=4096)
def spread_lanes(parts: tuple[WeightedPart, ...], servers: int, lane_min: float | None) -> tuple[Shift, ...]:
    """Return the shifts of one day, of so many lane-minutes, or if None of the share of all lanes that weights are.

    Most days are alike, and the answer is remembered.
    """
    begins, ends, weights = np.array(parts, dtype=np.float64).reshape(-1, 3).T
    lanes = weights * servers if lane_min is None else share_out(ends - begins, weights, servers, lane_min)
    return tuple(open_lanes(np.column_stack([begins, ends]), lanes))


def share_out(lasts: FloatArray, weights: FloatArray, servers: int, lane_min: float) -> FloatArray:
    """Return the lanes that each part of a day wants: `lane_min` lane-minutes in all, in proportion to the weights.

    No part has more lanes than there are servers: what a full part cannot take goes to the others, in proportion
    again. Parts without weight have none, so lane-minutes are left over only when all others are full.
    """
    some = weights > 0.0
    full = some & (lane_min >= servers * float(lasts[some].sum()))
    while (rest := some & ~full).any():
        left = lane_min - servers * float(lasts[full].sum())
        lanes = weights * (left / float((weights * lasts)[rest].sum()))
        over = rest & (lanes >= servers)
        if not over.any():
            return np.where(rest, lanes, servers * full)
        full |= over
    return np.asarray(servers * full, dtype=np.float64)


def open_lanes(parts: FloatArray, lanes: FloatArray) -> Iterator[Shift]:
    """Yield shifts of whole lanes that together have as many lane-minutes as the parts of a day want.

    Parts (n, 2) are from minute to minute, `lanes` (n,) may be fractions. Lane by lane: the first is open
    wherever any is wanted, the second wherever more than one is, and so on; the odd lane, which is wanted in
    part, is open when it is wanted most (`_open_lane`). If all parts want the same, whole lanes are open
    throughout and the odd one around the middle of the day's open time.
    """
    throughout = int(lanes.min()) if len(lanes) else 0
    for opens, closes in parts.tolist():
        yield opens, closes, throughout
    for lane in range(throughout, int(np.ceil(lanes.max(initial=0.0)))):
        for opens, closes in _open_lane(parts, np.clip(lanes - lane, 0.0, 1.0)):
            yield opens, closes, 1


def add_lanes(pool: Pool, shifts: Sequence[Shift]) -> Pool:
    """Return a pool with more tokens in some spans of time, which may overlap."""
    if not len(shifts):
        return pool
    begins, ends, count = np.array(shifts, dtype=np.float64).T
    at, index = np.unique(np.concatenate([pool.times_min, begins, ends]), return_inverse=True)
    change = np.concatenate([np.diff(pool.tokens, prepend=0), count, -count])
    tokens = np.cumsum(np.bincount(index, change)).astype(np.int64)
    steps = np.flatnonzero(np.diff(tokens, prepend=-1))
    return Pool(pool.name, at[steps], tokens[steps])


def _open_lane(parts: FloatArray, shares: FloatArray) -> Iterator[tuple[float, float]]:
    """Yield when one lane is open, for as long as its shares of the parts say, in the parts with the largest shares.

    Consecutive parts of one share are a stretch. The stretch that is open in part is open next to one that is
    wholly open, if there is one beside it, and else in its middle.
    """
    edges = np.flatnonzero(np.diff(shares, prepend=-1.0, append=-1.0)).tolist()
    stretches = list(pairwise(edges))
    share = [float(shares[first]) for first, _ in stretches]
    lasts = [float((parts[first:end, 1] - parts[first:end, 0]).sum()) for first, end in stretches]
    left = sum(each * minutes for each, minutes in zip(share, lasts, strict=True))
    whole: set[int] = set()
    for i in sorted(range(len(stretches)), key=lambda i: -share[i]):
        if left <= ROUNDING_MIN:
            return
        if left >= lasts[i] - ROUNDING_MIN:
            whole.add(i)
            first, last = 0.0, np.inf
        else:
            fraction = share[i] + (left - share[i] * lasts[i]) / lasts[i]  # just the share, where it is the only one
            middle = fraction / 2.0 if i - 1 in whole else 1.0 - fraction / 2.0 if i + 1 in whole else 0.5
            first, last = (middle - fraction / 2.0) * lasts[i], (middle + fraction / 2.0) * lasts[i]
        yield from _cut(parts[slice(*stretches[i])], first, last)
        left -= lasts[i]


def _cut(parts: FloatArray, first: float, last: float) -> Iterator[tuple[float, float]]:
    """Yield the spans from the first to the last minute of the parts' time."""
    passed = 0.0
    for opens, closes in parts.tolist():
        begin, end = (float(np.clip(opens + mark - passed, opens, closes)) for mark in (first, last))
        if end > begin:
            yield begin, end
        passed += closes - opens
