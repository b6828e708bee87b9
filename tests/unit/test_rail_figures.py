"""Figures of ports with terminals: hours on both sides, the train graph, stores, how full vehicles leave."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.schema import Scenario
from sim.study.comparison import summarise
from sim.study.replication import Study, replicate_scenarios
from sim.views.figures import COLOURS, MOST, plot_comparison, plot_steps, plot_week
from sim.views.labels import mark_days
from sim.views.pictures import draw_study
from sim.views.rail import KIND_COLOURS, plot_cargo, plot_graph, plot_rail, plot_store, plot_takers
from sim.views.steps import KINDS, find_steps
from sim.views.train_graph import MOST_LINES, choose_days, find_ladders, read_paths
from tests.unit.rail_port import cargo, facility, rail_scenario, simulate, train
from tests.unit.road_city import catch_figures, title_of, words_of
from tests.unit.tiny import tiny_scenario

PNG = b"\x89PNG\r\n\x1a\n"
DAY = Window(0.0, DAY_MIN)
BEYOND = {"port.terminals.yard.agency": "neighbour"}
SLOW = {"port.facilities.checks": facility(1, 90.0)}
"""The second train waits for half an hour until the first one has been checked."""


def study_of(*scenarios: Scenario, replications: int = 1) -> Study:
    return replicate_scenarios(dict(zip(("baseline", "policy"), scenarios, strict=False)), replications)


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of(rail_scenario(**BEYOND), rail_scenario(**BEYOND, **SLOW))


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    return catch_figures(monkeypatch)


def axes_of(draw, *arguments):
    axes = Figure().subplots()
    draw(axes, *arguments)
    return axes


def steps_of(study: Study, name: str):
    return axes_of(plot_steps, study, summarise(study.outcomes), name)


def labels_of(axes) -> list[str]:
    return [tick.get_text() for tick in axes.get_yticklabels()]


def hours_of(axes, scenarios: int = 1) -> np.ndarray:
    """Return the lengths of bars, shape (scenarios, steps), whatever the part."""
    lengths = [[bar.get_width() for bar in group] for group in axes.containers]
    return np.array(lengths).reshape(scenarios, 4, -1).sum(axis=1)


def stay(study: Study, scope: str, name: str, label: str = "baseline") -> float:
    rows = summarise(study.outcomes).filter(scenario=label, scope=scope, name=name, measure="stay_mean")
    return rows["mean"].item()


# the figure of a comparison


def test_crossing_trains_have_the_steps_of_both_sides_and_terminals_are_steps_of_their_own(study):
    axes = steps_of(study, "train")
    assert labels_of(axes) == ["facility", "facility", "yard: unloading tracks"]
    baseline, slow = hours_of(axes, 2)
    assert baseline.tolist() == pytest.approx([0.0, 0.5, 0.2])
    assert slow.tolist() == pytest.approx([0.0, 1.75, 0.2])  # 1.5 h, and half an hour for one of two


def test_hours_beyond_the_border_are_shaded_and_said(study):
    axes = steps_of(study, "train")
    (shaded,) = [patch for patch in axes.patches if patch.get_height() == 1.0]
    assert (shaded.get_y(), shaded.get_y() + shaded.get_height()) == (1.5, 2.5)
    assert "baseline: 0.7 h, 0.2 h beyond the border" in words_of(axes)
    assert "shaded: beyond the border" in axes.get_xlabel()


def test_hours_of_cargo_are_ride_lifts_store_and_being_aboard_and_add_up_to_its_stay(study):
    axes = steps_of(study, "box")
    assert labels_of(axes) == [
        "aboard until lifted off",
        "lifted off",
        "in store",
        "lifted on",
        "aboard until it leaves",
    ]
    hours = hours_of(axes, 2)
    assert hours[0].tolist() == pytest.approx([0.5, 0.125, 1.875, 0.125, 0.075])
    for row, label in zip(hours, study.scenarios, strict=True):
        assert row.sum() == pytest.approx(stay(study, "cargo", "box", label))


def test_lifting_across_is_a_step_where_some_is_lifted_so():
    early = train("other", "01:00", "05:00", takes={"cargo": "box", "units": 4})
    axes = steps_of(study_of(rail_scenario(**{"demand.classes.other": early})), "box")
    assert labels_of(axes)[1:3] == ["lifted off", "lifted across"]
    assert hours_of(axes).sum() == pytest.approx(
        stay(study_of(rail_scenario(**{"demand.classes.other": early})), "cargo", "box")
    )


def test_inspection_is_one_step_also_where_a_policy_makes_it_joint():
    examination = {
        "agency": "customs",
        "selected_by": "all",
        "bays": 1,
        "minutes": {"kind": "constant", "mean_min": 30},
    }
    site = {
        "label": "inspection",
        "label_zh": "查验",
        "hours": "always",
        "overlap": 0.5,
        "presentation": {"kind": "constant", "mean_min": 6},
        "examinations": {"customs": examination, "police": examination},
    }
    changes = {
        "port.selections": {"all": {"agency": "customs", "rate": 1.0}},
        "port.routes.train.through": ["arrival_track", "site", "yard.unloading"],
    }
    apart, joint = (
        rail_scenario(**changes, **{"port.inspection_sites": {"site": site | {"mode": mode}}})
        for mode in ("sequential", "joint")
    )
    both = study_of(apart, joint)
    axes = steps_of(both, "train")
    assert labels_of(axes)[1] == "inspection"
    hours = hours_of(axes, 2)
    assert hours[:, 1].min() > 0.0
    assert hours[1, 1] < hours[0, 1]
    assert hours.sum(axis=1).tolist() == pytest.approx(
        [stay(both, "carrier", "train", label) for label in both.scenarios]
    )


def test_comparison_has_a_row_for_trains_and_panels_for_cargo_and_none_for_trains_that_only_take_it(
    study, tmp_path, drawn
):
    plot_comparison(study, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(PNG)
    assert [title_of(axes).split(":")[0] for axes in drawn[0].axes] == ["train", "train", "boxes"]


def test_comparison_is_of_the_classes_of_which_most_are_there(tmp_path, drawn):
    """Trains of class n stand n hours in a check of their own."""
    hours = dict(zip("abcdef", (6, 1, 5, 2, 4, 3), strict=True))
    changes = {f"port.facilities.own_{name}": facility(1, 60.0 * long) for name, long in hours.items()}
    changes |= {f"port.routes.{name}": {"direction": "export", "through": [f"own_{name}"]} for name in hours}
    changes |= {f"demand.classes.{name}": train(name, "01:00") for name in hours}
    plot_comparison(study_of(rail_scenario(**changes)), tmp_path / "figure.png")
    titles = [title_of(axes).split(":")[0] for axes in drawn[0].axes]
    assert titles[: 2 * MOST : 2] == ["a", "c", "e", "f"]
    assert titles[2 * MOST :] == ["boxes"]


def test_week_of_trains_is_the_mean_of_four_hours():
    slow = study_of(rail_scenario(**SLOW, **{"horizon.days": 7}))
    axes = axes_of(plot_week, slow, "train")
    line = axes.lines[0]
    assert np.diff(line.get_xdata()).tolist() == pytest.approx([4.0] * 41)
    assert line.get_ydata()[0] == pytest.approx(1 / 8)  # of eight half-hours one train waits at 02:00, not at 02:30
    assert "at most 0.1" in words_of(axes)


def test_week_in_which_nobody_is_held_up_has_an_axis_that_can_be_read():
    axes = axes_of(plot_week, study_of(rail_scenario()), "train")
    assert axes.get_ylim() == (0.0, 1.0)


# the train graph


def paths_of(scenario: Scenario):
    (ladder,) = find_ladders(scenario)
    _, visits = simulate(scenario)
    paths, _ = read_paths(scenario, visits, ladder, DAY)
    return paths


def test_train_climbs_a_rung_while_it_is_served():
    first, second = paths_of(rail_scenario())
    # on the arrival track at once, checked for 30 min, unloaded for 12
    assert first.times_min.tolist() == [*[60] * 5, 60, 60, 60, 90, 90, 90, 90, 90, 102, 102]
    assert first.heights.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3]
    assert (second.times_min - first.times_min).tolist() == [60.0] * 15
    assert first.stands == second.stands == ()


def test_import_comes_down_the_ladder():
    changes = {f"port.routes.{name}.direction": "import" for name in ("train", "box")}
    scenario = rail_scenario(**changes)
    (ladder,) = find_ladders(scenario)
    assert ladder.rungs[0].label == "yard: unloading tracks"
    first, _ = paths_of(scenario)
    assert first.heights[[0, -1]].tolist() == [3, 0]
    assert (np.diff(first.heights) <= 0).all()


def test_train_that_waits_stands_level_on_the_rung_that_it_waits_for():
    first, second = paths_of(rail_scenario(**SLOW))
    assert first.stands == ()
    ((begin, end, height),) = second.stands
    assert (begin, end) == (120.0, 150.0)
    assert 1.0 < height < 2.0


def test_trains_that_wait_for_the_same_at_once_stand_apart_and_those_after_each_other_do_not():
    times = ("01:00", "01:10", "01:20", "09:00", "09:10")
    scenario = rail_scenario(
        **SLOW, **{"port.facilities.arrival_track.servers": 5, "demand.classes.train": train("train", *times)}
    )
    _, second, third, _, fifth = (path.stands for path in paths_of(scenario))
    ((*_, lower),), ((*_, higher),), ((*_, again),) = second, third, fifth
    assert 1.0 < lower < higher < 2.0
    assert again == lower


def test_train_that_is_still_there_is_drawn_to_the_end_of_the_run():
    path = paths_of(rail_scenario(**{"port.facilities.checks": facility(1, 9000.0)}))[1]
    assert path.times_min.max() == DAY_MIN
    assert path.stands == ((120.0, DAY_MIN, pytest.approx(1.1)),)


def test_of_many_vehicles_some_are_drawn():
    often = {
        "demand.classes.train.per_day": 144,
        "demand.classes.train.timetable": {"paths_per_day": 144, "lateness": {"kind": "constant", "mean_min": 0}},
    }
    scenario = rail_scenario(
        **often,
        **{
            "port.facilities.checks": facility(9, 1.0),
            "port.facilities.arrival_track.servers": 50,
            "port.terminals.yard.slots": None,
        },
    )
    (ladder,) = find_ladders(scenario)
    paths, each = read_paths(scenario, simulate(scenario)[1], ladder, DAY)
    assert each == 3
    assert len(paths) == 48 <= MOST_LINES
    starts = [path.times_min[0] for path in paths]
    assert {later - before for before, later in pairwise(starts)} == {30.0}


def test_classes_with_mostly_the_same_stops_share_a_ladder_and_others_do_not():
    bogies = facility(1, 60.0, label="bogie exchange")
    changes = {
        "port.facilities.bogies": bogies,
        "port.facilities.arrival_track.kept_until": "checks",
        "port.facilities.elsewhere": facility(1, 1.0),
        "port.routes.wagons": {"direction": "export", "through": ["arrival_track", "checks", "bogies"]},
        "port.routes.other_way": {"direction": "export", "through": ["elsewhere"]},
        "demand.classes.wagons": train("wagons", "04:00"),
        "demand.classes.other_way": train("other_way", "04:00"),
    }
    (ladder,) = find_ladders(rail_scenario(**changes))
    assert ladder.classes == ("train", "wagons")
    assert sorted(step.stops[0] for step in ladder.steps[2:]) == ["bogies", "yard.unloading"]
    assert [step.stops[0] for step in ladder.steps[:2]] == ["arrival_track", "checks"]


def test_days_are_those_on_which_trains_wait():
    timetable = {"times": ["01:00", "01:10"], "weekdays": "Th", "lateness": {"kind": "constant", "mean_min": 0}}
    changes = {"demand.classes.train.timetable": timetable, "demand.classes.train.per_day": 2 / 7, "horizon.days": 7}
    thursdays = study_of(rail_scenario(**SLOW, **changes))
    days = choose_days(thursdays, find_ladders(thursdays.scenarios["baseline"]))
    assert days.days == 2.0
    assert days.holds(np.array([3.0 * DAY_MIN + 70.0])).all()  # the run begins on a Monday


def test_graph_has_a_line_for_each_train_and_thick_ones_where_they_wait(study):
    (ladder,) = find_ladders(study.scenarios["policy"])
    axes = axes_of(plot_graph, study, "policy", ladder, DAY)
    lines, waits = axes.collections
    assert (len(lines.get_segments()), len(waits.get_segments())) == (2, 1)
    assert waits.get_linewidth()[0] > 2 * lines.get_linewidth()[0]
    assert to_rgba(COLOURS[1]) == pytest.approx(waits.get_color()[0])
    assert labels_of(axes) == ["facility", "facility", "yard: unloading tracks"]
    assert "Shanghai clock" in axes.get_xlabel()
    assert "train" in title_of(axes)
    assert "run 1 of 1" in title_of(axes)


def test_border_is_marked_where_the_other_side_begins(study):
    (ladder,) = find_ladders(study.scenarios["baseline"])
    assert ladder.borders == [2]
    axes = axes_of(plot_graph, study, "baseline", ladder, DAY)
    (border,) = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert border.get_ydata() == [2, 2]
    assert "border" in [text.get_text() for text in axes.texts]
    assert find_ladders(rail_scenario())[0].borders == []


# stores, cargo and how full vehicles leave


def test_store_is_the_mean_of_the_runs_between_the_least_and_the_most():
    uncertain = train("train", "01:00", "02:00")
    uncertain["timetable"]["lateness"] = {"kind": "lognormal", "mean_min": 60, "cv": 1.0}
    several = study_of(rail_scenario(**{"demand.classes.train": uncertain}), replications=3)
    axes = axes_of(plot_store, several, "yard.storage")
    runs = several.series["baseline"]
    queues = np.array([run.queue[run.stations.index("yard.storage")] for run in runs])
    assert (queues.min(axis=0) < queues.max(axis=0)).any()
    assert axes.lines[0].get_ydata().tolist() == queues.mean(axis=0).tolist()
    (shaded,) = axes.collections
    assert shaded.get_datalim(axes.transData).y1 == queues.max()
    assert f"baseline: {queues.mean():,.0f} in the mean" in words_of(axes)
    assert title_of(axes) == "yard: units that wait for a vehicle"
    assert axes.get_ylabel() == "units"


def test_bars_of_cargo_are_its_hours_by_kind(study):
    axes = axes_of(plot_cargo, study, summarise(study.outcomes), ["box"], 1)
    baseline, policy = ([bar.get_width() for bar in group] for group in axes.containers)
    assert dict(zip(KINDS, baseline, strict=True)) == pytest.approx(
        {"ride": 0.5, "cranes": 0.25, "checks": 0.0, "store": 1.875, "aboard": 0.075}
    )
    assert sum(policy) == pytest.approx(stay(study, "cargo", "box", "policy"))
    assert "2.7 h, baseline" in words_of(axes)
    assert [to_rgba(bar.get_facecolor()) for bar in axes.containers[0]] == [
        to_rgba(each) for each in KIND_COLOURS.values()
    ]


def test_checks_in_store_are_told_from_waiting_for_a_vehicle():
    changes = {
        "port.facilities.declaration": facility(9, 30.0),
        "port.routes.box.through": ["yard.lift_off", "declaration", "yard.lift_on"],
    }
    checked = study_of(rail_scenario(**changes))
    axes = axes_of(plot_cargo, checked, summarise(checked.outcomes), ["box"], 1)
    hours = dict(zip(KINDS, [bar.get_width() for bar in axes.containers[0]], strict=True))
    assert hours["checks"] == pytest.approx(0.5)
    assert hours["store"] == pytest.approx(1.375)
    assert [step.label for step in find_steps(checked.scenarios["baseline"], "box")][3] == "facility"


def test_takers_show_how_full_they_leave_and_what_is_left_behind(study):
    axes = axes_of(plot_takers, study, summarise(study.outcomes), ["other"], 1)
    room, filled, *_ = (group[0].get_width() for group in axes.containers)
    assert (room, filled) == (100.0, 100.0)
    assert "4.0 of 4; 2.0 left behind" in words_of(axes)


def test_picture_is_a_png_with_a_graph_for_each_scenario(study, tmp_path, drawn):
    plot_rail(study, tmp_path / "rail.png")
    assert (tmp_path / "rail.png").read_bytes().startswith(PNG)
    titles = [title_of(axes) for axes in drawn[0].axes]
    assert [title.split("\n")[0] for title in titles] == [
        "train",
        "train",
        "yard: units that wait for a vehicle",
        "How the hours of cargo are made up",
        "How full vehicles leave (mean)",
    ]
    assert all(axes.get_xlabel() for axes in drawn[0].axes)
    assert drawn[0].get_suptitle() == "Tiny rail: policy against baseline"


def test_cargo_that_trucks_collect_has_no_panel_of_takers(tmp_path, drawn):
    collects = {
        "label": "trucks",
        "label_zh": "车",
        "route": "other",
        "comes_with": {"carrier": "box", "after": {"kind": "constant", "mean_min": 60}},
    }
    plot_rail(study_of(rail_scenario(**{"demand.classes.other": collects})), tmp_path / "rail.png")
    assert "How the hours of cargo are made up" in title_of(drawn[0].axes[-1])


def test_nothing_is_drawn_of_a_port_without_terminals(tmp_path):
    plot_rail(study_of(tiny_scenario()), tmp_path / "rail.png")
    assert list(tmp_path.iterdir()) == []


def test_run_folder_gets_the_picture_where_there_are_terminals(study, tmp_path):
    draw_study(study, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure.png", "rail.png"]


@pytest.mark.parametrize("plot", [plot_comparison, plot_rail])
def test_long_names_of_policies_overlap_nothing(plot, tmp_path, drawn):
    policies = "rail_more_wagons+rail_inspection_tracks+rail_faster_locomotives+rail_more_paths"
    named = replicate_scenarios({"baseline": rail_scenario(**BEYOND), policies: rail_scenario(**BEYOND)}, 1)
    plot(named, tmp_path / "figure.png")
    for axes in drawn[0].axes:
        texts = [axes._left_title, *axes.texts]
        boxes = [text.get_window_extent() for text in texts if text.get_text() not in ("", "border")]
        assert not [
            pair for pair in combinations(boxes, 2) if pair[0].shrunk(0.98, 0.9).overlaps(pair[1].shrunk(0.98, 0.9))
        ]


def test_days_are_dates_on_the_clock_of_the_port():
    axes = Figure().subplots()
    scenario = rail_scenario(**{"horizon.days": 28, "horizon.warmup_days": 5})
    mark_days(axes, scenario, Window.of(scenario.horizon))
    dates = [tick.get_text() for tick in axes.get_xticklabels()]
    assert (dates[0], dates[1], dates[-1]) == ("6 Sep", "10 Sep", "4 Oct")
    assert axes.get_xlim() == (5 * DAY_MIN, 33 * DAY_MIN)


def test_second_class_of_cargo_has_bars_of_its_own():
    mail = cargo(label="mail", comes_with={"carrier": "train", "each": 1})
    takes = {"mail_train": train("other", "06:00", takes={"cargo": "mail", "units": 2}), "mail": mail}
    changes = {f"demand.classes.{name}": each for name, each in takes.items()}
    several = study_of(rail_scenario(**changes))
    axes = axes_of(plot_cargo, several, summarise(several.outcomes), ["box", "mail"], 2)
    assert labels_of(axes) == ["boxes", "mail"]
    lengths = [sum(bar.get_width() for bar in group) for group in axes.containers]
    assert lengths == pytest.approx([stay(several, "cargo", name) for name in ("box", "mail")])
