"""Meters: vehicles wait at one stop until few enough are between it and another; worked out by hand."""

import numpy as np
import pytest

from tests.unit.road_port import CAR, at_once, drive, every, outcomes_of, road, road_port, times
from tests.unit.small_port import look_up
from tests.unit.tiny import tiny_facility


def meter(after="yard", until="gate", vehicles=2):
    return {"label": "call", "label_zh": "叫号", "after": after, "until": until, "vehicles": vehicles}


def called_port(*meters, **changes):
    """Return a yard, a road of a minute and a gate of 10 minutes for one, with these meters."""
    posts = {"yard": tiny_facility(9, 1.0, at="a"), "gate": tiny_facility(1, 10.0, at="b")}
    metered = {"port.meters": {f"meter_{i}": each for i, each in enumerate(meters)}}
    return road_port({"r": road("a", "b")}, {"car": ["yard", "r", "gate"]}, posts, **metered, **changes)


def most_between(visits, after, until):
    """Return the most vehicles that had left the one stop and not yet the other."""
    out, back = times(visits, after, "leave"), times(visits, until, "leave")
    moments = np.unique(np.concatenate([out, back]))
    return max(int((out <= moment).sum() - (back <= moment).sum()) for moment in moments)


def test_vehicles_are_called_when_one_before_them_has_left_the_gate(engine):
    """Two are called at once; the third when the first leaves the gate at 12, the fourth at 22."""
    visits = drive(called_port(meter()), engine, car=at_once(4))
    assert times(visits, "yard", "leave").tolist() == [1, 1 + 1 / 32, 12, 22]
    assert times(visits, "gate", "leave").tolist() == [12, 22, 32, 42]


def test_wait_for_the_call_is_reported_apart_from_other_blocking(engine):
    """The second is called at 1 and then blocked by the headway at the road's entry."""
    visits = drive(called_port(meter()), engine, car=at_once(4))
    metered = visits.metered_min[[0, 3, 6, 9]]
    assert metered.tolist() == [0, 0, 11, 21]
    assert times(visits, "yard", "blocked").tolist() == [0, 1 / 32, 11, 21]


def test_vehicles_wait_for_no_call_where_there_is_none(engine):
    visits = drive(called_port(meter()), engine, car=at_once(4))
    elsewhere = [stop for stop in range(12) if stop % 3]
    assert not visits.metered_min[elsewhere].any()
    assert drive(called_port(), engine, car=at_once(4)).metered_min is None


@pytest.mark.parametrize("vehicles", [1, 3, 8])
def test_meter_is_used_up_to_its_limit_and_no_further(engine, vehicles):
    visits = drive(called_port(meter(vehicles=vehicles)), engine, car=every(0.7, 60))
    assert most_between(visits, "yard", "gate") == vehicles


def test_meter_that_is_never_reached_changes_nothing(engine):
    plain, metered = (
        drive(port, engine, car=every(0.7, 40)) for port in (called_port(), called_port(meter(vehicles=40)))
    )
    np.testing.assert_array_equal(plain.leave_min, metered.leave_min)
    assert not metered.metered_min.any()


def test_first_to_be_done_is_the_first_to_be_called(engine):
    visits = drive(called_port(meter()), engine, car=[0.0, 0.3, 0.1, 5.0, 4.0, 2.0])
    assert (np.diff(times(visits, "yard", "leave")) > 0.0).all()


def test_vehicle_of_higher_rank_is_called_first(engine):
    classes = {"car": CAR | {"route": "car"}, "bus": CAR | {"route": "car", "priority": 1}}
    port = called_port(meter(vehicles=1), **{"demand.classes": classes})
    visits = drive(port, engine, car=at_once(3), bus=[5.0])
    assert times(visits, "yard", "leave", "bus").tolist() == [12]
    assert times(visits, "yard", "leave", "car").tolist() == [1, 23, 34]


def test_vehicles_of_another_route_neither_need_nor_give_a_call(engine):
    """Vans stop at the yard alone and buses at the gate alone, from 0.5 to 20.5: the first car is done at 30.5."""
    posts = {"yard": tiny_facility(9, 1.0), "gate": tiny_facility(1, 10.0)}
    routes = {"car": ["yard", "gate"], "van": ["yard"], "bus": ["gate"]}
    port = road_port({"r": road("a", "b")}, routes, posts, **{"port.meters": {"m": meter(vehicles=1)}})
    visits = drive(port, engine, car=at_once(3), van=at_once(5, 2.0), bus=at_once(2, 0.5))
    assert times(visits, "yard", "leave", "van").tolist() == [3.0] * 5
    assert times(visits, "yard", "leave", "car").tolist() == [1, 30.5, 40.5]


def test_two_meters_at_one_stop_are_both_obeyed(engine):
    port = called_port(meter(vehicles=3), meter(until="r", vehicles=1))
    visits = drive(port, engine, car=every(0.2, 30))
    assert most_between(visits, "yard", "r") == 1
    assert most_between(visits, "yard", "gate") == 3


def test_meter_at_the_end_of_a_road_holds_up_all_who_are_on_it(engine):
    """One may be between the road and leaving the gate; the others stand on the road in their order."""
    visits = drive(called_port(meter(after="r", vehicles=1)), engine, car=at_once(4))
    assert most_between(visits, "r", "gate") == 1
    assert times(visits, "r", "leave").tolist() == [2, 12, 22, 32]
    assert times(visits, "r", "start")[1:].tolist() == [2 + 1 / 32, 12 + 1 / 32, 22 + 1 / 32]


def test_hours_that_vehicles_wait_for_a_call_are_an_outcome(engine):
    port = called_port(meter())
    outcomes = outcomes_of(port, drive(port, engine, car=at_once(4)))
    assert look_up(outcomes, "class", "car", "metered") == pytest.approx((11 + 21) / 4 / 60)
    assert look_up(outcomes, "step", "car/yard", "metered") == pytest.approx((11 + 21) / 4 / 60)


def test_meter_keeps_a_queue_off_the_road(engine):
    """One a minute comes for a gate of 2 minutes: 300 cars queue for 300 minutes on the road, or in the yard.

    Called when another leaves the gate, a car drives two minutes while the one between is served. Only the second
    of all is called earlier: it is at the gate a minute after the first, and waits there for one.
    """
    full, free = (drive(port, engine, car=every(1.0, 300)) for port in (slow_gate(), slow_gate(meter())))
    stays = [times(visits, "r", "leave") - times(visits, "r", "enter") for visits in (full, free)]
    assert stays[0].max() == pytest.approx(300, abs=2 * 2)
    assert stays[1].tolist() == pytest.approx([2.0, 3.0] + [2.0] * 298)
    assert times(free, "gate", "leave").max() == pytest.approx(times(full, "gate", "leave").max())


def slow_gate(*meters):
    posts = {"yard": tiny_facility(999, 1.0, at="a"), "gate": tiny_facility(1, 2.0, places=1, at="b")}
    metered = {"port.meters": {f"meter_{i}": each for i, each in enumerate(meters)}}
    return road_port({"r": road("a", "b", 2.0)}, {"car": ["yard", "r", "gate"]}, posts, **metered)
