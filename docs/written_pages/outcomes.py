"""The page about outcomes: the columns of the long table, and every measure with its unit and meaning."""

from sim.outcomes import OUTCOME_COLUMNS
from sim.outcomes.dictionary import DICTIONARY, SCOPES
from written_pages.markdown import cell, code, table

INTRO = """All outcomes of all replications are one long table, `outcomes.parquet` in a run folder, with the columns
{columns} after `scenario` and `replication`. A value is of one replication and of the measured window, after the
warm-up, unless it says otherwise. What does not exist, the mean of nobody, is NaN. `summary.csv` has means and
half-widths of intervals."""


def outcomes_page() -> str:
    """Return the dictionary of outcomes."""
    columns = ", ".join(code(each) for each in OUTCOME_COLUMNS)
    parts = ["# Outcomes", INTRO.format(columns=columns)]
    for scope, measures in DICTIONARY.items():
        rows = [[code(each.name), each.unit, cell(each.meaning)] for each in measures]
        parts += [
            f"(scope-{scope})=\n## {scope}",
            f"Name: {SCOPES[scope]}.",
            table(["measure", "unit", "meaning"], rows),
        ]
    return "\n\n".join(parts) + "\n"
