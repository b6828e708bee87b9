"""Studies: replications, their intervals, and comparisons of policies under the same luck."""

from sim.study.comparison import compare_scenarios, summarise
from sim.study.replication import Run, Study, replicate_scenarios, simulate_once

__all__ = ["Run", "Study", "compare_scenarios", "replicate_scenarios", "simulate_once", "summarise"]
