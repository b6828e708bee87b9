"""Selections: which vehicles each agency picks out, from one risk that all agencies see in part."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.demand import Movements
from sim.luck import Luck
from sim.scenario.schema import Scenario


def draw_selections(scenario: Scenario, movements: Movements, luck: Luck) -> dict[str, NDArray[np.bool_]]:
    """Return for each selection a boolean per movement.

    One-factor Gaussian copula (Li 2000, "On default correlation"): a vehicle's score for an agency is
    sqrt(r) x its common risk + sqrt(1 - r) x its own luck there, both standard normal, and the
    riskiest `rate` of scores are selected. A higher rate selects a superset of the same vehicles.
    """
    share = scenario.port.selection_correlation
    common = np.sqrt(share) * special.ndtri(movements.luck_for(luck, "risk"))
    selected = {}
    for name, selection in scenario.port.selections.items():
        rates = np.array([selection.rate_by_class.get(vehicle, selection.rate) for vehicle in movements.classes])
        own = np.sqrt(1.0 - share) * special.ndtri(movements.luck_for(luck, f"selection/{name}"))
        selected[name] = common + own > special.ndtri(1.0 - rates)[movements.vehicle]
    return selected
