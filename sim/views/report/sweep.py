"""The page of a sweep: what its cases come to in the outcome that its study asks for."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from sim.scenario.study_file import Factor, StudyFile, read_study_file
from sim.views.cells import format_number, format_signed
from sim.views.outcome_names import name_outcome
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, join, section, table, tag
from sim.views.report.words import say
from sim.views.responses import name_factor
from sim.views.run_folder import read_csv
from sim.views.sweep import tabulate_outcome

MOST_CASES = 40


def tell_question(told: Finished) -> Html:
    """Return the question of a study file, or the one that a study of its kind asks."""
    lang = told.language
    asked = _read_study(told).ask(lang) or say(lang, f"{told.kind}_what", count=len(told.labels))
    return tag("p", asked, class_="question")


def _read_study(told: Finished) -> StudyFile:
    return read_study_file(told.folder / "study.yaml")


def _read_means(told: Finished) -> pl.DataFrame:
    """Return the mean of the study's outcome for each case, with its factors (`tabulate_outcome`)."""
    outcome, confidence = _read_study(told).outcome, told.experiment.settings.confidence
    return tabulate_outcome(told.outcomes, read_csv(told.folder, "points"), outcome, confidence)


def tell_answer(told: Finished) -> Html:
    """Return the best case, its difference to the first, then the cases with their intervals; and those that failed."""
    lang, study, points, means = told.language, _read_study(told), read_csv(told.folder, "points"), _read_means(told)
    failed = points.filter(pl.col("state") != "done").select("scenario", "message")
    if means.is_empty():
        return join([tag("p", say(lang, "sweep_nothing", outcome=study.outcome), class_="warning")])
    ranked = means.drop_nulls("mean").sort("mean", maintain_order=True)
    return join(
        [
            _say_best(told, ranked, study.outcome),
            _tabulate_cases(told, ranked, study.outcome),
            _tell_failed(told, failed),
        ]
    )


def _say_best(told: Finished, ranked: pl.DataFrame, outcome: str) -> Html:
    lang, best, first = told.language, ranked.row(0, named=True), told.labels[0]
    mean = f"{format_number(best['mean'])}{_spread(best['half_width'])} {best['unit']}"
    words = {"done": len(ranked), "label": best["scenario"], "outcome": _name_outcome(told, outcome), "mean": mean}
    more = []
    if best["scenario"] != first:
        difference = format_signed(best["difference"]) + _spread(best["difference_half_width"])
        more.append(say(lang, "sweep_against", first=first, difference=difference))
    more.append(say(lang, "sweep_luck"))
    answer = tag("p", say(lang, "sweep_answer", **words), class_="first")
    return tag("div", answer, *(tag("p", each) for each in more), class_="answer")


def _name_outcome(told: Finished, outcome: str) -> str:
    return name_outcome(outcome, told.experiment.baseline, told.language)


def _spread(half_width: float | None) -> str:
    return "" if half_width is None else f" ± {format_number(half_width)}"


def _tabulate_cases(told: Finished, ranked: pl.DataFrame, outcome: str) -> Html:
    lang, name = told.language, _name_outcome(told, outcome)
    header = [say(lang, "case"), f"{name} ({ranked['unit'][0]})", say(lang, "against_first")]
    rows = [_list_case(row) for row in ranked.head(MOST_CASES).iter_rows(named=True)]
    more = say(lang, "more_cases", shown=MOST_CASES, count=len(ranked)) if len(ranked) > MOST_CASES else ""
    confidence = {"confidence": f"{told.experiment.settings.confidence:.0%}", "runs": told.replications}
    notes = (tag("p", note, class_="note") for note in (more, say(lang, "interval", **confidence)) if note)
    return join([table(header, rows, say(lang, "cases")), *notes])


def _list_case(row: Mapping[str, Any]) -> tuple[str, str, str]:
    difference = format_signed(row["difference"]) + _spread(row["difference_half_width"])
    return row["scenario"], format_number(row["mean"]) + _spread(row["half_width"]), difference


def _tell_failed(told: Finished, failed: pl.DataFrame) -> Html:
    if failed.is_empty():
        return Html()
    items = (tag("li", f"{label}: {message}") for label, message in failed.head(MOST_CASES).iter_rows())
    head = tag("strong", say(told.language, "failed", count=len(failed)))
    return tag("div", tag("p", head), tag("ul", *items), class_="warning")


def tell_factors(told: Finished) -> Html:
    """Return what was varied, through which levels; nothing if nothing was."""
    lang = told.language
    rows = [
        (name_factor(name, factor, lang), ", ".join(factor.keys), _say_levels(factor))
        for name, factor in _read_study(told).vary.items()
    ]
    header = [say(lang, key) for key in ("factor", "keys", "levels")]
    return section("factors", say(lang, "varied"), table(header, rows, class_="texts")) if rows else Html()


def _say_levels(factor: Factor) -> str:
    how = {"set": "", "times": "× ", "plus": "+ "}[factor.how]
    levels = f"{factor.least:g} – {factor.most:g}" if factor.values is None else ", ".join(map(str, factor.values))
    return f"{how}{levels}"
