"""Selections: each agency opens the share that it says, and agencies tend to pick the same vehicles.

Gaussian copula: P(both selected) = P(X > z1, Y > z2) for standard normals with the given correlation
(Li 2000, "On default correlation: a copula function approach"), here by scipy's bivariate normal.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.demand import Movements
from sim.luck import Luck
from sim.port.selection import draw_selections
from tests.unit.tiny import tiny_scenario

VEHICLES = 40_000
RATES = {"machine": 0.25, "opening": 0.03, "quarantine": 0.5}
CAR = {"label": "cars", "label_zh": "小车", "per_day": 100, "route": "out", "profile": "flat"}


def make_movements(classes=("truck",), each=VEHICLES):
    """Return vehicles of each class that arrive one a minute."""
    count = each * len(classes)
    vehicle = np.repeat(np.arange(len(classes)), each).astype(np.int16)
    index = np.tile(np.arange(each), len(classes))
    return Movements(tuple(classes), np.arange(count, dtype=float), vehicle, np.zeros(count, dtype=np.int8), index)


MOVEMENTS = make_movements()


def select(rates, correlation=0.0, movements=MOVEMENTS, by_class=(), replication=0, **changes):
    picked = select_on_ways(rates, correlation, movements, by_class, replication, **changes)
    return {name: each[0] for name, each in picked.items()}


def select_on_ways(rates, correlation=0.0, movements=MOVEMENTS, by_class=(), replication=0, **more):
    selections = {
        name: {"agency": "customs", "rate": rate, "rate_by_class": dict(by_class)} for name, rate in rates.items()
    }
    changes = {"port.selections": selections, "port.selection_correlation": correlation, "demand.classes.car": CAR}
    scenario = tiny_scenario(**changes, **{"port.facilities.scanner.selected_by": None}, **more)
    return draw_selections(scenario, movements, Luck(1, replication))


def assert_share_is(selected, expected, tests):
    """Binomial bounds at 99.9 % over this many tests."""
    tail = 0.001 / tests / 2
    low, high = stats.binom.ppf([tail, 1 - tail], len(selected), expected)
    assert low <= selected.sum() <= high


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_each_selection_picks_its_rate_whatever_the_correlation(correlation):
    for name, selected in select(RATES, correlation).items():
        assert_share_is(selected, RATES[name], 9)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_share_that_two_agencies_pick_is_the_copulas(correlation):
    selected = select(RATES, correlation)
    pairs = [("machine", "opening"), ("machine", "quarantine"), ("opening", "quarantine")]
    normal = stats.multivariate_normal(cov=[[1, correlation], [correlation, 1]])
    for one, other in pairs:
        both = normal.cdf([stats.norm.ppf(RATES[one]), stats.norm.ppf(RATES[other])])
        assert_share_is(selected[one] & selected[other], both, 9)


def test_agencies_that_see_the_same_risk_pick_the_same_vehicles_more_often():
    shares = [
        (lambda picked: (picked["machine"] & picked["quarantine"]).mean())(select(RATES, correlation))
        for correlation in (0.0, 0.3, 0.9)
    ]
    assert shares == sorted(shares)
    independent = RATES["machine"] * RATES["quarantine"]
    sampling = stats.norm.isf(0.0005) * np.sqrt(independent / VEHICLES)
    assert shares[1] > independent + sampling


def test_rate_of_0_picks_nobody_and_rate_of_1_everyone():
    selected = select({"none": 0.0, "all": 1.0}, 0.3)
    assert not selected["none"].any()
    assert selected["all"].all()


def test_class_with_a_rate_of_its_own_is_picked_at_that_rate():
    movements = make_movements(("truck", "car"), VEHICLES)
    selected = select({"machine": 0.25}, 0.3, movements, {"car": 0.6})["machine"]
    assert_share_is(selected[movements.vehicle == 0], 0.25, 2)
    assert_share_is(selected[movements.vehicle == 1], 0.6, 2)


@given(low=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0), correlation=st.floats(0.0, 0.99))
@settings(max_examples=20)
def test_higher_rate_picks_a_superset_of_the_same_vehicles(low, more, correlation):
    movements = make_movements(each=2_000)
    few, many = (select({"machine": rate}, correlation, movements)["machine"] for rate in (low, min(low + more, 1.0)))
    assert not (few & ~many).any()


def lanes(rule, one, two):
    """Return changes that give trucks two routes, with these rates of selection `machine`; cars stay on `out`."""
    out = {"direction": "export", "through": ["gate"]}
    options = {"one": {"share": 0.5}, "two": {}} if rule == "shares" else {n: {"hours": "day"} for n in ("one", "two")}
    own = {name: rate for name, rate in (("one", one), ("two", two)) if rate is not None}
    return {
        "port.routes": {"out": out, "one": out, "two": out},
        "port.route_choices": {"lanes": {"rule": rule, "options": options}},
        "demand.classes.truck.route": "lanes",
        "port.selections.machine.rate_by_route": own,
    }


def on_lanes(rule, movements, one, two):
    rates, by_class = {"machine": 0.25}, {"truck": 0.5}
    return select_on_ways(rates, 0.3, movements, by_class, **lanes(rule, one, two))["machine"]


BOTH = make_movements(("truck", "car"))


def test_route_with_a_rate_of_its_own_is_picked_at_that_rate_and_another_at_its_classs():
    truck = BOTH.vehicle == 0
    one, two = on_lanes("least_expected_time", BOTH, 0.1, None)
    assert_share_is(one[truck], 0.1, 3)
    assert_share_is(two[truck], 0.5, 3)
    assert_share_is(one[~truck], 0.25, 3)


def test_lane_that_shares_give_decides_on_every_way():
    option = (np.arange(len(BOTH)) % 2).astype(np.int8)
    given = replace(BOTH, option=option)
    one, two = on_lanes("shares", given, 0.1, 0.9)
    assert np.array_equal(one, two)
    for lane, rate in enumerate((0.1, 0.9)):
        assert_share_is(one[(BOTH.vehicle == 0) & (option == lane)], rate, 3)
    assert_share_is(one[BOTH.vehicle == 1], 0.25, 3)


@given(low=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_lane_with_the_higher_rate_picks_a_superset_of_the_same_vehicles(low, more):
    few, many = on_lanes("shortest_queue", make_movements(each=2_000), low, min(low + more, 1.0))
    assert not (few & ~many).any()


def test_route_at_the_rate_of_its_class_picks_the_same_vehicles_as_without():
    assert np.array_equal(
        on_lanes("shortest_queue", BOTH, 0.5, 0.5)[0], on_lanes("shortest_queue", BOTH, None, None)[0]
    )


def test_selection_does_not_depend_on_the_other_selections():
    alone = select({"opening": 0.03}, 0.3)["opening"]
    assert np.array_equal(select(RATES, 0.3)["opening"], alone)


def test_selection_of_one_vehicle_does_not_depend_on_the_others():
    few = select(RATES, 0.3, make_movements(each=100))
    assert all(np.array_equal(select(RATES, 0.3)[name][:100], few[name]) for name in RATES)


def test_other_replication_picks_other_vehicles():
    one, other = (select(RATES, 0.3, replication=replication)["machine"] for replication in (0, 1))
    assert_share_is(one & other, RATES["machine"] ** 2, 1)
