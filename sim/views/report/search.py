"""The page of a search: the choices that no other beats, verified by runs that the search has not seen."""

from sim.views.cells import format_number, format_signed
from sim.views.outcome_names import name_outcome
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, join, table, tag
from sim.views.report.words import say
from sim.views.run_folder import read_csv


def tell_answer(told: Finished) -> Html:
    """Return the best of the front in sentences, and the front with intervals and differences to the baseline."""
    lang, sentences = told.language, told.manifest["answer"][told.language]
    if not sentences:
        return tag("p", say(lang, "search_none"), class_="warning")
    first, *others = sentences
    answer = tag("div", tag("p", first, class_="first"), *(tag("p", each) for each in others), class_="answer")
    return join([answer, _tabulate(told)])


def _tabulate(told: Finished) -> Html:
    front = read_csv(told.folder, "front").filter(place="front")
    outcomes = front["outcome"].unique(maintain_order=True).to_list()
    units = dict(front.select("outcome", "unit").unique().iter_rows())
    names = [f"{name_outcome(each, told.experiment.baseline, told.language)} ({units[each]})" for each in outcomes]
    cells = {(row["scenario"], row["outcome"]): row for row in front.iter_rows(named=True)}
    labels = front["scenario"].unique(maintain_order=True).to_list()
    rows = [(label, *(_write(cells[label, each]) for each in outcomes)) for label in labels]
    return table([say(told.language, "choice"), *names], rows, say(told.language, "search_table"))


def _write(row: dict[str, float | None]) -> str:
    if row["difference"] is None:
        return format_number(row["mean"])
    spread = format_number(row["difference_half_width"])
    return f"{format_number(row['mean'])} ({format_signed(row['difference'])} ± {spread})"
