"""Kinds of fields that several tables of the schema share: counts, shares, hours, time zones."""

import re
from datetime import date
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from sim.scenario.hours import parse_hours
from sim.scenario.problems import suggest
from sim.scenario.public_holidays import known_countries
from sim.scenario.seasons import parse_season

Agency = Literal["customs", "border_police", "quarantine", "transport", "operator", "neighbour"]
Direction = Literal["export", "import", "local"]
Count = Annotated[int, Field(gt=0, strict=True)]
CountFromZero = Annotated[int, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_timezone(name: str) -> str:
    if name not in _timezones():
        raise ValueError(f"unknown time zone; {suggest(name, _timezones())}")
    return name


def _off_unquoted(value: object) -> object:
    """YAML reads an unquoted off as false."""
    return "off" if value is False else value


def some_weight(weights: tuple[float, ...]) -> tuple[float, ...]:
    """Return weights of which at least one is above 0."""
    if sum(weights) <= 0.0:
        raise ValueError("at least one weight must be above 0")
    return weights


def _readable_hours(text: str) -> str:
    parse_hours(text)
    return text


def _readable_season(text: str) -> str:
    parse_season(text)
    return text


def _known_country(code: str) -> str:
    if code not in known_countries():
        raise ValueError(f"no holidays are known of this country; {suggest(code, known_countries())}")
    return code


def _readable_clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("cannot be read as a clock time; write for example '10:00'")
    return text


Clock = Annotated[str, AfterValidator(_readable_clock)]
Country = Annotated[str, AfterValidator(_known_country)]
SeasonText = Annotated[str, AfterValidator(_readable_season)]
OpeningHours = Annotated[str, BeforeValidator(_off_unquoted), AfterValidator(_readable_hours)]
Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2100, 1, 1))]
Timezone = Annotated[str, AfterValidator(_known_timezone)]
