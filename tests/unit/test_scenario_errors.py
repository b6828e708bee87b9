"""Bad input: every rule of the schema is named with its path, value and remedy, and all problems come at once."""

from copy import deepcopy

import pytest
import yaml
from omegaconf import OmegaConf

from sim.scenario import ScenarioError
from sim.scenario.load import load_scenario, parse_experiment, read_experiment, read_policy_file
from tests.unit.road_port import road
from tests.unit.tiny import tiny_facility, tiny_world

GATE, TRUCK = "port.facilities.gate", "demand.classes.truck"
SETTINGS = {"replications": 2, "seed": 1, "engine": "simpy", "out": "results"}
CONSTANT = {"kind": "constant", "mean_min": 1}
EXAMINATION = {"agency": "customs", "selected_by": "machine", "bays": 2, "minutes": CONSTANT}
POLICY = {
    "question": "What if?",
    "question_zh": "如何？",
    "article": "Art. 31 (hours)",
    "basis": "assumed",
    "costs": "nothing",
    "costs_zh": "无",
}


def site(**changes):
    plain = {"label": "site", "label_zh": "查验", "hours": "day", "overlap": 0.5, "presentation": CONSTANT}
    return plain | {"examinations": {"customs": EXAMINATION}} | changes


def find_problems(**changes):
    """Return the problems of the tiny world with new values at dotted paths, as a configuration."""
    with pytest.raises(ScenarioError) as caught:
        read_experiment(OmegaConf.create(tiny_world(**(SETTINGS | changes))))
    return {problem.path: str(problem) for problem in caught.value.problems}


def write_yaml(folder, group, name, content):
    (folder / group).mkdir(exist_ok=True)
    (folder / group / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def find_policy_problems(**settings):
    """Return the problems of the tiny world under policies, each given by its `set` table."""
    policies = {name: POLICY | {"set": changes} for name, changes in settings.items()}
    with pytest.raises(ScenarioError) as caught:
        read_experiment(OmegaConf.create(tiny_world(**SETTINGS, policy=policies)))
    return caught.value.problems


def change_gate(**changes):
    return {"port": {"facilities": {"gate": changes}}}


def test_tiny_world_has_no_problem():
    assert read_experiment(OmegaConf.create(tiny_world(**SETTINGS))).alternative is None


UNKNOWN = [
    (f"{GATE}.server", 3, "servers"),
    ("port.facilitys", {}, "facilities"),
    ("port.hours.day.opens", "24/7", "open"),
    (f"{TRUCK}.per_dy", 10, "per_day"),
    ("horizon.dais", 3, "days"),
    ("sead", 3, "seed"),
    ("horizont", {}, "horizon"),
]


@pytest.mark.parametrize(("path", "value", "meant"), UNKNOWN)
def test_unknown_key_is_refused_and_the_nearest_one_suggested(path, value, meant):
    message = find_problems(**{path: value})[path]
    assert "unknown key" in message
    assert f"did you mean '{meant}'" in message


def test_unknown_key_of_a_distribution_is_found_beside_its_siblings():
    service = {"kind": "lognormal", "mean_mi": 1, "cv": 0.5}
    problems = find_problems(**{f"{GATE}.service": service})
    assert f"{GATE}.service.mean_mi: unknown key; did you mean 'mean_min'?" in problems.values()


RANGES = [
    (f"{GATE}.servers", 0, "greater than 0"),
    (f"{GATE}.servers", -1, "greater than 0"),
    (f"{GATE}.servers", 2.5, "valid integer"),
    (f"{GATE}.servers", "two", "valid integer"),
    (f"{GATE}.servers", True, "integer"),
    (f"{GATE}.staff_per_server", -1, "greater than or equal to 0"),
    (f"{GATE}.places", 0, "greater than 0"),
    (f"{GATE}.drive_min", -1, "greater than or equal to 0"),
    (f"{GATE}.drive_min", float("nan"), "finite number"),
    (f"{GATE}.drive_min", float("inf"), "finite number"),
    (f"{GATE}.quota_per_day", 0, "greater than 0"),
    (f"{GATE}.agency", "custom", "'customs'"),
    (f"{GATE}.at_closing", "stop", "'finish' or 'freeze'"),
    (f"{GATE}.service", 5, "valid dictionary"),
    ("port.crews", {"team": {"hours": "day", "teams": 0}}, "greater than 0"),
    ("port.selections.machine.rate", 1.2, "less than or equal to 1"),
    ("port.selections.machine.rate", -0.1, "greater than or equal to 0"),
    ("port.selections.machine.rate_by_class", {"truck": 1.5}, "less than or equal to 1"),
    ("port.selections.machine.rate_by_route", {"out": 1.5}, "less than or equal to 1"),
    ("port.violations", {"rate": 0.02, "visibility": 1.1}, "less than or equal to 1"),
    ("port.violations", {"rate": -0.1, "visibility": 0.5}, "greater than or equal to 0"),
    ("port.selection_correlation", 1.0, "less than 1"),
    ("port.selection_correlation", -0.3, "greater than or equal to 0"),
    ("port.hours.day.rostered_h_per_day", 0, "greater than 0"),
    ("port.hours.day.rostered_h_per_day", 25, "less than or equal to 24"),
    ("port.hours.day.closed_dates", ["2025-13-01"], "valid date"),
    ("port.hours.day.open", 24, "valid string"),
    ("port.hours.day.open", "", "'off'"),
    ("port.routes.out.through", [], "at least 1 item"),
    ("port.routes.out.direction", "outward", "'export', 'import' or 'local'"),
    ("demand.profiles.flat.by_hour", [1] * 23, "at least 24 items"),
    ("demand.profiles.flat.by_hour", [1] * 25, "at most 24 items"),
    ("demand.profiles.flat.by_hour", [-1] + [1] * 23, "greater than or equal to 0"),
    ("demand.profiles.flat.by_hour", [0] * 24, "at least one weight must be above 0"),
    (f"{TRUCK}.per_day", -1, "greater than or equal to 0"),
    (f"{TRUCK}.day_cv", -0.1, "greater than or equal to 0"),
    (f"{TRUCK}.priority", 101, "less than or equal to 100"),
    (f"{TRUCK}.by_weekday", [1] * 6, "at least 7 items"),
    (f"{TRUCK}.by_weekday", [0] * 7, "above 0"),
    ("demand.classes", {}, "at least 1 item"),
    ("horizon.days", 0, "greater than 0"),
    ("horizon.warmup_days", -1, "greater than or equal to 0"),
    ("horizon.start", "tomorrow", "valid date"),
    ("horizon.start", "0001-01-01", "horizon"),
    ("horizon.start", "9999-12-30", "horizon"),
    ("replications", 0, "greater than 0"),
    ("seed", -1, "greater than or equal to 0"),
    ("engine", "fast", "'simpy'"),
    ("confidence", 1.0, "less than 1"),
    ("workers", 0, "greater than 0"),
    ("port.inspection_sites", {"site": site(overlap=1.1)}, "less than or equal to 1"),
    ("port.inspection_sites", {"site": site(mode="both")}, "'sequential' or 'joint'"),
    ("port.inspection_sites", {"site": site(examinations={})}, "at least 1"),
    ("port.inspection_sites", {"site": site(examinations={"a": EXAMINATION | {"bays": 0}})}, "greater than 0"),
]


@pytest.mark.parametrize(("path", "value", "rule"), RANGES)
def test_value_outside_its_range_is_refused_with_the_rule(path, value, rule):
    problems = find_problems(**{path: value})
    assert any(rule in message for message in problems.values())
    assert all(found.startswith(path) or path.startswith(found) for found in problems)


def test_message_repeats_the_value():
    assert find_problems(**{f"{GATE}.servers": -7})[f"{GATE}.servers"].startswith(f"{GATE}.servers is -7, must")


@pytest.mark.parametrize("path", [f"{GATE}.servers", f"{TRUCK}.per_day", "port.timezone", "horizon.days", "port"])
def test_value_that_is_left_empty_is_refused(path):
    assert list(find_problems(**{path: None})) in ([path], [path.removesuffix(".per_day")])


@pytest.mark.parametrize("key", ["servers", "service", "hours", "label_zh"])
def test_missing_key_is_named(key):
    plain = tiny_facility(2)
    del plain[key]
    assert find_problems(**{GATE: plain}) == {f"{GATE}.{key}": f"{GATE}.{key}: missing; it has no default; add it"}


SERVICES = [
    ({"kind": "lognormal", "mean_min": -1, "cv": 0.5}, "mean_min"),
    ({"kind": "gamma", "mean_min": 1, "cv": 9}, "cv"),
    ({"kind": "triangular", "low_min": -1, "mode_min": 1, "high_min": 2}, "low_min"),
    ({"kind": "exponential", "mean_min": "long"}, "mean_min"),
]


@pytest.mark.parametrize(("service", "key"), SERVICES)
def test_path_of_a_bad_minute_is_what_a_planner_types(service, key):
    assert list(find_problems(**{f"{GATE}.service": service})) == [f"{GATE}.service.{key}"]
    by_class = find_problems(**{f"{GATE}.service_by_class": {"truck": service}})
    assert list(by_class) == [f"{GATE}.service_by_class.truck.{key}"]


def test_triangular_bounds_that_do_not_ascend_are_refused_at_their_distribution():
    service = {"kind": "triangular", "low_min": 3, "mode_min": 1, "high_min": 5}
    message = find_problems(**{f"{GATE}.service": service})[f"{GATE}.service"]
    assert "must ascend" in message


@pytest.mark.parametrize("service", [{"kind": "lognorm", "mean_min": 1, "cv": 0.5}, {"mean_min": 1}])
def test_distribution_of_no_known_kind_is_refused_with_the_kinds_there_are(service):
    message = find_problems(**{f"{GATE}.service": service})[f"{GATE}.service"]
    for kind in ("constant", "exponential", "lognormal", "gamma", "triangular"):
        assert kind in message


def test_hours_25_00_are_refused_with_the_clock_there_is():
    message = find_problems(**{"port.hours.day.open": "Mo-Su 07:00-25:00"})["port.hours.day.open"]
    assert "is 'Mo-Su 07:00-25:00', no such clock time in '07:00-25:00'; hours run from 00:00 to 24:00" in message


@pytest.mark.parametrize("path", ["port.timezone", "port.hours.day.timezone", "demand.profiles.flat.timezone"])
def test_unknown_time_zone_is_refused_with_the_nearest(path):
    message = find_problems(**{path: "Asia/Shangai"})[path]
    assert "unknown time zone; did you mean 'Asia/Shanghai'" in message


DANGLING = [
    ("port.routes.out.through", ["gate", "scaner"], "scaner", "scanner"),
    (f"{GATE}.hours", "dai", "dai", "day"),
    (f"{GATE}.selected_by", "machin", "machin", "machine"),
    (f"{GATE}.service_by_class", {"truk": CONSTANT}, "truk", "truck"),
    ("port.selections.machine.rate_by_class", {"truk": 0.5}, "truk", "truck"),
    ("port.selections.machine.rate_by_route", {"uot": 0.5}, "uot", "out"),
    (f"{TRUCK}.route", "outt", "outt", "out"),
    (f"{TRUCK}.profile", "flatt", "flatt", "flat"),
]


@pytest.mark.parametrize(("path", "value", "name", "meant"), DANGLING)
def test_name_that_refers_to_nothing_is_refused_with_the_nearest(path, value, name, meant):
    assert find_problems(**{path: value}) == {path: f"{path}: there is no '{name}'; did you mean '{meant}'?"}


def test_classes_with_violations_of_their_own_must_exist():
    violations = {"rate": 0.02, "rate_by_class": {"truk": 0.1}, "visibility": 0.5}
    path = "port.violations.rate_by_class"
    assert find_problems(**{"port.violations": violations}) == {
        path: f"{path}: there is no 'truk'; did you mean 'truck'?"
    }


def test_names_inside_crews_and_inspection_sites_must_exist():
    crews = {"team": {"hours": "night", "teams": 1}}
    unseen = site(hours="night", examinations={"customs": EXAMINATION | {"selected_by": "opening"}})
    problems = find_problems(**{"port.crews": crews, "port.inspection_sites": {"site": unseen}, f"{GATE}.crew": "teem"})
    assert problems.keys() == {
        "port.crews.team.hours",
        "port.inspection_sites.site.hours",
        "port.inspection_sites.site.examinations.customs.selected_by",
        f"{GATE}.crew",
    }


def test_fewer_places_than_servers_are_refused():
    message = find_problems(**{f"{GATE}.places": 1})[f"{GATE}.places"]
    assert message == f"{GATE}.places is 1, must be at least its servers (2); add places"


def test_fewer_places_than_bays_are_refused():
    problems = find_problems(**{"port.inspection_sites": {"site": site(places=1)}})
    assert "must be at least its bays (2)" in problems["port.inspection_sites.site.places"]


def test_route_that_passes_a_facility_twice_is_refused():
    message = find_problems(**{"port.routes.out.through": ["gate", "yard", "gate"]})["port.routes.out.through"]
    assert "is 'gate', passes a stop twice" in message


def test_facility_and_inspection_site_of_one_name_are_refused():
    message = "\n".join(find_problems(**{"port.inspection_sites": {"gate": site()}}).values())
    assert "gate" in message


def test_all_problems_are_reported_at_once():
    problems = find_problems(
        **{
            f"{GATE}.servers": -1,
            f"{GATE}.server": 2,
            "port.hours.day.open": "Mo-Su 25:00-26:00",
            "port.selections.machine.rate": 2,
            f"{TRUCK}.per_day": -5,
            "horizon.days": 0,
            "sead": 1,
            "replications": 0,
        }
    )
    assert len(problems) == 8


def test_dangling_names_and_misfits_are_reported_together():
    problems = find_problems(**{f"{GATE}.hours": "dai", f"{GATE}.places": 1, f"{TRUCK}.route": "in"})
    assert problems.keys() == {f"{GATE}.hours", f"{GATE}.places", f"{TRUCK}.route"}


def test_dangling_names_are_reported_beside_bad_numbers():
    problems = find_problems(**{f"{GATE}.hours": "dai", f"{TRUCK}.per_day": -5})
    assert problems.keys() == {f"{GATE}.hours", f"{TRUCK}.per_day"}


def test_bad_policies_are_reported_beside_bad_numbers():
    problems = find_problems(**{f"{TRUCK}.per_day": -5, "policy": {"mine": {"question": "What if?"}}})
    assert {f"{TRUCK}.per_day", "policy.mine.set", "policy.mine.basis"} <= problems.keys()


def test_users_own_port_and_demand_are_read_beside_the_shipped_ones(tmp_path):
    world = tiny_world()
    write_yaml(tmp_path, "port", "tiny", world["port"])
    write_yaml(tmp_path, "demand", "tiny", world["demand"])
    assert load_scenario("port=tiny", "horizon=smoke", config_dir=tmp_path).port.name == "Tiny"


def test_every_problem_of_a_users_own_files_is_reported(tmp_path):
    world = tiny_world(**{f"{GATE}.servers": -1, f"{TRUCK}.per_day": -1, "port.hours.day.open": "Mo-Su 25:00-26:00"})
    write_yaml(tmp_path, "port", "tiny", world["port"])
    write_yaml(tmp_path, "demand", "tiny", world["demand"])
    with pytest.raises(ScenarioError) as caught:
        load_scenario("port=tiny", config_dir=tmp_path)
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {f"{GATE}.servers", f"{TRUCK}.per_day", "port.hours.day.open"}


@pytest.mark.parametrize(("word", "group"), [("port=horgos_rood", "port"), ("horizon=weak", "horizon")])
def test_file_that_does_not_exist_is_named_with_the_nearest(word, group):
    with pytest.raises(ScenarioError, match=rf"{group}: there is no '\w+'; did you mean"):
        load_scenario(word)


def test_unknown_policy_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match=r"policy: there is no 'hours_24x6'; did you mean 'hours_24x7'"):
        load_scenario("policy=[hours_24x6]")


def test_command_line_key_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match=r"facilities\.scanner_exprt: there is no such key; did you mean"):
        load_scenario("port.facilities.scanner_exprt.servers=3")


def test_key_added_on_the_command_line_is_still_checked():
    with pytest.raises(ScenarioError, match=r"scanner_export\.server: unknown key; did you mean 'servers'"):
        load_scenario("+port.facilities.scanner_export.server=3")


def test_two_policies_that_disagree_are_refused_and_both_named():
    (problem,) = find_policy_problems(fast=change_gate(servers=3), slow=change_gate(servers=1))
    assert problem.path == f"{GATE}.servers"
    assert "'fast'" in problem.rule
    assert "'slow'" in problem.rule
    assert problem.remedy


def test_policy_that_sets_part_of_what_another_replaces_whole_collides():
    (problem,) = find_policy_problems(whole=change_gate(service=CONSTANT), part=change_gate(service={"mean_min": 1}))
    assert problem.path == f"{GATE}.service"


def test_shipped_policies_that_disagree_are_refused():
    with pytest.raises(ScenarioError, match=r"port\.hours\.china\.open: policies 'hours_24x7' and 'hours_14h'"):
        load_scenario("policy=[hours_24x7,hours_14h]")


def test_policy_that_sets_a_missing_key_is_refused_with_the_nearest():
    (problem,) = find_policy_problems(typo={"port": {"facilities": {"gaate": {"servers": 3}}}})
    assert problem.path == "port.facilities.gaate"
    assert problem.rule == "policy 'typo' sets a key that is not there"
    assert "'gate'" in problem.remedy


def test_policy_that_sets_a_missing_setting_of_a_facility_is_refused():
    (problem,) = find_policy_problems(typo=change_gate(lanes=3))
    assert problem.path == f"{GATE}.lanes"


def test_bad_value_of_a_policy_names_that_policy_alone():
    (problem,) = find_policy_problems(fewer=change_gate(servers=-1), slower=change_gate(drive_min=5))
    assert problem.path == f"{GATE}.servers"
    assert "set by policy 'fewer'" in problem.rule
    assert "slower" not in problem.rule


def test_bad_minutes_of_a_policy_name_the_policy():
    (problem,) = find_policy_problems(slow=change_gate(service={"kind": "gamma", "mean_min": -2, "cv": 1}))
    assert problem.path == f"{GATE}.service.mean_min"
    assert "set by policy 'slow'" in problem.rule


def test_policy_whose_key_only_begins_like_the_bad_one_is_not_blamed():
    def rates(**by_class):
        return {"port": {"selections": {"machine": {"rate_by_class": by_class}}}}

    problems = find_policy_problems(good=rates(truck=0.5), bad=rates(truck_2=2))
    assert all("'bad'" in problem.rule for problem in problems)
    assert all("good" not in problem.rule for problem in problems)


def test_value_that_a_policy_makes_misfit_another_is_said_to_come_from_policies():
    (problem,) = find_policy_problems(many={"port": {"facilities": {"yard": {"servers": 50}}}})
    assert problem.path == "port.facilities.yard.places"
    assert "policy" in problem.rule
    assert problem.value == 40


def test_all_problems_of_all_policies_are_reported_at_once():
    problems = find_policy_problems(
        one={"port": {"facilities": {"gaate": {"servers": 3}}, "hours": {"day": {"open": "24/7"}}}},
        two={"demand": {"classes": {"bus": {"per_day": 3}}}, "port": {"hours": {"day": {"open": "Mo 07:00-08:00"}}}},
    )
    paths = {problem.path for problem in problems}
    assert paths == {"port.facilities.gaate", "demand.classes.bus", "port.hours.day.open"}


def test_colliding_policies_of_a_users_own_folder_are_both_named(tmp_path):
    for name, servers in (("fast", 3), ("slow", 1)):
        changes = {"port": {"facilities": {"scanner_export": {"servers": servers}}}}
        write_yaml(tmp_path, "policy", name, {name: POLICY | {"set": changes}})
    with pytest.raises(ScenarioError, match=r"scanner_export\.servers: policies 'fast' and 'slow'"):
        load_scenario("policy=[fast,slow]", config_dir=tmp_path)


def test_policy_without_its_name_as_top_key_is_refused(tmp_path):
    write_yaml(tmp_path, "policy", "bare", POLICY | {"set": {"port": {"hours": {"china": {"open": "24/7"}}}}})
    with pytest.raises(ScenarioError, match="must hold its own name as its only top key"):
        load_scenario("policy=[bare]", config_dir=tmp_path)


def test_policy_under_another_name_than_its_files_is_refused(tmp_path):
    """Two files with one top key would merge, and the later would win in silence."""
    copied = POLICY | {"set": {"port": {"hours": {"china": {"open": "Mo-Su 07:00-20:00"}}}}}
    write_yaml(tmp_path, "policy", "hours_13h", {"hours_24x7": copied})
    with pytest.raises(ScenarioError, match="hours_13h"):
        load_scenario("policy=[hours_24x7,hours_13h]", config_dir=tmp_path)


def test_policy_without_its_question_or_article_is_refused(tmp_path):
    write_yaml(tmp_path, "policy", "mute", {"mute": {"set": {}}})
    with pytest.raises(ScenarioError) as caught:
        load_scenario("policy=[mute]", config_dir=tmp_path)
    missing = {f"policy.mute.{key}" for key in POLICY}
    assert {problem.path for problem in caught.value.problems} == missing


UNREADABLE = {
    "not YAML": b"mine: [",
    "a tab": b"mine:\n\tquestion: x",
    "a key twice": b"mine: {question: a, question: b}",
    "another encoding": "mine:\n  question_zh: 口岸".encode("gbk"),
    "empty": b"",
    "a list": b"- a\n- b",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_policy_file_that_cannot_be_read_is_refused(tmp_path, content):
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "mine.yaml").write_bytes(content)
    with pytest.raises(ScenarioError):
        load_scenario("policy=[mine]", config_dir=tmp_path)


def test_folder_of_ones_own_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="nowhere"):
        load_scenario(config_dir=tmp_path / "nowhere")


def test_policy_left_empty_on_the_command_line_is_refused():
    with pytest.raises(ScenarioError, match="must be a string or a list"):
        load_scenario("policy=null")


def test_off_without_quotes_closes_as_with_quotes():
    """YAML reads `off` as false."""
    world = tiny_world(**{"port.hours.day.open": False})
    assert not any(read_experiment(OmegaConf.create(world | SETTINGS)).baseline.port.hours["day"].week)


def test_problem_of_a_policy_file_names_the_file(tmp_path):
    write_yaml(tmp_path, "policy", "mute", {"mute": {"set": {}}})
    with pytest.raises(ScenarioError, match=r"mute\.yaml: policy\.mute\.question"):
        read_policy_file(tmp_path / "policy" / "mute.yaml")


@pytest.mark.parametrize("text", ["baseline: [", "- a\n- b", "just words", "baseline: {}"])
def test_settings_of_a_finished_run_that_cannot_be_read_are_refused(text):
    with pytest.raises(ScenarioError):
        parse_experiment(text)


ROADS = {
    "port.nodes": {name: {"label": name, "label_zh": "点"} for name in "abc"},
    "port.links": {"west": road("a", "b"), "east": road("b", "c")},
    "port.routes.out.through": ["west", "east", "gate", "scanner", "yard"],
}
WEST, SNOW, CALL = "port.links.west", "port.disruptions.snow", "port.meters.call"
DISRUPTION = {
    "label": "snow",
    "label_zh": "雪",
    "day": 1,
    "at": "10:00",
    "lasts": {"kind": "constant", "mean_min": 120},
    "links": ["west"],
}
METER = {"label": "call", "label_zh": "叫号", "after": "west", "until": "gate", "vehicles": 2}
CARRIER = {"vehicles": 8, "pce": 2.5, "until": "yard"}
APPOINTMENTS = {"hours": "day", "slot_min": 30, "places_per_slot": 2, "deviation_sd_min": 10, "no_show": 0.1}
EITHER = {"options": {"out": {"hours": "day"}, "back": {"hours": "day"}}}
ALL_PARTS = {
    "port.disruptions": {"snow": DISRUPTION},
    "port.meters": {"call": METER},
    "port.routes.back": {"direction": "export", "through": ["west", "east", "gate"]},
    "port.route_choices": {"either": EITHER},
    f"{TRUCK}.route": "either",
    f"{TRUCK}.appointments": APPOINTMENTS,
}


def find_road_problems(**changes):
    """Return the problems of the tiny world with two roads before its gate and these changes."""
    return find_problems(**deepcopy(ROADS | changes))


def test_tiny_world_with_roads_and_all_that_belongs_to_them_has_no_problem():
    config = OmegaConf.create(tiny_world(**deepcopy(SETTINGS | ROADS | ALL_PARTS)))
    assert read_experiment(config).baseline.port.links["west"].lanes == 1


ROAD_RANGES = [
    (f"{WEST}.length_km", 0, "greater than 0"),
    (f"{WEST}.length_km", 1001, "less than or equal to 1000"),
    (f"{WEST}.lanes", 0, "greater than 0"),
    (f"{WEST}.lanes", 1.5, "valid integer"),
    (f"{WEST}.free_flow_kmh", 0, "greater than 0"),
    (f"{WEST}.free_flow_kmh", 131, "less than or equal to 130"),
    (f"{WEST}.jam_density_vpkm", 301, "less than or equal to 300"),
    (f"{WEST}.capacity_vph", 4001, "less than or equal to 4000"),
    (f"{WEST}.wave_speed_kmh", 61, "less than or equal to 60"),
    (f"{WEST}.exit_capacity_vph", 0, "greater than 0"),
    (f"{WEST}.rank", -1, "greater than or equal to 0"),
    (f"{WEST}.rank", 101, "less than or equal to 100"),
    (f"{WEST}.agency", "railway", "'transport'"),
    (SNOW, DISRUPTION | {"day": 0}, "greater than 0"),
    (SNOW, DISRUPTION | {"at": "25:00"}, "at"),
    (SNOW, DISRUPTION | {"at": "9:00"}, "at"),
    (SNOW, DISRUPTION | {"lasts": {"kind": "constant", "mean_min": -1}}, "greater than or equal to 0"),
    (SNOW, DISRUPTION | {"lanes_closed": -1}, "greater than or equal to 0"),
    (SNOW, DISRUPTION | {"speed_factor": 0}, "greater than 0"),
    (SNOW, DISRUPTION | {"speed_factor": 1.1}, "less than or equal to 1"),
    (SNOW, DISRUPTION | {"capacity_factor": 0}, "greater than 0"),
    (SNOW, DISRUPTION | {"capacity_factor": 1.1}, "less than or equal to 1"),
    (CALL, METER | {"vehicles": 0}, "greater than 0"),
    ("port.route_choices.either", EITHER | {"rule": "nearest"}, "'shortest_queue'"),
    ("port.route_choices.either", EITHER | {"information_delay_min": -1}, "greater than or equal to 0"),
    ("port.route_choices.either", {"options": {"out": {"hours": "day"}}}, "at least 2 items"),
    (f"{TRUCK}.pce", 0, "greater than 0"),
    (f"{TRUCK}.pce", 21, "less than or equal to 20"),
    (f"{TRUCK}.carrier", CARRIER | {"vehicles": 0}, "greater than 0"),
    (f"{TRUCK}.carrier", CARRIER | {"vehicles": 101}, "less than or equal to 100"),
    (f"{TRUCK}.carrier", CARRIER | {"pce": 0}, "greater than 0"),
    (f"{TRUCK}.appointments", APPOINTMENTS | {"slot_min": 0}, "greater than 0"),
    (f"{TRUCK}.appointments", APPOINTMENTS | {"slot_min": 1441}, "less than or equal to 1440"),
    (f"{TRUCK}.appointments", APPOINTMENTS | {"places_per_slot": 0}, "greater than 0"),
    (f"{TRUCK}.appointments", APPOINTMENTS | {"deviation_sd_min": -1}, "greater than or equal to 0"),
    (f"{TRUCK}.appointments", APPOINTMENTS | {"no_show": 1}, "less than 1"),
]


@pytest.mark.parametrize(("path", "value", "rule"), ROAD_RANGES)
def test_value_of_a_road_or_what_belongs_to_it_outside_its_range_is_refused(path, value, rule):
    problems = find_road_problems(**{path: value})
    assert any(found.startswith(path) and rule in message for found, message in problems.items())
    assert all(found.startswith((path, WEST)) or path.startswith(found) for found in problems)


@pytest.mark.parametrize("changes", [{"capacity_vph": None}, {"wave_speed_kmh": 15}], ids=["neither", "both"])
def test_road_needs_its_capacity_or_its_wave_speed_and_not_both(changes):
    problems = find_road_problems(**{f"{WEST}.{key}": value for key, value in changes.items()})
    assert problems.keys() == {WEST}
    assert "give either capacity_vph or wave_speed_kmh" in problems[WEST]


def test_capacity_that_no_density_could_reach_is_refused_with_the_most():
    """60 km/h x 30 cars a km are 1,800 an hour."""
    problems = find_road_problems(**{f"{WEST}.jam_density_vpkm": 30, f"{WEST}.capacity_vph": 1800})
    assert problems.keys() == {WEST}
    assert "1,800 per hour" in problems[WEST]
    read_experiment(OmegaConf.create(tiny_world(**deepcopy(SETTINGS | ROADS), **{f"{WEST}.jam_density_vpkm": 33})))


ROAD_NAMES = [
    (f"{WEST}.begins", "aa", "a"),
    (f"{WEST}.ends", "bb", "b"),
    (f"{GATE}.at", "cc", "c"),
    (f"{TRUCK}.route", "eithr", "either"),
]


@pytest.mark.parametrize(("path", "name", "meant"), ROAD_NAMES)
def test_name_of_a_node_or_choice_that_is_not_there_is_refused_with_the_nearest(path, name, meant):
    message = find_road_problems(**(ALL_PARTS | {path: name}))[path]
    assert f"there is no '{name}'; did you mean '{meant}'?" in message


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "name", "meant"),
    [
        ("port.disruptions", DISRUPTION, "links", ["wst"], "wst", "west"),
        ("port.disruptions", DISRUPTION, "shuts", ["dai"], "dai", "day"),
        ("port.meters", METER, "after", "wst", "wst", "west"),
        ("port.meters", METER, "until", "gaate", "gaate", "gate"),
    ],
)
def test_name_in_a_disruption_or_meter_that_is_not_there_is_refused(table, row, column, value, name, meant):
    problems = find_road_problems(**{table: {"it": row | {column: value}}})
    assert f"there is no '{name}'; did you mean '{meant}'?" in problems[f"{table}.it.{column}"]


def test_names_inside_choices_carriers_and_appointments_must_exist():
    either = {"options": {"out": {"hours": "night"}, "bck": {"hours": "day"}}}
    problems = find_road_problems(**(ALL_PARTS | {"port.route_choices": {"either": either}}))
    assert problems.keys() == {"port.route_choices.either.options", "port.route_choices.either.options.out.hours"}
    assert find_road_problems(**{f"{TRUCK}.carrier": CARRIER | {"until": "yrd"}}).keys() == {f"{TRUCK}.carrier.until"}
    booked = APPOINTMENTS | {"hours": "night"}
    assert find_road_problems(**{f"{TRUCK}.appointments": booked}).keys() == {f"{TRUCK}.appointments.hours"}


MISFITS = [
    ({"port.links.gate": road("a", "b")}, "port.links.gate", "is the name of another stop too"),
    (
        {"port.routes.out.through": ["east", "west", "gate"]},
        "port.routes.out.through",
        "'east' is left at 'c', but 'west' begins at 'a'",
    ),
    ({f"{GATE}.at": "b"}, "port.routes.out.through", "'east' is left at 'c', but 'gate' begins at 'b'"),
    (
        {f"{GATE}.at": "a", "port.routes.out.through": ["west", "gate", "east"]},
        "port.routes.out.through",
        "'gate' is left at 'a', but 'east' begins at 'b'",
    ),
    (
        {"port.links.east": road("b", "a"), "port.routes.out.through": ["west", "east", "west"]},
        "port.routes.out.through",
        "is 'west', passes a stop twice",
    ),
    ({"port.disruptions": {"snow": DISRUPTION | {"day": 3}}}, f"{SNOW}.day", "must be within the measured days (2)"),
    (
        {"port.disruptions": {"snow": DISRUPTION | {"lanes_closed": 2}}},
        f"{SNOW}.lanes_closed",
        "must be at most the lanes of 'west' (1)",
    ),
    (
        {"port.disruptions": {"snow": DISRUPTION | {"links": "all", "lanes_closed": 2}}, "port.links.west.lanes": 2},
        f"{SNOW}.lanes_closed",
        "must be at most the lanes of 'east' (1)",
    ),
    ({"port.meters": {"call": METER | {"until": "scanner"}}}, f"{CALL}.until", "some are not selected for it"),
    ({"port.meters": {"call": METER | {"after": "scanner"}}}, f"{CALL}.after", "some are not selected for it"),
    ({"port.meters": {"call": METER | {"until": "west"}}}, CALL, "no route passes 'west' and then 'west'"),
    (
        {"port.meters": {"call": METER | {"after": "gate", "until": "west"}}},
        CALL,
        "no route passes 'gate' and then 'west'",
    ),
    (
        {"port.route_choices": {"out": EITHER}, "port.routes.back": ALL_PARTS["port.routes.back"]},
        "port.route_choices.out",
        "is the name of a route too",
    ),
    (
        {f"{TRUCK}.carrier": CARRIER | {"until": "post"}, "port.facilities.post": tiny_facility()},
        f"{TRUCK}.carrier.until",
        "must be on its route 'out'",
    ),
    ({f"{TRUCK}.carrier": CARRIER, f"{TRUCK}.appointments": APPOINTMENTS}, TRUCK, "leave out carrier or appointments"),
]


@pytest.mark.parametrize(("changes", "path", "rule"), MISFITS)
def test_part_of_a_road_network_that_does_not_fit_the_others_is_refused(changes, path, rule):
    assert rule in find_road_problems(**changes)[path]


def test_roads_that_meet_at_a_gate_where_it_lies_are_taken():
    changes = {f"{GATE}.at": "b", "port.routes.out.through": ["west", "gate", "east"]}
    read_experiment(OmegaConf.create(tiny_world(**deepcopy(SETTINGS | ROADS | changes))))


def test_choice_between_routes_of_two_directions_is_refused():
    back = {"direction": "import", "through": ["west", "east", "gate"]}
    message = find_road_problems(**(ALL_PARTS | {"port.routes.back": back}))["port.route_choices.either.options"]
    assert "must all go in one direction" in message
    assert "['export', 'import']" in message


@pytest.mark.parametrize("through", [["west", "east", "yard"], ["gate"]])
def test_meter_that_one_of_several_ways_passes_by_half_is_refused(through):
    """A vehicle that took a place at the first stop and did not give it back at the second would keep it for ever."""
    changes = ALL_PARTS | {"port.routes.back": {"direction": "export", "through": through}}
    assert "some options of 'either' pass only one of its stops" in find_road_problems(**changes)[CALL]


def test_meter_that_one_of_several_ways_avoids_is_taken():
    changes = ALL_PARTS | {"port.routes.back": {"direction": "export", "through": ["yard"]}}
    read_experiment(OmegaConf.create(tiny_world(**deepcopy(SETTINGS | ROADS | changes))))


def test_carrier_must_be_unloaded_on_every_way_that_its_vehicles_may_choose():
    changes = ALL_PARTS | {f"{TRUCK}.carrier": CARRIER, f"{TRUCK}.appointments": None}
    message = find_road_problems(**changes)[f"{TRUCK}.carrier.until"]
    assert "must be on its route 'back'" in message


@pytest.mark.parametrize("factors", [(0.15,), (0.4, 0.4)], ids=["one", "two at once"])
def test_weather_whose_speed_cannot_carry_the_capacity_that_is_left_is_refused(factors):
    """A ninth of 60 km/h x 160 cars a km would be 1,440 an hour, less than 1,920."""
    snow = {f"snow_{i}": DISRUPTION | {"speed_factor": factor} for i, factor in enumerate(factors)}
    assert any(path.startswith("port.disruptions.snow_") for path in find_road_problems(**{"port.disruptions": snow}))


def test_disruption_that_touches_nothing_is_refused():
    snow = {"port.disruptions": {"snow": DISRUPTION | {"links": [], "lanes_closed": 1}}}
    assert any(path.startswith(SNOW) for path in find_road_problems(**snow))


IT = "port.disruptions.it"
RARE = {"label": "it", "label_zh": "事件", "lasts": CONSTANT, "shuts": "day"}
WRONG_DISRUPTIONS = [
    ({}, IT, "needs one of day, date, days_per_year and every_h"),
    ({"day": 1, "every_h": 9}, IT, "needs one of day, date, days_per_year and every_h"),
    ({"days_per_year": 9, "at": "10:00"}, IT, "at and probability go with day or date"),
    ({"every_h": 9, "probability": 0.5}, IT, "at and probability go with day or date"),
    ({"day": 1, "clock": "day"}, IT, "clock goes with every_h"),
    ({"day": 1, "probability": 1.5}, f"{IT}.probability", "less than or equal to 1"),
    ({"every_h": 0.5}, f"{IT}.every_h", "greater than or equal to 1"),
    ({"day": 1, "shuts": []}, IT, "touches nothing; add shuts"),
    ({"date": "2025-08-31"}, f"{IT}.date", "is '2025-08-31', must be within the run (3 days from 2025-09-01)"),
    ({"date": "2025-09-04"}, f"{IT}.date", "choose another date, or another horizon.start"),
    ({"day": 1, "out_of_order": {"gate": 3}}, f"{IT}.out_of_order.gate", "must be at most what there is (2)"),
    ({"day": 1, "out_of_order": {"gaet": 1}}, f"{IT}.out_of_order", "there is no 'gaet'; did you mean 'gate'?"),
    ({"day": 1, "out_of_order": {"gate": 0}}, f"{IT}.out_of_order", "greater than 0"),
    ({"day": 1, "surge": {"truk": 2}}, f"{IT}.surge", "there is no 'truk'; did you mean 'truck'?"),
    ({"day": 1, "surge": {"all": 21}}, f"{IT}.surge", "less than or equal to 20"),
    ({"every_h": 9, "clock": "dai"}, f"{IT}.clock", "there is no 'dai'; did you mean 'day'?"),
    ({"every_h": 9, "repair_clock": "dai"}, f"{IT}.repair_clock", "there is no 'dai'; did you mean 'day'?"),
    ({"day": 1, "links": "all"}, f"{IT}.links", "the port has no roads"),
]


@pytest.mark.parametrize(("change", "path", "rule"), WRONG_DISRUPTIONS)
def test_disruption_that_cannot_be_is_refused_with_the_rule(change, path, rule):
    problems = find_problems(**{"port.disruptions": {"it": RARE | change}})
    assert any(found.startswith(path) and rule in message for found, message in problems.items()), problems


@pytest.mark.parametrize("name", ["all", "truck"])
def test_surge_of_who_comes_by_timetable_is_refused(name):
    timetable = {"times": ["10:00"], "lateness": CONSTANT}
    by_time = {f"{TRUCK}.profile": None, f"{TRUCK}.timetable": timetable, f"{TRUCK}.per_day": 1}
    problems = find_problems(**by_time, **{"port.disruptions": {"it": RARE | {"day": 1, "surge": {name: 2}}}})
    assert "must come by a profile of the day" in problems[f"{IT}.surge.{name}"]


@pytest.mark.parametrize(("others", "refused"), [(0.4, True), (1.0, False)])
def test_weather_that_may_come_while_other_weather_goes_on_must_fit_it(others, refused):
    """At 0.16 of the speed a road carries 0.8 of its capacity; at 0.4 it carries all of it."""
    snow = {"day": 1, "links": "all", "speed_factor": 0.4}
    fog = {"days_per_year": 9, "links": "all", "speed_factor": others}
    changes = {"port.disruptions": {"snow": RARE | snow, "it": RARE | fog}}
    if refused:
        assert "with these speeds" in find_road_problems(**changes)[f"{IT}.capacity_factor"]
    else:
        read_experiment(OmegaConf.create(tiny_world(**deepcopy(SETTINGS | ROADS | changes))))
