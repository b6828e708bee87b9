"""The figures of a finished run, frontier or study, read from its folder, with what a page says beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from sim.study.comparison import summarise
from sim.study.frontier import compare_policies
from sim.study.recovery import mean_recovery
from sim.study.replication import Study
from sim.views.counts import draw_counts
from sim.views.figures import choose_classes, choose_look, draw_steps, draw_weeks
from sim.views.front import draw_stored_front
from sim.views.frontier import draw_frontier
from sim.views.heat_map import draw_use
from sim.views.matters import draw_ends
from sim.views.naming import name_port
from sim.views.phrases import Language
from sim.views.rail import Part, draw_parts, plan_bars, plan_dwell, plan_graphs, plan_stores
from sim.views.recovery import draw_recovery
from sim.views.report_words import REPORT_WORDS
from sim.views.responses import draw_sweep
from sim.views.roads import draw_roads, has_queues, plot_delay, plot_density, plot_queues
from sim.views.run_folder import read_experiment_of, read_manifest, read_table
from sim.views.stored_study import read_study
from sim.views.svg import write_svg

Draw = Callable[[], Figure | None]


@dataclass(frozen=True)
class ReportFigure:
    """A figure for a page: its key (which begins its ids), what it is called, what to see there, and the SVG.

    `alt` says what is shown to those who do not see it. All are plain text but `svg`, which is an element.
    """

    key: str
    title: str
    caption: str
    alt: str
    svg: str


def draw_report_figures(folder: Path, language: Language = "en") -> Iterator[ReportFigure]:
    """Yield the figures of a folder of a run, a frontier or a study that there is something to draw of.

    Raises
    ------
    ResultsError
        If the folder is none, or a table is missing or damaged.
    """
    for key, draw in _plan(folder, language).items():
        with mpl.rc_context(choose_look(language)):
            figure = draw()
            if figure:
                say = REPORT_WORDS[language][key]
                yield ReportFigure(key, say.title, say.caption, f"{say.title}: {say.caption}", write_svg(figure, key))


def _plan(folder: Path, language: Language) -> dict[str, Draw]:
    """Return how to draw each figure, by its key; none of a study of a kind that has no figures here."""
    kind = read_manifest(folder).get("kind") or ("frontier" if (folder / "frontier.csv").is_file() else "run")
    plans = {
        "run": _plan_run,
        "frontier": _plan_frontier,
        "sweep": _plan_sweep,
        "matters": _plan_matters,
        "search": _plan_search,
    }
    return plans[kind](folder, language) if kind in plans else {}


def _plan_sweep(folder: Path, language: Language) -> dict[str, Draw]:
    return {"responses": partial(draw_sweep, folder, language)}


def _plan_matters(folder: Path, language: Language) -> dict[str, Draw]:
    about = read_manifest(folder)["figure"][language]
    return {"tornado": partial(draw_ends, read_table(folder, "factors"), about, language)}


def _plan_search(folder: Path, language: Language) -> dict[str, Draw]:
    return {"front": partial(draw_stored_front, folder, language)}


def _plan_frontier(folder: Path, language: Language) -> dict[str, Draw]:
    experiment = read_experiment_of(folder)
    comparison = compare_policies(read_table(folder, "outcomes"), experiment.settings.confidence)
    return {"frontier": partial(draw_frontier, comparison, name_port(experiment.baseline, language), language)}


def _plan_run(folder: Path, language: Language) -> dict[str, Draw]:
    study = read_study(folder)
    summary = summarise(study.outcomes)
    crossing, cargo = choose_classes(study)
    draws: dict[str, Draw] = {
        "steps": partial(draw_steps, study, summary, [*crossing, *cargo], language),
        "week": partial(draw_weeks, study, crossing, language),
        "use": partial(draw_use, study, language),
        "counts": partial(draw_counts, study, crossing, language),
    }
    return {**draws, **_plan_roads(study, language), **_plan_rail(study, language), **_plan_recovery(study, language)}


def _plan_roads(study: Study, language: Language) -> dict[str, Draw]:
    if not has_queues(study):
        return {"road": partial(draw_roads, study, [plot_density], language)}
    return {
        "road": partial(draw_roads, study, [plot_density], language),
        "road_queues": partial(draw_roads, study, [plot_queues], language),
        "road_counts": partial(draw_roads, study, [plot_delay], language),
    }


def _plan_rail(study: Study, language: Language) -> dict[str, Draw]:
    parts = {"trains": plan_graphs, "stores": plan_stores, "dwell": plan_dwell, "cargo": plan_bars}

    def draw(plan: Callable[[Study, Language], Part]) -> Figure | None:
        return draw_parts(study, [plan(study, language)], language)

    return {key: partial(draw, plan) for key, plan in parts.items()}


def _plan_recovery(study: Study, language: Language) -> dict[str, Draw]:
    if len(study.scenarios) != 2:
        return {}
    baseline, other = study.scenarios
    return {
        "recovery": lambda: draw_recovery(study, baseline, other, mean_recovery(study, baseline, other), language),
    }
