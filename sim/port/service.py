"""Service minutes of every visit, from the vehicle's luck and the work that was asked for."""

import numpy as np
from numpy.typing import NDArray

from sim.demand import Movements
from sim.luck import Luck
from sim.port.stations import Station, Work

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def service_minutes(
    station: Station,
    who: IntArray,
    way: NDArray[np.int8] | int,
    movements: Movements,
    selected: dict[str, BoolArray],
    luck: Luck,
) -> tuple[FloatArray, NDArray[np.int32]]:
    """Return minutes of service and teams needed for the movements `who` that visit a station on a `way` of theirs.

    Work of several agencies at one visit lasts as long as the longest part plus (1 - overlap) x
    the rest, after one presentation of the cargo, and takes a team for each agency.
    """
    parts = np.zeros((len(station.works), len(who)))
    asked = np.ones((len(station.works), len(who)), dtype=bool)
    for row, work in enumerate(station.works):
        if work.selected_by is not None:
            asked[row] = selected[work.selected_by][way, who]
        chosen = np.flatnonzero(asked[row])
        parts[row, chosen] = _draw(work, who[chosen], movements, luck)
    longest = parts.max(axis=0)
    minutes = longest + (1.0 - station.overlap) * (parts.sum(axis=0) - longest)
    return minutes + _presentation(station, asked, who, movements, luck), asked.sum(axis=0, dtype=np.int32)


def _draw(work: Work, who: IntArray, movements: Movements, luck: Luck) -> FloatArray:
    uniforms = movements.luck_for(luck, work.purpose, who)
    minutes = work.minutes.quantile(uniforms)
    for vehicle, name in enumerate(movements.classes):
        if name in work.by_class:
            chosen = movements.vehicle[who] == vehicle
            minutes[chosen] = work.by_class[name].quantile(uniforms[chosen])
    return minutes


def _presentation(station: Station, asked: BoolArray, who: IntArray, movements: Movements, luck: Luck) -> FloatArray:
    """Return minutes of presenting the cargo; its luck is that of the first agency that asked for it."""
    minutes = np.zeros(len(who))
    if station.presentation is None:
        return minutes
    distribution, purposes = station.presentation
    first = asked.argmax(axis=0)
    for row, purpose in enumerate(purposes):
        chosen = np.flatnonzero(first == row)
        minutes[chosen] = distribution.quantile(movements.luck_for(luck, purpose, who[chosen]))
    return minutes
