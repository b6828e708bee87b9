"""Verbs that decide among many points: compare them all with one confidence, or select the best with as few runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from rich.console import Console

from sim.kernel import prepare
from sim.scenario import ScenarioError
from sim.scenario.problems import Problem, suggest
from sim.scenario.settings import Settings
from sim.scenario.study_file import StudyFile, read_study_file
from sim.study.comparison import KEY, summarise
from sim.study.multiple import compare_simultaneously
from sim.study.points import Point, list_points
from sim.study.ranking import Selection, Terms, select_best
from sim.study.store import Store
from sim.study.sweep import Sweep, run_points
from sim.verbs.sweep import find_policies, load_worlds, open_store
from sim.verbs.words import sort_words, take_language, take_words
from sim.views.decide import print_comparisons, print_selection
from sim.views.files import replace_file
from sim.views.progress import show_progress
from sim.views.run_folder import describe_program, read_experiment_of, read_table
from sim.views.sweep_folder import name_sweep, tabulate_points, write_sweep

DEFAULT_OUTCOME = str(StudyFile.model_fields["outcome"].default)


def compare_points(console: Console, words: list[str]) -> None:
    """Compare every point of a finished sweep, frontier or run with the first; all intervals hold at once.

    `outcome=a,b` names outcomes, `against=LABEL` another point, `pairs=all` compares each with each, and
    `table=FILE.csv` writes the table.
    """
    language, rest = take_language("compare", words)
    own, folders = take_words(rest, ("outcome", "against", "pairs", "table", "confidence"))
    if len(folders) != 1:
        remedy = "kouan compare results/<folder> outcome=class/export_truck/release_mean"
        raise ScenarioError([Problem("compare", "takes one folder", None, remedy)])
    if own.get("pairs", "all") != "all":
        raise ScenarioError([Problem("pairs", "must be all, or left out", own["pairs"])])
    folder = Path(folders[0])
    experiment = read_experiment_of(folder)
    confidence = _read_number(own, "confidence", experiment.settings.confidence)
    table = compare_simultaneously(
        read_table(folder, "outcomes"),
        own.get("outcome", _find_outcome(folder)).split(","),
        own.get("against"),
        confidence,
        "pairs" in own,
    )
    if "table" in own:
        with replace_file(Path(own["table"])) as partial:
            table.write_csv(partial)
    print_comparisons(console, table, experiment.baseline, confidence, language)


def _find_outcome(folder: Path) -> str:
    """Return the outcome of a folder's study file; of a folder without one, what freight takes."""
    path = folder / "study.yaml"
    return read_study_file(path).outcome if path.is_file() else DEFAULT_OUTCOME


def select_point(console: Console, words: list[str]) -> None:
    """Find the best point of a study file with as few runs as will do (procedure KN of Kim and Nelson).

    `indifference=` is the difference that would not matter, in the outcome's unit. `outcome=` is that of the study
    unless named here, `largest=true` if more is better, `most_replications=` stops what cannot be decided.
    """
    language, rest = take_language("select", words)
    own, rest = take_words(rest, ("outcome", "indifference", "largest", "most_replications"))
    files, ports, overrides, config_dir = sort_words(rest, "select")
    if len(files) != 1 or ports:
        remedy = "kouan select study.yaml indifference=0.25"
        raise ScenarioError([Problem("select", "takes one study file", None, remedy)])
    study = read_study_file(files[0])
    outcome = own.get("outcome", study.outcome)
    worlds = load_worlds(study, overrides, config_dir)
    experiment = next(iter(worlds.values()))
    settings = experiment.settings
    if settings.precision:
        rule = "finds out by itself how many runs it takes"
        raise ScenarioError([Problem("select", rule, None, "leave precision out")])
    terms = Terms(
        _read_number(own, "indifference", 0.0),
        settings.confidence,
        _read_flag(own, "largest"),
        int(_read_number(own, "most_replications", 500)),
    )
    baselines = {name: each.baseline for name, each in worlds.items()}
    points, misfits = list_points(study, baselines, find_policies(study, config_dir))
    prepare(settings.engine)  # before workers start, so that they find it in the cache
    race = _Race(points, settings, open_store(settings.out), outcome)
    selection = select_best(len(points), race.sample, terms)
    table = tabulate_selection(points, selection, settings.confidence)
    told = {
        "outcome": outcome,
        "unit": race.unit,
        "indifference": terms.indifference,
        "confidence": terms.confidence,
        "most": terms.most_replications,
        "is_sure": selection.is_sure,
    }
    print_selection(console, table, experiment.baseline, told, language)
    folder = name_sweep(settings.out, f"{Path(files[0]).stem} select", study, [*overrides, *map(str, own.items())])
    states = tabulate_points(points, race.sweeps[0], misfits)
    about = {"kind": "select", "command": ["select", *words], "selection": told, **describe_program()}
    outcomes = pl.concat(sweep.scan() for sweep in race.sweeps)
    write_sweep(folder, {"points": states, "selection": table}, outcomes, (study, experiment), about)
    for label, message in misfits.items():
        console.print(f"note: left out: {label}: {message}", style="yellow", markup=False, soft_wrap=True)
    console.print(f"tables: {folder}", markup=False, highlight=False, soft_wrap=True)


class _Race:
    """Runs batches of the points that are left, through the store, and reads one outcome."""

    def __init__(self, points: Sequence[Point], settings: Settings, store: Store, outcome: str) -> None:
        self.points, self.settings, self.store, self.outcome = points, settings, store, outcome
        self.unit = ""
        self.sweeps: list[Sweep] = []

    def sample(self, left: Sequence[int], first: int, count: int) -> dict[int, list[float]]:
        """Return the values of the outcome in these replications of the points that are left."""
        chosen = [self.points[number] for number in left]
        settings = self.settings.model_copy(update={"replications": count})
        scope = self.outcome.partition("/")[0]
        with show_progress(len(chosen), f"{len(chosen)} left, runs {first + 1} to {first + count}") as tick:
            sweep = run_points(chosen, settings, self.store, (scope,), tick, first)
        if sweep.failures:
            label, message = next(iter(sweep.failures.items()))
            raise ScenarioError([Problem(label, f"cannot be run: {message}", None, "leave it out of the study")])
        self.sweeps.append(sweep)
        return dict(zip(left, self._read(sweep.outcomes, chosen), strict=True))

    def _read(self, outcomes: pl.DataFrame, chosen: Sequence[Point]) -> list[list[float]]:
        rows = outcomes.with_columns(key=KEY)
        known = rows["key"].unique().to_list()
        if self.outcome not in known:
            remedy = suggest(self.outcome, known)
            raise ScenarioError([Problem("outcome", f"there is no '{self.outcome}'", None, remedy)])
        rows = rows.filter(key=self.outcome).sort("replication")
        self.unit = rows["unit"][0]
        values = [rows.filter(scenario=point.label)["value"].fill_nan(None) for point in chosen]
        for point, each in zip(chosen, values, strict=True):
            if each.null_count() or each.is_empty():
                rule = f"has no value of '{self.outcome}' in some run"
                raise ScenarioError([Problem(point.label, rule, None, "choose a longer horizon, or leave it out")])
        return [each.to_list() for each in values]


def tabulate_selection(points: Sequence[Point], selection: Selection, confidence: float) -> pl.DataFrame:
    """Return a row for each point: scenario, mean, half_width, replications, state and is_equal, best first."""
    frames = [
        pl.DataFrame({"scenario": point.label, "replication": range(len(values)), "value": values})
        for point, values in zip(points, selection.values.values(), strict=True)
    ]
    blank = {name: pl.lit("") for name in ("scope", "name", "measure", "unit")}
    means = summarise(pl.concat(frames).with_columns(**blank), confidence)
    best = selection.values[selection.best]
    states = [_find_state(number, selection) for number in range(len(points))]
    equal = [
        number != selection.best
        and number in selection.left
        and bool((values[: len(best)] == best[: len(values)]).all())
        for number, values in selection.values.items()
    ]
    table = means.select("scenario", "mean", "half_width", "replications").with_columns(
        state=pl.Series(states), is_equal=pl.Series(equal)
    )
    order = pl.col("state").replace_strict({"best": 0, "left": 1, "dropped": 2}, return_dtype=pl.Int8)
    return table.sort(order, "replications", "mean", descending=[False, True, False], maintain_order=True)


def _find_state(number: int, selection: Selection) -> str:
    if number == selection.best:
        return "best"
    return "left" if number in selection.left else "dropped"


def _read_number(own: Mapping[str, str], name: str, default: float) -> float:
    try:
        return float(own.get(name, default))
    except ValueError:
        raise ScenarioError([Problem(name, "must be a number", own[name])]) from None


def _read_flag(own: Mapping[str, str], name: str) -> bool:
    known = {"true": True, "false": False}
    if own.get(name, "false") not in known:
        raise ScenarioError([Problem(name, "must be true or false", own[name])])
    return known[own.get(name, "false")]
