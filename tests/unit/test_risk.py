"""What inspections find: counted by hand where classes and routes are opened, or have something wrong, all or not."""

from dataclasses import replace

import numpy as np
import pytest

from sim.kernel import run
from sim.luck import Luck
from sim.outcomes import measure_outcomes, read_visits
from sim.port import plan_program
from sim.scenario.load import load_scenario
from sim.study.replication import simulate_once
from tests.unit.road_port import CAR
from tests.unit.small_port import arrive_at, change, look_up, post
from tests.unit.tiny import tiny_scenario

FINDINGS = ("opened_share", "machine_share", "hit_rate", "detection")
MINUTES = {"kind": "constant", "mean_min": 10}
NAMES_TELL, NAMES_LIE = (
    {"rate": rate, "rate_by_class": {"wrong": 1.0 - rate}, "visibility": 0.5} for rate in (0.0, 1.0)
)
"""Violations of all of class `wrong` and no other, and the reverse."""


def site(**examinations):
    """Return an inspection site whose agencies each open who some selection picks."""
    exams = {
        name: {"agency": "customs", "selected_by": selection, "bays": 9, "minutes": MINUTES}
        for name, selection in examinations.items()
    }
    plain = {"label": "site", "label_zh": "查验", "hours": "always", "overlap": 0.5, "presentation": MINUTES}
    return plain | {"examinations": exams}


def two_lanes(rule="shares", **changes):
    """Return a port whose classes `fine` and `wrong` go by lane one or two, past a scanner, a site and a gate each.

    Lane one picks everyone, lane two nobody.
    """
    options = (
        {"one": {"share": 0.5}, "two": {}} if rule == "shares" else {n: {"hours": "always"} for n in ("one", "two")}
    )
    rates = {"rate": 0.5, "rate_by_class": {"wrong": 0.5}, "rate_by_route": {"one": 1.0, "two": 0.0}}
    gates = {name: post(minutes) for name, minutes in (("a", 10.0), ("b", 15.0))}
    plain = {
        "port.facilities": {**gates, "scanner": post(1.0, servers=9, selected_by="machine")},
        "port.inspection_sites": {"site": site(customs="opening", quarantine="dog")},
        "port.selections": {name: {"agency": "customs", **rates} for name in ("machine", "opening", "dog")},
        "port.violations": NAMES_TELL,
        "port.routes": {
            name: {"direction": "export", "through": [gate, "scanner", "site"]}
            for name, gate in (("one", "a"), ("two", "b"))
        },
        "port.route_choices": {"lanes": {"rule": rule, "options": options}},
        "demand.classes": {name: CAR | {"route": "lanes"} for name in ("fine", "wrong")},
        "horizon.warmup_days": 0,
        "horizon.days": 1,
    }
    return tiny_scenario(**(plain | changes))


def drive(scenario, lanes=None, engine="compiled", **minutes):
    """Return the visits of vehicles that come at these minutes, each on the lane of this number if they are given."""
    movements = replace(arrive_at(scenario, minutes), option=None if lanes is None else np.array(lanes, dtype=np.int8))
    plan = plan_program(scenario, movements, Luck(1, 0))
    return read_visits(plan, movements, run(plan.program, engine))


def find(outcomes, scope, name):
    return tuple(look_up(outcomes, scope, name, measure) for measure in FINDINGS)


LANES = [0, 0, 0, 1, 1, 1]
"""Vehicles come in turn, fine, wrong, fine, ...: lane one has two fine ones and a wrong one, lane two the reverse."""


def measure_lanes(scenario):
    visits = drive(scenario, LANES, fine=[0.0, 200.0, 400.0], wrong=[100.0, 300.0, 500.0])
    return measure_outcomes(scenario, visits)


def test_lane_that_opens_everyone_hits_those_with_something_wrong_in_it_and_the_other_none():
    outcomes = measure_lanes(two_lanes())
    assert find(outcomes, "port", "port") == pytest.approx((1 / 2, 1 / 2, 1 / 3, 1 / 3))
    assert find(outcomes, "class", "wrong") == pytest.approx((1 / 3, 1 / 3, 1, 1 / 3))
    assert find(outcomes, "class", "fine") == pytest.approx((2 / 3, 2 / 3, 0, np.nan), nan_ok=True)
    assert find(outcomes, "route", "wrong/one") == pytest.approx((1, 1, 1, 1))
    assert find(outcomes, "route", "wrong/two") == pytest.approx((0, 0, np.nan, 0), nan_ok=True)


def test_what_is_wrong_is_all_found_if_everyone_is_opened():
    everyone = two_lanes(**{"port.violations": NAMES_LIE})
    opened = change(everyone, **{"port.selections.dog.rate_by_route": {"one": 1.0, "two": 1.0}})
    assert find(measure_lanes(opened), "port", "port") == pytest.approx((1, 1 / 2, 1 / 2, 1))


def test_who_is_not_released_is_not_counted():
    """The last one comes six minutes before the end, and its gate takes ten."""
    port = two_lanes()
    outcomes = measure_outcomes(port, drive(port, [0, 1, 0], fine=[0.0, 100.0], wrong=[1434.0]))
    assert find(outcomes, "port", "port") == pytest.approx((1 / 2, 1 / 2, 0, np.nan), nan_ok=True)


def test_classes_that_pass_no_inspection_site_are_left_out():
    port = change(two_lanes(), **{"port.routes.two.through": ["b"], "demand.classes.fine.route": "two"})
    outcomes = measure_outcomes(port, drive(port, [0, 0, 0], fine=[0.0, 100.0], wrong=[200.0]))
    assert outcomes.filter(scope="class", name="fine", measure="opened_share").is_empty()
    assert find(outcomes, "port", "port") == pytest.approx((1, 1, 1, 1))


def test_port_that_says_nothing_of_violations_measures_none():
    outcomes = measure_lanes(two_lanes(**{"port.violations": None}))
    assert set(FINDINGS).isdisjoint(outcomes["measure"])


def test_violations_change_no_time():
    with_them, without = (
        drive(two_lanes(**{"port.violations": each}), LANES, fine=[0.0, 1.0, 2.0], wrong=[0.0, 1.0, 2.0])
        for each in (NAMES_LIE, None)
    )
    assert with_them.to_frame().equals(without.to_frame())


def test_drivers_who_choose_a_lane_are_picked_at_the_rate_of_the_one_that_they_took(engine):
    """Expected, but for inspections: 10 | 10 | 20 > 15 | 20 > 15 | 20 < 30 | 30 = 30 minutes."""
    port = two_lanes("least_expected_time")
    port = change(
        port, **{"port.inspection_sites": {"site": site(customs="opening", quarantine="dog") | {"mode": "joint"}}}
    )
    visits = drive(port, engine=engine, fine=[0.0] * 6)
    keys = [each.key for each in visits.stations]
    ways = {}
    for movement, station in zip(visits.movement.tolist(), visits.station.tolist(), strict=True):
        ways.setdefault(movement, []).append(keys[station])
    lane_one = ["a", "scanner", "site.joint"]
    assert [ways[movement] for movement in range(6)] == [lane_one, lane_one, ["b"], ["b"], lane_one, lane_one]
    work = visits.work_min[visits.station == keys.index("site.joint")]
    assert work.tolist() == [10 + 10 + 0.5 * 10] * 4  # presented once, the longer examination, half of the other


def test_release_times_are_told_apart_by_route():
    """Gates of 10 and 15 minutes; 90 % of 10, 20, 30 and 40 lie below 37."""
    port = two_lanes(**{"port.routes.one.through": ["a"], "port.routes.two.through": ["b"], "port.violations": None})
    outcomes = measure_outcomes(port, drive(port, [0, 0, 0, 0, 1, 1], fine=[0.0] * 6))
    measures = ("set_out_per_day", "released_per_day", "release_mean", "release_p90")
    found = {name: [look_up(outcomes, "route", f"fine/{name}", each) for each in measures] for name in ("one", "two")}
    assert found["one"] == pytest.approx([4, 4, 25 / 60, 37 / 60])
    assert found["two"] == pytest.approx([2, 2, 22.5 / 60, 28.5 / 60])


def test_papers_that_are_sent_back_are_no_machine():
    nobody_scanned = {f"port.selections.machine_{way}.rate=0" for way in ("export", "import")}
    everybody_back = {f"port.selections.paper_errors_{way}.rate=1" for way in ("export", "import")}
    scenario = load_scenario("port=bakhtu", "horizon=smoke", *nobody_scanned, *everybody_back)
    shares = simulate_once(scenario).outcomes.filter(scope="port", measure="machine_share")["value"]
    assert shares.to_list() == [0.0]
