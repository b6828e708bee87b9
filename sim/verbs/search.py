"""The verb `search`: what is worth deciding between, when several things should be good and a budget must hold."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from sim.kernel import prepare
from sim.scenario import ScenarioError
from sim.scenario.problems import Problem
from sim.scenario.settings import Experiment
from sim.scenario.study_file import StudyFile, parse_study, read_study_file
from sim.study.frontier import OBJECTIVES
from sim.study.goals import Goals
from sim.study.search import Effort, trace_progress
from sim.study.trials import Trials
from sim.study.verification import BASELINE, pick_candidates, tabulate_verified, verify_front
from sim.verbs.sweep import find_policies, load_worlds, open_store
from sim.verbs.words import sort_words, take_language, take_settings, take_words
from sim.views.progress import show_progress
from sim.views.run_folder import describe_program
from sim.views.search import Found, print_search
from sim.views.search_folder import write_search
from sim.views.sweep_folder import name_sweep

NOTHING_FOUND = 1
STAFF = "port/port/staff_hours"
"""What `budget=` bounds: staff-hours a day of all agencies on our side."""


def search_study(console: Console, words: list[str]) -> None:
    """Search a study file's policies and ranges for the points that no other beats, and verify them by fresh runs.

    `objectives=a,b` are outcomes to make small, `budget=` bounds staff-hours a day, `trials=` is how many points are
    asked for, `verify=` how often each candidate is run again, with luck that the search has not seen.
    """
    language, rest = take_language("search", words)
    effort, rest = take_settings(Effort, rest)
    study, name, overrides, config_dir = _read_study(rest)
    experiment = _load_one(study, overrides, config_dir)
    settings, began = experiment.settings, time.perf_counter()
    goals = Goals(study.objectives, study.constraints)
    prepare(settings.engine)  # before workers start, so that they find it in the cache
    trials = Trials(study, experiment, find_policies(study, config_dir), goals, open_store(settings.out))
    with show_progress(effort.trials + 1, "trials") as tick:
        progress = trace_progress(trials.search(effort, tick))
    candidates = pick_candidates(trials.outcomes, trials.judgements, goals, settings.confidence, effort.candidates)
    if not candidates:
        raise ScenarioError([_say_none_fits(trials, effort)])
    with show_progress(len(candidates) + 1, "candidates, run again") as tick:
        fresh = trials.verify(candidates, effort.verify, tick)
    verified = verify_front(fresh.outcomes, trials.judgements, goals, settings.confidence)
    table = tabulate_verified(fresh.outcomes, verified, goals, settings.confidence)
    found = Found(study, experiment.baseline, trials.tabulate(), table, verified, progress, effort, language)
    seconds = round(time.perf_counter() - began, 2)
    about = {"command": ["search", *words], "seconds": seconds, "search": effort.model_dump(), **describe_program()}
    folder = name_sweep(settings.out, f"{name} search", study, [effort.model_dump_json(), *overrides])
    write_search(folder, found, fresh.scan(), experiment, about)
    print_search(console, found, settings)
    for label, message in trials.failures.items():
        console.print(f"note: cannot be run: {label}: {message}", style="yellow", markup=False, soft_wrap=True)
    for figure in folder.glob("*.png"):
        console.print(f"figure: {figure}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"tables: {folder}", markup=False, highlight=False, soft_wrap=True)
    if not verified.front:
        sys.exit(NOTHING_FOUND)


def _read_study(words: Sequence[str]) -> tuple[StudyFile, str, list[str], str | None]:
    """Return the study with the goals that words set, its name, the other words and the folder of one's own."""
    own, rest = take_words(words, ("objectives", "budget"))
    files, ports, overrides, config_dir = sort_words(rest, "search")
    if len(files) != 1 or ports:
        remedy = "kouan search study.yaml trials=200 budget=1500"
        raise ScenarioError([Problem("search", "takes one study file", None, remedy)])
    study = read_study_file(files[0])
    if not study.vary and len(study.choices) == 1:
        raise ScenarioError([Problem("vary", "there is nothing to decide", None, "name factors, or policies")])
    if study.choices.get(BASELINE):
        raise ScenarioError([Problem(f"policies.{BASELINE}", "is what the world without any is called")])
    return _set_goals(study, own), Path(files[0]).stem, overrides, config_dir


def _set_goals(study: StudyFile, own: Mapping[str, str]) -> StudyFile:
    """Return the study with the goals of words, those of the frontier if there are no objectives, checked."""
    tree = study.model_dump(exclude_unset=True)
    if not study.objectives:
        tree["objectives"] = ["/".join(each) for each in OBJECTIVES]
    if "objectives" in own:
        tree["objectives"] = own["objectives"].split(",")
    if "budget" in own:
        bounds = tree.setdefault("constraints", {})
        bounds[STAFF] = {**bounds.get(STAFF, {}), "most": own["budget"]}
    return parse_study(tree)


def _load_one(study: StudyFile, overrides: Sequence[str], config_dir: str | None) -> Experiment:
    if len(study.scenarios) > 1:
        rule = "has several; what is best in one world need not be in another"
        raise ScenarioError([Problem("scenarios", rule, None, "search one world at a time")])
    (experiment,) = load_worlds(study, overrides, config_dir).values()
    if experiment.settings.precision:
        rule = "runs every point equally often, so that they can be compared run by run"
        raise ScenarioError([Problem("search", rule, None, "leave precision out")])
    return experiment


def _say_none_fits(trials: Trials, effort: Effort) -> Problem:
    """Return what to say if nothing keeps the constraints: what came nearest."""
    near = trials.list_nearest()
    if not near:
        why = next(iter({**trials.misfits, **trials.failures}.values()))
        return Problem("search", f"none of {effort.trials} trials could be run, the first: {why}")
    judgement = trials.judgements[near[0]]
    means = ", ".join(f"{key} {mean:,.6g}" for key, mean in judgement.means.items())
    remedy = f"nearest is {near[0]} ({judgement.state}: {means}); loosen a bound, or widen a range"
    return Problem("constraints", f"none of {effort.trials} trials keeps to them", None, remedy)
