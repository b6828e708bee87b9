"""The dictionary of outcomes: what each scope is about, and each measure's unit and meaning."""

from collections.abc import Iterator
from typing import NamedTuple


class Measure(NamedTuple):
    """A measure as it stands in the table of outcomes, with its unit and what it means."""

    name: str
    unit: str
    meaning: str


SCOPES = {
    "port": "the whole port; its name is `port`",
    "direction": "vehicles by `export`, `import` and `local`",
    "class": "a class of vehicles or cargo",
    "route": "a class on one of its routes, `class/route`: only of classes that have a choice",
    "step": "a class at a stop on our side, `class/stop`",
    "agency": "a class at all stops of an agency on our side, `class/agency`",
    "station": "a facility, an agency's bays at an inspection site (`site.agency`), or a lift",
    "road": "a road, by name; `before ROAD` is who waits to get onto it where a route begins",
    "blame": "the delay at a stop by what causes it, `stop/cause`",
    "cause": "a stop at which delay begins",
    "cargo": "a class of cargo at ports with terminals, both sides",
    "carrier": "a class of vehicles at ports with terminals, both sides",
    "passage": "a class at a stop on either side, `class/stop`, at ports with terminals",
    "side": "vehicles that cross, by direction and side: `export/ours`, `export/neighbour`",
    "terminal": "a terminal",
    "disruption": "a disruption",
    "recovery": "a disruption against the same days without it; only in a study with a baseline",
    "cost": "a component of cost, a total (`port`, `users`, `society`) or a class of users (`users/class`)",
    "emissions": "all users (`port`), or a class of them",
}
"""What the name of an outcome stands for, by scope."""

_PARTS = {
    "driving": "driving to the stop",
    "waiting": "waiting for a server, or for a road's exit, opening hours included",
    "processing": "being served, frozen work included",
    "blocked": "done, but the next step is full",
    "metered": "of that, until a meter calls it on",
}


def _parts(unit: str, per: str, *names: str) -> list[Measure]:
    return [Measure(name, unit, f"{_PARTS[name]}, {per}") for name in names]


_STAY = [
    Measure("release_mean", "h", "from entering our side (exports: arriving) to leaving its last station, mean"),
    Measure("release_median", "h", "the same, median"),
    Measure("release_p90", "h", "the same, within which 90 % are released"),
    Measure("release_p95", "h", "the same, within which 95 % are released"),
    Measure("crossing_mean", "h", "from arriving on either side to leaving the other, mean"),
    Measure("home_wait_mean", "h", "waiting at home for a booked slot, mean; no part of the release time"),
    Measure("wish_to_release_mean", "h", "from the time at which the driver wished to come to the release, mean"),
    Measure("arrived_per_day", "vehicles/day", "those that arrive in the window"),
    Measure("released_per_day", "vehicles/day", "those that are released in the window"),
    Measure("released_within_24h", "share", "of those that enter a day or more before the window ends"),
    Measure("present_at_end", "vehicles", "those that are still here when the window ends, on either side"),
    Measure("growth", "share of arrivals", "by which those present grow over the window"),
]
_RISK = [
    Measure("opened_share", "share", "of those released that may be opened, are opened"),
    Measure("machine_share", "share", "of these, are checked by a machine for which an agency selects"),
    Measure("hit_rate", "share", "of those opened, have something wrong"),
    Measure("detection", "share", "of those with something wrong, are opened"),
]
_STATION = [
    Measure("visits_per_day", "vehicles/day", "visits that end in the window"),
    *_parts("min", "mean of these visits", "waiting", "processing", "blocked"),
    Measure("queue_mean", "vehicles", "those that wait, averaged over time"),
    Measure("queue_max", "vehicles", "those that wait, at most"),
    Measure("queue_at_closing", "vehicles", "those that wait when the hours end, mean"),
    Measure("load", "share", "work that comes in the window, of what the lanes can give then, disruptions counted"),
    Measure("utilisation", "share", "work done within the schedule, of scheduled lane time"),
    Measure("occupancy", "share", "the same with vehicles that keep a lane because the next step is full"),
    Measure("overtime", "lane-h/day", "work after closing"),
    Measure("lane_hours", "lane-h/day", "lanes that are scheduled"),
    Measure("staff_hours", "staff-h/day", "staff that is scheduled at them"),
    Measure("idle_mean", "servers", "tracks, locomotives or wagons that nobody keeps, averaged over time"),
    Measure("surge_h", "lane-h/day", "surge lanes that are open"),
    Measure("surge_openings", "openings/day", "times that a surge lane opens"),
]
_ROAD = [
    Measure("visits_per_day", "vehicles/day", "vehicles that leave it in the window"),
    *_parts("min", "mean of these", "driving", "waiting", "blocked"),
    Measure("queue_mean_km", "km", "length of the queue before its end, averaged over time"),
    Measure("queue_max_km", "km", "the same, at most"),
    Measure("queue_max", "vehicles", "vehicles that have reached its end and not left it, at most"),
    Measure("full", "h/day", "hours in which the queue is as long as the road, so that it spills back"),
    Measure("first_full", "h", "hours from the warm-up until that first happens; empty if it never does"),
    Measure(
        "delay_port", "vehicle-h/day", "lost by vehicles that cross the border: waiting, blocked, slower than allowed"
    ),
    Measure("delay_others", "vehicle-h/day", "the same of other traffic"),
]
_PRESENT = [
    Measure("arrived_per_day", "units/day", "those that arrive in the window"),
    Measure("left_per_day", "units/day", "those that leave in the window"),
    Measure("stay_mean", "h", "from arriving to leaving, on both sides, mean"),
    Measure("stay_median", "h", "the same, median"),
    Measure("stay_p90", "h", "the same, within which 90 % leave"),
    Measure("present_mean", "units", "those that are here, averaged over time"),
    Measure("present_max", "units", "those that are here, at most"),
]
_CARGO = [
    *_PRESENT,
    Measure("teu_per_day", "TEU/day", "twenty-foot equivalents that leave"),
    Measure("tonnes_per_day", "t/day", "tonnes that leave"),
    Measure("across", "share", "of units lifted onto a vehicle, those lifted straight across"),
    Measure("dwell_mean", "h", "in store, until a vehicle is there for it, mean"),
    Measure("dwell_median", "h", "the same, median"),
    Measure("dwell_p90", "h", "the same, within which 90 % have a vehicle"),
    Measure("waits_for_vehicle_mean", "units", "units ready that wait for a vehicle with room, averaged over time"),
    Measure("left_behind_mean", "units", "units that wait when a vehicle leaves, mean over departures"),
    Measure("left_behind_max", "units", "the same, at most"),
]
_CARRIER = [
    *_PRESENT,
    Measure("units_mean", "units", "cargo aboard at departure, mean"),
    Measure("fill", "share", "of the room aboard"),
    Measure("leaves_empty", "share", "of departures with nothing aboard"),
    Measure("lateness_mean", "h", "departure after the latest time that the timetable allows, mean"),
    Measure("lateness_p90", "h", "the same, within which 90 % leave"),
]
_TERMINAL = [
    Measure("lifts_per_day", "lifts/day", "lifts that begin in the window"),
    Measure("crane_utilisation", "share", "lifting, of crane time that is scheduled and not disrupted"),
    Measure("cranes_stopped", "h/day", "hours a day in which a crane is closed or disrupted, mean over cranes"),
    Measure("unloading_track_utilisation", "share", "tracks taken by vehicles that are unloaded, of all"),
    Measure("loading_track_utilisation", "share", "tracks taken by vehicles that are loaded, of all"),
    Measure("stored_mean", "units", "units in store, averaged over time"),
    Measure("stored_max", "units", "units in store, at most"),
    Measure("slots_used_mean", "share", "of the slots, averaged over time"),
    Measure("slots_used_max", "share", "of the slots, at most"),
]
_SIDE = [
    Measure("present_mean", "vehicles", "those that are on that side, averaged over time"),
    Measure("present_max", "vehicles", "those that are on that side, at most"),
    Measure("waiting_mean", "vehicles", "of these, those that wait, averaged over time"),
]
_DISRUPTION = [
    Measure("happened", "times", "times that it begins in the window"),
    Measure("down_h", "h", "hours of the window in which it goes on"),
    Measure("queue_max", "vehicles", "vehicles held up, at most, until recovered"),
    Measure("recovery_h", "h", "from its end until no more are held up than the day before, for two hours, mean"),
    Measure("not_recovered", "times", "times that this is not reached within the run"),
]
_RECOVERY = [
    Measure("extra_queue_max", "vehicles", "vehicles held up beyond those without it, at most"),
    Measure("extra_queue_max_km", "km", "queue on all roads beyond that without it, at most"),
    Measure("recovery", "h", "from its end until the excess is gone, mean"),
]
_FREIGHT = [
    Measure("tfi1", "h", "CAREC's TFI1: from entering our queue to leaving our side, freight, mean"),
    Measure("tfi2", "USD", "CAREC's TFI2: what is paid at our side, official or not, freight, mean"),
]


def _rates(name: str, unit: str, meaning: str) -> list[Measure]:
    """Return an amount by the day and by the vehicle."""
    front = f"{name}_" if name else ""
    return [
        Measure(f"{front}per_day", f"{unit}/day", f"{meaning}, of those released in the window"),
        Measure(f"{front}per_vehicle", f"{unit}/vehicle", f"{meaning}, for each vehicle released"),
    ]


def _fates(prefix: str, unit: str) -> list[Measure]:
    """Return the account of a run: arrived = finished + inside + not admitted."""
    meanings = {
        "arrived": "that came in the whole run, warm-up included",
        "finished": "of these, those that left",
        "inside": "of these, those that are still at work or wait at its end",
        "not_admitted": "of these, those that still wait for their first step",
    }
    return [Measure(f"{prefix}{fate}", unit, f"{unit} {meaning}") for fate, meaning in meanings.items()]


DICTIONARY = {
    "port": [
        *_fates("", "vehicles"),
        *_fates("cargo_", "units"),
        *_RISK,
        Measure("lane_hours", "lane-h/day", "lanes with staff that our side schedules"),
        Measure("staff_hours", "staff-h/day", "staff that our side schedules, shared crews included"),
        Measure("road_delay_port", "vehicle-h/day", "delay on all roads, of vehicles that cross the border"),
        Measure("road_delay_others", "vehicle-h/day", "delay on all roads, of other traffic"),
        *_FREIGHT,
    ],
    "direction": [*_STAY, *_FREIGHT],
    "class": [*_STAY, *_parts("h", "on our side, for each released", *_PARTS), *_RISK],
    "route": [
        Measure("set_out_per_day", "vehicles/day", "those that take it, by arrival"),
        Measure("released_per_day", "vehicles/day", "those that are released in the window"),
        Measure("release_mean", "h", "release time, mean"),
        Measure("release_p90", "h", "release time, within which 90 % are released"),
        *_RISK,
    ],
    "step": _parts("h", "for each of the class released", *_PARTS),
    "agency": _parts("h", "for each of the class released", *_PARTS),
    "station": _STATION,
    "road": _ROAD,
    "blame": [
        Measure("delay", "vehicle-h/day", "waiting and blocked at the stop, by the cause at the end of the chain"),
        Measure("blocked", "vehicle-h/day", "of that, blocked"),
    ],
    "cause": [Measure("delay", "vehicle-h/day", "delay at all stops that begins here")],
    "cargo": _CARGO,
    "carrier": _CARRIER,
    "passage": _parts("h", "for each that has left", "driving", "waiting", "processing", "blocked"),
    "side": _SIDE,
    "terminal": _TERMINAL,
    "disruption": _DISRUPTION,
    "recovery": _RECOVERY,
    "cost": _rates("", "yuan", "yuan"),
    "emissions": [
        *_rates("fuel", "L", "diesel"),
        *_rates("electricity", "kWh", "electricity"),
        *_rates("co2", "kg", "carbon dioxide"),
    ],
}
"""Measures of each scope, in the order in which they are worth reading."""


def list_measures() -> Iterator[tuple[str, Measure]]:
    """Yield every measure with its scope."""
    for scope, measures in DICTIONARY.items():
        for measure in measures:
            yield scope, measure
