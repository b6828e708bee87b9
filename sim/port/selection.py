"""Selections: which vehicles each agency picks out, from one risk that all agencies see in part."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.demand import Movements
from sim.luck import Luck
from sim.scenario.schema import Scenario, Selection

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def draw_selections(scenario: Scenario, movements: Movements, luck: Luck) -> dict[str, BoolArray]:
    """Return for each selection whether it picks a movement on each way that it may choose, shape (ways, movements).

    One-factor Gaussian copula (Li 2000, "On default correlation"): a vehicle's score for an agency is
    sqrt(r) x its common risk + sqrt(1 - r) x its own luck there, both standard normal, and the
    riskiest `rate` of scores are selected. A higher rate selects a superset of the same vehicles; so
    does a higher rate on one way than on another. Whose route is given by shares has that route on all ways.
    """
    share = scenario.port.selection_correlation
    common = np.sqrt(share) * _risk(movements, luck)
    selected = {}
    for name, selection in scenario.port.selections.items():
        own = np.sqrt(1.0 - share) * special.ndtri(movements.luck_for(luck, f"selection/{name}"))
        selected[name] = _pick(scenario, selection, movements, common + own)
    return selected


def draw_violations(scenario: Scenario, movements: Movements, luck: Luck) -> BoolArray | None:
    """Return which movements have something wrong, shape (movements,); None if the port does not say how many.

    The same copula: the score is v x the common risk + sqrt(1 - v^2) x own luck, with v the visibility. Its
    correlation with the score for an agency is therefore v x sqrt(r). Classes that pass no inspection site are
    left out: nobody would find it.
    """
    violations = scenario.port.violations
    if violations is None:
        return None
    v = violations.visibility
    who = np.flatnonzero(np.array([scenario.may_be_opened(name) for name in movements.classes])[movements.vehicle])
    own = special.ndtri(movements.luck_for(luck, "violation", who))
    score = v * _risk(movements, luck, who) + np.sqrt(1.0 - v**2) * own
    rates = np.array([violations.rate_by_class.get(name, violations.rate) for name in movements.classes])
    violates = np.zeros(len(movements), dtype=bool)
    violates[who] = score > special.ndtri(1.0 - rates)[movements.vehicle[who]]
    return violates


def _risk(movements: Movements, luck: Luck, who: NDArray[np.int64] | None = None) -> FloatArray:
    """Return the risk that agencies share, of movements `who` (all, if none are named): a standard normal."""
    return np.asarray(special.ndtri(movements.luck_for(luck, "risk", who)))


def _pick(scenario: Scenario, selection: Selection, movements: Movements, score: FloatArray) -> BoolArray:
    """Return who is picked on each way; rows are one and the same where the route makes no difference."""
    routes = {name: list(scenario.port.routes_of(scenario.demand.classes[name].route)) for name in movements.classes}
    ways = max(map(len, routes.values()))
    rates = np.array(
        [[selection.rate_of(name, own[min(way, len(own) - 1)]) for way in range(ways)] for name, own in routes.items()]
    )
    least = special.ndtri(1.0 - rates)
    if not selection.rate_by_route:
        return np.broadcast_to(score > least[movements.vehicle, 0], (ways, len(movements)))
    given = _find_given(scenario, movements)
    return np.array([score > least[movements.vehicle, np.where(given < 0, way, given)] for way in range(ways)])


def _find_given(scenario: Scenario, movements: Movements) -> NDArray[np.int8]:
    """Return the number of the route that shares give each movement, -1 to those that choose or have a single one."""
    if movements.option is None:
        return np.full(len(movements), -1, dtype=np.int8)
    by_shares = [bool(scenario.port.shares_of(scenario.demand.classes[name].route)) for name in movements.classes]
    return np.where(np.array(by_shares)[movements.vehicle], movements.option, np.int8(-1))
