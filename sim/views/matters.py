"""What matters most, as a planner reads it: a sentence that answers, a table of assumptions, and a tornado."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from sim.scenario.settings import Settings
from sim.study.comparison import find_half_width
from sim.study.conclusion import Conclusion
from sim.study.matters import Answer, Plan
from sim.views.cells import format_number, format_signed
from sim.views.matters_words import METHODS, WORDS
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 15
WIDE = 120
"""Letters of a console that has room for keys."""


@dataclass(frozen=True)
class Told:
    """All that the words of an answer need: what was asked, how, in which unit, and in which language."""

    answer: Answer
    conclusion: Conclusion
    plan: Plan
    settings: Settings
    unit: str
    language: Language

    @property
    def say(self) -> Mapping[str, str]:
        """The words."""
        return WORDS[self.language]

    @property
    def name(self) -> str:
        """What the conclusion is about."""
        return name_outcome(self.conclusion.outcome, self.conclusion.baseline, self.language)

    @property
    def kind(self) -> str:
        """Whether it is a difference or a level."""
        return "difference" if self.conclusion.policies else "level"

    def write(self, value: float) -> str:
        """Return a value of the conclusion: with its sign if it is a difference."""
        return format_signed(value) if self.conclusion.policies else format_number(value)

    def label(self, row: Mapping[str, Any]) -> str:
        """Return what an assumption is called."""
        return str(row["label_zh" if self.language == "zh" else "label"])


def print_answer(console: Console, told: Told) -> None:
    """Print the conclusion, what it depends on most and whether it keeps its sign, and the table."""
    for line in tell(told):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    _print_table(console, told)


def tell(told: Told) -> list[str]:
    """Return the answer in sentences."""
    answer, say = told.answer, told.say
    as_is, spread = float(answer.as_is.mean()), float(find_half_width(answer.as_is, told.settings.confidence))
    words = {"outcome": told.name, "value": told.write(as_is), "half_width": format_number(spread), "unit": told.unit}
    words["policies"] = "+".join(told.conclusion.policies)
    lines = [say[told.kind].format(**words)]
    if told.conclusion.policies and abs(as_is) <= spread:
        lines.append(say["may_be_luck"].format(replications=told.settings.replications))
    lines += [_tell_first(told), *_tell_rivals(told), *_tell_unsure(told), _tell_sides(told), *_tell_rest(told)]
    if answer.failures:
        lost = {"all": len(answer.points), "lost": len(answer.failures), "first": answer.failures[0].splitlines()[0]}
        lines.append(say["failed"].format(kept=answer.blocks[0], blocks=answer.blocks[1], **lost))
    return lines


def _tell_first(told: Told) -> str:
    rows = told.answer.table.filter(verdict="moves")
    if rows.is_empty():
        return told.say["none"]
    row = rows.row(0, named=True)
    words = {"label": told.label(row), "unit": told.unit, "key": row["keys"]}
    if row["at_least"] is None or row["as_is"] is None:
        return told.say["first"].format(**words)
    levels = {"least": write_end(row["least"]), "most": write_end(row["most"]), "now": write_end(row["as_is"])}
    ends = {"low": told.write(row["at_least"]), "high": told.write(row["at_most"])}
    return told.say["first_between"].format(**words, **levels, **ends)


def _tell_rivals(told: Told) -> list[str]:
    """Name those that may matter as much as the first: their intervals meet."""
    rows = told.answer.table.filter(verdict="moves").fill_null(0.0).to_dicts()
    if not rows or told.plan.method == "tornado":
        return []
    least = rows[0]["size"] - rows[0]["half_width"]
    rivals = [told.label(row) for row in rows[1:] if row["size"] + row["half_width"] >= least]
    if not rivals:
        return []
    more = told.say["and_more"].format(count=len(rivals) - 3) if len(rivals) > 3 else ""
    return [told.say["rivals"].format(names=told.say["comma"].join(rivals[:3]), more=more)]


def _tell_unsure(told: Told) -> list[str]:
    """Name those that may move it by more than the first, if luck did not hide it."""
    table = told.answer.table
    least = table.filter(verdict="moves")["size"].max() or 0.0
    unsure = table.filter(pl.col("size") > least, verdict="luck").sort("size", descending=True).head(3).to_dicts()
    if not unsure:
        return []
    names = told.say["comma"].join(told.label(row) for row in unsure)
    return [told.say["unsure"].format(names=names, replications=told.settings.replications)]


def _tell_sides(told: Told) -> str:
    kept, points = told.answer.sides
    means = told.answer.points["mean"].drop_nulls()
    ends = np.array([means.min(), means.max()], dtype=float)
    words = {"kept": kept, "points": points, "share": f"{kept / points:.0%}", "unit": told.unit}
    words |= {"low": told.write(ends[0]), "high": told.write(ends[1])}
    if not told.conclusion.policies:
        return told.say["range"].format(**words)
    return told.say["keeps_sign" if kept == points else "changes_sign"].format(**words)


def _tell_rest(told: Told) -> list[str]:
    counts = {verdict: len(told.answer.table.filter(verdict=verdict)) for verdict in ("luck", "nothing")}
    lines = [told.say[verdict].format(count=count) for verdict, count in counts.items() if count]
    if told.answer.screened_out:
        lines.append(told.say["screened"].format(count=told.answer.screened_out))
    return lines


def _print_table(console: Console, told: Told) -> None:
    moving = told.answer.table.filter(verdict="moves")
    if moving.is_empty():
        return
    say, method = told.say, METHODS[told.language][told.plan.method]
    unit = say["of_variance"] if told.plan.method == "sobol" else told.unit
    columns = [Column(say["assumption"], overflow="fold"), Column(f"{method['size']}\n({unit})", justify="right")]
    columns += [Column(say["by_luck"], justify="right"), Column(say["ends"].format(unit=told.unit), justify="right")]
    table = Table(*columns, show_lines=True)
    for row in moving.head(MOST_ROWS).iter_rows(named=True):
        named = "\n".join([escape(told.label(row)), *_say_range(row), *_say_keys(row, console.width)])
        table.add_row(named, _say_size(row), format_number(row["luck"]), _say_ends(row, told))
    console.print(table)
    if len(moving) > MOST_ROWS:
        console.print(say["more"].format(count=len(moving) - MOST_ROWS), markup=False, soft_wrap=True)
    console.print(method["note"], markup=False, highlight=False, soft_wrap=True)


def _say_range(row: Mapping[str, Any]) -> list[str]:
    """Return the range, and what it is now, if it is one of numbers."""
    if row["least"] is None or row["as_is"] is None:
        return []
    return [f"{write_end(row['as_is'])}: {write_end(row['least'])} … {write_end(row['most'])}"]


def _say_keys(row: Mapping[str, Any], width: int) -> list[str]:
    """Return the keys where there is room for them."""
    return [f"[dim]{escape(row['keys'])}[/dim]"] if width >= WIDE else []


def _say_size(row: Mapping[str, Any]) -> str:
    spread = "" if row["half_width"] is None else f" ± {format_number(row['half_width'])}"
    return format_number(row["size"]) + spread


def _say_ends(row: Mapping[str, Any], told: Told) -> str:
    if row["at_least"] is None or row["at_most"] is None:
        return "-"
    return f"{told.write(row['at_least'])} … {told.write(row['at_most'])}"


def plot_answer(told: Told, path: Path) -> bool:
    """Draw the assumptions that were followed to both ends as a tornado, as PNG; nothing if there are none."""
    import matplotlib as mpl  # it takes half a second, which no look-up should wait for

    from sim.views.labels import choose_style

    with mpl.rc_context(choose_style(told.language)):
        figure = draw_ends(told.answer.table, describe_figure(told), told.language)
        if figure:
            figure.savefig(path, dpi=130)
    return figure is not None


def describe_figure(told: Told) -> dict[str, Any]:
    """Return what a figure of the answer needs beside its table: title, axis, the conclusion, how many rows."""
    words = {"outcome": told.name, "unit": told.unit, "policies": "+".join(told.conclusion.policies)}
    texts = {part: told.say[f"{part}_{told.kind}"].format(**words) for part in ("title", "axis")}
    return {**texts, "reference": float(told.answer.as_is.mean()), "top": told.plan.top}


def draw_ends(table: pl.DataFrame, about: Mapping[str, Any], language: Language) -> "Figure | None":
    """Draw the assumptions that were followed to both ends as a tornado; None if there are none.

    `table` is that of `find_what_matters`, `about` from `describe_figure`.
    """
    from sim.views.sensitivity import Swing, draw_tornado  # matplotlib, as above

    followed = table.drop_nulls(["at_least", "at_most"]).sort("size", descending=True)
    ends = ("at_least", "at_most", "at_least_half_width", "at_most_half_width")
    label = "label_zh" if language == "zh" else "label"
    rows = followed.head(about["top"]).to_dicts()
    swings = [Swing(str(row[label]), *_write_ends(row), *(row[end] for end in ends)) for row in rows]
    return draw_tornado(swings, about["reference"], about["axis"], about["title"], language) if swings else None


def write_end(value: float) -> str:
    """Return the end of a range as text."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def _write_ends(row: Mapping[str, Any]) -> tuple[str, str]:
    return ("", "") if row["least"] is None else (write_end(row["least"]), write_end(row["most"]))


def describe_assumptions(count: int, left_out: Mapping[Any, int], plan: Plan, language: Language) -> str:
    """Return how many numbers are varied by how much, and how many are left out and why."""
    say = WORDS[language]
    reasons = [say[f"left_{reason}"].format(count=each) for reason, each in left_out.items()]
    varied = say["varied"].format(count=count, spread=f"{plan.spread:.0%}")
    return varied + (say["left_out"].format(reasons=say["comma"].join(reasons)) if reasons else "")


def describe_own(count: int, language: Language) -> str:
    """Return how many factors of a study file are varied."""
    return WORDS[language]["own"].format(count=count)


def describe_work(counts: tuple[int, int], seconds: float, plan: Plan, language: Language) -> str:
    """Return how many (scenarios, runs) there are at most, and about how long they take."""
    say = WORDS[language]
    long = seconds >= 90.0
    time = say["minutes" if long else "seconds"].format(count=f"{seconds / 60.0 if long else seconds:.0f}")
    scenarios, runs = (f"{count:,}" for count in counts)
    name = METHODS[language][plan.method]["name"]
    return say["work"].format(method=name, scenarios=scenarios, runs=runs, time=time)
