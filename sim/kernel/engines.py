"""Names the engines; all execute the same program to the same trace."""

from collections.abc import Callable

from sim.kernel.gridlock import check_gridlock
from sim.kernel.program import Program, assemble
from sim.kernel.simpy_engine import run_simpy
from sim.kernel.trace import Trace


def run_compiled(program: Program) -> Trace:
    """Execute a program on the compiled engine; it is loaded only now, because Numba takes its time."""
    from sim.kernel import compiled_engine

    return compiled_engine.run_compiled(program)


ENGINES: dict[str, Callable[[Program], Trace]] = {"simpy": run_simpy, "compiled": run_compiled}


def prepare(engine: str) -> None:
    """Load an engine; one that is compiled is compiled now, if this machine has not done it before."""
    ENGINES[engine](assemble([], []))


def run(program: Program, engine: str = "compiled") -> Trace:
    """Execute a program to its horizon.

    Raises
    ------
    Gridlock
        If movements remain that can never go on.
    """
    trace = ENGINES[engine](program)
    check_gridlock(program, trace)
    return trace
