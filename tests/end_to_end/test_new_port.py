"""A port of one's own: thirty lines on top of the templates, in a folder of one's own."""

import pytest

import sim
from sim.scenario import ScenarioError

PORT = """
defaults:
  - template/road@_here_
  - template/road_cars@_here_
  - template/kazakhstan@_here_
  - _self_

name: New road port
name_zh: 新公路口岸

hours:
  china: {open: "Mo-Sa 09:00-18:00", season: "Apr 01-Nov 30"}

facilities:
  permit_export: {servers: 2}
"""
DEMAND = """
defaults:
  - template/road@_here_
  - template/road_cars@_here_
  - _self_

profiles:
  outbound: {timezone: Asia/Almaty}
  inbound: {timezone: Asia/Almaty}

classes:
  export_truck: {per_day: 80}
  enter_empty_and_load: {per_day: 10}
  import_truck: {per_day: 60}
  export_car: {per_day: 40}
"""


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
