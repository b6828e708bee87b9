"""Where a row is: its cells in columns on both sides of the border, line by line, with brackets below.

All lengths are inches; y grows downwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count, groupby, pairwise

from sim.scenario.schema import Port
from sim.views.process.rows import Kept, Row, find_kept
from sim.views.process.stops import Cell
from sim.views.process.text import FACT_PT, KEPT_PT, ROW_PT, TITLE_PT, break_lines, line_height, text_width

BOX, GAP = 1.32, 0.24
PITCH = BOX + GAP
MARGIN, BORDER, PAD = 0.35, 0.9, 0.07
LEVEL, LINE_GAP = 0.21, 0.27
"""Height of a level of brackets; between the lines of a row."""
MOST_OURS, MOST_BEYOND = 7, 6
"""Columns on each side at most; longer rows are wrapped."""


@dataclass(frozen=True)
class Grid:
    """Columns on both sides of the border."""

    ours: int
    beyond: int

    @property
    def border_x(self) -> float:
        """Where the border is."""
        return MARGIN + self.ours * PITCH + BORDER / 2

    @property
    def width(self) -> float:
        """Width of the picture."""
        return self.border_x + BORDER / 2 + max(self.beyond * PITCH, 0.6) + MARGIN

    def columns(self, ours: bool) -> int:
        """Return the columns of a side."""
        return self.ours if ours else self.beyond

    def left(self, ours: bool) -> float:
        """Return where a side begins."""
        return MARGIN if ours else self.border_x + BORDER / 2

    def right(self, ours: bool) -> float:
        """Return where a side ends."""
        return self.left(ours) + PITCH * self.columns(ours)


@dataclass(frozen=True)
class Box:
    """A cell on a line of its row, and its edges."""

    cell: Cell
    line: int
    x0: float
    x1: float
    y0: float = 0.0
    y1: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def out(self) -> float:
        """The x at which one leaves it."""
        return self.x1 if self.cell.heading > 0 else self.x0

    @property
    def into(self) -> float:
        """The x at which one comes to it."""
        return self.x0 if self.cell.heading > 0 else self.x1


@dataclass(frozen=True)
class Segment:
    """A piece of a bracket on one line of a row, with its text or without."""

    line: int
    x0: float
    x1: float
    text_x: float
    text: str
    begins: bool
    ends: bool
    heading: int
    level: int = 0
    y: float = 0.0


@dataclass(frozen=True)
class LaidRow:
    """A row with all it takes to draw it; `floors` are where its lines end."""

    row: Row
    y: float
    title: tuple[str, ...]
    boxes: tuple[Box, ...]
    segments: tuple[Segment, ...]
    floors: tuple[float, ...]


def lay_out_row(port: Port, row: Row, grid: Grid, top: float, right: float = 0.0) -> LaidRow:
    """Return a row laid out from the top downwards, so far to the right of where it would stand alone."""
    placed = [replace(box, x0=box.x0 + right, x1=box.x1 + right) for box in place_row(row, grid)]
    brackets = place_kept(find_kept(port, row), placed, grid)
    first, (ours, heading) = placed[0], placed[0].cell.way
    room = first.x1 - grid.left(ours) if heading < 0 else grid.right(ours) - first.x0
    title = break_lines(row.title, room, ROW_PT, "bold")
    boxes: list[Box] = []
    segments: list[Segment] = []
    floors: list[float] = []
    y = top + len(title) * line_height(ROW_PT) + 0.1
    for line, group in groupby(placed, lambda box: box.line):
        on_line, hanging = list(group), [segment for segment in brackets if segment.line == line]
        below = y + max(cell_height(box.cell, box.x1 - box.x0) for box in on_line)
        boxes += [replace(box, y0=y, y1=below) for box in on_line]
        segments += [replace(segment, y=below + 0.1 + segment.level * LEVEL) for segment in hanging]
        floors.append(below + 0.1 + LEVEL * max((segment.level + 1 for segment in hanging), default=0))
        y = floors[-1] + LINE_GAP
    return LaidRow(row, top, tuple(title), tuple(boxes), tuple(segments), tuple(floors))


def choose_grid(rows: Sequence[Row]) -> Grid:
    """Return the fewest columns with which rows are wrapped no more often than with the most."""
    crosses = any(not cell.ours for row in rows for cell in row.cells)
    ours = _fewest(rows, True, MOST_OURS if crosses else MOST_OURS + 2)
    return Grid(ours, _fewest(rows, False, MOST_BEYOND) if crosses else 0)


def _fewest(rows: Sequence[Row], ours: bool, most: int) -> int:
    runs = [list(leg) for row in rows for (side, _), leg in groupby(row.cells, lambda cell: cell.way) if side == ours]
    lines = [[len(_wrap(run, columns)) for run in runs] for columns in range(1, most + 1)]
    return 1 + lines.index(lines[-1])


def _wrap(cells: Sequence[Cell], columns: int) -> list[list[Cell]]:
    """Return cells in chunks of so many columns at most."""
    chunks: list[list[Cell]] = []
    free = 0
    for cell in cells:
        if cell.columns > free:
            chunks.append([])
            free = columns
        chunks[-1].append(cell)
        free -= cell.columns
    return chunks


def place_row(row: Row, grid: Grid) -> list[Box]:
    """Return the cells of a row with the lines and the x at which they are drawn."""
    placed: list[Box] = []
    line = -1
    for _, leg in groupby(row.cells, lambda cell: cell.heading):
        sides = [_wrap(list(cells), grid.columns(ours)) for ours, cells in groupby(leg, lambda cell: cell.ours)]
        line += 1
        for number, chunks in enumerate(sides):
            for place, chunk in enumerate(chunks, 1):
                last = place == len(chunks)
                crosses = (number > 0 and place == 1) or (number < len(sides) - 1 and last)
                line += place > 1
                placed += _place_chunk(chunk, grid, line, _is_left(row, chunk[0], crosses, last))
    return placed


def _is_left(row: Row, cell: Cell, crosses: bool, last: bool) -> bool:
    """Say whether a chunk stands at the left end of its side: next to the border, or where it comes from."""
    if crosses:
        return not cell.ours
    if row.direction == "export" and cell.ours and cell.heading > 0 and "when unloaded" not in row.cells[-1].facts:
        return not last
    return cell.heading > 0 or (row.direction == "local" and cell.ours)


def _place_chunk(chunk: Sequence[Cell], grid: Grid, line: int, is_left: bool) -> list[Box]:
    ours, heading = chunk[0].way
    widths = [PITCH * cell.columns for cell in chunk[::heading]]
    edges = accumulate(widths, initial=grid.left(ours) if is_left else grid.right(ours) - sum(widths))
    spans = list(pairwise(edges))[::heading]
    return [Box(cell, line, x0 + GAP / 2, x1 - GAP / 2) for cell, (x0, x1) in zip(chunk, spans, strict=True)]


def place_kept(kept: Sequence[Kept], placed: Sequence[Box], grid: Grid) -> list[Segment]:
    """Return the brackets of a row, each on the first level where it and its text do not meet another."""
    taken: list[tuple[int, int, float, float]] = []
    segments: list[Segment] = []
    for segment in (segment for each in kept for segment in _split(each, placed, grid)):
        low = min(segment.x0, segment.text_x) - 0.08
        high = max(segment.x1, segment.text_x + text_width(segment.text, KEPT_PT)) + 0.08
        beside = {level for line, level, x0, x1 in taken if line == segment.line and x0 < high and low < x1}
        level = next(level for level in count() if level not in beside)
        taken.append((segment.line, level, low + 0.08, high - 0.08))
        segments.append(replace(segment, level=level))
    return segments


def _split(kept: Kept, placed: Sequence[Box], grid: Grid) -> Iterator[Segment]:
    """Yield the pieces of a bracket, line by line; the text is at the longest and wherever it fits."""
    first, last = (
        next(i for i, box in enumerate(placed) if name in box.cell.names) for name in (kept.begins, kept.ends)
    )
    pieces = [list(group) for _, group in groupby(placed[first : last + 1], lambda box: box.line)]
    width = text_width(kept.text, KEPT_PT)
    for piece in pieces if first < last else []:
        x0, x1 = min(box.x0 for box in piece), max(box.x1 for box in piece)
        text = kept.text if piece is max(pieces, key=len) or width <= x1 - x0 - 0.06 else ""
        x, begins, ends = _find_text_x(piece, width, grid), placed[first] in piece, placed[last] in piece
        yield Segment(piece[0].line, x0, x1, x if text else x0, text, begins, ends, piece[0].cell.heading)


def _find_text_x(piece: Sequence[Box], width: float, grid: Grid) -> float:
    """Return where the text of a bracket begins: at its left end, on the paper, and beside arrows to terminals."""
    right = grid.right(piece[-1].cell.ours)
    x = max(min(min(box.x0 for box in piece) + 0.06, right - width), grid.left(piece[0].cell.ours))
    for box in piece:
        middle = box.middle[0]
        if box.cell.dock and x < middle < x + width and middle + 0.1 + width <= right:
            x = middle + 0.1
    return x


def find_lines(cell: Cell, width: float) -> list[tuple[str, float, str]]:
    """Return what a cell says in a box of some width, line by line, with size and weight."""
    inner = width - 2 * PAD - (0.1 if cell.kind == "road" else 0.0)
    texts = [(cell.title, TITLE_PT, "bold"), *((fact, FACT_PT, "normal") for fact in cell.facts)]
    return [(line, size, weight) for text, size, weight in texts for line in break_lines(text, inner, size, weight)]


def find_parts(cell: Cell, x0: float, x1: float) -> list[tuple[Cell, float, float]]:
    """Return the agencies of an inspection site beside each other, with the x of each."""
    step = (x1 - x0 - PAD) / cell.columns
    return [(part, x0 + PAD + step * place, x0 + step * (place + 1)) for place, part in enumerate(cell.parts)]


def cell_height(cell: Cell, width: float) -> float:
    """Return the height that what a cell says needs in a box of some width."""
    lines = sum(line_height(size) for _, size, _ in find_lines(cell, width))
    parts = max((cell_height(part, x1 - x0) + 0.14 for part, x0, x1 in find_parts(cell, 0.0, width)), default=0.0)
    return lines + parts + (0.26 if cell.by_hour else 0.0) + 2 * PAD
