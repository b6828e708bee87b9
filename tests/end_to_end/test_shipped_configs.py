"""Every shipped port, policy and experiment: it composes, it runs, alike on both engines, and makes sense."""

from itertools import combinations, product

import numpy as np
import polars as pl
import pytest

import sim
from sim.kernel import ENGINES, Program, Trace
from sim.scenario import Scenario, ScenarioError
from sim.scenario.load import load_experiment, read_policy_file, shipped
from sim.scenario.policies import apply_policies, find_changes
from tests.shipped import POLICIES, POLICY_FILES, PORTS, SHAPES, apply, fits, load_baseline, thin_out

POLICY_NAMES = list(POLICIES)
EXPERIMENTS = sorted(path.stem for path in shipped("configs/experiment").glob("*.yaml"))
HORIZONS = sorted(path.stem for path in shipped("configs/horizon").glob("*.yaml"))
FINDINGS = ["hit_rate", "detection"]


def rows_of(name: str) -> set[tuple[str, ...]]:
    """Return the rows of tables that a policy touches: the first three keys of all that it sets."""
    settings = POLICIES[name].set
    return {
        (part, table, row)
        for part, tables in settings.items()
        for table, rows in tables.items()
        for row in (rows if isinstance(rows, dict) else [""])
    }


def touch_one_row(one: str, other: str) -> bool:
    """Say whether two policies touch a row in common; those that do not cannot disagree."""
    return any(
        a[:2] == b[:2] and (a[2] == b[2] or "*" in (a[2], b[2])) for a, b in product(rows_of(one), rows_of(other))
    )


PAIRS = [pair for pair in combinations(POLICY_NAMES, 2) if touch_one_row(*pair)]


def disagree(port: str, one: str, other: str) -> bool:
    """Say whether two policies change one key of a port differently, or one a key within what the other changes."""
    first, second = (
        {change.path: (change.kind, change.value) for change in find_changes(name, POLICIES[name], load_baseline(port))}
        for name in (one, other)
    )
    relative = ("plus", "times", "edit")
    shared = [(first[path], second[path]) for path in first.keys() & second.keys()]
    within = any(_is_within(a, b) or _is_within(b, a) for a in first for b in second)
    return within or any(a != b and not (a[0] == b[0] and a[0] in relative) for a, b in shared)


def _is_within(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def value_of(outcomes: pl.DataFrame, scope: str, name: str, measure: str) -> float:
    return outcomes.filter(scope=scope, name=name, measure=measure)["value"].item()


def assert_everyone_is_accounted_for(outcomes: pl.DataFrame) -> None:
    arrived, *fates = (
        value_of(outcomes, "port", "port", name) for name in ("arrived", "finished", "inside", "not_admitted")
    )
    assert arrived == sum(fates) > 0


def assert_finite_where_something_happened(outcomes: pl.DataFrame) -> None:
    """Shares of time may be empty where nothing is scheduled, and release times where nobody is released.

    So may the share within 24 hours where a border that is shut lets nobody in until the last day, what inspections
    find if nobody is opened or has something wrong, and CAREC's indicators where cars are released but no freight.
    """
    empty = outcomes.filter(pl.col("value").is_nan() | pl.col("value").is_null() | pl.col("value").is_infinite())
    active = outcomes.filter(
        ((pl.col("measure") == "released_per_day") | (pl.col("measure") == "visits_per_day")) & (pl.col("value") > 0)
    ).select("scope", "name")
    known = ["queue_at_closing", "first_full", "released_within_24h", "tfi1", "tfi2", *FINDINGS]
    may_be_empty = pl.col("measure").is_in(known)
    unexpected = empty.filter(~may_be_empty).join(active, on=["scope", "name"], how="semi")
    assert unexpected.is_empty(), unexpected
    assert (outcomes.filter((pl.col("measure") != "growth") & ~pl.col("value").is_nan())["value"] >= 0.0).all()


def assert_shares_are_shares(outcomes: pl.DataFrame) -> None:
    shares = outcomes.filter(pl.col("measure").is_in(["utilisation", "occupancy", "released_within_24h"]))["value"]
    assert shares.drop_nans().max() <= 1.0 + 1e-9  # a sum of minutes, rounded, over another


def run_on_both(program: Program) -> Trace:
    """Run a program, which is planned once, on both engines; they must agree to the last bit."""
    reference, compiled = (ENGINES[name](program) for name in ("simpy", "compiled"))
    for column in ("began_min", "ended_min", "fate"):
        np.testing.assert_array_equal(getattr(reference, column), getattr(compiled, column), strict=True)
    return compiled


@pytest.fixture
def both_engines(monkeypatch):
    monkeypatch.setitem(ENGINES, "both", run_on_both)
    return "both"


def assert_makes_sense(scenario: Scenario, engine: str) -> None:
    outcomes = sim.simulate(scenario, engine=engine).outcomes
    assert_everyone_is_accounted_for(outcomes)
    assert_finite_where_something_happened(outcomes)
    assert_shares_are_shares(outcomes)


@pytest.mark.parametrize("port", PORTS)
def test_port_runs_alike_on_both_engines_and_its_outcomes_make_sense(port, both_engines):
    assert_makes_sense(load_baseline(port), both_engines)


@pytest.mark.parametrize("policy", POLICY_NAMES)
@pytest.mark.parametrize("port", PORTS)
def test_policy_is_refused_or_runs_alike_on_both_engines_and_its_outcomes_make_sense(port, policy, both_engines):
    if fits(port, policy):
        assert_makes_sense(thin_out(apply(port, policy)), both_engines)


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_policy_fits_a_port_and_changes_something_there(policy):
    fitting = [port for port in PORTS if fits(port, policy)]
    assert fitting
    for port in fitting:
        baseline = load_baseline(port)
        changed = apply_policies(baseline, {policy: POLICIES[policy]})
        assert changed.policies == (policy,)
        assert changed.model_copy(update={"policies": ()}) != baseline


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_pair_of_policies_composes_in_either_order_unless_they_disagree(one, other):
    both = {name: POLICIES[name] for name in (one, other)}
    for port in (port for port in SHAPES if fits(port, one) and fits(port, other)):
        if disagree(port, one, other):
            with pytest.raises(ScenarioError, match=f"'{one}' and '{other}'"):
                apply_policies(load_baseline(port), both)
            continue
        there = apply_policies(load_baseline(port), both)
        back = apply_policies(load_baseline(port), dict(reversed(both.items())))
        assert there.policies == tuple(reversed(back.policies)) == (one, other)
        assert there.model_copy(update={"policies": ()}) == back.model_copy(update={"policies": ()})


@pytest.mark.parametrize("path", POLICY_FILES, ids=POLICY_NAMES)
def test_policy_file_holds_the_policy_that_it_is_named_after(path):
    assert list(read_policy_file(path)) == [path.stem]


@pytest.mark.parametrize("horizon", HORIZONS)
def test_horizon_composes_with_a_warm_up(horizon):
    scenario = sim.load_scenario(f"horizon={horizon}")
    assert 0.0 < scenario.horizon.warmup_min < scenario.horizon.end_min


def test_every_experiment_runs_at_smoke_size():
    for name in EXPERIMENTS:
        experiment = load_experiment(f"experiment={name}", "horizon=smoke")
        for scenario in filter(None, (experiment.baseline, experiment.alternative)):
            assert_makes_sense(scenario, "compiled")
