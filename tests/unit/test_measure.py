"""Outcomes of runs that can be worked out by hand: one or two posts, a few trucks at known minutes."""

import numpy as np
import pytest

from tests.unit.small_port import DAY_MIN, change, line_of_posts, look_up, measure, post
from tests.unit.tiny import tiny_scenario

HOURLY = line_of_posts(gate=post(60))
"""One booth that takes an hour: trucks at minutes 0, 30 and 45 start at 0, 60 and 120."""


def of_class(outcomes, name: str) -> float:
    return look_up(outcomes, "class", "truck", name)


def of_gate(outcomes, name: str) -> float:
    return look_up(outcomes, "station", "gate", name)


def test_release_time_runs_from_arrival_to_release():
    outcomes = measure(HOURLY, 0, 30, 45)
    stays_h = np.array([60, 90, 135]) / 60
    assert of_class(outcomes, "release_mean") == pytest.approx(stays_h.mean())
    assert of_class(outcomes, "release_median") == pytest.approx(1.5)
    assert of_class(outcomes, "release_p90") == pytest.approx(1.5 + 0.8 * (2.25 - 1.5))
    assert of_class(outcomes, "release_p95") == pytest.approx(1.5 + 0.9 * (2.25 - 1.5))


def test_release_time_divides_into_waiting_and_processing():
    outcomes = measure(HOURLY, 0, 30, 45)
    assert of_class(outcomes, "waiting") == pytest.approx((0 + 30 + 75) / 3 / 60)
    assert of_class(outcomes, "processing") == pytest.approx(1)
    assert of_class(outcomes, "blocked") == 0
    assert of_class(outcomes, "driving") == 0


def test_unfinished_trucks_are_counted_and_not_averaged():
    outcomes = measure(HOURLY, 0, 1400, 1430)
    assert of_class(outcomes, "release_mean") == 1
    assert of_class(outcomes, "released_per_day") == 1
    assert of_class(outcomes, "present_at_end") == 2
    account = [look_up(outcomes, "port", "port", n) for n in ("arrived", "finished", "inside", "not_admitted")]
    assert account == [3, 1, 1, 1]


def test_truck_that_would_arrive_at_the_end_has_not_arrived():
    outcomes = measure(HOURLY, 0, DAY_MIN)
    assert look_up(outcomes, "port", "port", "arrived") == 1
    assert of_class(outcomes, "arrived_per_day") == 1
    assert of_class(outcomes, "present_at_end") == 0


def test_no_mean_exists_when_nobody_was_released():
    outcomes = measure(HOURLY, 1400)
    for name in ("release_mean", "release_median", "release_p90", "release_p95", "crossing_mean"):
        assert np.isnan(of_class(outcomes, name))
    assert of_class(outcomes, "released_per_day") == 0


def test_queue_is_the_number_waiting_and_not_those_in_service():
    outcomes = measure(HOURLY, 0, 30, 45)
    assert of_gate(outcomes, "queue_max") == 2
    assert of_gate(outcomes, "queue_mean") == pytest.approx((30 + 75) / DAY_MIN)
    assert of_gate(outcomes, "waiting") == pytest.approx((0 + 30 + 75) / 3)


def test_queue_of_those_who_are_not_served_by_the_end_lasts_to_the_end():
    outcomes = measure(HOURLY, 1390, 1400)
    assert of_gate(outcomes, "queue_mean") == pytest.approx(40 / DAY_MIN)
    assert np.isnan(of_gate(outcomes, "waiting"))


def test_queue_at_closing_is_averaged_over_closings():
    scenario = line_of_posts(days=2, gate=post(30, hours="day"))
    outcomes = measure(scenario, 570, 580, 590)
    assert of_gate(outcomes, "queue_at_closing") == (2 + 0) / 2


def test_post_that_never_closes_has_no_queue_at_closing():
    assert np.isnan(of_gate(measure(HOURLY, 0), "queue_at_closing"))


def test_utilisation_is_busy_time_within_the_schedule_and_the_rest_is_overtime():
    outcomes = measure(line_of_posts(gate=post(30, hours="day")), 580)
    assert of_gate(outcomes, "utilisation") == pytest.approx(20 / 120)
    assert of_gate(outcomes, "overtime") == pytest.approx(10 / 60)
    assert of_gate(outcomes, "load") == pytest.approx(30 / 120)


def test_utilisation_counts_only_work_within_the_measured_window():
    scenario = line_of_posts(warmup_days=1, gate=post(60))
    outcomes = measure(scenario, 1410, 2 * DAY_MIN - 20)
    assert of_gate(outcomes, "utilisation") == pytest.approx((30 + 20) / DAY_MIN)
    assert of_gate(outcomes, "lane_hours") == 24


def test_load_counts_all_work_that_arrives_even_if_it_is_not_done_by_the_end():
    outcomes = measure(HOURLY, 0, 1430, 1435)
    assert of_gate(outcomes, "load") == pytest.approx(180 / DAY_MIN)
    assert of_gate(outcomes, "utilisation") == pytest.approx(70 / DAY_MIN)


def test_load_leaves_out_work_that_arrived_during_warm_up():
    outcomes = measure(line_of_posts(warmup_days=1, gate=post(60)), 100, 1410, 1500)
    assert of_gate(outcomes, "load") == pytest.approx(60 / DAY_MIN)


def test_server_that_is_blocked_is_occupied_but_not_utilised():
    scenario = line_of_posts(gate=post(1), yard=post(10, places=1))
    outcomes = measure(scenario, 0, 0)
    assert of_gate(outcomes, "utilisation") == pytest.approx(2 / DAY_MIN)
    assert of_gate(outcomes, "occupancy") == pytest.approx(11 / DAY_MIN)


def test_work_that_freezes_at_closing_needs_no_overtime():
    scenario = line_of_posts(days=2, gate=post(60, hours="day", at_closing="freeze"))
    outcomes = measure(scenario, 570)
    assert of_gate(outcomes, "overtime") == 0
    assert of_gate(outcomes, "utilisation") == pytest.approx(60 / 240)
    assert of_gate(outcomes, "waiting") == 22 * 60


def test_post_that_never_opens_has_no_utilisation():
    outcomes = measure(change(line_of_posts(gate=post(10, hours="day")), **{"port.hours.day.open": "off"}))
    assert np.isnan(of_gate(outcomes, "utilisation"))
    assert of_gate(outcomes, "lane_hours") == 0


def test_release_is_the_sum_of_its_parts_by_step():
    scenario = line_of_posts(gate=post(1), yard=post(10, places=1, agency="operator"))
    outcomes = measure(scenario, 0, 0, 0)
    gate, yard = (
        {part: look_up(outcomes, "step", f"truck/{key}", part) * 60 for part in ("waiting", "processing", "blocked")}
        for key in ("gate", "yard")
    )
    assert gate == pytest.approx({"waiting": (0 + 1 + 11) / 3, "processing": 1, "blocked": (0 + 9 + 9) / 3})
    assert yard == pytest.approx({"waiting": 0, "processing": 10, "blocked": 0})
    assert of_class(outcomes, "release_mean") * 60 == pytest.approx(sum(gate.values()) + sum(yard.values()))


def test_release_is_the_sum_of_its_parts_by_agency():
    posts = {
        "gate": post(1),
        "yard": post(10, agency="operator", drive_min=3),
        "scanner": post(4, places=1),
    }
    outcomes = measure(line_of_posts(**posts), 0, 0)
    parts = ("driving", "waiting", "processing", "blocked")
    customs, operator = (
        [look_up(outcomes, "agency", f"truck/{agency}", part) * 60 for part in parts]
        for agency in ("customs", "operator")
    )
    assert customs == pytest.approx([0, (0 + 1) / 2, 1 + 4, 0])
    assert operator == pytest.approx([3, (0 + 9) / 2, 10, 0])
    assert of_class(outcomes, "release_mean") * 60 == pytest.approx(sum(customs) + sum(operator))


def test_agency_that_is_never_visited_takes_no_time():
    scenario = change(
        tiny_scenario(), **{"port.selections.machine.rate": 0.0, "port.facilities.yard.agency": "customs"}
    )
    scenario = change(scenario, **{"port.facilities.scanner.agency": "quarantine"})
    outcomes = measure(scenario, 2000)
    assert look_up(outcomes, "agency", "truck/quarantine", "processing") == 0
    assert outcomes.filter(name="truck/scanner").is_empty()


def test_release_ends_at_our_last_post_and_crossing_at_the_neighbours():
    scenario = line_of_posts(gate=post(10), abroad=post(60, agency="neighbour", drive_min=5))
    outcomes = measure(scenario, 0)
    assert of_class(outcomes, "release_mean") == pytest.approx(10 / 60)
    assert of_class(outcomes, "crossing_mean") == pytest.approx(75 / 60)
    assert of_class(outcomes, "processing") == pytest.approx(10 / 60)


def test_release_begins_where_the_neighbour_hands_over():
    scenario = line_of_posts(abroad=post(60, agency="neighbour"), gate=post(10, drive_min=5))
    outcomes = measure(scenario, 0)
    assert of_class(outcomes, "release_mean") == pytest.approx(15 / 60)
    assert of_class(outcomes, "driving") == pytest.approx(5 / 60)
    assert of_class(outcomes, "crossing_mean") == pytest.approx(75 / 60)


def test_trucks_released_during_warm_up_are_left_out_and_later_ones_are_in():
    scenario = line_of_posts(warmup_days=1, gate=post(60))
    outcomes = measure(scenario, 100, 1410, 1420)
    assert of_class(outcomes, "release_mean") == pytest.approx((60 + 110) / 2 / 60)
    assert of_class(outcomes, "released_per_day") == 2
    assert of_class(outcomes, "arrived_per_day") == 0


def test_release_within_24_hours_judges_those_who_had_24_hours():
    scenario = change(line_of_posts(days=3, gate=post(30, hours="day")), **{"port.hours.day.open": "Mo 08:00-10:00"})
    outcomes = measure(scenario, 590, 595, 2 * DAY_MIN + 1)
    assert of_class(outcomes, "released_within_24h") == 1 / 2


def test_release_after_exactly_24_hours_is_within_24_hours():
    outcomes = measure(line_of_posts(days=3, gate=post(DAY_MIN)), 0, 1)
    assert of_class(outcomes, "released_within_24h") == 1 / 2


def test_growth_is_the_change_of_those_present_as_a_share_of_arrivals():
    scenario = line_of_posts(warmup_days=1, gate=post(300))
    outcomes = measure(scenario, 1400, *(DAY_MIN + 60 * hour for hour in (1, 2, 3, 22)))
    assert of_class(outcomes, "present_at_end") == 1
    assert of_class(outcomes, "growth") == (1 - 1) / 4
    assert of_class(measure(HOURLY, 60, 200, 300, 1420), "growth") == 1 / 4


def test_staff_hours_count_all_who_are_scheduled_on_our_side():
    posts = {
        "gate": post(1, hours="day", servers=2, staff_per_server=3),
        "yard": post(1, hours="always", staff_per_server=0),
        "abroad": post(1, agency="neighbour", hours="always", staff_per_server=5),
    }
    outcomes = measure(line_of_posts(days=2, **posts), 500)
    assert look_up(outcomes, "port", "port", "lane_hours") == pytest.approx(2 * 2)
    assert look_up(outcomes, "port", "port", "staff_hours") == pytest.approx(2 * 2 * 3)
    assert look_up(outcomes, "station", "abroad", "staff_hours") == pytest.approx(24 * 5)


def test_staff_hours_count_shared_crews():
    crew = {"inspectors": {"hours": "day", "teams": 2, "staff_per_team": 4}}
    scenario = change(line_of_posts(gate=post(1, hours="day", staff_per_server=0)), **{"port.crews": crew})
    outcomes = measure(change(scenario, **{"port.facilities.gate.crew": "inspectors"}), 500)
    assert look_up(outcomes, "port", "port", "staff_hours") == pytest.approx(2 * 4 * 2)


def test_lanes_thinned_by_a_roster_have_their_rostered_hours():
    scenario = line_of_posts(gate=post(1, servers=2, hours="day"))
    thinned = {"port.hours.day.open": "24/7", "port.hours.day.rostered_h_per_day": 8}
    outcomes = measure(change(scenario, **thinned), 500)
    assert of_gate(outcomes, "lane_hours") == pytest.approx(2 * 8)


def test_directions_add_the_classes_of_both():
    scenario = tiny_scenario()
    truck = scenario.demand.classes["truck"].model_dump()
    routes = {
        "out": {"direction": "export", "through": ["gate"]},
        "in": {"direction": "import", "through": ["yard"]},
    }
    classes = {"truck": truck, "car": truck, "lorry": truck | {"route": "in"}}
    facilities = {"gate": post(10), "yard": post(20)}
    changes = {"port.routes": routes, "port.facilities": facilities, "demand.classes": classes, "port.selections": {}}
    scenario = tiny_scenario(**changes, **{"horizon.warmup_days": 0, "horizon.days": 1})
    outcomes = measure(scenario, truck=[0, 100], car=[200], lorry=[0])
    assert look_up(outcomes, "direction", "export", "released_per_day") == 3
    assert look_up(outcomes, "direction", "import", "release_mean") == pytest.approx(20 / 60)


def test_every_outcome_has_one_unit_and_one_value():
    outcomes = measure(line_of_posts(gate=post(1), yard=post(10, places=1)), 0, 5)
    assert outcomes.columns == ["scope", "name", "measure", "unit", "value"]
    assert not outcomes.select("scope", "name", "measure").is_duplicated().any()
    assert (outcomes["unit"].str.len_chars() > 0).all()
