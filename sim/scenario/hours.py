"""Opening hours: the text a planner writes, and the minutes of a run in which it says open."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MIN = 1440
WeekHours = tuple[tuple[tuple[int, int], ...], ...]
"""For each weekday from Monday: (opens, closes) in minutes after midnight; past 1440 runs into the next day."""

_RULE = re.compile(
    r"^(?P<days>[A-Z][a-z](?:-[A-Z][a-z])?(?:,[A-Z][a-z](?:-[A-Z][a-z])?)*)\s+(?P<spans>off|[\d:,\s-]+)$"
)
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")


def parse_hours(text: str) -> WeekHours:
    """Read opening hours in the notation of OpenStreetMap's `opening_hours` key.

    Understood: `24/7`, `off`, and rules like `Mo-Fr 08:00-12:00,13:00-17:00; Sa 10:00-14:00; Su off`.
    Later rules replace earlier ones for the same day; a span that closes at or before it opens
    runs past midnight; days that no rule names are closed.

    Raises
    ------
    ValueError
        With the part that cannot be read, and how to write it.
    """
    if text.strip() in ("24/7", "off"):
        return (((0, DAY_MIN),) if text.strip() == "24/7" else (),) * 7
    week: list[tuple[tuple[int, int], ...]] = [()] * 7
    rules = [part.strip() for part in text.split(";") if part.strip()]
    if not rules:
        raise ValueError("hours are empty; write 'off' for closed, '24/7' or for example 'Mo-Su 07:00-19:00'")
    for rule in rules:
        match = _RULE.match(rule)
        if not match:
            raise ValueError(f"cannot read hours '{rule}'; write for example 'Mo-Su 07:00-19:00', '24/7' or 'off'")
        spans = _parse_spans(match["spans"])
        for day in _parse_days(match["days"]):
            week[day] = spans
    return tuple(week)


@lru_cache(maxsize=256)
def open_intervals(
    hours: WeekHours, timezone: str, start: datetime, days: float, closed_dates: frozenset[date] = frozenset()
) -> NDArray[np.float64]:
    """Return open intervals (n, 2) in minutes since `start`, merged, over `days` and cut to them.

    `start` is aware; hours are read on the clock of `timezone`, so that two sides of a border
    with one text each still differ by their time zones. Daylight saving is the zone's own.
    """
    zone = ZoneInfo(timezone)
    first = start.astimezone(zone).date() - timedelta(days=1)
    spans = [
        (_minutes_since(start, day, opens, zone), _minutes_since(start, day, closes, zone))
        for day in (first + timedelta(days=n) for n in range(int(days) + 4))
        if day not in closed_dates
        for opens, closes in hours[day.weekday()]
    ]
    merged = _merge(spans, days * DAY_MIN)
    merged.flags.writeable = False
    return merged


def day_starts(timezone: str, start: datetime, days: float) -> NDArray[np.float64]:
    """Return the minutes since `start` of every local midnight within (0, days]."""
    zone = ZoneInfo(timezone)
    first = start.astimezone(zone).date()
    midnights = [_minutes_since(start, first + timedelta(days=n), 0, zone) for n in range(1, int(days) + 3)]
    return np.array([minute for minute in midnights if 0.0 < minute <= days * DAY_MIN])


@lru_cache(maxsize=256)
def clock_hours(timezone: str, start: datetime, days: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return minutes since `start` from which the hour on a local clock holds, and that hour, over `days`; both (n,).

    Parts are whole hours, or quarters where the clock differs from that of `start` by less than an hour.
    """
    zone, begin = ZoneInfo(timezone), start.astimezone(UTC)
    step = 60 if begin.astimezone(zone).minute == 0 else 15  # every zone is whole quarters of an hour from UTC
    from_min = np.arange(0.0, days * DAY_MIN, step)
    hours = [(begin + timedelta(minutes=minute)).astimezone(zone).hour for minute in from_min.tolist()]
    return from_min, np.array(hours)


def _parse_days(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        ends = part.split("-")
        unknown = [name for name in ends if name not in DAYS]
        if unknown:
            raise ValueError(f"unknown day '{unknown[0]}'; days are {', '.join(DAYS)}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        days += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    return days


def _parse_spans(text: str) -> tuple[tuple[int, int], ...]:
    if text == "off":
        return ()
    spans = sorted(_parse_span(span.strip()) for span in text.split(","))
    for (_, closes), (opens, _) in pairwise(spans):
        if opens < closes:
            raise ValueError(f"hours '{text}' overlap; write each open span once")
    return tuple(spans)


def _parse_span(span: str) -> tuple[int, int]:
    match = _SPAN.match(span)
    if not match:
        raise ValueError(f"cannot read hours '{span}'; write them as 07:00-19:00")
    opens_h, opens_m, closes_h, closes_m = map(int, match.groups())
    opens, closes = opens_h * 60 + opens_m, closes_h * 60 + closes_m
    if opens >= DAY_MIN or closes > DAY_MIN or opens_m > 59 or closes_m > 59:
        raise ValueError(f"no such clock time in '{span}'; hours run from 00:00 to 24:00")
    return opens, closes if closes > opens else closes + DAY_MIN


def _minutes_since(start: datetime, day: date, minutes: int, zone: ZoneInfo) -> float:
    moment = datetime.combine(day + timedelta(days=minutes // DAY_MIN), time(), zone)
    moment = moment.replace(hour=minutes % DAY_MIN // 60, minute=minutes % 60)
    return (moment.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 60.0  # on one clock, Python ignores DST


def _merge(spans: list[tuple[float, float]], end_min: float) -> NDArray[np.float64]:
    merged: list[list[float]] = []
    for opens, closes in sorted(spans):
        opens, closes = max(opens, 0.0), min(closes, end_min)
        if closes <= opens:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], closes)
        else:
            merged.append([opens, closes])
    return np.array(merged, dtype=np.float64).reshape(-1, 2)
