"""What a port asks of its vehicles: scenario and movements become a program and a plan of visits."""

from sim.port.plan import Plan, plan_program
from sim.port.stations import Station, expand_stations

__all__ = ["Plan", "Station", "expand_stations", "plan_program"]
