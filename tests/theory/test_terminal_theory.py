"""Terminals as queues of the books, through the whole flow from a scenario to its visits.

Trains that bring N boxes each to one crane (M^[N]/G/1: Chaudhry and Templeton 1983, "A First Course in Bulk Queues";
    Gross and Harris 1998, section 3.1). A train is one customer of M/G/1 whose service is that of its N boxes; its
    first box waits as Pollaczek and Khinchine say, and a box taken at random has (N - 1) / 2 others ahead of it.
A train that leaves full with K boxes, which come one by one at rate a, trains always ready: the i-th of K waits for
    K - i others, (K - i) / a; on average (K - 1) / (2 a), exactly, for the boxes of each train.
A train an hour with four places, boxes at rate 3 an hour: the bulk-service queue of Bailey 1954, as in
    `test_timetable.py`, from which the stationary law is taken; the mean wait follows by Little 1961.
Crane and shuttles, worked by hand: the first box is off at a lift, and so on; box i sets out when it is off and a
    shuttle is back, x_i = max(off_i, y_(i-v) + h + b), and is lifted there at y_i = max(x_i + o, y_(i-1) + h).

Programs run on the compiled engine where many boxes are needed; that both engines tell the same bit by bit is
shown in `tests/properties/test_terminals.py`.
"""

import numpy as np
import pytest

from sim.outcomes import measure_outcomes
from tests.theory.queueing import assert_mean_is, pollaczek_khinchine_wait
from tests.theory.test_timetable import MOST, PLACES, RATE, count_left_behind
from tests.unit.rail_port import NEVER_LATE, cargo, facility, minutes, rail_scenario, rows_at, simulate, train
from tests.unit.small_port import look_up
from tests.unit.tiny import ALL_DAY

YARD = "port.terminals.yard"
FLAT = {"flat": {"timezone": "Asia/Shanghai", "by_hour": ALL_DAY}}
AT_ONCE = {"kind": "constant", "mean_min": 0.0}
DAY_MIN = 1440.0


def by_poisson(route, per_day, **more):
    return {"label": route, "label_zh": "车", "route": route, "profile": "flat", "per_day": per_day, **more}


# Batches of boxes at one crane

BOXES, LIFT, LOAD = 4, 3.0, 0.5
TRAINS_PER_MIN = LOAD / (BOXES * LIFT)


def crane_port(kind):
    """Return Poisson trains of four boxes that end in store, at half the crane's rate."""
    return rail_scenario(
        **{
            f"{YARD}.lift": {"kind": kind, "mean_min": LIFT},
            f"{YARD}.unloading_tracks": 5000,
            f"{YARD}.slots": None,
            "port.facilities": {"checks": facility()},
            "port.routes": {
                "train": {"direction": "export", "through": ["yard.unloading"]},
                "box": {"direction": "export", "through": ["yard.lift_off"]},
            },
            "demand.profiles": FLAT,
            "demand.classes": {
                "train": by_poisson("train", TRAINS_PER_MIN * DAY_MIN),
                "box": cargo(comes_with={"carrier": "train", "each": BOXES}),
            },
            "horizon.warmup_days": 2,
            "horizon.days": 40,
        }
    )


@pytest.mark.parametrize(("kind", "second_moment"), [("constant", LIFT**2), ("exponential", 2 * LIFT**2)])
def test_mean_wait_for_the_crane_is_that_of_the_bulk_arrival_queue(kind, second_moment):
    scenario = crane_port(kind)
    square = BOXES * second_moment + BOXES * (BOXES - 1) * LIFT**2
    first = pollaczek_khinchine_wait(TRAINS_PER_MIN, BOXES * LIFT, square)
    all_waits, first_waits, uses = [], [], []
    for replication in range(24):
        movements, visits = simulate(scenario, replication=replication)
        lifts = rows_at(visits, "yard.lift_off")
        lifts = lifts[movements.arrival_min[visits.movement[lifts]] >= scenario.horizon.warmup_min]
        waits = visits.start_min[lifts] - visits.arrive_min[lifts]
        of_first = movements.index[visits.movement[lifts]] % BOXES == 0
        all_waits.append(np.nanmean(waits))
        first_waits.append(np.nanmean(waits[of_first]))
        uses.append(look_up(measure_outcomes(scenario, visits), "terminal", "yard", "crane_utilisation"))
    assert_mean_is(first_waits, first, power=0.1)
    assert_mean_is(all_waits, first + (BOXES - 1) / 2 * LIFT, power=0.1)
    assert_mean_is(uses, LOAD)


# Trains that leave full

ROOM, PER_DAY, TRAINS = 10, 240.0, 200


def full_trains():
    """Return vans that come by Poisson with a box each, for trains of which the next always stands ready."""
    return rail_scenario(
        **{
            f"{YARD}.lift": AT_ONCE,
            f"{YARD}.unloading_tracks": 99,
            "port.facilities": {"checks": facility()},
            "port.routes.train.through": ["yard.unloading"],
            "demand.profiles": FLAT,
            "demand.classes.train": by_poisson("train", PER_DAY),
            "demand.classes.box": cargo(comes_with={"carrier": "train"}),
            "demand.classes.other": train("other", takes={"cargo": "box", "units": ROOM})
            | {"timetable": {"paths_per_day": 48, "lateness": NEVER_LATE}, "per_day": 48},
            "horizon.days": 12,
        }
    )


def test_mean_wait_until_a_train_is_full_is_half_the_time_in_which_it_fills():
    """Exact for each train, from the box after the one that filled the last: there is no start-up bias."""
    waits, across = [], []
    for replication in range(20):
        movements, visits = simulate(full_trains(), replication=replication)
        boxes = np.flatnonzero(movements.vehicle == movements.classes.index("box"))[: ROOM * TRAINS]
        leave = np.full(len(movements), np.nan)
        leave[visits.movement] = visits.leave_min
        waits.append((leave - movements.arrival_min)[boxes].mean())
        across.append(
            len(rows_at(visits, "yard.across")) == (movements.vehicle == movements.classes.index("box")).sum()
        )
    assert_mean_is(waits, (ROOM - 1) / 2 * DAY_MIN / PER_DAY)
    assert all(across)


def test_train_that_fills_takes_boxes_in_the_order_in_which_they_came():
    movements, visits = simulate(full_trains())
    boxes = np.flatnonzero(movements.vehicle == movements.classes.index("box"))
    left = visits.left_with[boxes]
    number = np.cumsum(np.diff(left, prepend=left[0]) != 0)[left >= 0]
    assert number.tolist() == (np.arange(len(number)) // ROOM).tolist()
    assert len(number) > ROOM * TRAINS


# Trains by timetable with places for four


def timetable_port(takes):
    """Return vans that come by Poisson, three an hour with a box each, and a train an hour that takes four."""
    return rail_scenario(
        **{
            f"{YARD}.lift": AT_ONCE,
            f"{YARD}.unloading_tracks": 99,
            f"{YARD}.slots": None,
            "port.facilities": {"checks": facility()},
            "port.routes.train.through": ["yard.unloading"],
            "demand.profiles": FLAT,
            "demand.classes.train": by_poisson("train", 24 * RATE),
            "demand.classes.box": cargo(comes_with={"carrier": "train"}),
            "demand.classes.other": train("other", takes={"cargo": "box", "units": PLACES, **takes})
            | {"timetable": {"paths_per_day": 24, "lateness": NEVER_LATE}, "per_day": 24},
            "horizon.warmup_days": 5,
            "horizon.days": 40,
        }
    )


@pytest.mark.parametrize("takes", [{"leaves": "limit", "wait_min": 0.0}, {"leaves": "timetable", "wait_min": 0.0}])
def test_boxes_left_behind_and_their_wait_follow_the_bulk_service_queue(takes):
    scenario = timetable_port(takes)
    behind = float(count_left_behind() @ np.arange(MOST - PLACES))
    found: dict[str, list[float]] = {"left_behind_mean": [], "dwell_mean": [], "waits_for_vehicle_mean": []}
    fills = []
    for replication in range(24):
        outcomes = measure_outcomes(scenario, simulate(scenario, replication=replication)[1])
        for measure, values in found.items():
            values.append(look_up(outcomes, "cargo", "box", measure))
        fills.append(look_up(outcomes, "carrier", "other", "fill"))
    assert_mean_is(found["left_behind_mean"], behind, power=0.15)
    assert_mean_is(found["dwell_mean"], behind / RATE + 0.5, power=0.1)
    assert_mean_is(found["waits_for_vehicle_mean"], behind + RATE / 2, power=0.1)
    assert_mean_is(fills, RATE / PLACES)


# A crane and shuttles


@pytest.mark.parametrize("shuttles", [1, 2, 5])
@pytest.mark.parametrize("far_lift", [1.5, 4.0])
def test_shuttles_carry_boxes_from_the_crane_as_worked_by_hand(engine, shuttles, far_lift):
    """A lift of 3 minutes, 4 to drive there and 2.5 back; a far crane that takes 1.5 or 4 minutes."""
    boxes, out, back = 30, 4.0, 2.5
    visits = simulate(
        rail_scenario(
            **{
                f"{YARD}.slots": None,
                "port.facilities": {
                    "shuttle": facility(shuttles, out, kept_until="far_crane", back_after_min=back),
                    "far_crane": facility(1, far_lift),
                },
                "port.routes": {
                    "train": {"direction": "export", "through": ["yard.unloading"]},
                    "box": {"direction": "export", "through": ["yard.lift_off", "shuttle", "far_crane"]},
                },
                "demand.classes": {
                    "train": train("train", "00:00"),
                    "box": cargo(comes_with={"carrier": "train", "each": boxes}),
                },
            }
        ),
        engine,
    )[1]
    sets_out: list[float] = []
    lifted: list[float] = []
    for i in range(boxes):
        shuttle_free = lifted[i - shuttles] + far_lift + back if i >= shuttles else 0.0
        sets_out.append(max(3.0 * (i + 1), shuttle_free))
        lifted.append(max(sets_out[i] + out, lifted[i - 1] + far_lift if i else 0.0))
    assert minutes(visits, "shuttle", "start") == sets_out
    assert minutes(visits, "far_crane", "start") == lifted
    assert minutes(visits, "yard.unloading", "leave") == [3.0 * boxes]
