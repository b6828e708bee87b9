"""Surge lanes: when they open and close, worked out by hand; what they cost; and bounds that hold for all arrivals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.kernel import ENGINES, run
from sim.luck import Luck
from sim.outcomes import measure_outcomes, read_visits
from sim.port import plan_program
from tests.shipped import load_baseline
from tests.unit.small_port import arrive_at, change, line_of_posts, look_up, measure, post, visit

PERMIT = "port.facilities.permit_export"


def gate(servers=1, minutes=10.0, hours="always", days=1, surge=None, **more):
    """Return a port of one gate whose surge lanes, if there are any, are called at 2 and ready and open as told."""
    surge = surge and {"lanes": 1, "queue": 2, "ready_min": 5.0, "open_min": 30.0} | surge
    return line_of_posts(days=days, gate=post(minutes, servers=servers, hours=hours, surge=surge, **more))


def spans(visits):
    """Return when surge lanes opened and closed; None if not by the end."""
    return [[None if np.isnan(at) else at for at in span] for span in visits.surge_min["gate"].tolist()]


def test_lane_opens_when_as_many_wait_and_it_is_ready_and_closes_when_its_time_is_up():
    """Two wait at 2, so the lane is ready at 7 and takes the one of 1; the gate takes the next at 10."""
    visits = visit(gate(surge={"queue": 2}), 0, 1, 2, 3)
    assert visits.start_min.tolist() == [0, 7, 10, 17]
    assert spans(visits) == [[7, 37]]


def test_who_gets_a_lane_at_once_does_not_count_as_waiting():
    visits = visit(gate(surge={"queue": 1}), 0, 20)
    assert visits.start_min.tolist() == [0, 20]
    assert spans(visits) == []


def test_second_lane_opens_when_twice_as_many_wait():
    """Two wait at 2 and, as one is served then, four at 5."""
    visits = visit(gate(surge={"lanes": 2, "queue": 2, "ready_min": 0.0, "open_min": 100.0}), 0, 1, 2, 3, 4, 5, 6)
    assert visits.start_min.tolist() == [0, 2, 5, 10, 12, 15, 20]
    assert spans(visits) == [[2, 102], [5, 105]]


def test_lane_stays_open_while_as_many_wait_and_closes_when_a_vehicle_is_done():
    """It opens at 2 for 11 minutes, sees three wait at 13, and one at 24; it closes with the next done, at 30."""
    visits = visit(gate(surge={"queue": 2, "ready_min": 0.0, "open_min": 11.0}), *range(7))
    assert visits.start_min.tolist() == [0, 2, 10, 12, 20, 22, 32]
    assert spans(visits) == [[2, 30]]


def test_lane_opens_again_when_as_many_wait_again():
    visits = visit(gate(surge={"queue": 1, "ready_min": 0.0, "open_min": 20.0}), 0, 1, 100, 102)
    assert visits.start_min.tolist() == [0, 1, 100, 102]
    assert spans(visits) == [[1, 21], [102, 122]]


def test_lane_that_is_open_at_the_end_has_not_closed():
    assert spans(visit(gate(surge={"queue": 1, "open_min": 1000.0}), 1000, 1001)) == [[1006, None]]


def test_queue_before_opening_time_has_its_lane_at_opening_and_it_works_open_time_only():
    """Open 08:00 to 10:00: three come at 07:00; the lane is ready at 07:05 and works for 90 open minutes."""
    scenario = gate(hours="day", surge={"open_min": 90.0})
    visits = visit(scenario, 420, 420, 420)
    assert visits.start_min.tolist() == [480, 480, 490]
    assert spans(visits) == [[425, 570]]
    outcomes = measure_outcomes(scenario, visits)
    assert look_up(outcomes, "station", "gate", "surge_h") == 1.5
    assert look_up(outcomes, "station", "gate", "surge_openings") == 1
    assert look_up(outcomes, "station", "gate", "lane_hours") == 3.5
    assert look_up(outcomes, "station", "gate", "utilisation") == pytest.approx(30 / 210)


def test_staff_of_a_lane_counts_only_while_it_is_open():
    scenario = gate(hours="day", staff_per_server=3, surge={"open_min": 60.0})
    assert look_up(measure(scenario, 500), "port", "port", "staff_hours") == 6
    assert look_up(measure(scenario, 420, 420, 420), "port", "port", "staff_hours") == 9


def test_lane_rests_while_closed_and_goes_on_the_next_day():
    """Two wait at 09:40, the lane opens at 09:45 and works 15 minutes today and 45 tomorrow."""
    scenario = gate(minutes=30.0, hours="day", days=2, surge={"open_min": 60.0})
    assert spans(visit(scenario, 575, 578, 580)) == [[585, 1440 + 525]]


def test_supervisors_are_no_vehicles():
    scenario = gate(surge={"lanes": 3, "queue": 1})
    outcomes = measure(scenario, 0, 1, 2)
    assert [look_up(outcomes, "port", "port", name) for name in ("arrived", "finished", "not_admitted")] == [3, 3, 0]
    assert look_up(outcomes, "station", "gate", "visits_per_day") == 3


def test_lane_leaves_the_station_before_blocked_no_longer_than_its_own_vehicles():
    """Places of the post behind are full: the vehicle at the surge lane keeps it until it is let in."""
    scenario = line_of_posts(
        gate=post(1.0, surge={"lanes": 1, "queue": 1, "ready_min": 0.0, "open_min": 5.0}), bay=post(30.0, places=1)
    )
    visits = visit(scenario, 0, 0.5, 0.75)
    assert visits.leave_min.reshape(3, 2)[:, 0].tolist() == [1, 31, 61]
    assert spans(visits)[0] == [0.5, 31]


def test_lanes_of_several_posts_have_their_own_queues():
    """The bay's lane is done at 21 and closes with the first vehicle that leaves the bay, at 30."""
    surge = {"lanes": 1, "queue": 1, "ready_min": 0.0, "open_min": 10.0}
    visits = visit(line_of_posts(gate=post(10.0, surge=surge), bay=post(20.0, surge=surge)), 0, 1)
    assert visits.start_min.reshape(2, 2).tolist() == [[0, 10], [1, 11]]
    assert {key: each.tolist() for key, each in visits.surge_min.items()} == {"gate": [[1, 11]], "bay": [[11, 30]]}


ARRIVALS = st.lists(st.integers(0, 700).map(lambda tenth: tenth / 7.0), min_size=1, max_size=25)
SURGES = st.fixed_dictionaries(
    {
        "lanes": st.integers(1, 3),
        "queue": st.integers(1, 4),
        "ready_min": st.sampled_from([0.0, 7.0]),
        "open_min": st.sampled_from([1.0, 13.0, 200.0]),
    }
)
RANDOM = {"kind": "exponential", "mean_min": 9.0}


def start_on_each_engine(scenario, minutes):
    """Return the starts of vehicles, which every engine agrees on to the last bit."""
    movements = arrive_at(scenario, {"truck": minutes})
    plan = plan_program(scenario, movements, Luck(1, 0))
    first, *others = (read_visits(plan, movements, run(plan.program, engine)) for engine in ENGINES)
    for other in others:
        np.testing.assert_array_equal(first.start_min, other.start_min)
        np.testing.assert_array_equal(first.surge_min["gate"], other.surge_min["gate"])
    return first


@settings(max_examples=30)
@given(minutes=ARRIVALS, surge=SURGES, servers=st.integers(1, 2))
def test_every_vehicle_starts_between_its_times_without_surge_lanes_and_with_all_of_them_for_good(
    minutes, surge, servers
):
    """First come, first served: a lane more at any time delays nobody, pathwise (Kiefer and Wolfowitz 1955)."""
    scenario = gate(servers, service=RANDOM, surge=surge)
    visits = start_on_each_engine(scenario, minutes)
    few, many = (visit(gate(lanes, service=RANDOM), *minutes) for lanes in (servers, servers + surge["lanes"]))
    assert (many.start_min <= visits.start_min).all()
    assert (visits.start_min <= few.start_min).all()
    opened = visits.surge_min["gate"]
    assert (opened[:, 1] - opened[:, 0] >= surge["open_min"] - 1e-9).all()


@settings(max_examples=15)
@given(minutes=ARRIVALS, servers=st.integers(1, 2))
def test_lane_that_nobody_calls_changes_nothing(minutes, servers):
    surge = {"queue": len(minutes) + 1}
    with_lane, without = (
        visit(gate(servers, service=RANDOM, surge=surge), *minutes),
        visit(gate(servers, service=RANDOM), *minutes),
    )
    assert with_lane.start_min.tolist() == without.start_min.tolist()
    assert spans(with_lane) == []


@settings(max_examples=15)
@given(minutes=ARRIVALS)
def test_lane_that_opens_at_the_first_wait_and_stays_is_one_more_server(minutes):
    surge = {"queue": 1, "ready_min": 0.0, "open_min": 1440.0}
    with_lane, two = visit(gate(1, service=RANDOM, surge=surge), *minutes), visit(gate(2, service=RANDOM), *minutes)
    assert with_lane.start_min.tolist() == two.start_min.tolist()


def test_supervisor_leaves_trains_their_boxes_and_their_signals():
    """Nobody calls the lane, so all visits to a port whose movements signal each other are what they were."""
    port = load_baseline("horgos_multimodal")
    surge = {"lanes": 1, "queue": 10_000, "ready_min": 0.0, "open_min": 600.0}
    before, after = (sim.simulate(each).visits for each in (port, change(port, **{f"{PERMIT}.surge": surge})))
    assert after.surge_min["permit_export"].tolist() == []
    for column in ("movement", "station", "arrive_min", "start_min", "leave_min"):
        np.testing.assert_array_equal(getattr(before, column), getattr(after, column))
    np.testing.assert_array_equal(before.fate, after.fate)


ODD = [
    ({"quota_per_day": 10}, "surge is 'quota_per_day', cannot open more lanes"),
    ({"paths_per_day": 10}, "surge is 'paths_per_day', cannot open more lanes"),
    ({"servers": 4, "servers_per_vehicle": 2}, "surge is 'servers_per_vehicle', cannot open more lanes"),
    ({"places": 1}, r"surge.lanes is 1, must be at most its places \(1\) less its servers \(1\)"),
    ({"places": 3, "surge": {"queue": 4}}, "surge.queue is 4, for 1 lanes 4 must wait, but it has 3 places"),
    ({"surge": {"lanes": 0}}, "greater than 0"),
    ({"surge": {"open_min": 0.5}}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("more", "message"), ODD)
def test_surge_that_could_not_be_told_is_refused(more, message):
    with pytest.raises(ValueError, match=message):
        gate(**({"surge": {"lanes": 1}} | more))


def test_surge_lanes_are_a_change_of_one_key():
    scenario = gate()
    changed = change(
        scenario, **{"port.facilities.gate.surge": {"lanes": 1, "queue": 1, "ready_min": 0, "open_min": 9}}
    )
    assert changed.port.facilities["gate"].surge.lanes == 1
