"""How a study is run: what a planner may set beside the scenario itself."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from sim.scenario.base import Frozen
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.schema import Scenario


class Processes(Frozen):
    """Workers are processes of this machine."""

    kind: Literal["processes"] = "processes"


class DaskCluster(Frozen):
    """Workers are those of a Dask cluster that is running; see docs/clusters.md."""

    kind: Literal["dask"] = "dask"
    address: str = Field(description="of its scheduler, tcp://host:port")

    @field_validator("address", mode="before")
    @classmethod
    def _names_host_and_port(cls, address: object) -> object:
        if not re.fullmatch(r"(tcp|tls)://(\[[\da-fA-F:]+\]|[\w.-]+):\d{1,5}", str(address)):
            raise ValueError("must be tcp://host:port, as the scheduler says when it starts")
        return address


Workers = int | DaskCluster | None
"""Who does the work: so many processes of this machine, None for one per core, 1 for this one alone; or a cluster."""


class Settings(Frozen):
    """Replications, luck, precision and where results go."""

    replications: PositiveInt = Field(le=100_000, description="independent runs; intervals need at least 2")
    seed: NonNegativeInt = Field(description="the same seed gives the same luck, on any number of workers")
    workers: PositiveInt | None = Field(None, description="processes; None: one per core")
    executor: Annotated[Processes | DaskCluster, Field(discriminator="kind")] = Field(
        Processes(), description="where workers are: processes of this machine, or a Dask cluster"
    )
    engine: Literal["simpy", "compiled"] = Field(description="simpy is the readable reference; both answer alike")
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.95, description="of every interval")
    precision: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="most by which a mean may be off, as a share of it; replications are added until then"
    )
    precision_of: str = Field(
        "port/port/tfi1", description="the outcome of which precision is asked: scope/name/measure"
    )
    most_replications: int = Field(200, ge=10, le=100_000, description="where adding replications ends")
    lang: Literal["en", "zh"] = Field("en", description="of figures: English or Chinese")
    out: Path = Field(description="folder in which run folders are made")

    @model_validator(mode="after")
    def _leaves_workers_to_the_cluster(self) -> "Settings":
        if self.workers is not None and isinstance(self.executor, DaskCluster):
            raise ScenarioError([Problem("workers", "a cluster has its own", self.workers, "leave it out")])
        return self

    @model_validator(mode="after")
    def _leaves_room(self) -> "Settings":
        if self.precision and self.replications > self.most_replications:
            rule = f"is below replications={self.replications}, with which precision begins"
            raise ScenarioError([Problem("most_replications", rule, None, "raise it, or begin with fewer")])
        return self

    @property
    def where(self) -> Workers:
        """Who does the work."""
        return self.executor if isinstance(self.executor, DaskCluster) else self.workers


class Experiment(Frozen):
    """A baseline, the same world under policies if any are chosen, and how to study them."""

    baseline: Scenario = Field(description="the world as it is")
    alternative: Scenario | None = Field(description="the same world under policies; None: none chosen")
    settings: Settings = Field(description="how both are studied")
    policies: dict[str, Policy] = Field({}, description="what was asked, by the names that the alternative knows")
