"""Choices: what drivers know of the routes that they may take when they set out."""

from collections.abc import Sequence

from sim.kernel import Choice, Option
from sim.port.expansion import expand_route, expand_stops
from sim.port.pools import regular_roster
from sim.port.roads import pce_on_roads, road_times
from sim.port.stations import Road, Station, Stop, Work
from sim.scenario.roads import RouteChoice
from sim.scenario.schema import Scenario


def find_choices(scenario: Scenario, classes: Sequence[str]) -> dict[str, Choice]:
    """Return the choice of each class that has one.

    A driver expects to drive at free-flow speed, to find the queues of a while ago ahead, each served at the
    mean rate of its station or road, and to be served in the mean time; inspections, for which few are
    selected, are left out of account.
    """
    choices = scenario.port.route_choices
    vehicles = {name: scenario.demand.classes[name] for name in classes}
    return {
        name: _find_choice(scenario, name, choices[vehicle.route])
        for name, vehicle in vehicles.items()
        if vehicle.route in choices and choices[vehicle.route].rule != "shares"
    }


def _find_choice(scenario: Scenario, vehicle: str, choice: RouteChoice) -> Choice:
    stops, stands_for = expand_stops(scenario.port)
    options = []
    for name, known in choice.options.items():
        keys = expand_route(scenario.port.routes[name], stops, stands_for)
        passed = [stops[key] for key in keys if not _is_for_some(stops[key])]
        if choice.rule == "shortest_queue":
            options.append(_count_queues(passed))
        else:
            options.append(_expect_time(scenario, vehicle, passed, known.hours))
    return Choice(vehicle, tuple(options), choice.information_delay_min)


def _count_queues(stops: Sequence[Stop]) -> Option:
    watched = tuple(stop.key for stop in stops if isinstance(stop, Road | Station))
    return Option(watched=watched, min_per_token=(1.0,) * len(watched))


def _expect_time(scenario: Scenario, vehicle: str, stops: Sequence[Stop], hours: str | None) -> Option:
    pce = pce_on_roads(scenario, scenario.demand.classes[vehicle])
    drive_min, service_min, headways = 0.0, 0.0, dict[str, float]()
    for stop in stops:
        if isinstance(stop, Road):
            times = road_times(stop.link)
            drive_min += times.drive_min
            headways[stop.key] = times.exit_headway_min * pce[stop.key]
        elif isinstance(stop, Station):
            minutes = _mean_service(stop.works, vehicle)
            drive_min += stop.drive_min
            service_min += minutes
            headways[stop.key] = minutes / max(int(regular_roster(stop, scenario).tokens.max()), 1)
    return Option(drive_min, service_min, tuple(headways), tuple(headways.values()), hours)


def _mean_service(works: Sequence[Work], vehicle: str) -> float:
    return sum((work.by_class.get(vehicle, work.minutes)).mean_min for work in works)


def _is_for_some(stop: Stop) -> bool:
    return isinstance(stop, Station) and any(work.selected_by for work in stop.works)
