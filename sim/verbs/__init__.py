"""What a user types after `kouan` beside a study: one function for each verb."""

from collections.abc import Callable

from rich.console import Console

from sim.verbs.check import check_baseline
from sim.verbs.decide import compare_points, select_point
from sim.verbs.event_logs import show_release_times, write_events
from sim.verbs.frontier import show_frontier
from sim.verbs.library import show_facts, show_policies, show_ports
from sim.verbs.matters import show_what_matters
from sim.verbs.plans import draw_port, show_feasibility
from sim.verbs.report import write_report
from sim.verbs.runs import explain_run, show_run
from sim.verbs.search import search_study
from sim.verbs.sweep import sweep_study

VERBS: dict[str, Callable[[Console, list[str]], None]] = {
    "ports": show_ports,
    "policies": show_policies,
    "facts": show_facts,
    "feasibility": show_feasibility,
    "draw": draw_port,
    "frontier": show_frontier,
    "sweep": sweep_study,
    "report": write_report,
    "compare": compare_points,
    "select": select_point,
    "search": search_study,
    "matters": show_what_matters,
    "show": show_run,
    "explain": explain_run,
    "check": check_baseline,
    "events": write_events,
    "release-times": show_release_times,
}

__all__ = ["VERBS"]
