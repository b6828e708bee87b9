"""The verb `sweep`: every point of a study file, run once and kept, however often it is begun anew."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from sim.kernel import prepare
from sim.scenario import ScenarioError
from sim.scenario.load import load_experiment, read_policies
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, suggest
from sim.scenario.settings import Experiment
from sim.scenario.study_file import StudyFile, parse_study, read_study_file
from sim.study.calendar import require_season
from sim.study.points import list_points
from sim.study.store import Store
from sim.study.sweep import run_points
from sim.verbs.words import sort_words, take_language
from sim.views.progress import show_progress
from sim.views.run_folder import ResultsError, describe_program
from sim.views.sweep import Swept, print_sweep
from sim.views.sweep_folder import name_sweep, tabulate_points, write_sweep

SOME_FAILED = 1


def sweep_study(console: Console, words: list[str]) -> None:
    """Run a study file's scenarios, policies and ranges, print the best and write all; what is done is not run again.

    Ends with exit code 1 if some points failed.
    """
    language, rest = take_language("sweep", words)
    files, ports, overrides, config_dir = sort_words(rest, "sweep")
    if len(files) != 1 or ports:
        raise ScenarioError([Problem("sweep", "takes one study file", None, "kouan sweep study.yaml workers=2")])
    study = read_study_file(files[0])
    began = time.perf_counter()
    swept = run_study(study, *overrides, config_dir=config_dir)
    experiment, states, means = swept.experiment, swept.points, swept.table
    folder = name_sweep(experiment.settings.out, Path(files[0]).stem, study, overrides)
    seconds, failed = round(time.perf_counter() - began, 2), len(states.filter(pl.col("state") != "done"))
    about = {"command": ["sweep", *words], "seconds": seconds, "failed": failed, **describe_program()}
    write_sweep(folder, {"points": states, "table": means}, swept.outcomes, (study, experiment), about)
    print_sweep(console, means, states, (study, experiment.baseline), language)
    console.print(f"tables: {folder}", markup=False, highlight=False, soft_wrap=True)
    if failed:
        sys.exit(SOME_FAILED)


def run_study(study: StudyFile | Mapping[str, Any], *words: str, config_dir: str | None = None) -> Swept:
    """Run what a study file says, or the same as keys and values, and return its points with what came of them.

    Runs are kept below `results`, or below the folder of a word `out=...`: what is there is not run again.

    Raises
    ------
    ScenarioError
        If the study is wrong, with every problem found in it.
    """
    study = study if isinstance(study, StudyFile) else parse_study(study)
    worlds = load_worlds(study, words, config_dir)
    experiment = next(iter(worlds.values()))
    settings = experiment.settings
    baselines = {name: each.baseline for name, each in worlds.items()}
    points, misfits = list_points(study, baselines, find_policies(study, config_dir))
    prepare(settings.engine)  # before workers start, so that they find it in the cache
    with show_progress(len(points), "points") as tick:
        sweep = run_points(points, settings, open_store(settings.out), study.keep, tick)
    return Swept(study, experiment, tabulate_points(points, sweep, misfits), sweep.scan())


def load_worlds(study: StudyFile, words: Sequence[str] = (), config_dir: str | None = None) -> dict[str, Experiment]:
    """Return each world of a study without policies, by name; one without a name if it has no scenarios.

    Raises
    ------
    ScenarioError
        If the words choose policies, do not fit, or the worlds lie out of season.
    """
    chosen = [word for word in words if word.lstrip("+").partition("=")[0].startswith("policy")]
    if chosen:
        remedy = "write it in the study file, under 'policies' or 'vary'"
        raise ScenarioError([Problem("sweep", f"does not take '{chosen[0]}'", None, remedy)])
    scenarios = study.scenarios or {"": ()}
    worlds = {
        name: load_experiment(*study.words, *own, *words, config_dir=config_dir) for name, own in scenarios.items()
    }
    require_season({name: each.baseline for name, each in worlds.items()})
    return worlds


def find_policies(study: StudyFile, config_dir: str | None = None) -> dict[str, Policy]:
    """Return the policies that a study chooses, by name.

    Raises
    ------
    ScenarioError
        If there is none of a name.
    """
    names = dict.fromkeys(name for choice in study.choices.values() for name in choice)
    return pick_policies(read_policies(config_dir), list(names), "policies")


def pick_policies(policies: Mapping[str, Policy], names: Sequence[str], key: str) -> dict[str, Policy]:
    """Return the policies of these names, which somebody wrote under a key.

    Raises
    ------
    ScenarioError
        If there is none of a name.
    """
    missing = [name for name in names if name not in policies]
    if missing:
        raise ScenarioError(Problem(key, f"there is no '{name}'", None, suggest(name, policies)) for name in missing)
    return {name: policies[name] for name in names}


def open_store(out: Path) -> Store:
    """Return the store of a folder for results.

    Raises
    ------
    ResultsError
        If it cannot be written to.
    """
    try:
        return Store(out / "store")
    except OSError as error:
        reason = f"out: cannot write to '{out}' ({error.strerror}); choose another folder with out=..."
        raise ResultsError(reason) from None
