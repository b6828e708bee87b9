"""An experiment as a study: baseline and alternative by name, with as many replications as are asked for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import polars as pl

from sim.scenario import Scenario
from sim.scenario.settings import Experiment, Settings
from sim.study.precision import Precision, read_precision, replicate_until
from sim.study.recovery import add_recovery
from sim.study.replication import Study, join_studies, replicate_scenarios

Progress = Callable[[int, str], AbstractContextManager[Callable[[], None]]]
"""Shows how far so many runs have come, named by what is counted; yields what to call after each."""


def name_scenarios(experiment: Experiment) -> dict[str, Scenario]:
    """Return the baseline and, if policies are chosen, the alternative, by the names of tables and figures."""
    if experiment.alternative is None:
        return {"baseline": experiment.baseline}
    return {"baseline": experiment.baseline, "+".join(experiment.alternative.policies): experiment.alternative}


def replicate_experiment(experiment: Experiment, progress: Progress) -> Study:
    """Return all replications, with recovery from disruptions if only these tell the scenarios apart.

    Raises
    ------
    ScenarioError
        If a run lies wholly out of the season in which vehicles come, or precision of no outcome is asked for.
    """
    scenarios, settings = name_scenarios(experiment), experiment.settings
    rule = read_precision(settings)
    if rule:
        study = _replicate_precisely(scenarios, settings, rule, progress)
    else:
        study = _replicate(scenarios, settings, range(settings.replications), "replications", progress)
    return replace(study, outcomes=add_recovery(study, *scenarios)) if len(scenarios) > 1 else study


def _replicate_precisely(
    scenarios: dict[str, Scenario], settings: Settings, rule: Precision, progress: Progress
) -> Study:
    batches: list[Study] = []

    def simulate(which: range) -> pl.DataFrame:
        what = f"replications {which.start + 1} to {which.stop}, of {rule.most} at most"
        batches.append(_replicate(scenarios, settings, which, what, progress))
        return batches[-1].outcomes

    replicate_until(simulate, rule)
    return join_studies(batches)


def _replicate(
    scenarios: dict[str, Scenario], settings: Settings, which: range, what: str, progress: Progress
) -> Study:
    with progress(len(which) * len(scenarios), what) as tick:
        return replicate_scenarios(scenarios, which, settings.seed, settings.where, settings.engine, tick)
