"""A figure as text for a page: SVG that asks for no font, has no date, and shares a page with others."""

import re
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

PATHS: Any = {"svg.fonttype": "path"}
"""Letters as shapes: a reader's machine need not have the font."""
DENSE_DPI = 150
"""Of parts that are drawn as pixels."""
NO_METADATA: Any = {"Date": None, "Creator": None, "Format": None, "Type": None}
SHAPE = re.compile(r'\bd="[^"]*"')
DECIMALS = re.compile(r"(\.\d\d)\d+")
"""More than two, of points of which 72 make an inch, would double the size of a page."""
ID = re.compile(r'(\bid="|href="#|url\(#)')


def write_svg(figure: Figure, key: str) -> str:
    """Return a figure as an `<svg>` element, the same for the same figure.

    Its ids begin with the key: on a page of several figures, names of shapes and clips must differ.
    """
    text = StringIO()
    with mpl.rc_context(PATHS | {"svg.hashsalt": key}):
        figure.savefig(text, format="svg", dpi=DENSE_DPI, metadata=NO_METADATA)
    whole = text.getvalue()
    whole = SHAPE.sub(lambda shape: DECIMALS.sub(r"\1", shape[0]), whole)
    return ID.sub(rf"\g<1>{key}-", whole[whole.index("<svg") :])
