"""Conservation: runs account for everyone, and a run that does not is refused."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sim.kernel.trace import Fate
from sim.study.conservation import LostVehicles, check_conservation, count_fates, describe_account
from tests.unit.rail_port import rail_scenario, simulate
from tests.unit.small_port import line_of_posts, measure, post, visit

PORT = line_of_posts(gate=post(600.0))
"""A gate of ten hours: of four trucks that come in the first hour, two have left after a day and one is inside."""
MINUTES = (0.0, 10.0, 20.0, 30.0)


def test_every_vehicle_is_accounted_for():
    check_conservation(PORT, visit(PORT, *MINUTES))


def test_cargo_that_is_aboard_has_finished_and_not_left():
    scenario = rail_scenario()
    check_conservation(scenario, simulate(scenario)[1])


@pytest.mark.parametrize("fate", [Fate.NOT_ARRIVED, Fate.INSIDE])
def test_vehicle_that_is_lost_is_named(fate):
    visits = visit(PORT, *MINUTES)
    fates = visits.fate.copy()
    fates[np.flatnonzero(fates == Fate.FINISHED)[0]] = fate
    with pytest.raises(LostVehicles, match="internal error: truck: "):
        check_conservation(PORT, replace(visits, fate=fates))


def test_account_of_a_run_adds_up_in_words():
    outcomes = measure(PORT, *MINUTES).select(
        pl.lit("today").alias("scenario"), pl.lit(0).alias("replication"), pl.all()
    )
    counts = count_fates(outcomes, "vehicles")["today"]
    assert describe_account(counts) == "4 arrived = 2 finished + 1 inside + 1 not admitted"
    assert count_fates(outcomes, "units") == {"today": {}}
