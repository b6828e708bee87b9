"""Days of the year: the season in which a port opens, and how many come on a day of it."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LAST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
Season = frozenset[tuple[int, int]]
"""Days of the year as (month, day)."""

ALL_YEAR: Season = frozenset((month + 1, day + 1) for month, last in enumerate(LAST_DAYS) for day in range(last))
_END = re.compile(rf"(?P<month>{'|'.join(MONTHS)})?\s*(?P<day>\d{{1,2}})?")


@cache
def parse_season(text: str) -> Season:
    """Read the days on which a port opens, in the notation of OpenStreetMap's `opening_hours` key.

    Understood, and joined by commas: `Feb`, `Apr-Nov`, `Apr 01-Nov 30` and `Jul 01-10`. A span may run over
    New Year.

    Raises
    ------
    ValueError
        With the part that cannot be read, and how to write it.
    """
    return frozenset[tuple[int, int]]().union(*(_parse_span(part.strip()) for part in text.split(",")))


def _parse_span(span: str) -> Season:
    ends = [_END.fullmatch(end.strip()) for end in span.split("-")]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or not first or not last or not first["month"] or not last[0]:
        raise ValueError(f"cannot read season '{span}'; write for example 'Apr 01-Nov 30', 'Jul 01-10' or 'Feb,Apr'")
    begin_month = MONTHS.index(first["month"]) + 1
    end_month = MONTHS.index(last["month"]) + 1 if last["month"] else begin_month
    begin = (begin_month, int(first["day"] or 1))
    end = (end_month, int(last["day"] or LAST_DAYS[end_month - 1]))
    if not {begin, end} <= ALL_YEAR:
        raise ValueError(f"no such day in season '{span}'")
    if begin <= end:
        return frozenset(day for day in ALL_YEAR if begin <= day <= end)
    if not last["month"]:
        raise ValueError(f"season '{span}' ends before it begins; write the second month for one over New Year")
    return frozenset(day for day in ALL_YEAR if day >= begin or day <= end)


def weigh_days(by_month: Sequence[float], season: Season, days: Sequence[date]) -> NDArray[np.float64]:
    """Return how many come on each day, relative to the mean of the days of the season; 0 on all others."""
    often = {day: 0.25 if day == (2, 29) else 1.0 for day in sorted(season)}
    total = sum(often[month, day] * by_month[month - 1] for month, day in often)
    mean = total / sum(often.values())
    inside = [(day.month, day.day) in season for day in days]
    return np.array([by_month[day.month - 1] if there else 0.0 for day, there in zip(days, inside, strict=True)]) / mean
