"""Applies policies to a baseline scenario: each sets keys, and two that disagree are refused."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from pydantic import ValidationError

from sim.scenario.base import Frozen
from sim.scenario.problems import Problem, ScenarioError, explain, suggest
from sim.scenario.schema import Scenario


class Policy(Frozen):
    """A lever as data: the question it answers, the article behind it, and the keys it sets."""

    question: str
    question_zh: str
    article: str
    basis: str
    set: dict[str, Any]


Path = tuple[str, ...]


def apply_policies(baseline: Scenario, policies: Mapping[str, Policy]) -> Scenario:
    """Return the baseline with every policy's keys set.

    Raises
    ------
    ScenarioError
        If two policies set one key to different values, or a key does not exist or fit.
    """
    settings = {name: dict(_flatten(policy.set, baseline)) for name, policy in policies.items()}
    problems = [*_find_collisions(settings), *_find_unknown(baseline, settings)]
    if problems:
        raise ScenarioError(problems)
    world = baseline.model_dump()
    for changes in settings.values():
        for path, value in changes.items():
            _assign(world, path, value)
    world["policies"] = tuple(policies)
    try:
        return Scenario.model_validate(world)
    except ValidationError as error:
        raise ScenarioError(_blame(explain(error, Scenario), settings)) from None


def _flatten(settings: Mapping[str, Any], there: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield (path, value) for every leaf; what is new there, a distribution (with `kind`) and {} are leaves whole."""
    for key, value in settings.items():
        inner = _find(there, key)
        is_table = isinstance(value, Mapping) and value and "kind" not in value
        if is_table and isinstance(inner, Frozen | Mapping):
            yield from _flatten(value, inner, (*at, str(key)))
        else:
            yield (*at, str(key)), value


def _find(there: Any, key: str) -> Any:
    return there.get(key) if isinstance(there, Mapping) else getattr(there, key, None)


def _find_collisions(settings: Mapping[str, Mapping[Path, Any]]) -> Iterator[Problem]:
    names = list(settings)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            for path in _overlaps(settings[first], settings[second]):
                yield Problem(
                    ".".join(path),
                    f"policies '{first}' and '{second}' set it to different values",
                    None,
                    "choose one of them",
                )


def _overlaps(first: Mapping[Path, Any], second: Mapping[Path, Any]) -> list[Path]:
    return [
        min(one, two, key=len)
        for one, value in first.items()
        for two, other in second.items()
        if one[: len(two)] == two[: len(one)] and (one != two or value != other)
    ]


def _find_unknown(baseline: Scenario, settings: Mapping[str, Mapping[Path, Any]]) -> Iterator[Problem]:
    for name, changes in settings.items():
        for path, value in changes.items():
            if path[0] not in ("port", "demand", "horizon"):
                yield Problem(path[0], f"policy '{name}' may set port, demand and horizon only")
                continue
            missing = _missing_key(baseline, path, value)
            if missing is not None:
                at, known = missing
                where = ".".join(path[: at + 1])
                yield Problem(where, f"policy '{name}' sets a key that is not there", None, suggest(path[at], known))


def _missing_key(baseline: Scenario, path: Path, value: Any) -> tuple[int, list[str]] | None:
    """Return the position of the first key that is not there and those that are; a map may gain a whole last row."""
    current: Any = baseline
    row_of: Any = None
    for position, key in enumerate(path):
        if isinstance(current, Frozen):
            known = list(type(current).model_fields)
            if key not in known:
                return position, known
            row_of = (get_args(type(current).model_fields[key].annotation) or (None,))[-1]
            current = getattr(current, key)
        elif isinstance(current, Mapping):
            if key not in current:
                is_whole = position == len(path) - 1 and not _lacks_keys(row_of, value)
                return None if is_whole else (position, list(current))
            current = current[key]
        else:
            return position, []
    return None


def _lacks_keys(model: Any, row: Any) -> bool:
    """Say whether a row of a table lacks keys that have no default; it is then a change to a row that is not there."""
    if not (isinstance(model, type) and issubclass(model, Frozen) and isinstance(row, Mapping)):
        return False
    try:
        model.model_validate(row)
    except ValidationError as error:
        return any(finding["type"] == "missing" for finding in error.errors(include_url=False))
    return False


def _assign(world: dict[str, Any], path: Path, value: Any) -> None:
    for key in path[:-1]:
        world = world[key]
    world[path[-1]] = value


def _blame(problems: list[Problem], settings: Mapping[str, Mapping[Path, Any]]) -> list[Problem]:
    """Name the policies that set what does not fit."""
    blamed = []
    for problem in problems:
        path = tuple(problem.path.split("."))
        setters = [name for name, changes in settings.items() if any(path[: len(p)] == p[: len(path)] for p in changes)]
        who = ", ".join(map(repr, setters)) or "in combination"
        blamed.append(replace(problem, rule=f"{problem.rule} (set by policy {who})"))
    return blamed
