"""Pictures of what an answer depends on: a tornado of assumptions, responses to factors, a front of two objectives.

They know nothing of ports: rows in, axes or a figure out. Draw and save within `choose_style(language)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.views.cells import format_number
from sim.views.figure_words import FIGURE_WORDS
from sim.views.figures import COLOURS
from sim.views.labels import HALO, head, name_points
from sim.views.naming import break_text
from sim.views.phrases import Language

LOW, HIGH, FRONT, BEATEN = COLOURS[1], COLOURS[0], COLOURS[1], "0.6"
BAR_INCHES = 0.42
WIDEST_LABEL, WIDEST_TITLE = 34, 96
"""Letters of a line."""


@dataclass(frozen=True)
class Swing:
    """What an outcome is while one factor is at its low and at its high end, and all others are as they are.

    `low` and `high` say the ends as they are written at the bars. Half-widths are those of the intervals; None if
    there are none.
    """

    label: str
    low: str
    high: str
    low_outcome: float
    high_outcome: float
    low_half_width: float | None = None
    high_half_width: float | None = None

    def reach(self, reference: float) -> float:
        """Return how far the outcome gets from a reference, on whichever side."""
        return max(abs(self.low_outcome - reference), abs(self.high_outcome - reference))


def draw_tornado(
    swings: Sequence[Swing], reference: float, outcome: str, title: str, language: Language = "en"
) -> Figure:
    """Return a bar for each factor from the outcome at its low end to that at its high end, the longest on top.

    `outcome` names the axis, with its unit; the line is the reference. Bars are sorted by how far they reach from it.
    """
    figure = Figure(figsize=(10.0, BAR_INCHES * len(swings) + 1.6), layout="constrained")
    plot_tornado(figure.subplots(), swings, reference, outcome, language)
    head(figure.axes[0], break_text(title, WIDEST_TITLE), 22)
    return figure


def plot_tornado(
    axes: Axes, swings: Sequence[Swing], reference: float, outcome: str, language: Language = "en"
) -> None:
    """Draw the bars of a tornado, their ends in words and intervals, and what its colours are."""
    say = FIGURE_WORDS[language]
    ordered = sort_swings(swings, reference)
    for row, each in enumerate(ordered):
        ends = (
            (each.low_outcome, each.high_outcome, each.low, each.low_half_width, LOW),
            (each.high_outcome, each.low_outcome, each.high, each.high_half_width, HIGH),
        )
        for value, other, text, half_width, colour in ends:
            axes.barh(row, value - reference, 0.62, left=reference, color=colour, zorder=2)
            axes.errorbar(value, row, xerr=half_width or 0.0, fmt="none", ecolor="black", elinewidth=0.9, zorder=3)
            _write_end(axes, row, value, value < other or (value == other and colour == LOW), text, half_width or 0.0)
    axes.axvline(reference, color="black", lw=0.9, zorder=4)
    axes.set_yticks(np.arange(len(ordered)), [break_text(each.label, WIDEST_LABEL) for each in ordered])
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(len(ordered) - 0.4, -0.6), xlabel=outcome)
    axes.margins(x=0.22)
    for place, (key, colour) in enumerate((("tornado_low", LOW), ("tornado_high", HIGH))):
        axes.annotate(f"■ {say[key]}", (0.16 * place, 1.0), (0, 6), "axes fraction", "offset points", color=colour)
    text = say["reference"].format(value=format_number(reference).replace("-", "−"))
    axes.annotate(text, (0.36, 1.0), (0, 6), "axes fraction", "offset points", color="black")


def sort_swings(swings: Sequence[Swing], reference: float) -> list[Swing]:
    """Return the swings, those first that reach furthest from the reference; equal ones in their order."""
    return sorted(swings, key=lambda each: -each.reach(reference))


def _write_end(axes: Axes, row: int, value: float, is_left: bool, text: str, half_width: float) -> None:
    at = value - half_width if is_left else value + half_width
    side, offset = ("right", (-4, 0)) if is_left else ("left", (4, 0))
    written = axes.annotate(text, (at, row), offset, "data", "offset points", va="center", ha=side, fontsize=8)
    written.set(path_effects=HALO, zorder=5)


@dataclass(frozen=True)
class Response:
    """An outcome at some levels of a factor: numbers, or names of which the order is kept. Same length, all three.

    A line joins the means at each level if they are to be `joined`: not those of a random design, where every point
    has a level of its own and differs in all else too.
    """

    factor: str
    levels: Sequence[float | str]
    outcomes: Sequence[float]
    half_widths: Sequence[float | None]
    joined: bool = True


def draw_responses(responses: Sequence[Response], outcome: str, title: str) -> Figure:
    """Return a panel for each factor, with one scale for the outcome: points with their intervals.

    Several points at one level, as a grid has them, are all drawn.
    """
    columns = min(len(responses), 3)
    rows = -(-len(responses) // columns)
    figure = Figure(figsize=(1.0 + 3.3 * columns, 0.9 + 2.7 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes, each in zip(panels.ravel(), responses, strict=False):
        plot_response(axes, each)
    for axes in panels.ravel()[len(responses) :]:
        axes.remove()
    for row in panels:
        row[0].set_ylabel(outcome)
    figure.suptitle(break_text(title, 34 * columns), x=0.01, ha="left")
    return figure


def plot_response(axes: Axes, response: Response) -> None:
    """Draw an outcome against one factor."""
    names = list(dict.fromkeys(response.levels))
    is_named = any(isinstance(level, str) for level in names)
    at = np.array([names.index(level) if is_named else level for level in response.levels], dtype=np.float64)
    values = np.array(response.outcomes, dtype=np.float64)
    spread = np.array([each or 0.0 for each in response.half_widths])
    axes.errorbar(at, values, yerr=spread, fmt="o", ms=4, color=FRONT, elinewidth=0.9, alpha=0.85)
    if response.joined:
        levels, where = np.unique(at, return_inverse=True)
        axes.plot(levels, np.bincount(where, values) / np.bincount(where), color=FRONT, lw=1.0, alpha=0.6)
    if is_named:
        axes.set_xticks(np.arange(len(names)), [break_text(str(name), 12) for name in names])
    elif (at == at.round()).all():
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(break_text(response.factor, 40))
    axes.grid(axis="y", color="0.92", lw=0.7)
    axes.margins(0.08)


@dataclass(frozen=True)
class Candidate:
    """A choice by two objectives that should be small, with the half-widths of their intervals, None for none.

    Candidates on the front are `kept` and named; others are grey. A `mark` is named too, such as the baseline.
    """

    label: str
    x: float
    y: float
    x_half_width: float | None = None
    y_half_width: float | None = None
    kept: bool = False
    mark: bool = False


def draw_front(candidates: Sequence[Candidate], x: str, y: str, title: str, language: Language = "en") -> Figure:
    """Return the candidates by two objectives, named `x` and `y` with their units: those kept filled and joined."""
    named = sum(each.kept or each.mark for each in candidates)
    figure = Figure(figsize=(10.0, max(4.5, 1.6 + 0.24 * named)), layout="constrained")
    axes = figure.subplots()
    plot_front(axes, candidates)
    axes.set(xlabel=x, ylabel=y)
    head(axes, break_text(title, WIDEST_TITLE), 20)
    note = FIGURE_WORDS[language]["pareto_note"]
    axes.annotate(note, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=8, color="0.35")
    return figure


def plot_front(axes: Axes, candidates: Sequence[Candidate]) -> None:
    """Draw points with intervals, the staircase that joins those kept, and their names to the right."""
    for each in candidates:
        colour = HIGH if each.mark else FRONT if each.kept else BEATEN
        size, filled = (6, colour) if each.kept or each.mark else (4, "white")
        axes.errorbar(
            each.x,
            each.y,
            xerr=each.x_half_width or 0.0,
            yerr=each.y_half_width or 0.0,
            fmt="o",
            ms=size,
            color=colour,
            mfc=filled,
            elinewidth=0.8,
            zorder=2 + each.kept + each.mark,
        )
    kept = sorted((each.x, each.y) for each in candidates if each.kept)
    if kept:
        axes.step(*zip(*kept, strict=True), where="post", color=FRONT, lw=1.0, alpha=0.5, zorder=1)
    axes.margins(0.06)
    name_points(axes, [_name(each) for each in candidates if each.kept or each.mark])


def _name(each: Candidate) -> tuple[float, float, str, str]:
    return each.x, each.y, each.label, HIGH if each.mark else FRONT
