"""What happened, read from the trace after the run: visits, and the outcomes measured on them."""

from sim.outcomes.boarding import read_boarding
from sim.outcomes.curves import read_curves
from sim.outcomes.measure import OUTCOME_COLUMNS, measure_outcomes
from sim.outcomes.roads import RoadSeries, read_road_series
from sim.outcomes.series import Series, read_series
from sim.outcomes.terminals import hours_in_store
from sim.outcomes.use_by_hour import UseByHour, read_use_by_hour
from sim.outcomes.visits import Visits, read_visits

__all__ = [
    "OUTCOME_COLUMNS",
    "RoadSeries",
    "Series",
    "UseByHour",
    "Visits",
    "hours_in_store",
    "measure_outcomes",
    "read_boarding",
    "read_curves",
    "read_road_series",
    "read_series",
    "read_use_by_hour",
    "read_visits",
]
