"""Rewrites the golden outputs and prints old, new and percent for each number that moved.

    python -m tests.golden.update            the numbers
    python -m tests.golden.update program    the day that the kernel is fed as well

A golden changes only with a line under Results in CHANGELOG.md that says what moved and why.
"""

import sys
from collections.abc import Iterator

from tests.golden.measure import (
    FOLDER,
    Golden,
    draw_program,
    measure_kernel,
    measure_roads,
    measure_sampler,
    measure_terminals,
    read_golden,
    write_golden,
    write_program,
)


def main(words: list[str]) -> None:
    if "program" in words or not (FOLDER / "program.npz").exists():
        write_program(draw_program())
    for name, measure in (
        ("sampler", measure_sampler),
        ("kernel", lambda: measure_kernel("simpy")),
        ("roads", measure_roads),
        ("terminals", measure_terminals),
    ):
        new = measure()
        old = read_golden(name) if (FOLDER / f"{name}.json").exists() else {}
        write_golden(name, new)
        lines = list(_changes(old, new))
        print("\n".join([f"{name}: {len(lines)} of {len(new)} changed", *lines]))


def _changes(old: Golden, new: Golden) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, "-"), new.get(key, "-")
        if before != after:
            yield f"  {key}: {before} -> {after}{_percent(before, after)}"


def _percent(before: float | str, after: float | str) -> str:
    if isinstance(before, str) or isinstance(after, str) or before == 0:
        return ""
    return f" ({(after - before) / before:+.3%})"


if __name__ == "__main__":
    main(sys.argv[1:])
