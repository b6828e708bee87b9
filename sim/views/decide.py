"""Prints and draws decisions among points: simultaneous comparisons, and the selection of the best."""

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.scenario.schema import Scenario
from sim.study.multiple import LESS, MORE, UNSURE
from sim.views.cells import format_number, format_signed
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language

_SAY = {
    "en": {
        "family": "{count} comparisons, all of which hold at once with at least {confidence:.0%}: each interval has "
        "{level:.2%}",
        "against": "against {first}",
        "point": "point",
        "difference": "difference ({unit})",
        "verdict": "verdict",
        LESS: "less",
        MORE: "more",
        UNSURE: "not told apart",
        "needed": "about {needed} runs would tell",
        "best": "best: {best}",
        "guarantee": "If it is better than every other point by {indifference:g} {unit} or more, this choice is right "
        "with a probability of at least {confidence:.0%}.",
        "cap": "not decided: {count} points are left after {most} runs each, so nothing is guaranteed; the one with "
        "the best mean is named. Allow more with most_replications=..., or a larger indifference=...",
        "equal": "{names}: equal to it in every run",
        "runs": "{runs} runs; {plain} if every point had been run as often as the best",
        "mean": "mean ({unit})",
        "count": "runs",
        "state": "state",
        "is_best": "best",
        "is_left": "left",
        "is_dropped": "dropped",
    },
    "zh": {
        "family": "共{count}项比较，以至少{confidence:.0%}的置信度同时成立；各区间的置信度为{level:.2%}",
        "against": "与{first}相比",
        "point": "方案",
        "difference": "差（{unit}）",
        "verdict": "结论",
        LESS: "更小",
        MORE: "更大",
        UNSURE: "无法区分",
        "needed": "约需{needed}次运行才能区分",
        "best": "最优：{best}",
        "guarantee": "若它确比其他每个方案好{indifference:g} {unit}以上，则选对的概率至少为{confidence:.0%}。",
        "cap": "未能决定：各运行{most}次后仍有{count}个方案，故不作保证；此处列出均值最好的一个。"
        "可增大 most_replications= 或 indifference=",
        "equal": "{names}：每次运行都与它相同",
        "runs": "共运行{runs}次；若每个方案都与最优者运行同样多次，则需{plain}次",
        "mean": "均值（{unit}）",
        "count": "运行次数",
        "state": "状态",
        "is_best": "最优",
        "is_left": "保留",
        "is_dropped": "淘汰",
    },
}


def print_comparisons(
    console: Console, table: pl.DataFrame, scenario: Scenario, confidence: float, language: Language = "en"
) -> None:
    """Print what `compare_simultaneously` found: an outcome and a baseline at a time, smallest difference first."""
    say = _SAY[language]
    for (outcome, first), rows in table.group_by("outcome", "first", maintain_order=True):
        unit = rows["unit"][0]
        heading = f"{name_outcome(str(outcome), scenario, language)}, {say['against'].format(first=first)}"
        console.print(heading, style="bold", markup=False, highlight=False, soft_wrap=True)
        shown = Table(say["point"])
        shown.add_column(say["difference"].format(unit=unit), justify="right")
        shown.add_column(say["verdict"])
        for row in rows.sort("difference", maintain_order=True).iter_rows(named=True):
            cell = f"{format_signed(row['difference'])} ± {format_number(row['half_width'])}"
            needed = row["replications_needed"]
            more = f"; {say['needed'].format(needed=needed)}" if needed else ""
            shown.add_row(escape(row["second"]), cell, f"{say[row['verdict']]}{more}")
        console.print(shown)
    level = 1.0 - (1.0 - confidence) / len(table)
    said = say["family"].format(count=len(table), confidence=confidence, level=level)
    console.print(said, markup=False, highlight=False, soft_wrap=True)


def print_selection(
    console: Console, table: pl.DataFrame, scenario: Scenario, terms: dict[str, object], language: Language = "en"
) -> None:
    """Print a selection: the best and what is guaranteed, then all points, the longest in the race first.

    `table`: scenario, mean, half_width, replications, state (best, left, dropped), is_equal. `terms`: outcome, unit,
    indifference, confidence, most, is_sure.
    """
    say = _SAY[language]
    best = table.filter(state="best")
    runs = int(table["replications"].sum())
    words = {"runs": f"{runs:,}", "plain": f"{len(table) * best['replications'][0]:,}", **terms}
    left = table.filter(pl.col("state") != "dropped")
    console.print(say["best"].format(best=best["scenario"][0]), style="bold", markup=False, soft_wrap=True)
    told = "guarantee" if terms["is_sure"] else "cap"
    console.print(say[told].format(count=len(left), **words), markup=False, highlight=False, soft_wrap=True)
    equal = table.filter("is_equal")["scenario"].to_list()
    if equal:
        console.print(say["equal"].format(names=", ".join(equal)), markup=False, highlight=False, soft_wrap=True)
    console.print(name_outcome(str(terms["outcome"]), scenario, language), markup=False, highlight=False)
    shown = Table(say["point"])
    for heading in (say["mean"].format(unit=terms["unit"]), say["count"]):
        shown.add_column(heading, justify="right")
    shown.add_column(say["state"])
    for row in table.iter_rows(named=True):
        cell = f"{format_number(row['mean'])} ± {format_number(row['half_width'])}"
        shown.add_row(escape(row["scenario"]), cell, str(row["replications"]), say[f"is_{row['state']}"])
    console.print(shown)
    console.print(say["runs"].format(**words), markup=False, highlight=False, soft_wrap=True)
