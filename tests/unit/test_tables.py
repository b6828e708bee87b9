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
from sim.views.tables import (
    CLASS_MEASURES,
    ONLY_IF_ANY,
    print_comparison,
    print_recovery,
    print_study,
    print_summary,
)
from tests.unit.road_city import CRASH, city
from tests.unit.tiny import tiny_scenario

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
    return replicate_scenarios({"baseline": city(), "crash": city(**{"port.incidents": {"crash": CRASH}})}, 2)


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


def test_incident_has_a_line_with_its_queue_and_its_recovery(on_roads):
    outcomes = add_recovery(on_roads, "baseline", "crash")
    table = printed(print_recovery, summarise(outcomes), on_roads.scenarios["crash"])
    (incident,) = on_roads.scenarios["crash"].port.incidents.values()
    assert len(cells(table, incident.label)) == 4


def test_nothing_is_printed_of_recovery_without_an_incident(study):
    assert printed(print_recovery, summarise(study.outcomes), study.scenarios["baseline"]) == ""
