"""Clock times as logs write them: texts in several notations, with and without an offset, become instants.

Year first is read as ISO 8601 and its relatives (2025-09-01T08:00:00.000+08:00, 2025/9/1 8:00, 2025年9月1日 8:00). Of
01/09/2025 nobody can tell which is the day, so that order has to be said. Times without an offset are on the clock
of a time zone, if it is said, and otherwise on one clock that nobody puts forward or back.
"""

from typing import Literal

import polars as pl

Order = Literal["year-first", "day-first", "month-first"]

_DATES: dict[Order, str] = {
    "year-first": r"^(?<year>\d{4})[-/.年](?<month>\d{1,2})[-/.月](?<day>\d{1,2})日?",
    "day-first": r"^(?<day>\d{1,2})[-/.](?<month>\d{1,2})[-/.](?<year>\d{4})",
    "month-first": r"^(?<month>\d{1,2})[-/.](?<day>\d{1,2})[-/.](?<year>\d{4})",
}
_CLOCK = r"[T ]\s*(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<part>\d{1,9}))?)?"
_OFFSET = r"\s*(?:(?<utc>Z|UTC)|(?<sign>[+-])(?<off_h>\d{2}):?(?<off_min>\d{2})?)?$"

NOTHING = ("nat", "nan", "null", "none", "na", "n/a", "-")
"""What programs write, in whatever case, where there is no time."""

UNREADABLE = "cannot be read as a time"
NO_CLOCK_TIME = "has no time of day"
AMBIGUOUS = "may be read with the day or the month first"
NO_SUCH_TIME = "is no time of any day"
NO_OFFSET = "has no offset from UTC, but others have"
TWICE = "is no time, or two times, on a clock that is put forward and back"
REMEDIES = {
    UNREADABLE: "write it as 2025-09-01T08:00:00+08:00",
    NO_CLOCK_TIME: "write it as 2025-09-01T08:00:00+08:00",
    AMBIGUOUS: "say dates=day-first or dates=month-first",
    NO_SUCH_TIME: "write it as 2025-09-01T08:00:00+08:00",
    NO_OFFSET: "say zone=Asia/Shanghai, or whatever clock it was read on",
    TWICE: "write it with its offset: 2025-10-26T03:30:00+02:00",
}


def read_times(column: pl.Series, order: Order = "year-first", zone: str | None = None) -> pl.DataFrame:
    """Return for each value its `instant` (UTC), what the `clock` said, whether it `has_offset`, and what is `wrong`.

    Instant and clock are in microseconds, null if there is no value or it cannot be read; `wrong` is null unless it
    cannot. Without a zone, the instant of a time without an offset is as if the clock showed UTC.
    """
    if isinstance(column.dtype, pl.Datetime):
        found = _read_typed(column)
    elif column.dtype == pl.String:
        found = _read_texts(column, order)
    else:
        wrong = pl.when(pl.col("text").is_not_null()).then(
            pl.lit(NO_CLOCK_TIME if column.dtype == pl.Date else UNREADABLE)
        )
        empty = pl.lit(None, pl.Datetime("us"))
        found = pl.DataFrame({"text": column}).select(clock=empty, offset_min=pl.lit(None, pl.Int64), wrong=wrong)
    return _place(found, zone)


def _read_typed(column: pl.Series) -> pl.DataFrame:
    """Return the clock and the offset of times that the file has as such."""
    zoned = column.dtype.time_zone is not None  # type: ignore[attr-defined]
    times = pl.DataFrame({"time": column.dt.cast_time_unit("us")})
    clock = pl.col("time").dt.replace_time_zone(None)
    utc = pl.col("time").dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else clock
    offset = (clock - utc).dt.total_minutes() if zoned else pl.lit(None, pl.Int64)
    return times.select(clock=clock, offset_min=offset, wrong=pl.lit(None, pl.String))


def _read_texts(column: pl.Series, order: Order) -> pl.DataFrame:
    said = pl.col("text")
    texts = pl.DataFrame({"text": column}).select(pl.when(~said.str.to_lowercase().is_in(NOTHING)).then(said))
    parts = texts.with_columns(pl.col("text").str.extract_groups(_DATES[order] + _CLOCK + _OFFSET).struct.unnest())
    two = {name: pl.col(name).str.zfill(2) for name in ("month", "day", "hour")}
    seconds = [pl.col("second").fill_null("00"), pl.lit("."), pl.col("part").fill_null("0")]
    date = [pl.col("year"), two["month"], two["day"]]
    written = pl.concat_str(
        pl.concat_str(date, separator="-"),
        pl.lit(" "),
        pl.concat_str([two["hour"], pl.col("minute"), pl.concat_str(seconds)], separator=":"),
    )
    minutes = pl.col("off_h").cast(pl.Int64) * 60 + pl.col("off_min").cast(pl.Int64).fill_null(0)
    offset = (
        pl.when(pl.col("utc").is_not_null())
        .then(0)
        .otherwise(pl.when(pl.col("sign") == "-").then(-minutes).otherwise(minutes))
    )
    clock = written.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    too_far = offset.abs() > 14 * 60  # no clock on earth is further from UTC
    text = pl.col("text")
    wrong = (
        pl.when(text.is_null() | (clock.is_not_null() & ~too_far.fill_null(value=False)))
        .then(None)
        .when(pl.col("year").is_not_null())
        .then(pl.lit(NO_SUCH_TIME))
        .when(text.str.contains(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"))
        .then(pl.lit(AMBIGUOUS if order == "year-first" else UNREADABLE))
        .when(text.str.contains(r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$"))
        .then(pl.lit(NO_CLOCK_TIME))
        .otherwise(pl.lit(UNREADABLE))
    )
    return parts.select(clock=clock, offset_min=offset, wrong=wrong)


def _place(found: pl.DataFrame, zone: str | None) -> pl.DataFrame:
    """Return instants of clock times: by their offset, or else by the zone, or else as if the clock showed UTC."""
    local = pl.col("clock")
    if zone is not None:
        local = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
        local = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    offset = pl.duration(minutes="offset_min", time_unit="us")
    has_offset = pl.col("offset_min").is_not_null()
    instant = pl.when(has_offset).then(pl.col("clock") - offset).otherwise(local)
    placed = found.with_columns(instant=instant, has_offset=has_offset)
    lost = pl.col("clock").is_not_null() & pl.col("instant").is_null()
    wrong = pl.when(lost).then(pl.lit(TWICE)).otherwise("wrong")
    known = pl.when(wrong.is_null())
    return placed.select(wrong=wrong, has_offset="has_offset", instant=known.then("instant"), clock=known.then("clock"))
