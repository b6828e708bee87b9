"""What everything is drawn with: text, rounded boxes, arrows, and the colours of agencies."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from sim.views.figures import COLOURS

AGENCIES = {
    "customs": (COLOURS[1], "customs"),
    "border_police": (COLOURS[2], "border police"),
    "quarantine": (COLOURS[3], "quarantine"),
    "transport": (COLOURS[4], "roads"),
    "operator": (COLOURS[5], "operator, railway"),
    "neighbour": (COLOURS[0], "neighbour"),
}
"""Colour and name of each agency; the palette is Okabe and Ito's."""
GREY, INK = "#6b6b6b", "#1a1a1a"


def tint(colour: str, strength: float) -> tuple[float, float, float]:
    """Return a colour mixed with white."""
    red, green, blue = (1.0 - strength * (1.0 - part) for part in to_rgb(colour))
    return red, green, blue


def write(axes: Axes, x: float, y: float, text: str, size: float, **more: Any) -> None:
    """Write text whose top is at y."""
    axes.text(x, y, text, fontsize=size, **{"va": "top", "color": INK, "parse_math": False, "zorder": 6, **more})


def draw_box(axes: Axes, edges: tuple[float, float, float, float], rounding: float, **style: Any) -> None:
    """Draw a box with round corners between x0, y0, x1 and y1."""
    x0, y0, x1, y1 = edges
    shape = f"round,pad=0,rounding_size={rounding}"
    axes.add_patch(FancyBboxPatch((x0, y0), x1 - x0, y1 - y0, boxstyle=shape, **style))


def draw_arrow(axes: Axes, points: Sequence[tuple[float, float]], colour: str = INK, width: float = 1.2) -> None:
    """Draw a line through points that ends in an arrow."""
    x, y = zip(*points[:-1], strict=True)
    axes.plot(x, y, color=colour, lw=width, zorder=3, solid_capstyle="butt")
    head = FancyArrowPatch(*points[-2:], arrowstyle="-|>", mutation_scale=9, shrinkA=0, shrinkB=0, zorder=3)
    head.set(color=colour, lw=width)
    axes.add_patch(head)
