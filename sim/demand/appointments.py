"""Appointments: slots with a quota, booked in the order of wishes, and kept more or less on time."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.demand.movements import Movements
from sim.luck import Luck
from sim.scenario.demand import Appointments
from sim.scenario.schema import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def book_slots(scenario: Scenario, wished: Movements, luck: Luck) -> Movements:
    """Return the movements with the arrivals of classes that need appointments moved to their slots.

    Each books the first free place at or after its wish; whoever misses a slot wastes it and takes the
    next free one. Within a slot arrivals are uniform, and deviate normally; nobody comes before the wish.
    """
    arrival = wished.arrival_min.copy()
    for vehicle, name in enumerate(wished.classes):
        terms = scenario.demand.classes[name].appointments
        who = np.flatnonzero(wished.vehicle == vehicle)
        if terms and len(who):
            arrival[who] = _keep_slots(scenario, terms, wished, who, luck)
    return wished if (arrival == wished.arrival_min).all() else wished.at_times(arrival)


def _keep_slots(scenario: Scenario, terms: Appointments, wished: Movements, who: IntArray, luck: Luck) -> FloatArray:
    wish, end = wished.arrival_min[who], scenario.horizon.end_min
    slots = _offer_slots(scenario, terms)
    taken = 1 + (wished.luck_for(luck, "appointment/no_show", who) < terms.no_show)
    slot = first_free_slots(np.searchsorted(slots, wish), taken, terms.places_per_slot)
    begins = np.append(slots, end)[np.minimum(slot, len(slots))]  # who gets no slot comes after the end
    within = wished.luck_for(luck, "appointment/within", who) * terms.slot_min
    late = special.ndtri(np.maximum(wished.luck_for(luck, "appointment/late", who), 1e-300)) * terms.deviation_sd_min
    return np.where(begins >= end, end, np.clip(begins + within + late, wish, end))


def _offer_slots(scenario: Scenario, terms: Appointments) -> FloatArray:
    """Return the minutes at which slots begin that fit into the service hours whole."""
    hours = scenario.port.hours[terms.hours]
    days = scenario.horizon.end_min / 1440.0
    intervals = hours.open_intervals(scenario.start, days)
    offered = [
        opens + terms.slot_min * np.arange(int((closes - opens) / terms.slot_min + 1e-9))
        for opens, closes in intervals.tolist()
    ]
    return np.concatenate([np.empty(0), *offered])


def first_free_slots(wish: IntArray, taken: IntArray, places: int) -> IntArray:
    """Return the slot of each booking, shape of `wish`: the first at or after its wish with a free place.

    Parameters
    ----------
    wish
        Slot that each would like, in the order of booking; ascending, as who books earlier comes earlier.
    taken
        Places that each takes, one after the other; it keeps the last.
    places
        Places in each slot, at least 1.

    Notes
    -----
    Number the places of all slots one after the other. Booking i then gets the place after that of booking
    i - 1, or the first of its wish if that is later: a maximum over all earlier bookings j of wish_j x places
    + the places taken from j to i (Lindley's recursion, unrolled).
    """
    before = np.cumsum(taken) - taken
    begins = np.maximum.accumulate(wish * places - before)
    return np.asarray((begins + before + taken - 1) // places)
