"""Breakdowns as drawn against renewal theory: the share of time in which a machine is up.

Up times exponential with mean 1 / f, repairs exponential with mean 1 / r: a machine that is up at minute 0 is up at t
with probability r / (f + r) + f / (f + r) exp(-(f + r) t) (Barlow and Proschan 1965, "Mathematical Theory of
Reliability", chapter 3), so that over (0, T) it is up for the share
    A + (1 - A) (1 - exp(-(f + r) T)) / ((f + r) T),   A = r / (f + r) = MTBF / (MTBF + MTTR).
A holds in the long run for every law of up times and repairs with these means (Ross 1996, "Stochastic Processes",
theorem 3.4.4). Where both pass on working time, these are shares of working time.
"""

import numpy as np
import pytest

from sim.disruptions import draw_disruptions
from sim.luck import Luck
from tests.theory.queueing import assert_mean_is
from tests.unit.tiny import tiny_scenario

EVERY_H, REPAIR_H, DAYS = 15.0, 6.0, 60


def up_shares(lasts, replications=40, days=DAYS, **clocks):
    """Return the share of hours `clock`, or of all, in which the scanner is up, of each replication."""
    breakdown = {"label": "it", "label_zh": "故障", "every_h": EVERY_H, "lasts": lasts, "out_of_order": {"scanner": 1}}
    scenario = tiny_scenario(
        **{"port.disruptions": {"it": breakdown | clocks}, "horizon.warmup_days": 0, "horizon.days": days}
    )
    opened = scenario.scheduled_open(clocks["clock"]) if clocks else np.array([[0.0, days * 1440.0]])
    shares = []
    for replication in range(replications):
        spans = np.array(draw_disruptions(scenario, Luck(1, replication)).port.disruptions["it"].spans_min)
        down = sum(np.clip(end, *opened.T).sum() - np.clip(begin, *opened.T).sum() for begin, end in spans)
        shares.append(1.0 - down / (opened[:, 1] - opened[:, 0]).sum())
    return shares


@pytest.mark.parametrize("clocks", [{}, {"clock": "day", "repair_clock": "day"}], ids=["always", "working time"])
def test_machine_is_up_for_the_share_of_an_alternating_renewal_process(clocks):
    rate = 1.0 / EVERY_H + 1.0 / REPAIR_H
    in_the_long_run = EVERY_H / (EVERY_H + REPAIR_H)
    hours = DAYS * (12.0 if clocks else 24.0)
    expected = in_the_long_run + (1.0 - in_the_long_run) * (1.0 - np.exp(-rate * hours)) / (rate * hours)
    assert_mean_is(up_shares({"kind": "exponential", "mean_min": 60.0 * REPAIR_H}, **clocks), expected)


def test_availability_is_that_of_the_means_whatever_the_law_of_repairs():
    """A start that is up adds less than 0.1 % in 400 days."""
    lasts = {"kind": "lognormal", "mean_min": 60.0 * REPAIR_H, "cv": 1.5}
    assert_mean_is(up_shares(lasts, days=400), EVERY_H / (EVERY_H + REPAIR_H), power=0.02)
