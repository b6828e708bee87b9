"""The figure of disruptions: what they hold up, and when all is as before."""

from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.study.replication import Study, replicate_scenarios
from sim.views.recovery import plot_recovery
from tests.unit.road_city import CRASH, catch_figures, city, title_of, words_of

PNG = b"\x89PNG\r\n\x1a\n"
FIVE_MIN = 2 * 1440.0 + 5 * 60.0
"""Five in the morning on the second measured day, an hour after the crash."""


@pytest.fixture(scope="module")
def study() -> Study:
    return replicate_scenarios({"baseline": city(), "crash": city(**{"port.disruptions.crash": CRASH})}, 2)


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    return catch_figures(monkeypatch)


def test_recovery_is_marked_and_named(study, tmp_path, drawn):
    plot_recovery(study, "baseline", "crash", tmp_path / "recovery.png", FIVE_MIN)
    (axes,) = drawn[0].axes
    assert (tmp_path / "recovery.png").read_bytes().startswith(PNG)
    assert "as before 1.0 h after the end" in title_of(axes)
    for words in ("as before at 05:00", "crash", "baseline:\nat most", "crash:\nat most"):
        assert words in words_of(axes)


def test_no_recovery_is_said(study, tmp_path, drawn):
    plot_recovery(study, "baseline", "crash", tmp_path / "recovery.png")
    assert "not as before again" in title_of(drawn[0].axes[0])


def test_nothing_is_drawn_without_a_disruption_of_its_own(study, tmp_path):
    plot_recovery(study, "crash", "baseline", tmp_path / "none.png")
    plot_recovery(study, "crash", "crash", tmp_path / "none.png")
    assert not list(tmp_path.iterdir())


def test_names_do_not_overlap_where_lines_run_together(study, tmp_path, drawn):
    plot_recovery(study, "baseline", "crash", tmp_path / "recovery.png", FIVE_MIN)
    (axes,) = drawn[0].axes
    boxes = [Text.get_window_extent(text) for text in axes.texts]  # without their hairlines
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_nothing_is_drawn_of_a_disruption_that_comes_at_another_time_in_every_run(tmp_path):
    at_random = {name: value for name, value in CRASH.items() if name not in ("day", "at")} | {"days_per_year": 300}
    scenarios = {"baseline": city(), "crash": city(**{"port.disruptions.crash": at_random})}
    plot_recovery(replicate_scenarios(scenarios, 1), "baseline", "crash", tmp_path / "recovery.png")
    assert not (tmp_path / "recovery.png").exists()
