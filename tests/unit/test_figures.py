"""The figure of a comparison: every axis says what it shows, every scenario is named, a PNG is written."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.replication import Study, replicate_scenarios
from sim.views.figures import COLOURS, plot_comparison, plot_steps, plot_week
from tests.unit.tiny import tiny_scenario

PNG = b"\x89PNG\r\n\x1a\n"


def two_classes(**changes) -> Scenario:
    truck = tiny_scenario().demand.classes["truck"].model_dump()
    return tiny_scenario(**{"demand.classes.bus": truck | {"label": "buses"}, **changes})


@pytest.fixture(scope="module")
def study() -> Study:
    longer = two_classes(**{"port.hours.day.open": "24/7"})
    return replicate_scenarios({"baseline": two_classes(), "longer hours": longer}, 2)


def axes_of(draw, *arguments):
    axes = Figure().subplots()
    draw(axes, *arguments)
    return axes


def words_of(axes) -> str:
    return "\n".join([axes.get_title(loc="left"), *(text.get_text() for text in axes.texts)])


@pytest.fixture
def week(study):
    return axes_of(plot_week, study, "truck")


@pytest.fixture
def steps(study):
    return axes_of(plot_steps, study, summarise(study.outcomes), "truck")


def test_week_says_what_its_axes_count(week):
    assert week.get_ylabel() == "vehicles"
    assert "week" in week.get_xlabel()
    assert "Shanghai clock" in week.get_xlabel()
    assert [tick.get_text() for tick in week.get_xticklabels()] == ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]


def test_steps_say_that_they_are_hours_and_what_their_shades_mean(steps):
    for word in ("hours", "work", "waiting", "full"):
        assert word in steps.get_xlabel()
    assert [tick.get_text() for tick in steps.get_yticklabels()] == ["gate", "scanner", "yard"]


@pytest.mark.parametrize("name", ["week", "steps"])
def test_every_scenario_is_named_in_its_colour(name, request):
    axes = request.getfixturevalue(name)
    assert "trucks" in words_of(axes)
    for scenario, colour in (("baseline", COLOURS[0]), ("longer hours", COLOURS[1])):
        (label,) = [text for text in axes.texts if text.get_text().startswith(f"{scenario}:")]
        assert label.get_color() == colour


def test_week_is_drawn_from_zero_and_shows_the_peak_that_it_names(week):
    assert week.get_ylim()[0] == 0
    for line, text in zip(week.lines, reversed(week.texts), strict=False):
        assert f"at most {line.get_ydata().max():,.0f}" in text.get_text()


def test_week_leaves_out_the_warm_up(week):
    first_minute_h = week.lines[0].get_xdata()[0]
    assert first_minute_h == 24.0


def test_bars_of_a_scenario_add_up_to_its_release_time(study, steps):
    summary = summarise(study.outcomes)
    lengths = [[bar.get_width() for bar in group] for group in steps.containers]
    for place, scenario in enumerate(study.scenarios):
        row = summary.filter(scenario=scenario, scope="class", name="truck", measure="release_mean")
        assert np.sum(lengths[4 * place : 4 * place + 4]) == pytest.approx(row["mean"].item())


def test_figure_is_written_as_png_with_a_row_for_every_class(study, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", spy_on(Figure.savefig, drawn))
    plot_comparison(study, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(PNG)
    (figure,) = drawn
    assert "Tiny: longer hours against baseline" in figure.get_suptitle()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title.split(":")[0] for title in titles] == ["trucks", "trucks", "buses", "buses"]
    assert all(axes.get_xlabel() for axes in figure.axes)


def spy_on(savefig, drawn: list[Figure]):
    def save(figure, *arguments, **named):
        drawn.append(figure)
        savefig(figure, *arguments, **named)

    return save


def test_figure_of_a_single_scenario_is_called_by_its_name(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", spy_on(lambda *_, **__: None, drawn))
    plot_comparison(replicate_scenarios({"baseline": tiny_scenario()}, 1), tmp_path / "figure.png")
    assert drawn[0].get_suptitle() == "Tiny: baseline"
