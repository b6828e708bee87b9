"""Runs the study: boxes hoisted over in 20 minutes instead of 40 at Horgos, and what queues add to that."""

from functools import partial
from pathlib import Path

from sim.study.natural import INPUT, Case, Measure, NaturalExperiment, Report, add, mean_hours
from sim.views import verdicts

YARD = "port.terminals.transload_yard"
LIFT = f"{YARD}.lift_by_class.export_box.mean_min="
BEFORE = (f"{LIFT}40",)  # N125: as loose cargo; after is 20 min as in configs
READ = ("lift", "box_truck", "loose_truck", "collector", "cargo", "hoists")
ENDS = {
    "26 hoists, not 20": (f"{YARD}.cranes=26",),
    "16 hoists": (f"{YARD}.cranes=16",),
    "30 boxes a day (N125), not 90": ("demand.classes.transload_box_truck.per_day=30",),
    "130 boxes a day, 40 from loose cargo": (
        "demand.classes.transload_box_truck.per_day=130",
        "demand.classes.transload_loose_truck.per_day=79",
    ),
    "yard round the clock, not 14 h": ("port.hours.transload.open=24/7",),
}
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {"40 min, then 20": Case(BEFORE, (), READ, "horgos_transload", ENDS)},
    {
        "lift": Measure(
            "box under the hoist, each time",
            "min",
            lambda known: 60.0 * known["passage/export_box/transload_yard.lift_on/processing"],
        ),
        "box_truck": mean_hours("Chinese truck with a box", "class/transload_box_truck"),
        "loose_truck": mean_hours("Chinese truck with loose cargo", "class/transload_loose_truck"),
        "collector": mean_hours("Kazakh truck for a box, both sides", "class/box_collector", "crossing_mean"),
        "cargo": mean_hours("box on our side", "class/export_box"),
        "hoists": Measure("use of the hoists", "share", add("terminal/transload_yard/crane_utilisation")),
    },
    (
        Report("40 min, then 20", "lift", "change", -52.5, -47.5, "about 50 % less (N125)", INPUT),
        Report("40 min, then 20", "box_truck", "change", -52.5, -47.5, "if N125 meant the truck's stay"),
    ),
    "fortnight",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
