"""How a study is run: what a planner may set beside the scenario itself."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from sim.scenario.base import Frozen
from sim.scenario.schema import Scenario


class Settings(Frozen):
    """Replications, luck, precision and where results go."""

    replications: PositiveInt = Field(le=100_000, description="independent runs; intervals need at least 2")
    seed: NonNegativeInt = Field(description="the same seed gives the same luck, on any number of workers")
    workers: PositiveInt | None = Field(None, description="processes; None: one per core")
    engine: Literal["simpy", "compiled"]
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.95, description="of every interval")
    out: Path = Field(description="folder in which run folders are made")


class Experiment(Frozen):
    """A baseline, the same world under policies if any are chosen, and how to study them."""

    baseline: Scenario
    alternative: Scenario | None
    settings: Settings
