"""Runs the study: export cars at Horgos before and after the smart gate, against what was reported."""

from functools import partial
from math import inf
from pathlib import Path

from sim.study.natural import Case, NaturalExperiment, Report, mean_hours
from sim.views import verdicts

GATE = "port.facilities.car_gate_export.service.mean_min="
BY_HAND = f"{GATE}1.5"  # N281: 90 s for a gate with a clerk, a vendor's number; after is N197 as in configs
ALL_DAY = "policy=[hours_24x7]"  # N110: since August 2023
READ = ("stay",)
ENDS = {
    "one lane at the gate, not two": ("port.facilities.car_gate_export.servers=1",),
    "one lane of border police, not three": ("port.facilities.border_police_car.servers=1",),
    "5 h to unload and line up, not 0.5": ("port.facilities.car_yard.service.mean_min=300",),
}
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        "smart gate, 24 h": Case((BY_HAND, ALL_DAY), (ALL_DAY,), READ, "horgos_road", ENDS),
        "smart gate, 24 h; 3 min at the gate before": Case((f"{GATE}3", ALL_DAY), (ALL_DAY,), READ, "horgos_road"),
        "smart gate, 12 h": Case((BY_HAND,), (), READ, "horgos_road"),
        "smart gate, 12 h, and then 24 h": Case((BY_HAND,), (ALL_DAY,), READ, "horgos_road"),
    },
    {
        "stay": mean_hours("car on our side", "class/export_car"),
    },
    (
        Report("smart gate, 24 h", "stay", "before", 30, inf, "30 h and more before (N119)"),
        Report("smart gate, 24 h", "stay", "after", 0, 5, "less than 5 h after (N120)"),
        Report("smart gate, 24 h; 3 min at the gate before", "stay", "before", 30, inf, "30 h and more (N119)"),
        Report("smart gate, 12 h", "stay", "before", 30, inf, "30 h and more before (N119)"),
        Report("smart gate, 12 h", "stay", "after", 0, 5, "less than 5 h after (N120)"),
    ),
    "fortnight",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
