"""The points of a study: every world, choice of policies and combination of levels that its design asks for."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sim.scenario.factors import set_factors
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.schema import Scenario
from sim.scenario.study_file import Factor, Grid, Level, Sampled, StudyFile

WORLD, CHOICE = "world", "policies"
"""Columns of a table of points beside one for each factor."""


@dataclass(frozen=True)
class Point:
    """One job of a study: a scenario, what tables call it, and the levels that made it; None: does not apply."""

    label: str
    factors: Mapping[str, Level | None]
    scenario: Scenario


def list_points(
    study: StudyFile, worlds: Mapping[str, Scenario], policies: Mapping[str, Policy]
) -> tuple[list[Point], dict[str, str]]:
    """Return the points of a study in a fixed order, and what is wrong with those that cannot be, by label.

    Parameters
    ----------
    worlds
        The baseline of each of the study's scenarios, by name; one without a name if it has none.
    policies
        At least those that the study chooses, by name.

    Raises
    ------
    ScenarioError
        If no point can be.
    """
    points: dict[str, Point] = {}
    misfits: dict[str, str] = {}
    problems: list[Problem] = []
    levels = draw_design(study.vary, study.design)
    for (world, baseline), choice, level in product(worlds.items(), study.choices, levels):
        label = label_point(study, world, choice, level)
        if label in points or label in misfits:
            continue  # a factor that does not apply here is all that tells them apart
        try:
            points[label] = make_point(study, (world, baseline), choice, policies, level)
        except ScenarioError as error:
            misfits[label] = str(error)
            problems += error.problems
    if not points:
        raise ScenarioError(dict.fromkeys(problems))
    return list(points.values()), misfits


def make_point(
    study: StudyFile,
    world: tuple[str, Scenario],
    choice: str,
    policies: Mapping[str, Policy],
    level: Mapping[str, Level],
) -> Point:
    """Return the point of a world (name and baseline), a choice of policies and a level of each factor.

    Raises
    ------
    ScenarioError
        If a policy or a level does not fit.
    """
    name, baseline = world
    applying = _keep_applying(study, choice, level)
    chosen = {policy: policies[policy] for policy in study.choices[choice]}
    factors = {**({WORLD: name} if study.scenarios else {}), CHOICE: choice, **dict.fromkeys(level), **applying}
    scenario = set_factors(baseline, chosen, study.vary, applying)
    return Point(label_point(study, name, choice, level), factors, scenario)


def label_point(study: StudyFile, world: str, choice: str, level: Mapping[str, Level]) -> str:
    """Return what tables call a point: its world, policies, and levels of the factors that apply to them."""
    levels = _spell(_keep_applying(study, choice, level))
    return " ".join([*([world] if world else []), choice, *levels])


def _keep_applying(study: StudyFile, choice: str, level: Mapping[str, Level]) -> dict[str, Level]:
    """Return the levels without strengths of policies that are not chosen."""
    names = study.choices[choice]
    return {name: value for name, value in level.items() if study.vary[name].policy in (None, *names)}


def draw_design(factors: Mapping[str, Factor], design: Grid | Sampled) -> list[dict[str, Level]]:
    """Return the levels of each point of a design; one point without levels if there are no factors.

    A list of `values` is a factor with so many equally likely levels in a sampled design.
    """
    if not factors:
        return [{}]
    if isinstance(design, Grid):
        every = product(*(_cut(factor, design.levels) for factor in factors.values()))
        return [dict(zip(factors, levels, strict=True)) for levels in every]
    kinds: dict[str, type[qmc.QMCEngine]] = {"latin_hypercube": qmc.LatinHypercube, "sobol": qmc.Sobol}
    sampler = kinds[design.kind](len(factors), rng=np.random.default_rng(design.seed))
    return [scale(factors, shares) for shares in sampler.random(design.points)]


def scale(factors: Mapping[str, Factor], shares: Sequence[float] | NDArray[np.float64]) -> dict[str, Level]:
    """Return the level of each factor at these shares, from 0 to 1, of its range."""
    return {name: _at(factor, float(share)) for (name, factor), share in zip(factors.items(), shares, strict=True)}


def _at(factor: Factor, share: float) -> Level:
    """Return the level at a share of a range; of whole numbers, and of values, each has an equal part of it."""
    if factor.values is not None:
        return factor.values[min(int(share * len(factor.values)), len(factor.values) - 1)]
    assert factor.least is not None
    assert factor.most is not None
    if not factor.whole:
        return factor.least + share * (factor.most - factor.least)
    return min(math.floor(factor.least + share * (factor.most - factor.least + 1)), int(factor.most))


def _cut(factor: Factor, levels: int) -> list[Level]:
    if factor.values is not None:
        return list(factor.values)
    assert factor.least is not None
    assert factor.most is not None
    cut = np.linspace(factor.least, factor.most, levels).tolist()
    return list(dict.fromkeys(round(each) for each in cut)) if factor.whole else cut


def _spell(levels: Mapping[str, Level]) -> Iterator[str]:
    for name, level in levels.items():
        yield f"{name}={level:.6g}" if isinstance(level, float) else f"{name}={level}"
