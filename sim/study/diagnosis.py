"""Diagnosis: what limits a port, read from the outcomes of a study: a cause, why it binds, and how sure that is.

The cause is the stop, crew or cranes on which most delay is blamed (scope `cause`). Why it binds is read from how
full its servers, crew, quota and paths are, and from how much of its queue stands there while it is closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.outcomes.window import Window
from sim.port import Lift, Station, Stop, expand_stops
from sim.port.roster import hours_open
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment
from sim.study.checks import check_means
from sim.study.comparison import find_half_width
from sim.study.feasibility import TIGHT
from sim.study.offered import Load, Resource, measure_loads

FloatArray = NDArray[np.float64]

LEAST_DELAY_H = 0.05
"""Vehicle-hours a day below which nothing is said to limit a port."""
MOSTLY = 0.5
"""Share of a queue that must stand at closed doors before the hours are called the reason."""

Why = Literal["full", "closed", "bunched"]
"""full: it is asked for about as much as it can give. closed: most of those who wait for it wait until it opens.
bunched: it can give enough in the mean, but not when vehicles come together."""


@dataclass(frozen=True)
class Cause:
    """What delay is blamed on: vehicle-hours a day, the share of all delay, in how many runs it is the first cause."""

    name: str
    delay_h: float
    share: float
    half_width: float | None
    first_in: int


@dataclass(frozen=True)
class Binding:
    """Why the first cause binds: the fullest of what it offers, how full that is, and when its queue waits.

    `uses` are the shares that are used of each resource; `closed_share` is that of its queue while it is closed, and
    `at_closing` the vehicles that wait then. `resource` is None for roads.
    """

    why: Why
    resource: Resource | None
    use: float
    uses: Mapping[Resource, float]
    closed_share: float
    at_closing: float
    load: Load | None


@dataclass(frozen=True)
class Diagnosis:
    """What limits one scenario.

    `fullest` is the stop, crew or cranes with the highest measured load, if any work is done; `stands_at` the stop
    at which most of the first cause's delay is suffered, and its share of that. `lead` is by how much the first
    cause's share exceeds the second's, the mean over runs with the same luck for both, with the half-width of its t
    interval, None with fewer than two runs. `uses` is how full each stop and crew is, by resource. `unstable` are the
    classes whose queues grow, `empty_runs` those in which some class had nobody through.
    """

    scenario: str
    causes: tuple[Cause, ...]
    binding: Binding | None
    fullest: tuple[str, float] | None
    stands_at: tuple[str, float] | None
    lead: float
    lead_half_width: float | None
    replications: int
    confidence: float
    uses: Mapping[str, Mapping[Resource, float]]
    unstable: tuple[str, ...]
    empty_runs: int

    @property
    def is_sure(self) -> bool:
        """Whether the first cause is ahead of the second by more than luck explains."""
        return self.lead_half_width is not None and self.lead > self.lead_half_width


def diagnose_study(
    outcomes: pl.DataFrame, queues: pl.DataFrame, experiment: Experiment
) -> list[tuple[Diagnosis, Scenario]]:
    """Return what limits each scenario of a finished study (`diagnose`), with the scenario."""
    labels = outcomes["scenario"].unique(maintain_order=True).to_list()
    scenarios = [experiment.baseline, experiment.alternative or experiment.baseline]
    confidence = experiment.settings.confidence
    return [
        (diagnose(outcomes, queues, scenario, label, confidence), scenario)
        for label, scenario in zip(labels, scenarios, strict=False)
    ]


def diagnose(
    outcomes: pl.DataFrame, queues: pl.DataFrame, scenario: Scenario, label: str, confidence: float = 0.95
) -> Diagnosis:
    """Return what limits a scenario of a study, from its outcomes and from the queues on the grid of all runs."""
    own = outcomes.filter(scenario=label)
    stops, _ = expand_stops(scenario.port)
    loads = measure_loads(scenario)
    uses = _measure_uses(own, stops, loads)
    belongs = {key: _name_cause(stop, uses) for key, stop in stops.items()}
    names, delays = _sum_causes(own, belongs)
    shares = delays / np.maximum(delays.sum(axis=1, keepdims=True), 1e-12)
    order = np.argsort(-shares.mean(axis=0), kind="stable").tolist()
    causes = tuple(_describe_cause(names[i], delays[:, i], shares, i, confidence) for i in order)
    if not causes or sum(cause.delay_h for cause in causes) < LEAST_DELAY_H:
        causes = ()
    lead, lead_half_width = _find_lead(shares[:, order], confidence) if causes else (0.0, None)
    members = [key for key, cause in belongs.items() if causes and cause == causes[0].name]
    worked = {name: use[each] for name, use in uses.items() for each in ("servers", "crew", "cranes") if each in use}
    return Diagnosis(
        label,
        causes,
        _bind(_Evidence(own, queues.filter(scenario=label), uses, loads), scenario, members) if causes else None,
        max(worked.items(), key=lambda pair: pair[1]) if worked else None,
        _find_where(own, members) if causes else None,
        lead,
        lead_half_width,
        own["replication"].n_unique(),
        confidence,
        uses,
        tuple(sorted(name for _, name in check_means(own, confidence).unstable if name in scenario.demand.classes)),
        own.filter(pl.col("value").is_nan(), scope="class", measure="crossing_mean")["replication"].n_unique(),
    )


def _measure_uses(
    own: pl.DataFrame, stops: Mapping[str, Stop], loads: Sequence[Load]
) -> dict[str, dict[Resource, float]]:
    """Return by station and by crew, which here counts as one, the share used of each resource that it has.

    Servers and crews: work that came / scheduled time. Quotas and paths: vehicles that passed / what there are. Room
    on vehicles, for cargo in store: as expected.
    """
    mean = own.filter(scope="station").fill_nan(None).group_by("name", "measure").agg(pl.col("value").mean())
    measured = {(row["name"], row["measure"]): row["value"] for row in mean.iter_rows(named=True)}
    uses: dict[str, dict[Resource, float]] = {}
    worked: dict[str, float] = {}
    for key, stop in stops.items():
        load, lane_hours = measured.get((key, "load")), measured.get((key, "lane_hours"))
        if isinstance(stop, Station) and load is not None and lane_hours is not None:
            if not isinstance(stop, Lift):
                uses[key] = {"servers": load}
            if stop.crew:
                worked[stop.crew] = worked.get(stop.crew, 0.0) + load * lane_hours / stop.servers_per_vehicle
    for load in loads:
        passed = measured.get((load.name, "visits_per_day"))
        if load.resource in ("quota", "paths") and passed is not None and load.given.sum():
            uses.setdefault(load.name, {})[load.resource] = passed / float(load.given.sum())
        if load.resource == "room":
            uses[load.name] = {"room": load.day}
        if load.resource in ("crew", "cranes") and load.given.sum():
            uses[load.name] = {load.resource: 60.0 * worked.get(load.name, 0.0) / float(load.given.sum())}
    return uses


def _name_cause(stop: Stop, uses: Mapping[str, Mapping[Resource, float]]) -> str:
    """Return what delay at a stop is the doing of: the crew that it shares, if that is fuller than its own servers."""
    crew = stop.crew if isinstance(stop, Station) else None
    if crew is None:
        return stop.key
    of_crew, own = (max(uses.get(name, {}).values(), default=0.0) for name in (crew, stop.key))
    return crew if isinstance(stop, Lift) or of_crew > own else stop.key


def _sum_causes(own: pl.DataFrame, belongs: Mapping[str, str]) -> tuple[list[str], FloatArray]:
    """Return the names of causes, and vehicle-hours a day blamed on each in each run, shape (runs, causes)."""
    rows = own.filter(scope="cause", measure="delay").with_columns(
        pl.col("name").replace_strict(belongs, default=pl.col("name"))
    )
    table = rows.pivot("name", index="replication", values="value", aggregate_function="sum").sort("replication")
    table = table.drop("replication").fill_null(0.0)
    return table.columns, table.to_numpy()


def _describe_cause(name: str, delay_h: FloatArray, shares: FloatArray, number: int, confidence: float) -> Cause:
    first_in = int((shares.argmax(axis=1) == number).sum())
    share = shares[:, number]
    return Cause(name, float(delay_h.mean()), float(share.mean()), _half_width(share, confidence), first_in)


def _find_lead(shares: FloatArray, confidence: float) -> tuple[float, float | None]:
    """Return by how much the first column exceeds the second, paired over runs, and the half-width of that."""
    ahead = shares[:, 0] - (shares[:, 1] if shares.shape[1] > 1 else 0.0)
    return float(ahead.mean()), _half_width(ahead, confidence)


def _half_width(values: FloatArray, confidence: float) -> float | None:
    return float(find_half_width(values, confidence)) if len(values) > 1 else None


@dataclass(frozen=True)
class _Evidence:
    """Outcomes and queues of one scenario, and by stop and crew what is used of each resource and asked of it."""

    own: pl.DataFrame
    queues: pl.DataFrame
    uses: Mapping[str, Mapping[Resource, float]]
    loads: Sequence[Load]


def _bind(found: _Evidence, scenario: Scenario, members: list[str]) -> Binding:
    """Return why the cause binds that these stops make up."""
    stops, _ = expand_stops(scenario.port)
    stop = stops[members[0]]
    name = _name_cause(stop, found.uses)
    used = dict(found.uses.get(name, {}))
    resource = max(used, key=lambda each: used[each], default=None)
    closed_share = _find_closed_share(found.queues, scenario, [stops[key] for key in members])
    use = used[resource] if resource else 0.0
    why: Why = "full" if use >= TIGHT else "closed" if closed_share >= MOSTLY else "bunched"
    load = next((load for load in found.loads if (load.name, load.resource) == (name, resource)), None)
    return Binding(why, resource, use, used, closed_share, _count_at_closing(found.own, members), load)


def _count_at_closing(own: pl.DataFrame, members: list[str]) -> float:
    """Return the mean number of vehicles that wait at some stops when these close; 0 if they never do."""
    rows = own.filter(pl.col("name").is_in(members), scope="station", measure="queue_at_closing").fill_nan(None)
    by_run = rows.group_by("replication").agg(pl.col("value").sum())["value"].to_numpy()
    return float(by_run.mean()) if len(by_run) else 0.0


def _find_closed_share(queues: pl.DataFrame, scenario: Scenario, members: list[Stop]) -> float:
    """Return the share of vehicles waiting at some stops, on the grid of the measured time, that find them closed."""
    window = Window.of(scenario.horizon)
    waiting = closed = 0.0
    for stop in members:
        rows = queues.filter(pl.col("station") == stop.key, pl.col("minute").is_between(*window.ends, closed="left"))
        queue = rows["queue"].to_numpy()
        waiting += float(queue.sum())
        if isinstance(stop, Station) and stop.hours:
            closed += float(queue @ ~_is_open(hours_open(scenario, stop.hours), rows["minute"].to_numpy()))
    return closed / waiting if waiting else 0.0


def _is_open(intervals: FloatArray, time_min: FloatArray) -> NDArray[np.bool_]:
    if not len(intervals):
        return np.zeros(len(time_min), dtype=bool)
    last = np.searchsorted(intervals[:, 0], time_min, side="right") - 1
    return np.asarray((last >= 0) & (time_min < intervals[last, 1]))


def _find_where(own: pl.DataFrame, members: list[str]) -> tuple[str, float] | None:
    """Return the stop at which most of the delay is suffered that is blamed on some stops, and its share of it."""
    blame = own.filter(scope="blame", measure="delay").select("value", pl.col("name").str.split("/").alias("pair"))
    blame = blame.select("value", stop=pl.col("pair").list.first(), cause=pl.col("pair").list.last())
    sums = blame.filter(pl.col("cause").is_in(members)).group_by("stop").agg(pl.col("value").sum())
    if sums.is_empty():
        return None
    stop, value = sums.sort("value", descending=True).row(0)
    return stop, value / sums["value"].sum()
