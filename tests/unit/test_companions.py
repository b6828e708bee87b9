"""Companions: how many come with a vehicle, when, which they are, and with which of several routes; by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sim.demand import sample_movements
from sim.luck import Luck
from tests.unit.rail_port import NEVER_LATE, cargo, facility, members, rail_scenario, train
from tests.unit.tiny import ALL_DAY

TRUCK = {"label": "trucks", "label_zh": "货车", "route": "truck", "comes_with": {"carrier": "box"}}
LATER = {"kind": "exponential", "mean_min": 200}


def draw(replication=0, **changes):
    return sample_movements(rail_scenario(**changes), Luck(1, replication))


def with_trucks(after=None, **changes):
    """Return the port in which a truck collects each box, so many minutes after it came."""
    truck = TRUCK | {"comes_with": {"carrier": "box", "after": after}}
    return {
        "port.routes.truck": {"direction": "import", "through": ["yard.loading"]},
        "port.routes.other": {"direction": "local", "through": ["checks"]},
        "demand.classes.other": train("other", "03:00"),
        "demand.classes.truck": truck,
    } | changes


def many_trains(per_day=24, days=20, **more):
    return {
        "demand.classes.train": train("train")
        | {"timetable": {"paths_per_day": 48, "lateness": {"kind": "exponential", "mean_min": 30}}, "per_day": per_day}
        | more,
        "horizon.days": days,
    }


def numbers(movements, name):
    return movements.index[members(movements, name)].tolist()


def arrivals(movements, name):
    """Return the minute of arrival by identity."""
    who = members(movements, name)
    keys = zip(movements.layer[who].tolist(), movements.index[who].tolist(), strict=True)
    found = dict(zip(keys, movements.arrival_min[who].tolist(), strict=True))
    assert len(found) == len(who)
    return found


def assert_sorted(movements):
    assert (np.diff(movements.arrival_min) >= 0).all()


def assert_born_of(movements, name, parent):
    """Assert that each of a class came with one of another, which is the one that its number says."""
    terms = movements.parent[members(movements, name)]
    assert (movements.vehicle[terms] == movements.classes.index(parent)).all()


def test_each_train_brings_its_boxes_and_they_are_numbered_by_it():
    movements = draw()
    assert numbers(movements, "train") == [0, 1]
    assert numbers(movements, "box") == list(range(8))
    assert movements.arrival_min[members(movements, "box")].tolist() == [60] * 4 + [120] * 4


def test_parents_are_the_trains_in_the_order_of_time():
    movements = draw(**many_trains())
    boxes = members(movements, "box")
    parents = movements.parent[boxes]
    assert_sorted(movements)
    assert_born_of(movements, "box", "train")
    assert (movements.index[boxes] // 4 == movements.index[parents]).all()
    assert (movements.arrival_min[boxes] == movements.arrival_min[parents]).all()
    assert np.bincount(parents)[members(movements, "train")].tolist() == [4] * len(members(movements, "train"))


def test_movements_that_come_by_themselves_have_no_parent():
    movements = draw()
    alone = np.append(members(movements, "train"), members(movements, "other"))
    assert movements.parent[alone].tolist() == [-1] * 4


def test_nobody_has_a_parent_where_all_come_by_themselves():
    scenario = rail_scenario(
        **{
            "port.terminals": {},
            "port.routes": {"train": {"direction": "export", "through": ["checks"]}},
            "port.facilities": {"checks": facility()},
            "demand.classes": {"train": train("train", "01:00")},
        }
    )
    assert sample_movements(scenario, Luck(1, 0)).parent is None


def test_boxes_that_come_after_their_train_come_so_much_later():
    movements = draw(
        **{
            "demand.classes.box": cargo(
                comes_with={"carrier": "train", "each": 2, "after": NEVER_LATE | {"mean_min": 90}}
            )
        }
    )
    assert movements.arrival_min[members(movements, "box")].tolist() == [150, 150, 210, 210]
    assert movements.arrival_min.tolist() == [60, 120, 150, 150, 180, 210, 210, 300]
    assert movements.parent.tolist() == [-1, -1, 0, 0, -1, 1, 1, -1]


def test_box_is_the_same_box_when_more_trains_come():
    """Luck hangs on identity: the boxes of trains that run both times come at the same minutes."""
    after = cargo(comes_with={"carrier": "train", "each": 4, "after": LATER})
    few, many = (arrivals(draw(**many_trains(per_day=n), **{"demand.classes.box": after}), "box") for n in (8, 24))
    assert few.items() < many.items()


@pytest.mark.parametrize("few, many", [(0.3, 0.7), (0.7, 1.0), (0.0, 0.3)])
def test_fuller_trains_bring_a_superset_of_the_same_boxes(few, many):
    boxes = [
        arrivals(
            draw(
                **many_trains(),
                **{
                    "demand.classes.box": cargo(
                        comes_with={"carrier": "train", "each": 4, "after": LATER, "fill": fill}
                    )
                },
            ),
            "box",
        )
        for fill in (few, many)
    ]
    assert boxes[0].items() < boxes[1].items()


def test_share_of_boxes_that_come_is_their_fill():
    """About 480 trains of 50: 24,000 draws at 0.3, within the binomial interval of 99.9 %."""
    movements = draw(
        **many_trains(), **{"demand.classes.box": cargo(comes_with={"carrier": "train", "each": 50, "fill": 0.3})}
    )
    offered = 50 * len(members(movements, "train"))
    low, high = stats.binom.interval(0.999, offered, 0.3)
    assert low <= len(members(movements, "box")) <= high
    per_train = np.bincount(movements.parent[members(movements, "box")])[members(movements, "train")]
    assert per_train.std() == pytest.approx(np.sqrt(50 * 0.3 * 0.7), rel=0.2)


def test_missing_boxes_keep_their_numbers_free():
    movements = draw(
        **many_trains(), **{"demand.classes.box": cargo(comes_with={"carrier": "train", "each": 4, "fill": 0.5})}
    )
    boxes = members(movements, "box")
    assert (movements.index[boxes] // 4 == movements.index[movements.parent[boxes]]).all()
    assert {0, 1, 2, 3} == set((movements.index[boxes] % 4).tolist())


def test_truck_comes_with_the_box_that_it_collects():
    movements = draw(**with_trucks(NEVER_LATE | {"mean_min": 45}))
    trucks = members(movements, "truck")
    parents = movements.parent[trucks]
    assert (movements.vehicle[parents] == movements.classes.index("box")).all()
    assert movements.index[trucks].tolist() == movements.index[parents].tolist() == list(range(8))
    assert (movements.arrival_min[trucks] == movements.arrival_min[parents] + 45).all()


def test_trucks_are_the_same_when_more_trains_come_or_boxes_stay_away():
    drawn = [
        arrivals(
            draw(
                **with_trucks(
                    LATER,
                    **many_trains(per_day=n),
                    **{"demand.classes.box": cargo(comes_with={"carrier": "train", "each": 4, "fill": fill})},
                )
            ),
            "truck",
        )
        for n, fill in ((8, 0.5), (24, 0.5), (24, 1.0))
    ]
    assert drawn[0].items() < drawn[1].items() < drawn[2].items()


def test_order_in_which_classes_are_written_does_not_matter():
    """The truck, the box and the train are written in every order."""
    changes = with_trucks(LATER, **many_trains(days=3))
    classes = {name.rpartition(".")[2]: value for name, value in changes.items() if name.startswith("demand.classes")}
    classes |= {"box": cargo()}
    drawn = []
    for order in (
        ["train", "box", "truck", "other"],
        ["truck", "box", "other", "train"],
        ["box", "truck", "train", "other"],
    ):
        movements = draw(**changes | {"demand.classes": {name: classes[name] for name in order}})
        assert_sorted(movements)
        drawn.append({name: arrivals(movements, name) for name in order})
        boxes = members(movements, "box")
        assert (movements.vehicle[movements.parent[boxes]] == movements.classes.index("train")).all()
    assert drawn[0] == drawn[1] == drawn[2]


def test_companions_of_a_class_with_a_profile_are_numbered_in_its_layers():
    """Trains of 200 a day reach into several layers, in which numbers begin again."""
    trains = {"label": "train", "label_zh": "列车", "route": "train", "per_day": 200, "profile": "flat"}
    movements = draw(
        **{
            "demand.profiles": {"flat": {"timezone": "Asia/Shanghai", "by_hour": ALL_DAY}},
            "demand.classes.train": trains,
        }
    )
    boxes = members(movements, "box")
    parents = movements.parent[boxes]
    assert len(set(movements.layer[boxes].tolist())) > 1
    assert (movements.layer[boxes] == movements.layer[parents]).all()
    assert (movements.index[boxes] // 4 == movements.index[parents]).all()
    assert len(arrivals(movements, "box")) == len(boxes)


# Routes by shares


def two_ways(share, **changes):
    """Return trains of which a share passes the terminal; the others pass by without boxes."""
    options = {"train": {"share": share}, "through": {}}
    return {
        "port.routes.through": {"direction": "export", "through": ["checks"]},
        "port.route_choices": {"way": {"rule": "shares", "options": options}},
        **many_trains(route="way", **changes),
    }


def options_of(movements, name="train"):
    who = members(movements, name)
    return dict(zip(movements.index[who].tolist(), movements.option[who].tolist(), strict=True))


def test_share_of_trains_takes_each_route():
    """About 480 trains, a share of 0.3, within the binomial interval of 99.9 %."""
    taken = list(options_of(draw(**two_ways(0.3))).values())
    low, high = stats.binom.interval(0.999, len(taken), 0.3)
    assert low <= taken.count(0) <= high
    assert taken.count(0) + taken.count(1) == len(taken)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (1.0, 0)])
def test_all_take_one_route_if_the_share_is_nought_or_one(share, expected):
    assert set(options_of(draw(**two_ways(share))).values()) == {expected}


def test_larger_share_is_a_superset_of_the_same_trains():
    small, large = (options_of(draw(**two_ways(share))) for share in (0.3, 0.6))
    assert small.keys() == large.keys()
    chosen = [{index for index, option in options.items() if option == 0} for options in (small, large)]
    assert chosen[0] < chosen[1]


def test_shares_of_three_routes_are_taken_in_their_order():
    options = {"train": {"share": 0.2}, "second": {"share": 0.3}, "through": {}}
    changes = two_ways(0.0) | {
        "port.routes.second": {"direction": "export", "through": ["checks"]},
        "port.route_choices": {"way": {"rule": "shares", "options": options}},
    }
    taken = list(options_of(draw(**changes)).values())
    for option, share in enumerate((0.2, 0.3, 0.5)):
        low, high = stats.binom.interval(0.999, len(taken), share)
        assert low <= taken.count(option) <= high


def test_boxes_come_only_with_trains_that_pass_the_terminal():
    movements = draw(**two_ways(0.4))
    parents = movements.parent[members(movements, "box")]
    trains = members(movements, "train")
    assert set(movements.option[parents].tolist()) == {0}
    assert sorted(set(parents.tolist())) == trains[movements.option[trains] == 0].tolist()
    assert len(parents) == 4 * (movements.option[trains] == 0).sum()


def test_larger_share_changes_no_box_of_the_others():
    boxes = [arrivals(draw(**two_ways(share)), "box") for share in (0.3, 0.6)]
    assert boxes[0].items() < boxes[1].items()


def test_cargo_may_take_routes_by_shares_too():
    """Half of the boxes are looked at in store; a larger share is a superset."""

    def inspected(share):
        changes = {
            "port.routes.looked_at": {"direction": "export", "through": ["yard.lift_off", "checks", "yard.lift_on"]},
            "port.route_choices": {"care": {"rule": "shares", "options": {"looked_at": {"share": share}, "box": {}}}},
            "demand.classes.box": cargo(route="care"),
        }
        return {i for i, option in options_of(draw(**many_trains(), **changes), "box").items() if option == 0}

    assert inspected(0.2) < inspected(0.5)
    assert len(inspected(0.5)) / (4 * 480) == pytest.approx(0.5, abs=0.06)


# Appointments beside


def booked(**changes):
    """Return trucks that book one slot an hour, beside the trains."""
    slots = {"hours": "always", "slot_min": 60, "places_per_slot": 1, "deviation_sd_min": 0, "no_show": 0}
    truck = {
        "label": "trucks",
        "label_zh": "货车",
        "route": "van",
        "profile": "flat",
        "per_day": 40,
        "appointments": slots,
    }
    return (
        many_trains(days=3)
        | {
            "demand.profiles": {"flat": {"timezone": "Asia/Shanghai", "by_hour": ALL_DAY}},
            "port.routes.van": {"direction": "local", "through": ["checks"]},
            "demand.classes.van": truck,
        }
        | changes
    )


def test_appointments_of_trucks_change_no_box_and_no_parent():
    movements = draw(**booked())
    boxes = members(movements, "box")
    assert_sorted(movements)
    assert_born_of(movements, "box", "train")
    assert (movements.arrival_min[boxes] == movements.arrival_min[movements.parent[boxes]]).all()
    assert arrivals(movements, "box") == arrivals(draw(**many_trains(days=3)), "box")


def test_those_who_come_with_others_have_not_waited_at_home():
    movements = draw(**booked())
    assert (movements.home_wait_min[members(movements, "van")] > 0).any()
    assert not movements.home_wait_min[members(movements, "box")].any()


def test_who_comes_with_a_booked_truck_comes_when_it_does():
    """Each van brings a box, which is lifted off where it is unloaded; the slot moves both."""
    movements = draw(
        **booked(
            **{
                "port.routes.van": {"direction": "export", "through": ["yard.unloading"]},
                "demand.classes.parcel": cargo(comes_with={"carrier": "van"}),
                "demand.classes.other": train("other", "03:00", takes={"cargo": "parcel", "units": 4}),
                "demand.classes.more": train("other", "05:00", takes={"cargo": "box", "units": 4}),
            }
        )
    )
    parcels = members(movements, "parcel")
    vans = movements.parent[parcels]
    assert (movements.arrival_min[parcels] == movements.arrival_min[vans]).all()
    assert (movements.home_wait_min[vans] > 0).any()
    assert len(parcels) == len(members(movements, "van"))


def test_order_of_movements_can_be_changed_and_parents_follow():
    movements = draw()
    back = movements.take(np.arange(len(movements))[::-1])
    assert (back.arrival_min[back.parent[back.parent >= 0]] == back.arrival_min[back.parent >= 0]).all()
    assert back.parent[-1] == -1
    assert replace(back, parent=None).take(np.arange(2)).parent is None
