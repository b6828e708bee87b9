"""Which assumption matters most to a conclusion: a design, its runs, and the assumptions in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import Field, PositiveInt, model_validator

from sim.scenario.base import Frozen
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.study_file import Factor
from sim.study.assumptions import look_up
from sim.study.comparison import find_half_width
from sim.study.conclusion import Conclusion, FloatArray, Levels, Measured
from sim.study.points import scale
from sim.study.sensitivity import (
    Effects,
    analyse_blocks,
    analyse_ends,
    analyse_trajectories,
    draw_blocks,
    draw_ends,
    draw_trajectories,
    find_whole,
)

SIZES = {"morris": 6, "sobol": 64, "tornado": 1}
"""Trajectories, or blocks; ends are drawn once."""


class Plan(Frozen):
    """How the answer is looked for."""

    method: Literal["morris", "sobol", "tornado"] = "morris"
    size: Annotated[PositiveInt, Field(ge=2, le=65536)] | None = Field(
        None, description="trajectories of Morris or blocks of Sobol; None: as in SIZES"
    )
    top: Annotated[PositiveInt, Field(le=50)] = Field(
        8, description="assumptions that are followed to both ends, and that Sobol's shares are of"
    )
    spread: Annotated[float, Field(gt=0, lt=1)] = Field(0.3, description="share by which an assumed number may differ")
    all: bool = Field(False, description="whether numbers with a source may differ, too")

    @model_validator(mode="after")
    def _suits_its_method(self) -> "Plan":
        if self.method == "sobol" and self.size and self.size & (self.size - 1):
            raise ValueError("size must be a power of 2 for method=sobol, such as 64 or 128")
        return self

    @property
    def blocks(self) -> int:
        """Trajectories, or blocks."""
        return self.size or SIZES[self.method]

    def count_points(self, factors: int) -> int:
        """Return how many points are measured at most."""
        top = min(self.top, factors)
        screen = SIZES["morris"] * (factors + 1) if self._screens(factors) else 0
        design = {"morris": self.blocks * (factors + 1), "sobol": self.blocks * (top + 2), "tornado": 2 * factors}
        return 1 + screen + design[self.method] + (0 if self.method == "tornado" else 2 * top)

    def _screens(self, factors: int) -> bool:
        return self.method == "sobol" and factors > self.top


@dataclass(frozen=True)
class Answer:
    """What a conclusion is, what moves it, and where it holds.

    `as_is`: the conclusion without any change, by replication. `table`: a row for each factor, what moves most first;
    see `find_what_matters`. `points`: a row for each point, its levels and the conclusion there, with its half-width.
    `blocks`: complete blocks of the design, of how many. `screened_out`: factors that a screen before found smaller.
    """

    as_is: FloatArray
    table: pl.DataFrame
    points: pl.DataFrame
    failures: Sequence[str]
    blocks: tuple[int, int]
    screened_out: int = 0

    @property
    def sides(self) -> tuple[int, int]:
        """In how many of how many points the conclusion has the sign that it has as it is."""
        means = self.points["mean"].drop_nulls().to_numpy()
        return int((np.sign(means) == np.sign(self.as_is.mean())).sum()), len(means)


@dataclass
class _Runs:
    """Measures points, and keeps what came of them."""

    measure: Callable[[Sequence[Levels]], Measured]
    design: list[Levels] = field(default_factory=list)
    values: list[FloatArray] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __call__(self, design: Sequence[Levels]) -> FloatArray:
        measured = self.measure(design)
        self.design += design
        self.values.append(measured.values)
        self.failures += measured.failures.values()
        return measured.values


def find_what_matters(
    conclusion: Conclusion, plan: Plan, measure: Callable[[Sequence[Levels]], Measured], confidence: float
) -> Answer:
    """Return how much each factor moves a conclusion.

    Columns of the table: factor, keys, as_is (its value; minutes are means), least, most; size, half_width, luck,
    other, other_half_width (see `Effects`); verdict: `moves`, `luck` (its size may be luck alone) or `nothing` (not by
    a bit); and, of the largest, which are followed to their ends, the conclusion at_least and at_most of the range, all
    else as it is, with half-widths of the paired change from as it is.

    Raises
    ------
    ScenarioError
        If too much of the design cannot be run.
    """
    runs = _Runs(measure)
    as_is = runs([{}])[0]
    _require(np.isfinite(as_is).all(), runs, "the conclusion cannot be measured as things are")
    factors = conclusion.moved
    if plan.method == "sobol" and len(factors) > plan.top:
        screen, names = _screen(factors, SIZES["morris"], runs, confidence), list(factors)
        factors = {names[place]: factors[names[place]] for place in _rank(screen)[: plan.top]}
    effects, ends = _run_design(factors, plan, runs, as_is, confidence)
    order = _rank(effects)
    if plan.method != "tornado":
        largest = dict.fromkeys([order[0], *np.argsort(-effects.size, kind="stable").tolist()])
        followed = [list(factors)[place] for place in list(largest)[: plan.top] if effects.size[place] > 0.0]
        ends = _follow({name: factors[name] for name in followed}, runs)
    rows = [
        _describe(conclusion, name, factors[name]) | _say(effects, place) | _say_ends(ends.get(name), as_is, confidence)
        for place, name in [(place, list(factors)[place]) for place in order]
    ]
    table = pl.from_dicts(rows, infer_schema_length=None).fill_nan(None)
    points = _tabulate(runs, conclusion, confidence)
    return Answer(as_is, table, points, runs.failures, effects.blocks, len(conclusion.moved) - len(factors))


def _run_design(
    factors: Mapping[str, Factor], plan: Plan, runs: _Runs, as_is: FloatArray, confidence: float
) -> tuple[Effects, dict[str, FloatArray]]:
    """Return the effects of factors, and the conclusion at their ends if that is what they are told from."""
    if plan.method == "tornado":
        ends = _follow(factors, runs)
        return analyse_ends(as_is, np.stack(list(ends.values())), confidence), ends
    if plan.method == "morris":
        return _screen(factors, plan.blocks, runs, confidence), {}
    shares = draw_blocks(len(factors), plan.blocks)
    values = runs([scale(factors, row) for row in shares])
    _require(find_whole(values, len(factors) + 2).sum() >= 2, runs, "fewer than two blocks of the design could be run")
    return analyse_blocks(shares, values, confidence), {}


def _screen(factors: Mapping[str, Factor], size: int, runs: _Runs, confidence: float) -> Effects:
    shares = draw_trajectories(len(factors), size)
    values = runs([scale(factors, row) for row in shares])
    _require(find_whole(values, len(factors) + 1).sum() >= 2, runs, "fewer than two trajectories could be run")
    return analyse_trajectories(shares, values, confidence)


def _follow(factors: Mapping[str, Factor], runs: _Runs) -> dict[str, FloatArray]:
    """Return the conclusion at the least and the most of each factor by itself, (2, replications)."""
    design = [{name: scale({name: factors[name]}, [share])[name]} for name, share in draw_ends(list(factors))]
    values = runs(design) if design else np.empty((0, 1))
    return dict(zip(factors, values.reshape(len(factors), 2, -1), strict=True)) if design else {}


def _require(condition: object, runs: _Runs, rule: str) -> None:
    if not condition:
        said = f": {runs.failures[0]}" if runs.failures else ": in some replications nobody is measured"
        raise ScenarioError([Problem("matters", f"{rule}{said}", None, "try a smaller spread or a longer horizon")])


def _rank(effects: Effects) -> list[int]:
    """Return the places of factors: those that are told from luck first, then the largest, then as they come."""
    told = effects.size > effects.luck
    return [int(place) for place in np.lexsort((-np.nan_to_num(effects.size, nan=-1.0), ~told))]


def _describe(conclusion: Conclusion, name: str, factor: Factor) -> dict[str, Any]:
    value = look_up(factor.keys[0], conclusion.baseline, conclusion.policies)
    about = {"factor": name, "label": factor.label or name, "label_zh": factor.label_zh or factor.label or name}
    if factor.values is not None:
        return about | {"keys": ", ".join(factor.keys), "as_is": None, "least": None, "most": None}
    if factor.how == "set" or value is None:  # of a key with `*` there is no single value: its range stays a share
        times, plus = 1.0, 0.0
    else:
        times, plus = (value, 0.0) if factor.how == "times" else (1.0, value)
    least, most = ((end or 0.0) * times + plus for end in (factor.least, factor.most))
    return about | {"keys": ", ".join(factor.keys), "as_is": value, "least": float(least), "most": float(most)}


def _say(effects: Effects, place: int) -> dict[str, Any]:
    names = ("size", "half_width", "luck", "other", "other_half_width")
    size, half_width, luck, other, other_half_width = (float(getattr(effects, name)[place]) for name in names)
    verdict = "nothing" if size == 0.0 else "moves" if size > luck else "luck"
    return dict(zip(names, (size, half_width, luck, other, other_half_width), strict=True)) | {"verdict": verdict}


def _say_ends(ends: FloatArray | None, as_is: FloatArray, confidence: float) -> dict[str, float | None]:
    names = ("at_least", "at_most")
    if ends is None:
        return dict.fromkeys([*names, *(f"{name}_half_width" for name in names)])
    means, half_widths = ends.mean(axis=1).tolist(), find_half_width(ends - as_is, confidence).tolist()
    widths = {f"{name}_half_width": each for name, each in zip(names, half_widths, strict=True)}
    return dict(zip(names, means, strict=True)) | widths


def _tabulate(runs: _Runs, conclusion: Conclusion, confidence: float) -> pl.DataFrame:
    values = np.concatenate(runs.values)
    measured = {"mean": values.mean(axis=1), "half_width": find_half_width(values, confidence)}
    levels = pl.from_dicts(
        [{name: each.get(name) for name in conclusion.moved} for each in runs.design], infer_schema_length=None
    )
    return levels.with_columns(**{name: pl.Series(each) for name, each in measured.items()}).fill_nan(None)
