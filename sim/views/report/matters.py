"""The page of what matters: the assumption on which a conclusion hangs, in sentences and a table."""

from collections.abc import Mapping
from typing import Any

from sim.views.cells import format_number
from sim.views.matters import write_end
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, join, table, tag
from sim.views.report.words import say
from sim.views.run_folder import read_table

MOST_ROWS = 20


def tell_answer(told: Finished) -> Html:
    """Return the sentences of the answer, and the assumptions that move the conclusion, most first."""
    lang, sentences = told.language, told.manifest["answer"][told.language]
    first, *others = sentences
    answer = tag("div", tag("p", first, class_="first"), *(tag("p", each) for each in others), class_="answer")
    moving = read_table(told.folder, "factors").filter(verdict="moves")
    if moving.is_empty():
        return answer
    unit = told.manifest["unit"]
    header = [say(lang, "assumption"), say(lang, "matters_size"), say(lang, "matters_ends", unit=unit)]
    rows = [_list_factor(row, lang) for row in moving.head(MOST_ROWS).iter_rows(named=True)]
    return join([answer, table(header, rows, say(lang, "matters_table"))])


def _list_factor(row: Mapping[str, Any], lang: str) -> tuple[str, str, str]:
    label = str(row["label_zh" if lang == "zh" else "label"])
    if row["least"] is not None and row["as_is"] is not None:
        label += f" ({write_end(row['as_is'])}: {write_end(row['least'])} … {write_end(row['most'])})"
    spread = "" if row["half_width"] is None else f" ± {format_number(row['half_width'])}"
    ends = [row["at_least"], row["at_most"]]
    both = "-" if None in ends else " … ".join(format_number(end) for end in ends)
    return label, format_number(row["size"]) + spread, both
