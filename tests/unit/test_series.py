"""Series over the run, every half hour, of runs that can be worked out by hand."""

import numpy as np

from sim.outcomes import read_series
from tests.unit.small_port import line_of_posts, post, visit


def series_of(scenario, *minutes: float):
    return read_series(scenario, visit(scenario, *minutes))


def test_grid_is_every_half_hour_of_the_run():
    series = series_of(line_of_posts(days=1, warmup_days=1, gate=post(60)), 0)
    assert series.grid_min.tolist() == [30.0 * n for n in range(96)]


def test_queue_is_who_waits_at_the_station():
    series = series_of(line_of_posts(gate=post(60)), 0, 30, 45)
    assert series.queue[0, :6].tolist() == [0, 1, 1, 1, 0, 0]


def test_present_is_who_has_arrived_and_not_left():
    series = series_of(line_of_posts(gate=post(60)), 0, 30, 45)
    assert series.present[:8].tolist() == [1, 2, 2, 2, 1, 1, 0, 0]


def test_trucks_that_do_not_finish_stay_present_to_the_end():
    series = series_of(line_of_posts(gate=post(60)), 1400, 1405)
    assert series.present[-3:].tolist() == [0, 0, 2]
    assert series.queue[0, -3:].tolist() == [0, 0, 1]


def test_held_up_is_who_waits_or_is_blocked():
    scenario = line_of_posts(gate=post(1), yard=post(100, places=1))
    series = series_of(scenario, 0, 0, 0)
    assert series.held_up[0, :8].tolist() == [2, 2, 2, 2, 1, 1, 1, 0]
    assert series.queue[0, :8].tolist() == [2, 1, 1, 1, 0, 0, 0, 0]


def test_those_who_wait_at_the_neighbours_are_present_but_not_held_up_on_our_side():
    scenario = line_of_posts(gate=post(1), abroad=post(100, agency="neighbour"))
    series = series_of(scenario, 0, 0)
    assert series.queue[1, :4].tolist() == [0, 1, 1, 1]
    assert series.held_up[0, 1:4].tolist() == [0, 0, 0]
    assert series.present[1:4].tolist() == [2, 2, 2]


def test_table_names_the_station_of_every_queue():
    scenario = line_of_posts(gate=post(60), yard=post(10))
    series = series_of(scenario, 0, 30, 45)
    frame = series.to_frame()
    assert frame.columns == ["minute", "station", "queue"]
    for index, key in enumerate(("gate", "yard")):
        np.testing.assert_array_equal(frame.filter(station=key)["queue"], series.queue[index])
        np.testing.assert_array_equal(frame.filter(station=key)["minute"], series.grid_min)
