"""Some outcomes of a study side by side, as a planner calls them: every other scenario against the first."""

from collections.abc import Sequence

import polars as pl

from sim.scenario.problems import Problem, ScenarioError, suggest
from sim.study.comparison import KEY, compare_scenarios
from sim.study.replication import Study
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language


def tabulate_differences(
    study: Study, outcomes: Sequence[str], confidence: float = 0.95, language: Language = "en"
) -> pl.DataFrame:
    """Return a row for each of some outcomes and each scenario but the first, with their paired difference.

    Columns: outcome, as a planner calls it; unit, scenario, baseline (the first scenario), other, difference
    (other - baseline), half_width of its interval.

    Parameters
    ----------
    outcomes
        As scope/name/measure, such as class/export_truck/release_mean, in the order that is wanted.

    Raises
    ------
    ScenarioError
        If the study has no outcome of a name.
    """
    baseline, *others = study.scenarios
    known = study.outcomes.select(KEY.unique()).to_series().to_list()
    missing = [Problem("outcomes", f"there is no '{each}'", None, suggest(each, known)) for each in outcomes]
    if problems := [each for each, name in zip(missing, outcomes, strict=True) if name not in known]:
        raise ScenarioError(problems)
    names = pl.DataFrame({"key": outcomes, "outcome": [_name(study, each, language) for each in outcomes]})
    compared = pl.concat(
        compare_scenarios(study.outcomes.filter(KEY.is_in(outcomes)), baseline, other, confidence).select(
            KEY.alias("key"), pl.lit(other).alias("scenario"), pl.all()
        )
        for other in others
    )
    columns = ("outcome", "unit", "scenario", "baseline", "other", "difference", "half_width")
    return names.join(compared, on="key", maintain_order="left_right").select(columns)


def _name(study: Study, outcome: str, language: Language) -> str:
    return name_outcome(outcome, next(iter(study.scenarios.values())), language)
