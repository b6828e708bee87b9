"""Runs the study: exports declared before the truck comes, and fewer steps, against what was reported."""

from functools import partial
from math import nan
from pathlib import Path

from sim.study.natural import INPUT, Case, Measure, NaturalExperiment, Report, add, mean_hours
from sim.views import verdicts

PORT = "horgos_declared"
WORDS = (
    "demand=horgos_road",
    "demand.classes.export_car.per_day=0",  # cars have lanes of their own
)
DECLARED = "port.facilities.declaration_export.service.mean_min="
ALL_DAY = "hours_24x7"  # N110: since August 2023
TODAY = (*WORDS, f"policy=[{ALL_DAY}]")
AHEAD = (*WORDS, f"policy=[{ALL_DAY},pre_arrival_declaration]")
ENDS = {
    "1 % are opened (N308), not 3": ("port.selections.opening_export.rate=0.01",),
    "5 % are opened": ("port.selections.opening_export.rate=0.05",),
    "all are looked at by machine, not a quarter": ("port.selections.machine_export.rate=1.0",),
    "two machine checks, not one": ("port.facilities.scanner_export.servers=2",),
}
PARTS = ("waiting", "processing", "blocked")
READ = ("customs", "stay", "permit", "import")
AHEAD_OF_3, AHEAD_OF_6 = (f"declared at the port in {hours} h, then ahead" for hours in (3, 6))
ONE_HOUR = "declared at the port in 3 h, then in 1 h"
STEPS = "a number of steps is no time"
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        AHEAD_OF_3: Case(TODAY, (*AHEAD, f"{DECLARED}1"), READ, PORT, ENDS),
        AHEAD_OF_6: Case((*TODAY, f"{DECLARED}360"), (*AHEAD, f"{DECLARED}1"), READ, PORT),
        ONE_HOUR: Case(TODAY, (*AHEAD, f"{DECLARED}60"), READ, PORT),
        "declared ahead, 12 h a day": Case(
            WORDS, (*WORDS, f"{DECLARED}1", "policy=[pre_arrival_declaration]"), READ, PORT
        ),
    },
    {
        "customs": Measure(
            "customs hours of an export truck",
            "h",
            add(*(f"agency/export_truck/customs/{part}" for part in PARTS)),
            "class/export_truck",
        ),
        "stay": mean_hours("export truck on our side", "class/export_truck"),
        "permit": Measure("permit check of a truck", "min", add("station/permit_export/processing")),
        "import": mean_hours("import truck on our side", "class/import_truck"),
    },
    (
        Report(AHEAD_OF_3, "customs", "before", 5.5, 6.5, "6 h before (N123)"),
        Report(AHEAD_OF_3, "customs", "after", 0.5, 1.5, "1 h after (N123)"),
        Report(AHEAD_OF_6, "customs", "before", 5.5, 6.5, "6 h before (N123)", INPUT),
        Report(ONE_HOUR, "customs", "difference", -2.5, -1.5, "3 to 1 h (N124)", INPUT),
        Report(ONE_HOUR, "customs", "after", 0.5, 1.5, "1 h after (N123)"),
        Report(AHEAD_OF_3, "permit", "after", 0.45, 0.55, "30 s (N111)", INPUT),
        Report(ONE_HOUR, "stay", "difference", nan, nan, "12 to 4 steps (N122)", STEPS),
        Report(ONE_HOUR, "import", "difference", nan, nan, "9 to 4 steps (N121)", STEPS),
    ),
    "fortnight",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
