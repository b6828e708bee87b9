"""Says what is wrong with a configuration: every problem at once, each with its remedy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it is, what it says, the rule it breaks and what to do."""

    path: str
    rule: str
    value: Any = None
    remedy: str = ""

    def __str__(self) -> str:
        shown = ":" if self.value is None else f" is {_shorten(self.value)},"
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}{shown} {self.rule}{remedy}"


class ScenarioError(ValueError):
    """A configuration that cannot be simulated; the message lists every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[list[Problem]]]:
        """Come back from a worker with the problems, not with the letters of the message."""
        return type(self), (self.problems,)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known words, or all of them."""
    known = sorted(known)
    close = get_close_matches(word, known, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(repr(match) for match in close)}?"
    return f"known are: {', '.join(known) or 'none'}"


def explain(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Turn pydantic's findings into problems with the path as a planner types it."""
    problems: list[Problem] = []
    for finding in error.errors(include_url=False):
        inner = finding.get("ctx", {}).get("error")
        problems += inner.problems if isinstance(inner, ScenarioError) else [_explain_one(finding, model)]
    return problems


def _explain_one(finding: Any, model: type[BaseModel]) -> Problem:
    loc = [str(part) for part in finding["loc"]]
    path, kind, value = _path(model, loc), finding["type"], finding["input"]
    if kind == "extra_forbidden":
        return Problem(path, "unknown key", None, suggest(loc[-1], _keys_beside(model, loc[:-1])))
    if kind == "union_tag_not_found":
        return Problem(path, "has no kind", None, f"kinds are: {', '.join(_kinds_at(model, loc))}")
    if kind == "missing":
        return Problem(path, "missing; it has no default", None, "add it")
    if kind == "value_error":
        return Problem(path, str(finding["ctx"]["error"]), value)
    return Problem(path, _rule(finding), value)


def _rule(finding: Any) -> str:
    message = str(finding["msg"]).split(", unable to parse")[0]
    return message.replace("Input should", "must")


def _path(model: type[BaseModel], loc: Sequence[str]) -> str:
    """Return the path as it is typed: pydantic also names the kind that chose a distribution, which is no key."""
    typed: list[str] = []
    current: Any = model
    for part in loc:
        if _chosen(current, part) is None:
            typed.append(part)
        current = _step_into(current, part)
    return ".".join(typed) or "configuration"


def _keys_beside(model: type[BaseModel], loc: Sequence[str]) -> list[str]:
    """Return the keys that the schema knows at a place; union branches are looked up by their tag."""
    current: Any = model
    for part in loc:
        current = _step_into(current, part)
    return list(current.model_fields) if _is_model(current) else []


def _step_into(current: Any, part: str) -> Any:
    if _is_model(current):
        return current.model_fields[part].annotation if part in current.model_fields else None
    if get_origin(current) is Annotated:
        return _step_into(get_args(current)[0], part)
    if _chosen(current, part):
        return _chosen(current, part)
    candidates = [argument for argument in get_args(current) if argument is not type(None)]
    models = [candidate for candidate in candidates if _is_model(candidate)]
    if len(models) == 1 and str not in candidates:
        return _step_into(models[0], part)
    return candidates[-1] if candidates else None


def _chosen(current: Any, kind: str) -> Any:
    """Return the member of a union that a `kind` chooses; None elsewhere."""
    if get_origin(current) is Annotated:
        return _chosen(get_args(current)[0], kind)
    members = [member for member in get_args(current) if _is_model(member) and "kind" in member.model_fields]
    return next((m for m in members if kind in get_args(m.model_fields["kind"].annotation)), None)


def _kinds_at(model: type[BaseModel], loc: Sequence[str]) -> list[str]:
    """Return the kinds that a place can be of."""
    current: Any = model
    for part in loc:
        current = _step_into(current, part)
    members = get_args(get_args(current)[0] if get_origin(current) is Annotated else current)
    return [kind for member in members for kind in get_args(member.model_fields["kind"].annotation)]


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
