"""What one road carries: Newell 1993, "A simplified theory of kinematic waves in highway traffic", part I.

With a triangular flow-density diagram of free speed u, wave speed w and jam density k_j vehicles never drive slower
than u unless they queue, and the road carries at most
    q = k_j u w / (u + w)    (the corner of the triangle, at density k_j w / (u + w)).
A vehicle that counts for e passenger cars takes e headways 1/q and e places of 1/k_j (Highway Capacity Manual).
A kinematic wave knows nothing of where a road is cut: two roads in a row, and one of their length, are the same.
"""

import numpy as np
import pytest

from tests.unit.road_port import FLOW_H, HEADWAY_MIN, JAM, at_once, curves, drive, every, passed, road, road_port, times
from tests.unit.tiny import tiny_facility

DIAGRAMS = [(160.0, 60.0, 15.0), (140.0, 60.0, 18.0), (120.0, 80.0, 20.0), (150.0, 30.0, 6.0)]
"""Jam density per km, free-flow speed and wave speed in km/h."""
SHUT = tiny_facility(minutes=1440.0, places=1)
"""A gate that takes one vehicle and no more that day."""


def flow_h(jam, free_kmh, wave_kmh):
    return jam * free_kmh * wave_kmh / (free_kmh + wave_kmh)


@pytest.mark.parametrize(("km", "free_kmh"), [(1.0, 60.0), (0.3, 60.0), (12.0, 90.0), (2.0, 25.0)])
def test_vehicle_alone_drives_at_free_flow_speed(engine, km, free_kmh):
    port = road_port({"r": road("a", "b", km, free_flow_kmh=free_kmh)}, {"car": ["r"]})
    visits = drive(port, engine, car=every(1.0, 30))
    stay = times(visits, "r", "leave") - times(visits, "r", "enter")
    np.testing.assert_allclose(stay, 60.0 * km / free_kmh, rtol=1e-12)


def test_flow_below_capacity_is_not_delayed(engine):
    """31 cars a minute on a road that carries 32."""
    visits = drive(road_port({"r": road("a", "b", 3.0)}, {"car": ["r"]}), engine, car=every(1.0 / 31.0, 900))
    np.testing.assert_allclose(times(visits, "r", "leave"), np.array(every(1.0 / 31.0, 900)) + 3.0, rtol=1e-12)


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("given_as", ["capacity", "wave speed"])
@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_saturated_road_carries_the_corner_of_the_triangle(engine, diagram, given_as, lanes):
    jam, free_kmh, wave_kmh = diagram
    q = flow_h(*diagram)
    one = {"capacity_vph": q} if given_as == "capacity" else {"capacity_vph": None, "wave_speed_kmh": wave_kmh}
    shape = {"jam_density_vpkm": jam, "free_flow_kmh": free_kmh, "lanes": lanes} | one
    port = road_port({"r": road("a", "b", 0.5, **shape)}, {"car": ["r"]})
    assert port.port.links["r"].wave_kmh() == pytest.approx(wave_kmh)
    assert port.port.links["r"].capacity_pcu_per_h == pytest.approx(q * lanes)
    visits = drive(port, engine, car=at_once(int(q * lanes / 6.0)))
    for name in ("enter", "leave"):
        assert passed(times(visits, "r", name), 2.0, 8.0) == pytest.approx(q * lanes / 10.0, abs=2)


def test_slower_of_two_roads_in_a_row_says_how_much_both_carry(engine):
    slow = road("b", "c", capacity_vph=600.0)
    port = road_port({"fast": road("a", "b"), "slow": slow}, {"car": ["fast", "slow"]})
    visits = drive(port, engine, car=at_once(600))
    assert passed(times(visits, "fast", "leave"), 10.0, 40.0) == pytest.approx(300, abs=2)
    assert passed(times(visits, "slow", "leave"), 10.0, 40.0) == pytest.approx(300, abs=2)


@pytest.mark.parametrize("km", [0.001, 0.003, 0.0062, 0.0125, 0.02, 0.11])
def test_road_shorter_than_some_vehicles_still_carries_its_capacity(engine, km):
    """A car stands on 6.25 m, so that the shortest has no room for one, and yet admits one at a time."""
    links = {"before": road("a", "b"), "short": road("b", "c", km), "after": road("c", "d")}
    visits = drive(road_port(links, {"car": list(links)}), engine, car=at_once(500))
    assert passed(times(visits, "after", "leave"), 4.0, 14.0) == pytest.approx(FLOW_H / 6.0, abs=2)


@pytest.mark.parametrize("pce", [2.5, 7.3])
def test_one_large_vehicle_enters_a_road_shorter_than_itself(engine, pce):
    links = {"short": road("a", "b", 0.003), "after": road("b", "c")}
    visits = drive(road_port(links, {"car": list(links)}, pce={"car": pce}), engine, car=every(5.0, 4))
    assert times(visits, "after", "leave").tolist() == pytest.approx(np.array(every(5.0, 4)) + 1.003)


@pytest.mark.parametrize("pce", [1.0, 2.5, 0.3])
def test_saturated_road_carries_a_vehicle_per_headway_and_passenger_car(engine, pce):
    port = road_port({"r": road("a", "b")}, {"truck": ["r"]}, pce={"truck": pce})
    visits = drive(port, engine, truck=at_once(int(400 / pce)))
    assert passed(times(visits, "r", "leave"), 2.0, 12.0) == pytest.approx(FLOW_H / 6.0 / pce, abs=2)


def test_each_vehicle_keeps_the_headway_of_the_one_before(engine):
    port = road_port({"r": road("a", "b")}, {"car": ["r"], "truck": ["r"]}, pce={"truck": 2.5})
    visits = drive(port, engine, car=at_once(40), truck=at_once(40, 0.5))
    leave = np.sort(times(visits, "r", "leave"))
    sizes = np.repeat([1.0, 2.5], 40)
    np.testing.assert_allclose(np.diff(leave), sizes[:-1] * HEADWAY_MIN, rtol=1e-9)


@pytest.mark.parametrize(("pce", "standing"), [(1.0, 160), (2.5, 64), (4.0, 40)])
def test_blocked_road_holds_as_many_vehicles_as_stand_on_it(engine, pce, standing):
    port = road_port({"r": road("a", "b")}, {"truck": ["r", "gate"]}, {"gate": SHUT}, pce={"truck": pce})
    visits = drive(port, engine, truck=at_once(400))
    on_it = ~np.isnan(times(visits, "r", "enter")) & np.isnan(times(visits, "r", "leave"))
    assert on_it.sum() == standing


def test_cars_and_trucks_share_the_places_of_a_blocked_road(engine):
    """160 places of one car take 160 / 3.5 pairs of a car and a truck."""
    port = road_port(
        {"r": road("a", "b")}, {"car": ["r", "gate"], "truck": ["r", "gate"]}, {"gate": SHUT}, pce={"truck": 2.5}
    )
    visits = drive(port, engine, car=every(0.25, 200), truck=every(0.25, 200, 0.125))
    standing = [
        (~np.isnan(times(visits, "r", "enter", kind)) & np.isnan(times(visits, "r", "leave", kind))).sum()
        for kind in ("car", "truck")
    ]
    assert standing == pytest.approx([160 / 3.5, 160 / 3.5], abs=2)


CUTS = [(1.0,), (0.35, 0.65), (0.5, 0.17, 0.33), (0.05, 0.31, 0.02, 0.22, 0.11, 0.19, 0.10)]
"""Shares of a road of 5 km."""


def cut(shares, pce):
    """Return a road of these parts with a bottleneck of 16 passenger cars a minute at its end."""
    links = {
        f"part_{i}": road(f"n{i}", f"n{i + 1}", 5.0 * share, exit_capacity_vph=960.0 if i == len(shares) - 1 else None)
        for i, share in enumerate(shares)
    }
    return road_port(links, {name: list(links) for name in pce}, pce=pce)


def peak(pce):
    """Return arrivals of each class: for 40 minutes 24 passenger cars a minute of all classes, then 8 for as long."""
    together = sum(pce.values())
    first, later = together / 24.0, together / 8.0
    return {
        name: every(first, int(40 / first), first * i / len(pce))
        + every(later, int(40 / later), 40.0 + later * i / len(pce))
        for i, name in enumerate(pce)
    }


@pytest.mark.parametrize("pce", [{"car": 1.0}, {"car": 1.0, "truck": 2.5}], ids=["cars", "cars and trucks"])
@pytest.mark.parametrize("shares", CUTS[1:], ids=["2 parts", "3 parts", "7 parts"])
def test_road_cut_into_unequal_parts_takes_the_same_time(engine, shares, pce):
    """The queue grows over 4 of the 5 km. Less than one vehicle too much stands on each part."""
    runs = {parts: drive(cut(parts, pce), engine, **peak(pce)) for parts in (CUTS[0], shares)}
    stay = [
        times(visits, f"part_{len(parts) - 1}", "leave") - visits.movements.arrival_min
        for parts, visits in runs.items()
    ]
    assert stay[0].max() > 15.0
    assert np.abs(stay[1] / stay[0] - 1.0).max() < 0.02


@pytest.mark.parametrize("pce", [{"car": 1.0}, {"car": 1.0, "truck": 2.5}], ids=["cars", "cars and trucks"])
@pytest.mark.parametrize("shares", CUTS[1:], ids=["2 parts", "3 parts", "7 parts"])
def test_vehicles_pass_a_cut_when_they_would_have_passed_that_point_of_the_whole(shares, pce):
    whole, parts = cut(CUTS[0], pce), cut(shares, pce)
    along, minutes = curves(whole, drive(whole, **peak(pce)), "part_0"), np.arange(3.0, 120.0, 3.0)
    visits = drive(parts, **peak(pce))
    for i in range(1, len(shares)):
        at = along.passed(np.array([5.0 * sum(shares[:i])]), minutes)[0]
        spare = max(pce.values()) * (2 + len(shares) - i)
        np.testing.assert_allclose(curves(parts, visits, f"part_{i}").entered.at(minutes), at, atol=spare)


def test_road_of_two_lanes_holds_and_carries_twice_as_much(engine):
    port = road_port({"r": road("a", "b", lanes=2)}, {"car": ["r", "gate"]}, {"gate": SHUT})
    visits = drive(port, engine, car=at_once(400))
    enter = times(visits, "r", "enter")
    assert passed(enter, 0.0, 3.0) == pytest.approx(3.0 * 2.0 * FLOW_H / 60.0, abs=2)
    assert (~np.isnan(enter)).sum() - 1 == 2 * JAM
