"""A study file: the worlds, policies and ranges of parameters that a sweep goes through, and its question."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, PositiveInt, ValidationError, model_validator

from sim.scenario.base import Frozen
from sim.scenario.problems import Problem, ScenarioError, explain

SCOPES = ("port", "direction", "class", "cost", "emissions")
"""What is kept of each run unless a study file says otherwise: all outcomes of many runs would fill a disk."""

Words = tuple[str, ...]
Level = int | float | str


class Factor(Frozen):
    """One thing that a study varies: a key, or several that move together, through values or a range.

    A key is written as on the command line (`port.facilities.scanner_export.servers`,
    `policy.extra_lanes.strength.lanes`); `*` in it stands for every row of a table that has what follows.
    """

    key: str | Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="what is varied, or several")
    how: Literal["set", "times", "plus"] = Field("set", description="whether a level is the value, or changes it")
    values: Annotated[tuple[Level, ...], Field(min_length=1)] | None = Field(None, description="these and no others")
    least: float | None = Field(None, description="smallest level of a range")
    most: float | None = Field(None, description="largest level of a range")
    whole: bool = Field(False, description="whether levels of a range are whole numbers")
    label: str = Field("", description="what tables and figures call it; empty: its name")
    label_zh: str = Field("", description="the same in Chinese")
    unit: str = Field("", description="unit of a level, in words")

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it moves."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def policy(self) -> str | None:
        """The policy whose strength it is; None if it is a number of the world."""
        first, _, rest = self.keys[0].partition(".")
        return rest.partition(".")[0] if first == "policy" else None

    @model_validator(mode="after")
    def _has_levels(self) -> "Factor":
        in_range = self.least is not None and self.most is not None
        if (self.values is None) != in_range or (self.least is None) != (self.most is None):
            raise ValueError("needs either values, or least and most")
        if in_range and not self.least < self.most:  # type: ignore[operator]
            raise ValueError("least must be below most")
        if len({key.startswith("policy.") for key in self.keys}) > 1 or (self.policy and len(self.keys) > 1):
            raise ValueError("the strength of a policy is one key, and stands alone")
        if self.policy and self.how != "set":
            raise ValueError("the strength of a policy can only be set")
        return self


class Grid(Frozen):
    """Every combination of levels; a range is cut into `levels` equal steps."""

    kind: Literal["grid"] = "grid"
    levels: Annotated[int, Field(ge=2, le=1000)] = Field(3, description="levels of a range")


class Sampled(Frozen):
    """Points spread over all ranges at once (scipy.stats.qmc), which need fewer runs than a grid."""

    kind: Literal["latin_hypercube", "sobol"]
    points: PositiveInt = Field(le=1_000_000, description="of each world and choice of policies; Sobol: a power of 2")
    seed: int = Field(1, ge=0, description="of the design; has nothing to do with the luck of the runs")

    @model_validator(mode="after")
    def _suits_its_kind(self) -> "Sampled":
        if self.kind == "sobol" and self.points & (self.points - 1):
            raise ValueError("a Sobol design has a power of 2 points, such as 64 or 128")
        return self


class Bounds(Frozen):
    """What the mean of an outcome must keep to, in its unit."""

    least: float | None = Field(None, description="smallest mean that will do; None: any")
    most: float | None = Field(None, description="largest mean that will do; None: any")

    @model_validator(mode="after")
    def _bounds_something(self) -> "Bounds":
        if self.least is None and self.most is None:
            raise ValueError("needs least, most or both")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least must not be above most")
        return self


OutcomeKey = Annotated[str, Field(pattern=r"^[^/\s]+/\S+/[^/\s]+$")]
"""An outcome as scope/name/measure."""


class StudyFile(Frozen):
    """What a sweep runs: scenarios x policies x the points of a design over its factors."""

    question: str = Field("", description="what the study is to answer")
    question_zh: str = Field("", description="the same in Chinese")
    words: Words = Field((), description="of every run, as on the command line: port, horizon, replications")
    scenarios: dict[str, Words] = Field({}, description="worlds by name, each with words of its own; none: one world")
    policies: dict[str, Words] | tuple[Words | str, ...] = Field(
        ((),), description="choices of policies, each a list; with a name, or named after themselves"
    )
    vary: dict[str, Factor] = Field({}, description="factors by name")
    design: Annotated[Grid | Sampled, Field(discriminator="kind")] = Field(
        Grid.model_validate({}), description="which points of the factors are run"
    )
    outcome: str = Field(
        "port/port/tfi1", description="what tables and figures show first, as scope/name/measure; small is good"
    )
    objectives: Annotated[tuple[OutcomeKey, ...], Field(max_length=3)] = Field(
        (), description="two or three outcomes that a search makes small together; none: port costs and freight hours"
    )
    constraints: dict[OutcomeKey, Bounds] = Field(
        {}, description="outcomes and the bounds that a search keeps their means to, such as a staff budget"
    )
    keep: tuple[str, ...] = Field(SCOPES, description="scopes of outcomes that are stored; [] for all")

    def ask(self, language: str) -> str:
        """Return its question in a language, in English if there is no other; empty if it asks none."""
        return (self.question_zh if language == "zh" else self.question) or self.question

    @property
    def choices(self) -> dict[str, Words]:
        """The choices of policies by name."""
        if isinstance(self.policies, Mapping):
            return dict(self.policies)
        lists = [(each,) if isinstance(each, str) else each for each in self.policies]
        return {"+".join(each) or "baseline": each for each in lists}

    @model_validator(mode="after")
    def _has_levels_for_its_design(self) -> "StudyFile":
        problems = [
            Problem(f"words.{word}", "policies do not belong here", None, "write them under 'policies'")
            for word in self.words
            if word.startswith("policy=")
        ]
        chosen = {policy for words in self.choices.values() for policy in words}
        for name, factor in self.vary.items():
            if factor.policy and factor.policy not in chosen:
                rule = f"is the strength of '{factor.policy}', which no choice of policies has"
                problems.append(Problem(f"vary.{name}", rule, None, "add it under 'policies'"))
        if len(self.objectives) == 1:
            remedy = "name two or three; kouan select finds the best in one"
            problems.append(Problem("objectives", "there is only one", None, remedy))
        if problems:
            raise ScenarioError(problems)
        return self


def read_study_file(path: str | Path) -> StudyFile:
    """Return a study file.

    Raises
    ------
    ScenarioError
        If it cannot be read, or with every problem found in it.
    """
    try:
        tree = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScenarioError([Problem(str(path), "there is no such file", None, "name a study file")]) from None
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read ({error.strerror})")]) from None
    except UnicodeDecodeError:
        raise ScenarioError([Problem(str(path), "is not UTF-8 text", None, "save it as UTF-8")]) from None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise ScenarioError([Problem(str(path), f"is no YAML that can be read ({said})")]) from None
    return parse_study(tree)


def parse_study(tree: Any) -> StudyFile:
    """Return a study from its keys and values; see `read_study_file`."""
    try:
        return StudyFile.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError(explain(error, StudyFile)) from None
