"""The tables of a Time Release Study: on the console, and as one CSV file."""

from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.study.logs.reading import EventLog
from sim.study.logs.release_study import ALL, FEWEST_DAYS, PARTS, PERCENTILES, ReleaseStudy
from sim.views.cells import format_number
from sim.views.files import replace_file
from sim.views.log_phrases import LOG_PHRASES
from sim.views.phrases import Language


def print_releases(console: Console, study: ReleaseStudy, log: EventLog, name: str, language: Language = "en") -> None:
    """Print release times by group, where the hours of each go, and what to know about them."""
    console.print(_tabulate_groups(study, name, language))
    shown = [f"{part}_h" for part in PARTS if part in ("waiting", "processing") or study.groups[f"{part}_h"].sum() > 0]
    groups = [each for each in study.groups.iter_rows(named=True) if each["group"] != ALL or len(study.groups) == 1]
    for group in groups:
        console.print(_tabulate_steps(study.steps.filter(group=group["group"]), group, shown, language))
    for line in _list_notes(study, log, language):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def write_releases(study: ReleaseStudy, path: Path) -> None:
    """Write one row for each group (`step` is empty) and each of its steps; the file is replaced if it is there."""
    steps = study.steps.with_columns(cases=pl.lit(None, pl.Int64))
    whole = study.groups.with_columns(step=pl.lit(None, pl.String), hours=pl.col("mean_h"))
    table = pl.concat([whole, steps], how="diagonal").sort("group", maintain_order=True)
    ends = ["cases", "mean_h", "low_h", "high_h", *PERCENTILES]
    columns = ["group", "step", *ends, "visits", *(f"{part}_h" for part in PARTS), "share"]
    with replace_file(path) as partial:
        table.select(columns).write_csv(partial)


def _tabulate_groups(study: ReleaseStudy, name: str, language: Language) -> Table:
    say = LOG_PHRASES[language]
    table = Table(title=say["release_times"].format(log=escape(name)), title_justify="left")
    table.add_column(say["group"], overflow="fold")
    for heading in ("count", "mean_h", *PERCENTILES):
        table.add_column(say[heading], justify="right", no_wrap=True)
    for row in study.groups.iter_rows(named=True):
        spread = "" if row["low_h"] is None else f" ± {format_number((row['high_h'] - row['low_h']) / 2)}"
        table.add_row(
            _name_group(row["group"], language),
            f"{row['cases']:,}",
            f"{format_number(row['mean_h'])}{spread}",
            *(format_number(row[key]) for key in PERCENTILES),
        )
    return table


def _tabulate_steps(steps: pl.DataFrame, group: dict[str, float], shown: list[str], language: Language) -> Table:
    """Return where the hours of a group go; the first row is the sum of the others."""
    say = LOG_PHRASES[language]
    heading = say["where"].format(group=_name_group(str(group["group"]), language))
    table = Table("", title=heading, title_justify="left")
    for column in ("visits", *shown, "share"):
        table.add_column(say[column], justify="right", no_wrap=True)
    total = {**group, "visits": steps["visits"].sum(), "share": steps["share"].sum()}
    for label, row in [(say["in_all"], total), *((row["step"], row) for row in steps.iter_rows(named=True))]:
        hours = [format_number(row[column]) for column in shown]
        share = "-" if row["share"] is None else f"{100 * row['share']:.0f} %"
        table.add_row(escape(label), format_number(row["visits"]), *hours, share)
    return table


def _name_group(name: str, language: Language) -> str:
    return LOG_PHRASES[language]["all"] if name == ALL else escape(name)


def _list_notes(study: ReleaseStudy, log: EventLog, language: Language) -> list[str]:
    """Return what to know about a study: its interval, and what is not in it."""
    say = LOG_PHRASES[language]
    has_interval = study.groups["low_h"].is_not_null().any()
    notes = [say["interval" if has_interval else "no_interval"].format(days=study.days, fewest=FEWEST_DAYS)]
    counts = {
        "incomplete": study.incomplete,
        "outside": study.outside,
        "overlapping": study.overlapping,
        "without_start": study.without_start,
        "skipped": log.skipped,
        "duplicates": log.duplicates,
        "ignored": sum(log.ignored.values()),
    }
    more = {"visits": f"{study.visits:,}", "cases": f"{log.lost_cases:,}", "names": ", ".join(sorted(log.ignored))}
    notes += [say[key].format(count=f"{count:,}", **more) for key, count in counts.items() if count]
    return [*notes, say["no_offset"]] if log.no_offset else notes
