"""Risk: how many vehicles were opened, and whether these were the ones with something wrong (Art. 38)."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.averages import mean
from sim.outcomes.routes import find_takers
from sim.outcomes.visits import Visits
from sim.port import Station, Stop
from sim.scenario.schema import Scenario

BoolArray = NDArray[np.bool_]
Row = tuple[str, str, str, str, float]


def measure_risk(scenario: Scenario, visits: Visits, released: BoolArray) -> Iterator[Row]:
    """Yield what inspections find among those `released`, for each class that may be opened, its routes and the port.

    `opened_share`: opened at some inspection site. `machine_share`: checked at some facility of an agency
    that only those selected for it pass. `hit_rate`: of those opened, with something wrong. `detection`: of those
    with something wrong, opened. The port is all these classes together. Nothing if the port says nothing of
    violations.
    """
    if visits.violates is None:
        return
    opened, checked = _find_visitors(visits, _opens), _find_visitors(visits, _checks_some)
    for scope, name, members in _groups(scenario, visits):
        of = members & released
        yield scope, name, "opened_share", "share", mean(opened[of])
        yield scope, name, "machine_share", "share", mean(checked[of])
        yield scope, name, "hit_rate", "share", mean(visits.violates[of & opened])
        yield scope, name, "detection", "share", mean(opened[of & visits.violates])


def _opens(stop: Stop) -> bool:
    """Say whether cargo is opened at a stop; at inspection sites alone it is presented."""
    return isinstance(stop, Station) and stop.presentation is not None


def _checks_some(stop: Stop) -> bool:
    """Say whether a stop is a facility of an agency to which only those come that it selects: a machine."""
    if not isinstance(stop, Station) or _opens(stop) or stop.agency == "operator":
        return False
    return any(work.selected_by for work in stop.works)


def _find_visitors(visits: Visits, kind: Callable[[Stop], bool]) -> BoolArray:
    """Return who has some stop of a kind on the way, shape (movements,); those who are released have made it."""
    visitors = np.zeros(len(visits.movements), dtype=bool)
    visitors[visits.movement[visits.are_at(kind)]] = True
    return visitors


def _groups(scenario: Scenario, visits: Visits) -> Iterator[tuple[str, str, BoolArray]]:
    """Yield (scope, name, members) of what may be opened: each class, each of its routes, and all of it."""
    may_be = np.array([scenario.may_be_opened(name) for name in visits.movements.classes])
    for vehicle in np.flatnonzero(may_be).tolist():
        yield "class", visits.movements.classes[vehicle], visits.movements.vehicle == vehicle
    for name, takers in find_takers(scenario, visits):
        if may_be[visits.movements.classes.index(name.partition("/")[0])]:
            yield "route", name, takers
    yield "port", "port", may_be[visits.movements.vehicle]
