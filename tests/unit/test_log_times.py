"""Clock times of logs: every notation that has one meaning is read, and of the others it is said what is wrong."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.study.logs.times import AMBIGUOUS, NO_CLOCK_TIME, NO_SUCH_TIME, REMEDIES, TWICE, UNREADABLE, read_times

OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
EIGHT = datetime(2025, 9, 1, 8)


def read(text, **how):
    """Return the instant that a text says, and what is wrong with it."""
    (row,) = read_times(pl.Series([text], dtype=pl.String), **how).iter_rows(named=True)
    return row["instant"], row["wrong"]


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-01T08:00:00",
        "2025-09-01 08:00",
        "2025-09-01T08:00:00.000000Z",
        "2025-09-01T16:00:00+08:00",
        "2025-09-01 16:00:00+0800",
        "2025-09-01T01:30:00-06:30",
        "2025-09-01 08:00:00,000 UTC",
        "2025/9/1 8:00",
        "2025.09.01 08:00:00",
        "2025年9月1日 8:00",
    ],
)
def test_notation_with_the_year_first_is_read(text):
    assert read(text) == (EIGHT, None)


@pytest.mark.parametrize(("order", "text"), [("day-first", "01.09.2025 08:00"), ("month-first", "9/1/2025 8:00:00")])
def test_day_or_month_is_first_where_that_is_said(order, text):
    assert read(text, order=order) == (EIGHT, None)
    assert read(text) == (None, AMBIGUOUS)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("25/09/2025 08:00", AMBIGUOUS),
        ("2025-09-01", NO_CLOCK_TIME),
        ("2025-02-30 08:00", NO_SUCH_TIME),
        ("2025-09-01 24:00", NO_SUCH_TIME),
        ("2025-09-01 08:00 +19:00", NO_SUCH_TIME),
        ("yesterday", UNREADABLE),
        ("1756713600", UNREADABLE),
        ("2025-09-01 08:00 PM", UNREADABLE),
    ],
)
def test_what_has_not_one_meaning_is_refused_with_a_remedy(text, wrong):
    assert read(text) == (None, wrong)
    assert wrong in REMEDIES


@pytest.mark.parametrize("text", [None, "NaT", "null", "N/A"])
def test_nothing_said_is_nothing_wrong(text):
    assert read(text) == (None, None)


def test_time_without_an_offset_is_on_the_clock_of_the_zone_that_is_said():
    assert read("2025-09-01 08:00", zone="Asia/Shanghai") == (EIGHT - timedelta(hours=8), None)
    assert read("2025-07-01 12:00", zone="Europe/Tallinn") == (datetime(2025, 7, 1, 9), None)
    assert read("2025-01-01 12:00", zone="Europe/Tallinn") == (datetime(2025, 1, 1, 10), None)
    assert read("2025-09-01 08:00Z", zone="Asia/Shanghai") == (EIGHT, None)


@pytest.mark.parametrize("text", ["2025-03-30 03:30", "2025-10-26 03:30"])
def test_time_that_a_clock_skips_or_shows_twice_is_refused(text):
    assert read(text, zone="Europe/Tallinn") == (None, TWICE)


def test_typed_times_keep_their_instant_and_their_clock():
    zoned = pl.Series([datetime(2025, 9, 1, 8, tzinfo=UTC)], dtype=pl.Datetime("ms", "Asia/Shanghai"))
    (row,) = read_times(zoned).iter_rows(named=True)
    assert (row["instant"], row["clock"], row["has_offset"]) == (EIGHT, EIGHT + timedelta(hours=8), True)
    (row,) = read_times(pl.Series([EIGHT]), zone="Asia/Shanghai").iter_rows(named=True)
    assert (row["instant"], row["clock"]) == (EIGHT - timedelta(hours=8), EIGHT)


def test_column_of_dates_or_numbers_has_no_clock_times():
    (row,) = read_times(pl.Series([EIGHT.date()])).iter_rows(named=True)
    assert row["wrong"] == NO_CLOCK_TIME
    (row,) = read_times(pl.Series([45_000.5])).iter_rows(named=True)
    assert row["wrong"] == UNREADABLE


@settings(max_examples=50)
@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=OFFSETS))
def test_any_time_with_an_offset_is_read_back(time):
    assert read(time.isoformat()) == (time.astimezone(UTC).replace(tzinfo=None), None)
