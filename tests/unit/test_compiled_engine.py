import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.kernel import (
    Calendar,
    Choice,
    Gridlock,
    Op,
    Option,
    Pool,
    Program,
    Step,
    assemble,
    await_signals,
    choose,
    delay,
    release,
    run,
    seize,
    seize_within,
    signal,
    skip,
    try_seize,
    until,
)
from sim.kernel.compiled_engine import _find_machine, _lay_out, _pack, _prepare, run_compiled
from sim.kernel.simpy_engine import run_simpy
from sim.kernel.trace import Fate

INF = float("inf")


def hold(pool: str, minutes: float, tokens: int = 1, priority: int = 0, after_min: float = 0.0):
    return [seize(pool, tokens, priority), delay(minutes), release(pool, tokens, after_min)]


def assert_engines_agree(program: Program) -> None:
    reference, compiled = run_simpy(program), run_compiled(program)
    for column in ("began_min", "ended_min", "fate"):
        expected, found = getattr(reference, column), getattr(compiled, column)
        assert found.dtype == expected.dtype
        assert np.array_equal(expected, found, equal_nan=found.dtype == np.float64), column


GATE = Pool.of("gate", 1)
YARD = Pool.of("yard", 3)
SHIFTS = Pool.of("shifts", [(0.0, 2), (5.0, 0), (7.0, 3), (9.5, 1)])
QUOTA = Pool.of("quota", [(0.0, 2), (10.0, 2), (20.0, 1)], refills=True)
STORE = Pool.of("store", 0)
HOURS = Calendar.of("hours", [(1.0, 3.0), (4.1, 4.3), (8.0, 20.0)])
NEVER_OPEN = Calendar.of("never", [])
UNEVEN = Calendar.of("uneven", [(0.3, 2.9, 0.7), (2.9, 4.1, 1 / 3), (5.0, 5.1, 40.0), (6.0, INF, 1.3)])
QUEUES = [Pool.of("gate", 1), Pool.of("yard", 3, clock="uneven")]
BY_QUEUE = Choice("by queue", (Option(0.0, 0.7, ("gate",), (0.7,)), Option(0.4, 0.3, ("yard",), (0.3,))))
BY_OLD_QUEUE = replace(BY_QUEUE, name="by old queue", delay_min=0.9)
BY_HOURS = Choice(
    "by hours",
    (
        Option(0.1, 0.3, ("gate", "yard", "gate"), (0.1, 0.2, 0.3), "uneven"),
        Option(0.0, 0.3, ("yard",), (0.3,), "hours"),
        Option(8.0),
    ),
)
CHOICES = [BY_QUEUE, BY_OLD_QUEUE, BY_HOURS]

PROGRAMS = {
    "nobody": assemble([GATE], []),
    "nothing to do": assemble([], [(0.0, []), (2.0, [])]),
    "one server": assemble([GATE], [(0.3 * i, hold("gate", 0.7)) for i in range(20)]),
    "all at once": assemble([GATE], [(1.0, hold("gate", 1.0)) for _ in range(20)]),
    "several tokens": assemble([YARD], [(0.0, hold("yard", 1.0 + i % 3, 1 + i % 3)) for i in range(20)]),
    "priorities": assemble([GATE], [(i % 4, hold("gate", 1.1, 1, (i * 7) % 5 - 2)) for i in range(30)]),
    "far priorities": assemble([GATE], [(0.0, hold("gate", 1.0, 1, p)) for p in (127, 0, -128, 5, -128, 127, 1)]),
    "urgent large request": assemble(
        [YARD], [(0.0, hold("yard", 2.0, 2)), (0.5, hold("yard", 1.0, 3, -1)), (0.6, hold("yard", 1.0, 1))]
    ),
    "later urgent request overtakes": assemble(
        [YARD], [(0.0, hold("yard", 2.0, 2)), (0.5, hold("yard", 1.0, 3, 1)), (0.6, hold("yard", 1.0, 1, 0))]
    ),
    "lagged release": assemble([GATE], [(0.0, hold("gate", 1.0, after_min=0.1 * i)) for i in range(10)]),
    "releases due together": assemble(
        [GATE, YARD],
        [(0.5 * i, [*hold("gate", 0.5), *hold("yard", 0.0, 1 + i % 3, after_min=5.0 - 0.5 * i)]) for i in range(9)],
    ),
    "lag too short for the clock": assemble(
        [STORE],
        [
            (1e6, [release("store", 1, 1e-20), seize("store"), delay(1.0)]),
            (1e6, [seize("store")]),
            (2e6, [release("store")]),
        ],
    ),
    "delay too short for the clock": assemble([GATE], [(1e6, hold("gate", 1e-20)) for _ in range(4)]),
    "until": assemble([GATE], [(float(i), [until(2.5), *hold("gate", 0.0), until(1.0), until(4.0)]) for i in range(6)]),
    "open hours": assemble(
        [], [(0.7 * i, [delay(0.1 * i, "hours"), delay(0.3, "hours"), delay(0.0, "hours")]) for i in range(25)], [HOURS]
    ),
    "shifts": assemble([SHIFTS], [(0.5 * i, hold("shifts", 1.0, 1 + i % 2)) for i in range(15)]),
    "changes, releases and requests at one instant": assemble(
        [SHIFTS, Pool.of("other", [(0.0, 1), (5.0, 2), (7.0, 0), (9.5, 1)])],
        [
            *[(float(i), [*hold("shifts", 2.5 - i % 2), *hold("other", 0.5, after_min=0.5)]) for i in range(8)],
            *[(7.0, [seize("other"), release("other", 1, 2.5), *hold("shifts", 2.5)]) for _ in range(3)],
        ],
    ),
    "quota": assemble(
        [QUOTA],
        [(4.0 * i, [seize("quota"), release("quota")] if i % 3 else [seize("quota")]) for i in range(7)],
        horizon_min=30.0,
    ),
    "store": assemble(
        [STORE],
        [(float(i), [seize("store", 1 + i % 2)]) for i in range(8)]
        + [(2.0 * i, [release("store", 3)]) for i in range(5)],
    ),
    "try": assemble(
        [GATE],
        [
            (0.3 * i, [try_seize("gate", 2 + i % 2), delay(0.5), release("gate"), until(3.0), *hold("gate", 0.1)])
            for i in range(9)
        ],
    ),
    "try behind a queue": assemble(
        [YARD],
        [
            (0.0, hold("yard", 2.0, 2)),
            (0.5, hold("yard", 1.0, 2)),
            *[(1.0, [try_seize("yard", 2, 1, priority), delay(0.5), release("yard")]) for priority in (1, 0, -1)],
        ],
    ),
    "blocking after service": assemble(
        [GATE, Pool.of("bay", 1)],
        [
            (0.2 * i, [seize("gate"), delay(0.3), seize("bay"), release("gate"), delay(0.9), release("bay")])
            for i in range(9)
        ],
    ),
    "clocks at several rates": assemble(
        QUEUES,
        [(0.2 * i, [delay(0.1 * i, "uneven"), *hold("yard", 0.3, 1 + i % 3, after_min=0.1 * i)]) for i in range(25)],
        [UNEVEN],
    ),
    "releases that are never given": assemble(
        [Pool.of("gate", 1, clock="never")], [(0.0, hold("gate", 1.0, after_min=1.0))] * 2, [NEVER_OPEN]
    ),
    "choices": assemble(
        QUEUES,
        [
            (
                0.1 * i,
                [
                    *choose("by queue", hold("gate", 0.7), hold("yard", 0.3, 1 + i % 3, -(i % 2), 0.1)),
                    *choose("by old queue", hold("gate", 0.7), [skip(1), delay(9.0), *hold("yard", 0.3, 2)]),
                    *choose("by hours", hold("gate", 0.1), [], [try_seize("yard", 2), delay(0.1), release("yard")]),
                ],
            )
            for i in range(60)
        ],
        [HOURS, UNEVEN],
        choices=CHOICES,
    ),
    "patience": assemble(
        [YARD],
        [
            (0.1 * i, [seize_within("yard", 0.3 * (i % 9), 1 + i % 3, i % 4 - 2), skip(2), *hold("yard", 0.9)[1:]])
            for i in range(60)
        ],
    ),
    "times that are up together": assemble(
        [GATE, YARD],
        [
            *[(0.0, hold("gate", 4.0)), (0.0, hold("yard", 9.0, 2))],
            *[(0.5 * i, [seize_within("gate", 4.0 - 0.5 * i), *hold("yard", 0.5, 1 + i % 2)]) for i in range(8)],
            *[(0.5 * i, [seize_within("yard", 4.0 - 0.5 * i, 2), delay(1.0), *hold("gate", 0.1)]) for i in range(8)],
        ],
    ),
    "patience that does not show on the clock": assemble(
        [GATE], [(1e6, [seize_within("gate", 1e-20), delay(1.0), *hold("gate", 1.0)]) for _ in range(3)]
    ),
    "patience of a watched queue": assemble(
        QUEUES,
        [
            (
                0.1 * i,
                [
                    *choose("by queue", [skip(0)], [delay(0.2)]),
                    *[seize_within("yard" if i % 3 else "gate", 0.2 * (i % 7), 1), skip(2), delay(0.4)],
                    release("yard" if i % 3 else "gate"),
                ],
            )
            for i in range(60)
        ],
        [UNEVEN],
        choices=[BY_QUEUE],
    ),
    "signals": assemble(
        [GATE],
        [
            (0.3 * (i * 7 % 20), [signal((i + 3) % 20, 2), *hold("gate", 0.2), await_signals(1 + i % 2)])
            for i in range(20)
        ],
    ),
    "signals and tokens at one instant": assemble(
        [STORE],
        [
            *[(0.0, [await_signals(1 + i % 3), seize("store")]) for i in range(9)],
            *[(0.0, [seize("store"), signal(i, 2), release("store")]) for i in range(9)],
            (1.0, [step for i in range(9) for step in (signal(i), release("store"), signal(i))]),
        ],
    ),
    "sums that round": assemble([GATE], [(0.1 * i, [delay(0.1), *hold("gate", 0.2), delay(1 / 3)]) for i in range(30)]),
    "never due": assemble(
        [GATE], [(0.0, hold("gate", INF)), (1.0, hold("gate", 1.0)), (2.0, [delay(1.0, "never")])], [NEVER_OPEN]
    ),
    "never starting": assemble([GATE], [(0.0, hold("gate", 1.0)), (INF, hold("gate", 1.0))]),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_compiled_engine_returns_the_trace_of_the_reference(program):
    assert_engines_agree(program)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_compiled_engine_stops_at_the_horizon_as_the_reference_does(program):
    for horizon in (0.0, 0.5, 1.0, 2.5, 5.0, 7.0, 1e6):
        assert_engines_agree(replace(program, horizon_min=horizon))


def test_changes_come_before_delayed_releases_before_beginnings_before_those_that_go_on():
    program = assemble(
        [Pool.of("a", [(0.0, 0), (2.0, 1)]), STORE],
        [
            (0.0, [until(2.0), try_seize("store", 1), delay(0.0)]),
            (1.0, [release("store", 1, 1.0)]),
            (2.0, [try_seize("a", 1), delay(0.0), try_seize("store", 1), delay(0.0)]),
        ],
    )
    went_on = ~np.isnan(run_compiled(program).began_min)
    assert went_on.tolist() == [True, True, False, True, True, True, True, True]
    assert_engines_agree(program)


def test_those_granted_tokens_go_on_after_those_due_at_the_instant():
    program = assemble(
        [GATE, STORE],
        [
            (0.0, [*hold("gate", 2.0), release("store")]),
            (0.5, [seize("gate"), try_seize("store", 1), delay(1.0)]),
            (1.0, [delay(1.0), try_seize("store", 1), delay(2.0)]),
        ],
    )
    granted, due = run_compiled(program).began_min[[6, 9]]
    assert np.isnan(granted)
    assert due == 2.0
    assert_engines_agree(program)


def test_long_run_agrees_with_the_reference():
    rng = np.random.default_rng(8)
    starts, minutes = np.cumsum(rng.exponential(1.0, 3000)), rng.exponential(1.0, (3000, 3))
    pools = [Pool.of("gate", 1), Pool.of("bays", [(0.0, 3), (900.0, 1), (1200.0, 4)]), Pool.of("road", 40)]
    routes = [
        [*hold("gate", a, priority=i % 3), *hold("bays", b, 1 + i % 2), *hold("road", c, after_min=b)]
        for i, (a, b, c) in enumerate(minutes.tolist())
    ]
    assert_engines_agree(assemble(pools, zip(starts, routes, strict=True), horizon_min=2500.0))


def test_columns_that_cannot_be_written_run_as_they_are():
    program = PROGRAMS["sums that round"]
    frozen = replace(program, value=program.value.copy(), op=program.op[::-1][::-1])
    frozen.value.flags.writeable = False
    assert_engines_agree(frozen)


def test_integer_horizon_and_odd_column_types_are_understood():
    program = PROGRAMS["shifts"]
    assert_engines_agree(replace(program, horizon_min=6, first_step=program.first_step.astype(np.int32)))


def tell_gridlock(program: Program, engine: str) -> str:
    with pytest.raises(Gridlock) as caught:
        run(program, engine)
    return str(caught.value)


CROSSED = [
    (0.0, [seize("gate"), delay(1.0), seize("yard", 3), release("gate"), release("yard", 3)]),
    (0.0, [seize("yard", 2), delay(1.0), seize("gate"), release("gate"), release("yard", 2)]),
]

STUCK = {
    "cycle": assemble([GATE, YARD], CROSSED, names=["truck 京A", "train 7"]),
    "cycle before the horizon": assemble([GATE, YARD], [*CROSSED, (9.0, hold("gate", 1.0))], horizon_min=10.0),
    "store that is not filled enough": assemble([STORE], [(0.0, [seize("store", 2)]), (1.0, [release("store")])]),
    "hours that never come": assemble([GATE], [(0.0, [delay(1.0, "never"), *hold("gate", 1.0)])], [NEVER_OPEN]),
    "quota that is used up": assemble([QUOTA], [(0.0, [seize("quota")])] * 6),
    "tokens kept by the finished": assemble([GATE], [(0.0, [seize("gate")])] * 2),
    "signals that nobody gives": assemble([], [(0.0, [await_signals(3)]), (1.0, [signal(0)])]),
    "signals of those who are stuck": assemble(
        [GATE], [(0.0, [seize("gate"), await_signals(2), release("gate")]), (1.0, [*hold("gate", 1.0), signal(0, 2)])]
    ),
    "tokens that came in time": assemble(
        [GATE, Pool.of("bay", 1)],
        [
            (0.0, hold("bay", 0.5)),
            (0.0, [seize_within("bay", 2.0), delay(9.0), delay(1.0), seize("gate")]),
            (0.5, [seize_within("gate", 2.0), delay(9.0), seize_within("bay", INF), delay(1.0)]),
        ],
    ),
    "tokens taken by a try": assemble(
        [GATE, Pool.of("bay", 1)],
        [(0.0, [seize("bay"), delay(1.0), seize("gate")]), (0.5, [try_seize("gate", 1), seize("bay")])],
    ),
}


@pytest.mark.parametrize("program", STUCK.values(), ids=STUCK)
def test_both_engines_report_the_same_gridlock(program):
    assert tell_gridlock(program, "compiled") == tell_gridlock(program, "simpy")


def test_gridlock_calls_movements_by_their_names():
    message = tell_gridlock(STUCK["cycle"], "compiled")
    assert "truck 京A holds 1 of 'gate' and waits for 3 of 'yard'; train 7 holds 2 of 'yard'" in message


def test_own_state_does_not_grow_with_the_steps():
    def measure(steps: int) -> int:
        program = assemble([GATE], [(0.0, [delay(1.0)] * steps) for _ in range(100)])
        state = _prepare(program, _lay_out(program))
        return sum(part.nbytes for part in state) - state.began_min.nbytes - state.ended_min.nbytes

    assert measure(1000) == measure(1)


def test_memory_for_patience_and_signals_is_taken_only_if_there_are_any():
    def measure(*steps) -> tuple[int, int]:
        program = assemble([GATE], [(0.0, [*steps, delay(1.0)])] * 5)
        state = _prepare(program, _lay_out(program))
        return len(state.before), len(state.signals)

    assert measure(seize("gate")) == (0, 0)
    assert measure(seize_within("gate", 1.0)) == (5, 0)
    assert measure(signal(0)) == measure(await_signals()) == (0, 5)


def test_all_times_set_for_granted_requests_may_be_under_way_at_once():
    route = [step for _ in range(50) for step in (seize_within("gate", 1e6), skip(0), delay(0.1), release("gate"))]
    program = assemble([GATE], [(0.0, route)] * 20)
    assert len(_prepare(program, _lay_out(program)).heap) >= 20 + 20 * 50
    assert_engines_agree(program)


def two_ways(name: str) -> list[Step]:
    return [seize(name), seize_within(name, 9.0)]


def wait_and_watch(waits: int, chooses: int, delay_min: float) -> Program:
    """Return a program in which every request of two watched pools waits, until 1 and 2, and others see them."""
    pools = [Pool.of(name, [(0.0, 0), (at, waits)]) for name, at in (("near", 1.0), ("far", 2.0))]
    ways = tuple(Option(watched=(pool.name,), min_per_token=(1.0,)) for pool in pools)
    waiting = [
        (0.0, [ask, delay(0.0)]) for _ in range(waits // 2) for name in ("near", "far") for ask in two_ways(name)
    ]
    deciding = [(0.5 + 2.0 * i / chooses, choose("way", [delay(1.0)], [delay(2.0)])) for i in range(chooses)]
    return assemble(pools, [*waiting, *deciding], choices=[Choice("way", ways, delay_min)])


def test_record_of_a_queue_has_room_for_each_request_to_wait_and_be_granted():
    program = wait_and_watch(waits=500, chooses=10, delay_min=0.0)
    plan = _lay_out(program)
    state = _prepare(program, plan)
    _find_machine()(*_pack(plan, state))
    assert len(state.log) == 2 * 2 * 500
    assert state.watches["first"].tolist() == [0, 1000]
    assert state.watches["next"].tolist() == [1000, 2000]
    ups_and_downs = [*range(1, 501), *range(499, -1, -1)]
    assert state.log["waiting"].tolist() == ups_and_downs * 2


@pytest.mark.parametrize("delay_min", [0.0, 0.3, 10.0])
def test_full_records_of_neighbours_are_read_as_the_reference_reads_them(delay_min):
    assert_engines_agree(wait_and_watch(waits=300, chooses=40, delay_min=delay_min))


def test_queue_that_no_choice_looks_at_has_no_record():
    program = replace(wait_and_watch(waits=50, chooses=0, delay_min=0.0), choices=())
    state = _prepare(program, _lay_out(program))
    assert len(state.log) == len(state.watches) == 0


def test_long_run_with_patience_and_signals_agrees_with_the_reference():
    rng = np.random.default_rng(10)
    starts, minutes = np.cumsum(rng.exponential(0.4, 3000)), rng.exponential(1.0, (3000, 3))
    pools = [Pool.of("gate", 2), Pool.of("bays", [(0.0, 3), (300.0, 1), (500.0, 4)])]
    routes = [
        [
            *[seize_within("gate", 2.0 * c, 1 + i % 2, i % 3), skip(2), delay(a), release("gate", 1 + i % 2)],
            *[signal((i + 1 + i % 5) % 3000), seize_within("bays", b, 1 + i % 3), skip(2), delay(a)],
            *[release("bays", 1 + i % 3), *([await_signals()] if i % 2 == 0 and i > 5 else [])],
        ]
        for i, (a, b, c) in enumerate(minutes.tolist())
    ]
    program = assemble(pools, zip(starts, routes, strict=True), horizon_min=1000.0)
    assert_engines_agree(program)
    trace = run_compiled(program)
    waited = (trace.ended_min > trace.began_min) & (program.op == Op.WITHIN)
    gave_up = ~np.isnan(np.append(trace.began_min[1:], np.nan))
    assert min((waited & gave_up).sum(), (waited & ~gave_up).sum()) > 300
    assert ((trace.ended_min > trace.began_min) & (program.op == Op.AWAIT)).sum() > 100


def test_all_that_a_long_run_chooses_agrees_with_the_reference():
    rng = np.random.default_rng(9)
    starts, minutes = np.cumsum(rng.exponential(0.3, 3000)), rng.exponential(1.0, (3000, 2))
    hours = [replace(UNEVEN, name="uneven"), Calendar.of("hours", [(24.0 * d, 24.0 * d + 15.0) for d in range(100)])]
    routes = [
        choose(
            CHOICES[i % 3].name,
            hold("gate", a),
            [seize("yard"), delay(b, "hours"), release("yard", 1, a)],
            *([[delay(a, "uneven")]] if i % 3 == 2 else []),
        )
        for i, (a, b) in enumerate(minutes.tolist())
    ]
    program = assemble(QUEUES, zip(starts, routes, strict=True), hours, 2000.0, choices=CHOICES)
    assert_engines_agree(program)
    began = run_compiled(program).began_min
    ways = [program.first_step[:-1] + 1 + way for way in (0, 1)]
    assert min(np.count_nonzero(~np.isnan(began[way])) for way in ways) > 500


def test_hundred_thousand_movements_at_once_all_finish():
    program = assemble([GATE], [(0.0, hold("gate", 1.0))] * 100_000)
    trace = run_compiled(program)
    assert (trace.fate == Fate.FINISHED).all()
    assert trace.ended_min[-1] == 100_000.0


RUN = """
from sim.kernel import Pool, assemble, delay, release, run, seize
program = assemble([Pool.of("gate", 1)], [(0.0, [seize("gate"), delay(1.0), release("gate")])] * 2)
assert run(program, "compiled").ended_min[-1] == 2.0
"""
LOOK = """
from sim.kernel import compiled_engine
machine = compiled_engine._find_machine()
print(machine.stats.cache_path, sum(machine.stats.cache_hits.values()))
"""
EMPTIED = ("    plan, state = _Plan(*plan_columns), _State(*state_columns)\n", "    return\n")
"""Of an engine that does nothing, which is compiled in a tenth of the time: for tests of where it is kept."""


def copy_package(root: Path) -> Path:
    """Copy the package as it is installed, never run; return the engine's file."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(sim.__file__).parent, root / "sim", ignore=ignored, dirs_exist_ok=True)
    return root / "sim" / "kernel" / "compiled_engine.py"


def run_elsewhere(root: Path, code: str, **environment: str) -> tuple[str, int]:
    """Run code with a copy of the package in a process of its own; return where its cache is, and if it served."""
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=kept | environment, capture_output=True, text=True, check=True
    )
    folder, hits = done.stdout.split()
    return folder, int(hits)


def close_folders(root: Path) -> str:
    """Put files where folders would have to be made, as even root cannot write there; return a home of that kind.

    The package that is copied there has an emptied engine.
    """
    engine = copy_package(root)
    source = engine.read_text(encoding="utf-8")
    assert source.count(EMPTIED[0]) == 1
    engine.write_text(source.replace(*EMPTIED), encoding="utf-8")
    (root / "sim" / "kernel" / "__pycache__").touch()
    (root / "home").touch()
    return str(root / "home")


@pytest.mark.slow
def test_engine_is_compiled_once_and_then_loaded(tmp_path):
    copy_package(tmp_path)
    folder, hits = run_elsewhere(tmp_path, RUN + LOOK, HOME=str(tmp_path))
    assert Path(folder) == tmp_path / "sim" / "kernel" / "__pycache__"
    assert hits == 0
    assert run_elsewhere(tmp_path, RUN + LOOK, HOME=str(tmp_path)) == (folder, 1)


@pytest.mark.slow
def test_read_only_home_caches_in_a_private_folder(tmp_path):
    home = close_folders(tmp_path)
    (tmp_path / "temporary").mkdir()
    folder, _ = run_elsewhere(tmp_path, LOOK, HOME=home, TMPDIR=str(tmp_path / "temporary"))
    assert Path(folder).parent == tmp_path / "temporary" / f"kouan-numba-{os.getuid()}"
    assert Path(folder).parent.stat().st_mode & 0o777 == 0o700
    assert run_elsewhere(tmp_path, LOOK, HOME=home, TMPDIR=str(tmp_path / "temporary")) == (folder, 1)


@pytest.mark.slow
def test_folder_that_others_can_write_to_is_not_used(tmp_path):
    home = close_folders(tmp_path)
    shared = tmp_path / "temporary" / f"kouan-numba-{os.getuid()}"
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    assert run_elsewhere(tmp_path, LOOK, HOME=home, TMPDIR=str(tmp_path / "temporary")) == ("None", 0)
