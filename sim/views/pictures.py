"""The pictures of a run folder: which are drawn depends on what the study has in it."""

from pathlib import Path

from sim.study.recovery import mean_recovery
from sim.study.replication import Study
from sim.views.figures import plot_comparison
from sim.views.recovery import plot_recovery
from sim.views.roads import plot_roads


def draw_study(study: Study, folder: Path) -> None:
    """Draw `figure.png`, with roads also `roads.png`, and `recovery.png` if only the second scenario has incidents."""
    plot_comparison(study, folder / "figure.png")
    plot_roads(study, folder / "roads.png")
    baseline, *others = study.scenarios
    for other in others:
        plot_recovery(study, baseline, other, folder / "recovery.png", mean_recovery(study, baseline, other))
