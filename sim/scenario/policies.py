"""Applies policies to a baseline scenario: each sets keys, and two that disagree are refused."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

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
    settings = {name: dict(_flatten(policy.set)) for name, policy in policies.items()}
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


def _flatten(settings: Mapping[str, Any], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield (path, value) for every leaf; a distribution (a mapping with `kind`) and an empty mapping are leaves."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and value and "kind" not in value:
            yield from _flatten(value, (*at, str(key)))
        else:
            yield (*at, str(key)), value


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
        for path in changes:
            if path[0] not in ("port", "demand", "horizon"):
                yield Problem(path[0], f"policy '{name}' may set port, demand and horizon only")
                continue
            missing = _missing_key(baseline, path)
            if missing is not None:
                at, known = missing
                where = ".".join(path[: at + 1])
                yield Problem(where, f"policy '{name}' sets a key that is not there", None, suggest(path[at], known))


def _missing_key(baseline: Scenario, path: Path) -> tuple[int, list[str]] | None:
    """Return the position of the first key that is not there and those that are; a map may gain a last key."""
    current: Any = baseline
    for position, key in enumerate(path):
        if isinstance(current, Frozen):
            known = list(type(current).model_fields)
            if key not in known:
                return position, known
            current = getattr(current, key)
        elif isinstance(current, Mapping):
            if key not in current:
                return None if position == len(path) - 1 else (position, list(current))
            current = current[key]
        else:
            return position, []
    return None


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
