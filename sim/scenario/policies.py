"""Applies policies to a baseline scenario: each sets or changes keys, and two that disagree are refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from pydantic import ValidationError

from sim.scenario.changes import DOES, STAR, Change, Path, combine, find_gap, find_mistake, read_changes
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, ScenarioError, explain
from sim.scenario.schema import Scenario


def apply_policies(baseline: Scenario, policies: Mapping[str, Policy]) -> Scenario:
    """Return the baseline with every policy's changes.

    The order of the policies does not matter, unless two insert stops after (or before) the same one: they do so in
    their order. Two that multiply one number both do, and so do two that add to it.

    Raises
    ------
    ScenarioError
        If two policies disagree about one key (set it to different values, or change it in different ways), or a
        key does not exist or fit.
    """
    changes, problems = _choose_changes(baseline, policies)
    problems = [*_find_collisions(changes), *problems]
    if problems:
        raise ScenarioError(problems)
    world = baseline.model_dump()
    for path, together in _by_path(changes).items():
        _assign(world, path, together)
    world["policies"] = tuple(policies)
    try:
        return Scenario.model_validate(world)
    except ValidationError as error:
        raise ScenarioError(_blame(explain(error, Scenario), changes)) from None


def find_obstacles(name: str, policy: Policy, scenario: Scenario) -> list[Problem]:
    """Return why a policy cannot be applied to a scenario; nothing if it fits."""
    try:
        apply_policies(scenario, {name: policy})
    except ScenarioError as error:
        return error.problems
    return []


def find_changes(name: str, policy: Policy, scenario: Scenario) -> list[Change]:
    """Return what a policy that fits changes in a scenario, place by place."""
    return _choose_changes(scenario, {name: policy})[0]


def _choose_changes(baseline: Scenario, policies: Mapping[str, Policy]) -> tuple[list[Change], list[Problem]]:
    """Return the changes that can be made, one for each row that has what a star changes, and what is wrong."""
    chosen: list[Change] = []
    problems: list[Problem] = []
    for name, policy in policies.items():
        every = read_changes(name, policy.changes, baseline)
        mistakes = [problem for change in every if (problem := find_mistake(change, baseline))]
        if mistakes:
            problems += dict.fromkeys(mistakes)
            continue
        gaps = [(change, find_gap(change, baseline)) for change in every]
        fitting = [change for change, gap in gaps if gap is None]
        problems += [gap for change, gap in gaps if gap and STAR not in change.written]
        problems += _find_idle_stars(every, fitting)
        chosen += fitting
    return chosen, problems


def _find_idle_stars(every: Sequence[Change], fitting: Sequence[Change]) -> list[Problem]:
    """Find what a star would change in some row, and no row has; a star below another may stand for none."""
    done = {change.written for change in fitting}
    idle = {change.written: change for change in every if change.written.count(STAR) == 1}
    return [
        change.refuse("finds no row to change", f"'{STAR}' must stand for one at least", written)
        for written, change in idle.items()
        if written not in done
    ]


def _find_collisions(changes: Sequence[Change]) -> Iterator[Problem]:
    for one, other in combinations(changes, 2):
        if one.path[: len(other.path)] != other.path[: len(one.path)]:
            continue
        path = ".".join(one.path if len(one.path) < len(other.path) else other.path)
        if one.policy == other.policy:
            yield Problem(path, f"policy '{one.policy}' changes it twice", None, "name each key once, also below '*'")
        elif not _go_together(one, other):
            yield Problem(path, _say_disagreement(one, other), None, "choose one of them")


def _go_together(one: Change, other: Change) -> bool:
    """Say whether two policies may change one place: they set the same value, or change it relatively alike."""
    alike = one.path == other.path and one.kind == other.kind
    return alike and (one.kind != "set" or one.value == other.value)


def _say_disagreement(one: Change, other: Change) -> str:
    if one.kind == other.kind == "set":
        return f"policies '{one.policy}' and '{other.policy}' set it to different values"
    does = f"the first {DOES[one.kind]}, the second {DOES[other.kind]}"
    return f"policies '{one.policy}' and '{other.policy}' disagree: {does}"


def _by_path(changes: Sequence[Change]) -> dict[Path, list[Change]]:
    together: dict[Path, list[Change]] = {}
    for change in changes:
        together.setdefault(change.path, []).append(change)
    return together


def _assign(world: dict[str, Any], path: Path, changes: Sequence[Change]) -> None:
    for key in path[:-1]:
        world = world[key]
    world[path[-1]] = combine(world.get(path[-1]), changes)


def _blame(problems: list[Problem], changes: Sequence[Change]) -> list[Problem]:
    """Name the policies that set what does not fit, or all of them if it is not what they set but what others lack."""
    blamed = []
    for problem in problems:
        path = tuple(problem.path.split("."))
        setters = [change.policy for change in changes if path[: len(change.path)] == change.path[: len(path)]]
        who = ", ".join(map(repr, dict.fromkeys(setters or [change.policy for change in changes])))
        blamed.append(replace(problem, rule=f"{problem.rule} (set by policy {who})"))
    return blamed
