"""Study files, factors and designs: what can be asked for, and what is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.factors import set_factors
from sim.scenario.policy import Policy
from sim.scenario.study_file import Factor, Grid, Sampled, parse_study, read_study_file
from sim.study.points import draw_design, list_points, scale
from tests.unit.tiny import tiny_scenario

SERVERS = "port.facilities.gate.servers"
ASKED = {"question": "?", "question_zh": "?", "article": "Art. 10", "basis": "assumed", "costs": "-", "costs_zh": "-"}
MORE_LANES = Policy.model_validate(
    {
        **ASKED,
        "parameters": {"lanes": {"label": "lanes", "label_zh": "通道", "unit": "lanes", "least": 0, "most": 4}},
        "strength": {"lanes": 1},
        "set": {"port": {"facilities": {"gate": {"servers": {"plus": "$lanes"}}}}},
    }
)
LANES = {"key": "policy.more_lanes.strength.lanes", "values": [1, 2]}


def refused(tree: dict) -> str:
    with pytest.raises(ScenarioError) as refusal:
        parse_study(tree)
    return str(refusal.value)


def points_of(tree: dict, policies: dict[str, Policy] | None = None, worlds: tuple[str, ...] = ("",)):
    baselines = {name: tiny_scenario() for name in worlds}
    return list_points(parse_study(tree), baselines, policies or {"more_lanes": MORE_LANES})


def test_grid_goes_through_worlds_policies_and_every_combination_of_levels():
    vary = {
        "gates": {"key": SERVERS, "values": [1, 2, 3]},
        "trucks": {"key": "demand.classes.truck.per_day", "least": 50, "most": 150},
    }
    tree = {"scenarios": {"now": [], "later": []}, "policies": [[], ["more_lanes"]], "vary": vary}
    points, misfits = points_of({**tree, "design": {"kind": "grid", "levels": 2}}, worlds=("now", "later"))
    assert not misfits
    assert len(points) == len({point.label for point in points}) == 2 * 2 * 3 * 2
    last = points[-1]
    assert last.label == "later more_lanes gates=3 trucks=150"
    assert last.factors == {"world": "later", "policies": "more_lanes", "gates": 3, "trucks": 150.0}
    assert last.scenario.port.facilities["gate"].servers == 4
    assert last.scenario.demand.classes["truck"].per_day == 150.0


def test_strength_of_a_policy_that_is_not_chosen_makes_no_points():
    points, _ = points_of({"policies": [[], ["more_lanes"]], "vary": {"lanes": LANES}})
    assert [point.label for point in points] == ["baseline", "more_lanes lanes=1", "more_lanes lanes=2"]
    assert [point.factors["lanes"] for point in points] == [None, 1, 2]
    assert [point.scenario.port.facilities["gate"].servers for point in points] == [2, 3, 4]


def test_levels_that_do_not_fit_are_told_apart_from_those_that_do():
    points, misfits = points_of({"vary": {"gates": {"key": SERVERS, "values": [1, 0]}}})
    assert [point.label for point in points] == ["baseline gates=1"]
    assert misfits == {"baseline gates=0": f"{SERVERS} is 0, must be greater than 0 (set by 'vary')"}


def test_study_without_any_point_that_fits_is_refused():
    with pytest.raises(ScenarioError, match="'vary' sets a key that is not there; did you mean 'gate'"):
        points_of({"vary": {"gates": {"key": "port.facilities.gates.servers", "values": [1]}}})


def test_factor_of_a_starred_key_keeps_the_shape_of_distributions():
    factor = {"minutes": Factor(key="port.facilities.*.service", how="times", values=(2,))}
    before, after = tiny_scenario(), set_factors(tiny_scenario(), {}, factor, {"minutes": 2})
    for name, facility in before.port.facilities.items():
        assert after.port.facilities[name].service.mean_min == 2 * facility.service.mean_min
    assert after.policies == ()


def test_two_factors_at_one_key_are_refused():
    factors = {"a": Factor(key=SERVERS, values=(1,)), "b": Factor(key=SERVERS, values=(2,))}
    with pytest.raises(ScenarioError, match="two factors set it"):
        set_factors(tiny_scenario(), {}, factors, {"a": 1, "b": 2})


def test_strength_out_of_its_range_is_refused_with_the_range():
    factor = {"lanes": Factor(key="policy.more_lanes.strength.lanes", values=(9,))}
    with pytest.raises(ScenarioError, match=r"policy.more_lanes.strength.lanes is 9, must be 0 to 4 \(lanes\)"):
        set_factors(tiny_scenario(), {"more_lanes": MORE_LANES}, factor, {"lanes": 9})


@given(st.integers(-5, 5), st.integers(1, 6), st.floats(0, 1, exclude_max=True))
def test_whole_levels_have_equal_parts_of_the_range(least, span, share):
    factors = {"n": Factor(key=SERVERS, least=least, most=least + span, whole=True)}
    assert scale(factors, [share]) == {"n": least + int(share * (span + 1))}


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_sampled_design_has_one_point_in_each_part_of_every_range(kind):
    """True of any Latin hypercube, and of Sobol' points whose number is a power of two."""
    factors = {name: Factor(key=name, least=0, most=16) for name in ("a", "b", "c")}
    points = draw_design(factors, Sampled(kind=kind, points=16))
    for name in factors:
        assert sorted(int(point[name]) for point in points) == list(range(16))
    assert points == draw_design(factors, Sampled(kind=kind, points=16))
    assert points != draw_design(factors, Sampled(kind=kind, points=16, seed=2))


def test_grid_cuts_ranges_into_equal_steps():
    factors = {"a": Factor(key="a", least=0, most=1), "n": Factor(key="n", least=1, most=2, whole=True)}
    levels = draw_design(factors, Grid(levels=3))
    assert [each["a"] for each in levels] == [0, 0, 0.5, 0.5, 1, 1]
    assert [each["n"] for each in levels] == [1, 2, 1, 2, 1, 2]


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"vari": {}}, "vari: unknown key; did you mean 'vary'?"),
        ({"words": ["policy=[hours_24x7]"]}, "write them under 'policies'"),
        ({"vary": {"lanes": LANES}}, "is the strength of 'more_lanes', which no choice of policies has"),
        ({"vary": {"a": {"key": SERVERS}}}, "needs either values, or least and most"),
        ({"vary": {"a": {"key": SERVERS, "least": 2, "most": 2}}}, "least must be below most"),
        ({"vary": {"a": {"key": SERVERS, "values": []}}}, "vary.a.values"),
        ({"design": {"kind": "sobol", "points": 60}}, "a power of 2 points"),
        ({"design": {"kind": "random"}}, "design"),
    ],
)
def test_study_file_with_a_mistake_is_refused(tree, said):
    assert said in refused(tree)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a: [", "is no YAML"), (b"\xff\xfe", "is not UTF-8"), (b"- 1", "valid dictionary"), (b"", "valid dictionary")],
)
def test_file_that_is_no_study_is_refused(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=said):
        read_study_file(path)


def test_missing_study_file_is_refused(tmp_path: Path):
    with pytest.raises(ScenarioError, match="there is no such file"):
        read_study_file(tmp_path / "none.yaml")
