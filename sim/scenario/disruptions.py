"""Disruptions as data: when something goes wrong or happens, for how long, and what it touches."""

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.distributions import Constant, Minutes
from sim.scenario.fields import Clock, Count, CountFromZero, Day, Share, Weight, some_weight

if TYPE_CHECKING:
    from sim.scenario.schema import Horizon

Spans = tuple[tuple[float, float], ...]
EFFECTS = ("shuts", "out_of_order", "lanes_closed", "surge")
"""What a disruption may do, besides slowing roads down."""


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_several)]


class Disruption(Frozen):
    """Something that goes wrong, or happens, for a while: weather, an accident, an outage, a surge (Art. 39, 40).

    When, one of:

    * `day` or `date`, `at` a clock time: once, with a `probability`.
    * `days_per_year`: on days at random, at any minute of the day.
    * `every_h`: breakdowns. Hours from the end of one to the beginning of the next are exponential, and pass on the
      `clock` of named service hours, as they are scheduled, or always. They cannot pass while a machine is busy:
      when it breaks down would then depend on the traffic, and so on the policy, and a difference between two
      policies would be luck in part. Breakdowns are drawn before the run, so their time is scheduled time.

    How long is `lasts`; repairs may pass on a clock of their own. All of it is drawn from luck that depends on the
    name of the disruption alone: the k-th breakdown has the same time before it and the same repair under every
    policy. Where several do the same at one time, closed lanes and servers add up and factors multiply; one that
    lasts until after it happens again counts once.
    """

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    day: Count | None = Field(None, description="measured day on which it begins; 1 is the first after the warm-up")
    date: Day | None = Field(None, description="or the date, on the port's calendar")
    at: Clock = Field("00:00", description="such as '10:00', on the port's clock; for day and date")
    probability: Share = Field(1.0, description="that it happens at all; for day and date")
    days_per_year: float | None = Field(None, ge=0, le=366, description="days on which it happens")
    by_month: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] = Field(
        (1.0,) * 12, min_length=12, max_length=12, description="weights from January, for days_per_year; ratios count"
    )
    every_h: float | None = Field(None, ge=1, description="mean hours between breakdowns, repairs not counted")
    clock: str | None = Field(None, description="service hours in which these hours pass; None: always")
    lasts: Minutes = Field(description="how long it lasts, or its repair takes")
    repair_clock: str | None = Field(None, description="service hours in which repairs go on; None: always")
    shuts: Names = Field((), description="names of service hours that are closed meanwhile")
    out_of_order: dict[str, Count | Literal["all"]] = Field(
        {}, description="servers of facilities, or cranes of terminals, that begin no work meanwhile"
    )
    links: Names = Field((), description="roads that are touched, or all")
    lanes_closed: CountFromZero = Field(0, description="lanes closed at the end of each of these roads")
    speed_factor: float = Field(1.0, gt=0, le=1, description="of the free-flow speed")
    capacity_factor: float = Field(1.0, gt=0, le=1, description="of the capacity")
    surge: dict[str, Annotated[float, Field(ge=0, le=20)]] = Field(
        {}, description="factor on arrivals meanwhile, by class, or all that come by a profile of the day"
    )
    spans_min: Spans = Field(
        (), description="when it begins and ends, minutes of the run: filled in when a run draws it, not by hand"
    )

    @model_validator(mode="after")
    def _happens_in_one_way(self) -> "Disruption":
        if sum(getattr(self, way) is not None for way in ("day", "date", "days_per_year", "every_h")) != 1:
            raise ValueError("needs one of day, date, days_per_year and every_h (the others: null)")
        if not self.is_fixed and (self.probability < 1.0 or self.at != "00:00"):
            raise ValueError("at and probability go with day or date")
        if self.clock is not None and self.every_h is None:
            raise ValueError("clock goes with every_h")
        return self

    @model_validator(mode="after")
    def _fits_into_its_months(self) -> "Disruption":
        busiest = (self.days_per_year or 0.0) * max(self.by_month) / sum(self.by_month)
        if busiest > 31.0:
            raise ValueError(
                f"happens on {busiest:.0f} days of its worst month; lower days_per_year or even out by_month"
            )
        return self

    @model_validator(mode="after")
    def _touches_something(self) -> "Disruption":
        slows = self.lanes_closed > 0 or self.speed_factor < 1.0 or self.capacity_factor < 1.0
        if slows and not self.links:
            raise ValueError("names no roads that it slows down; add links: all, or some of them")
        if not self.links and not any(getattr(self, effect) for effect in EFFECTS):
            raise ValueError("touches nothing; add shuts, out_of_order, surge, or links and what slows them down")
        return self

    @property
    def is_fixed(self) -> bool:
        """Whether it happens once, at a given time, if at all."""
        return self.day is not None or self.date is not None

    def begin_min(self, horizon: "Horizon") -> float | None:
        """Return the minute of the run at which one with a day or date begins; None for others."""
        return horizon.find_minute(self.day, self.date, self.at) if self.is_fixed else None

    def certain_span(self, horizon: "Horizon") -> tuple[float, float] | None:
        """Return when it begins and ends, minutes, if that is the same in every run; None if it is not."""
        begin = self.begin_min(horizon)
        if begin is None or self.probability < 1.0 or self.repair_clock or not isinstance(self.lasts, Constant):
            return None
        return begin, begin + self.lasts.mean_min

    def goes_on(self, time_min: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say at which times of the run it goes on, as drawn; it does not at its end."""
        begins, ends = np.array(sorted(self.spans_min)).reshape(-1, 2).T
        latest = np.append(-np.inf, np.maximum.accumulate(ends))
        return np.asarray(time_min < latest[np.searchsorted(begins, time_min, side="right")])

    def touches(self, link: str) -> bool:
        """Say whether a road is touched."""
        return "all" in self.links or link in self.links
