"""The catalogue of policies: what each asks, takes and may be turned up to, which fit a port, and one in full."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from sim.scenario.changes import NOT_THERE
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem
from sim.scenario.schema import Scenario


def matches(name: str, policy: Policy, words: Sequence[str]) -> bool:
    """Say whether every word is in what a policy says of itself; `Art.31` is article 31 and no other."""
    said = [name, policy.question, policy.question_zh, policy.article, policy.basis, policy.costs, policy.costs_zh]
    text = _condense("\n".join(said))
    return all(re.search(rf"{re.escape(_condense(word))}(?!\d)", text) for word in words)


def _condense(text: str) -> str:
    return text.lower().replace("art. ", "art.")


def print_catalogue(console: Console, policies: Mapping[str, Policy]) -> None:
    """Print a row for each policy, name first, so that it can be copied whole on a narrow terminal, too."""
    if not policies:
        return
    columns = (
        Column("policy", no_wrap=True),
        Column("question and article", overflow="fold", ratio=1),
        Column("what it takes, and its strength", overflow="fold", ratio=1),
    )
    table = Table(*columns, title="policy=[...]", title_justify="left", show_lines=True)
    for name, policy in policies.items():
        asks = "\n".join([policy.question, policy.question_zh, policy.article])
        takes = "\n".join([policy.costs, policy.costs_zh, *_list_strength(policy)])
        table.add_row(f"[bold]{name}[/bold]", escape(asks), escape(takes))
    console.print(table)


def print_misfits(console: Console, port: str, misfits: Mapping[str, Sequence[Problem]]) -> None:
    """Print one line for each policy that cannot be applied at a port, with what the port would need."""
    if misfits:
        console.print(f"not at {port}:", markup=False, highlight=False)
    for name, problems in misfits.items():
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        console.print(f"  {name} {_say_need(problems[0])}{more}", markup=False, highlight=False, soft_wrap=True)


def _say_need(problem: Problem) -> str:
    if NOT_THERE in problem.rule:
        return f"needs {problem.path.partition('.')[2] or problem.path}"
    return str(problem)


def print_policy(console: Console, name: str, policy: Policy) -> None:
    """Print all that a policy says of itself, with the words that set its strength."""
    console.print(f"[bold]{name}[/bold]", highlight=False)
    for line in (
        policy.question,
        policy.question_zh,
        policy.article,
        f"basis: {policy.basis}",
        f"takes: {policy.costs}",
        policy.costs_zh,
        *(f"policy.{name}.strength.{line}" for line in _list_strength(policy)),
    ):
        console.print(Padding(Text(line), (0, 0, 0, 2), expand=False))


def print_changes(console: Console, port: str, before: Scenario, after: Scenario) -> None:
    """Print every number that is another with a policy, and what is new."""
    columns = (Column("key", overflow="fold"), Column(port, overflow="fold"), Column("with it", overflow="fold"))
    table = Table(*columns)
    old, new = (dict(list_values(scenario.model_dump())) for scenario in (before, after))
    for key, value in new.items():
        if key != "policies" and old.get(key) != value:
            table.add_row(key, escape(format_value(old[key]) if key in old else "-"), escape(format_value(value)))
    console.print(table)


def _list_strength(policy: Policy) -> Iterator[str]:
    """Yield a line for each parameter: its value, its range with the unit, and what it is."""
    for name, parameter in policy.parameters.items():
        spread = f"{parameter.range} {parameter.unit}".strip()
        yield f"{name}={policy.strength[name]} ({spread}): {parameter.label} {parameter.label_zh}"


def list_values(table: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a table of tables by its dotted path."""
    if not isinstance(table, Mapping):
        yield at, table
        return
    for key, below in table.items():
        yield from list_values(below, f"{at}.{key}" if at else str(key))


def format_value(value: Any) -> str:
    """Return a value of a configuration as a planner reads it."""
    if isinstance(value, tuple | list):
        return ", ".join(map(format_value, value)) or "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "none" if value is None else str(value)
