"""Visits: when trucks arrive, start, finish and leave at one or two posts, worked out by hand."""

import numpy as np
import polars as pl
from numpy.testing import assert_allclose, assert_array_equal

from tests.unit.small_port import change, line_of_posts, post, visit
from tests.unit.tiny import tiny_scenario

TIMES = ("enter_min", "arrive_min", "start_min", "finish_min", "leave_min")


def at(visits, station: str, column: str) -> list[float]:
    """Return a column of the visits at a station, in the order of movements."""
    index = [each.key for each in visits.stations].index(station)
    return getattr(visits, column)[visits.station == index].tolist()


def test_trucks_are_served_one_after_another_at_a_single_server():
    visits = visit(line_of_posts(gate=post(10)), 0, 4, 30)
    assert at(visits, "gate", "start_min") == [0, 10, 30]
    assert at(visits, "gate", "finish_min") == [10, 20, 40]
    assert at(visits, "gate", "waiting_min") == [0, 6, 0]
    assert at(visits, "gate", "processing_min") == [10, 10, 10]
    assert at(visits, "gate", "blocked_min") == [0, 0, 0]


def test_truck_blocked_downstream_keeps_its_server_and_counts_as_blocked():
    visits = visit(line_of_posts(gate=post(1), yard=post(10, places=1)), 0, 0, 0)
    assert at(visits, "gate", "start_min") == [0, 1, 11]
    assert at(visits, "gate", "leave_min") == [1, 11, 21]
    assert at(visits, "gate", "blocked_min") == [0, 9, 9]
    assert at(visits, "gate", "waiting_min") == [0, 1, 11]
    assert at(visits, "yard", "waiting_min") == [0, 0, 0]


def test_truck_that_waits_in_a_place_waits_there_and_is_not_blocked():
    visits = visit(line_of_posts(gate=post(1), yard=post(10, places=2)), 0, 0)
    assert at(visits, "gate", "blocked_min") == [0, 0]
    assert at(visits, "yard", "waiting_min") == [0, 9]


def test_truck_drives_from_leaving_one_post_to_arriving_at_the_next():
    visits = visit(line_of_posts(gate=post(1), yard=post(10, drive_min=5)), 0)
    assert (at(visits, "yard", "enter_min"), at(visits, "yard", "arrive_min")) == ([1], [6])
    assert at(visits, "yard", "driving_min") == [5]
    assert at(visits, "gate", "driving_min") == [0]


def test_each_visit_is_entered_when_the_one_before_is_left():
    visits = visit(line_of_posts(gate=post(1), yard=post(10, places=1), road=post(2, drive_min=3)), 0, 0, 5)
    assert at(visits, "yard", "enter_min") == at(visits, "gate", "leave_min")
    assert at(visits, "road", "enter_min") == at(visits, "yard", "leave_min")


def test_wait_for_a_place_at_the_first_post_is_waiting_there():
    visits = visit(line_of_posts(gate=post(10, places=1)), 0, 4)
    assert at(visits, "gate", "enter_min") == [0, 4]
    assert at(visits, "gate", "waiting_min") == [0, 6]


def test_truck_that_comes_before_opening_waits_until_opening():
    visits = visit(line_of_posts(gate=post(10, hours="day")), 7 * 60)
    assert at(visits, "gate", "waiting_min") == [60]


def test_work_begun_before_closing_is_finished_after_it():
    visits = visit(line_of_posts(gate=post(30, hours="day")), 590)
    assert at(visits, "gate", "finish_min") == [620]
    assert at(visits, "gate", "waiting_min") == [0]


def test_work_that_froze_at_closing_counts_as_waiting():
    scenario = line_of_posts(days=2, site=post(60, hours="day", at_closing="freeze"))
    visits = visit(scenario, 570)
    assert at(visits, "site", "start_min") == [570]
    assert at(visits, "site", "finish_min") == [1440 + 8 * 60 + 30]
    assert at(visits, "site", "processing_min") == [60]
    assert at(visits, "site", "waiting_min") == [22 * 60]


def test_wait_for_the_quota_of_the_next_day_is_waiting():
    scenario = line_of_posts(days=2, gate=post(10), border=post(1, quota_per_day=1, drive_min=2))
    visits = visit(scenario, 0, 0)
    assert at(visits, "border", "start_min") == [12, 1440]
    assert at(visits, "border", "waiting_min") == [0, 1440 - 22]


def test_service_starts_when_the_shared_team_comes():
    crew = {"inspectors": {"hours": "always", "teams": 1}}
    both = {"port.facilities": {"left": post(10, crew="inspectors"), "right": post(10, crew="inspectors")}}
    routes = {"port.routes": {side: {"direction": "export", "through": [side]} for side in ("left", "right")}}
    truck = tiny_scenario().demand.classes["truck"].model_dump()
    classes = {"demand.classes": {"truck": truck | {"route": "left"}, "car": truck | {"route": "right"}}}
    scenario = tiny_scenario(**both, **routes, **classes, **{"port.crews": crew, "port.selections": {}})
    visits = visit(scenario, truck=[0], car=[4])
    assert at(visits, "right", "start_min") == [10]
    assert at(visits, "right", "waiting_min") == [6]


def test_what_has_not_happened_by_the_end_has_no_time():
    visits = visit(line_of_posts(gate=post(10), yard=post(60)), 1400, 1405)
    assert at(visits, "gate", "leave_min") == [1410, 1420]
    assert_array_equal(at(visits, "yard", "start_min"), [1410, np.nan])
    assert_array_equal(at(visits, "yard", "finish_min"), [np.nan, np.nan])
    assert_array_equal(at(visits, "yard", "processing_min"), [np.nan, np.nan])


def test_parts_of_a_stay_add_up_to_it():
    posts = {"gate": post(1), "yard": post(10, places=1), "site": post(60, hours="day", at_closing="freeze")}
    visits = visit(line_of_posts(days=3, **posts), 500, 501, 560, 565)
    parts = visits.driving_min + visits.waiting_min + visits.processing_min + visits.blocked_min
    assert_allclose(parts, visits.leave_min - visits.enter_min, rtol=1e-12)


def test_visits_at_the_neighbours_posts_are_not_on_our_side():
    visits = visit(line_of_posts(gate=post(1), abroad=post(10, agency="neighbour")), 0)
    assert visits.own_side.tolist() == [True, False]


def test_table_of_visits_has_names_and_the_same_times():
    visits = visit(line_of_posts(gate=post(10), yard=post(60)), 0, 4)
    frame = visits.to_frame()
    assert frame["vehicle_class"].cast(pl.String).to_list() == ["truck"] * 4
    assert frame["station"].cast(pl.String).to_list() == ["gate", "yard"] * 2
    for name in TIMES:
        assert_array_equal(frame[name], getattr(visits, name))


def test_trucks_that_are_not_selected_do_not_visit_the_post():
    scenario = change(tiny_scenario(), **{"port.selections.machine.rate": 0.0})
    stations = visit(scenario, 500, 501).to_frame()["station"].cast(pl.String).to_list()
    assert stations == ["gate", "yard"] * 2
