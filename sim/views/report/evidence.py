"""What the conclusion of a run rests on: its whole table, what goes wrong, notes, and the account of all vehicles."""

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text

from sim.study.comparison import summarise
from sim.study.conservation import FATES, count_fates
from sim.views.naming import name_scenario
from sim.views.report.chinese import name_in_chinese, translate_row, translate_warning
from sim.views.report.conclusion import tabulate
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, section, table, tag
from sim.views.report.words import say
from sim.views.tables import list_disruptions, list_recovery, list_sections


def tell_numbers(told: Finished) -> Html:
    """Return the table that the run printed, all of it."""
    write = _translator(told)
    labels = told.labels[0], told.labels[-1]
    rows: list[tuple[str, ...]] = []
    for heading, cells in list_sections(told.comparison, told.experiment.baseline, labels, told.checks):
        rows.append((write(heading),))
        rows += [tuple(map(write, row)) if any(row[1:]) else (write(row[0]),) for row in cells]
    return section("numbers", say(told.language, "numbers"), tabulate(told, rows))


def _translator(told: Finished) -> Callable[[str], str]:
    """Return what turns a cell of the console's tables into plain text in the language."""
    names = name_in_chinese(told.experiment.alternative or told.experiment.baseline)
    if told.language == "en":
        return lambda markup: Text.from_markup(markup).plain
    return lambda markup: translate_row(Text.from_markup(markup).plain, names)


def tell_disruptions(told: Finished) -> Html:
    """Return what goes wrong in the last scenario and what that adds; nothing if nothing does."""
    scenario, write = told.experiment.alternative or told.experiment.baseline, _translator(told)
    last = summarise(told.outcomes.filter(scenario=told.labels[-1]), told.experiment.settings.confidence)
    tables = {"disruptions": list_disruptions(last, scenario), "recovery": list_recovery(last, scenario)}
    parts = [
        table(rows[0], rows[1:], say(told.language, key))
        for key, rows in ((key, [[write(cell) for cell in row] for row in rows]) for key, rows in tables.items())
        if rows
    ]
    return section("disruptions", say(told.language, "disruptions"), *parts) if parts else Html()


def tell_notes(told: Finished) -> Html:
    """Return what a reader must know before believing the numbers; nothing if there is nothing."""
    warnings = [str(warning) for warning in told.manifest.get("warnings", [])]
    if told.language == "zh":
        warnings = [translate_warning(warning, told.scenarios) for warning in warnings]
    items = [tag("li", warning) for warning in _join_alike(warnings, "：" if told.language == "zh" else ": ")]
    return section("notes", say(told.language, "notes"), tag("ul", *items, class_="warning")) if items else Html()


def _join_alike(warnings: Sequence[str], colon: str) -> list[str]:
    """Return warnings that say the same of several scenarios as one."""
    alike: dict[str, list[str]] = {}
    for warning in warnings:
        label, _, rule = warning.partition(colon)
        alike.setdefault(rule, []).append(label)
    return [f"{', '.join(labels)}{colon if rule else ''}{rule}" for rule, labels in alike.items()]


def tell_account(told: Finished) -> Html:
    """Return what became of all vehicles and all cargo."""
    lang = told.language
    header = [say(lang, word) for word in ("scenario", "arrived", *FATES)]
    parts = [tag("p", say(lang, "account_text", runs=told.replications))]
    for unit, word in (("vehicles", "vehicles"), ("units", "cargo")):
        counts = {label: each for label, each in count_fates(told.outcomes, unit).items() if each}
        rows = [
            (name_scenario(label, lang), *(_count(each, fate) for fate in ("arrived", *FATES)))
            for label, each in counts.items()
        ]
        parts += [table(header, rows, say(lang, word))] if rows else []
    return section("account", say(lang, "account"), *parts)


def _count(counts: Mapping[str, int], fate: str) -> str:
    """Return a count, whose name begins with what is counted."""
    return f"{sum(count for name, count in counts.items() if name.endswith(fate)):,}"
