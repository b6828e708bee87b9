"""Runs the study: what passes Horgos road a day after 24 h service and the e-queue, against what was reported."""

from functools import partial
from pathlib import Path

from sim.study.natural import Case, NaturalExperiment, Report, Words, truck_crossings
from sim.views import verdicts

BEFORE = (
    # four times the trucks of 2025 in the same proportions, assumed; no cars, which have lanes of their own
    "demand.classes.export_truck.per_day=1004",
    "demand.classes.enter_empty_and_load.per_day=536",
    "demand.classes.import_truck.per_day=1000",
    "demand.classes.export_car.per_day=0",
    "port.facilities.neighbour_exit.quota_per_day=null",  # quotas were agreed in 2025 only (N126)
)
ALL_DAY = "policy=[hours_24x7]"


def _equeue(imports: int, empties: int) -> Words:
    """Return words for so many slots an hour; who misses one, and how punctual they are, is assumed."""
    terms = "{{hours: neighbour, slot_min: 60, places_per_slot: {}, deviation_sd_min: 20, no_show: 0.05}}"
    return (
        f"+demand.classes.import_truck.appointments={terms.format(imports)}",
        f"+demand.classes.enter_empty_and_load.appointments={terms.format(empties)}",
    )


ENDS = {
    "neighbour 8 h before (N140)": ('port.hours.neighbour.open="Mo-Su 08:00-12:00,13:00-17:00"',),
    "a quota of 650 in (N126)": ("port.facilities.neighbour_exit.quota_per_day=650",),
    "30 trucks side by side at Nur Zholy, not 60": ("port.facilities.neighbour_entry.servers=30",),
    "120 trucks side by side at Nur Zholy": ("port.facilities.neighbour_entry.servers=120",),
    "two machine checks each way, not one": (
        "port.facilities.scanner_export.servers=2",
        "port.facilities.scanner_import.servers=2",
    ),
}
READ = ("crossings",)
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        "24 h and e-queue": Case(BEFORE, (*BEFORE, ALL_DAY, *_equeue(26, 14)), READ, "horgos_road", ENDS),
        "24 h alone": Case(BEFORE, (*BEFORE, ALL_DAY), READ, "horgos_road"),
        "24 h with the staff of 12 h": Case(BEFORE, (*BEFORE, "policy=[hours_24x7_same_staff]"), READ, "horgos_road"),
        "e-queue alone, 40 slots an hour": Case(
            (*BEFORE, ALL_DAY), (*BEFORE, ALL_DAY, *_equeue(26, 14)), READ, "horgos_road"
        ),
        "e-queue alone, 30 slots an hour": Case(
            (*BEFORE, ALL_DAY), (*BEFORE, ALL_DAY, *_equeue(20, 10)), READ, "horgos_road"
        ),
    },
    {"crossings": truck_crossings()},
    (
        Report("24 h and e-queue", "crossings", "before", 550, 650, "about 600 before (N131)"),
        Report("24 h and e-queue", "crossings", "after", 1150, 1250, "1,200 after (N131)"),
        Report("24 h and e-queue", "crossings", "change", 77, 127, "doubled, 600 to 1,200 (N131)"),
        Report("24 h alone", "crossings", "change", 77, 127, "doubled, with an e-queue (N131)"),
        Report("24 h with the staff of 12 h", "crossings", "change", 77, 127, "doubled (N131), same staff (N112)"),
    ),
    "week",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
