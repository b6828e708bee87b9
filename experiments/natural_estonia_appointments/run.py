"""Runs the study: appointments at the Estonian border, where the wait went, and whether it became shorter."""

from functools import partial
from pathlib import Path

from sim.study.natural import Case, Measure, NaturalExperiment, Report, Words, add, mean_hours
from sim.views import verdicts

PARTS = ("driving", "waiting", "processing", "blocked")


def _call(vehicles: int) -> Words:
    """Return words for letting so many lorries past the waiting area; 4 of them are checked."""
    terms = f"{{label: called, label_zh: '叫号', after: waiting_area, until: border_post, vehicles: {vehicles}}}"
    return (f"+port.meters.called={terms}",)


READ = ("border", "port", "home", "lead", "passed")


def _slots(places: int) -> Words:
    """Return words for so many lorries in each slot of eight hours, who all come as booked: assumed."""
    terms = f"{{hours: always, slot_min: 480, places_per_slot: {places}, deviation_sd_min: 30, no_show: 0}}"
    return (f"+demand.classes.export_truck.appointments={terms}",)


def _minutes(mean: float) -> Words:
    return (f"port.facilities.border_post.service.mean_min={mean}",)


ENDS = {
    "the post passes 87.3 a day": _minutes(66),
    "the post passes 80.0 a day": _minutes(72),
    "days all alike": ("demand.classes.export_truck.day_cv=0",),
    "days differ twice as much": ("demand.classes.export_truck.day_cv=0.5",),
}
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {
        "called when there is room": Case((), _call(6), READ, "estonia", ENDS),
        "called, 4 let in": Case((), _call(4), READ, "estonia"),
        "called, 12 let in": Case((), _call(12), READ, "estonia"),
        "booked, 78 slots a day": Case((), _slots(26), READ, "estonia"),
        "booked, 81 slots a day": Case((), _slots(27), READ, "estonia", ENDS),
        "booked, 84 slots a day": Case((), _slots(28), READ, "estonia"),
    },
    {
        "border": Measure(
            "from the waiting area to the end of the check",
            "h",
            add(*(f"step/export_truck/border_post/{part}" for part in PARTS)),
            "class/export_truck",
        ),
        "port": mean_hours("in waiting area and border post", "class/export_truck"),
        "home": Measure("waiting at home for a slot", "h", add("class/export_truck/home_wait_mean")),
        "lead": mean_hours("from the wish to cross to the end", "class/export_truck", "wish_to_release_mean"),
        "passed": Measure("lorries a day", "lorries/day", add("class/export_truck/released_per_day")),
    },
    (
        Report(
            "called when there is room", "port", "before", 57.5, 62.5, "60 h before (N202)", "the load is not published"
        ),
        Report("called when there is room", "border", "after", 1, 2, "1–2 h after (N203)"),
        Report("called when there is room", "lead", "change", -5, 5, "lead time unchanged (N203)"),
        Report("called, 4 let in", "border", "after", 1, 2, "1–2 h after (N203)"),
        Report("called, 12 let in", "border", "after", 1, 2, "1–2 h after (N203)"),
        Report("booked, 81 slots a day", "port", "after", 1, 2, "1–2 h after (N203)"),
        Report("booked, 81 slots a day", "lead", "change", -5, 5, "lead time unchanged (N203)"),
    ),
    "year",
    10,
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
