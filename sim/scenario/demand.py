"""Demand as data: who comes, how many a day, and when: by a profile of the day, by timetable, or with others."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sim.scenario.base import Frozen
from sim.scenario.fields import Count, Timezone, Weight, some_weight
from sim.scenario.terminals import ComesWith, Takes, Timetable

EVEN_MONTHS = (1.0,) * 12


class Profile(Frozen):
    """How arrivals spread over a day, on a local clock."""

    timezone: Timezone = Field(description="whose clock the hours are read on")
    by_hour: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] = Field(
        min_length=24, max_length=24, description="weights from 00:00; only ratios count"
    )


class Carrier(Frozen):
    """Vehicles that come on carriers, several at once, and leave them at a stop on their route."""

    vehicles: Count = Field(le=100, description="vehicles on each carrier")
    pce: float = Field(gt=0, le=20, description="passenger cars that a carrier counts for on roads")
    until: str = Field(description="facility where they are unloaded")


class Appointments(Frozen):
    """Slots that drivers book before they come (Art. 31, 40): the first free place at or after the time they wish."""

    hours: str = Field(description="name of the service hours in which slots are offered")
    slot_min: float = Field(gt=0, le=1440, description="length of a slot")
    places_per_slot: Count = Field(description="vehicles that may book one slot")
    deviation_sd_min: float = Field(
        ge=0, le=1440, description="early and late: standard deviation of arrival about the booked time"
    )
    no_show: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="share of drivers who miss a slot, which stays empty, and take another"
    )


class VehicleClass(Frozen):
    """Vehicles or cargo that arrive alike, follow one route (or choose one) and rank alike in queues.

    They come by a profile of the day, by a timetable, or with others.
    """

    label: str = Field(description="what tables and figures call it")
    label_zh: str = Field(description="the same in Chinese")
    per_day: float | None = Field(None, ge=0, le=50_000, description="mean arrivals per day over a year")
    route: str = Field(description="name of a route, or of a choice of routes")
    profile: str | None = Field(None, description="name of the profile of the day by which they come")
    timetable: Timetable | None = Field(None, description="or the timetable by which they are due")
    comes_with: ComesWith | None = Field(None, description="or the others with which they come")
    takes: Takes | None = Field(None, description="cargo that it takes on at a terminal; None: none")
    teu: float = Field(0.0, ge=0, le=10, description="twenty-foot equivalents that one counts for, if it is cargo")
    tonnes: float = Field(0.0, ge=0, le=10_000, description="weight of one, if it is cargo")
    pce: float = Field(1.0, gt=0, le=20, description="passenger cars that a vehicle counts for on roads")
    carrier: Carrier | None = Field(None, description="carriers on which several come at once; None: by themselves")
    appointments: Appointments | None = Field(None, description="slots that drivers book; None: they just come")
    day_cv: Annotated[float, Field(ge=0, le=2)] = Field(
        0.0, description="over-dispersion of days: cv of a gamma factor"
    )
    priority: Annotated[int, Field(ge=0, le=100)] = Field(10, description="rank in queues; smaller goes first")
    by_weekday: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] = Field(
        (1.0,) * 7, min_length=7, max_length=7, description="weights from Monday; only ratios count"
    )
    by_month: Annotated[tuple[Weight, ...], AfterValidator(some_weight)] = Field(
        EVEN_MONTHS, min_length=12, max_length=12, description="weights of a day from January; only ratios count"
    )
    season: str | None = Field(
        None, description="name of service hours: they come only on days of its season, and per_day is per such day"
    )

    @model_validator(mode="after")
    def _comes_in_one_way(self) -> "VehicleClass":
        ways = [name for name in ("profile", "timetable", "comes_with") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError("needs one of profile, timetable and comes_with (the others: null)")
        if (self.per_day is None) != (self.comes_with is not None):
            raise ValueError("needs per_day, unless it comes_with others: their number decides then")
        if self.timetable and self.per_day is not None and self.per_day > self.timetable.most_per_day + 1e-9:
            raise ValueError(f"per_day must be at most its paths ({self.timetable.most_per_day:g} per day)")
        by_profile = (self.carrier, self.appointments, self.day_cv, self.season, self.by_month != EVEN_MONTHS)
        if self.profile is None and any(by_profile):
            raise ValueError("carrier, appointments, day_cv, season and by_month go with a profile only")
        return self

    @model_validator(mode="after")
    def _carried_vehicles_do_not_book(self) -> "VehicleClass":
        if self.carrier and self.appointments:
            raise ValueError("vehicles on a carrier cannot book slots; leave out carrier or appointments")
        return self


class Demand(Frozen):
    """Who comes, how many a day, and when."""

    profiles: dict[str, Profile] = Field({}, description="hours of the day at which vehicles come, by name")
    classes: dict[str, VehicleClass] = Field(min_length=1, description="kinds of vehicles and cargo, by name")
