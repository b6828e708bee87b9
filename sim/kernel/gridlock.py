"""Finds movements that wait for each other for ever, from a program and the trace it left."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sim.kernel.program import FloatArray, IntArray, Op, Program
from sim.kernel.trace import Fate, Trace


class Gridlock(RuntimeError):
    """Movements remain and can never go on; the message names who holds and awaits what."""


@dataclass(frozen=True)
class _Waiting:
    """The movements that wait for tokens at the end, and what they hold meanwhile."""

    movement: IntArray
    pool: IntArray
    tokens: IntArray
    rank: list[tuple[int, float]]
    held: dict[int, dict[int, int]]


def check_gridlock(program: Program, trace: Trace) -> None:
    """Raise `Gridlock` if some waiting movement could not go on even if all others finished.

    The test reduces the graph of holders and waiters (Coffman, Elphick and Shoshani 1971,
    "System deadlocks", for pools of several tokens): movements that do not wait are taken to
    finish; then, in rank order, every request that fits is granted and its holder finishes; who
    is left is stuck. After a horizon a pool may yet return to the most tokens it ever had, and
    a store may yet be filled; when the run ended by itself (infinite horizon), neither may.
    """
    waiting = _find_waiting(program, trace)
    ended_by_itself = np.isinf(program.horizon_min)
    stuck = _reduce(program, waiting, ended_by_itself)
    frozen = _find_frozen(program, trace) if ended_by_itself else []
    if stuck:
        raise Gridlock(_tell(program, waiting, stuck))
    if frozen:
        raise Gridlock(
            f"{program.name(frozen[0])} waits for hours that never come "
            f"({len(frozen)} movements do); give its calendar more open time"
        )


def _find_waiting(program: Program, trace: Trace) -> _Waiting:
    steps = np.flatnonzero((program.op == Op.SEIZE) & ~np.isnan(trace.began_min) & np.isnan(trace.ended_min))
    movement = np.searchsorted(program.first_step, steps, side="right") - 1
    rank = list(zip(program.priority[steps].tolist(), trace.began_min[steps].tolist(), strict=True))
    return _Waiting(
        movement,
        program.target[steps].astype(np.int64),
        program.count[steps].astype(np.int64),
        rank,
        _find_held(program, trace.ended_min, movement),
    )


def _find_held(program: Program, ended_min: FloatArray, movements: IntArray) -> dict[int, dict[int, int]]:
    """Return tokens per pool that each of the movements has been granted and not given back."""
    held: dict[int, dict[int, int]] = {}
    for movement in movements.tolist():
        mine = slice(program.first_step[movement], program.first_step[movement + 1])
        done = ~np.isnan(ended_min[mine])
        refused = (program.op[mine] == Op.TRY) & done & ~np.append(done[1:], True)
        sign = np.select([program.op[mine] == Op.RELEASE, refused], [-1, 0], 1) * program.count[mine]
        tokens: dict[int, int] = defaultdict(int)
        for pool, change in zip(program.target[mine][done].tolist(), sign[done].tolist(), strict=True):
            if change:
                tokens[pool] += change
        held[movement] = {pool: n for pool, n in tokens.items() if n > 0}
    return held


def _find_frozen(program: Program, trace: Trace) -> list[int]:
    still = np.flatnonzero(trace.fate == Fate.INSIDE)
    asking = set(_find_waiting(program, trace).movement.tolist())
    return [movement for movement in still.tolist() if movement not in asking]


def _reduce(program: Program, waiting: _Waiting, ended_by_itself: bool) -> set[int]:
    """Return the positions in `waiting` that can never be granted."""
    could_have = np.array([_most_tokens(program, pool, ended_by_itself) for pool in range(len(program.pools))])
    for tokens in waiting.held.values():
        for pool, count in tokens.items():
            could_have[pool] -= count
    queues: dict[int, list[int]] = defaultdict(list)
    for position in sorted(range(len(waiting.pool)), key=lambda i: waiting.rank[i], reverse=True):
        queues[int(waiting.pool[position])].append(position)
    progress = True
    while progress:
        progress = False
        for pool, queue in queues.items():
            while queue and waiting.tokens[queue[-1]] <= could_have[pool]:
                for given, count in waiting.held[int(waiting.movement[queue.pop()])].items():
                    could_have[given] += count
                progress = True
    return {position for queue in queues.values() for position in queue}


def _most_tokens(program: Program, pool: int, ended_by_itself: bool) -> float:
    tokens = program.pools[pool].tokens
    if ended_by_itself:
        return float(tokens[-1])
    is_store = tokens.max() == 0
    return np.inf if is_store or program.pools[pool].refills else float(tokens.max())


def _tell(program: Program, waiting: _Waiting, stuck: set[int]) -> str:
    """Follow stuck holders until one comes round again, and name each link."""
    holders: dict[int, list[int]] = defaultdict(list)
    for position in sorted(stuck):
        for pool in waiting.held[int(waiting.movement[position])]:
            holders[pool].append(position)
    chain: list[int] = []
    position = min(stuck, key=lambda i: (not waiting.held[int(waiting.movement[i])], waiting.rank[i]))
    while position not in chain:
        chain.append(position)
        candidates = holders[int(waiting.pool[position])]
        if not candidates:
            break
        position = candidates[0]
    cycle = chain[chain.index(position) :] if position in chain else chain
    links = "; ".join(_tell_link(program, waiting, position) for position in cycle)
    nobody = "" if holders[int(waiting.pool[cycle[-1]])] else ", which nobody holds or gives"
    return (
        f"gridlock: {links}{nobody}. {len(stuck)} movements can never go on; "
        "give one of these pools more tokens, or change the order in which they are taken"
    )


def _tell_link(program: Program, waiting: _Waiting, position: int) -> str:
    movement = int(waiting.movement[position])
    held = " and ".join(f"{n} of '{program.pools[pool].name}'" for pool, n in waiting.held[movement].items())
    wants = f"waits for {waiting.tokens[position]} of '{program.pools[waiting.pool[position]].name}'"
    return f"{program.name(movement)} {f'holds {held} and ' if held else ''}{wants}"
