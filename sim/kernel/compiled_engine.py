"""The fast engine: the machine that `simpy_engine` defines, in one compiled loop over plain arrays.

It returns what the reference returns, bit for bit. Events at one instant follow the order written
there. The heap holds only what is due later: movements that go on, and releases that were delayed.
Beginnings and capacity changes are read from sorted arrays. Movements granted tokens at this instant
(or signals, or whose time to wait for tokens is up) were scheduled after all that the heap has due now,
so a plain queue of them keeps the order.
"""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils
from numba.extending import intrinsic

from sim.kernel.program import Op, Pool, Program, assemble
from sim.kernel.trace import Fate, Trace, account

# Written out, and not read from `Op`: the cache notices a change in this file and in no other.
CODES = SEIZE, RELEASE, DELAY, UNTIL, TRY, CHOOSE, SKIP, SIGNAL, AWAIT, WITHIN = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
assert tuple(Op) == CODES

# Indices are unsigned throughout: for signed ones Numba asks at each access whether they count from the end.
ZERO, ONE, TWO, EIGHT, CACHE_LINE = (np.uint64(n) for n in (0, 1, 2, 8, 64))
NOBODY = np.uint64(2**64 - 1)

GOING_ON = np.uint64(2**62)
"""Added to the order of movements that go on, so that releases due at the same instant come first."""

TIMER = np.uint64(2**63)
"""Added to the step of a WITHIN whose time is up then: it takes its turn among those that go on."""

WAITS = NOBODY
"""Instead of a number of steps to skip: the movement must wait."""

NEVER = np.float64(np.inf).view(np.int64)

EVENT = np.dtype([("due", "i8"), ("order", "u8"), ("what", "u8")])
"""`due` is the bits of the clock time: positive floats rank as their bits do, which are compared in less time.
`what` is a step that gives tokens or, from order GOING_ON on, a movement or the TIMER of a step."""

POOL = np.dtype([("free", "i8"), ("first_rank", "u8"), ("refills", "u8"), ("watch", "u8")])
"""`first_rank` is the first rank that somebody waits with; the number of ranks if nobody does.
`watch` is the number of the record that is kept of its queue; NOBODY if no choice looks at it."""

WATCH = np.dtype([("waiting", "i8"), ("first", "u8"), ("next", "u8")])
"""The tokens that are waited for now, and where in the log the record begins and goes on."""

LOG = np.dtype([("time_min", "f8"), ("waiting", "i8")])

OPTION = np.dtype([("extra_min", "f8"), ("service_min", "f8"), ("clock", "i8"), ("first", "u8"), ("end", "u8")])
"""`first` to `end` are the queues that an option looks at."""

GLANCE = np.dtype([("watch", "u8"), ("min_per_token", "f8")])

QUEUE = np.dtype([("head", "u8"), ("tail", "u8")])
"""The movements that wait for one pool with one rank, linked by `next`."""

LIFE = np.dtype([("step", "u8"), ("next", "u8")])
"""The step at which a movement is, and who comes after it in the queue in which it waits."""

CHANGE = np.dtype([("time_min", "f8"), ("pool", "u8"), ("before", "i8"), ("after", "i8")])

AGENDA = np.dtype(
    [
        ("next_change_min", "f8"),
        ("next_start_min", "f8"),
        *((name, "u8") for name in ("changed", "begun", "events", "scheduled", "root_is_vacant", "granted", "last")),
    ]
)
"""How far the run has come. `events` are those on the heap, of which the root may be vacant for a while;
`granted` and `last` are the ends of the queue of movements that were granted tokens at this instant."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Plan(NamedTuple):
    """What the engine reads: the program's columns, then capacity changes, calendars, choices and ranks laid flat."""

    start_min: Any
    first_step: Any
    op: Any
    priority: Any
    target: Any
    count: Any
    value: Any
    changes: Any
    first_interval: Any
    opens_min: Any
    closes_min: Any
    rate: Any
    clock: Any
    first_option: Any
    delay_min: Any
    options: Any
    glances: Any
    lowest_priority: Any
    ranks: Any
    horizon_min: Any


class _State(NamedTuple):
    """What the engine writes: 16 bytes per movement, some per pool, 24 per event under way, and the trace.

    8 more per movement if there is a WITHIN: `before`, who was ahead of it as it joined a queue (or is since one of
    them withdrew; nobody reads it of the first). And 8 if there is a SIGNAL or AWAIT: `signals`, those that it has at
    hand; below zero, how many it still awaits.
    """

    agenda: Any
    heap: Any
    pools: Any
    queues: Any
    lives: Any
    watches: Any
    log: Any
    before: Any
    signals: Any
    began_min: Any
    ended_min: Any


def run_compiled(program: Program) -> Trace:
    """Execute a program; the first call on a machine compiles the engine, later ones load it."""
    plan = _lay_out(program)
    state = _prepare(program, plan)
    _find_machine()(*_pack(plan, state))
    return _conclude(program, plan, state)


def _pack(plan: _Plan, state: _State) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    # A cache that named classes of this file could not be read once they are renamed.
    return tuple(plan), tuple(state)


def _conclude(program: Program, plan: _Plan, state: _State) -> Trace:
    begun = int(state.agenda["begun"][0])
    state.began_min[plan.first_step[begun] :] = np.nan
    state.ended_min[plan.first_step[begun] :] = np.nan
    done = np.zeros(program.movements, dtype=bool)
    done[:begun] = state.lives["step"][:begun] == plan.first_step[1 : begun + 1]
    if done.all():
        return Trace(state.began_min, state.ended_min, np.full(program.movements, Fate.FINISHED, dtype=np.int8))
    return account(program, state.began_min, state.ended_min, done)


def _lay_out(program: Program) -> _Plan:
    lowest, highest = int(program.priority.min(initial=127)), int(program.priority.max(initial=-128))
    intervals = [len(calendar.opens_min) for calendar in program.calendars]
    options, glances = _lay_out_options(program)
    return _Plan(
        start_min=_view(program.start_min, np.float64),
        first_step=_view(program.first_step, np.int64).view(np.uint64),
        op=_view(program.op, np.int8),
        priority=_view(program.priority, np.int8),
        target=_view(program.target, np.int16),
        count=_view(program.count, np.int32),
        value=_view(program.value, np.float64),
        changes=_merge_changes(program.pools),
        first_interval=np.cumsum([0, *intervals], dtype=np.uint64),
        opens_min=_join(np.float64, [calendar.opens_min for calendar in program.calendars]),
        closes_min=_join(np.float64, [calendar.closes_min for calendar in program.calendars]),
        rate=_join(np.float64, [calendar.rate for calendar in program.calendars]),
        clock=np.array([program.calendar_number[pool.clock] for pool in program.pools], dtype=np.int64),
        first_option=np.cumsum([0, *(len(choice.options) for choice in program.choices)], dtype=np.uint64),
        delay_min=np.array([choice.delay_min for choice in program.choices], dtype=np.float64),
        options=options,
        glances=glances,
        lowest_priority=lowest,
        ranks=np.uint64(max(highest - lowest + 1, 1)),
        horizon_min=float(program.horizon_min),
    )


def _lay_out_options(program: Program) -> tuple[np.ndarray, np.ndarray]:
    options = [option for choice in program.choices for option in choice.options]
    watch = {name: i for i, name in enumerate(program.watched)}
    glances = [
        (watch[name], minutes)
        for option in options
        for name, minutes in zip(option.watched, option.min_per_token, strict=True)
    ]
    ends = np.cumsum([len(option.watched) for option in options], dtype=np.int64).tolist()
    rows = [
        (option.extra_min, option.service_min, program.calendar_number[option.clock], end - len(option.watched), end)
        for option, end in zip(options, ends, strict=True)
    ]
    return np.array(rows, OPTION), np.array(glances, GLANCE)


def _view(column: np.ndarray, dtype: type) -> np.ndarray:
    """Return a read-only view, so that one compiled signature fits columns that can be written and others."""
    view: np.ndarray = np.ascontiguousarray(column, dtype).view()
    view.flags.writeable = False
    return view


def _join(dtype: type, parts: list[Any]) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype), *parts])


def _merge_changes(pools: tuple[Pool, ...]) -> np.ndarray:
    """Return all capacity changes by (time, pool)."""
    many = [len(pool.times_min) - 1 for pool in pools]
    changes = np.empty(sum(many), CHANGE)
    changes["time_min"] = _join(np.float64, [pool.times_min[1:] for pool in pools])
    changes["pool"] = np.repeat(np.arange(len(pools)), many)
    changes["before"] = _join(np.int64, [pool.tokens[:-1] for pool in pools])
    changes["after"] = _join(np.int64, [pool.tokens[1:] for pool in pools])
    return changes[np.argsort(changes["time_min"], kind="stable")]


def _prepare(program: Program, plan: _Plan) -> _State:
    pools = np.zeros(len(program.pools), POOL)
    pools["free"] = [pool.tokens[0] for pool in program.pools]
    pools["first_rank"] = plan.ranks
    pools["refills"] = [pool.refills for pool in program.pools]
    pools["watch"] = NOBODY
    watched = [program.pool_number[name] for name in program.watched]
    pools["watch"][watched] = np.arange(len(watched))
    watches, log = _reserve_log(program, watched)
    seldom = plan.op[np.flatnonzero(plan.op >= SIGNAL)]
    timers, signals = int(np.count_nonzero(seldom == WITHIN)), bool((seldom <= AWAIT).any())
    agenda = np.zeros(1, AGENDA)
    agenda["next_change_min"] = plan.changes["time_min"][0] if len(plan.changes) else np.inf
    agenda["next_start_min"] = plan.start_min[0] if program.movements else np.inf
    agenda["granted"] = NOBODY
    return _State(
        agenda=agenda,
        heap=_reserve_heap(program, timers),
        pools=pools,
        queues=np.full(2 * len(pools) * int(plan.ranks), NOBODY).view(QUEUE),
        lives=np.empty(program.movements, LIFE),
        watches=watches,
        log=log,
        before=np.empty(program.movements if timers else 0, np.uint64),
        signals=np.zeros(program.movements if signals else 0, np.int64),
        began_min=np.empty(len(plan.op)),
        ended_min=np.empty(len(plan.op)),
    )


def _reserve_heap(program: Program, timers: int) -> np.ndarray:
    """Return room for all that could be under way at once; memory is taken only as far as it is touched."""
    delayed = np.count_nonzero((program.op == RELEASE) & (program.value > 0.0))
    heap = np.empty(program.movements + delayed + timers + 3, EVENT)
    heap["due"][:3] = NEVER
    return heap


def _reserve_log(program: Program, watched: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return a record of each watched queue, and room for all that could happen: every request waits and ends."""
    waits = (program.op == SEIZE) | (program.op == WITHIN)
    requests = [2 * int(np.count_nonzero(waits & (program.target == pool))) for pool in watched]
    watches = np.zeros(len(watched), WATCH)
    watches["first"] = watches["next"] = np.cumsum(requests) - requests
    return watches, np.empty(sum(requests), LOG)


@cache
def _find_machine() -> Callable[..., None]:
    """Return the engine, loaded or compiled: cached where Numba likes to, else in our own folder, else nowhere."""
    for find_folder in (_find_usual_folder, _find_private_folder):
        with suppress(OSError, RuntimeError):  # what Numba raises if a folder cannot be written to
            return _compile(find_folder())
    return _compile(None)


def _compile(folder: str | None) -> Callable[..., None]:
    """Compile with a cache in `folder` ('' leaves it to Numba), or without one."""
    usual, _config.CACHE_DIR = _config.CACHE_DIR, folder or ""
    try:
        machine: Any = _jit(cache=folder is not None, nogil=True, _nrt=False)(_execute)
        machine.compile(_sign())
    finally:
        _config.CACHE_DIR = usual
    return machine  # type: ignore[no-any-return]


def _sign() -> tuple[Any, ...]:
    """Return the types of the arguments, which are those of any program."""
    nothing = assemble([], [])
    plan = _lay_out(nothing)
    return tuple(_typeof(argument) for argument in _pack(plan, _prepare(nothing, plan)))


def _find_usual_folder() -> str:
    return str(_config.CACHE_DIR)


def _find_private_folder() -> str:
    """Return a folder under the temporary one that nobody else can write to, for what is loaded from it is run."""
    if os.name != "posix":
        raise OSError("cannot tell here who else may write to a folder")
    folder = Path(tempfile.gettempdir()) / f"kouan-numba-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not ours alone")
    return str(folder)


_config: Any = numba.config
_typeof: Any = numba.typeof
_jit: Any = numba.njit
"""Without `_nrt` (Numba's run time) what allocates does not compile, and no references are counted."""


def _inlined(function: _Function) -> _Function:
    return _jit(forceinline=True, _nrt=False)(function)  # type: ignore[no-any-return]


def _called(function: _Function) -> _Function:
    """Keep what is seldom needed out of the loop."""
    return _jit(_nrt=False)(function)  # type: ignore[no-any-return]


def _execute(plan_columns: tuple[Any, ...], state_columns: tuple[Any, ...]) -> None:
    """Let every instant before the horizon pass."""
    plan, state = _Plan(*plan_columns), _State(*state_columns)
    agenda = state.agenda[0]
    now = 0.0
    while True:
        if agenda.granted == NOBODY:
            now = min(agenda.next_change_min, agenda.next_start_min, _next_due(state))
            if not now < plan.horizon_min:
                break
            while agenda.next_change_min == now:
                _change_capacity(plan, state, now)
        if _next_due(state) == now and state.heap[ZERO].order < GOING_ON:
            _give_delayed(plan, state, now)
        else:
            movement = _call_next(plan, state, now)
            if movement != NOBODY:
                _go_on(plan, state, movement, now)
        if agenda.root_is_vacant and (agenda.granted == NOBODY or _more_is_due(state, now)):
            _remove_root(state)


@_inlined
def _next_due(state: _State) -> Any:
    return np.int64(state.heap[ZERO].due).view(np.float64)


@_inlined
def _change_capacity(plan: _Plan, state: _State, now: float) -> None:
    agenda = state.agenda[0]
    change = plan.changes[agenda.changed]
    pool = state.pools[change.pool]
    _give(plan, state, change.pool, change.after - (pool.free if pool.refills else change.before), now)
    agenda.changed += ONE
    more = agenda.changed < np.uint64(len(plan.changes))
    agenda.next_change_min = plan.changes[agenda.changed].time_min if more else np.inf


@_inlined
def _give_delayed(plan: _Plan, state: _State, now: float) -> None:
    step = _take_root(state)
    _give(plan, state, np.uint64(plan.target[step]), plan.count[step], now)


@_inlined
def _call_next(plan: _Plan, state: _State, now: float) -> Any:
    """Return who goes on next at this instant: those that begin, then those due, then those just granted tokens."""
    agenda = state.agenda[0]
    if agenda.next_start_min == now:
        return _begin(plan, state)
    if _next_due(state) == now:
        movement = _take_root(state)
        if movement >= TIMER:
            _give_up(plan, state, movement - TIMER, now)
            return NOBODY
        _end_step(state, movement, ONE, now)
    else:
        movement = agenda.granted
        if movement != NOBODY:
            agenda.granted = state.lives[movement].next
    return movement


@_inlined
def _end_step(state: _State, movement: Any, steps: Any, now: float) -> None:
    """End the step at which a movement waited, and put it so many steps on."""
    life = state.lives[movement]
    state.ended_min[life.step] = now
    life.step += steps


@_inlined
def _begin(plan: _Plan, state: _State) -> Any:
    agenda = state.agenda[0]
    movement = agenda.begun
    agenda.begun += ONE
    more = agenda.begun < np.uint64(len(plan.start_min))
    agenda.next_start_min = plan.start_min[agenda.begun] if more else np.inf
    first, end = plan.first_step[movement], plan.first_step[movement + ONE]
    state.lives[movement].step = first
    _fetch_ahead(plan, first, end)
    for step in range(first, end):
        state.began_min[step] = np.nan
        state.ended_min[step] = np.nan
    return movement


@_inlined
def _fetch_ahead(plan: _Plan, first: Any, end: Any) -> None:
    """Ask for a movement's steps before they are read; without it, a large run waits for memory a fifth of its time."""
    for step in range(first, end, EIGHT):
        _prefetch(plan.value, step)
        _prefetch(plan.count, step)
    for step in range(first, end, CACHE_LINE):
        _prefetch(plan.op, step)
        _prefetch(plan.priority, step)
        _prefetch(plan.target, step)


def _emit_prefetch(_typing_context: Any, array: Any, index: Any) -> Any:
    """Emit LLVM's prefetch of `array[index]`, which Numba has no name for."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        make_proxy: Any = cgutils.create_struct_proxy(signature.args[0])  # type: ignore[no-untyped-call]
        data = make_proxy(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kind)
        builder.call(function, [address, word(0), word(3), word(1)])  # to read, to keep, as data
        return context.get_dummy_value()

    return numba.types.void(array, index), generate


_prefetch: Any = intrinsic(_emit_prefetch)


@_inlined
def _go_on(plan: _Plan, state: _State, movement: Any, now: float) -> None:
    """Take a movement's steps until it must wait."""
    step, end = state.lives[movement].step, plan.first_step[movement + ONE]
    while step < end:
        state.began_min[step] = now
        op = plan.op[step]
        if op == SEIZE:
            if not _grants(plan, state, step):
                _wait(plan, state, step, movement, now)
                break
        elif op == RELEASE:
            _release(plan, state, step, now)
        elif op >= TRY:
            skips = _jump(plan, state, step, movement, now)
            if skips == WAITS:
                break
            state.ended_min[step] = now
            step += ONE + skips
            continue
        else:
            due = plan.value[step]
            if op == DELAY:
                due = _fall_due(plan, np.int64(plan.target[step]), now, due)
            if due > now:
                _schedule(plan, state, due, GOING_ON, movement)
                break
        state.ended_min[step] = now
        step += ONE
    state.lives[movement].step = step


@_inlined
def _grants(plan: _Plan, state: _State, step: Any) -> Any:
    """Take tokens if they are free and nobody ranks earlier; say whether it was so."""
    pool = state.pools[np.uint64(plan.target[step])]
    left = pool.free - plan.count[step]
    if left < 0 or pool.first_rank <= _rank(plan, step):
        return False
    pool.free = left
    return True


@_inlined
def _rank(plan: _Plan, step: Any) -> Any:
    return np.uint64(plan.priority[step] - plan.lowest_priority)


@_inlined
def _wait(plan: _Plan, state: _State, step: Any, movement: Any, now: float) -> None:
    """Join the queue."""
    index, rank = np.uint64(plan.target[step]), _rank(plan, step)
    pool, queue = state.pools[index], state.queues[index * plan.ranks + rank]
    state.lives[movement].next = NOBODY
    if queue.head == NOBODY:
        queue.head = movement
        pool.first_rank = min(pool.first_rank, rank)
    else:
        state.lives[queue.tail].next = movement
        if len(state.before):
            state.before[movement] = queue.tail
    queue.tail = movement
    if pool.watch != NOBODY:
        _note(state, pool.watch, plan.count[step], now)


@_inlined
def _release(plan: _Plan, state: _State, step: Any, now: float) -> None:
    pool = np.uint64(plan.target[step])
    if plan.value[step] == 0.0:
        _give(plan, state, pool, plan.count[step], now)
    else:
        _schedule(plan, state, _fall_due(plan, plan.clock[pool], now, plan.value[step]), ZERO, step)


@_inlined
def _give(plan: _Plan, state: _State, index: Any, tokens: Any, now: float) -> None:
    """Add tokens (take them, if negative: holders keep what they hold) and serve the queue."""
    pool = state.pools[index]
    pool.free += tokens
    while pool.first_rank < plan.ranks:
        queue = state.queues[index * plan.ranks + pool.first_rank]
        movement = queue.head
        step = state.lives[movement].step
        left = pool.free - plan.count[step]
        if left < 0:
            break
        pool.free = left
        queue.head = state.lives[movement].next
        if pool.watch != NOBODY:
            _note(state, pool.watch, -plan.count[step], now)
        _grant(state, movement, TWO if plan.op[step] == WITHIN else ONE, now)
        _pass_empty_ranks(plan, state, index)


@_inlined
def _pass_empty_ranks(plan: _Plan, state: _State, index: Any) -> None:
    pool = state.pools[index]
    while pool.first_rank < plan.ranks and state.queues[index * plan.ranks + pool.first_rank].head == NOBODY:
        pool.first_rank += ONE


@_inlined
def _grant(state: _State, movement: Any, steps: Any, now: float) -> None:
    """Let a movement go on at this instant so many steps on, after all that is due already."""
    agenda = state.agenda[0]
    _end_step(state, movement, steps, now)
    state.lives[movement].next = NOBODY
    if agenda.granted == NOBODY:
        agenda.granted = movement
    else:
        state.lives[agenda.last].next = movement
    agenda.last = movement


@_inlined
def _fall_due(plan: _Plan, calendar: Any, now: float, minutes: float) -> Any:
    """Return when minutes have passed on a calendar's clock, or on the wall clock if it is -1."""
    return now + minutes if calendar < 0 else _open_until(plan, np.uint64(calendar), now, minutes)


@_inlined
def _open_until(plan: _Plan, calendar: Any, now: float, minutes: float) -> Any:
    """Do what the reference's `open_until` does, operation by operation, so that sums round alike."""
    if minutes <= 0.0:
        return now
    low, end = plan.first_interval[calendar], plan.first_interval[calendar + ONE]
    high = end
    while low < high:
        middle = (low + high) // TWO
        if plan.closes_min[middle] <= now:
            low = middle + ONE
        else:
            high = middle
    for interval in range(low, end):
        begin = max(now, plan.opens_min[interval])
        passes = (plan.closes_min[interval] - begin) * plan.rate[interval]
        if minutes <= passes:
            return begin + minutes / plan.rate[interval]
        minutes -= passes
    return np.inf


@_called
def _jump(plan: _Plan, state: _State, step: Any, movement: Any, now: float) -> Any:
    """Do what is neither SEIZE, RELEASE, DELAY nor UNTIL; return how many steps it goes past, or WAITS."""
    op = plan.op[step]
    if op == CHOOSE:
        return _choose(plan, state, np.uint64(plan.target[step]), now)
    if op == SIGNAL:
        return _signal(state, np.uint64(plan.value[step]), plan.count[step], now)
    if op == AWAIT:
        state.signals[movement] -= plan.count[step]
        return WAITS if state.signals[movement] < 0 else ZERO
    if op == WITHIN:
        return _ask(plan, state, step, movement, now)
    if op == TRY and _grants(plan, state, step):
        return ZERO
    return np.uint64(plan.value[step])


@_inlined
def _signal(state: _State, to: Any, signals: Any, now: float) -> Any:
    """Give signals to a movement; if it awaits no more than these, it goes on."""
    before = state.signals[to]
    state.signals[to] += signals
    if before < 0 and state.signals[to] >= 0:
        _grant(state, to, ONE, now)
    return ZERO


@_inlined
def _ask(plan: _Plan, state: _State, step: Any, movement: Any, now: float) -> Any:
    """Skip a step with tokens or none without, or wait for them until the time is up."""
    if _grants(plan, state, step):
        return ONE
    due = now + plan.value[step]
    if not due > now:
        return ZERO
    _wait(plan, state, step, movement, now)
    _schedule(plan, state, due, GOING_ON, TIMER + step)
    return WAITS


@_called
def _give_up(plan: _Plan, state: _State, step: Any, now: float) -> None:
    """Let a movement go on without tokens if it still waits at a step, then serve those whom it held back."""
    if not np.isnan(state.ended_min[step]):
        return
    movement, index = _find_owner(plan, step), np.uint64(plan.target[step])
    _leave_queue(plan, state, index * plan.ranks + _rank(plan, step), movement)
    _pass_empty_ranks(plan, state, index)
    if state.pools[index].watch != NOBODY:
        _note(state, state.pools[index].watch, -plan.count[step], now)
    _grant(state, movement, ONE, now)
    _give(plan, state, index, 0, now)


@_inlined
def _find_owner(plan: _Plan, step: Any) -> Any:
    """Return the movement that has a step."""
    low, high = ONE, np.uint64(len(plan.first_step))
    while low < high:
        middle = (low + high) // TWO
        if plan.first_step[middle] <= step:
            low = middle + ONE
        else:
            high = middle
    return low - ONE


@_inlined
def _leave_queue(plan: _Plan, state: _State, index: Any, movement: Any) -> None:
    queue, ahead, behind = state.queues[index], state.before[movement], state.lives[movement].next
    if queue.head == movement:
        queue.head = behind
    else:
        state.lives[ahead].next = behind
    if behind == NOBODY:
        queue.tail = ahead
    else:
        state.before[behind] = ahead


@_inlined
def _choose(plan: _Plan, state: _State, choice: Any, now: float) -> Any:
    """Return the number of the option with the least expected time."""
    known_min = now - plan.delay_min[choice]
    first, end = plan.first_option[choice], plan.first_option[choice + ONE]
    best, least = first, _expect(plan, state, first, known_min, now)
    for option in range(first + ONE, end):
        expected = _expect(plan, state, option, known_min, now)
        if expected < least:
            best, least = option, expected
    return best - first


@_inlined
def _expect(plan: _Plan, state: _State, index: Any, known_min: float, now: float) -> Any:
    """Return when one would be served if the queues of `known_min` were those ahead."""
    option = plan.options[index]
    minutes = option.service_min
    for glance in range(option.first, option.end):
        waited_for = _waited_for(state, plan.glances[glance].watch, known_min)
        minutes += waited_for * plan.glances[glance].min_per_token
    return _fall_due(plan, option.clock, now + option.extra_min, minutes)


@_inlined
def _waited_for(state: _State, index: Any, time_min: float) -> Any:
    """Return how many tokens of a watched pool were waited for when `time_min` had passed."""
    watch = state.watches[index]
    low, high = watch.first, watch.next
    while low < high:
        middle = (low + high) // TWO
        if state.log[middle].time_min <= time_min:
            low = middle + ONE
        else:
            high = middle
    return state.log[low - ONE].waiting if low > watch.first else np.int64(0)


@_called
def _note(state: _State, index: Any, tokens: Any, now: float) -> None:
    """Write down that so many more tokens are waited for."""
    watch = state.watches[index]
    watch.waiting += tokens
    entry = state.log[watch.next]
    entry.time_min, entry.waiting = now, watch.waiting
    watch.next += ONE


@_inlined
def _take_root(state: _State) -> Any:
    """Return what is due first, and leave its place vacant: those who go on now have most often more to schedule."""
    state.agenda[0].root_is_vacant = ONE
    state.heap[ZERO].due = NEVER
    return state.heap[ZERO].what


@_inlined
def _more_is_due(state: _State, now: float) -> Any:
    """Say whether one of the two that come next if the root is vacant is due now."""
    due = np.float64(now).view(np.int64)
    return (state.heap[ONE].due == due) | (state.heap[TWO].due == due)


@_inlined
def _schedule(plan: _Plan, state: _State, due_min: float, kind: Any, what: Any) -> None:
    """Put an event on the heap, unless the horizon comes first."""
    if due_min < plan.horizon_min:
        agenda = state.agenda[0]
        due, order = np.float64(due_min).view(np.int64), kind + agenda.scheduled
        agenda.scheduled += ONE
        if agenda.root_is_vacant:
            agenda.root_is_vacant = ZERO
            _sink(state.heap, agenda.events, due, order, what)
        else:
            agenda.events += ONE
            state.heap[agenda.events + ONE].due = NEVER
            _rise(state.heap, agenda.events - ONE, due, order, what)


@_inlined
def _remove_root(state: _State) -> None:
    agenda = state.agenda[0]
    agenda.root_is_vacant = ZERO
    agenda.events -= ONE
    last = state.heap[agenda.events]
    due, order, what = last.due, last.order, last.what
    last.due = NEVER
    if agenda.events:
        _sink(state.heap, agenda.events, due, order, what)


@_inlined
def _rise(heap: Any, hole: Any, due: Any, order: Any, what: Any) -> None:
    """Move parents down until the event fits."""
    while hole > ZERO:
        parent = (hole - ONE) // TWO
        if _is_earlier(heap[parent], due, order):
            break
        heap[hole] = heap[parent]
        hole = parent
    _put(heap[hole], due, order, what)


@_inlined
def _sink(heap: Any, events: Any, due: Any, order: Any, what: Any) -> None:
    """Move earlier children up until the event fits. Past the last event stands one that is never due."""
    hole, child = ZERO, ONE
    while child < events:
        child += np.uint64(_is_earlier(heap[child + ONE], heap[child].due, heap[child].order))
        if not _is_earlier(heap[child], due, order):
            break
        heap[hole] = heap[child]
        hole, child = child, child + child + ONE
    _put(heap[hole], due, order, what)


@_inlined
def _is_earlier(event: Any, due: Any, order: Any) -> Any:
    # Without `or`: a branch here would be mispredicted half the time.
    return (event.due < due) | ((event.due == due) & (event.order < order))


@_inlined
def _put(event: Any, due: Any, order: Any, what: Any) -> None:
    event.due, event.order, event.what = due, order, what
