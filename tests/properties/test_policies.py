"""Policies, exactly: no order matters, and a strength that changes nothing gives the baseline."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario.policies import apply_policies
from sim.scenario.policy import Policy
from tests.unit.tiny import tiny_facility, tiny_scenario

SAYS = dict.fromkeys(("question", "question_zh", "article", "basis", "costs", "costs_zh"), "?")
TINY = tiny_scenario(
    **{
        "port.selections.machine.rate_by_class": {"truck": 0.2},
        "port.facilities.scale": tiny_facility(),
        "port.facilities.x_ray": tiny_facility(),
    }
)
ANY = {"label": "strength", "label_zh": "强度", "unit": "", "least": 0, "most": 1}
FACTORS = st.floats(0.1, 1.5)


def change(path, leaf, **strength):
    """Return a policy that changes what is at a dotted path."""
    for key in reversed(path.split(".")):
        leaf = {key: leaf}
    return Policy(**SAYS, parameters=dict.fromkeys(strength, ANY), strength=strength, set=leaf)


CHANGES = st.one_of(
    st.builds(change, st.just("demand.classes.*.per_day"), st.builds(lambda x: {"times": x}, FACTORS)),
    st.builds(change, st.just("port.facilities.*.service"), st.builds(lambda x: {"times": x}, FACTORS)),
    st.builds(change, st.just("port.facilities.gate.servers"), st.builds(lambda x: {"times": x}, FACTORS)),
    st.builds(change, st.just("port.facilities.*.drive_min"), st.builds(lambda x: {"plus": x}, st.floats(0, 50))),
    st.builds(change, st.just("port.facilities.yard.places"), st.builds(lambda n: {"plus": n}, st.integers(0, 50))),
    st.builds(change, st.just("port.selections.*.rate_by_class.*"), st.just({"times": 0.5})),
    st.builds(change, st.just("port.routes.*.through"), st.just({"without": "scanner"})),
    st.builds(change, st.just("port.routes.*.through"), st.just({"insert": "scale", "after": "gate"})),
    st.builds(change, st.just("port.routes.*.through"), st.just({"insert": "x_ray", "before": "scanner"})),
    st.builds(change, st.just("port.hours.*.open"), st.just("Mo-Su 06:00-22:00")),
)
"""What may be combined with any other, and with more of its own kind."""


@given(policies=st.lists(CHANGES, min_size=2, max_size=6), luck=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_policies_in_any_order_give_the_same_scenario(policies, luck):
    named = [(f"p{i}", policy) for i, policy in enumerate(policies)]
    shuffled = luck.sample(named, len(named))
    one, other = (apply_policies(TINY, dict(order)) for order in (named, shuffled))
    assert one.model_copy(update={"policies": ()}) == other.model_copy(update={"policies": ()})


IDLE = {
    "demand.classes.*.per_day": "times",
    "port.facilities.*.servers": "times",
    "port.facilities.*.staff_per_server": "times",
    "port.facilities.*.service": "times",
    "port.facilities.*.drive_min": "plus",
    "port.facilities.*.places": "plus",
    "port.selections.*.rate": "times",
}


@given(
    paths=st.sets(st.sampled_from(sorted(IDLE)), min_size=1),
    servers=st.integers(1, 40),
    per_day=st.floats(0, 5000),
    whole=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_strength_at_which_nothing_changes_gives_the_baseline(paths, servers, per_day, whole):
    baseline = tiny_scenario(**{"port.facilities.gate.servers": servers, "demand.classes.truck.per_day": per_day})
    nothing = {"times": 1, "plus": 0}
    strength = {does: amount if whole else float(amount) for does, amount in nothing.items()}
    policies = {path: change(path, {does: f"${does}"}, **{does: strength[does]}) for path, does in IDLE.items()}
    after = apply_policies(baseline, {path: policies[path] for path in paths})
    assert after.model_copy(update={"policies": ()}) == baseline
