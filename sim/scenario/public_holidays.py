"""Public holidays of a country, by its law."""

from datetime import date
from functools import cache

import holidays

SWAPPED = "Day off (substituted"
"""How the package names days off in exchange for a working weekend, and the like."""


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Return the public holidays of a country (ISO 3166 code) in a year.

    Days off that are moved from a weekend are left out: on 7 and 8 October 2025 ports were open again (N189).
    """
    named = holidays.country_holidays(country, years=year, observed=False, language="en_US")
    return frozenset(day for day, name in named.items() if not name.startswith(SWAPPED))


@cache
def known_countries() -> frozenset[str]:
    """Return the codes of all countries whose holidays are known."""
    return frozenset(holidays.list_supported_countries())
