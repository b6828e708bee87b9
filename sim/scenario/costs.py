"""Costs as data: wages, equipment, the time of vehicles and cargo, what users pay, fuel and electricity. In yuan."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from sim.scenario.base import Frozen
from sim.scenario.fields import Clock, Direction, Share

Money = Annotated[float, Field(ge=0, le=1e9)]
Years = Annotated[float, Field(gt=0, le=100)]
_Row = TypeVar("_Row")


def capital_recovery(interest: float, years: float) -> float:
    """Return the share of a price that is paid each year, so that it is paid back with interest after so many years.

    i (1 + i)^n / ((1 + i)^n - 1); without interest 1 / n (Grant, Ireson and Leavenworth, Principles of Engineering
    Economy: the capital recovery factor).
    """
    return interest / -math.expm1(-years * math.log1p(interest)) if interest > 0.0 else 1.0 / years


def find_kind(name: str, kinds: Mapping[str, _Row], other: _Row) -> _Row:
    """Return the row of the first kind that is a word of a name: `scanner` of `scanner_export`; `other` if none is."""
    words = re.split(r"[\W_]+", name)
    return next((row for kind, row in kinds.items() if kind in words), other)


class Staff(Frozen):
    """What an hour of staff costs."""

    yuan_per_h: Money = Field(description="wage with what the employer pays on top")
    night_supplement: Annotated[float, Field(ge=0, le=5)] = Field(0.0, description="share of the wage paid on top")
    night_begins: Clock = Field("22:00", description="on the clock of the service hours")
    night_ends: Clock = Field("06:00", description="on the same clock")
    overtime_supplement: Annotated[float, Field(ge=0, le=5)] = Field(
        0.0, description="share of the wage paid on top of it for work after closing"
    )


class StopCosts(Frozen):
    """What a server of a facility, a bay, a crane or a kilometre of lane costs the port, and a visit its user."""

    price_yuan: Money = Field(0.0, description="to buy or build one")
    life_years: Years = Field(20.0, description="years over which its price is paid back")
    visit_yuan: Money = Field(0.0, description="what a vehicle, or a unit of cargo, pays for each visit")
    parking_yuan_per_h: Money = Field(0.0, description="what it pays for each hour there")


class UserCosts(Frozen):
    """What the hours, the crossing and the engine of a kind of vehicle cost, or of a unit of cargo."""

    mode: Literal["road", "rail", "air"] | None = Field(
        None, description="freight whose border-crossing indicators it counts for; None: no freight"
    )
    time_yuan_per_h: Money = Field(0.0, description="value of an hour of vehicle and crew")
    tonnes: float = Field(0.0, ge=0, le=10_000, description="cargo aboard that no class of cargo stands for")
    free_h: float = Field(0.0, ge=0, description="hours in the port without demurrage")
    demurrage_yuan_per_h: Money = Field(0.0, description="what each further hour in the port costs")
    fees: dict[Direction, Money] = Field({}, description="official fees of a crossing, yuan")
    irregular: dict[Direction, Money] = Field({}, description="what is paid beyond the published fees, yuan")
    idle_l_per_h: float = Field(0.0, ge=0, le=50, description="diesel of an idling engine")
    drive_l_per_km: float = Field(0.0, ge=0, le=10, description="diesel of a driving one")
    waiting_kw: float = Field(0.0, ge=0, le=100, description="power of an electric or plugged-in one instead of idling")
    drive_kwh_per_km: float = Field(0.0, ge=0, le=20, description="electricity of an electric one")


NO_STOP_COSTS = StopCosts.model_validate({})
NO_USER_COSTS = UserCosts.model_validate({})
"""Of those who use nothing."""


class Energy(Frozen):
    """Diesel and electricity (Art. 13): how much of either, at what price, with how much carbon dioxide."""

    idling_share: Share = Field(description="share of waiting in which an engine would run")
    electric_share: Share = Field(description="share of vehicles that are electric")
    shore_power_share: Share = Field(description="share of waiting in which other vehicles plug in instead of idling")
    port_speed_kmh: float = Field(gt=0, le=130, description="speed between stops, where no road says how far it is")
    diesel_yuan_per_l: Money = Field(description="price of a litre of diesel")
    diesel_co2_kg_per_l: float = Field(ge=0, le=10, description="carbon dioxide of a litre of diesel")
    grid_yuan_per_kwh: Money = Field(description="price of a kilowatt-hour")
    grid_co2_kg_per_kwh: float = Field(ge=0, le=2, description="carbon dioxide of a kilowatt-hour")


class Costs(Frozen):
    """Prices of everything that a port, its vehicles and their cargo use.

    `stops` and `vehicles` are found by a word of the name of a stop or class, the first that fits.
    """

    yuan_per_usd: float = Field(gt=0, description="exchange rate, for TFI2")
    interest: Annotated[float, Field(ge=0, le=0.5)] = Field(description="per year, for what is bought or built")
    staff: Staff = Field(description="what an hour of staff costs")
    lane_yuan_per_h: Money = Field(description="power and upkeep of an open lane, staff apart")
    cargo_yuan_per_tonne_h: Money = Field(description="value of time of cargo")
    lane: StopCosts = Field(description="a server that somebody staffs, of no other kind")
    slot: StopCosts = Field(description="a server that nobody staffs, of no other kind")
    crane: StopCosts = Field(description="a crane of a terminal; a visit is a lift")
    road_lane_km: StopCosts = Field(description="a kilometre of one lane of a road")
    stops: dict[str, StopCosts] = Field({}, description="other kinds of stops, by a word of their names")
    truck: UserCosts = Field(description="vehicles of no other kind")
    vehicles: dict[str, UserCosts] = Field({}, description="other kinds of vehicles, by a word of their names")
    cargo: UserCosts = Field(description="a unit of cargo that is lifted; its weight is that of its class")
    energy: Energy = Field(description="diesel, electricity and carbon dioxide")

    def of_vehicle(self, name: str) -> UserCosts:
        """Return the costs of a class of vehicles."""
        return find_kind(name, self.vehicles, self.truck)

    def of_stop(self, name: str, staffed: bool) -> StopCosts:
        """Return the costs of a facility or bay."""
        return find_kind(name, self.stops, self.lane if staffed else self.slot)

    def annuity_yuan_per_day(self, each: StopCosts) -> float:
        """Return what one server, crane or kilometre costs a day over its life."""
        return each.price_yuan * capital_recovery(self.interest, each.life_years) / 365.0
