"""How the picture is drawn: its blocks with their rows and cells, and what spans all of them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from sim.scenario.schema import Scenario
from sim.scenario.terminals import Terminal
from sim.views.labels import HALO
from sim.views.process.layout import GAP, MARGIN, PAD, Box, Grid, LaidRow, Segment, find_lines, find_parts
from sim.views.process.marks import AGENCIES, GREY, draw_arrow, draw_box, tint, write
from sim.views.process.stacking import AFTER_TERMINAL, TOP, LaidBlock
from sim.views.process.text import KEPT_PT, ROW_PT, SAID_PT, break_lines, line_height, text_width

LEGEND = 0.95
BORDER_RED, LIFTED, SOFT = "#b00000", "#444444", "#333333"


def draw_picture(scenario: Scenario, grid: Grid, blocks: Sequence[LaidBlock]) -> Figure:
    """Return the figure of blocks that have been laid out."""
    floor = max(block.floor for block in blocks) + 0.05
    figure = Figure(figsize=(grid.width, floor + LEGEND))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0.0, grid.width), ylim=(floor + LEGEND, 0.0))
    axes.set_axis_off()
    for block in blocks:
        _draw_block(axes, block, grid)
    _connect_terminals(axes, blocks)
    _draw_border(axes, grid, floor)
    policies = f" with {' + '.join(scenario.policies)}" if scenario.policies else ""
    write(axes, MARGIN, 0.18, f"{scenario.port.name}: the process{policies}", 15, weight="bold")
    _draw_legend(axes, scenario, [box for block in blocks for row in block.rows for box in row.boxes], floor + 0.2)
    return figure


def _draw_block(axes: Axes, block: LaidBlock, grid: Grid) -> None:
    """Draw a block, below a hairline if it begins a group."""
    for ours in block.sides if block.begins_group and block.y > TOP else ():
        ends = (MARGIN / 2, grid.border_x - 0.1) if ours else (grid.border_x + 0.1, grid.width)
        axes.plot(ends, [block.y - 0.15] * 2, color="0.78", lw=0.8, zorder=1)
    if block.block.terminal:
        _draw_terminal(axes, block, block.block.terminal, grid)
    for row in block.rows:
        _draw_row(axes, row)


def _draw_terminal(axes: Axes, block: LaidBlock, terminal: Terminal, grid: Grid) -> None:
    """Draw the large box around the cargo of a terminal, and what is said of it."""
    (ours,), colour = block.sides, AGENCIES[terminal.agency][0]
    x0, x1 = grid.left(ours) - 0.06, grid.right(ours) + 0.06
    edges = x0, block.y, x1, block.floor - AFTER_TERMINAL
    draw_box(axes, edges, 0.12, fc=tint(colour, 0.1), ec=colour, lw=2.2, zorder=1.5, gid=block.block.key)
    write(axes, x0 + 0.15, block.y + 0.1, terminal.label, ROW_PT + 1, weight="bold")
    for place, line in enumerate(block.said):
        write(axes, x0 + 0.15, block.y + 0.34 + place * line_height(SAID_PT), line, SAID_PT)


def _draw_row(axes: Axes, row: LaidRow) -> None:
    """Draw a row: its title, brackets below its lines, its boxes, and the arrows between them."""
    first = row.boxes[0]
    for place, text in enumerate(row.title):
        side = "right" if first.cell.heading < 0 else "left"
        write(axes, first.into, row.y + place * line_height(ROW_PT), text, ROW_PT, ha=side, weight="bold")
    for segment in row.segments:
        _draw_bracket(axes, segment)
    for box in row.boxes:
        _draw_cell(axes, box)
    for box, after in pairwise(row.boxes):
        draw_arrow(axes, _find_way(box, after, row.floors[box.line] + 0.06))
    last = row.boxes[-1]
    if last.cell.kind != "lift" and "when unloaded" not in last.cell.facts:
        x, y = last.out, last.middle[1]
        draw_arrow(axes, [(x, y), (x + 0.2 * last.cell.heading, y)])


def _find_way(box: Box, after: Box, below: float) -> list[tuple[float, float]]:
    """Return the points of the way from a box to the next: straight, or to the beginning of the next line."""
    begin, end = (box.out, box.middle[1]), (after.into, after.middle[1])
    if box.line == after.line:
        return [begin, end]
    near, far = begin[0] + box.cell.heading * GAP * 0.45, end[0] - after.cell.heading * GAP * 0.45
    return [begin, (near, begin[1]), (near, below), (far, below), (far, end[1]), end]


def _draw_bracket(axes: Axes, segment: Segment) -> None:
    """Draw a thin bracket, with its text below it and a tick where something is got or given back."""
    y, (begin, end) = segment.y, (segment.x0, segment.x1)[:: segment.heading]
    lines = [([begin, end], [y, y])]
    lines += [([x, x], [y, y - 0.07]) for x, ticked in ((begin, segment.begins), (end, segment.ends)) if ticked]
    for line in lines:
        axes.plot(*line, color=GREY, lw=1.1, zorder=3)
    if segment.text:
        more = {"color": SOFT, "style": "italic", "path_effects": HALO}
        write(axes, segment.text_x, y + 0.03, segment.text, KEPT_PT, **more)


def _draw_cell(axes: Axes, box: Box) -> None:
    """Draw the box of a cell and what it says."""
    cell, y = box.cell, box.y0 + PAD
    _draw_frame(axes, box)
    for line, size, weight in find_lines(cell, box.x1 - box.x0):
        style = "italic" if cell.kind == "same" and weight == "normal" else "normal"
        write(axes, box.middle[0], y, line, size, ha="center", weight=weight, style=style)
        y += line_height(size)
    for part, x0, x1 in find_parts(cell, box.x0, box.x1):
        _draw_cell(axes, Box(part, box.line, x0, x1, y + 0.11, box.y1 - PAD))
    if cell.by_hour:
        _draw_profile(axes, box)
    if cell.share:
        _draw_share(axes, box)


def _draw_frame(axes: Axes, box: Box) -> None:
    cell, edges, gid = box.cell, (box.x0, box.y0, box.x1, box.y1), " ".join(box.cell.names) or box.cell.kind
    if cell.kind == "road":
        tip, back = box.out, box.out - 0.13 * cell.heading
        corners = [(box.into, box.y0), (back, box.y0), (tip, box.middle[1]), (back, box.y1), (box.into, box.y1)]
        colour = AGENCIES[cell.agency][0]
        axes.add_patch(Polygon(corners, fc=tint(colour, 0.22), ec=colour, lw=1.3, zorder=4, gid=gid))
        return
    plain = cell.kind in ("come", "leave", "same", "site")
    colour = GREY if plain else AGENCIES[cell.agency][0]
    fill = "white" if plain else tint(colour, 0.28)
    dashes = (0, (3, 2)) if cell.share or cell.kind == "same" else "-"
    rounding = 0.16 if cell.kind in ("come", "leave") else 0.07
    draw_box(axes, edges, rounding, fc=fill, ec=colour, lw=1.3, ls=dashes, zorder=4, gid=gid)


def _draw_share(axes: Axes, box: Box) -> None:
    """Write on the upper edge of a box which share comes to it."""
    x, text = box.middle[0], f"{box.cell.share} come"
    half = text_width(text, 6.3, "bold") / 2 + 0.06
    edges = x - half, box.y0 - 0.09, x + half, box.y0 + 0.05
    draw_box(axes, edges, 0.06, fc="white", ec=AGENCIES[box.cell.agency][0], lw=1.0, zorder=5)
    write(axes, x, box.y0 - 0.075, text, 6.3, ha="center", weight="bold")


def _draw_profile(axes: Axes, box: Box) -> None:
    """Draw how arrivals spread over a day, from 0 to 24 o'clock."""
    weights = np.array(box.cell.by_hour)
    edges = np.linspace(box.x0 + 0.12, box.x1 - 0.12, len(weights) + 1)
    heights, width = -0.19 * weights / weights.max(), 0.8 * float(edges[1] - edges[0])
    axes.bar(edges[:-1], heights, width, box.y1 - 0.06, align="edge", color=GREY, zorder=5)


def _connect_terminals(axes: Axes, blocks: Sequence[LaidBlock]) -> None:
    """Draw where vehicles stand to be unloaded and loaded, from their boxes to the terminals."""
    rows = [row for block in blocks for row in block.rows]
    spans = {block.block.key: (block.y, block.floor - AFTER_TERMINAL) for block in blocks}
    for box in (box for row in rows for box in row.boxes):
        if box.cell.dock:
            terminal, part = box.cell.dock
            top, bottom = spans[f"terminal {terminal}"]
            points = _find_connection(box, top if box.y1 < top else bottom, rows)
            draw_arrow(axes, points[::-1] if part == "loading" else points, LIFTED, 2.6)


def _find_connection(box: Box, at: float, rows: Sequence[LaidRow]) -> list[tuple[float, float]]:
    """Return the points of the way from a box to the edge of a terminal: straight if that is free, or beside it."""
    edge, knee = (box.y1, box.y1 + 0.06) if at > box.y0 else (box.y0, box.y0 - 0.06)
    for x in (box.middle[0], box.x1 - 0.2, box.x0 + 0.2):
        if all(_is_free(row, x, min(edge, at), max(edge, at)) for row in rows):
            return [(x, edge), (x, at)]
    aside = box.out + box.cell.heading * GAP / 2
    return [(box.middle[0], edge), (box.middle[0], knee), (aside, knee), (aside, at)]


def _is_free(row: LaidRow, x: float, top: float, floor: float) -> bool:
    """Say whether a line down at x meets no box of a row, and not its title."""
    first, width = row.boxes[0], max(text_width(text, ROW_PT, "bold") for text in row.title)
    x0, x1 = sorted((first.into, first.into + first.cell.heading * width))
    lines = [row.y + place * line_height(ROW_PT) for place in range(len(row.title))]
    titled = x0 - 0.05 < x < x1 + 0.05 and any(top < y < floor for y in lines)
    return not titled and not any(box.x0 < x < box.x1 and top < box.middle[1] < floor for box in row.boxes)


def _draw_border(axes: Axes, grid: Grid, floor: float) -> None:
    x, top = grid.border_x, TOP - 0.32
    axes.fill([x, grid.width, grid.width, x], [top, top, floor, floor], fc="#f1f1f1", ec="none", zorder=0)
    axes.plot([x, x], [top, floor], color=BORDER_RED, lw=2.4, ls=(0, (7, 2.5, 1.5, 2.5)), zorder=2, gid="border")
    beyond = "neighbour" if grid.beyond else "abroad"
    for at, side, text in ((MARGIN, "left", "inland"), (x - 0.12, "right", "our side"), (x + 0.12, "left", beyond)):
        write(axes, at, top + 0.02, text, 8.5, ha=side, color=BORDER_RED, weight="bold")


def _draw_legend(axes: Axes, scenario: Scenario, boxes: Sequence[Box], y: float) -> None:
    """Draw the colours of agencies, and write what the marks mean in lines as wide as the picture."""
    cells = [cell for box in boxes for cell in (box.cell, *box.cell.parts)]
    shown = {cell.agency for cell in cells if not cell.parts}
    x = MARGIN
    for colour, name in (AGENCIES[agency] for agency in AGENCIES if agency in shown):
        draw_box(axes, (x, y, x + 0.24, y + 0.15), 0.04, fc=tint(colour, 0.28), ec=colour)
        write(axes, x + 0.31, y + 0.01, name, 8)
        x += 0.55 + text_width(name, 8)
    kept = any(facility.kept_until for facility in scenario.port.facilities.values())
    marks = {
        "Minutes are means; open round the clock where no hours are written.": True,
        "Dashed with a share on top: only these come.": any(cell.share for cell in cells),
        "Dashed grey: stops that another row shows, with the same numbers.": any(c.kind == "same" for c in cells),
        "Grey bars: arrivals by the hour, from 0 to 24.": any(cell.by_hour for cell in cells),
        "Bracket: got at its beginning and kept up to its end, (number in all); turn-round after that.": kept,
        "Heavy arrow: here cargo is lifted off or on.": bool(scenario.port.terminals),
    }
    said = " ".join(text for text, is_there in marks.items() if is_there)
    for place, line in enumerate(break_lines(said, axes.get_xlim()[1] - 2 * MARGIN, 7.5)):
        write(axes, MARGIN, y + 0.23 + 0.19 * place, line, 7.5, color=SOFT)
