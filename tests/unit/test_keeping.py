"""Keeping: tracks, locomotives and wagons that vehicles keep until they leave a later stop; worked out by hand."""

import pytest

from sim.outcomes import measure_outcomes
from tests.unit.rail_port import (
    cargo,
    facility,
    minutes,
    rail_scenario,
    simulate,
    train,
)
from tests.unit.small_port import look_up

DAY_MIN = 1440.0


def play(engine, **changes):
    scenario = rail_scenario(**changes)
    visits = simulate(scenario, engine)[1]
    return visits, measure_outcomes(scenario, visits)


def line(facilities, *times, **more):
    """Return a port without a terminal, whose trains pass these facilities in order."""
    return {
        "port.terminals": {},
        "port.facilities": facilities,
        "port.routes": {"train": {"direction": "export", "through": list(facilities)}},
        "demand.classes": {"train": train("train", *times)},
    } | more


def of_station(outcomes, key, *names):
    return [look_up(outcomes, "station", key, name) for name in names]


# Tracks


def test_next_train_gets_a_track_when_the_one_before_has_been_unloaded(engine):
    """At 102, as one track is kept until then. The next is checked until 132, and unloaded at 144."""
    visits, _ = play(
        engine,
        **{
            "port.facilities.arrival_track": facility(1, kept_until="yard.unloading"),
            "demand.classes.train": train("train", "01:00", "01:10"),
        },
    )
    assert minutes(visits, "arrival_track", "start") == [60, 102]
    assert minutes(visits, "checks", "start") == [60, 102]
    assert minutes(visits, "yard.unloading", "leave") == [102, 144]


def test_track_is_used_until_it_is_given_back(engine):
    """Minutes 60 to 102 and 102 to 144 of a day, by one train at a time."""
    _, outcomes = play(
        engine,
        **{
            "port.facilities.arrival_track": facility(1, kept_until="yard.unloading"),
            "demand.classes.train": train("train", "01:00", "01:10"),
        },
    )
    used = (42 + 42) / DAY_MIN
    assert of_station(outcomes, "arrival_track", "utilisation", "occupancy", "load") == pytest.approx([used] * 3)
    assert look_up(outcomes, "station", "arrival_track", "idle_mean") == pytest.approx(1 - used)
    assert look_up(outcomes, "station", "arrival_track", "queue_mean") == pytest.approx(32 / DAY_MIN)


def test_what_is_kept_no_longer_than_service_is_given_back_then(engine):
    """The other facilities of the port are not kept, and have no idle servers to tell."""
    _, outcomes = play(engine)
    told = outcomes.filter(outcomes["measure"] == "idle_mean")["name"].to_list()
    assert told == ["arrival_track"]


# Locomotives


def test_third_train_waits_until_the_first_locomotive_is_back(engine):
    """Two locomotives at 60 and 61, on the line until 90 and 91, and back an hour later, at 150 and 151."""
    visits, outcomes = play(
        engine,
        **line(
            {"engine_shed": facility(2, 10.0, kept_until="line", back_after_min=60.0), "line": facility(9, 20.0)},
            "01:00",
            "01:01",
            "01:02",
        ),
    )
    assert minutes(visits, "engine_shed", "start") == [60, 61, 150]
    assert minutes(visits, "line", "leave") == [90, 91, 180]
    away = (150 - 60) + (151 - 61) + (240 - 150)
    assert of_station(outcomes, "engine_shed", "utilisation", "occupancy") == pytest.approx([away / DAY_MIN / 2] * 2)
    assert look_up(outcomes, "station", "engine_shed", "idle_mean") == pytest.approx(2 - away / DAY_MIN)


def test_locomotive_that_is_not_back_by_the_end_is_away_until_then(engine):
    """It sets out at 23:00 and would be back at 00:30."""
    _, outcomes = play(
        engine,
        **line(
            {"engine_shed": facility(1, 10.0, kept_until="line", back_after_min=60.0), "line": facility(9, 20.0)},
            "23:00",
        ),
    )
    assert look_up(outcomes, "station", "engine_shed", "utilisation") == pytest.approx(60 / DAY_MIN)


def test_warm_up_is_not_counted(engine):
    """It is away from 23:00 of the warm-up to 00:30, and again a day later to the end."""
    _, outcomes = play(
        engine,
        **line(
            {"engine_shed": facility(1, 10.0, kept_until="line", back_after_min=60.0), "line": facility(9, 20.0)},
            "23:00",
            **{"horizon.warmup_days": 1},
        ),
    )
    assert look_up(outcomes, "station", "engine_shed", "utilisation") == pytest.approx((30 + 60) / DAY_MIN)


def test_without_turn_round_it_can_be_used_at_once(engine):
    visits, _ = play(
        engine,
        **line({"engine_shed": facility(1, 10.0, kept_until="line"), "line": facility(9, 20.0)}, "01:00", "01:01"),
    )
    assert minutes(visits, "engine_shed", "start") == [60, 90]


def test_server_is_kept_across_several_stops(engine):
    visits, _ = play(
        engine,
        **line(
            {
                "a": facility(1, 1.0, kept_until="d"),
                "b": facility(9, 10.0),
                "c": facility(9, 20.0),
                "d": facility(9, 30.0),
            },
            "01:00",
            "01:01",
        ),
    )
    assert minutes(visits, "a", "start") == [60, 121]


def test_two_things_are_kept_and_each_is_given_back_at_its_stop(engine):
    """The track until the second stop, at 73, and the locomotive until the third, at 93."""
    visits, _ = play(
        engine,
        **line(
            {
                "track": facility(1, 1.0, kept_until="b"),
                "loco": facility(1, 2.0, kept_until="c"),
                "b": facility(9, 10.0),
                "c": facility(9, 20.0),
            },
            "01:00",
            "01:01",
        ),
    )
    assert minutes(visits, "b", "leave") == [73, 105]
    assert minutes(visits, "track", "start") == [60, 73]
    assert minutes(visits, "loco", "start") == [61, 93]


def test_two_things_are_given_back_at_one_stop(engine):
    visits, _ = play(
        engine,
        **line(
            {
                "track": facility(1, 1.0, kept_until="b"),
                "loco": facility(1, 2.0, kept_until="b"),
                "b": facility(9, 10.0),
            },
            "01:00",
            "01:01",
            "01:02",
        ),
    )
    assert minutes(visits, "track", "start") == [60, 73, 86]
    assert minutes(visits, "loco", "start") == [61, 74, 87]


# Wagons


def test_wagons_are_taken_together_and_whoever_needs_more_than_there_are_waits(engine):
    """Of seven wagons two trains take three each, and the third waits until the first gives its own back at 90."""
    visits, outcomes = play(
        engine,
        **line(
            {"wagons": facility(7, 10.0, kept_until="line", servers_per_vehicle=3), "line": facility(9, 20.0)},
            "01:00",
            "01:05",
            "01:10",
        ),
    )
    assert minutes(visits, "wagons", "start") == [60, 65, 90]
    used = 3 * 3 * 30
    assert look_up(outcomes, "station", "wagons", "utilisation") == pytest.approx(used / 7 / DAY_MIN)
    assert look_up(outcomes, "station", "wagons", "idle_mean") == pytest.approx(7 - used / DAY_MIN)


def test_wagons_that_are_not_kept_are_all_used_while_they_serve(engine):
    """Two of three for ten minutes, twice: 40 wagon-minutes of a day of three."""
    visits, outcomes = play(engine, **line({"wagons": facility(3, 10.0, servers_per_vehicle=2)}, "01:00", "01:05"))
    assert minutes(visits, "wagons", "start") == [60, 70]
    assert of_station(outcomes, "wagons", "utilisation", "load") == pytest.approx([40 / 3 / DAY_MIN] * 2)


# Shared by classes and routes


def test_classes_of_both_directions_share_what_is_kept(engine):
    """One locomotive: out at 60 and back at 130, in at 130 and back at 180, out at 180."""
    facilities = {
        "loco": facility(1, 10.0, kept_until="line", back_after_min=40.0),
        "line": facility(9, 20.0),
    }
    changes = line(facilities) | {
        "port.facilities": facilities,
        "port.routes": {
            "out": {"direction": "export", "through": ["loco", "line"]},
            "in": {"direction": "import", "through": ["loco", "line"]},
        },
        "demand.classes": {"out": train("out", "01:00", "01:02"), "in": train("in", "01:01")},
    }
    visits, _ = play(engine, **changes)
    assert minutes(visits, "loco", "start", "out") == [60, 200]
    assert minutes(visits, "loco", "start", "in") == [130]


def test_class_of_higher_rank_gets_it_first(engine):
    facilities = {"loco": facility(1, 10.0, kept_until="line"), "line": facility(9, 20.0)}
    routes = {name: {"direction": "export", "through": ["loco", "line"]} for name in ("plain", "urgent")}
    classes = {"plain": train("plain", "01:00", "01:01"), "urgent": train("urgent", "01:05", priority=1)}
    visits, _ = play(
        engine,
        **{"port.terminals": {}, "port.facilities": facilities, "port.routes": routes, "demand.classes": classes},
    )
    assert minutes(visits, "loco", "start", "urgent") == [90]
    assert minutes(visits, "loco", "start", "plain") == [60, 120]


def test_who_passes_only_the_later_stop_gives_nothing_back(engine):
    """Others of the port pass the line without a locomotive; there is still only one."""
    facilities = {"loco": facility(1, 10.0, kept_until="line", back_after_min=100.0), "line": facility(9, 20.0)}
    routes = {
        "pulled": {"direction": "export", "through": ["loco", "line"]},
        "alone": {"direction": "export", "through": ["line"]},
    }
    classes = {"pulled": train("pulled", "02:00", "02:01"), "alone": train("alone", "00:10", "00:20")}
    visits, _ = play(
        engine,
        **{"port.terminals": {}, "port.facilities": facilities, "port.routes": routes, "demand.classes": classes},
    )
    assert minutes(visits, "loco", "start") == [120, 250]


# Paths


def test_trains_go_at_even_intervals_one_at_a_time(engine):
    """A path every 20 minutes: three trains that come at 60, 61 and 65 go at 60, 80 and 100."""
    visits, _ = play(engine, **line({"path": facility(9, 5.0, paths_per_day=72)}, "01:00", "01:01", "01:05"))
    assert minutes(visits, "path", "start") == [60, 80, 100]


def test_path_that_nobody_takes_lapses(engine):
    """Those at 0, 20 and 40 are gone: two trains at 50 go at 60 and 80."""
    visits, _ = play(engine, **line({"path": facility(9, 5.0, paths_per_day=72)}, "00:50", "00:50"))
    assert minutes(visits, "path", "start") == [60, 80]


def test_paths_outside_the_hours_lapse(engine):
    """Open from 01:10 to 01:50: paths at 80 and 100, none at 120, and the next at 80 of the next day."""
    visits, _ = play(
        engine,
        **line(
            {"path": facility(9, 5.0, paths_per_day=72, hours="day")},
            "01:00",
            "01:01",
            "01:02",
            **{
                "port.hours": {
                    "day": {"timezone": "Asia/Shanghai", "open": "Mo-Su 01:10-01:50"},
                },
                "horizon.days": 2,
            },
        ),
    )
    assert minutes(visits, "path", "start")[:4] == [80, 100, 1440 + 80, 1440 + 100]


def test_path_at_the_minute_of_opening_is_there_and_at_that_of_closing_it_is_not(engine):
    visits, _ = play(
        engine,
        **line(
            {"path": facility(9, 5.0, paths_per_day=72, hours="day")},
            "01:00",
            "01:01",
            "01:02",
            **{"port.hours": {"day": {"timezone": "Asia/Shanghai", "open": "Mo-Su 01:20-02:00"}}},
        ),
    )
    assert minutes(visits, "path", "start") == [80, 100, None]


def test_quota_limits_those_who_take_paths(engine):
    """Two a day: the third train goes on the first path of the next day, at midnight."""
    visits, _ = play(
        engine,
        **line(
            {"path": facility(9, 5.0, paths_per_day=72, quota_per_day=2)},
            "01:00",
            "01:01",
            "01:05",
            **{"horizon.days": 2, "demand.classes": {"train": train("train", "01:00", "01:01", "01:05")}},
        ),
    )
    assert minutes(visits, "path", "start")[:3] == [60, 80, 1440]


def test_paths_are_not_lost_to_those_without_a_place_in_the_quota(engine):
    """The quota of one is used at 60; of the next day's the first train takes the path at midnight."""
    visits, _ = play(
        engine,
        **line({"path": facility(9, 5.0, paths_per_day=24, quota_per_day=1)}, "01:00", "03:00", **{"horizon.days": 3}),
    )
    assert minutes(visits, "path", "start")[:3] == [60, 1440, 2880]


@pytest.mark.parametrize("start", ["2025-10-26", "2025-03-30"])
def test_paths_exist_on_days_on_which_clocks_change(engine, start):
    """Warsaw: a path every half hour, and trains that come on one."""
    visits, _ = play(
        engine,
        **line(
            {"path": facility(9, 5.0, paths_per_day=48)},
            "01:00",
            "22:00",
            **{
                "port.timezone": "Europe/Warsaw",
                "port.hours": {"always": {"timezone": "Europe/Warsaw", "open": "24/7"}},
                "horizon.start": start,
                "horizon.days": 2,
            },
        ),
    )
    assert minutes(visits, "path", "start") == minutes(visits, "path", "arrive")


def test_vehicle_that_waits_for_a_server_goes_on_a_path(engine):
    """One server, busy for 30 minutes: the second train cannot go at 80, and not off a path at 90."""
    visits, _ = play(engine, **line({"path": facility(1, 30.0, paths_per_day=72)}, "01:00", "01:01", "01:05"))
    assert minutes(visits, "path", "start") == [60, 100, 140]


def test_boxes_wait_for_a_train_that_waits_for_a_track(engine):
    """One track for what brings and what takes: the other train at 90 has it when the first leaves the yard, at 102."""
    visits, _ = play(
        engine,
        **{
            "port.facilities.arrival_track": facility(1, kept_until="yard.unloading"),
            "port.facilities.pool": facility(1, kept_until="out"),
            "port.facilities.out": facility(9, 5.0),
            "port.routes.train.through": ["pool", "checks", "yard.unloading", "out"],
            "port.routes.other.through": ["pool", "yard.loading", "out"],
            "demand.classes.train": train("train", "01:00"),
            "demand.classes.other": train("other", "01:30", takes={"cargo": "box", "units": 4}),
            "demand.classes.box": cargo(),
            "port.routes.spare": {"direction": "export", "through": ["arrival_track", "yard.unloading"]},
        },
    )
    assert minutes(visits, "pool", "start", "other") == [107]
    assert minutes(visits, "yard.loading", "leave") == [119]
