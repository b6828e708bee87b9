"""The library of ports: what a planner reads of them, and that what it calls sourced is."""

from io import StringIO

import pytest
from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.provenance import read_parameters, share_sourced
from sim.verbs.library import show_ports
from tests.shipped import PORTS, load_baseline


def printed(*words: str) -> str:
    text = StringIO()
    show_ports(Console(file=text, width=300), list(words))
    return text.getvalue()


def value_at(tree, key: str):
    for part in key.split("."):
        tree = tree[part] if isinstance(tree, dict) else getattr(tree, part)
    return tree


@pytest.mark.parametrize("port", PORTS)
def test_parameters_of_a_port_are_those_that_hold_after_all_defaults(port):
    """Each number that is read from a file is the one that the run has."""
    baseline = load_baseline(port)
    pairs = [pair for each in read_parameters(port) for pair in zip(each.keys, each.values, strict=True)]
    assert len({key for key, _ in pairs}) == len(pairs)
    for key, value in pairs:
        if value.replace(".", "", 1).isdigit():
            assert value_at(baseline, key) == float(value), key


def test_number_that_a_port_overrides_counts_as_the_ports_and_not_as_the_templates():
    files = {each.key: each.file for each in read_parameters("torugart")}
    assert files["port.facilities.scale_export.servers"] == "port/torugart.yaml"
    assert files["port.facilities.national_gate.servers"] == "port/template/road.yaml"
    assert files["port.facilities.neighbour_entry.service"] == "port/template/kyrgyzstan.yaml"


def test_assumed_is_not_sourced_even_if_it_names_a_fact():
    parameters = {each.key: each for each in read_parameters("bakhtu")}
    assert not parameters["port.selections.opening_export.rate"].is_sourced  # assumed, within N308
    assert parameters["port.facilities.smart_gate_export.service"].is_sourced  # N165
    assert parameters["demand.classes.export_truck.per_day"].is_sourced  # derived: N151, share assumed
    assert parameters["port.hours.china.open"].is_sourced  # N141, on the line above
    few = [parameters[key] for key in list(parameters) if "selections" in key]
    assert share_sourced(few) == 0.0


def test_one_port_is_printed_with_every_parameter_and_its_comment():
    text = printed("jeminay")
    for line in (
        "吉木乃公路口岸",
        "neighbour: Mo-Su 07:00-19:00 (Asia/Almaty)",
        "demand.classes.export_truck.per_day=26  # derived: N182, share assumed",
        "port.facilities.smart_gate_export.service: mean_min 1.0, cv 0.5  # N165",
    ):
        assert line in text
    parameters = read_parameters("jeminay")
    sourced = sum(each.is_sourced for each in parameters)
    assert f"sourced or derived: {sourced} of {len(parameters)}" in text
    assert text.index("N182") < text.index("assumed: parking slots")


def test_table_says_season_clock_and_what_is_assumed(monkeypatch):
    monkeypatch.setattr("sim.views.library.list_ports", lambda: ["hongshanzui"])
    text = printed()
    for words in ("Jul 01-10,Aug 01-10,Sep 01-10 Mo-Su 10:00-18:00", "(Asia/Hovd)", "assumed: lanes, room, staff"):
        assert words in text


def test_port_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match="there is no 'baktu'; did you mean 'bakhtu'"):
        printed("baktu")
