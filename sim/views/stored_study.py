"""A study read back from its run folder, so that its figures can be drawn again."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.demand import Movements
from sim.outcomes import RoadSeries, Series, Visits
from sim.port import expand_stops
from sim.scenario.schema import Scenario
from sim.study.replication import Study
from sim.views.run_folder import ResultsError, read_experiment_of, read_table

IntArray = NDArray[np.int64]
NOTHING = np.empty(0, dtype=np.int8)


def read_study(folder: Path) -> Study:
    """Return the study of a run folder, with what figures need of it.

    Left empty, as no folder holds them: `present` of series, and of visits `fate`, how long meters held vehicles,
    routes, loads and violations.

    Raises
    ------
    ResultsError
        If the folder is none, or a table is missing or damaged.
    """
    if (folder / "queues.parquet").is_file() and not (folder / "held_up.parquet").is_file():
        raise ResultsError(f"'{folder}' is of an older version, which kept less than figures need; run the study again")
    experiment, outcomes = read_experiment_of(folder), read_table(folder, "outcomes")
    labels = outcomes["scenario"].unique(maintain_order=True).to_list()
    scenarios = dict(zip(labels, filter(None, (experiment.baseline, experiment.alternative)), strict=False))
    queues, held_up, visits = (read_table(folder, name) for name in ("queues", "held_up", "visits"))
    roads = read_table(folder, "roads") if (folder / "roads.parquet").is_file() else None
    settings = experiment.settings
    replications = range(settings.replications)
    series = {
        label: tuple(_read_series(_pick(queues, label, each), _pick(held_up, label, each)) for each in replications)
        for label in scenarios
    }
    return Study(
        scenarios,
        outcomes,
        series,
        {label: tuple(_read_roads(roads, label, each) for each in replications) for label in series},
        {label: _read_visits(visits.filter(scenario=label), each) for label, each in scenarios.items()},
        settings.seed,
        settings.replications,
        settings.engine,
    )


def _pick(table: pl.DataFrame, label: str, replication: int) -> pl.DataFrame:
    return table.filter(scenario=label, replication=replication)


def _read_series(queues: pl.DataFrame, held_up: pl.DataFrame) -> Series:
    stations, grid_min, queue = _spread(queues, "station", "queue")
    classes, _, counts = _spread(held_up, "vehicle_class", "held_up")
    return Series(stations, classes, grid_min, queue, counts, NOTHING.astype(np.int64))


def _read_roads(roads: pl.DataFrame | None, label: str, replication: int) -> RoadSeries:
    here = None if roads is None else _pick(roads, label, replication)
    if here is None or here.is_empty():
        none = np.empty((0, 0))
        return RoadSeries((), none[0:0].ravel(), none, none.astype(np.int64))
    names, grid_min, queue = _spread(here, "road", "queue")
    return RoadSeries(names, grid_min, here["queue_km"].to_numpy().reshape(len(names), -1), queue)


def _spread(table: pl.DataFrame, name: str, value: str) -> tuple[tuple[str, ...], NDArray[np.float64], IntArray]:
    """Return the names in a column, the grid of times, and a column of values, shape (names, times)."""
    names = tuple(table[name].unique(maintain_order=True).to_list())
    values = table[value].to_numpy().reshape(len(names), -1)
    return names, table["minute"].to_numpy()[: values.shape[1]], values


def _read_visits(table: pl.DataFrame, scenario: Scenario) -> Visits:
    stops = expand_stops(scenario.port)[0]
    classes = tuple(scenario.demand.classes)
    movement = table["movement"].to_numpy()
    firsts = np.flatnonzero(np.diff(movement, prepend=-1))
    count = int(movement.max(initial=-1)) + 1
    vehicle, arrival_min = np.zeros(count, dtype=np.int16), np.full(count, np.nan)
    vehicle[movement[firsts]] = _number(table["vehicle_class"], classes)[firsts]
    arrival_min[movement[firsts]] = table["enter_min"].to_numpy()[firsts]
    parent, left_with = (_read_company(table, name, movement, firsts, count) for name in ("came_with", "left_with"))
    minutes: dict[str, Any] = {name: table[name].to_numpy() for name in table.columns if name.endswith("_min")}
    none = np.zeros(count, dtype=np.int64)
    return Visits(
        tuple(stops.values()),
        Movements(classes, arrival_min, vehicle, none.astype(np.int8), none, parent=parent),
        NOTHING,
        movement,
        _number(table["station"], tuple(stops)),
        **minutes,
        left_with=left_with,
    )


def _number(names: pl.Series, known: tuple[str, ...]) -> NDArray[np.int16]:
    """Return the place of each name among those that are known."""
    places = {name: place for place, name in enumerate(known)}
    return names.cast(pl.String).replace_strict(places, return_dtype=pl.Int16).to_numpy()


def _read_company(table: pl.DataFrame, name: str, movement: IntArray, firsts: IntArray, count: int) -> IntArray | None:
    """Return with which movement each came or left, -1 for none; None if the table does not say."""
    if name not in table.columns or table[name].null_count() == len(table):
        return None
    company = np.full(count, -1, dtype=np.int64)
    company[movement[firsts]] = table[name].fill_null(-1).to_numpy()[firsts]
    return company
