"""Runs the study: what it costs when two customs no longer check lorries together, at Lao Bao."""

from functools import partial
from math import nan
from pathlib import Path

from sim.study.natural import Case, Measure, NaturalExperiment, Report, add, mean_hours
from sim.views import verdicts

ENDED = ("port.inspection_sites.check.mode=sequential",)
BAYS = "port.inspection_sites.check.examinations"
ENDS = {
    "no overlap even together": ("port.inspection_sites.check.overlap=0",),
    "100 lorries a day": ("demand.classes.truck.per_day=100",),
    "200 lorries a day": ("demand.classes.truck.per_day=200",),
    "6 bays of each": (f"{BAYS}.vietnam.bays=6", f"{BAYS}.laos.bays=6"),
    "one in four is checked by each": ("port.selections.vietnam.rate=0.25", "port.selections.laos.rate=0.25"),
    "presenting takes 10 of the 15 min": (
        "port.inspection_sites.check.presentation.mean_min=10",
        f"{BAYS}.vietnam.minutes.mean_min=4",
        f"{BAYS}.laos.minutes.mean_min=4",
    ),
}
SITE = [f"step/truck/check.{each}" for each in ("joint", "vietnam", "laos")]
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {"the one stop ends": Case((), ENDED, ("stay", "work", "within"), "lao_bao", ENDS)},
    {
        "stay": mean_hours("lorry at the port", "class/truck"),
        "work": Measure(
            "check of a lorry, without waiting",
            "min",
            lambda known: 60.0 * sum(known.get(f"{station}/processing", 0.0) for station in SITE),
        ),
        "within": Measure("released within 24 h", "share", add("class/truck/released_within_24h")),
    },
    (
        Report("the one stop ends", "work", "before", 13.5, 16.5, "15 min together (N204)", "it is an input"),
        Report("the one stop ends", "stay", "difference", nan, nan, "ended in June 2025 (N204)", "no effect reported"),
    ),
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
