"""Times three links in a row, where a queue spills back and dissolves each hour, on our engines and on UXsim.

python benchmarks/roads.py
python benchmarks/roads.py --cycles 24 --few 1
"""

import argparse
import gc
import importlib.util
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.kernel import Op, Pool, Program, Trace, prepare, run
from sim.views.figures import COLOURS

LINKS = 3
LENGTH_M = 1000.0
SPEED_M_S, JAM_PER_M, REACTION_S = 20.0, 0.2, 1.0
"""UXsim's defaults: 72 km/h, 200 vehicles per km; all times in seconds are exact in binary."""

WAVE_M_S = 1.0 / (REACTION_S * JAM_PER_M)
CAPACITY_PER_S = SPEED_M_S / (SPEED_M_S + WAVE_M_S) / REACTION_S
PLACES = math.ceil(JAM_PER_M * LENGTH_M)
ENTRY_PER_S = (CAPACITY_PER_S, CAPACITY_PER_S, CAPACITY_PER_S / 2)
"""What can enter each link: the last one takes half."""

DEMAND = ((1200, 0.625), (2400, 0.125))
"""(seconds, vehicles per second), hour after hour; whole platoons of five in each part."""

CYCLE_S = 3600
CLEARING_S = 600
PLATOON = 5
REPEATS = 5
SEED = 1
FIGURE = Path(__file__).with_name("spillback.png")
FIGURE_MIN, FIGURE_STEP_S = 45.0, 20


class Case(NamedTuple):
    """How long the same road is used, and how many of it lie side by side."""

    hours: int
    roads: int = 1

    @property
    def vehicles(self) -> int:
        """Vehicles of all roads."""
        return self.roads * len(list_departures(self.hours))

    @property
    def seconds(self) -> np.ndarray:
        """The seconds of a run, until all have left."""
        return np.arange(self.hours * CYCLE_S + CLEARING_S)

    def __str__(self) -> str:
        return f"{self.roads} road{'s' * (self.roads > 1)}, {self.hours} h"


class Timing(NamedTuple):
    """One line of the table."""

    name: str
    case: Case
    seconds: float
    note: str

    @property
    def us_per_crossing(self) -> float:
        """Microseconds per vehicle and link."""
        return 1e6 * self.seconds / (self.case.vehicles * LINKS)


def list_departures(hours: int) -> np.ndarray:
    """Return the second at which each vehicle of a road comes."""
    ends = np.cumsum([seconds for seconds, _ in DEMAND])
    parts = [
        end - seconds + np.arange(1, seconds * flow + 1) / flow
        for end, (seconds, flow) in zip(ends, DEMAND, strict=True)
    ]
    return (np.arange(hours)[:, None] * CYCLE_S + np.concatenate(parts)).ravel()


def write_template() -> list[tuple[Op, int, float]]:
    """Return (instruction, pool, minutes) of a vehicle's steps; a link has the pools places, inlet and exit."""
    steps = []
    for link, flow in enumerate(ENTRY_PER_S):
        places, inlet, outlet = range(3 * link, 3 * link + 3)
        steps += [(Op.SEIZE, places, 0.0), (Op.SEIZE, inlet, 0.0)]
        steps += write_leaving(link - 1) if link else []
        steps += [(Op.RELEASE, inlet, 1.0 / flow / 60.0)]
        steps += [(Op.DELAY, -1, LENGTH_M / SPEED_M_S / 60.0), (Op.SEIZE, outlet, 0.0)]
    return steps + write_leaving(LINKS - 1)


def write_leaving(link: int) -> list[tuple[Op, int, float]]:
    """Return the steps of a vehicle that has left a link: a headway for the next, a wave for its place."""
    headway_min, wave_min = 1.0 / CAPACITY_PER_S / 60.0, LENGTH_M / WAVE_M_S / 60.0
    return [(Op.RELEASE, 3 * link + 2, headway_min), (Op.RELEASE, 3 * link, wave_min)]


TEMPLATE = write_template()
CROSSINGS = [step for step, (op, pool, _) in enumerate(TEMPLATE) if op == Op.SEIZE and pool % 3 == 1]
CROSSINGS += [len(TEMPLATE) - 3]
"""The steps whose end is the entry into each link, and the exit from the last."""


def lay_program(case: Case) -> Program:
    """Lay out the same steps for every vehicle; those that come at the same time, one per road, are neighbours."""
    departures = list_departures(case.hours)
    op, pool, value = (
        np.tile(np.array(column, dtype), case.vehicles)
        for column, dtype in zip(zip(*TEMPLATE, strict=True), (np.int8, np.int16, np.float64), strict=True)
    )
    of_road = pool.reshape(len(departures), case.roads, len(TEMPLATE))
    of_road += np.where(of_road >= 0, 3 * LINKS * np.arange(case.roads, dtype=np.int16)[:, None], np.int16(0))
    return Program(
        pools=tuple(
            Pool.of(f"{part} {link} of road {road}", tokens)
            for road in range(case.roads)
            for link in range(1, LINKS + 1)
            for part, tokens in (("places", PLACES), ("inlet", 1), ("exit", 1))
        ),
        calendars=(),
        start_min=np.repeat(departures / 60.0, case.roads),
        first_step=np.arange(case.vehicles + 1) * len(TEMPLATE),
        op=op,
        priority=np.zeros(len(op), dtype=np.int8),
        target=pool,
        count=(pool >= 0).astype(np.int32),
        value=value,
    )


def read_curves(case: Case, trace: Trace) -> np.ndarray:
    """Return how many have entered each link, and left the last, by each second, shape (roads, links + 1, seconds)."""
    ended_s = 60.0 * trace.ended_min.reshape(-1, case.roads, len(TEMPLATE))[:, :, CROSSINGS]
    return np.array(
        [[np.searchsorted(times, case.seconds, side="right") for times in road.T] for road in ended_s.swapaxes(0, 1)]
    )


def simulate_curves(case: Case) -> np.ndarray:
    """Return our curves: the whole way from departures."""
    return read_curves(case, run(lay_program(case), "compiled"))


def build_world(case: Case, platoon: int, cpp: bool, logs: bool = False) -> Any:
    """Return the same roads in UXsim, without what it may leave out: logs, random draws, the search for routes."""
    import uxsim

    until = case.hours * CYCLE_S + CLEARING_S
    world = uxsim.World(
        deltan=platoon,
        reaction_time=REACTION_S,
        cpp=cpp,
        tmax=until,
        duo_update_time=until,
        vehicle_logging_timestep_interval=1 if logs else -1,
        hard_deterministic_mode=True,
        random_seed=SEED,
        print_mode=0,
        save_mode=0,
    )
    for road in range(case.roads):
        add_road(world, road)
        add_demand(world, road, case.hours)
    world.finalize_scenario()
    return world


def add_road(world: Any, road: int) -> None:
    """Add one road to a world; a link that may carry its capacity has no limit at its entry, as by default."""
    for node in range(LINKS + 1):
        world.addNode(f"{road} {node}", node * LENGTH_M, float(road))
    for link, flow in enumerate(ENTRY_PER_S):
        name, ends = f"{road} link {link}", (f"{road} {link}", f"{road} {link + 1}")
        limit = None if flow == CAPACITY_PER_S else flow
        world.addLink(name, *ends, LENGTH_M, free_flow_speed=SPEED_M_S, jam_density=JAM_PER_M, capacity_in=limit)


def add_demand(world: Any, road: int, hours: int) -> None:
    """Let vehicles come to a road, hour after hour."""
    begin = 0
    for seconds, flow in DEMAND * hours:
        world.adddemand(f"{road} 0", f"{road} {LINKS}", begin, begin + seconds, flow)
        begin += seconds


def execute(world: Any) -> None:
    """Run UXsim as a user does."""
    world.exec_simulation()


def step_core(world: Any) -> None:
    """Run UXsim's compiled loop without what the wrapper does for Python afterwards."""
    world._cpp_world.main_loop(-1.0, float(world.TMAX))


def read_world(world: Any) -> np.ndarray:
    """Return UXsim's curves, one column per time step."""
    roads = [world.LINKS[first : first + LINKS] for first in range(0, len(world.LINKS), LINKS)]
    return np.array([[*(link.cum_arrival for link in road), road[-1].cum_departure] for road in roads])


def run_world(case: Case, platoon: int, cpp: bool) -> np.ndarray:
    """Return UXsim's curves: the whole way from demand."""
    world = build_world(case, platoon, cpp)
    execute(world)
    return read_world(world)


def predict_curves(case: Case) -> np.ndarray:
    """Return Newell's curves of a fluid with the same demand, by his minimum principle on a grid of quarter seconds."""
    per_s = 4
    free, wave = (round(per_s * LENGTH_M / speed) for speed in (SPEED_M_S, WAVE_M_S))
    most = np.array([*ENTRY_PER_S, CAPACITY_PER_S]) / per_s
    demand = accumulate_demand(case.hours, np.arange(len(case.seconds) * per_s) / per_s)
    curves = np.zeros((LINKS + 1, wave + len(demand)))
    for now in range(wave + 1, curves.shape[1]):
        sent = np.append(demand[now - wave], curves[:-1, now - free])
        room = np.append(curves[1:, now - wave] + JAM_PER_M * LENGTH_M, np.inf)
        curves[:, now] = np.minimum(np.minimum(sent, room), curves[:, now - 1] + most)
    return curves[:, wave::per_s]


def accumulate_demand(hours: int, seconds: np.ndarray) -> np.ndarray:
    """Return how much has come to one road by each second."""
    parts = np.array(DEMAND * hours)
    ends = np.cumsum(parts[:, 0])
    return np.interp(seconds, np.append(0.0, ends), np.append(0.0, np.cumsum(parts[:, 0] * parts[:, 1])))


def clock(act: Callable[[Any], object], make: Callable[[], Any] | None = None, repeats: int = REPEATS) -> float:
    """Return the least processor time of several runs, each on something new whose making is not counted."""
    return min(clock_once(act, make() if make else None) for _ in range(repeats))


def clock_once(act: Callable[[Any], object], made: Any) -> float:
    """Return seconds of processor time: nothing here runs in parallel, and other work on the machine counts less."""
    gc.collect()
    before = time.process_time()
    act(made)
    return time.process_time() - before


def time_kouan(case: Case) -> list[Timing]:
    """Time the compiled engine from program to trace, what comes before, and the whole way to curves."""
    prepare("compiled")
    program = lay_program(case)
    acts = (
        ("kouan, compiled engine", lambda _: run(program, "compiled"), "program to trace"),
        ("kouan, building", lambda _: lay_program(case), "departures to checked program"),
        ("kouan, all", lambda _: simulate_curves(case), "departures to curves"),
    )
    return [Timing(name, case, clock(act), note) for name, act, note in acts]


def time_reference(case: Case) -> Timing:
    """Time our SimPy engine from program to trace."""
    program = lay_program(case)
    return Timing("kouan, simpy engine", case, clock(lambda _: run(program, "simpy")), "program to trace")


def time_cpp(case: Case) -> list[Timing]:
    """Time UXsim's C++ core: its loop alone, as called from Python, what comes before, and the whole way to curves."""
    timings = []
    for label, platoon in (("UXsim C++", 1), (f"UXsim C++, platoons of {PLATOON}", PLATOON)):
        build = partial(build_world, case, platoon, cpp=True)
        acts = (
            (label, step_core, build, "compiled loop alone"),
            (label, execute, build, "exec_simulation"),
            (f"{label}, building", lambda _, build=build: build(), None, "demand to finalised world"),
            (f"{label}, all", lambda _, platoon=platoon: run_world(case, platoon, cpp=True), None, "demand to curves"),
        )
        timings += [Timing(name, case, clock(act, make), note) for name, act, make, note in acts]
    return timings


def time_slow(case: Case) -> list[Timing]:
    """Time UXsim with the logs it keeps by default, and its Python core without."""
    note = "exec_simulation"
    return [
        Timing("UXsim C++, logs on", case, clock(execute, partial(build_world, case, 1, cpp=True, logs=True)), note),
        *(
            Timing(label, case, clock(execute, partial(build_world, case, platoon, cpp=False)), note)
            for label, platoon in (("UXsim Python", 1), (f"UXsim Python, platoons of {PLATOON}", PLATOON))
        ),
    ]


def tell_timings(timings: list[Timing]) -> str:
    """Return the table in Markdown; times are compared per vehicle and link, with the first line of the same case."""
    base = {timing.case: timing for timing in reversed(timings)}
    lines = ["| | vehicles | s | us per vehicle and link | × kouan | |", "|---|---:|---:|---:|---:|---|"]
    for timing in timings:
        if timing is base[timing.case]:
            lines.append(f"| **{timing.case}** | | | | | |")
        ratio = timing.us_per_crossing / base[timing.case].us_per_crossing
        speed = f"{timing.seconds:.3f} | {timing.us_per_crossing:.3f} | {ratio:,.2f}"
        lines.append(f"| {timing.name} | {timing.case.vehicles:,} | {speed} | {timing.note} |")
    return "\n".join(lines)


def tell_differences(curves: dict[str, np.ndarray]) -> str:
    """Return a table of the largest difference in vehicles between any two answers, at any second, by crossing."""
    names = list(curves)
    places = ["enter 1", "1 to 2", "2 to 3", "leave 3"]
    lines = [f"| largest difference, vehicles | {' | '.join(places)} |", "|---|---:|---:|---:|---:|"]
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            largest = np.abs(curves[one] - curves[other]).max(axis=1)
            lines.append(f"| {one} and {other} | {' | '.join(f'{most:.2f}' for most in largest)} |")
    return "\n".join(lines)


def compare_curves(case: Case) -> dict[str, np.ndarray]:
    """Return each simulator's curves and the theory's for one road; platoons hold their count between time steps."""
    curves = {"kouan": simulate_curves(case)[0]}
    if importlib.util.find_spec("uxsim"):
        curves["UXsim"] = run_world(case, 1, cpp=True)[0]
        curves[f"UXsim, platoons of {PLATOON}"] = np.repeat(run_world(case, PLATOON, cpp=True)[0], PLATOON, axis=1)
    return {**curves, "Newell": predict_curves(case)}


def plot_curves(ours: np.ndarray, theirs: np.ndarray, path: Path) -> None:
    """Draw the cumulative curves of the crossings and the vehicles on each link."""
    style = {"font.family": "DejaVu Sans", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):  # the font as well: importing UXsim changes it
        figure = Figure(figsize=(12.0, 5.0), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
        plot_crossings(left, ours, theirs)
        plot_links(right, ours, theirs)
        title = (
            "A queue before link 3 spills back through links 2 and 1 and dissolves. Solid: kouan, dashed: UXsim (C++)"
        )
        figure.suptitle(title, fontsize=11, x=0.01, ha="left")
        figure.savefig(path, dpi=130)


def plot_crossings(axes: Axes, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Draw how many have come, entered each link and left the last."""
    departures = list_departures(1)
    axes.plot(departures / 60.0, np.arange(1, len(departures) + 1), color="0.5", lw=1.0)
    draw_pairs(axes, ours, theirs)
    (_, rush), queue = DEMAND[0], ENTRY_PER_S[-1]
    name_line(axes, "demand", (14.5, 14.5 * 60.0 * rush + 18.0), "0.4", rush)
    names = ("enter link 1", "from link 1 to 2", "from link 2 to 3", "leave link 3")
    places = ((17.5, -52.0), (11.0, 18.0), (14.0, 18.0), (15.0, -52.0))
    for name, curve, colour, (minute, above) in zip(names, ours, COLOURS, places, strict=False):
        name_line(axes, name, (minute, curve[int(minute * 60.0)] + above), colour, queue)
    axes.set(xlim=(0, FIGURE_MIN), ylim=(0, 950), xlabel="time, minutes", ylabel="vehicles since the start")


def name_line(axes: Axes, name: str, at: tuple[float, float], colour: str, per_s: float) -> None:
    """Write a name along a line of a slope."""
    angle = math.degrees(math.atan(60.0 * per_s))
    turn = {"rotation": angle, "rotation_mode": "anchor", "transform_rotates_text": True}
    axes.text(*at, name, color=colour, weight="bold", **turn)


def plot_links(axes: Axes, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Draw how many vehicles are on each link."""
    draw_pairs(axes, -np.diff(ours, axis=0), -np.diff(theirs, axis=0))
    for link, (colour, at) in enumerate(zip(COLOURS, ((11.4, 60), (0.9, 80), (17.0, 23)), strict=False), start=1):
        axes.text(*at, f"link {link}", color=colour, weight="bold")
    axes.set(xlim=(0, FIGURE_MIN), ylim=(0, 130), xlabel="time, minutes", ylabel="vehicles on the link")


def draw_pairs(axes: Axes, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Draw pairs of lines over minutes, a thin dashed one upon a broad one where they agree."""
    seconds = np.arange(0, ours.shape[1], FIGURE_STEP_S)
    for colour, one, other in zip(COLOURS, ours, theirs, strict=False):
        axes.plot(seconds / 60.0, one[seconds], color=colour, lw=3.0, alpha=0.55)
        axes.plot(seconds / 60.0, other[seconds], color="black", lw=0.9, ls=(0, (5, 4)))


def main() -> None:
    """Print the tables and write the figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cycles", type=int, default=96, help="hours of one road, then roads of one hour")
    parser.add_argument("--few", type=int, default=2, help="hours of one road for what is slow")
    asked = parser.parse_args()
    curves = compare_curves(Case(1))
    has_uxsim = "UXsim" in curves
    timings = []
    for case in (Case(asked.cycles), Case(1, asked.cycles)):
        timings += time_kouan(case) + (time_cpp(case) if has_uxsim else [])
    few = Case(asked.few)
    timings += [*time_kouan(few), time_reference(few), *(time_slow(few) if has_uxsim else [])]
    print(tell_timings(timings), tell_differences(curves), sep="\n\n")
    if has_uxsim:
        plot_curves(curves["kouan"], curves["UXsim"], FIGURE)
    else:
        print("\nuxsim is not installed: pip install -r benchmarks/requirements.lock")


if __name__ == "__main__":
    main()
