"""Blame: delays followed from stop to stop to their causes, on chains worked out by hand and on small ports."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.outcomes import measure_outcomes
from sim.outcomes.blame import follow_blame
from sim.outcomes.window import Window
from tests.unit.rail_port import facility, rail_scenario, simulate, train
from tests.unit.road_port import at_once, drive, every, outcomes_of, road, road_port
from tests.unit.small_port import line_of_posts, look_up, post, visit
from tests.unit.tiny import tiny_facility


def follow(*rows):
    return follow_blame(np.array(rows, dtype=float))


def test_stop_that_nobody_holds_up_is_its_own_cause():
    assert follow([0, 0], [0, 0]).tolist() == [[1, 0], [0, 1]]


def test_blame_goes_down_a_chain_and_leaves_at_each_stop_what_it_causes_itself():
    """0.8 of the first is passed on to the second, half of that to the third: 0.2, 0.4 and 0.4 are the causes."""
    found = follow([0, 0.8, 0], [0, 0, 0.5], [0, 0, 0])
    np.testing.assert_allclose(found, [[0.2, 0.4, 0.4], [0, 0.5, 0.5], [0, 0, 1]], atol=1e-8)


def test_blame_of_a_stop_that_is_always_held_up_ends_at_the_bottleneck():
    found = follow([0, 1, 0], [0, 0, 1], [0, 0, 0])
    np.testing.assert_allclose(found, [[0, 0, 1], [0, 0, 1], [0, 0, 1]], atol=1e-8)


def test_blame_divides_at_a_fork_and_joins_behind_it():
    """Half goes left and a quarter right; all of the left and half of the right go on to the last: 0.5 + 0.125."""
    found = follow([0, 0.5, 0.25, 0], [0, 0, 0, 1], [0, 0, 0, 0.5], [0, 0, 0, 0])
    np.testing.assert_allclose(found[0], [0.25, 0, 0.125, 0.625], atol=1e-8)


def test_blame_that_goes_in_a_circle_ends_where_it_leaves_it():
    """Half comes back each time round: a geometric series, 1/2 / (1 - 1/4) = 2/3 here and 1/3 there."""
    np.testing.assert_allclose(follow([0, 0.5], [0.5, 0]), [[2 / 3, 1 / 3], [1 / 3, 2 / 3]], atol=1e-8)


def test_stops_that_hold_each_other_up_all_the_time_share_the_blame():
    np.testing.assert_allclose(follow([0, 1], [1, 0]), [[0.5, 0.5], [0.5, 0.5]], atol=1e-6)


def test_circle_that_has_one_way_out_blames_the_stop_outside():
    found = follow([0, 1, 0], [0.9, 0, 0.1], [0, 0, 0])
    np.testing.assert_allclose(found[:, 2], 1.0, atol=1e-6)


MATRICES = st.integers(1, 6).flatmap(
    lambda stops: hnp.arrays(float, (stops, stops), elements=st.floats(0, 1, allow_subnormal=False))
)


@given(weights=MATRICES, most=st.floats(0.0, 1.0))
def test_shares_of_every_stop_add_up_to_one(weights, most):
    np.fill_diagonal(weights, 0.0)
    passed_on = most * weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    found = follow_blame(passed_on)
    assert found.min() >= -1e-9
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


@given(weights=MATRICES, most=st.floats(0.0, 0.8))
def test_shares_are_those_of_a_walk_that_stops_where_it_is_not_passed_on(weights, most):
    """The series of the walk: what stays after no step, one step, two steps and so on (0.8 ** 100 is nothing)."""
    np.fill_diagonal(weights, 0.0)
    passed_on = most * weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    stays, walk, expected = np.diag(1.0 - passed_on.sum(axis=1)), np.eye(len(weights)), 0.0
    for _ in range(100):
        expected, walk = expected + walk @ stays, walk @ passed_on
    np.testing.assert_allclose(follow_blame(passed_on), expected, atol=1e-6)


def read_blame(outcomes, measure="delay"):
    """Return hours a day by (stop, cause)."""
    rows = outcomes.filter(pl.col("scope") == "blame", pl.col("measure") == measure)
    return {tuple(name.split("/")): value for name, value in rows.select("name", "value").iter_rows()}


def read_causes(outcomes):
    rows = outcomes.filter(pl.col("scope") == "cause")
    return dict(rows.select("name", "value").iter_rows())


def sum_at(blame, stop):
    return sum(hours for (there, _), hours in blame.items() if there == stop)


def test_bottleneck_that_blocks_two_stops_upstream_is_the_cause_of_their_delays(engine):
    """A gate and a desk of a minute before a dock of 20: 19 of 20 minutes both are blocked, in the other they serve."""
    posts = {
        "gate": tiny_facility(1, 1.0),
        "desk": tiny_facility(1, 1.0, places=1),
        "dock": tiny_facility(1, 20.0, places=1),
    }
    port = road_port({"r": road("a", "b")}, {"car": ["gate", "desk", "dock"]}, posts)
    outcomes = outcomes_of(port, drive(port, engine, car=at_once(40)))
    causes, blame = read_causes(outcomes), read_blame(outcomes)
    assert blame["gate", "dock"] == pytest.approx((19 / 20) ** 2 * sum_at(blame, "gate"), rel=0.05)
    assert causes["dock"] == max(causes.values())
    assert max(blame, key=blame.get) == ("gate", "dock")
    assert blame["desk", "dock"] == pytest.approx(sum_at(blame, "desk"))


def test_queue_at_a_slow_gate_is_its_own_fault():
    scenario = line_of_posts(gate=post(10), yard=post(1))
    outcomes = outcomes_of(scenario, visit(scenario, *at_once(30)))
    assert read_causes(outcomes)["gate"] == pytest.approx(10 * sum(range(30)) / 60)
    assert read_causes(outcomes)["yard"] == 0.0


def test_gate_that_is_blocked_half_of_the_time_passes_on_half_of_the_blame(engine):
    """Served for 10 minutes, then blocked for 10 by a yard of 20: of 20 minutes each waits, half is either's."""
    posts = {"gate": tiny_facility(1, 10.0), "yard": tiny_facility(1, 20.0, places=1)}
    port = road_port({"r": road("a", "b")}, {"car": ["gate", "yard"]}, posts)
    blame = read_blame(outcomes_of(port, drive(port, engine, car=at_once(60))))
    waits = 20.0 * sum(range(60)) / 60.0
    blocked = 10.0 * 59 / 60.0
    assert blame["gate", "gate"] == pytest.approx(waits / 2, rel=0.05)
    assert blame["gate", "yard"] == pytest.approx(waits / 2 + blocked, rel=0.05)


def filled_road(first_min):
    """Return the blame where a yard of 2 minutes fills two roads; the first of 900 cars comes at this minute."""
    links = {"far": road("a", "b"), "near": road("b", "c")}
    port = road_port(links, {"car": ["far", "near", "yard"]}, {"yard": tiny_facility(1, 2.0, places=5)})
    return outcomes_of(port, drive(port, car=every(0.5, 900, first_min)))


def assert_all_is_the_yards(outcomes):
    blame, causes = read_blame(outcomes), read_causes(outcomes)
    for stop in ("before far", "far", "near", "yard"):
        all_of_it = sum(hours for (delayed, _), hours in blame.items() if delayed == stop)
        assert all_of_it > 10.0
        assert blame[stop, "yard"] == pytest.approx(all_of_it, rel=0.05)
    assert causes["yard"] == pytest.approx(sum(causes.values()), rel=0.05)


def test_yard_is_blamed_for_roads_that_it_fills_and_for_those_who_wait_outside():
    assert_all_is_the_yards(filled_road(0.37))


def test_blame_does_not_hang_on_the_minute_at_which_vehicles_leave():
    assert_all_is_the_yards(filled_road(0.0))


def test_bottleneck_of_the_road_itself_is_the_cause_of_its_queue(engine):
    port = road_port({"r": road("a", "b", exit_capacity_vph=60.0), "s": road("b", "c")}, {"car": ["r", "s"]})
    causes = read_causes(outcomes_of(port, drive(port, engine, car=at_once(100))))
    assert causes["r"] == pytest.approx(sum(causes.values()), rel=0.02)


def test_city_traffic_that_a_yard_holds_up_counts_as_its_doing(engine):
    """All of it waits on the road to the junction, which trucks for the yard block."""
    links = {"west": road("a", "j"), "approach": road("j", "p", 0.1), "east": road("j", "z")}
    routes = {"truck": ["west", "approach", "yard"], "city": ["west", "east"]}
    local = {"port.routes.city": {"direction": "local", "through": routes["city"]}}
    port = road_port(links, routes, {"yard": tiny_facility(1, 5.0, places=2)}, **local)
    outcomes = outcomes_of(port, drive(port, engine, truck=every(1.0, 200, 0.3), city=every(1.0, 200, 0.8)))
    assert look_up(outcomes, "road", "west", "delay_others") > 5.0
    blame = read_blame(outcomes)
    west = {cause: hours for (stop, cause), hours in blame.items() if stop == "west"}
    assert west["yard"] == pytest.approx(sum(west.values()), rel=0.05)


@pytest.mark.parametrize("warmup_days", [0, 1])
def test_blame_adds_up_to_all_waiting_and_blocking_within_the_window(engine, warmup_days):
    posts = {"gate": tiny_facility(1, 3.0, hours="day"), "yard": tiny_facility(2, 9.0, places=3)}
    port = road_port(
        {"r": road("a", "b", 0.2)},
        {"car": ["r", "gate", "yard"]},
        posts,
        **{"horizon.warmup_days": warmup_days, "horizon.days": 2},
    )
    visits = drive(port, engine, car=every(4.0, 800))
    window = Window.of(port.horizon)
    minutes = window.minutes_within(visits.arrive_min, visits.start_min).sum()
    minutes += window.minutes_within(visits.finish_min, visits.leave_min).sum()
    outcomes = outcomes_of(port, visits)
    assert sum(read_causes(outcomes).values()) == pytest.approx(minutes / 60.0 / 2.0, rel=1e-6)
    assert sum(read_blame(outcomes).values()) == pytest.approx(minutes / 60.0 / 2.0, rel=1e-3)


def test_wait_to_be_called_is_nobodys_fault():
    """Blocked minutes begin when the meter lets a vehicle go."""
    meter = {"label": "m", "label_zh": "叫", "after": "gate", "until": "yard", "vehicles": 1}
    posts = {"gate": tiny_facility(9, 1.0), "yard": tiny_facility(1, 30.0)}
    port = road_port({"r": road("a", "b")}, {"car": ["gate", "yard"]}, posts, **{"port.meters": {"m": meter}})
    outcomes = outcomes_of(port, drive(port, car=at_once(9)))
    assert look_up(outcomes, "class", "car", "metered") == pytest.approx(30 * sum(range(9)) / 9 / 60)
    assert sum(read_causes(outcomes).values()) == pytest.approx(0.0)


def test_wait_for_what_another_keeps_is_blamed_on_where_that_one_stands():
    """One track, kept through checks of 30 minutes: the train of 01:10 waits for 20, as the first is being checked."""
    scenario = rail_scenario(
        **{
            "port.facilities.arrival_track": facility(1, kept_until="checks"),
            "demand.classes.train": train("train", "01:00", "01:10"),
        }
    )
    blame = read_blame(measure_outcomes(scenario, simulate(scenario)[1]))
    assert blame["arrival_track", "checks"] == pytest.approx(20 / 60)
    assert ("arrival_track", "arrival_track") not in blame


def test_wait_for_a_turn_round_is_nobody_elses_fault():
    """Two engines, away for 100 minutes after the checks: the third train waits for one that is on its way back."""
    scenario = rail_scenario(
        **{
            "port.facilities.engine": facility(1, kept_until="checks", back_after_min=100),
            "port.routes.train.through": ["arrival_track", "engine", "checks", "yard.unloading"],
            "demand.classes.train": train("train", "01:00", "01:40"),
        }
    )
    blame = read_blame(measure_outcomes(scenario, simulate(scenario)[1]))
    assert blame["engine", "engine"] == pytest.approx(90 / 60)  # from 01:40 to 01:00 + 30 + 100 minutes


def test_cargo_that_waits_in_store_blames_what_the_vehicles_for_it_wait_for():
    """Wagons for one train: it leaves full at 102 and they are back at 402, when the second lot goes on.

    The second train waits for them from 40 on. Until 102 they are where the first is loaded, then on their way.
    """
    scenario = rail_scenario(
        **{
            "port.facilities.wagons": facility(4, servers_per_vehicle=4, kept_until="yard.loading", back_after_min=300),
            "port.routes.other.through": ["wagons", "yard.loading"],
            "demand.classes.other": train("other", "00:30", "00:40", takes={"cargo": "box", "units": 4}),
        }
    )
    blame = read_blame(measure_outcomes(scenario, simulate(scenario)[1]))
    stored = sum(402 - put_down for put_down in (153, 156, 159, 162)) / 60
    assert blame["yard.storage", "wagons"] == pytest.approx(stored * 300 / 362, rel=0.02)
    assert blame["yard.storage", "yard.loading"] == pytest.approx(stored * 62 / 362, rel=0.1)
