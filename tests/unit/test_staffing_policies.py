"""Shipped policies for staff: which lane-hours they have, and whose arrivals they follow."""

import numpy as np
import pytest

from sim.demand.rates import mean_rate
from sim.port import expand_stations
from sim.port.pools import station_roster
from tests.shipped import POLICIES, apply, load_baseline
from tests.unit.test_roster import lane_minutes


def lane_hours(policy, station="smart_gate_export", day=1):
    """Return the lane-hours of one day of Horgos road, on the Chinese clock."""
    scenario = apply("horgos_road", *policy)
    pool = station_roster(expand_stations(scenario.port)[station], scenario)
    return lane_minutes(pool, 1440.0 * day, 1440.0 * (day + 1)) / 60.0


@pytest.mark.parametrize("policy", ["rota_by_demand", "three_shifts", "hours_24x7_same_staff"])
def test_same_staff_means_the_lane_hours_of_the_12_hour_day(policy):
    assert lane_hours([policy]) == pytest.approx(lane_hours([]))


def test_thin_nights_take_three_quarters_of_the_lane_hours():
    assert lane_hours(["rota_night_thin"]) == pytest.approx(0.75 * lane_hours(["hours_24x7"]))


@pytest.mark.parametrize("station", ["smart_gate_export", "scanner_export", "border_police_car"])
def test_breaks_cost_an_hour_of_all_lanes_whichever_way_they_are_taken(station):
    lanes = expand_stations(load_baseline("horgos_road").port)[station].servers
    for policy in ("common_break", "staggered_breaks"):
        assert lane_hours([], station) - lane_hours([policy], station) == pytest.approx(lanes)


def test_rota_by_demand_follows_the_trucks_of_horgos_road():
    scenario = load_baseline("horgos_road")
    trucks = [name for name in scenario.demand.classes if name != "export_car"]
    begins = 1440.0 + 60.0 * np.arange(24)
    by_hour = np.array([sum(mean_rate(scenario, each).expected(at, at + 60.0) for each in trucks) for at in begins])
    weights = np.array(POLICIES["rota_by_demand"].set["port"]["hours"]["china"]["staffed_by_hour"])
    per_day = sum(scenario.demand.classes[each].per_day for each in trucks)
    assert np.abs(by_hour / by_hour.sum() * per_day - weights).max() <= 0.5
