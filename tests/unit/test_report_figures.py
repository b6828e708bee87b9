"""Figures of a run folder: the same as of the study that was written, as SVG that asks for nothing."""

import re
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
import yaml

from sim.scenario.settings import Experiment, Settings
from sim.scenario.study_file import parse_study
from sim.study.checks import check_study
from sim.study.comparison import summarise
from sim.study.points import list_points
from sim.study.replication import Study, replicate_scenarios
from sim.study.sweep import run_points
from sim.verbs.sweep import open_store
from sim.views.report_figures import draw_report_figures
from sim.views.responses import draw_sweep
from sim.views.run_folder import ResultsError, write_study
from sim.views.stored_study import read_study
from sim.views.sweep_folder import tabulate_points, write_sweep
from tests.unit.rail_port import rail_scenario
from tests.unit.road_city import CRASH, city
from tests.unit.tiny import tiny_scenario

KEPT = ("movement", "station", "enter_min", "arrive_min", "start_min", "finish_min", "leave_min", "work_min")


def write(folder, scenarios) -> Study:
    study = replicate_scenarios(scenarios, 2)
    baseline, *others = scenarios.values()
    settings = Settings(replications=2, seed=1, engine="compiled", out=folder)
    experiment = Experiment(baseline=baseline, alternative=next(iter(others), None), settings=settings)
    write_study(folder, study, experiment, check_study(study))
    return study


@pytest.fixture(scope="module")
def roads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("roads")
    scenarios = {"baseline": city(9.0), "crash": city(9.0, **{"port.disruptions.crash": CRASH})}
    return folder, write(folder, scenarios)


@pytest.fixture(scope="module")
def rail(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rail")
    return folder, write(folder, {"baseline": rail_scenario()})


@pytest.mark.parametrize("name", ["roads", "rail"])
def test_study_is_read_back_as_it_was_written(name, request):
    folder, study = request.getfixturevalue(name)
    read = read_study(folder)
    assert read.scenarios == study.scenarios
    assert read.outcomes.equals(study.outcomes)
    for label, runs in study.series.items():
        for one, other in zip(runs, read.series[label], strict=True):
            assert (one.stations, one.classes) == (other.stations, other.classes)
            for key in ("grid_min", "queue", "held_up"):
                assert np.array_equal(getattr(one, key), getattr(other, key))
        for one, other in zip(study.roads[label], read.roads[label], strict=True):
            assert one.roads == other.roads
            assert not one.roads or np.array_equal(one.queue_km, other.queue_km)


@pytest.mark.parametrize("name", ["roads", "rail"])
def test_visits_are_read_back_as_they_were_written(name, request):
    folder, study = request.getfixturevalue(name)
    read = read_study(folder)
    for label, visits in study.visits.items():
        again = read.visits[label]
        for key in KEPT[2:]:
            assert np.array_equal(getattr(visits, key), getattr(again, key), equal_nan=True)
        assert np.array_equal(visits.movement, again.movement)
        assert [visits.stations[at].key for at in visits.station] == [again.stations[at].key for at in again.station]
        assert np.array_equal(visits.movements.vehicle, again.movements.vehicle)
        assert np.array_equal(visits.movements.arrival_min, again.movements.arrival_min)
        if visits.left_with is not None:
            assert np.array_equal(visits.left_with, again.left_with)


@pytest.fixture(scope="module")
def figures(roads, rail):
    return {"roads": list(draw_report_figures(roads[0], "zh")), "rail": list(draw_report_figures(rail[0], "zh"))}


def test_ports_have_the_figures_that_they_have_something_for(figures):
    keys = {name: [figure.key for figure in drawn] for name, drawn in figures.items()}
    assert keys["roads"] == ["steps", "week", "use", "counts", "road", "road_queues", "road_counts", "recovery"]
    assert keys["rail"] == ["steps", "week", "use", "counts", "trains", "stores", "cargo"]
    for drawn in figures.values():
        assert all(each.title and each.caption and each.title in each.alt for each in drawn)


def test_svg_is_an_element_with_ids_of_its_own_and_asks_for_nothing(figures):
    for figure in figures["roads"]:
        root = Xml.fromstring(figure.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        ids = [each.get("id") for each in root.iter() if each.get("id")]
        assert ids
        assert all(each.startswith(f"{figure.key}-") for each in ids)
        assert set(re.findall(r'(?:href="#|url\(#)([^)"]+)', figure.svg)) <= set(ids)
        links = re.findall(r'href="([^#][^"]{0,9})', figure.svg)
        assert all(link.startswith("data:image") for link in links)
        assert "<text" not in figure.svg
        assert "<metadata" not in figure.svg


def test_svg_is_the_same_for_the_same_run(roads, figures):
    again = next(draw_report_figures(roads[0], "zh"))
    assert again.svg == figures["roads"][0].svg


def test_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="no run folder"):
        list(draw_report_figures(tmp_path))


STUDY = """
question: How many lanes?
question_zh: 需要几条通道？
vary:
  lanes: {key: port.facilities.gate.servers, values: [1, 2], label: lanes at the gate, label_zh: 卡口通道}
outcome: class/truck/release_mean
"""


def test_sweep_is_drawn_against_what_it_varies(tmp_path):
    study = parse_study(yaml.safe_load(STUDY))
    settings = Settings(replications=2, seed=1, engine="compiled", out=tmp_path, workers=1)
    points, misfits = list_points(study, {"": tiny_scenario()}, {})
    sweep = run_points(points, settings, open_store(tmp_path), study.keep, lambda: None)
    folder, experiment = tmp_path / "lanes", Experiment(baseline=tiny_scenario(), alternative=None, settings=settings)
    write_sweep(folder, {"points": tabulate_points(points, sweep, misfits)}, sweep.scan(), (study, experiment), {})
    figure = draw_sweep(folder, "zh")
    assert figure is not None
    (axes,) = figure.axes
    assert figure.get_suptitle() == "需要几条通道？"
    assert axes.get_xlabel() == "卡口通道"
    assert axes.get_ylabel() == "货车：放行时间均值 (h)"
    means = summarise(sweep.outcomes).filter(scope="class", name="truck", measure="release_mean")["mean"]
    assert axes.lines[-1].get_xdata().tolist() == [1.0, 2.0]
    assert axes.lines[-1].get_ydata().tolist() == pytest.approx(means.to_list())
    (drawn,) = draw_report_figures(folder)
    assert drawn.key == "responses"
