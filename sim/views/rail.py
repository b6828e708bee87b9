"""The picture of a port with terminals: where trains stand, what waits in store, how full they leave, a box's hours."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

from sim.outcomes.window import Window
from sim.port import Storage, expand_stops
from sim.study.comparison import summarise
from sim.study.replication import Study
from sim.views.dwell import find_stored, plot_dwell
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS, choose_look
from sim.views.labels import HALO, head, list_above, mark_days, mark_hours
from sim.views.naming import break_text, name_of, name_scenario, say_days, title_study
from sim.views.phrases import Language
from sim.views.steps import KINDS, read_hours
from sim.views.train_graph import Ladder, choose_days, find_ladders, read_paths

RUNG_INCHES, BAR_INCHES = 0.21, 0.24
MOST_STORES = 4
WIDEST = 66
"""Letters of a line above axes."""
SHORT = 28
"""Letters of a scenario's name beside a bar."""
KIND_COLOURS = dict(zip(KINDS, ("0.62", COLOURS[4], COLOURS[2], COLOURS[5], COLOURS[3]), strict=True))
"""What a unit spends its hours with; the colours of scenarios are not among them."""
Draw = Callable[[SubFigure], None]
Part = tuple[float, Draw] | None
"""The height of a part of the picture and how it is drawn; None if there is nothing to draw."""


def plot_rail(study: Study, path: Path, language: Language = "en") -> None:
    """Draw terminals and the vehicles that come there, as PNG; nothing if there are none."""
    plans = plan_graphs(study, language), plan_stores(study, language), plan_dwell(study, language)
    parts = [*plans, plan_bars(study, language)]
    with mpl.rc_context(choose_look(language)):
        if figure := draw_parts(study, parts, language):
            figure.savefig(path, dpi=130)


def draw_parts(study: Study, parts: Sequence[Part], language: Language) -> Figure | None:
    """Return parts of the picture below each other; None if there are no terminals or nothing to draw.

    They are: the train graph of two scenarios side by side, of replication 0, on the days when vehicles stand
    longest; over the measured time the units that wait in store, and for how long; how full vehicles leave, and how
    the hours of cargo are made up.
    """
    scenario = next(iter(study.scenarios.values()))
    there = [part for part in parts if part]
    if not scenario.port.terminals or not there:
        return None
    heights = [height for height, _ in there]
    wide = 15.0 if len(study.scenarios) > 1 else 11.5
    figure = Figure(figsize=(wide, sum(heights) + 0.6), layout="constrained")
    rows = figure.subfigures(len(there), 1, height_ratios=heights, squeeze=False)[:, 0]
    for row, (_, draw) in zip(rows, there, strict=True):
        draw(row)
    figure.suptitle(title_study(scenario, list(study.scenarios), language), fontsize=12, x=0.01, ha="left")
    return figure


def plan_graphs(study: Study, language: Language) -> Part:
    """Return the height of the train graphs and how to draw them; None if nobody crosses the border."""
    scenario = next(iter(study.scenarios.values()))
    ladders = find_ladders(scenario)
    if not ladders:
        return None
    labels, days = list(study.scenarios)[:2], choose_days(study, ladders)
    heights = [RUNG_INCHES * len(ladder.steps) + 1.1 for ladder in ladders]

    def draw(part: SubFigure) -> None:
        shape = len(ladders), len(labels)
        panels = part.subplots(*shape, squeeze=False, sharey="row", height_ratios=heights)
        for ladder, row in zip(ladders, panels, strict=True):
            for label, axes in zip(labels, row, strict=True):
                plot_graph(axes, study, label, ladder, days, language)

    return sum(heights), draw


def plot_graph(axes: Axes, study: Study, label: str, ladder: Ladder, days: Window, language: Language = "en") -> None:
    """Draw a line for each vehicle over its steps: sloping while work is done, level and thick while it waits."""
    scenario, rungs = study.scenarios[label], ladder.rungs
    paths, each = read_paths(scenario, study.visits[label], ladder, days)
    lines = [np.column_stack([path.times_min, path.heights]) for path in paths]
    stands = [[(begin, at), (end, at)] for path in paths for begin, end, at in path.stands]
    colour = COLOURS[list(study.scenarios).index(label) % len(COLOURS)]
    axes.add_collection(LineCollection(lines, colors="0.45", linewidths=0.7, label="vehicles"))
    axes.add_collection(LineCollection(stands, colors=colour, linewidths=2.0, label="waiting", capstyle="butt"))
    for at, step in enumerate(rungs):
        axes.axhspan(at, at + 1, color="0.94" if step.beyond else "white", lw=0, zorder=0)
        axes.axhline(at, color="0.87", lw=0.5, zorder=0)
    axes.set_ylim(0, len(rungs))
    axes.set_yticks(np.arange(len(rungs)) + 0.5, [name_of(step, language) for step in rungs])
    axes.tick_params(axis="y", length=0)
    mark_hours(axes, scenario, days, language)
    for at in ladder.borders:
        axes.axhline(at, color="black", lw=1.2, ls=(0, (5, 3)))
        name = FIGURE_WORDS[language]["border"]
        text = axes.annotate(name, (1.0, at), (-3, 2), ("axes fraction", "data"), "offset points", fontsize=8)
        text.set(ha="right", path_effects=HALO)
    used = list_above(axes, [(name_scenario(label, language), colour)], WIDEST)
    head(axes, _name_graph(study, ladder, days, each, language), 6 + used)


def _name_graph(study: Study, ladder: Ladder, days: Window, each: int, language: Language) -> str:
    """Say which vehicles are drawn, and when."""
    say, scenario = FIGURE_WORDS[language], next(iter(study.scenarios.values()))
    first, last = (scenario.start + timedelta(minutes=at) for at in (days.begin, days.end - 1.0))
    names = say["comma"].join(name_of(scenario.demand.classes[name], language) for name in ladder.classes)
    some = say["one_in"].format(each=each) if each > 1 else ""
    when = say["graph_when"].format(when=say_days(first, last, language), runs=study.replications)
    return f"{break_text(f'{names}{some}', WIDEST)}\n{when}"


def plan_dwell(study: Study, language: Language) -> Part:
    """Return the height of the panels of dwell times and how to draw them; None if too little was ever in store."""
    shown = find_stored(study)[:MOST_STORES]
    if not shown:
        return None
    lines = 2 if len(shown) > 3 else 1

    def draw(part: SubFigure) -> None:
        panels = part.subplots(lines, -(-len(shown) // lines), squeeze=False).ravel()
        for axes, name in zip(panels, shown, strict=False):
            plot_dwell(axes, study, name, WIDEST, language)
        for axes in panels[len(shown) :]:
            axes.remove()

    return 2.7 * lines, draw


def plan_stores(study: Study, language: Language) -> Part:
    """Return the height of the panels of stores and how to draw them; None if nothing ever waits in store."""
    runs = next(iter(study.series.values()))
    scenario = next(iter(study.scenarios.values()))
    stops, _ = expand_stops(scenario.port)
    mean = {key: float(np.mean([run.queue[at].mean() for run in runs])) for at, key in enumerate(runs[0].stations)}
    stores = [key for key, stop in stops.items() if isinstance(stop, Storage) and mean.get(key, 0.0) > 0.0]
    if not stores:
        return None
    fullest = sorted(stores, key=lambda key: -mean[key])[:MOST_STORES]
    shown = [key for key in stores if key in fullest]
    lines = 2 if len(shown) > 3 else 1

    def draw(part: SubFigure) -> None:
        panels = part.subplots(lines, -(-len(shown) // lines), squeeze=False).ravel()
        for axes, key in zip(panels, shown, strict=False):
            plot_store(axes, study, key, language)
        for axes in panels[len(shown) :]:
            axes.remove()

    return 2.7 * lines, draw


def plot_store(axes: Axes, study: Study, key: str, language: Language = "en") -> None:
    """Draw the units that wait in a store over the measured time: the mean of the runs, shaded from least to most."""
    say, names = FIGURE_WORDS[language], []
    for colour, (label, runs) in zip(COLOURS, study.series.items(), strict=False):
        if key not in runs[0].stations:
            continue
        days = Window.of(study.scenarios[label].horizon)
        shown = days.holds(runs[0].grid_min)
        units = np.array([run.queue[run.stations.index(key)][shown] for run in runs])
        axes.fill_between(runs[0].grid_min[shown], units.min(axis=0), units.max(axis=0), color=colour, alpha=0.15, lw=0)
        axes.plot(runs[0].grid_min[shown], units.mean(axis=0), color=colour, lw=1.5)
        mean = say["in_mean"].format(name=name_scenario(label, language), units=f"{units.mean():,.0f}")
        names.append((mean, colour))
    scenario = next(iter(study.scenarios.values()))
    axes.set(ylim=(0, None), ylabel=say["units"])
    mark_days(axes, scenario, Window.of(scenario.horizon), language)
    terminal = scenario.port.terminals[key.removesuffix(".storage")]
    title = say["store_wait"].format(store=name_of(terminal, language))
    head(axes, title, 6 + list_above(axes, names, WIDEST))


def plan_bars(study: Study, language: Language) -> Part:
    """Return the height of the panels of takers and of cargo and how to draw them; None if there is no cargo."""
    scenario = next(iter(study.scenarios.values()))
    classes = scenario.demand.classes
    takers = [name for name, each in classes.items() if each.takes]
    cargo = [name for name in classes if scenario.is_cargo(name)]
    if not cargo:
        return None
    summary, rows = summarise(study.outcomes), max(len(cargo), len(takers))

    def draw(part: SubFigure) -> None:
        panels = part.subplots(1, 1 + bool(takers), squeeze=False, width_ratios=(1.2, 1.0)[: 1 + bool(takers)])[0]
        plot_cargo(panels[0], study, summary, cargo, rows, language)
        if takers:
            plot_takers(panels[1], study, summary, takers, rows, language)

    return BAR_INCHES * (len(study.scenarios) + 0.6) * rows + 1.4, draw


def plot_cargo(
    axes: Axes, study: Study, summary: pl.DataFrame, cargo: list[str], rows: int, language: Language = "en"
) -> None:
    """Draw the mean hours of a unit of each class of cargo, from its arrival until it leaves, by what they are."""
    say, longest = FIGURE_WORDS[language], 0.0
    for row, name in enumerate(cargo):
        steps, hours = read_hours(study, summary, name)
        for place, label in enumerate(study.scenarios):
            by_kind = [hours[label][:, [step.kind == kind for step in steps]].sum() for kind in KINDS]
            at = _place(row, place, study)
            left = np.cumsum([0.0, *by_kind])
            axes.barh([at] * len(KINDS), by_kind, 0.7, left=left[:-1], color=list(KIND_COLOURS.values()))
            who = "" if len(study.scenarios) == 1 else f"{say['aside']}{_shorten(name_scenario(label, language))}"
            text = f"{say['hours'].format(hours=f'{left[-1]:.1f}')}{who}"
            axes.annotate(text, (left[-1], at), (4, 0), "data", "offset points", va="center", color=COLOURS[place])
            longest = max(longest, left[-1])
    _mark_rows(axes, study, cargo, rows, language)
    axes.set(xlim=(0, 1.5 * longest or 1.0), xlabel=say["hours_to_leaving"])
    head(axes, f"{say['cargo_hours']}\n")
    _name_kinds(axes, language)


def _shorten(label: str) -> str:
    """Return a label, or its beginning if it is long."""
    return label if len(label) <= SHORT else f"{label[: SHORT - 1]}…"


def _name_kinds(axes: Axes, language: Language) -> None:
    """Write what each colour of a bar is, in that colour, between the heading and the axes."""
    words: list[Artist] = [
        TextArea(
            f"■ {FIGURE_WORDS[language][kind]}", textprops={"color": colour, "fontsize": 8.5, "fontweight": "bold"}
        )
        for kind, colour in KIND_COLOURS.items()
    ]
    line = HPacker(children=words, pad=0, sep=8)
    axes.add_artist(
        AnchoredOffsetbox(
            "lower left",
            child=line,
            pad=0,
            borderpad=0.4,
            frameon=False,
            bbox_to_anchor=(-0.005, 1.0),
            bbox_transform=axes.transAxes,
        )
    )


def plot_takers(
    axes: Axes, study: Study, summary: pl.DataFrame, takers: list[str], rows: int, language: Language = "en"
) -> None:
    """Draw how full vehicles leave that take cargo, beside it how many units that is, and are left behind."""
    say = FIGURE_WORDS[language]
    for row, name in enumerate(takers):
        for place, (label, each) in enumerate(study.scenarios.items()):
            takes = each.demand.classes[name].takes
            if takes is None:
                continue
            found = summary.filter(scenario=label)
            fill_share = _find(found, "carrier", name, "fill") * 100.0
            at, colour = _place(row, place, study), COLOURS[place]
            axes.barh(at, 100.0, 0.7, color="0.93")
            axes.barh(at, fill_share, 0.7, color=colour)
            behind = _find(found, "cargo", takes.cargo, "left_behind_mean")
            units = f"{fill_share / 100.0 * takes.units:.1f}"
            text = say["filled"].format(units=units, room=takes.units, behind=f"{behind:,.1f}")
            axes.annotate(text, (100.0, at), (4, 0), "data", "offset points", va="center", color=colour)
    _mark_rows(axes, study, takers, rows, language)
    axes.set(xlim=(0, 185), xlabel=say["fill_axis"])
    axes.set_xticks(np.arange(0, 101, 25))
    head(axes, f"{say['fill']}\n")


def _place(row: int, place: int, study: Study) -> float:
    """Return where the bar of a scenario is in a row of bars."""
    return row * (len(study.scenarios) + 0.6) + place


def _mark_rows(axes: Axes, study: Study, names: list[str], rows: int, language: Language) -> None:
    """Name each row of bars, and order them downwards, with room for so many."""
    scenario = next(iter(study.scenarios.values()))
    last = len(study.scenarios) - 1
    middle = [_place(row, 0, study) + last / 2 for row in range(len(names))]
    axes.set_yticks(middle, [break_text(name_of(scenario.demand.classes[name], language), 24) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(_place(rows - 1, last, study) + 0.6, -0.6)


def _find(found: pl.DataFrame, scope: str, name: str, measure: str) -> float:
    """Return the mean of an outcome; 0 if it has none."""
    mean = found.filter(scope=scope, name=name, measure=measure)["mean"]
    return float(mean[0] or 0.0) if len(mean) else 0.0
