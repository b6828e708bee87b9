"""Who comes and when: the scenario's demand and a replication's luck become movements."""

from sim.demand.arrivals import sample_movements
from sim.demand.movements import Movements

__all__ = ["Movements", "sample_movements"]
