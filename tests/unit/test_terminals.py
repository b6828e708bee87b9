"""Terminals: when each box is lifted, stored and gone, worked out by hand.

Trains of four boxes come at 60 and 120 and stand in the yard 30 minutes later; others come to take boxes at 180 and
300. A lift takes 3 minutes.
"""

import numpy as np
import pytest

from tests.unit.rail_port import (
    NEVER_LATE,
    aboard,
    cargo,
    facility,
    left_with,
    members,
    minutes,
    rail_scenario,
    simulate,
    train,
)

YARD = "port.terminals.yard"


def play(engine, **changes):
    return simulate(rail_scenario(**changes), engine)[1]


def other(*times, units=4, **takes):
    return train("other", *times, takes={"cargo": "box", "units": units, **takes})


def every(begin, count, step=3.0):
    """Return so many minutes, one lift after the other."""
    return [begin + step * i for i in range(count)]


def off(visits, what="finish", of=None):
    return minutes(visits, "yard.lift_off", what, of)


def on(visits, what="finish", of=None):
    return minutes(visits, "yard.lift_on", what, of)


def across(visits, what="finish", of=None):
    return minutes(visits, "yard.across", what, of)


def unloaded(visits, of="train"):
    return minutes(visits, "yard.unloading", "leave", of)


def gone(visits, of="other"):
    return minutes(visits, "yard.loading", "leave", of)


# Off, into store, on


def test_one_crane_lifts_boxes_off_one_after_the_other_and_the_train_leaves_with_the_last(engine):
    visits = play(engine)
    assert off(visits) == every(93, 4) + every(153, 4)
    assert unloaded(visits) == [102, 162]


def test_two_cranes_lift_two_boxes_at_once(engine):
    visits = play(engine, **{f"{YARD}.cranes": 2})
    assert off(visits) == [93, 93, 96, 96, 153, 153, 156, 156]
    assert unloaded(visits) == [96, 156]
    assert on(visits) == [183, 183, 186, 186, 303, 303, 306, 306]
    assert gone(visits) == [186, 306]


def test_boxes_ride_until_their_train_is_unloaded_and_are_stored_until_another_comes(engine):
    visits = play(engine)
    assert off(visits, "enter") == [60] * 4 + [120] * 4
    assert off(visits, "arrive") == [90] * 4 + [150] * 4
    assert minutes(visits, "yard.storage", "arrive") == off(visits)
    assert minutes(visits, "yard.storage", "start") == [180] * 4 + [300] * 4


def test_train_takes_the_boxes_that_have_been_stored_longest_and_leaves_when_it_is_full(engine):
    visits = play(engine)
    assert on(visits) == every(183, 4) + every(303, 4)
    assert gone(visits) == [192, 312]
    assert left_with(visits) == [0] * 4 + [1] * 4
    assert aboard(visits) == [4, 4]


def test_boxes_aboard_leave_when_their_train_does(engine):
    visits = play(engine)
    assert on(visits, "leave") == [192] * 4 + [312] * 4


def test_lifts_of_a_class_may_take_other_minutes(engine):
    visits = play(engine, **{f"{YARD}.lift_by_class": {"box": {"kind": "constant", "mean_min": 5.0}}})
    assert off(visits) == every(95, 4, 5) + every(155, 4, 5)
    assert on(visits) == every(185, 4, 5) + every(305, 4, 5)


def test_lift_that_is_not_done_when_cranes_close_goes_on_when_they_open(engine):
    """They close from 94 to 100: the second lift has 2 minutes to go."""
    visits = play(engine, **{"port.hours.cranes.open": "Mo-Su 00:00-01:34,01:40-24:00"})
    assert off(visits)[:4] == [93, 102, 105, 108]
    assert unloaded(visits) == [108, 162]


def test_closed_cranes_keep_trains_and_boxes(engine):
    """They open at 03:30, for both trains and the one that has come to be loaded: it takes the boxes of the first.

    The second train has the only unloading track at 222, and its boxes are stored until 300.
    """
    visits = play(engine, **{"port.hours.cranes.open": "Mo-Su 03:30-24:00"})
    assert across(visits) == every(213, 4)
    assert off(visits) == every(225, 4)
    assert unloaded(visits) == [222, 234]
    assert gone(visits) == [222, 312]


# Lifted across


def test_box_is_lifted_once_if_a_vehicle_with_room_stands_ready(engine):
    visits = play(engine, **{"demand.classes.other": other("00:30", "05:00")})
    assert across(visits) == every(93, 4)
    assert off(visits) == every(153, 4)
    assert gone(visits) == [102, 312]
    assert left_with(visits) == [0] * 4 + [1] * 4
    assert across(visits, "leave") == [102] * 4


def test_box_that_finds_no_room_left_is_stored(engine):
    """The crane turns to boxes as they ask, at 90, and all four do: three for the other train and one for the store."""
    visits = play(engine, **{"demand.classes.other": other("00:30", "05:00", units=3)})
    assert across(visits) == every(93, 3)
    assert off(visits) == [102, *every(153, 4)]
    assert gone(visits) == [99, 309]
    assert left_with(visits) == [0, 0, 0, 1, 1, 1, None, None]


def test_boxes_are_lifted_twice_where_cranes_do_not_lift_across(engine):
    """The first is in store at 93, and then asks for the crane after the three that have asked at 90."""
    visits = play(engine, **{f"{YARD}.lifts_across": False, "demand.classes.other": other("00:30", "05:00")})
    assert across(visits) == []
    assert off(visits)[:4] == every(93, 4)
    assert on(visits)[:4] == every(105, 4)
    assert (unloaded(visits)[0], gone(visits)[0]) == (102, 114)


def test_box_in_store_goes_before_one_that_could_be_lifted_across(engine):
    """At 150 the four of the first train are in store; one with room for six comes at 145 and takes them first."""
    visits = play(engine, **{"demand.classes.other": other("02:25", units=6)})
    assert on(visits) == [148, 151, 154, 157, None, None]
    assert across(visits) == [160, 163]
    assert gone(visits) == [163]


# Left behind, full, at a limit, by timetable


def test_boxes_left_behind_wait_for_the_next(engine):
    visits = play(engine, **{"demand.classes.other": other("03:00", "05:00", units=3)})
    assert on(visits) == [*every(183, 3), *every(303, 3), None, None]
    assert gone(visits) == [189, 309]
    assert left_with(visits) == [0] * 3 + [1] * 3 + [None] * 2


def test_vehicle_that_leaves_full_waits_for_the_rest(engine):
    """The first four are lifted onto it at 180, and the fifth and sixth across at 210 from the second train."""
    trains = train("train", "01:00", "03:00")
    visits = play(engine, **{"demand.classes.train": trains, "demand.classes.other": other("03:00", units=6)})
    assert on(visits)[:4] == every(183, 4)
    assert across(visits) == [213, 216]
    assert gone(visits) == [216]
    assert on(visits, "leave")[:4] == [216] * 4


def test_vehicle_that_is_never_full_never_leaves(engine):
    visits = play(engine, **{"demand.classes.other": other("03:00", units=9)})
    assert gone(visits) == [None]
    assert on(visits) == every(183, 8)
    assert left_with(visits) == [None] * 8


def test_vehicle_leaves_with_what_it_has_at_its_limit(engine):
    """It stands ready at 85, is given four boxes from 90 on, and leaves an hour later."""
    visits = play(engine, **{"demand.classes.other": other("01:25", units=6, leaves="limit", wait_min=60)})
    assert gone(visits) == [145]
    assert aboard(visits) == [4]
    assert left_with(visits) == [0] * 4 + [None] * 4


def test_vehicle_that_is_full_before_its_limit_leaves_at_once(engine):
    visits = play(engine, **{"demand.classes.other": other("01:25", leaves="limit", wait_min=60)})
    assert (gone(visits), aboard(visits)) == ([102], [4])


def test_box_that_is_on_the_crane_at_the_limit_is_still_loaded(engine):
    """At 94 one is aboard and one on the crane, until 96; the other two are stored."""
    visits = play(engine, **{"demand.classes.other": other("01:25", units=6, leaves="limit", wait_min=9)})
    assert (gone(visits), aboard(visits)) == ([96], [2])
    assert across(visits) == [93, 96]
    assert off(visits) == [99, 102, *every(153, 4)]
    assert left_with(visits) == [0] * 2 + [None] * 6


def test_vehicle_leaves_empty_if_nothing_came(engine):
    visits = play(engine, **{"demand.classes.other": other("00:30", "05:00", leaves="limit", wait_min=40)})
    assert gone(visits) == [70, 312]
    assert aboard(visits) == [0, 4]
    assert left_with(visits)[:4] == [1] * 4


def test_room_of_a_vehicle_that_has_left_is_given_to_nobody(engine):
    """It leaves at 70, and at 145 with four of six: boxes that come later wait for the one at 300."""
    early = other("00:30", "05:00", leaves="limit", wait_min=40)
    visits = play(engine, **{"demand.classes.other": early})
    assert across(visits) == []
    assert minutes(visits, "yard.storage", "start")[:4] == [300] * 4
    half_full = other("01:25", "05:00", units=6, leaves="limit", wait_min=60)
    visits = play(engine, **{"demand.classes.other": half_full})
    assert across(visits) == every(93, 4)
    assert on(visits) == every(303, 4)
    assert (gone(visits), aboard(visits)) == ([145, 360], [4, 4])


def test_no_limit_is_to_take_only_what_is_there(engine):
    """At 180 the four of the first train and those of the second are in store; six of eight go."""
    visits = play(engine, **{"demand.classes.other": other("03:00", units=6, leaves="limit", wait_min=0)})
    assert (gone(visits), aboard(visits)) == ([198], [6])


@pytest.mark.parametrize("wait_min", [0, 5])
def test_vehicle_that_comes_before_all_boxes_leaves_empty_though_no_other_comes(engine, wait_min):
    visits = play(engine, **{"demand.classes.other": other("01:20", units=6, leaves="limit", wait_min=wait_min)})
    assert (gone(visits), aboard(visits)) == ([80 + wait_min], [0])
    assert minutes(visits, "yard.storage", "arrive") == every(93, 4) + every(153, 4)


@pytest.mark.parametrize("trains", ["train", "other"])
def test_one_kind_of_trains_may_stay_away(engine, trains):
    """A policy may set them to none a day, and in a short run none may come by luck."""
    rare = train(trains, "12:00", **({} if trains == "train" else {"takes": {"cargo": "box", "units": 4}}))
    visits = play(engine, **{f"demand.classes.{trains}": rare | {"per_day": 0}})
    assert unloaded(visits) == ([] if trains == "train" else [102, 162])
    assert gone(visits) == ([None, None] if trains == "train" else [])


def by_timetable(*times, late=0, units=4, wait_min=60):
    """Return trains that leave so long after they were due, and come so late."""
    timetable = {"times": list(times), "lateness": {"kind": "constant", "mean_min": late}}
    takes = {"leaves": "timetable", "wait_min": wait_min}
    return other(*times, units=units, **takes) | {"timetable": timetable}


def test_train_leaves_by_its_timetable_even_if_it_is_full_before(engine):
    visits = play(engine, **{"demand.classes.other": by_timetable("01:25")})
    assert (gone(visits), aboard(visits)) == ([145], [4])
    assert across(visits, "leave") == [145] * 4


def test_late_train_leaves_when_it_was_to_and_what_came_later_stays(engine):
    """Due at 85 and there at 100, it leaves at 145, five minutes before more boxes come."""
    visits = play(engine, **{"demand.classes.other": by_timetable("01:25", late=15, units=6)})
    assert (gone(visits), aboard(visits)) == ([145], [4])
    assert left_with(visits) == [0] * 4 + [None] * 4


def test_train_that_comes_when_it_was_to_leave_takes_what_is_in_store(engine):
    """Due at 85 and there at 170, after it should have left."""
    visits = play(engine, **{"demand.classes.other": by_timetable("01:25", late=85, units=20)})
    assert (gone(visits), aboard(visits)) == ([194], [8])


# Several vehicles at once


def test_two_vehicles_are_loaded_side_by_side_and_the_first_is_filled_first(engine):
    visits = play(engine, **{f"{YARD}.loading_tracks": 2, "demand.classes.other": other("00:30", "00:40")})
    assert minutes(visits, "yard.loading", "start") == [30, 40]
    assert gone(visits) == [102, 162]
    assert left_with(visits) == [0] * 4 + [1] * 4


def test_second_vehicle_waits_for_the_only_loading_track(engine):
    visits = play(engine, **{"demand.classes.other": other("00:30", "00:40")})
    assert minutes(visits, "yard.loading", "start") == [30, 102]
    assert minutes(visits, "yard.loading", "arrive") == [30, 40]
    assert gone(visits) == [102, 162]


def test_vehicle_leaves_at_its_limit_with_what_it_has_though_another_stands_ready(engine):
    """The first has four boxes of six when it leaves at 110. Another stood by: it gets those of the second train."""
    visits = play(
        engine,
        **{
            f"{YARD}.loading_tracks": 2,
            "demand.classes.other": other("00:30", units=6, leaves="limit", wait_min=80),
            "demand.classes.second": other("00:40"),
        },
    )
    assert (gone(visits), aboard(visits)) == ([110], [4])
    assert (gone(visits, "second"), aboard(visits, "second")) == ([162], [4])
    assert across(visits, "leave") == [110] * 4 + [162] * 4


def test_limit_counts_from_the_turn_to_be_loaded(engine):
    """Two stand ready at 30: the first leaves empty at 50, and the second 20 minutes later."""
    visits = play(
        engine,
        **{
            f"{YARD}.loading_tracks": 2,
            "demand.classes.other": other("00:30", "00:30", "10:00", leaves="limit", wait_min=20),
        },
    )
    assert aboard(visits) == [0, 0, 4]
    assert gone(visits) == [50, 70, 612]


def test_late_train_that_leaves_at_once_does_not_free_the_one_that_is_being_loaded(engine):
    """The first is full at 102. At 99 the last box for it is on the crane: the turn of one that is late, and empty."""
    visits = play(
        engine,
        **{
            f"{YARD}.loading_tracks": 2,
            "demand.classes.other": other("00:30"),
            "demand.classes.late": by_timetable("00:10", late=81, wait_min=20),
        },
    )
    assert (gone(visits), aboard(visits)) == ([102], [4])
    assert (gone(visits, "late"), aboard(visits, "late")) == ([99], [0])
    assert across(visits, "leave") == [102] * 4


def test_short_limit_does_not_free_the_one_that_is_being_loaded(engine):
    """One that waits for a minute leaves at 100, empty, beside one that is full at 102."""
    visits = play(
        engine,
        **{
            f"{YARD}.loading_tracks": 2,
            "demand.classes.other": other("00:30"),
            "demand.classes.hasty": other("01:31", leaves="limit", wait_min=1),
        },
    )
    assert (gone(visits), aboard(visits)) == ([102], [4])
    assert (gone(visits, "hasty"), aboard(visits, "hasty")) == ([100], [0])


@pytest.mark.parametrize("takes", [{}, {"leaves": "limit", "wait_min": 500.0}])
def test_vehicles_of_two_sizes_share_what_is_there_in_the_order_in_which_they_stand_ready(engine, takes):
    """The first takes the first five boxes. Two of the next three are lifted across too: there is room, at 150."""
    visits = play(
        engine,
        **{
            f"{YARD}.loading_tracks": 2,
            "demand.classes.other": other("00:30", units=5, **takes),
            "demand.classes.small": other("00:40", units=2, **takes),
        },
    )
    assert across(visits) == [*every(93, 4), *every(153, 3)]
    assert (gone(visits), gone(visits, "small")) == ([153], [159])
    assert left_with(visits) == [0] * 7 + [None]


def test_trains_beside_each_other_leave_with_the_last_of_their_own_boxes(engine):
    """At 90 and at 94; the crane takes boxes as they ask."""
    visits = play(
        engine,
        **{
            f"{YARD}.unloading_tracks": 2,
            "port.facilities.checks": facility(2, 30.0),
            "demand.classes.train": train("train", "01:00", "01:04"),
        },
    )
    assert off(visits) == every(93, 8)
    assert unloaded(visits) == [102, 114]


def test_train_with_slower_checks_is_overtaken_and_keeps_its_own_boxes(engine):
    """It comes at 60 and is checked until 180; the other comes at 62 and is in the yard at 92."""
    slow = {"slow": {"kind": "constant", "mean_min": 120.0}}
    visits = play(
        engine,
        **{
            "port.facilities.checks": facility(2, 30.0, service_by_class=slow),
            "demand.classes.slow": train("train", "01:00"),
            "demand.classes.train": train("train", "01:02"),
            "demand.classes.slow_box": cargo(comes_with={"carrier": "slow", "each": 4}),
            "demand.classes.slow_other": train("other", "06:00", takes={"cargo": "slow_box", "units": 4}),
            f"{YARD}.slots": 20,
        },
    )
    assert off(visits, of="box") == every(95, 4)
    assert off(visits, of="slow_box")[0] > 180
    assert (unloaded(visits), unloaded(visits, "slow")) == ([104], [off(visits, of="slow_box")[-1]])


# The store is full


def test_box_stays_on_its_train_until_a_slot_is_free_and_the_train_keeps_its_track(engine):
    """Three slots. At 180 the crane lifts three on; the slot of the first is free at 183, for the fourth box.

    It asks for the crane after the two that asked at 180, is lifted off at 192 and on at 195. Then the second train
    stands there: two boxes have slots at 192, one at 195; the last waits for the next to be lifted on at 300.
    """
    visits = play(engine, **{f"{YARD}.slots": 3})
    assert off(visits) == [93, 96, 99, 192, 198, 201, 204, 312]
    assert on(visits) == [183, 186, 189, 195, 303, 306, 309, 315]
    assert unloaded(visits) == [192, 312]
    assert gone(visits) == [195, 315]


def test_single_slot_is_passed_from_box_to_box(engine):
    """Each is lifted off when the one before has been lifted on: two lifts each, from the first at 183 on.

    At 198 the second train has the track, and there is room left: its boxes need no slot.
    """
    visits = play(engine, **{f"{YARD}.slots": 1, "demand.classes.other": other("03:00", units=8)})
    assert off(visits) == [93, 186, 192, 198]
    assert on(visits) == [183, 189, 195, 201]
    assert across(visits) == every(204, 4)
    assert unloaded(visits) == [198, 213]


def test_box_that_is_lifted_across_needs_no_slot(engine):
    visits = play(engine, **{f"{YARD}.slots": 1, "demand.classes.other": other("00:30", "02:00")})
    assert across(visits) == every(93, 4) + every(153, 4)


def test_full_store_is_no_gridlock_if_somebody_may_come_yet(engine):
    visits = play(engine, **{f"{YARD}.slots": 2, "demand.classes.other": other("23:55", units=9)})
    assert off(visits)[:2] == [93, 96]
    assert unloaded(visits) == [None, None]


# Cranes are shared


def with_imports(**more):
    """Return the port with a second class of boxes: two on a train that stands in the yard at 94, or later."""
    return {
        "port.routes.back": {"direction": "import", "through": ["yard.unloading"]},
        "port.routes.home": {"direction": "import", "through": ["yard.loading"]},
        "port.routes.back_box": {"direction": "import", "through": ["yard.lift_off", "yard.lift_on"]},
        f"{YARD}.unloading_tracks": 2,
        f"{YARD}.loading_tracks": 2,
        "demand.classes.back": train("back", "01:34"),
        "demand.classes.back_box": cargo(route="back_box", comes_with={"carrier": "back", "each": 2}, **more),
        "demand.classes.home": train("home", "03:00", takes={"cargo": "back_box", "units": 2}),
    }


def test_cranes_take_boxes_of_both_directions_as_they_ask(engine):
    """The third and fourth box have asked at 90; those of the other direction at 94."""
    visits = play(engine, **with_imports())
    assert off(visits, of="box")[:4] == every(93, 4)
    assert off(visits, of="back_box") == [105, 108]


def test_class_of_higher_rank_is_lifted_first_but_no_lift_is_broken_off(engine):
    visits = play(engine, **with_imports(priority=1))
    assert off(visits, of="box")[:4] == [93, 96, 105, 108]
    assert off(visits, of="back_box") == [99, 102]
    assert (unloaded(visits)[0], unloaded(visits, "back")) == (108, [102])


def test_each_vehicle_takes_its_own_class_of_cargo_only(engine):
    """At 180 both stand ready: whomever the crane serves first, each gets its own, by 198."""
    visits = play(engine, **with_imports())
    assert left_with(visits, "box") == [0] * 4 + [1] * 4
    assert left_with(visits, "back_box") == [0, 0]
    assert max(gone(visits)[0], gone(visits, "home")[0]) == 180 + 6 * 3
    assert sorted(on(visits, of="box")[:4] + on(visits, of="back_box")) == every(183, 6)


def test_lifts_on_and_off_share_the_crane(engine):
    """The second train stands there at 178, as the other: four off asked at 178, four on at 180."""
    visits = play(engine, **{"demand.classes.train": train("train", "01:00", "02:28")})
    assert off(visits)[4:] == every(181, 4)
    assert on(visits)[:4] == every(193, 4)


# What is done in store


def test_box_that_is_looked_at_in_store_is_stored_after_it(engine):
    visits = play(
        engine,
        **{
            "port.facilities.look": facility(9, 20.0),
            "port.routes.box.through": ["yard.lift_off", "look", "yard.lift_on"],
        },
    )
    assert minutes(visits, "look", "finish")[:4] == every(113, 4)
    assert minutes(visits, "yard.storage", "arrive")[:4] == every(113, 4)
    assert on(visits)[:4] == every(183, 4)


def test_box_that_is_looked_at_is_never_lifted_across(engine):
    """One with room stands ready from 30 on; the first box asks for it at 113, when the crane is free."""
    visits = play(
        engine,
        **{
            "port.facilities.look": facility(9, 20.0),
            "port.routes.box.through": ["yard.lift_off", "look", "yard.lift_on"],
            "demand.classes.other": other("00:30", "05:00"),
        },
    )
    assert across(visits) == []
    assert on(visits)[:4] == every(116, 4)
    assert gone(visits)[0] == 125


def test_only_boxes_that_are_not_picked_are_lifted_across(engine):
    visits = play(
        engine,
        **{
            "port.selections": {"pick": {"agency": "customs", "rate": 0.5}},
            "port.facilities.look": facility(1, 20.0, selected_by="pick"),
            "port.routes.box.through": ["yard.lift_off", "look", "yard.lift_on"],
            "demand.classes.box": cargo(comes_with={"carrier": "train", "each": 20}),
            "demand.classes.other": other("00:30", units=40),
            f"{YARD}.slots": 40,
        },
    )
    keys = np.array([stop.key for stop in visits.stations])[visits.station]
    looked_at, lifted_across = (set(visits.movement[keys == key].tolist()) for key in ("look", "yard.across"))
    assert looked_at
    assert looked_at | lifted_across == set(members(visits.movements, "box").tolist())
    assert not looked_at & lifted_across
    assert set(visits.movement[keys == "yard.lift_on"].tolist()) == looked_at
    assert gone(visits)[0] is not None


def test_boxes_keep_their_slots_while_they_are_looked_at(engine):
    """Four slots, and an hour each at the only desk: the last of the first train is done at 333.

    The second train is lifted off as slots fall free: not before 183, when the first has been lifted on.
    """
    visits = play(
        engine,
        **{
            f"{YARD}.slots": 4,
            "port.facilities.look": facility(1, 60.0),
            "port.routes.box.through": ["yard.lift_off", "look", "yard.lift_on"],
        },
    )
    assert minutes(visits, "look", "finish")[:4] == [153, 213, 273, 333]
    assert on(visits)[:4] == [183, 216, 276, 336]
    assert off(visits)[4:] == [186, 219, 279, 339]


def test_train_does_not_wait_until_its_boxes_are_looked_at(engine):
    """The desk has one place, but the boxes wait in the store: the train leaves when all are off, at 102."""
    visits = play(
        engine,
        **{
            "port.facilities.look": facility(1, 60.0, places=1),
            "port.routes.box.through": ["yard.lift_off", "look", "yard.lift_on"],
        },
    )
    assert off(visits)[:4] == every(93, 4)
    assert unloaded(visits) == [102, 162]


# Missing boxes


@pytest.mark.parametrize("fill", [0.0, 0.3, 0.8])
def test_train_with_missing_boxes_leaves_with_the_last_that_came(engine, fill):
    visits = play(
        engine,
        **{
            "demand.classes.train": train("train", "01:00", "02:00", "03:00", "04:00"),
            "demand.classes.box": cargo(comes_with={"carrier": "train", "each": 4, "fill": fill}),
            "demand.classes.other": other("23:00"),
            f"{YARD}.slots": 20,
        },
    )
    movements = visits.movements
    came = np.bincount(movements.parent[members(movements, "box")], minlength=len(movements))[
        members(movements, "train")
    ]
    assert unloaded(visits) == (np.array([90, 150, 210, 270]) + 3 * came).tolist()


# One vehicle that brings and takes


def test_aircraft_is_unloaded_and_then_loaded(engine):
    """Two boxes off at 63 and 66, then two on that came at 10; the second aircraft finds none, and waits."""
    visits = play(
        engine,
        **{
            "port.facilities": {"gate": facility()},
            "port.routes": {
                "plane": {"direction": "import", "through": ["yard.unloading", "yard.loading"]},
                "inward": {"direction": "import", "through": ["yard.lift_off"]},
                "cart": {"direction": "export", "through": ["gate"]},
                "outward": {"direction": "export", "through": ["yard.lift_on"]},
            },
            "demand.classes": {
                "plane": train("plane", "01:00", "02:00", takes={"cargo": "out", "units": 2}),
                "in": cargo(route="inward", comes_with={"carrier": "plane", "each": 2}),
                "cart": train("cart", "00:10"),
                "out": cargo(route="outward", comes_with={"carrier": "cart", "each": 3}),
            },
        },
    )
    assert off(visits) == [63, 66, 123, 126]
    assert minutes(visits, "yard.unloading", "leave", "plane") == [66, 126]
    assert on(visits) == [69, 72, 129]
    assert gone(visits, "plane") == [72, None]
    assert left_with(visits, "out") == [0, 0, None]
    assert aboard(visits, "plane")[0] == 2


def test_aircraft_leaves_its_stand_while_it_waits_for_another(engine):
    """Two cranes: the first is empty at 63, and what it takes waits until the second is, at 66, and is on at 69."""
    visits = play(
        engine,
        **{
            "port.facilities": {"gate": facility()},
            "port.routes": {
                "plane": {"direction": "import", "through": ["yard.unloading", "yard.loading"]},
                "inward": {"direction": "import", "through": ["yard.lift_off"]},
                "cart": {"direction": "export", "through": ["gate"]},
                "outward": {"direction": "export", "through": ["yard.lift_on"]},
            },
            f"{YARD}.cranes": 2,
            f"{YARD}.unloading_tracks": 2,
            "demand.classes": {
                "plane": train("plane", "01:00", "01:00", takes={"cargo": "out", "units": 2}),
                "in": cargo(route="inward", comes_with={"carrier": "plane", "each": 2}),
                "cart": train("cart", "00:10"),
                "out": cargo(route="outward", comes_with={"carrier": "cart", "each": 4}),
            },
        },
    )
    assert off(visits) == [63, 63, 66, 66]
    assert minutes(visits, "yard.unloading", "leave", "plane") == [63, 66]
    assert minutes(visits, "yard.loading", "start", "plane") == [63, 69]
    assert gone(visits, "plane") == [69, 72]


# Trucks that collect their own


def collecting(after, **changes):
    """Return the port in which trucks collect boxes so many minutes after these have come."""
    truck = {"label": "trucks", "label_zh": "货车", "route": "truck", "comes_with": {"carrier": "box", "after": after}}
    return {
        "port.routes.truck": {"direction": "import", "through": ["yard.loading"]},
        "port.routes.other": {"direction": "local", "through": ["checks"]},
        "demand.classes.train": train("train", "01:00"),
        "demand.classes.other": train("other", "23:00"),
        "demand.classes.truck": truck,
    } | changes


def test_truck_that_comes_first_waits_for_its_box(engine):
    """All four are there at 70. Boxes are in store at 93, ..., 102, and there is one place to load.

    The first box asks at 93 for the crane that the others have asked for at 90: on at 105. Then one after the other.
    """
    visits = play(engine, **collecting(NEVER_LATE | {"mean_min": 10}))
    assert off(visits) == every(93, 4)
    assert minutes(visits, "yard.loading", "arrive", "truck") == [70] * 4
    assert minutes(visits, "yard.loading", "start", "truck") == [93, 105, 108, 111]
    assert on(visits) == every(105, 4)
    assert gone(visits, "truck") == every(105, 4)
    assert left_with(visits) == [0, 1, 2, 3]


def test_box_that_comes_first_waits_for_its_truck(engine):
    visits = play(engine, **collecting(NEVER_LATE | {"mean_min": 240}))
    assert minutes(visits, "yard.storage", "arrive") == every(93, 4)
    assert minutes(visits, "yard.storage", "start") == [300, 303, 306, 309]
    assert gone(visits, "truck") == every(303, 4)
    assert left_with(visits) == [0, 1, 2, 3]


def test_box_that_is_collected_is_never_lifted_across(engine):
    visits = play(engine, **collecting(NEVER_LATE), **{f"{YARD}.loading_tracks": 9})
    assert across(visits) == []
    assert on(visits) == every(105, 4)


def test_trucks_take_their_own_box_however_they_come(engine):
    """Twenty boxes of two trains, two cranes, three places to load, and trucks in any order."""
    movements, visits = simulate(
        rail_scenario(
            **collecting(
                {"kind": "exponential", "mean_min": 120},
                **{
                    "demand.classes.train": train("train", "01:00", "02:00"),
                    "demand.classes.box": cargo(comes_with={"carrier": "train", "each": 10}),
                    f"{YARD}.cranes": 2,
                    f"{YARD}.slots": 20,
                    f"{YARD}.loading_tracks": 3,
                },
            )
        ),
        engine,
    )
    boxes, trucks = members(movements, "box"), members(movements, "truck")
    assert (np.diff(movements.parent[trucks]) < 0).any()
    assert visits.left_with[movements.parent[trucks]].tolist() == trucks.tolist()
    number = movements.parent[trucks] - boxes.min()
    lifted, left = np.array(on(visits)), np.array(gone(visits, "truck"))
    own = dict(zip(boxes.tolist(), lifted.tolist(), strict=True))
    assert [own[box] for box in movements.parent[trucks].tolist()] == left.tolist()
    assert len(number) == 20


# Only a part of a terminal


def test_cargo_may_end_in_store(engine):
    visits = play(
        engine,
        **{
            "port.routes.box.through": ["yard.lift_off"],
            "port.routes.other.through": ["checks"],
            "demand.classes.other": train("other", "23:00"),
        },
    )
    assert off(visits, "leave") == every(93, 4) + every(153, 4)
    assert unloaded(visits) == [102, 162]


def from_works(**changes):
    """Return three units that a cart brings to the yard at 10, where they are lifted onto a train."""
    return {
        "port.routes.cart": {"direction": "local", "through": ["checks"]},
        "port.routes.new": {"direction": "export", "through": ["yard.lift_on"]},
        "demand.classes.cart": train("cart", "00:10"),
        "demand.classes.new": cargo(route="new", comes_with={"carrier": "cart", "each": 3}),
        "demand.classes.new_train": train("other", "00:20", takes={"cargo": "new", "units": 3}),
    } | changes


def test_cargo_may_begin_in_store(engine):
    visits = play(engine, **from_works())
    assert minutes(visits, "yard.storage", "start", "new") == [20] * 3
    assert on(visits, of="new") == every(23, 3)
    assert gone(visits, "new_train") == [29]


def test_cargo_that_begins_in_store_leaves_no_more_slots_than_there_are(engine):
    """Three slots: those that began there have gone, three boxes fill them, and the fourth stays on its train."""
    visits = play(engine, **from_works(**{f"{YARD}.slots": 3}))
    assert on(visits, of="new") == every(23, 3)
    assert off(visits, of="box")[:3] == every(93, 3)
    assert off(visits, of="box")[3] > 180


# Cargo that comes by itself


def test_cargo_that_comes_by_itself_is_lifted_off_when_it_comes(engine):
    visits = play(
        engine,
        **{
            f"{YARD}.loading_tracks": 2,
            "demand.classes.train": train("train", "01:00"),
            "demand.classes.lone": train("box", "08:00", "09:00"),
            "demand.classes.taker": train("other", "12:00", takes={"cargo": "lone", "units": 2}),
        },
    )
    assert off(visits, of="lone") == [483, 543]
    assert on(visits, of="lone") == [723, 726]
