"""Keeping: how long vehicles keep the tracks, locomotives and wagons that they get at a stop and give back later."""

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.visits import Visits
from sim.port import Station

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def find_given_back(visits: Visits, here: IntArray) -> FloatArray:
    """Return when what was got in the visits `here`, all to one station, can be used again; NaN if not by the end."""
    station = visits.stations[visits.station[here[0]]] if len(here) else None
    if not isinstance(station, Station) or not station.kept_until:
        return visits.leave_min[here]
    left = np.full(len(visits.movements), np.nan)
    last = np.flatnonzero(visits.are_at(lambda stop: stop.key == station.kept_until))
    left[visits.movement[last]] = visits.leave_min[last]
    return np.asarray(left[visits.movement[here]] + station.back_after_min)
