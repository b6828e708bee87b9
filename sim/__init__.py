"""kouan (口岸, port of entry): discrete-event simulation of land-port throughput.

>>> import sim
>>> shorter = sim.load_scenario("port=horgos_road", "horizon=smoke")
>>> longer = sim.load_scenario("port=horgos_road", "horizon=smoke", "policy=[hours_24x7]")
>>> study = sim.replicate({"baseline": shorter, "24/7": longer}, replications=2)
>>> table = sim.compare(study.outcomes, "baseline", "24/7")
>>> differences = sim.tabulate(study, ["class/export_truck/release_mean"])
"""

import os
from importlib import import_module
from typing import Any

# NumPy asks for huge pages for large arrays; finding and clearing them took a fifth of the time of a
# year of Horgos. Read when NumPy is first imported; set it to 1 to have them.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")

_VERBS = {
    "load_scenario": ("sim.scenario.load", "load_scenario"),
    "simulate": ("sim.study.replication", "simulate_once"),
    "replicate": ("sim.study.replication", "replicate_scenarios"),
    "compare": ("sim.study.comparison", "compare_scenarios"),
    "tabulate": ("sim.views.side_by_side", "tabulate_differences"),
    "sweep": ("sim.verbs.sweep", "run_study"),
    "show": ("sim.views.notebook", "show_figure"),
    "summarise": ("sim.study.comparison", "summarise"),
    "Study": ("sim.study.replication", "Study"),
    "check": ("sim.study.checks", "check_study"),
}
__all__ = [
    "Study",
    "check",
    "compare",
    "load_scenario",
    "replicate",
    "show",
    "simulate",
    "summarise",
    "sweep",
    "tabulate",
]


def __getattr__(name: str) -> Any:
    """Import a public verb when it is first used, so that `import sim` is quick."""
    if name not in _VERBS:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    module, attribute = _VERBS[name]
    return getattr(import_module(module), attribute)
