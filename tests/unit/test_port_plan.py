"""The plan of small ports: expected times are worked out by hand, for vehicles that arrive at given minutes."""

import numpy as np
import pytest

from sim.demand import Movements
from sim.kernel import Op, run
from sim.kernel.trace import Fate
from sim.luck import Luck
from sim.port import expand_stations, plan_program
from tests.unit.tiny import tiny_facility, tiny_scenario

ALWAYS, NEVER = ({"agency": "customs", "rate": rate} for rate in (1.0, 0.0))
CAR = {"label": "cars", "label_zh": "小车", "per_day": 100, "route": "out", "profile": "flat"}


def constant(minutes):
    return {"kind": "constant", "mean_min": minutes}


def examination(minutes, selected_by, bays=1, **more):
    return {"agency": "customs", "selected_by": selected_by, "bays": bays, "minutes": constant(minutes)} | more


def make_site(mode, presentation=10, overlap=0.5, bays=1, **more):
    """Return a site of three agencies that examine for 30, 20 and 8 minutes."""
    examinations = {
        name: examination(minutes, name, bays) for name, minutes in (("customs", 30), ("health", 20), ("police", 8))
    }
    plain = {"label": "site", "label_zh": "查验", "hours": "always", "mode": mode, "overlap": overlap}
    return plain | {"presentation": constant(presentation), "examinations": examinations} | more


def make_port(facilities, through, **changes):
    """Return a scenario of these facilities and one route, open all day for two days unless changed."""
    plain = {
        "port.facilities": facilities,
        "port.routes.out.through": list(through),
        "port.selections": {"machine": NEVER},
        "horizon.warmup_days": 0,
    }
    return tiny_scenario(**(plain | changes))


def make_site_port(mode, picked, **site):
    """Return a port of one inspection site at which these agencies pick everyone."""
    selections = {name: ALWAYS if name in picked else NEVER for name in ("customs", "health", "police")}
    changes = {"port.selections": selections, "port.inspection_sites": {"site": make_site(mode, **site)}}
    return make_port({"exit": tiny_facility(9)}, ["site", "exit"], **changes)


def arrive(*minutes, vehicle=None, classes=("truck",)):
    count = len(minutes)
    kinds = np.array(vehicle if vehicle is not None else [0] * count, dtype=np.int16)
    return Movements(classes, np.array(minutes, dtype=float), kinds, np.zeros(count, dtype=np.int8), np.arange(count))


def follow(scenario, movements, engine="simpy"):
    """Return for each vehicle its visits as (station, arrive, start, finish, leave) in minutes."""
    plan = plan_program(scenario, movements, Luck(1, 0))
    trace = run(plan.program, engine)
    times = [
        trace.began_min[plan.arrive_step],
        *(trace.ended_min[step] for step in (plan.start_step, plan.finish_step, plan.leave_step)),
    ]
    keys = [plan.stations[station].key for station in plan.station]
    rows = list(zip(keys, *(column.tolist() for column in times), strict=True))
    return [
        [row for row, who in zip(rows, plan.movement, strict=True) if who == each] for each in range(len(movements))
    ]


def list_steps(scenario, movements):
    """Return the first movement's program as (instruction, pool or minutes)."""
    program = plan_program(scenario, movements, Luck(1, 0)).program
    steps = range(program.first_step[0], program.first_step[1])
    names = [pool.name for pool in program.pools]
    return [
        (Op(program.op[i]).name, names[program.target[i]] if program.op[i] != Op.DELAY else float(program.value[i]))
        for i in steps
    ]


def test_steps_of_a_visit_come_in_order():
    """A vehicle frees server and place behind it once it is let in, drives, then asks quota, server and crew."""
    first = tiny_facility(1, 3.0, places=2)
    second = tiny_facility(1, 5.0, places=4, drive_min=7, quota_per_day=9, crew="team")
    crews = {"port.crews": {"team": {"hours": "always", "teams": 1}}}
    steps = list_steps(make_port({"a": first, "b": second}, ["a", "b"], **crews), arrive(0))
    assert steps == [
        ("SEIZE", "a places"),
        ("SEIZE", "a"),
        ("DELAY", 3.0),
        ("SEIZE", "b places"),
        ("RELEASE", "a"),
        ("RELEASE", "a places"),
        ("DELAY", 7.0),
        ("SEIZE", "b quota"),
        ("SEIZE", "b"),
        ("SEIZE", "crew team"),
        ("DELAY", 5.0),
        ("RELEASE", "crew team"),
        ("RELEASE", "b"),
        ("RELEASE", "b places"),
    ]


def test_facility_without_extras_is_seized_used_and_freed():
    steps = list_steps(make_port({"a": tiny_facility(1, 3.0)}, ["a"]), arrive(0))
    assert steps == [("SEIZE", "a"), ("DELAY", 3.0), ("RELEASE", "a")]


def test_visits_follow_the_route_and_not_the_order_of_facilities(engine):
    port = make_port({"a": tiny_facility(minutes=1), "b": tiny_facility(minutes=2)}, ["b", "a"])
    assert follow(port, arrive(5), engine) == [[("b", 5, 5, 7, 7), ("a", 7, 7, 8, 8)]]


def test_vehicles_queue_for_a_server_in_order_of_arrival(engine):
    port = make_port({"a": tiny_facility(2, 10.0)}, ["a"])
    visits = follow(port, arrive(0, 1, 2, 3), engine)
    assert [visit[0][2] for visit in visits] == [0, 1, 10, 11]


def test_time_to_drive_lies_between_leaving_and_arriving(engine):
    port = make_port({"a": tiny_facility(minutes=3), "b": tiny_facility(minutes=2, drive_min=7)}, ["a", "b"])
    assert follow(port, arrive(0), engine) == [[("a", 0, 0, 3, 3), ("b", 10, 10, 12, 12)]]


def test_full_place_blocks_the_step_before_and_keeps_its_server(engine):
    """b holds one vehicle for 10 minutes; the second stays in a's only lane from 2 to 11, the third waits outside."""
    port = make_port({"a": tiny_facility(minutes=1), "b": tiny_facility(minutes=10, places=1)}, ["a", "b"])
    assert follow(port, arrive(0, 0, 0), engine) == [
        [("a", 0, 0, 1, 1), ("b", 1, 1, 11, 11)],
        [("a", 0, 1, 2, 11), ("b", 11, 11, 21, 21)],
        [("a", 0, 11, 12, 21), ("b", 21, 21, 31, 31)],
    ]


def test_places_hold_those_who_wait_and_those_who_are_served(engine):
    """With 2 places one vehicle waits inside b, so that a is free again at 2 and blocked only by the third."""
    port = make_port({"a": tiny_facility(minutes=1), "b": tiny_facility(minutes=10, places=2)}, ["a", "b"])
    assert follow(port, arrive(0, 0, 0), engine) == [
        [("a", 0, 0, 1, 1), ("b", 1, 1, 11, 11)],
        [("a", 0, 1, 2, 2), ("b", 2, 11, 21, 21)],
        [("a", 0, 2, 3, 11), ("b", 11, 21, 31, 31)],
    ]


def test_full_first_facility_keeps_vehicles_outside(engine):
    port = make_port({"a": tiny_facility(1, 10.0, places=1)}, ["a"])
    assert follow(port, arrive(0, 3), engine) == [[("a", 0, 0, 10, 10)], [("a", 3, 10, 20, 20)]]


def test_quota_admits_its_number_a_day_and_the_rest_wait_for_midnight(engine):
    port = make_port({"a": tiny_facility(9, 1.0, quota_per_day=2)}, ["a"])
    visits = follow(port, arrive(0, 1, 2, 3, 1500), engine)
    assert [visit[0][2] for visit in visits[:4]] == [0, 1, 1440, 1440]
    assert np.isnan(visits[4][0][2])


def test_quota_that_nobody_used_lapses_at_midnight(engine):
    port = make_port({"a": tiny_facility(9, 1.0, quota_per_day=2)}, ["a"])
    visits = follow(port, arrive(1441, 1442, 1443), engine)
    assert [visit[0][2] for visit in visits[:2]] == [1441, 1442]
    assert np.isnan(visits[2][0][2])


def test_team_of_two_facilities_serves_one_of_them_at_a_time(engine):
    changes = {
        "port.crews": {"team": {"hours": "always", "teams": 1}},
        "port.routes.back": {"direction": "import", "through": ["b"]},
        "demand.classes.car": CAR | {"route": "back"},
    }
    facilities = {"a": tiny_facility(minutes=5, crew="team"), "b": tiny_facility(minutes=5, crew="team")}
    movements = arrive(0, 1, vehicle=[0, 1], classes=("truck", "car"))
    visits = follow(make_port(facilities, ["a"], **changes), movements, engine)
    assert visits == [[("a", 0, 0, 5, 5)], [("b", 1, 5, 10, 10)]]


def test_crew_of_two_teams_serves_two_vehicles_at_once(engine):
    facilities = {"a": tiny_facility(3, 5.0, crew="team")}
    port = make_port(facilities, ["a"], **{"port.crews": {"team": {"hours": "always", "teams": 2}}})
    assert [visit[0][2] for visit in follow(port, arrive(0, 0, 0), engine)] == [0, 0, 5]


def test_vehicle_of_higher_rank_goes_first(engine):
    facilities = {"a": tiny_facility(minutes=10)}
    port = make_port(facilities, ["a"], **{"demand.classes.car": CAR | {"priority": 1}})
    movements = arrive(0, 1, 2, vehicle=[0, 0, 1], classes=("truck", "car"))
    assert [visit[0][2] for visit in follow(port, movements, engine)] == [0, 20, 10]


def test_class_with_minutes_of_its_own_takes_them(engine):
    facilities = {"a": tiny_facility(9, 10.0, service_by_class={"car": constant(2)})}
    port = make_port(facilities, ["a"], **{"demand.classes.car": CAR})
    visits = follow(port, arrive(0, 0, vehicle=[0, 1], classes=("truck", "car")), engine)
    assert [visit[0][3] for visit in visits] == [10, 2]


@pytest.mark.parametrize(("rate", "stations"), [(1.0, ["a", "b", "c"]), (0.0, ["a", "c"])])
def test_only_selected_vehicles_visit_a_facility_that_selects(engine, rate, stations):
    facilities = {"a": tiny_facility(), "b": tiny_facility(selected_by="machine"), "c": tiny_facility()}
    changes = {"port.selections": {"machine": {"agency": "customs", "rate": rate}}}
    (visits,) = follow(make_port(facilities, ["a", "b", "c"], **changes), arrive(0), engine)
    assert [visit[0] for visit in visits] == stations


def test_vehicle_that_nobody_selects_passes_no_place_of_a_site(engine):
    for mode in ("sequential", "joint"):
        (visits,) = follow(make_site_port(mode, []), arrive(0), engine)
        assert [visit[0] for visit in visits] == ["exit"]


@pytest.mark.parametrize("minutes", [(), (0, 5)])
def test_port_that_nobody_enters_has_no_step(engine, minutes):
    port = make_port({"a": tiny_facility(selected_by="machine")}, ["a"])
    plan = plan_program(port, arrive(*minutes), Luck(1, 0))
    assert len(plan.movement) == len(plan.program.op) == 0
    assert run(plan.program, engine).fate.tolist() == [Fate.FINISHED] * len(minutes)


def test_movement_without_a_visit_is_planned_beside_those_that_have_one(engine):
    changes = {
        "port.routes.back": {"direction": "import", "through": ["b"]},
        "demand.classes.car": CAR | {"route": "back"},
    }
    port = make_port({"a": tiny_facility(selected_by="machine"), "b": tiny_facility(minutes=3)}, ["a"], **changes)
    movements = arrive(0, 1, 2, vehicle=[0, 1, 0], classes=("truck", "car"))
    assert follow(port, movements, engine) == [[], [("b", 1, 1, 4, 4)], []]


PICKED = [
    (["customs"], 10 + 30, 10 + 30),
    (["customs", "health"], 2 * 10 + 30 + 20, 10 + 30 + 0.5 * 20),
    (["health", "police"], 2 * 10 + 20 + 8, 10 + 20 + 0.5 * 8),
    (["customs", "health", "police"], 3 * 10 + 30 + 20 + 8, 10 + 30 + 0.5 * (20 + 8)),
]


@pytest.mark.parametrize(("picked", "sequential", "joint"), PICKED)
def test_joint_inspection_presents_once_and_overlaps_what_each_agency_does_in_turn(engine, picked, sequential, joint):
    """Sequential: a presentation and the examination of each. Joint: one, the longest + (1 - overlap) x the rest."""
    for mode, minutes in (("sequential", sequential), ("joint", joint)):
        (visits,) = follow(make_site_port(mode, picked), arrive(0), engine)
        assert visits[-1][0] == "exit"
        assert visits[-1][1] == minutes


@pytest.mark.parametrize(("overlap", "minutes"), [(0.0, 10 + 58), (0.25, 10 + 30 + 0.75 * 28), (1.0, 10 + 30)])
def test_overlap_says_how_much_of_the_shorter_examinations_costs_no_time(overlap, minutes):
    (visits,) = follow(make_site_port("joint", ["customs", "health", "police"], overlap=overlap), arrive(0))
    assert visits[0][:4] == ("site.joint", 0, 0, minutes)


def test_sequential_inspection_passes_the_agencies_in_their_order(engine):
    (visits,) = follow(make_site_port("sequential", ["customs", "police"]), arrive(0), engine)
    assert visits == [
        ("site.customs", 0, 0, 40, 40),
        ("site.police", 40, 40, 58, 58),
        ("exit", 58, 58, 59, 59),
    ]


def test_joint_inspection_takes_a_team_for_each_agency(engine):
    """Three bays and three teams; two vehicles that all three agencies picked cannot be examined at once."""
    everyone = make_site_port("joint", ["customs", "health", "police"])
    starts = [visits[0][2] for visits in follow(everyone, arrive(0, 0), engine)]
    assert starts == [0, 10 + 30 + 14]
    one_agency = make_site_port("joint", ["customs"])
    assert [visits[0][2] for visits in follow(one_agency, arrive(0, 0, 0, 0), engine)] == [0, 0, 0, 40]


def test_joint_inspection_pools_the_bays_that_sequential_agencies_keep_for_themselves(engine):
    starts = {
        mode: [visits[0][2] for visits in follow(make_site_port(mode, ["customs"]), arrive(0, 0, 0), engine)]
        for mode in ("sequential", "joint")
    }
    assert starts == {"sequential": [0, 40, 80], "joint": [0, 0, 0]}


def test_joint_inspection_with_thin_crews_still_finishes_those_whom_all_agencies_pick(engine):
    """Three teams that are rostered for 8 of 24 hours leave one at a time."""
    changes = {
        "port.selections": dict.fromkeys(("customs", "health", "police"), ALWAYS),
        "port.inspection_sites": {"site": make_site("joint")},
        "port.hours.always.rostered_h_per_day": 8,
    }
    port = make_port({"exit": tiny_facility(9, staff_per_server=0)}, ["site", "exit"], **changes)
    (visits,) = follow(port, arrive(0), engine)
    assert visits[-1][0] == "exit"


def test_joint_inspection_employs_the_staff_that_the_agencies_do():
    """Customs has 2 bays with 2 staff each, police 1 bay with 1: 5 staff in either mode."""
    examinations = {"customs": examination(30, "machine", 2, staff_per_bay=2), "police": examination(8, "machine")}
    employed = {}
    for mode in ("sequential", "joint"):
        site = make_site(mode) | {"examinations": examinations}
        port = make_port({}, ["site"], **{"port.inspection_sites": {"site": site}}).port
        employed[mode] = sum(each.servers * each.staff_per_server for each in expand_stations(port).values())
    assert employed == {"sequential": 5, "joint": 5}


def test_site_without_room_blocks_the_facility_before_it(engine):
    changes = {
        "port.selections": {"customs": ALWAYS, "health": NEVER, "police": NEVER},
        "port.inspection_sites": {"site": make_site("joint", places=3)},
    }
    port = make_port({"gate": tiny_facility(minutes=1)}, ["gate", "site"], **changes)
    leaves = [visits[0][4] for visits in follow(port, arrive(0, 0, 0, 0), engine)]
    assert leaves == [1, 2, 3, 41]


def test_work_at_a_site_freezes_at_closing_and_goes_on_at_opening(engine):
    """Examined from 18:50, 10 minutes before closing: 30 of 40 minutes are left for 07:00 the next day."""
    changes = {
        "port.selections": {"customs": ALWAYS, "health": NEVER, "police": NEVER},
        "port.inspection_sites": {"site": make_site("sequential", hours="day")},
    }
    port = make_port({"exit": tiny_facility()}, ["site", "exit"], **changes)
    (visits,) = follow(port, arrive(18 * 60 + 50), engine)
    assert visits[0] == ("site.customs", 1130, 1130, 1440 + 7 * 60 + 30, 1440 + 7 * 60 + 30)


def test_facility_finishes_after_closing_unless_it_freezes(engine):
    finishes = {}
    for at_closing in ("finish", "freeze"):
        port = make_port({"a": tiny_facility(minutes=40, hours="day", at_closing=at_closing)}, ["a"])
        finishes[at_closing] = follow(port, arrive(18 * 60 + 50), engine)[0][0][3]
    assert finishes == {"finish": 1130 + 40, "freeze": 1440 + 7 * 60 + 30}


def test_loader_passes_both_sides_and_shares_the_lanes_of_each(engine):
    """Trucks in both directions meet the loader: it enters behind an import, leaves behind an export."""
    posts = {"in": tiny_facility(minutes=5), "load": tiny_facility(9, 20.0), "out": tiny_facility(minutes=5)}
    changes = {
        "port.routes": {
            "load": {"direction": "export", "through": ["in", "load", "out"]},
            "import": {"direction": "import", "through": ["in"]},
            "out": {"direction": "export", "through": ["out"]},
        },
        "demand.classes": {
            "loader": CAR | {"route": "load"},
            "import": CAR | {"route": "import"},
            "export": CAR | {"route": "out"},
        },
    }
    port = make_port(posts, ["out"], **changes)
    movements = arrive(0, 1, 28, vehicle=[1, 0, 2], classes=("loader", "import", "export"))
    assert follow(port, movements, engine) == [
        [("in", 0, 0, 5, 5)],
        [("in", 1, 5, 10, 10), ("load", 10, 10, 30, 30), ("out", 30, 33, 38, 38)],
        [("out", 28, 28, 33, 33)],
    ]
