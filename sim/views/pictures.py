"""The pictures of a run folder: which are drawn depends on what the study has in it."""

from pathlib import Path

import numpy as np

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
        plot_recovery(study, baseline, other, folder / "recovery.png", _mean_recovery(study, baseline, other))


def _mean_recovery(study: Study, baseline: str, other: str) -> float | None:
    """Return the minute at which the last of the incidents is over on the mean; None if that is not within the run."""
    scenario, known = study.scenarios[other], study.scenarios[baseline].port.incidents
    incidents = {name: each for name, each in scenario.port.incidents.items() if name not in known}
    recoveries = study.outcomes.filter(scope="incident", measure="recovery", scenario=other)
    minutes = []
    for name, incident in incidents.items():
        hours = recoveries.filter(name=name)["value"].to_numpy()
        minutes.append(incident.window_min(scenario.horizon.warmup_min)[1] + 60.0 * float(hours.mean()))
    return max(minutes) if minutes and not np.isnan(minutes).any() else None
