"""What a check against a baseline found: inputs that changed, then outcomes that changed, the worst first."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.study.regression import CHANGED, DIFFERENT, GONE, NEW, NOISE, SAME, UNTESTED
from sim.views.cells import format_number
from sim.views.phrases import Language

MOST_ROWS = 20
"""Rows of a table before the rest is only counted."""
_EN = {
    "inputs": "inputs that changed",
    "no_inputs": "no input changed",
    "outcomes": "outcomes that changed",
    "headings": ("outcome", "before", "now", "change", "%"),
    "more": "and {count} more",
    "all_in": "; table=FILE.csv lists all",
    "comma": ", ",
    "none": "(none)",
    CHANGED: "changed",
    NEW: "new",
    GONE: "gone",
    NOISE: "within noise",
    UNTESTED: "with too few values to test",
    SAME: "the same",
    "counts": "{count} outcomes: {parts}",
    "exact": "Compared run by run; the same means equal to 9 digits.",
    "paired": "Compared by pairs of runs with the same luck",
    "independent": "Compared as runs of different luck (Welch)",
    "family": "; all intervals hold together at {confidence} (Bonferroni).",
    "power": "Where runs differ, half of the outcomes would have shown a change of {median} of their mean, "
    "nine in ten one of {most}.",
    "passed": "kouan check: the same as the baseline",
    "quiet": "kouan check: nothing moved beyond noise",
    "failed": "kouan check: not the same as the baseline",
}
_ZH = {
    "inputs": "已变更的输入",
    "no_inputs": "输入无变更",
    "outcomes": "已变化的结果",
    "headings": ("结果", "基线", "现在", "变化", "%"),
    "more": "另有{count}项",
    "all_in": "；table=文件.csv 可列出全部",
    "comma": "，",
    "none": "（无）",
    CHANGED: "变化",
    NEW: "新增",
    GONE: "消失",
    NOISE: "在随机波动之内",
    UNTESTED: "取值太少，无法检验",
    SAME: "相同",
    "counts": "共{count}项结果：{parts}",
    "exact": "逐次运行比较；9位有效数字相等即为相同。",
    "paired": "按相同随机数的运行配对比较",
    "independent": "按不同随机数的独立运行比较（Welch）",
    "family": "；全部区间同时成立的置信度为{confidence}（Bonferroni）。",
    "power": "在各次运行有差异的结果中，半数能察觉均值{median}的变化，九成能察觉{most}的变化。",
    "passed": "kouan check：与基线相同",
    "quiet": "kouan check：没有超出随机波动的变化",
    "failed": "kouan check：与基线不同",
}
WORDS: dict[Language, dict[str, Any]] = {"en": _EN, "zh": _ZH}


def print_regression(
    console: Console, table: pl.DataFrame, inputs: Mapping[str, tuple[Any, Any]], how: str, language: Language
) -> None:
    """Print both lists, how many outcomes there are of each kind, and what they were compared by."""
    say = WORDS[language]
    _print_inputs(console, inputs, say)
    worst = table.filter(pl.col("verdict").is_in(DIFFERENT))
    if len(worst):
        console.print(_tabulate(worst.head(MOST_ROWS), say))
        _print_rest(console, len(worst), f"{say['more']}{say['all_in']}")
    for line in (_count_verdicts(table, say), how, _tell_power(table, say)):
        if line:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    passed = "passed" if table["verdict"].is_in([SAME]).all() else "quiet"
    console.print(say["failed" if len(worst) else passed], style="bold red" if len(worst) else "bold green")


def _count_verdicts(table: pl.DataFrame, say: Mapping[str, Any]) -> str:
    counts = dict(table["verdict"].value_counts().iter_rows())
    parts = [f"{counts[each]} {say[each]}" for each in (*DIFFERENT, NOISE, UNTESTED, SAME) if each in counts]
    return str(say["counts"].format(count=len(table), parts=say["comma"].join(parts)))


def tell_method(statistical: bool, same_luck: bool, confidence: float, language: Language) -> str:
    """Return by what rule outcomes were compared."""
    say = WORDS[language]
    if not statistical:
        return str(say["exact"])
    return f"{say['paired' if same_luck else 'independent']}{say['family']}".format(confidence=f"{confidence:.0%}")


def _tell_power(table: pl.DataFrame, say: Mapping[str, Any]) -> str:
    """Return what changes would have been noticed, in halves and tenths of the outcomes; nothing without intervals."""
    able = table.filter((pl.col("half_width") > 0.0) & (pl.col("before") != 0.0))
    shares = able.select(pl.col("half_width") / pl.col("before").abs()).to_series()
    if shares.is_empty():
        return ""
    median, most = (float(shares.quantile(at, "higher") or 0.0) * 100.0 for at in (0.5, 0.9))
    return str(say["power"].format(median=f"{format_number(median)} %", most=f"{format_number(most)} %"))


def _print_inputs(console: Console, inputs: Mapping[str, tuple[Any, Any]], say: Mapping[str, Any]) -> None:
    console.print(say["inputs"] if inputs else say["no_inputs"], style="bold")
    for key, values in islice(inputs.items(), MOST_ROWS):
        old, new = (say["none"] if value is None else _shorten(value) for value in values)
        console.print(f"  {key}: {old} → {new}", markup=False, highlight=False, soft_wrap=True)
    _print_rest(console, len(inputs), say["more"])


def _print_rest(console: Console, count: int, words: str) -> None:
    if count > MOST_ROWS:
        console.print(f"  {words.format(count=count - MOST_ROWS)}", markup=False, highlight=False)


def _shorten(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _tabulate(rows: pl.DataFrame, say: Mapping[str, Any]) -> Table:
    table = Table(title=say["outcomes"], title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    names, *numbers = say["headings"]
    table.add_column(names, overflow="fold", ratio=1)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    for (label,), several in rows.group_by("scenario", maintain_order=True):
        table.add_section()
        table.add_row(f"[bold]{escape(str(label))}[/bold]")
        for row in several.iter_rows(named=True):
            unit = f" ({row['unit']})" if row["unit"] else ""
            name = escape(f"{row['scope']}/{row['name']}/{row['measure']}{unit}")
            table.add_row(name, _number(row["before"]), _number(row["after"]), *_change(row, say))
    return table


def _change(row: Mapping[str, Any], say: Mapping[str, Any]) -> Sequence[str]:
    if row["change"] is None:
        return say[row["verdict"]], ""
    spread = "" if row["half_width"] is None else f" ± {_digits(row['half_width'], 2)}"
    share = f"{row['change'] / abs(row['before']) * 100.0:+.3g}" if row["before"] else ""
    return f"{'+' if row['change'] > 0.0 else ''}{_digits(row['change'], 3)}{spread}", share


def _number(value: float | None) -> str:
    """Return five digits, so that a small change is seen."""
    return "-" if value is None else _digits(value, 5)


def _digits(value: float, count: int) -> str:
    """Return a number with so many digits, and all of them before the point."""
    return f"{value:,.{count}g}" if abs(value) < 10.0**count else f"{value:,.0f}"
