"""Pages about what can be typed and called: verbs, the kernel's instructions, Python."""

import inspect
from typing import Any

import sim
from sim.demand.movements import Movements
from sim.luck import Luck
from sim.outcomes import RoadSeries, Series, Visits
from sim.port import Stop
from sim.scenario import ScenarioError
from sim.scenario.load import shipped
from sim.scenario.problems import Problem
from sim.study.checks import Checks
from sim.study.replication import Run
from sim.verbs import VERBS

VERBS_INTRO = """Without a verb, `kouan key=value ...` runs a study: the port as it is and, with `policy=[...]`, as it
would be. `kouan --help` says more. With one of these words first it does something else; what can be mended is one
message and exit code 2. (`python -m sim` does the same.)"""

KERNEL = """# The kernel's instructions

What ports are made of in the end: the ten steps of a movement, and what they mean at one instant. Both engines keep
this meaning to the bit; no planner needs it, and whoever adds to a port does.

```{include} ../../DESIGN.md
:start-after: "## The kernel's meaning"
:end-before: "## What a port is made of"
```
"""

PYTHON_INTRO = """The public names of the package. A scenario is frozen: `model_copy` makes another. Heavy imports wait
until a name is first used."""

INDENT, CONTINUED = 8, 18
"""Spaces before a command in the help, and at least so many before a line that goes on about it."""

RETURNED = (Run, Checks, Visits, Movements, Luck, Stop, Series, RoadSeries, ScenarioError, Problem)
SCENARIO_CLASS = """### Scenario

```{eval-rst}
.. py:class:: sim.scenario.schema.Scenario

   Everything that decides a run but luck, frozen and validated.
```

Its fields are the [keys of a scenario](#keys-scenario).
"""


def verbs_page() -> str:
    """Return the verbs of the command line with what each does."""
    parts = ["# Command line", VERBS_INTRO]
    for verb, act in VERBS.items():
        parts += [f"(verb-{verb})=\n## kouan {verb}", inspect.cleandoc(act.__doc__ or ""), *_usages(verb)]
    return "\n\n".join(parts) + "\n"


def _usages(verb: str) -> list[str]:
    """Return what `kouan --help` says about a verb, as a block; nothing if it says nothing."""
    lines = shipped("configs/config.yaml").read_text(encoding="utf-8").splitlines()
    said: list[str] = []
    for line, before in zip(lines, ["", *lines], strict=False):
        begins = line.strip().startswith(f"kouan {verb} ")
        goes_on = bool(said) and before.strip() == said[-1].strip() and line.startswith(" " * CONTINUED)
        if begins or goes_on:
            said.append(line.removeprefix(" " * INDENT))
    return ["```text\n" + "\n".join(said) + "\n```"] if said else []


def kernel_page() -> str:
    """Return the page of instructions, which stand in the design."""
    return KERNEL


def python_page() -> str:
    """Return the public names of the package and what they return, for autodoc to fill in."""
    parts = ["# Python", PYTHON_INTRO]
    parts += [_document(f"sim.{name}", getattr(sim, name)) for name in sorted(sim.__all__)]
    parts += ["## What they take and return", SCENARIO_CLASS]
    parts += [_document(found.__name__, found, "###") for found in RETURNED]
    return "\n\n".join(parts) + "\n"


def _document(title: str, found: Any, heading: str = "##") -> str:
    """Return a heading and a directive of autodoc; whatever has fields shows them."""
    options = "   :members:\n" if inspect.isclass(found) else ""
    kind = "autofunction" if inspect.isfunction(found) else "autoclass"
    target = f"{found.__module__}.{found.__qualname__}"
    return f"{heading} {title}\n\n```{{eval-rst}}\n.. {kind}:: {target}\n{options}```"
