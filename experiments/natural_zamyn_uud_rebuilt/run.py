"""Runs the study: a rebuilt road port at Zamyn-Uud, and which assumed buildings give the hours that were measured."""

from functools import partial
from pathlib import Path

from sim.study.natural import Case, Measure, NaturalExperiment, Report, Words, add, mean_hours
from sim.views import verdicts

NO_LANES = "lanes and desks are not published"


def _building(lanes: int, desks: int) -> Words:
    return (f"port.facilities.gate.servers={lanes}", f"port.facilities.papers.servers={desks}")


ENDS = {
    "papers take 6 min, not 8": ("port.facilities.papers.service.mean_min=6",),
    "papers take 10 min": ("port.facilities.papers.service.mean_min=10",),
    "1 % are opened, not 5 %": ("port.selections.opening.rate=0.01",),
    "400 lorries a day, not 331": ("demand.classes.truck.per_day=400",),
    "round the clock": ("port.hours.day.open=24/7",),
}
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {"5 desks, then 10": Case(_building(2, 5), _building(4, 10), ("stay", "waiting"), "zamyn_uud", ENDS)},
    {
        "stay": mean_hours("lorry into Mongolia", "class/truck"),
        "waiting": Measure("of it waiting", "h", add("class/truck/waiting")),
    },
    (
        Report("5 desks, then 10", "stay", "before", 6, 7, "6.6 h in 2021 (N051)", NO_LANES),
        Report("5 desks, then 10", "stay", "after", 1.5, 2.5, "2 h in 2023 (N053)", NO_LANES),
        Report("5 desks, then 10", "stay", "change", -75, -65, "6.6 to 2 h (N051, N053)", NO_LANES),
    ),
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
