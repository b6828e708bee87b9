"""The event log of a run: its visits as events of cases, with clock times, as process-mining tools read them.

A case is a movement, an event a visit: it begins when service begins and is complete when service ends. When the
vehicle joined the queue, and when it could leave, stand beside it, so that waiting and blocking are not lost.
"""

from collections.abc import Mapping
from datetime import UTC

import polars as pl

from sim.port import Lift, Station, Stop, expand_stops
from sim.scenario.schema import Scenario

TIMES = {
    "start": "start_min",
    "complete": "finish_min",
    "arrive": "arrive_min",
    "enter": "enter_min",
    "leave": "leave_min",
}
"""Columns of the log that are clock times of the visit, and the minutes of a run that they are."""
MS_PER_MIN = 60_000
NEIGHBOUR = "neighbour"


def make_event_log(visits: pl.DataFrame, scenario: Scenario, chinese: bool = False) -> pl.DataFrame:
    """Return the event log of one scenario's visits (`Visits.to_frame`), a row for each visit that was arrived at.

    Clock times are those of the port's time zone, rounded to milliseconds: `start` and `complete` of the service,
    `enter` (on the way from the visit before), `arrive` (in the queue) and `leave`; null where it did not happen by
    the end of the run. `waiting_min`, `processing_min` and `blocked_min` are differences of these; work that froze at
    closing is waiting. `resource` is the crew that serves, or else the stop itself; `side` is ours or neighbour.
    Of the case: `class`, `direction`, `route` (null if unknown), and when it `entered` our side of the border and was
    `released` from it, null if it was not. Rows are in the order of cases and, within each, of time.
    """
    stops, _ = expand_stops(scenario.port)
    named = visits.with_columns(pl.col("station", "vehicle_class").cast(pl.String)).fill_nan(None)
    log = named.join(_describe_stops(stops, chinese), on="station", how="left", maintain_order="left")
    log = log.join(_find_stays(log), on="movement", how="left", maintain_order="left")
    log = log.join(_describe_classes(scenario), on="vehicle_class", how="left", maintain_order="left")
    log = log.filter(pl.col("arrive_min").is_not_null())
    start = scenario.start.astimezone(UTC)
    clock = {**TIMES, "entered": "entered_min", "released": "released_min"}
    log = log.with_columns(
        (pl.lit(start).dt.cast_time_unit("ms") + pl.duration(milliseconds=_round_ms(pl.col(minutes)), time_unit="ms"))
        .dt.convert_time_zone(scenario.port.timezone)
        .alias(name)
        for name, minutes in clock.items()
    )
    return log.with_columns(
        case_id=pl.format("{}-{}", "vehicle_class", "movement"),
        lifecycle=pl.when(pl.col("complete").is_not_null())
        .then(pl.lit("complete"))
        .otherwise(pl.when(pl.col("start").is_not_null()).then(pl.lit("start")).otherwise(pl.lit("schedule"))),
        route=_name_route(scenario, "route" in visits.columns),
        **_split(),
    ).select(
        "case_id",
        "activity",
        "resource",
        *TIMES,
        "lifecycle",
        "waiting_min",
        "processing_min",
        "blocked_min",
        "station",
        "agency",
        "side",
        pl.col("vehicle_class").alias("class"),
        "direction",
        "route",
        "entered",
        "released",
    )


def _round_ms(minutes: pl.Expr) -> pl.Expr:
    return (minutes * MS_PER_MIN).round().cast(pl.Int64)


def _split() -> dict[str, pl.Expr]:
    """Return the minutes of waiting, processing and blocking; together they are `leave` − `arrive` to the ms."""
    waited, lasted, blocked = (
        (pl.col(to) - pl.col(since)).dt.total_milliseconds()
        for since, to in (("arrive", "start"), ("start", "complete"), ("complete", "leave"))
    )
    rested = pl.max_horizontal(_round_ms(pl.col("finish_min") - pl.col("start_min") - pl.col("work_min")), 0)
    worked = lasted - pl.min_horizontal(rested, lasted)
    parts = {"waiting_min": waited + lasted - worked, "processing_min": worked, "blocked_min": blocked}
    return {name: (part / MS_PER_MIN).round(8) for name, part in parts.items()}  # to the microsecond, as read again


def _describe_stops(stops: Mapping[str, Stop], chinese: bool) -> pl.DataFrame:
    """Return what an event at each stop says; a label that two stops share is told apart by their keys."""
    labels = {key: stop.label_zh if chinese else stop.label for key, stop in stops.items()}
    shared = {label for label in labels.values() if list(labels.values()).count(label) > 1}
    rows = [
        {
            "station": key,
            "activity": f"{labels[key]} ({key})" if labels[key] in shared else labels[key],
            "resource": (stop.crew if isinstance(stop, Station) else None) or key,
            "agency": stop.agency,
            "side": NEIGHBOUR if stop.agency == NEIGHBOUR else "ours",
            "is_lift": isinstance(stop, Lift) and stop.way != "on",
        }
        for key, stop in stops.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"is_lift": pl.Boolean})


def _find_stays(log: pl.DataFrame) -> pl.DataFrame:
    """Return by movement when it entered our side and was released from it, as outcomes count it.

    Cargo that rides to our side enters it with the vehicle that brings it.
    """
    ours = log.filter(side="ours")
    stays = ours.group_by("movement", maintain_order=True).agg(
        entered_min=pl.col("enter_min").first(),
        released_min=pl.col("leave_min").last(),
        rides=pl.col("is_lift").any(),
        came_with=pl.col("came_with").first() if "came_with" in log.columns else pl.lit(None, pl.Int64),
    )
    carriers = stays.select(came_with="movement", carrier_min="entered_min")
    stays = stays.join(carriers, on="came_with", how="left", maintain_order="left")
    with_carrier = pl.max_horizontal("entered_min", pl.when("rides").then("carrier_min"))
    return stays.select("movement", with_carrier.alias("entered_min"), "released_min")


def _describe_classes(scenario: Scenario) -> pl.DataFrame:
    """Return the direction of each class; cargo is told apart from the vehicles that go the same way."""
    rows = []
    for name, vehicle in scenario.demand.classes.items():
        route = next(iter(scenario.port.routes_of(vehicle.route).values()))
        cargo = " cargo" if scenario.is_cargo(name) else ""
        rows.append({"vehicle_class": name, "direction": f"{route.direction}{cargo}"})
    return pl.DataFrame(rows)


def _name_route(scenario: Scenario, is_numbered: bool) -> pl.Expr:
    """Return the route that each case took: the only one of its class, or the one of its number."""
    routes = {
        (name, number): route
        for name, vehicle in scenario.demand.classes.items()
        for number, route in enumerate(scenario.port.routes_of(vehicle.route))
    }
    only = {name: route for (name, _), route in routes.items() if (name, 1) not in routes}
    named = pl.col("vehicle_class").replace_strict(only, default=None, return_dtype=pl.String)
    if not is_numbered:
        return named
    numbered = {f"{name}/{number}": route for (name, number), route in routes.items()}
    found = pl.format("{}/{}", "vehicle_class", pl.col("route")).replace_strict(
        numbered, default=None, return_dtype=pl.String
    )
    return pl.coalesce(named, found)
