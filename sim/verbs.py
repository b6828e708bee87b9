"""Verbs beside the study: look up ports, policies and facts, show or explain a finished run, check or draw a port."""

from collections.abc import Callable, Iterator, Mapping
from itertools import compress
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sim.frontier import show_frontier
from sim.scenario import Scenario, ScenarioError
from sim.scenario.facts import GRADES, find_facts, read_facts
from sim.scenario.load import load_experiment, read_policy_file, shipped
from sim.scenario.policies import apply_policies, find_obstacles
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, suggest
from sim.scenario.schema import Port
from sim.study.checks import check_means
from sim.study.diagnosis import diagnose
from sim.study.feasibility import check_feasibility
from sim.study.relief import find_levers, read_policies
from sim.views.catalogue import matches, print_catalogue, print_changes, print_misfits, print_policy
from sim.views.explain import explain_move, print_explanation
from sim.views.feasibility import print_feasibility
from sim.views.phrases import PHRASES, Language
from sim.views.run_folder import name_file, read_experiment_of, read_manifest, read_table
from sim.views.tables import print_study
from sim.views.terminal_sections import comes_to_terminal

DEFAULT_PORT = "horgos_road"
"""The port of a run whose words choose none, as in configs/config.yaml."""


def show_ports(console: Console, _: list[str]) -> None:
    """Print the shipped ports with their hours and daily volumes."""
    table = Table("port", "hours", "per day", title="port=...", title_justify="left", show_lines=True)
    for path in sorted(shipped("configs/port").glob("*.yaml")):
        scenario = load_experiment(f"port={path.stem}").baseline
        port = scenario.port
        hours = "\n".join(f"{name}: {each.open} ({each.timezone})" for name, each in port.hours.items())
        name = "\n".join([f"[bold]{path.stem}[/bold]", *_describe_port(port)])
        table.add_row(name, hours, "\n".join(_list_volumes(scenario)))
    console.print(table)


def _describe_port(port: Port) -> Iterator[str]:
    """Yield the names of a port, and how much road and how many terminals it has."""
    yield from (port.name, port.name_zh)
    roads_km = sum(link.length_km for link in port.links.values())
    if roads_km:
        yield f"{roads_km:,.0f} km of roads"
    if port.terminals:
        cranes = sum(terminal.cranes for terminal in port.terminals.values())
        yield f"terminals: {len(port.terminals)}, cranes: {cranes}"


def _list_volumes(scenario: Scenario) -> list[str]:
    """Return vehicles that cross and cargo a day by class; those who pass by as one.

    Vehicles that only bring cargo to a terminal or take it from there are left out.
    """
    classes = scenario.demand.classes
    crossing = [name for name in classes if scenario.is_cargo(name) or not scenario.is_local(name)]
    others = [name for name in classes if name not in crossing and not comes_to_terminal(scenario, name)]
    passing = sum(classes[name].per_day or 0.0 for name in others)
    volumes = [f"{classes[name].label}: {_describe_volume(scenario, name)}" for name in crossing]
    return [*volumes, *([f"passing by: {passing:,.0f}"] if passing else [])]


def _describe_volume(scenario: Scenario, name: str) -> str:
    """Return how many come a day; of those that come with others also how many with each, in the mean."""
    terms = scenario.demand.classes[name].comes_with
    volume = f"{_find_volume(scenario, name):,.0f}"
    if terms is None:
        return volume
    return f"{volume} ({_find_number_with_each(scenario, name):.4g} × {scenario.demand.classes[terms.carrier].label})"


def _find_volume(scenario: Scenario, name: str) -> float:
    """Return the mean per day of a class."""
    vehicle = scenario.demand.classes[name]
    if vehicle.comes_with:
        return _find_number_with_each(scenario, name) * _find_volume(scenario, vehicle.comes_with.carrier)
    return vehicle.per_day or 0.0


def _find_number_with_each(scenario: Scenario, name: str) -> float:
    """Return how many of a class come with each of another, which brings some only to where they are unloaded."""
    port, vehicle = scenario.port, scenario.demand.classes[name]
    terms = vehicle.comes_with
    if terms is None:
        return 0.0
    route = scenario.demand.classes[terms.carrier].route
    unloads = port.terminal_of(vehicle.route, "lift_off")
    brings = [unloads is None or f"{unloads}.unloading" in way.through for way in port.routes_of(route).values()]
    shares = port.shares_of(route)
    share = sum(compress([*shares, 1.0 - sum(shares)], brings)) if shares else float(any(brings))
    return terms.each * terms.fill * share


def show_policies(console: Console, words: list[str]) -> None:
    """Print the policies that these words describe, those that fit `port=...`, or one of them in full."""
    policies = _read_policies()
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


def _read_policies() -> dict[str, Policy]:
    """Return the shipped policies by name."""
    files = sorted(shipped("configs/policy").glob("*.yaml"))
    return {name: policy for path in files for name, policy in read_policy_file(path).items()}


def _show_policy(console: Console, name: str, policy: Policy, ports: list[str]) -> None:
    """Print one policy, and what it changes at a port: the one that is asked for, or the first that it fits."""
    print_policy(console, name, policy)
    shipped_ports = sorted(path.stem for path in shipped("configs/port").glob("*.yaml"))
    for port in ports or sorted(shipped_ports, key=lambda port: port != DEFAULT_PORT):
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


def show_run(console: Console, words: list[str]) -> None:
    """Print the table of a finished run again from its folder."""
    if len(words) != 1:
        raise ScenarioError([Problem("show", "takes one run folder", None, "kouan show results/<folder>")])
    folder = Path(words[0])
    experiment = read_experiment_of(folder)
    outcomes = read_table(folder, "outcomes")
    print_study(console, outcomes, experiment, check_means(outcomes, experiment.settings.confidence))


def explain_run(console: Console, words: list[str]) -> None:
    """Print what limits the port of a finished run, what would relieve it and how sure that is; then what moved."""
    language, folders = _take_language("explain", words)
    if len(folders) != 1:
        raise ScenarioError([Problem("explain", "takes one run folder", None, "kouan explain results/<folder>")])
    folder = Path(folders[0])
    experiment, manifest = read_experiment_of(folder), read_manifest(folder)
    outcomes, queues = read_table(folder, "outcomes"), read_table(folder, "queues")
    asked = [str(word) for word in manifest.get("command", [])]
    ask = " ".join(["kouan", *(word for word in asked if not word.startswith(("policy=", "out=")))])
    labels = outcomes["scenario"].unique(maintain_order=True).to_list()
    scenarios = [experiment.baseline, experiment.alternative or experiment.baseline][: len(labels)]
    found = [
        diagnose(outcomes, queues, scenario, label, experiment.settings.confidence)
        for label, scenario in zip(labels, scenarios, strict=True)
    ]
    policies = read_policies()
    for each, scenario in zip(found, scenarios, strict=True):
        levers = find_levers(scenario, each.causes[0].name, policies, experiment.baseline) if each.causes else []
        print_explanation(console, each, scenario, levers, ask, language)
        if any(str(warning).startswith(f"{each.scenario}: MSER-5") for warning in manifest.get("warnings", [])):
            console.print(PHRASES[language]["short_warmup"], style="yellow", soft_wrap=True)
    if len(found) > 1:
        console.print(
            f"\n{explain_move(found[0], found[1], scenarios[1], language)}", style="bold", markup=False, soft_wrap=True
        )


def _take_language(verb: str, words: list[str]) -> tuple[Language, list[str]]:
    """Return the language that `lang=` chooses, English without it, and the other words."""
    chosen = [word.removeprefix("lang=") for word in words if word.startswith("lang=")] or ["en"]
    known: dict[str, Language] = {language: language for language in PHRASES}
    if chosen[-1] not in known:
        raise ScenarioError([Problem(f"{verb}: lang", f"must be {' or '.join(known)}", chosen[-1])])
    return known[chosen[-1]], [word for word in words if not word.startswith("lang=")]


def show_feasibility(console: Console, words: list[str]) -> None:
    """Print what the words of a run ask of every facility, whether hours meet, and what nobody uses; run nothing."""
    language, rest = _take_language("feasibility", words)
    files, ports, overrides, config_dir = _sort_words(rest, "feasibility")
    if files or len(ports) > 1:
        raise ScenarioError([Problem("feasibility", "takes one port", None, "kouan feasibility port=horgos_rail")])
    experiment = load_experiment(*(f"port={name}" for name in ports), *overrides, config_dir=config_dir)
    for scenario in filter(None, (experiment.baseline, experiment.alternative)):
        print_feasibility(console, check_feasibility(scenario), scenario, language)


PICTURES = (".png", ".svg", ".pdf")


def draw_port(console: Console, words: list[str]) -> None:
    """Draw the process of a port, which its name or the words of a run choose, into a file."""
    from sim.views.process import plot_process  # matplotlib takes half a second that no look-up needs

    files, ports, overrides, config_dir = _sort_words(words)
    chosen = [*ports, *(word.removeprefix("port=") for word in overrides if word.startswith("port="))]
    if len(files) > 1 or len(chosen) > 1:
        raise _refuse_drawing("takes one port and one file at most", "kouan draw horgos_rail horgos_rail.png")
    if files and Path(files[0]).suffix not in PICTURES:
        raise _refuse_drawing(f"cannot draw '{files[0]}'", f"end it in {', '.join(PICTURES)}")
    experiment = load_experiment(*(f"port={name}" for name in ports), *overrides, config_dir=config_dir)
    scenario = experiment.alternative or experiment.baseline
    levers = [name_file("+".join(scenario.policies))] if scenario.policies else []
    name = "_".join([*(chosen or [DEFAULT_PORT]), *levers])
    path = Path(files[0] if files else f"{name}.png")
    if not files and path.exists():
        raise _refuse_drawing(f"'{path}' is there already", "name a file, the same to replace it, after the port")
    if not path.parent.is_dir():
        raise _refuse_drawing(f"there is no folder '{path.parent}'", "make it first")
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        plot_process(scenario, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    console.print(f"picture: {path}", markup=False, highlight=False, soft_wrap=True)


def _sort_words(words: list[str], verb: str = "draw") -> tuple[list[str], list[str], list[str], str | None]:
    """Return the files, the ports, the key=value words and the folder of one's own that words name."""
    files: list[str] = []
    ports: list[str] = []
    overrides: list[str] = []
    config_dir = None
    rest = iter(words)
    for word in rest:
        if word.partition("=")[0] == "--config-dir":
            config_dir = word.partition("=")[2] or next(rest, "")
        elif word.startswith("-"):
            raise ScenarioError([Problem(verb, f"knows no option '{word}'", None, "the only one is --config-dir")])
        elif "=" in word:
            overrides.append(word)
        elif Path(word).suffix:
            files.append(word)
        else:
            ports.append(word)
    return files, ports, overrides, config_dir


def _refuse_drawing(rule: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("draw", rule, None, remedy)])


VERBS: dict[str, Callable[[Console, list[str]], None]] = {
    "ports": show_ports,
    "policies": show_policies,
    "facts": show_facts,
    "show": show_run,
    "draw": draw_port,
    "explain": explain_run,
    "feasibility": show_feasibility,
    "frontier": show_frontier,
}
