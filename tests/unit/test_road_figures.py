"""The figure of the roads: its panels say what they show, keep one scale, and stay readable."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sim.study.replication import Study, replicate_scenarios
from sim.views.approach import choose_hours, find_queues
from sim.views.labels import break_label, spread_out
from sim.views.roads import DENSITIES, LINKS, plot_delay, plot_density, plot_queues, plot_roads
from tests.unit.road_city import CRASH, catch_figures, city, one_road, title_of, words_of
from tests.unit.tiny import tiny_scenario

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def study() -> Study:
    scenarios = {"slow gate": city(9.0), "fast gate": city(1.0), "crash": city(**{"port.disruptions.crash": CRASH})}
    return replicate_scenarios(scenarios, 2)


@pytest.fixture(scope="module")
def calm() -> Study:
    return replicate_scenarios({"baseline": city(per_day=1.0)}, 1)


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    return catch_figures(monkeypatch)


def axes_of(plot, study: Study, label: str):
    axes = Figure().subplots()
    plot(axes, study, label, choose_hours(study))
    return axes


def test_density_is_drawn_from_the_port_down_and_names_roads_and_facilities(study):
    axes = axes_of(plot_density, study, "slow gate")
    bottom, top = axes.get_ylim()
    assert bottom > top == 0.0
    assert axes.get_ylabel().startswith("km before border")
    for word in ("avenue", "bridge", "▸ gate", "km of queue at"):
        assert word in words_of(axes)


def test_lines_end_at_the_longest_queue_that_their_names_say(study):
    axes = axes_of(plot_queues, study, "slow gate")
    assert axes.get_ylabel() == "km of queue"
    assert axes.get_ylim()[0] == 0.0
    for key, line in zip(find_queues(study, choose_hours(study)), axes.lines, strict=True):
        label = study.scenarios["slow gate"].port.links[key].label
        if (most := line.get_ydata().max()) > 0.0:
            (name,) = [text for text in axes.texts if text.get_text().startswith(f"{label}: {most:.1f} of")]
            assert name.get_color() == line.get_color()


def test_scenario_without_queues_says_so(study):
    assert "No queue" in title_of(axes_of(plot_queues, study, "fast gate"))
    assert "no delay" in title_of(axes_of(plot_delay, study, "fast gate"))


def test_shaded_area_is_the_delay_that_the_title_says(study):
    axes = axes_of(plot_delay, study, "slow gate")
    due, left = (line.get_ydata() for line in axes.lines)
    assert (due >= left).all()
    hours = np.diff(axes.lines[0].get_xdata())[0] / 60.0
    said = float(title_of(axes).split(": ")[1].split(" vehicle-h")[0].replace(",", ""))
    assert (due - left).sum() * hours == pytest.approx(said, rel=0.02)


def test_figure_is_a_png_with_a_column_for_every_scenario_and_the_same_scales(study, tmp_path, drawn):
    plot_roads(study, tmp_path / "roads.png")
    written = (tmp_path / "roads.png").read_bytes()
    assert written.startswith(PNG)
    assert 50_000 < len(written) < 2_000_000
    panels = drawn[0].axes[:9]
    assert [axes.texts[-1].get_text() for axes in panels[:3]] == ["slow gate", "fast gate", "crash"]
    for row in range(3):
        assert len({axes.get_ylim() for axes in panels[3 * row : 3 * row + 3]}) == 1
    assert len({axes.get_xlim() for axes in panels}) == 1
    assert "density" in drawn[0].axes[9].get_ylabel()
    assert "Shanghai clock" in panels[-1].get_xlabel()
    assert "when queues are longest" in drawn[0].get_suptitle()


def test_disruption_is_named_on_the_day_that_is_drawn(study, tmp_path, drawn):
    only = {"crash": study.scenarios["crash"]}
    plot_roads(replicate_scenarios(only, 1), tmp_path / "roads.png")
    assert any("crash" in [text.get_text() for text in axes.texts] for axes in drawn[0].axes[1:3])


def test_study_without_queues_is_drawn_without_empty_axes(calm, tmp_path, drawn):
    plot_roads(calm, tmp_path / "roads.png")
    assert (tmp_path / "roads.png").read_bytes().startswith(PNG)
    assert "no queue on any road" in drawn[0].get_suptitle()
    assert len(drawn[0].axes) == 2
    assert "no queue" in title_of(drawn[0].axes[0])


def test_port_of_a_single_road_is_drawn(tmp_path, drawn):
    busy = one_road(**{"demand.classes.car.per_day": 400})
    plot_roads(replicate_scenarios({"baseline": busy}, 1), tmp_path / "roads.png")
    assert "1.0 of 1.0 km + 2" in words_of(drawn[0].axes[1])  # of some 400 cars, 161 find room


def test_nothing_is_drawn_of_a_port_without_roads(tmp_path):
    plot_roads(replicate_scenarios({"baseline": tiny_scenario()}, 1), tmp_path / "roads.png")
    assert not list(tmp_path.iterdir())


def test_long_name_of_a_scenario_stays_within_its_column(tmp_path, drawn):
    policies = "hours_24x7+joint_inspection+appointments+neighbour_aligned"
    plot_roads(replicate_scenarios({"baseline": city(), policies: city(9.0)}, 1), tmp_path / "roads.png")
    name = drawn[0].axes[1].texts[-1]
    assert name.get_text() == "hours_24x7+joint_inspection+appointments+\nneighbour_aligned"
    assert name.get_window_extent().x1 < drawn[0].bbox.x1


def test_label_is_broken_only_where_policies_are_joined():
    assert break_label("hours_24x7+joint_inspection", 80) == "hours_24x7+joint_inspection"
    assert break_label("hours_24x7+joint_inspection", 12) == "hours_24x7+\njoint_inspection"


def test_names_that_would_overlap_are_moved_apart_in_order():
    at = spread_out(np.array([0.5, 0.5, 0.52, 0.0, 1.0]), 0.1)
    assert (np.diff(np.sort(at)) >= 0.1 - 1e-9).all()
    assert at.min() >= 0.0
    assert at.max() <= 1.0 + 1e-9
    assert np.argsort(at).tolist() == [3, 0, 1, 2, 4]
    assert spread_out(np.array([0.2, 0.9]), 0.1).tolist() == [0.2, 0.9]


def test_densities_darken_evenly_from_white():
    lightness = _lightness(DENSITIES(np.linspace(0.0, 1.0, 11))[:, :3])
    assert lightness[0] == pytest.approx(1.0)
    assert (np.diff(lightness) < -0.03).all()


def test_roads_are_told_apart():
    colours = np.array([to_rgb(colour) for colour in LINKS])
    gaps = [np.abs(one - other).max() for i, one in enumerate(colours) for other in colours[i + 1 :]]
    assert min(gaps) > 0.15
    assert all(_lightness(pair).std() > 0.0 for pair in pairwise(colours))


def _lightness(colours) -> np.ndarray:
    """Return CIE lightness of sRGB colours, 0 to 1."""
    linear = np.where(
        np.asarray(colours) > 0.04045, ((np.asarray(colours) + 0.055) / 1.055) ** 2.4, np.asarray(colours) / 12.92
    )
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 1.16 * np.cbrt(luminance) - 0.16, 9.033 * luminance)
