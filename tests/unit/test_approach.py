"""The way to the port: driving order, density where vehicles stand, the day of the longest queue."""

import numpy as np
import pytest

from sim.outcomes.window import Window
from sim.study.replication import Study, replicate_scenarios
from sim.views.approach import choose_hours, find_approach, find_approaches, find_queues, find_reach, read_density
from tests.unit.road_city import city, one_road
from tests.unit.road_port import FREE_KMH, JAM, at_once, drive, every, road, road_port
from tests.unit.tiny import tiny_scenario


@pytest.fixture(scope="module")
def study() -> Study:
    return replicate_scenarios({"slow gate": city(9.0), "fast gate": city(1.0)}, 1)


@pytest.fixture(scope="module")
def calm() -> Study:
    return replicate_scenarios({"baseline": city(per_day=1.0)}, 1)


def test_way_is_on_our_side_in_driving_order_with_its_kilometres():
    approach = find_approach(city())
    assert approach.links == ("highway", "avenue", "bridge")
    assert approach.before_km.tolist() == [4.5, 1.5, 0.5, 0.0]


def test_facilities_stand_between_the_roads_that_meet_them():
    assert find_approach(city()).stops == {1: ("yard",), 2: ("gate",)}


def test_way_is_that_of_most_trucks_even_if_more_cars_leave_the_country():
    abroad = city(**{"port.routes.car.direction": "export"})
    assert find_approach(abroad).links == ("highway", "avenue", "bridge")


def test_way_is_the_longest_if_trucks_choose():
    links = {"short": road("west", "gate", 1.0), "long": road("west", "gate", 2.0)}
    options = {"short": {"hours": "always"}, "long": {"hours": "always"}}
    changes = {
        "port.route_choices.either": {"options": options},
        "demand.classes": {
            "truck": {"label": "t", "label_zh": "车", "per_day": 9, "profile": "flat", "route": "either"}
        },
    }
    assert find_approach(road_port(links, {"short": ["short"], "long": ["long"]}, **changes)).links == ("long",)


def test_queue_before_a_busy_gate_stands_at_jam_density_and_the_road_behind_it_is_empty():
    scenario = one_road()
    visits = drive(scenario, car=at_once(1 + round(JAM / 2)))  # one is in the gate, the others fill half the road
    density = read_density(scenario, visits, find_approach(scenario), Window(60.0, 120.0), 0.1)
    assert np.allclose(density.before_km, np.linspace(1.0, 0.0, 11))
    assert np.allclose(density.edges_min, np.arange(60.0, 121.0, 10.0))
    assert np.allclose(density.share[:5], 0.0)
    assert np.allclose(density.share[5:], 1.0)


def test_free_traffic_is_as_dense_as_flow_over_speed():
    scenario = road_port({"road": road("a", "b")}, {"car": ["road"]})
    visits = drive(scenario, car=every(0.125, 2000))
    density = read_density(scenario, visits, find_approach(scenario), Window(60.0, 120.0), 0.25)
    assert np.allclose(density.share, 8.0 * 60.0 / FREE_KMH / JAM)


def test_all_vehicles_on_the_way_are_in_the_picture(study):
    scenario, visits = study.scenarios["slow gate"], study.visits["slow gate"]
    approach, hours = find_approach(scenario), choose_hours(study)
    density = read_density(scenario, visits, approach, hours, 0.1)
    pcu = density.share * JAM * -np.diff(density.before_km)[:, None]
    index = [stop.key for stop in visits.stations].index("avenue")
    here = visits.station == index
    minutes = hours.minutes_within(visits.enter_min[here], visits.leave_min[here]).sum()
    on_avenue = (density.before_km[:-1] <= 1.5 + 1e-9) & (density.before_km[1:] >= 0.5 - 1e-9)
    assert pcu[on_avenue].mean(axis=1).sum() == pytest.approx(2.5 * minutes / (hours.end - hours.begin), rel=0.02)


def test_day_is_that_of_the_longest_queue_of_the_first_scenario(study):
    roads = study.roads["slow gate"][0]
    measured = roads.grid_min >= 1440.0
    longest = roads.grid_min[measured][roads.queue_km[:, measured].sum(axis=0).argmax()]
    hours = choose_hours(study)
    assert hours.begin <= longest < hours.end
    assert 1.0 <= hours.days <= 2.0
    assert hours.begin % 720.0 == 0.0


def test_queue_in_the_warm_up_is_not_drawn():
    early = city(**{"port.disruptions": {}, "horizon.warmup_days": 2, "horizon.days": 1})
    assert choose_hours(replicate_scenarios({"baseline": early}, 1)).begin >= 1440.0


def test_day_without_queues_is_the_first_that_is_measured(calm):
    assert choose_hours(calm) == Window(1440.0, 2880.0)
    assert find_queues(calm, choose_hours(calm)) == {}


def test_queues_are_named_longest_first_and_neighbours_are_left_out(study):
    queues = find_queues(study, choose_hours(study))
    assert next(iter(queues)) in ("avenue", "highway")
    assert list(queues.values()) == sorted(queues.values(), reverse=True)
    assert "lane" not in queues


def test_way_is_drawn_further_than_queues_reach_and_whole_if_nobody_queues(study, calm):
    assert find_reach(calm, choose_hours(calm)) == 4.5
    assert 0.5 < find_reach(study, choose_hours(study)) <= 4.5


def test_port_without_roads_has_none(study):
    assert find_approaches(study)
    assert not find_approaches(replicate_scenarios({"baseline": tiny_scenario()}, 1))
