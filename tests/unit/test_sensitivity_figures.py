"""Tornados, responses and fronts: the order of bars, what their ends say, and who is named."""

import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.views.figures import COLOURS
from sim.views.sensitivity import (
    HIGH,
    LOW,
    Candidate,
    Response,
    Swing,
    draw_front,
    draw_responses,
    draw_tornado,
    plot_front,
    plot_response,
    sort_swings,
)
from tests.unit.road_city import title_of, words_of

SWINGS = [
    Swing("lanes", "2", "4", 6.0, 4.5, 0.2, 0.1),
    Swing("minutes", "1", "9", 4.9, 9.0),
    Swing("rate", "1 %", "3 %", 5.0, 5.0),
]


def test_the_longest_bar_is_on_top_and_equal_ones_keep_their_order():
    assert [each.label for each in sort_swings(SWINGS, 5.0)] == ["minutes", "lanes", "rate"]
    assert [each.label for each in sort_swings(SWINGS, 7.0)] == ["lanes", "minutes", "rate"]  # 2.5, 2.1, 2.0 away


def test_bars_run_from_the_reference_to_both_ends_in_the_colours_that_the_legend_says():
    (axes,) = draw_tornado(SWINGS, 5.0, "hours", "What matters").axes
    assert title_of(axes) == "What matters"
    assert axes.get_xlabel() == "hours"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["minutes", "lanes", "rate"]
    bars = [bar for group in axes.containers for bar in group if isinstance(bar, Rectangle)]
    assert [bar.get_x() + bar.get_width() for bar in bars] == pytest.approx([4.9, 9.0, 6.0, 4.5, 5.0, 5.0])
    assert all(bar.get_x() == 5.0 for bar in bars)
    assert {bar.get_facecolor() for bar in bars[::2]} == {to_rgba(LOW)}
    assert {bar.get_facecolor() for bar in bars[1::2]} == {to_rgba(HIGH)}
    assert "■ at its low end" in words_of(axes)


def test_ends_are_written_outside_their_intervals():
    (axes,) = draw_tornado(SWINGS, 5.0, "hours", "What matters").axes
    at = {text.get_text(): text for text in axes.texts}
    assert at["2"].xy[0] == pytest.approx(6.2)  # lanes at their low end take longest
    assert at["2"].get_ha() == "left"
    assert at["4"].xy[0] == pytest.approx(4.4)
    assert at["4"].get_ha() == "right"


def test_response_joins_the_means_of_levels_in_their_order():
    axes = Figure().subplots()
    plot_response(axes, Response("lanes", [3, 1, 1], [2.0, 4.0, 6.0], [None, 0.1, 0.1]))
    line = axes.lines[-1]
    assert line.get_xdata().tolist() == [1.0, 3.0]
    assert line.get_ydata().tolist() == [5.0, 2.0]


def test_points_of_a_random_design_are_not_joined_and_named_levels_are_named():
    axes = Figure().subplots()
    plot_response(axes, Response("hours", ["day", "night"], [2.0, 4.0], [None, None], joined=False))
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["day", "night"]
    assert all(len(line.get_xdata()) == 2 and line.get_linestyle() == "None" for line in axes.lines[:1])


def test_every_factor_has_a_panel_and_the_outcome_one_scale():
    responses = [Response(f"factor {number}", [1, 2], [1.0, 2.0], [None, None]) for number in range(4)]
    axes = draw_responses(responses, "hours", "Responses").axes
    assert [each.get_xlabel() for each in axes] == [f"factor {number}" for number in range(4)]
    assert len({each.get_ylim() for each in axes}) == 1


CANDIDATES = [
    Candidate("dear", 9.0, 1.0, 0.1, 0.1, kept=True),
    Candidate("cheap", 1.0, 9.0, kept=True),
    Candidate("beaten", 9.5, 9.5),
    Candidate("baseline", 5.0, 9.5, mark=True),
]


def test_only_the_front_and_what_is_marked_are_named():
    axes = Figure().subplots()
    plot_front(axes, CANDIDATES)
    assert {text.get_text(): text.get_color() for text in axes.texts} == {
        "dear": COLOURS[1],
        "cheap": COLOURS[1],
        "baseline": COLOURS[0],
    }
    (stairs,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert list(stairs.get_xdata()) == [1.0, 9.0]


def test_front_says_what_its_axes_are():
    (axes,) = draw_front(CANDIDATES, "staff-hours a day", "hours", "What to choose").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("staff-hours a day", "hours")
    assert "intervals" in words_of(axes)
