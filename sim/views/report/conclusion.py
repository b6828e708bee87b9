"""What a run comes to: what was asked, the answer, what it costs, and what limits the port."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.scenario.load import read_policies
from sim.scenario.policy import Policy
from sim.scenario.schema import Scenario
from sim.study.diagnosis import Diagnosis, diagnose_study
from sim.study.relief import find_levers
from sim.views.cells import Cells
from sim.views.explain import explain_limit, explain_move, list_causes
from sim.views.phrases import PHRASES, Language
from sim.views.report.answer import find_moves, list_short, say_level, say_move
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, join, section, table, tag
from sim.views.report.words import say
from sim.views.run_folder import read_table

MOST_SENTENCES = 4


def tell_question(told: Finished) -> Html:
    """Return what was asked, and what it takes; of a port as it is, what one always asks."""
    lang = told.language
    asked = [
        part
        for policy in told.policies.values()
        for part in (
            tag("p", policy.question_zh if lang == "zh" else policy.question, class_="question"),
            tag("p", say(lang, "takes", costs=_take(policy, lang), article=say_article(policy, lang)), class_="note"),
        )
    ]
    if asked:
        return join(asked)
    names = told.labels[1:]
    questions = [say(lang, "what_would", name=name) for name in names] or [say(lang, "what_holds")]
    return join(tag("p", question, class_="question") for question in questions)


def _take(policy: Policy, lang: Language) -> str:
    return policy.costs_zh if lang == "zh" else policy.costs


def say_article(policy: Policy, lang: Language) -> str:
    """Return the article behind a policy; in Chinese only its number, as what it is about is said in English."""
    if lang == "en":
        return policy.article
    return "、".join(f"第{number}条" for number in re.findall(r"Art\. ([\d-]+)", policy.article)) or policy.article


def tell_answer(told: Finished) -> Html:
    """Return the answer in a sentence, what else moves, and the numbers that a decision is made by."""
    found = {(row["scope"], row["name"], row["measure"]): row for row in told.comparison.iter_rows(named=True)}
    moves = find_moves(found, told.experiment.baseline, told.labels, told.checks, told.language)
    is_alone = len(told.labels) == 1
    sentences = [(say_level if is_alone else say_move)(move, told.language) for move in moves[:MOST_SENTENCES]]
    if not is_alone and not any(move.is_sure for move in moves):
        sentences.insert(0, say(told.language, "nothing_sure"))
    first, *others = sentences
    answer = tag("div", tag("p", first, class_="first"), *(tag("p", each) for each in others), class_="answer")
    return join([answer, _tabulate_short(told, list(list_short(found, moves, told.language)))])


def _tabulate_short(told: Finished, rows: Sequence[Cells]) -> Html:
    lang = told.language
    key = "interval" if len(told.labels) > 1 else "interval_alone"
    confidence = f"{told.experiment.settings.confidence:.0%}"
    note = say(lang, key, confidence=confidence, runs=told.replications)
    return join([tabulate(told, rows, say(lang, "in_short")), tag("p", note, class_="note")])


def tabulate(told: Finished, rows: Sequence[Sequence[str]], caption: str = "") -> Html:
    """Return a table of outcomes: both scenarios and their difference, or the only one; a row of one is a heading."""
    lang = told.language
    if len(told.labels) == 1:
        header = [say(lang, "outcome"), say(lang, "mean")]
        return table(header, map(_show_alone, rows), caption)
    names = say(lang, "baseline"), told.labels[1].replace("+", " + ")
    return table([say(lang, "outcome"), *names, say(lang, "difference")], rows, caption)


def _show_alone(row: Sequence[str]) -> Sequence[str]:
    """Return label and mean with its half-width, of cells whose difference is none."""
    if len(row) == 1:
        return row
    label, mean, _, difference = row
    return label, f"{mean} {''.join(difference.partition('±')[1:])}".strip()


def tell_limits(told: Finished) -> Html:
    """Return what limits the port in each scenario, what would relieve it, how sure that is, and whether it moved."""
    lang = told.language
    found = diagnose_study(told.outcomes, read_table(told.folder, "queues"), told.experiment)
    policies = read_policies()
    parts = []
    if len(found) > 1:
        parts.append(tag("p", tag("strong", explain_move(found[0][0], *found[1], lang))))
    for place, (each, scenario) in enumerate(found):
        if len(found) > 1:
            parts.append(tag("h3", say(lang, "limit_of" if place else "limit_baseline", name=each.scenario)))
        parts += _tell_limit(told, each, scenario, policies)
    return section("limits", say(lang, "limit"), *parts)


def _tell_limit(told: Finished, found: Diagnosis, scenario: Scenario, policies: Mapping[str, Policy]) -> Iterator[Html]:
    cause = found.causes[0].name if found.causes else None
    levers = find_levers(scenario, cause, policies, told.experiment.baseline) if cause else []
    ask = ask_again(told.manifest, ("policy=", "out="))
    heads = (PHRASES[told.language][key] for key in ("limits", "relieves", "certainty"))
    for head, sentence in zip(heads, explain_limit(found, scenario, levers, ask, told.language), strict=False):
        yield tag("p", tag("strong", head), PHRASES[told.language]["space"], sentence)
    if found.causes:
        header, *rows = list_causes(found, scenario, told.language)
        yield table(header, rows)


def ask_again(manifest: Mapping[str, Any], without: Sequence[str]) -> str:
    """Return the command that wrote a folder, as a shell reads it, but for the words that begin so."""
    words = [str(word) for word in manifest.get("command", [])]
    return shlex.join(["kouan", *(word for word in words if not word.startswith(tuple(without)))])
