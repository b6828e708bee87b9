"""What policies change, place by place: values, relative changes and edits of lists, all of the validated baseline."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from sim.scenario.base import Frozen
from sim.scenario.problems import Problem, suggest
from sim.scenario.schema import Scenario

Path = tuple[str, ...]
Kind = Literal["set", "plus", "times", "edit", "same_as"]

STAR = "*"
"""As a key: every row of a table to which the change can be applied."""
DOES = {"set": "sets it", "plus": "adds to it", "times": "multiplies it", "edit": "edits the list"}
OPERATIONS: dict[frozenset[str], Kind] = {
    frozenset({"plus"}): "plus",
    frozenset({"times"}): "times",
    frozenset({"same_as"}): "same_as",
    frozenset({"insert", "after"}): "edit",
    frozenset({"insert", "before"}): "edit",
    frozenset({"without"}): "edit",
}
"""Keys by which a leaf of `set` says that it changes what is there."""
NOT_THERE = "sets a key that is not there"
PARTS = ("port", "demand", "horizon", "costs")


@dataclass(frozen=True)
class Change:
    """What one policy does at one place; `written` is the place as its file has it, with a star for every row."""

    policy: str
    path: Path
    written: Path
    kind: Kind
    value: Any

    def refuse(self, rule: str, remedy: str = "", path: Path | None = None) -> Problem:
        """Return the problem that this change breaks a rule at its place."""
        return Problem(".".join(path or self.path), f"policy '{self.policy}' {rule}", None, remedy)


def read_changes(policy: str, settings: Mapping[str, Any], baseline: Scenario) -> list[Change]:
    """Return all that a policy changes, with a change for every row that a star stands for."""
    return [_look_up(Change(policy, *leaf), baseline) for leaf in _flatten(settings, baseline)]


def _look_up(change: Change, baseline: Scenario) -> Change:
    """Return a change to the value that another key has as one that sets it; the same change if there is none."""
    if change.kind != "same_as":
        return change
    path = tuple(str(change.value).split("."))
    position, there, _ = _follow(baseline, path)
    value = there.model_dump() if isinstance(there, Frozen) else there
    return replace(change, kind="set", value=value) if position == len(path) else change


def _flatten(
    settings: Mapping[str, Any], there: Any, path: Path = (), written: Path = ()
) -> Iterator[tuple[Path, Path, Kind, Any]]:
    """Yield the leaves; what is new there, a distribution (with `kind`), {} and operations are leaves whole."""
    for key, value in settings.items():
        every_row = key == STAR and isinstance(there, Mapping) and there
        for name in there if every_row else [str(key)]:
            inner = there.get(name) if isinstance(there, Mapping) else getattr(there, name, None)
            place = (*path, name), (*written, str(key))
            kind, amount = _read_operation(value, inner)
            if kind == "set" and _is_table(value) and isinstance(inner, Frozen | Mapping):
                yield from _flatten(value, inner, *place)
            else:
                yield *place, kind, amount


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and "kind" not in value


def _read_operation(value: Any, there: Any) -> tuple[Kind, Any]:
    """Return how a leaf changes what is there, and the value; tables may have keys of these names: timetables do."""
    is_table = isinstance(there, Mapping) or (isinstance(there, Frozen) and not hasattr(there, "kind"))
    kind = OPERATIONS.get(frozenset(value)) if isinstance(value, Mapping) and not is_table else None
    if kind is None:
        return "set", value
    return kind, value if kind == "edit" else value[kind]


def find_mistake(change: Change, baseline: Scenario) -> Problem | None:
    """Return what is wrong with a change at any row: an unknown key, or not a number where one is needed."""
    if change.path[0] not in PARTS:
        return change.refuse(f"may set {', '.join(PARTS[:-1])} and {PARTS[-1]} only", path=change.path[:1])
    position, there, _ = _follow(baseline, change.path)
    if position < len(change.path) and isinstance(there, Frozen):
        known = suggest(change.path[position], type(there).model_fields)
        return change.refuse(NOT_THERE, known, change.written[: position + 1])
    if change.kind == "same_as":
        return change.refuse(f"takes the value of '{change.value}', which is not there", path=change.written)
    if change.kind in ("plus", "times") and not _is_number(change.value):
        return change.refuse(f"says {change.kind}: {change.value!r}, which is no number", path=change.written)
    return None


def find_gap(change: Change, baseline: Scenario) -> Problem | None:
    """Return what is missing at the place of a change; rows without it are none that a star stands for."""
    position, there, row = _follow(baseline, change.path)
    if position < len(change.path):
        is_new_row = position == len(change.path) - 1 and isinstance(there, Mapping) and change.path[-1] != STAR
        if is_new_row and change.kind == "set" and not _lacks_keys(row, change.value):
            return None
        known = list(there) if isinstance(there, Mapping) else []
        return change.refuse(NOT_THERE, suggest(change.path[position], known), change.path[: position + 1])
    if there is None and change.kind == "set" and _lacks_keys(row, change.value):
        return change.refuse("changes a part of it, and nothing is there", "add all that it needs")
    rule = _REFUSALS[change.kind](there, change.value)
    return change.refuse(*rule) if rule else None


def _follow(baseline: Scenario, path: Path) -> tuple[int, Any, Any]:
    """Return how many keys of a path are there, what they lead to, and what type it, or a row of it, is of."""
    current, kind = baseline, Scenario
    for position, key in enumerate(path):
        if isinstance(current, Frozen) and key in type(current).model_fields:
            current, kind = getattr(current, key), type(current).model_fields[key].annotation
        elif isinstance(current, Mapping) and key in current:
            current, kind = current[key], get_args(kind)[-1]
        else:
            return position, current, (get_args(kind) or (None,))[-1]
    return len(path), current, kind


def _lacks_keys(kind: Any, value: Any) -> bool:
    """Say whether a table lacks keys that have no default; it is then a change to one that is not there."""
    if not isinstance(value, Mapping):
        return False
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return any(finding["type"] == "missing" for finding in error.errors(include_url=False))
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse_number(there: Any, _: Any) -> tuple[str, str] | None:
    if _is_number(there):
        return None
    return f"adds to it, and {there!r} is no number" if there is not None else "adds to nothing", "set a value"


def _refuse_factor(there: Any, _: Any) -> tuple[str, str] | None:
    if _is_number(there) or hasattr(there, "kind"):
        return None
    said = "multiplies nothing" if there is None else f"multiplies it, and {there!r} is neither number nor distribution"
    return said, "set a value"


def _refuse_edit(there: Any, edit: Mapping[str, Any]) -> tuple[str, str] | None:
    if not isinstance(there, tuple):
        return "edits a list, and none is there", "set a value"
    absent = [name for key in ("after", "before", "without") for name in _names(edit.get(key)) if name not in there]
    if absent:
        return f"names '{absent[0]}', which is not in the list", suggest(absent[0], map(str, there))
    twice = [name for name in _names(edit.get("insert")) if name in there]
    return (f"inserts '{twice[0]}', which is in the list", "leave it out") if twice else None


_REFUSALS = {"set": lambda *_: None, "plus": _refuse_number, "times": _refuse_factor, "edit": _refuse_edit}


def combine(there: Any, changes: Sequence[Change]) -> Any:
    """Return what changes of one kind, by any number of policies, make of a baseline value.

    Sums and products are the same in any order. Whole numbers stay whole: a count times a factor is rounded half
    up, and of what there is at least 1 is left. A distribution times a factor keeps its shape. Lists are edited in
    the order of the changes; stops are taken out last.
    """
    values = [change.value for change in changes]
    match changes[0].kind:
        case "plus":
            return _add(there, values)
        case "times":
            return _multiply(there, math.prod(sorted(values)))
        case "edit":
            return _edit(there, values)
    return values[-1]


def _add(there: float, amounts: Sequence[float]) -> float:
    total = math.fsum([there, *amounts])
    return int(total) if isinstance(there, int) and total.is_integer() else total


def _multiply(there: Any, factor: float) -> Any:
    if isinstance(there, Mapping):
        return {key: value * factor if key.endswith("_min") else value for key, value in there.items()}
    if isinstance(there, int):
        return max(math.floor(there * factor + 0.5), min(there, 1))
    return there * factor


def _edit(there: Iterable[Any], edits: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    """Return a list with all edits; one that several policies ask for alike is made once."""
    names = list(there)
    for edit in (edit for i, edit in enumerate(edits) if "insert" in edit and edit not in edits[:i]):
        at = names.index(edit["after"]) + 1 if "after" in edit else names.index(edit["before"])
        names[at:at] = _names(edit["insert"])
    gone = {name for edit in edits for name in _names(edit.get("without"))}
    return tuple(name for name in names if name not in gone)


def _names(value: Any) -> list[Any]:
    """Return one name or several as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
