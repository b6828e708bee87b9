"""The shipped ports and policies, and which policies a port has what they change."""

from functools import cache

from sim.scenario import Scenario
from sim.scenario.load import load_experiment, read_policy_file, shipped
from sim.scenario.policies import apply_policies, find_obstacles
from sim.scenario.policy import Policy

PORTS = sorted((path.stem for path in shipped("configs/port").glob("*.yaml")), key=lambda name: name != "horgos_road")
POLICY_FILES = sorted(shipped("configs/policy").glob("*.yaml"))
POLICIES: dict[str, Policy] = {name: policy for path in POLICY_FILES for name, policy in read_policy_file(path).items()}


@cache
def load_baseline(port: str, *words: str) -> Scenario:
    """Return a port without policies, at smoke size."""
    return load_experiment(f"port={port}", "horizon=smoke", *words).baseline


@cache
def fits(port: str, name: str) -> bool:
    """Return whether a port has what a policy changes; a refusal must name the policy."""
    obstacles = find_obstacles(name, POLICIES[name], load_baseline(port))
    assert all(f"'{name}'" in str(obstacle) for obstacle in obstacles)
    return not obstacles


def thin_out(scenario: Scenario) -> Scenario:
    """Return a scenario with a tenth of the traffic that passes by, for tests that the rest would only slow down."""
    classes = {
        name: vehicle.model_copy(update={"per_day": vehicle.per_day / 10.0})
        if scenario.is_local(name) and vehicle.profile and not vehicle.takes
        else vehicle
        for name, vehicle in scenario.demand.classes.items()
    }
    return scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"classes": classes})})


def apply(port: str, *names: str) -> Scenario:
    """Return a port at smoke size with these policies."""
    return apply_policies(load_baseline(port), {name: POLICIES[name] for name in names})


def port_of(name: str) -> str:
    """Return the first port that a policy fits."""
    return next(port for port in PORTS if fits(port, name))


FITTING = [(port, name) for port in PORTS for name in POLICIES if fits(port, name)]
"""Every port with every policy that applies to it."""
