"""Times Horgos road from configuration to outcomes: a year by stage, its growth, and a sweep of policies.

python benchmarks/horgos.py year
python benchmarks/horgos.py growth
python benchmarks/horgos.py sweep --policies 64
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import combinations

from sim.demand import sample_movements
from sim.disruptions import draw_disruptions
from sim.kernel import ENGINES
from sim.kernel.gridlock import check_gridlock
from sim.luck import Luck
from sim.outcomes import measure_outcomes, read_boarding, read_series, read_visits
from sim.port import plan_program
from sim.scenario import Scenario, ScenarioError
from sim.scenario.load import load_scenario
from sim.study.replication import replicate_scenarios

LEVERS = (
    "hours_24x7",
    "hours_14h",
    "joint_inspection",
    "fewer_inspections",
    "pre_arrival_declaration",
    "faster_smart_gate",
    "extra_lanes",
    "neighbour_aligned",
)
GROWTH = ((1, 1.0), (7, 1.0), (28, 1.0), (365, 1.0), (3650, 1.0), (28, 2.0), (28, 5.0), (28, 10.0))


def time_stages(scenario: Scenario) -> Iterator[tuple[str, float, int]]:
    """Yield (stage, processor seconds, visits) of one replication."""
    luck = Luck(1, 0)
    clock = time.process_time
    before = clock()

    def lap(stage: str, visits: int = 0) -> tuple[str, float, int]:
        nonlocal before
        now = clock()
        seconds, before = now - before, now
        return stage, seconds, visits

    scenario = draw_disruptions(scenario, luck)
    movements = sample_movements(scenario, luck)
    yield lap("arrivals")
    plan = plan_program(scenario, movements, luck)
    yield lap("plan", len(plan.movement))
    trace = ENGINES["compiled"](plan.program)
    yield lap("kernel")
    check_gridlock(plan.program, trace)
    visits = read_boarding(read_visits(plan, movements, trace))
    yield lap("visits")
    read_series(scenario, visits)
    yield lap("series")
    measure_outcomes(scenario, visits)
    yield lap("outcomes")


def load_horgos(days: int, demand: float = 1.0) -> Scenario:
    """Return Horgos road for so many days, with demand and all lanes and places multiplied."""
    scenario = load_scenario("horizon=smoke", "horizon.warmup_days=0", f"horizon.days={min(days, 3650)}")
    world = scenario.model_dump()
    for vehicle in world["demand"]["classes"].values():
        vehicle["per_day"] *= demand
    for facility in world["port"]["facilities"].values():
        facility["servers"] = int(facility["servers"] * demand)
        for key in ("places", "quota_per_day"):
            facility[key] = int(facility[key] * demand) if facility[key] else None
    for site in world["port"]["inspection_sites"].values():
        for exam in site["examinations"].values():
            exam["bays"] = int(exam["bays"] * demand)
    return Scenario.model_validate(world)


def print_year() -> None:
    """Print seconds and share of each stage of a year, after warm-up."""
    list(time_stages(load_horgos(1)))
    stages = list(time_stages(load_horgos(365)))
    total = sum(seconds for _, seconds, _ in stages)
    visits = sum(count for _, _, count in stages)
    print(f"A year of Horgos road, {visits:,} visits\n\n| stage | s | share |\n|---|---:|---:|")
    for stage, seconds, _ in stages:
        print(f"| {stage} | {seconds:.2f} | {seconds / total:.0%} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"| **all** | **{total:.2f}** | peak memory {peak:.2f} GiB |")


def print_growth() -> None:
    """Print microseconds per visit as days and demand grow, each in a process of its own."""
    print("| days | demand | visits | s | us per visit | against 28 days | peak GiB |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    rows = {(days, demand): _measure_apart(days, demand) for days, demand in GROWTH}
    month = rows[28, 1.0][1] / rows[28, 1.0][0]
    for (days, demand), (visits, seconds, peak) in rows.items():
        each = seconds / visits
        size = f"{days:,} | {demand:g} x | {visits:,.0f} | {seconds:.2f}"
        print(f"| {size} | {each * 1e6:.2f} | {each / month:.2f} | {peak:.2f} |")


def _measure_apart(days: int, demand: float) -> tuple[float, float, float]:
    command = [sys.executable, __file__, "one", "--days", str(days), "--demand", str(demand)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    visits, seconds, peak = map(float, answer)
    return visits, seconds, peak


def print_one(days: int, demand: float) -> None:
    """Print visits, processor seconds and peak GiB of one run after warm-up."""
    list(time_stages(load_horgos(1)))
    stages = list(time_stages(load_horgos(days, demand)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(sum(count for _, _, count in stages), sum(seconds for _, seconds, _ in stages), peak)


def print_sweep(policies: int, replications: int) -> None:
    """Print policies per minute of a sweep over combinations of levers on two workers."""
    scenarios = dict(_combine(policies))
    before = time.perf_counter()
    replicate_scenarios(scenarios, replications, seed=1, workers=2)
    seconds = time.perf_counter() - before
    print(
        f"{len(scenarios)} policies x {replications} replications x 28 days on two workers: {seconds:.0f} s, "
        f"{60.0 * len(scenarios) / seconds:.1f} policies a minute"
    )


def _combine(policies: int) -> Iterator[tuple[str, Scenario]]:
    """Yield the first combinations of levers that do not collide."""
    found = 0
    for size in range(len(LEVERS)):
        for names in combinations(LEVERS, size):
            if found == policies:
                return
            try:
                yield "+".join(names) or "today", load_scenario("horizon=month", f"policy=[{','.join(names)}]")
            except ScenarioError:
                continue
            found += 1


def main() -> None:
    """Run the benchmark that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("year", "growth", "sweep", "one"))
    parser.add_argument("--policies", type=int, default=64)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--demand", type=float, default=1.0)
    asked = parser.parse_args()
    if asked.what == "year":
        print_year()
    elif asked.what == "growth":
        print_growth()
    elif asked.what == "one":
        print_one(asked.days, asked.demand)
    else:
        print_sweep(asked.policies, asked.replications)


if __name__ == "__main__":
    main()
