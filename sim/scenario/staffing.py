"""Staff that comes when it is needed: lanes that a queue opens, and crews that are sent for some hours."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.fields import Clock, Count, Day
from sim.scenario.hours import DAY_MIN

if TYPE_CHECKING:
    from sim.scenario.schema import Horizon


class SurgeLanes(Frozen):
    """Extra lanes that open when many wait: lane i when i x `queue` vehicles do (Art. 31, 40)."""

    lanes: Annotated[Count, Field(le=50)] = Field(description="extra lanes, with staff")
    queue: Count = Field(description="vehicles waiting for each extra lane, at which it is called")
    ready_min: float = Field(ge=0, le=DAY_MIN, description="from the call until the lane is open, on the wall clock")
    open_min: float = Field(
        ge=1, le=DAY_MIN, description="working time that it stays open for; it stays as long again if as many wait then"
    )


class Reinforcement(Frozen):
    """Extra crews for some hours of one day (Art. 39): they work within the hours of their facility."""

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    lanes: dict[str, Count] = Field(min_length=1, description="extra servers, with staff, by name of the facility")
    day: Count | None = Field(None, description="measured day on which they begin; 1 is the first after the warm-up")
    date: Day | None = Field(None, description="the same as a date")
    at: Clock = Field(description="such as '10:00', on the port's clock")
    lasts_min: float = Field(gt=0, le=60 * DAY_MIN, description="how long they stay, on the wall clock")

    @model_validator(mode="after")
    def _begins_once(self) -> "Reinforcement":
        if (self.day is None) == (self.date is None):
            raise ValueError("give either day or date (the other: null)")
        return self

    def window_min(self, horizon: "Horizon") -> tuple[float, float]:
        """Return when it begins and ends, in minutes of the run."""
        begin = horizon.find_minute(self.day, self.date, self.at)
        return begin, begin + self.lasts_min
