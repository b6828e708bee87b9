"""The application: `kouan port=... policy=[...]` runs a study, `kouan facts N161` looks something up."""

import inspect
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from rich.console import Console

from sim.kernel import Gridlock, prepare
from sim.scenario import ScenarioError
from sim.scenario.load import COMPOSITION_ERRORS, explain_composition, read_experiment, shipped
from sim.scenario.settings import Experiment
from sim.study.calendar import require_season
from sim.study.checks import check_study
from sim.study.conservation import LostVehicles
from sim.study.diagnosis import diagnose
from sim.study.executors import WorkerLost
from sim.study.experiment import name_scenarios, replicate_experiment
from sim.study.sweep import keep_study
from sim.verbs import VERBS
from sim.verbs.sweep import open_store
from sim.views.explain import summarise_limit
from sim.views.feasibility import warn_before
from sim.views.progress import show_progress
from sim.views.run_folder import ResultsError, final_name, name_file, new_run_folder, read_table, slug, write_study
from sim.views.tables import print_study

BAD_INPUT, INTERRUPTED = 2, 130
console = Console()
errors = Console(stderr=True)


def main() -> None:
    """Dispatch: a verb looks something up, anything else is a study for Hydra to compose."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises, and we say what is wrong in our words
    asked = sys.argv[1:]
    # Hydra wants its options before the key=value words; a planner need not know.
    sys.argv[1:] = words = sorted(asked, key=lambda word: "=" in word and not word.startswith("-"))
    for word in words:
        group, _, value = word.partition("=")
        if group in ("port", "demand", "horizon", "policy", "costs", "executor") and value == "null":
            _refuse(
                f"{word}: cannot be left out{f'; write {group}=[] for none' if group in ('policy', 'costs') else ''}"
            )
    if words and words[0] in VERBS:
        asked.remove(words[0])  # the others as they were typed: a folder's name may hold a '=', too
        verb = VERBS[words[0]]
        _guarded(lambda: _help(words[0]) if {"--help", "-h"} & set(asked) else verb(console, asked))
    else:
        _guarded(lambda: _run_studies(words))


def _help(verb: str) -> None:
    console.print(f"kouan {verb}: {inspect.getdoc(VERBS[verb])}", markup=False, highlight=False, soft_wrap=True)


def _guarded(act: Callable[[], object]) -> None:
    """Turn what a user can mend into one message and a non-zero exit."""
    try:
        act()
    except (ScenarioError, ResultsError, Gridlock, LostVehicles, WorkerLost) as error:
        _refuse(str(error))
    except COMPOSITION_ERRORS as error:
        _refuse(str(explain_composition(error, sys.argv[1:])))
    except OSError as error:
        _refuse(f"cannot read or write {error.filename or 'the output'} ({error.strerror})")
    except KeyboardInterrupt:
        errors.print("kouan: interrupted; no results were written, but what a sweep has done is kept", markup=False)
        sys.exit(INTERRUPTED)


def _refuse(message: str) -> NoReturn:
    errors.print(f"kouan: {message}", style="bold red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(BAD_INPUT)


def _run_studies(words: Sequence[str]) -> None:
    """Run one study or, with `-m`, one for each choice; these are then in the store, like those of a sweep."""
    _compose_and_run()
    out = [word.removeprefix("out=") for word in words if word.startswith("out=")]
    if {"-m", "--multirun"} & set(words):  # only now, as studies may have ended side by side
        open_store(Path(out[-1] if out else "results")).write_manifest()


@hydra.main(config_path=str(shipped("configs")), config_name="config", version_base="1.3")
def _compose_and_run(config: DictConfig) -> None:
    words = list(HydraConfig.get().overrides.task)
    many = HydraConfig.get().mode is RunMode.MULTIRUN
    _guarded(lambda: run_experiment(read_experiment(config, words), words, in_store=many))


def run_experiment(experiment: Experiment, words: Sequence[str] = (), in_store: bool = False) -> Path:
    """Run a study, print its table and write its folder, with the words that asked for it; return the folder.

    `in_store`: whether its outcomes go to the store of results besides.
    """
    from sim.views.pictures import draw_study  # matplotlib takes half a second that no look-up needs

    settings = experiment.settings
    scenarios = name_scenarios(experiment)
    name = "_".join([slug(experiment.baseline.port.name), *map(name_file, list(scenarios)[1:])]) or "run"
    require_season(scenarios)  # before what else is odd about a port that is shut
    for line in warn_before(scenarios):
        console.print(f"before the run: {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    with new_run_folder(settings.out, name) as folder:
        began = time.perf_counter()
        with errors.status("loading the engine; the first time on a machine it is compiled, which takes some seconds"):
            prepare(settings.engine)  # before workers start, so that they find it in the cache
        study = replicate_experiment(experiment, show_progress)
        if in_store:
            keep_study(study, settings, open_store(settings.out))
        checks = check_study(study, settings.confidence)
        print_study(console, study.outcomes, experiment, checks)
        seconds = round(time.perf_counter() - began, 2)
        write_study(folder, study, experiment, checks, {"command": list(words), "seconds": seconds})
        draw_study(study, folder, settings.lang)
        queues = read_table(folder, "queues")
    for label, scenario in scenarios.items():
        limit = diagnose(study.outcomes, queues, scenario, label, settings.confidence)
        console.print(summarise_limit(limit, scenario), markup=False, highlight=False, soft_wrap=True)
    written = final_name(folder)
    if words:
        console.print(f"asked: {' '.join(words)}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"more: kouan explain {written}", markup=False, highlight=False, soft_wrap=True)
    for warning in checks.warnings:
        console.print(f"note: {warning}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    for figure in sorted(written.glob("*.png")):
        console.print(f"figure: {figure}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"tables: {written}", markup=False, highlight=False, soft_wrap=True)
    return written
