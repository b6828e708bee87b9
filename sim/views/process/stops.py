"""The cells of the picture and what they say: how vehicles come, what they pass, how they leave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sim.scenario.demand import VehicleClass
from sim.scenario.roads import Link
from sim.scenario.schema import Facility, InspectionSite, Port, Route, Scenario
from sim.scenario.terminals import LIFTS, TRACKS, ComesWith, Takes, Terminal, Timetable

NO_BREAK = "\u00a0"
RULES = {"least_expected_time": "if this way is quicker", "shortest_queue": "if the queue is shorter"}


@dataclass(frozen=True)
class Cell:
    """One thing on the way of a class: how it comes, a stop, a run of stops that another row shows, how it leaves.

    `heading` is 1 for outward and -1 for inland; `share` says which of the vehicles come to it, if not all.
    """

    kind: str
    title: str
    facts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    agency: str = "operator"
    ours: bool = True
    heading: int = 1
    share: str = ""
    parts: tuple["Cell", ...] = ()
    by_hour: tuple[float, ...] = ()

    @property
    def columns(self) -> int:
        """Columns of the grid that it takes: one for each agency of an inspection site."""
        return max(len(self.parts), 1)

    @property
    def way(self) -> tuple[bool, int]:
        """Side of the border and heading."""
        return self.ours, self.heading

    @property
    def dock(self) -> tuple[str, str] | None:
        """Terminal at which vehicles stand here, and whether on its `unloading` or `loading` tracks."""
        terminal, _, part = (self.names or ("",))[0].rpartition(".")
        return (terminal, part) if part in TRACKS else None


def read_stop(scenario: Scenario, name: str, classes: Sequence[str], heading: int, route: str) -> Cell:
    """Return a stop as vehicles of some classes meet it on a route."""
    stop = scenario.port.stop(name)
    if isinstance(stop, Link):
        length = f"{stop.length_km:g} km, {stop.lanes} lane{'s' if stop.lanes > 1 else ''}"
        cell = Cell("road", stop.label, (length, f"{stop.free_flow_kmh:g} km/h"), agency=stop.agency)
    elif isinstance(stop, Facility):
        share = _say_share(scenario.port, stop.selected_by, classes, route)
        cell = Cell(
            "stop", stop.label, tuple(_say_facility(scenario.port, stop, classes)), (), stop.agency, share=share
        )
    elif isinstance(stop, InspectionSite):
        cell = _read_site(scenario.port, stop, classes, route)
    else:
        cell = _read_terminal_part(stop, name.rpartition(".")[2], classes)
    return replace(cell, names=(name,), ours=scenario.port.is_ours(name), heading=heading)


def _say_facility(port: Port, facility: Facility, classes: Sequence[str]) -> Iterator[str]:
    minutes = say_minutes(*(facility.service_by_class.get(name, facility.service).mean_min for name in classes))
    yield f"{facility.servers:,} at a time" + (f", {minutes}" if minutes else "")
    numbers = {
        "for each": facility.servers_per_vehicle if facility.servers_per_vehicle > 1 else None,
        "a day at most": facility.quota_per_day,
        "paths a day": facility.paths_per_day,
        f"more when {facility.surge.queue:,} wait" if facility.surge else "": facility.surge and facility.surge.lanes,
    }
    yield from (f"{number:,} {words}" for words, number in numbers.items() if number)
    yield from _say_room(facility.places)
    if facility.crew:
        yield f"teams: {facility.crew.replace('_', ' ')}"
    yield from _say_hours(port, facility.hours)


def _read_site(port: Port, site: InspectionSite, classes: Sequence[str], route: str) -> Cell:
    presented = f"presented in {say_minutes(site.presentation.mean_min)}"
    together = f"together, {presented} once" if site.mode == "joint" else f"one by one, each time {presented}"
    parts = tuple(
        Cell(
            "part",
            name.replace("_", " "),
            (f"{exam.bays:,} at a time, {say_minutes(exam.minutes.mean_min)}",),
            agency=exam.agency,
            share=_say_share(port, exam.selected_by, classes, route),
        )
        for name, exam in site.examinations.items()
    )
    return Cell("site", site.label, (together, *_say_room(site.places), *_say_hours(port, site.hours)), parts=parts)


def _read_terminal_part(terminal: Terminal, part: str, classes: Sequence[str]) -> Cell:
    if part in LIFTS:
        minutes = say_minutes(*(terminal.lift_by_class.get(name, terminal.lift).mean_min for name in classes))
        return Cell("lift", part.replace("lift_", "lifted "), (f"{minutes} of a crane",), agency=terminal.agency)
    tracks = terminal.unloading_tracks if part == "unloading" else terminal.loading_tracks
    return Cell("stop", f"{terminal.label}: {part} tracks", (f"{tracks:,} at a time",), agency=terminal.agency)


def read_store(port: Port, lift: Cell) -> Cell:
    """Return what lies before a lift onto a vehicle: the wait for one."""
    slots = port.terminals[lift.names[0].rpartition(".")[0]].slots
    (room,) = _say_room(slots) or ["room for all"]
    return replace(lift, kind="store", title="in store", facts=(room, "until a vehicle", "takes it"), names=())


def _say_room(places: int | None) -> list[str]:
    return [f"room for {places:,}"] if places else []


def say_minutes(*means: float) -> str:
    """Return mean minutes, or the least and the greatest of several; nothing if all are 0."""
    if max(means) == 0.0:
        return ""
    unit, scale = ("min", 1.0) if max(means) < 600.0 else ("h", 60.0)
    return f"{_say_span([mean / scale for mean in means])}{NO_BREAK}{unit}"


def _say_span(numbers: Sequence[float]) -> str:
    """Return the least and the greatest number, once if they read the same."""
    return "-".join(dict.fromkeys(f"{number:,.3g}" for number in (min(numbers), max(numbers))))


def _say_hours(port: Port, name: str) -> list[str]:
    """Return the hours if they are not round the clock, with their clock if it is not the port's."""
    hours = port.hours[name]
    zone = "" if hours.timezone == port.timezone else f" ({hours.timezone.split('/')[-1]})"
    return [] if hours.open == "24/7" else [f"{hours.open.replace('Mo-Su ', '')}{zone}"]


def _say_share(port: Port, selection: str | None, classes: Sequence[str], route: str) -> str:
    """Return the share of vehicles that are selected, in percent; nothing if all are."""
    chosen = port.selections.get(selection or "")
    rates = [chosen.rate_of(name, route) for name in classes] if chosen else [1.0]
    return "" if min(rates) == 1.0 else f"{_say_span([100.0 * rate for rate in rates])} %"


def read_coming(scenario: Scenario, route: str, classes: Sequence[str]) -> Cell:
    """Return how many come, and when: the cell that opens a row."""
    vehicles = [scenario.demand.classes[name] for name in classes]
    facts = dict.fromkeys(fact for name in classes for fact in _say_coming(scenario, route, name))
    profile = next((scenario.demand.profiles[each.profile].by_hour for each in vehicles if each.profile), ())
    return Cell("come", _say_often(vehicles), tuple(facts), by_hour=profile)


def _say_often(vehicles: Sequence[VehicleClass]) -> str:
    daily = " + ".join(f"{each.per_day:,.5g}" for each in vehicles if each.per_day is not None)
    coming = [each.comes_with for each in vehicles if each.comes_with]
    with_others = dict.fromkeys(f"{each.each:,} {'for' if each.after else 'with'} each" for each in coming)
    return " + ".join([*([f"{daily} a day"] if daily else []), *with_others])


def _say_coming(scenario: Scenario, route: str, name: str) -> Iterator[str]:
    """Yield by what vehicles choose their way, what they come with and when, and what they bring."""
    vehicle = scenario.demand.classes[name]
    yield from _say_choice(scenario.port, vehicle.route, route)
    if vehicle.comes_with:
        yield from _say_companion(scenario, vehicle.comes_with)
    if vehicle.timetable:
        yield from _say_timetable(vehicle.timetable)
    if vehicle.appointments:
        yield "with a booked slot"
    if vehicle.carrier:
        yield f"{vehicle.carrier.vehicles} on a carrier"
    if any(stop.endswith(".unloading") for stop in scenario.port.routes[route].through):
        yield from _say_brought(scenario, name)


def _say_choice(port: Port, name: str, route: str) -> Iterator[str]:
    """Yield the share that takes a route, or by what it is chosen; nothing if there is no choice."""
    choice, shares = port.route_choices.get(name), port.shares_of(name)
    if choice and choice.rule in RULES:
        yield RULES[choice.rule]
    elif choice:
        share = dict(zip(choice.options, [*shares, 1.0 - sum(shares)], strict=True))[route]
        yield f"{100.0 * share:.3g} % go this way"


def _say_companion(scenario: Scenario, comes: ComesWith) -> Iterator[str]:
    yield f"of {scenario.demand.classes[comes.carrier].label}"
    if comes.fill < 1.0:
        yield f"{100.0 * comes.fill:.3g} % of them"
    if comes.after:
        yield f"{say_minutes(comes.after.mean_min)} later"


def _say_timetable(timetable: Timetable) -> Iterator[str]:
    if timetable.paths_per_day:
        yield f"timetable of {timetable.paths_per_day:,} paths"
    else:
        yield f"due {', '.join(timetable.times[:4])}{' ...' if len(timetable.times) > 4 else ''}"
    if timetable.weekdays != "Mo-Su":
        yield timetable.weekdays
    late = timetable.lateness.mean_min - timetable.early_min
    if late:
        yield f"{say_minutes(abs(late))} {'late' if late > 0.0 else 'early'} (mean)"


def _say_brought(scenario: Scenario, carrier: str) -> Iterator[str]:
    for name, each in scenario.demand.classes.items():
        if each.comes_with and each.comes_with.carrier == carrier and scenario.is_cargo(name):
            yield f"each brings {each.comes_with.each:,}"


def read_leaving(scenario: Scenario, route: Route, classes: Sequence[str]) -> list[Cell]:
    """Return with what vehicles leave and when; nothing if the row's end says it all."""
    if any(stop.endswith(".loading") for stop in route.through):
        facts = dict.fromkeys(fact for name in classes for fact in _say_taking(scenario.demand.classes[name].takes))
        return [Cell("leave", "leaves", tuple(facts))]
    return [Cell("leave", "leaves", ("when unloaded",))] if route.through[-1].endswith(".unloading") else []


def _say_taking(takes: Takes | None) -> tuple[str, ...]:
    if takes is None:
        return ("with its own unit",)
    load = f"with {takes.units:,}" if takes.units > 1 else "with 1 unit"
    wait = say_minutes(takes.wait_min or 0.0) or f"0{NO_BREAK}min"
    return {
        "full": (f"when full, {load}",),
        "timetable": (f"{wait} after its time, {load} at most",),
        "limit": (f"when full, {load}", f"or {wait} after it is ready"),
    }[takes.leaves]
