"""Times a month of each port with terminals from configuration to outcomes, and its kernel against the simpy engine.

python benchmarks/rail.py
"""

import time

from horgos import time_stages

from sim.demand import sample_movements
from sim.disruptions import draw_disruptions
from sim.kernel import ENGINES, Program
from sim.luck import Luck
from sim.port import plan_program
from sim.scenario.load import load_scenario

PORTS = ("horgos_rail", "alashankou_rail", "horgos_transload", "horgos_multimodal", "urumqi_air")
BEST_OF = 3


def time_engine(name: str, program: Program, best_of: int) -> float:
    """Return the least processor seconds of an engine."""
    seconds = []
    for _ in range(best_of):
        before = time.process_time()
        ENGINES[name](program)
        seconds.append(time.process_time() - before)
    return min(seconds)


def main() -> None:
    """Print a row for each port: a month and a week of warm-up, one core."""
    print("| port | movements | visits | s in all | kernel s | simpy engine s | simpy / compiled |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for port in PORTS:
        luck = Luck(1, 0)
        scenario = load_scenario(f"port={port}", "horizon=month")
        list(time_stages(scenario))
        runs = [list(time_stages(scenario)) for _ in range(BEST_OF)]
        whole = min(sum(seconds for _, seconds, _ in stages) for stages in runs)
        visits = sum(count for _, _, count in runs[0])
        drawn = draw_disruptions(scenario, luck)
        movements = sample_movements(drawn, luck)
        program = plan_program(drawn, movements, luck).program
        compiled, simpy = time_engine("compiled", program, BEST_OF), time_engine("simpy", program, 1)
        size = f"{port} | {len(movements):,} | {visits:,}"
        print(f"| {size} | {whole:.2f} | {compiled:.3f} | {simpy:.2f} | {simpy / compiled:.0f} |")


if __name__ == "__main__":
    main()
