"""The page of a frontier: which of many policies are worth what the port pays for them."""

import polars as pl

from sim.study.frontier import FREIGHT_HOURS, PORT_COST, Outcome, compare_policies
from sim.views.cells import format_number
from sim.views.frontier import COLUMNS, find_columns, list_frontier
from sim.views.naming import name_scenario
from sim.views.phrases import Language
from sim.views.report.answer import say_time
from sim.views.report.conclusion import say_article
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, join, section, table, tag
from sim.views.report.words import say

HEADINGS = {
    PORT_COST: "port_pays",
    FREIGHT_HOURS: "tfi1",
    ("direction", "export", "release_mean"): "out",
    ("direction", "import", "release_mean"): "in",
    ("cost", "users", "per_day"): "users_pay",
    ("emissions", "port", "co2_per_vehicle"): "co2",
}
assert HEADINGS.keys() == COLUMNS.keys()


def tell_question(told: Finished) -> Html:
    """Return what a frontier is asked."""
    return tag("p", say(told.language, "which_policy"), class_="question")


def tell_answer(told: Finished) -> Html:
    """Return how many policies are on the frontier, and which saves most hours at what price; then all of them."""
    lang = told.language
    comparison = compare_policies(told.outcomes, told.experiment.settings.confidence)
    answer = tag("div", *(tag("p", text, class_="first") for text in _say_answer(told, comparison)), class_="answer")
    header = [say(lang, "policy"), *(say(lang, HEADINGS[what]) for what in find_columns(comparison))]
    rows = [(_name(row[0], lang), *row[1:]) for row in list_frontier(comparison)]
    parts = [answer, table(header, rows, say(lang, "policies")), tag("p", say(lang, "frontier_note"), class_="note")]
    growing = sorted({label for label, _ in told.checks.unstable})
    if growing:
        parts.append(tag("p", say(lang, "frontier_unstable", names=", ".join(growing)), class_="warning"))
    return join(parts)


def _name(marked: str, lang: Language) -> str:
    """Return a policy's name behind the mark of the frontier, with a space that no line ends at."""
    return f"{marked[0].strip()}\u00a0{name_scenario(marked[2:], lang)}".strip("\u00a0")


def _say_answer(told: Finished, comparison: pl.DataFrame) -> list[str]:
    lang = told.language
    hours = _pick(comparison, FREIGHT_HOURS)
    kept = hours.filter(pl.col("beaten_by").is_null())
    best = kept.sort("difference", nulls_last=True).row(0, named=True)
    count = len(hours) - 1
    spread = best["half_width"]
    if best["difference"] is None or not best["difference"] + (spread or 0.0) < 0.0:
        return [say(lang, "frontier_nothing", count=count)]
    cost = _pick(comparison, PORT_COST).filter(scenario=best["scenario"])["difference"].item()
    words = {
        "kept": len(kept) - (hours["scenario"][0] in kept["scenario"].to_list()),
        "count": count,
        "name": best["scenario"],
        "before": say_time(best["baseline"], lang),
        "after": say_time(best["other"], lang),
        "by": say_time(-best["difference"], lang),
        "spread": say_time(spread or 0.0, lang),
    }
    price = say(lang, "frontier_gain" if cost < 0.0 else "frontier_price", paid=format_number(abs(cost)))
    return [say(lang, "frontier_answer", **words), price]


def _pick(comparison: pl.DataFrame, what: Outcome) -> pl.DataFrame:
    scope, name, measure = what
    return comparison.filter(scope=scope, name=name, measure=measure)


def tell_policies(told: Finished) -> Html:
    """Return what each policy asks and takes; nothing if none is known."""
    lang, zh = told.language, told.language == "zh"
    rows = [
        (name, each.question_zh if zh else each.question, each.costs_zh if zh else each.costs, say_article(each, lang))
        for name, each in told.policies.items()
    ]
    header = [say(lang, key) for key in ("policy", "question", "takes_short", "article")]
    return section("policies", say(lang, "asks"), table(header, rows, class_="texts")) if rows else Html()
