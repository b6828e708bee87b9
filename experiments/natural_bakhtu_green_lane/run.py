"""Runs the study: produce at Bakhtu before and after the green lane, against what was reported."""

from functools import partial
from pathlib import Path

from sim.study.natural import Case, NaturalExperiment, Report, mean_hours
from sim.views import verdicts

DECEMBER = (  # N154, from 1 to 14 December, before the holidays; that no cars went out in 2013 is assumed
    "horizon.start=2025-11-24",
    "horizon.warmup_days=7",
    "demand.classes.export_car.per_day=0",
)
GREEN = (  # a lane of its own and first in every queue
    *DECEMBER,
    "demand.classes.produce_truck.route=produce_green",
    "demand.classes.produce_truck.priority=0",
)
LABORATORY = "port.facilities.laboratory.service.mean_min="
WHEN = "demand.profiles.outbound.by_hour"
ENDS = {
    "laboratory 12 h, not 1": (f"{LABORATORY}720",),
    "laboratory 36 open hours": (f"{LABORATORY}2160", "port.facilities.laboratory.at_closing=freeze"),
    "September, the peak month": ("horizon.start=2025-09-01",),
    "trucks come from 07:00 to 17:00 only": (f"{WHEN}=[0,0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0]",),
    "our side round the clock, not 12 h": ("port.hours.china.open=24/7",),
}
LANE = "green lane"
EXPERIMENT = NaturalExperiment(
    Path(__file__).parent,
    {LANE: Case(DECEMBER, GREEN, ("produce", "other"), "bakhtu_produce", ENDS)},
    {
        "produce": mean_hours("produce truck on our side", "class/produce_truck"),
        "other": mean_hours("other export trucks on our side", "class/export_truck"),
    },
    (
        Report(LANE, "produce", "before", 66, 78, "72 h before (N154)"),
        Report(LANE, "produce", "after", 2.5, 3.5, "3 h after (N154)"),
    ),
    "fortnight",
)
run = partial(verdicts.run_and_draw, EXPERIMENT)
format_tables = partial(verdicts.format_tables, EXPERIMENT)

if __name__ == "__main__":
    verdicts.run_and_publish(EXPERIMENT)
