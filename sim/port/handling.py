"""Handling: what the vehicles and the cargo of a class do at terminals, and who among them meets whom."""

from dataclasses import dataclass

from sim.port.pools import StopPools
from sim.scenario.schema import Scenario
from sim.scenario.terminals import Takes

NO_POOL = -1


@dataclass(frozen=True)
class Handling:
    """The part of a class at the terminals on its routes.

    A vehicle brings up to `brings` units, which are lifted off it; it `takes` units of whatever is there, or
    `collects` its own. Cargo `rides` on a vehicle that brings it, and goes with any that takes it, or with its own
    if it `is_collected`; it may begin or end in store. `cranes`, `slots`, `turn`, `room`, `claimed` and `loaded`
    are pools, -1 for none.
    """

    brings: int = 0
    takes: Takes | None = None
    collects: bool = False
    rides: bool = False
    is_collected: bool = False
    begins_in_store: bool = False
    ends_in_store: bool = False
    cranes: int = NO_POOL
    slots: int = NO_POOL
    turn: int = NO_POOL
    room: int = NO_POOL
    claimed: int = NO_POOL
    loaded: int = NO_POOL


def find_handling(scenario: Scenario, name: str, pools: StopPools) -> Handling:
    """Return the handling of a class of vehicles or cargo."""
    vehicle, where = scenario.demand.classes[name], scenario.port.terminal_of
    lift_off, lift_on = where(vehicle.route, "lift_off"), where(vehicle.route, "lift_on")
    if lift_off or lift_on:
        place = (lift_on or "", name)
        return Handling(
            rides=rides(scenario, name),
            is_collected=is_collected(scenario, name),
            begins_in_store=lift_off is None,
            ends_in_store=lift_on is None,
            cranes=pools.cranes[lift_off or lift_on or ""],
            slots=pools.slots.get(lift_off or lift_on or "", NO_POOL),
            room=pools.room.get(place, NO_POOL),
            claimed=pools.claimed.get(place, NO_POOL),
            loaded=pools.loaded.get(place, NO_POOL),
        )
    cargo = (where(vehicle.route, "loading") or "", vehicle.takes.cargo if vehicle.takes else "")
    return Handling(
        brings=most_brought(scenario, name),
        takes=vehicle.takes,
        collects=collects(scenario, name) is not None,
        turn=pools.turn.get(cargo, NO_POOL),
        room=pools.room.get(cargo, NO_POOL),
        claimed=pools.claimed.get(cargo, NO_POOL),
        loaded=pools.loaded.get(cargo, NO_POOL),
    )


def rides(scenario: Scenario, cargo: str) -> bool:
    """Say whether cargo comes on a vehicle and is lifted off it."""
    vehicle = scenario.demand.classes[cargo]
    return vehicle.comes_with is not None and scenario.port.terminal_of(vehicle.route, "lift_off") is not None


def brought_by(scenario: Scenario, carrier: str) -> list[str]:
    """Return the classes of cargo that come on a class of vehicles."""
    classes = scenario.demand.classes
    coming = [name for name, each in classes.items() if each.comes_with and each.comes_with.carrier == carrier]
    return [name for name in coming if rides(scenario, name)]


def most_brought(scenario: Scenario, carrier: str) -> int:
    """Return the most units that a vehicle of a class brings."""
    terms = [scenario.demand.classes[name].comes_with for name in brought_by(scenario, carrier)]
    return sum(each.each for each in terms if each is not None)


def collects(scenario: Scenario, vehicle: str) -> str | None:
    """Return the class of cargo of which each vehicle of a class collects its own unit; None if it does not."""
    terms = scenario.demand.classes[vehicle]
    if terms.comes_with is None or scenario.port.terminal_of(terms.route, "loading") is None:
        return None
    cargo = scenario.demand.classes[terms.comes_with.carrier]
    return terms.comes_with.carrier if scenario.port.terminal_of(cargo.route, "lift_on") else None


def is_collected(scenario: Scenario, cargo: str) -> bool:
    """Say whether each unit of a class of cargo has a vehicle of its own that collects it."""
    return any(collects(scenario, other) == cargo for other in scenario.demand.classes)
