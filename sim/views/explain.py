"""What limits a port, what would relieve it and how sure that is, in three sentences and a small table, en or zh."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.port import expand_stops
from sim.scenario.schema import Scenario
from sim.study.diagnosis import Binding, Diagnosis
from sim.study.expected import PARTS
from sim.study.feasibility import find_overlaps
from sim.study.offered import Load
from sim.views.cells import format_number
from sim.views.phrases import PHRASES, Language

AIM = 0.8
"""Load to which relief is measured: waits are then short at most facilities."""
MOST_LEVERS = 4


def print_explanation(
    console: Console, found: Diagnosis, scenario: Scenario, levers: Sequence[str], ask: str, language: Language
) -> None:
    """Print three sentences about a scenario, and below them the evidence."""
    say = PHRASES[language]
    console.print(f"\n{_port_name(scenario, language)}: {found.scenario}", style="bold", markup=False)
    sentences = explain_limit(found, scenario, levers, ask, language)
    for heading, sentence in zip((say["limits"], say["relieves"], say["certainty"]), sentences, strict=False):
        console.print(f"[bold]{heading}[/bold] {escape(sentence)}", highlight=False, soft_wrap=True)
    if found.causes:
        console.print(_tabulate(found, scenario, language))


def explain_limit(
    found: Diagnosis, scenario: Scenario, levers: Sequence[str], ask: str, language: Language = "en"
) -> tuple[str, ...]:
    """Return what limits a scenario, what would relieve it, and how sure that is; one sentence if nothing does.

    `levers` are policies that touch the cause; `ask` is the command that tries them, up to the policies.
    """
    if not found.causes or found.binding is None:
        return (PHRASES[language]["nothing"],)
    return (
        _say_limit(found, found.binding, scenario, language),
        _say_relief(found, found.binding, scenario, levers, ask, language),
        _say_certainty(found, scenario, language),
    )


def explain_move(before: Diagnosis, after: Diagnosis, scenario: Scenario, language: Language = "en") -> str:
    """Return whether what limits the port is another thing under the policies."""
    say = PHRASES[language]
    if not before.causes or not after.causes:
        return say["freed"] if before.causes else say["nothing"]
    old, new = (name_cause(scenario, each.causes[0].name, language) for each in (before, after))
    if before.causes[0].name == after.causes[0].name:
        return say["stays"].format(name=new)
    return say["moved" if before.is_sure and after.is_sure else "may_have_moved"].format(old=old, new=new)


def summarise_limit(found: Diagnosis, scenario: Scenario) -> str:
    """Return in a few words what limits a scenario."""
    say = PHRASES["en"]
    if not found.causes or found.binding is None:
        return f"what limits {found.scenario}: nothing"
    cause = found.causes[0]
    sure = "" if found.is_sure else f", {say['unsure']}"
    return (
        f"what limits {found.scenario}: {name_cause(scenario, cause.name, 'en')}, {say[found.binding.why]}; "
        f"{cause.share:.0%} of delay begins there{sure}"
    )


def name_cause(scenario: Scenario, name: str, language: Language) -> str:
    """Return the label of a stop, a crew, or the cranes of a terminal."""
    say, stop = PHRASES[language], expand_stops(scenario.port)[0].get(name)
    if stop is not None:
        return stop.label_zh if language == "zh" else stop.label
    terminal = scenario.port.terminals.get(name.removesuffix(" cranes"))
    if terminal is not None:
        return say["cranes_of"].format(name=terminal.label_zh if language == "zh" else terminal.label)
    return say["crew_of"].format(name=name.replace("_", " "))


def _say_limit(found: Diagnosis, binding: Binding, scenario: Scenario, language: Language) -> str:
    say, cause = PHRASES[language], found.causes[0]
    load = binding.load
    words: dict[str, Any] = {
        "name": name_cause(scenario, cause.name, language),
        "share": f"{cause.share:.0%}",
        "delay": format_number(cause.delay_h),
        "what": say[binding.resource or "road"],
        "use": f"{binding.use:.0%}",
        "closed": f"{binding.closed_share:.0%}",
        "open_h": f"{load.open_h:.1f}" if load else "",
    }
    sentences = [say["limit_is"].format(**words) + say[f"because_{binding.why}"].format(**words)]
    if binding.resource is None:
        sentences = [say["limit_is"].format(**words) + say["because_road"].format(**words)]
    if found.stands_at and found.stands_at[0] != cause.name and found.stands_at[1] > 0.5:
        place = name_cause(scenario, found.stands_at[0], language)
        sentences.append(say["stands_at"].format(place=place, share=f"{found.stands_at[1]:.0%}"))
    if found.fullest and found.fullest[0] != cause.name and found.fullest[1] > binding.use:
        name, use = found.fullest
        reason = say["but_" + (binding.resource if binding.resource in ("quota", "crew", "room") else binding.why)]
        sentences.append(
            say["fullest"].format(name=name_cause(scenario, name, language), use=f"{use:.0%}", reason=reason)
        )
    return say["space"].join(sentences)


def _say_relief(
    found: Diagnosis, binding: Binding, scenario: Scenario, levers: Sequence[str], ask: str, language: Language
) -> str:
    say, name = PHRASES[language], found.causes[0].name
    sentences = [_say_need(binding, scenario, name, language)]
    stop = expand_stops(scenario.port)[0].get(name)
    if stop is not None and stop.agency == "neighbour":
        sentences.append(say["coordinate"])
    site = scenario.port.inspection_sites.get(name.rpartition(".")[0])
    if site is not None and site.mode == "sequential":
        sentences.append(say["inspect_jointly"])
    if levers:
        first = ",".join([*scenario.policies, levers[0]])
        names = ", ".join(levers[:MOST_LEVERS])
        sentences.append(say["levers"].format(names=names, command=f"{ask} policy=[{first}]"))
    else:
        sentences.append(say["no_lever"])
    return say["space"].join(sentences)


def _say_need(binding: Binding, scenario: Scenario, name: str, language: Language) -> str:
    """Return by how much the cause is too small, or too short, for what comes."""
    say, load = PHRASES[language], binding.load
    if load is None or binding.resource is None:
        return say["need_road"]
    words = {
        "what": say[f"count_{load.resource}"],
        "count": f"{load.count:,}",
        "need": f"{max(load.count_for(AIM), load.count + 1):,}",
        "aim": f"{AIM:.0%}",
        "open_h": f"{load.open_h:.1f}",
        "need_h": f"{load.hours_for(AIM):.1f}",
        "all_day": f"{load.day * load.open_h / 24.0:.0%}",
    }
    if binding.why == "closed":
        left = say["queue_left"].format(queue=f"{binding.at_closing:,.0f}") if binding.at_closing >= 1.0 else ""
        return say["need_hours"].format(**words) + left + _say_overlap(scenario, name, language)
    if binding.why == "bunched":
        return say["need_spread"].format(**words) + _say_peak(load, language)
    staffed = load.resource in ("servers", "crew", "cranes") and load.open_h < load.hours_for(AIM) <= 24.0
    return say["need_count_or_hours" if staffed else "need_count"].format(**words)


def _say_overlap(scenario: Scenario, name: str, language: Language) -> str:
    """Return how long the cause and a step on the other side of the border are open together; the shortest of these."""
    found = [each for each in find_overlaps(scenario) if name in (each.first, each.second) and each.crosses]
    if not found:
        return ""
    shortest = min(found, key=lambda each: each.both_h)
    other = shortest.second if shortest.first == name else shortest.first
    words = {"other": name_cause(scenario, other, language), "both_h": f"{shortest.both_h:.1f}"}
    return PHRASES[language]["overlap"].format(**words)


def _say_peak(load: Load, language: Language) -> str:
    """Return the part of the day in which most is asked of what is open, if it is more than that can give."""
    say = PHRASES[language]
    parts = [(part, use) for part, use in zip(PARTS, load.by_part or (), strict=False) if 1.0 < use < float("inf")]
    if not parts:
        return ""
    part, use = max(parts, key=lambda pair: pair[1])
    return say["peak"].format(part=say[part], use=f"{use:.0%}")


def _say_certainty(found: Diagnosis, scenario: Scenario, language: Language) -> str:
    say, (first, *others) = PHRASES[language], found.causes
    names = [name_cause(scenario, cause.name, language) for cause in (first, *others[:1])]
    words = {"first": names[0], "second": names[-1], "count": first.first_in, "runs": found.replications}
    if found.lead_half_width is None:
        sentences = [say["one_run"]]
    else:
        words |= {"lead": f"{100 * found.lead:.1f}", "spread": f"{100 * found.lead_half_width:.1f}"}
        words |= {"confidence": f"{found.confidence:.0%}"}
        sentences = [say["sure" if found.is_sure else "not_sure"].format(**words)]
    if found.unstable:
        classes = scenario.demand.classes
        labels = [classes[name].label_zh if language == "zh" else classes[name].label for name in found.unstable]
        sentences.append(say["unstable"].format(names=say["comma"].join(labels)))
    if found.empty_runs:
        sentences.append(say["empty_runs"].format(runs=found.empty_runs))
    return say["space"].join(sentences)


def _tabulate(found: Diagnosis, scenario: Scenario, language: Language) -> Table:
    header, *rows = list_causes(found, scenario, language)
    table = Table(header[0], title_justify="left")
    for heading in header[1:]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def list_causes(found: Diagnosis, scenario: Scenario, language: Language) -> Iterator[tuple[str, ...]]:
    """Yield headings, then the first causes with their shares, and how full each is of what it has least of."""
    say = PHRASES[language]
    yield tuple(say[key] for key in ("where", "share_of_delay", "hours_a_day", "first_in", "how_full"))
    for cause in found.causes[:5]:
        uses = found.uses.get(cause.name, {})
        resource = max(uses, key=lambda each: uses[each], default=None)
        spread = "" if cause.half_width is None else f" ± {100 * cause.half_width:.1f}"
        yield (
            name_cause(scenario, cause.name, language),
            f"{100 * cause.share:.1f}{spread} %",
            format_number(cause.delay_h),
            f"{cause.first_in} / {found.replications}",
            "-" if resource is None else f"{say[resource]} {uses[resource]:.0%}",
        )


def _port_name(scenario: Scenario, language: Language) -> str:
    return scenario.port.name_zh if language == "zh" else scenario.port.name
