"""Times one tandem of single-server stations on our engines and beside them, in one run, as one table.

python benchmarks/tandem.py
python benchmarks/tandem.py --movements 20000 --few 2000
"""

import argparse
import importlib.util
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import simpy

from sim.kernel import Op, Pool, Program, Trace, run

STATIONS = 8
UTILISATION = 0.8
THEORY_MIN = STATIONS / (1.0 - UTILISATION)
"""Mean time in a tandem of M/M/1 queues with a mean service of one minute: a product of independent ones (Jackson)."""

REPEATS = 5
SEED = 1


class Work(NamedTuple):
    """What every movement brings with it: shape (movements,) and (movements, stations)."""

    start_min: np.ndarray
    service_min: np.ndarray


class Timing(NamedTuple):
    """One line of the table."""

    name: str
    movements: int
    seconds: float
    sojourn_min: float
    note: str

    @property
    def visits_per_s(self) -> float:
        """Visits to a station, queueing included, per second."""
        return self.movements * STATIONS / self.seconds


def draw_work(movements: int) -> Work:
    """Draw all luck before the run, as a port does."""
    rng = np.random.default_rng(SEED)
    return Work(np.cumsum(rng.exponential(1.0 / UTILISATION, movements)), rng.exponential(1.0, (movements, STATIONS)))


def lay_program(work: Work) -> Program:
    """Lay out SEIZE, DELAY, RELEASE for each visit."""
    visits = work.service_min.size
    value = np.zeros((visits, 3))
    value[:, 1] = work.service_min.ravel()
    station = np.repeat(np.arange(STATIONS, dtype=np.int16), 3)
    station[1::3] = -1
    return Program(
        pools=tuple(Pool.of(f"station {i}", 1) for i in range(STATIONS)),
        calendars=(),
        start_min=work.start_min,
        first_step=np.arange(len(work.start_min) + 1) * 3 * STATIONS,
        op=np.tile(np.array([Op.SEIZE, Op.DELAY, Op.RELEASE], dtype=np.int8), visits),
        priority=np.zeros(3 * visits, dtype=np.int8),
        target=np.tile(station, len(work.start_min)),
        count=np.tile(np.array([1, 0, 1], dtype=np.int32), visits),
        value=value.ravel(),
    )


def measure_sojourn(work: Work, trace: Trace) -> float:
    """Return the mean minutes from start to the end of the last visit."""
    return float((trace.ended_min[3 * STATIONS - 1 :: 3 * STATIONS] - work.start_min).mean())


def clock(act: Callable[[], object]) -> float:
    """Return seconds of processor time: nothing here runs in parallel, and other work on the machine counts less."""
    before = time.process_time()
    act()
    return time.process_time() - before


def time_naive_simpy(movements: int) -> Timing:
    """Time what a tutorial would write: a process per movement, draws inside, one record per visit."""
    env, rng = simpy.Environment(), random.Random(SEED)
    stations = [simpy.Resource(env, 1) for _ in range(STATIONS)]
    records: list[tuple[int, int, float, float, float]] = []

    def live(movement: int):
        for number, station in enumerate(stations):
            came = env.now
            with station.request() as granted:
                yield granted
                began = env.now
                yield env.timeout(rng.expovariate(1.0))
            records.append((movement, number, came, began, env.now))

    def admit():
        for movement in range(movements):
            yield env.timeout(rng.expovariate(UTILISATION))
            env.process(live(movement))

    env.process(admit())
    seconds = clock(env.run)
    sojourn = sum(ended - came for _, _, came, _, ended in records) / movements
    return Timing("naive SimPy", movements, seconds, sojourn, "one process per movement, draws inside")


def time_ciw(movements: int) -> Timing:
    """Time Ciw, which keeps a record per visit by itself."""
    import ciw

    service = [ciw.dists.Exponential(rate=1.0) for _ in range(STATIONS)]
    routing = [[float(there == here + 1) for there in range(STATIONS)] for here in range(STATIONS)]
    arrivals = [ciw.dists.Exponential(rate=UTILISATION)] + [None] * (STATIONS - 1)
    network = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=service,
        routing=routing,
        number_of_servers=[1] * STATIONS,
    )
    ciw.seed(SEED)
    simulation = ciw.Simulation(network)
    seconds = clock(lambda: simulation.simulate_until_max_customers(movements, method="Finish"))
    records = simulation.get_all_records()
    sojourn = sum(record.exit_date - record.arrival_date for record in records) / movements
    return Timing("Ciw", movements, seconds, sojourn, f"{ciw.__version__}, draws inside")


def time_salabim(movements: int) -> Timing:
    """Time salabim with generators and without its monitors, one record per visit."""
    import salabim

    env = salabim.Environment(trace=False, yieldless=False)
    rng = random.Random(SEED)
    stations = [salabim.Resource(f"station {i}", capacity=1, monitor=False) for i in range(STATIONS)]
    records: list[tuple[int, float, float, float]] = []

    class Movement(salabim.Component):
        def setup(self):
            self.status.monitor(False)
            self.mode.monitor(False)

        def process(self):
            for number, station in enumerate(stations):
                came = env.now()
                yield self.request(station)
                began = env.now()
                yield self.hold(rng.expovariate(1.0))
                self.release(station)
                records.append((number, came, began, env.now()))

    class Admission(salabim.Component):
        def process(self):
            for _ in range(movements):
                yield self.hold(rng.expovariate(UTILISATION))
                Movement()

    Admission()
    seconds = clock(env.run)
    sojourn = sum(ended - came for _, came, _, ended in records) / movements
    return Timing("salabim", movements, seconds, sojourn, f"{salabim.__version__}, monitors off, draws inside")


def time_reference(movements: int) -> Timing:
    """Time our SimPy engine."""
    work = draw_work(movements)
    return time_engine("simpy", work, lay_program(work), 1)


def time_engine(engine: str, work: Work, program: Program, repeats: int) -> Timing:
    """Time from a program to its trace, checked for gridlock."""
    traces: list[Trace] = []
    seconds = []
    for _ in range(repeats):
        traces.clear()
        seconds.append(clock(lambda: traces.append(run(program, engine))))
    note = "from program to trace" + (f", best of {repeats}" if repeats > 1 else "")
    return Timing(f"kouan, {engine} engine", program.movements, min(seconds), measure_sojourn(work, traces[0]), note)


def time_cpp(work: Work) -> Timing:
    """Time the hand-written loop on the same work."""
    with tempfile.TemporaryDirectory() as folder:
        data, binary = Path(folder, "work"), Path(folder, "tandem")
        data.write_bytes(work.start_min.tobytes() + work.service_min.tobytes())
        subprocess.run(["g++", "-O2", "-o", binary, Path(__file__).with_suffix(".cpp")], check=True)
        command = [binary, str(len(work.start_min)), str(STATIONS), data, str(REPEATS)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, sojourn = map(float, answer.split())
    return Timing("C++, std::priority_queue", len(work.start_min), seconds, sojourn, f"best of {REPEATS}, g++ -O2")


def time_all(movements: int, few: int) -> tuple[list[Timing], list[str]]:
    """Return the timings, and remarks on what could not be timed and on what comes before the kernel."""
    remarks, timings = [], [time_naive_simpy(movements)]
    for name, measure in (("ciw", time_ciw), ("salabim", time_salabim)):
        if importlib.util.find_spec(name):
            timings.append(measure(few))
        else:
            remarks.append(f"{name} is not installed: pip install -r benchmarks/requirements.lock")
    timings.append(time_reference(few))
    warm_up = clock(lambda: run(lay_program(draw_work(10)), "compiled"))
    remarks.append(f"compiled engine, first call (compile, or load from the cache): {warm_up:.2f} s")
    before = time.process_time()
    work = draw_work(movements)
    drawn = time.process_time()
    program = lay_program(work)
    laid = time.process_time()
    remarks.append(
        f"before the kernel: drawing {drawn - before:.3f} s, laying out a checked program {laid - drawn:.3f} s"
    )
    timings.append(time_engine("compiled", work, program, REPEATS))
    if shutil.which("g++"):
        timings.append(time_cpp(work))
    else:
        remarks.append("g++ is not installed: no hand-written loop")
    return timings, remarks


def tell(timings: list[Timing], remarks: list[str]) -> str:
    """Return the table and the remarks in Markdown."""
    base = timings[0].visits_per_s
    lines = [
        f"| {STATIONS} stations, utilisation {UTILISATION} "
        "| movements | s | visits/s | × naive SimPy | mean min in system | |",
        "|---|---:|---:|---:|---:|---:|---|",
        *(tell_timing(timing, base) for timing in timings),
        f"| theory | | | | | {THEORY_MIN:.2f} | Jackson network |",
        "",
        *(f"* {remark}" for remark in remarks),
    ]
    return "\n".join(lines)


def tell_timing(timing: Timing, base: float) -> str:
    """Return one line of the table; speeds are compared per visit."""
    speed = f"{timing.visits_per_s:,.0f} | {timing.visits_per_s / base:.2f}"
    return (
        f"| {timing.name} | {timing.movements:,} | {timing.seconds:.3f} | {speed} | {timing.sojourn_min:.2f} "
        f"| {timing.note} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--movements", type=int, default=200_000, help="for naive SimPy and all that is fast")
    parser.add_argument("--few", type=int, default=20_000, help="for Ciw, salabim and the reference engine")
    asked = parser.parse_args()
    print(tell(*time_all(asked.movements, asked.few)))


if __name__ == "__main__":
    main()
