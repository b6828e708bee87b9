"""What holds for every terminal: each box is lifted as often as it must be, nobody takes what is not there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.disruptions import draw_disruptions
from sim.luck import Luck
from sim.outcomes import Visits, measure_outcomes
from sim.port import Lift
from sim.port.roster import hours_open
from sim.scenario.schema import Scenario
from tests.unit.rail_port import cargo, facility, members, rail_scenario, rows_at, simulate, train
from tests.unit.small_port import look_up

YARD = "port.terminals.yard"
some = settings(max_examples=40)
"""Whole runs on two engines; each example has some dozen boxes."""

TIMES = st.lists(st.integers(0, 28), min_size=1, max_size=5).map(
    lambda quarters: [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in sorted(quarters)]
)
LIFTS = st.sampled_from(
    [
        {"kind": "constant", "mean_min": 3.0},
        {"kind": "exponential", "mean_min": 8.0},
        {"kind": "constant", "mean_min": 0.0},
    ]
)
LATE = st.sampled_from([{"kind": "constant", "mean_min": 0.0}, {"kind": "exponential", "mean_min": 45.0}])
LEAVES = st.sampled_from([{"leaves": "full"}] * 2) | st.builds(
    lambda rule, wait_min: {"leaves": rule, "wait_min": float(wait_min)},
    st.sampled_from(["limit", "timetable"]),
    st.integers(0, 180),
)
SHUT = st.lists(st.integers(0, 600), max_size=6, unique=True).map(
    lambda minutes: {f"wind_{a}": wind(a, b) for a, b in zip(sorted(minutes)[::2], sorted(minutes)[1::2], strict=False)}
)


def wind(begin_min, end_min):
    """Return a disruption of the first measured day, on which cranes stand still."""
    at, lasts = f"{begin_min // 60:02}:{begin_min % 60:02}", {"kind": "constant", "mean_min": end_min - begin_min}
    return {"label": "wind", "label_zh": "大风", "day": 1, "at": at, "lasts": lasts, "shuts": "cranes"}


@st.composite
def trains(draw, route, **more):
    times = draw(TIMES)
    timetable = {"times": times, "lateness": draw(LATE), "early_min": draw(st.sampled_from([0.0, 20.0]))}
    return train(route, *times) | {"timetable": timetable} | more


@st.composite
def scenarios(draw):
    """Draw a yard with boxes that other trains take, perhaps inspected, and boxes that trucks collect.

    A train late in the day takes one box: after the horizon there is somebody who may take what is left.
    """
    takes = {"cargo": "box", "units": draw(st.integers(1, 6)), **draw(LEAVES)}
    inspected = draw(st.sampled_from([0.0, 0.3, 1.0]))
    changes = {
        f"{YARD}.cranes": draw(st.integers(1, 3)),
        f"{YARD}.lift": draw(LIFTS),
        f"{YARD}.unloading_tracks": draw(st.integers(1, 2)),
        f"{YARD}.loading_tracks": draw(st.integers(2, 4)),
        f"{YARD}.slots": draw(st.none() | st.integers(1, 9)),
        f"{YARD}.lifts_across": draw(st.booleans()),
        "port.disruptions": draw(SHUT),
        "port.selections": {"pick": {"agency": "customs", "rate": inspected}},
        "port.facilities.look": facility(1, 25.0, selected_by="pick", places=draw(st.none() | st.integers(1, 2))),
        "port.routes.box.through": ["yard.lift_off", "look", "yard.lift_on"],
        "demand.classes.train": draw(trains("train")),
        "demand.classes.box": cargo(
            comes_with={"carrier": "train", "each": draw(st.integers(1, 5)), "fill": draw(st.sampled_from([1.0, 0.7]))},
            priority=draw(st.sampled_from([10, 20])),
        ),
        "demand.classes.other": draw(trains("other", takes=takes)),
        "demand.classes.last": train("other", "23:30", takes={"cargo": "box", "units": 1}),
    }
    if draw(st.booleans()):
        changes |= draw(imports())
    return rail_scenario(**changes)


@st.composite
def imports(draw):
    """Draw boxes of the other direction, which trucks collect that come earlier or later."""
    after = draw(LATE) | {"mean_min": float(draw(st.integers(0, 200)))}
    return {
        "port.routes.back": {"direction": "import", "through": ["yard.unloading"]},
        "port.routes.back_box": {"direction": "import", "through": ["yard.lift_off", "yard.lift_on"]},
        "port.routes.truck": {"direction": "import", "through": ["yard.loading"]},
        "demand.classes.back": draw(trains("back")),
        "demand.classes.back_box": cargo(
            route="back_box", comes_with={"carrier": "back", "each": draw(st.integers(1, 3))}
        ),
        "demand.classes.truck": {
            "label": "trucks",
            "label_zh": "货车",
            "route": "truck",
            "comes_with": {"carrier": "back_box", "after": after},
        },
    }


@st.composite
def runs(draw):
    scenario = draw_disruptions(draw(scenarios()), Luck(1, 0))  # at given times, whatever the luck
    return scenario, simulate(scenario)[1]


def lifts_of(visits: Visits, *ways: str) -> np.ndarray:
    kinds = np.array([isinstance(stop, Lift) and stop.way in ways for stop in visits.stations])
    return np.flatnonzero(kinds[visits.station])


def most_at_once(begin: np.ndarray, end: np.ndarray) -> int:
    """Return the most intervals that overlap; those that end when others begin do not, nor do empty ones."""
    begun = ~np.isnan(begin)
    begin, end = begin[begun], np.nan_to_num(end[begun], nan=np.inf)
    begin, end = begin[end > begin], end[end > begin]
    return max((int(((begin <= time) & (end > time)).sum()) for time in begin.tolist()), default=0)


def last_leave(visits: Visits) -> np.ndarray:
    leave = np.full(len(visits.movements), np.nan)
    leave[visits.movement] = visits.leave_min
    return leave


@some
@given(scenario=scenarios())
def test_both_engines_tell_the_same_story_bit_by_bit(scenario: Scenario):
    one, other = (simulate(scenario, engine)[1] for engine in ("simpy", "compiled"))
    for name in ("enter", "arrive", "start", "finish", "leave"):
        np.testing.assert_array_equal(getattr(one, f"{name}_min"), getattr(other, f"{name}_min"))
    np.testing.assert_array_equal(one.left_with, other.left_with)
    np.testing.assert_array_equal(one.aboard, other.aboard)
    np.testing.assert_array_equal(one.fate, other.fate)


@some
@given(run=runs())
def test_times_of_a_visit_are_in_order(run):
    _, visits = run
    times = np.stack([getattr(visits, f"{name}_min") for name in ("enter", "arrive", "start", "finish", "leave")])
    assert not (np.diff(times, axis=0) < 0.0).any()
    happened = ~np.isnan(times)
    assert not (happened[1:] & ~happened[:-1]).any()


@some
@given(run=runs())
def test_every_box_is_lifted_off_and_on_at_most_once(run):
    _, visits = run
    for ways in (("off", "across"), ("on", "across")):
        boxes = visits.movement[lifts_of(visits, *ways)]
        assert len(np.unique(boxes)) == len(boxes)


@some
@given(run=runs())
def test_no_more_lifts_at_once_than_cranes(run):
    scenario, visits = run
    lifts = lifts_of(visits, "off", "on", "across")
    most = most_at_once(visits.start_min[lifts], visits.finish_min[lifts])
    assert most <= scenario.port.terminals["yard"].cranes


@some
@given(run=runs())
def test_lifts_take_their_minutes_while_cranes_are_open(run):
    scenario, visits = run
    lifts = lifts_of(visits, "off", "on", "across")
    lifts = lifts[~np.isnan(visits.finish_min[lifts])]
    opened = hours_open(scenario, "cranes")
    begin, end = visits.start_min[lifts][:, None], visits.finish_min[lifts][:, None]
    within = np.clip(np.minimum(end, opened[:, 1]) - np.maximum(begin, opened[:, 0]), 0.0, None).sum(axis=1)
    np.testing.assert_allclose(within, visits.work_min[lifts], atol=1e-9)


@some
@given(run=runs())
def test_no_more_boxes_in_store_than_slots(run):
    scenario, visits = run
    slots = scenario.port.terminals["yard"].slots
    until = np.full(len(visits.movements), np.nan)
    on, off = lifts_of(visits, "on"), lifts_of(visits, "off")
    until[visits.movement[on]] = visits.finish_min[on]
    most = most_at_once(visits.start_min[off], until[visits.movement[off]])
    assert slots is None or most <= slots


@some
@given(run=runs())
def test_vehicles_leave_with_the_boxes_that_left_with_them(run):
    scenario, visits = run
    lifted = lifts_of(visits, "on", "across")
    for name in ("other", "last"):
        rows = rows_at(visits, "yard.loading", name)
        gone = rows[~np.isnan(visits.leave_min[rows])]
        took = np.array(
            [(visits.left_with == movement).sum() for movement in visits.movement[gone].tolist()], dtype=int
        )
        np.testing.assert_array_equal(visits.aboard[gone], took)
        assert (took <= scenario.demand.classes[name].takes.units).all()
        if scenario.demand.classes[name].takes.leaves == "full":
            assert (took == scenario.demand.classes[name].takes.units).all()
    by = visits.left_with[visits.movement[lifted]]
    assert (visits.finish_min[lifted][by >= 0] <= last_leave(visits)[by[by >= 0]]).all()
    np.testing.assert_array_equal(visits.leave_min[lifted][by >= 0], last_leave(visits)[by[by >= 0]])
    assert np.isnan(visits.leave_min[lifted][by < 0]).all()


@some
@given(run=runs())
def test_never_more_aboard_than_vehicles_have_room(run):
    """When a lift ends: boxes that are on vehicles and have not left, against the room of those that stand there."""
    scenario, visits = run
    boxes = visits.movements.classes.index("box")
    lifted = lifts_of(visits, "on", "across")
    lifted = lifted[visits.movements.vehicle[visits.movement[lifted]] == boxes]
    stands = np.concatenate([rows_at(visits, "yard.loading", name) for name in ("other", "last")])
    room = find_room(scenario, visits, stands)
    for time in visits.finish_min[lifted][~np.isnan(visits.finish_min[lifted])].tolist():
        here = (visits.start_min[stands] <= time) & ~(visits.leave_min[stands] < time)
        aboard = (visits.finish_min[lifted] <= time) & ~(visits.leave_min[lifted] < time)
        assert aboard.sum() <= room[here].sum()


def find_room(scenario, visits, rows):
    names = [visits.movements.classes[vehicle] for vehicle in visits.movements.vehicle[visits.movement[rows]].tolist()]
    return np.array([scenario.demand.classes[name].takes.units for name in names])


@some
@given(run=runs())
def test_boxes_leave_the_store_in_the_order_in_which_they_came(run):
    _, visits = run
    rows = rows_at(visits, "yard.storage", "box")
    rows = rows[~np.isnan(visits.arrive_min[rows])]
    rows = rows[np.argsort(visits.arrive_min[rows], kind="stable")]
    came, taken = visits.arrive_min[rows], np.nan_to_num(visits.start_min[rows], nan=np.inf)
    for time in np.unique(came).tolist():
        assert taken[came < time].max(initial=0.0) <= taken[came >= time].min(initial=np.inf)


@some
@given(run=runs())
def test_train_is_unloaded_when_the_last_of_its_boxes_is_lifted_off(run):
    _, visits = run
    first_lift = lifts_of(visits, "off", "across")
    parent = visits.movements.parent[visits.movement[first_lift]]
    for name, box in (("train", "box"), ("back", "back_box")):
        if name not in visits.movements.classes:
            continue
        brought = visits.movements.parent[members(visits.movements, box)]
        for row in rows_at(visits, "yard.unloading", name).tolist():
            own = first_lift[parent == visits.movement[row]]
            begun = not np.isnan(visits.start_min[row])
            if not begun:
                assert not (visits.finish_min[own] < np.inf).any()
            elif (brought == visits.movement[row]).sum() == 0:
                assert visits.leave_min[row] == visits.start_min[row]
            elif np.isnan(visits.finish_min[own]).any() or len(own) < (brought == visits.movement[row]).sum():
                assert np.isnan(visits.leave_min[row])
            else:
                assert visits.leave_min[row] == visits.finish_min[own].max()
                assert (visits.arrive_min[own] == visits.start_min[row]).all()


@some
@given(run=runs())
def test_trucks_leave_with_their_own_box(run):
    _, visits = run
    if "truck" not in visits.movements.classes:
        return
    rows = rows_at(visits, "yard.loading", "truck")
    gone = visits.movement[rows[~np.isnan(visits.leave_min[rows])]]
    own = visits.movements.parent[gone]
    np.testing.assert_array_equal(visits.left_with[own], gone)
    others = np.setdiff1d(members(visits.movements, "back_box"), own)
    assert (visits.left_with[others] < 0).all()


@some
@given(run=runs())
def test_cargo_that_came_is_gone_or_there(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    leave = last_leave(visits)
    for name in visits.movements.classes:
        scope = "cargo" if scenario.is_cargo(name) else "carrier"
        arrived, left = (look_up(outcomes, scope, name, each) for each in ("arrived_per_day", "left_per_day"))
        here = np.isnan(leave[members(visits.movements, name)]) & (
            visits.movements.arrival_min[members(visits.movements, name)] < scenario.horizon.end_min
        )
        assert arrived == left + here.sum()
        assert look_up(outcomes, "class", name, "present_at_end") == here.sum()


@some
@given(run=runs())
def test_hours_by_stop_add_up_to_the_stay(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    for name in visits.movements.classes:
        scope = "cargo" if scenario.is_cargo(name) else "carrier"
        rows = outcomes.filter((outcomes["scope"] == "passage") & outcomes["name"].str.starts_with(f"{name}/"))
        if look_up(outcomes, scope, name, "left_per_day") > 0:
            stay = look_up(outcomes, scope, name, "stay_mean")
            assert rows["value"].sum() == pytest.approx(stay, rel=1e-9, abs=1e-9)
            assert (rows["value"] >= 0).all()
        else:
            assert rows.is_empty()


@some
@given(run=runs())
def test_shares_are_shares(run):
    scenario, visits = run
    outcomes = measure_outcomes(scenario, visits)
    shares = outcomes.filter((outcomes["scope"] == "terminal") & (outcomes["unit"] == "share"))
    values = shares["value"].to_numpy()
    measure = np.array(shares["measure"].to_list())
    bounded = measure != "crane_utilisation"  # lifts are counted whole when they begin, also the last
    assert ((values[bounded] >= 0) & (values[bounded] <= 1 + 1e-9)).all()
