"""Averages of what there is: NaN where there is nothing to average."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.floating | np.integer | np.bool_]


def mean(values: Numbers) -> float:
    """Return the mean."""
    return float(values.mean()) if len(values) else float("nan")


def quantile(values: FloatArray, share: float) -> float:
    """Return the value below which a share lies."""
    return float(np.quantile(values, share)) if len(values) else float("nan")


def ratio(part: float, whole: float) -> float:
    """Return a part of the whole."""
    return part / whole if whole > 0.0 else float("nan")
