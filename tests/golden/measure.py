"""Measures what the golden files hold: the sampler's draws, and every engine's trace of a committed day."""

import json
import math
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

import numpy as np
import polars as pl

from sim.demand import sample_movements
from sim.kernel import ENGINES, Calendar, Op, Pool, Program, Trace
from sim.kernel.trace import Fate
from sim.luck import Luck
from sim.port import plan_program
from sim.scenario.load import load_scenario
from sim.study.replication import simulate_once

FOLDER = Path(__file__).parent
ONE_DAY = ("port=horgos_road", "horizon.start=2025-09-01", "horizon.warmup_days=0", "horizon.days=1")
WITH_ROADS = {
    "horgos_city": "appointments,appointments_fast_track,cross_border_metering,disruption_snow_day",
    "horgos_dulata": "diversion_dulata,holding_yard_metering,disruption_lane_closed",
}
"""Ports with roads, and policies that use what roads have."""
WITH_TERMINALS = {
    "horgos_rail": "rail_inspection_yard,rail_machine_check",
    "alashankou_rail": "rail_pre_arrival_declaration",
    "horgos_transload": "transload_appointments",
    "horgos_multimodal": "truck_to_rail_shift",
    "urumqi_air": "faster_build_up",
}
"""Ports with terminals, and policies that use what they have."""
SEED = 1
COLUMNS = ("start_min", "first_step", "op", "priority", "target", "count", "value")
Golden = dict[str, float | str]


def read_golden(name: str) -> Golden:
    """Return the committed numbers, by what they measure."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def write_golden(name: str, golden: Mapping[str, float | str]) -> None:
    text = json.dumps(golden, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def measure_sampler() -> Golden:
    """Return counts and quantiles of arrivals by class and of service minutes by station, for one day."""
    scenario = load_scenario(*ONE_DAY)
    luck = Luck(SEED, 0)
    movements = sample_movements(scenario, luck)
    plan = plan_program(scenario, movements, luck)
    golden: Golden = {}
    for index, name in enumerate(movements.classes):
        golden |= _spread(f"{name} arrival_min", movements.arrival_min[movements.vehicle == index])
    minutes = plan.program.value[plan.finish_step]
    for index, station in enumerate(plan.stations):
        golden |= _spread(f"{station.key} service_min", minutes[plan.station == index])
    return golden


def measure_roads() -> Golden:
    """Return what roads, queues and release times come to on one day of each port with roads."""
    golden: Golden = {}
    for port, policies in WITH_ROADS.items():
        scenario = load_scenario(*ONE_DAY[1:], f"port={port}", f"policy=[{policies}]")
        outcomes = simulate_once(scenario, SEED).outcomes.filter(
            pl.col("scope").is_in(["port", "road", "cause", "class"])
        )
        for scope, name, measure, _, value in outcomes.iter_rows():
            golden |= {} if math.isnan(value) else {f"{port} {scope} {name} {measure}": value}
    return golden


def measure_terminals() -> Golden:
    """Return what trains, cargo, cranes and stores come to in two days of each port with terminals."""
    golden: Golden = {}
    for port, policies in WITH_TERMINALS.items():
        words = (*ONE_DAY[1:], "horizon.days=2", f"port={port}", f"policy=[{policies}]")
        outcomes = simulate_once(load_scenario(*words), SEED).outcomes.filter(
            pl.col("scope").is_in(["port", "terminal", "cargo", "carrier", "side"])
        )
        for scope, name, measure, _, value in outcomes.iter_rows():
            golden |= {} if math.isnan(value) else {f"{port} {scope} {name} {measure}": value}
    return golden


def measure_kernel(engine: str) -> Golden:
    """Return what an engine makes of the committed day: fates, waits by pool and the digest of its trace."""
    program = read_program()
    trace = ENGINES[engine](program)
    golden: Golden = {fate.name.lower(): int((trace.fate == fate).sum()) for fate in Fate}
    waits = (trace.ended_min - trace.began_min)[program.op == Op.SEIZE]
    asked = program.target[program.op == Op.SEIZE]
    for index, pool in enumerate(program.pools):
        here = waits[asked == index]
        golden[f"{pool.name} wait_min"] = math.fsum(here[~np.isnan(here)])
        golden[f"{pool.name} granted"] = int((~np.isnan(here)).sum())
    return golden | {"last_end_min": float(np.nanmax(trace.ended_min)), "digest": digest_of(trace)}


def digest_of(trace: Trace) -> str:
    """Return a hash of every time and fate, to the last bit."""
    times = (np.nan_to_num(column, nan=-1.0).astype("<f8") for column in (trace.began_min, trace.ended_min))
    return blake2b(
        b"".join([*(column.tobytes() for column in times), trace.fate.tobytes()]), digest_size=16
    ).hexdigest()


def draw_program() -> Program:
    """Return the program of one day of Horgos, as it is sampled and planned now."""
    scenario = load_scenario(*ONE_DAY)
    luck = Luck(SEED, 0)
    return plan_program(scenario, sample_movements(scenario, luck), luck).program


def write_program(program: Program) -> None:
    """Commit a program: plain columns, and pools and calendars laid end to end."""
    hours = [np.column_stack([each.opens_min, each.closes_min]) for each in program.calendars]
    np.savez_compressed(
        FOLDER / "program.npz",
        **{name: getattr(program, name) for name in COLUMNS},
        horizon_min=program.horizon_min,
        pool_names=[pool.name for pool in program.pools],
        pool_refills=[pool.refills for pool in program.pools],
        pool_steps=[len(pool.tokens) for pool in program.pools],
        pool_times_min=np.concatenate([pool.times_min for pool in program.pools]),
        pool_tokens=np.concatenate([pool.tokens for pool in program.pools]),
        calendar_names=[calendar.name for calendar in program.calendars],
        calendar_spans=[len(spans) for spans in hours],
        calendar_hours_min=np.concatenate([np.empty((0, 2)), *hours]),
    )


def read_program() -> Program:
    """Return the committed program."""
    with np.load(FOLDER / "program.npz", allow_pickle=False) as file:
        saved = {name: file[name] for name in file.files}
    ends = np.cumsum(saved["pool_steps"])[:-1]
    times, tokens = np.split(saved["pool_times_min"], ends), np.split(saved["pool_tokens"], ends)
    pools = zip(saved["pool_names"].tolist(), times, tokens, saved["pool_refills"].tolist(), strict=True)
    hours = np.split(saved["calendar_hours_min"], np.cumsum(saved["calendar_spans"])[:-1])
    calendars = zip(saved["calendar_names"].tolist(), hours, strict=True)
    return Program(
        pools=tuple(Pool(*pool) for pool in pools),
        calendars=tuple(Calendar.of(name, spans.tolist()) for name, spans in calendars),
        horizon_min=float(saved["horizon_min"]),
        **{name: saved[name] for name in COLUMNS},
    )


def _spread(name: str, values: np.ndarray) -> Golden:
    """Return the count, and the least, middle and most if there are any."""
    quantiles = np.quantile(values, (0.0, 0.5, 1.0)).tolist() if len(values) else []
    return {f"{name} count": len(values)} | {
        f"{name} {word}": value for word, value in zip(("least", "median", "most"), quantiles, strict=False)
    }
