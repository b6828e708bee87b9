"""Rail and multimodal transport as data: timetables, cargo that comes on vehicles and leaves on others, terminals."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.distributions import Minutes
from sim.scenario.fields import Agency, Clock, Count, CountFromZero, Share
from sim.scenario.hours import parse_hours

TRACKS = ("unloading", "loading")
LIFTS = ("lift_off", "lift_on")
"""What routes call the parts of a terminal, after its name and a dot: vehicles stand on its tracks, cargo is lifted."""


def _known_weekdays(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z,-]+", text):
        raise ValueError("cannot be read as weekdays; write for example 'Mo-Su' or 'Tu,Fr'")
    parse_hours(f"{text} 00:00-24:00")
    return text


class Timetable(Frozen):
    """Paths on which vehicles are due; those that run come more or less late."""

    paths_per_day: Count | None = Field(None, le=1440, description="paths at even intervals from midnight")
    times: tuple[Clock, ...] = Field((), description="or the clock times of the paths, such as ['02:30', '14:00']")
    weekdays: Annotated[str, AfterValidator(_known_weekdays)] = Field(
        "Mo-Su", description="weekdays with paths, such as 'Mo-Fr' or 'Tu,Fr'"
    )
    lateness: Minutes = Field(description="how late a vehicle comes; see early_min")
    early_min: float = Field(0.0, ge=0, le=1440, description="the earliest that one comes before its time")

    @model_validator(mode="after")
    def _has_paths(self) -> "Timetable":
        if (self.paths_per_day is None) == (not self.times):
            raise ValueError("give either paths_per_day or times")
        return self

    @property
    def runs_on(self) -> tuple[bool, ...]:
        """Whether there are paths, by weekday from Monday."""
        return tuple(bool(spans) for spans in parse_hours(f"{self.weekdays} 00:00-24:00"))

    @property
    def most_per_day(self) -> float:
        """Mean number of paths per day over a week."""
        return (self.paths_per_day or len(self.times)) * sum(self.runs_on) / 7.0


class ComesWith(Frozen):
    """What comes because something else comes: boxes on a train, a truck that collects a box.

    A vehicle that comes with cargo and is loaded collects that unit, unless it `takes` any.
    """

    carrier: str = Field(description="class that it comes with")
    each: Count = Field(1, le=2000, description="how many come with each, at most")
    fill: Share = Field(1.0, description="share of these that do come")
    after: Minutes | None = Field(None, description="minutes after the other's arrival; None: with it")


class Takes(Frozen):
    """What a vehicle takes on at a terminal, and when it leaves.

    full: when it is full. limit: when it is full, or wait_min after its turn to be loaded came. timetable: wait_min
    after its time in the timetable, with what is there by then. Vehicles are loaded one after the other, first
    come, first served: the next one's turn comes when all room of the one before is spoken for.
    """

    cargo: str = Field(description="class of the cargo")
    units: Count = Field(le=2000, description="units of cargo that it has room for")
    leaves: Literal["full", "limit", "timetable"] = Field("full", description="when it leaves: see above")
    wait_min: float | None = Field(
        None, ge=0, le=30 * 1440.0, description="how long it waits for cargo; for limit and timetable"
    )

    @model_validator(mode="after")
    def _waits_if_it_must(self) -> "Takes":
        if (self.leaves == "full") != (self.wait_min is None):
            raise ValueError("wait_min belongs to leaves: limit and timetable, and they need it")
        return self


class Terminal(Frozen):
    """Where cargo changes vehicles: lifted off one, stored, lifted onto another (Art. 11, 12).

    Routes of vehicles name `<terminal>.unloading` and `<terminal>.loading`, those of cargo
    `<terminal>.lift_off` and `<terminal>.lift_on`; what lies between these is done while it is in store.
    """

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    agency: Agency = Field("operator", description="who runs it; neighbour: it lies beyond the border")
    hours: str = Field(description="name of the service hours of its cranes")
    cranes: Count = Field(description="cranes, hoists or gangs; they lift off and on")
    staff_per_crane: CountFromZero = Field(1, description="people at each crane")
    lift: Minutes = Field(description="minutes of a crane to lift one unit, signals included")
    lift_by_class: dict[str, Minutes] = Field({}, description="minutes of cargo classes that differ")
    unloading_tracks: Count = Field(1, description="tracks, docks or stands of vehicles that are unloaded")
    loading_tracks: Count = Field(1, description="tracks, docks or stands of vehicles that are loaded")
    slots: Count | None = Field(None, description="units that can be stored; None: no limit")
    lifts_across: bool = Field(True, description="cranes lift straight to a vehicle that stands ready with room")
