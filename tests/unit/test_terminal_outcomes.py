"""Outcomes of terminals, cargo, carriers, passages and sides, worked out by hand for a day of the tiny rail port.

Trains of four boxes come at 60 and 120 and are checked for half an hour; a lift takes 3 minutes. Their boxes are off
at 93, ..., 102 and at 153, ..., 162. The other trains come at 180 and 300, and their boxes are on at 183, ..., 192
and at 303, ..., 312.
"""

import numpy as np
import pytest

from sim.outcomes import measure_outcomes
from tests.unit.rail_port import NEVER_LATE, cargo, facility, rail_scenario, simulate, train
from tests.unit.small_port import look_up
from tests.unit.tiny import tiny_scenario

DAY_MIN = 1440.0
STAYS = np.array([132.0] * 4 + [192.0] * 4)
"""Minutes from 60 to 192 and from 120 to 312."""
STORED = np.array([180.0 - 93 - 3 * i for i in range(4)] + [300.0 - 153 - 3 * i for i in range(4)])


def measure(**changes):
    scenario = rail_scenario(**changes)
    return measure_outcomes(scenario, simulate(scenario)[1])


@pytest.fixture(scope="module")
def outcomes():
    return measure()


def of(outcomes, scope, name, *measures):
    return [look_up(outcomes, scope, name, each) for each in measures]


def other(*times, units=4, **takes):
    return train("other", *times, takes={"cargo": "box", "units": units, **takes})


# Cargo


def test_cargo_is_counted_when_it_comes_and_when_its_vehicle_leaves(outcomes):
    assert of(outcomes, "cargo", "box", "arrived_per_day", "left_per_day") == [8, 8]


def test_stay_of_cargo_ends_when_its_vehicle_leaves(outcomes):
    assert look_up(outcomes, "cargo", "box", "stay_mean") == pytest.approx(STAYS.mean() / 60)
    assert look_up(outcomes, "cargo", "box", "stay_median") == pytest.approx(162 / 60)
    assert look_up(outcomes, "cargo", "box", "stay_p90") == pytest.approx(192 / 60)


def test_cargo_present_is_littles_law_of_its_stay(outcomes):
    assert look_up(outcomes, "cargo", "box", "present_mean") == pytest.approx(STAYS.sum() / DAY_MIN)
    assert look_up(outcomes, "cargo", "box", "present_max") == 8


def test_volume_is_twenty_foot_equivalents_and_tonnes_of_what_leaves():
    outcomes = measure(**{"demand.classes.box": cargo(teu=2, tonnes=13.5), "demand.classes.other": other("03:00")})
    assert of(outcomes, "cargo", "box", "teu_per_day", "tonnes_per_day") == [8, 54]


def test_volumes_that_a_class_does_not_have_are_not_told(outcomes):
    told = outcomes.filter((outcomes["name"] == "box") & (outcomes["measure"] == "tonnes_per_day"))
    assert told.is_empty()


def test_dwell_is_the_wait_in_store_for_a_vehicle_with_room(outcomes):
    assert look_up(outcomes, "cargo", "box", "dwell_mean") == pytest.approx(STORED.mean() / 60)
    assert look_up(outcomes, "cargo", "box", "dwell_median") == pytest.approx(np.quantile(STORED, 0.5) / 60)
    assert look_up(outcomes, "cargo", "box", "dwell_p90") == pytest.approx(np.quantile(STORED, 0.9) / 60)
    assert look_up(outcomes, "cargo", "box", "waits_for_vehicle_mean") == pytest.approx(STORED.sum() / DAY_MIN)


def test_share_that_is_lifted_across_is_of_those_that_are_lifted_on():
    """The other train at 30 takes three of the first train; the fourth and those of the second go by the store."""
    outcomes = measure(**{"demand.classes.other": other("00:30", "05:00", units=3)})
    assert look_up(outcomes, "cargo", "box", "across") == pytest.approx(3 / 6)


def test_boxes_left_behind_are_those_that_wait_when_a_vehicle_leaves():
    """Three leave at 189, when five wait; three at 309, when two do."""
    outcomes = measure(**{"demand.classes.other": other("03:00", "05:00", units=3)})
    assert of(outcomes, "cargo", "box", "left_behind_mean", "left_behind_max") == [3.5, 5]


def test_nothing_is_left_behind_when_all_go(outcomes):
    assert of(outcomes, "cargo", "box", "left_behind_mean", "left_behind_max") == [2, 4]
    alone = measure(**{"demand.classes.other": other("05:00", units=8)})
    assert of(alone, "cargo", "box", "left_behind_mean", "left_behind_max") == [0, 0]


def test_means_of_nothing_do_not_exist():
    outcomes = measure(
        **{"demand.classes.other": other("23:00", units=9), "demand.classes.train": train("train", "23:00")}
    )
    assert np.isnan(of(outcomes, "cargo", "box", "stay_mean", "stay_median", "left_behind_mean")).all()
    assert of(outcomes, "cargo", "box", "left_per_day", "left_behind_max") == [0, 0]


# Carriers


def test_carriers_are_told_apart_from_cargo(outcomes):
    assert of(outcomes, "carrier", "train", "arrived_per_day", "left_per_day") == [2, 2]
    assert look_up(outcomes, "carrier", "train", "stay_mean") == pytest.approx(42 / 60)
    assert look_up(outcomes, "carrier", "other", "stay_mean") == pytest.approx(12 / 60)
    cargo_names = set(outcomes.filter(outcomes["scope"] == "cargo")["name"])
    carrier_names = set(outcomes.filter(outcomes["scope"] == "carrier")["name"])
    assert (cargo_names, carrier_names) == ({"box"}, {"train", "other"})


def test_vehicles_leave_with_so_much_of_their_room():
    """With four of six at its limit, and then empty."""
    outcomes = measure(
        **{"demand.classes.other": other("01:25", "02:26", "23:00", units=6, leaves="limit", wait_min=1)}
    )
    assert look_up(outcomes, "carrier", "other", "units_mean") == pytest.approx((0 + 4 + 4) / 3)
    assert look_up(outcomes, "carrier", "other", "fill") == pytest.approx(8 / 18)
    assert look_up(outcomes, "carrier", "other", "leaves_empty") == pytest.approx(1 / 3)


def test_full_vehicles_are_full(outcomes):
    assert of(outcomes, "carrier", "other", "units_mean", "fill", "leaves_empty") == [4, 1, 0]


def test_lateness_is_measured_from_the_time_at_which_a_train_was_to_leave():
    """They are to leave at 90 and 150. At 90 a box is on the crane for the first, until 92; the second goes at 150."""
    timetable = {"times": ["01:00", "02:00"], "lateness": NEVER_LATE}
    takes = {"leaves": "timetable", "wait_min": 30.0}
    outcomes = measure(
        **{
            "demand.classes.train": train("train", "00:59", "23:00"),
            "demand.classes.other": other("01:00", "02:00", **takes) | {"timetable": timetable},
        }
    )
    assert look_up(outcomes, "carrier", "other", "lateness_mean") == pytest.approx((2 + 0) / 2 / 60)
    assert look_up(outcomes, "carrier", "other", "lateness_p90") == pytest.approx(0.9 * 2 / 60)


def test_lateness_is_told_of_those_only_that_leave_by_a_timetable(outcomes):
    assert outcomes.filter(outcomes["measure"] == "lateness_mean").is_empty()


# Terminals


def test_lifts_are_counted_one_by_one(outcomes):
    assert look_up(outcomes, "terminal", "yard", "lifts_per_day") == 16
    assert look_up(outcomes, "terminal", "yard", "crane_utilisation") == pytest.approx(16 * 3 / DAY_MIN)


def test_lift_across_saves_one():
    outcomes = measure(**{"demand.classes.other": other("00:30", "05:00")})
    assert look_up(outcomes, "terminal", "yard", "lifts_per_day") == 12


def test_use_of_two_cranes_is_of_both():
    outcomes = measure(**{"port.terminals.yard.cranes": 2})
    assert look_up(outcomes, "terminal", "yard", "crane_utilisation") == pytest.approx(48 / 2 / DAY_MIN)


def test_hours_in_which_cranes_are_closed_are_told(outcomes):
    assert look_up(outcomes, "terminal", "yard", "cranes_stopped") == 0
    closed = measure(**{"port.hours.cranes.open": "Mo-Su 01:00-07:00", "port.terminals.yard.cranes": 2})
    assert look_up(closed, "terminal", "yard", "cranes_stopped") == 18
    assert look_up(closed, "terminal", "yard", "crane_utilisation") == pytest.approx(48 / 2 / 360)


def test_tracks_are_used_while_vehicles_stand_on_them():
    """Trains from 90 to 102 and from 150 to 162 on one of two tracks, others from 180 to 192 and from 300 to 312."""
    outcomes = measure(**{"port.terminals.yard.unloading_tracks": 2})
    assert look_up(outcomes, "terminal", "yard", "unloading_track_utilisation") == pytest.approx(24 / 2 / DAY_MIN)
    assert look_up(outcomes, "terminal", "yard", "loading_track_utilisation") == pytest.approx(24 / DAY_MIN)


def test_slots_are_used_from_the_lift_off_to_the_end_of_the_lift_on(outcomes):
    """The first box from 90 to 183, and so on: 93 minutes each, and 153 of the second train."""
    used = 4 * 93 + 4 * 153
    assert look_up(outcomes, "terminal", "yard", "stored_mean") == pytest.approx(used / DAY_MIN)
    assert look_up(outcomes, "terminal", "yard", "stored_max") == 8
    assert look_up(outcomes, "terminal", "yard", "slots_used_mean") == pytest.approx(used / DAY_MIN / 10)
    assert look_up(outcomes, "terminal", "yard", "slots_used_max") == pytest.approx(0.8)


def test_slots_are_not_told_where_there_is_no_limit():
    outcomes = measure(**{"port.terminals.yard.slots": None})
    assert outcomes.filter(outcomes["measure"] == "slots_used_max").is_empty()
    assert look_up(outcomes, "terminal", "yard", "stored_max") == 8


def test_boxes_that_wait_on_their_train_are_not_in_store():
    """Three slots: never more than three are stored."""
    outcomes = measure(**{"port.terminals.yard.slots": 3})
    assert look_up(outcomes, "terminal", "yard", "stored_max") == 3
    assert look_up(outcomes, "terminal", "yard", "slots_used_max") == 1


def test_boxes_that_are_lifted_across_are_not_in_store():
    outcomes = measure(**{"demand.classes.other": other("00:30", "02:00")})
    assert of(outcomes, "terminal", "yard", "stored_mean", "stored_max") == [0, 0]


def test_cargo_that_ends_in_store_stays_there():
    """From the beginning of its lift at 90, 93, ... and 150, ... to the end of the day."""
    outcomes = measure(
        **{
            "port.routes.box.through": ["yard.lift_off"],
            "port.routes.other.through": ["checks"],
            "demand.classes.other": train("other", "23:00"),
        }
    )
    begin = np.array([90, 93, 96, 99, 150, 153, 156, 159])
    assert look_up(outcomes, "terminal", "yard", "stored_mean") == pytest.approx((DAY_MIN - begin).sum() / DAY_MIN)
    assert look_up(outcomes, "terminal", "yard", "stored_max") == 8


def test_boxes_that_wait_for_a_crane_to_the_end_are_in_its_queue():
    """Cranes close at 94 for good: the first box is off, the second on the crane, and two wait from 90 to midnight."""
    outcomes = measure(**{"port.hours.cranes.open": "Mo-Su 00:00-01:34"})
    queues = [look_up(outcomes, "station", f"yard.{lift}", "queue_mean") for lift in ("lift_off", "across")]
    assert sum(queues) == pytest.approx((3 + 2 * (DAY_MIN - 90)) / DAY_MIN)


# Passages: hours by stop, which add up


def test_hours_by_stop_are_those_of_the_boxes(outcomes):
    """They ride for 30 minutes; wait 0, 3, 6 or 9 for the crane, both times; and are blocked until all are aboard."""
    assert of(outcomes, "passage", "box/yard.lift_off", "driving", "waiting", "processing", "blocked") == pytest.approx(
        [0.5, 4.5 / 60, 3 / 60, 0]
    )
    assert of(outcomes, "passage", "box/yard.storage", "driving", "waiting", "processing", "blocked") == pytest.approx(
        [0, STORED.mean() / 60, 0, 0]
    )
    assert of(outcomes, "passage", "box/yard.lift_on", "driving", "waiting", "processing", "blocked") == pytest.approx(
        [0, 4.5 / 60, 3 / 60, 4.5 / 60]
    )


def test_hours_on_the_tracks_are_work(outcomes):
    assert look_up(outcomes, "passage", "train/yard.unloading", "processing") == pytest.approx(12 / 60)
    assert look_up(outcomes, "passage", "train/checks", "processing") == pytest.approx(30 / 60)
    assert look_up(outcomes, "passage", "other/yard.loading", "processing") == pytest.approx(12 / 60)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"demand.classes.other": other("00:30", "05:00", units=3)},
        {"port.terminals.yard.slots": 3},
        {"port.hours.cranes.open": "Mo-Su 01:34-24:00"},
        {"port.facilities.checks": facility(1, 30.0, agency="neighbour", drive_min=7.0)},
        {"horizon.warmup_days": 1, "horizon.days": 2},
    ],
)
def test_hours_by_stop_add_up_to_the_stay(changes):
    outcomes = measure(**changes)
    for scope, name in (("cargo", "box"), ("carrier", "train"), ("carrier", "other")):
        rows = outcomes.filter((outcomes["scope"] == "passage") & outcomes["name"].str.starts_with(f"{name}/"))
        assert rows["value"].sum() == pytest.approx(look_up(outcomes, scope, name, "stay_mean"))
        assert (rows["value"] >= 0).all()


# Sides


def both_sides(**more):
    """Return the port whose checks are the neighbour's and in front, and the arrival track ours."""
    return {
        "port.facilities.checks": facility(1, 30.0, agency="neighbour"),
        "port.routes.train.through": ["checks", "arrival_track", "yard.unloading"],
        "demand.classes.train": train("train", "01:00", "01:10"),
    } | more


def test_vehicles_are_on_the_side_of_the_stop_where_they_are():
    """Abroad 60-90 and 70-120 (from 70 to 90 waiting); with us 90-102 and 120-132."""
    outcomes = measure(**both_sides())
    assert of(outcomes, "side", "export/neighbour", "present_mean", "present_max", "waiting_mean") == pytest.approx(
        [80 / DAY_MIN, 2, 20 / DAY_MIN]
    )
    assert of(outcomes, "side", "export/ours", "present_mean", "present_max", "waiting_mean") == pytest.approx(
        [24 / DAY_MIN, 1, 0]
    )


def test_backlog_on_our_side_is_that_of_the_yard():
    """The only unloading track is free at 102 and 114; the neighbour has two to check at once."""
    outcomes = measure(
        **both_sides(
            **{
                "port.facilities.checks": facility(2, 30.0, agency="neighbour"),
                "demand.classes.train": train("train", "01:00", "01:02"),
            }
        )
    )
    assert of(outcomes, "side", "export/ours", "present_max", "waiting_mean") == pytest.approx([2, 10 / DAY_MIN])


def test_local_vehicles_and_cargo_are_on_neither_side(outcomes):
    names = set(outcomes.filter(outcomes["scope"] == "side")["name"])
    assert names == {"export/ours", "export/neighbour"}


# What changed elsewhere


def test_account_is_kept_of_vehicles_and_of_cargo(outcomes):
    names = ("arrived", "finished", "inside", "not_admitted")
    assert of(outcomes, "port", "port", *names) == [4, 4, 0, 0]
    assert of(outcomes, "port", "port", *(f"cargo_{name}" for name in names)) == [8, 8, 0, 0]


def test_cargo_on_a_train_that_is_not_unloaded_is_inside_or_not_admitted():
    """The train at 23:50 is still checked at the end, its four boxes still on it."""
    outcomes = measure(**{"demand.classes.train": train("train", "01:00", "23:50")})
    assert of(outcomes, "port", "port", "cargo_arrived", "cargo_finished") == [8, 4]
    assert sum(of(outcomes, "port", "port", "cargo_inside", "cargo_not_admitted")) == 4
    assert of(outcomes, "port", "port", "inside", "finished") == [2, 2]


def test_no_account_of_cargo_is_kept_where_there_is_none():
    scenario = tiny_scenario()
    outcomes = measure_outcomes(scenario, simulate(scenario)[1])
    assert outcomes.filter(outcomes["measure"] == "cargo_arrived").is_empty()
    assert set(outcomes["scope"]).isdisjoint({"terminal", "cargo", "carrier", "passage", "side"})


def test_directions_are_of_vehicles():
    """A box is no vehicle: exports are two trains a day."""
    outcomes = measure()
    assert look_up(outcomes, "direction", "export", "arrived_per_day") == 2
    assert look_up(outcomes, "direction", "local", "arrived_per_day") == 2
    assert look_up(outcomes, "class", "box", "arrived_per_day") == 8


@pytest.mark.parametrize(("agency", "hours"), [("operator", 24 * 2 * 3), ("neighbour", 0)])
def test_staff_of_cranes_is_counted_if_it_is_ours(agency, hours):
    outcomes = measure(
        **{
            "port.terminals.yard.cranes": 2,
            "port.terminals.yard.staff_per_crane": 3,
            "port.terminals.yard.agency": agency,
        }
    )
    assert look_up(outcomes, "port", "port", "staff_hours") == hours


def test_routes_by_shares_are_counted_as_they_are_set_out_on():
    outcomes = measure(
        **{
            "port.routes.through": {"direction": "export", "through": ["checks"]},
            "port.route_choices": {"way": {"rule": "shares", "options": {"train": {"share": 0.5}, "through": {}}}},
            "demand.classes.train": train("way")
            | {"per_day": 48, "timetable": {"paths_per_day": 48, "lateness": NEVER_LATE}},
            "demand.classes.box": cargo(comes_with={"carrier": "train", "each": 1}),
            "port.facilities.checks": facility(9, 1.0),
            "port.terminals.yard.slots": None,
        }
    )
    with_boxes, without = (
        of(outcomes, "route", "train/train", "set_out_per_day"),
        of(outcomes, "route", "train/through", "set_out_per_day"),
    )
    assert with_boxes[0] + without[0] == 48
    assert with_boxes[0] == look_up(outcomes, "class", "box", "arrived_per_day")
    assert 0 < with_boxes[0] < 48


def test_routes_that_drivers_choose_are_counted_beside_those_by_shares():
    """Cars go by the free gate, ten at once to two gates of an hour; trains take one of two routes by shares."""
    options = {name: {"hours": "always"} for name in ("left", "right")}
    scenario = rail_scenario(
        **{
            "port.facilities.gate_a": facility(1, 60.0),
            "port.facilities.gate_b": facility(1, 60.0),
            "port.routes.left": {"direction": "local", "through": ["gate_a"]},
            "port.routes.right": {"direction": "local", "through": ["gate_b"]},
            "port.routes.through": {"direction": "export", "through": ["checks"]},
            "port.route_choices": {
                "gates": {"rule": "least_expected_time", "options": options},
                "way": {"rule": "shares", "options": {"train": {"share": 1.0}, "through": {}}},
            },
            "demand.classes.train": train("way", "01:00", "02:00"),
            "demand.classes.car": train("gates", *["10:00"] * 10),
        }
    )
    outcomes = measure_outcomes(scenario, simulate(scenario)[1])
    assert look_up(outcomes, "route", "car/left", "set_out_per_day") == 5
    assert look_up(outcomes, "route", "car/right", "set_out_per_day") == 5
    assert look_up(outcomes, "route", "train/train", "set_out_per_day") == 2


def test_cargo_is_released_from_when_its_train_entered_our_side():
    """Half an hour is spent beyond the border: 30 of the minutes that each box rides are not ours."""
    ride = {"port.routes.train.through": ["beyond", "arrival_track", "yard.unloading"]}
    scenario = rail_scenario(**ride, **{"port.facilities.beyond": facility(2, 30.0, agency="neighbour")})
    outcomes = measure_outcomes(scenario, simulate(scenario)[1])
    release, crossing = (look_up(outcomes, "class", "box", f"{name}_mean") for name in ("release", "crossing"))
    assert crossing - release == pytest.approx(0.5)
    parts = ("driving", "waiting", "processing", "blocked")
    assert sum(look_up(outcomes, "class", "box", part) for part in parts) == pytest.approx(release)


def test_train_with_a_limit_is_late_by_what_it_leaves_after_its_time_and_the_limit():
    """Due at 00:30, an hour late and full at 102, with a limit of ten minutes: 62 late. The other leaves early: not."""
    timetable = {"times": ["00:30"], "lateness": {"kind": "constant", "mean_min": 60}}
    takes = {"cargo": "box", "units": 4, "leaves": "limit", "wait_min": 10}
    scenario = rail_scenario(
        **{
            "demand.classes.other": train("other", "00:30", takes=takes) | {"timetable": timetable},
            "demand.classes.early": train("other", "02:30", takes=takes | {"wait_min": 300}),
            "port.terminals.yard.loading_tracks": 2,
        }
    )
    outcomes = measure_outcomes(scenario, simulate(scenario)[1])
    assert look_up(outcomes, "carrier", "other", "lateness_mean") == pytest.approx(62 / 60)
    assert look_up(outcomes, "carrier", "early", "lateness_mean") == 0
