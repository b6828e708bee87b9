"""What a key takes, in words: a number and its range, a choice of words, a table of its own."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario import fields
from written_pages.markdown import code

SPELT = {
    fields.Timezone: "time zone, such as `Asia/Urumqi`",
    fields.OpeningHours: "opening hours",
    fields.SeasonText: "days of the year",
    fields.Country: "ISO 3166 code of a country",
    fields.Clock: "clock time",
}
"""Texts that are read in a way of their own."""

PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Any": "anything"}
PLAIN |= {"date": "date", "Path": "folder"}


def anchor(found: type[BaseModel]) -> str:
    """Return the name under which pages link to a table."""
    return f"keys-{found.__name__.lower()}"


def describe_type(annotation: Any) -> str:
    """Return what a key takes in words: a number and its range, a choice of words, a table to follow."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _describe_annotated(annotation)
    if origin in (Union, UnionType):
        return _describe_union(parts)
    if origin is Literal:
        return " or ".join(code(part) for part in parts)
    if origin is dict:
        kinds = get_args(parts[0])
        names = f", by {' or '.join(code(kind) for kind in kinds)}" if kinds else ", by name"
        return f"{describe_type(parts[1])}{names}"
    if origin is tuple:
        return f"list: {describe_type(parts[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{anchor(annotation)})"
    return PLAIN[annotation.__name__]


def _describe_union(parts: tuple[Any, ...]) -> str:
    real = [part for part in parts if part is not type(None)]
    known = {kind for part in real for kind in _kinds(part)}
    if len(known) > 1 and "lognormal" in known:
        return "[a distribution](#keys-constant) of minutes"
    words = " or ".join(dict.fromkeys(describe_type(part) for part in real))
    return f"{words}, or null" if len(real) < len(parts) else words


def _kinds(part: Any) -> tuple[str, ...]:
    if isinstance(part, type) and issubclass(part, BaseModel) and "kind" in part.model_fields:
        return get_args(part.model_fields["kind"].annotation)
    return ()


def _describe_annotated(annotation: Any) -> str:
    inner, *extra = get_args(annotation)
    for alias, words in SPELT.items():
        if inner is str and set(map(id, get_args(alias)[1:])) <= set(map(id, extra)):
            return words
    limits = [limit for each in extra for limit in (each.metadata if isinstance(each, FieldInfo) else [each])]
    return f"{describe_type(inner)}{_say_range(limits)}"


def _say_range(limits: list[Any]) -> str:
    bounds = {end: getattr(limit, end) for end in ("ge", "gt", "le", "lt") for limit in limits if hasattr(limit, end)}
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    if bounds.keys() == {"ge", "le"}:
        return f", {_number(bounds['ge'])} to {_number(bounds['le'])}"
    said = [f"{words[end]} {_number(value)}" for end, value in bounds.items()]
    return f", {' and '.join(said)}" if said else ""


def _number(value: Any) -> str:
    return str(value) if not isinstance(value, int | float) else f"{value:,.0f}" if value >= 1e6 else f"{value:,g}"
