"""How wide and high a text is, and where its lines are broken. Lengths are inches, sizes points."""

from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

FAMILY = "DejaVu Sans"
TITLE_PT, FACT_PT, ROW_PT, KEPT_PT, SAID_PT = 8.0, 7.5, 10.5, 7.3, 8.2
HINTED = 1.04
"""Letters on the pixels of a screen are this much wider, at most, than their outlines."""
LEADING = 1.28


@cache
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width of a line of text."""
    font = FontProperties(family=FAMILY, size=size, weight=weight)
    return HINTED * float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72.0


def line_height(size: float) -> float:
    """Return the height of a line of text."""
    return size * LEADING / 72.0


def break_lines(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Return text in lines that are no wider, but for single words."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
