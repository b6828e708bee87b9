"""Verbs that read a finished run: show its table again, explain what limits its port."""

from pathlib import Path

from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.load import read_policies
from sim.scenario.problems import Problem
from sim.study.checks import check_means
from sim.study.diagnosis import diagnose_study
from sim.study.relief import find_levers
from sim.verbs.words import take_language
from sim.views.explain import explain_move, print_explanation
from sim.views.phrases import PHRASES
from sim.views.run_folder import read_experiment_of, read_manifest, read_table
from sim.views.tables import print_study


def show_run(console: Console, words: list[str]) -> None:
    """Print the table of a finished run again from its folder."""
    if len(words) != 1:
        raise ScenarioError([Problem("show", "takes one run folder", None, "kouan show results/<folder>")])
    folder = Path(words[0])
    experiment = read_experiment_of(folder)
    outcomes = read_table(folder, "outcomes")
    print_study(console, outcomes, experiment, check_means(outcomes, experiment.settings.confidence))


def explain_run(console: Console, words: list[str]) -> None:
    """Print what limits the port of a finished run, what would relieve it and how sure that is; then what moved."""
    language, folders = take_language("explain", words)
    if len(folders) != 1:
        raise ScenarioError([Problem("explain", "takes one run folder", None, "kouan explain results/<folder>")])
    folder = Path(folders[0])
    experiment, manifest = read_experiment_of(folder), read_manifest(folder)
    outcomes, queues = read_table(folder, "outcomes"), read_table(folder, "queues")
    asked = [str(word) for word in manifest.get("command", [])]
    ask = " ".join(["kouan", *(word for word in asked if not word.startswith(("policy=", "out=")))])
    found = diagnose_study(outcomes, queues, experiment)
    policies = read_policies()
    for each, scenario in found:
        levers = find_levers(scenario, each.causes[0].name, policies, experiment.baseline) if each.causes else []
        print_explanation(console, each, scenario, levers, ask, language)
        if any(str(warning).startswith(f"{each.scenario}: MSER-5") for warning in manifest.get("warnings", [])):
            console.print(PHRASES[language]["short_warmup"], style="yellow", soft_wrap=True)
    if len(found) > 1:
        moved = explain_move(found[0][0], *found[1], language)
        console.print(f"\n{moved}", style="bold", markup=False, soft_wrap=True)
