"""What is assumed and how far it may differ: only what says so, in ranges that fit, each with a name."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario.factors import set_factors
from sim.scenario.load import load_experiment, read_policies
from sim.scenario.policy import Policy
from sim.scenario.provenance import Parameter, read_group, read_parameters
from sim.study.assumptions import TIMES, find_assumptions, is_of_times
from sim.study.points import scale
from sim.study.replication import simulate_once
from sim.views.assumption_names import name_assumptions
from tests.unit.test_costs import price
from tests.unit.tiny import tiny_scenario

GATE = "port.facilities.gate"


def says(comment: str, *keys: str) -> Parameter:
    return Parameter("port/tiny.yaml", 1, keys, ("",) * len(keys), comment)


def assumed(*keys: str, spread: float = 0.3, **more):
    return find_assumptions(tiny_scenario(), {}, [says("assumed", *keys)], (spread, False), **more)


def ends(key: str, spread: float = 0.3) -> tuple[float, float]:
    factor = assumed(key, spread=spread).factors[key]
    return factor.least, factor.most


def test_what_has_a_source_is_left_out_and_counted_unless_all_is_asked_for():
    parameters = [says("assumed", f"{GATE}.servers"), says("derived: N106", "demand.classes.truck.per_day")]
    found = find_assumptions(tiny_scenario(), {}, parameters, (0.3, False))
    assert list(found.factors) == [f"{GATE}.servers"]
    assert found.left_out == {"sourced": 1}
    assert len(find_assumptions(tiny_scenario(), {}, parameters, (0.3, True)).factors) == 2


@pytest.mark.parametrize("typed", [f"{GATE}.service.mean_min", f"{GATE}.service", GATE])
def test_whoever_types_a_number_knows_it(typed):
    found = assumed(f"{GATE}.service.mean_min", typed=[typed])
    assert found.left_out == {"typed": 1}
    assert assumed(f"{GATE}.servers", typed=["port.facilities.gat"]).left_out == {}


def test_count_is_at_least_one_more_and_one_less_and_at_least_one():
    assert ends("port.facilities.scanner.servers") == (1, 2)
    assert ends(f"{GATE}.servers") == (1, 3)
    assert ends("port.facilities.yard.servers")[1] == 40  # no more than its places


def test_number_differs_by_the_spread_and_a_share_stays_one_at_most():
    assert ends("demand.classes.truck.per_day") == (70.0, 130.0)
    assert ends("port.selections.machine.rate") == (0.21, 0.39)
    rate = tiny_scenario(**{"port.selections.machine.rate": 0.9})
    found = find_assumptions(rate, {}, [says("assumed", "port.selections.machine.rate")], (0.3, False))
    assert found.factors["port.selections.machine.rate"].most == 1.0


def test_minutes_keep_the_shape_of_their_distribution():
    found = assumed(f"{GATE}.service.mean_min", f"{GATE}.service.cv")
    (factor,) = found.factors.values()
    changed = set_factors(tiny_scenario(), {}, found.factors, {f"{GATE}.service": 1.3})
    assert changed.port.facilities["gate"].service.model_dump() == {"kind": "lognormal", "mean_min": 6.5, "cv": 0.5}
    assert (factor.how, factor.least, factor.most) == ("times", 0.7, 1.3)


@pytest.mark.parametrize(
    "key", ["port.hours.day.open", "demand.profiles.flat.by_hour", "demand.classes.truck.priority"]
)
def test_hours_lists_and_ranks_are_left_out(key):
    assert assumed(key).left_out == {"text": 1}


def test_nothing_of_a_thing_stays_nothing():
    assert assumed("port.facilities.yard.staff_per_server").left_out == {"zero": 1}


def test_strength_of_a_policy_differs_within_its_range():
    policies: dict[str, Policy] = {"extra_lanes": read_policies()["extra_lanes"]}
    key = "policy.extra_lanes.strength.lanes"
    found = find_assumptions(tiny_scenario(), policies, [says("assumed: one more", key)], (0.3, False))
    assert (found.factors[key].least, found.factors[key].most, found.factors[key].whole) == (1, 2, True)
    (named,) = name_assumptions(found.factors, tiny_scenario(), policies).values()
    assert (named.label, named.label_zh) == ("extra_lanes: more lanes at each place", "extra_lanes：每处增加通道数")


@given(shares=st.tuples(*[st.floats(0, 1)] * 2), spread=st.floats(0.05, 0.95))
@settings(max_examples=30)
def test_places_hold_the_servers_wherever_the_ranges_are_met(shares, spread):
    yard = "port.facilities.yard"
    scenario = tiny_scenario(**{f"{yard}.places": 44})
    parameters = [says("assumed", f"{yard}.servers"), says("assumed", f"{yard}.places")]
    factors = find_assumptions(scenario, {}, parameters, (spread, False)).factors
    set_factors(scenario, {}, factors, scale(factors, shares[: len(factors)]))


@pytest.mark.parametrize("port", ["alashankou_rail", "horgos_multimodal"])
def test_assumptions_of_a_port_fit_together_and_have_names_in_both_languages(port):
    scenario = load_experiment(f"port={port}").baseline
    parameters = [*read_parameters(port), *read_group("costs", "xinjiang")]
    factors = find_assumptions(scenario, {}, parameters, (0.3, False), of_times=True).factors
    for shares in np.random.default_rng(1).choice([0.0, 1.0], (3, len(factors))):
        set_factors(scenario, {}, factors, scale(factors, shares))
    for factor in name_assumptions(factors, scenario, {}).values():
        assert "_" not in factor.label
        assert not factor.label_zh.isascii()


def test_name_says_whose_number_it_is_and_which():
    scenario = load_experiment("port=horgos_road").baseline
    keys = ("port.selections.machine_export.rate", "port.inspection_sites.inspection_export.examinations.customs.bays")
    found = find_assumptions(scenario, {}, [says("assumed", *keys)], (0.3, False))
    named = name_assumptions(found.factors, scenario, {}).values()
    assert [each.label for each in named] == [
        "machine check, export: share of vehicles",
        "inspection, export, customs: bays",
    ]
    assert [each.label_zh for each in named] == ["出口机检：车辆比例", "出口查验，海关：查验台位数"]


@pytest.mark.parametrize(
    ("outcome", "is_time"),
    [
        ("port/port/tfi1", True),
        ("class/export_truck/release_mean", True),
        ("port/port/tfi2", False),
        ("direction/export/tfi2", False),
        ("port/port/staff_hours", False),
        ("cost/users/per_day", False),
    ],
)
def test_outcome_is_told_by_times_alone_or_not(outcome, is_time):
    assert is_of_times(outcome) == is_time


def test_prices_staff_and_violations_move_no_time():
    """Outcomes that leave them out as factors are the same to a bit when all of them change."""
    violations = {"rate": 0.1, "visibility": 0.5}
    base = price(tiny_scenario(**{"port.violations": violations}))
    parameters = [
        *read_group("costs", "xinjiang"),
        says("assumed", "port.violations.rate", f"{GATE}.staff_per_server"),
    ]
    kept = find_assumptions(base, {}, parameters, (0.3, False), of_times=True)
    assert not kept.factors
    factors = find_assumptions(base, {}, parameters, (0.3, False)).factors
    fitting = {key: each for key, each in factors.items() if key.split(".")[1] != "vehicles"}
    changed = set_factors(base, {}, fitting, scale(fitting, [1.0] * len(fitting)))
    before, after = (simulate_once(scenario).outcomes for scenario in (base, changed))
    key = pl.concat_str("scope", "name", "measure", separator="/")
    told, other = (each.filter(key.map_elements(is_of_times, pl.Boolean)) for each in (before, after))
    assert not before.equals(after)
    assert set(told["scope"]) & set(TIMES)
    assert told.equals(other, null_equal=True)
