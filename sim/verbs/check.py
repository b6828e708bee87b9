"""The verb `check`: a study against a stored baseline, for whoever must notice that results moved."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from rich.console import Console

from sim.kernel import prepare
from sim.scenario import ScenarioError
from sim.scenario.load import load_experiment
from sim.scenario.problems import Problem
from sim.scenario.settings import Experiment
from sim.scenario.study_file import read_study_file
from sim.study.experiment import replicate_experiment
from sim.study.points import list_points
from sim.study.regression import (
    DIFFERENT,
    HEADLINE,
    choose_outcomes,
    compare_exactly,
    compare_inputs,
    compare_statistically,
)
from sim.study.store import Store
from sim.study.sweep import run_points
from sim.verbs.sweep import find_policies, load_worlds
from sim.verbs.words import sort_words, take_language
from sim.views.files import replace_file
from sim.views.progress import show_progress
from sim.views.regression import print_regression, tell_method
from sim.views.run_folder import describe_program, read_inputs, read_manifest, read_table

CHANGED = 1
STATISTICAL = "--statistical"
USAGE = "kouan check results/<baseline>, kouan check results/<baseline> results/<other> --statistical"


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: outcomes, everything that went into them, and what made them."""

    outcomes: pl.DataFrame
    inputs: Mapping[str, Any]
    program: Mapping[str, Any]

    @property
    def settings(self) -> Mapping[str, Any]:
        """How the study was run, as plain values."""
        return dict(self.inputs.get("settings") or {})


def check_baseline(console: Console, words: list[str]) -> None:
    """Compare a folder of results with another, or with what its words give today; exit code 1 if outcomes differ.

    Beyond rounding, or with --statistical beyond noise.
    """
    language, rest = take_language("check", words)
    statistical, rest = STATISTICAL in rest, [word for word in rest if word != STATISTICAL]
    tables, rest = _take("table", rest)
    chosen, rest = _take("only", rest)
    files, names, overrides, config_dir = sort_words(rest, "check")
    folders = [Path(word) for word in rest if word in (*files, *names)]
    _require_folders(folders, overrides, tables)
    before = _read_side(folders[0])
    after = _read_side(folders[1]) if len(folders) == 2 else _run_again(folders[0], overrides, config_dir)
    same_luck = before.settings.get("seed") == after.settings.get("seed")
    before, after = _narrow(before, after, _read_patterns(chosen, statistical))
    confidence = float(after.settings.get("confidence", 0.95))
    if statistical:
        _require_replications(before, after)
        table = compare_statistically(before.outcomes, after.outcomes, same_luck, confidence)
    else:
        table = compare_exactly(before.outcomes, after.outcomes)
    inputs = compare_inputs({**before.inputs, **before.program}, {**after.inputs, **after.program})
    print_regression(console, table, inputs, tell_method(statistical, same_luck, confidence, language), language)
    for name in tables:
        with replace_file(Path(name)) as partial:
            table.write_csv(partial)
        console.print(f"table: {name}", markup=False, highlight=False, soft_wrap=True)
    if table["verdict"].is_in(DIFFERENT).any():
        sys.exit(CHANGED)


def _take(key: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is said for a key of this verb's own, and the other words."""
    mine = [word for word in words if word.startswith(f"{key}=")]
    return [word.removeprefix(f"{key}=") for word in mine], [word for word in words if word not in mine]


def _read_patterns(chosen: Sequence[str], statistical: bool) -> list[str]:
    """Return patterns of the outcomes to be compared: those chosen, or else all, of which some are tested for noise."""
    patterns = [each for word in chosen for each in word.strip("[]").split(",")]
    return patterns or [f"{scope}/*" for scope in (HEADLINE if statistical else ("*",))]


def _narrow(before: Side, after: Side, patterns: Sequence[str]) -> tuple[Side, Side]:
    sides = [replace(side, outcomes=choose_outcomes(side.outcomes, patterns)) for side in (before, after)]
    if all(side.outcomes.is_empty() for side in sides):
        raise _refuse("no outcome is called like that", ",".join(patterns), "write only='class/*/release_mean,port/*'")
    return sides[0], sides[1]


def _require_folders(folders: Sequence[Path], overrides: Sequence[str], tables: Sequence[str]) -> None:
    if len(folders) not in (1, 2):
        raise _refuse("takes a baseline, and another folder if nothing is to be run", None, USAGE)
    if len(folders) == 2 and overrides:
        raise _refuse("runs nothing if two folders are given", overrides[0], "leave that word or the second folder out")
    for name in tables:
        if Path(name).suffix != ".csv" or not Path(name).resolve().parent.is_dir():
            raise _refuse("cannot be written as a table", name, "name a .csv file in a folder that is there")


def _require_replications(*sides: Side) -> None:
    """Refuse what would pass because nothing can be tested."""
    if min(side.outcomes["replication"].n_unique() for side in sides) < 2:
        raise _refuse("one replication has no noise to hold a change against", STATISTICAL, "add replications=20")


def _refuse(rule: str, value: str | None, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("check", rule, value, remedy)])


def _read_side(folder: Path) -> Side:
    outcomes = read_table(folder, "outcomes")
    return Side(outcomes, read_inputs(folder), _pick_program(read_manifest(folder)))


def _pick_program(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return on what a study was run; not its commit, which changes with every one."""
    return {"program": {key: manifest.get(key) for key in ("python", "packages")}}


def _run_again(folder: Path, overrides: Sequence[str], config_dir: str | None) -> Side:
    """Run the words of a folder's study with what is shipped today, and write nothing."""
    command = [str(word) for word in read_manifest(folder).get("command", [])]
    typed = {word.partition("=")[0] for word in overrides}
    words = [*(word for word in command if word.partition("=")[0] not in typed), *overrides]
    if words[:1] == ["sweep"]:
        _, _, asked, recorded = sort_words(words[1:], "check")
        experiment, outcomes = _sweep_again(folder / "study.yaml", asked, config_dir or recorded)
    elif words and not words[0].startswith("-") and "=" not in words[0]:
        remedy = f"run it again and give both folders: kouan check {folder} results/<other>"
        raise _refuse(f"does not run 'kouan {words[0]}' again", str(folder), remedy)
    else:
        experiment = load_experiment(*words, config_dir=config_dir)
        prepare(experiment.settings.engine)
        outcomes = replicate_experiment(experiment, show_progress).outcomes
    return Side(outcomes, experiment.model_dump(mode="json"), _pick_program(describe_program()))


def _sweep_again(path: Path, words: Sequence[str], config_dir: str | None) -> tuple[Experiment, pl.DataFrame]:
    study = read_study_file(str(path))
    worlds = load_worlds(study, words, config_dir)
    experiment = next(iter(worlds.values()))
    prepare(experiment.settings.engine)
    policies = find_policies(study, config_dir)
    points, _ = list_points(study, {name: each.baseline for name, each in worlds.items()}, policies)
    with TemporaryDirectory() as store, show_progress(len(points), "points") as tick:
        return experiment, run_points(points, experiment.settings, Store(Path(store)), study.keep, tick).outcomes
