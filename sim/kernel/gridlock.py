"""Finds movements that wait for each other for ever, from a program and the trace it left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.program import CHOOSE, RELEASE, SEIZE, TRY, FloatArray, IntArray, Program
from sim.kernel.trace import Fate, Trace


class Gridlock(RuntimeError):
    """Movements remain and can never go on; the message names who holds and awaits what."""


@dataclass(frozen=True)
class _Held:
    """Tokens that those who wait hold meanwhile, by position among those who wait, then in order of taking."""

    position: IntArray
    pool: IntArray
    tokens: IntArray


@dataclass(frozen=True)
class _Waiting:
    """The steps at which movements wait for tokens at the end, by pool, then in order of service."""

    step: IntArray
    movement: IntArray
    pool: IntArray
    tokens: IntArray
    held: _Held


def check_gridlock(program: Program, trace: Trace) -> None:
    """Raise `Gridlock` if some waiting movement could not go on even if all others finished.

    The test reduces the graph of holders and waiters (Coffman, Elphick and Shoshani 1971,
    "System deadlocks", for pools of several tokens): movements that do not wait are taken to
    finish; then, in rank order, every request that fits is granted and its holder finishes; who
    is left is stuck. After a horizon a pool may yet return to the most tokens it ever had, and
    what others fill may yet be filled; when the run ended by itself (infinite horizon), neither may.
    """
    still = np.flatnonzero((trace.fate == Fate.INSIDE) | (trace.fate == Fate.NOT_ADMITTED))
    if not len(still):
        return
    waiting = _find_waiting(program, trace)
    ended_by_itself = bool(np.isinf(program.horizon_min))
    stuck = _find_stuck(program, waiting, _most_tokens(program, ended_by_itself))
    if len(stuck) and not ended_by_itself:
        stuck = _find_stuck(
            program, waiting, np.where(_is_filled(program, trace), np.inf, _most_tokens(program, False))
        )
    frozen = np.setdiff1d(still, waiting.movement) if ended_by_itself else still[:0]
    if ended_by_itself and not len(stuck) and not len(frozen):
        # What they wait for was kept by those who finished, or was a quota that is not refilled any more.
        stuck = np.arange(len(waiting.movement))
    if len(stuck):
        raise Gridlock(_tell(program, trace, waiting, stuck))
    if len(frozen):
        raise Gridlock(
            f"{program.name(int(frozen[0]))} waits for hours that never come "
            f"({len(frozen)} movements do); give its calendar more open time"
        )


def _find_waiting(program: Program, trace: Trace) -> _Waiting:
    steps = np.flatnonzero((program.op == SEIZE) & ~np.isnan(trace.began_min) & np.isnan(trace.ended_min))
    # Those who asked at one minute with one priority left no trace of their order; the smallest is taken to come first.
    tokens, began = program.count[steps], trace.began_min[steps]
    steps = steps[np.lexsort((-steps, tokens, began, program.priority[steps], program.target[steps]))]
    movement = np.searchsorted(program.first_step, steps, side="right") - 1
    held = _find_held(program, trace, movement)
    return _Waiting(
        steps, movement, program.target[steps].astype(np.int64), program.count[steps].astype(np.int64), held
    )


def _find_held(program: Program, trace: Trace, movements: IntArray) -> _Held:
    """Return what each of the movements has been granted and not given back."""
    ended = ~np.isnan(trace.ended_min)
    went_on = np.append(~np.isnan(trace.began_min[1:]), False)
    took = ended & ((program.op == SEIZE) | ((program.op == TRY) & went_on))
    gave = ended & (program.op == RELEASE)
    position = np.full(program.movements, -1)
    position[movements] = np.arange(len(movements))
    position_of_step = np.repeat(position, np.diff(program.first_step))
    steps = np.flatnonzero((took | gave) & (position_of_step >= 0))
    pairs, first, pair_of_step = np.unique(
        position_of_step[steps] * len(program.pools) + program.target[steps], return_index=True, return_inverse=True
    )
    change = np.where(took[steps], program.count[steps], -program.count[steps])
    tokens = np.bincount(pair_of_step, change, minlength=len(pairs)).astype(np.int64)
    position, pool = np.divmod(pairs, max(len(program.pools), 1))
    order = np.lexsort((first, position))
    order = order[tokens[order] > 0]
    return _Held(position[order], pool[order], tokens[order])


def _find_stuck(program: Program, waiting: _Waiting, most_tokens: FloatArray) -> IntArray:
    """Return the positions in `waiting` that can never be granted if pools have at most so many tokens."""
    held, pools = waiting.held, len(program.pools)
    could_have = most_tokens - np.bincount(held.pool, held.tokens, minlength=pools)
    queues = np.searchsorted(waiting.pool, np.arange(pools + 1))
    most_asked = [np.maximum.accumulate(waiting.tokens[queues[pool] : queues[pool + 1]]) for pool in range(pools)]
    first_held = np.searchsorted(held.position, np.arange(len(waiting.pool) + 1))
    served, before = queues[:-1].copy(), None
    while before is None or (served > before).any():
        before = served.copy()
        for pool in range(pools):
            served[pool] = queues[pool] + np.searchsorted(most_asked[pool], could_have[pool], side="right")
            given_back = slice(first_held[before[pool]], first_held[served[pool]])
            could_have += np.bincount(held.pool[given_back], held.tokens[given_back], minlength=pools)
    left = np.arange(len(waiting.pool))
    return left[left >= served[waiting.pool]]


def _most_tokens(program: Program, ended_by_itself: bool) -> FloatArray:
    """Return the most tokens that each pool may yet have; after a horizon, a quota comes back."""
    if ended_by_itself:
        return np.array([float(pool.tokens[-1]) for pool in program.pools])
    return np.array([np.inf if pool.refills else float(pool.tokens.max()) for pool in program.pools])


def _is_filled(program: Program, trace: Trace) -> NDArray[np.bool_]:
    """Return for each pool whether some movement gives it more than it takes: a store, or a giver from outside."""
    gives = program.op == RELEASE
    counts = gives | (program.op == SEIZE)
    movement = program.movement_of_step()
    key = movement[counts] * len(program.pools) + program.target[counts]
    pairs, pair = np.unique(key, return_inverse=True)
    given = np.bincount(pair, np.where(gives, program.count, -program.count)[counts], minlength=len(pairs))
    jumping = np.unique(movement[program.op >= TRY])
    straight = ~np.isin(pairs // len(program.pools), jumping)
    filled = np.zeros(len(program.pools), dtype=bool)
    filled[pairs[straight & (given > 0)] % len(program.pools)] = True
    for each in jumping.tolist():
        filled |= _most_given(program, trace, each) > 0
    return filled


def _most_given(program: Program, trace: Trace, movement: int) -> IntArray:
    """Return the most that a movement may give each pool, less what it takes, on any way it took or may take."""
    first, end = program.first_step[movement : movement + 2].tolist()
    most = np.zeros((end - first + 1, len(program.pools)), dtype=np.int64)
    for step in range(end - 1, first - 1, -1):
        op, here = int(program.op[step]), step - first
        changes = np.zeros(len(program.pools), dtype=np.int64)
        if op in (SEIZE, RELEASE, TRY):
            changes[program.target[step]] = program.count[step] * (1 if op == RELEASE else -1)
        ways = [
            most[here + 1 + skips] + (0 if op == TRY and skips else changes)
            for skips in _find_skips(program, trace, step)
        ]
        most[here] = np.max(ways, axis=0)
    return np.asarray(most[0])


def _find_skips(program: Program, trace: Trace, step: int) -> list[int]:
    """Return how many steps a movement skips after a step, on all ways that are still open to it."""
    op, value = int(program.op[step]), int(program.value[step]) if program.op[step] >= TRY else 0
    if op == CHOOSE:
        options = list(range(int(program.count[step])))
        taken = [option for option in options if not np.isnan(trace.began_min[step + 1 + option])]
        return taken or options
    if op == TRY:
        if np.isnan(trace.ended_min[step]):
            return [0, value]
        return [value] if np.isnan(trace.began_min[step + 1]) else [0]
    return [value]


def _tell(program: Program, trace: Trace, waiting: _Waiting, stuck: IntArray) -> str:
    """Follow stuck holders until one comes round again, and name each link."""
    holders = _find_holders(waiting, stuck)
    steps = waiting.step[stuck]
    holds_nothing = ~np.isin(stuck, waiting.held.position)
    position = int(stuck[np.lexsort((steps, trace.began_min[steps], program.priority[steps], holds_nothing))[0]])
    chain: list[int] = []
    while position not in chain:
        chain.append(position)
        if int(waiting.pool[position]) not in holders:
            break
        position = holders[int(waiting.pool[position])]
    cycle = chain[chain.index(position) :]
    links = "; ".join(_tell_link(program, waiting, position) for position in cycle)
    nobody = "" if int(waiting.pool[cycle[-1]]) in holders else ", which nobody holds or gives"
    return (
        f"gridlock: {links}{nobody}. {len(stuck)} movements can never go on; "
        "give one of these pools more tokens, or change the order in which they are taken"
    )


def _find_holders(waiting: _Waiting, stuck: IntArray) -> dict[int, int]:
    """Return for each pool the first movement's position among the stuck that hold some of it."""
    held = waiting.held
    mine = np.flatnonzero(np.isin(held.position, stuck))
    mine = mine[np.argsort(waiting.movement[held.position[mine]], kind="stable")]
    pools, first = np.unique(held.pool[mine], return_index=True)
    return dict(zip(pools.tolist(), held.position[mine[first]].tolist(), strict=True))


def _tell_link(program: Program, waiting: _Waiting, position: int) -> str:
    mine = slice(*np.searchsorted(waiting.held.position, (position, position + 1)))
    names = [program.pools[pool].name for pool in waiting.held.pool[mine]]
    held = " and ".join(f"{n} of '{name}'" for n, name in zip(waiting.held.tokens[mine], names, strict=True))
    wants = f"waits for {waiting.tokens[position]} of '{program.pools[waiting.pool[position]].name}'"
    return f"{program.name(int(waiting.movement[position]))} {f'holds {held} and ' if held else ''}{wants}"
