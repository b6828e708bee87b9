"""The filled checklist of STRESS-DES: all its items, and no number that the study and the configuration have not."""

import re

import sim
from sim.scenario.load import load_experiment
from sim.scenario.provenance import read_parameters
from tests.end_to_end.test_readme import ROOT

PAGE = (ROOT / "docs" / "reporting" / "stress_des.md").read_text(encoding="utf-8")
STUDY = (ROOT / "experiments" / "horgos_service_hours" / "README.md").read_text(encoding="utf-8")
ITEMS = {1: 3, 2: 5, 3: 4, 4: 3, 5: 4, 6: 1}
"""Items of each section of STRESS-DES (Monks and others 2019, table 1)."""
COMPONENTS = ("Entities", "Activities", "Resources", "Queues", "Entry and exit points")


def describe(facility):
    """Return the row of a stop in the table of parameters."""
    cells = (facility.label, facility.agency.replace("_", " "), f"{facility.servers:,}", facility.places or "–")
    return f"| {' | '.join(map(str, cells))} | {facility.service.mean_min:g} | {facility.service.cv:g} |"


def test_every_item_of_the_checklist_is_answered():
    sections = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    asked = [f"{section}.{item}" for section, items in ITEMS.items() for item in range(1, items + 1)]
    assert [section.split()[0] for section in sections] == asked
    assert [section for section in sections if len(section.split()) < 15] == []
    assert [name for name in COMPONENTS if f"**{name}.**" not in PAGE] == []


def test_stops_are_those_that_run():
    rows = re.findall(r"^\| [a-zN].* \|$", PAGE, re.MULTILINE)[1:]
    assert rows == [describe(each) for each in sim.load_scenario("port=horgos_road").port.facilities.values()]


def test_what_is_said_of_the_run_is_what_it_is_set_to():
    experiment = load_experiment("port=horgos_road")
    horizon, demand = experiment.baseline.horizon, experiment.baseline.demand.classes
    assert f"{horizon.days} measured days after {horizon.warmup_days} days of warm-up" in PAGE
    assert f"Monday {horizon.start:%-d %B %Y}" in PAGE
    assert f"{experiment.settings.replications} independent replications" in PAGE
    assert [each.label for each in demand.values() if f"{each.per_day:,.0f} " not in PAGE] == []
    sourced = sum(each.is_sourced for each in read_parameters("horgos_road"))
    assert f"{sourced} of the {len(read_parameters('horgos_road'))} parameters" in PAGE


def test_results_are_those_of_the_study():
    said = re.findall(r"[−+]\d+\.\d\d ± \d\.\d\d", PAGE)
    assert len(said) == 2
    assert [each for each in said if each not in STUDY] == []
    assert f" {re.search(r'from ([0-9.]+[0-9]),', PAGE)[1]} " in STUDY
