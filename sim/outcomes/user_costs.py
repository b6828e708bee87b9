"""What users of a port pay and burn, by class: their time, fuel and electricity, fees and charges."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.use import Use
from sim.port import Lift, Station, Stop
from sim.scenario.costs import NO_STOP_COSTS, Costs, Energy, StopCosts, UserCosts

FloatArray = NDArray[np.float64]
Burnt = dict[str, tuple[str, FloatArray]]
"""Unit and amount per day by class, shape (classes,), of fuel, electricity and carbon dioxide."""


def burn(use: Use, terms: list[UserCosts], energy: Energy) -> Burnt:
    """Return litres of diesel, kWh and kg of carbon dioxide per day by class.

    Engines idle in a share of waiting, but those of electric vehicles and of those that plug in.
    """
    running_h = use.wait_h * energy.idling_share
    diesel = 1.0 - energy.electric_share
    plugged = energy.electric_share + diesel * energy.shore_power_share
    litres = running_h * (1.0 - plugged) * _column(terms, lambda each: each.idle_l_per_h)
    litres += use.drive_km * diesel * _column(terms, lambda each: each.drive_l_per_km)
    kwh = running_h * plugged * _column(terms, lambda each: each.waiting_kw)
    kwh += use.drive_km * energy.electric_share * _column(terms, lambda each: each.drive_kwh_per_km)
    co2 = litres * energy.diesel_co2_kg_per_l + kwh * energy.grid_co2_kg_per_kwh
    return {"fuel": ("L", litres), "electricity": ("kWh", kwh), "co2": ("kg", co2)}


def price_users(
    costs: Costs, stops: tuple[Stop, ...], use: Use, terms: list[UserCosts], directions: list[str], burnt: Burnt
) -> dict[str, FloatArray]:
    """Return yuan per day by component, each by class."""
    kinds = [_find_stop(costs, stop) for stop in stops]
    return {
        "time": use.stay_h * _column(terms, lambda each: each.time_yuan_per_h),
        "cargo_time": use.stay_h * _column(terms, lambda each: each.tonnes) * costs.cargo_yuan_per_tonne_h,
        "fuel": burnt["fuel"][1] * costs.energy.diesel_yuan_per_l,
        "electricity": burnt["electricity"][1] * costs.energy.grid_yuan_per_kwh,
        "fees": use.released * _fees(terms, directions, "fees"),
        "irregular": use.released * _fees(terms, directions, "irregular"),
        "charges": use.visits @ np.array([kind.visit_yuan for kind in kinds]),
        "parking": use.parked_h @ np.array([kind.parking_yuan_per_h for kind in kinds]),
        "demurrage": use.beyond_free_h * _column(terms, lambda each: each.demurrage_yuan_per_h),
    }


def _find_stop(costs: Costs, stop: Stop) -> StopCosts:
    if isinstance(stop, Lift):
        return costs.crane
    return costs.of_stop(stop.key, stop.staff_per_server > 0) if isinstance(stop, Station) else NO_STOP_COSTS


def _fees(terms: list[UserCosts], directions: list[str], kind: str) -> FloatArray:
    """Return yuan per vehicle by class, for the direction in which it crosses."""
    return np.array([getattr(each, kind).get(way, 0.0) for each, way in zip(terms, directions, strict=True)])


def _column(terms: list[UserCosts], get: Callable[[UserCosts], float]) -> FloatArray:
    return np.array([get(each) for each in terms])
