"""Pages about configuration: every table of the schema with its keys, their kinds, ranges, defaults and meaning."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sim.scenario.costs import Costs
from sim.scenario.policy import Policy
from sim.scenario.schema import Scenario
from sim.scenario.settings import Settings
from sim.scenario.study_file import StudyFile
from written_pages.kinds import anchor, describe_type
from written_pages.markdown import cell, code, table

Table = type[BaseModel]
NAME = "NAME"
"""Stands in a path for a name that a planner chooses."""

UNITS = {
    "_yuan_per_h": "yuan/h",
    "_yuan_per_l": "yuan/L",
    "_yuan_per_kwh": "yuan/kWh",
    "_yuan_per_tonne_h": "yuan/(t h)",
    "_co2_kg_per_l": "kg/L",
    "_co2_kg_per_kwh": "kg/kWh",
    "_l_per_h": "L/h",
    "_l_per_km": "L/km",
    "_kwh_per_km": "kWh/km",
    "yuan_per_usd": "yuan/USD",
    "yuan_per_h": "yuan/h",
    "_h_per_day": "h/day",
    "per_day": "per day",
    "_yuan": "yuan",
    "_min": "min",
    "_kmh": "km/h",
    "_km": "km",
    "_vpkm": "cars/km",
    "_vph": "cars/h",
    "days_per_year": "days/year",
    "days": "days",
    "_years": "years",
    "_kw": "kW",
    "_h": "h",
    "tonnes": "t",
    "teu": "TEU",
}
"""Units by the end of a key, longer ends first: names carry their units."""


class Place(NamedTuple):
    """Where a table stands in a configuration."""

    path: str
    table: Table


def list_schema_pages() -> dict[str, str]:
    """Return the pages about configuration by name."""
    scenario = [place for place in walk("", Scenario) if not place.path.startswith("costs")]
    return {
        "scenario": _page("Scenario: port, demand and horizon", SCENARIO, scenario),
        "costs": _page("Costs", COSTS, list(walk("costs", Costs))),
        "settings": _page("Settings of a study", SETTINGS, list(walk("", Settings))),
        "policy_files": _page("Policy files", POLICY, list(walk("policy.NAME", Policy))),
        "study_files": _page("Study files", STUDY, list(walk("", StudyFile))),
    }


SCENARIO = """Everything that decides a run but luck, as `kouan --cfg job` shows it. Any key can be typed after `kouan`
(`port.facilities.scanner_export.servers=3`, or with a `+` before it if the file leaves it to its default), stand in a
file of your own, or be changed by a [policy](#keys-policy). Unknown keys are refused. `NAME` is a name that the file
chooses."""
COSTS = """Prices, read after a run: they change no vehicle. `costs=[]` leaves money and emissions out."""
SETTINGS = """How a study is run. None of these changes what a replication is: some choose which are run, the others
how."""
POLICY = """A policy is a file in `policy/` of the shipped configuration or of a folder of your own (`--config-dir`).
Its only top key is its name, which is the name of the file. [Levers](../levers.md) shows how to write one."""
STUDY = """What `kouan sweep` runs: worlds, choices of policies, and factors that are varied by a design."""


def walk(path: str, found: Table) -> Iterator[Place]:
    """Yield a table and all tables below it, each with its path."""
    yield Place(path, found)
    for key, field in found.model_fields.items():
        for name, below in _find_tables(field.annotation):
            yield from walk(".".join(filter(None, (path, key, name))), below)


def _find_tables(annotation: Any, name: str = "") -> Iterator[tuple[str, Table]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield name, annotation
    for part in get_args(annotation):
        yield from _find_tables(part, NAME if get_origin(annotation) is dict else name)


def _page(title: str, intro: str, places: list[Place]) -> str:
    paths: dict[Table, list[str]] = {}
    for place in places:
        paths.setdefault(place.table, []).append(place.path)
    return "\n\n".join([f"# {title}", intro, *(_section(each, where) for each, where in paths.items())]) + "\n"


def _section(found: Table, paths: list[str]) -> str:
    rows = [[code(key), *_describe(key, field)] for key, field in found.model_fields.items()]
    header = ["key", "what it takes", "unit", "default", "meaning"]
    return "\n\n".join(
        [
            f"({anchor(found)})=\n## {found.__name__}",
            _say_where(paths),
            inspect.cleandoc(found.__doc__ or ""),
            table(header, rows),
        ]
    )


def _say_where(paths: list[str]) -> str:
    shown = ", ".join(code(path) for path in paths[:3] if path) or "the top"
    return f"Stands at {shown}{f' and {len(paths) - 3} more places' if len(paths) > 3 else ''}."


def _describe(key: str, field: FieldInfo) -> tuple[str, str, str, str]:
    taken = describe_type(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
    unit = next((unit for end, unit in UNITS.items() if key.endswith(end)), "")
    return taken, unit, _default(field), cell(_say_meaning(key, field))


def _say_meaning(key: str, field: FieldInfo) -> str:
    said = field.description or ("chooses this table" if key == "kind" else "")
    return re.sub(r"(?<!\. )None:", "none:", said)  # YAML calls it null, and so does the column before


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None or field.default == "":
        return "none" if field.default is None else "empty"
    if isinstance(field.default, BaseModel):
        return code(", ".join(f"{key}: {value}" for key, value in field.default.model_dump().items()))
    return _say_value(field.default)


def _say_value(value: Any) -> str:
    if isinstance(value, tuple):
        return "none" if not value else _say_several(value)
    if isinstance(value, Mapping):
        return "none" if not value else code(value)
    return code(value)


def _say_several(values: tuple[Any, ...]) -> str:
    same = len(set(map(str, values))) == 1 and len(values) > 3
    return f"{len(values)} × {code(values[0])}" if same else ", ".join(code(value) for value in values)
