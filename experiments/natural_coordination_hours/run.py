"""Runs the study: what more passes a day if both sides keep the same hours, against what officials expect."""

from functools import partial
from math import inf
from pathlib import Path

from sim.study.natural import Case, Measure, NaturalExperiment, Report, Words, add, truck_crossings
from sim.views import verdicts


def _flood(export: int, empty: int, imports: int) -> Words:
    """Return words for four times the trucks of configs in the same proportions, assumed."""
    per_day = {"export_truck": export, "enter_empty_and_load": empty, "import_truck": imports}
    return tuple(f"demand.classes.{name}.per_day={4 * number}" for name, number in per_day.items())


NO_CARS = ("demand.classes.export_car.per_day=0",)  # they have lanes of their own
FLOOD = (
    *_flood(251, 134, 250),
    *NO_CARS,
    "port.facilities.neighbour_exit.quota_per_day=null",  # what is agreed at Horgos (N126) is no limit elsewhere
)
ALASHANKOU, BAKHTU = _flood(125, 67, 125), (*_flood(125, 67, 125), *NO_CARS)  # Bakhtu has as many lanes
NO_ROOM = (  # no more than those who are being served stand between the gates
    "port.facilities.neighbour_entry.places=60",
    "port.facilities.border_police_import.places=2",
)
ENDS = {
    "no room between the gates": NO_ROOM,
    "room for 600 between the gates": (
        "port.facilities.neighbour_entry.places=600",
        "port.facilities.border_police_import.places=600",
    ),
    "30 min at Nur Zholy (N143), not 90": (
        "port.facilities.neighbour_entry.service.mean_min=30",
        "port.facilities.neighbour_entry.servers=20",
    ),
    "30 min at Nur Zholy and no room": (
        "port.facilities.neighbour_entry.service.mean_min=30",
        "port.facilities.neighbour_entry.servers=20",
        "port.facilities.neighbour_entry.places=20",
        "port.facilities.border_police_import.places=2",
    ),
    "two machine checks each way, not one": (
        "port.facilities.scanner_export.servers=2",
        "port.facilities.scanner_import.servers=2",
    ),
}
ALIGNED = "policy=[neighbour_aligned]"
KAZAKH_DAY = 'port.hours.china.open="Mo-Su 10:00-22:00"'  # N140: 07:00-19:00 on the Kazakh clock
SHORT_DAY = 'port.hours.china.open="Mo-Su 10:00-19:00"'  # the nine hours in which both are open today
EXPECTED = "at least +20 %, an estimate (N139)"
READ = ("crossings", "waiting_between")
CASES = {
    "neighbour keeps our hours": Case(FLOOD, (*FLOOD, ALIGNED), READ, "horgos_road", ENDS),
    "we keep the neighbour's hours": Case(FLOOD, (*FLOOD, KAZAKH_DAY), READ, "horgos_road"),
    "we open late, then keep the neighbour's hours": Case(
        (*FLOOD, SHORT_DAY), (*FLOOD, KAZAKH_DAY), READ, "horgos_road"
    ),
    "Alashankou, neighbour keeps our hours": Case(ALASHANKOU, (*ALASHANKOU, ALIGNED), READ, "alashankou_road"),
    "Bakhtu, neighbour keeps our hours": Case(BAKHTU, (*BAKHTU, ALIGNED), READ, "bakhtu"),
}
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    CASES,
    {
        "crossings": truck_crossings(),
        "waiting_between": Measure(
            "trucks that wait between the gates",
            "trucks",
            add("station/neighbour_entry/queue_mean", "station/border_police_import/queue_mean"),
        ),
    },
    tuple(Report(name, "crossings", "change", 20, inf, EXPECTED) for name in CASES),
    "week",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
