"""The picture of dwell times: which share of the units has left the store after how many hours."""

import numpy as np
from matplotlib.axes import Axes

from sim.outcomes import hours_in_store
from sim.outcomes.window import Window
from sim.study.replication import Study
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import head, list_above
from sim.views.naming import name_of, name_scenario
from sim.views.phrases import Language

FEWEST = 20
"""Units below which a class has no distribution worth drawing."""


def find_stored(study: Study) -> list[str]:
    """Return the classes of cargo of which enough units were in store in the first scenario's first run."""
    label = next(iter(study.scenarios))
    visits, scenario = study.visits[label], study.scenarios[label]
    window = Window.of(scenario.horizon)
    cargo = [name for name in visits.movements.classes if scenario.is_cargo(name)]
    return [
        name for name in cargo if len(hours_in_store(visits, visits.movements.classes.index(name), window)) >= FEWEST
    ]


def plot_dwell(axes: Axes, study: Study, name: str, letters: int, language: Language = "en") -> None:
    """Draw the distribution of hours in store of a class, one step curve for each scenario, of replication 0."""
    say, names = FIGURE_WORDS[language], []
    most = 0.0
    for colour, (label, visits) in zip(COLOURS, study.visits.items(), strict=False):
        scenario = study.scenarios[label]
        hours = np.sort(hours_in_store(visits, visits.movements.classes.index(name), Window.of(scenario.horizon)))
        if not len(hours):
            continue
        axes.step(hours, 100.0 * np.arange(1, len(hours) + 1) / len(hours), where="post", color=colour, lw=1.5)
        half, nine_tenths = (f"{np.quantile(hours, part):.1f}" for part in (0.5, 0.9))
        line = say["in_store"].format(label=name_scenario(label, language), half=half, most=nine_tenths)
        names.append((line, colour))
        most = max(most, float(np.quantile(hours, 0.99)))
    axes.set(xlim=(0, max(most, 1.0) * 1.05), ylim=(0, 100), xlabel=say["store_hours"], ylabel=say["store_share"])
    axes.grid(axis="y", color="0.9", lw=0.6)
    vehicle = next(iter(study.scenarios.values())).demand.classes[name]
    title = say["store_time"].format(name=name_of(vehicle, language), runs=study.replications)
    head(axes, title, 6 + list_above(axes, names, letters))
