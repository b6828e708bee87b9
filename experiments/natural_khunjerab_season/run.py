"""Runs the study: freight of December at Khunjerab, closed in winter and open all year."""

from functools import partial
from pathlib import Path

from sim.study.natural import INPUT, Case, Known, Measure, NaturalExperiment, Report
from sim.views import verdicts

DECEMBER = ("horizon.start=2025-11-28", "horizon.warmup_days=4")  # measured from 2 December
CLOSED = ('port.hours.china.season="Apr 01-Nov 30"',)  # N179
FLOOD = tuple(
    f"demand.classes.{name}.per_day=200" for name in ("export_truck", "enter_empty_and_load", "import_truck")
)  # assumed: far more than can pass
TONNES, DAYS = 3.7, 31.0  # derived: N178, 40,900 t in 11,000 vehicles


def _crossings(known: Known) -> float:
    """Return crossings a day; who enters empty crosses twice."""
    per_day = {"export_truck": 1, "import_truck": 1, "enter_empty_and_load": 2}
    return sum(times * known[f"class/{name}/released_per_day"] for name, times in per_day.items())


ENDS = {
    "5 trucks side by side in Sost, not 10": ("port.facilities.neighbour_entry.servers=5",),
    "20 trucks side by side in Sost": ("port.facilities.neighbour_entry.servers=20",),
    "our day 5 h, not 9": ('port.hours.china.open="Mo-Su 12:00-17:00"',),
}
TODAY, MOST = "open in December, traffic of summer 2024", "open in December, more than can pass"
READ = ("tonnes", "crossings")
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        TODAY: Case((*DECEMBER, *CLOSED), DECEMBER, READ, "khunjerab"),
        MOST: Case((*DECEMBER, *CLOSED, *FLOOD), (*DECEMBER, *FLOOD), READ, "khunjerab", ENDS),
    },
    {
        "tonnes": Measure("freight in December", "t", lambda known: TONNES * DAYS * _crossings(known)),
        "crossings": Measure("vehicles across the border, both ways", "vehicles/day", _crossings),
    },
    (
        Report(TODAY, "tonnes", "before", 0, 0, "0 in December before 2024 (N180)", INPUT),
        Report(TODAY, "tonnes", "after", 11500, 12500, "12,000 t in December 2025 (N180)", "what comes is an input"),
        Report(MOST, "tonnes", "after", 11500, float("inf"), "12,000 t have passed (N180)"),
    ),
    "fortnight",
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
