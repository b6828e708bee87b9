"""A port of one's own: the thirty lines of the page about ports, in a folder of one's own."""

import pytest

import sim
from sim.scenario import ScenarioError
from tests.end_to_end.test_readme import ROOT, blocks

PORT, DEMAND = blocks(ROOT / "docs" / "ports.md", "yaml")


def write_port(folder, port: str) -> None:
    for group, text in (("port", port), ("demand", DEMAND)):
        (folder / group).mkdir()
        (folder / group / "new_port.yaml").write_text(text, encoding="utf-8")


def test_new_port_of_thirty_lines_runs_beside_the_shipped_ones(tmp_path):
    assert len([line for line in (PORT + DEMAND).splitlines() if line]) <= 30
    write_port(tmp_path, PORT)
    scenario = sim.load_scenario("port=new_port", "policy=[joint_inspection]", "horizon=smoke", config_dir=tmp_path)
    assert scenario.port.facilities["permit_export"].servers == 2
    arrived, finished = (
        sim.simulate(scenario).outcomes.filter(scope="port", measure=measure)["value"].item()
        for measure in ("arrived", "finished")
    )
    assert 0 < finished <= arrived


def test_port_that_leaves_out_what_the_template_asks_for_is_told_the_key(tmp_path):
    write_port(tmp_path, PORT.replace("  - template/kazakhstan@_here_\n", ""))
    with pytest.raises(ScenarioError, match=r"^port\.hours\.neighbour\.timezone: must be given"):
        sim.load_scenario("port=new_port", config_dir=tmp_path)
