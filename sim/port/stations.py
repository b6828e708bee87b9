"""Stops of a visit: stations that serve, the parts of terminals, roads, and the origins outside of these."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.scenario.distributions import Minutes
from sim.scenario.fields import Agency
from sim.scenario.roads import Link
from sim.scenario.staffing import SurgeLanes


@dataclass(frozen=True)
class Work:
    """One agency's part of the work at a station, done on vehicles that `selected_by` picks (None: all)."""

    purpose: str
    minutes: Minutes
    by_class: Mapping[str, Minutes]
    selected_by: str | None


@dataclass(frozen=True)
class Stop:
    """Where a vehicle can be: anything that has a name on its way."""

    key: str
    label: str
    label_zh: str
    agency: Agency


@dataclass(frozen=True)
class Origin(Stop):
    """The world outside a road: vehicles that the road cannot take wait there."""


@dataclass(frozen=True)
class Road(Stop):
    """A stretch of road in one direction."""

    link: Link


@dataclass(frozen=True)
class Station(Stop):
    """One queue with servers behind it; sequential inspection makes one per agency, joint one in all.

    Without `hours` it never closes. What a vehicle gets here it gives back on leaving, or keeps until it leaves
    the stop `kept_until`.
    """

    hours: str | None
    servers: int
    staff_per_server: float
    works: tuple[Work, ...]
    presentation: tuple[Minutes, tuple[str, ...]] | None = None
    overlap: float = 0.0
    places: int | None = None
    drive_min: float = 0.0
    at_closing: str = "finish"
    quota_per_day: int | None = None
    crew: str | None = None
    own_teams: int | None = None
    paths_per_day: int | None = None
    kept_until: str | None = None
    back_after_min: float = 0.0
    servers_per_vehicle: int = 1
    surge: SurgeLanes | None = None


@dataclass(frozen=True)
class Track(Station):
    """Where vehicles stand at a terminal while cargo is lifted off them or, if it `loads`, onto them."""

    terminal: str = ""
    loads: bool = False


@dataclass(frozen=True)
class Lift(Station):
    """Cranes of a terminal, for cargo that they lift `off` a vehicle, `on` to one, or `across` from one to another."""

    terminal: str = ""
    way: str = "off"


@dataclass(frozen=True)
class Storage(Stop):
    """Where cargo waits for a vehicle that takes it."""

    terminal: str
