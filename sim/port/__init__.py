"""What a port asks of its vehicles: scenario and movements become a program and a plan of visits."""

from sim.port.plan import Plan, plan_program
from sim.port.stations import Origin, Road, Station, Stop, expand_stations, expand_stops

__all__ = ["Origin", "Plan", "Road", "Station", "Stop", "expand_stations", "expand_stops", "plan_program"]
