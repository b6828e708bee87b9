"""Provenance: every number of a shipped port, demand or policy names the fact it comes from, or says it is assumed."""

import re

import pytest
import yaml

from sim.scenario.facts import GRADES, read_facts
from sim.scenario.load import load_experiment, shipped

FACTS = read_facts()
FILES = [
    path
    for group in ("port", "demand", "costs", "policy")
    for path in sorted(shipped(f"configs/{group}").glob("*.yaml"))
]
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
NIGHT = [*range(20, 24), *range(8)]


def name_file(path):
    return f"{path.parent.name}/{path.stem}"


def find_numbers(node):
    """Yield the line of every number, and of hours that are written as text."""
    if isinstance(node, yaml.ScalarNode) and node.tag in NUMBERS:
        yield node.start_mark.line
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield from find_numbers(value)
        if key.value == "open" and node.start_mark.name == "port":
            yield value.start_mark.line
    for item in node.value if isinstance(node, yaml.SequenceNode) else ():
        yield from find_numbers(item)


def read_lines_of_numbers(path):
    """Yield (line, comment) of every line with a number; the comment is beside it or on lines just above."""
    loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
    loader.name = path.parent.name
    lines = path.read_text(encoding="utf-8").splitlines()
    for number in sorted(set(find_numbers(loader.get_single_node()))):
        above, comment = number - 1, [lines[number].partition(" #")[2]]
        while lines[above].lstrip().startswith("#"):
            comment.append(lines[above])
            above -= 1
        yield f"{number + 1}: {lines[number].strip()}", " ".join(comment)


def find_ids(text):
    return re.findall(r"\bN\d+\b", text)


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_every_number_names_a_fact_or_says_assumed_or_derived(path):
    numbers = list(read_lines_of_numbers(path))
    bare = [line for line, comment in numbers if not re.search(r"\bN\d+\b|\bassumed\b|\bderived\b", comment)]
    assert not bare, f"{path.name}: numbers without a source\n" + "\n".join(bare)


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_what_is_derived_says_from_which_fact(path):
    derived = [(line, comment) for line, comment in read_lines_of_numbers(path) if "derived" in comment]
    assert [line for line, comment in derived if not find_ids(comment)] == []


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_every_fact_that_is_named_exists(path):
    assert set(find_ids(path.read_text(encoding="utf-8"))) <= FACTS.keys()


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_recollections_are_only_quoted_as_assumptions(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        recollected = [name for name in find_ids(line) if FACTS[name]["grade"] == "D"]
        assert not recollected or "assumed" in line, line.strip()


def test_numbers_are_found_in_every_file():
    """Guards the tests above: these policies set words, all other files set numbers."""
    without = {name_file(path) for path in FILES if not list(read_lines_of_numbers(path))}
    words = {"diversion_dulata", "joint_inspection", "hours_14h", "hours_24x7", "hours_24x7_china", "neighbour_aligned"}
    words |= {"common_break"}
    words |= {f"rail_{name}" for name in ("checks_day_neighbour", "cranes_day_neighbour")}
    words |= {f"rail_{name}" for name in ("joint_inspection", "leave_full")}
    assert without == {f"policy/{name}" for name in words}


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


@pytest.mark.parametrize(("profile", "night", "day"), [("into_kazakhstan", 116, 318), ("out_of_kazakhstan", 131, 300)])
def test_night_share_of_arrivals_is_the_published_one(profile, night, day):
    """N148 gives it in whole percents, so the weights may differ by half of one."""
    weights = load_experiment("port=horgos_road").baseline.demand.profiles[profile].by_hour
    assert f"{night} of {day}" in FACTS["N148"]["value"]
    assert abs(sum(weights[hour] for hour in NIGHT) / sum(weights) - night / day) <= 0.005
