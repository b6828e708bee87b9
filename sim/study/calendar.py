"""The calendar of a study: refuses runs in which nobody comes, and says on which days hours are closed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby

from sim.scenario import Scenario, ScenarioError
from sim.scenario.problems import Problem

LOOK_AHEAD_DAYS = 366


def require_season(scenarios: Mapping[str, Scenario]) -> None:
    """Raise a `ScenarioError` if a run lies wholly out of the season in which vehicles come."""
    problems = [problem for scenario in scenarios.values() for problem in _find_idle_runs(scenario)]
    if problems:
        raise ScenarioError(dict.fromkeys(problems))


def list_closures(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return a note for all hours that are closed on measured days for the season, holidays or other dates."""
    return list(dict.fromkeys(note for scenario in scenarios.values() for note in _describe_closures(scenario)))


def _find_idle_runs(scenario: Scenario) -> Iterator[Problem]:
    horizon = scenario.horizon
    length = horizon.warmup_days + horizon.days
    days = (horizon.start + timedelta(days=n) for n in range(length + LOOK_AHEAD_DAYS))
    first = next((day for day in days if _somebody_comes_on(scenario, day)), horizon.start)
    if first >= horizon.start + timedelta(days=length):
        rule = "nobody comes in this run, all of it is out of season"
        yield Problem("horizon.start", rule, str(horizon.start), f"set horizon.start={first}")


def _somebody_comes_on(scenario: Scenario, day: date) -> bool:
    """Say whether a day is in the season of a class that comes by itself."""
    alone = (vehicle for vehicle in scenario.demand.classes.values() if not vehicle.comes_with)
    return any((day.month, day.day) in scenario.season_of(vehicle) for vehicle in alone)


def _describe_closures(scenario: Scenario) -> Iterator[str]:
    horizon = scenario.horizon
    first = horizon.start + timedelta(days=horizon.warmup_days)
    days = [first + timedelta(days=n) for n in range(horizon.days)]
    for name, hours in scenario.port.hours.items():
        closed = [day for day in days if hours.is_closed_on(day)]
        if closed:
            spans = ", ".join(_join_days(closed))
            yield f"hours '{name}' are closed on {len(closed)} of {len(days)} measured days (calendar): {spans}"


def _join_days(days: Iterable[date]) -> Iterator[str]:
    """Yield consecutive days as one span."""
    for _, group in groupby(enumerate(days), key=lambda pair: pair[1].toordinal() - pair[0]):
        span = [day for _, day in group]
        yield f"{span[0]}" if len(span) == 1 else f"{span[0]} to {span[-1]}"
