"""The reference engine: each movement is a SimPy process that reads its steps.

Everything at one instant happens in one order, which `compiled_engine` follows too:
capacity changes (by pool), then delayed releases (as they were asked for), then movements that
begin (by number), then movements that go on (as they were granted or fell due). A movement goes
on until it must wait; an immediate RELEASE serves the pool's queue at once, and those granted
go on after all that is already due at this instant. So do those who have been given the signals
that they await, and those whose time for a WITHIN is up: when its timer, which was scheduled as
it was asked, falls due, the request leaves the queue, the movement is told to go on, and then
those are served whom it held back. A request that was granted at this instant before is granted.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Generator, Mapping
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count
from operator import itemgetter
from typing import Any

import numpy as np
import simpy

from sim.kernel.program import (
    AWAIT,
    CHOOSE,
    DELAY,
    RELEASE,
    SEIZE,
    SIGNAL,
    TRY,
    Calendar,
    Choice,
    Option,
    Pool,
    Program,
)
from sim.kernel.trace import Trace, account

HORIZON, CAPACITY_CHANGE, DELAYED_RELEASE, BEGINNING, GOING_ON = -4, -3, -2, -1, 1
"""Ranks within one instant; SimPy's own URGENT (0) and NORMAL (1) events fit among them."""

Beside = Callable[[simpy.Environment, Mapping[str, "TokenPool"]], None]
"""A modeller's own set-up: start SimPy processes that live beside the movements."""


Waits = Generator[simpy.Event, Any, None]


class Moment(simpy.Event):
    """An event at an exact clock time (a SimPy Timeout takes a delay, and now + delay rounds)."""

    def __init__(self, env: simpy.Environment, time_min: float, rank: int = GOING_ON) -> None:
        self.env = env
        self.callbacks = []
        self._value = None
        self._ok = True
        heappush(env._queue, (time_min, rank, next(env._eid), self))  # type: ignore[misc]


class TokenPool:
    """Free tokens and the requests that wait for them, by priority and order of asking."""

    def __init__(self, env: simpy.Environment, pool: Pool) -> None:
        self.env = env
        self.free = int(pool.tokens[0])
        self.refills = pool.refills
        self._queue: list[tuple[int, int, int, simpy.Event]] = []
        self._asked = count()
        self._waiting = 0
        self._log: list[tuple[float, int]] | None = None

    def grants(self, tokens: int, priority: int) -> bool:
        """Take tokens if they are free and nobody ranks earlier; say whether it was so."""
        queue = self._queue
        if self.free < tokens or (queue and queue[0][0] <= priority):
            return False
        self.free -= tokens
        return True

    def wait(self, tokens: int, priority: int) -> simpy.Event:
        """Join the queue; the event happens when the tokens are granted, or with False if it is withdrawn."""
        granted = self.env.event()
        heappush(self._queue, (priority, next(self._asked), tokens, granted))
        self._note(tokens)
        return granted

    def give(self, tokens: int) -> None:
        """Add tokens (take them, if negative: holders keep what they hold) and serve the queue."""
        self.free += tokens
        queue = self._queue
        while queue and queue[0][2] <= self.free:
            _, _, tokens, granted = heappop(queue)
            self.free -= tokens
            self._note(-tokens)
            granted.succeed(True)

    def withdraw(self, granted: simpy.Event) -> None:
        """Let who waits for this event go on without tokens, then serve those behind; nothing if it has happened."""
        if granted.triggered:
            return
        request = next(each for each in self._queue if each[3] is granted)
        self._queue.remove(request)
        heapify(self._queue)
        self._note(-request[2])
        granted.succeed(False)
        self.give(0)

    def change(self, before: int, after: int) -> None:
        """Follow the calendar from one capacity to the next."""
        self.give(after - (self.free if self.refills else before))

    def watch(self) -> None:
        """Begin to remember how many tokens are waited for."""
        self._log = []

    def waited_for(self, time_min: float) -> int:
        """Return how many tokens were waited for when `time_min` had passed, if the pool is watched."""
        at = bisect_right(self._log or [], time_min, key=itemgetter(0))
        return self._log[at - 1][1] if self._log and at else 0

    def _note(self, tokens: int) -> None:
        self._waiting += tokens
        if self._log is not None:
            self._log.append((self.env.now, self._waiting))


def open_until(calendar: Calendar, now_min: float, minutes: float) -> float:
    """Return the time at which `minutes` of a calendar's clock have passed; inf if that never comes."""
    if minutes <= 0.0:
        return now_min
    for interval in range(int(np.searchsorted(calendar.closes_min, now_min, side="right")), len(calendar.rate)):
        begin, rate = max(now_min, float(calendar.opens_min[interval])), float(calendar.rate[interval])
        passes = (float(calendar.closes_min[interval]) - begin) * rate
        if minutes <= passes:
            return begin + minutes / rate
        minutes -= passes
    return math.inf


class Signals:
    """How many signals a movement has at hand; below zero it is how many it still awaits."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.at_hand = 0
        self._enough: simpy.Event

    def give(self, signals: int) -> None:
        """Add signals; if the movement awaits no more than these, it goes on."""
        before, self.at_hand = self.at_hand, self.at_hand + signals
        if before < 0 <= self.at_hand:
            self._enough.succeed()

    def use_up(self, signals: int) -> Waits:
        """Take signals as soon as there are so many."""
        self.at_hand -= signals
        if self.at_hand < 0:
            self._enough = self.env.event()
            yield self._enough


class _Run:
    """One run: the environment, the pools, and the two arrays that the processes fill."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.env = simpy.Environment()
        self.pools = [TokenPool(self.env, pool) for pool in program.pools]
        self.signals = [Signals(self.env) for _ in range(program.movements)]
        self.began = [np.nan] * len(program.op)
        self.ended = [np.nan] * len(program.op)
        self.done = np.zeros(program.movements, dtype=bool)
        self.clock = [program.calendar_number[pool.clock] for pool in program.pools]
        for name in program.watched:
            self.pools[program.pool_number[name]].watch()
        self.op, self.target = program.op.tolist(), program.target.tolist()
        self.count, self.value, self.priority = (
            program.count.tolist(),
            program.value.tolist(),
            program.priority.tolist(),
        )

    def schedule_capacity(self) -> None:
        for pool, plan in zip(self.pools, self.program.pools, strict=True):
            for time, before, after in zip(
                plan.times_min[1:].tolist(), plan.tokens.tolist(), plan.tokens[1:].tolist(), strict=False
            ):
                self.at(time, CAPACITY_CHANGE, partial(pool.change, before, after))

    def at(self, time_min: float, rank: int, act: Callable[[], None]) -> None:
        Moment(self.env, time_min, rank).callbacks.append(lambda _: act())

    def admit(self) -> Waits:
        """Begin every movement at its start."""
        bounds = self.program.first_step.tolist()
        for movement, start in enumerate(self.program.start_min.tolist()):
            yield Moment(self.env, start, BEGINNING)
            self.env.process(self.live(movement, bounds[movement], bounds[movement + 1]))

    def live(self, movement: int, step: int, end: int) -> Waits:
        """Go through a movement's steps; yield only where it must wait."""
        env, pools, clock = self.env, self.pools, self.clock
        ops, targets, counts, values, began, ended = (
            self.op,
            self.target,
            self.count,
            self.value,
            self.began,
            self.ended,
        )
        now = env.now
        while step < end:
            op, target = ops[step], targets[step]
            began[step] = now
            skip = 0
            if op == SEIZE:
                if not pools[target].grants(counts[step], self.priority[step]):
                    yield pools[target].wait(counts[step], self.priority[step])
                    now = env.now
            elif op == RELEASE:
                if values[step] == 0.0:
                    pools[target].give(counts[step])
                else:
                    due = self.fall_due(clock[target], now, values[step])
                    self.at(due, DELAYED_RELEASE, partial(pools[target].give, counts[step]))
            elif op >= AWAIT:
                skip = yield from self.wait(movement, step, now)
                now = env.now
            elif op >= TRY:
                skip = self.jump(step, now)
            else:
                due = self.fall_due(target, now, values[step]) if op == DELAY else values[step]
                if due > now:
                    yield Moment(env, due)
                    now = env.now
            ended[step] = now
            step += 1 + skip
        self.done[movement] = True

    def fall_due(self, calendar: int, now: float, minutes: float) -> float:
        """Return when minutes have passed on a calendar's clock, or on the wall clock if it is -1."""
        return now + minutes if calendar < 0 else open_until(self.program.calendars[calendar], now, minutes)

    def wait(self, movement: int, step: int, now: float) -> Generator[simpy.Event, Any, int]:
        """Do an AWAIT or WITHIN; return how many steps it goes past."""
        if self.op[step] == AWAIT:
            yield from self.signals[movement].use_up(self.count[step])
            return 0
        pool, tokens, priority = self.pools[self.target[step]], self.count[step], self.priority[step]
        if pool.grants(tokens, priority):
            return 1
        due = now + self.value[step]
        if not due > now:
            return 0
        granted = pool.wait(tokens, priority)
        self.at(due, GOING_ON, partial(pool.withdraw, granted))
        return int((yield granted))

    def jump(self, step: int, now: float) -> int:
        """Return how many steps a TRY, CHOOSE, SKIP or SIGNAL goes past."""
        op, target = self.op[step], self.target[step]
        if op == SIGNAL:
            self.signals[int(self.value[step])].give(self.count[step])
            return 0
        if op == CHOOSE:
            return self.choose(self.program.choices[target], now)
        if op == TRY and self.pools[target].grants(self.count[step], self.priority[step]):
            return 0
        return int(self.value[step])

    def choose(self, choice: Choice, now: float) -> int:
        """Return the number of the option with the least expected time."""
        known_min = now - choice.delay_min
        expected = [self.expect(option, known_min, now) for option in choice.options]
        return expected.index(min(expected))

    def expect(self, option: Option, known_min: float, now: float) -> float:
        """Return when one would be served if the queues of `known_min` were those ahead."""
        minutes = option.service_min
        for pool, min_per_token in zip(option.watched, option.min_per_token, strict=True):
            minutes += self.pools[self.program.pool_number[pool]].waited_for(known_min) * min_per_token
        return self.fall_due(self.program.calendar_number[option.clock], now + option.extra_min, minutes)


def run_simpy(program: Program, beside: Beside | None = None) -> Trace:
    """Execute a program; `beside` may start a modeller's own processes on the same pools."""
    run = _Run(program)
    run.schedule_capacity()
    run.env.process(run.admit())
    if beside:
        beside(run.env, {plan.name: pool for plan, pool in zip(program.pools, run.pools, strict=True)})
    run.env.run(until=Moment(run.env, program.horizon_min, HORIZON))
    return account(program, np.array(run.began), np.array(run.ended), run.done)
