"""A Time Release Study of an event log: how long cases take from arrival to release, and where the hours go.

As in the Guide to Measure the Time Required for the Release of Goods (World Customs Organization, version 3, 2018):
the time of each case between two events, mean and median and how it spreads, divided among the steps and agencies,
with waiting apart from processing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.scenario import ScenarioError
from sim.scenario.problems import Problem, suggest
from sim.study.logs.reading import STAMPS

FloatArray = NDArray[np.float64]

PARTS = ("on_the_way", "waiting", "processing", "blocked", "undivided")
"""What the hours of a visit are. undivided: waiting and processing, of visits of which nobody noted the start."""
PERCENTILES = {"median_h": 0.5, "p80_h": 0.8, "p90_h": 0.9, "p95_h": 0.95}
FEWEST_DAYS = 5
"""Days below which an interval from the differences between days says nothing."""
RESAMPLES = 4999
ALL = "(all)"
_HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Question:
    """What a study asks: cases `by` an attribute (None: all together), hours by a column, from an event to another.

    `first` and `last` are activities: the time runs from the arrival (or else the start) at the first visit to one
    until the last visit to the other is complete; None: from the first event of all to the last. Cases are those
    released in [since, until), on the log's own clock unless these have an offset; None: no limit.
    """

    by: str | None = None
    split: str = "activity"
    first: str | None = None
    last: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class ReleaseStudy:
    """Release times by group, their hours by step, and what to know about both.

    `groups` has a row for each group, and one for all: `group`, `cases`, `mean_h` with the ends of its interval
    `low_h` and `high_h` (null with fewer than `FEWEST_DAYS` days), those of `PERCENTILES`, and hours per case of each
    of `PARTS`. `steps` has for each group and step `visits` per case, hours per case of each part, `hours`, and their
    `share` of the release time. `incomplete` cases have not been released, and are in neither; `overlapping` cases
    have visits at the same time, so that their hours add up to more than their time; `without_start` visits have no
    start of service.
    """

    groups: pl.DataFrame
    steps: pl.DataFrame
    incomplete: int
    outside: int
    overlapping: int
    without_start: int
    visits: int
    days: int


def study_releases(visits: pl.DataFrame, question: Question | None = None) -> ReleaseStudy:
    """Return the release times of the cases of an event log (`EventLog.visits`).

    Of a visit, hours on the way are those until it was arrived at, since the case left the visit before; then come
    waiting, processing and, once complete, blocking until it left. A log that does not say when a case arrived at a
    visit counts all hours since the visit before as waiting. What `processing_min` says is processing, the rest of
    the service waiting (work that rests while closed). Visits on the neighbour's `side` are not counted. A log that
    says when cases were `entered` and `released` is believed; otherwise a case whose visits are not all complete is
    incomplete.

    Raises
    ------
    ScenarioError
        If there is no column, activity or case as asked for.
    """
    question = question or Question()
    attribute = find_column(visits, question.by) if question.by else None
    step = find_column(visits, question.split)
    stamps = [name for name in STAMPS if name in visits.columns]
    rows = visits if "side" not in visits.columns else visits.filter(pl.col("side").ne_missing("neighbour"))
    rows = rows.with_columns(
        *(pl.lit(None, pl.Datetime("us")).alias(name) for name in STAMPS if name not in stamps),
        began=pl.min_horizontal(stamps),
        ended=pl.max_horizontal(stamps),
        step=pl.col(step).cast(pl.String).fill_null("-"),
        group=pl.col(attribute).cast(pl.String).fill_null("-") if attribute else pl.lit(ALL),
    ).sort("case", "began", "ended", maintain_order=True)
    cases = _find_cases(rows, question)
    released = cases.filter(pl.col("released").is_not_null())
    counted = _within(released, question)
    if counted.is_empty():
        rule = f"none of {len(cases)} cases was released in the time that counts"
        raise ScenarioError(
            [Problem("release-times", rule, None, "move from= and to=, or choose other first= and last=")]
        )
    stays = counted.select("case", "entered", "released")
    rows = rows.drop("entered", "released", strict=False).join(stays, on="case", how="inner", maintain_order="left")
    parted = _part(rows)
    everyone = [] if attribute is None else [ALL]
    return ReleaseStudy(
        _summarise_groups(counted, parted, everyone),
        _summarise_steps(counted, parted, everyone),
        len(cases) - len(released),
        len(released) - len(counted),
        parted.filter(pl.col("overlaps"))["case"].n_unique(),
        int(parted["start"].is_null().sum()),
        len(parted),
        counted["day"].n_unique(),
    )


def find_column(visits: pl.DataFrame, name: str) -> str:
    """Return the column of an event log that a planner calls so, an attribute of the event or of its case.

    Raises
    ------
    ScenarioError
        If there is none.
    """
    for column in (name, f"case:{name}"):
        if column in visits.columns:
            return column
    known = [column.removeprefix("case:") for column in visits.columns if not column.startswith("#")]
    raise ScenarioError([Problem("release-times", f"the log has no column '{name}'", None, suggest(name, known))])


def _find_cases(rows: pl.DataFrame, question: Question) -> pl.DataFrame:
    """Return for each case its group, when its time began and ended (null: not yet), and the day on which."""
    for activity in filter(None, (question.first, question.last)):
        names = rows["activity"].unique().to_list()
        if activity not in names:
            raise ScenarioError(
                [Problem("release-times", f"the log has no activity '{activity}'", None, suggest(activity, names))]
            )
    began, ended = pl.col("began").min(), pl.col("ended").max()
    is_whole = pl.col("complete").is_not_null().all()
    if "entered" in rows.columns:
        began = pl.coalesce(pl.col("entered").first(), began)
    if question.first:
        began = pl.coalesce("arrive", "start", "complete").filter(pl.col("activity") == question.first).min()
    ended = pl.col("released").first() if "released" in rows.columns else pl.when(is_whole).then(ended)
    if question.last:
        ended = pl.col("complete").filter(pl.col("activity") == question.last).max()
    cases = rows.group_by("case", maintain_order=True).agg(
        pl.col("group").first(),
        groups=pl.col("group").n_unique(),
        entered=began,
        released=ended,
        ahead=pl.col("ahead").last(),
    )
    odd = cases.filter(pl.col("groups") > 1)
    if len(odd):
        rule = f"{len(odd)} cases have several values of it, such as case '{odd['case'][0]}'"
        raise ScenarioError([Problem(f"by={question.by}", rule, None, "choose an attribute of cases, not of events")])
    whole = pl.col("entered").is_not_null() & (pl.col("released") >= pl.col("entered"))
    cases = cases.with_columns(released=pl.when(whole).then("released"))
    return cases.with_columns(day=(pl.col("released") + pl.col("ahead")).dt.date())


def _within(cases: pl.DataFrame, question: Question) -> pl.DataFrame:
    """Return the cases that were released in the time that is asked for."""
    if question.since is not None:
        cases = cases.filter(_released_on_clock_of(question.since) >= question.since.replace(tzinfo=None))
    if question.until is not None:
        cases = cases.filter(_released_on_clock_of(question.until) < question.until.replace(tzinfo=None))
    return cases


def _released_on_clock_of(limit: datetime) -> pl.Expr:
    """Return when cases were released: on their own clock, or on that of a limit which has an offset."""
    offset = limit.utcoffset()
    return pl.col("released") + (pl.col("ahead") if offset is None else pl.lit(offset))


def _part(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the visits within their cases' time, with the microseconds of each part.

    Where nobody noted when a case set out for a visit, that is the end of all visits before.
    """
    outside = (pl.col("began") >= pl.col("released")) & (pl.col("ended") > pl.col("released"))
    outside |= (pl.col("ended") <= pl.col("entered")) & (pl.col("began") < pl.col("entered"))
    before = pl.col("ended").cum_max().shift(1).over("case")
    rows = rows.with_columns(before=before, overlaps=pl.col("began") < before).filter(~outside)
    first_known = pl.min_horizontal(pl.coalesce("arrive", "start", "complete"), "began")
    set_out = pl.coalesce("enter", pl.min_horizontal(pl.coalesce("before", "entered"), first_known))
    rows = rows.with_columns(enter=set_out)
    rows = rows.with_columns(arrive=pl.coalesce("arrive", "enter"))
    rows = rows.with_columns(leave=pl.coalesce("leave", "complete"))
    cut = rows.with_columns(pl.col(name).clip(pl.col("entered"), pl.col("released")) for name in STAMPS)

    def between(since: str, to: str) -> pl.Expr:
        return (pl.col(to) - pl.col(since)).dt.total_microseconds().fill_null(0)

    served = between("start", "complete")
    worked = served
    if "processing_min" in rows.columns:
        worked = pl.min_horizontal(served, pl.coalesce((pl.col("processing_min") * 6e7).round().cast(pl.Int64), served))
    has_start = pl.col("start").is_not_null()
    return cut.with_columns(
        on_the_way=between("enter", "arrive"),
        waiting=between("arrive", "start") + served - worked,
        processing=worked,
        blocked=between("complete", "leave"),
        undivided=pl.when(has_start).then(0).otherwise(between("arrive", "complete")),
    )


def _summarise_groups(cases: pl.DataFrame, parted: pl.DataFrame, everyone: Sequence[str]) -> pl.DataFrame:
    """Return a row for each group and, last, for everyone."""
    hours = (pl.col("released") - pl.col("entered")).dt.total_microseconds() / _HOUR_US
    cases = cases.with_columns(hours=hours)
    rows = []
    for name in [*sorted(cases["group"].unique()), *everyone]:
        members = cases if name in everyone else cases.filter(group=name)
        visits = parted if name in everyone else parted.filter(group=name)
        low, high = _find_interval(members)
        times = members["hours"]
        rows.append(
            {
                "group": name,
                "cases": len(members),
                "mean_h": times.mean(),
                "low_h": low,
                "high_h": high,
                **{key: times.quantile(share, "linear") for key, share in PERCENTILES.items()},
                **{f"{part}_h": int(visits[part].sum()) / _HOUR_US / len(members) for part in PARTS},
            }
        )
    return pl.DataFrame(rows, schema_overrides={"low_h": pl.Float64, "high_h": pl.Float64})


def _summarise_steps(cases: pl.DataFrame, parted: pl.DataFrame, everyone: Sequence[str]) -> pl.DataFrame:
    """Return a row for each step of each group, those with most hours first."""
    tables = []
    for name in [*sorted(cases["group"].unique()), *everyone]:
        members = cases if name in everyone else cases.filter(group=name)
        visits = parted if name in everyone else parted.filter(group=name)
        whole = int((members["released"] - members["entered"]).dt.total_microseconds().sum())
        per_case = [(pl.col(part).sum() / _HOUR_US / len(members)).alias(f"{part}_h") for part in PARTS]
        table = visits.group_by("step").agg((pl.len() / len(members)).alias("visits"), *per_case)
        table = table.with_columns(hours=pl.sum_horizontal(f"{part}_h" for part in PARTS))
        share = pl.col("hours") * len(members) * _HOUR_US / whole if whole else pl.lit(None, pl.Float64)
        tables.append(
            table.select(pl.lit(name).alias("group"), pl.all(), share=share).sort(
                ["hours", "step"], descending=[True, False]
            )
        )
    return pl.concat(tables)


def _find_interval(cases: pl.DataFrame) -> tuple[float | None, float | None]:
    """Return the ends of a 95 % interval of the mean: days are drawn again, with all cases released on them.

    Cases of one day share its queues, so that they are no independent draws; days share less. Percentile bootstrap of
    clusters (Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8).
    """
    from scipy.stats import bootstrap  # takes a second that no other verb needs

    days = cases.group_by("day", maintain_order=True).agg(pl.col("hours").sum(), count=pl.len()).sort("day")
    if len(days) < FEWEST_DAYS:
        return None, None

    def mean(hours: FloatArray, count: FloatArray, axis: int) -> FloatArray:
        return np.asarray(hours.sum(axis=axis) / count.sum(axis=axis))

    found = bootstrap(
        (days["hours"].to_numpy(), days["count"].to_numpy()),
        mean,
        n_resamples=RESAMPLES,
        paired=True,
        method="percentile",
        random_state=1,
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
