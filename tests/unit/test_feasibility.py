"""Feasibility: loads worked out by hand and held against long runs, and infeasible ports that were built in."""

from io import StringIO

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.expected import expect_arrivals
from sim.study.feasibility import check_feasibility
from sim.study.offered import Load, measure_loads
from sim.study.replication import replicate_scenarios
from sim.verbs.plans import show_feasibility
from sim.views.feasibility import print_feasibility, warn_before
from tests.unit.rail_port import facility, rail_scenario
from tests.unit.tiny import tiny_facility, tiny_scenario


def load_of(scenario: Scenario, name: str, resource: str = "servers") -> Load:
    (found,) = [load for load in measure_loads(scenario) if (load.name, load.resource) == (name, resource)]
    return found


def test_load_is_visits_times_minutes_over_open_servers_by_part_of_the_day():
    """100 trucks of 5 minutes for 2 lanes from 07:00 to 19:00: 125 minutes in each quarter of the day."""
    gate = load_of(tiny_scenario(), "gate")
    np.testing.assert_allclose(gate.asked, [125, 125, 125, 125])
    np.testing.assert_allclose(gate.given, [0, 2 * 300, 2 * 360, 2 * 60])
    assert gate.day == pytest.approx(500 / 1440)
    assert gate.by_part == pytest.approx((np.inf, 125 / 600, 125 / 720, 125 / 120))
    assert gate.open_h == pytest.approx(12)


def test_only_selected_vehicles_ask_for_a_scanner():
    assert load_of(tiny_scenario(), "scanner").day == pytest.approx(100 * 0.3 * 4 / 720)


def test_day_part_is_that_of_the_ports_clock_and_arrivals_that_of_the_profile():
    """All come between 06:00 and 07:00 in Almaty, three hours behind Shanghai in 2025."""
    profile = {"timezone": "Asia/Almaty", "by_hour": [0] * 6 + [1] + [0] * 17}
    found = expect_arrivals(tiny_scenario(**{"demand.profiles.flat": profile}))
    np.testing.assert_allclose(found["truck"], [0, 100, 0, 0])


def test_what_is_beyond_its_hours_says_how_many_lanes_or_hours_it_needs():
    """100 trucks of 17 minutes ask for 1,700 minutes; a lane gives 720 in its 12 hours: 3 lanes, or 28.3 hours."""
    gate = load_of(tiny_scenario(**{"port.facilities.gate": tiny_facility(minutes=17, hours="day")}), "gate")
    assert gate.day == pytest.approx(1700 / 720)
    assert gate.count_for(1.0) == 3
    assert gate.hours_for(1.0) == pytest.approx(1700 / 60)


def test_lanes_that_are_needed_suffice_and_one_fewer_does_not():
    for minutes in (3.0, 7.2, 14.4, 21.0, 50.0):
        scenario = tiny_scenario(**{"port.facilities.gate": tiny_facility(minutes=minutes, hours="day")})
        need = load_of(scenario, "gate").count_for(1.0)
        loads = [
            load_of(tiny_scenario(**{"port.facilities.gate": tiny_facility(n, minutes, hours="day")}), "gate").day
            for n in range(max(need - 1, 1), need + 1)
        ]
        assert loads[-1] <= 1.0 + 1e-9
        assert need == 1 or loads[0] > 1.0


def test_crew_is_asked_for_what_all_its_desks_ask():
    desk = {"minutes": 5, "crew": "team"}
    scenario = tiny_scenario(
        **{
            "port.facilities": {"first": tiny_facility(9, **desk), "second": tiny_facility(9, **desk)},
            "port.crews": {"team": {"hours": "day", "teams": 2}, "idle": {"hours": "day", "teams": 1}},
            "port.selections": {},
            "port.routes.out.through": ["first", "second"],
        }
    )
    assert load_of(scenario, "team", "crew").day == pytest.approx(200 * 5 / (2 * 720))
    assert ("unused_crew", "idle") in check_feasibility(scenario).idle


def test_quota_and_paths_are_asked_for_by_each_vehicle():
    gate = tiny_facility(quota_per_day=80, paths_per_day=120, hours="day")
    scenario = tiny_scenario(**{"port.facilities.gate": gate})
    assert load_of(scenario, "gate", "quota").day == pytest.approx(100 / 80)
    assert load_of(scenario, "gate", "quota").by_part is None
    assert load_of(scenario, "gate", "paths").day == pytest.approx(100 / 60)  # half of them while it is open


def test_track_that_is_kept_is_asked_for_until_it_is_given_back():
    """Two trains a day keep one of two tracks for checks of 30 minutes and 4 boxes of 3 minutes at one crane."""
    track = load_of(rail_scenario(), "arrival_track")
    assert track.is_least
    assert track.day == pytest.approx(2 * (30 + 4 * 3) / (2 * 1440))


def test_cranes_lift_each_box_off_and_on():
    assert load_of(rail_scenario(), "yard cranes", "cranes").day == pytest.approx(8 * 2 * 3 / 1440)


def test_cargo_asks_for_the_room_of_the_vehicles_that_take_it():
    assert load_of(rail_scenario(), "yard.storage", "room").day == pytest.approx(8 / 8)


def test_gate_that_drivers_may_avoid_is_tight_and_not_impossible():
    """100 trucks of 20 minutes: half ask for 1,000 minutes of a gate that gives 720, and may go to a yard."""
    gates = {"gate": tiny_facility(minutes=20, hours="day"), "yard": tiny_facility(servers=9, minutes=20)}
    routes = {name: {"direction": "export", "through": [name]} for name in gates}
    choice = {"options": {name: {"hours": "always"} for name in gates}}
    changes = {"port.facilities": gates, "port.selections": {}, "port.routes": routes}
    scenario = tiny_scenario(
        **{**changes, "port.route_choices": {"either": choice}, "demand.classes.truck.route": "either"}
    )
    found = check_feasibility(scenario)
    assert load_of(scenario, "gate").day == pytest.approx(1000 / 720)
    assert found.impossible == ()
    assert [load.name for load in found.tight] == ["gate"]
    given = {"rule": "shares", "options": {"gate": {"share": 0.5}, "yard": {}}}
    fixed = tiny_scenario(
        **{**changes, "port.route_choices": {"either": given}, "demand.classes.truck.route": "either"}
    )
    assert [load.name for load in check_feasibility(fixed).impossible] == ["gate"]


def test_route_without_vehicles_and_what_lies_on_it_are_found():
    scenario = tiny_scenario(
        **{
            "port.facilities.spare": tiny_facility(),
            "port.routes.unused": {"direction": "export", "through": ["spare"]},
            "port.selections.never": {"agency": "customs", "rate": 0.5},
            "port.selections.machine.rate": 0.0,
        }
    )
    assert set(check_feasibility(scenario).idle) == {
        ("off_route", "spare"),
        ("unused_route", "unused"),
        ("unused_selection", "never"),
        ("never_selects", "machine"),
    }


def test_facility_that_never_opens_is_found_and_warned_of():
    scenario = tiny_scenario(**{"port.hours.day.open": "off"})
    found = check_feasibility(scenario)
    assert {name for kind, name in found.idle if kind == "never_opens"} == {"gate", "scanner"}
    assert any("never open" in line for line in warn_before({"today": scenario}))


def border(open_abroad: str) -> Scenario:
    """Return a gate that is open from 07:00 to 19:00, and a neighbour with hours of its own."""
    abroad = tiny_facility(agency="neighbour", hours="abroad", places=7)
    return tiny_scenario(
        **{
            "port.hours.abroad": {"timezone": "Asia/Almaty", "open": open_abroad},
            "port.facilities.abroad": abroad,
            "port.routes.out.through": ["gate", "abroad"],
            "port.facilities.scanner.selected_by": None,
            "port.selections": {},
        }
    )


@pytest.mark.parametrize(
    ("open_abroad", "both_h"),
    [
        ("Mo-Su 07:00-19:00", 9.0),  # 10:00 to 22:00 here
        ("Mo-Su 15:30-24:00", 0.5),  # 18:30 to 03:00 here
        ("Mo-Su 20:00-24:00", 0.0),
        ("24/7", 12.0),
        ("off", 0.0),
    ],
)
def test_overlap_of_both_sides_is_that_of_their_clocks(open_abroad, both_h):
    (overlap,) = check_feasibility(border(open_abroad)).overlaps
    assert (overlap.first, overlap.second, overlap.places) == ("gate", "abroad", 7)
    assert overlap.both_h == pytest.approx(both_h)
    assert overlap.pile_up == pytest.approx(100 * (12 - both_h) / 12)
    assert overlap.is_short == (both_h < 1.0 and open_abroad != "off")


def test_sides_that_never_meet_are_warned_of():
    assert any("never open together" in line for line in warn_before({"today": border("Mo-Su 20:00-24:00")}))


def test_warning_that_scenarios_share_is_given_once():
    scenario = border("Mo-Su 20:00-24:00")
    assert warn_before({"baseline": scenario, "policy": scenario}) == warn_before({"baseline": scenario})


def test_shipped_ports_can_work():
    """No shipped port asks for more than it can give, or has sides that hardly meet."""
    for port in ("horgos_road", "horgos_rail"):
        found = check_feasibility(load_scenario(f"port={port}", "horizon=week"))
        assert not found.impossible
        assert not any(overlap.is_short for overlap in found.overlaps)


def compare_with_runs(scenario: Scenario, replications: int) -> pl.DataFrame:
    """Return the expected load of each station's servers beside that measured, with its 99.9 % interval."""
    measured = summarise(replicate_scenarios({"today": scenario}, replications).outcomes, 0.999)
    measured = measured.filter(measure="load", scope="station").select("name", "mean", "half_width")
    loads = [load for load in measure_loads(scenario) if load.resource == "servers"]
    rows = [(load.name, load.day, load.is_least) for load in loads]
    expected = pl.DataFrame(rows, schema=["name", "expected", "is_least"], orient="row")
    return expected.join(measured, on="name", how="inner").drop_nulls()


@pytest.mark.parametrize(
    ("port", "words", "replications"),
    [
        ("horgos_road", (), 5),
        pytest.param("horgos_road", ("policy=[joint_inspection]",), 10, marks=pytest.mark.slow),
        pytest.param("horgos_rail", (), 6, marks=pytest.mark.slow),
    ],
)
def test_loads_are_those_of_runs(port, words, replications):
    found = compare_with_runs(load_scenario(f"port={port}", "horizon=week", *words), replications)
    exact = found.filter(~pl.col("is_least"))
    assert len(exact) > 15
    for row in exact.iter_rows(named=True):
        assert row["mean"] == pytest.approx(row["expected"], abs=row["half_width"] + 1e-6), row
    for row in found.filter("is_least").iter_rows(named=True):
        assert row["expected"] < row["mean"] + row["half_width"], row


def test_table_names_the_fullest_first_in_both_languages():
    scenario = tiny_scenario(**{"port.facilities.gate": tiny_facility(minutes=17, hours="day", label="narrow gate")})
    for language, words in (("en", "needs at least 3 lanes instead of 1"), ("zh", "至少需要3条通道，现有1条通道")):
        text = StringIO()
        print_feasibility(Console(file=text, width=160), check_feasibility(scenario), scenario, language)
        lines = text.getvalue().splitlines()
        assert any("2.36" in line for line in lines[4:8])
        assert any(words in line for line in lines)


def test_kept_wagons_count_by_the_vehicle():
    """Four wagons of eight for each of two trains, which need them for nothing but the boxes' 12 minutes."""
    scenario = rail_scenario(
        **{
            "port.facilities.wagons": facility(8, servers_per_vehicle=4, kept_until="yard.loading", back_after_min=60),
            "port.routes.other.through": ["wagons", "yard.loading"],
        }
    )
    assert load_of(scenario, "wagons").day == pytest.approx(2 * (12 + 60) / (2 * 1440))


def test_port_that_is_shut_in_all_of_the_run_is_refused_with_the_day_on_which_it_opens():
    with pytest.raises(ScenarioError, match=r"all of it is out of season; set horizon\.start=2025-10-11"):
        show_feasibility(Console(file=StringIO()), ["laoyemiao"])


def test_lane_that_is_selected_more_rarely_is_asked_for_less():
    """A fifth of the export trucks take a lane on which 5 % are scanned, and 25 % of the others."""
    words = ("port=horgos_road", "horizon=smoke")
    baseline, lane = load_scenario(*words), load_scenario(*words, "policy=[trusted_trader_lane]")
    trucks = float(expect_arrivals(baseline)["export_truck"].sum())
    before, after = (load_of(scenario, "scanner_export").visits_per_day for scenario in (baseline, lane))
    assert before - after == pytest.approx(0.2 * trucks * (0.25 - 0.05))
