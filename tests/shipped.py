"""The shipped ports and policies, and which policies a port has what they change."""

from functools import cache

from sim.scenario import Scenario
from sim.scenario.load import load_experiment, read_policy_file, shipped
from sim.scenario.policies import apply_policies, find_obstacles
from sim.scenario.policy import Policy

PORTS = sorted((path.stem for path in shipped("configs/port").glob("*.yaml")), key=lambda name: name != "horgos_road")
POLICY_FILES = sorted(shipped("configs/policy").glob("*.yaml"))
POLICIES: dict[str, Policy] = {name: policy for path in POLICY_FILES for name, policy in read_policy_file(path).items()}
IN_SEASON = {"laoyemiao": ("horizon.start=2025-08-11",)}
"""A day on which a port opens that is shut on the first days of September."""


def smoke_words(port: str) -> tuple[str, ...]:
    """Return the words that choose a port at smoke size, on days on which it is open."""
    return (f"port={port}", "horizon=smoke", *IN_SEASON.get(port, ()))


@cache
def load_baseline(port: str, *words: str) -> Scenario:
    """Return a port without policies, at smoke size."""
    return load_experiment(*smoke_words(port), *words).baseline


@cache
def fits(port: str, name: str) -> bool:
    """Return whether a port has what a policy changes; a refusal must name the policy."""
    obstacles = find_obstacles(name, POLICIES[name], load_baseline(port))
    assert all(f"'{name}'" in str(obstacle) for obstacle in obstacles)
    return not obstacles


MANY_PER_DAY = 300.0


def thin_out(scenario: Scenario) -> Scenario:
    """Return a scenario with a tenth of classes of which very many come: who passes by, cars; they would only slow."""
    classes = {
        name: vehicle.model_copy(update={"per_day": vehicle.per_day / 10.0})
        if vehicle.profile and not vehicle.takes and vehicle.per_day > MANY_PER_DAY
        else vehicle
        for name, vehicle in scenario.demand.classes.items()
    }
    return scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"classes": classes})})


def apply(port: str, *names: str, words: tuple[str, ...] = ()) -> Scenario:
    """Return a port at smoke size with these policies, and other settings if words name them."""
    baseline = load_baseline(port, *words)
    return apply_policies(baseline, {name: POLICIES[name] for name in names}) if names else baseline


def port_of(name: str) -> str:
    """Return the first port that a policy fits."""
    return next(port for port in PORTS if fits(port, name))


def _shape(port: str) -> frozenset[str]:
    """Return the names of all stops of a port."""
    layout = load_baseline(port).port
    return frozenset({*layout.facilities, *layout.inspection_sites, *layout.links, *layout.terminals})


SHAPES = list({_shape(port): port for port in reversed(PORTS)}.values())[::-1]
"""The first port of each shape: ports made from one template differ in numbers only, so drawings and pairs of policies
need one of them."""
