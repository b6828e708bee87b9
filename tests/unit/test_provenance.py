"""Provenance: every number of a shipped port, demand or policy names the fact it comes from, or says it is assumed."""

import re
from pathlib import Path

import pytest

from sim.scenario.facts import GRADES, read_facts
from sim.scenario.load import load_experiment, shipped
from sim.scenario.provenance import BASIS, read_lines

FACTS = read_facts()
FILES = [
    path
    for group in ("port", "demand", "costs", "policy")
    for path in sorted(shipped(f"configs/{group}").rglob("*.yaml"))
]
EXPERIMENTS = sorted(Path(__file__).resolve().parents[2].glob("experiments/*/*/*.yaml"))
NIGHT = [*range(20, 24), *range(8)]


def name_file(path):
    return f"{path.parent.name}/{path.stem}"


def find_ids(text):
    return re.findall(r"\bN\d+\b", text)


@pytest.mark.parametrize("path", [*FILES, *EXPERIMENTS], ids=name_file)
def test_every_number_names_a_fact_or_says_assumed_or_derived(path):
    bare = [f"{each.line}: {each.key} = {each.value}" for each in read_lines(path) if not BASIS.search(each.comment)]
    assert not bare, f"{path.name}: numbers without a source\n" + "\n".join(bare)


@pytest.mark.parametrize("path", [*FILES, *EXPERIMENTS], ids=name_file)
def test_what_is_derived_says_from_which_fact(path):
    derived = [each for each in read_lines(path) if "derived" in each.comment]
    assert [each.key for each in derived if not find_ids(each.comment)] == []


@pytest.mark.parametrize("path", [*FILES, *EXPERIMENTS], ids=name_file)
def test_every_fact_that_is_named_exists(path):
    assert set(find_ids(path.read_text(encoding="utf-8"))) <= FACTS.keys()


@pytest.mark.parametrize("path", [*FILES, *EXPERIMENTS], ids=name_file)
def test_recollections_are_only_quoted_as_assumptions(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        recollected = [name for name in find_ids(line) if FACTS[name]["grade"] == "D"]
        assert not recollected or "assumed" in line, line.strip()


def test_numbers_are_found_in_every_file():
    """Guards the tests above: these files set words, all others set numbers."""
    without = {name_file(path) for path in FILES if not read_lines(path)}
    words = {"diversion_dulata", "joint_inspection", "hours_14h", "hours_24x7", "hours_24x7_china", "neighbour_aligned"}
    words |= {"closed_on_holidays", "common_break"}
    words |= {f"rail_{name}" for name in ("checks_day_neighbour", "cranes_day_neighbour")}
    words |= {f"rail_{name}" for name in ("joint_inspection", "leave_full")}
    ports = {"port/alashankou_road", "port/bakhtu"}  # as large as their template
    assert without == {f"policy/{name}" for name in words} | ports


def test_recollections_are_n300_to_n312():
    recollected = {name for name, fact in FACTS.items() if fact["grade"] == "D"}
    assert recollected == {f"N{number}" for number in range(300, 313)}


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_fact_has_a_quantity_a_grade_and_a_source_with_its_address_or_says_there_is_none(fact):
    assert fact["grade"] in GRADES
    assert fact["quantity"]
    assert fact["value"]
    assert fact["unit"]
    assert fact["source"]
    unlinked = fact["grade"] == "D" or "address" in fact["note"]
    assert re.match(r"https?://", fact["url"]) or unlinked


def test_crossings_of_horgos_are_the_published_freight_vehicles_a_day():
    """N106: 163,000 vehicles in 212 days; a truck that enters empty and leaves loaded crosses twice."""
    per_day = {name: each.per_day for name, each in load_experiment("port=horgos_road").baseline.demand.classes.items()}
    crossings = per_day["export_truck"] + per_day["import_truck"] + 2 * per_day["enter_empty_and_load"]
    assert crossings == round(float(FACTS["N106"]["value"]) / 212)


def test_cars_of_horgos_are_the_published_ones_a_day():
    per_day = load_experiment("port=horgos_road").baseline.demand.classes["export_car"].per_day
    assert per_day == round(450_000 / 365)


@pytest.mark.parametrize(("profile", "night", "day"), [("outbound", 116, 318), ("inbound", 131, 300)])
def test_night_share_of_arrivals_is_the_published_one(profile, night, day):
    """N148 gives it in whole percents, so the weights may differ by half of one."""
    weights = load_experiment("port=horgos_road").baseline.demand.profiles[profile].by_hour
    assert f"{night} of {day}" in FACTS["N148"]["value"]
    assert abs(sum(weights[hour] for hour in NIGHT) / sum(weights) - night / day) <= 0.005
