"""A policy as data: the question it answers, what it takes, what it changes, and how strongly."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.problems import Problem, ScenarioError, suggest


class Parameter(Frozen):
    """What a planner may turn up or down in a policy, within a range that makes sense."""

    label: str = Field(description="what is turned up or down")
    label_zh: str = Field(description="the same in Chinese")
    unit: str = Field(description="unit of its value, in words")
    least: float | None = Field(None, description="smallest value; None, like `most`: the value is a word")
    most: float | None = Field(None, description="largest value")

    @model_validator(mode="after")
    def _has_a_range_or_none(self) -> "Parameter":
        if (self.least is None) != (self.most is None):
            raise ValueError("needs both least and most, or neither if its value is a word")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least must be at most most")
        return self

    @property
    def range(self) -> str:
        """The range in words."""
        return "a word" if self.least is None else f"{self.least:g} to {self.most:g}"

    def allows(self, value: Any) -> bool:
        """Say whether a value is of the right kind and in the range."""
        if self.least is None or self.most is None:
            return isinstance(value, str)
        return type(value) in (int, float) and self.least <= value <= self.most


class Policy(Frozen):
    """A lever as data: the question it answers, the article behind it, what it takes, and the keys it changes.

    In `set` a leaf may be a value, or one of

    - `$name`: the strength of a parameter
    - `{plus: x}`, `{times: x}`: what is there plus or times a number or `$name`; a distribution's minutes are scaled
    - `{insert: stop, after: stop}` (or `before`), `{without: stop}`: an edit of a list
    - `{same_as: key}`: what another key of the baseline has

    and the key `"*"` stands for every row of a table to which the change can be applied, at least one; below
    another star it may stand for none. Changes refer to the validated baseline.
    """

    question: str = Field(description="what a planner would ask, one sentence")
    question_zh: str = Field(description="the same in Chinese")
    article: str = Field(description="articles of the regulation that it answers to, such as 'Art. 31'")
    basis: str = Field(description="facts on which its numbers rest, or assumed")
    costs: str = Field(description="what it takes: staff, equipment, an agreement with the neighbour; one sentence")
    costs_zh: str = Field(description="the same in Chinese")
    parameters: dict[str, Parameter] = Field({}, description="what may be turned up or down, by name")
    strength: dict[str, Any] = Field({}, description="value of each parameter")
    set: dict[str, Any] = Field(description="the keys that it changes, as a tree: see above")

    @model_validator(mode="after")
    def _strength_fits(self) -> "Policy":
        problems = [*_find_bad_values(self), *_find_bad_names(self)]
        if problems:
            raise ScenarioError(problems)
        return self

    @property
    def changes(self) -> dict[str, Any]:
        """What it sets, at its strength."""
        changed = _fill_in(self.set, self.strength)
        assert isinstance(changed, dict)
        return changed

    @property
    def befalls(self) -> bool:
        """Whether it asks how bad something would be that goes wrong or happens: nobody would choose it."""
        return "disruptions" in self.set.get("port", {})


def _find_bad_values(policy: Policy) -> Iterator[Problem]:
    for name in policy.parameters:
        if name not in policy.strength:
            yield Problem(f"strength.{name}", "missing; it has no default", None, "add it")
    for name, value in policy.strength.items():
        parameter = policy.parameters.get(name)
        if parameter is None:
            yield Problem(f"strength.{name}", "is no parameter of the policy", None, suggest(name, policy.parameters))
        elif not parameter.allows(value):
            remedy = "choose a value in the range, or widen it in the policy's file"
            yield Problem(f"strength.{name}", f"must be {parameter.range} ({parameter.unit})", value, remedy)


def _find_bad_names(policy: Policy) -> Iterator[Problem]:
    used = dict(_find_names(policy.set, ("set",)))
    for name, path in used.items():
        if name not in policy.parameters:
            yield Problem(".".join(path), f"'${name}' names no parameter", None, suggest(name, policy.parameters))
    for name in policy.parameters:
        if name not in used:
            remedy = f"write ${name} where it belongs, or leave it out"
            yield Problem(f"parameters.{name}", "nothing in set uses it", None, remedy)


def _find_names(value: Any, at: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of every parameter that is used, and where."""
    if name := _read_name(value):
        yield name, at
    rows = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, below in rows:
        yield from _find_names(below, (*at, str(key)))


def _read_name(value: Any) -> str | None:
    match = re.fullmatch(r"\$(\w+)", value) if isinstance(value, str) else None
    return match[1] if match else None


def _fill_in(value: Any, strength: Mapping[str, Any]) -> Any:
    """Return what a policy sets with the strength of its parameters in place of their names."""
    if isinstance(value, Mapping):
        return {key: _fill_in(below, strength) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_fill_in(below, strength) for below in value]
    name = _read_name(value)
    return strength[name] if name else value
