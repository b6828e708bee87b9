"""What a port's numbers rest on: what is assumed, what is sourced and where, and what was changed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sim.scenario.facts import read_facts
from sim.scenario.load import load_experiment, shipped
from sim.scenario.provenance import Parameter, read_lines, read_parameters, share_sourced
from sim.scenario.schema import Scenario
from sim.views.catalogue import format_value, list_values
from sim.views.phrases import Language
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, join, section, table, tag
from sim.views.report.words import say

FACT = re.compile(r"\bN\d+\b")
MOST_CHANGES = 40

Facts = Mapping[str, Mapping[str, str]]


def tell_sources(told: Finished) -> Html:
    """Return the section about the numbers of the baseline, before any policy, and what the policies rest on."""
    scenario, lang, known = told.experiment.baseline, told.language, read_facts()
    name = find_shipped(scenario)
    changes = list(list_changes(load_experiment(f"port={name}").baseline, scenario)) if name else []
    keys = {key for key, _, _ in changes}
    parameters, prices = (
        [each for each in found if not keys.intersection(each.keys)]
        for found in (read_parameters(name) if name else [], _read_prices() if name and scenario.costs else [])
    )
    comments = [each.comment for each in (*parameters, *prices)] + [each.basis for each in told.policies.values()]
    return section(
        "assumptions",
        say(lang, "assumptions"),
        _tell_share(parameters, lang) if name else tag("p", say(lang, "own_port")),
        _tabulate_changes(changes, lang),
        _tabulate_parameters(say(lang, "assumed"), [each for each in parameters if not each.is_sourced], known, lang),
        _tabulate_parameters(say(lang, "sourced"), [each for each in parameters if each.is_sourced], known, lang),
        _tabulate_parameters(say(lang, "prices"), prices, known, lang),
        _tabulate_basis(told, known),
        _tabulate_facts(comments, known, lang),
    )


def _tell_share(parameters: Sequence[Parameter], lang: Language) -> Html:
    assumed = sum(not each.is_sourced for each in parameters)
    words = {"share": f"{share_sourced(parameters):.0%}", "count": len(parameters), "assumed": assumed}
    notes = [tag("p", say(lang, "share", **words))]
    if lang == "zh":
        notes.append(tag("p", say(lang, "comments_in_english"), class_="note"))
    return join(notes)


def find_shipped(scenario: Scenario) -> str | None:
    """Return the shipped port that a scenario is, whatever was changed in it; None if it is another."""
    for path in sorted(shipped("configs/port").glob("*.yaml")):
        if re.search(rf"^name: {re.escape(scenario.port.name)}\s*(#|$)", path.read_text("utf-8"), re.MULTILINE):
            return path.stem
    return None


def list_changes(before: Scenario, after: Scenario) -> Iterator[tuple[str, str, str]]:
    """Yield key and both values of every number of port, demand and costs that is another, or not in both."""
    old, new = (dict(list_values(each.model_dump(exclude={"policies", "horizon"}))) for each in (before, after))
    for key in {**old, **new}:
        if old.get(key) != new.get(key):
            was, now = (format_value(each[key]) if key in each else "-" for each in (old, new))
            yield key, was, now


def _tabulate_changes(changes: list[tuple[str, str, str]], lang: Language) -> Html:
    if not changes:
        return Html()
    header = [say(lang, word) for word in ("key", "shipped", "here")]
    more = len(changes) - MOST_CHANGES
    note = [tag("p", say(lang, "and_more", count=more), class_="note")] if more > 0 else []
    return join([table(header, changes[:MOST_CHANGES], say(lang, "changed"), "texts keys"), *note])


def _tabulate_parameters(caption: str, parameters: Iterable[Parameter], known: Facts, lang: Language) -> Html:
    header = [say(lang, word) for word in ("key", "value", "why")]
    rows = [(_name(each), _break(each.value), _link(each.comment, known)) for each in parameters]
    return table(header, rows, f"{caption} ({len(rows)})", "texts keys") if rows else Html()


def _read_prices() -> list[Parameter]:
    """Return the shipped prices, with keys as on the command line."""
    lines = read_lines(shipped("configs/costs/xinjiang.yaml"))
    return [replace(each, keys=tuple(f"costs.{key}" for key in each.keys)) for each in lines]


def _tabulate_basis(told: Finished, known: Facts) -> Html:
    header = [say(told.language, word) for word in ("policy", "why")]
    rows = [(tag("code", name), _link(policy.basis, known)) for name, policy in told.policies.items()]
    return table(header, rows, say(told.language, "basis"), "texts") if rows else Html()


def _name(parameter: Parameter) -> Html:
    return tag("code", _break(parameter.key))


def _break(text: str) -> Html:
    """Let a line end after the dots of a key."""
    return join(text.split("."), ".\u200b") if re.fullmatch(r"[a-z_.0-9]+[a-z_]", text) else join([text])


def _link(comment: str, known: Facts) -> Html:
    """Return a comment with a link from each fact that it names to the list of facts."""
    parts: list[str] = []
    end = 0
    for match in FACT.finditer(comment):
        parts += [comment[end : match.start()], _refer(match[0], known)]
        end = match.end()
    return join([*parts, comment[end:]])


def _refer(fact: str, known: Facts) -> str:
    return tag("a", fact, href=f"#{fact}") if fact in known else fact


def _tabulate_facts(comments: Iterable[str], known: Facts, lang: Language) -> Html:
    named = {fact for comment in comments for fact in FACT.findall(comment) if fact in known}
    header = [say(lang, word) for word in ("fact", "says", "source")]
    rows = [_describe_fact(known[fact], lang) for fact in sorted(named)]
    return table(header, rows, f"{say(lang, 'facts')} ({len(rows)})", "texts") if rows else Html()


def _describe_fact(fact: Mapping[str, str], lang: Language) -> tuple[str, str, str]:
    says = f"{fact['quantity']}: {fact['value']} {fact['unit']} ({fact['period']})"
    grade = say(lang, "grade", grade=fact["grade"], words=say(lang, f"grade_{fact['grade']}"))
    source: list[str] = [f"{fact['source']}, {fact['publisher']}; {grade}. "]
    if fact["url"].startswith(("http://", "https://")):
        source.append(tag("a", fact["url"], href=fact["url"], rel="noreferrer"))
    return tag("span", fact["id"], id=fact["id"]), says, join(source)
