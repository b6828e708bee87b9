"""Events that are each one transition become visits: when they were scheduled, started and completed."""

import polars as pl

TRANSITIONS = {"schedule": "arrive", "start": "start", "complete": "complete"}
"""Transitions of the XES lifecycle extension that are read, and the time of a visit that each is."""


def pair_transitions(table: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return visits made of events, and how many events by transition were none of `TRANSITIONS`.

    Events have a `case`, an `activity`, the time `complete` at which their transition `lifecycle` (null: complete)
    happened, and perhaps the `instance` to which they belong. What else is known of some event is known of its visit.
    """
    step = pl.col("lifecycle").str.to_lowercase().fill_null("complete")
    events = table.with_columns(lifecycle=step)
    known = pl.col("lifecycle").is_in(list(TRANSITIONS))
    ignored = dict(events.filter(~known)["lifecycle"].value_counts().iter_rows())
    events = events.filter(known).rename({"complete": "time"}).drop("arrive", "start", strict=False)
    events = events.with_columns(visit=_number_visits(events))
    others = [name for name in events.columns if name not in ("case", "activity", "visit", "time", "lifecycle")]
    visits = events.group_by("case", "activity", "visit", maintain_order=True).agg(
        *(pl.col("time").filter(pl.col("lifecycle") == step).first().alias(to) for step, to in TRANSITIONS.items()),
        *(pl.col(name).drop_nulls().first() for name in others),
    )
    empty = [name for name in TRANSITIONS.values() if visits[name].is_null().all()]
    return visits.drop("visit", *empty, strict=False), {str(name): count for name, count in ignored.items()}


def _number_visits(events: pl.DataFrame) -> pl.Series:
    """Return for each event the visit of its case and activity that it is part of.

    That is its `instance`, if the log has one. Otherwise a start begins the earliest visit that is scheduled and has
    not begun, or a new one, and a completion ends the earliest that has begun, or else is scheduled, or is one by
    itself.
    """
    if "instance" in events.columns and events["instance"].is_not_null().all():
        return events["instance"]
    rank = pl.col("lifecycle").replace_strict({name: order for order, name in enumerate(TRANSITIONS)})
    named = pl.col("instance").is_null() if "instance" in events.columns else pl.lit(value=True)
    order = events.with_row_index("#event").filter(named).sort("case", "activity", "time", rank, maintain_order=True)
    number: dict[int, str] = {}
    place, waiting, begun, count = ("", ""), list[int](), list[int](), 0
    for event, case, activity, lifecycle in order.select("#event", "case", "activity", "lifecycle").iter_rows():
        if (case, activity) != place:
            place, waiting, begun = (case, activity), [], []
        queue = {"schedule": [], "start": waiting, "complete": begun or waiting}[lifecycle]
        if queue:
            visit = queue.pop(0)
        else:
            count += 1
            visit = count
        if lifecycle != "complete":
            (waiting if lifecycle == "schedule" else begun).append(visit)
        number[event] = f"#{visit}"
    given = events["instance"] if "instance" in events.columns else pl.Series([None] * len(events), dtype=pl.String)
    return pl.Series([number.get(event, each) for event, each in enumerate(given)], dtype=pl.String)
