"""The folder of an answer to what matters: tables, the study as a file that can be run again, figure and manifest."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.scenario.settings import Experiment
from sim.scenario.study_file import SCOPES, StudyFile
from sim.study.code_version import code_version
from sim.study.comparison import split_outcome
from sim.study.points import Point
from sim.study.store import Store
from sim.study.sweep import run_points
from sim.views.matters import Told, describe_figure, plot_answer, tell
from sim.views.matters_words import WORDS
from sim.views.run_folder import describe_program, write_settings
from sim.views.sweep_folder import replace_folder, write_study_file


def write_answer(
    folder: Path, told: Told, about: tuple[StudyFile, Experiment], store: Store, manifest: Mapping[str, Any]
) -> list[Path]:
    """Write the answer and return its figures.

    `factors` (csv, parquet) is the table of `find_what_matters`, `points` has all points that were measured, and
    `outcomes.parquet` all replications of the scenarios that the conclusion compares, as they are.
    """
    study, experiment = about
    answer, conclusion = told.answer, told.conclusion
    labels = ["baseline", "+".join(conclusion.policies)][: len(conclusion.sides)]
    as_is = [Point(label, {}, scenario) for label, scenario in zip(labels, conclusion.build({}), strict=True)]
    keep = list(dict.fromkeys((*SCOPES, split_outcome(conclusion.outcome)[0])))
    with replace_folder(folder) as partial:
        write_study_file(study, partial)
        for name, table in {"factors": answer.table, "points": answer.points.with_row_index("point")}.items():
            table.write_csv(partial / f"{name}.csv")
            table.write_parquet(partial / f"{name}.parquet")
        run_points(as_is, told.settings, store, keep).outcomes.write_parquet(partial / "outcomes.parquet")
        drawn = plot_answer(told, partial / "tornado.png")
        both = {language: replace(told, language=language) for language in WORDS}
        said = {
            "kind": "matters",
            "answer": {language: tell(each) for language, each in both.items()},
            "figure": {language: describe_figure(each) for language, each in both.items()},
            "unit": told.unit,
            "outcome": conclusion.outcome,
            "plan": told.plan.model_dump(),
        }
        run = {"seed": told.settings.seed, "replications": told.settings.replications, "engine": told.settings.engine}
        write_settings(
            partial,
            experiment,
            {**said, "scenarios": labels, **run, "code": code_version(), **manifest, **describe_program()},
        )
    return [folder / "tornado.png"] if drawn else []
