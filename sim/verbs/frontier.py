"""The verb `frontier`: the baseline and every policy by itself, and which of them another beats."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from sim.kernel import prepare
from sim.scenario import Scenario, ScenarioError
from sim.scenario.load import chosen_policies, load_experiment, read_policies
from sim.scenario.policies import apply_policies
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem
from sim.scenario.settings import Experiment
from sim.scenario.study_file import SCOPES
from sim.study.checks import check_means
from sim.study.frontier import compare_policies
from sim.study.points import Point
from sim.study.sweep import run_points
from sim.verbs.sweep import open_store, pick_policies
from sim.verbs.words import sort_words
from sim.views.naming import name_port
from sim.views.progress import show_progress
from sim.views.run_folder import final_name, new_run_folder, slug, write_comparison


def show_frontier(console: Console, words: list[str]) -> None:
    """Run a port's policies one by one, print and draw what each costs and saves, and write a run folder.

    Without `policy=[...]` these are all that fit the port; those that do not are named and left out.
    """
    files, ports, overrides, config_dir = sort_words(words, "frontier")
    if files or ports:
        remedy = "write kouan frontier port=horgos_road 'policy=[hours_24x7,extra_lanes]' horizon=week"
        raise ScenarioError([Problem("frontier", f"cannot read '{[*files, *ports][0]}'", None, remedy)])
    if any(word.lstrip("+").startswith("policy.") for word in overrides):
        remedy = "to try several, sweep: kouan -m 'policy=[extra_lanes]' policy.extra_lanes.strength.lanes=1,2,3"
        raise ScenarioError([Problem("frontier", "takes policies at the strength of their files", None, remedy)])
    chosen = chosen_policies(overrides)
    experiment = load_experiment(*(word for word in overrides if not word.startswith("policy=")), config_dir=config_dir)
    if experiment.settings.precision:
        raise ScenarioError([Problem("frontier", "takes replications=..., not precision", None, "leave precision out")])
    _refuse_without_objectives(experiment.baseline)
    policies = choose_policies(chosen, config_dir)
    scenarios, misfits = apply_each(experiment.baseline, policies)
    asked = {name: policy for name, policy in policies.items() if name in scenarios}
    experiment = experiment.model_copy(update={"policies": asked})
    folder, unstable, failed = _run(console, experiment, scenarios, words)
    notes = {
        "failed": failed,
        "skipped, the port has not what they change": misfits,
        "queues grow without end, so that hours depend on the horizon": unstable,
    }
    for note, names in notes.items():
        if names:
            console.print(f"note: {note}: {', '.join(names)}", style="yellow", markup=False, soft_wrap=True)
    console.print(f"figure: {folder / 'frontier.png'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"tables: {folder}", markup=False, highlight=False, soft_wrap=True)


def _refuse_without_objectives(baseline: Scenario) -> None:
    if baseline.costs is None:
        raise ScenarioError([Problem("costs", "the frontier needs prices", None, "leave out costs=[]")])
    crossing = [name for name in baseline.demand.classes if not (baseline.is_local(name) or baseline.is_cargo(name))]
    if all(baseline.costs.of_vehicle(name).mode is None for name in crossing):
        remedy = "give a kind of vehicles a mode: costs.truck.mode=road"
        raise ScenarioError(
            [Problem("costs", "no freight crosses the border, whose hours could be saved", None, remedy)]
        )


def choose_policies(chosen: Sequence[str], config_dir: str | None = None) -> dict[str, Policy]:
    """Return these policies, or all that are levers.

    What befalls a port is no lever: nobody would choose it.

    Raises
    ------
    ScenarioError
        If there is no policy of a name.
    """
    policies = read_policies(config_dir)
    if chosen:
        return pick_policies(policies, chosen, "policy")
    return {name: each for name, each in policies.items() if not each.befalls}


def apply_each(baseline: Scenario, policies: Mapping[str, Policy]) -> tuple[dict[str, Scenario], list[str]]:
    """Return the baseline and it with each policy by itself, by name, and the names of those that do not fit it.

    Raises
    ------
    ScenarioError
        If none fits.
    """
    scenarios, misfits = {"baseline": baseline}, []
    for name, policy in policies.items():
        try:
            scenarios[name] = apply_policies(baseline, {name: policy})
        except ScenarioError:
            misfits.append(name)
    if len(scenarios) == 1:
        rule = f"none fits {baseline.port.name}"
        raise ScenarioError([Problem("policy", rule, None, "leave policy out for all that fit")])
    return scenarios, misfits


def _run(
    console: Console, experiment: Experiment, scenarios: Mapping[str, Scenario], words: Sequence[str]
) -> tuple[Path, Collection[str], Collection[str]]:
    """Return the folder that was written, the scenarios in which some class is unstable, and why others failed."""
    from sim.views.frontier import plot_frontier, print_frontier  # matplotlib takes half a second

    settings, port = experiment.settings, experiment.baseline.port.name
    with new_run_folder(settings.out, f"{slug(port)}_frontier") as folder:
        prepare(settings.engine)  # before workers start, so that they find it in the cache
        points = [Point(label, {}, scenario) for label, scenario in scenarios.items()]
        with show_progress(len(points), "policies") as tick:
            sweep = run_points(points, settings, open_store(settings.out), SCOPES, tick)
        if "baseline" in sweep.failures:
            raise ScenarioError([Problem("baseline", f"cannot be run: {sweep.failures['baseline']}")])
        outcomes = sweep.outcomes
        comparison = compare_policies(outcomes, settings.confidence)
        print_frontier(console, comparison, port)
        name = name_port(experiment.baseline, settings.lang)
        plot_frontier(comparison, folder / "frontier.png", name, settings.lang)
        write_comparison(folder, outcomes, comparison, experiment, {"command": ["frontier", *words]})
    unstable = check_means(outcomes, settings.confidence).unstable
    growing = dict.fromkeys(label for label in scenarios if label in {name for name, _ in unstable})
    return final_name(folder), growing, [f"{label} ({message})" for label, message in sweep.failures.items()]
