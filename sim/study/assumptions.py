"""The assumed numbers of a port, its demand, its prices and its policies, as factors: what each may as well be."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sim.scenario.base import Frozen
from sim.scenario.policy import Policy
from sim.scenario.provenance import Parameter
from sim.scenario.schema import Scenario
from sim.scenario.study_file import Factor

Reason = Literal["sourced", "typed", "afterwards", "text", "zero"]
"""Why a number is no factor: its source is known, it was typed, it is read after runs only and moves no time, it is
no number that could be a little more or less (hours, dates, lists, ranks, shapes), or it is 0: there is none of it."""

READ_AFTERWARDS = ("staff_per_server", "staff_per_bay", "staff_per_crane", "staff_per_team", "teu", "tonnes")
"""What only staff, costs and inspection results are read from, beside prices and violations."""
RANKS = ("priority", "rank")
NOT_ABOVE = ((".servers", ".places"), (".per_day", ".timetable.paths_per_day"))
"""Ends of keys of which the first must not exceed the second."""
TIMES = ("class", "direction", "step", "agency", "route", "road", "blame", "cause", "disruption")
"""Scopes of outcomes that are told by when vehicles come and go alone, but for what is paid (`tfi2`)."""


@dataclass(frozen=True)
class Assumptions:
    """Numbers that are assumed, by key, with the range of each, and how many others are left out and why."""

    factors: Mapping[str, Factor]
    left_out: Mapping[Reason, int]


def find_assumptions(
    baseline: Scenario,
    policies: Mapping[str, Policy],
    parameters: Sequence[Parameter],
    spread: tuple[float, bool],
    typed: Collection[str] = (),
    of_times: bool = False,
) -> Assumptions:
    """Return a factor for each parameter that says it is assumed, by a share less and more than it is.

    Minutes keep the shape of their distribution. Counts are whole, at least one less and one more, and at least 1.
    Nothing exceeds what the schema or a policy's range allows: a share stays at most 1.

    Parameters
    ----------
    parameters
        Of `read_group`, and of policies' files with `policy.` before their keys.
    spread
        Share by which each is varied, above 0 and below 1, and whether those with a source are varied, too.
    typed
        Keys of the command line: whoever types a number knows it.
    of_times
        Whether the outcome is told by when vehicles come and go, so that prices, staff and violations cannot move it.
    """
    share, everything = spread
    ranges: dict[str, Factor] = {}
    left_out: dict[str, Reason] = {}
    for parameter in parameters:
        for key in filter(None, dict.fromkeys(_find_target(key, baseline) for key in parameter.keys)):
            reason = _leave_out(key, parameter.is_sourced and not everything, typed, of_times)
            factor = None if reason else _vary(key, *_look_up(key, baseline, policies), share)
            if factor:
                ranges[key] = factor
            else:
                left_out[key] = reason or ("zero" if _look_up(key, baseline, policies)[0] == 0 else "text")
    factors = _keep_fitting(ranges, baseline)
    gone = [reason for key, reason in left_out.items() if key not in factors]
    return Assumptions(factors, {reason: gone.count(reason) for reason in get_args(Reason) if reason in gone})


def is_of_times(outcome: str) -> bool:
    """Say whether an outcome, as scope/name/measure, is told by when vehicles come and go alone."""
    scope, measure = outcome.partition("/")[0], outcome.rpartition("/")[2]
    return (scope in TIMES and measure != "tfi2") or outcome == "port/port/tfi1"


def look_up(key: str, baseline: Scenario, policies: Mapping[str, Policy]) -> float | None:
    """Return the number at a key, of a distribution its mean; None if there is no number."""
    value = _look_up(key, baseline, policies)[0]
    value = getattr(value, "mean_min", value)
    return float(value) if isinstance(value, int | float) else None


def _find_target(key: str, baseline: Scenario) -> str:
    """Return what is varied for a key: its distribution, else itself; nothing of a policy but its strength."""
    if key.startswith("policy."):
        return key if key.split(".")[2] == "strength" else ""
    above = key.rpartition(".")[0]
    if not hasattr(_find(above, baseline)[0], "kind"):
        return key
    return above if key.endswith("_min") else ""  # its shape is kept


def _leave_out(key: str, is_sourced: bool, typed: Collection[str], of_times: bool) -> Reason | None:
    if is_sourced:
        return "sourced"
    if any(f"{key}.".startswith(f"{each}.") or each.startswith(f"{key}.") for each in typed):
        return "typed"
    after = key.startswith(("costs.", "port.violations.")) or key.endswith(READ_AFTERWARDS)
    return "afterwards" if of_times and after else "text" if key.endswith(RANKS) else None


def _look_up(key: str, baseline: Scenario, policies: Mapping[str, Policy]) -> tuple[Any, float]:
    """Return what a key is, and the largest that it may be."""
    if not key.startswith("policy."):
        there, most = _find(key, baseline)
        timetable = _find(f"{key.removesuffix('.per_day')}.timetable", baseline)[0]
        return there, min(most, timetable.most_per_day) if timetable and timetable.times else most
    _, name, _, strength = key.split(".")
    limit = policies[name].parameters[strength].most
    return policies[name].strength[strength], math.inf if limit is None else limit


def _find(key: str, baseline: Scenario) -> tuple[Any, float]:
    """Return what is at a key, None if nothing is there, and the largest number that the schema allows there."""
    there: Any = baseline
    rules: Sequence[Any] = ()
    kind: Any = Scenario
    for part in key.split("."):
        if isinstance(there, Frozen):
            field = type(there).model_fields.get(part)
            kind, rules = (field.annotation, field.metadata) if field else (None, ())
            there = getattr(there, part, None)
        else:
            kind = (get_args(kind) or (None,))[-1]
            rules = [rule for each in getattr(kind, "__metadata__", ()) for rule in getattr(each, "metadata", ())]
            there = there.get(part) if isinstance(there, Mapping) else None
    return there, min((_limit(rule) for rule in rules), default=math.inf)


def _limit(rule: Any) -> float:
    below = getattr(rule, "lt", None)
    return float(getattr(rule, "le", math.inf)) if below is None else math.nextafter(float(below), -math.inf)


def _vary(key: str, value: Any, limit: float, spread: float) -> Factor | None:
    """Return a factor about a value, None if it can be neither more nor less."""
    if hasattr(value, "kind"):
        return _range((key,), "times", 1 - spread, 1 + spread) if value.mean_min else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value == 0:
        return None
    least, most = value * (1 - spread), value * (1 + spread)
    if isinstance(value, int):
        least = max(min(value - 1, math.floor(least + 0.5)), 1)
        most = max(value + 1, math.floor(most + 0.5))
    return _range((key,), "set", least, min(most, limit), isinstance(value, int))


def _range(keys: Sequence[str], how: str, least: float, most: float, whole: bool = False) -> Factor | None:
    """Return a factor, None without a range; ends without the last digits of binary arithmetic."""
    low, high = (float(f"{end:.12g}") for end in (least, most))
    about = {"key": keys[0] if len(keys) == 1 else keys, "how": how, "least": low, "most": high, "whole": whole}
    return Factor.model_validate(about) if low < high else None


def _keep_fitting(factors: Mapping[str, Factor], baseline: Scenario) -> dict[str, Factor]:
    """Return the factors so varied that what must not exceed something else does not, whatever that is varied to."""
    fitting = dict(factors)
    for first, second in NOT_ABOVE:
        for above in dict.fromkeys(key.removesuffix(end) for key in factors for end in (first, second)):
            small, large = f"{above}{first}", f"{above}{second}"
            values = _find(small, baseline)[0], _find(large, baseline)[0]
            if None not in values and (small in fitting or large in fitting):
                fitted = _fit((small, large), values, (fitting.pop(small, None), fitting.pop(large, None)))
                fitting |= {each.keys[0]: each for each in fitted if each}
    return {key: fitting[key] for key in factors if key in fitting}


def _fit(
    keys: tuple[str, str], values: tuple[Any, Any], pair: tuple[Factor | None, Factor | None]
) -> Sequence[Factor | None]:
    """Return factors of a number and of what it must not exceed: one for both if their ranges meet."""
    (least, most), (large_least, large_most) = (_ends(factor) for factor in pair)
    if pair[1] is None:
        return [_range(keys[:1], "set", least, min(most, values[1]), type(values[0]) is int)]
    if pair[0] is None:
        return [_range(keys[1:], "set", max(large_least, math.ceil(values[0])), large_most, whole=True)]
    if most <= large_least:
        return pair
    ratios = [least / values[0], most / values[0], large_least / values[1], large_most / values[1]]
    return [_range(keys, "times", min(ratios), max(ratios))]


def _ends(factor: Factor | None) -> tuple[float, float]:
    return (factor.least or 0.0, factor.most or 0.0) if factor else (0.0, 0.0)
