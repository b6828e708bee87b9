"""Sets the factors of a study to levels: on the validated baseline and its policies, without composing files again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sim.scenario.policies import apply_policies
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, ScenarioError, explain
from sim.scenario.schema import Scenario
from sim.scenario.study_file import Factor, Level

_HERE = "vary"
"""Who changes the baseline, for messages; a factor is a change like a policy's, and is applied like one."""


def set_factors(
    baseline: Scenario,
    policies: Mapping[str, Policy],
    factors: Mapping[str, Factor],
    levels: Mapping[str, Level],
) -> Scenario:
    """Return the baseline with factors at their levels, and then with the policies at theirs.

    A factor that is the strength of a policy which is not among `policies` changes nothing.

    Raises
    ------
    ScenarioError
        If a key does not exist, or a level does not fit it.
    """
    world = [(factors[name], level) for name, level in levels.items() if factors[name].policy is None]
    changes = [{key: _as_change(factor, level)} for factor, level in world for key in factor.keys]
    changed = _change_world(baseline, _nest(changes)) if changes else baseline
    return apply_policies(changed, _set_strengths(policies, factors, levels)) if policies else changed


def _as_change(factor: Factor, level: Level) -> Any:
    return level if factor.how == "set" else {factor.how: level}


def _nest(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a tree of changes from dotted keys, as a policy has it."""
    tree: dict[str, Any] = {}
    for change in changes:
        for key, value in change.items():
            *above, last = key.split(".")
            table = tree
            for part in above:
                table = table.setdefault(part, {})
                if not isinstance(table, dict):
                    raise ScenarioError([Problem(key, "lies below a key that another factor sets", None, "vary one")])
            if last in table:
                raise ScenarioError([Problem(key, "two factors set it", None, "vary it once")])
            table[last] = value
    return tree


def _change_world(baseline: Scenario, tree: Mapping[str, Any]) -> Scenario:
    nobody = {"question": "", "question_zh": "", "article": "", "basis": "", "costs": "", "costs_zh": ""}
    change = Policy.model_validate({**nobody, "set": tree})
    try:
        return apply_policies(baseline, {_HERE: change}).model_copy(update={"policies": baseline.policies})
    except ScenarioError as error:
        said = [replace(each, rule=each.rule.replace(f"policy '{_HERE}'", f"'{_HERE}'")) for each in error.problems]
        raise ScenarioError(said) from None


def _set_strengths(
    policies: Mapping[str, Policy], factors: Mapping[str, Factor], levels: Mapping[str, Level]
) -> dict[str, Policy]:
    """Return the policies with the strengths that are factors; each keeps its name, as the point has the levels."""
    strengths: dict[str, dict[str, Any]] = {}
    for name, level in levels.items():
        factor = factors[name]
        if factor.policy in policies:
            _, policy, *rest = factor.keys[0].split(".")
            if len(rest) != 2 or rest[0] != "strength":
                remedy = f"write policy.{policy}.strength.NAME"
                raise ScenarioError([Problem(f"vary.{name}.key", "is no strength", factor.keys[0], remedy)])
            strengths.setdefault(policy, {})[rest[1]] = level
    return {name: _strengthen(name, policy, strengths.get(name)) for name, policy in policies.items()}


def _strengthen(name: str, policy: Policy, strength: Mapping[str, Any] | None) -> Policy:
    if not strength:
        return policy
    try:
        return Policy.model_validate({**policy.model_dump(), "strength": {**policy.strength, **strength}})
    except ValidationError as error:
        problems = [replace(each, path=f"policy.{name}.{each.path}") for each in explain(error, Policy)]
        raise ScenarioError(problems) from None
