"""Reinforcements: extra lanes for some hours of one day, worked out by hand."""

import pytest

from sim.port import expand_stations
from sim.port.choices import find_choices
from sim.port.pools import station_roster
from tests.shipped import apply
from tests.unit.small_port import change, line_of_posts, look_up, measure, post, visit
from tests.unit.test_roster import read_steps

CREWS = {"label": "crews", "label_zh": "增援", "day": 2, "at": "09:00", "lasts_min": 180.0, "lanes": {"gate": 2}}


def gate(*sent, warmup_days=0, **more):
    """Return two days of a gate with one lane, open 08:00 to 10:00, with reinforcements."""
    scenario = line_of_posts(days=2, warmup_days=warmup_days, gate=post(10.0, hours="day", **more))
    crews = {f"crews_{number}": CREWS | each for number, each in enumerate(sent)}
    return change(scenario, **{"port.reinforcements": crews})


def read_roster(scenario):
    return read_steps(station_roster(expand_stations(scenario.port)["gate"], scenario))


def test_crews_come_at_their_hour_and_work_while_the_facility_is_open():
    assert read_roster(gate({})) == [(0, 0), (8, 1), (10, 0), (32, 1), (33, 3), (34, 0)]


def test_day_counts_from_the_end_of_the_warm_up_and_a_date_is_a_date():
    """The run begins on 1 September; its second measured day is the 3rd."""
    by_day, by_date = gate({}, warmup_days=1), gate({"day": None, "date": "2025-09-03"}, warmup_days=1)
    assert read_roster(by_day) == read_roster(by_date)
    assert (57, 3) in read_roster(by_day)


def test_crews_that_come_together_add_up():
    steps = read_roster(gate({}, {"at": "09:30", "lasts_min": 15.0, "lanes": {"gate": 1}}))
    assert steps == [(0, 0), (8, 1), (10, 0), (32, 1), (33, 3), (33.5, 4), (33.75, 3), (34, 0)]


def test_crews_serve_and_their_hours_count():
    """Three come at 09:00 of the second day and are served at once; two more lanes work for one hour of two days."""
    scenario = gate({}, staff_per_server=2)
    at = 1440.0 + 540.0
    assert visit(scenario, at, at, at).start_min.tolist() == [at] * 3
    outcomes = measure(scenario, at, at, at)
    assert look_up(outcomes, "station", "gate", "lane_hours") == (4 + 2) / 2
    assert look_up(outcomes, "port", "port", "staff_hours") == 2 * (4 + 2) / 2
    assert look_up(outcomes, "station", "gate", "utilisation") == pytest.approx(0.5 / 6)


def test_crews_and_surge_lanes_work_side_by_side():
    """Four come at 09:00: two crews and the own lane take three, the fourth waits for the surge lane's 5 minutes."""
    scenario = gate({}, surge={"lanes": 1, "queue": 1, "ready_min": 5.0, "open_min": 30.0})
    at = 1440.0 + 540.0
    assert visit(scenario, at, at, at, at).start_min.tolist() == [at, at, at, at + 5.0]


def test_drivers_who_choose_a_route_do_not_count_on_crews():
    horgos = apply("horgos_dulata", "diversion_dulata")
    crews = CREWS | {"day": 1, "lanes": {"smart_gate_export": 3}}
    sent = change(horgos, **{"port.reinforcements": {"crews": crews}})
    classes = list(horgos.demand.classes)
    assert find_choices(horgos, classes)
    assert find_choices(sent, classes) == find_choices(horgos, classes)


ODD = [
    ({"day": None}, "give either day or date"),
    ({"date": "2025-09-02"}, "give either day or date"),
    ({"day": 3}, r"reinforcements.crews_0.day is 3, must be within the run, 0 days of warm-up and 2 that are measured"),
    ({"day": None, "date": "2025-08-30"}, "date is datetime.date.*, must be within the run"),
    ({"lanes": {"gat": 1}}, r"reinforcements.crews_0.lanes: there is no 'gat'; did you mean 'gate'\?"),
    ({"lanes": {}}, "at least 1 item"),
    ({"lanes": {"gate": 0}}, "greater than 0"),
    ({"at": "9 am"}, "cannot be read as a clock time"),
]


@pytest.mark.parametrize(("more", "message"), ODD)
def test_crews_that_could_not_come_are_refused(more, message):
    with pytest.raises(ValueError, match=message):
        gate(more)


def test_crews_need_places_to_serve_at():
    with pytest.raises(
        ValueError, match=r"lanes.gate is 2, must be at most the places of 'gate' \(2\) less its servers"
    ):
        gate({}, places=2)
