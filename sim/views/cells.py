"""Cells of tables: numbers with as many digits as matter, and rows of a comparison."""

from typing import Any

Found = dict[tuple[str, str, str], dict[str, Any]]
"""Rows of a comparison by scope, name and measure."""
Cells = tuple[str, str, str, str]
"""Label, baseline, the other, and their difference with its interval."""


def format_row(label: str, row: dict[str, Any], scale: float) -> Cells:
    """Return the cells of one outcome, times a scale."""
    values = [
        None if row[key] is None else row[key] * scale for key in ("baseline", "other", "difference", "half_width")
    ]
    baseline, other, difference, half_width = values
    spread = "" if half_width is None else f" ± {format_number(half_width)}"
    return label, format_number(baseline), format_number(other), f"{format_signed(difference)}{spread}"


def hide_unstable(cells: Cells, bad: list[bool]) -> Cells:
    """Return the cells with `unstable` instead of means that do not exist, and then without a difference."""
    if not any(bad):
        return cells
    label, *means, _ = cells
    before, after = ("unstable" if worse else mean for worse, mean in zip(bad, means, strict=True))
    return label, before, after, "-"


def format_number(value: float | None) -> str:
    """Return a number with about three digits; a dash if there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"


def format_signed(value: float | None) -> str:
    """Return a difference with its sign."""
    if value is None:
        return "-"
    return f"{'+' if value >= 0.0 else '−'}{format_number(abs(value))}"
