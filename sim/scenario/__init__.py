"""The world to simulate, validated once and frozen: nothing after this sees a configuration file."""

from sim.scenario.problems import ScenarioError
from sim.scenario.schema import Scenario

__all__ = ["Scenario", "ScenarioError"]
