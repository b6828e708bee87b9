"""Files of an event log: CSV, Parquet and XES, written whole or not at all.

XES is the standard of event logs, IEEE 1849. A visit becomes up to three events of one `concept:instance`: schedule
(it joined the queue), start and complete. They are written as they are made, a few thousand visits at a time.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import quoteattr  # only writes

import polars as pl

from sim.views.files import replace_file

ISO = "%Y-%m-%dT%H:%M:%S%.3f%:z"
VISITS_AT_ONCE = 20_000
CASE_TEXTS = ("class", "direction", "route")
CASE_TIMES = ("entered", "released")
EVENT_TEXTS = {"activity": "concept:name", "resource": "org:resource", "agency": "org:group"}
TRANSITIONS = {"schedule": "arrive", "start": "start", "complete": "complete"}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="ID" prefix="identity" uri="http://www.xes-standard.org/identity.xesext"/>
<global scope="trace">
<string key="concept:name" value="unknown"/>
</global>
<global scope="event">
<string key="concept:name" value="unknown"/>
<string key="concept:instance" value="unknown"/>
<string key="lifecycle:transition" value="complete"/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
</global>
<classifier name="activity" keys="concept:name"/>
<classifier name="activity and transition" keys="concept:name lifecycle:transition"/>
"""


def write_event_log(log: pl.DataFrame, path: Path, name: str) -> None:
    """Write an event log (`make_event_log`) in the format that the path's ending says, one of `FORMATS`.

    `name` is what a log in XES calls itself. A file that is there is replaced once the new one is complete.
    """
    with replace_file(path) as partial:
        FORMATS[find_format(path)](log, partial, name)


def find_format(path: Path) -> str:
    """Return the ending of a path that says its format; empty if there is none of that name."""
    return next((ending for ending in FORMATS if path.name.lower().endswith(ending)), "")


def _write_csv(log: pl.DataFrame, path: Path, _: str) -> None:
    log.write_csv(path, datetime_format=ISO)


def _write_parquet(log: pl.DataFrame, path: Path, _: str) -> None:
    log.write_parquet(path)


def _write_xes(log: pl.DataFrame, path: Path, name: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_list_xes(log, name))


def _write_xes_gz(log: pl.DataFrame, path: Path, name: str) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines(_list_xes(log, name))


def _list_xes(log: pl.DataFrame, name: str) -> Iterator[str]:
    """Yield the pieces of an XES file."""
    yield _HEAD
    yield _attribute("string", "concept:name", _quote(name))
    yield _attribute("string", "lifecycle:model", '"standard"')
    yield _attribute("id", "identity:id", _quote(str(uuid5(NAMESPACE_OID, name))))
    visits = log.with_columns(
        instance=pl.int_range(1, pl.len() + 1).over("case_id").cast(pl.String),
        is_first=pl.col("case_id").ne_missing(pl.col("case_id").shift(1)),
        is_last=pl.col("case_id").ne_missing(pl.col("case_id").shift(-1)),
    )
    for some in visits.iter_slices(VISITS_AT_ONCE):
        yield from _list_visits(some, name)
    yield "</log>\n"


def _list_visits(visits: pl.DataFrame, name: str) -> Iterable[str]:
    """Return the text of each visit, with its trace's beginning before the first and its end after the last."""
    identity = {case: str(uuid5(NAMESPACE_OID, f"{name}/{case}")) for case in visits["case_id"].unique()}
    ids = pl.col("case_id").replace_strict(identity)
    texts = ("case_id", "station", "side", *EVENT_TEXTS, *CASE_TEXTS)
    quoted = visits.with_columns(
        *(pl.Series(text, _quote_all(visits[text]), pl.String) for text in texts),
        *(pl.col(time).dt.strftime(ISO) for time in (*CASE_TIMES, *TRANSITIONS.values(), "enter", "leave")),
        identity=pl.format('"{}"', ids),
    )
    trace = pl.concat_str(
        pl.lit("<trace>\n"),
        _known("string", "concept:name", pl.col("case_id")),
        _known("id", "identity:id", pl.col("identity")),
        *(_known("string", key, pl.col(key)) for key in CASE_TEXTS),
        *(_known("date", key, pl.format('"{}"', key)) for key in CASE_TIMES),
    )
    lines = pl.concat_str(
        pl.when("is_first").then(trace).otherwise(pl.lit("")),
        *(_event(transition, time) for transition, time in TRANSITIONS.items()),
        pl.when("is_last").then(pl.lit("</trace>\n")).otherwise(pl.lit("")),
    )
    return quoted.select(lines.alias("text"))["text"].to_list()


def _event(transition: str, time: str) -> pl.Expr:
    """Return the text of an event, empty if it has not happened."""
    more: Sequence[pl.Expr] = ()
    if transition == "schedule":
        more = [_known("date", "enter", pl.format('"{}"', "enter"))]
    if transition == "complete":
        more = [_known("date", "leave", pl.format('"{}"', "leave"))]
        more += [
            _known("float", key, pl.format('"{}"', key)) for key in ("waiting_min", "processing_min", "blocked_min")
        ]
    event = pl.concat_str(
        pl.lit("<event>\n"),
        *(_known("string", key, pl.col(column)) for column, key in EVENT_TEXTS.items()),
        _known("string", "concept:instance", pl.format('"{}"', "instance")),
        pl.lit(_attribute("string", "lifecycle:transition", f'"{transition}"')),
        _known("date", "time:timestamp", pl.format('"{}"', time)),
        *(_known("string", key, pl.col(key)) for key in ("station", "side")),
        *more,
        pl.lit("</event>\n"),
    )
    return pl.when(pl.col(time).is_not_null()).then(event).otherwise(pl.lit(""))


def _known(kind: str, key: str, quoted: pl.Expr) -> pl.Expr:
    """Return an attribute with a value that is quoted already, nothing where that is null."""
    return pl.format(_attribute(kind, key, "{}"), quoted).fill_null("")


def _attribute(kind: str, key: str, quoted: str) -> str:
    return f'<{kind} key="{key}" value={quoted}/>\n'


def _quote_all(texts: pl.Series) -> list[str | None]:
    """Return texts as XML attributes; few differ, so each is quoted once."""
    quoted = {text: None if text is None else _quote(text) for text in texts.unique()}
    return [quoted[text] for text in texts]


def _quote(text: str) -> str:
    """Return a text as an XML attribute, without the control characters that XML cannot hold."""
    return quoteattr("".join(letter for letter in text if letter >= " " or letter in "\t\n\r"))


Writer = Callable[[pl.DataFrame, Path, str], Any]
FORMATS: dict[str, Writer] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xes": _write_xes,
    ".xes.gz": _write_xes_gz,
}
"""How to write a log by the ending of its file."""
