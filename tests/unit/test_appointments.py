"""Appointments: who books which slot and when they come, checked against one booking after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand import sample_movements
from sim.demand.appointments import book_slots, first_free_slots
from sim.luck import Luck
from sim.port.visits import plan_visits
from tests.unit.small_port import arrive_at, change
from tests.unit.tiny import tiny_facility, tiny_scenario

LUCK = Luck(1, 0)
TERMS = {"hours": "day", "slot_min": 30.0, "places_per_slot": 3, "deviation_sd_min": 0.0, "no_show": 0.0}
OPENS, CLOSES, DAY = 7 * 60.0, 19 * 60.0, 1440.0
"""Hours `day` of the tiny port."""


def port(truck=None, **terms):
    """Return a port of one post whose trucks book slots on these terms; cars come as they like."""
    plain = {"label": "vehicles", "label_zh": "车", "per_day": 100, "route": "out", "profile": "flat"}
    classes = {"truck": plain | (truck or {}) | {"appointments": TERMS | terms}, "car": plain}
    return tiny_scenario(
        **{
            "port.facilities": {"gate": tiny_facility(minutes=2.0)},
            "port.routes.out.through": ["gate"],
            "port.selections": {},
            "demand.classes": classes,
            "horizon.warmup_days": 0,
        }
    )


def identify(movements):
    return list(zip(movements.vehicle.tolist(), movements.layer.tolist(), movements.index.tolist(), strict=True))


def trucks(movements):
    return movements.vehicle == movements.classes.index("truck")


def slots_of(movements, slot_min=30.0):
    """Return the slot in which each truck that comes arrives, by the minute at which it begins."""
    arrive = movements.arrival_min[trucks(movements)]
    return np.floor(arrive[arrive < 2 * DAY] / slot_min) * slot_min


BOOKINGS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), max_size=40)


@given(bookings=BOOKINGS, places=st.integers(1, 5))
def test_bookings_get_the_slots_that_they_would_one_after_the_other(bookings, places):
    wish = np.sort(np.array([slot for slot, _ in bookings], dtype=np.int64))
    taken = np.array([count for _, count in bookings], dtype=np.int64)
    free, expected, first = dict.fromkeys(range(200), places), [], 0
    for slot, count in zip(wish.tolist(), taken.tolist(), strict=True):
        first = max(first, slot)
        for _ in range(count):
            while free[first] == 0:
                first += 1
            free[first] -= 1
        expected.append(first)
    assert first_free_slots(wish, taken, places).tolist() == expected


@given(bookings=BOOKINGS, places=st.integers(1, 5))
def test_no_slot_is_booked_before_its_wish_or_beyond_its_places(bookings, places):
    wish = np.sort(np.array([slot for slot, _ in bookings], dtype=np.int64))
    booked = first_free_slots(wish, np.ones(len(wish), dtype=np.int64), places)
    assert (booked >= wish).all()
    assert np.bincount(booked, minlength=1).max() <= places


def test_truck_books_the_first_slot_at_or_after_its_wish():
    wished = arrive_at(port(), {"truck": [600.0, 605.0, 1000.0]})
    booked = book_slots(port(), wished, LUCK)
    assert slots_of(booked).tolist() == [600.0, 630.0, 1020.0]


def test_full_slot_sends_the_next_truck_to_the_one_after():
    booked = book_slots(port(), arrive_at(port(), {"truck": [600.0] * 4}), LUCK)
    assert slots_of(booked).tolist() == [600.0] * 3 + [630.0]


def test_slots_are_offered_in_service_hours_alone_and_only_whole_ones():
    scenario = port(slot_min=50.0, places_per_slot=1)
    booked = book_slots(scenario, arrive_at(scenario, {"truck": [0.0] * 15}), LUCK)
    offered = np.append(OPENS + 50.0 * np.arange(14), DAY + OPENS)
    assert OPENS + 50.0 * 14 + 50.0 > CLOSES
    arrive = booked.arrival_min
    assert ((arrive >= offered) & (arrive < offered + 50.0)).all()


@pytest.mark.parametrize("per_day", [40, 100, 1000])
def test_no_slot_ever_has_more_arrivals_than_places(per_day):
    movements = sample_movements(port({"per_day": per_day}), LUCK)
    slots, count = np.unique(slots_of(movements), return_counts=True)
    assert count.max() <= 3
    assert ((slots % DAY >= OPENS) & (slots % DAY < CLOSES)).all()


def test_demand_beyond_all_slots_fills_every_one_and_the_rest_stay_away():
    movements = sample_movements(port({"per_day": 1000}), LUCK)
    first_wish = movements.wish_min[trucks(movements)].min()
    assert first_wish < OPENS
    assert len(slots_of(movements)) == 2 * 24 * 3
    assert (movements.arrival_min <= 2 * DAY).all()


@pytest.mark.parametrize(("sd", "no_show"), [(0.0, 0.0), (20.0, 0.0), (90.0, 0.3)])
def test_nobody_comes_before_the_wish_and_waits_at_home_until_then(sd, no_show):
    movements = sample_movements(port(deviation_sd_min=sd, no_show=no_show), LUCK)
    assert (movements.home_wait_min >= 0.0).all()
    np.testing.assert_allclose(movements.wish_min + movements.home_wait_min, movements.arrival_min, rtol=1e-14)
    assert movements.home_wait_min[trucks(movements)].max() > 60.0


def test_arrivals_are_sorted_and_wishes_are_those_without_appointments():
    scenario = port()
    free = change(scenario, **{"demand.classes.truck.appointments": None})
    booked, wished = sample_movements(scenario, LUCK), sample_movements(free, LUCK)
    assert (np.diff(booked.arrival_min) >= 0.0).all()
    wishes = dict(zip(identify(wished), wished.arrival_min.tolist(), strict=True))
    assert dict(zip(identify(booked), booked.wish_min.tolist(), strict=True)) == wishes


def test_classes_without_appointments_come_when_they_wish():
    movements = sample_movements(port(), LUCK)
    assert not movements.home_wait_min[~trucks(movements)].any()
    assert (~trucks(movements)).sum() > 100


def test_movements_of_a_port_without_appointments_wait_at_home_for_nothing():
    free = change(port(), **{"demand.classes.truck.appointments": None})
    movements = sample_movements(free, LUCK)
    assert movements.wish_min is None
    assert not movements.home_wait_min.any()


def test_without_deviation_trucks_come_within_their_slots_and_not_all_at_their_begin():
    scenario = port(places_per_slot=1)
    wished = arrive_at(scenario, {"truck": (OPENS + 30.0 * np.arange(24)).tolist()})
    within = book_slots(scenario, wished, LUCK).arrival_min - wished.arrival_min
    assert ((within >= 0.0) & (within < 30.0)).all()
    assert within.std() > 30.0 / np.sqrt(12.0) / 2.0


def test_deviation_moves_arrivals_by_its_standard_deviation():
    """Trucks that wished the whole day before have no reason to be early or late but the deviation."""
    sharp, blunt = (port(places_per_slot=200, deviation_sd_min=sd) for sd in (0.0, 20.0))
    wished = arrive_at(sharp, {"truck": [0.0] * 4000})
    kept, moved = (book_slots(each, wished, LUCK) for each in (sharp, blunt))
    arrive = dict(zip(identify(kept), kept.arrival_min.tolist(), strict=True))
    deviation = np.array([time - arrive[who] for who, time in zip(identify(moved), moved.arrival_min, strict=True)])
    assert deviation.mean() == pytest.approx(0.0, abs=3.3 * 20.0 / np.sqrt(4000))
    assert deviation.std() == pytest.approx(20.0, rel=3.3 / np.sqrt(2 * 4000))


def test_no_shows_waste_a_place_and_take_another():
    """Of a share p each takes two places instead of one: 24 slots of 3 serve 72 / (1 + p) trucks a day."""
    scenario = port({"per_day": 4000}, no_show=0.5, places_per_slot=30)
    slots = slots_of(sample_movements(scenario, LUCK))
    places = 24 * 30
    assert 0.95 * places / 1.5 < (slots < DAY).sum() < 1.05 * places / 1.5


def test_no_show_comes_in_a_later_place_than_it_booked():
    scenario = port(places_per_slot=1, no_show=0.999999)
    booked = book_slots(scenario, arrive_at(scenario, {"truck": [600.0, 600.0]}), LUCK)
    assert slots_of(booked).tolist() == [630.0, 690.0]


def test_each_class_has_slots_of_its_own():
    scenario = change(port(), **{"demand.classes.car.appointments": TERMS | {"places_per_slot": 1}})
    booked = book_slots(scenario, arrive_at(scenario, {"truck": [600.0] * 3, "car": [600.0] * 2}), LUCK)
    at = {name: booked.arrival_min[booked.vehicle == i] // 30 * 30 for i, name in enumerate(booked.classes)}
    assert {name: minutes.tolist() for name, minutes in at.items()} == {"truck": [600.0] * 3, "car": [600.0, 630.0]}


def test_appointments_change_neither_who_comes_nor_their_luck():
    """Minutes of service hang on identity: the same truck takes as long at the gate whenever it comes."""
    changes = {"port.facilities.gate.service": {"kind": "exponential", "mean_min": 3.0}}
    booked, free = change(port(), **changes), change(port(), **changes, **{"demand.classes.truck.appointments": None})
    minutes = []
    for scenario in (booked, free):
        movements = sample_movements(scenario, LUCK)
        visits = plan_visits(scenario, movements, LUCK)
        who = identify(movements)
        served = np.flatnonzero(visits.stop >= 0)
        minutes.append({who[visits.movement[row]]: visits.minutes[row] for row in served.tolist()})
    assert minutes[0] == minutes[1]
    assert len(minutes[0]) > 300


def test_more_places_bring_nobody_later():
    few, many = (sample_movements(port({"per_day": 300}, places_per_slot=places), LUCK) for places in (3, 9))
    arrive = dict(zip(identify(few), few.arrival_min.tolist(), strict=True))
    assert all(time <= arrive[who] for who, time in zip(identify(many), many.arrival_min.tolist(), strict=True))
