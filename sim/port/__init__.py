"""What a port asks of its vehicles: scenario and movements become a program and a plan of visits."""

from sim.port.expansion import expand_crews, expand_stations, expand_stops
from sim.port.plan import Plan, plan_program
from sim.port.stations import Lift, Origin, Road, Station, Stop, Storage, Track

__all__ = [
    "Lift",
    "Origin",
    "Plan",
    "Road",
    "Station",
    "Stop",
    "Storage",
    "Track",
    "expand_crews",
    "expand_stations",
    "expand_stops",
    "plan_program",
]
