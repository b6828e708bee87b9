"""Luck as data: named streams of uniforms, the only source of randomness.

A stream is named by (seed, replication, purpose). Number i of a stream is the same however many
are read and whatever else is read, so truck 123 meets the same luck under every policy (common
random numbers), on every engine and on any number of workers.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Luck:
    """The uniforms of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication

    def uniforms(self, purpose: str, count: int) -> FloatArray:
        """Return the first `count` uniforms in [0, 1) of the stream for a purpose, shape (count,)."""
        return self._stream(purpose).random(count)

    def poisson_times(self, purpose: str, rate_per_min: float, end_min: float) -> FloatArray:
        """Return the times in (0, end_min) of a Poisson process, ascending; a longer end only appends."""
        stream = self._stream(purpose)
        expected = rate_per_min * end_min
        gaps = self._gaps(stream, rate_per_min, int(expected + 6.0 * np.sqrt(expected) + 16.0))
        while (times := np.cumsum(gaps))[-1] < end_min:
            gaps = np.append(gaps, self._gaps(stream, rate_per_min, len(gaps)))
        return np.asarray(times[: np.searchsorted(times, end_min)])

    def _gaps(self, stream: np.random.Generator, rate_per_min: float, count: int) -> FloatArray:
        return np.asarray(-np.log1p(-stream.random(count)) / rate_per_min)

    def _stream(self, purpose: str) -> np.random.Generator:
        key = np.frombuffer(blake2b(purpose.encode(), digest_size=16).digest(), dtype=np.uint32)
        entropy = np.random.SeedSequence(self.seed, spawn_key=(self.replication, *key.tolist()))
        return np.random.Generator(np.random.PCG64DXSM(entropy))
