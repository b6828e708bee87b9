"""The measured part of a run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Horizon

DAY_MIN = 1440.0


@dataclass(frozen=True)
class Window:
    """From the end of the warm-up to the end of the run, minutes."""

    begin: float
    end: float

    @classmethod
    def of(cls, horizon: Horizon) -> "Window":
        """Return the measured part of a horizon."""
        return cls(horizon.warmup_min, horizon.end_min)

    @property
    def days(self) -> float:
        """Days that are measured."""
        return (self.end - self.begin) / DAY_MIN

    @property
    def ends(self) -> tuple[float, float]:
        """Begin and end."""
        return self.begin, self.end

    def holds(self, time_min: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which times are within it; NaN is not."""
        return np.asarray((time_min >= self.begin) & (time_min < self.end))

    def minutes_within(self, begin_min: NDArray[np.float64], end_min: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each interval's minutes within it; one that has not ended lasts, one that has not begun has none."""
        ends = np.maximum(np.fmin(end_min, self.end), self.begin)
        return np.asarray(np.fmax(ends - np.clip(begin_min, *self.ends), 0.0))
