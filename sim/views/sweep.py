"""Prints a sweep: what its points came to in the outcome that its study asks for, the best first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment
from sim.scenario.study_file import StudyFile
from sim.study.comparison import KEY, compare_scenarios, summarise
from sim.views.cells import format_number, format_signed
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language

MOST_ROWS = 25
_SAY = {
    "en": {
        "points": "{done} of {all} points: {outcome}, smallest first",
        "point": "point",
        "mean": "mean ({unit})",
        "difference": "against {first}",
        "more": "and {count} more: table.csv has them all",
        "not_done": "{count} of {all} points failed; points.csv says why, the first: {label}: {message}",
        "no_outcome": "there is no outcome '{outcome}'; study.yaml names it, as scope/name/measure",
    },
    "zh": {
        "points": "{all}个方案中的{done}个：{outcome}，由小到大",
        "point": "方案",
        "mean": "均值（{unit}）",
        "difference": "与{first}之差",
        "more": "另有{count}个，见 table.csv",
        "not_done": "{all}个方案中有{count}个失败，原因见 points.csv；第一个：{label}：{message}",
        "no_outcome": "没有名为“{outcome}”的指标；应在 study.yaml 中写成 scope/name/measure",
    },
}


@dataclass(frozen=True)
class Swept:
    """A study file that was run.

    `points`: a row for each point, its factors, whether it is done, and why not. `outcomes`: of every replication of
    all that are done, one row for each outcome, read when they are needed.
    """

    study: StudyFile
    experiment: Experiment
    points: pl.DataFrame
    outcomes: pl.LazyFrame

    @cached_property
    def table(self) -> pl.DataFrame:
        """Factors of each point, the mean of the study's outcome, and the paired difference to the first point."""
        confidence = self.experiment.settings.confidence
        return tabulate_outcome(self.outcomes.collect(), self.points, self.study.outcome, confidence)


def tabulate_outcome(outcomes: pl.DataFrame, points: pl.DataFrame, outcome: str, confidence: float) -> pl.DataFrame:
    """Return a row for each point that was run: factors, mean of one outcome, and its difference to the first.

    Columns: those of `points` up to its state; unit, mean, half_width, replications; difference and
    difference_half_width, paired with the first point. Empty if there is no such outcome.
    """
    rows = outcomes.filter(outcome == KEY)
    if rows.is_empty():
        return pl.DataFrame()
    first = rows["scenario"][0]
    means = summarise(rows, confidence).select("scenario", "unit", "mean", "half_width", "replications")
    differences = pl.concat(
        compare_scenarios(rows, first, label, confidence).select(
            pl.lit(label).alias("scenario"), "difference", difference_half_width="half_width"
        )
        for label in means["scenario"]
    )
    factors = points.select(pl.exclude("state", "key", "message"))
    return factors.join(means, on="scenario", maintain_order="left").join(
        differences, on="scenario", how="left", maintain_order="left"
    )


def print_sweep(
    console: Console,
    table: pl.DataFrame,
    points: pl.DataFrame,
    about: tuple[StudyFile, Scenario],
    lang: Language = "en",
) -> None:
    """Print the points with the smallest mean first, and how many there are no results of.

    `about`: the study, and a scenario that knows what its outcomes are called.
    """
    study, scenario = about
    say = _SAY[lang]
    if study.ask(lang):
        console.print(study.ask(lang), style="bold", markup=False, soft_wrap=True)
    bad = points.filter(pl.col("state") != "done")
    words = {"all": len(points), "done": len(points) - len(bad), "outcome": name_outcome(study.outcome, scenario, lang)}
    if table.is_empty():
        console.print(say["no_outcome"].format(outcome=study.outcome), style="yellow", markup=False, soft_wrap=True)
    else:
        _print_table(console, table, say, words)
    if len(bad):
        label, message = bad["scenario"][0], str(bad["message"][0]).splitlines()[0]
        told = say["not_done"].format(count=len(bad), label=label, message=message, **words)
        console.print(told, style="bold red", markup=False, highlight=False, soft_wrap=True)


def _print_table(console: Console, table: pl.DataFrame, say: dict[str, str], words: dict[str, object]) -> None:
    first = table["scenario"][0]
    console.print(say["points"].format(**words), markup=False, highlight=False, soft_wrap=True)
    shown = Table()
    shown.add_column(say["point"])
    for heading in (say["mean"].format(unit=table["unit"][0]), say["difference"].format(first=first)):
        shown.add_column(heading, justify="right")
    ranked = table.sort("mean", nulls_last=True, maintain_order=True)
    for row in ranked.head(MOST_ROWS).iter_rows(named=True):
        label = escape(row["scenario"])
        difference = (
            "-" if row["scenario"] == first else _cell(row["difference"], row["difference_half_width"], format_signed)
        )
        shown.add_row(label, _cell(row["mean"], row["half_width"]), difference)
    console.print(shown)
    if len(ranked) > MOST_ROWS:
        console.print(say["more"].format(count=len(ranked) - MOST_ROWS), markup=False)


def _cell(value: float | None, half_width: float | None, write: Callable[[float | None], str] = format_number) -> str:
    return write(value) + ("" if half_width is None else f" ± {format_number(half_width)}")
