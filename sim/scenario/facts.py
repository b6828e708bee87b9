"""The facts table: where every sourced number of the configuration comes from."""

import csv
from collections.abc import Iterator

from sim.scenario.load import shipped
from sim.scenario.problems import Problem, ScenarioError, suggest

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
            raise ScenarioError([Problem("facts", f"nothing about '{word}'", None, suggest(word, facts))])
        yield from found
