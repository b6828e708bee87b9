"""Targeting: how often those who are opened have something wrong, and how many of these are opened.

Violations and selections are the tails of two standard normals whose correlation is visibility x
sqrt(selection_correlation): P(both) = P(X > z1, Y > z2), a bivariate normal integral (Li 2000, "On default
correlation: a copula function approach"). The hit rate is P(both) / P(opened), detection P(both) / P(violation).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.luck import Luck
from sim.port.selection import draw_selections, draw_violations
from tests.unit.small_port import arrive_at
from tests.unit.tiny import tiny_scenario

RATE, WRONG, VEHICLES = 0.1, 0.05, 40_000
CONSTANT = {"kind": "constant", "mean_min": 1}
EXAMINATION = {"agency": "customs", "selected_by": "machine", "bays": 9, "minutes": CONSTANT}
SITE = {"label": "site", "label_zh": "查验", "hours": "day", "overlap": 0.5, "presentation": CONSTANT}


def draw(correlation, visibility, rate=RATE, wrong=WRONG, vehicles=VEHICLES):
    """Return who is opened and who has something wrong."""
    scenario = tiny_scenario(
        **{
            "port.selections.machine.rate": rate,
            "port.selection_correlation": correlation,
            "port.violations": {"rate": wrong, "visibility": visibility},
            "port.inspection_sites": {"site": SITE | {"examinations": {"customs": EXAMINATION}}},
            "port.routes.out.through": ["gate", "site"],
        }
    )
    movements, luck = arrive_at(scenario, {"truck": range(vehicles)}), Luck(1, 0)
    return draw_selections(scenario, movements, luck)["machine"][0], draw_violations(scenario, movements, luck)


def assert_count_is(count, expected, of, tests):
    """Binomial bounds at 99.9 % over this many tests."""
    low, high = stats.binom.ppf([0.0005 / tests, 1 - 0.0005 / tests], of, expected)
    assert low <= count <= high


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("visibility", [0.0, 0.5, 1.0])
def test_opened_with_something_wrong_are_the_bivariate_normal_integral(correlation, visibility):
    opened, wrong = draw(correlation, visibility)
    together = visibility * np.sqrt(correlation)
    both = stats.multivariate_normal(cov=[[1, together], [together, 1]]).cdf(stats.norm.ppf([RATE, WRONG]))
    assert_count_is(wrong.sum(), WRONG, VEHICLES, 27)
    assert_count_is((opened & wrong).sum(), both, VEHICLES, 27)
    assert_count_is((opened & wrong).sum(), both / RATE, opened.sum(), 27)  # the hit rate


@pytest.mark.parametrize(("correlation", "visibility"), [(0.0, 1.0), (0.9, 0.0)])
def test_blind_luck_hits_as_often_as_there_is_something_wrong(correlation, visibility):
    opened, wrong = draw(correlation, visibility)
    assert_count_is((opened & wrong).sum(), WRONG, opened.sum(), 2)


@given(
    low=st.floats(0.0, 1.0),
    more=st.floats(0.0, 1.0),
    correlation=st.floats(0.0, 0.99),
    visibility=st.floats(0.0, 1.0),
)
@settings(max_examples=20)
def test_higher_rate_never_lowers_detection(low, more, correlation, visibility):
    few, wrong = draw(correlation, visibility, low, vehicles=1_000)
    many, same = draw(correlation, visibility, min(low + more, 1.0), vehicles=1_000)
    assert np.array_equal(wrong, same)
    assert not (few & wrong & ~many).any()


@given(low=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0), visibility=st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_more_violations_are_those_there_were_and_others(low, more, visibility):
    (_, few), (_, many) = (draw(0.3, visibility, wrong=rate, vehicles=1_000) for rate in (low, min(low + more, 1.0)))
    assert not (few & ~many).any()
