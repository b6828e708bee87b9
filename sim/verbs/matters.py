"""The verb `matters`: which assumption matters most to a conclusion."""

import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import yaml
from rich.console import Console

from sim.kernel import prepare
from sim.scenario import ScenarioError
from sim.scenario.load import chosen_policies
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, suggest
from sim.scenario.provenance import Parameter, find_file, read_group, read_lines
from sim.scenario.settings import Experiment
from sim.scenario.study_file import SCOPES, Factor, StudyFile, read_study_file
from sim.study.assumptions import find_assumptions, is_of_times
from sim.study.comparison import split_outcome
from sim.study.conclusion import Conclusion, measure_conclusion
from sim.study.matters import Plan, find_what_matters
from sim.study.replication import simulate_once
from sim.verbs.sweep import find_policies, load_worlds, open_store
from sim.verbs.words import DEFAULT_PORT, sort_words, take_language, take_settings
from sim.views.assumption_names import name_assumptions
from sim.views.matters import Told, describe_assumptions, describe_own, describe_work, print_answer
from sim.views.matters_folder import write_answer
from sim.views.phrases import Language
from sim.views.progress import show_progress
from sim.views.sweep_folder import name_sweep

REPLICATIONS = "replications=4"
"""Of each point unless another number is asked for: all points have the same luck, so that few tell differences."""
HOW = ("out", "workers", "executor", "executor.address")
"""Words that do not decide results."""


def show_what_matters(console: Console, words: list[str]) -> None:
    """Vary what is assumed, print and draw what moves a conclusion most, and write a folder.

    The conclusion is what `policy=[...]` changes in an outcome, or the outcome itself without policies. Varied are
    all numbers that say they are assumed, or the factors of a study file.

    method=morris, sobol or tornado; outcome=scope/name/measure; spread=0.3, by which share numbers may differ;
    size=6 trajectories (sobol: 64 blocks); top=8, how many are followed to both ends; all=true for numbers with a
    source, too; lang=zh.
    """
    language, rest = take_language("matters", words)
    plan, rest = take_settings(Plan, rest)
    study, overrides, config_dir = _read_study(rest)
    name = _name(study, rest)
    experiment, policies = _load_one(study, overrides, config_dir)
    study = _complete(console, (study, experiment, policies), (plan, overrides, config_dir), language)
    conclusion = Conclusion(experiment.baseline, policies, study.vary, study.outcome)
    settings = experiment.settings
    prepare(settings.engine)  # before workers start, so that they find it in the cache
    store, began = open_store(settings.out), time.perf_counter()
    unit, seconds = _try_once(conclusion, experiment)
    scenarios = plan.count_points(len(conclusion.moved)) * len(conclusion.sides)
    runs, share = scenarios * settings.replications, settings.workers or os.cpu_count() or 1
    console.print(
        describe_work((scenarios, runs), runs * seconds / share, plan, language), markup=False, soft_wrap=True
    )
    with show_progress(scenarios, "scenarios") as tick:
        measure = partial(measure_conclusion, conclusion, settings=settings, store=store, on_done=tick)
        answer = find_what_matters(conclusion, plan, measure, settings.confidence)
    told = Told(answer, conclusion, plan, settings, unit, language)
    print_answer(console, told)
    folder = name_sweep(settings.out, name, study, [plan.model_dump_json(), *overrides])
    about = {"command": ["matters", *words], "seconds": round(time.perf_counter() - began, 2)}
    for figure in write_answer(folder, told, (study, experiment), store, about):
        console.print(f"figure: {figure}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"tables: {folder}", markup=False, highlight=False, soft_wrap=True)


def _read_study(words: Sequence[str]) -> tuple[StudyFile, list[str], str | None]:
    """Return the study of a file, or one made of words, the words beside it and the folder of one's own."""
    outcomes = [word.removeprefix("outcome=") for word in words if word.startswith("outcome=")]
    files, ports, overrides, config_dir = sort_words(
        [word for word in words if not word.startswith("outcome=")], "matters"
    )
    if len(files) > 1 or ports:
        remedy = "write kouan matters port=horgos_road 'policy=[hours_24x7]' horizon=week, or kouan matters study.yaml"
        raise ScenarioError([Problem("matters", f"cannot read '{[*files, *ports][-1]}'", None, remedy)])
    if files:
        study = read_study_file(files[0])
    else:
        study = _make_study([word for word in overrides if word.partition("=")[0] not in HOW])
        overrides = [word for word in overrides if word.partition("=")[0] in HOW]
    if not any(word.startswith("replications=") for word in (*study.words, *overrides)):
        study = study.model_copy(update={"words": (REPLICATIONS, *study.words)})
    return study.model_copy(update={"outcome": outcomes[-1]} if outcomes else {}), overrides, config_dir


def _make_study(words: Sequence[str]) -> StudyFile:
    """Return the study that words of a run ask for; strengths that are typed are held at their value."""
    chosen = [word for word in words if not word.lstrip("+").startswith("policy")]
    typed = [word.lstrip("+").partition("=") for word in words if word.lstrip("+").startswith("policy.")]
    held = {key: Factor.model_validate({"key": key, "values": [yaml.safe_load(value)]}) for key, _, value in typed}
    return StudyFile.model_validate({"words": chosen, "policies": [chosen_policies(words)], "vary": held})


def _name(study: StudyFile, words: Sequence[str]) -> str:
    files = [Path(word).stem for word in words if "=" not in word and Path(word).suffix]
    return "-".join(["matters", *(files or [_choose(study.words, "port", DEFAULT_PORT), *study.choices])])


def _choose(words: Sequence[str], group: str, usual: str) -> str:
    """Return the file of a group of the configuration that words choose."""
    return [usual, *(word.partition("=")[2] for word in words if word.startswith(f"{group}="))][-1]


def _load_one(
    study: StudyFile, overrides: Sequence[str], config_dir: str | None
) -> tuple[Experiment, dict[str, Policy]]:
    """Return the one world, and the one choice of policies, that the conclusion is about."""
    choices = [name for name, names in study.choices.items() if names]
    for what, several in (("scenarios", list(study.scenarios)), ("policies", choices)):
        if len(several) > 1:
            remedy = f"leave one of these under '{what}': {', '.join(several)}"
            raise ScenarioError([Problem(what, "matters asks of one conclusion at a time", None, remedy)])
    (experiment,) = load_worlds(study, overrides, config_dir).values()
    if experiment.settings.replications < 2:
        remedy = f"leave it out for {REPLICATIONS}"
        raise ScenarioError([Problem("replications", "must be 2 at least, to tell effects from luck", 1, remedy)])
    return experiment, find_policies(study, config_dir)


def _complete(
    console: Console,
    about: tuple[StudyFile, Experiment, Mapping[str, Policy]],
    asked: tuple[Plan, Sequence[str], str | None],
    language: Language,
) -> StudyFile:
    """Return the study with the factors that it varies, each with a name, and say which these are."""
    (study, experiment, policies), (plan, overrides, config_dir) = about, asked
    own = {name: factor for name, factor in study.vary.items() if factor.values is None or len(factor.values) > 1}
    words = [*study.words, *(word for own in study.scenarios.values() for word in own), *overrides]
    if own:
        vary = study.vary
        console.print(describe_own(len(own), language), markup=False, soft_wrap=True)
    else:
        parameters = _read_parameters(words, policies, Path(config_dir) if config_dir else None)
        keys = (word.partition("=")[0].lstrip("+") for word in words)
        typed = [*(key for key in keys if "." in key), *study.vary]  # without a dot it chooses a file
        found = find_assumptions(
            experiment.baseline, policies, parameters, (plan.spread, plan.all), typed, is_of_times(study.outcome)
        )
        vary = {**study.vary, **found.factors}
        if not found.factors:
            remedy = "all=true varies those with a source, too; a study file names factors of one's own"
            raise ScenarioError([Problem("matters", "no number that could move this is assumed", None, remedy)])
        told = describe_assumptions(len(found.factors), found.left_out, plan, language)
        console.print(told, markup=False, soft_wrap=True)
    return study.model_copy(update={"vary": name_assumptions(vary, experiment.baseline, policies)})


def _read_parameters(words: Sequence[str], policies: Mapping[str, Policy], config_dir: Path | None) -> list[Parameter]:
    """Return all numbers of the files that words choose, and of the policies' strengths."""
    port = _choose(words, "port", DEFAULT_PORT)
    files = {"port": port, "demand": _choose(words, "demand", port), "costs": _choose(words, "costs", "xinjiang")}
    if files["costs"] == "[]":
        del files["costs"]
    parameters = [each for group, name in files.items() for each in read_group(group, name, config_dir)]
    for name in policies:
        for each in read_lines(find_file("policy", name, config_dir)):
            keys = tuple(f"policy.{key}" for key in each.keys)
            parameters.append(Parameter(each.file, each.line, keys, each.values, each.comment))
    return parameters


def _try_once(conclusion: Conclusion, experiment: Experiment) -> tuple[str, float]:
    """Return the unit of the outcome and the seconds of a run, from one run of each scenario as it is.

    Raises
    ------
    ScenarioError
        If there is no such outcome.
    """
    units: list[str] = []
    settings, scenarios = experiment.settings, conclusion.build({})
    scope, name, measure = split_outcome(conclusion.outcome)
    simulate_once(scenarios[0], settings.seed, 0, settings.engine)  # the first run waits for what is loaded only once
    began = time.perf_counter()
    for scenario in scenarios:
        outcomes = simulate_once(scenario, settings.seed, 0, settings.engine).outcomes
        units += outcomes.filter(scope=scope, name=name, measure=measure)["unit"].to_list()
    if len(units) < len(scenarios):
        known = ("/".join(row) for row in outcomes.select("scope", "name", "measure").iter_rows() if row[0] in SCOPES)
        raise ScenarioError(
            [Problem("outcome", "there is none of this name", conclusion.outcome, suggest(conclusion.outcome, known))]
        )
    return units[0], (time.perf_counter() - began) / len(scenarios)
