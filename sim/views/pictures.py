"""The pictures of a run folder: which are drawn depends on what the study has in it."""

from pathlib import Path

from sim.study.recovery import mean_recovery
from sim.study.replication import Study
from sim.views.figures import plot_comparison
from sim.views.phrases import Language
from sim.views.rail import plot_rail
from sim.views.recovery import plot_recovery
from sim.views.roads import plot_roads


def draw_study(study: Study, folder: Path, language: Language = "en") -> None:
    """Draw `figure.png`; with roads also `roads.png`, with terminals `rail.png`.

    `recovery.png` is drawn if only the second scenario has disruptions, the same in every run.
    """
    plot_comparison(study, folder / "figure.png", language)
    plot_roads(study, folder / "roads.png", language)
    plot_rail(study, folder / "rail.png", language)
    baseline, *others = study.scenarios
    for other in others:
        recovered_min = mean_recovery(study, baseline, other)
        plot_recovery(study, baseline, other, folder / "recovery.png", recovered_min, language)
