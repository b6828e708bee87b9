"""What happened, read from the trace after the run: visits, and the outcomes measured on them."""

from sim.outcomes.measure import OUTCOME_COLUMNS, measure_outcomes
from sim.outcomes.series import Series, read_series
from sim.outcomes.visits import Visits, read_visits

__all__ = ["OUTCOME_COLUMNS", "Series", "Visits", "measure_outcomes", "read_series", "read_visits"]
