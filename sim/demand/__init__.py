"""Who comes and when: the scenario's demand and a replication's luck become movements."""

from sim.demand.movements import Movements, sample_movements

__all__ = ["Movements", "sample_movements"]
