"""The letters of figures: matplotlib's own, and the shipped Chinese font where figures are in Chinese."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sim.views.phrases import Language

FONT = Path(__file__).resolve().parents[1] / "fonts" / "KouanSansSC-Regular.otf"
FAMILY, BESIDE = "Kouan Sans SC", "DejaVu Sans"
"""The shipped font, and matplotlib's own for the few marks that it does not have."""

BOLD = 700


def choose_letters(language: Language) -> dict[str, Any]:
    """Return matplotlib's settings for letters that the language can be written in."""
    if language == "en":
        return {}
    _register()
    return {"font.family": [FAMILY, BESIDE]}


@cache
def _register() -> None:
    """Let matplotlib find the shipped font; reading it takes a moment, so only once and only if it is needed.

    It has one weight, which also stands for bold: headings ask for that, and matplotlib would complain each time.
    """
    from matplotlib.font_manager import fontManager

    fontManager.addfont(FONT)
    (entry,) = [each for each in fontManager.ttflist if each.name == FAMILY]
    fontManager.ttflist.append(replace(entry, weight=BOLD))
