"""Roads in a program: the steps of a visit, places and headways, carriers, and what holds on every network."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.demand import sample_movements
from sim.kernel import Op
from sim.luck import Luck
from sim.port import Origin, Road, Station, expand_stops, plan_program
from sim.port.roads import pce_on_roads, place_tokens, road_pools, road_times
from sim.port.templates import STANDS_READY
from tests.theory.queueing import assert_mean_is
from tests.unit.road_port import CAR, HEADWAY_MIN, at_once, drive, road, road_port, times
from tests.unit.small_port import arrive_at
from tests.unit.tiny import hours, tiny_facility


def list_steps(scenario, **minutes):
    """Return the first movement's program as (instruction, pool or minutes, tokens, minutes later or rank)."""
    program = plan_program(scenario, arrive_at(scenario, minutes), Luck(1, 0)).program
    names = [pool.name for pool in program.pools]
    rows = []
    for i in range(program.first_step[0], program.first_step[1]):
        op, value = Op(program.op[i]), float(program.value[i])
        if op == Op.DELAY:
            rows.append(("DELAY", value))
        else:
            more = int(program.priority[i]) if op == Op.SEIZE else value
            rows.append((op.name, names[program.target[i]], int(program.count[i]), more))
    return rows


def test_steps_of_a_truck_on_two_roads_to_a_gate_come_in_order():
    """It is let onto a road by rank, frees what was behind it, drives, and waits in turn for the exit.

    2.5 cars take 2,500 tokens of room and 2.5 / 32 minutes; a wave takes 4 minutes for a km. Before the junction the
    next truck stands ready a moment before the headway has passed.
    """
    links = {"r": road("a", "b", 2.0, rank=3), "s": road("b", "c", 0.5)}
    port = road_port(links, {"truck": ["r", "s", "gate"]}, {"gate": tiny_facility(1, 7.0, places=2)}, {"truck": 2.5})
    room, gap = 1000 * 2.5, 2.5 / 32
    assert list_steps(port, truck=[0.0]) == [
        ("DELAY", 0.0),
        ("SEIZE", "r places", room, 10),
        ("SEIZE", "r inlet", 1, 10),
        ("RELEASE", "r inlet", 1, gap),
        ("DELAY", 2.0),
        ("SEIZE", "r", 1, 0),
        ("DELAY", 0.0),
        ("SEIZE", "s places", room, 3),
        ("SEIZE", "s inlet", 1, 3),
        ("RELEASE", "r", 1, gap * STANDS_READY),
        ("RELEASE", "r places", room, 8.0),
        ("RELEASE", "s inlet", 1, gap),
        ("DELAY", 0.5),
        ("SEIZE", "s", 1, 0),
        ("DELAY", 0.0),
        ("SEIZE", "gate places", 1, 10),
        ("RELEASE", "s", 1, gap),
        ("RELEASE", "s places", room, 2.0),
        ("SEIZE", "gate", 1, 10),
        ("DELAY", 7.0),
        ("RELEASE", "gate", 1, 0.0),
        ("RELEASE", "gate places", 1, 0.0),
    ]


def test_exit_of_a_junction_keeps_a_headway_of_its_own():
    links = road_port({"r": road("a", "b", exit_capacity_vph=960.0)}, {"car": ["r"]}).port.links
    found = road_times(links["r"])
    assert (found.drive_min, found.wave_min) == (1.0, 4.0)
    assert (found.inlet_headway_min, found.exit_headway_min) == (1 / 32, 1 / 16)


def test_exit_that_could_let_out_more_than_the_road_carries_lets_out_no_more():
    links = road_port({"r": road("a", "b", exit_capacity_vph=5000.0)}, {"car": ["r"]}).port.links
    assert road_times(links["r"]).exit_headway_min == HEADWAY_MIN


@pytest.mark.parametrize(
    ("pce", "tokens"), [(1.0, 1000), (2.5, 2500), (0.3, 300), (2.4 / 8, 300), (1 / 3, 334), (0.0001, 1), (7.3, 7300)]
)
def test_vehicle_takes_thousandths_of_a_car_rounded_up(pce, tokens):
    assert place_tokens(pce) == tokens


@pytest.mark.parametrize(
    ("km", "largest", "most"), [(1.0, 1.0, 160), (1.0, 2.5, 64), (0.001, 1.0, 1), (0.001, 2.5, 1), (0.0126, 1.0, 3)]
)
def test_room_of_a_road_is_rounded_up_to_whole_vehicles(km, largest, most):
    scenario = road_port({"r": road("a", "b", km)}, {"car": ["r"]}, pce={"car": largest})
    stops, _ = expand_stops(scenario.port)
    places = next(pool for pool in road_pools(stops["r"], largest, {}) if pool.name == "r places")
    assert int(places.tokens[0]) // place_tokens(largest) == most


def test_vehicles_wait_outside_a_road_on_which_their_route_begins():
    links = {"r": road("a", "b"), "s": road("b", "c")}
    routes = {"car": ["r", "s"], "bus": ["s"], "van": ["gate", "r"]}
    stops, _ = expand_stops(road_port(links, routes, {"gate": tiny_facility()}).port)
    kinds = {key: type(stop) for key, stop in stops.items()}
    assert kinds == {"gate": Station, "r": Road, "s": Road, "before r": Origin, "before s": Origin}


def test_vehicle_that_cannot_enter_is_blocked_outside_and_enters_when_it_can(engine):
    """Four trucks stand on 62.5 m; a quarter minute after the first has left it the fifth comes in."""
    port = road_port(
        {"r": road("a", "b", 0.0625)},
        {"truck": ["r", "gate"]},
        {"gate": tiny_facility(1, 10.0, places=1)},
        {"truck": 2.5},
    )
    visits = drive(port, engine, truck=at_once(6))
    enter = times(visits, "r", "enter")
    assert enter[:4].tolist() == pytest.approx([0, 2.5 / 32, 5 / 32, 7.5 / 32])
    assert enter[4] == pytest.approx(0.0625 + 0.25)
    assert enter[5] == pytest.approx(0.0625 + 10.0 + 0.25)
    np.testing.assert_array_equal(times(visits, "before r", "leave"), enter)
    assert times(visits, "before r", "blocked").tolist() == enter.tolist()


def test_vehicle_from_a_gate_keeps_its_lane_until_the_road_takes_it(engine):
    """The yard takes one for an hour, two stand on the road; the fourth waits at the gate for the wave to come back."""
    links = {"r": road("a", "b", 0.0125)}
    posts = {"gate": tiny_facility(1, 1.0, at="a"), "yard": tiny_facility(1, 60.0, places=1, at="b")}
    visits = drive(road_port(links, {"car": ["gate", "r", "yard"]}, posts), engine, car=at_once(6))
    assert times(visits, "gate", "start").tolist()[:4] == [0, 1, 2, 3]
    freed = 1.0125 + 60.0 + 0.05
    assert times(visits, "gate", "finish")[3] == 4
    assert times(visits, "gate", "leave")[3] == pytest.approx(freed)
    assert times(visits, "gate", "start")[4] == pytest.approx(freed)


# Carriers

CARRIER = {"vehicles": 8, "pce": 2.4, "until": "plant"}


def carrier_port(carrier=CARRIER, **changes):
    """Return a road to a plant, where new cars leave their carrier, and a road from it."""
    links = {"in": road("a", "b"), "out": road("b", "c")}
    classes = {"car": CAR | {"route": "car", "per_day": 2000, "carrier": carrier}}
    plant = {"plant": tiny_facility(999, 1.0)}
    return road_port(links, {"car": ["in", "plant", "out"]}, plant, **{"demand.classes": classes}, **changes)


def test_vehicles_on_a_carrier_count_as_a_share_of_it_until_they_are_unloaded():
    scenario = carrier_port()
    assert pce_on_roads(scenario, scenario.demand.classes["car"]) == {"in": pytest.approx(0.3), "out": 1.0}


def test_vehicles_on_carriers_come_as_many_at_once_as_one_carries():
    movements = sample_movements(carrier_port(), Luck(1, 0))
    minutes, count = np.unique(movements.arrival_min, return_counts=True)
    assert set(count.tolist()) == {8}
    assert len(minutes) > 100


def test_each_vehicle_on_a_carrier_is_one_of_its_own():
    movements = sample_movements(carrier_port(), Luck(1, 0))
    who = list(zip(movements.layer.tolist(), movements.index.tolist(), strict=True))
    assert len(set(who)) == len(movements)
    assert len(np.unique(movements.luck_for(Luck(1, 0), "service/plant"))) == len(movements)


@pytest.mark.parametrize("carrier", [None, CARRIER, CARRIER | {"vehicles": 1}], ids=["none", "of 8", "of 1"])
def test_carriers_bring_as_many_vehicles_a_day_as_come_without_them(carrier):
    scenario = carrier_port(carrier)
    assert_mean_is([len(sample_movements(scenario, Luck(2, i))) for i in range(60)], 2000.0)


def test_carriers_come_as_poisson_and_so_counts_vary_eight_times_as_much():
    """The variance of 8 N is 64 times that of N, and N has a mean of 250."""
    counts = [len(sample_movements(carrier_port(), Luck(3, i))) for i in range(400)]
    assert np.var(counts) == pytest.approx(8 * 2000, rel=3.3 * np.sqrt(2 / 400))


def test_carrier_takes_a_headway_of_its_size_and_its_load_one_each(engine):
    """Ten carriers follow each other in 2.4 / 32 minutes; behind the plant 80 cars leave in 1 / 32 each."""
    visits = drive(carrier_port(), engine, car=at_once(80))
    entered = np.sort(times(visits, "in", "enter"))[::8]
    np.testing.assert_allclose(np.diff(entered), 2.4 * HEADWAY_MIN, rtol=1e-9)
    np.testing.assert_allclose(np.diff(np.sort(times(visits, "out", "leave"))), HEADWAY_MIN, rtol=1e-9)


def test_road_holds_as_many_carriers_as_find_room(engine):
    """On 160 places 160 / 2.4 carriers of eight; the plant takes nobody but the first."""
    shut = {"plant": tiny_facility(1, 1440.0, places=1)}
    visits = drive(carrier_port(**{"port.facilities": shut}), engine, car=at_once(800))
    standing = (~np.isnan(times(visits, "in", "enter"))).sum() - 1
    assert standing == pytest.approx(8 * 160 / 2.4, abs=8)


def test_carriers_change_no_luck_but_who_comes():
    """A carrier of one is no carrier at all."""
    alone, free = (sample_movements(carrier_port(each), Luck(1, 0)) for each in (CARRIER | {"vehicles": 1}, None))
    np.testing.assert_array_equal(alone.arrival_min, free.arrival_min)
    np.testing.assert_array_equal(alone.index, free.index)


# Every network

KM = st.sampled_from([0.002, 0.0125, 0.05, 0.13, 0.5, 1.0])
LINKS = st.fixed_dictionaries(
    {
        "km": KM,
        "lanes": st.integers(1, 2),
        "rank": st.sampled_from([1, 10, 20]),
        "exit_capacity_vph": st.sampled_from([None, 240.0, 977.0]),
        "free_flow_kmh": st.sampled_from([60.0, 37.0]),
    }
)
PCE = st.sampled_from([1.0, 2.5, 0.3, 1.77])
WEATHER = st.fixed_dictionaries(
    {
        "lanes_closed": st.integers(0, 1),
        "speed_factor": st.sampled_from([1.0, 0.7]),
        "capacity_factor": st.sampled_from([1.0, 0.6]),
        "lasts": st.sampled_from([0.1, 0.5]).map(hours),
    }
)


@st.composite
def networks(draw):
    """Draw two roads that merge before a third, one to three more in a row, perhaps a gate and bad weather."""
    tail = draw(st.integers(1, 3))
    ends = [("a", "j"), ("b", "j"), *((f"n{i}" if i else "j", f"n{i + 1}") for i in range(tail))]
    links = {
        f"r{i}": road(begins, finishes, more.pop("km"), **more)
        for i, (begins, finishes) in enumerate(ends)
        for more in [draw(LINKS)]
    }
    gate = draw(
        st.none() | st.builds(tiny_facility, st.just(1), st.sampled_from([0.3, 1.0, 7.0]), places=st.integers(1, 3))
    )
    common = [f"r{i}" for i in range(2, 2 + tail)] + (["gate"] if gate else [])
    weather = draw(st.lists(WEATHER, max_size=2))
    disruptions = {
        f"it_{i}": {"label": "x", "label_zh": "雪", "day": 1, "at": f"00:{10 * i + 5:02}", "links": "all"} | each
        for i, each in enumerate(weather)
    }
    port = road_port(
        links,
        {"main": ["r0", *common], "side": ["r1", *common]},
        {"gate": gate} if gate else {},
        {"main": draw(PCE), "side": draw(PCE)},
        **{"port.disruptions": disruptions},
    )
    minutes = st.lists(st.integers(0, 120).map(lambda n: n / 4.0), max_size=60).map(sorted)
    return port, {"main": draw(minutes), "side": draw(minutes)}


some = settings(max_examples=60)


@some
@given(network=networks())
def test_both_engines_agree_on_every_network(network):
    port, minutes = network
    one, other = (drive(port, engine, **minutes) for engine in ("simpy", "compiled"))
    for name in ("enter_min", "arrive_min", "start_min", "finish_min", "leave_min"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@some
@given(network=networks())
def test_nobody_overtakes_on_a_road(network):
    port, minutes = network
    visits = drive(port, **minutes)
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Road):
            here = np.flatnonzero((visits.station == index) & ~np.isnan(visits.enter_min))
            order = here[np.argsort(visits.enter_min[here], kind="stable")]
            for name in ("arrive_min", "start_min", "leave_min"):
                happened = np.nan_to_num(getattr(visits, name)[order], nan=np.inf)
                assert (happened[1:] >= happened[:-1]).all()


@some
@given(network=networks())
def test_no_road_holds_more_vehicles_than_find_room(network):
    """A place counts as taken until the wave has come back, so that vehicles themselves take less."""
    port, minutes = network
    visits = drive(port, **minutes)
    sizes = np.array([port.demand.classes[name].pce for name in visits.movements.classes])
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Road):
            here = visits.station == index
            pce = sizes[visits.movements.vehicle[visits.movement[here]]]
            enter, leave = visits.enter_min[here], np.nan_to_num(visits.leave_min[here], nan=np.inf)
            inside = [(pce * ((enter <= t) & (leave > t))).sum() for t in enter[~np.isnan(enter)]]
            room = stop.link.jam_pcu_per_km * stop.link.length_km
            assert max(inside, default=0.0) < room + sizes.max()


@some
@given(network=networks())
def test_vehicles_enter_and_leave_a_road_a_headway_apart(network):
    port, minutes = network
    visits = drive(port, **minutes)
    sizes = np.array([port.demand.classes[name].pce for name in visits.movements.classes])
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Road):
            headways = road_times(stop.link)
            for name, headway in (("enter_min", headways.inlet_headway_min), ("leave_min", headways.exit_headway_min)):
                here = np.flatnonzero((visits.station == index) & ~np.isnan(getattr(visits, name)))
                order = here[np.argsort(getattr(visits, name)[here], kind="stable")]
                pce = sizes[visits.movements.vehicle[visits.movement[order]]]
                gaps = np.diff(getattr(visits, name)[order])
                assert (gaps >= pce[:-1] * headway * (STANDS_READY - 1e-9)).all()


@some
@given(network=networks())
def test_no_road_is_driven_faster_than_its_speed(network):
    port, minutes = network
    visits = drive(port, **minutes)
    for index, stop in enumerate(visits.stations):
        if isinstance(stop, Road):
            driven = visits.driving_min[visits.station == index]
            driven = driven[~np.isnan(driven)]
            assert (driven >= road_times(stop.link).drive_min * (1 - 1e-9)).all()


@some
@given(network=networks())
def test_every_vehicle_comes_through_a_network_that_is_not_blocked(network):
    port, minutes = network
    visits = drive(port, **minutes)
    assert not np.isnan(visits.leave_min).any()
