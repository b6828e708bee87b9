"""The picture of a port's process: who comes, what they pass on both sides of the border, and how they leave.

A scenario is read into rows of cells, rows are laid out on a grid of columns with the border between two of them
and stacked, and drawn.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from sim.scenario.schema import Scenario
from sim.views.process.drawing import draw_picture
from sim.views.process.layout import choose_grid
from sim.views.process.rows import condense, find_rows
from sim.views.process.stacking import shelve, stack, stack_blocks
from sim.views.process.text import FAMILY

STYLE: Any = {"font.size": 8, "font.family": FAMILY}


def plot_process(scenario: Scenario, path: Path) -> None:
    """Draw the process of a port, as PNG, SVG or PDF by the suffix of the path."""
    with mpl.rc_context(STYLE):
        draw_process(scenario).savefig(path, dpi=130)


def draw_process(scenario: Scenario) -> Figure:
    """Return the figure of a port's process."""
    groups = stack_blocks(scenario.port, find_rows(scenario))
    rows = condense([row for group in groups for block in group for row in block.rows])
    grid, rest = choose_grid(rows), iter(rows)
    condensed = [[replace(block, rows=tuple(next(rest) for _ in block.rows)) for block in group] for group in groups]
    return draw_picture(scenario, grid, stack(scenario.port, shelve(condensed, grid), grid))
