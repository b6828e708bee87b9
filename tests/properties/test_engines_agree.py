"""The compiled engine does to every program what the reference does, to the last bit."""

import numpy as np
from hypothesis import given, settings

from sim.kernel import ENGINES, Gridlock, Program, Trace
from sim.kernel.gridlock import check_gridlock
from tests.properties.programs import AWKWARD, programs

OTHERS = [engine for engine in ENGINES if engine != "simpy"]


def explain(program: Program, trace: Trace) -> str:
    try:
        check_gridlock(program, trace)
    except Gridlock as gridlock:
        return str(gridlock)
    return ""


def assert_engines_agree(program: Program) -> None:
    reference = ENGINES["simpy"](program)
    for engine in OTHERS:
        trace = ENGINES[engine](program)
        assert np.array_equal(reference.began_min, trace.began_min, equal_nan=True)
        assert np.array_equal(reference.ended_min, trace.ended_min, equal_nan=True)
        assert np.array_equal(reference.fate, trace.fate)
        assert explain(program, reference) == explain(program, trace)


@settings(max_examples=300)
@given(program=programs())
def test_engines_agree_where_ties_are_frequent(program):
    assert_engines_agree(program)


@settings(max_examples=300)
@given(program=programs(grid=AWKWARD))
def test_engines_agree_where_sums_round(program):
    assert_engines_agree(program)


@settings(max_examples=150)
@given(program=programs(grid=AWKWARD, endless=True))
def test_engines_agree_on_whether_the_rest_is_stuck(program):
    assert_engines_agree(program)
