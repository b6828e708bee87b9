"""What figures share: texts beside lines that keep apart, the hours and days of a run on an axis, headings."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.disruptions import Disruption
from sim.scenario.schema import Scenario
from sim.views.figure_words import FIGURE_WORDS
from sim.views.fonts import choose_letters
from sim.views.naming import break_text, name_clock, name_of, say_date
from sim.views.phrases import Language

FloatArray = NDArray[np.float64]

STYLE: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
"""Of figures in English; `choose_style` adds the letters of other languages."""
HALO = (patheffects.withStroke(linewidth=2.5, foreground="white"),)


def choose_style(language: Language) -> Any:
    """Return matplotlib's settings for a figure in a language."""
    return STYLE | choose_letters(language)


def head(axes: Axes, title: str, above: float | None = None) -> None:
    """Write a heading above the axes, so many points if it is said."""
    axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold", pad=above)


def list_above(axes: Axes, names: list[tuple[str, str]], width: int) -> float:
    """Write each (text, colour) above the axes, below each other and at most so many letters wide; return the points.

    The heading comes above them.
    """
    used = 0.0
    for text, colour in reversed(names):
        lines = break_label(text, width)
        axes.annotate(lines, (0.0, 1.0), (0, 5 + used), "axes fraction", "offset points", color=colour)
        used += 12.0 + 14.0 * lines.count("\n")
    return used


def break_label(label: str, width: int) -> str:
    """Return a scenario's label in lines of about this many letters, broken where policies are joined by a plus."""
    return break_text(label.replace("+", "+ "), width, whole_words=True).replace("+ ", "+")


def name_beside(axes: Axes, names: list[tuple[float, str, str]], gap: float) -> None:
    """Write (height, text, colour) to the right of the axes, a gap (share of their height) or more apart.

    A hairline leads to each height. The limits of the axes must be final.
    """
    bottom, top = axes.get_ylim()
    at = (np.array([height for height, _, _ in names]) - bottom) / (top - bottom)
    line = {"arrowstyle": "-", "color": "0.6", "lw": 0.6, "shrinkA": 0, "shrinkB": 1, "relpos": (0, 0.5)}
    for (_, text, colour), height, spread in zip(names, at.tolist(), spread_out(at, gap).tolist(), strict=True):
        axes.annotate(
            text,
            (1.0, height),
            (1.04, spread),
            "axes fraction",
            "axes fraction",
            color=colour,
            va="center",
            fontsize=8,
            arrowprops=line,
            annotation_clip=False,
        )


def name_points(axes: Axes, points: Sequence[tuple[float, float, str, str]]) -> None:
    """Write the text of each (x, y, text, colour) to the right of all, apart from each other, with a hairline to it.

    The limits of the axes' height become final.
    """
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top)
    at = (np.array([y for _, y, _, _ in points]) - bottom) / (top - bottom)
    line = {"arrowstyle": "-", "lw": 0.6, "alpha": 0.35, "shrinkA": 0, "shrinkB": 3, "relpos": (0, 0.5)}
    for (x, y, text, colour), height in zip(points, spread_out(at, 1.0 / max(len(points), 18)).tolist(), strict=True):
        axes.annotate(
            text,
            (x, y),
            (1.02, height),
            "data",
            "axes fraction",
            color=colour,
            va="center",
            fontsize=8,
            arrowprops=line | {"color": colour},
            annotation_clip=False,
        )


def spread_out(at: FloatArray, gap: float) -> FloatArray:
    """Return heights from 0 to 1, moved little so that neighbours are a gap apart; equal ones keep their order."""
    order = np.argsort(at, kind="stable")
    steps = gap * np.arange(len(at))
    up = np.maximum.accumulate(at[order] - steps)
    down = np.minimum.accumulate((at[order] - steps)[::-1])[::-1]
    spread = np.empty(len(at))
    spread[order] = np.clip((up + down) / 2, 0.0, max(1.0 - gap * (len(at) - 1), 0.0)) + steps
    return spread


def shade_disruptions(axes: Axes, disruptions: Iterable[Disruption], hours: Window, language: Language = "en") -> None:
    """Shade the spans of disruptions, as drawn, that fall into the hours, and name each where it is first seen."""
    for place, each in enumerate(disruptions):
        spans = np.clip(np.array(each.spans_min).reshape(-1, 2), *hours.ends)
        seen = spans[spans[:, 0] < spans[:, 1]]
        for begin, end in seen.tolist():
            axes.axvspan(begin, end, color="0.5", alpha=0.18, lw=0, zorder=0)
        if len(seen):
            write_below_top(axes, name_of(each, language), float(seen[:, 0].min()), "0.3", place)


def write_below_top(axes: Axes, text: str, time_min: float, colour: str, line: int = 0) -> None:
    """Write to the right of a time, so many lines below the top of the axes."""
    at, offset = (time_min, axes.get_ylim()[1]), (4, -2 - 11 * line)
    axes.annotate(text, at, offset, "data", "offset points", color=colour, fontsize=8, va="top", path_effects=HALO)


def mark_hours(axes: Axes, scenario: Scenario, hours: Window, language: Language = "en") -> None:
    """Write the hours of the day below the axes, and the weekday at midnights and noons."""
    monday_min = scenario.start.weekday() * DAY_MIN
    say = FIGURE_WORDS[language]
    axes.set_xlim(*hours.ends)
    axes.xaxis.set_major_locator(MultipleLocator(180.0 if hours.days <= 1.0 else 360.0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time_min, _: _tick(monday_min + time_min, language)))
    axes.set_xlabel(say["hour_clock"].format(clock=name_clock(scenario, language)))


def mark_days(axes: Axes, scenario: Scenario, days: Window, language: Language = "en") -> None:
    """Write dates below the axes, at midnights."""
    every = max(round(days.days / 7.0), 1)
    at = np.arange(days.begin, days.end + 1.0, every * DAY_MIN)
    dates = [scenario.start + timedelta(minutes=float(time_min)) for time_min in at]
    axes.set_xlim(*days.ends)
    axes.set_xticks(at, [say_date(date, language) for date in dates])
    axes.set_xlabel(FIGURE_WORDS[language]["midnights_clock"].format(clock=name_clock(scenario, language)))


def _tick(week_min: float, language: Language) -> str:
    """Return the text at a time in minutes since some Monday."""
    days = FIGURE_WORDS[language]["days"].split()
    return f"{clock(week_min)}\n{days[int(week_min // DAY_MIN) % 7] if week_min % (DAY_MIN / 2) == 0 else ''}"


def clock(time_min: float) -> str:
    """Return what a clock shows, such as 07:10."""
    hour, minute = divmod(round(time_min) % round(DAY_MIN), 60)
    return f"{hour:02d}:{minute:02d}"
