"""Policies: each shipped one changes the keys it sets and nothing else, and says which question it answers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.distributions import Constant
from sim.scenario.load import load_scenario, read_policy_file, shipped
from sim.scenario.policies import apply_policies, find_changes
from sim.scenario.policy import Policy
from tests.shipped import POLICIES as SHIPPED
from tests.shipped import POLICY_FILES as FILES
from tests.shipped import apply, load_baseline, port_of
from tests.unit.tiny import tiny_scenario

TOGETHER = ["hours_24x7", "joint_inspection", "extra_lanes", "fewer_inspections", "pre_arrival_declaration"]
"""Shipped policies that set no key in common."""
SAYS = {
    "question": "What if?",
    "question_zh": "如何？",
    "article": "Art. 31",
    "basis": "assumed",
    "costs": "nothing",
    "costs_zh": "无",
}


@pytest.fixture(scope="module")
def horgos():
    return load_baseline("horgos_road")


def flatten(table, at=()):
    """Return values by path; a list is one value, of whatever kind."""
    if not isinstance(table, dict):
        return {".".join(at): tuple(table) if isinstance(table, list) else table}
    return {path: value for key, below in table.items() for path, value in flatten(below, (*at, str(key))).items()}


def compare(before, after):
    """Return the values of `after` that are new or other than in `before`, by path, but for the policies' names."""
    old, new = (flatten(scenario.model_dump()) for scenario in (before, after))
    return {path: value for path, value in new.items() if path != "policies" and old.get(path) != value}


def make_policy(**changes):
    return Policy(**SAYS, set=changes)


def change_gate(**changes):
    return make_policy(port={"facilities": {"gate": changes}})


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policy_changes_exactly_the_keys_it_sets(name):
    """What it adds whole, as a disruption, also has keys that it leaves at their defaults."""
    baseline, after = load_baseline(port_of(name)), apply(port_of(name), name)
    changes, changed = find_changes(name, SHIPPED[name], baseline), compare(baseline, after)
    places = {".".join(each.path): each for each in changes}
    set_ = flatten({place: each.value for place, each in places.items() if each.kind == "set"})
    assert flatten(after.model_dump()).items() >= set_.items()
    is_same = {place for place, value in set_.items() if "same_as" in str(SHIPPED[name].set) and place not in changed}
    assert all(any(path.startswith(place) for path in changed) for place in places.keys() - is_same)
    tables = {path.rpartition(".")[0] for path in set_}
    relative = {place for place, each in places.items() if each.kind != "set"}
    assert all(path.startswith((*tables, *relative)) for path in changed)


@pytest.mark.parametrize("name", SHIPPED)
def test_scenario_carries_the_name_of_its_policy(name):
    assert apply(port_of(name), name).policies == (name,)


def test_policy_leaves_the_baseline_as_it_was(horgos):
    before = horgos.model_dump()
    apply_policies(horgos, {name: SHIPPED[name] for name in TOGETHER})
    assert horgos.model_dump() == before


def test_policies_together_change_all_that_each_sets(horgos):
    changed = compare(horgos, apply_policies(horgos, {name: SHIPPED[name] for name in TOGETHER}))
    alone = [compare(horgos, apply_policies(horgos, {name: SHIPPED[name]})) for name in TOGETHER]
    assert changed == {path: value for each in alone for path, value in each.items()}


@given(order=st.permutations(TOGETHER))
@settings(max_examples=10)
def test_order_of_policies_does_not_matter(horgos, order):
    one = apply_policies(horgos, {name: SHIPPED[name] for name in TOGETHER})
    other = apply_policies(horgos, {name: SHIPPED[name] for name in order})
    assert other.policies == tuple(order)
    assert one == other.model_copy(update={"policies": one.policies})


def test_two_policies_that_set_the_same_value_do_not_collide():
    both = apply_policies(tiny_scenario(), {"one": change_gate(servers=3), "two": change_gate(servers=3, places=9)})
    assert (both.port.facilities["gate"].servers, both.port.facilities["gate"].places) == (3, 9)


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_two_policies_that_set_different_values_collide_in_any_order(order):
    policies = {"one": change_gate(servers=3), "two": change_gate(servers=4)}
    with pytest.raises(ScenarioError, match=f"policies '{order[0]}' and '{order[1]}' set it to different values"):
        apply_policies(tiny_scenario(), {name: policies[name] for name in order})


def test_policy_that_takes_away_what_others_need_is_named_although_it_did_not_set_them():
    carrier = {"vehicles": 2, "pce": 3, "until": "gate"}
    baseline = tiny_scenario(**{"demand.classes.truck.carrier": carrier})
    past_the_gate = make_policy(port={"routes": {"out": {"through": ["scanner", "yard"]}}})
    with pytest.raises(ScenarioError, match=r"carrier\.until.*\(set by policy 'past'\)"):
        apply_policies(baseline, {"past": past_the_gate})


def test_distribution_with_a_kind_is_replaced_whole():
    after = apply_policies(tiny_scenario(), {"quick": change_gate(service={"kind": "constant", "mean_min": 2})})
    assert after.port.facilities["gate"].service == Constant(kind="constant", mean_min=2)


def test_distribution_without_a_kind_keeps_what_is_not_set():
    before = tiny_scenario().port.facilities["gate"].service
    after = apply_policies(tiny_scenario(), {"quick": change_gate(service={"mean_min": 2})})
    assert after.port.facilities["gate"].service == before.model_copy(update={"mean_min": 2})


def test_policy_may_add_minutes_for_a_class():
    minutes = {"kind": "constant", "mean_min": 2}
    after = apply_policies(tiny_scenario(), {"quick": change_gate(service_by_class={"truck": minutes})})
    assert after.port.facilities["gate"].service_by_class == {"truck": Constant(**minutes)}


def test_policy_may_empty_a_table():
    before = tiny_scenario(**{"port.facilities.gate.service_by_class": {"truck": {"kind": "constant", "mean_min": 2}}})
    after = apply_policies(before, {"alike": change_gate(service_by_class={})})
    assert after.port.facilities["gate"].service_by_class == {}


def test_policy_that_sets_nothing_changes_nothing():
    assert compare(tiny_scenario(), apply_policies(tiny_scenario(), {"none": make_policy()})) == {}


def test_strength_is_chosen_on_the_command_line_and_part_of_the_name():
    more = load_scenario("policy=[extra_lanes,fewer_inspections]", "policy.extra_lanes.strength.lanes=2")
    assert more.port.facilities["scanner_export"].servers == 3
    assert more.port.selections["opening_export"].rate == 0.015
    assert more.policies == ("extra_lanes(lanes=2)", "fewer_inspections")


def test_changes_are_relative_to_what_the_command_line_makes_of_the_port():
    lanes = load_scenario("policy=[extra_lanes]", "port.facilities.scanner_export.servers=4").port.facilities
    assert lanes["scanner_export"].servers == 5


@pytest.mark.parametrize(
    ("chosen", "strength", "says"),
    [
        ("extra_lanes", "lanes=9", "policy.extra_lanes.strength.lanes is 9, must be 0 to 4"),
        ("extra_lanes", "lane=2", "policy.extra_lanes.strength.lane: there is no such key; did you mean 'lanes'?"),
        (
            "extra_lanes",
            "lanes=1.5",
            "servers is 2.5, must be a valid integer (set by policy 'extra_lanes(l",
        ),
        ("", "lanes=2", "policy.extra_lanes: is not chosen; choose it, too: policy=[extra_lanes]"),
    ],
)
def test_bad_strength_on_the_command_line_is_explained(chosen, strength, says):
    with pytest.raises(ScenarioError, match=re.escape(says)):
        load_scenario(f"policy=[{chosen}]", f"policy.extra_lanes.strength.{strength}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_holds_one_policy_of_its_own_name(path):
    assert list(read_policy_file(path)) == [path.stem]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_opens_with_its_question_and_article(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"# [A-Z].+\? \(Art\. \d[\d, –-]*\)", first)


@pytest.mark.parametrize("name", SHIPPED)
def test_comment_asks_the_question_that_the_policy_answers(name):
    first = (shipped("configs/policy") / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    articles = set(re.findall(r"\d+", first.split("(Art.")[1]))
    assert articles <= set(re.findall(r"\d+", SHIPPED[name].article))


@pytest.mark.parametrize("name", SHIPPED)
def test_policy_says_question_article_and_basis(name):
    policy = SHIPPED[name]
    assert policy.question.endswith("?")
    assert re.search(r"[\u4e00-\u9fff].*？$", policy.question_zh)
    assert re.match(r"Art\. \d+", policy.article)
    assert re.search(r"N\d+|assumed|derived", policy.basis)
    assert policy.costs
    assert re.search(r"[\u4e00-\u9fff]", policy.costs_zh)
    assert policy.set


def test_questions_are_all_different():
    for field in ("question", "question_zh"):
        assert len({getattr(policy, field) for policy in SHIPPED.values()}) == len(SHIPPED)
