"""Markdown tables of a study, and where they stand in its README."""

from collections.abc import Sequence
from pathlib import Path

MARKS = "<!-- tables: written by run.py -->", "<!-- end of tables -->"


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first column is text and whose others are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def format_difference(value: float, half_width: float | None) -> str:
    """Return a difference with its sign and the half-width of its interval."""
    spread = "" if half_width is None else f" ± {half_width:,.2f}"
    return f"{'+' if value >= 0.0 else '−'}{abs(value):,.2f}{spread}"


def write_tables(readme: Path, tables: str) -> None:
    """Put tables between the marks of a README."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    readme.write_text(f"{before}{MARKS[0]}\n\n{tables}\n\n{MARKS[1]}{after}", encoding="utf-8")
