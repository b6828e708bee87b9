"""A rail port small enough for paper: trains of four boxes, one crane, and trains of the other gauge that take them."""

from copy import deepcopy
from typing import Any

import numpy as np

from sim.demand import Movements, sample_movements
from sim.disruptions import draw_disruptions
from sim.kernel import run
from sim.luck import Luck
from sim.outcomes import Visits, read_boarding, read_visits
from sim.port import plan_program
from sim.scenario.schema import Scenario

NEVER_LATE = {"kind": "constant", "mean_min": 0}
LIFT_MIN = 3.0


def facility(servers: int = 1, minutes: float = 0.0, **more: Any) -> dict[str, Any]:
    """Return a facility that is always open and not staffed."""
    service = {"kind": "constant", "mean_min": minutes}
    return {
        "label": "facility",
        "label_zh": "设施",
        "agency": "operator",
        "hours": "always",
        "servers": servers,
        "staff_per_server": 0,
        "service": service,
        **more,
    }


def cargo(**more: Any) -> dict[str, Any]:
    """Return a class of boxes that come four on each train."""
    return {
        "label": "boxes",
        "label_zh": "箱",
        "route": "box",
        "teu": 2,
        "comes_with": {"carrier": "train", "each": 4},
        **more,
    }


def train(route: str, *times: str, **more: Any) -> dict[str, Any]:
    """Return a class of trains that come on these clock times, on time."""
    timetable = {"times": list(times), "lateness": NEVER_LATE}
    return {
        "label": route,
        "label_zh": "列车",
        "per_day": len(times),
        "route": route,
        "timetable": timetable,
        **more,
    }


_RAIL: dict[str, Any] = {
    "port": {
        "name": "Tiny rail",
        "name_zh": "小铁路口岸",
        "timezone": "Asia/Shanghai",
        "hours": {
            "always": {"timezone": "Asia/Shanghai", "open": "24/7"},
            "cranes": {"timezone": "Asia/Shanghai", "open": "24/7"},
        },
        "facilities": {"arrival_track": facility(2, kept_until="yard.unloading"), "checks": facility(1, 30.0)},
        "terminals": {
            "yard": {
                "label": "yard",
                "label_zh": "堆场",
                "hours": "cranes",
                "cranes": 1,
                "lift": {"kind": "constant", "mean_min": LIFT_MIN},
                "slots": 10,
            }
        },
        "routes": {
            "train": {"direction": "export", "through": ["arrival_track", "checks", "yard.unloading"]},
            "box": {"direction": "export", "through": ["yard.lift_off", "yard.lift_on"]},
            "other": {"direction": "local", "through": ["yard.loading"]},
        },
    },
    "demand": {
        "classes": {
            "train": train("train", "01:00", "02:00"),
            "box": cargo(),
            "other": train("other", "03:00", "05:00", takes={"cargo": "box", "units": 4}),
        }
    },
    "horizon": {"start": "2025-09-01", "warmup_days": 0, "days": 1},
}


def rail_scenario(**changes: Any) -> Scenario:
    """Return the rail port with new values at dotted paths; a path that is not there is added."""
    world = deepcopy(_RAIL)
    for path, value in changes.items():
        *parents, last = path.split(".")
        table = world
        for key in parents:
            table = table[key]
        table[last] = value
    return Scenario.model_validate(world)


def simulate(scenario: Scenario, engine: str = "compiled", replication: int = 0) -> tuple[Movements, Visits]:
    """Return the movements and visits of a replication."""
    luck = Luck(1, replication)
    scenario = draw_disruptions(scenario, luck)
    movements = sample_movements(scenario, luck)
    plan = plan_program(scenario, movements, luck)
    return movements, read_boarding(read_visits(plan, movements, run(plan.program, engine)))


def rows_at(visits: Visits, stop: str, of: str | None = None) -> np.ndarray:
    """Return the visits to a stop, of one class if it is named, in the order of the vehicles."""
    keys = [each.key for each in visits.stations]
    if stop not in keys:
        return np.empty(0, dtype=np.int64)
    here = visits.station == keys.index(stop)
    if of is not None:
        here &= visits.movements.vehicle[visits.movement] == visits.movements.classes.index(of)
    return np.flatnonzero(here)


def minutes(visits: Visits, stop: str, what: str, of: str | None = None) -> list[float | None]:
    """Return when visits to a stop `enter`, `arrive`, `start`, `finish` or `leave`; None where they do not."""
    times = getattr(visits, f"{what}_min")[rows_at(visits, stop, of)].tolist()
    return [None if np.isnan(time) else time for time in times]


def members(movements: Movements, name: str) -> np.ndarray:
    """Return the movements of a class."""
    return np.flatnonzero(movements.vehicle == movements.classes.index(name))


def aboard(visits: Visits, of: str = "other", stop: str = "yard.loading") -> list[int]:
    """Return with how many units the vehicles of a class leave."""
    assert visits.aboard is not None
    return visits.aboard[rows_at(visits, stop, of)].tolist()


def left_with(visits: Visits, cargo: str = "box") -> list[int | None]:
    """Return for each unit of a class which vehicle of its kind it left with: the first is 0; None if it has not."""
    assert visits.left_with is not None
    number: dict[int, int] = {}
    for vehicle in visits.movements.vehicle:
        number[int(vehicle)] = 0
    place = np.zeros(len(visits.movements), dtype=np.int64)
    for movement, vehicle in enumerate(visits.movements.vehicle.tolist()):
        place[movement] = number[vehicle]
        number[vehicle] += 1
    return [None if by < 0 else int(place[by]) for by in visits.left_with[members(visits.movements, cargo)].tolist()]
