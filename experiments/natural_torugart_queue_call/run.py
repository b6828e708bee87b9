"""Runs the study: a size scanner and a queue call at Torugart, against the two hours that they are said to save."""

from functools import partial
from pathlib import Path

from sim.study.natural import Case, NaturalExperiment, Report, Words, mean_hours
from sim.views import verdicts

CALL = (  # assumed: the first stop after the yard calls the next once 40 are between it and the gate
    "+port.meters.queue_call={label: queue call, label_zh: '排队叫号', after: collection_yard, until: national_gate, "
    "vehicles: 40}",
)
ENDS = {
    "one measuring lane, not two": ("port.facilities.scale_export.servers=1",),
    "1,000 vehicles a day (N173), not 629": tuple(
        f"demand.classes.{name}.per_day={number}"
        for name, number in (("export_truck", 326), ("enter_empty_and_load", 175), ("import_truck", 324))
    ),
    "neighbour round the clock, not 12 h": ("port.hours.neighbour.open=24/7",),
}


def _by_hand(minutes: float) -> Words:
    """Return words for measuring a truck by hand, assumed; with the scanner it is N171 as in configs."""
    return (f"port.facilities.scale_export.service.mean_min={minutes}",)


READ = ("stay", "empty")
SAVED = "−2 h (N172)"
LONG = "scanner, 4 min by hand before, and queue call"
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        "scanner, 2 min by hand before, and queue call": Case(_by_hand(2), CALL, READ, "torugart"),
        LONG: Case(_by_hand(4), CALL, READ, "torugart", ENDS),
        "scanner, 5 min by hand before, and queue call": Case(_by_hand(5), CALL, READ, "torugart"),
        "scanner, 6 min by hand before, and queue call": Case(_by_hand(6), CALL, READ, "torugart"),
        "queue call alone": Case((), CALL, READ, "torugart"),
    },
    {
        "stay": mean_hours("export truck on our side", "class/export_truck"),
        "empty": mean_hours("truck that enters empty and loads, on our side", "class/enter_empty_and_load"),
    },
    (
        Report("scanner, 2 min by hand before, and queue call", "stay", "difference", -2.5, -1.5, SAVED),
        Report(LONG, "stay", "difference", -2.5, -1.5, SAVED),
        Report("scanner, 5 min by hand before, and queue call", "stay", "difference", -2.5, -1.5, SAVED),
        Report("scanner, 6 min by hand before, and queue call", "stay", "difference", -2.5, -1.5, SAVED),
        Report("queue call alone", "stay", "difference", -2.5, -1.5, SAVED),
    ),
    "fortnight",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
