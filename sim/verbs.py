"""Verbs beside the study: look up ports, policies and facts, and show a finished run again."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from sim.scenario import Scenario, ScenarioError
from sim.scenario.facts import GRADES, find_facts, read_facts
from sim.scenario.load import load_experiment, read_policy_file, shipped
from sim.scenario.problems import Problem
from sim.study.checks import check_means
from sim.views.run_folder import read_experiment_of, read_table
from sim.views.tables import print_study


def show_ports(console: Console, _: list[str]) -> None:
    """Print the shipped ports with their hours and daily volumes."""
    table = Table("port", "name", "hours", "vehicles per day", title="port=...", title_justify="left")
    for path in sorted(shipped("configs/port").glob("*.yaml")):
        scenario = load_experiment(f"port={path.stem}").baseline
        hours = "\n".join(f"{name}: {each.open} ({each.timezone})" for name, each in scenario.port.hours.items())
        roads_km = sum(link.length_km for link in scenario.port.links.values())
        name = f"{scenario.port.name}\n{scenario.port.name_zh}" + (f"\n{roads_km:,.0f} km of roads" if roads_km else "")
        table.add_row(path.stem, name, hours, "\n".join(_list_volumes(scenario)))
    console.print(table)


def _list_volumes(scenario: Scenario) -> list[str]:
    """Return vehicles a day by class; those who pass by as one."""
    classes = scenario.demand.classes
    passing = sum(each.per_day for name, each in classes.items() if scenario.is_local(name))
    volumes = [f"{each.label}: {each.per_day:,.0f}" for name, each in classes.items() if not scenario.is_local(name)]
    return [*volumes, *([f"passing by: {passing:,.0f}"] if passing else [])]


def show_policies(console: Console, _: list[str]) -> None:
    """Print every policy's question, article and basis."""
    columns = (
        Column("policy", no_wrap=True),
        *(Column(name, overflow="fold") for name in ("question", "article", "basis")),
    )
    table = Table(*columns, title="policy=[...]", title_justify="left", show_lines=True)
    for path in sorted(shipped("configs/policy").glob("*.yaml")):
        for name, policy in read_policy_file(path).items():
            table.add_row(name, f"{policy.question}\n{policy.question_zh}", policy.article, policy.basis)
    console.print(table)


def show_facts(console: Console, words: list[str]) -> None:
    """Print the facts with these ids or words; without any, say how many there are."""
    if not words:
        console.print(f"{len(read_facts())} facts; ask for an id or a word: kouan facts N161, kouan facts Irkeshtam")
    for row in find_facts(words):
        console.print(f"[bold]{row['id']}[/bold] {row['port']}, {row['mode']}, {row['direction']}")
        console.print(f"  {row['quantity']}: {row['value']} {row['unit']} ({row['period']})", markup=False)
        console.print(
            f"  grade {row['grade']} ({GRADES[row['grade']]}): {row['source']}, {row['publisher']}", markup=False
        )
        console.print(f"  {row['note']}\n  {row['url']}".rstrip(), markup=False, soft_wrap=True)


def show_run(console: Console, words: list[str]) -> None:
    """Print the table of a finished run again from its folder."""
    if len(words) != 1:
        raise ScenarioError([Problem("show", "takes one run folder", None, "kouan show results/<folder>")])
    folder = Path(words[0])
    experiment = read_experiment_of(folder)
    outcomes = read_table(folder, "outcomes")
    print_study(console, outcomes, experiment, check_means(outcomes, experiment.settings.confidence))


VERBS: dict[str, Callable[[Console, list[str]], None]] = {
    "ports": show_ports,
    "policies": show_policies,
    "facts": show_facts,
    "show": show_run,
}
