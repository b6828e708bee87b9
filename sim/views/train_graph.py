"""The train graph as data: which vehicles, the stops they pass in order, and where each is when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.visits import Visits
from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.schema import Scenario
from sim.study.replication import Study
from sim.views.steps import Step, find_steps, step_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DAYS_SHOWN = 2
MOST_LINES = 60
"""Of more vehicles, every second, third, ... is drawn."""


@dataclass(frozen=True)
class Ladder:
    """The steps of vehicles that cross the border in one direction, along their way, one rung each.

    Classes of vehicles that pass mostly the same steps share a ladder. Exports climb it, imports come down.
    """

    direction: str
    classes: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def rungs(self) -> tuple[Step, ...]:
        """Steps from the lowest to the highest."""
        return self.steps[::-1] if self.direction == "import" else self.steps

    @property
    def borders(self) -> list[int]:
        """Heights at which a rung lies on the other side than the one below."""
        sides = [step.beyond for step in self.rungs]
        return [at for at in range(1, len(sides)) if sides[at] != sides[at - 1]]


@dataclass(frozen=True)
class Path:
    """Where a vehicle is at some times, as heights on a ladder: it climbs a rung by work, and stands level.

    `stands` are (begin, end, height) of each time that it waits; who waits for the same at once stands at another
    height.
    """

    times_min: FloatArray
    heights: FloatArray
    stands: tuple[tuple[float, float, float], ...]


def find_ladders(scenario: Scenario) -> list[Ladder]:
    """Return a ladder for each direction: of vehicles with a timetable if there are any, or that come to a terminal."""
    ladders = []
    for direction in ("export", "import"):
        classes = _choose_classes(scenario, direction)
        if classes:
            steps = {name: find_steps(scenario, name) for name in classes}
            first = steps[classes[0]]
            alike = [name for name in classes if 2 * len(_shared(steps[name], first)) >= len(steps[name])]
            ladders.append(Ladder(direction, tuple(alike), tuple(_merge([steps[name] for name in alike]))))
    return ladders


def _choose_classes(scenario: Scenario, direction: str) -> list[str]:
    """Return classes of vehicles that cross in a direction, the most frequent first."""
    port, classes = scenario.port, scenario.demand.classes
    crossing = [name for name in classes if not scenario.is_cargo(name) and not scenario.is_local(name)]
    routes = {name: list(port.routes_of(classes[name].route).values()) for name in crossing}
    mine = [name for name in crossing if routes[name][0].direction == direction]
    scheduled = [name for name in mine if classes[name].timetable]
    at_terminal = [
        name
        for name in mine
        if any(stop.rpartition(".")[0] in port.terminals for route in routes[name] for stop in route.through)
    ]
    return sorted(scheduled or at_terminal, key=lambda name: -(classes[name].per_day or 0.0))


def _shared(steps: list[Step], others: list[Step]) -> list[Step]:
    return [step for step in steps if step in others]


def _merge(ways: list[list[Step]]) -> list[Step]:
    """Return the steps of all ways in their order; what only some pass comes after its step before."""
    merged: list[Step] = []
    for way in ways:
        at = 0
        for step in way:
            if step not in merged:
                merged.insert(at, step)
            at = merged.index(step) + 1
    return merged


def choose_days(study: Study, ladders: list[Ladder]) -> Window:
    """Return the measured days on which vehicles of the ladders stand longest, in the first scenario."""
    label, scenario = next(iter(study.scenarios.items()))
    visits, horizon = study.visits[label], scenario.horizon
    numbers = [visits.movements.classes.index(name) for ladder in ladders for name in ladder.classes]
    here = np.isin(visits.movements.vehicle[visits.movement], numbers)
    arrive, start, finish, leave = (
        each[here] for each in (visits.arrive_min, visits.start_min, visits.finish_min, visits.leave_min)
    )
    days = min(DAYS_SHOWN, horizon.days)
    begins = horizon.warmup_min + DAY_MIN * np.arange(horizon.days - days + 1)
    windows = [Window(begin, begin + days * DAY_MIN) for begin in begins.tolist()]
    return max(
        windows,
        key=lambda span: span.minutes_within(arrive, start).sum() + span.minutes_within(finish, leave).sum(),
    )


def read_paths(scenario: Scenario, visits: Visits, ladder: Ladder, days: Window) -> tuple[list[Path], int]:
    """Return where vehicles of a ladder are on these days, and of how many one is shown: every one, second, ..."""
    numbers = [visits.movements.classes.index(name) for name in ladder.classes]
    mine = np.isin(visits.movements.vehicle, numbers)[visits.movement] & ~np.isnan(visits.enter_min)
    there = mine & (visits.enter_min < days.end) & ~(visits.leave_min <= days.begin)
    shown = np.unique(visits.movement[there])
    each = max(-(-len(shown) // MOST_LINES), 1)
    rung = _number_rungs(scenario, visits, ladder)[visits.station]
    rows = np.flatnonzero(mine & (rung >= 0) & np.isin(visits.movement, shown[::each]))
    times, heights = _place(visits, rows, rung[rows], scenario.horizon.end_min)
    if ladder.direction == "import":
        heights = len(ladder.steps) - heights
    begins = np.flatnonzero(np.diff(visits.movement[rows], prepend=-1))[1:]
    parts = zip(np.split(times, begins), np.split(heights, begins), strict=True)
    return [Path(time.ravel(), height.ravel(), _find_stands(time, height)) for time, height in parts if len(time)], each


def _number_rungs(scenario: Scenario, visits: Visits, ladder: Ladder) -> IntArray:
    """Return which step of the ladder each stop is; -1 for none."""
    names = [step.stops[0] for step in ladder.steps]
    steps = [step_of(scenario.port, stop.key) for stop in visits.stations]
    return np.array([names.index(name) if name in names else -1 for name in steps])


TIMES = ("enter", "arrive", "start", "finish", "leave")


def _place(visits: Visits, rows: IntArray, rung: IntArray, end_min: float) -> tuple[FloatArray, FloatArray]:
    """Return times and heights of visits, shape (visits, times); stations of one inspection site share its rung."""
    new = (np.diff(visits.movement[rows], prepend=-1) != 0) | (np.diff(rung, prepend=-1) != 0)
    firsts = np.flatnonzero(new)
    sharing = np.diff(firsts, append=len(rows))
    place, size = np.arange(len(rows)) - np.repeat(firsts, sharing), 1.0 / np.repeat(sharing, sharing)
    low = rung + place * size
    times = np.stack([getattr(visits, f"{name}_min")[rows] for name in TIMES], axis=1)
    began, ended = (~np.isnan(times[:, TIMES.index(name)]) for name in ("start", "finish"))
    times = np.where(np.isnan(times), end_min, times)
    queue = np.unique(low, return_inverse=True)[1]
    waits = low + size * _stack_up(queue, times[:, 1], times[:, 2])
    is_blocked = low + size * (1.0 - _stack_up(queue, times[:, 3], times[:, 4]))
    so_far = np.where(ended, is_blocked, np.where(began, low + size / 2, waits))
    return times, np.stack([low, waits, waits, so_far, so_far], axis=1)


STANDS_MIN = 1.0
"""Shorter waits are not drawn as such."""


def _stack_up(queue: IntArray, begin_min: FloatArray, end_min: FloatArray) -> FloatArray:
    """Return how high each stands among those who wait in its queue at the same time, as a share of the rung."""
    heights = np.zeros(len(queue))
    free_from: dict[int, list[float]] = {}
    for row in np.lexsort((end_min, begin_min)).tolist():
        if end_min[row] - begin_min[row] < STANDS_MIN:
            continue
        lanes = free_from.setdefault(int(queue[row]), [])
        lane = next((number for number, free in enumerate(lanes) if free <= begin_min[row]), len(lanes))
        lanes[lane : lane + 1] = [end_min[row]]
        heights[row] = min(0.1 + 0.13 * lane, 0.75)
    return heights


def _find_stands(times: FloatArray, heights: FloatArray) -> tuple[tuple[float, float, float], ...]:
    """Return (begin, end, height) of the waits of one vehicle."""
    return tuple(
        (times[row, column], times[row, column + 1], heights[row, column])
        for row in range(len(times))
        for column in (TIMES.index("arrive"), TIMES.index("finish"))
        if times[row, column + 1] - times[row, column] >= STANDS_MIN
    )
