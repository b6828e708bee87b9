"""Verbs that look up what is shipped: ports, policies and facts."""

from collections.abc import Mapping

from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.facts import GRADES, find_facts, read_facts
from sim.scenario.load import load_experiment, read_policies
from sim.scenario.policies import apply_policies, find_obstacles
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, suggest
from sim.verbs.words import DEFAULT_PORT
from sim.views.catalogue import matches, print_catalogue, print_changes, print_misfits, print_policy
from sim.views.library import list_ports, print_port, print_ports


def show_ports(console: Console, words: list[str]) -> None:
    """Print a table of the shipped ports, or those that are named with every parameter and where it comes from."""
    names = list_ports()
    for word in words:
        if word not in names:
            raise ScenarioError([Problem("ports", f"there is no '{word}'", None, suggest(word, names))])
        print_port(console, word)
    if not words:
        print_ports(console)


def show_policies(console: Console, words: list[str]) -> None:
    """Print the policies that these words describe, those that fit `port=...`, or one of them in full."""
    policies = read_policies()
    ports = [word.removeprefix("port=") for word in words if word.startswith("port=")]
    words = [word for word in words if not word.startswith("port=")]
    if len(ports) > 1:
        raise ScenarioError([Problem("policies", "takes one port", None, "kouan policies rail port=horgos_rail")])
    if len(words) == 1 and words[0] in policies:
        _show_policy(console, words[0], policies[words[0]], ports)
        return
    found = {name: policy for name, policy in policies.items() if matches(name, policy, words)}
    if not found:
        raise ScenarioError([Problem("policies", f"none says '{' '.join(words)}'", None, suggest(words[0], policies))])
    misfits = _find_misfits(found, ports[0]) if ports else {}
    print_catalogue(console, {name: policy for name, policy in found.items() if name not in misfits})
    print_misfits(console, "".join(ports), misfits)


def _find_misfits(policies: Mapping[str, Policy], port: str) -> dict[str, list[Problem]]:
    """Return the policies that do not fit a port, and why."""
    baseline = load_experiment(f"port={port}").baseline
    obstacles = {name: find_obstacles(name, policy, baseline) for name, policy in policies.items()}
    return {name: problems for name, problems in obstacles.items() if problems}


def _show_policy(console: Console, name: str, policy: Policy, ports: list[str]) -> None:
    """Print one policy, and what it changes at a port: the one that is asked for, or the first that it fits."""
    print_policy(console, name, policy)
    for port in ports or sorted(list_ports(), key=lambda port: port != DEFAULT_PORT):
        baseline = load_experiment(f"port={port}").baseline
        obstacles = find_obstacles(name, policy, baseline)
        if not obstacles:
            print_changes(console, port, baseline, apply_policies(baseline, {name: policy}))
            return
        if ports:
            print_misfits(console, port, {name: obstacles})


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
