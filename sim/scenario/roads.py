"""Roads as data: links between nodes, choices of routes, and limits to the vehicles on the way."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.fields import Agency, Count, Share


class Node(Frozen):
    """A place where roads meet, begin or end."""

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")


class Link(Frozen):
    """A stretch of road in one direction, with a triangular flow-density diagram (Newell 1993).

    Flows and densities are in passenger cars (PCU). Of capacity and wave speed give one; the other follows
    from capacity = jam density x free-flow speed x wave speed / (free-flow speed + wave speed).
    """

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    begins: str = Field(description="name of the node where it begins")
    ends: str = Field(description="name of the node where it ends")
    length_km: float = Field(gt=0, le=1000, description="length, km")
    lanes: Count = Field(1, description="lanes in this direction")
    free_flow_kmh: float = Field(gt=0, le=130, description="speed of whoever meets nobody, km/h")
    jam_density_vpkm: float = Field(gt=0, le=300, description="passenger cars that stand on a kilometre of one lane")
    capacity_vph: float | None = Field(None, gt=0, le=4000, description="passenger cars per hour and lane")
    wave_speed_kmh: float | None = Field(None, gt=0, le=60, description="speed at which a freed place travels upstream")
    exit_capacity_vph: float | None = Field(
        None, gt=0, description="passenger cars per hour, all lanes, that the junction at its end lets out; None: all"
    )
    rank: Annotated[int, Field(ge=0, le=100)] = Field(
        10, description="who goes first where it meets others at its end; smaller goes first, equal ranks take turns"
    )
    agency: Agency = Field("transport", description="who runs it; neighbour: it lies beyond the border")

    @model_validator(mode="after")
    def _diagram_is_a_triangle(self) -> "Link":
        if (self.capacity_vph is None) == (self.wave_speed_kmh is None):
            raise ValueError("give either capacity_vph or wave_speed_kmh (the other: null); one follows from the other")
        most = self.free_flow_kmh * self.jam_density_vpkm
        if self.capacity_vph is not None and self.capacity_vph >= most:
            raise ValueError(f"capacity_vph must be below free-flow speed x jam density ({most:,.0f} per hour)")
        return self

    @property
    def capacity_pcu_per_h(self) -> float:
        """Passenger cars per hour on all lanes."""
        if self.capacity_vph is not None:
            return self.capacity_vph * self.lanes
        assert self.wave_speed_kmh is not None
        speeds = self.free_flow_kmh * self.wave_speed_kmh / (self.free_flow_kmh + self.wave_speed_kmh)
        return self.jam_density_vpkm * speeds * self.lanes

    @property
    def jam_pcu_per_km(self) -> float:
        """Passenger cars that stand on a kilometre of all lanes."""
        return self.jam_density_vpkm * self.lanes

    def wave_kmh(self, speed_factor: float = 1.0, capacity_factor: float = 1.0) -> float:
        """Return the wave speed, or what it is when free-flow speed and capacity are multiplied by factors."""
        capacity = self.capacity_pcu_per_h * capacity_factor
        return capacity / (self.jam_pcu_per_km - capacity / (self.free_flow_kmh * speed_factor))


class RouteOption(Frozen):
    """A route that may be taken: what drivers know of it, or the share that takes it."""

    hours: str | None = Field(None, description="name of the service hours in which its queues are served")
    share: Share | None = Field(None, description="share that takes it, by rule shares")


class RouteChoice(Frozen):
    """A rule by which vehicles or cargo take one of several routes when they set out (Art. 8, 12, 40).

    least_expected_time: free driving and service, and every queue on the way that must be served first.
    shortest_queue: the fewest vehicles that wait on the way.
    shares: a given share takes each, whatever the queues: the last option takes what the others leave.
    """

    rule: Literal["least_expected_time", "shortest_queue", "shares"] = Field(
        "least_expected_time", description="by what a route is taken: see above"
    )
    information_delay_min: float = Field(0.0, ge=0, description="age of what drivers know of the queues")
    options: dict[str, RouteOption] = Field(min_length=2, description="by name of the route")

    @model_validator(mode="after")
    def _options_suit_the_rule(self) -> "RouteChoice":
        *first, last = self.options.values()
        if self.rule != "shares":
            if any(option.hours is None or option.share is not None for option in self.options.values()):
                raise ValueError("options need hours, by which drivers choose, and no share")
        elif any(option.share is None for option in first) or last.share is not None:
            raise ValueError("options need a share each, but the last, which takes what the others leave")
        elif sum(option.share or 0.0 for option in first) > 1.0:
            raise ValueError("shares of the options must be 1 at most, together")
        return self


class Meter(Frozen):
    """A limit to the vehicles between two stops: those who are done at `after` wait there for their turn (Art. 40)."""

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    after: str = Field(description="facility or road in which vehicles wait to be called")
    until: str = Field(description="facility or road whose leaving calls the next")
    vehicles: Count = Field(description="vehicles that may be between the two")

    def is_between(self, through: Sequence[str]) -> bool:
        """Say whether a route passes both stops, in their order; only such vehicles are counted."""
        return self.after in through and self.until in through[through.index(self.after) + 1 :]
