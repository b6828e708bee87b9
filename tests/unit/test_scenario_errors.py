"""Bad input: every rule of the schema is named with its path, value and remedy, and all problems come at once."""

import pytest
import yaml
from omegaconf import OmegaConf

from sim.scenario import ScenarioError
from sim.scenario.load import load_scenario, parse_experiment, read_experiment, read_policy_file
from tests.unit.tiny import tiny_facility, tiny_world

GATE, TRUCK = "port.facilities.gate", "demand.classes.truck"
SETTINGS = {"replications": 2, "seed": 1, "engine": "simpy", "out": "results"}
CONSTANT = {"kind": "constant", "mean_min": 1}
EXAMINATION = {"agency": "customs", "selected_by": "machine", "bays": 2, "minutes": CONSTANT}
POLICY = {"question": "What if?", "question_zh": "如何？", "article": "Art. 31 (hours)", "basis": "assumed"}


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
    ("port.selection_correlation", 1.0, "less than 1"),
    ("port.selection_correlation", -0.3, "greater than or equal to 0"),
    ("port.hours.day.rostered_h_per_day", 0, "greater than 0"),
    ("port.hours.day.rostered_h_per_day", 25, "less than or equal to 24"),
    ("port.hours.day.closed_dates", ["2025-13-01"], "valid date"),
    ("port.hours.day.open", 24, "valid string"),
    ("port.hours.day.open", "", "'off'"),
    ("port.routes.out.through", [], "at least 1 item"),
    ("port.routes.out.direction", "outward", "'export' or 'import'"),
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
    assert list(find_problems(**{path: None})) == [path]


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
    (f"{TRUCK}.route", "outt", "outt", "out"),
    (f"{TRUCK}.profile", "flatt", "flatt", "flat"),
]


@pytest.mark.parametrize(("path", "value", "name", "meant"), DANGLING)
def test_name_that_refers_to_nothing_is_refused_with_the_nearest(path, value, name, meant):
    assert find_problems(**{path: value}) == {path: f"{path}: there is no '{name}'; did you mean '{meant}'?"}


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
    assert "is 'gate', passes a facility twice" in message


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
    missing = {f"policy.mute.{key}" for key in ("question", "question_zh", "article", "basis")}
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
