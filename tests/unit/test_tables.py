"""Tables on the console: every outcome a planner decides by, with its unit and interval."""

import re
from io import StringIO

import pytest
from rich.console import Console

from sim.scenario.settings import Experiment, Settings
from sim.study.checks import Checks, check_study
from sim.study.comparison import compare_scenarios, summarise
from sim.study.recovery import add_recovery
from sim.study.replication import Study, replicate_scenarios
from sim.views.library import print_ports
from sim.views.tables import (
    CLASS_MEASURES,
    ONLY_IF_ANY,
    RISK_MEASURES,
    print_comparison,
    print_disruptions,
    print_recovery,
    print_study,
    print_summary,
)
from sim.views.terminal_sections import MANY
from tests.unit.rail_port import facility, rail_scenario, simulate, train
from tests.unit.road_city import CRASH, city
from tests.unit.test_costs import priced
from tests.unit.tiny import tiny_facility, tiny_scenario

FINE = Checks((), frozenset())


@pytest.fixture(scope="module")
def study() -> Study:
    return replicate_scenarios({"baseline": tiny_scenario(), "longer": longer()}, 3)


def longer():
    return tiny_scenario(**{"port.hours.day.open": "24/7"})


def printed(print_to, *arguments, width: int = 120) -> str:
    text = StringIO()
    print_to(Console(file=text, width=width), *arguments)
    return text.getvalue()


def printed_comparison(study: Study, checks: Checks = FINE) -> str:
    comparison = compare_scenarios(study.outcomes, "baseline", "longer")
    return printed(print_comparison, comparison, study.scenarios["baseline"], ("baseline", "longer"), checks)


def printed_summary(study: Study) -> str:
    return printed(print_summary, summarise(study.outcomes), study.scenarios["baseline"], "baseline", FINE)


def cells(table: str, words: str) -> list[str]:
    (row,) = [line for line in table.splitlines() if words in line]
    return [cell.strip() for cell in re.split("[│┃]", row)[1:-1]]


def only_value(study: Study, scenario: str, measure: str) -> float:
    rows = summarise(study.outcomes).filter(scenario=scenario, scope="class", name="truck", measure=measure)
    return rows["mean"].item()


def test_comparison_names_the_port_and_both_scenarios(study):
    table = printed_comparison(study)
    assert "Tiny: longer against baseline" in table
    assert cells(table, "outcome") == ["outcome", "baseline", "longer", "difference"]


def test_comparison_has_every_outcome_of_a_class_with_its_unit(study):
    table = printed_comparison(study)
    for measure, (label, unit) in CLASS_MEASURES.items():
        if measure not in ONLY_IF_ANY:
            assert f"{label} ({unit})" in table if unit else label in table


def test_home_and_meter_are_left_out_where_nobody_books_or_is_held_back(study):
    table = printed_comparison(study)
    assert not any(CLASS_MEASURES[measure][0] in table for measure in ONLY_IF_ANY)


def test_comparison_shows_both_means_and_the_paired_difference_with_its_interval(study):
    _, before, after, difference = cells(printed_comparison(study), "release time, mean")
    comparison = compare_scenarios(study.outcomes, "baseline", "longer")
    row = comparison.filter(scope="class", name="truck", measure="release_mean").row(0, named=True)
    assert float(before) == pytest.approx(row["baseline"], abs=0.05)
    assert float(after) == pytest.approx(row["other"], abs=0.05)
    shown, half_width = difference.replace("−", "-").split(" ± ")
    assert float(shown) == pytest.approx(row["difference"], abs=0.05)
    assert float(half_width) == pytest.approx(row["half_width"], abs=0.05)


def test_shares_are_shown_in_percent(study):
    _, before, after, _ = cells(printed_comparison(study), "released within 24 h (%)")
    assert float(before) == pytest.approx(100 * only_value(study, "baseline", "released_within_24h"), abs=0.5)
    assert float(after) == pytest.approx(100 * only_value(study, "longer", "released_within_24h"), abs=0.5)


def test_staffing_stands_beside_what_it_brings(study):
    _, before, after, difference = cells(printed_comparison(study), "staff-hours/day, our side")
    assert (float(before), float(after)) == (3 * 12, 3 * 24)
    assert difference == "+36.0 ± 0.00"


def test_stations_are_called_by_their_labels_and_the_busiest_comes_first(study):
    table = printed_comparison(study)
    _, busiest = table.split("busiest stations (% of open time)")
    labels = [cells(line, "│")[0] for line in busiest.splitlines()[1:4]]
    assert set(labels) == {"gate", "scanner", "yard"}
    shares = [float(cells(line, "│")[1]) for line in busiest.splitlines()[1:4]]
    assert shares == sorted(shares, reverse=True)


def test_brackets_in_names_are_printed_as_they_are():
    scenario = tiny_scenario(
        **{
            "port.name": "Tiny [/old]",
            "port.facilities.gate.label": "gate [north]",
            "demand.classes.truck.label": "trucks [heavy]",
        }
    )
    study = replicate_scenarios({"baseline": scenario, "longer": scenario}, 2)
    for table in (printed_comparison(study), printed_summary(study)):
        for words in ("Tiny [/old]", "gate [north]", "trucks [heavy]"):
            assert words in table


def test_one_replication_shows_no_interval():
    study = replicate_scenarios({"baseline": tiny_scenario(), "longer": longer()}, 1)
    assert "±" not in printed_comparison(study)
    assert "±" not in printed_summary(study)


def test_summary_shows_mean_and_interval_of_the_baseline_alone(study):
    table = printed_summary(study)
    assert cells(table, "outcome") == ["outcome", "mean"]
    mean, half_width = cells(table, "release time, mean")[1].split(" ± ")
    row = (
        summarise(study.outcomes).filter(scenario="baseline", scope="class", measure="release_mean").row(0, named=True)
    )
    assert float(mean) == pytest.approx(row["mean"], abs=0.05)
    assert float(half_width) == pytest.approx(row["half_width"], abs=0.05)


def test_outcome_without_a_value_is_a_dash():
    nobody = tiny_scenario(**{"demand.classes.truck.per_day": 0})
    study = replicate_scenarios({"baseline": nobody, "longer": nobody}, 2)
    assert cells(printed_comparison(study), "release time, mean")[1:] == ["-", "-", "-"]
    assert cells(printed_summary(study), "release time, mean")[1:] == ["-"]


def test_class_that_is_unstable_in_one_scenario_only_has_no_difference(study):
    checks = Checks((), frozenset({("baseline", "truck")}))
    _, before, after, difference = cells(printed_comparison(study, checks), "release time, mean")
    assert (before, difference) == ("unstable", "-")
    assert float(after) == pytest.approx(only_value(study, "longer", "release_mean"), abs=0.05)


def test_study_prints_a_comparison_of_two_scenarios_and_a_summary_of_one(study):
    settings = Settings(replications=3, seed=1, engine="simpy", out="results")
    experiment = Experiment(baseline=tiny_scenario(), alternative=longer(), settings=settings)
    table = printed(print_study, study.outcomes, experiment, check_study(study))
    assert "Tiny: longer against baseline" in table
    alone = study.outcomes.filter(scenario="baseline")
    assert "Tiny: baseline" in printed(print_study, alone, experiment, FINE)


def test_table_fits_a_terminal_of_80_columns(study):
    comparison = compare_scenarios(study.outcomes, "baseline", "longer")
    arguments = (comparison, study.scenarios["baseline"], ("baseline", "longer"), FINE)
    table = printed(print_comparison, *arguments, width=80)
    assert max(len(line) for line in table.splitlines()) <= 80
    assert "…" not in table


@pytest.fixture(scope="module")
def on_roads() -> Study:
    return replicate_scenarios({"baseline": city(), "crash": city(**{"port.disruptions": {"crash": CRASH}})}, 2)


def test_port_with_roads_says_where_queues_stand_who_is_delayed_and_where_that_begins(on_roads):
    comparison = compare_scenarios(on_roads.outcomes, "baseline", "crash")
    table = printed(print_comparison, comparison, on_roads.scenarios["baseline"], ("baseline", "crash"), FINE)
    for heading in ("longest queues on roads (km)", "roads full from end to end", "where delay begins"):
        assert heading in table
    assert len(cells(table, "other traffic")) == 4


def test_classes_that_pass_by_have_minutes_on_the_way_and_no_release_time(on_roads):
    scenario = on_roads.scenarios["baseline"]
    passing = next(each.label for name, each in scenario.demand.classes.items() if scenario.is_local(name))
    table = printed(print_summary, summarise(on_roads.outcomes), scenario, "baseline", FINE)
    section = table.partition(f"{passing} (passing by)")[2]
    assert section.index("on the way, mean (min)") < section.index("├")
    assert "release time" not in section[: section.index("├")]


def test_disruption_has_a_line_with_its_queue_and_its_recovery(on_roads):
    outcomes = add_recovery(on_roads, "baseline", "crash")
    table = printed(print_recovery, summarise(outcomes), on_roads.scenarios["crash"])
    (disruption,) = on_roads.scenarios["crash"].port.disruptions.values()
    row = cells(table, disruption.label)
    assert len(row) == 5
    assert row[-1] == "2 of 2"


def test_disruption_of_a_port_has_a_line_with_how_often_and_how_long(on_roads):
    table = printed(print_disruptions, summarise(on_roads.outcomes), on_roads.scenarios["crash"])
    assert cells(table, "crash")[1:3] == ["1.00 ± 0.00", "2.00 ± 0.00"]


def test_disruption_that_never_came_has_a_line_without_queue_and_recovery():
    never = city(**{"port.disruptions": {"crash": CRASH | {"probability": 0.0}}})
    study = replicate_scenarios({"baseline": never}, 2)
    table = printed(print_disruptions, summarise(study.outcomes), never)
    assert cells(table, "crash") == ["crash", "0.00 ± 0.00", "0.00 ± 0.00", "-", "-", "0.00 ± 0.00"]


def test_nothing_is_printed_of_recovery_without_a_disruption(study):
    assert printed(print_recovery, summarise(study.outcomes), study.scenarios["baseline"]) == ""


BEYOND = {"port.terminals.yard.agency": "neighbour"}
"""The yard lies on the other side: boxes and the trains that take them never see ours."""


def printed_rail(checks: Checks = FINE, **changes) -> str:
    scenario = rail_scenario(**changes)
    study = replicate_scenarios({"baseline": scenario}, 1)
    return printed(print_summary, summarise(study.outcomes), scenario, "baseline", checks, width=100)


def section(table: str, heading: str) -> dict[str, str]:
    """Return the rows below a heading, up to the next one or a rule, by their labels."""
    lines = table.splitlines()
    (begin,) = [place for place, line in enumerate(lines) if re.fullmatch(rf"│ {re.escape(heading)} +│ +│", line)]
    rows = {}
    for line in lines[begin + 1 :]:
        if not line.startswith("│  "):
            break
        label, value = (cell.strip() for cell in line.strip("│").split("│"))
        rows[label] = value
    return rows


def test_crossing_trains_have_both_sides_and_our_release_time():
    rows = section(printed_rail(), "train")
    assert rows["both sides together, mean (h)"] == rows["release time, mean (h)"] == "0.70"  # 30 + 12 min
    assert rows["of that waiting (h)"] == "0.00"
    assert rows["of that processing (h)"] == "0.70"
    assert rows["released per day"] == "2.00"
    assert "of that next step full (h)" not in rows


def test_direction_without_a_stop_on_our_side_has_no_rows_of_it():
    changes = {f"port.facilities.{name}.agency": "neighbour" for name in ("arrival_track", "checks")}
    rows = section(printed_rail(**BEYOND, **changes), "train")
    assert rows == {"both sides together, mean (h)": "0.70", "leaving per day": "2.00"}


@pytest.mark.parametrize("changes", [{}, BEYOND])
def test_cargo_has_its_stay_and_what_is_left_behind_on_either_side_of_the_border(changes):
    rows = section(printed_rail(**changes), "boxes")
    # trains of 01:00 and 02:00 are lifted off at 01:30 and 02:30; those of 03:00 and 05:00 take four each by 12 min
    assert rows["whole stay, mean (h)"] == "2.70"  # 2.2 and 3.2
    assert rows["in store, mean (h)"] == "1.88"  # lifted off 93 to 102 min after 00:00, called at 180
    assert rows["leaving per day (TEU)"] == "16.0"  # eight of two
    assert rows["left behind, mean (units)"] == "2.00"  # four, then none
    assert rows["left behind, at most (units)"] == "4.00"
    assert "lifted straight across (%)" not in rows


def test_cargo_without_containers_is_counted_in_units_and_tonnes():
    rows = section(printed_rail(**{"demand.classes.box.teu": 0, "demand.classes.box.tonnes": 20}), "boxes")
    assert (rows["leaving per day (units)"], rows["leaving per day (t)"]) == ("8.00", "160")


def test_share_that_is_lifted_across_is_shown_where_some_is():
    early = train("other", "01:00", "05:00", takes={"cargo": "box", "units": 4})
    assert section(printed_rail(**{"demand.classes.other": early}), "boxes")["lifted straight across (%)"] == "50.0"


def test_trains_that_only_take_cargo_have_hours_and_how_full_they_leave_not_minutes_of_passing_by():
    table = printed_rail()
    assert section(table, "other") == {
        "leaving per day": "2.00",
        "room filled on leaving (%)": "100",
        "whole stay, mean (h)": "0.20",
    }
    assert "passing by" not in table


def test_trains_that_leave_by_timetable_show_how_late():
    takes = {"cargo": "box", "units": 4, "leaves": "timetable", "wait_min": 6}
    rows = section(printed_rail(**{"demand.classes.other.takes": takes}), "other")
    # due at 03:06 and 05:06; the units under the hook by then are waited for
    assert float(rows["leaving late, mean (h)"]) >= 0.0
    assert "leaving late, 90 % within (h)" in rows


def test_terminal_has_cranes_lifts_and_slots():
    rows = section(printed_rail(), "yard")
    assert rows["cranes in use (%)"] == "3.33"  # 16 lifts of 3 min
    assert rows["lifts per day"] == "16.0"
    assert rows["in store, at most (units)"] == "8.00"
    assert rows["slots taken, at most (%)"] == "80.0"
    assert "cranes stopped (h/day)" not in rows


def test_cranes_that_stop_show_for_how_long():
    changes = {"port.hours.cranes.open": "Mo-Su 00:00-18:00"}
    assert section(printed_rail(**changes), "yard")["cranes stopped (h/day)"] == "6.00"


def test_tracks_and_wagons_show_their_use_and_wagons_how_many_stand_idle():
    wagons = facility(20, kept_until="yard.loading", servers_per_vehicle=4, label="wagons")
    changes = {"port.facilities.wagons": wagons, "port.routes.other.through": ["wagons", "yard.loading"]}
    table = printed_rail(**changes)
    used = section(table, "tracks, engines, wagons in use (%)")
    assert used["facility"] == "2.92"  # two trains of 42 min on two tracks
    assert used["wagons"] == "0.33"  # four of 20, 24 min
    assert used["yard: unloading tracks"] == "1.67"
    assert section(table, "wagons that stand idle, mean") == {"wagons": "19.9"}


def test_vehicles_that_cross_are_counted_on_each_side():
    rows = section(printed_rail(**BEYOND), "vehicles that cross, mean")
    assert rows["export, our side"] == "0.04"  # 60 of 1,440 min
    assert rows["export, beyond the border"] == "0.02"  # 24


def test_parts_of_terminals_are_not_among_the_queues_and_stations_of_facilities():
    table = printed_rail()
    assert list(section(table, "longest queues elsewhere")) == ["facility"]
    assert list(section(table, "busiest stations (% of open time)")) == ["facility"]


def test_cargo_that_piles_up_has_no_mean_but_what_leaves():
    rows = section(printed_rail(Checks((), frozenset({("baseline", "box")}))), "boxes")
    assert rows["whole stay, mean (h)"] == "unstable"
    assert rows["leaving per day (TEU)"] == "16.0"


def test_finer_rows_are_left_out_where_classes_are_many():
    more = {f"demand.classes.more_{number}": train("shunting", "09:00") for number in range(MANY)}
    engines = {"port.routes.shunting": {"direction": "local", "through": ["checks"]}}
    few, many = printed_rail(), printed_rail(**more, **engines)
    for words in (
        "of that processing",
        "release time, 90 %",
        "in store, 90 %",
        "waiting for",
        "at most (units)",
    ):
        assert words in few
        assert words not in many.partition("│ yard ")[0]


def test_table_of_a_port_with_terminals_fits_80_columns():
    scenario = rail_scenario()
    study = replicate_scenarios({"baseline": scenario, "longer": scenario}, 2)
    comparison = compare_scenarios(study.outcomes, "baseline", "longer")
    table = printed(print_comparison, comparison, scenario, ("baseline", "longer"), FINE, width=80)
    assert max(len(line) for line in table.splitlines()) <= 80
    assert "…" not in table


def test_ports_are_listed_with_terminals_and_with_what_cargo_comes_on(monkeypatch):
    monkeypatch.setattr("sim.views.library.list_ports", lambda: ["horgos_city", "horgos_multimodal", "horgos_rail"])
    text = StringIO()
    print_ports(Console(file=text, width=200))
    listed = text.getvalue()
    for words in ("terminals: 2, cranes: 8", "export boxes: 850 (50 × export trains)", "passing by: 17,400"):
        assert words in listed
    assert "export boxes by rail: 128 (0.36 × export trucks" in listed  # the share that goes to the yard
    assert "None" not in listed
    assert "broad-gauge trains" not in listed


def test_visits_say_which_vehicle_a_box_came_with_and_which_it_left_with():
    movements, visits = simulate(rail_scenario())
    rows = visits.to_frame().filter(vehicle_class="box").unique("movement").sort("movement")
    names = [movements.classes[number] for number in movements.vehicle]
    for column, name in (("came_with", "train"), ("left_with", "other")):
        assert [names[number] for number in rows[column]] == [name] * 8
    assert rows["came_with"].to_list() == [0] * 4 + [5] * 4
    others = visits.to_frame().filter(vehicle_class="train")
    assert others["came_with"].null_count() == others["left_with"].null_count() == len(others)


def with_lane():
    """Return the tiny port with a lane of its own for a third of the trucks, past the gate."""
    return tiny_scenario(
        **{
            "port.facilities.lane": tiny_facility(1, 1.0),
            "port.routes.quick": {"direction": "export", "through": ["lane", "yard"]},
            "port.route_choices": {"lanes": {"rule": "shares", "options": {"quick": {"share": 0.3}, "out": {}}}},
            "demand.classes.truck.route": "lanes",
        }
    )


def test_lane_that_only_the_policy_has_is_shown_with_its_release_times_and_no_difference():
    study = replicate_scenarios({"baseline": tiny_scenario(), "lane": with_lane()}, 2)
    settings = Settings(replications=2, seed=1, engine="compiled", out="results")
    experiment = Experiment(baseline=tiny_scenario(), alternative=with_lane(), settings=settings)
    table = printed(print_study, study.outcomes, experiment, FINE)
    for route in ("quick", "out"):
        lines = table.splitlines()
        at = next(place for place, line in enumerate(lines) if f"by {route}, per day" in line)
        rows = summarise(study.outcomes).filter(scenario="lane", scope="route", name=f"truck/{route}")
        for line, measure in zip(lines[at : at + 3], ("set_out_per_day", "release_mean", "release_p90"), strict=True):
            _, before, after, difference = cells(line, "│")
            assert (before, difference) == ("-", "-")
            assert float(after) == pytest.approx(rows.filter(measure=measure)["mean"].item(), abs=0.051)


def test_what_inspections_find_is_shown_in_percent_where_the_port_has_violations(study):
    site = {"label": "site", "label_zh": "查验", "hours": "always", "overlap": 0.5}
    minutes = {"kind": "constant", "mean_min": 1}
    exams = {"customs": {"agency": "customs", "selected_by": "machine", "bays": 9, "minutes": minutes}}
    opening = tiny_scenario(
        **{
            "port.selections.machine.rate": 1.0,
            "port.violations": {"rate": 1.0, "visibility": 0.5},
            "port.inspection_sites": {"site": site | {"presentation": minutes, "examinations": exams}},
            "port.routes.out.through": ["gate", "site"],
        }
    )
    everyone = replicate_scenarios({"baseline": opening}, 2)
    table = printed(print_summary, summarise(everyone.outcomes), opening, "baseline", FINE)
    assert [cells(table, words)[1] for words in RISK_MEASURES.values()] == ["100 ± 0.00"] * 3
    assert "inspections (%)" not in printed_summary(study)


def test_costs_are_shown_where_there_are_prices():
    dear, cheap = priced(), priced(lane_yuan_per_h=5.0)
    study = replicate_scenarios({"baseline": dear, "cheap": cheap}, 2)
    comparison = compare_scenarios(study.outcomes, "baseline", "cheap")
    table = printed(print_comparison, comparison, dear, ("baseline", "cheap"), FINE)
    for words in ("what it costs", "both, less fees, 1,000 yuan/day", "CO2 per vehicle (kg)", "TFI2, paid to clear it"):
        assert words in table
    assert cells(table, "port, 1,000 yuan/day")[1:] == ["1.53", "1.41", "−0.12 ± 0.00"]


def test_no_costs_are_shown_without_prices(study):
    assert "what it costs" not in printed_comparison(study)
