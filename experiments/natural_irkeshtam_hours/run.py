"""Runs the study: what passes Irkeshtam a day in 14 and in 24 hours, against the busiest days reported."""

from functools import partial
from math import inf
from pathlib import Path

from sim.study.natural import Case, NaturalExperiment, Report, Words, mean_hours, truck_crossings
from sim.views import verdicts

ALL_DAY, OURS_ALL_DAY = "policy=[hours_24x7]", "policy=[hours_24x7_china]"  # N159
KYRGYZ_14 = ('port.hours.neighbour.open="Mo-Su 07:00-21:00"',)  # our 14 hours (N158) on their clock
KYRGYZ_ALL_DAY = ("port.hours.neighbour.open=24/7",)
SAME_STAFF = ("port.hours.china.open=24/7", "+port.hours.china.rostered_h_per_day=14")


def _come(crossings: float) -> Words:
    """Return words for so many crossings a day, in the proportions of configs; who enters empty crosses twice."""
    share = crossings / 669.0  # N163
    per_day = {"export_truck": 218, "enter_empty_and_load": 117, "import_truck": 217}
    return tuple(f"demand.classes.{name}.per_day={number * share:.0f}" for name, number in per_day.items())


FLOOD = _come(2676)  # four times as many as came, assumed
ROOMY = "110 trucks side by side on the Kyrgyz side"
ENDS = {
    "50 trucks side by side on the Kyrgyz side, not 74": ("port.facilities.neighbour_entry.servers=50",),
    ROOMY: ("port.facilities.neighbour_entry.servers=110",),
    "twice the desks and machine checks on ours": (
        "port.facilities.permit_export.servers=4",
        "port.facilities.scanner_export.servers=2",
        "port.facilities.scanner_import.servers=2",
        "port.facilities.declaration_import.servers=8",
    ),
    "no room on the Kyrgyz side": ("port.facilities.neighbour_entry.places=74",),
}
READ, PORT = ("crossings",), "irkeshtam"
BOTH, FROM_14 = "24 h on both sides, theirs from 12", "24 h on both sides, theirs from 14"
OURS, TWO_MORE = "24 h on our side, theirs stay at 12", "24 h on our side, 14 instead of 12 on theirs"
STAFF, PEAK = "24 h on both sides, our staff of 14 h", "24 h on both sides, if 1,243 a day come"
GAIN = "+20.7 % (N161)"
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        BOTH: Case(FLOOD, (*FLOOD, ALL_DAY), READ, PORT, ENDS),
        FROM_14: Case((*FLOOD, *KYRGYZ_14), (*FLOOD, ALL_DAY), READ, PORT),
        OURS: Case(FLOOD, (*FLOOD, OURS_ALL_DAY), READ, PORT, {ROOMY: ENDS[ROOMY]}),
        TWO_MORE: Case(FLOOD, (*FLOOD, *KYRGYZ_14, OURS_ALL_DAY), READ, PORT),
        STAFF: Case(FLOOD, (*FLOOD, *SAME_STAFF, *KYRGYZ_ALL_DAY), READ, PORT),
        PEAK: Case(_come(1243), (*_come(1243), ALL_DAY), READ, PORT),
        "24 h on both sides, traffic of early 2025": Case((), (ALL_DAY,), (*READ, "stay", "both"), PORT),
    },
    {
        "crossings": truck_crossings("vehicles"),
        "stay": mean_hours("export truck on our side", "class/export_truck"),
        "both": mean_hours("import truck on both sides", "class/import_truck", "crossing_mean"),
    },
    (
        Report(
            BOTH,
            "crossings",
            "before",
            1030,
            inf,
            "busiest day about 1,030 (N161)",
            "the port was sized with this number",
        ),
        Report(BOTH, "crossings", "after", 1243, inf, "busiest day 1,243 after (N161)"),
        *(
            Report(name, "crossings", "change", 20.2, 21.2, GAIN)
            for name in (BOTH, FROM_14, OURS, TWO_MORE, STAFF, PEAK)
        ),
    ),
    "week",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
