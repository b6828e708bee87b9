"""Pages about what is shipped: every lever by article, every port with its hours and traffic."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sim.scenario.load import read_policies
from sim.scenario.policy import Policy
from sim.views.library import describe_port, list_ports
from written_pages.markdown import cell, code, table

POLICIES = """Every shipped policy, by the first article of the regulation that it answers to. Choose one with
`policy=[NAME]`, several with commas; turn one up or down with `policy.NAME.strength.PARAMETER=VALUE`.
`kouan policies NAME port=PORT` shows the numbers before and after; [levers](../levers.md) shows how to write one."""
PORTS = """Every shipped port, one word each: `port=NAME`. `kouan ports NAME` gives the source or the assumption behind
each number; [ports](../ports.md) shows how to make one."""


def policies_page() -> str:
    """Return the catalogue of policies."""
    policies = sorted(read_policies().items(), key=lambda item: (_article(item[1]), item[0]))
    parts = [f"# Policies: {len(policies)} levers and mishaps", POLICIES]
    for article, chosen in groupby(policies, key=lambda item: _article(item[1])):
        parts += [f"## Art. {article}", *(_describe_policy(name, policy) for name, policy in chosen)]
    return "\n\n".join(parts) + "\n"


def _article(policy: Policy) -> int:
    return int(re.findall(r"\d+", policy.article)[0])


def _describe_policy(name: str, policy: Policy) -> str:
    turned = [
        f"{code(f'{each}={policy.strength[each]}')} ({parameter.range} {parameter.unit}): {parameter.label} "
        f"{parameter.label_zh}"
        for each, parameter in policy.parameters.items()
    ]
    strength = [f"* Strength: {'; '.join(turned)}"] if turned else []
    lines = [
        f"### {name}\n",
        f"{policy.question} {policy.question_zh}\n",
        f"* Takes: {policy.costs}. {policy.costs_zh}",
        f"* Changes: {', '.join(code(key) for key in _list_keys(policy.set))}",
        *strength,
        f"* Basis: {policy.basis}. {policy.article}",
    ]
    return "\n".join(lines)


def _list_keys(tree: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Yield the keys that a policy changes: down to what is no table, or has a word that makes a change of it."""
    for key, below in tree.items():
        path = f"{at}.{key}" if at else str(key)
        if isinstance(below, Mapping) and not {"plus", "times", "insert", "without", "same_as", "kind"} & set(below):
            yield from _list_keys(below, path)
        else:
            yield path


def ports_page() -> str:
    """Return the table of ports."""
    rows = []
    for name in list_ports():
        cells = describe_port(name)
        rows.append([code(name), *("<br>".join(cell(line) for line in lines) for lines in cells)])
    header = ["port", "what it is, and how much is known", "hours", "per day"]
    return "\n\n".join([f"# Ports: {len(rows)}", PORTS, table(header, rows)]) + "\n"
