"""What a scenario cannot do, as tables and as warnings before a run, in English or Chinese."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from math import isinf

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.scenario.schema import Scenario
from sim.study.expected import PARTS
from sim.study.feasibility import TIGHT, Feasibility, Overlap, check_feasibility
from sim.study.offered import Load
from sim.views.explain import name_cause
from sim.views.phrases import PHRASES, Language


def print_feasibility(console: Console, found: Feasibility, scenario: Scenario, language: Language) -> None:
    """Print loads, the fullest first, hours that follow each other, what nobody uses, and what cannot work."""
    say = PHRASES[language]
    name = scenario.port.name_zh if language == "zh" else scenario.port.name
    console.print(f"\n{name}: {'+'.join(scenario.policies) or 'baseline'}", style="bold", markup=False)
    console.print(_tabulate_loads(found, scenario, language))
    console.print(say["hour_note"], markup=False, soft_wrap=True)
    if found.overlaps:
        console.print(_tabulate_overlaps(found, scenario, language))
    for kind, several in groupby(sorted(found.idle), key=lambda pair: pair[0]):
        names = say["comma"].join(name for _, name in several)
        console.print(f"{say['idle']}: {say[kind].format(names=names)}", markup=False, highlight=False, soft_wrap=True)
    for line in _list_warnings(found, scenario, language):
        console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)


def warn_before(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return what a planner should know before a study is run; of what several scenarios share the first only."""
    warnings: dict[str, str] = {}
    for label, scenario in scenarios.items():
        for line in _list_warnings(check_feasibility(scenario), scenario, "en"):
            warnings.setdefault(line, f"{label}: {line}")
    return list(warnings.values())


def _list_warnings(found: Feasibility, scenario: Scenario, language: Language) -> Iterator[str]:
    say = PHRASES[language]
    for load in found.impossible:
        yield _say_too_much(load, scenario, language)
    for load in found.tight:
        words = {"load": f"{load.day:.0%}", "what": say[load.resource]}
        said = say["tight"].format(name=name_cause(scenario, load.name, language), **words)
        yield said + (say["avoidable"] if load.day > 1.0 else "")
    for overlap in found.overlaps:
        if overlap.is_short:
            names = {side: name_cause(scenario, getattr(overlap, side), language) for side in ("first", "second")}
            both_h = f"{overlap.both_h:.1f}"
            yield say["short_overlap" if overlap.both_h else "no_overlap"].format(**names, both_h=both_h)
    shut = [name for kind, name in found.idle if kind == "never_opens"]
    if shut:
        yield say["never_opens"].format(names=say["comma"].join(shut))


def _say_too_much(load: Load, scenario: Scenario, language: Language) -> str:
    say, name = PHRASES[language], name_cause(scenario, load.name, language)
    if isinf(load.day):
        return say["never_opens"].format(names=name)
    words = {
        "name": name,
        "what": say[load.resource],
        "load": f"{load.day:.0%}",
        "need": f"{load.count_for(1.0):,}",
        "count": f"{load.count:,}",
        "counted": say[f"count_{load.resource}"],
    }
    said = say["too_much"].format(**words)
    staffed = load.resource in ("servers", "crew", "cranes")
    if staffed and load.hours_for(1.0) <= 24.0:
        said += say["too_much_hours"].format(need_h=f"{load.hours_for(1.0):.1f}", open_h=f"{load.open_h:.1f}")
    return said


def _tabulate_loads(found: Feasibility, scenario: Scenario, language: Language) -> Table:
    say = PHRASES[language]
    table = Table(say["facility"], title=say["asked_of"], title_justify="left")
    for heading in (say["has"], say["visits"], say["day"], *(f"{6 * n}-{6 * n + 6} h" for n in range(len(PARTS)))):
        table.add_column(heading, justify="right")
    for load in found.loads:
        by_part = load.by_part or (None,) * len(PARTS)
        least = f"{say['at_least']} " if load.is_least else ""
        table.add_row(
            escape(name_cause(scenario, load.name, language)),
            f"{say[load.resource]}: {load.count:,}",
            f"{load.visits_per_day:,.1f}",
            f"{least}{_colour(load.day)}",
            *("" if part is None else say["shut"] if isinf(part) else _colour(part) for part in by_part),
        )
    return table


def _colour(load: float) -> str:
    """Return a load in red if it is too much, and in yellow if it is tight."""
    text = "∞" if isinf(load) else f"{load:.2f}"
    return f"[red]{text}[/red]" if load > 1.0 else f"[yellow]{text}[/yellow]" if load >= TIGHT else text


def _tabulate_overlaps(found: Feasibility, scenario: Scenario, language: Language) -> Table:
    say = PHRASES[language]
    table = Table(say["first"], say["second"], title=say["overlaps"], title_justify="left")
    for heading in ("first_h", "second_h", "both_h", "pile_up", "places_between"):
        table.add_column(say[heading], justify="right")
    for each in found.overlaps:
        table.add_row(*_row_of(each, scenario, language))
    return table


def _row_of(each: Overlap, scenario: Scenario, language: Language) -> tuple[str, ...]:
    names = (escape(name_cause(scenario, name, language)) for name in (each.first, each.second))
    both = f"[red]{each.both_h:.1f}[/red]" if each.is_short else f"{each.both_h:.1f}"
    places = "" if each.places is None else f"{each.places:,}"
    pile_up = f"{each.pile_up:,.0f}"
    if each.places is not None and each.pile_up > each.places:
        pile_up = f"[yellow]{pile_up}[/yellow]"
    return *names, f"{each.first_h:.1f}", f"{each.second_h:.1f}", both, pile_up, places
