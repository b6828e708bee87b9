"""Choice of a route: drivers take the one with the least expected time, worked out by hand at two posts."""

import numpy as np
import polars as pl
import pytest

from sim.demand import sample_movements
from sim.kernel import Op, run
from sim.luck import Luck
from sim.outcomes import measure_outcomes, read_visits
from sim.port import plan_program
from sim.port.selection import draw_selections
from sim.port.visits import plan_visits
from tests.unit.road_port import CAR, at_once, drive, every, road, road_port, times
from tests.unit.small_port import change, look_up
from tests.unit.tiny import tiny_facility

LUCK = Luck(1, 0)


def choice(hours=("always", "always"), **more):
    return {"options": {name: {"hours": each} for name, each in zip(("one", "two"), hours, strict=True)}} | more


def two_ways(one, two, facilities, links=None, rule=None, **changes):
    """Return a port whose cars choose between two ways; `rule` has what is known of them."""
    routes = {name: {"direction": "export", "through": list(way)} for name, way in (("one", one), ("two", two))}
    plain = {
        "port.routes": routes,
        "port.route_choices": {"either": rule or choice()},
        "demand.classes": {"car": CAR | {"route": "either"}},
    }
    return road_port(links or {"unused": road("a", "b")}, {}, facilities, **(plain | changes))


def two_gates(first_min, second_min, servers=(1, 1), rule=None, **changes):
    gates = {"a": tiny_facility(servers[0], first_min), "b": tiny_facility(servers[1], second_min)}
    return two_ways(["a"], ["b"], gates, rule=rule, **changes)


def ways_taken(visits, stops=("a", "b")):
    """Return for each vehicle the first of these stops that it visits."""
    taken = {}
    keys = [each.key for each in visits.stations]
    for movement, station in zip(visits.movement.tolist(), visits.station.tolist(), strict=True):
        if keys[station] in stops:
            taken.setdefault(movement, keys[station])
    return "".join(taken[movement] for movement in sorted(taken))


def test_driver_takes_the_way_with_the_least_expected_time(engine):
    """Known are those who wait, not those in service: 10 | 10 | 20 > 15 | 20 > 15 | 20 < 30 | 30 = 30."""
    visits = drive(two_gates(10.0, 15.0), engine, car=at_once(6))
    assert ways_taken(visits) == "aabbaa"


def test_driver_takes_the_first_of_ways_that_take_equally_long(engine):
    assert ways_taken(drive(two_gates(10.0, 10.0), engine, car=every(100.0, 5))) == "aaaaa"


def test_servers_share_the_queue_that_a_driver_expects_to_wait_for(engine):
    """Two of three servers' 30 minutes pass in one: after three in service 30 | 40 | 50 > 45."""
    visits = drive(two_gates(30.0, 45.0, servers=(3, 1)), engine, car=at_once(6))
    assert ways_taken(visits) == "aaaaab"


def test_drivers_know_queues_only_as_they_stood_a_while_ago(engine):
    """6 minutes ago nobody waited until minute 6; from then on two are known to wait at the first gate: 30 > 15."""
    late = choice(information_delay_min=6.0)
    arrivals = [0.0, 0.0, 0.0, 5.0, 5.9, 6.0, 6.5]
    assert ways_taken(drive(two_gates(10.0, 15.0, rule=late), engine, car=arrivals)) == "aaaaabb"
    assert ways_taken(drive(two_gates(10.0, 15.0), engine, car=arrivals)) == "aabbaab"


def test_way_that_is_closed_is_expected_to_take_until_it_opens(engine):
    """`day` opens at 07:00: 60 minutes later than 06:00, when 50 minutes of the other way are still better."""
    closed = choice(hours=("day", "always"))
    port = two_gates(5.0, 50.0, servers=(1, 9), rule=closed, **{"port.hours.day.open": "Mo-Su 07:00-19:00"})
    assert ways_taken(drive(port, engine, car=[360.0, 380.0])) == "ba"


def test_driving_counts_at_free_flow_speed(engine):
    """3 km and a gate of a minute against 1 km and a gate of four."""
    links = {"long": road("n", "x", 3.0), "short": road("n", "y", 1.0)}
    gates = {"a": tiny_facility(1, 1.0), "b": tiny_facility(1, 4.0)}
    port = two_ways(["long", "a"], ["short", "b"], gates, links)
    assert ways_taken(drive(port, engine, car=every(50.0, 3))) == "aaa"
    slower = change(port, **{"port.links.long.free_flow_kmh": 40.0})
    assert ways_taken(drive(slower, engine, car=every(50.0, 3))) == "bbb"


@pytest.mark.parametrize(("cars", "way"), [(4, "short"), (5, "long")])
def test_queue_at_the_end_of_a_road_counts_with_its_headway(engine, cars, way):
    """The short road lets out one a minute: behind three who wait it takes 1 + 3 minutes, as the long one does."""
    links = {"short": road("n", "x", 1.0, exit_capacity_vph=60.0), "long": road("n", "x", 4.0)}
    visits = drive(two_ways(["short"], ["long"], {}, links), engine, car=[*every(0.05, cars), 1.9])
    assert ways_taken(visits, ("short", "long")) == "short" * cars + way


def test_shortest_queue_counts_vehicles_and_not_minutes(engine):
    """The first gate takes an hour and the second a minute: cars join whichever fewer wait at, the first if equal."""
    port = two_gates(60.0, 1.0, rule=choice(rule="shortest_queue"))
    assert ways_taken(drive(port, engine, car=at_once(6))) == "aabbab"


def test_vehicles_have_visits_on_the_way_that_they_took_alone(engine):
    gates = {name: tiny_facility(1, 10.0) for name in "abcd"}
    port = two_ways(["a", "c", "d"], ["b", "d"], gates)
    visits = drive(port, engine, car=at_once(5))
    keys = [each.key for each in visits.stations]
    ways = {}
    for movement, station in zip(visits.movement.tolist(), visits.station.tolist(), strict=True):
        ways.setdefault(movement, []).append(keys[station])
    assert len(ways) == 5
    assert {"".join(way) for way in ways.values()} == {"acd", "bd"}
    assert not np.isnan(visits.leave_min).any()


def test_vehicle_enters_the_way_that_it_takes_when_it_comes(engine):
    visits = drive(two_gates(10.0, 15.0), engine, car=[3.0, 3.0, 3.0])
    assert times(visits, "a", "enter").tolist() == [3.0, 3.0]
    assert times(visits, "b", "enter").tolist() == [3.0]
    assert times(visits, "b", "leave").tolist() == [18.0]


def test_vehicle_that_has_not_come_by_the_end_has_one_row_for_each_stop_of_its_first_way(engine):
    visits = drive(two_gates(10.0, 15.0), engine, car=[0.0, 2000.0])
    assert ways_taken(visits) == "aa"
    assert np.isnan(visits.leave_min).tolist() == [False, True]


def selecting(rates, **changes):
    """Return a port whose ways have a scanner each, for some, before a common gate of random minutes."""
    posts = {
        "x": tiny_facility(1, 3.0, selected_by="machine"),
        "y": tiny_facility(1, 3.0, selected_by="dog"),
        "a": tiny_facility(1, 8.0),
        "b": tiny_facility(1, 9.0),
        "c": tiny_facility(4, service={"kind": "exponential", "mean_min": 5.0}),
    }
    picks = {name: {"agency": "customs", "rate": rate} for name, rate in zip(("machine", "dog"), rates, strict=True)}
    return two_ways(["x", "a", "c"], ["b", "y", "c"], posts, **{"port.selections": picks}, **changes)


@pytest.mark.parametrize("rates", [(0.0, 0.0), (0.5, 0.3), (1.0, 1.0), (0.0, 1.0)])
def test_vehicles_that_choose_are_inspected_on_their_way_if_they_are_selected(engine, rates):
    port = selecting(rates, **{"demand.classes.car.per_day": 250})
    movements = sample_movements(port, LUCK)
    plan = plan_program(port, movements, LUCK)
    visits = read_visits(plan, movements, run(plan.program, engine))
    keys, picked = [each.key for each in visits.stations], draw_selections(port, movements, LUCK)
    found = ["" for _ in range(len(movements))]
    for movement, station in zip(visits.movement.tolist(), visits.station.tolist(), strict=True):
        found[movement] += keys[station]
    for movement, way in enumerate(found):
        machine, dog = bool(picked["machine"][0, movement]), bool(picked["dog"][1, movement])
        assert way in {"x" * machine + "ac", "b" + "y" * dog + "c"}
    assert {way.strip("xy")[0] for way in found} == {"a", "b"}


@pytest.mark.parametrize("rates", [(0.0, 0.0), (0.5, 0.3), (1.0, 1.0)])
def test_program_of_a_choice_skips_to_each_way_and_past_the_other(rates):
    """After CHOOSE come two SKIPs; following either to the end runs over one way's steps, each to the last step."""
    port = selecting(rates, **{"demand.classes.car.per_day": 30})
    movements = sample_movements(port, LUCK)
    program = plan_program(port, movements, LUCK).program
    picked = draw_selections(port, movements, LUCK)
    for movement in range(len(movements)):
        first, last = program.first_step[movement], program.first_step[movement + 1]
        assert program.op[first] == Op.CHOOSE
        for option, pick in enumerate(("machine", "dog")):
            step, delays = first + 1 + option, 0
            while step < last:
                delays += program.op[step] == Op.DELAY
                step += 1 + (int(program.value[step]) if program.op[step] == Op.SKIP else 0)
            assert step == last
            assert delays == 2 + picked[pick][option, movement]


def test_vehicle_that_nobody_selects_on_its_way_passes_no_stop(engine):
    posts = {"a": tiny_facility(9, 5.0, selected_by="machine"), "b": tiny_facility(1, 1.0)}
    nobody = {"port.selections": {"machine": {"agency": "customs", "rate": 0.0}}}
    visits = drive(two_ways(["a"], ["b"], posts, **nobody), engine, car=at_once(3))
    assert len(visits.movement) == 0


def test_everyone_who_arrived_has_finished_or_is_inside_or_was_not_admitted(engine):
    port = selecting((0.5, 0.3), **{"demand.classes.car.per_day": 700})
    movements = sample_movements(port, LUCK)
    plan = plan_program(port, movements, LUCK)
    visits = read_visits(plan, movements, run(plan.program, engine))
    outcomes = measure_outcomes(port, visits)
    account = [look_up(outcomes, "port", "port", n) for n in ("arrived", "finished", "inside", "not_admitted")]
    assert account[0] == sum(account[1:]) == len(movements)
    left = visits.to_frame().group_by("movement").agg(pl.col("leave_min").is_not_nan().all())["leave_min"].sum()
    assert left == account[1]
    assert 0 < account[2] + account[3] < account[0]


def test_choice_changes_no_luck_at_facilities_that_both_ways_share():
    chosen = selecting((0.5, 0.3), **{"demand.classes.car.per_day": 300})
    fixed = change(chosen, **{"demand.classes.car.route": "two"})
    minutes = []
    for scenario in (chosen, fixed):
        movements = sample_movements(scenario, LUCK)
        visits = plan_visits(scenario, movements, LUCK)
        for option in np.unique(visits.option):
            here = np.flatnonzero((visits.stop == [s.key for s in visits.stops].index("c")) & (visits.option == option))
            minutes.append(dict(zip(visits.movement[here].tolist(), visits.minutes[here].tolist(), strict=True)))
    assert len(minutes) == 3
    assert minutes[0] == minutes[1] == minutes[2]


def test_drivers_who_choose_are_no_worse_off_than_on_either_way_alone(engine):
    """48 cars an hour at gates of 2 minutes, 30 an hour each: neither way could serve them alone."""
    stays = {}
    for route in ("either", "one", "two"):
        port = two_gates(2.0, 2.0, **{"demand.classes": {"car": CAR | {"route": route}}})
        visits = drive(port, engine, car=every(1.25, 400))
        stays[route] = float((visits.leave_min - visits.enter_min).mean())
    assert stays["either"] < 5.0
    assert min(stays["one"], stays["two"]) > 100.0


def test_choice_has_one_direction_for_its_outcomes(engine):
    port = two_gates(10.0, 15.0)
    outcomes = measure_outcomes(port, drive(port, engine, car=at_once(6)))
    assert look_up(outcomes, "direction", "export", "released_per_day") == 6
