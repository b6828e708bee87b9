"""The page itself: one file that loads nothing from elsewhere and runs no program."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path

from sim.views.naming import say_date
from sim.views.phrases import Language
from sim.views.report import closing, conclusion, evidence, frontier, matters, search, sources, sweep
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, section, tag, void
from sim.views.report.words import say
from sim.views.report_figures import ReportFigure
from sim.views.run_folder import ResultsError

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may load: nothing but the page's own style, and pictures that are in it."""
MARK = '<meta name="generator" content="kouan report">'
"""What a page of ours has in its head: no other is replaced."""

LANGUAGES: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}

Tell = Callable[[Finished], Html]

BEFORE_FIGURES: dict[str, Sequence[Tell]] = {
    "run": (conclusion.tell_question, conclusion.tell_answer, evidence.tell_notes, conclusion.tell_limits),
    "frontier": (frontier.tell_question, frontier.tell_answer),
    "sweep": (sweep.tell_question, sweep.tell_answer),
    "matters": (sweep.tell_question, matters.tell_answer),
    "search": (sweep.tell_question, search.tell_answer),
}
"""What each kind of folder begins with: another kind of study is another row."""
AFTER_FIGURES: dict[str, Sequence[Tell]] = {
    "run": (evidence.tell_disruptions, evidence.tell_numbers, evidence.tell_account),
    "frontier": (frontier.tell_policies,),
    "sweep": (sweep.tell_factors,),
    "matters": (sweep.tell_factors,),
    "search": (sweep.tell_factors,),
}
CLOSING: Sequence[Tell] = (closing.tell_reproduction, closing.tell_belief, sources.tell_sources)


def write_page(told: Finished, figures: Iterable[ReportFigure]) -> str:
    """Return the whole page of a folder as HTML.

    Raises
    ------
    ResultsError
        If it is of a kind that has no page.
    """
    if told.kind not in BEFORE_FIGURES:
        known = ", ".join(BEFORE_FIGURES)
        raise ResultsError(f"'{told.folder}' holds a {told.kind}, of which there is no report; there is of: {known}")
    parts = (
        _tell_head(told),
        *(tell(told) for tell in BEFORE_FIGURES[told.kind]),
        _tell_figures(figures, told.language),
        *(tell(told) for tell in (*AFTER_FIGURES[told.kind], *CLOSING)),
        tag("footer", say(told.language, "no_network")),
    )
    page = tag("html", _head(told), tag("body", tag("main", *parts)), lang=LANGUAGES[told.language])
    return f"<!doctype html>\n{page}\n"


def _head(told: Finished) -> Html:
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    return tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=POLICY),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Html(MARK),
        tag("title", f"{told.port_name}: {_name_kind(told)}"),
        tag("style", Html(style)),
    )


def _name_kind(told: Finished) -> str:
    kind = "policy" if told.kind == "run" and len(told.labels) > 1 else told.kind
    return say(told.language, f"kind_{kind}")


def _tell_head(told: Finished) -> Html:
    lang, scenario = told.language, told.experiment.baseline
    horizon = scenario.horizon
    written = datetime.fromisoformat(str(told.manifest["written"]))
    about = {"written": _spell(written.date(), lang), "version": told.manifest["packages"]["kouan"]}
    period = {
        "mode": say(lang, f"mode_{scenario.port.mode}"),
        "first": _spell(horizon.start + timedelta(days=horizon.warmup_days), lang),
        "last": _spell(horizon.start + timedelta(days=horizon.warmup_days + horizon.days - 1), lang),
        "runs": told.replications,
    }
    return tag(
        "header",
        tag("h1", told.port_name),
        tag("p", say(lang, "about", kind=_name_kind(told), **about), class_="about"),
        tag("p", say(lang, "period", **period), class_="about"),
    )


def _spell(day: date, lang: Language) -> str:
    return f"{day.year}年{say_date(day, lang)}" if lang == "zh" else f"{day.day} {day:%B %Y}"


def _tell_figures(figures: Iterable[ReportFigure], lang: Language) -> Html:
    shown = [_tell_figure(figure) for figure in figures]
    return section("figures", say(lang, "figures"), *shown) if shown else Html()


def _tell_figure(figure: ReportFigure) -> Html:
    """Return a figure below its title and caption; readers who do not see it are told what is there."""
    picture = Html(figure.svg.replace("<svg", f'<svg role="img" aria-label="{escape(figure.alt)}"', 1))
    return tag("figure", tag("figcaption", tag("b", figure.title), void("br"), figure.caption), picture, id=figure.key)
