"""The figure of the roads: where vehicles stand on the way to the port, how far queues reach, what they cost."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from textwrap import shorten

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.outcomes.queues import ascending, largest_number
from sim.outcomes.visits import Visits
from sim.outcomes.window import Window
from sim.scenario.schema import Scenario
from sim.study.replication import Study
from sim.views.approach import SEEN_KM, Approach, choose_hours, find_approaches, find_queues, find_reach, read_density
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import break_label, choose_style, clock, head, mark_hours, name_beside, shade_disruptions
from sim.views.naming import break_text, name_of, name_port, name_scenario, say_day
from sim.views.phrases import Language

FloatArray = NDArray[np.float64]


Plot = Callable[[Axes, Study, str, Window, Language], None]


def plot_roads(study: Study, path: Path, language: Language = "en") -> None:
    """Draw the roads on the day of the longest queue, as PNG; nothing if there are none."""
    with mpl.rc_context(choose_style(language)):
        plots = (plot_density, plot_queues, plot_delay) if has_queues(study) else (plot_density,)
        if figure := draw_roads(study, plots, language):
            figure.savefig(path, dpi=130)


def has_queues(study: Study) -> bool:
    """Say whether any road of ours has a queue on the day that is drawn."""
    return bool(find_approaches(study)) and bool(find_queues(study, choose_hours(study)))


def draw_roads(study: Study, plots: Sequence[Plot], language: Language) -> Figure | None:
    """Return plots of the roads on the day of the longest queue, one below the other; None if there are no roads.

    Each scenario has a column, with the same scales: density on the way to the port in space and time; the
    queue on each road; and the delay between cumulative counts at the road with the longest queue. All are
    of replication 0.
    """
    labels = list(find_approaches(study))
    if not labels:
        return None
    hours = choose_hours(study)
    figure = Figure(figsize=(1.5 + 6.2 * len(labels), 2.4 + 2.6 * len(plots)), layout="constrained")
    heights = [1.5 if plot is plot_density else 1.0 for plot in plots]
    shape = len(plots), len(labels)
    panels = figure.subplots(*shape, squeeze=False, sharex=True, sharey="row", height_ratios=heights)
    for label, column in zip(labels, panels.T, strict=True):
        for plot, axes in zip(plots, column, strict=True):
            plot(axes, study, label, hours, language)
        _name_scenario(column[0], study, label, language)
        mark_hours(column[-1], study.scenarios[label], hours, language)
    for axes in panels[:, 1:].flat:
        axes.set_ylabel("")
    if plot_density in plots:
        _explain_colours(figure, list(panels[0]), language)
    title = break_text(_title(study, hours, language), 72 * len(labels))
    figure.suptitle(title, fontsize=12, x=0.01, ha="left")
    return figure


def _name_scenario(axes: Axes, study: Study, label: str, language: Language) -> None:
    name = break_label(name_scenario(label, language), 50)
    text = axes.annotate(name, (0, 1), (0, 19), "axes fraction", "offset points")
    colour = COLOURS[list(study.scenarios).index(label) % len(COLOURS)]
    text.set(color=colour, fontsize=11, fontweight="bold", va="bottom")


def _explain_colours(figure: Figure, axes: list[Axes], language: Language) -> None:
    bar = figure.colorbar(ScalarMappable(Normalize(0.0, 100.0), DENSITIES), ax=axes, pad=0.01, aspect=25)
    bar.set_label(FIGURE_WORDS[language]["density"])
    bar.outline.set_visible(False)


def _title(study: Study, hours: Window, language: Language) -> str:
    say, scenario = FIGURE_WORDS[language], next(iter(study.scenarios.values()))
    day = scenario.start + timedelta(minutes=(hours.begin + hours.end) / 2)
    found = say["when_longest" if find_queues(study, hours) else "no_queue_any"]
    title = f"{name_port(scenario, language)}{say['colon']}{say_day(day, language)}{found}"
    return say["run_one"].format(title=title, runs=study.replications)


DENSITIES = LinearSegmentedColormap.from_list(
    "white to magma", ["white", *mpl.colormaps["magma_r"](np.linspace(0.12, 0.95, 12))]
)
"""White is an empty road; it darkens evenly, so that it can be read without colours."""
CELLS, CELL_KM = 110, 0.1
"""Cells along the way, and the shortest."""


def plot_density(axes: Axes, study: Study, label: str, hours: Window, language: Language = "en") -> None:
    """Draw how densely vehicles stand along the way, kilometres before the port against time."""
    say, scenario, approach = FIGURE_WORDS[language], study.drawn(label), find_approaches(study)[label]
    reach_km, whole_km = find_reach(study, hours), approach.before_km[0]
    density = read_density(scenario, study.visits[label], approach, hours, max(reach_km / CELLS, CELL_KM))
    cells = axes.pcolormesh(density.edges_min, density.before_km, density.share, cmap=DENSITIES, vmin=0.0, vmax=1.0)
    cells.set_rasterized(True)  # as paths, thousands of cells would make a page of many megabytes
    for place_km in approach.before_km[1:-1]:
        axes.axhline(place_km, color="0.45", lw=0.7, ls=(0, (4, 3)))
    end = name_of(scenario.port.nodes[scenario.port.links[approach.links[-1]].ends], language)
    of = say["of_km"].format(whole=f"{whole_km:.0f}") if reach_km < whole_km else ""
    axes.set(ylim=(reach_km, 0.0), ylabel=say["km_before"].format(end=end, of=of))
    roads = _name_roads(scenario, approach, reach_km, language)
    name_beside(axes, [*roads, *_name_stops(scenario, approach, reach_km, language)], 0.07)
    head(axes, say["way"].format(queue=_sum_up_queue(study, label, approach, hours, language)))


def _name_roads(
    scenario: Scenario, approach: Approach, reach_km: float, language: Language
) -> Iterator[tuple[float, str, str]]:
    """Yield (kilometre, name, colour) of roads, at the middle of what is drawn."""
    for link, (begin, end) in zip(approach.links, pairwise(approach.before_km.tolist()), strict=True):
        if end < reach_km:
            yield (min(begin, reach_km) + end) / 2, _road_label(scenario, link, language), "0.45"


def _name_stops(
    scenario: Scenario, approach: Approach, reach_km: float, language: Language
) -> Iterator[tuple[float, str, str]]:
    """Yield (kilometre, names, colour) of facilities where they stand."""
    for at, names in approach.stops.items():
        if approach.before_km[at] <= reach_km:
            labels = [name_of(scenario.port.stop(name), language) for name in names]
            text = FIGURE_WORDS[language]["comma"].join(labels) if len(labels) < 3 else f"{labels[0]} … {labels[-1]}"
            yield float(approach.before_km[at]), f"▸ {text}", "black"


def _road_label(scenario: Scenario, link: str, language: Language) -> str:
    return shorten(name_of(scenario.port.links[link], language), 32, placeholder=" …")


def _sum_up_queue(study: Study, label: str, approach: Approach, hours: Window, language: Language) -> str:
    """Say how long the queues on the way get together, and when."""
    say = FIGURE_WORDS[language]
    roads = study.roads[label][0]
    queue_km = approach.queue_km(roads, hours).sum(axis=0)
    if not queue_km.any():
        return say["no_queue"]
    at_min = roads.grid_min[hours.holds(roads.grid_min)][queue_km.argmax()]
    return say["queue_at"].format(km=f"{queue_km.max():.1f}", clock=clock(at_min))


LINKS = (COLOURS[1], COLOURS[0], *COLOURS[2:])
"""In the order of the longest queues; blue, which is not among the densities, comes first."""


def plot_queues(axes: Axes, study: Study, label: str, hours: Window, language: Language = "en") -> None:
    """Draw the length of the queue on each road that has one in any scenario; its name says how long it gets.

    Where a road is full, the name adds the vehicles that wait outside to come onto it.
    """
    scenario, roads, queues = study.drawn(label), study.roads[label][0], find_queues(study, hours)
    say, shown = FIGURE_WORDS[language], hours.holds(roads.grid_min)
    names = []
    for key, colour in zip(queues, LINKS, strict=False):
        if key in roads.roads:
            queue_km = roads.queue_km[roads.roads.index(key), shown]
            axes.plot(roads.grid_min[shown], queue_km, color=colour, lw=1.6)
            if (most_km := float(queue_km.max(initial=0.0))) >= SEEN_KM:
                names.append((most_km, _name_queue(study, label, key, hours, language), colour))
    axes.set(ylim=(0, 1.1 * max(queues.values())), ylabel=say["km_of_queue"])
    axes.grid(axis="x", color="0.92", lw=0.7)
    name_beside(axes, names, 0.11)
    shade_disruptions(axes, scenario.port.disruptions.values(), hours, language)
    others = say["longest_of"].format(shown=len(LINKS), all=len(queues)) if len(queues) > len(LINKS) else ""
    head(axes, say["how_far"].format(others=others) if names else say["no_queue_road"])


def _name_queue(study: Study, label: str, key: str, hours: Window, language: Language) -> str:
    say, scenario, roads = FIGURE_WORDS[language], study.scenarios[label], study.roads[label][0]
    most_km = float(roads.queue_km[roads.roads.index(key), hours.holds(roads.grid_min)].max())
    length_km = scenario.port.links[key].length_km
    outside = largest_number(*_times_at(study.visits[label], f"before {key}"), hours.ends)
    more = say["outside"].format(count=f"{outside:,}") if outside and most_km >= length_km else ""
    road = _road_label(scenario, key, language)
    return say["queue_of"].format(road=road, km=f"{most_km:.1f}", length=f"{length_km:.1f}", more=more)


def _times_at(visits: Visits, key: str) -> tuple[FloatArray, FloatArray]:
    """Return when each vehicle could have left a stop and when it did, minutes; none if there is no such stop."""
    here = np.isin(visits.station, [index for index, stop in enumerate(visits.stations) if stop.key == key])
    return visits.arrive_min[here], visits.leave_min[here]


OBLIQUE = 0.2
"""Curves that lie closer than this share of their height are drawn less their mean rate."""


def plot_delay(axes: Axes, study: Study, label: str, hours: Window, language: Language = "en") -> None:
    """Draw cumulative vehicles out of the road with the longest queue, as due and as they were; delay lies between.

    Where the two lie close, all are drawn less the mean rate of the first scenario.
    """
    scenario, key = study.drawn(label), next(iter(find_queues(study, hours)))
    say = FIGURE_WORDS[language]
    if key not in scenario.port.links:
        head(axes, say["no_road"].format(name=key))
        return
    time_min = np.arange(hours.begin, hours.end)
    counts = {name: _count_out(visits, key, time_min) for name, visits in study.visits.items()}
    per_min = _common_rate(list(counts.values()))
    drawn = {name: count - per_min * np.arange(len(time_min)) for name, count in counts.items()}
    due, left = drawn[label]
    axes.fill_between(time_min, left, due, color=LINKS[0], alpha=0.25, lw=0, rasterized=True)  # a point a minute
    axes.plot(time_min, due, color="0.3", lw=1.4)
    axes.plot(time_min, left, color=LINKS[0], lw=1.4)
    low, high = np.min(list(drawn.values())), np.max(list(drawn.values()))
    axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    axes.set_ylabel(say["vehicles_less"].format(rate=f"{60.0 * per_min:.0f}") if per_min else say["vehicles"])
    axes.grid(axis="x", color="0.92", lw=0.7)
    name_beside(axes, [(float(left[-1]), say["left"], LINKS[0]), (float(due[-1]), say["could_have_left"], "0.3")], 0.11)
    shade_disruptions(axes, scenario.port.disruptions.values(), hours, language)
    delay_h = hours.minutes_within(*_times_at(study.visits[label], key)).sum() / 60.0
    found = say["delay" if delay_h >= 0.5 else "no_delay"].format(hours=f"{delay_h:,.0f}")
    head(axes, say["out_of"].format(road=_road_label(scenario, key, language), delay=found))


def _count_out(visits: Visits, key: str, time_min: FloatArray) -> FloatArray:
    """Return who could have left a road by each time and who had, less those before; shape (2, times)."""
    due, left = (np.searchsorted(ascending(times), time_min, side="right") for times in _times_at(visits, key))
    return np.asarray([due - left[0], left - left[0]], dtype=np.float64)


def _common_rate(counts: list[FloatArray]) -> float:
    """Return the vehicles per minute to take off all curves: what left in the first, or none if they lie apart."""
    left = counts[0][1]
    apart = max(float((due - out).max()) for due, out in counts)
    return float(left[-1] / (len(left) - 1)) if apart < OBLIQUE * left[-1] else 0.0
