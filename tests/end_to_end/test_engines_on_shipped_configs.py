"""Both engines return the same trace, bit for bit, for every shipped port and policy."""

import numpy as np
import pytest

from sim.demand import sample_movements
from sim.kernel import ENGINES
from sim.luck import Luck
from sim.port import plan_program
from sim.scenario.load import load_scenario, shipped

PORTS = sorted(path.stem for path in shipped("configs/port").glob("*.yaml"))
POLICIES = ["", *sorted(path.stem for path in shipped("configs/policy").glob("*.yaml"))]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("port", PORTS)
def test_engines_agree_to_the_last_bit(port, policy):
    scenario = load_scenario(f"port={port}", "horizon=smoke", f"policy=[{policy}]")
    luck = Luck(seed=5, replication=2)
    program = plan_program(scenario, sample_movements(scenario, luck), luck).program
    reference, compiled = (ENGINES[name](program) for name in ("simpy", "compiled"))
    for column in ("began_min", "ended_min", "fate"):
        np.testing.assert_array_equal(getattr(reference, column), getattr(compiled, column), strict=True)
