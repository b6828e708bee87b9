"""Textbook formulas, each with its source, and the interval that a simulated mean must share with them.

Erlang 1917, "Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges": the Erlang B and Erlang C formulas.
Kleinrock 1975, "Queueing Systems I", section 3.5-3.7 and 5.7: M/M/c/K, Pollaczek-Khinchine.
Benes 1957, "On queues with Poisson arrivals": the workload of M/G/1 is a geometric sum of residual services.
Cobham 1954, "Priority assignment in waiting line problems": waits of non-preemptive priority classes.
Hunt 1956, "Sequential arrays of waiting lines": two stations with a finite buffer between them.
Kaufman 1981, "Blocking in a shared resource environment", and Roberts 1981: the multi-rate loss recursion.
Eick, Massey and Whitt 1993, "The physics of the Mt/G/infinity queue": theorem 1.
"""

from collections.abc import Callable, Sequence
from math import factorial

import numpy as np
from scipy import integrate, stats

from sim.kernel import Pool, Program, Step
from sim.kernel.program import Calendar


def offer_alike(
    pools: Sequence[Pool],
    start_min: np.ndarray,
    route: Sequence[Step],
    calendars: Sequence[Calendar] = (),
    horizon_min: float = np.inf,
) -> Program:
    """Build a program whose movements share one route; a step's numbers may be arrays, one per movement."""
    place = {None: -1} | {item.name: i for items in (pools, calendars) for i, item in enumerate(items)}
    columns = [_column(column, len(start_min)) for column in zip(*route, strict=True) if column is not None]
    op, target, tokens, value, priority = columns
    return Program(
        pools=tuple(pools),
        calendars=tuple(calendars),
        start_min=np.asarray(start_min, dtype=np.float64),
        first_step=np.arange(len(start_min) + 1, dtype=np.int64) * len(route),
        op=op.astype(np.int8),
        priority=priority.astype(np.int8),
        target=np.array([place[name] for name in target], dtype=np.int16),
        count=tokens.astype(np.int32),
        value=value.astype(np.float64),
        horizon_min=horizon_min,
    )


def _column(entries: Sequence, movements: int) -> np.ndarray:
    return np.column_stack([np.broadcast_to(np.asarray(entry), movements) for entry in entries]).ravel()


def by_movement(program: Program, step_minutes: np.ndarray) -> np.ndarray:
    """Return the minutes of an `offer_alike` program as an array (movements, steps)."""
    return step_minutes.reshape(program.movements, -1)


def arrive_by_poisson(rng: np.random.Generator, rate: float, movements: int) -> np.ndarray:
    """Return Poisson arrival times of which the first is at minute 0."""
    return np.append(0.0, np.cumsum(rng.exponential(1.0 / rate, movements - 1)))


def draw_state(rng: np.random.Generator, probabilities: np.ndarray) -> int:
    """Return a number present drawn from its law."""
    return int(rng.choice(len(probabilities), p=probabilities))


def interval_999(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half-width of the 99.9 % t interval over at least 20 replications."""
    assert len(values) >= 20
    return float(np.mean(values)), float(stats.t.ppf(0.9995, len(values) - 1) * stats.sem(values))


def assert_mean_is(values: Sequence[float], expected: float, power: float = 0.05) -> None:
    """Assert that the interval holds the expected value and is narrower than `power` times that value."""
    mean, half = interval_999(values)
    assert half < power * expected, f"half-width {half:.4g} cannot tell {expected:.4g} from a wrong value"
    assert abs(mean - expected) <= half, f"{mean:.5g} +- {half:.2g} misses {expected:.5g}"


def erlang_b(servers: int, offered: float) -> float:
    """Return the probability that all servers are busy when nobody waits, offered load in erlangs."""
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = offered * blocked / (busy + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability of waiting in M/M/c."""
    blocked = erlang_b(servers, offered)
    return blocked / (1.0 - offered / servers * (1.0 - blocked))


def mmc_wait(servers: int, arrival_rate: float, service_rate: float) -> float:
    """Return the mean wait of M/M/c."""
    return erlang_c(servers, arrival_rate / service_rate) / (servers * service_rate - arrival_rate)


def mmck_states(servers: int, room: int, offered: float) -> np.ndarray:
    """Return the stationary probabilities of 0..room present in M/M/c/K."""
    weights = [offered**n / factorial(min(n, servers)) / servers ** max(n - servers, 0) for n in range(room + 1)]
    return np.array(weights) / sum(weights)


def mmc_states(servers: int, offered: float, most: int = 2000) -> np.ndarray:
    """Return the stationary probabilities of 0..most present in M/M/c."""
    steps = offered / np.minimum(np.arange(1, most + 1), servers)
    weights = np.append(1.0, np.cumprod(steps))
    return weights / weights.sum()


def pollaczek_khinchine_wait(arrival_rate: float, mean_service: float, second_moment: float) -> float:
    """Return the mean wait of M/G/1."""
    return arrival_rate * second_moment / 2.0 / (1.0 - arrival_rate * mean_service)


def cobham_waits(residual: float, loads: Sequence[float]) -> np.ndarray:
    """Return the mean wait of each class, most urgent first.

    `residual` is the mean time until the next server falls free as an urgent arrival finds it;
    `loads` are the utilisations that the classes bring.
    """
    taken = 1.0 - np.append(0.0, np.cumsum(loads))
    return residual / (taken[:-1] * taken[1:])


def hunt_throughput(service_rate: float, buffer: int) -> float:
    """Return the throughput of two equal exponential stations, the first never starved."""
    return service_rate * (buffer + 2) / (buffer + 3)


def kaufman_roberts_losses(servers: int, offered: Sequence[float], tokens: Sequence[int]) -> np.ndarray:
    """Return the loss probability of each class that asks for `tokens` servers at once or leaves."""
    weights = [1.0]
    for busy in range(1, servers + 1):
        shares = [a * k * weights[busy - k] for a, k in zip(offered, tokens, strict=True) if k <= busy]
        weights.append(sum(shares) / busy)
    states = np.array(weights) / sum(weights)
    return np.array([states[servers - k + 1 :].sum() for k in tokens])


def mt_g_infinity_mean(
    arrival_rate: Callable[[float], float], outlasts: Callable[[float, float], float], t: float
) -> float:
    """Return the mean number present at t, empty at 0; `outlasts(u, t)` is P(who came at u is present at t)."""
    return integrate.quad(lambda u: arrival_rate(u) * outlasts(u, t), 0.0, t, limit=400)[0]
