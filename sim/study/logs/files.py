"""Event logs as they come: CSV, Parquet and XES files become one table of texts and times, a row each as in the file.

Attributes of a trace in XES are columns named `case:...`, as PM4Py names them.
"""

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

import polars as pl

from sim.scenario import ScenarioError
from sim.scenario.problems import Problem

ROW = "#row"
"""Column with the number of each row as a spreadsheet counts them, or of each event of an XES file."""
ENDINGS = (".csv", ".parquet", ".xes", ".xes.gz")
EVENTS_AT_ONCE = 50_000
_VALUES = ("string", "date", "int", "float", "boolean", "id")


def read_log_file(path: Path) -> pl.DataFrame:
    """Return the rows of an event log with their numbers in `ROW`; what is not typed in the file is text.

    Raises
    ------
    ScenarioError
        If the file cannot be read, has another ending than `ENDINGS`, or has no rows.
    """
    ending = next((each for each in ENDINGS if path.name.lower().endswith(each)), None)
    if ending is None:
        raise _refuse(path, "is no event log by its name", f"its name must end in {', '.join(ENDINGS)}")
    if not path.is_file():
        raise _refuse(path, "there is no such file", "name the log that is to be read")
    table = {".csv": _read_csv, ".parquet": _read_parquet}.get(ending, _read_xes)(path)
    if table.is_empty():
        raise _refuse(path, "has no events", "export the log again, with at least one case")
    return table


def _refuse(path: Path, rule: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), rule, None, remedy)])


def _read_csv(path: Path) -> pl.DataFrame:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _refuse(path, f"row {line} is not UTF-8 text", "save the table as 'CSV UTF-8'") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        table = pl.read_csv(io.StringIO(text), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise _find_ragged(path, text, separator) or _refuse(
            path, f"is no CSV table ({error})", "save it again"
        ) from None
    return _trim(table).with_row_index(ROW, offset=2)


def _find_ragged(path: Path, text: str, separator: str) -> ScenarioError | None:
    """Return the refusal of the first row that has more cells than the table has columns."""
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    width = len(next(rows, []))
    for number, row in enumerate(rows, start=2):
        if len(row) > width:
            rule = f"row {number} has {len(row)} cells, the first row names {width} columns"
            return _refuse(path, rule, 'put texts with separators between double quotes: "..."')
    return None


def _trim(table: pl.DataFrame) -> pl.DataFrame:
    """Return texts without the spaces around them; empty ones are null."""
    return table.with_columns(
        pl.col(pl.String).str.strip_chars().replace("", None), pl.col(pl.Categorical, pl.Enum).cast(pl.String)
    )


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refuse(path, f"is no Parquet table ({error})", "write it again") from None
    return _trim(table).with_row_index(ROW, offset=1)


def _read_xes(path: Path) -> pl.DataFrame:
    reader = _XesReader()
    try:
        with path.open("rb") as raw:
            is_packed = path.name.lower().endswith(".gz")
            reader.read(gzip.GzipFile(fileobj=raw) if is_packed else raw)
    except (expat.ExpatError, OSError, EOFError, zlib.error) as error:
        raise _refuse(path, f"is no XES file ({error})", "write it again") from None
    return reader.table().with_row_index(ROW, offset=1)


class _XesReader:
    """Gathers the attributes of each event, and of its trace, while expat reads a file.

    Nothing else is kept, and events become a table some thousands at a time: a month of a port is a million of them.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()  # neither fetches what a file names nor expands it without end
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._depth = 0
        self._inside: dict[str, int] = {}
        self._case: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._events: list[dict[str, str]] = []
        self._tables: list[pl.DataFrame] = []

    def read(self, file: BinaryIO | gzip.GzipFile) -> None:
        self._parser.ParseFile(file)

    def table(self) -> pl.DataFrame:
        """Return all events that were read; no columns if there are none."""
        self._gather()
        return pl.concat(self._tables, how="diagonal")

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._depth += 1
        if name in ("trace", "event"):
            self._inside[name] = self._depth
            setattr(self, "_case" if name == "trace" else "_event", {})
        elif name in _VALUES and "key" in said:
            if self._depth - 1 == self._inside.get("event"):
                self._event[said["key"]] = said.get("value", "")
            elif self._depth - 1 == self._inside.get("trace"):
                self._case[f"case:{said['key']}"] = said.get("value", "")

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._depth -= 1
        if name == "event":
            self._events.append(self._case | self._event)
            if len(self._events) >= EVENTS_AT_ONCE:
                self._gather()
        if name in ("trace", "event"):
            del self._inside[name]

    def _gather(self) -> None:
        columns = dict.fromkeys(key for event in self._events for key in event)
        texts = {key: pl.Series([event.get(key) for event in self._events], dtype=pl.String) for key in columns}
        self._tables.append(_trim(pl.DataFrame(texts)))
        self._events = []
