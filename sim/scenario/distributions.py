"""Distributions of minutes, each with the inverse CDF that turns luck into minutes."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy import special

from sim.scenario.base import Frozen

FloatArray = NDArray[np.float64]


class Constant(Frozen):
    """Always the same minutes."""

    kind: Literal["constant"]
    mean_min: float = Field(ge=0, description="minutes")

    def quantile(self, luck: FloatArray) -> FloatArray:
        """Return minutes for uniforms in [0, 1), same shape."""
        return np.full(luck.shape, self.mean_min)


class Exponential(Frozen):
    """Memoryless minutes."""

    kind: Literal["exponential"]
    mean_min: float = Field(ge=0, description="mean, minutes")

    def quantile(self, luck: FloatArray) -> FloatArray:
        """Return minutes for uniforms in [0, 1), same shape."""
        return -self.mean_min * np.log1p(-luck)


class LogNormal(Frozen):
    """Minutes whose logarithm is normal: most are short, a few are long."""

    kind: Literal["lognormal"]
    mean_min: float = Field(ge=0, description="mean, minutes")
    cv: float = Field(gt=0, le=5, description="standard deviation / mean")

    def quantile(self, luck: FloatArray) -> FloatArray:
        """Return minutes for uniforms in [0, 1), same shape."""
        variance = np.log1p(self.cv**2)
        return np.asarray(self.mean_min * np.exp(np.sqrt(variance) * special.ndtri(luck) - variance / 2.0))


class Gamma(Frozen):
    """Minutes of several exponential parts; cv 1 is exponential, smaller is more regular."""

    kind: Literal["gamma"]
    mean_min: float = Field(ge=0, description="mean, minutes")
    cv: float = Field(gt=0, le=5, description="standard deviation / mean")

    def quantile(self, luck: FloatArray) -> FloatArray:
        """Return minutes for uniforms in [0, 1), same shape."""
        shape = self.cv**-2
        return np.asarray(special.gammaincinv(shape, luck) * self.mean_min / shape)


class Triangular(Frozen):
    """Minutes between two bounds with one most likely value."""

    kind: Literal["triangular"]
    low_min: float = Field(ge=0, description="least, minutes")
    mode_min: float = Field(ge=0, description="most likely, minutes")
    high_min: float = Field(gt=0, description="most, minutes")

    @model_validator(mode="after")
    def _ascends(self) -> "Triangular":
        if not self.low_min <= self.mode_min <= self.high_min or self.low_min == self.high_min:
            raise ValueError("low_min, mode_min and high_min must ascend")
        return self

    @property
    def mean_min(self) -> float:
        """Mean, minutes."""
        return (self.low_min + self.mode_min + self.high_min) / 3.0

    def quantile(self, luck: FloatArray) -> FloatArray:
        """Return minutes for uniforms in [0, 1), same shape (Johnson, Kotz and Balakrishnan 1995, section 26.9)."""
        # written out, for scipy.stats, which says the same to the last bit, takes half a second to import
        width = self.high_min - self.low_min
        rising = (self.mode_min - self.low_min) / width
        share = np.where(luck < rising, np.sqrt(rising * luck), 1.0 - np.sqrt((1.0 - rising) * (1.0 - luck)))
        return np.asarray(share * width + self.low_min)


Minutes = Annotated[Constant | Exponential | LogNormal | Gamma | Triangular, Field(discriminator="kind")]
"""A distribution of minutes; `kind` chooses it, and a policy that sets `kind` replaces it whole."""
