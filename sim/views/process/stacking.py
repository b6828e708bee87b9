"""In which order rows and terminals are stacked: rows next to the terminals they go to, on little paper."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

from sim.scenario.schema import Port
from sim.scenario.terminals import Terminal
from sim.views.process.layout import PITCH, Box, Grid, LaidRow, lay_out_row
from sim.views.process.rows import Row
from sim.views.process.stops import say_minutes
from sim.views.process.text import ROW_PT, SAID_PT, break_lines, line_height, text_width

TOP = 0.95
HEAD, INSET, AFTER_ROW, AFTER_TERMINAL, AFTER_GROUP = 0.42, 0.05, 0.2, 0.42, 0.22
APART = 0.5
"""Columns left free between rows that stand side by side."""
MOST_BLOCKS, MOST_GROUPS = 7, 5
"""Orders of more blocks in a group, and of more groups, are not searched."""
LOW = 1.03
"""Orders that are no higher than the lowest, times this, are as good; among them straight connections decide."""


@dataclass(frozen=True)
class Block:
    """What is stacked: the row of vehicles, or short rows side by side, or a terminal with the rows of its cargo."""

    key: str
    rows: tuple[Row, ...]
    terminal: Terminal | None = None

    @property
    def docks(self) -> dict[str, str]:
        """Terminals at which its vehicles stand, and whether to be unloaded or loaded."""
        return dict(cell.dock for row in self.rows for cell in row.cells if cell.dock)

    def goes_to(self, other: "Block") -> bool:
        """Say whether another block is a terminal at which its vehicles stand."""
        return other.terminal is not None and other.key.removeprefix("terminal ") in self.docks


@dataclass(frozen=True)
class LaidBlock:
    """A block with its rows, on one or both sides of the border; of a terminal, also what it says of itself."""

    block: Block
    rows: tuple[LaidRow, ...]
    sides: frozenset[bool]
    y: float
    floor: float
    said: tuple[str, ...] = ()
    begins_group: bool = False


def stack_blocks(port: Port, rows: Sequence[Row]) -> list[list[Block]]:
    """Return groups of blocks from top to bottom: rows that share a terminal are next to it."""
    blocks = [Block(row.route, (row,)) for row in rows if row.lifted_at is None]
    for name, terminal in port.terminals.items():
        cargo = tuple(row for row in rows if row.lifted_at == name)
        blocks += [Block(f"terminal {name}", cargo, terminal)] if cargo else []
    groups: list[list[Block]] = []
    while blocks:
        joined = _find_joined(blocks)
        blocks = [block for block in blocks if block not in joined]
        groups.append(_arrange(joined))
    return groups


def _find_joined(blocks: Sequence[Block]) -> list[Block]:
    """Return the first block and all that are joined to it by terminals."""
    joined = [blocks[0]]
    for block in joined:  # grows meanwhile
        joined += [each for each in blocks if each not in joined and (each.goes_to(block) or block.goes_to(each))]
    return joined


def _arrange(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks in the order in which rows are nearest to their terminals, if equal with the unloaded above."""
    order = ("unloading", "", "loading")
    first = sorted(blocks, key=lambda block: order.index(next(iter(block.docks.values()), "")))
    if len(blocks) > MOST_BLOCKS:
        return first
    joined = [(i, j) for i, row in enumerate(first) for j, other in enumerate(first) if row.goes_to(other)]
    places = permutations(range(len(first)))
    best = min(places, key=lambda place: sum(abs(place.index(i) - place.index(j)) for i, j in joined))
    return [first[i] for i in best]


def shelve(groups: Sequence[list[Block]], grid: Grid) -> list[list[Block]]:
    """Return groups in which short rows of local traffic that follow each other stand side by side."""
    shelved: list[list[Block]] = []
    free = 0.0
    for group in groups:
        columns = _count_columns(group[0].rows[0], grid) if _is_short(group, grid) else 0.0
        if 0.0 < columns <= free:
            shelved[-1] = [replace(shelved[-1][0], rows=shelved[-1][0].rows + group[0].rows)]
            free -= columns
        else:
            shelved.append(group)
            free = grid.ours + APART - columns if columns else 0.0
    return shelved


def _is_short(group: Sequence[Block], grid: Grid) -> bool:
    """Say whether a group is one row of local traffic, at no terminal, that fits on one line of our side."""
    row, fits = group[0].rows[0], sum(cell.columns for cell in group[0].rows[0].cells) <= grid.ours
    ours = all(cell.ours for cell in row.cells)
    return fits and ours and row.direction == "local" and len(group) == 1 and not group[0].docks


def _count_columns(row: Row, grid: Grid) -> float:
    """Return the columns that a row takes on a shelf, with what is left free."""
    return max(sum(cell.columns for cell in row.cells), text_width(row.title, ROW_PT, "bold") / PITCH) + APART


def lay_out_block(port: Port, block: Block, grid: Grid, y: float = TOP) -> LaidBlock:
    """Return a block laid out from y downwards."""
    rows: list[LaidRow] = []
    if block.terminal is None:
        right = 0.0
        for row in block.rows:
            rows.append(lay_out_row(port, row, grid, y, right))
            right += PITCH * _count_columns(row, grid)
        sides = frozenset(cell.ours for row in block.rows for cell in row.cells)
        return LaidBlock(block, tuple(rows), sides, y, max(row.floors[-1] for row in rows) + AFTER_ROW)
    ours = block.terminal.agency != "neighbour"
    said = break_lines(_say_terminal(port, block.terminal, block.rows), PITCH * grid.columns(ours) - 0.2, SAID_PT)
    floor = y + HEAD + len(said) * line_height(SAID_PT)
    for row in block.rows:
        rows.append(lay_out_row(port, row, grid, floor))
        floor = rows[-1].floors[-1] + AFTER_ROW
    return LaidBlock(block, tuple(rows), frozenset([ours]), y, floor + INSET + AFTER_TERMINAL, tuple(said))


def _say_terminal(port: Port, terminal: Terminal, cargo: Sequence[Row]) -> str:
    hours = port.hours[terminal.hours].open
    stoppages = [each for each in port.disruptions.values() if terminal.hours in each.shuts and each.days_per_year]
    crosses = terminal.lifts_across and any(map(_may_cross, cargo))
    said = [
        "1 crane" if terminal.cranes == 1 else f"{terminal.cranes:,} cranes",
        f"{say_minutes(terminal.lift.mean_min)} a lift",
        f"{terminal.slots:,} slots" if terminal.slots else "any number in store",
        "straight across if a vehicle stands ready" if crosses else "",
        f"cranes work {hours}" if hours != "24/7" else "",
        *(f"stopped by {each.label} on {each.days_per_year:g} days a year" for each in stoppages),
    ]
    return "; ".join(filter(None, said))


def _may_cross(row: Row) -> bool:
    """Say whether some units of cargo pass nothing in store, so that they can be lifted from vehicle to vehicle."""
    between = [cell for cell in row.cells if cell.kind in ("stop", "site", "road")]
    lifts = sum(cell.kind == "lift" for cell in row.cells)
    return lifts == 2 and all(part.share for cell in between for part in (cell.parts or (cell,)))


def stack(port: Port, groups: Sequence[Sequence[Block]], grid: Grid) -> list[LaidBlock]:
    """Return blocks laid out below each other on each side of the border.

    Groups may be upside down, and few groups in another order, if that saves height: what lies on one side only
    leaves the other side free.
    """
    laid = [[lay_out_block(port, block, grid) for block in group] for group in groups]
    turns = [[group, group[::-1]] if len(group) > 1 else [group] for group in laid]
    orders = permutations(turns) if len(turns) <= MOST_GROUPS else [turns]
    piles = [_pile(turned) for order in orders for turned in product(*order)]
    heights = [max(block.floor for block in pile) for pile in piles]
    low = [pile for pile, height in zip(piles, heights, strict=True) if height <= LOW * min(heights)]
    best = min(low, key=_count_blocked)
    return [replace(lay_out_block(port, each.block, grid, each.y), begins_group=each.begins_group) for each in best]


def _pile(groups: Sequence[Sequence[LaidBlock]]) -> list[LaidBlock]:
    free = {True: TOP, False: TOP}
    pile: list[LaidBlock] = []
    for group in groups:
        for place, block in enumerate(group):
            y = max(free[side] for side in block.sides) + (AFTER_GROUP if place == 0 and pile else 0.0)
            floor = y + block.floor - block.y
            pile.append(replace(block, y=y, floor=floor, begins_group=place == 0))
            free.update(dict.fromkeys(block.sides, floor))
    return pile


def _count_blocked(pile: Sequence[LaidBlock]) -> int:
    """Count the places of vehicles at terminals that have other boxes of their row between them and the terminal."""
    top = {block.block.key: block.y for block in pile}
    docks = [
        (box, row, top[f"terminal {box.cell.dock[0]}"] > block.y)
        for block in pile
        for row in block.rows
        for box in row.boxes
        if box.cell.dock
    ]
    return sum(_is_blocked(*each) for each in docks)


def _is_blocked(dock: Box, row: LaidRow, below: bool) -> bool:
    between = [box for box in row.boxes if (box.line > dock.line if below else box.line < dock.line)]
    return any(box.x0 < dock.x1 and dock.x0 < box.x1 for box in between)
