"""Changes relative to the baseline: what each operation makes of a value, which rows a star stands for, and errors."""

import pytest
from pydantic import ValidationError

from sim.scenario import ScenarioError
from sim.scenario.distributions import LogNormal, Triangular
from sim.scenario.policies import apply_policies, find_obstacles
from sim.scenario.policy import Policy
from sim.scenario.problems import explain
from tests.unit.tiny import tiny_scenario

SAYS = dict.fromkeys(("question", "question_zh", "article", "basis", "costs", "costs_zh"), "?")
LANES = {"label": "lanes", "label_zh": "通道", "unit": "lanes", "least": 0, "most": 4}
FACTOR = {"label": "share", "label_zh": "比例", "unit": "share", "least": 0, "most": 2}
TRIANGULAR = {"kind": "triangular", "low_min": 2, "mode_min": 3, "high_min": 7}
EXPORT = "port.routes.out.through"


def make_policy(changes, **strength):
    parameters = {name: FACTOR if name == "share" else LANES for name in strength}
    return Policy(**SAYS, parameters=parameters, strength=strength, set=changes)


def change(path, leaf, **strength):
    """Return a policy that changes what is at a dotted path."""
    for key in reversed(path.split(".")):
        leaf = {key: leaf}
    return make_policy(leaf, **strength)


def apply(*policies, **changes):
    return apply_policies(tiny_scenario(**changes), {f"p{i}": policy for i, policy in enumerate(policies)})


def read(scenario, path):
    for key in path.split("."):
        scenario = scenario[key] if isinstance(scenario, dict) else getattr(scenario, key)
    return scenario


def find_problems(*policies, **changes):
    with pytest.raises(ScenarioError) as caught:
        apply(*policies, **changes)
    return caught.value.problems


@pytest.mark.parametrize(
    ("path", "leaf", "expected"),
    [
        ("port.facilities.gate.servers", {"plus": 1}, 3),
        ("port.facilities.gate.servers", {"plus": 1.0}, 3),
        ("port.facilities.gate.servers", {"times": 1.25}, 3),  # 2.5, half up
        ("port.facilities.gate.servers", {"times": 1.2}, 2),  # 2.4
        ("port.facilities.gate.servers", {"times": 0.1}, 1),  # at least 1 of what there is
        ("port.facilities.yard.staff_per_server", {"times": 3}, 0),  # nothing stays nothing
        ("port.facilities.gate.drive_min", {"plus": 2.5}, 2.5),
        ("demand.classes.truck.per_day", {"times": 1.25}, 125.0),
        ("port.selections.machine.rate", {"times": 0.5}, 0.15),
        ("port.facilities.gate.service.mean_min", {"plus": -1}, 4.0),
        (EXPORT, {"without": "scanner"}, ("gate", "yard")),
        (EXPORT, {"without": ["gate", "scanner"]}, ("yard",)),
    ],
)
def test_operation_makes_of_the_baseline(path, leaf, expected):
    after = read(apply(change(path, leaf)), path)
    assert after == expected
    assert type(after) is type(expected)


def test_distribution_times_a_factor_keeps_its_shape():
    after = apply(change("port.facilities.gate.service", {"times": 0.5})).port.facilities["gate"].service
    assert after == LogNormal(kind="lognormal", mean_min=2.5, cv=0.5)
    three = apply(
        change("port.facilities.gate.service", {"times": 2}), **{"port.facilities.gate.service": TRIANGULAR}
    ).port.facilities["gate"]
    assert three.service == Triangular(kind="triangular", low_min=4, mode_min=6, high_min=14)


NEW = {
    "label": "scale",
    "label_zh": "地磅",
    "agency": "customs",
    "hours": "day",
    "servers": "$lanes",
    "service": {"kind": "constant", "mean_min": "$minutes"},
}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"insert": "scale", "after": "gate"}, ("gate", "scale", "scanner", "yard")),
        ({"insert": "scale", "before": "gate"}, ("scale", "gate", "scanner", "yard")),
        ({"insert": "scale", "after": "yard"}, ("gate", "scanner", "yard", "scale")),
    ],
)
def test_policy_adds_a_facility_with_its_strength_and_puts_it_on_the_route(edit, expected):
    changes = {"port": {"facilities": {"scale": NEW}, "routes": {"out": {"through": edit}}}}
    after = apply(make_policy(changes, lanes=3, minutes=2)).port
    assert after.routes["out"].through == expected
    assert (after.facilities["scale"].servers, after.facilities["scale"].service.mean_min) == (3, 2)


def test_two_inserts_into_one_list_are_made_in_the_order_of_the_policies():
    def add(name):
        facility = NEW | {"servers": 1, "service": {"kind": "constant", "mean_min": 1}}
        edit = {"insert": name, "after": "gate"}
        return make_policy({"port": {"facilities": {name: facility}, "routes": {"out": {"through": edit}}}})

    one, other = add("scale"), add("x_ray")
    assert apply(one, other).port.routes["out"].through == ("gate", "x_ray", "scale", "scanner", "yard")
    assert apply(other, one).port.routes["out"].through == ("gate", "scale", "x_ray", "scanner", "yard")


def test_insert_that_two_policies_share_is_made_once():
    add = {"insert": "scanner", "after": "gate"}
    both = apply(change(EXPORT, add), change(EXPORT, add), **{EXPORT: ["gate", "yard"]})
    assert both.port.routes["out"].through == ("gate", "scanner", "yard")


def test_two_policies_that_multiply_one_number_both_do():
    both = apply(*(change("demand.classes.truck.per_day", {"times": factor}) for factor in (0.5, 0.5)))
    assert both.demand.classes["truck"].per_day == 25.0


def test_two_policies_that_add_to_one_number_both_do():
    both = apply(*(change("port.facilities.gate.servers", {"plus": lanes}) for lanes in (1, 2)))
    assert both.port.facilities["gate"].servers == 5


def test_count_that_two_policies_multiply_is_rounded_once():
    """2 x 1.2 x 1.2 = 2.88: rounded twice it would stay 2."""
    both = apply(*(change("port.facilities.gate.servers", {"times": factor}) for factor in (1.2, 1.2)))
    assert both.port.facilities["gate"].servers == 3


def test_star_stands_for_every_row():
    after = apply(change("port.facilities.*.servers", {"plus": 1}), **{"port.facilities.yard.places": 99})
    assert {name: each.servers for name, each in after.port.facilities.items()} == {"gate": 3, "scanner": 2, "yard": 41}


def test_star_leaves_out_rows_in_which_nothing_can_be_changed():
    after = apply(change("port.facilities.*.places", {"plus": 8}))
    assert {name: each.places for name, each in after.port.facilities.items()} == {
        "gate": None,
        "scanner": None,
        "yard": 48,
    }


def test_star_leaves_out_routes_that_do_not_pass_the_anchor():
    routes = {"port.routes.short": {"direction": "export", "through": ["yard"]}}
    after = apply(change("port.routes.*.through", {"without": "gate"}), **routes)
    assert {name: route.through for name, route in after.port.routes.items()} == {
        "out": ("scanner", "yard"),
        "short": ("yard",),
    }


@pytest.mark.parametrize(("by_class", "expected"), [({}, {}), ({"truck": 0.4}, {"truck": 0.2})])
def test_star_below_a_star_may_stand_for_no_row(by_class, expected):
    both = {"rate": {"times": "$share"}, "rate_by_class": {"*": {"times": "$share"}}}
    policy = change("port.selections.*", both, share=0.5)
    after = apply(policy, **{"port.selections.machine.rate_by_class": by_class}).port.selections["machine"]
    assert (after.rate, after.rate_by_class) == (0.15, expected)


def test_changes_refer_to_the_baseline_whatever_another_policy_sets():
    """What a whole new value would be changed from is not there: they collide."""
    (problem,) = find_problems(
        change("port.facilities.gate.service", {"kind": "constant", "mean_min": 4}),
        change("port.facilities.gate.service", {"times": 0.5}),
    )
    assert problem.rule == "policies 'p0' and 'p1' disagree: the first sets it, the second multiplies it"


LEAVES = {"sets it": 3, "adds to it": {"plus": 1}, "multiplies it": {"times": 2}}


@pytest.mark.parametrize("first", LEAVES)
@pytest.mark.parametrize("second", LEAVES)
def test_changes_of_different_kinds_at_one_key_collide(first, second):
    policies = [change("port.facilities.gate.servers", LEAVES[does]) for does in (first, second)]
    if first == second:
        apply(*policies)
        return
    (problem,) = find_problems(*policies)
    assert problem.path == "port.facilities.gate.servers"
    assert problem.rule == f"policies 'p0' and 'p1' disagree: the first {first}, the second {second}"


def test_policy_that_changes_a_row_by_name_and_by_star_is_refused():
    (problem,) = find_problems(
        make_policy({"port": {"facilities": {"*": {"servers": {"plus": 1}}, "gate": {"servers": 5}}}})
    )
    assert (problem.path, problem.rule) == ("port.facilities.gate.servers", "policy 'p0' changes it twice")


@pytest.mark.parametrize(
    ("path", "leaf", "where", "says"),
    [
        ("port.facilities.gate.hours", {"times": 2}, None, "'day' is neither number nor distribution"),
        ("port.facilities.gate.places", {"times": 2}, None, "multiplies nothing"),
        ("port.facilities.gate.places", {"plus": 2}, None, "adds to nothing"),
        ("port.facilities.gate.service", {"plus": 2}, None, "is no number"),
        ("port.facilities.gate.servers", {"times": "two"}, None, "says times: 'two', which is no number"),
        ("port.facilities.gate.lanes", {"plus": 2}, None, "sets a key that is not there"),
        ("port.facilities.gate", {"times": 2}, "port.facilities.gate.times", "sets a key that is not there"),
        ("port.facilities.new", {"plus": 2}, None, "sets a key that is not there"),
        ("port.facilities.*.lanes", {"plus": 2}, None, "sets a key that is not there"),
        ("port.selections.*.rate_by_class.truck", {"times": 2}, None, "finds no row to change"),
        ("port.links.*.lanes", {"plus": 2}, "port.links.*", "finds no row to change"),
        ("port.facilities.*.hours", {"times": 2}, None, "finds no row to change"),
        ("port.*.gate", {"times": 2}, "port.*", "sets a key that is not there"),
        (EXPORT, {"insert": "yard", "after": "gate"}, None, "inserts 'yard', which is in the list"),
        (EXPORT, {"insert": "x", "after": "gaate"}, None, "names 'gaate', which is not in the list"),
        (EXPORT, {"without": "gaate"}, None, "names 'gaate', which is not in the list"),
        ("port.facilities.gate.servers", {"without": "gate"}, None, "edits a list, and none is there"),
        ("demand.classes.truck.appointments", {"slot_min": 30}, None, "changes a part of it, and nothing is there"),
    ],
)
def test_change_that_cannot_be_made_is_one_problem_with_path_and_policy(path, leaf, where, says):
    (problem,) = find_problems(change(path, leaf))
    assert problem.path == (where or path)
    assert "policy 'p0'" in problem.rule
    assert says in problem.rule


def test_value_that_a_factor_makes_too_large_names_its_policy():
    (problem,) = find_problems(change("port.selections.machine.rate", {"times": 4}))
    assert (problem.path, problem.value) == ("port.selections.machine.rate", 1.2)
    assert "set by policy 'p0'" in problem.rule


def test_obstacles_of_a_policy_are_what_applying_it_would_say():
    policy = change("port.facilities.gaate.servers", {"plus": 1})
    assert find_obstacles("p0", policy, tiny_scenario()) == find_problems(policy)
    assert find_obstacles("p0", change("port.facilities.gate.servers", {"plus": 1}), tiny_scenario()) == []


GATE = {"port": {"facilities": {"gate": {"servers": {"plus": "$lanes"}}}}}
BAD = [
    ({"strength": {"lanes": 9}}, "strength.lanes", "must be 0 to 4 (lanes)"),
    ({"strength": {"lanes": -1}}, "strength.lanes", "must be 0 to 4 (lanes)"),
    ({"strength": {"lanes": "two"}}, "strength.lanes", "must be 0 to 4 (lanes)"),
    ({"strength": {"lanes": True}}, "strength.lanes", "must be 0 to 4 (lanes)"),
    ({"strength": {"lanes": float("nan")}}, "strength.lanes", "must be 0 to 4 (lanes)"),
    ({"strength": {}}, "strength.lanes", "missing"),
    ({"strength": {"lanes": 1, "lane": 2}}, "strength.lane", "is no parameter"),
    ({"set": {"port": {"facilities": {"gate": {"servers": 3}}}}}, "parameters.lanes", "nothing in set uses it"),
    (
        {"set": GATE | {"demand": {"classes": {"truck": {"per_day": "$lane"}}}}},
        "set.demand.classes.truck.per_day",
        "'$lane' names no parameter",
    ),
    ({"parameters": {"lanes": LANES | {"least": 5}}}, "parameters.lanes", "least must be at most most"),
    ({"parameters": {"lanes": LANES | {"least": None}}}, "parameters.lanes", "needs both least and most"),
    ({"parameters": {"lanes": LANES | {"least": None, "most": None}}}, "strength.lanes", "must be a word"),
]


@pytest.mark.parametrize(("bad", "path", "says"), BAD)
def test_bad_strength_is_named_with_its_path(bad, path, says):
    good = {"parameters": {"lanes": LANES}, "strength": {"lanes": 1}, "set": GATE}
    Policy.model_validate(SAYS | good)
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate(SAYS | good | bad)
    (problem,) = explain(caught.value, Policy)
    assert problem.path == path
    assert says in problem.rule


def test_parameter_may_be_a_word():
    policy = Policy(
        **SAYS,
        parameters={"open": {"label": "hours", "label_zh": "时间", "unit": "opening hours"}},
        strength={"open": "Mo-Su 06:00-22:00"},
        set={"port": {"hours": {"day": {"open": "$open"}}}},
    )
    assert apply(policy).port.hours["day"].open == "Mo-Su 06:00-22:00"


def test_value_of_another_key_is_that_of_the_baseline_whatever_else_changes_it():
    same = change("port.facilities.gate.servers", {"same_as": "port.facilities.yard.servers"})
    more = change("port.facilities.yard.servers", {"plus": -3})
    yard = tiny_scenario().port.facilities["yard"].servers
    assert yard != tiny_scenario().port.facilities["gate"].servers
    for policies in ((same, more), (more, same)):
        assert read(apply(*policies), "port.facilities.gate.servers") == yard


def test_value_of_a_whole_table_is_taken_over():
    same = change("port.facilities.gate.service", {"same_as": "port.facilities.yard.service"})
    assert read(apply(same), "port.facilities.gate.service") == tiny_scenario().port.facilities["yard"].service


def test_value_of_a_key_that_is_not_there_is_refused():
    (problem,) = find_problems(change("port.facilities.gate.servers", {"same_as": "port.facilities.door.servers"}))
    assert problem.path == "port.facilities.gate.servers"
    assert "'p0' takes the value of 'port.facilities.door.servers', which is not there" in problem.rule
