"""Any event log, simulated or real, as visits of cases: columns found, times read, transitions paired, rows checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from sim.scenario import ScenarioError
from sim.scenario.problems import Problem, suggest
from sim.study.logs.files import ROW, read_log_file
from sim.study.logs.pairing import pair_transitions
from sim.study.logs.times import NO_OFFSET, REMEDIES, Order, read_times

NAMES: dict[str, tuple[str, ...]] = {
    "case": ("case_id", "case", "case:concept:name", "case id", "caseid"),
    "activity": ("activity", "concept:name", "activity_id", "activity name"),
    "resource": ("resource", "org:resource", "resource_id"),
    "agency": ("agency", "org:group", "case:agency"),
    "enter": ("enter",),
    "arrive": ("arrive", "schedule"),
    "start": ("start", "start_timestamp", "start timestamp", "start time", "start_time"),
    "complete": (
        "complete",
        "complete timestamp",
        "complete_timestamp",
        "end_timestamp",
        "end time",
        "end_time",
        "end",
    ),
    "time": ("time:timestamp", "timestamp", "time"),
    "leave": ("leave",),
    "entered": ("entered", "case:entered"),
    "released": ("released", "case:released"),
    "processing_min": ("processing_min",),
    "side": ("side",),
    "lifecycle": ("lifecycle:transition", "lifecycle", "lifecycle_id"),
    "instance": ("concept:instance", "activity_instance_id", "activity_instance"),
}
"""What a column is, and names by which it is known, in this order: kouan's own, and those of common tools.

`time` is that of one transition, which `lifecycle` names; without it, of completion.
"""
TIMES = ("enter", "arrive", "start", "complete", "leave", "entered", "released")
STAMPS = ("enter", "arrive", "start", "complete", "leave")
"""Times of a visit, in the order in which they come."""
TEXTS = ("case", "activity", "resource", "agency", "side", "lifecycle", "instance")
SHOWN = 5
"""Bad rows that a refusal names; the others it counts."""


@dataclass(frozen=True)
class Reading:
    """How to read a log: columns by what they are, the order of dates, the clock of times without an offset."""

    columns: Mapping[str, str] = field(default_factory=dict)
    order: Order = "year-first"
    zone: str | None = None
    skip_bad: bool = False


@dataclass(frozen=True)
class EventLog:
    """Visits of cases, and what was met while they were read.

    `visits` has a row for each visit: `case`, `activity`, `resource`, those of `STAMPS` that the log has (UTC,
    microseconds, null where unknown), by how much its clock was `ahead` of UTC, and the log's other columns.
    `skipped` are bad rows, `lost_cases` the cases that were left out with them; `duplicates` rows that said the same
    again; `ignored` events by transition that are no schedule, start or complete; `no_offset` whether no time says how
    far its clock is from UTC, nor did whoever asked.
    """

    visits: pl.DataFrame
    skipped: int
    lost_cases: int
    duplicates: int
    ignored: Mapping[str, int]
    no_offset: bool


def read_event_log(path: Path, reading: Reading | None = None) -> EventLog:
    """Return the event log of a file.

    A log of one row for each transition is paired: within a case and activity, by `concept:instance` where the log has
    it, otherwise the earliest that has begun is completed first.

    Raises
    ------
    ScenarioError
        If the file cannot be read, lacks a column, or has bad rows and `skip_bad` does not say to leave out their
        cases: a case without one of its rows would be too quick.
    """
    reading = reading or Reading()
    table = read_log_file(path)
    table = _name_columns(path, table, reading.columns)
    table, wrong = _read_columns(table, reading)
    bad = _list_bad(table, wrong)
    ignored: dict[str, int] = {}
    if "lifecycle" in table.columns and (table["lifecycle"].str.to_lowercase() != "complete").any():
        table, ignored = pair_transitions(table)
    bad += _list_disordered(table)
    if bad and not reading.skip_bad:
        raise ScenarioError(_describe_bad(path, bad))
    good, lost_cases = _leave_out(table, bad)
    if good.is_empty():
        raise ScenarioError([Problem(str(path), "has no case without a bad row", None, "mend the rows")])
    said = [name for name in ("case", "activity", "resource", *STAMPS) if name in good.columns]
    visits = good.unique(said, keep="first", maintain_order=True)
    return EventLog(
        visits.drop("lifecycle", "instance", "has_offset", strict=False),
        len({row for row, *_ in bad}),
        lost_cases,
        len(good) - len(visits),
        ignored,
        reading.zone is None and not table["has_offset"].any(),
    )


def _name_columns(path: Path, table: pl.DataFrame, chosen: Mapping[str, str]) -> pl.DataFrame:
    """Return the table with columns named after what they are; those that are not known keep their names.

    A column that is chosen is nothing else; one that is chosen as empty is not in the log.
    """
    for what, name in chosen.items():
        if name and name not in table.columns:
            remedy = suggest(name, [each for each in table.columns if each != ROW])
            raise ScenarioError([Problem(f"{what}={name}", f"'{path}' has no such column", None, remedy)])
    free = {name.lower(): name for name in reversed(table.columns) if name not in chosen.values()}
    known = {what: next((free[name] for name in names if name in free), "") for what, names in NAMES.items()}
    found = {what: name for what, name in {**known, **chosen}.items() if name}
    columns = ", ".join(name for name in table.columns if name != ROW)
    problems = [
        Problem(str(path), f"has no column for the {what}", None, f"say {what}=NAME; its columns are: {columns}")
        for what in ("case", "activity")
        if what not in found
    ]
    if not {"start", "complete", "time"} & found.keys():
        remedy = f"say complete=NAME or start=NAME; its columns are: {columns}"
        problems.append(Problem(str(path), "has no column of times", None, remedy))
    if problems:
        raise ScenarioError(problems)
    others = [name for name in table.columns if name not in found.values() and name not in NAMES]
    named = table.select(*(pl.col(name).alias(what) for what, name in found.items()), *others)
    if "time" not in found:
        return named.drop("lifecycle", strict=False)  # each row is a whole visit, whatever state that is in
    return named.drop("time", "lifecycle", strict=False) if "complete" in found else named.rename({"time": "complete"})


def _read_columns(table: pl.DataFrame, reading: Reading) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the table with times as instants, and what is wrong with each of them, (rows, times)."""
    times = {name: read_times(table[name], reading.order, reading.zone) for name in TIMES if name in table.columns}
    offsets = pl.DataFrame({name: each["has_offset"] & each["instant"].is_not_null() for name, each in times.items()})
    known = pl.DataFrame({name: each["instant"].is_not_null() for name, each in times.items()})
    mixed = reading.zone is None and any(offsets[name].any() for name in times)
    wrong = pl.DataFrame(
        {
            name: each.select(
                pl.when(pl.lit(mixed) & known[name] & ~offsets[name]).then(pl.lit(NO_OFFSET)).otherwise("wrong")
            ).to_series()
            for name, each in times.items()
        }
    )
    ahead = pl.DataFrame({name: each["clock"] - each["instant"] for name, each in times.items()})
    read = table.with_columns(
        *(each["instant"].alias(name) for name, each in times.items()),
        *(pl.col(name).cast(pl.String) for name in TEXTS if name in table.columns),
        ahead=ahead.select(pl.max_horizontal(pl.all())).to_series(),
        has_offset=offsets.select(pl.any_horizontal(pl.all())).to_series(),
    )
    if "processing_min" in read.columns:
        read = read.with_columns(pl.col("processing_min").cast(pl.Float64, strict=False).fill_nan(None))
    written = table.select(pl.col(name).cast(pl.String).name.suffix(" said") for name in times)
    return read, pl.concat([wrong, written], how="horizontal")


Bad = tuple[int, str | None, str, str | None, str, str]
"""Row, case, column, what it says, the rule that it breaks, and the remedy."""


def _list_bad(table: pl.DataFrame, wrong: pl.DataFrame) -> list[Bad]:
    """Return rows without a case or activity, without any time, or with a time that cannot be read."""
    found: list[Bad] = []
    for name in ("case", "activity"):
        rows = table.filter(pl.col(name).is_null())
        found += [(row, case, name, None, "is empty", "fill it in") for row, case in rows.select(ROW, "case").rows()]
    names = [name for name in wrong.columns if not name.endswith(" said")]
    both = pl.concat([table.select(ROW, "case"), wrong], how="horizontal")
    for name in names:
        rows = both.filter(pl.col(name).is_not_null()).select(ROW, "case", f"{name} said", name)
        found += [(row, case, name, said, rule, REMEDIES[rule]) for row, case, said, rule in rows.rows()]
    stamps = [name for name in STAMPS if name in table.columns]
    empty = both.with_columns(table[stamps]).filter(
        pl.all_horizontal(pl.col(stamps).is_null()), *(wrong[name].is_null() for name in stamps)
    )
    rule = f"has no time: {', '.join(stamps)} {'are' if len(stamps) > 1 else 'is'} empty"
    return found + [(row, case, "", None, rule, "fill one in") for row, case in empty.select(ROW, "case").rows()]


def _leave_out(table: pl.DataFrame, bad: Sequence[Bad]) -> tuple[pl.DataFrame, int]:
    """Return the visits of cases without bad rows, and how many cases have some."""
    lost = {case for _, case, *_ in bad if case is not None}
    rows = {row for row, *_ in bad}
    return table.filter(~pl.col("case").is_in(list(lost)), ~pl.col(ROW).is_in(list(rows))), len(lost)


def _list_disordered(table: pl.DataFrame) -> list[Bad]:
    """Return visits whose times run backwards."""
    stamps = [name for name in STAMPS if name in table.columns]
    found: list[Bad] = []
    for index, later in enumerate(stamps):
        for earlier in stamps[:index]:
            rows = table.filter(pl.col(later) < pl.col(earlier)).select(ROW, "case")
            rule = f"is before {earlier}"
            found += [(row, case, later, None, rule, "mend the times") for row, case in rows.rows()]
    return found


def _describe_bad(path: Path, bad: Sequence[Bad]) -> list[Problem]:
    """Return the first bad rows as problems, and how many more there are."""
    what = "event" if ".xes" in path.name.lower() else "row"
    ordered = sorted(bad, key=lambda each: each[0])
    problems = [
        Problem(f"{path}: {what} {row}{f', {column}' if column else ''}", rule, said, remedy)
        for row, _, column, said, rule, remedy in ordered[:SHOWN]
    ]
    more = f"{len(ordered) - SHOWN} more like these" if len(ordered) > SHOWN else "no others"
    rule = f"{more}; skip_bad=true leaves out the cases of bad rows and counts them"
    return [*problems, Problem(str(path), rule)]
