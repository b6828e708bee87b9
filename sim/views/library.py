"""The library of ports: what there is to choose, how large it is, when it opens, and how much of it is known."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from sim.scenario import Scenario
from sim.scenario.load import load_experiment, shipped
from sim.scenario.provenance import Parameter, read_parameters, share_sourced
from sim.scenario.schema import Hours, Port
from sim.study.expected import expect_with_each
from sim.views.progress import show_progress
from sim.views.terminal_sections import comes_to_terminal

TOPICS = {
    "lanes": {"servers", "bays", "cranes", "unloading_tracks", "loading_tracks"},
    "room": {"places", "slots"},
    "staff": {"staff_per_server", "staff_per_bay", "staff_per_crane"},
    "inspection rates": {"rate"},
    "service times": {"mean_min", "drive_min"},
    "hours": {"open", "season", "closed_dates"},
    "volumes": {"per_day"},
    "peaks": {"by_hour", "by_weekday", "by_month", "day_cv"},
}
"""What parameters are about, by the last part of their keys."""


def list_ports() -> list[str]:
    """Return the names of the shipped ports."""
    return sorted(path.stem for path in shipped("configs/port").glob("*.yaml"))


def print_ports(console: Console) -> None:
    """Print all shipped ports with their volumes, hours and how much of them is sourced."""
    table = Table("port", "hours", "per day", title="port=...", title_justify="left", show_lines=True)
    names = list_ports()
    with show_progress(len(names), "ports") as tick:
        for name in names:
            about, *cells = describe_port(name)
            table.add_row(*("\n".join(lines) for lines in ([f"[bold]{name}[/bold]", *about], *cells)))
            tick()
    console.print(table)


def describe_port(name: str) -> tuple[list[str], list[str], list[str]]:
    """Return what a port is with how much of it is sourced, its hours, and who comes a day; lines of each."""
    scenario = load_experiment(f"port={name}").baseline
    about = [*_describe_port(scenario.port), *_describe_data(read_parameters(name))]
    return about, _list_hours(scenario.port), _list_volumes(scenario)


def print_port(console: Console, name: str) -> None:
    """Print a port with every parameter that holds: `key=value  # where it comes from`, sourced ones first."""
    scenario = load_experiment(f"port={name}").baseline
    parameters = read_parameters(name)
    console.print(f"[bold]{name}[/bold]")
    for line in (*_describe_port(scenario.port), *_list_hours(scenario.port), *_list_volumes(scenario)):
        console.print(f"  {line}", markup=False, highlight=False)
    for sourced, heading in ((True, "sourced or derived"), (False, "assumed")):
        chosen = [each for each in parameters if each.is_sourced == sourced]
        console.print(f"\n[bold]{heading}: {len(chosen)} of {len(parameters)}[/bold]")
        for each in chosen:
            text = f"{each.key}={each.value}" if len(each.keys) == 1 else f"{each.key}: {each.value}"
            console.print(f"  {text}  # {each.comment}", markup=False, highlight=False, soft_wrap=True)


def _describe_port(port: Port) -> Iterator[str]:
    """Yield the names of a port, its mode, and how much road and how many terminals it has."""
    yield from (port.name, port.name_zh, port.mode)
    roads_km = sum(link.length_km for link in port.links.values())
    if roads_km:
        yield f"{roads_km:,.0f} km of roads"
    if port.terminals:
        cranes = sum(terminal.cranes for terminal in port.terminals.values())
        yield f"terminals: {len(port.terminals)}, cranes: {cranes}"


def _list_hours(port: Port) -> list[str]:
    """Return the hours in which somebody works, each on its own clock."""
    staffed = {each.hours for each in port.facilities.values() if each.staff_per_server}
    staffed |= {each.hours for table in (port.inspection_sites, port.terminals) for each in table.values()}
    return [f"{name}: {_describe_hours(hours)}" for name, hours in port.hours.items() if name in staffed]


def _describe_hours(hours: Hours) -> str:
    season = f"{hours.season} " if hours.season else ""
    closed = f", closed on holidays of {', '.join(hours.holidays)}" if hours.holidays else ""
    return f"{season}{hours.open} ({hours.timezone}){closed}"


def _describe_data(parameters: list[Parameter]) -> Iterator[str]:
    """Yield the share of parameters that are sourced, what is assumed throughout, and what in part."""
    yield f"{share_sourced(parameters):.0%} of {len(parameters)} sourced"
    sourced, assumed = (
        _find_topics(each for each in parameters if each.is_sourced == basis) for basis in (True, False)
    )
    for word, topics in (("assumed", assumed - sourced), ("in part", assumed & sourced)):
        if topics:
            yield f"{word}: {', '.join(topic for topic in TOPICS if topic in topics)}"


def _find_topics(parameters: Iterable[Parameter]) -> set[str]:
    ends = {key.rpartition(".")[2] for each in parameters for key in each.keys}
    return {topic for topic, keys in TOPICS.items() if keys & ends}


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
    return f"{volume} ({expect_with_each(scenario, name):.4g} × {scenario.demand.classes[terms.carrier].label})"


def _find_volume(scenario: Scenario, name: str) -> float:
    """Return the mean per day of a class."""
    vehicle = scenario.demand.classes[name]
    if vehicle.comes_with:
        return expect_with_each(scenario, name) * _find_volume(scenario, vehicle.comes_with.carrier)
    return vehicle.per_day or 0.0
