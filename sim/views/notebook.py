"""A figure as a picture that a notebook shows, and that is small enough to be kept in it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from sim.views.figures import choose_look
from sim.views.phrases import Language

COLOURS = 128
"""A palette of so many makes a picture a third as large, and nobody sees it."""


def show_figure(draw: Callable[..., Figure | None], *what: Any, language: Language = "en") -> Image.Image | None:
    """Return what `draw(*what)` draws, in the style of all figures; None if there is nothing to draw.

    >>> show_figure(draw_weeks, study, ["export_truck"], "zh", language="zh")  # doctest: +SKIP
    """
    with mpl.rc_context(choose_look(language)):
        figure = draw(*what)
        if figure is None:
            return None
        drawn = BytesIO()
        figure.savefig(drawn, format="png", dpi=100)
    return Image.open(drawn).convert("RGB").quantize(COLOURS)
