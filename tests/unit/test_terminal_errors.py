"""Bad terminals: every rule of trains, cargo and what is kept is named with its path, its rule and a remedy."""

import pytest
from pydantic import ValidationError

from sim.scenario import Scenario
from sim.scenario.problems import explain
from tests.unit.rail_port import NEVER_LATE, cargo, facility, rail_scenario, train
from tests.unit.tiny import ALL_DAY

TRAIN, BOX, OTHER = (f"demand.classes.{name}" for name in ("train", "box", "other"))
YARD, CHECKS = "port.terminals.yard", "port.facilities.checks"
LIFT = {"kind": "constant", "mean_min": 3.0}
BOX_TRUCK = {"label": "trucks", "label_zh": "货车", "route": "truck", "comes_with": {"carrier": "box"}}


def find_problems(**changes):
    """Return the messages of all problems of the rail port with these changes, by path."""
    with pytest.raises(ValidationError) as caught:
        rail_scenario(**changes)
    found: dict[str, str] = {}
    for problem in explain(caught.value, Scenario):
        found[problem.path] = f"{found.get(problem.path, '')}\n{problem}".strip()
    return found


def through(**routes):
    return {f"port.routes.{name}": {"direction": "export", "through": stops} for name, stops in routes.items()}


def shares(**options):
    return {
        "rule": "shares",
        "options": {name: {} if each is None else {"share": each} for name, each in options.items()},
    }


def other(*times, **takes):
    return train("other", *times, takes={"cargo": "box", "units": 4, **takes})


def test_rail_port_has_no_problem():
    assert rail_scenario().port.terminals.keys() == {"yard"}


# One table alone


TABLES = [
    (f"{TRAIN}.timetable", {"times": ["25:00"], "lateness": NEVER_LATE}, "write for example '10:00'"),
    (f"{TRAIN}.timetable", {"times": ["1:00"], "lateness": NEVER_LATE}, "write for example '10:00'"),
    (f"{TRAIN}.timetable", {"lateness": NEVER_LATE}, "give either paths_per_day or times"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2, "times": ["01:00"], "lateness": NEVER_LATE}, "give either"),
    (f"{TRAIN}.timetable", {"paths_per_day": 0, "lateness": NEVER_LATE}, "greater than 0"),
    (f"{TRAIN}.timetable", {"paths_per_day": 1441, "lateness": NEVER_LATE}, "1440"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2}, "missing"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2, "lateness": NEVER_LATE, "early_min": -1}, "greater than or equal to 0"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2, "lateness": NEVER_LATE, "weekdays": "Mon"}, "write for example 'Mo-Su"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2, "lateness": NEVER_LATE, "weekdays": "Xx"}, "unknown day 'Xx'"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2, "lateness": NEVER_LATE, "weekdays": "Mo; Tu"}, "weekdays"),
    (f"{TRAIN}.timetable", {"paths_per_day": 2, "lateness": NEVER_LATE, "weekdays": ""}, "write for example 'Mo-Su'"),
    (f"{BOX}.comes_with", {"carrier": "train", "each": 0}, "greater than 0"),
    (f"{BOX}.comes_with", {"carrier": "train", "each": 2001}, "2000"),
    (f"{BOX}.comes_with", {"carrier": "train", "fill": 1.1}, "less than or equal to 1"),
    (f"{BOX}.comes_with", {"each": 3}, "missing"),
    (f"{OTHER}.takes", {"cargo": "box", "units": 0}, "greater than 0"),
    (f"{OTHER}.takes", {"cargo": "box", "units": 4, "leaves": "soon"}, "'full', 'limit' or 'timetable'"),
    (
        f"{OTHER}.takes",
        {"cargo": "box", "units": 4, "leaves": "limit"},
        "wait_min belongs to leaves: limit and timetable",
    ),
    (f"{OTHER}.takes", {"cargo": "box", "units": 4, "leaves": "timetable"}, "wait_min belongs to"),
    (f"{OTHER}.takes", {"cargo": "box", "units": 4, "wait_min": 5}, "wait_min belongs to"),
    (f"{OTHER}.takes", {"cargo": "box", "units": 4, "leaves": "limit", "wait_min": -1}, "greater than or equal to 0"),
    (f"{YARD}.cranes", 0, "greater than 0"),
    (f"{YARD}.slots", 0, "greater than 0"),
    (f"{YARD}.unloading_tracks", 0, "greater than 0"),
    (f"{YARD}.loading_tracks", 0, "greater than 0"),
    (f"{YARD}.agency", "railway", "'operator'"),
    (f"{BOX}.teu", -1, "greater than or equal to 0"),
    (f"{BOX}.tonnes", -1, "greater than or equal to 0"),
    (f"{CHECKS}.paths_per_day", 1441, "1440"),
    (f"{CHECKS}.back_after_min", -1, "greater than or equal to 0"),
    (f"{CHECKS}.servers_per_vehicle", 0, "greater than 0"),
]


@pytest.mark.parametrize(("path", "value", "rule"), TABLES)
def test_value_that_a_table_cannot_have_is_refused_with_the_rule(path, value, rule):
    problems = find_problems(**{path: value})
    assert any(rule in message for message in problems.values()), problems
    assert all(found.startswith(path) for found in problems)


RANDOM = [
    ({"days_per_year": 367}, "366"),
    ({"days_per_year": -1}, "greater than or equal to 0"),
    ({"shuts": []}, "touches nothing; add shuts"),
    ({"by_month": [1] * 11}, "at least 12 items"),
    ({"by_month": [0] * 12}, "at least one weight must be above 0"),
]


@pytest.mark.parametrize(("change", "rule"), RANDOM)
def test_disruption_that_cannot_be_is_refused_with_the_rule(change, rule):
    plain = {"label": "wind", "label_zh": "风", "shuts": "cranes", "days_per_year": 9, "lasts": LIFT}
    problems = find_problems(**{"port.disruptions": {"wind": plain | change}})
    assert any(rule in message for message in problems.values()), problems
    assert all(found.startswith("port.disruptions.wind") for found in problems)


# Ways of coming


COMING = [
    ({"timetable": None}, "needs one of profile, timetable and comes_with"),
    ({"comes_with": {"carrier": "other"}}, "needs one of profile, timetable and comes_with"),
    ({"profile": "flat"}, "needs one of profile, timetable and comes_with"),
    ({"per_day": None}, "needs per_day, unless it comes_with others"),
    ({"timetable": None, "comes_with": {"carrier": "other"}}, "needs per_day, unless it comes_with others"),
    ({"per_day": 2.5}, "per_day must be at most its paths (2 per day)"),
    ({"day_cv": 0.2}, "carrier, appointments, day_cv, season and by_month go with a profile only"),
    (
        {
            "appointments": {
                "hours": "always",
                "slot_min": 60,
                "places_per_slot": 1,
                "deviation_sd_min": 0,
                "no_show": 0,
            }
        },
        "go with a profile only",
    ),
    ({"carrier": {"vehicles": 2, "pce": 2, "until": "checks"}}, "go with a profile only"),
]


@pytest.mark.parametrize(("change", "rule"), COMING)
def test_class_comes_in_one_way(change, rule):
    flat = {"flat": {"timezone": "Asia/Shanghai", "by_hour": ALL_DAY}}
    problems = find_problems(**{TRAIN: train("train", "01:00", "02:00") | change, "demand.profiles": flat})
    assert list(problems) == [TRAIN]
    assert rule in problems[TRAIN]


def test_paths_on_some_weekdays_are_fewer_a_day():
    timetable = {"times": ["01:00", "02:00"], "weekdays": "Mo-We", "lateness": NEVER_LATE}
    problems = find_problems(**{f"{TRAIN}.timetable": timetable})
    assert "must be at most its paths (0.857143 per day)" in problems[TRAIN]


# Shares of routes


SHARES = [
    ({"rule": "shares", "options": {"train": {}, "b": {}}}, "options need a share each, but the last"),
    ({"rule": "shares", "options": {"train": {"share": 0.5}, "b": {"share": 0.5}}}, "but the last"),
    (
        {"rule": "shares", "options": {"train": {"share": 0.6}, "b": {"share": 0.6}, "c": {}}},
        "must be 1 at most, together",
    ),
    ({"rule": "shares", "options": {"train": {"share": 1.5}, "b": {}}}, "less than or equal to 1"),
    ({"rule": "shortest_queue", "options": {"train": {"share": 0.5}, "b": {}}}, "options need hours"),
    ({"options": {"train": {"hours": "always"}, "b": {}}}, "options need hours"),
    ({"options": {"train": {"hours": "always", "share": 0.5}, "b": {"hours": "always"}}}, "and no share"),
    ({"rule": "shares", "options": {"train": {"share": 1.0}}}, "at least 2 items"),
]


@pytest.mark.parametrize(("choice", "rule"), SHARES)
def test_options_suit_the_rule_of_their_choice(choice, rule):
    problems = find_problems(
        **through(b=["checks"], c=["checks"]), **{"port.route_choices": {"way": choice}, f"{TRAIN}.route": "way"}
    )
    assert any(rule in message for message in problems.values()), problems
    assert all(found.startswith("port.route_choices.way") for found in problems)


# Names


NAMES = [
    (f"{BOX}.comes_with.carrier", {BOX: cargo(comes_with={"carrier": "trian"})}, "there is no 'trian'", "'train'"),
    (f"{OTHER}.takes.cargo", {OTHER: other("03:00", cargo="bok")}, "there is no 'bok'", "'box'"),
    (f"{YARD}.hours", {f"{YARD}.hours": "crane"}, "there is no 'crane'", "'cranes'"),
    (f"{YARD}.lift_by_class", {f"{YARD}.lift_by_class": {"bx": LIFT}}, "there is no 'bx'", "'box'"),
    (f"{CHECKS}.kept_until", {f"{CHECKS}.kept_until": "yard.unload"}, "there is no 'yard.unload'", "'yard.unloading'"),
    (
        "port.routes.train.through",
        {"port.routes.train.through": ["checks", "yard.unlodaing"]},
        "there is no 'yard.unlodaing'",
        "'yard.unloading'",
    ),
    (
        "port.disruptions.wind.shuts",
        {
            "port.disruptions": {
                "wind": {"label": "w", "label_zh": "w", "shuts": "crane", "days_per_year": 9, "lasts": LIFT}
            }
        },
        "there is no 'crane'",
        "'cranes'",
    ),
]


@pytest.mark.parametrize(("path", "changes", "rule", "suggested"), NAMES)
def test_name_that_does_not_exist_is_refused_and_the_nearest_suggested(path, changes, rule, suggested):
    message = find_problems(**changes)[path]
    assert rule in message
    assert suggested in message


def test_terminal_named_like_a_facility_is_refused():
    yard = rail_scenario().port.terminals["yard"].model_dump()
    problems = find_problems(**{"port.terminals.checks": yard})
    assert "is the name of another stop too" in problems["port.terminals.checks"]


# Classes that do not fit


MISFITS = {
    "circle": (
        f"{TRAIN}.comes_with.carrier",
        {TRAIN: cargo(route="train", comes_with={"carrier": "box"})},
        "comes with itself in the end: train > box > train",
        "let one class come by itself",
    ),
    "self": (
        f"{BOX}.comes_with.carrier",
        {BOX: cargo(comes_with={"carrier": "box"})},
        "comes with itself in the end: box > box",
        "let one class come by itself",
    ),
    "chooses by queues": (
        f"{TRAIN}.route",
        {
            **through(b=["checks"]),
            "port.route_choices": {"way": {"options": {"train": {"hours": "always"}, "b": {"hours": "always"}}}},
            f"{TRAIN}.route": "way",
        },
        "cannot choose by queues whether to pass a terminal",
        "give the choice rule: shares",
    ),
    "cargo chooses by queues": (
        f"{BOX}.route",
        {
            **through(b=["yard.lift_off", "checks", "yard.lift_on"]),
            "port.route_choices": {"way": {"options": {"box": {"hours": "always"}, "b": {"hours": "always"}}}},
            f"{BOX}.route": "way",
        },
        "cannot choose by queues whether to pass a terminal",
        "give the choice rule: shares",
    ),
    "vehicle and cargo": (
        "port.routes.box.through",
        {"port.routes.box.through": ["yard.lift_off", "yard.loading", "yard.lift_on"]},
        "is a route of vehicles and of cargo at once",
        "vehicles pass .unloading and .loading, cargo .lift_off and .lift_on",
    ),
    "off is not first": (
        "port.routes.box.through",
        {"port.routes.box.through": ["checks", "yard.lift_off", "yard.lift_on"]},
        "cargo must be at .lift_off first",
        "move what is before or after it",
    ),
    "on is not last": (
        "port.routes.box.through",
        {"port.routes.box.through": ["yard.lift_off", "yard.lift_on", "checks"]},
        "cargo must be at .lift_on last",
        "move what is before or after it",
    ),
    "nobody unloads": (
        f"{BOX}.route",
        {"port.routes.train.through": ["arrival_track", "checks"], "port.facilities.arrival_track": facility(2)},
        "is lifted off at 'yard', where no route of 'train' is unloaded",
        "add yard.unloading to a route of 'train'",
    ),
    "nobody takes": (
        f"{BOX}.route",
        {OTHER: train("train", "03:00"), f"{BOX}.route": "box"},
        "is lifted on at 'yard', but nobody takes it there",
        "let a class take it",
    ),
    "brings nothing": (
        f"{TRAIN}.route",
        {BOX: cargo(comes_with={"carrier": "other", "each": 4}, route="train")},
        "is unloaded at 'yard', but brings nothing that is lifted off there",
        "let a class of cargo come with it",
    ),
    "takes what ends elsewhere": (
        f"{OTHER}.takes",
        {OTHER: other("03:00", cargo="train")},
        "is loaded at 'yard', but takes nothing that is lifted on there",
        "name a class of cargo whose route ends there",
    ),
    "takes nothing": (
        f"{OTHER}.takes",
        {OTHER: train("other", "03:00")},
        "is loaded at 'yard', but takes nothing that is lifted on there",
        "name a class of cargo whose route ends there",
    ),
    "is not loaded": (
        f"{OTHER}.takes",
        {"port.routes.other.through": ["checks"]},
        "is loaded on no route",
        "add <terminal>.loading to one",
    ),
    "no timetable": (
        f"{OTHER}.takes.leaves",
        {
            OTHER: other("03:00", leaves="timetable", wait_min=5) | {"timetable": None, "profile": "flat"},
            "demand.profiles": {"flat": {"timezone": "Asia/Shanghai", "by_hour": ALL_DAY}},
        },
        "has no timetable",
        "add one, or leave full or at a limit",
    ),
    "unused": (
        "port.terminals.shed",
        {"port.terminals.shed": {"label": "shed", "label_zh": "棚", "hours": "cranes", "cranes": 1, "lift": LIFT}},
        "no route passes it",
        "add it to a route or remove it",
    ),
    "collects two": (
        "demand.classes.truck.comes_with",
        {
            **through(truck=["yard.loading"]),
            "port.routes.other.through": ["checks"],
            OTHER: train("other", "03:00"),
            "demand.classes.truck": BOX_TRUCK | {"comes_with": {"carrier": "box", "each": 2}},
        },
        "must collect one unit each, all of them, and be the only class that does",
        "each: 1, fill: 1, or let it take any",
    ),
    "collects some": (
        "demand.classes.truck.comes_with",
        {
            **through(truck=["yard.loading"]),
            "port.routes.other.through": ["checks"],
            OTHER: train("other", "03:00"),
            "demand.classes.truck": BOX_TRUCK | {"comes_with": {"carrier": "box", "fill": 0.5}},
        },
        "must collect one unit each",
        "each: 1, fill: 1",
    ),
    "collects beside another": (
        "demand.classes.truck.comes_with",
        {**through(truck=["yard.loading"]), "demand.classes.truck": BOX_TRUCK},
        "be the only class that does",
        "or let it take any",
    ),
    "back without kept": (
        f"{CHECKS}.back_after_min",
        {f"{CHECKS}.back_after_min": 5.0},
        "belongs to kept_until",
        "add kept_until",
    ),
    "takes more than there are": (
        f"{CHECKS}.servers_per_vehicle",
        {f"{CHECKS}": facility(2, kept_until="yard.unloading", servers_per_vehicle=3)},
        "must be at most its servers (2)",
        "take fewer, or have more",
    ),
    "takes more than there are and does not keep them": (
        f"{CHECKS}.servers_per_vehicle",
        {f"{CHECKS}": facility(2, servers_per_vehicle=3)},
        "must be at most its servers (2)",
        "take fewer, or have more",
    ),
    "kept until an earlier stop": (
        f"{CHECKS}.kept_until",
        {f"{CHECKS}.kept_until": "arrival_track"},
        "does not come after it on route 'train'",
        "name a later stop of all routes that pass it",
    ),
    "kept until another route": (
        f"{CHECKS}.kept_until",
        {f"{CHECKS}.kept_until": "yard.loading"},
        "does not come after it on route 'train'",
        "name a later stop of all routes that pass it",
    ),
    "kept until itself": (
        f"{CHECKS}.kept_until",
        {f"{CHECKS}.kept_until": "checks"},
        "does not come after it on route 'train'",
        "name a later stop",
    ),
    "kept until a stop for some": (
        "port.facilities.arrival_track.kept_until",
        {
            "port.selections": {"pick": {"agency": "customs", "rate": 0.5}},
            CHECKS: facility(1, selected_by="pick"),
            "port.facilities.arrival_track.kept_until": "checks",
        },
        "must be a stop of the same vehicles, but these are selected otherwise",
        "name a stop with the same selection, or both without",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_named_with_its_path_rule_and_remedy(name):
    path, changes, rule, remedy = MISFITS[name]
    problems = find_problems(**changes)
    assert path in problems, problems
    assert rule in problems[path]
    assert remedy in problems[path]


COUNTED_WRONGLY = {
    "some keep until a stop for all": {
        "port.selections": {"pick": {"agency": "customs", "rate": 0.5}},
        CHECKS: facility(1, selected_by="pick", kept_until="yard.unloading"),
    },
    "some options pass only the stop at which others give back": {
        **through(short=["arrival_track", "yard.unloading"]),
        "port.route_choices": {"way": shares(train=0.5, short=None)},
        f"{TRAIN}.route": "way",
        CHECKS: facility(1, kept_until="yard.unloading"),
    },
    "some trucks do not pass the terminal where their box waits for them": {
        **through(truck=["yard.loading"], past=["checks"]),
        "port.route_choices": {"way": shares(truck=0.5, past=None)},
        "port.routes.other.through": ["checks"],
        OTHER: train("other", "03:00"),
        "demand.classes.truck": BOX_TRUCK | {"route": "way"},
    },
    "trucks bring one box and collect another: each signal could be either's": {
        **through(truck=["yard.unloading", "yard.loading"], back=["yard.lift_off"]),
        "port.routes.other.through": ["checks"],
        OTHER: train("other", "03:00"),
        "demand.classes.truck": BOX_TRUCK,
        "demand.classes.empty_box": cargo(route="back", comes_with={"carrier": "truck"}),
    },
}


@pytest.mark.parametrize("name", COUNTED_WRONGLY)
def test_port_that_would_give_back_or_wait_wrongly_is_refused(name):
    assert find_problems(**COUNTED_WRONGLY[name])


def test_vehicle_is_unloaded_once():
    problems = find_problems(
        **{
            "port.terminals.shed": rail_scenario().port.terminals["yard"].model_dump(),
            "port.routes.train.through": ["arrival_track", "checks", "yard.unloading", "shed.unloading"],
        }
    )
    assert "is unloaded or loaded twice" in problems["port.routes.train.through"]
    assert "end the route at the first terminal" in problems["port.routes.train.through"]


def test_cargo_is_at_one_terminal():
    problems = find_problems(
        **{
            "port.terminals.shed": rail_scenario().port.terminals["yard"].model_dump(),
            "port.routes.box.through": ["yard.lift_off", "shed.lift_on"],
        }
    )
    assert "is ['shed', 'yard'], cargo is lifted at two terminals; give it one" in problems["port.routes.box.through"]


def test_circle_is_told_without_what_follows_from_it():
    problems = find_problems(**{TRAIN: cargo(route="train", comes_with={"carrier": "box"})})
    assert set(problems) == {f"{TRAIN}.comes_with.carrier", f"{BOX}.comes_with.carrier"}


def test_all_problems_come_at_once():
    problems = find_problems(**{f"{CHECKS}.back_after_min": 5.0, OTHER: train("other", "03:00")})
    assert len(problems) == 3


# What fits though it looks odd


def test_trains_may_go_to_one_of_two_terminals_with_cargo_of_its_own_each():
    """Half of the trains are unloaded in the yard, the others in the shed; each brings the cargo of its terminal."""
    shed = rail_scenario().port.terminals["yard"].model_dump()
    scenario = rail_scenario(
        **through(
            to_shed=["arrival_track", "checks", "shed.unloading"],
            parcel=["shed.lift_off", "shed.lift_on"],
            van=["shed.loading"],
        ),
        **{
            "port.terminals.shed": shed,
            "port.route_choices": {"way": shares(train=0.5, to_shed=None)},
            "port.facilities.arrival_track": facility(2),
            f"{TRAIN}.route": "way",
            "demand.classes.parcel": cargo(route="parcel"),
            "demand.classes.van": train("van", "03:00", takes={"cargo": "parcel", "units": 4}),
        },
    )
    assert scenario.port.shares_of("way") == [0.5]


def test_all_may_be_shared_out():
    """Three tenths and seven are one, in whatever way they are added up."""
    choice = shares(train=0.1, b=0.2, c=0.7, d=None)
    scenario = rail_scenario(
        **through(b=["checks"], c=["checks"], d=["checks"]),
        **{"port.route_choices": {"way": choice}, f"{TRAIN}.route": "way"},
    )
    assert sum(scenario.port.shares_of("way")) == pytest.approx(1)
