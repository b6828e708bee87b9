"""Costs and emissions that can be worked out by hand: a booth that takes an hour, and trucks at known minutes."""

from copy import deepcopy
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.outcomes import measure_outcomes
from sim.outcomes.use import find_terms
from sim.scenario.costs import NO_USER_COSTS, Costs, capital_recovery, find_kind
from sim.scenario.load import load_experiment
from sim.scenario.schema import Scenario
from tests.unit import rail_port
from tests.unit.small_port import change, line_of_posts, look_up, measure, post, visit

OWN = ("time", "cargo_time", "fuel", "electricity")
PAID = ("fees", "irregular", "charges", "parking", "demurrage")
PORT = ("staff", "lanes", "equipment")
PRICES: dict[str, Any] = {
    "yuan_per_usd": 7,
    "interest": 0,
    "lane_yuan_per_h": 10,
    "cargo_yuan_per_tonne_h": 2,
    "staff": {"yuan_per_h": 50, "night_supplement": 0.2, "overtime_supplement": 0.5},
    "lane": {"price_yuan": 3650, "life_years": 1, "visit_yuan": 7, "parking_yuan_per_h": 1},
    "slot": {"price_yuan": 730, "life_years": 1},
    "crane": {"price_yuan": 7300, "life_years": 1, "visit_yuan": 30},
    "road_lane_km": {},
    "truck": {
        "mode": "road",
        "time_yuan_per_h": 60,
        "tonnes": 3,
        "free_h": 1,
        "demurrage_yuan_per_h": 4,
        "fees": {"export": 100},
        "irregular": {"export": 20},
        "idle_l_per_h": 2,
        "waiting_kw": 4,
        "drive_kwh_per_km": 1,
    },
    "cargo": {"demurrage_yuan_per_h": 1},
    "energy": {
        "idling_share": 0.5,
        "electric_share": 0,
        "shore_power_share": 0,
        "port_speed_kmh": 30,
        "diesel_yuan_per_l": 8,
        "diesel_co2_kg_per_l": 2.5,
        "grid_yuan_per_kwh": 0.5,
        "grid_co2_kg_per_kwh": 0.6,
    },
}
"""Prices that make round sums: a lane costs 10 yuan a day, a slot 2, a crane 20."""


def price(scenario: Scenario, **changes: Any) -> Scenario:
    """Return the scenario with these prices, and others at dotted paths."""
    return change(scenario, costs=deepcopy(PRICES), **{f"costs.{path}": value for path, value in changes.items()})


def priced(**changes: Any) -> Scenario:
    return price(line_of_posts(gate=post(60)), **changes)


def hourly(**changes: Any) -> pl.DataFrame:
    """Return the outcomes of three trucks that stay 1, 1.5 and 2.25 hours, of which they wait 0, 0.5 and 1.25."""
    return measure(priced(**changes), 0, 30, 45)


def cost(outcomes: pl.DataFrame, name: str, measure: str = "per_day") -> float:
    return look_up(outcomes, "cost", name, measure)


def emissions(outcomes: pl.DataFrame, measure: str, name: str = "port") -> float:
    return look_up(outcomes, "emissions", name, measure)


def test_capital_recovery_factor_is_that_of_the_tables():
    """Grant, Ireson and Leavenworth, interest tables: (A/P, 10 %, 10) 0.16275, (A/P, 5 %, 20) 0.08024."""
    assert capital_recovery(0.10, 10) == pytest.approx(0.16275, abs=5e-6)
    assert capital_recovery(0.05, 20) == pytest.approx(0.08024, abs=5e-6)


@given(interest=st.floats(0.0, 0.5), years=st.integers(1, 60))
def test_annuities_pay_the_price_back_with_interest(interest, years):
    annuity = capital_recovery(interest, years)
    assert sum(annuity / (1.0 + interest) ** year for year in range(1, years + 1)) == pytest.approx(1.0)


def test_users_pay_for_hours_crossings_and_visits():
    outcomes = hourly()
    stay_h, wait_h = 1 + 1.5 + 2.25, 0.5 + 1.25
    expected = {
        "time": stay_h * 60,
        "cargo_time": stay_h * 3 * 2,
        "fuel": wait_h * 0.5 * 2 * 8,
        "electricity": 0,
        "fees": 300,
        "irregular": 60,
        "charges": 21,
        "parking": stay_h,
        "demurrage": (0.5 + 1.25) * 4,
    }
    assert {name: cost(outcomes, name) for name in expected} == pytest.approx(expected)
    assert cost(outcomes, "users", "per_vehicle") == pytest.approx(sum(expected.values()) / 3)


def test_port_pays_staff_lanes_and_equipment():
    """One booth round the clock with one clerk: 24 h, of which 8 at night; a price of 3,650 yuan over a year."""
    outcomes = hourly()
    expected = {"staff": 24 * 50 + 8 * 0.2 * 50, "lanes": 240, "equipment": 10}
    assert {name: cost(outcomes, name) for name in expected} == pytest.approx(expected)


def test_work_after_closing_is_paid_as_overtime():
    """The post is open from 08:00 to 10:00; a truck that comes at 09:30 is served until 10:30."""
    outcomes = measure(price(line_of_posts(gate=post(60, hours="day"))), 570)
    assert cost(outcomes, "staff") == pytest.approx(2 * 50 + 0.5 * 1.5 * 50)


def test_night_is_read_on_the_clock_of_the_hours():
    """From 21:00 to midnight in Almaty two hours are at night; in Shanghai it is then midnight to 03:00."""
    scenario = price(line_of_posts(gate=post(60, hours="day")))
    late = {"timezone": "Asia/Almaty", "open": "Mo-Su 21:00-24:00"}
    outcomes = measure(change(scenario, **{"port.hours.day": late}), 0)
    assert cost(outcomes, "staff") == pytest.approx(3 * 50 + 2 * 0.2 * 50)


def test_indicators_of_the_border_are_hours_and_dollars_of_freight():
    outcomes = hourly()
    for scope, name in (("port", "port"), ("direction", "export")):
        assert look_up(outcomes, scope, name, "tfi1") == pytest.approx(4.75 / 3)
        assert look_up(outcomes, scope, name, "tfi2") == pytest.approx((300 + 60 + 21 + 4.75) / 3 / 7)


def test_what_is_no_freight_is_no_sample_of_the_indicators():
    outcomes = hourly(**{"truck.mode": None})
    assert outcomes.filter(pl.col("measure").str.starts_with("tfi")).is_empty()


def test_the_neighbours_posts_cost_us_and_our_users_nothing():
    theirs = post(60, agency="neighbour")
    alone, both = (measure(price(line_of_posts(**posts)), 0) for posts in ({"a": post()}, {"a": post(), "b": theirs}))
    costs = [outcomes.filter(scope="cost") for outcomes in (alone, both)]
    assert costs[0].equals(costs[1])


def test_carbon_dioxide_is_litres_times_its_factor():
    outcomes = hourly()
    assert emissions(outcomes, "fuel_per_day") == pytest.approx(1.75)
    assert emissions(outcomes, "co2_per_day") == pytest.approx(1.75 * 2.5)
    assert emissions(outcomes, "co2_per_vehicle", "truck") == pytest.approx(1.75 * 2.5 / 3)


def test_shore_power_for_all_leaves_no_fuel_of_idling():
    outcomes = hourly(**{"energy.shore_power_share": 1.0})
    assert emissions(outcomes, "fuel_per_day") == 0.0
    assert emissions(outcomes, "electricity_per_day") == pytest.approx(1.75 * 0.5 * 4)
    assert emissions(outcomes, "co2_per_day") == pytest.approx(1.75 * 0.5 * 4 * 0.6)


def test_driving_between_stops_burns_fuel_at_the_speed_of_the_port():
    """Six minutes at 30 km/h are 3 km."""
    scenario = price(line_of_posts(gate=post(60), yard=post(60, drive_min=6)), **{"truck.drive_l_per_km": 0.4})
    assert emissions(measure(scenario, 0), "fuel_per_day") == pytest.approx(3 * 0.4)
    electric = change(scenario, **{"costs.energy.electric_share": 1.0})
    assert emissions(measure(electric, 0), "fuel_per_day") == 0.0
    assert emissions(measure(electric, 0), "electricity_per_day") == pytest.approx(3)


def test_vehicles_without_an_engine_burn_nothing():
    outcomes = hourly(truck={}, **{"energy.shore_power_share": 0.5})
    assert [emissions(outcomes, f"{what}_per_day") for what in ("fuel", "electricity", "co2")] == [0, 0, 0]


def assert_adds_up(outcomes: pl.DataFrame) -> None:
    own, paid, port = (sum(cost(outcomes, name) for name in names) for names in (OWN, PAID, PORT))
    assert cost(outcomes, "port") == pytest.approx(port)
    assert cost(outcomes, "users") == pytest.approx(own + paid)
    assert cost(outcomes, "society") == pytest.approx(port + own)
    per_day = outcomes.filter(scope="cost", measure="per_day")
    by_class = per_day.filter(pl.col("name").str.starts_with("users/"))
    assert by_class["value"].sum() == pytest.approx(cost(outcomes, "users"))
    for what in ("fuel", "electricity", "co2"):
        each = outcomes.filter(scope="emissions", measure=f"{what}_per_day")
        total = emissions(outcomes, f"{what}_per_day")
        assert each.filter(pl.col("name") != "port")["value"].sum() == pytest.approx(total)


def test_components_and_classes_add_up_to_the_totals():
    assert_adds_up(hourly(**{"energy.shore_power_share": 0.5}))


def test_components_and_classes_add_up_where_cargo_changes_vehicles():
    scenario = price(rail_port.rail_scenario())
    _, visits = rail_port.simulate(scenario)
    outcomes = measure_outcomes(scenario, visits)
    assert_adds_up(outcomes)
    lifts = outcomes.filter(scope="terminal", measure="lifts_per_day")["value"].sum()
    assert lifts > 0
    assert cost(outcomes, "charges") >= lifts * 0.5 * 30  # those whose cargo has been released in time


@pytest.mark.parametrize(("agency", "tonnes"), [("neighbour", 4 * 20), ("operator", 0)])
def test_cargo_counts_with_its_train_until_it_comes_to_a_terminal_of_ours(agency, tonnes):
    changes = {"port.terminals.yard.agency": agency, "demand.classes.box.tonnes": 20.0}
    assert find_terms(price(rail_port.rail_scenario(**changes)), "train").tonnes == tonnes


PRICED = {
    "staff.yuan_per_h": "staff",
    "lane_yuan_per_h": "lanes",
    "lane.price_yuan": "equipment",
    "truck.time_yuan_per_h": "time",
    "cargo_yuan_per_tonne_h": "cargo_time",
    "energy.diesel_yuan_per_l": "fuel",
    "energy.grid_yuan_per_kwh": "electricity",
    "truck.fees": "fees",
    "truck.irregular": "irregular",
    "lane.visit_yuan": "charges",
    "lane.parking_yuan_per_h": "parking",
    "truck.demurrage_yuan_per_h": "demurrage",
}
"""Every price, and the component that it is the price of."""


@pytest.mark.parametrize("path", PRICED)
@given(yuan=st.floats(0.01, 1e6), times=st.floats(0.0, 100.0))
@settings(max_examples=10)
def test_every_cost_is_linear_in_its_price(path, yuan, times):
    base = priced(**{"energy.shore_power_share": 0.5})
    visits = visit(base, 0, 30, 45)

    def at(value: float) -> float:
        value_of = {"export": value} if path in ("truck.fees", "truck.irregular") else value
        return cost(measure_outcomes(change(base, **{f"costs.{path}": value_of}), visits), PRICED[path])

    assert at(yuan) > 0.0
    assert at(times * yuan) == pytest.approx(times * at(yuan))


def test_without_prices_there_are_no_costs():
    outcomes = measure(line_of_posts(gate=post(60)), 0)
    assert outcomes.filter(pl.col("scope").is_in(["cost", "emissions"])).is_empty()


def test_prices_change_no_other_outcome():
    with_prices, without = (measure(each, 0, 30) for each in (priced(), line_of_posts(gate=post(60))))
    new = pl.col("scope").is_in(["cost", "emissions"]) | pl.col("measure").str.starts_with("tfi")
    assert with_prices.filter(~new).equals(without)


def test_kind_is_a_whole_word_of_the_name():
    kinds = {"car": 1, "yard": 2}
    names = ("car_yard", "yard.unloading", "carrier_stand", "cars")
    assert [find_kind(name, kinds, 0) for name in names] == [1, 2, 0, 0]


def test_shipped_prices_know_kinds_of_vehicles_and_stops():
    costs = load_experiment("horizon=smoke").baseline.costs
    assert isinstance(costs, Costs)
    modes = {name: costs.of_vehicle(name).mode for name in ("enter_empty_and_load", "export_car", "export_box_train")}
    assert modes == {"enter_empty_and_load": "road", "export_car": None, "export_box_train": "rail"}
    assert costs.truck != NO_USER_COSTS
    kinds = {"inspection_tracks_export": "tracks", "inspection_export.customs": "inspection", "yard_gate_in": "gate"}
    assert {name: costs.of_stop(name, True) for name in kinds} == {
        name: costs.stops[kind] for name, kind in kinds.items()
    }


def test_prices_can_be_left_out():
    assert load_experiment("costs=[]", "horizon=smoke").baseline.costs is None
