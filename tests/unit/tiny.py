"""A small valid scenario to change one thing in: a gate, a scanner for some and a yard, 100 trucks a day."""

from copy import deepcopy
from typing import Any

from sim.scenario.schema import Scenario

ALL_DAY = [1] * 24
"""Weights of a profile without a peak."""

_TINY: dict[str, Any] = {
    "port": {
        "name": "Tiny",
        "name_zh": "小口岸",
        "timezone": "Asia/Shanghai",
        "hours": {
            "day": {"timezone": "Asia/Shanghai", "open": "Mo-Su 07:00-19:00"},
            "always": {"timezone": "Asia/Shanghai", "open": "24/7"},
        },
        "selections": {"machine": {"agency": "customs", "rate": 0.3}},
        "facilities": {
            "gate": {
                "label": "gate",
                "label_zh": "卡口",
                "agency": "customs",
                "hours": "day",
                "servers": 2,
                "service": {"kind": "lognormal", "mean_min": 5, "cv": 0.5},
            },
            "scanner": {
                "label": "scanner",
                "label_zh": "机检",
                "agency": "customs",
                "hours": "day",
                "servers": 1,
                "selected_by": "machine",
                "service": {"kind": "constant", "mean_min": 4},
            },
            "yard": {
                "label": "yard",
                "label_zh": "场地",
                "agency": "operator",
                "hours": "always",
                "servers": 40,
                "places": 40,
                "staff_per_server": 0,
                "service": {"kind": "exponential", "mean_min": 60},
            },
        },
        "routes": {"out": {"direction": "export", "through": ["gate", "scanner", "yard"]}},
    },
    "demand": {
        "profiles": {"flat": {"timezone": "Asia/Shanghai", "by_hour": ALL_DAY}},
        "classes": {
            "truck": {"label": "trucks", "label_zh": "货车", "per_day": 100, "route": "out", "profile": "flat"},
        },
    },
    "horizon": {"start": "2025-09-01", "warmup_days": 1, "days": 2},
}


def tiny_world(**changes: Any) -> dict[str, Any]:
    """Return the scenario as a dict of plain values, with new values at dotted paths.

    Whole tables may be replaced, and keys may be added:
    `tiny_world(**{"port.facilities.gate.servers": 3, "port.selections": {}})`.
    """
    world = deepcopy(_TINY)
    for path, value in changes.items():
        *parents, last = path.split(".")
        table = world
        for key in parents:
            table = table.setdefault(key, {})
        table[last] = value
    return world


def tiny_scenario(**changes: Any) -> Scenario:
    """Return the validated scenario of `tiny_world`."""
    return Scenario.model_validate(tiny_world(**changes))


def hours(number: float) -> dict[str, Any]:
    """Return a distribution of always so many hours."""
    return {"kind": "constant", "mean_min": 60.0 * number}


def tiny_facility(servers: int = 1, minutes: float = 1.0, **more: Any) -> dict[str, Any]:
    """Return a facility that never closes and takes everyone the same minutes."""
    plain = {"label": "post", "label_zh": "岗位", "agency": "customs", "hours": "always", "servers": servers}
    return plain | {"service": {"kind": "constant", "mean_min": minutes}} | more
