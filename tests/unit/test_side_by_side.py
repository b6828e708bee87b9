"""What notebooks call: outcomes side by side, and a figure as a picture."""

import polars as pl
import pytest
from matplotlib.figure import Figure
from PIL import Image

import sim
from sim.scenario import ScenarioError
from sim.study.replication import Study
from sim.views.side_by_side import tabulate_differences
from tests.unit.small_port import line_of_posts, post

VALUES = {"today": (4.0, 6.0), "longer": (1.0, 5.0), "joint": (4.0, 6.0)}
OUTCOMES = pl.DataFrame(
    [
        {"scenario": label, "replication": at, "scope": "class", "name": "truck", "measure": measure, "unit": "h"}
        | {"value": value + extra}
        for label, values in VALUES.items()
        for at, value in enumerate(values)
        for measure, extra in (("release_mean", 0.0), ("crossing_mean", 10.0))
    ]
)


def study() -> Study:
    return Study(dict.fromkeys(VALUES, line_of_posts(gate=post())), OUTCOMES, {}, {}, {}, 1, 2, "compiled")


def test_outcomes_stand_in_the_order_asked_for_and_scenarios_in_that_of_the_study():
    table = tabulate_differences(study(), ["class/truck/crossing_mean", "class/truck/release_mean"])
    assert table["scenario"].to_list() == ["longer", "joint"] * 2
    assert table["baseline"].to_list() == [15.0, 15.0, 5.0, 5.0]


def test_differences_are_paired_with_the_first_scenario():
    longer, joint = tabulate_differences(study(), ["class/truck/release_mean"], 0.9).iter_rows(named=True)
    assert (longer["baseline"], longer["other"], longer["difference"]) == (5.0, 3.0, -2.0)
    # differences -3 and -1: mean -2, standard error 1; t at 0.95 with one degree of freedom is tan(0.45 pi)
    assert longer["half_width"] == pytest.approx(6.313751514675)
    assert (joint["difference"], joint["half_width"]) == (0.0, 0.0)


def test_outcome_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(
        ScenarioError, match="there is no 'class/truck/release_maen'; did you mean 'class/truck/release"
    ):
        tabulate_differences(study(), ["class/truck/release_maen"])


def draw(width: float) -> Figure | None:
    return Figure(figsize=(width, 1.0)) if width else None


def test_picture_has_the_size_of_its_figure_and_few_colours():
    picture = sim.show(draw, 3.0)
    assert isinstance(picture, Image.Image)
    assert (picture.size, picture.mode) == ((300, 100), "P")


def test_nothing_to_draw_is_no_picture():
    assert sim.show(draw, 0.0) is None


def test_sweep_from_python_runs_every_point_and_keeps_them(tmp_path):
    study = {
        "words": ["port=bakhtu", "horizon=smoke", "replications=2", "workers=1"],
        "vary": {"lanes": {"key": "port.facilities.scanner_export.servers", "values": [1, 2]}},
        "outcome": "class/export_truck/release_mean",
    }
    swept = sim.sweep(study, f"out={tmp_path}")
    assert swept.points["state"].to_list() == ["done", "done"]
    assert swept.table["lanes"].to_list() == [1, 2]
    means = swept.outcomes.filter(scope="class", name="export_truck", measure="release_mean").collect()
    by_hand = means.group_by("scenario", maintain_order=True).agg(pl.col("value").mean())["value"].to_list()
    assert swept.table["mean"].to_list() == pytest.approx(by_hand)
    assert len(list((tmp_path / "store" / "shards").glob("*.parquet"))) == 2
