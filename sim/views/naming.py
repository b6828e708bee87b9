"""What things, places and times are called in a language, and where their names are broken into lines."""

from datetime import date, datetime
from textwrap import fill
from typing import Protocol
from unicodedata import east_asian_width

from sim.scenario.schema import Scenario
from sim.views.figure_words import CITIES, FIGURE_WORDS
from sim.views.phrases import Language

HALF = "\x00"
"""Stands for the second half of a letter that is as wide as two."""


class Labelled(Protocol):
    """Whatever has a label in both languages: a class of vehicles, a stop, a terminal, a disruption."""

    @property
    def label(self) -> str:
        """In English."""

    @property
    def label_zh(self) -> str:
        """In Chinese."""


def name_of(thing: Labelled, language: Language) -> str:
    """Return the label of a thing."""
    return thing.label_zh if language == "zh" else thing.label


def name_port(scenario: Scenario, language: Language) -> str:
    """Return the name of a scenario's port."""
    return scenario.port.name_zh if language == "zh" else scenario.port.name


def name_scenario(label: str, language: Language) -> str:
    """Return what a scenario of a study is called: policies keep the names by which they are chosen."""
    return FIGURE_WORDS[language]["baseline"] if label == "baseline" else label


def name_clock(scenario: Scenario, language: Language) -> str:
    """Return what the port's clock is called: by a city of its time zone."""
    city = scenario.port.timezone.split("/")[-1]
    return CITIES.get(city, f"{city}时间") if language == "zh" else city


def name_versus(labels: list[str], language: Language = "en") -> str:
    """Return which scenarios are compared with the first."""
    say = FIGURE_WORDS[language]
    first, *others = (name_scenario(label, language) for label in labels)
    return say["versus"].format(others=say["and"].join(others), first=first) if others else first


def title_study(scenario: Scenario, labels: list[str], language: Language) -> str:
    """Return the port's name and which scenarios are compared."""
    return f"{name_port(scenario, language)}{FIGURE_WORDS[language]['colon']}{name_versus(labels, language)}"


def say_date(day: date, language: Language) -> str:
    """Return a day and its month in short."""
    return f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%b}"


def say_day(day: date, language: Language) -> str:
    """Return a day in full, with its weekday and year."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日（{_weekday(day)}）"
    return f"{day:%A} {day.day} {day:%B %Y}"


def say_days(first: datetime, last: datetime, language: Language) -> str:
    """Return from which day to which, once if they are the same."""
    if language == "zh":
        begin, end = (f"{day.month}月{day.day}日（{_weekday(day)}）" for day in (first, last))
        return end if first.date() == last.date() else f"{begin}至{end}"
    month = "" if first.month == last.month else f" {first:%B}"
    since = "" if first.date() == last.date() else f"{first:%a} {first.day}{month} to "
    return f"{since}{last:%a} {last.day} {last:%B}"


def _weekday(day: date) -> str:
    return FIGURE_WORDS["zh"]["days"].split()[day.weekday()]


def break_text(text: str, letters: int, whole_words: bool = False) -> str:
    """Return text in lines of at most so many letters; Chinese ones are as wide as two, and a line may end anywhere."""
    wide = "".join(f"{each}{HALF}" if is_wide(each) else each for each in text)
    return fill(wide, letters, break_long_words=not whole_words or HALF in wide).replace(HALF, "")


def is_wide(letter: str) -> bool:
    """Say whether a letter is as wide as two Latin ones."""
    return east_asian_width(letter) in "WF"
