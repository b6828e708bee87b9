"""The facts table: where every sourced number of the configuration comes from."""

import csv
from collections.abc import Iterator
from difflib import get_close_matches

from sim.scenario.load import shipped
from sim.scenario.problems import Problem, ScenarioError

GRADES = {
    "A": "official statistic or measured table",
    "B": "official news",
    "C": "press or secondary",
    "D": "recollection, not sourced",
}


def read_facts() -> dict[str, dict[str, str]]:
    """Return the rows of the facts table by id."""
    with shipped("data/port_facts.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def find_facts(words: list[str]) -> Iterator[dict[str, str]]:
    """Yield the facts with these ids, or those that contain a word.

    Raises
    ------
    ScenarioError
        If a word finds nothing.
    """
    facts = read_facts()
    for word in words:
        if word.upper() in facts:
            yield facts[word.upper()]
            continue
        found = [row for row in facts.values() if any(word.lower() in text.lower() for text in row.values() if text)]
        if not found:
            close = get_close_matches(word.upper(), facts, n=3)
            remedy = f"did you mean {' or '.join(close)}?" if close else "ask for an id such as N161, or a port"
            raise ScenarioError([Problem("facts", f"nothing about '{word}'", None, remedy)])
        yield from found
