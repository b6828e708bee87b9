"""Finds movements that wait for each other for ever, from a program and the trace it left."""

from dataclasses import dataclass

import numpy as np

from sim.kernel.program import (
    AWAIT,
    CHOOSE,
    ON_POOL,
    RELEASE,
    SIGNAL,
    SKIP,
    TRY,
    WITHIN,
    FloatArray,
    IntArray,
    Program,
    waits_for_ever,
)
from sim.kernel.trace import Fate, Trace, is_granted


class Gridlock(RuntimeError):
    """Movements remain and can never go on; the message names who holds and awaits what."""


@dataclass(frozen=True)
class _Owned:
    """Tokens that those who wait hold, or signals that they may yet give, by position among those who wait.

    What others may give has position -1. Tokens of one position are in order of taking.
    """

    position: IntArray
    pool: IntArray
    tokens: IntArray


@dataclass(frozen=True)
class _Waiting:
    """The steps at which movements wait at the end, by pool, then in order of service.

    The signals of a movement that awaits some are a pool of its own, after all others; `tokens` are those missing.
    """

    step: IntArray
    movement: IntArray
    pool: IntArray
    tokens: IntArray
    held: _Owned
    pledged: _Owned


def check_gridlock(program: Program, trace: Trace) -> None:
    """Raise `Gridlock` if some waiting movement could not go on even if all others finished.

    The test reduces the graph of holders and waiters (Coffman, Elphick and Shoshani 1971,
    "System deadlocks", for pools of several tokens): movements that do not wait are taken to
    finish, and so are those who wait until a time, be it for tokens; then, in rank order, every
    request that fits is granted and its holder finishes; who is left is stuck. Who finishes gives
    all signals of which it has not passed the step, on whichever way. After a horizon a pool may
    yet return to the most tokens it ever had, and what others fill may yet be filled; when the run
    ended by itself (infinite horizon), neither may.
    """
    still = np.flatnonzero((trace.fate == Fate.INSIDE) | (trace.fate == Fate.NOT_ADMITTED))
    if not len(still):
        return
    waiting = _find_waiting(program, trace)
    ended_by_itself = bool(np.isinf(program.horizon_min))
    most_tokens = _most_tokens(program, ended_by_itself)
    stuck = _find_stuck(program, waiting, most_tokens)
    if len(stuck) and not ended_by_itself:
        lacking = np.unique(waiting.pool[stuck])
        most_tokens[_find_filled(program, trace, lacking[lacking < len(program.pools)])] = np.inf
        stuck = _find_stuck(program, waiting, most_tokens)
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
    steps = _find_standing(trace)
    asks = steps[waits_for_ever(program.op[steps], program.value[steps])]
    # Those who asked at one minute with one priority left no trace of their order; the smallest is taken to come first.
    tokens, began = program.count[asks], trace.began_min[asks]
    asks = asks[np.lexsort((-asks, tokens, began, program.priority[asks], program.target[asks]))]
    awaits = steps[program.op[steps] == AWAIT]
    steps = np.concatenate([asks, awaits])
    movement = _find_owner(program, steps)
    missing = program.count[steps].astype(np.int64)
    missing[len(asks) :] -= _count_at_hand(program, trace)[movement[len(asks) :]]
    pool = np.append(program.target[asks], len(program.pools) + np.arange(len(awaits))).astype(np.int64)
    pledged = _find_pledged(program, trace, movement, len(asks))
    return _Waiting(steps, movement, pool, missing, _find_held(program, trace, movement), pledged)


def _find_standing(trace: Trace) -> IntArray:
    """Return the step at which each movement stands that has begun and not finished."""
    return np.flatnonzero(~np.isnan(trace.began_min) & np.isnan(trace.ended_min))


def _find_owner(program: Program, steps: IntArray) -> IntArray:
    """Return the movement that has each of some steps."""
    return np.searchsorted(program.first_step, steps, side="right") - 1


def _count_at_hand(program: Program, trace: Trace) -> IntArray:
    """Return the signals that each movement has been given and has not used up."""
    came, used = (np.flatnonzero(program.op == op) for op in (SIGNAL, AWAIT))
    came, used = (steps[~np.isnan(trace.ended_min[steps])] for steps in (came, used))
    to = np.append(program.value[came].astype(np.int64), _find_owner(program, used))
    signals = np.append(program.count[came], -program.count[used])
    return np.bincount(to, signals, minlength=program.movements).astype(np.int64)


def _find_pledged(program: Program, trace: Trace, movements: IntArray, first_await: int) -> _Owned:
    """Return the signals that are not given yet to those of the waiting movements who await some."""
    position = np.full(program.movements, -1)
    position[movements] = np.arange(len(movements))
    steps = np.flatnonzero(program.op == SIGNAL)
    steps = steps[np.isnan(trace.ended_min[steps])]
    owner, to = _find_owner(program, steps), position[program.value[steps].astype(np.int64)]
    kept = np.flatnonzero((to >= first_await) & (trace.fate[owner] != Fate.FINISHED))
    kept = kept[np.argsort(position[owner[kept]], kind="stable")]
    pool = len(program.pools) + to[kept] - first_await
    return _Owned(position[owner[kept]], pool, program.count[steps[kept]].astype(np.int64))


def _find_held(program: Program, trace: Trace, movements: IntArray) -> _Owned:
    """Return what each of the movements has been granted and not given back."""
    steps, owner = _list_rows(program.first_step, movements)
    gives = program.op[steps] == RELEASE
    done = ON_POOL[program.op[steps]] & is_granted(program, trace.began_min, trace.ended_min, steps)
    change = np.where(gives, -program.count[steps], program.count[steps])[done]
    pairs, first, pair_of_step = np.unique(
        owner[done] * len(program.pools) + program.target[steps[done]], return_index=True, return_inverse=True
    )
    tokens = np.bincount(pair_of_step, change, minlength=len(pairs)).astype(np.int64)
    position, pool = np.divmod(pairs, max(len(program.pools), 1))
    order = np.lexsort((first, position))
    order = order[tokens[order] > 0]
    return _Owned(position[order], pool[order], tokens[order])


def _list_rows(first: IntArray, items: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rows `first[i]:first[i + 1]` of each of some items, one after the other, and whose each row is."""
    length = first[items + 1] - first[items]
    before = np.cumsum(length) - length
    return np.repeat(first[items] - before, length) + np.arange(length.sum()), np.repeat(np.arange(len(items)), length)


def _find_stuck(program: Program, waiting: _Waiting, most_tokens: FloatArray) -> IntArray:
    """Return the positions in `waiting` that can never be granted if pools have at most so many tokens."""
    held, pledged, pools = waiting.held, waiting.pledged, len(program.pools)
    positions = np.arange(len(waiting.pool) + 1)
    queues = np.searchsorted(waiting.pool, np.arange(pools + 1))
    awaits = positions[queues[pools] : -1]
    most_asked = [np.maximum.accumulate(waiting.tokens[queues[pool] : queues[pool + 1]]) for pool in range(pools)]
    first_held, first_pledged = (np.searchsorted(owned.position, positions) for owned in (held, pledged))
    could_have = np.append(most_tokens, np.zeros(len(awaits)))
    np.subtract.at(could_have, held.pool, held.tokens)
    others = slice(0, first_pledged[0])
    np.add.at(could_have, pledged.pool[others], pledged.tokens[others])
    served, reached = queues[:-1].copy(), awaits
    is_stuck = np.ones(len(waiting.pool), dtype=bool)
    while True:
        before = served.copy()
        for pool in range(pools):
            served[pool] = queues[pool] + np.searchsorted(most_asked[pool], could_have[pool], side="right")
        reached = reached[is_stuck[reached] & (waiting.tokens[reached] <= could_have[waiting.pool[reached]])]
        freed = np.concatenate([reached, *(positions[a:b] for a, b in zip(before, served, strict=True) if a < b)])
        if not len(freed):
            return np.flatnonzero(is_stuck)
        is_stuck[freed] = False
        rows, _ = _list_rows(first_held, freed)
        np.add.at(could_have, held.pool[rows], held.tokens[rows])
        rows, _ = _list_rows(first_pledged, freed)
        np.add.at(could_have, pledged.pool[rows], pledged.tokens[rows])
        reached = queues[pools] + np.unique(pledged.pool[rows]) - pools


def _most_tokens(program: Program, ended_by_itself: bool) -> FloatArray:
    """Return the most tokens that each pool may yet have; after a horizon, a quota comes back."""
    if ended_by_itself:
        return np.array([float(pool.tokens[-1]) for pool in program.pools])
    return np.array([np.inf if pool.refills else float(pool.tokens.max()) for pool in program.pools])


def _find_filled(program: Program, trace: Trace, pools: IntArray) -> IntArray:
    """Return to which of some pools some movement gives more than it takes: a store, or a giver from outside."""
    end, standing = program.first_step[1:], _find_standing(trace)
    now_at: IntArray = np.where(trace.fate == Fate.NOT_ARRIVED, program.first_step[:-1], end)
    now_at[_find_owner(program, standing)] = standing
    filled = [
        pool for pool in pools.tolist() if program.pools[pool].is_store or _is_filled(program, trace, pool, now_at)
    ]
    return np.array(filled, dtype=np.int64)


def _is_filled(program: Program, trace: Trace, pool: int, now_at: IntArray) -> bool:
    """Say whether some movement may have given a pool more than it took, once it has finished on any way open to it."""
    steps = np.flatnonzero(program.target == pool)
    steps = steps[ON_POOL[program.op[steps]]]
    owner, gives, count = _find_owner(program, steps), program.op[steps] == RELEASE, program.count[steps]
    done = is_granted(program, trace.began_min, trace.ended_min, steps)
    given = np.bincount(owner, np.where(gives, count, -count) * done, minlength=program.movements)
    may_give = np.bincount(owner, count * (gives & (steps >= now_at[owner])), minlength=program.movements)
    able = np.flatnonzero(given + may_give > 0)
    return bool((given[able] + _most_given(program, pool, now_at[able], program.first_step[able + 1]) > 0).any())


def _most_given(program: Program, pool: int, begin: IntArray, end: IntArray) -> IntArray:
    """Return the most that movements may give a pool, less what they take, from a step to their end on any way."""
    length = end - begin
    first = np.cumsum(length + 1) - length - 1
    most: IntArray = np.zeros(int(length.sum()) + len(length), dtype=np.int64)
    for back in range(1, int(length.max(initial=0)) + 1):
        some = np.flatnonzero(length >= back)
        here = first[some] + length[some] - back
        most[here] = _follow_ways(program, pool, end[some] - back, most, here)
    from_begin: IntArray = most[first]
    return from_begin


def _follow_ways(program: Program, pool: int, step: IntArray, most: IntArray, here: IntArray) -> IntArray:
    """Return the most on the best way from each of some steps, if `most` knows all that come after `here`."""
    op, count = program.op[step], program.count[step]
    change = np.where(op == RELEASE, count, -count) * (ON_POOL[op] & (program.target[step] == pool))
    skips = np.where((op == TRY) | (op == SKIP), program.value[step], op == WITHIN).astype(np.int64)
    best: IntArray = most[here + 1 + skips * (op != TRY)] + change
    refused = np.flatnonzero((op == TRY) | (op == WITHIN))
    best[refused] = np.maximum(best[refused], most[(here + 1 + skips * (op == TRY))[refused]])
    chooses = np.flatnonzero(op == CHOOSE)
    for option in range(1, int(count[chooses].max(initial=0))):
        some = chooses[count[chooses] > option]
        best[some] = np.maximum(best[some], most[here[some] + 1 + option])
    return best


def _tell(program: Program, trace: Trace, waiting: _Waiting, stuck: IntArray) -> str:
    """Follow stuck holders until one comes round again, and name each link."""
    holders = _find_holders(waiting, stuck)
    steps = waiting.step[stuck]
    holds_nothing = ~np.isin(stuck, waiting.held.position)
    position = int(stuck[np.lexsort((steps, trace.began_min[steps], program.priority[steps], holds_nothing))[0]])
    links: dict[int, str] = {}
    while position not in links:
        links[position] = _tell_link(program, waiting, position)
        if int(waiting.pool[position]) not in holders:
            break
        position = holders[int(waiting.pool[position])]
    cycle = list(links)[list(links).index(position) :]
    for_signals = program.op[waiting.step[cycle]] == AWAIT
    nobody = f", which nobody {'gives' if for_signals[-1] else 'holds or gives'}"
    ends = "" if int(waiting.pool[cycle[-1]]) in holders else nobody
    advice = (
        "let somebody give these signals, or change the order of steps"
        if for_signals.any()
        else "give one of these pools more tokens, or change the order in which they are taken"
    )
    return (
        f"gridlock: {'; '.join(links[each] for each in cycle)}{ends}. {len(stuck)} movements can never go on; {advice}"
    )


def _find_holders(waiting: _Waiting, stuck: IntArray) -> dict[int, int]:
    """Return for each pool the first movement's position among the stuck that hold some of it, or may give it some."""
    position, pool = (
        np.concatenate([getattr(owned, column) for owned in (waiting.held, waiting.pledged)])
        for column in ("position", "pool")
    )
    mine = np.flatnonzero(np.isin(position, stuck))
    mine = mine[np.argsort(waiting.movement[position[mine]], kind="stable")]
    pools, first = np.unique(pool[mine], return_index=True)
    return dict(zip(pools.tolist(), position[mine[first]].tolist(), strict=True))


def _tell_link(program: Program, waiting: _Waiting, position: int) -> str:
    mine = slice(*np.searchsorted(waiting.held.position, (position, position + 1)))
    names = [program.pools[pool].name for pool in waiting.held.pool[mine]]
    held = " and ".join(f"{n} of '{name}'" for n, name in zip(waiting.held.tokens[mine], names, strict=True))
    pool, step = int(waiting.pool[position]), int(waiting.step[position])
    what = f"{program.count[step]} signals" if program.op[step] == AWAIT else f"'{program.pools[pool].name}'"
    name, holds = program.name(int(waiting.movement[position])), f"holds {held} and " if held else ""
    return f"{name} {holds}waits for {waiting.tokens[position]} of {what}"
