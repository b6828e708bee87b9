"""Both engines return the same trace, bit for bit, for every shipped port and every policy that applies to it."""

import numpy as np
import pytest

from sim.demand import sample_movements
from sim.kernel import ENGINES
from sim.luck import Luck
from sim.port import plan_program
from tests.shipped import FITTING, PORTS, apply, thin_out


@pytest.mark.parametrize(("port", "policy"), [*((port, "") for port in PORTS), *FITTING])
def test_engines_agree_to_the_last_bit(port, policy):
    scenario = thin_out(apply(port, *policy.split(), words=("horizon.warmup_days=0", "horizon.days=1")))
    luck = Luck(seed=5, replication=2)
    program = plan_program(scenario, sample_movements(scenario, luck), luck).program
    reference, compiled = (ENGINES[name](program) for name in ("simpy", "compiled"))
    for column in ("began_min", "ended_min", "fate"):
        np.testing.assert_array_equal(getattr(reference, column), getattr(compiled, column), strict=True)
