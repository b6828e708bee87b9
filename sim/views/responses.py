"""The figure of a sweep, as it was run or from its folder: the study's outcome against everything that it varies."""

from pathlib import Path

import polars as pl
from matplotlib.figure import Figure

from sim.scenario.study_file import Factor, Grid, StudyFile, read_study_file
from sim.study.points import CHOICE, WORLD
from sim.views.figure_words import FIGURE_WORDS
from sim.views.naming import name_scenario
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language
from sim.views.run_folder import read_csv, read_experiment_of, read_table
from sim.views.sensitivity import Response, draw_responses
from sim.views.sweep import Swept


def draw_sweep(folder: Path, language: Language) -> Figure | None:
    """Return the figure of a sweep that is read from its folder; None if nothing is varied.

    Raises
    ------
    ResultsError
        If the folder is none of a sweep, or a table is missing or damaged.
    ScenarioError
        If its study file is damaged.
    """
    study, experiment = read_study_file(folder / "study.yaml"), read_experiment_of(folder)
    return draw_swept(
        Swept(study, experiment, read_csv(folder, "points"), read_table(folder, "outcomes").lazy()), language
    )


def draw_swept(swept: Swept, language: Language) -> Figure | None:
    """Return the outcome of every point against each factor of which there are several levels; None without any."""
    study, points, table = swept.study, swept.points, swept.table
    if table.is_empty():
        return None
    names = [name for name in points.columns if name not in ("scenario", "state", "key", "message")]
    responses = [
        _read_response(table, name, study, language) for name in names if table[name].drop_nulls().n_unique() > 1
    ]
    if not responses:
        return None
    outcome = name_outcome(study.outcome, swept.experiment.baseline, language)
    question = study.ask(language) or outcome
    return draw_responses(responses, f"{outcome} ({table['unit'][0]})", question)


def _read_response(table: pl.DataFrame, name: str, study: StudyFile, language: Language) -> Response:
    """Return the outcome by the levels of a factor, of the points that have it and were run."""
    rows = table.filter(pl.col(name).is_not_null() & pl.col("mean").is_not_null())
    levels = rows[name].to_list()
    if name == CHOICE:
        levels = [name_scenario(level, language) for level in levels]
    joined = isinstance(study.design, Grid) or name not in study.vary
    means, spread = rows["mean"].to_list(), rows["half_width"].to_list()
    return Response(name_factor(name, study.vary.get(name), language), levels, means, spread, joined)


def name_factor(name: str, factor: Factor | None, language: Language) -> str:
    """Return what a factor, or a column beside the factors, is called, with its unit."""
    if factor is None:
        say = FIGURE_WORDS[language]
        return {WORLD: say["world"], CHOICE: say["policies"]}.get(name, name)
    label = (factor.label_zh if language == "zh" else factor.label) or factor.label or name.replace("_", " ")
    return f"{label} ({factor.unit})" if factor.unit else label
