"""The folder of a search: study, trials, verified front, fresh outcomes, figure, manifest; whole or not at all."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import polars as pl

from sim.scenario.settings import Experiment
from sim.study.code_version import code_version
from sim.views.labels import choose_style
from sim.views.run_folder import write_settings
from sim.views.search import Found, tell
from sim.views.search_figure import draw_front
from sim.views.search_words import SEARCH_WORDS
from sim.views.sweep_folder import replace_folder, write_study_file


def write_search(
    folder: Path, found: Found, fresh: pl.LazyFrame, experiment: Experiment, about: Mapping[str, Any]
) -> None:
    """Write `trials.csv`, `front.csv`, `front.png`, and `outcomes.parquet` of the fresh runs alone.

    What is compared later then has no run in it that helped to choose the points.

    Raises
    ------
    ResultsError
        If the place cannot be written to.
    """
    with replace_folder(folder) as partial:
        write_study_file(found.study, partial)
        found.trials.write_csv(partial / "trials.csv")
        found.table.write_csv(partial / "front.csv")
        fresh.sink_parquet(partial / "outcomes.parquet")
        if found.verified.front:
            with mpl.rc_context(choose_style(found.language)):
                draw_front(found, experiment.settings.replications).savefig(partial / "front.png", dpi=130)
        answer = {language: tell(replace(found, language=language)) for language in SEARCH_WORDS}
        said = {"kind": "search", "answer": answer, "front": list(found.verified.front)}
        manifest = {**said, **about, "code": code_version()}
        write_settings(partial, experiment, manifest)
