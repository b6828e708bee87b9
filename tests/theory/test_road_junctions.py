"""Where roads meet: Daganzo 1995, "The cell transmission model, part II: network traffic".

Diverge: vehicles leave a road in the order in which they came. If a branch takes no more than s vehicles and a
share p of all goes there, no more than s / p pass, and the other branch gets (1 - p) s / p.
Merge: when the road that they go on takes no more than s, the road of higher priority sends what it has, up to s,
and the other the rest; roads of equal priority send s / 2 each, and what one does not need goes to the other.
All roads carry 32 passenger cars a minute and hold 160 a kilometre; u = 1 km/min, w = 1/4 km/min.
"""

import numpy as np
import pytest

from tests.unit.road_port import at_once, drive, every, passed, road, road_port, times
from tests.unit.tiny import tiny_facility


def fork(left_km=0.5, left_vph=None, gate=None):
    """Return a road that forks; the left branch has a bottleneck or a gate at its end."""
    links = {
        "stem": road("a", "j", 2.0),
        "left": road("j", "x", left_km, exit_capacity_vph=left_vph),
        "right": road("j", "y", 0.5),
    }
    routes = {"left": ["stem", "left", *(["gate"] if gate else [])], "right": ["stem", "right"]}
    return road_port(links, routes, {"gate": gate} if gate else {})


def test_blocked_branch_blocks_those_who_go_elsewhere(engine):
    """The gate takes one for good, 80 more stand on 0.5 km: the 82nd at the junction holds up everyone behind."""
    port = fork(gate=tiny_facility(minutes=1440.0, places=1))
    visits = drive(port, engine, left=every(0.25, 200), right=every(0.25, 200, 0.125))
    assert (~np.isnan(times(visits, "left", "enter"))).sum() == 81
    assert (~np.isnan(times(visits, "right", "leave"))).sum() == 81


@pytest.mark.parametrize(("others", "free_flow"), [(1, 4.0), (2, 8.0), (4, 16.0)])
def test_slow_branch_lets_the_free_one_have_what_first_in_first_out_implies(engine, others, free_flow):
    """The left branch takes 4 a minute; `others` go right for each that goes left, and 25 a minute come.

    The least that goes left is 5 a minute: the 100 m are full after 0.1 x (160 - 4 x 4 - 5) / (5 - 4) = 14 minutes.
    """
    together = (1 + others) / 25.0
    right = np.sort(np.concatenate([every(together, 500, (i + 1) / 25.0) for i in range(others)]))
    visits = drive(fork(0.1, left_vph=240.0), engine, left=every(together, 500), right=right.tolist())
    assert passed(times(visits, "left", "enter"), 40.0, 90.0) == pytest.approx(50 * 4.0, abs=2)
    assert passed(times(visits, "right", "enter"), 40.0, 90.0) == pytest.approx(50 * free_flow, abs=2 * others)


def test_free_branch_loses_nothing_while_the_other_keeps_up(engine):
    visits = drive(fork(left_vph=600.0), engine, left=every(0.125, 400), right=every(0.125, 400, 0.0625))
    np.testing.assert_array_equal(times(visits, "right", "leave"), np.array(every(0.125, 400, 0.0625)) + 2.5)


def merge(ranks=(10, 10), out_vph=None, **on):
    """Return two roads that merge into one, of which the exit is a bottleneck or is none."""
    links = {
        "main": road("a", "j", rank=ranks[0]),
        "side": road("b", "j", rank=ranks[1]),
        "on": road("j", "z", 1.0, exit_capacity_vph=out_vph, **on),
    }
    return road_port(links, {"main": ["main", "on"], "side": ["side", "on"]})


def merged(port, engine, main, side, between=(30.0, 60.0)):
    """Return how many a minute of each road go on."""
    visits = drive(port, engine, main=main, side=side)
    minutes = between[1] - between[0]
    return [passed(times(visits, "on", "enter", kind), *between) / minutes for kind in ("main", "side")]


SHARES = [
    ((1, 20), 24.0, 24.0, (16.0, 0.0)),
    ((20, 1), 24.0, 24.0, (0.0, 16.0)),
    ((1, 20), 10.0, 24.0, (10.0, 6.0)),
    ((20, 1), 24.0, 10.0, (6.0, 10.0)),
    ((10, 10), 24.0, 24.0, (8.0, 8.0)),
    ((10, 10), 4.0, 24.0, (4.0, 12.0)),
    ((10, 10), 24.0, 4.0, (12.0, 4.0)),
]


@pytest.mark.parametrize(("ranks", "main", "side", "flows"), SHARES)
def test_merge_into_a_queue_is_shared_by_rank_and_by_turns_at_equal_rank(engine, ranks, main, side, flows):
    """The road they go on lets out 16 a minute, and its queue is at the junction well before minute 30."""
    found = merged(merge(ranks, out_vph=960.0), engine, every(1 / main, 1600), every(1 / side, 1600, 0.003))
    assert found == pytest.approx(flows, abs=2 / 30)


@pytest.mark.parametrize("ranks", [(1, 20), (20, 1)])
def test_rank_counts_before_a_full_road_though_lights_let_out_less_than_the_next_carries(engine, ranks):
    """The next road lets out 4 a minute; each approach would let out 16, but one has none of the green left."""
    links = {
        "main": road("a", "j", rank=ranks[0], exit_capacity_vph=960.0),
        "side": road("b", "j", rank=ranks[1], exit_capacity_vph=960.0),
        "on": road("j", "z", 0.25, exit_capacity_vph=240.0),
    }
    port = road_port(links, {"main": ["main", "on"], "side": ["side", "on"]})
    found = merged(port, engine, at_once(400), at_once(400))
    assert found == pytest.approx((4.0, 0.0) if ranks[0] < ranks[1] else (0.0, 4.0), abs=2 / 30)


@pytest.mark.parametrize(("main", "flows"), [(20.0, (16.0, 16.0)), (5.0, (5.0, 27.0))])
def test_merge_of_equal_roads_carries_the_capacity_of_the_next_in_turns(engine, main, flows):
    found = merged(merge(), engine, every(1 / main, 1300), at_once(2000))
    assert found == pytest.approx(flows, abs=2 / 30)


@pytest.mark.parametrize(("main", "flows"), [(20.0, (20.0, 12.0)), (30.0, (30.0, 2.0))])
def test_merge_onto_a_road_of_one_capacity_gives_the_road_of_higher_rank_what_it_brings(engine, main, flows):
    found = merged(merge((1, 20)), engine, every(1 / main, 2000), at_once(2000))
    assert found == pytest.approx(flows, abs=2 / 30)


def test_saturated_road_of_higher_rank_leaves_a_side_road_next_to_nothing(engine):
    """Side traffic slips in where both fall due at one instant: less than 1 % of the capacity."""
    main, side = merged(merge((1, 20)), engine, at_once(2000), at_once(2000))
    assert main + side == pytest.approx(32.0, abs=2 / 30)
    assert side < 0.01 * 32.0


def test_equal_roads_take_turns_one_by_one(engine):
    visits = drive(merge(out_vph=960.0), engine, main=at_once(600), side=at_once(600, 0.01))
    order = np.argsort(times(visits, "on", "enter"))
    vehicle = visits.movements.vehicle[order][200:400]
    assert (vehicle[1:] != vehicle[:-1]).all()


def test_road_of_two_lanes_goes_on_as_one_without_losing_a_vehicle_or_an_order(engine):
    port = road_port({"wide": road("a", "b", lanes=2), "narrow": road("b", "c")}, {"car": ["wide", "narrow"]})
    visits = drive(port, engine, car=at_once(800))
    assert passed(times(visits, "narrow", "leave"), 5.0, 20.0) == pytest.approx(15 * 32, abs=2)
    assert (np.diff(times(visits, "narrow", "leave")) > 0).all()


def test_lanes_of_a_gate_take_turns_with_a_road_of_rank_10(engine):
    """Two lanes of a gate and a road meet a queue that lets 16 a minute go on: a third for each."""
    links = {"main": road("a", "j"), "on": road("j", "z", exit_capacity_vph=960.0)}
    port = road_port(links, {"main": ["main", "on"], "out": ["gate", "on"]}, {"gate": tiny_facility(2, 0.01, at="j")})
    visits = drive(port, engine, main=at_once(900), out=at_once(900))
    flows = [passed(times(visits, "on", "enter", kind), 20.0, 50.0) / 30 for kind in ("main", "out")]
    assert sum(flows) == pytest.approx(16, abs=2 / 30)
    assert flows == pytest.approx([16 / 3, 32 / 3], abs=2 / 30)


CITY, TRUCKS = every(0.25, 400, 0.125), every(0.25, 400)
"""Four of each a minute, which never meet on the way."""


def border_town(places):
    """Return a town road that trucks (2.5 cars each) leave for a yard, of which 2 a minute leave for good.

    4 trucks a minute come to the yard from minute 3 on: 40 places are full at minute 23. Then 2.5 x 4 cars a
    minute meet a queue that moves at 2.5 x 2, of density 160 - 5 / (1/4) = 140 against 10: its back passes the
    1 km of the approach in 130 / 5 = 26 minutes, and is at the junction at minute 49.
    """
    links = {"west": road("a", "j", 2.0), "approach": road("j", "p", 1.0), "east": road("j", "z", 1.0)}
    routes = {"truck": ["west", "approach", "yard"], "city": ["west", "east"]}
    yard = tiny_facility(minutes=0.5, places=places, at="p")
    local = {"direction": "local", "through": routes["city"]}
    return road_port(links, routes, {"yard": yard}, pce={"truck": 2.5}, **{"port.routes.city": local})


def test_city_traffic_is_not_delayed_while_the_yard_has_room(engine):
    visits = drive(border_town(1000), engine, truck=TRUCKS, city=CITY)
    np.testing.assert_array_equal(times(visits, "east", "leave"), np.array(CITY) + 3.0)


def test_full_yard_spills_through_the_approach_to_the_junction_when_the_shock_does(engine):
    visits = drive(border_town(40), engine, truck=TRUCKS, city=CITY)
    at_yard, at_junction = (
        arrive[held].min()
        for stop, far in (("approach", 1.0), ("west", 2.0))
        for arrive in [times(visits, stop, "arrive")]
        for held in [times(visits, stop, "leave") - times(visits, stop, "enter") > far + 0.1]
    )
    assert at_yard == pytest.approx(23, abs=2 / 2)
    assert at_junction == pytest.approx(49, abs=2 / 2)


def test_city_traffic_behind_trucks_for_a_full_yard_flows_as_slowly_as_they_do(engine):
    """As many city cars as trucks: 2 a minute of either pass the junction, though their own road is empty."""
    visits = drive(border_town(40), engine, truck=TRUCKS, city=CITY)
    delay = times(visits, "east", "leave") - np.array(CITY) - 3.0
    assert delay[times(visits, "west", "leave", "city") < 45.0].max() == 0.0
    for road_there, kind in (("east", "city"), ("approach", "truck")):
        assert passed(times(visits, road_there, "enter", kind), 55.0, 95.0) == pytest.approx(80, abs=2)
